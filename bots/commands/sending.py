"""A file that only its person may read: into their private chat, wherever they asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from bots.commands.request import Request
from bots.outlet import ChatGone, MediaFile, Rendered
from core.values import Place


async def send_privately(request: Request, name: str, mime: str, write: Callable[[Path], None], caption: str) -> None:
    """`write` fills the file, in a thread. Raises OutletError."""
    folder = await asyncio.to_thread(TemporaryDirectory, prefix="starlight-")
    try:
        path = Path(folder.name) / name
        await asyncio.to_thread(write, path)
        file = MediaFile("document", name, mime, path=path, as_document=True)
        words = Rendered(caption)
        place = await _private(request)
        await request.services.deliverer.paced(place, lambda outlet, there: outlet.send_media(there, (file,), words))
    except ChatGone:
        await request.tell("privacy-no-dm", private=True)
        return
    finally:
        await asyncio.to_thread(folder.cleanup)
    if place.chat_key != request.place.chat_key:
        await request.tell("privacy-sent", private=True)


async def _private(request: Request) -> Place:
    if request.place.private:
        return request.place
    return await request.exchange.outlet.private(request.access.sender.id)
