"""A person's files in the vendor's library: names of their own, one process at a time, gone when they say so."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from core.values import Asset
from storage.engine import OpenStore
from tests.storage.examples import PLACE, job, person, sender

FILE, OTHER = "a" * 64, "b" * 64


def asset(id_: str = "a1", **changes: Any) -> Asset:
    plain = Asset(id_, "p1", "Cat", "image", FILE, "image/png", 9, PLACE, created_ms=5, due_ms=10)
    return replace(plain, **changes)


async def add(store: OpenStore, *assets: Asset, most: int = 50) -> list[bool]:
    async with store.begin() as tx:
        return [await tx.assets.add(each, most) for each in assets]


async def test_names_are_ones_own_and_few(store: OpenStore) -> None:
    first = asset(link="https://example.com/cat", link_until_ms=7)
    async with store.begin() as tx:
        await tx.people.add_person(person(), sender())
    assert await add(store, first, asset("a2", name="CAT"), asset("a3", name="猫"), most=2) == [True, False, True]
    assert await add(store, asset("a4", name="dog"), most=2) == [False]
    assert await add(store, asset("a5", person_id="p2"), most=2) == [True]
    async with store.begin() as tx:
        assert await tx.assets.of_person("p1") == [first, asset("a3", name="猫")]
        assert await tx.assets.get("a1") == first
        assert await tx.assets.get("none") is None
        assert not await tx.assets.drop("p2", "a1")
        assert await tx.assets.drop("p1", "a1")
        assert not await tx.assets.drop("p1", "a1")
        assert [each.id for each in await tx.assets.of_person("p1")] == ["a3"]


async def test_many_at_once_fill_what_there_is(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.people.add_person(person(), sender())
    told = await asyncio.gather(*(add(store, asset(f"a{at}", name=f"cat {at}"), most=3) for at in range(8)))
    assert sum(each for (each,) in told) == 3


async def test_one_process_looks_at_one_asset(store: OpenStore) -> None:
    await add(store, asset(), asset("later", name="b", due_ms=20), asset("done", name="c", state="active", due_ms=1))
    async with store.begin() as tx:
        assert await tx.assets.claim(9, 100) is None
        assert await tx.assets.next_due_ms() == 10

    async def claim() -> Asset | None:
        async with store.begin() as tx:
            return await tx.assets.claim(10, 100)

    (claimed,) = [each for each in await asyncio.gather(*(claim() for _ in range(6))) if each]
    assert claimed == asset(due_ms=100, version=1)
    async with store.begin() as tx:
        sent = replace(claimed, state="checking", remote_id="asset-1", due_ms=30)
        assert await tx.assets.save(sent, 1)
        assert not await tx.assets.save(replace(sent, state="failed", error_key="error-unsure"), 1)
        assert await tx.assets.get("a1") == replace(sent, version=2)
        assert await tx.assets.next_due_ms() == 20
        assert await tx.assets.claim(30, 100) == asset("later", name="b", due_ms=100, version=1)
        assert await tx.assets.claim(30, 100) == replace(sent, due_ms=100, version=3)
        assert await tx.assets.save(replace(sent, state="failed", error_key="error-unsure"), 3)
        assert await tx.assets.next_due_ms() == 100


async def test_an_export_has_them_and_forgetting_ends_them(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.people.add_person(person(), sender())
    await add(store, asset(), asset("a2", name="dog", media=OTHER), asset("theirs", person_id="p2", media=OTHER))
    async with store.begin() as tx:
        await tx.jobs.add(job(inputs=()))
        told = (await tx.people.export("p1"))["assets"]
        assert [(each["name"], each["media"], each["state"]) for each in told] == [
            ("Cat", FILE, "new"), ("dog", OTHER, "new"),
        ]  # fmt: skip
        assert await tx.people.forget("p1") == [FILE]
        assert await tx.assets.of_person("p1") == []
        assert [each.id for each in await tx.assets.of_person("p2")] == ["theirs"]


async def test_the_file_of_a_deleted_asset_is_nobodys(store: OpenStore) -> None:
    await add(store, asset())
    async with store.begin() as tx:
        await tx.assets.drop("p1", "a1")
        await tx.people.add_person(person(), sender())
        assert await tx.people.forget("p1") == []
