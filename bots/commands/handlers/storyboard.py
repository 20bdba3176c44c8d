"""/storyboard: a script becomes shots, the person changes them, and then they are filmed; and single shots of a film anew."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from bots.commands import asking, drafts, owned, table
from bots.commands.drafts import Draft
from bots.commands.handlers import media, storyboard_shots
from bots.commands.handlers.choosing import OrderedAlready
from bots.commands.parking import Wanted
from bots.commands.request import Request
from bots.outlet import Button, OutletError
from core.boards import shots_of
from core.checking import check_options
from core.errors import BadOption, BotError, EmptyPrompt, JobGone, NoModels, UnknownOption, WrongMix
from core.film_modes import modes_of
from core.specs import ModelSpec
from core.storyboard import SHOT_CHARS, SHOTS_MOST, lengths, together
from core.values import Job

DEEDS = storyboard_shots.DEEDS
REDO = "redo"
_SECONDS = "seconds"
SECONDS_DIGITS = 6


async def command(request: Request) -> None:
    """`/storyboard SCRIPT`, or in reply to it. Raises EmptyPrompt, UnknownModel, UnknownOption, BadOption, WrongMix."""
    reply = request.incoming.reply
    script = request.text.strip() or (reply.text.strip() if reply else "")
    if not script:
        raise EmptyPrompt(command="storyboard")
    options = dict(request.options)
    spec = _spec(request, options.pop("model", ""))
    seconds = _total(spec, options.pop(_SECONDS, ""))
    chosen = check_options(spec, options)
    if "text" in modes_of(spec):  # what does not go together is better said now than when all is written
        request.services.orders.check("video", spec.name, "?", chosen, ())
    await request.exchange.open()
    shots = await request.services.scripting.cut(request.access, spec, script, seconds)
    draft = Draft(spec.name, chosen, script, (), request.incoming.message_id, seconds).cut(shots)
    turn_id = await drafts.begin(request, draft)
    await storyboard_shots.show(request, turn_id, draft)


def _spec(request: Request, name: str) -> ModelSpec:
    """The one that was named, else the first that films several shots in one order, else the first that can. Raises
    UnknownModel, NoModels, WrongMix."""
    command = table.find("storyboard")
    able = table.suitable(command, request.services.catalog) if command else []
    if name:
        spec = request.services.catalog.get(name, "video")
        if spec not in able:
            allowed = ", ".join(each.name for each in able[:8]) or "none"
            raise WrongMix(spec.name, model=spec.name, mode="shots", able="no", allowed=allowed)
        return spec
    if not able:
        raise NoModels(name="storyboard", allowed="")
    return next((spec for spec in able if together(spec)), able[0])


def _total(spec: ModelSpec, word: str) -> int:
    """How long all shots together should be, 0 = as the model likes. Raises UnknownOption, BadOption."""
    if not word:
        return 0
    allowed = lengths(spec)
    if not allowed:
        raise UnknownOption(name=_SECONDS, allowed=", ".join(spec.options))
    if together(spec):
        return int(check_options(spec, {_SECONDS: word})[_SECONDS])
    most = allowed[-1] * SHOTS_MOST
    bare = word.removesuffix("s").strip()
    digits = bare.isascii() and bare.isdecimal() and len(bare) <= SECONDS_DIGITS
    if not (digits and allowed[0] <= int(bare) <= most):
        raise BadOption(name=_SECONDS, value=word[:60], allowed=f"{allowed[0]}–{most}")
    return int(bare)


# --- the buttons of the list --------------------


async def press(request: Request, ref: Sequence[str]) -> None:
    """`board:TURN:DEED[:KEY]`. Raises AnswerGone, OrderedAlready, and what orders raise."""
    turn_id, deed, key = (*ref, "", "", "")[:3]
    match deed:
        case "film":
            await _film(request, turn_id)
        case "anew":
            await _anew(request, turn_id)
        case "drop":
            await drafts.change(request, turn_id, lambda draft: replace(storyboard_shots.open_one(draft), dropped=True))
            await request.revise(request.words("board-dropped"))
        case _:
            await storyboard_shots.press(request, turn_id, deed, int(key) if key.isdecimal() else 0)


async def answer(request: Request, wanted: Wanted) -> None:
    """The words of a shot came."""
    await storyboard_shots.answer(request, wanted)


async def _anew(request: Request, turn_id: str) -> None:
    """The same script, cut once more."""
    draft = storyboard_shots.open_one(await drafts.read(request, turn_id))
    await request.exchange.open()
    spec = request.services.catalog.get(draft.model, "video")
    shots = await request.services.scripting.cut(request.access, spec, draft.script, draft.seconds)
    draft = await drafts.change(request, turn_id, lambda draft: storyboard_shots.open_one(draft).cut(shots))
    await storyboard_shots.show(request, turn_id, draft)


async def _film(request: Request, turn_id: str) -> None:
    """Marked first, so that nothing is changed any more while it is ordered, and nobody orders it a second time."""
    now, event_id = request.services.clock.now_ms(), request.incoming.event_id

    def marked(draft: Draft) -> Draft:
        mine = bool(event_id) and draft.ordered_by == event_id
        if draft.ordered_ms and not mine and now < draft.ordered_ms + drafts.AGAIN_MS:
            raise OrderedAlready
        return replace(draft, ordered_ms=now, ordered_by=event_id)

    def given_up(draft: Draft) -> Draft:
        """Unless a later press has taken it up meanwhile."""
        mine = (draft.ordered_ms, draft.ordered_by) == (now, event_id)
        return replace(draft, ordered_ms=0, ordered_by="") if mine else draft

    draft = await drafts.change(request, turn_id, marked, settles=False)
    await request.exchange.open()
    try:
        job = await request.services.boards.film(
            request.access, draft.origin, draft.model, draft.script, draft.shots, draft.options,
            event_id=event_id, once=f"board:{turn_id}",
        )  # fmt: skip
    except BotError:
        await drafts.change(request, turn_id, given_up, settles=False)
        raise
    request.settled = bool(event_id)
    if job.ack_id:
        raise OrderedAlready
    await media.acknowledge(request, job)
    with suppress(OutletError):  # it is ordered, whatever becomes of the list
        await request.revise(storyboard_shots.listed(request, draft))


# --- the film --------------------


async def redo(request: Request, job_id: str, number: str, deed: str) -> None:
    """`job:ID:redo:NUMBER[:yes|words]`: this shot once more, the others stay. First it is asked how, with the price. Raises
    JobGone, NotYours, and what orders raise."""
    job, at = await owned.pressable(request, job_id), _number(number)
    price = await request.services.boards.redo_price(request.access, job_id, [at], others=True)
    if deed == "yes":
        await _filmed_anew(request, job, at)
        return
    words, cost = shots_of(job)[at - 1].prompt, request.money(price)
    if deed == "words":
        where = "private" if request.place.private else "group"
        text = request.words("wanted-redo", where=where, number=str(at), limit=str(SHOT_CHARS), words=words, price=cost)
        await asking.ask(request, Wanted(REDO, f"job:{job_id}:{at}"), text, price=cost, value=words, most=SHOT_CHARS)
        return
    same = Button(request.words("button-redo-same", price=cost), f"job:{job_id}:{REDO}:{at}:yes")
    other = Button(request.words("button-shot-words"), f"job:{job_id}:{REDO}:{at}:words")
    await request.say(request.words("redo-sure", number=str(at), price=cost, words=words), buttons=((same, other),))


async def reworded(request: Request, wanted: Wanted) -> None:
    """`redo:job:ID:NUMBER`: the words that a shot of a film has from now on. Raises as pressing does, EmptyPrompt,
    PromptTooLong, CannotRead."""
    kind, job_id, number = (*wanted.ref.split(":"), "", "")[:3]
    if kind != "job":  # no button of ours says so
        raise JobGone(job_id)
    job = await owned.pressable(request, job_id)
    await _filmed_anew(request, job, _number(number), storyboard_shots.told(request))


async def _filmed_anew(request: Request, job: Job, number: int, words: str = "") -> None:
    """`words` "": as they are."""
    event_id = request.incoming.event_id
    made = await request.services.boards.redo(
        request.access,
        job.id,
        [number],
        {number: words} if words else {},
        origin_id=owned.origin_of(request, job),
        event_id=event_id,
        others=True,
    )
    request.settled = bool(event_id)
    await media.acknowledge(request, made)


def _number(word: str) -> int:
    """Of a shot. Raises JobGone."""
    if not (word.isascii() and word.isdecimal() and len(word) <= 3):
        raise JobGone(word)
    return int(word)
