"""Recorded streams of all chat families with pieces of their JSON replaced, dropped and shuffled: whatever comes out is an
event or a GatewayError."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from functools import lru_cache
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from core.errors import GatewayError
from core.gateway.answer import Answer, joined
from core.gateway.families import CHAT
from core.gateway.sse import SseDecoder
from core.values import ChatEvent, Echo, Json
from tests.gateway.replay import RECORDED
from tests.gateway.test_anything import VALUES

TEXTS = ("text", "id", "name", "arguments", "url", "title", "model")
GARBAGE: list[Json] = [
    None,
    True,
    False,
    0,
    -1,
    1e308,
    float("nan"),
    10**30,
    "",
    "\ud800",
    "stop",
    "https://x.y/",
    [],
    {},
    [[]],
    [None],
    {"type": []},
    [{"text": 7}],
]


@lru_cache
def payloads(family: str) -> list[str]:
    """The JSON of all streams of a family."""
    found = []
    for path in sorted((RECORDED / family).glob("*.sse")):
        decoder = SseDecoder(200_000)
        found += [payload.decode() for payload in decoder.feed(path.read_bytes()) + decoder.flush()]
    return found


def mutated(value: Json, random: Random, chance: float) -> Json:
    """The value with some of what is in it replaced by garbage, dropped, doubled or moved."""
    if random.random() < chance:
        return random.choice(GARBAGE)
    if isinstance(value, dict):
        kept = {name: mutated(inner, random, chance) for name, inner in value.items() if random.random() > chance}
        if kept and random.random() < chance:
            kept[random.choice(list(kept))] = value
        return kept
    if isinstance(value, list):
        items = [mutated(inner, random, chance) for inner in value if random.random() > chance]
        return items * 2 if random.random() < chance else items
    return value


def feed(family: str, values: list[Json]) -> None:
    answer = Answer(CHAT[family], restarts=True, max_chars=400_000, picture_chars=100_000)
    events: list[ChatEvent] = []
    with suppress(GatewayError):
        for value in values:
            answer.feed(json.dumps(value).encode(), events)
    for event in joined(events + answer.flush()):
        for name in TEXTS:
            assert isinstance(getattr(event, name, ""), str), event
        if isinstance(event, Echo):
            json.dumps(event.items)  # it goes back as it is


@pytest.mark.parametrize("family", sorted(CHAT))
@settings(max_examples=100, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # seeds do not shrink
@given(seed=st.integers(0, 2**32), chance=st.sampled_from([0.01, 0.05, 0.2]))
def test_mutated_streams(family: str, seed: int, chance: float) -> None:
    random = Random(seed)
    chosen = random.choices(payloads(family), k=12)
    feed(family, [mutated(json.loads(payload), random, chance) for payload in chosen])


@pytest.mark.parametrize("family", sorted(CHAT))
@settings(max_examples=50, deadline=None)
@given(values=st.lists(VALUES, max_size=4))
def test_garbage(family: str, values: list[Json]) -> None:
    feed(family, values)


@pytest.mark.parametrize("family", sorted(CHAT))
def test_deep_and_huge_values(family: str) -> None:
    for payload in payloads(family):
        for opening, closing in (("[", "]"), ('{"content":', "}"), ('{"type":', "}")):
            deep = f"{opening * 900}1{closing * 900}"
            for raw in (deep, re.sub(r":\s*{", f':{{"x":{deep},', payload, count=1), payload + payload):
                answer = Answer(CHAT[family], restarts=True, max_chars=400_000, picture_chars=100_000)
                with suppress(GatewayError):
                    answer.feed(raw.encode(), [])
