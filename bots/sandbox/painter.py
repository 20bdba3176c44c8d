"""Pictures ordered in one blocking call, by whichever wire: the bad days that a prompt asks for, the time, the painting."""

import asyncio
import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from bots.sandbox.directives import Flags, directives
from bots.sandbox.refusals import LineCut, Refusal, upstream_failed
from bots.sandbox.shelf import File
from bots.sandbox.sizes import Size
from bots.sandbox.state import Sandbox, silence

_SLOW = 10
_PNG_PIXELS_MAX = 2048 * 2048  # larger ones are JPEG unless somebody asks


@dataclass(frozen=True, slots=True)
class Canvas:
    """What to paint; `size` is None when the input picture decides. `form` "" = the model decides.

    `clear`: on a transparent ground. `marked`: with the vendor's watermark.
    """

    prompt: str
    size: Size | None = None
    form: str = ""
    references: tuple[bytes, ...] = field(default=(), repr=False)
    mask: bytes | None = field(default=None, repr=False)
    seed: int = 0
    clear: bool = False
    marked: bool = False

    @property
    def mime(self) -> str:
        return f"image/{self.chosen}"

    @property
    def chosen(self) -> str:
        large = self.size is not None and self.size[0] * self.size[1] > _PNG_PIXELS_MAX
        return self.form or ("jpeg" if large else "png")


class Painter:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def begin(
        self,
        prompt: str,
        refused: Callable[[], Refusal | None],
        failed: Callable[[], Refusal] = upstream_failed,
    ) -> Flags:
        """The directives of a prompt, after those that end the call were obeyed and the time has passed.

        `refused`: what `[refuse]` raises; None where the wire refuses in other ways. Raises `Refusal` and `LineCut`.
        """
        told = directives(prompt)
        self._sandbox.check_told(told)
        if "fail" in told:
            raise failed()
        refusal = refused() if "refuse" in told else None
        if refusal is not None:
            raise refusal
        if "never" in told:
            await silence()
        behaviour = self._sandbox.behaviour
        if behaviour.image_s > 0:
            await behaviour.sleep(behaviour.image_s * (_SLOW if "slow" in told else 1))
        if "cut" in told:
            raise LineCut
        return told

    async def paint(self, canvas: Canvas, index: int = 0) -> bytes:
        """`index` tells the pictures of one order apart."""
        studio, form = self._sandbox.studio, canvas.chosen
        number = canvas.seed + index
        if canvas.references:
            prompt = canvas.prompt + " " * (number % 1000)
            picture = await studio.edit(canvas.references, canvas.mask, prompt, canvas.size, form)
        else:
            picture = await studio.draw(canvas.prompt, number, canvas.size or (1024, 1024), form)
        if canvas.clear or canvas.marked:
            picture = await studio.finish(picture, form, clear=canvas.clear, marked=canvas.marked)
        return picture

    async def linked(self, request: web.Request, canvas: Canvas, index: int = 0) -> str:
        """The address of a freshly painted picture."""
        file = File(await self.paint(canvas, index), canvas.mime)
        return self._sandbox.publish(request, f"{secrets.token_hex(8)}.{canvas.chosen}", file)

    async def inline(self, canvas: Canvas, index: int = 0) -> str:
        """A freshly painted picture as base64 text."""
        return (await asyncio.to_thread(base64.b64encode, await self.paint(canvas, index))).decode()
