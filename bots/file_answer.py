"""A very long answer as a Markdown file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from bots.markdown import sanitized
from bots.outlet import Buttons, MediaFile, Rendered
from bots.post import Post
from core.values import Turn

NAME = "answer.md"


async def send_as_file(post: Post, turn: Turn, caption: Rendered, buttons: Buttons, nonce: str) -> str:
    """Returns the message id. Raises OutletError."""
    folder = await asyncio.to_thread(TemporaryDirectory)
    try:
        path = Path(folder.name) / NAME
        await asyncio.to_thread(path.write_text, sanitized(turn.answer), encoding="utf-8")
        file = MediaFile("document", NAME, "text/markdown", path, as_document=True)
        sent = await post.must(
            turn.place, lambda out, there: out.send_media(there, (file,), caption, buttons=buttons, nonce=nonce)
        )
        return sent.message_ids[0]
    finally:
        await asyncio.to_thread(folder.cleanup)
