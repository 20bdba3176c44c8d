"""The shots of a storyboard as a person sees and changes them: the list, and one of them opened, in one message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bots.commands import asking, drafts
from bots.commands.drafts import Draft
from bots.commands.handlers.choosing import OrderedAlready
from bots.commands.parking import Wanted
from bots.commands.request import Request
from bots.format import shortened
from bots.outlet import Button, Buttons
from core.errors import AnswerGone, BadOption, CannotRead, EmptyPrompt, PromptTooLong
from core.film_modes import modes_of
from core.specs import ModelSpec
from core.storyboard import SHOT_CHARS, SHOTS_MOST, Shot, check_shots, fitted_lengths, lengths, together

VERB = "board"
CHANGE, ADD = "shot", "newshot"
DEEDS = frozenset({CHANGE, ADD})
"""What the words are for that are asked for."""
LISTED_CHARS = 160


def open_one(draft: Draft) -> Draft:
    """One that may still be changed. Raises OrderedAlready."""
    if draft.ordered_ms:
        raise OrderedAlready
    return draft


# --- what is shown --------------------


async def show(request: Request, turn_id: str, draft: Draft) -> None:
    """The list: in the message whose button was pressed, else as a new one."""
    text, buttons = listed(request, draft), _below_all(request, turn_id, draft)
    if request.pressed:
        await request.revise(text, buttons=buttons)
    else:
        await request.say(text, buttons=buttons)


def listed(request: Request, draft: Draft) -> str:
    """All shots, and how they are filmed."""
    total = sum(shot.seconds for shot in draft.shots)
    title = request.words(
        "board-title", model=draft.model, seconds=total, price=_price(request, draft),
        options=", ".join(f"{name} {word}" for name, word in draft.options.items()) or "none",
    )  # fmt: skip
    way = _way(_spec(request, draft)) if len(draft.items) > 1 else "alone"
    hint = [] if draft.ordered_ms else [request.words("board-hint")]
    lines = [_line(request, number, shot) for number, shot in enumerate(draft.shots, 1)]
    return "\n".join([title, "", *lines, "", request.words("board-way", way=way), *hint])


def _way(spec: ModelSpec) -> str:
    if together(spec):
        return "together"
    return "joined" if "image" in modes_of(spec) else "apart"


def _line(request: Request, number: int, shot: Shot) -> str:
    words = shortened(shot.prompt, LISTED_CHARS)
    return request.words("board-line", number=str(number), seconds=shot.seconds, words=words)


def _below_all(request: Request, turn_id: str, draft: Draft) -> Buttons:
    numbers = [_button(str(number), turn_id, "open", item.key) for number, item in enumerate(draft.items, 1)]
    film = request.words("button-film", price=_price(request, draft))
    return (
        tuple(numbers),
        (replace(_button(film, turn_id, "film"), style="primary"),),
        (
            _button(request.words("button-cut-anew"), turn_id, "anew"),
            _button(request.words("button-cancel"), turn_id, "drop"),
        ),
    )


async def _open(request: Request, turn_id: str, draft: Draft, key: int) -> None:
    """One shot, with all its words."""
    at = draft.at(key)
    shot = draft.shots[at]
    text = request.words(
        "board-shot", number=str(at + 1), count=str(len(draft.items)), seconds=shot.seconds, words=shot.prompt
    )
    await request.revise(text, buttons=_below_one(request, turn_id, draft, at))


def _below_one(request: Request, turn_id: str, draft: Draft, at: int) -> Buttons:
    key, spec = draft.items[at].key, _spec(request, draft)

    def button(label: str, deed: str) -> Button:
        return _button(label, turn_id, deed, key)

    rows = [[button(request.words("button-shot-words"), "words")]]
    less, more = _step(spec, draft, at, -1), _step(spec, draft, at, 1)
    timed = [button(request.words("button-shorter", seconds=-less), "less")] if less else []
    timed += [button(request.words("button-longer-shot", seconds=more), "more")] if more else []
    removed = [button(request.words("button-shot-remove"), "remove")] if len(draft.items) > 1 else []
    added = [button(request.words("button-shot-add"), "add")] if len(draft.items) < SHOTS_MOST else []
    rows += [row for row in (timed, [*removed, *added]) if row]
    rows.append([_button(request.words("button-shots"), turn_id, "all")])
    return tuple(tuple(row) for row in rows)


def _button(label: str, turn_id: str, deed: str, key: int = 0) -> Button:
    return Button(label, f"{VERB}:{turn_id}:{deed}:{key}" if key else f"{VERB}:{turn_id}:{deed}")


def _spec(request: Request, draft: Draft) -> ModelSpec:
    return request.services.catalog.get(draft.model, "video")


def _price(request: Request, draft: Draft) -> str:
    return request.money(request.services.boards.price(_spec(request, draft), draft.shots, draft.options))


# --- what is changed --------------------


async def press(request: Request, turn_id: str, deed: str, key: int) -> None:
    """Raises AnswerGone, OrderedAlready, ShotGone, BadOption."""
    match deed:
        case "all":
            await show(request, turn_id, open_one(await drafts.read(request, turn_id)))
        case "open":
            await _open(request, turn_id, open_one(await drafts.read(request, turn_id)), key)
        case "words" | "add":
            await _ask(request, turn_id, deed, key)
        case "less" | "more":
            step = -1 if deed == "less" else 1
            draft = await drafts.change(request, turn_id, lambda draft: _stepped(request, draft, key, step))
            await _open(request, turn_id, draft, key)
        case "remove":
            await show(
                request, turn_id, await drafts.change(request, turn_id, lambda draft: _without(request, draft, key))
            )
        case _:
            raise AnswerGone(f"{deed} is no button of a storyboard")


async def _ask(request: Request, turn_id: str, deed: str, key: int) -> None:
    draft = open_one(await drafts.read(request, turn_id))
    number = draft.at(key) + 1
    if deed == "add" and len(draft.items) >= SHOTS_MOST:
        raise _too_many()
    wanted = Wanted(CHANGE if deed == "words" else ADD, f"{turn_id}:{key}")
    where = "private" if request.place.private else "group"
    words = draft.shots[number - 1].prompt if deed == "words" else ""
    text = request.words(f"wanted-{wanted.deed}", where=where, number=str(number), limit=str(SHOT_CHARS), words=words)
    await asking.ask(request, wanted, text, value=words, most=SHOT_CHARS)


async def answer(request: Request, wanted: Wanted) -> None:
    """`shot:TURN:KEY` or `newshot:TURN:KEY`. Raises EmptyPrompt, PromptTooLong, and what pressing raises."""
    turn_id, _, key = wanted.ref.partition(":")
    number = int(key) if key.isdecimal() else 0
    words = told(request)

    def changed(draft: Draft) -> Draft:
        at = open_one(draft).at(number)
        if wanted.deed == ADD:
            if len(draft.items) >= SHOTS_MOST:
                raise _too_many()
            return _fitted(request, draft.added(at + 1, Shot(words, 0)))
        shots = list(draft.shots)
        shots[at] = replace(shots[at], prompt=words)
        return draft.timed(tuple(shots))

    await show(request, turn_id, await drafts.change(request, turn_id, changed))


def told(request: Request) -> str:
    """The words of a shot, from the message. Raises CannotRead, EmptyPrompt, PromptTooLong."""
    if request.incoming.attachments:
        raise CannotRead(what=request.incoming.attachments[0].what or request.incoming.attachments[0].kind)
    words = " ".join(request.incoming.text.split())
    if not words:
        raise EmptyPrompt(command="storyboard")
    if len(words) > SHOT_CHARS:
        raise PromptTooLong(limit=SHOT_CHARS, length=len(words))
    return words


def _stepped(request: Request, draft: Draft, key: int, step: int) -> Draft:
    """The next length that the row films; where there is none, all stays as it is."""
    at = open_one(draft).at(key)
    return draft.timed(_lasting(draft.shots, at, _step(_spec(request, draft), draft, at, step)))


def _step(spec: ModelSpec, draft: Draft, at: int, step: int) -> int:
    """Seconds to the next allowed length of a shot, 0 = there is none."""
    now = draft.shots[at].seconds
    nearest = sorted((each - now for each in lengths(spec) if (each - now) * step > 0), key=abs)
    return next((each for each in nearest if _allowed(spec, _lasting(draft.shots, at, each))), 0)


def _allowed(spec: ModelSpec, shots: Sequence[Shot]) -> bool:
    try:
        check_shots(spec, shots)
    except BadOption:
        return False
    return True


def _lasting(shots: Sequence[Shot], at: int, more: int) -> tuple[Shot, ...]:
    return tuple(
        replace(shot, seconds=shot.seconds + more) if number == at else shot for number, shot in enumerate(shots)
    )


def _without(request: Request, draft: Draft, key: int) -> Draft:
    at = open_one(draft).at(key)
    if len(draft.items) == 1:
        raise BadOption(name="shots", value="0", allowed=f"1–{SHOTS_MOST}")
    return _fitted(request, draft.removed(at))


def _fitted(request: Request, draft: Draft) -> Draft:
    """With lengths that the row films, now that there are more shots or fewer."""
    return draft.timed(fitted_lengths(_spec(request, draft), draft.shots))


def _too_many() -> BadOption:
    return BadOption(name="shots", value=str(SHOTS_MOST + 1), allowed=f"1–{SHOTS_MOST}")
