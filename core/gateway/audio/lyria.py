"""Music by `generateContent`: one piece, with its words beside it (gateway contract, audio 4). One blocking call, no task.
Pure.
"""

from __future__ import annotations

from core.catalog import ModelSpec
from core.gateway.audio.gemini_sound import sounds_of, to_submit, why_silent
from core.gateway.wire import Broken, Polled, Ready, Submitted, WireReply, WireRequest
from core.values import Artifact

BLOCKS = True

__all__ = ["BLOCKS", "parse_poll", "parse_submit", "to_poll", "to_submit"]


def parse_submit(reply: WireReply, spec: ModelSpec) -> Submitted:
    """The first sound of the answer, and what was written beside it: the song's words, or how it is built."""
    sounds, words = sounds_of(reply.body)
    if not sounds:
        return Broken(why_silent(reply.body, words, spec))
    return Ready((Artifact("audio", data=sounds[0].data, mime=sounds[0].mime, text=words),))


def to_poll(task_id: str, spec: ModelSpec) -> WireRequest:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id}")


def parse_poll(reply: WireReply, task_id: str, spec: ModelSpec) -> Polled:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id} to get {reply.status} for")
