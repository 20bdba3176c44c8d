"""/search: one question with a search of the web, or the conversation's switch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bots.commands.handlers import chat
from bots.commands.owned import mine, owned
from bots.commands.request import Request
from bots.commands.table import SWITCH
from bots.outlet import Button, Buttons
from core.errors import BadOption


async def search(request: Request) -> None:
    """`/search on`, `/search off`, or a question. With `--always` and a question: both."""
    always = request.options.get("always", "")
    if not always and request.text.lower() in NAMES:
        always, request.text = request.text, ""
    if always:
        await request.say(await _switch(request, always.lower()))
    if request.text or request.incoming.attachments or _asks_about_another(request):
        await chat.ask(request, search=True)
    elif not always:
        await _show(request)


def _asks_about_another(request: Request) -> bool:
    """Somebody else's words are the question then."""
    reply = request.incoming.reply
    return reply is not None and not reply.own and bool(reply.text)


async def press(request: Request, ref: Sequence[str]) -> None:
    """`search:on:PERSON`, `search:off:PERSON`."""
    words = mine(request, ref)
    await request.revise(await _switch(request, words[0] if words else "off"))


async def _switch(request: Request, word: str) -> str:
    """Raises BadOption, NoSearch."""
    if word not in NAMES:
        raise BadOption(name="always", value=word[:40], allowed=", ".join(SWITCH))
    on = NAMES[word] == "on"
    spec = await request.services.chat.switch_search(request.access, on)
    if not on:
        return request.words("search-off")
    each = spec.price.per_search
    return request.words(
        "search-on", model=spec.name, paid="yes" if each else "no", price=request.money(each) if each else ""
    )


async def _show(request: Request) -> None:
    on = (await request.services.chat.conversation(request.access)).search
    label = request.words("button-search-off" if on else "button-search-on")
    buttons: Buttons = ((Button(label, owned(request, "search", "off" if on else "on")),),)
    await request.tell("search-state", state="on" if on else "off", buttons=buttons)


NAMES: Mapping[str, str] = {
    "on": "on", "yes": "on", "开": "on", "开启": "on", "打开": "on",
    "off": "off", "no": "off", "关": "off", "关闭": "off",
}  # fmt: skip
"""Whatever people write for on and off."""
