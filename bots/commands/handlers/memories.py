"""/remember, /memories, /forget: the facts that a person wants to be known. They and nobody else are shown them."""

from __future__ import annotations

from collections.abc import Sequence

from bots.commands.owned import mine, owned
from bots.commands.request import Request
from bots.outlet import Button, Buttons
from core.assistant import Memory, preferences

PER_PAGE = 5
ALL = frozenset({"all", "everything", "全部", "所有"})
Numbered = tuple[int, Memory]


async def remember(request: Request) -> None:
    memory = await request.services.remembering.remember(request.access.person.id, request.text)
    where = preferences(request.access.person).memories
    await request.tell("remembered", fact=memory.text, where=where)


async def show(request: Request) -> None:
    text, buttons = await _page(request, 0)
    await request.say(text, buttons=buttons)


async def forget(request: Request) -> None:
    """By number or by words; when the words fit several, one is picked by a button."""
    which = request.text.strip()
    if not which:
        await show(request)
    elif which.lower() in ALL:
        await _ask(request)
    else:
        await _forget(request, which)


async def _forget(request: Request, which: str) -> None:
    remembering, person_id = request.services.remembering, request.access.person.id
    found = await remembering.named(person_id, which)
    if len(found) > 1:
        known = await remembering.all(person_id)
        numbered = [(number, memory) for number, memory in enumerate(known, 1) if memory in found][:PER_PAGE]
        lines = [request.words("forget-which"), *_lines(numbered)]
        await request.say("\n".join(lines), buttons=(_crosses(request, numbered, 0),))
    elif found and await remembering.drop(person_id, found[0].id, request.incoming):
        request.settled = True
        await request.tell("forgotten", fact=found[0].text)
    else:
        await request.tell("forget-nothing", which=which[:100])


async def _ask(request: Request) -> None:
    count = len(await request.services.remembering.all(request.access.person.id))
    if not count:
        await request.tell("memories-none")
        return
    sure = Button(request.words("button-erase-sure"), owned(request, "forget", "all"), style="danger")
    keep = Button(request.words("button-keep"), owned(request, "forget", "keep"))
    await request.tell("forget-sure", count=count, buttons=((sure, keep),))


# --- buttons --------------------


async def turn(request: Request, ref: Sequence[str]) -> None:
    """`memories:PAGE:PERSON`."""
    text, buttons = await _page(request, _number(mine(request, ref)))
    await request.revise(text, buttons=buttons)


async def press(request: Request, ref: Sequence[str]) -> None:
    """`forget:all:PERSON`, `forget:keep:PERSON`, `forget:one:MEMORY:PAGE:PERSON`."""
    deed, *rest = mine(request, ref) or [""]
    remembering, person_id = request.services.remembering, request.access.person.id
    if deed == "all":
        gone = await remembering.forget(person_id, "all")
        await request.revise(request.words("forgotten-all", count=len(gone)))
    elif deed == "one" and rest:
        await remembering.drop(person_id, rest[0])
        text, buttons = await _page(request, _number(rest[1:]))
        await request.revise(text, buttons=buttons)
    else:
        await request.revise(request.words("privacy-kept"))


def _number(words: Sequence[str]) -> int:
    return int(words[0]) if words and words[0].isdecimal() else 0


# --- the list --------------------


async def _page(request: Request, number: int) -> tuple[str, Buttons]:
    known = await request.services.remembering.all(request.access.person.id)
    if not known:
        return request.words("memories-none"), ()
    last = (len(known) - 1) // PER_PAGE
    number = min(number, last)
    numbered = list(enumerate(known, 1))[number * PER_PAGE : (number + 1) * PER_PAGE]
    turns = [Button("‹", owned(request, "memories", str(number - 1)))] if number else []
    if number < last:
        turns.append(Button("›", owned(request, "memories", str(number + 1))))
    where = preferences(request.access.person).memories
    lines = [
        request.words("memories-title", count=len(known)),
        *_lines(numbered),
        request.words("memories-where", where=where),
    ]
    return "\n".join(lines), (_crosses(request, numbered, number), *((tuple(turns),) if turns else ()))


def _lines(numbered: Sequence[Numbered]) -> list[str]:
    return [f"{number}. {memory.text}" for number, memory in numbered]


def _crosses(request: Request, numbered: Sequence[Numbered], page: int) -> tuple[Button, ...]:
    return tuple(
        Button(f"✕ {number}", owned(request, "forget", "one", memory.id, str(page))) for number, memory in numbered
    )
