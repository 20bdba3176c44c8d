"""/music and /lyrics, and what can be done with a song or its words: sing them, change them, show them, film the song."""

from __future__ import annotations

from dataclasses import replace

from bots.commands import inputs, owned
from bots.commands.handlers import media
from bots.commands.parking import Wanted
from bots.commands.request import Request
from bots.format import inert
from core import songs
from core.errors import EmptyPrompt, JobGone, NeedsInput
from core.songs import REWRITE, SING, Lyrics
from core.values import Job, Order

DEEDS = frozenset({"words", "clip", "sing", "rewrite"})

# --- commands --------------------


async def music(request: Request) -> None:
    """`/music WORDS`; as a reply to words for a song these are sung, and what stands behind the command is their style."""
    job = await _replied(request)
    lyrics = _to_sing(request, job)
    wish = request.text
    if job is not None and job.kind == "audio":  # its cover is no mood
        request.incoming = replace(request.incoming, reply=None)
    files = await inputs.read(request, {"image"})
    options = dict(request.options)
    model = options.pop("model", None) or media.usual(request, files, options)
    spec = (
        request.services.catalog.get(model, "audio", "music")
        if model
        else request.services.catalog.default("audio", "music")
    )
    action = ""
    if lyrics is not None and not songs.is_sung(wish):
        chosen = {"style": wish} if wish and "style" in spec.options else {}
        options = {**songs.sung_by(spec, lyrics), **chosen, **options}
        wish = "\n\n".join(each for each in ("" if chosen else wish, lyrics.text) if each)
        action = SING
    if not wish:
        raise EmptyPrompt(command="music")
    checked, _, _ = request.services.orders.check("audio", spec.name, wish, options, files, action=action)
    await media.place(request, checked)


async def lyrics(request: Request) -> None:
    """`/lyrics THEME`; as a reply to words of ours it changes them."""
    job = await _replied(request)
    if job is not None and songs.is_lyrics(job, request.services.catalog) and _writer(request, job):
        await _rewrite(request, job, request.text)
        return
    await media.order(request)


def _to_sing(request: Request, job: Job | None) -> Lyrics | None:
    """The words that the message which is replied to holds; None: there are none, or nothing says that they are a song's."""
    if job is not None:
        return songs.lyrics_of(job)
    reply = request.incoming.reply
    text = reply.text.strip() if reply is not None else ""
    if not text or not (songs.is_sung(text) or not request.text):
        return None
    return Lyrics(text)


async def _replied(request: Request) -> Job | None:
    """The order whose result is replied to. In a group anybody may go on from what all have seen there."""
    kind, job_id = await owned.replied(request)
    return await request.services.orders.get(request.access, job_id, others=True) if kind == "job" else None


# --- buttons --------------------


async def press(request: Request, job_id: str, deed: str, index: str) -> None:
    """`job:ID:words|clip|sing|rewrite[:INDEX]`. Raises JobGone, NotYours, and what orders raise."""
    job = await owned.pressable(request, job_id)
    price = next((price for each, price in songs.deeds(job, request.services.catalog).items() if each == deed), None)
    if price is None:
        raise JobGone(f"{job_id}: not to be done any more: {deed}")
    match deed:
        case "words":
            await _show(request, job)
        case "clip":
            await _film(request, job, int(index) if index.isdecimal() else songs.songs_of(job)[0])
        case "sing":
            await _sing(request, job)
        case _:
            await media.ask_for_words(request, Wanted(REWRITE, f"job:{job_id}:0"), request.money(price))


async def wanted(request: Request, asked: Wanted) -> None:
    """How the words shall change has come. Raises what orders raise."""
    kind, job_id = (*asked.ref.split(":"), "")[:2]
    if kind != "job":  # no button of ours says so
        raise JobGone(job_id)
    await _rewrite(request, await owned.pressable(request, job_id), request.incoming.text.strip())


async def answered(request: Request) -> bool:
    """True: the message replied to words of ours for a song, and they are changed. Raises what orders raise."""
    text, reply = request.incoming.text.strip(), request.incoming.reply
    if not text or request.incoming.attachments or reply is None or not reply.own:
        return False
    async with request.services.store.read() as tx:
        kind, _, job_id = (await tx.conversations.linked(request.place, reply.message_id) or "").partition(":")
        job = await tx.jobs.get(job_id) if kind == "job" else None
    if (
        job is None
        or job.place.chat_key != request.place.chat_key
        or not songs.is_lyrics(job, request.services.catalog)
    ):
        return False
    if (request.place.private and job.person_id != request.access.person.id) or not _writer(request, job):
        return False
    await _rewrite(request, job, text)
    return True


# --- what is done --------------------


async def _sing(request: Request, job: Job) -> None:
    lyrics = songs.lyrics_of(job)
    if lyrics is None:
        raise JobGone(job.id)
    spec = request.services.catalog.default("audio", "music")
    options = songs.sung_by(spec, lyrics)
    checked, _, _ = request.services.orders.check("audio", spec.name, lyrics.text, options, action=SING)
    await media.place(request, checked, owned.origin_of(request, job))


async def _rewrite(request: Request, job: Job, words: str) -> None:
    """By the model that wrote them, or another that changes words; at the price of new ones."""
    spec = songs.rewriter(job, request.services.catalog)
    if spec is None:
        raise JobGone(f"{job.id}: nobody changes words any more")
    if not words:
        raise EmptyPrompt(command="lyrics")
    checked, _, _ = request.services.orders.check(
        "audio", spec.name, words, {}, action=REWRITE, continues=job.id
    )  # fmt: skip
    await media.place(request, checked, owned.origin_of(request, job))


def _writer(request: Request, job: Job) -> bool:
    return songs.rewriter(job, request.services.catalog) is not None


async def _film(request: Request, job: Job, index: int) -> None:
    """Of one song, for nothing."""
    order = songs.clip_of(job, index)
    if order is None:
        raise JobGone(f"{job.id}: no song {index}")
    await media.place(request, await _kept(request, order), owned.origin_of(request, job))


async def _kept(request: Request, order: Order) -> Order:
    """Its files stay while it is on its way; without its cover a song is filmed too. Raises JobGone without the song."""
    song, *cover = order.inputs
    try:
        await request.services.orders.use_again(song, "music")
    except NeedsInput as error:
        raise JobGone(f"{song.media} is swept") from error
    try:
        for part in cover:
            await request.services.orders.use_again(part, "music")
    except NeedsInput:
        return replace(order, inputs=(song,))
    return order


async def _show(request: Request, job: Job) -> None:
    """The words of its songs, each once; both songs of an order mostly sing the same."""
    surface = request.exchange.outlet.surface
    texts = dict.fromkeys(made.text.strip() for made in job.results if made.text.strip())
    shown = "\n\n".join(texts)
    await request.say(inert(shown, surface) if surface.platform == "telegram" else shown)
