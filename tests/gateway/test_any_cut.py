"""The recorded streams of all chat families, cut and ended at every byte: nothing is lost, said twice or believed too early.

Cuts matter to the decoder alone, so what an answer makes of the same payloads is worked out once.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import GatewayError
from core.gateway.answer import Answer, joined
from core.gateway.families import CHAT
from core.gateway.sse import SseDecoder
from core.values import ChatEvent, Finished, MediaOut, TextDelta
from tests.gateway import replay
from tests.gateway.player import read
from tests.gateway.replay import RECORDED

STREAMS = sorted(
    path.relative_to(RECORDED).with_suffix("").as_posix()
    for family in CHAT
    for path in (RECORDED / family).glob("*.sse")
)
WHOLE = [name for name in STREAMS if not name.endswith(".broken")]
END_MARKS = {
    "openai_chat": rb'"finish_reason":\s*"',
    "openai_responses": rb'"type":\s*"response\.(?:completed|incomplete)"',
    "claude": rb'"type":\s*"message_stop"',
    "gemini": rb'"finishReason":\s*"',
}
"""What ends an answer in each family (gateway contract, chat 3.6)."""


@dataclass(frozen=True)
class Told:
    events: tuple[ChatEvent, ...]
    finished: bool
    error: type[GatewayError] | None

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))


def decoded(*pieces: bytes) -> tuple[bytes, ...]:
    decoder = SseDecoder(200_000)
    return tuple([payload for piece in pieces for payload in decoder.feed(piece)] + decoder.flush())


@lru_cache(maxsize=4096)
def is_json(payload: bytes) -> bool:
    try:
        json.loads(payload)
    except ValueError:
        return b"\n" in payload
    return True


@cache
def told(family: str, payloads: tuple[bytes, ...]) -> Told:
    answer = Answer(CHAT[family], restarts=True, max_chars=400_000, picture_chars=100_000)
    events: list[ChatEvent] = []
    error: type[GatewayError] | None = None
    for payload in payloads:
        try:
            answer.feed(payload, events)
        except GatewayError as raised:
            error = type(raised)
            break
    events += answer.flush()
    return Told(tuple(joined(events)), answer.finished and error is None, error)


def family_of(name: str) -> str:
    return name.partition("/")[0]


def test_all_families_are_recorded() -> None:
    assert {family_of(name) for name in WHOLE} == CHAT.keys() == END_MARKS.keys()
    assert {family_of(name) for name in set(STREAMS) - set(WHOLE)} == CHAT.keys()


@pytest.mark.parametrize("name", STREAMS)
def test_cut_in_two_at_every_byte(name: str) -> None:
    raw, family = read(name), family_of(name)
    whole = told(family, decoded(raw))
    assert whole.events or whole.error
    assert whole.finished is (name in WHOLE)
    for at in range(len(raw)):
        assert told(family, decoded(raw[:at], raw[at:])) == whole, at


@pytest.mark.parametrize("name", STREAMS)
def test_ended_at_every_byte(name: str) -> None:
    raw, family = read(name), family_of(name)
    whole = told(family, decoded(raw))
    mark = re.search(END_MARKS[family], raw)
    ends_at = len(raw[: mark.end()]) + len(raw[mark.end() :].split(b"\n")[0].rstrip(b"\r")) if mark else len(raw) + 1
    has_picture = any(isinstance(event, MediaOut) for event in whole.events)
    for at in range(len(raw)):
        payloads = tuple(payload for payload in decoded(raw[:at]) if is_json(payload))
        cut = told(family, payloads)
        text = cut.text.partition("!")[0] if has_picture else cut.text  # half a picture is shown as the words it is
        assert whole.text.startswith(text), at
        assert cut.finished is (name in WHOLE and at >= ends_at), at
        if name in WHOLE:
            assert cut.error is None, at
            assert any(isinstance(event, Finished) for event in cut.events) is cut.finished, at


@pytest.mark.parametrize("family", sorted(CHAT))
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_many_pieces_through_the_whole_way(family: str, data: st.DataObject) -> None:
    """By the pump, the decoder and the answer, as on the line; an event that comes twice is joined."""
    name = data.draw(st.sampled_from([name for name in STREAMS if family_of(name) == family]))
    raw = read(name)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=30)))
    pieces = [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    events, error = asyncio.run(replay.play(CHAT[family], *pieces))
    whole, failure = asyncio.run(replay.play(CHAT[family], raw))
    assert joined(events) == joined(whole)
    assert type(error) is type(failure)
