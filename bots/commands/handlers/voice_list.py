"""What /voice shows: the person's own voices, and those of the models, page by page, each with a sample to be ordered."""

from __future__ import annotations

from collections.abc import Sequence

from bots.commands import kept, owned
from bots.commands.handlers import media
from bots.commands.request import Request
from bots.outlet import Button, Buttons
from core.errors import BadOption
from core.own_voices import OWN
from core.prices import quote
from core.speakers import CHOSEN, chosen_by
from core.values import Voice
from core.voices import Choice, by_language

OWN_PER_PAGE = 3
PER_PAGE = 4
PAGE_DIGITS = 3
FILTER_CHARS = 12


async def use(request: Request, written: str) -> None:
    """The voice that speaks from now on; "" = the models' own again."""
    settings = {key: value for key, value in (await kept.settings(request)).items() if key != CHOSEN}
    name = "none"
    if written:
        settings[CHOSEN] = wanted = await request.services.voices.wanted(request.access, written)
        name = str(wanted["voice"]).removeprefix(OWN)
    await kept.save(request, settings)
    await request.tell("voice-used", name=name, private=True)


# --- one's own --------------------


async def show(request: Request) -> None:
    text, buttons = await _own_page(request, 0)
    await request.say(text, buttons=buttons)


async def turn(request: Request, ref: Sequence[str]) -> None:
    """`voice:mine:PAGE:PERSON`."""
    text, buttons = await _own_page(request, _number(ref[0]))
    await request.revise(text, buttons=buttons)


async def _own_page(request: Request, number: int) -> tuple[str, Buttons]:
    voices = request.services.voices
    known = await voices.mine(request.access)
    model, chosen = chosen_by(request.access.person)
    name = chosen.removeprefix(OWN) or "none"
    lines = [request.words("voice-now", name=name, model=model if chosen else "none")]
    price = voices.clone_price()
    number = min(number, max(0, (len(known) - 1) // OWN_PER_PAGE))
    shown = known[number * OWN_PER_PAGE : (number + 1) * OWN_PER_PAGE]
    lines += [_line(request, voice) for voice in shown]
    if price is not None:
        lines.append(request.words("voice-how", price=request.money(price)))
    rows = [row for voice in shown if (row := _row(request, voice))]
    more = _turns(request, "mine", number, (len(known) - 1) // OWN_PER_PAGE)
    listed = Button(request.words("button-voice-list"), owned.owned(request, "voice", "list", "0"))
    return "\n".join(lines), (*rows, (*more, listed))


def _line(request: Request, voice: Voice) -> str:
    state = "gone" if voice.gone else "ready" if voice.used_ms else "making"
    return request.words("voice-line", name=voice.name, state=state, keep="on" if voice.keep else "off")


def _row(request: Request, voice: Voice) -> tuple[Button, ...]:
    def button(deed: str, key: str) -> Button:
        return Button(request.words(key, name=voice.name), owned.owned(request, "voice", deed, voice.id))

    delete = button("ask", "button-voice-delete")
    if voice.gone:
        return (again(request, voice), delete)
    if not voice.used_ms:
        return (delete,)
    keep = button("keep", "button-voice-unkeep" if voice.keep else "button-voice-keep")
    return (button("use", "button-voice-use"), keep, delete)


def again(request: Request, voice: Voice) -> Button:
    price = request.money(request.services.voices.clone_price() or 0)
    label = request.words("button-voice-again", name=voice.name, price=price)
    return Button(label, owned.owned(request, "voice", "again", voice.id))


def sure(request: Request, voice: Voice) -> tuple[str, Buttons]:
    """Deleting one asks first."""
    data = owned.owned(request, "voice", "drop", voice.id)
    drop = Button(request.words("button-erase-sure"), data, style="danger")
    keep = Button(request.words("button-keep"), owned.owned(request, "voice", "mine", "0"))
    return request.words("voice-sure", name=voice.name), ((drop, keep),)


# --- those of the models --------------------


async def show_choices(request: Request, words: str) -> None:
    text, buttons = await _page(request, 0, words)
    await request.say(text, buttons=buttons)


async def turn_choices(request: Request, ref: Sequence[str]) -> None:
    """`voice:list:PAGE[:FILTER]:PERSON`."""
    text, buttons = await _page(request, _number(ref[0]), ref[1])
    await request.revise(text, buttons=buttons)


async def try_out(request: Request, ref: Sequence[str]) -> None:
    """`voice:try:MARK:PERSON`: a short sentence, ordered like any other."""
    choice = await _marked(request, ref[0])
    if choice is None:
        return
    event_id = request.incoming.event_id
    order = request.services.voices.sample(choice)
    job = await request.services.orders.place(request.access, request.incoming.message_id, order, event_id=event_id)
    request.settled = bool(event_id)
    await media.acknowledge(request, job)


async def take(request: Request, ref: Sequence[str]) -> None:
    """`voice:take:MARK:PERSON`."""
    choice = await _marked(request, ref[0])
    if choice is not None:
        await use(request, choice.voice)


async def _marked(request: Request, mark: str) -> Choice | None:
    found = next((each for each in await request.services.voices.choices() if each.mark == mark), None)
    if found is None:
        await request.tell("button-gone", private=True)
    return found


async def _page(request: Request, number: int, words: str) -> tuple[str, Buttons]:
    known = await request.services.voices.choices()
    found = by_language(known, words)
    if not found:
        languages = sorted({each.language for each in known if each.language})
        raise BadOption(name="language", value=words[:60], allowed=", ".join(languages) or "none")
    last = (len(found) - 1) // PER_PAGE
    number = min(number, last)
    shown = found[number * PER_PAGE : (number + 1) * PER_PAGE]
    lines = [request.words("voice-list-title", page=number + 1, pages=last + 1)]
    language = None
    for each in shown:
        if each.language != language:
            language = each.language
            lines.append(request.words("voice-list-language", language=language or "any"))
        lines.append(f"• {each.name} ({each.model})")
    lines.append(request.words("voice-list-how"))
    rows = [_choice_row(request, each) for each in shown]
    turns = _turns(request, "list", number, last, words[:FILTER_CHARS].replace(":", ""))
    return "\n".join(lines), (*rows, *((turns,) if turns else ()))


def _choice_row(request: Request, choice: Choice) -> tuple[Button, ...]:
    order = request.services.voices.sample(choice)
    spec = request.services.catalog.get(choice.model, "audio")
    price = request.money(quote(spec, order.options, text=order.prompt))
    label = request.words("button-voice-sample", name=choice.name[:30], price=price)
    taken = request.words("button-voice-use", name=choice.name[:30])
    return (
        Button(label, owned.owned(request, "voice", "try", choice.mark)),
        Button(taken, owned.owned(request, "voice", "take", choice.mark)),
    )


def _turns(request: Request, what: str, number: int, last: int, *more: str) -> tuple[Button, ...]:
    words = [each for each in more if each]

    def to(page: int) -> str:
        return owned.owned(request, "voice", what, str(page), *words)

    back = (Button("‹", to(number - 1)),) if number else ()
    return (*back, Button("›", to(number + 1))) if number < last else back


def _number(word: str) -> int:
    return int(word) if word.isdecimal() and len(word) <= PAGE_DIGITS else 0
