"""Notices are brought once; the media index knows what to sweep."""

from __future__ import annotations

from core.values import Notice
from storage.engine import OpenStore
from tests.storage.examples import PLACE


async def test_a_notice_is_told_once(store: OpenStore) -> None:
    notice = Notice("n1", "notice-house-limit", {"percent": 80}, person_id="p1", due_ms=10)
    placed = Notice("n2", "notice", {}, place=PLACE, due_ms=5)
    async with store.begin() as tx:
        notices = tx.notices
        await notices.add([])
        await notices.add([notice, placed])
        await notices.add([Notice("n1", "other", {}, due_ms=0)])
        assert await notices.claim(4, 100, 9) == []
        assert await notices.claim(5, 100, 9) == [Notice("n2", "notice", {}, "", PLACE, 100, 1, 1)]
        assert await notices.claim(10, 100, 9) == [
            Notice("n1", "notice-house-limit", {"percent": 80}, "p1", None, 100, 1, 1)
        ]
        assert await notices.claim(99, 200, 9) == []
        await notices.done("n1")
        await notices.retry("n1", 0)
        await notices.retry("n2", 50)
        assert [(each.id, each.attempts) for each in await notices.claim(50, 200, 9)] == [("n2", 2)]
        await notices.done("n2")
        await notices.add([notice])
        assert await notices.claim(999, 9_999, 9) == []


async def test_notices_come_due_first_and_few_at_a_time(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.notices.add([Notice(f"n{number}", "key", {}, due_ms=10 - number) for number in range(4)])
        assert {each.id for each in await tx.notices.claim(10, 100, 2)} == {"n3", "n2"}
        assert {each.id for each in await tx.notices.claim(10, 100, 9)} == {"n1", "n0"}


async def test_the_media_index(store: OpenStore) -> None:
    async with store.begin() as tx:
        media = tx.media
        assert await media.total_bytes() == 0
        await media.add("a", "image/png", 10, 1, 100)
        await media.add("b", "video/mp4", 30, 2, 50)
        await media.add("a", "image/png", 10, 9, 90)
        assert await media.expired(90, 9) == ["b"]
        await media.add("b", "video/mp4", 30, 9, 200)
        assert await media.expired(100, 9) == ["a"]
        assert await media.expired(200, 1) == ["a"]
        assert await media.oldest(9) == [("a", 10), ("b", 30)]
        assert await media.oldest(1) == [("a", 10)]
        assert await media.total_bytes() == 40
        assert await media.file_id("telegram", "a") is None
        await media.set_file_id("telegram", "a", "first")
        await media.set_file_id("telegram", "a", "second")
        await media.drop(["a", "c"])
        assert await media.total_bytes() == 30
        assert await media.file_id("telegram", "a") == "second"
        assert await media.file_id("discord", "a") is None
