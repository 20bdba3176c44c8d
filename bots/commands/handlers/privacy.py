"""/privacy: what is kept, all of it as a file, and its deletion."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bots.commands.request import Request
from bots.commands.sending import send_privately
from bots.outlet import Button
from core.limits import LIMITS

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
    data = await request.services.directory.export(request.access.person.id)

    def write(path: Path) -> None:
        path.write_text(json.dumps(data, ensure_ascii=False, indent=2, default=str), encoding="utf-8")

    await send_privately(request, "starlight-export.json", "application/json", write, request.words("privacy-export"))
