"""On which wire the gateway got it, and with what."""

from __future__ import annotations

import base64
from typing import Any

from bots.sandbox.record import Seen
from tests.whole.hands import Hands

CHAT = "/v1/chat/completions"
RESPONSES = "/v1/responses"
CLAUDE = "/v1/messages"
PICTURES = "/v1/images/generations"
EDITS = "/v1/images/edits"


def gemini(model: str, verb: str = "streamGenerateContent") -> str:
    return f"/v1beta/models/{model}:{verb}"


def mj(deed: str) -> str:
    """Midjourney's submits: imagine, action, modal, blend, describe, upload-discord-images."""
    return f"/mj/submit/{deed}"


def paths(hands: Hands) -> list[str]:
    """Of everything that was asked in this scene, in order; downloads of results aside."""
    return [seen.path for seen in hands.house.gateway.requests if seen.method == "POST"]


def asked(hands: Hands, path: str) -> list[Any]:
    """The bodies that came to a path, oldest first."""
    return [seen.body for seen in hands.house.gateway.requests if seen.method == "POST" and seen.path == path]


def only(hands: Hands, path: str) -> Any:
    """The body of the one request of the scene."""
    assert paths(hands) == [path]
    (body,) = asked(hands, path)
    return body


def filled(hands: Hands, path: str) -> list[Seen]:
    """The requests with a form that came to a path, oldest first."""
    return [seen for seen in hands.house.gateway.requests if seen.method == "POST" and seen.path == path]


def fields(form: Seen) -> dict[str, str]:
    """Its texts, without its files."""
    return {part.name: part.text for part in form.parts if part.filename is None}


def inline(data: bytes) -> str:
    return base64.b64encode(data).decode()
