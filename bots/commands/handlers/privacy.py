"""/privacy: what is kept, all of it as a file, and its deletion."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bots.commands.request import Request
from bots.outlet import Button, ChatGone, MediaFile, Rendered
from core.limits import LIMITS
from core.values import Json, Place

HOUR_MS = 3_600_000


async def show(request: Request) -> None:
    buttons = (
        (
            Button(request.words("button-export"), "privacy:export"),
            Button(request.words("button-erase"), "privacy:erase", style="danger"),
        ),
    )
    await request.tell(
        "privacy-text",
        hours=LIMITS.input_keep_ms // HOUR_MS,
        days=LIMITS.result_keep_ms // (24 * HOUR_MS),
        buttons=buttons,
    )


async def press(request: Request, ref: Sequence[str]) -> None:
    """`privacy:export`, `privacy:erase`, then `privacy:sure` or `privacy:keep`."""
    deed = ref[0] if ref else ""
    if deed == "export":
        await _export(request)
    elif deed == "erase":
        sure = Button(request.words("button-erase-sure"), "privacy:sure", style="danger")
        await request.revise(
            request.words("privacy-sure"), buttons=((sure, Button(request.words("button-keep"), "privacy:keep")),)
        )
    elif deed == "sure":
        await request.services.directory.forget(request.access.person.id)
        await request.revise(request.words("privacy-erased"))
    else:
        await request.revise(request.words("privacy-kept"))


async def _export(request: Request) -> None:
    """Into the private chat: only its owner may read it."""
    data = await request.services.directory.export(request.access.person.id)
    try:
        place = await _private(request)
    except ChatGone:
        await request.tell("privacy-no-dm", private=True)
        return
    with tempfile.TemporaryDirectory(prefix="starlight-") as folder:
        path = Path(folder) / "starlight-export.json"
        await asyncio.to_thread(_write, path, data)
        file = MediaFile("document", path.name, "application/json", path=path, as_document=True)
        words = Rendered(request.words("privacy-export"))
        await request.services.deliverer.paced(place, lambda outlet, there: outlet.send_media(there, (file,), words))
    if place.chat_key != request.place.chat_key:
        await request.tell("privacy-sent", private=True)


async def _private(request: Request) -> Place:
    if request.place.private:
        return request.place
    return await request.exchange.outlet.private(request.access.sender.id)


def _write(path: Path, data: Json) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2, default=str), encoding="utf-8")
