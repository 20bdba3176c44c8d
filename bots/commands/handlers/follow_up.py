"""A film that is made again, changed by words: those of a reply to it, or those that its button asked for."""

from __future__ import annotations

from bots.commands import inputs
from bots.commands.handlers import media
from bots.commands.parking import Wanted
from bots.commands.request import Request
from core.sources import can_be_continued
from core.values import Job, Order


async def answered(request: Request) -> bool:
    """True: it was such a reply, and the order is placed. In a group anybody may go on from a film that all have seen there.
    Raises what orders raise."""
    words, attached = request.incoming.text.strip(), request.incoming.attachments
    if not words or any(each.kind != "image" for each in attached):
        return False
    found = await _replied(request)
    if found is None:
        return False
    await _order(request, found)
    return True


async def pressed(request: Request, job_id: str) -> bool:
    """True: the button under such a film, and the words are asked for. Raises JobGone."""
    job = await _own(request, job_id)
    if job is None:
        return False
    _, _, price = request.services.orders.check(job.kind, job.model, "?", job.options, ())
    await media.ask_for_words(request, Wanted("edit", f"job:{job.id}:0"), request.money(price))
    return True


async def wanted(request: Request, asked: Wanted) -> bool:
    """True: the words came that the button asked for, and the order is placed. Raises what orders raise."""
    kind, _, rest = asked.ref.partition(":")
    if kind != "job" or asked.deed != "edit":
        return False
    job = await _own(request, rest.partition(":")[0])
    if job is None:
        return False
    await _order(request, job)
    return True


async def _order(request: Request, film: Job) -> None:
    """At the row's price, and from the purse of whoever writes."""
    words, attached = request.incoming.text.strip(), request.incoming.attachments
    files = await inputs.read(request, {"image"}) if attached else ()
    orders = request.services.orders
    checked, _, _ = orders.check(film.kind, film.model, words, film.options, files)
    order = Order(checked.kind, checked.model, checked.prompt, checked.options, checked.inputs, continues=film.id)
    job = await orders.place(request.access, request.incoming.message_id, order, event_id=request.incoming.event_id)
    request.settled = bool(request.incoming.event_id)
    await media.acknowledge(request, job)


async def _own(request: Request, job_id: str) -> Job | None:
    """This person's job, if its film can be changed. Raises JobGone."""
    job = await request.services.orders.get(request.access, job_id)
    return job if can_be_continued(job, request.services.catalog.find(job.model)) else None


async def _replied(request: Request) -> Job | None:
    """The job behind the message of ours that is replied to, if its film can be changed, now or once it is made."""
    reply = request.incoming.reply
    if reply is None or not reply.own:
        return None
    async with request.services.store.read() as tx:
        kind, _, job_id = (await tx.conversations.linked(request.place, reply.message_id) or "").partition(":")
        job = await tx.jobs.get(job_id) if kind == "job" else None
    if job is None or job.place.chat_key != request.place.chat_key:
        return None
    if request.place.private and job.person_id != request.access.person.id:
        return None
    return job if can_be_continued(job, request.services.catalog.find(job.model)) else None
