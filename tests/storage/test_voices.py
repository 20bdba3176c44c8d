"""Cloned voices: each its person's own."""

from __future__ import annotations

from dataclasses import replace

from core.values import Voice
from storage.engine import OpenStore
from tests.storage.examples import PLACE, person, sender


def voice(id_: str, name: str, who: str = "p1") -> Voice:
    return Voice(id_, who, name, f"sl{id_}", "voice-clone", "a" * 64, "audio/mpeg", 9, PLACE, f"job{id_}", 5, 5)


async def test_voices_have_names_of_their_own_and_one_owner(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.people.add_person(person(), sender())
        assert await tx.voices.add(voice("a", "Mum"), 2)
        assert not await tx.voices.add(voice("b", "mum"), 2)
        assert await tx.voices.add(voice("b", "爸爸"), 2)
        assert not await tx.voices.add(voice("c", "one too many"), 2)
        assert await tx.voices.of_person("p1") == [voice("a", "Mum"), voice("b", "爸爸")]
        assert await tx.voices.of_person("p2") == []
        assert not await tx.voices.drop("p2", "a")
        assert await tx.voices.drop("p1", "a")
        assert await tx.voices.get("a") is None
        assert await tx.voices.get("b") == voice("b", "爸爸")


async def test_what_is_kept_and_long_unused_is_found(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.people.add_person(person(), sender())
        await tx.voices.add(voice("a", "kept"), 5)
        await tx.voices.add(voice("b", "left alone"), 5)
        assert not await tx.voices.set_keep("p2", "a", True)
        assert await tx.voices.set_keep("p1", "a", True)
        assert [each.id for each in await tx.voices.unused(6, 10)] == ["a"]
        await tx.voices.used("a", 8)
        assert await tx.voices.unused(6, 10) == []
        assert [each.id for each in await tx.voices.unused(9, 10)] == ["a"]
        await tx.voices.set_gone("a")
        assert await tx.voices.unused(9, 10) == []
        assert await tx.voices.get("a") == replace(voice("a", "kept"), used_ms=8, keep=True, gone=True)
