"""/start: a greeting with three examples, or a code that lets somebody in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bots.commands import table
from bots.commands.handlers import chat, media
from bots.commands.request import Request
from bots.outlet import Button, Exchange, Rendered
from bots.pricing import typical
from bots.services import Services
from core.errors import BotError
from core.values import Incoming

EXAMPLES = {"ask": "chat", "image": "image", "video": "video"}


async def start(request: Request) -> None:
    rows = tuple(
        (Button(request.words(f"button-example-{name}", price=price), f"example:{name}"),)
        for name in EXAMPLES
        if (price := _price(request, name))
    )
    await request.tell("start-hello", buttons=rows)


def _price(request: Request, name: str) -> str:
    """About what the example costs; "" when the gateway offers nothing of the kind."""
    try:
        if name == "ask":
            return request.money(typical(request.services.catalog.default("chat")))
        return request.money(media.price_of(replace(request, command=table.find(EXAMPLES[name]))))
    except BotError:
        return ""


async def example(request: Request, ref: Sequence[str]) -> None:
    """The button does what the person would have typed."""
    name = ref[0] if ref and ref[0] in EXAMPLES else "ask"
    request.command = table.find(EXAMPLES[name])
    request.text = request.words(f"example-{name}")
    if name == "ask":
        await chat.ask(request)
    else:
        await media.order(request)


async def use_code(services: Services, incoming: Incoming, exchange: Exchange, code: str) -> None:
    """Before anybody is let in: a claim or an invitation."""
    locale = services.texts.pick(incoming.sender.language)
    role = await services.directory.use_code(incoming.place, incoming.sender, code)
    key = {"owner": "code-owner", "member": "code-member"}.get(role or "", "error-bad-code")
    await exchange.say(Rendered(services.texts(locale, key)), private=role is None)
