"""/start: a greeting with three examples, or a code that lets somebody in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bots.commands import table
from bots.commands.handlers import chat, media
from bots.commands.request import Request
from bots.outlet import Button, Buttons, Exchange, Rendered
from bots.pricing import typical
from bots.services import Services
from core.errors import BotError
from core.ports import NewId
from core.values import Incoming

EXAMPLES = {"ask": "chat", "image": "image", "video": "video"}


async def start(request: Request) -> None:
    await request.tell("start-hello", buttons=_examples(request))


def _examples(request: Request) -> Buttons:
    """One button in a row, for whatever there is a model for."""
    return tuple(
        (Button(request.words(f"button-example-{name}", price=price), f"example:{name}"),)
        for name in EXAMPLES
        if (price := _price(request, name))
    )


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


async def use_code(services: Services, incoming: Incoming, exchange: Exchange, code: str, new_id: NewId) -> None:
    """Before anybody is let in: a claim or an invitation. Who it lets in sees the examples too."""
    role = await services.directory.use_code(incoming.place, incoming.sender, code)
    if role is None:
        locale = services.texts.pick(incoming.sender.language)
        await exchange.say(Rendered(services.texts(locale, "error-bad-code")), private=True)
        return
    access = await services.directory.meet(incoming.place, incoming.sender)
    request = Request(services, exchange, access, incoming, new_id)
    await request.tell("code-owner" if role == "owner" else "code-member", buttons=_examples(request))
