"""/jobs: a person's orders, ten a page, with how far they are and what can be done about each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bots.commands.owned import mine, owned
from bots.commands.request import Request
from bots.format import shortened
from bots.outlet import Button, Buttons
from bots.wholes import whole
from core.jobs import asked_until_ms
from core.typical import outlook, takes_s
from core.values import OPEN_STATES, Job, JobState

VERB = "jobs"
PAGE = 10
PROMPT_CHARS = 60
SKIP_DIGITS = 6
_AGAIN = frozenset({JobState.FAILED, JobState.UNSURE, JobState.CANCELLED})
_SHOW = frozenset({JobState.DONE, JobState.UNDELIVERED})
_ROW, _WIDE_ROW, _ROWS = 4, 5, 4
"""Buttons in a row, in one where there would be too many rows, and rows of jobs on a page."""


async def show(request: Request) -> None:
    """The newest."""
    jobs = await request.services.orders.mine(request.access, PAGE + 1)
    if not jobs:
        await request.tell("jobs-none")
        return
    text, buttons = await _page(request, jobs, 0)
    await request.say(text, buttons=buttons)


async def press(request: Request, ref: Sequence[str]) -> None:
    """`jobs:SKIP:PERSON`: turn to another page. Raises NotYours."""
    (skip,) = mine(request, ref)[:1] or [""]
    known = skip.isdecimal() and len(skip) <= SKIP_DIGITS
    jobs = await request.services.orders.mine(request.access, PAGE + 1, int(skip)) if known else []
    if not jobs:
        await request.tell("gallery-end", private=True)
        return
    text, buttons = await _page(request, jobs, int(skip))
    await request.revise(text, buttons=buttons)


def deeds(job: Job, now_ms: int) -> Iterator[str]:
    """What its person can do about it, as the words of its buttons."""
    if job.state in OPEN_STATES:
        if not job.muted:
            yield "cancel"
    elif job.state in _AGAIN:
        if now_ms < asked_until_ms(job):
            yield "check"
        yield "again"
    elif job.state in _SHOW and any(artifact.media or artifact.text for artifact in job.results):
        yield "show"


async def _page(request: Request, jobs: Sequence[Job], skip: int) -> tuple[str, Buttons]:
    """`jobs`: those of the page, and one more where there is a page behind it."""
    numbered = list(enumerate(jobs[:PAGE], skip + 1))
    lines = [await _line(request, number, job) for number, job in numbered]
    turns = [_turn(request, "newer", max(0, skip - PAGE))] if skip else []
    if len(jobs) > PAGE:
        turns.append(_turn(request, "older", skip + PAGE))
    buttons = _rows(request, numbered)
    return "\n".join([request.words("jobs-title"), *lines]), (*buttons, tuple(turns)) if turns else buttons


async def _line(request: Request, number: int, job: Job) -> str:
    now_ms, services = request.services.clock.now_ms(), request.services
    ahead, made = outlook(job, now_ms, await takes_s(services.takes, job)), await whole(services.store, job)
    line = request.words(
        "jobs-line",
        number=str(number),
        state=request.words("board-partly" if made.partly else f"job-state-{made.state}"),
        progress=f" {ahead.percent} %" if ahead.percent >= 0 else "",
        word=ahead.word,
        left=ahead.seconds,
        model=job.model,
        prompt=shortened(" ".join(job.prompt.split()), PROMPT_CHARS),
        price=request.money(made.price),
        ago=services.texts.span((now_ms - job.created_ms) / 1000, request.locale),
    )
    return line if job.prompt.strip() else line.rstrip(" –")


def _rows(request: Request, numbered: Sequence[tuple[int, Job]]) -> Buttons:
    now_ms = request.services.clock.now_ms()
    found = [
        Button(f"{number}: {request.words(f'button-{deed}')}", f"job:{job.id}:{deed}")
        for number, job in numbered
        for deed in deeds(job, now_ms)
    ]
    width = _ROW if len(found) <= _ROW * _ROWS else _WIDE_ROW
    return tuple(tuple(found[at : at + width]) for at in range(0, len(found), width))


def _turn(request: Request, way: str, skip: int) -> Button:
    return Button(request.words(f"button-{way}"), owned(request, VERB, str(skip)))
