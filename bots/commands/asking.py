"""Asks for the words that a button needs: in a form where the platform has one, else by a message that is answered."""

from __future__ import annotations

from bots.commands import parking
from bots.commands.parking import Wanted
from bots.commands.request import Request, plain
from bots.outlet import Field, Form

VERB = "wanted"
"""The data of a form that was filled in begins so; what was wanted stands behind it."""
WORDS = "words"
TITLE_MOST = 45
WORDS_MOST = 4000


async def ask(
    request: Request,
    wanted: Wanted,
    text: str,
    *more: Field,
    price: str = "",
    value: str = "",
    most: int = WORDS_MOST,
    message: bool = False,
) -> None:
    """`text`: the question as a message; `more`: what a form asks before the words; `price`: of the order; `value`: the words
    to begin with, `most` of them characters; `message`: no form will do, because a file must come along."""
    label = request.words(f"form-{wanted.deed}")
    title = f"{label} · {price}" if price and len(label) + len(price) + 3 <= TITLE_MOST else label
    fields = () if message else (*more, Field(WORDS, label, value=value, most=most))
    form = Form(title, f"{VERB}:{wanted}", fields)
    message_id = await request.exchange.ask(plain(text, request.exchange.outlet.surface), form)
    if message_id:
        await parking.want(request, wanted, message_id)
