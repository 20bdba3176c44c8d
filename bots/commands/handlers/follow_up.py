"""A result that is made again, changed by words: those of a reply to it, or those that its button asked for. How a film is
changed, and by whom, says `film_orders.py`."""

from __future__ import annotations

from dataclasses import dataclass

from bots.commands import inputs, owned, table, written
from bots.commands.handlers import film_orders, media
from bots.commands.parking import Wanted
from bots.commands.request import Request
from core.errors import EmptyPrompt, JobGone
from core.film_deeds import Way
from core.orders import OF_JOB
from core.sources import can_be_continued
from core.specs import ModelSpec
from core.values import OPEN_STATES, Artifact, Job, JobState, Order, Part

_OF_THE_FIRST = frozenset({"count", "only"})
"""Options that hold for one order, not for those that go on from it."""
_MADE = frozenset({JobState.READY, JobState.DONE, JobState.UNDELIVERED})


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be changed: one result of a job."""

    job: Job
    index: int = 0


async def answered(request: Request) -> bool:
    """True: it was such a reply, and the order is placed. In a group anybody may go on from what all have seen there.
    Raises what orders raise."""
    words, attached = request.incoming.text.strip(), request.incoming.attachments
    if not words or any(each.kind != "image" for each in attached):
        return False
    found = await _replied(request)
    if found is None:
        return False
    await _order(request, found, priced=False)
    return True


async def pressed(request: Request, job_id: str, index: str) -> bool:
    """True: the button under such a result, and the words are asked for. Raises JobGone, NotYours."""
    source = Source(await owned.pressable(request, job_id), int(index) if index.isdecimal() else 0)
    if way := _film_way(request, source):
        price = film_orders.price_of_change(request, source.job, way)
        await media.ask_for_words(request, Wanted("edit", f"job:{job_id}:0"), request.money(price))
        return True
    spec = _changer(request, source)
    if spec is None:
        return False
    _, _, price = request.services.orders.check(source.job.kind, spec.name, "?", _options(source.job, spec), ())
    await media.ask_for_words(request, Wanted("edit", f"job:{job_id}:{source.index}"), request.money(price))
    return True


async def wanted(request: Request, asked: Wanted) -> bool:
    """True: the words came that the button asked for, and the order is placed. Raises what orders raise."""
    kind, _, rest = asked.ref.partition(":")
    if kind != "job" or asked.deed != "edit":
        return False
    job_id, _, index = rest.partition(":")
    source = Source(await owned.pressable(request, job_id), int(index) if index.isdecimal() else 0)
    if not _can_change(request, source):
        return False
    await _order(request, source)
    return True


async def _order(request: Request, source: Source, *, priced: bool = True) -> None:
    """At the row's price, and from the purse of whoever writes. `priced`: they have seen it."""
    if not request.incoming.text.strip():
        raise EmptyPrompt(command="edit")
    if way := _film_way(request, source):
        await film_orders.change(request, source.job, way, sure=priced)
        return
    spec = _changer(request, source)
    if spec is None:
        raise JobGone(source.job.id)
    await media.place(request, await _changed(request, source, spec), owned.origin_of(request, source.job))


async def _changed(request: Request, source: Source, spec: ModelSpec) -> Order:
    """The order of the words: a picture of a model that remembers goes on from what the model said, any other is an input
    like one that was sent."""
    job, orders = source.job, request.services.orders
    words, options = request.incoming.text.strip(), _options(job, spec)
    if command := table.find("edit"):
        parsed = written.read(command, words, request.services.catalog)
        words, options = parsed.text, {**options, **parsed.options}
        spec = request.services.catalog.get(options.pop("model", spec.name), "image")
        options = {name: value for name, value in options.items() if name in spec.options or name in parsed.options}
    remembers = spec.name == job.model and source.index == 0 and can_be_continued(job, spec)
    attached = await inputs.read(request, {"image"}) if request.incoming.attachments else ()
    files = attached if remembers else (_picture(job, source.index), *attached)
    continues = job.id if remembers else ""
    checked, _, _ = orders.check(job.kind, spec.name, words, options, files, continues=continues)
    return checked


def _picture(job: Job, index: int) -> Part:
    """One that is still being made is waited for."""
    if job.state in OPEN_STATES and job.state is not JobState.READY:
        return Part("image", media=f"{OF_JOB}{job.id}")
    return as_input(job.results[index])


def as_input(artifact: Artifact) -> Part:
    return Part(artifact.kind, media=artifact.media, mime=artifact.mime, size=artifact.size)


def _options(job: Job, spec: ModelSpec) -> dict[str, str]:
    return {name: value for name, value in job.options.items() if name in spec.options and name not in _OF_THE_FIRST}


def _changer(request: Request, source: Source) -> ModelSpec | None:
    """The model that changes a picture by words: its own, else the first that edits."""
    catalog, job = request.services.catalog, source.job
    if job.kind != "image" or (source.index and source.index >= len(job.results)):  # no button of ours says so
        return None
    own = catalog.find(job.model)
    if own is not None and can_be_continued(job, own):
        return own
    if not _has_picture(source):
        return None
    if own is not None and takes_pictures(own):
        return own
    command = table.find("edit")
    able = [spec for spec in table.suitable(command, catalog) if takes_pictures(spec)] if command else []
    return able[0] if able else None


def _film_way(request: Request, source: Source) -> Way | None:
    """How a film is changed; None: it is none, or nobody can."""
    if source.job.kind != "video" or source.index:
        return None
    return film_orders.change_way(request, source.job, pictures=bool(request.incoming.attachments))


def _can_change(request: Request, source: Source) -> bool:
    return _film_way(request, source) is not None or _changer(request, source) is not None


def takes_pictures(spec: ModelSpec) -> bool:
    """Whether it changes a picture by plain words."""
    return spec.kind == "image" and "image" in spec.inputs and spec.max_inputs > 0 and not spec.extra.get("flags")


def _has_picture(source: Source) -> bool:
    job = source.job
    if job.state in _MADE:
        return source.index < len(job.results) and job.results[source.index].kind == "image"
    return job.state in OPEN_STATES and not job.muted and source.index == 0 and job.action != "describe"


async def _replied(request: Request) -> Source | None:
    """What the message of ours that is replied to carries, if it can be changed, now or once it is made."""
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
    at = job.result_ids.index(reply.message_id) if reply.message_id in job.result_ids else 0
    source = Source(job, at if at < len(job.results) else 0)
    return source if _can_change(request, source) else None
