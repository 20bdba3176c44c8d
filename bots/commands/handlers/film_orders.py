"""Orders that begin at a film which is there: it goes on, changes, becomes sharper, or sounds otherwise. Which row does
it says `core/film_deeds.py`."""

from __future__ import annotations

from dataclasses import replace

from bots.commands import asking, choices, inputs, owned, voicing
from bots.commands.handlers import media
from bots.commands.parking import Wanted
from bots.commands.request import Request
from bots.outlet import Button
from bots.wholes import whole
from core import film_deeds
from core.errors import EmptyPrompt, JobGone, NeedsInput
from core.film_deeds import Deed, Way
from core.film_modes import VOICE
from core.jobs import HANDMADE
from core.measuring import expected
from core.prices import quote
from core.values import Job, Micros, Order, Part

DEEDS: frozenset[Deed] = frozenset({"longer", "sound", "upscale"})
SURE = "yes"
"""Stands behind a press that has been asked about."""


async def pressed(request: Request, job_id: str, deed: str, answer: str) -> bool:
    """`job:ID:longer|sound|upscale[:yes]`; False: it is not of a film. Raises JobGone, NotYours, and what orders raise."""
    job = await owned.pressable(request, job_id)
    if deed not in DEEDS or job.kind != "video":
        return False
    way = _way(request, job, deed)
    if deed == "longer":
        price = _checked(request, film_deeds.order_of(way, job, "?"))[1]
        await media.ask_for_words(request, Wanted(deed, f"job:{job_id}:0"), request.money(price))
    elif deed == "sound":
        await _ask_for_sound(request, job, way)
    else:
        await _sharpen(request, job, way, sure=answer == SURE)
    return True


async def wanted(request: Request, asked: Wanted) -> bool:
    """What a button asked for has come; False: it was none of these. Raises what orders raise."""
    if asked.deed not in {"longer", "sound"}:
        return False
    kind, job_id = (*asked.ref.split(":"), "")[:2]
    if kind != "job":  # no button of ours says so
        raise JobGone(job_id)
    job = await owned.pressable(request, job_id)
    way = _way(request, job, asked.deed)
    if asked.deed == "sound":
        await _sound(request, job, way)
        return True
    words = request.incoming.text.strip()
    if not words:
        raise EmptyPrompt(command="video")
    await _place(request, job, film_deeds.order_of(way, job, words))
    return True


async def change(request: Request, job: Job, way: Way, *, sure: bool) -> None:
    """By the words of the message, and its pictures. Not `sure`: what costs more than the film itself is asked about, as who
    just replies to it has seen no price. Raises what orders raise."""
    attached = await inputs.read(request, {"image"}) if request.incoming.attachments else ()
    order, price = _checked(request, film_deeds.order_of(way, job, request.incoming.text.strip(), attached))
    film = (await whole(request.services.store, job)).price
    if sure or price <= film:
        await _place(request, job, order)
        return
    await _keep(request, order)
    text = request.words("change-sure", model=order.model, price=request.money(price), film=request.money(film))
    await choices.offer(request, order, [order.prompt], [request.words("button-edit")], text)


def price_of_change(request: Request, job: Job, way: Way) -> Micros:
    return _checked(request, film_deeds.order_of(way, job, "?"))[1]


def change_way(request: Request, job: Job, *, pictures: bool = False) -> Way | None:
    """How words change this film; None: nothing does."""
    catalog, orders = request.services.catalog, request.services.orders
    return film_deeds.change(job, catalog.visible("video"), orders.sends, pictures=pictures)


# --- inside --------------------


def _way(request: Request, job: Job, deed: str) -> Way:
    catalog, orders = request.services.catalog, request.services.orders
    able = film_deeds.ways(job, catalog.visible("video"), orders.sends)
    way = next((way for each, way in able.items() if each == deed), None)
    if way is None:
        raise JobGone(f"{job.id}: nothing does that any more: {deed}")
    return way


def _checked(request: Request, order: Order) -> tuple[Order, Micros]:
    checked, _, price = request.services.orders.check(
        "video", order.model, order.prompt, order.options, order.inputs, order.action, continues=order.continues
    )
    return checked, price


async def _place(request: Request, job: Job, order: Order) -> None:
    await _keep(request, order)
    await media.place(request, _checked(request, order)[0], owned.origin_of(request, job))


async def _keep(request: Request, order: Order) -> None:
    """The files stay while this order is on its way. Raises JobGone when one is swept."""
    for part in order.inputs:
        if part.media and ":" not in part.media:
            try:
                await request.services.orders.use_again(part, "video")
            except NeedsInput as error:
                raise JobGone(f"{part.media} is swept") from error


async def _sharpen(request: Request, job: Job, way: Way, *, sure: bool) -> None:
    """At once, but not without asking when it costs more than the film itself."""
    order = film_deeds.sharper(way, job)
    _, price = _checked(request, order)
    film = (await whole(request.services.store, job)).price
    if price <= film or sure:
        await _place(request, job, order)
        return
    text = request.words("upscale-sure", model=way.spec.name, price=request.money(price), film=request.money(film))
    yes = Button(request.words("button-upscale"), f"job:{job.id}:upscale:{SURE}")
    await request.say(text, buttons=((yes,),))


# --- another sound --------------------


async def _ask_for_sound(request: Request, job: Job, way: Way) -> None:
    """A file may come along, which no form takes."""
    speech = voicing.price(request)
    film = 0 if way.action in HANDMADE else quote(way.spec, {}, way.action, with_film=True)
    text = request.words(
        "wanted-sound",
        where="private" if request.place.private else "group",
        speech="no" if speech is None else "yes",
        price=request.money((speech or 0) + film),
    )
    await asking.ask(request, Wanted("sound", f"job:{job.id}:0"), text, message=True)


async def _sound(request: Request, job: Job, way: Way) -> None:
    """A file is laid under the film by ourselves; words are spoken first, and lips follow them where a row can do that."""
    words = request.incoming.text.strip()
    if request.incoming.attachments:
        given = await inputs.read(request, {"audio"})
        await _dub(request, job, replace(given[0], role=VOICE), words)
        return
    voice = await voicing.voice_of(request, words)
    if way.action in HANDMADE:
        await _dub(request, job, voice.file, words, voice)
        return
    order, _ = _checked(request, film_deeds.order_of(way, job, "", (voice.file,)))
    await _keep(request, order)
    order = expected(way.spec, order, words)
    await media.place(request, order, owned.origin_of(request, job), pieces=(voice.piece,), at_most=True)


async def _dub(request: Request, job: Job, sound: Part, words: str, voice: voicing.Voice | None = None) -> None:
    way = film_deeds.by_hand(job, request.services.catalog.visible("video"))
    if way is None:
        raise JobGone(job.id)
    order = film_deeds.order_of(way, job, words, (sound,))
    await _keep(request, order)
    pieces = (voice.piece,) if voice else ()
    await media.place(request, order, owned.origin_of(request, job), pieces=pieces)
