"""What MiniMax's wires have alike: where they are, and how a reply tells success, sound or an error (gateway contract,
audio 3). Pure.

Nobody knows under which prefix a gateway serves them: a path begins with PREFIX, and the client puts in what it found.
"""

from __future__ import annotations

import re

from core.catalog import ModelSpec
from core.errors import BadRequest, GatewayError, NoResult
from core.gateway.extract import is_url
from core.gateway.failures import from_minimax, from_told, told_error
from core.gateway.wire import Broken, Ready, Submitted, WireReply, WireRequest
from core.values import Artifact, Json

PREFIX = "{minimax}"
CANDIDATES = ("/minimax/v1", "/minimaxi/v1", "/v1")
"""In the order in which they are tried (audio 3.1)."""

VOICES_MOST = 1_000
VOICE_NAME_CHARS = 60
_VOICE_ID = re.compile(r"[A-Za-z][A-Za-z0-9_ ()&'.-]{0,99}")
"""No colon, so it is never taken for the name of somebody's own voice."""

_MIMES = {"mp3": "audio/mpeg", "wav": "audio/wav", "flac": "audio/flac", "opus": "audio/ogg"}


def probe() -> WireRequest:
    """Free, and so the way to find the prefix and all system voices (audio 3.5)."""
    return WireRequest("POST", f"{PREFIX}/get_voice", json={"voice_type": "system"}, timeout_s=30.0)


def system_voices(reply: WireReply) -> tuple[tuple[str, str], ...]:
    """(id, name) of the vendor's own voices, ids as they are sent back. Its customers' are never looked at. Raises
    GatewayError."""
    body = reply.body if isinstance(reply.body, dict) else {}
    if error := error_of(body):
        raise error
    listed = body.get("system_voice")
    found: dict[str, str] = {}
    for each in listed[:VOICES_MOST] if isinstance(listed, list) else []:
        told = each.get("voice_id") if isinstance(each, dict) else None
        if not isinstance(told, str) or not _VOICE_ID.fullmatch(told):
            continue
        name = each.get("voice_name")
        seen = " ".join("".join(mark if mark.isprintable() else " " for mark in str(name or "")[:200]).split())
        found.setdefault(told, seen[:VOICE_NAME_CHARS] or told)
    return tuple(found.items())


def error_of(body: Json, spec: ModelSpec | None = None) -> GatewayError | None:
    """The error that a reply tells under whatever status; None for success."""
    model = spec.upstream if spec else ""
    base = body.get("base_resp") if isinstance(body, dict) else None
    if isinstance(base, dict):
        code = base.get("status_code")
        if code in (0, "0"):
            return None
        return from_minimax(code, str(base.get("status_msg") or ""), model=model)
    told = told_error(body)
    return from_told(told, BadRequest, model=model) if told else None


def sound_of(body: Json, form: str) -> Artifact | None:
    """A link, or hex in either case; by what it begins with, whatever was asked for. `form`: that was asked for."""
    data = body.get("data") if isinstance(body, dict) else None
    inner = data if isinstance(data, dict) else {}
    outer = body if isinstance(body, dict) else {}
    told = next((each for each in (inner.get("audio"), inner.get("audio_url"), outer.get("audio_url")) if each), None)
    if not isinstance(told, str):
        return None
    lasts_s = _lasts_s(outer.get("extra_info"))
    if is_url(told):
        return Artifact("audio", url=told, duration_s=lasts_s)
    try:
        found = bytes.fromhex(told)
    except ValueError:
        return None
    if not found:
        return None
    return Artifact("audio", data=found, mime=_MIMES.get(form, "audio/mpeg"), duration_s=lasts_s)


def _lasts_s(told: Json) -> float:
    """It is told in milliseconds; 0 = not told."""
    more = told if isinstance(told, dict) else {}
    lasts_ms = next((more[name] for name in ("audio_length", "music_duration") if more.get(name)), 0)
    known = isinstance(lasts_ms, int | float) and not isinstance(lasts_ms, bool) and 0 < lasts_ms < 86_400_000
    return lasts_ms / 1000 if known else 0.0


def made(reply: WireReply, spec: ModelSpec, form: str) -> Submitted:
    """A blocking call's sound."""
    if error := error_of(reply.body, spec):
        return Broken(error)
    sound = sound_of(reply.body, form)
    return Ready((sound,)) if sound else Broken(NoResult(f"{spec.name}: no sound in the reply"))
