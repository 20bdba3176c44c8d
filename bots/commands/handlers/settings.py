"""/settings and /language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bots.commands import kept
from bots.commands.handlers import models, preferred, thinking
from bots.commands.owned import mine
from bots.commands.request import Request
from bots.outlet import Button, Buttons
from core.errors import BadOption
from core.speaking import price_of

LANGUAGES = ("en", "zh")


async def show(request: Request) -> None:
    text, buttons = await shown(request)
    await request.say(text, buttons=buttons)


async def shown(request: Request) -> tuple[str, Buttons]:
    conversation = await request.services.chat.conversation(request.access)
    spec = await models.current(request)
    effort = conversation.effort if conversation.effort in spec.efforts else ""
    text = request.words(
        "settings-now",
        language=request.words(f"language-{request.locale}"),
        model=spec.name,
        persona=conversation.persona or request.words("persona-no"),
        effort=thinking.name_of(request, effort),
        search="on" if conversation.search else "off",
    )
    speaker = request.services.voices.model_for(request.access.person)
    aloud = "none" if speaker is None else request.money(price_of(speaker))
    chosen = (
        Button(request.words("button-language"), "languages"),
        Button(request.words("button-model"), "models:0"),
        Button(request.words("button-persona"), "personas"),
    )
    lines = (text, request.words("settings-voice", price=aloud), request.words("settings-everywhere"))
    return "\n".join(lines), (chosen, *preferred.rows(request))


async def press(request: Request, ref: Sequence[str]) -> None:
    """`set:NAME:VALUE:PERSON`."""
    name, value = (*mine(request, ref), "", "")[:2]
    wanted = preferred.meant(name, value)
    if wanted is None:
        await request.tell("button-gone", private=True)
        return
    changed = {**await kept.settings(request), name: wanted}
    await kept.save(request, changed)
    request.access = replace(request.access, person=replace(request.access.person, settings=changed))
    text, buttons = await shown(request)
    await request.revise(text, buttons=buttons)


async def language(request: Request) -> None:
    written = (request.text or request.options.get("language", "")).strip().lower()
    if not written:
        await request.tell("language-picker", buttons=_choices(request))
        return
    await request.say(await _choose(request, _NAMES.get(written, written)))


async def list_languages(request: Request, ref: Sequence[str]) -> None:
    await request.revise(request.words("language-picker"), buttons=_choices(request))


async def press_language(request: Request, ref: Sequence[str]) -> None:
    """`lang:CODE`."""
    await request.revise(await _choose(request, ref[0] if ref else "auto"))


async def _choose(request: Request, code: str) -> str:
    """Keep it, and answer in it."""
    if code not in (*LANGUAGES, "auto"):
        raise BadOption(name="language", value=code[:40], allowed=", ".join((*LANGUAGES, "auto")))
    person = request.access.person.id
    await request.services.directory.set_locale(person, None if code == "auto" else code)
    locale = request.services.texts.pick(request.access.sender.language) if code == "auto" else code
    request.access = replace(request.access, locale=locale)
    return request.words("language-auto" if code == "auto" else "language-chosen")


def _choices(request: Request) -> Buttons:
    named = tuple(Button(request.words(f"language-{code}"), f"lang:{code}") for code in LANGUAGES)
    return (named, (Button(request.words("button-language-auto"), "lang:auto"),))


_NAMES = {
    "english": "en", "en-us": "en", "en-gb": "en", "英文": "en", "英语": "en",
    "chinese": "zh", "中文": "zh", "汉语": "zh", "zh-cn": "zh", "zh-tw": "zh", "zh-hans": "zh", "zh-hant": "zh", "cn": "zh",
    "自动": "auto", "default": "auto",
}  # fmt: skip
