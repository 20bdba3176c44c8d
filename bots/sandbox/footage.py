"""From an order to its script: what it is made of is found, looked at against the wire's limits, and made small.

The sandbox goes nowhere: of links it follows its own, those of assets and those to `near_hosts`. What lies behind other
public links is not seen: a landscape stands for it.
"""

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from bots.sandbox import sizes
from bots.sandbox.film_inputs import Input, Medium
from bots.sandbox.film_orders import FilmOrder
from bots.sandbox.film_script import Script, palette_of
from bots.sandbox.refusals import TaskRefusal
from bots.sandbox.state import Sandbox

if TYPE_CHECKING:
    from bots.sandbox.viewing import View

_SIDE_MAX = 640
_REFERENCE_SIDE = 160
_FETCH_S = 20
_FETCH_MAX = 128 * 1024 * 1024
_SLACK_RATE = 0.1  # 23.976 is 24
_SLACK_S = 0.3  # containers and their tracks do not agree to the frame


def upstream(message: str) -> TaskRefusal:
    """Refused by the vendor at submit: its own body as text inside ours (videos 2)."""
    inner = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}
    return TaskRefusal(400, "fail_to_fetch_task", json.dumps(inner))


def hosts_of(sandbox: Sandbox, request: web.Request) -> frozenset[str]:
    """The hosts that count as public: the sandbox's own, and those near."""
    own = {request.host, urlsplit(sandbox.base_url).netloc, urlsplit(sandbox.behaviour.files_base_url or "").netloc}
    return frozenset(own - {""} | sandbox.behaviour.films.near_hosts)


class Footage:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._studio = sandbox.studio

    async def script(self, request: web.Request, order: FilmOrder) -> tuple[FilmOrder, Script]:
        """The script, and the order with its real length. Raises `TaskRefusal`."""
        size = sizes.fit(order.size, self._sandbox.behaviour.film_side_max)
        script = Script(palette_of(order.prompt), size, order.seconds, tune=order.sound)
        used: dict[Medium, float] = {}
        films = any(each.medium == "video" for each in order.inputs)
        for each in order.inputs:
            data = await self._bytes(request, each)
            if data is None:
                continue
            if len(data) > each.bytes_max:
                raise upstream(f"{each.medium} file size exceeds the limit of {each.bytes_max // 1024 // 1024} MB")
            if each.medium == "image":
                script = await self._picture(script, each, data)
                continue
            if each.medium == "video":
                script, seconds = await self._video(script, each, data, follows=order.follows)
            else:
                script, seconds = await self._sound(script, each, data, follows=order.follows and not films)
            used[each.medium] = used.get(each.medium, 0.0) + seconds
        if max(used.values(), default=0.0) > order.inputs_s_max + _SLACK_S:
            raise upstream(f"the total duration of input files must not exceed {order.inputs_s_max:g} seconds")
        return replace(order, seconds=round(script.seconds, 2)), script

    async def _picture(self, script: Script, each: Input, data: bytes) -> Script:
        size = await self._studio.measure(data)
        if size is None:
            raise upstream("Invalid image file.")
        if each.exact not in (None, size):
            raise upstream("Inpaint image must match the requested width and height")
        shortest, longest = each.sides
        if min(size) < shortest or max(size) > longest or max(size) > each.shape_max * min(size):
            raise upstream(f"image size {size[0]}x{size[1]} is out of the allowed range")
        if each.use == "reference":
            small = await self._studio.shrink(data, _REFERENCE_SIDE)
            return replace(script, references=(*script.references, small))
        small = await self._studio.shrink(data, _SIDE_MAX)
        return replace(script, last=small) if each.use == "last" else replace(script, first=script.first or small)

    async def _video(self, script: Script, each: Input, data: bytes, *, follows: bool) -> tuple[Script, float]:
        view = await self._studio.view(data, stills=True)
        if view is None:
            raise upstream("Invalid video file.")
        _check_length(each, view.seconds)
        slowest, fastest = each.rates
        if not slowest - _SLACK_RATE <= view.rate <= fastest + _SLACK_RATE:
            raise upstream(f"video frame rate {view.rate:.1f} must be between {slowest:g} and {fastest:g}")
        shortest, longest = each.sides
        if min(view.size) < shortest or max(view.size) > longest:
            raise upstream(f"video resolution {view.size[0]}x{view.size[1]} is out of the allowed range")
        sound = await self._studio.compact(data, view.seconds) if each.heard and view.sound else None
        if follows:
            script = replace(script, seconds=view.seconds)
        script = _shown(script, each, view)
        return replace(script, sound=script.sound or sound), view.seconds

    async def _sound(self, script: Script, each: Input, data: bytes, *, follows: bool) -> tuple[Script, float]:
        seconds = await self._studio.heard_s(data)
        if not seconds:
            raise upstream("Invalid audio file.")
        _check_length(each, seconds)
        sound = await self._studio.compact(data, seconds)
        return replace(script, sound=sound, seconds=seconds if follows else script.seconds), seconds

    async def _bytes(self, request: web.Request, each: Input) -> bytes | None:
        """The bytes of an input; None when they are behind a link that is not followed. Raises `TaskRefusal`."""
        if each.data is not None:
            return each.data
        if each.link.startswith("data:"):
            return await self._studio.decode(each.link) or b""
        parts = urlsplit(each.link)
        if parts.netloc in self._sandbox.behaviour.films.near_hosts:
            return await _fetched(each.link)
        if parts.netloc not in hosts_of(self._sandbox, request):
            return None
        data = await self._own(parts.path)
        if data is None:
            raise upstream(f"failed to download the file: {each.link[:200]}")
        return data

    async def _own(self, path: str) -> bytes | None:
        """What the sandbox itself serves there to anyone."""
        folder, _, name = path.removeprefix("/files/").rpartition("/")
        if not folder:
            file = self._sandbox.files.get(name)
            return file.data if file else None
        stem = name.removesuffix(".mp4")
        task = self._sandbox.films.get(stem.partition("-")[0] if folder == "films" else stem)
        if task is None or task.status(self._sandbox.behaviour) != "completed":
            return None
        return await self._studio.film(task.script)


def _check_length(each: Input, seconds: float) -> None:
    shortest, longest = each.lengths
    if not shortest - _SLACK_S <= seconds <= longest + _SLACK_S:
        raise upstream(f"{each.medium} duration {seconds:.1f}s must be between {shortest:g} and {longest:g} seconds")


def _shown(script: Script, each: Input, view: "View") -> Script:
    """What of a film is to be seen again."""
    match each.use:
        case "edit":
            return replace(script, stills=view.stills, recoloured=True)
        case "lips":
            return replace(script, stills=view.stills)
        case "extend":
            return replace(script, first=view.stills[-1])
        case _:
            return script


async def _fetched(link: str) -> bytes:
    """What a host nearby answers. Raises `TaskRefusal` when it does not."""
    timeout = aiohttp.ClientTimeout(total=_FETCH_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(link, allow_redirects=False) as reply:
            data = bytearray()
            async for chunk in reply.content.iter_chunked(64 * 1024):
                data += chunk
                if len(data) > _FETCH_MAX:
                    break
            if reply.status == 200 and 0 < len(data) <= _FETCH_MAX:
                return bytes(data)
    except (aiohttp.ClientError, TimeoutError, ValueError):
        pass
    raise upstream(f"failed to download the file: {link[:200]}")
