"""Asks a model for JSON of a given shape and gives nothing that has another: reads what came with patience, checks it, and
shows the model its mistake once.

Gateway contract, chat 5.6: upstreams ignore schemas, put fences and prose around the JSON, or cut it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from core.errors import Moderated, NoResult
from core.said import Said
from core.values import ChatMessage, ChatRequest, Json, Part, Schema, StopReason, Usage

Ask = Callable[[ChatRequest], Awaitable[Said]]

ANSWER_CHARS = 200_000
SHOWN_CHARS = 8_000
"""So much of its wrong answer is shown to the model again."""
PROBLEM_CHARS = 500
HEAVY_CHARS = 20_000
STARTS = 50
"""So many braces and brackets in prose are tried as the beginning of the JSON."""

_FENCE = re.compile(r"```[A-Za-z0-9]{0,20}[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_START = re.compile(r"[{\[]")
_MISSING = object()


async def structured(ask: Ask, request: ChatRequest, schema: Schema) -> tuple[Json, Usage]:
    """The value and what both turns used. Raises NoResult when the answer is wrong twice, Moderated when the model refuses,
    and whatever `ask` raises."""
    asked = replace(request, schema=schema, tools=())
    said = await ask(asked)
    value, problem = await _examined(said, schema)
    if not problem:
        return value, said.usage
    again = await ask(_mending(asked, schema, said.text, problem))
    value, problem = await _examined(again, schema)
    if problem:
        raise NoResult(f"{schema.name}: {problem}")
    return value, said.usage + again.usage


def _mending(request: ChatRequest, schema: Schema, answer: str, problem: str) -> ChatRequest:
    """With the schema in words: the upstream may have ignored it."""
    shape = json.dumps(schema.schema, ensure_ascii=False, separators=(",", ":"))
    words = f"That was not what I asked for: {problem}\nAnswer again, only with one JSON value of this JSON Schema:\n{shape}"
    shown = (ChatMessage("assistant", (Part("text", text=answer[:SHOWN_CHARS]),)),) if answer.strip() else ()
    asked = ChatMessage("user", (Part("text", text=words),))
    return replace(request, messages=(*request.messages, *shown, asked))


async def _examined(said: Said, schema: Schema) -> tuple[Json, str]:
    """The value, or what is wrong with the answer."""
    if said.reason is StopReason.REFUSED:
        raise Moderated(f"{schema.name}: refused")
    if len(said.text) > HEAVY_CHARS:
        return await asyncio.to_thread(examined, said.text, schema)
    return examined(said.text, schema)


def examined(text: str, schema: Schema) -> tuple[Json, str]:
    """The JSON value of an answer and "", or None and one line on what is wrong with it."""
    value = _parsed(text[:ANSWER_CHARS])
    if value is _MISSING:
        return None, "there is no whole JSON value in it"
    problem = _problem(value, schema)
    return (None, problem) if problem else (value, "")


def _parsed(text: str) -> Json:
    """The text itself, what is in a code fence, or the first value that stands in prose."""
    for candidate in (text, *(match[1] for match in _FENCE.finditer(text))):
        value = _decoded(candidate)
        if value is not _MISSING:
            return value
    decoder = json.JSONDecoder()
    at = 0
    for _ in range(STARTS):
        match = _START.search(text, at)
        if match is None:
            break
        try:
            return decoder.raw_decode(text, match.start())[0]
        except (ValueError, RecursionError):
            at = match.end()
    return _MISSING


def _decoded(text: str) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _MISSING


def _problem(value: Json, schema: Schema) -> str:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 # heavy, and most processes never need it
    from jsonschema.exceptions import best_match  # noqa: PLC0415

    try:
        error = best_match(Draft202012Validator(schema.schema).iter_errors(value))
    except RecursionError:
        return "it is too deep"
    if error is None:
        return ""
    return f"{error.json_path}: {error.message}"[:PROBLEM_CHARS]
