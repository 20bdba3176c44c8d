"""/voice: the voices that read aloud, and a person's own, cloned from a recording when they have said that its speaker
agrees. They and nobody else are shown their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from bots.commands import inputs, owned, parking
from bots.commands.handlers import media, voice_list
from bots.commands.owned import mine
from bots.commands.request import Request
from bots.commands.table import VOICE_ACTIONS
from bots.fit_told import fit_told
from bots.outlet import Button
from core.errors import AnswerGone, BadOption, BadVoiceName, NeedsInput
from core.own_voices import OWN
from core.values import Part, Turn, Voice
from core.voice_keeping import keep_price
from core.voices import NOBODYS

_TO_CLONE = "clone"
"""The role of the words of a parked turn that say how a voice shall be called; its recording stands beside them."""


async def command(request: Request) -> None:
    action, _, rest = request.text.strip().partition(" ")
    if not action:
        await voice_list.show(request)
        return
    handler = _ACTIONS.get(action.lower())
    if handler is None:
        raise BadOption(name="action", value=action[:60], allowed=", ".join(VOICE_ACTIONS))
    await handler(request, rest.strip())


async def _list(request: Request, words: str) -> None:
    await voice_list.show_choices(request, words)


async def _use(request: Request, name: str) -> None:
    if not name:
        await voice_list.show(request)
        return
    await voice_list.use(request, "" if name.lower() in NOBODYS else name)


async def _delete(request: Request, name: str) -> None:
    voice = await request.services.voices.own(request.access, _own_name(name))
    text, buttons = voice_list.sure(request, voice)
    await request.say(text, buttons=buttons)


async def _keep(request: Request, words: str) -> None:
    """`NAME on`, `NAME off`."""
    name, _, switch = words.rpartition(" ")
    if switch.lower() not in {"on", "off"}:
        raise BadOption(name="always", value=switch[:60] or "…", allowed="on, off")
    voice = await request.services.voices.own(request.access, _own_name(name))
    await request.say(await _kept(request, voice, wanted=switch.lower() == "on"))


async def _kept(request: Request, voice: Voice, *, wanted: bool) -> str:
    await request.services.voices.keep(request.access, voice.id, wanted)
    price = request.money(keep_price(request.services.catalog) or 0)
    return request.words("voice-kept", name=voice.name, switch="on" if wanted else "off", price=price)


def _own_name(name: str) -> str:
    return name.strip().removeprefix(OWN)


# --- cloning --------------------


async def _clone(request: Request, name: str) -> None:
    """Ask whether the speaker agrees; nothing is ordered before they say so."""
    voices, event_id = request.services.voices, request.incoming.event_id
    if not name:
        raise BadVoiceName(name="none")
    name, file, price = await voices.prepared(request.access, name, await _recording(request))
    parts = (Part("text", text=name, role=_TO_CLONE), replace(file, link="", link_until_ms=0))
    turn = await parking.park(request, parts, [event_id] if event_id else [])
    request.settled = bool(event_id)
    yes = Button(request.words("button-voice-agreed"), owned.owned(request, "voice", "yes", turn.id))
    no = Button(request.words("button-voice-not-agreed"), owned.owned(request, "voice", "no", turn.id))
    text = request.words("voice-consent", name=name, price=request.money(price))
    if changes := fit_told(request.words, [file]):
        text = f"{text}\n{changes}"
    await request.say(text, buttons=((yes, no),))


async def _recording(request: Request) -> Part:
    """Raises NeedsInput, BadOption for several, and what reading files raises."""
    files = await inputs.read(request, {"audio", "video"})
    if not files:
        raise NeedsInput(command="voice")
    if len(files) > 1:
        raise BadOption(name="files", value=str(len(files)), allowed="1")
    return files[0]


async def _agreed(request: Request, ref: Sequence[str]) -> None:
    turn = await parking.parked(request, ref[0])
    name, file = _parked(turn)
    job = await request.services.voices.clone(request.access, turn.origin_id, name, file, once=turn.id)
    await request.revise(request.words("voice-agreed", name=name))
    if not job.ack_id:
        await media.acknowledge(request, job)


async def _not_agreed(request: Request, ref: Sequence[str]) -> None:
    name, _ = _parked(await parking.parked(request, ref[0]))
    await request.revise(request.words("voice-not-agreed", name=name))


def _parked(turn: Turn) -> tuple[str, Part]:
    """Raises AnswerGone for a turn that waits for something else."""
    name = next((part.text for part in turn.question if part.role == _TO_CLONE), "")
    file = next((part for part in turn.question if part.media), None)
    if not name or file is None:
        raise AnswerGone(f"{turn.id} is no voice to be cloned")
    return name, file


async def _again(request: Request, ref: Sequence[str]) -> None:
    job = await request.services.voices.again(
        request.access, request.incoming.message_id, ref[0], event_id=request.incoming.event_id
    )
    await media.acknowledge(request, job)


# --- buttons --------------------


async def press(request: Request, ref: Sequence[str]) -> None:
    """`voice:DEED[:WHAT[:MORE]]:PERSON`. Raises NotYours."""
    words = (*mine(request, ref), "", "", "")
    deed, rest = words[0], words[1:]
    handler = _DEEDS.get(deed)
    if handler is None:
        await request.tell("button-gone", private=True)
        return
    await handler(request, rest)


async def _own(request: Request, ref: Sequence[str]) -> Voice | None:
    found = next((each for each in await request.services.voices.mine(request.access) if each.id == ref[0]), None)
    if found is None:
        await voice_list.turn(request, ("0",))
    return found


async def _press_use(request: Request, ref: Sequence[str]) -> None:
    if voice := await _own(request, ref):
        await voice_list.use(request, f"{OWN}{voice.name}")


async def _press_delete(request: Request, ref: Sequence[str]) -> None:
    if voice := await _own(request, ref):
        text, buttons = voice_list.sure(request, voice)
        await request.revise(text, buttons=buttons)


async def _press_drop(request: Request, ref: Sequence[str]) -> None:
    await request.services.voices.drop(request.access, ref[0])
    await voice_list.turn(request, ("0",))


async def _press_keep(request: Request, ref: Sequence[str]) -> None:
    if voice := await _own(request, ref):
        await request.say(await _kept(request, voice, wanted=not voice.keep), private=True)


_ACTIONS: Mapping[str, Callable[[Request, str], Awaitable[None]]] = {
    "list": _list,
    "use": _use,
    "clone": _clone,
    "delete": _delete,
    "keep": _keep,
}
_DEEDS: Mapping[str, Callable[[Request, Sequence[str]], Awaitable[None]]] = {
    "yes": _agreed,
    "no": _not_agreed,
    "again": _again,
    "use": _press_use,
    "ask": _press_delete,
    "drop": _press_drop,
    "keep": _press_keep,
    "mine": voice_list.turn,
    "list": voice_list.turn_choices,
    "try": voice_list.try_out,
    "take": voice_list.take,
}
