"""Updates are written down once, worked on under a lease, and forgotten in time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from core.values import InboxEvent
from storage.engine import OpenStore


def event(number: int, **changes: object) -> InboxEvent:
    plain = InboxEvent("telegram", str(number), "-100", f'{{"update_id":{number}}}', 1_000 + number)
    return replace(plain, **changes)  # type: ignore[arg-type] # fields of the value, by name


async def test_duplicates_are_dropped(store: OpenStore) -> None:
    async with store.begin() as tx:
        assert await tx.inbox.add([], "me", 100) == []
        assert await tx.inbox.add([event(1), event(2), event(1)], "me", 100) == ["1", "2"]
        assert await tx.inbox.add([event(2), event(3)], "me", 100) == ["3"]
        assert await tx.inbox.add([event(3, platform="discord")], "me", 100) == ["3"]


async def test_a_large_batch(store: OpenStore) -> None:
    async with store.begin() as tx:
        new = await tx.inbox.add([event(number) for number in range(250)], "me", 100)
        assert new == [str(number) for number in range(250)]


async def test_two_replicas_get_the_same_update(store: OpenStore) -> None:
    async def receive(owner: str) -> list[str]:
        async with store.begin() as tx:
            return await tx.inbox.add([event(1), event(2)], owner, 100)

    first, second = await asyncio.gather(receive("a"), receive("b"))
    assert sorted([*first, *second]) == ["1", "2"]


async def test_a_dead_process_leaves_its_events_to_others_oldest_first(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.inbox.add([event(2), event(1), event(3)], "dead", 100)
        assert await tx.inbox.claim("telegram", "me", 99, 500, 10) == []
        assert await tx.inbox.claim("discord", "me", 100, 500, 10) == []
        claimed = await tx.inbox.claim("telegram", "me", 100, 500, 2)
        assert claimed == [event(2, attempts=1), event(1, attempts=1)]
        assert await tx.inbox.claim("telegram", "me", 100, 500, 2) == [event(3, attempts=1)]
        assert await tx.inbox.claim("telegram", "other", 100, 500, 2) == []
        assert [each.attempts for each in await tx.inbox.claim("telegram", "other", 500, 900, 9)] == [2, 2, 2]


async def test_done_is_done_and_its_words_are_gone(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.inbox.add([event(1), event(2)], "me", 100)
        await tx.inbox.done("telegram", "1")
        assert [each.id for each in await tx.inbox.claim("telegram", "me", 200, 300, 9)] == ["2"]
        assert await tx.inbox.add([event(1)], "me", 100) == []
        assert await tx.inbox.sweep(1_001) == 0
        assert await tx.inbox.sweep(1_002) == 1
        assert await tx.inbox.sweep(9_999) == 0
        assert await tx.inbox.add([event(1)], "me", 100) == ["1"]


async def test_leases_are_renewed_and_handed_back(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.inbox.add([event(1)], "me", 100)
        await tx.inbox.add([event(2)], "other", 100)
        await tx.inbox.renew("me", 800)
        assert [each.id for each in await tx.inbox.claim("telegram", "new", 100, 900, 9)] == ["2"]
        await tx.inbox.release("me")
        assert [each.id for each in await tx.inbox.claim("telegram", "new", 1, 900, 9)] == ["1"]
        await tx.inbox.release("")
        assert len(await tx.inbox.claim("telegram", "last", 1, 900, 9)) == 2


async def test_claims_at_once_share_the_work(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.inbox.add([event(number) for number in range(40)], "dead", 0)

    async def claim(owner: str) -> list[str]:
        async with store.begin() as tx:
            return [each.id for each in await tx.inbox.claim("telegram", owner, 1, 100, 7)]

    claims = await asyncio.gather(*(claim(f"w{number}") for number in range(8)))
    taken = [id_ for claim in claims for id_ in claim]
    assert len(taken) == len(set(taken)) == 40
