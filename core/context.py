"""What a model is shown: the persona, as much of the branch as its context holds, and the question. Pure, but for `load`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.catalog import ModelSpec
from core.errors import PromptTooLong
from core.plans import Rules
from core.ports import Media
from core.prices import IMAGE_TOKENS, estimate_tokens
from core.values import ChatMessage, ChatRequest, Ending, Part, Turn

SYSTEM = (
    "You are a helpful assistant in a chat. Answer in the language of the question, "
    "briefly unless asked for more. Markdown is shown as formatting."
)

MESSAGE_TOKENS = 4
"""What a wire adds to each message."""

PICTURES_BYTES = 32 * 1024 * 1024
"""Of all pictures that travel with one question, the newest first."""

GONE = Part("text", text="[a picture that is no longer kept]")
LEFT_OUT = Part("text", text="[an earlier picture]")


@dataclass(frozen=True, slots=True)
class Context:
    """`input_tokens`: an estimate of all of it, for the hold."""

    system: str
    messages: tuple[ChatMessage, ...]
    input_tokens: int

    def request(self, max_tokens: int) -> ChatRequest:
        return ChatRequest(self.messages, system=self.system, max_tokens=max_tokens)


def build(spec: ModelSpec, rules: Rules, persona: str, history: Sequence[Turn], question: tuple[Part, ...]) -> Context:
    """History, oldest first, is cut from its old end to what the context holds beside the answer. Raises PromptTooLong when
    the question alone does not fit."""
    chosen = rules.personas.get(persona)
    system = (chosen.system if chosen else "") or rules.system or SYSTEM
    asked = ChatMessage("user", readable(question, spec))
    used = estimate_tokens(system) + MESSAGE_TOKENS + _tokens(asked)
    budget = spec.context - min(spec.max_output, spec.context // 2)
    if used > budget:
        length = sum(len(part.text) for part in question)
        raise PromptTooLong(limit=max(1, length * budget // used), length=length)
    pairs: list[tuple[ChatMessage, ChatMessage]] = []
    for turn in reversed(history):
        if turn.ending is Ending.FAILED or not turn.answer.strip():
            continue
        answer = (Part("text", text=turn.answer),)
        pair = ChatMessage("user", readable(turn.question, spec)), ChatMessage("assistant", answer)
        size = sum(_tokens(message) for message in pair)
        if used + size > budget:
            break
        used += size
        pairs.append(pair)
    told = [message for pair in reversed(pairs) for message in pair]
    return Context(system, (*told, asked), used)


def readable(parts: tuple[Part, ...], spec: ModelSpec) -> tuple[Part, ...]:
    """The parts as this model can read them: what it cannot is named in words."""
    return tuple(
        part if part.kind == "text" or part.kind in spec.inputs else Part("text", text=f"[{part.kind}: {part.name}]")
        for part in parts
    )


async def load(request: ChatRequest, media: Media) -> ChatRequest:
    """Fill in the bytes of the pictures, the newest first until they are too much; what stays out is named in words."""
    if not any(part.media for message in request.messages for part in message.parts):
        return request
    room = PICTURES_BYTES
    messages: list[ChatMessage] = []
    for message in reversed(request.messages):
        parts: list[Part] = []
        for part in reversed(message.parts):
            filled = await _filled(part, media, room)
            room -= len(filled.data)
            parts.append(filled)
        messages.append(replace(message, parts=tuple(reversed(parts))))
    return replace(request, messages=tuple(reversed(messages)))


async def _filled(part: Part, media: Media, room: int) -> Part:
    if not part.media:
        return part
    if part.size > room:
        return LEFT_OUT
    try:
        data = await media.read(part.media)
    except KeyError:
        return GONE
    return replace(part, data=data) if len(data) <= room else LEFT_OUT


def _tokens(message: ChatMessage) -> int:
    return MESSAGE_TOKENS + sum(
        estimate_tokens(part.text) if part.kind == "text" else IMAGE_TOKENS for part in message.parts
    )
