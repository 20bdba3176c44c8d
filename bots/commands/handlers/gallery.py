"""/gallery: one's own results, one after the other, in one message that is turned by its buttons."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bots.commands.owned import mine, owned
from bots.commands.request import Request
from bots.format import inert, shortened
from bots.outlet import Button, Buttons
from bots.wholes import whole
from core.values import Artifact, Job

VERB = "gal"
PROMPT_CHARS = 200
STEPS_MOST = 20
"""So many jobs whose files are kept no more are passed over at once."""
SKIP_DIGITS = 9
"""What no database counts has been forged."""


@dataclass(frozen=True, slots=True)
class Page:
    """A result: the `skip`-th newest job with results, and the number of its result."""

    skip: int
    index: int
    job: Job

    @property
    def artifact(self) -> Artifact:
        return self.job.results[self.index]


Present = Callable[[Page], Awaitable[None]]
"""Shows a page. Raises KeyError when its file is kept no more, here and on the platform."""


async def show(request: Request) -> None:
    """The newest; in a group only what was made there, for all to see."""

    async def present(page: Page) -> None:
        await request.services.deliverer.bring(
            request.place,
            (page.artifact,),
            await _caption(request, page),
            buttons=_buttons(request, page),
            reply_to=request.incoming.message_id,
            locale=request.locale,
        )

    await request.exchange.open()
    if not await _turn_to(request, 0, 0, present, forward=True):
        await request.tell("gallery-empty", where="private" if request.place.private else "group")


async def press(request: Request, ref: Sequence[str]) -> None:
    """`gal:SKIP:INDEX:WAY:PERSON`, WAY older or newer; INDEX -1 is a job's last result. Raises NotYours."""
    skip, index, way = (*mine(request, ref), "", "", "")[:3]

    async def present(page: Page) -> None:
        await request.exchange.open()  # not before: that there is no page is said in the answer to the press
        message_id, caption = request.incoming.message_id, await _caption(request, page)
        buttons = _buttons(request, page)
        await request.services.deliverer.show(page.job, request.place, message_id, page.index, caption, buttons)

    known = skip.isdecimal() and len(skip) <= SKIP_DIGITS
    if not known or not await _turn_to(
        request, int(skip), int(index) if index.isdecimal() else -1, present, forward=way != "newer"
    ):
        await request.tell("gallery-end", private=True)


async def _turn_to(request: Request, skip: int, index: int, present: Present, *, forward: bool) -> bool:
    """Show the page, or the next one in that direction that can still be shown."""
    where = None if request.place.private else request.place
    for _ in range(STEPS_MOST):
        async with request.services.store.read() as tx:
            jobs = await tx.jobs.made(request.access.person.id, where, skip, 1) if skip >= 0 else []
        if not jobs:
            return False
        last = len(jobs[0].results) - 1
        first = index if 0 <= index <= last else last
        for number in range(first, last + 1) if forward else range(first, -1, -1):
            with suppress(KeyError):
                await present(Page(skip, number, jobs[0]))
                return True
        skip, index = (skip + 1, 0) if forward else (skip - 1, -1)
    return False


async def _caption(request: Request, page: Page) -> str:
    surface = request.exchange.outlet.surface
    ago_s = (request.services.clock.now_ms() - page.job.created_ms) / 1000
    return request.words(
        "gallery-caption",
        number=page.skip + 1,
        model=inert(page.job.model, surface),
        price=request.money((await whole(request.services.store, page.job)).price),
        ago=request.services.texts.span(ago_s, request.locale),
        prompt=inert(shortened(page.job.prompt, PROMPT_CHARS), surface),
    )


def _buttons(request: Request, page: Page) -> Buttons:
    job, index = page.job, page.index
    older = (page.skip, index + 1) if index + 1 < len(job.results) else (page.skip + 1, 0)
    newer = (page.skip, index - 1) if index else (page.skip - 1, -1)
    turn = []
    if newer[0] >= 0:
        turn.append(_turn(request, "newer", *newer))
    turn.append(_turn(request, "older", *older))
    deeds = ["again", "edit", "animate"] if page.artifact.kind == "image" else ["again"]
    acts = [Button(request.words(f"button-{deed}"), f"job:{job.id}:{deed}:{index}") for deed in deeds]
    acts.append(Button(request.words("button-file"), f"job:{job.id}:file:{index}"))
    return (tuple(turn), tuple(acts))


def _turn(request: Request, way: str, skip: int, index: int) -> Button:
    return Button(request.words(f"button-{way}"), owned(request, VERB, str(skip), str(index), way))
