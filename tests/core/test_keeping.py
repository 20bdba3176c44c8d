"""Pictures that are no results of an order: how long they are kept."""

from __future__ import annotations

from core.keeping import Keeping
from core.limits import LIMITS
from core.values import Artifact
from tests.clocks import FakeClock
from tests.core.house import House, PlainEyes


class Cutting(PlainEyes):
    async def tiles(self, artifact: Artifact) -> tuple[Artifact, ...]:
        key, size = await self._media.put(b"a tile", 100)
        thumbnail, _ = await self._media.put(b"a thumbnail", 100)
        return (Artifact("image", media=key, mime="image/png", size=size, thumbnail=thumbnail),)


async def test_tiles_are_kept_for_a_day(house: House, clock: FakeClock) -> None:
    keeping = Keeping(house.store, house.media, Cutting(house.media), clock)
    (tile,) = await keeping.tiles(Artifact("image", media="0" * 64))
    async with house.store.read() as tx:
        assert await tx.media.expired(clock.now_ms() + LIMITS.input_keep_ms - 1, 9) == []
        swept = await tx.media.expired(clock.now_ms() + LIMITS.input_keep_ms, 9)
    assert set(swept) == {tile.media, tile.thumbnail}


async def test_pictures_of_an_answer_are_kept_as_long_as_results(house: House, clock: FakeClock) -> None:
    keeping = Keeping(house.store, house.media, Cutting(house.media), clock)
    kept = await keeping.pictures([Artifact("image", data=b"a fox"), Artifact("image", data=b"bad")])
    assert [artifact.size for artifact in kept] == [5]
    async with house.store.read() as tx:
        assert kept[0].media not in await tx.media.expired(clock.now_ms() + LIMITS.result_keep_ms - 1, 9)
        assert kept[0].media in await tx.media.expired(clock.now_ms() + LIMITS.result_keep_ms, 9)
