"""Voice messages for a model that cannot hear: who writes them down, how often, and who pays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.catalog import load_catalog
from core.errors import FileLost
from core.specs import ModelSpec
from core.values import (
    ChatEvent,
    ChatRequest,
    Ending,
    Finished,
    Joined,
    Part,
    Queued,
    StopReason,
    TextDelta,
    Usage,
    UsageReport,
)
from tests.core.talk import CONFIG, RULES, Talk, talking, words
from tests.reading import samples

EAR = {
    "kind": "chat",
    "family": "openai_chat",
    "upstream": "gpt-5",
    "inputs": ["text", "audio"],
    "price": {"input_per_million": 1.0, "output_per_million": 10.0},
}
CATALOG = load_catalog(
    {
        "default_model": {"chat": "plain"},
        "models": {**CONFIG["models"], "ear": EAR},  # type: ignore[dict-item]
    }
)


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking("sqlite", tmp_path, replace(RULES, transcribe_model="ear")) as found:
        able = replace(found, catalog=CATALOG, _tasks=[])
        yield able
        await able.shut()


async def spoken(talk: Talk, padding: int = 0) -> Part:
    key, size = await talk.media.put(samples.tune("mp3", "libmp3lame", 0.2) + bytes(padding), 1 << 20)
    return Part("audio", media=key, mime="audio/mpeg", size=size, role="voice")


class Models:
    """One that hears, and one whose first answer never comes."""

    def __init__(self, talk: Talk) -> None:
        self.asked: dict[str, list[ChatRequest]] = {"ear": [], "plain": []}
        self.thinking = asyncio.Event()
        talk.gateway.stream_chat = self.stream_chat  # type: ignore[method-assign]

    async def stream_chat(self, spec: ModelSpec, request: ChatRequest) -> AsyncIterator[ChatEvent]:
        self.asked[spec.name].append(request)
        if spec.name == "plain" and len(self.asked["plain"]) == 1:
            self.thinking.set()
            await asyncio.Event().wait()
        yield TextDelta("What time is it?" if spec.name == "ear" else "Noon.")
        yield UsageReport(Usage(100, 0, 5))
        yield Finished(StopReason.STOP)


async def test_a_joined_message_does_not_make_it_listen_again(talk: Talk) -> None:
    ann, models = await talk.member(), Models(talk)
    asked = await talk.chat.ask(ann, talk.incoming(ann), (await spoken(talk),))
    turn = asked.turn
    task = talk.later(talk.run(turn))
    await asyncio.wait_for(models.thinking.wait(), 5)
    assert isinstance(await talk.ask(ann, "In Oslo."), Joined)
    await task
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    assert ended.ending is Ending.COMPLETE, ended.error_key
    assert len(models.asked["ear"]) == 1
    assert [part.text for part in models.asked["plain"][-1].messages[-1].parts] == ["What time is it?", "In Oslo."]
    assert [part.text for part in ended.question] == ["What time is it?", "In Oslo."]
    assert ended.cost == 2 * (100 + 5 * 10), "one was listened to, one answered"
    assert await talk.sums(ann.account_id) == []


async def test_sound_that_the_hold_does_not_buy_waits(talk: Talk) -> None:
    """The hold of a written question has no room for somebody who listens to minutes of speech."""
    ann, models = await talk.member(), Models(talk)
    turn = await talk.started(ann, "hello")
    talk.later(talk.run(turn))
    await asyncio.wait_for(models.thinking.wait(), 5)
    asked = await talk.chat.ask(ann, talk.incoming(ann), (await spoken(talk, 1 << 19),))
    assert isinstance(asked, Queued)
    assert models.asked["ear"] == []


async def test_a_file_that_is_swept_is_said_to_be_lost(talk: Talk) -> None:
    ann = await talk.member()
    part = await spoken(talk)
    asked = await talk.chat.ask(ann, talk.incoming(ann), (part, *words("what is this?")))
    await talk.media.delete([part.media])
    turn = await talk.answer(asked.turn)
    assert (turn.ending, turn.error_key) == (Ending.FAILED, FileLost("").key)
