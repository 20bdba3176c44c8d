"""/jobs, /cancel, and the buttons of a job: cancel, again, edit, animate, delete, show, and those of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bots.commands import owned, parking
from bots.commands.handlers import films, follow_up, media, pictures
from bots.commands.parking import Wanted
from bots.commands.request import Request
from bots.outlet import Button, Buttons, OutletError
from core import pressing
from core.errors import JobGone, NothingRunning
from core.values import OPEN_STATES, Job, JobState

LISTED_MOST = 10
PROMPT_CHARS = 60
_AGAIN = frozenset({JobState.FAILED, JobState.UNSURE, JobState.CANCELLED})
_SHOW = frozenset({JobState.DONE, JobState.UNDELIVERED})


async def show(request: Request) -> None:
    jobs = await request.services.orders.mine(request.access, LISTED_MOST)
    if not jobs:
        await request.tell("jobs-none")
        return
    lines = [_line(request, number, job) for number, job in enumerate(jobs, 1)]
    await request.say("\n".join([request.words("jobs-title"), *lines]), buttons=_buttons(request, jobs))


def _line(request: Request, number: int, job: Job) -> str:
    prompt = " ".join(job.prompt.split())
    return request.words(
        "jobs-line",
        number=str(number),
        state=request.words(f"job-state-{job.state}"),
        progress=f" {job.progress} %" if job.state is JobState.WAITING and job.progress > 0 else "",
        model=job.model,
        prompt=prompt if len(prompt) <= PROMPT_CHARS else prompt[: PROMPT_CHARS - 1] + "…",
        price=request.money(job.quote),
        ago=request.services.texts.span((request.services.clock.now_ms() - job.created_ms) / 1000, request.locale),
    )


def _buttons(request: Request, jobs: Sequence[Job]) -> Buttons:
    """One for each job that something can be done about, in rows of four."""
    found: list[Button] = []
    for number, job in enumerate(jobs, 1):
        deed = _deed(job)
        if deed:
            found.append(Button(f"{number}: {request.words(f'button-{deed}')}", f"job:{job.id}:{deed}"))
    return tuple(tuple(found[at : at + 4]) for at in range(0, len(found), 4))


def _deed(job: Job) -> str:
    if job.state in OPEN_STATES:
        return "" if job.muted else "cancel"
    if job.state in _AGAIN:
        return "again"
    return "show" if job.state in _SHOW and any(artifact.media or artifact.text for artifact in job.results) else ""


async def cancel(request: Request) -> None:
    """The order that is replied to, or the only open one; of several one is picked from the list."""
    if await parking.forget(request):
        await request.tell("wanted-nothing")
        return
    kind, replied_id = await owned.replied(request)
    job_id = replied_id if kind == "job" else ""
    if not job_id:
        open_jobs = [job for job in await request.services.orders.mine(request.access, 50) if _deed(job) == "cancel"]
        if not open_jobs:
            raise NothingRunning
        if len(open_jobs) > 1:
            await show(request)
            return
        job_id = open_jobs[0].id
    await request.tell(f"job-{await request.services.orders.cancel(request.access, job_id)}")


# --- buttons --------------------


async def press(request: Request, ref: Sequence[str]) -> None:
    """`job:ID:DEED[:INDEX]`. Raises JobGone, NotYours, and what orders raise."""
    job_id, deed, index = (*ref, "", "", "")[:3]
    if deed in {"cancel", "show", "delete"}:
        await owned.pressable(request, job_id, theirs_alone=True)
    if deed == "cancel":
        ended = await request.services.orders.cancel(request.access, job_id)
        if await owned.carries(request, job_id):
            await request.revise(request.words(f"job-{ended}"))
        else:
            await request.tell(f"job-{ended}")
    elif deed == "again":
        event_id, origin_id = request.incoming.event_id, ""
        former = await owned.pressable(request, job_id)
        if former.person_id != request.access.person.id or former.place.chat_key != request.place.chat_key:
            origin_id = request.incoming.message_id
        job = await pressing.retry(request.services.orders, request.access, job_id, origin_id, event_id, others=True)
        request.settled = bool(event_id)
        await media.acknowledge(request, job)
    elif deed in pictures.DEEDS | films.DEEDS:
        await _go_on(request, job_id, deed, index)
    elif deed == "edit" and await follow_up.pressed(request, job_id, index):
        return
    elif deed in {"edit", "animate"}:
        wanted = Wanted(deed, f"job:{job_id}:{index or '0'}")
        await parking.picture(request, wanted.ref)
        await media.ask_for_words(request, wanted)
    elif deed == "show":
        await _show(request, job_id)
    elif deed == "delete":
        await _delete(request, job_id)
    else:
        raise JobGone


async def _go_on(request: Request, job_id: str, deed: str, index: str) -> None:
    if deed in films.DEEDS:
        await films.press(request, job_id, deed)
    else:
        await pictures.press(request, job_id, deed, index)


async def _show(request: Request, job_id: str) -> None:
    """Bring the kept result here, once more."""
    job = await request.services.orders.get(request.access, job_id)
    if not any(artifact.media or artifact.text for artifact in job.results):
        raise JobGone
    shown = await request.services.deliverer.deliver(replace(job, place=request.place, origin_id=""))
    async with request.services.store.begin() as tx:
        for message_id in shown:
            await tx.conversations.link(request.place, message_id, f"job:{job.id}")


async def _delete(request: Request, job_id: str) -> None:
    """Take the result's messages back, as far as the platform lets us. Of a result that never arrived only the message that
    shows it, never one that a forged press names."""
    job = await request.services.orders.get(request.access, job_id)
    place, message_ids = job.place, job.result_ids
    if not message_ids:
        place, message_ids = request.place, (request.incoming.message_id,)
        async with request.services.store.read() as tx:
            if await tx.conversations.linked(place, message_ids[0]) != f"job:{job_id}":
                raise JobGone(job_id)
    failed = 0
    for message_id in message_ids:
        try:
            await request.exchange.outlet.delete(place, message_id)
        except OutletError:
            failed += 1
    if failed:
        await request.tell("delete-failed", private=True)
