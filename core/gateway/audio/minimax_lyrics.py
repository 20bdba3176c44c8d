"""Words for songs by MiniMax, new ones or others changed (gateway contract, audio 3.8). One blocking call, no task. Pure."""

from __future__ import annotations

import json

from core.catalog import ModelSpec
from core.errors import EmptyPrompt, NoResult, SourceGone
from core.gateway.audio.minimax import PREFIX, error_of
from core.gateway.options import put_options
from core.gateway.wire import Broken, Polled, Ready, Submitted, WireReply, WireRequest
from core.values import Artifact, Json, Order

BLOCKS = True

TITLE_CHARS, STYLE_CHARS = 200, 300


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    """`action` "rewrite": the words of the last result are changed as the prompt says. Raises EmptyPrompt, SourceGone."""
    extra = spec.extra
    if not order.prompt.strip():
        raise EmptyPrompt(command="lyrics")
    body: dict[str, Json] = {"mode": "write_full_song", "prompt": order.prompt.strip()[: extra["wish_chars"]]}
    if order.action == "rewrite":
        words = order.past[-1].words if order.past else ""
        if not words:
            raise SourceGone(f"{spec.name}: no words to change")
        body |= {"mode": "edit", "lyrics": words[: extra["lyrics_chars"]]}
    put_options(body, spec.chosen(order.options), spec, extra["fields"])
    return WireRequest("POST", f"{PREFIX}{extra['path']}", json={**body, **extra["body"]}, timeout_s=spec.submit_s)


def parse_submit(reply: WireReply, spec: ModelSpec) -> Submitted:
    if error := error_of(reply.body, spec):
        return Broken(error)
    body = reply.body if isinstance(reply.body, dict) else {}
    words, title, style = (body.get(name) for name in ("lyrics", "song_title", "style_tags"))
    if not isinstance(words, str) or not words.strip():
        return Broken(NoResult(f"{spec.name}: no words in the reply"))
    named = title[:TITLE_CHARS] if isinstance(title, str) else ""
    told = {"title": named, "style": style[:STYLE_CHARS] if isinstance(style, str) else ""}
    return Ready((Artifact("text", text=words.strip(), title=named),), transcript=json.dumps(told, ensure_ascii=False))


def to_poll(task_id: str, spec: ModelSpec) -> WireRequest:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id}")


def parse_poll(reply: WireReply, task_id: str, spec: ModelSpec) -> Polled:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id} to get {reply.status} for")
