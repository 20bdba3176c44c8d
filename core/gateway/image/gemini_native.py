"""Pictures by `POST /v1beta/models/{model}:generateContent`: Gemini's own form, and 即梦's copy of it (gateway contract,
images 4.2 and 5.2). One blocking call, no task. Pure.

Where the row `continues`, a picture is changed in the same talk: the turns that made it are said again before the new words.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from urllib.parse import quote

from core.catalog import ModelSpec
from core.gateway.image.bodies import chosen_of, pictures_of, words_of
from core.gateway.image.gemini_turns import past_turns, transcript_of, user_turn
from core.gateway.image.replies import outcome_of, parse_poll, to_poll
from core.gateway.options import put_options
from core.gateway.wire import Ready, Submitted, WireReply, WireRequest
from core.values import Json, Order

BLOCKS = True

__all__ = ["BLOCKS", "parse_poll", "parse_submit", "to_poll", "to_submit"]


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    extra = spec.extra
    pictures = pictures_of(order)
    turns = past_turns(order.past, pictures, spec) if extra["continues"] else []
    if order.past and not turns:  # it cannot be said again: its pictures are shown as anybody's
        pictures = [part for part in order.past[-1].results if part.data] + pictures
    turns.append(user_turn(words_of(order, spec), pictures))
    body: dict[str, Json] = {"contents": turns, "generationConfig": deepcopy(extra["generation"])}
    put_options(body, chosen_of(order, spec), spec, extra["fields"])
    path = extra["path"].replace("{model}", quote(spec.upstream, safe=""))
    return WireRequest("POST", path, json=body | extra["body"], timeout_s=spec.submit_s)


def parse_submit(reply: WireReply, spec: ModelSpec) -> Submitted:
    outcome = outcome_of(reply.body, spec)
    if isinstance(outcome, Ready) and spec.extra["continues"]:
        return replace(outcome, transcript=transcript_of(reply.body, outcome.artifacts))
    return outcome
