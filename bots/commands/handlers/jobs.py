"""/cancel, and the buttons of a job: cancel, again, edit, animate, delete, show, and those of pictures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from bots.commands import owned, parking
from bots.commands.handlers import film_orders, films, follow_up, job_list, media, pictures, songs, storyboard
from bots.commands.parking import Wanted
from bots.commands.request import Request
from bots.outlet import OutletError
from core import pressing
from core.boards import shots_of
from core.checking_again import check_again
from core.errors import JobGone, NothingRunning


async def cancel(request: Request) -> None:
    """The order that is replied to, or the only open one; of several one is picked from the list."""
    if await parking.forget(request):
        await request.tell("wanted-nothing")
        return
    kind, replied_id = await owned.replied(request)
    job_id = replied_id if kind == "job" else ""
    if not job_id:
        now_ms = request.services.clock.now_ms()
        open_jobs = [
            job
            for job in await request.services.orders.mine(request.access, 50)
            if "cancel" in job_list.deeds(job, now_ms)
        ]
        if not open_jobs:
            raise NothingRunning
        if len(open_jobs) > 1:
            await job_list.show(request)
            return
        job_id = open_jobs[0].id
    await request.tell(f"job-{await request.services.orders.cancel(request.access, job_id)}")


# --- buttons --------------------


async def press(request: Request, ref: Sequence[str]) -> None:
    """`job:ID:DEED[:INDEX[:MORE]]`. Raises JobGone, NotYours, and what orders raise."""
    job_id, deed, index, more = (*ref, "", "", "", "")[:4]
    if deed in _THEIRS:
        await owned.pressable(request, job_id, theirs_alone=True)
        await _THEIRS[deed](request, job_id)
    elif deed == "again":
        event_id, origin_id = request.incoming.event_id, ""
        former = await owned.pressable(request, job_id)
        if former.person_id != request.access.person.id or former.place.chat_key != request.place.chat_key:
            origin_id = request.incoming.message_id
        if shots_of(former):
            job = await request.services.boards.again(
                request.access, job_id, origin_id=origin_id, event_id=event_id, others=True
            )
        else:
            job = await pressing.retry(
                request.services.orders, request.access, job_id, origin_id, event_id, others=True
            )  # fmt: skip
        request.settled = bool(event_id)
        await media.acknowledge(request, job)
    elif deed in pictures.DEEDS | films.DEEDS | film_orders.DEEDS:
        await _go_on(request, job_id, deed, index)
    elif deed == "edit" and await follow_up.pressed(request, job_id, index):
        return
    elif deed in {"edit", "animate"}:
        wanted = Wanted(deed, f"job:{job_id}:{index or '0'}")
        await parking.picture(request, wanted.ref)
        await media.ask_for_words(request, wanted)
    elif deed in songs.DEEDS:
        await songs.press(request, job_id, deed, index)
    elif deed == storyboard.REDO:
        await storyboard.redo(request, job_id, index, more)
    else:
        raise JobGone


async def _go_on(request: Request, job_id: str, deed: str, index: str) -> None:
    if deed in films.DEEDS:
        await films.press(request, job_id, deed)
    elif await film_orders.pressed(request, job_id, deed, index):
        return
    elif deed not in pictures.DEEDS:
        raise JobGone(job_id)
    else:
        await pictures.press(request, job_id, deed, index)


async def _cancel(request: Request, job_id: str) -> None:
    ended = await request.services.orders.cancel(request.access, job_id)
    if await owned.carries(request, job_id):
        await request.revise(request.words(f"job-{ended}"))
    else:
        await request.tell(f"job-{ended}")


async def _check(request: Request, job_id: str) -> None:
    """Have a task looked at that ran out of time; what was found is told later."""
    await check_again(request.services.store, request.services.clock, request.access, job_id)
    await request.tell("job-looking", private=True)


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


_THEIRS: Mapping[str, Callable[[Request, str], Awaitable[None]]] = {
    "cancel": _cancel,
    "check": _check,
    "show": _show,
    "delete": _delete,
}
"""What only who ordered it may do."""
