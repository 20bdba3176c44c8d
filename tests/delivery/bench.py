"""A deliverer over a strict platform in memory, with a real store and real files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bots.deliver import Deliverer
from bots.outlet import Rendered
from bots.pace import Pacer
from bots.surfaces import DISCORD, RATES, TELEGRAM
from core.catalog import load_catalog
from core.fitting import Fitted, InputLimits
from core.ports import End, Media, Store
from core.values import Artifact, Job, JobState, Person, Sender
from storage.engine import open_store
from storage.media import open_media
from tests.clocks import FakeClock
from tests.delivery.scripted import DM, PlainTexts
from tests.delivery.world import Message, StrictOutlet, World

JOB_ID = "job0000000000001"


@dataclass
class Shrinker:
    """Renditions that make files of a size that the test names; 0: there is no way."""

    media: Media
    size: int = 0
    asked: list[int] = field(default_factory=list)

    async def inspect(self, key: str, declared: str) -> Artifact:
        raise NotImplementedError

    async def voiced(self, artifact: Artifact) -> Artifact | None:
        raise NotImplementedError

    async def mask(self, key: str, region: str, shape: str, *, transparent: bool) -> str:
        raise NotImplementedError

    async def tiles(self, artifact: Artifact) -> tuple[Artifact, ...]:
        raise NotImplementedError

    async def streamable(self, artifact: Artifact) -> Artifact:
        raise NotImplementedError

    async def frame(self, artifact: Artifact, at: End) -> Artifact:
        raise NotImplementedError

    async def gif(self, artifact: Artifact, max_bytes: int) -> Artifact | None:
        raise NotImplementedError

    async def joined(self, artifacts: Sequence[Artifact]) -> Artifact:
        raise NotImplementedError

    async def dubbed(self, film: Artifact, sound: str) -> Artifact:
        raise NotImplementedError

    async def clip(self, song: str, cover: str) -> Artifact:
        raise NotImplementedError

    async def spliced(self, sounds: Sequence[str]) -> Artifact:
        raise NotImplementedError

    async def fit(self, key: str, limits: InputLimits) -> Fitted:
        raise NotImplementedError

    async def smaller(self, artifact: Artifact, max_bytes: int) -> Artifact | None:
        self.asked.append(max_bytes)
        if not self.size or self.size > max_bytes:
            return None
        key, size = await self.media.put(b"s" * self.size, 10**9)
        return replace(artifact, media=key, size=size, mime="image/jpeg" if artifact.kind == "image" else artifact.mime)


@dataclass
class Bench:
    world: World
    deliverer: Deliverer
    store: Store
    media: Media
    shrinker: Shrinker
    clock: FakeClock
    links: list[tuple[str, str]]

    async def artifact(
        self, size: int = 100, kind: str = "image", mime: str = "image/png", mark: str = "x"
    ) -> Artifact:
        key, _ = await self.media.put((mark * size).encode(), 10**9)
        return Artifact(kind, media=key, mime=mime, size=size, width=4, height=3, duration_s=5.0)  # type: ignore[arg-type]

    def job(self, *results: Artifact, **changes: object) -> Job:
        job = Job(
            id=JOB_ID,
            person_id="p1",
            account_id="p1",
            place=DM,
            origin_id="11",
            kind="image",
            model="gpt_image-2",
            family="f",
            prompt="a *red*\n fox",
            state=JobState.READY,
            quote=40_000,
            created_ms=self.clock.now_ms(),
            deadline_ms=2**50,
            due_ms=0,
            results=results,
            ack_id="7-1",
        )
        return replace(job, **changes)  # type: ignore[arg-type]  # tests name real fields

    def see_ack(self, chat: str = "7") -> Message:
        message = self.world.messages[f"{chat}-1"] = Message(f"{chat}-1", Rendered("working"), ())
        return message

    @property
    def last(self) -> Message:
        return list(self.world.messages.values())[-1]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async for each in benches(tmp_path, World(TELEGRAM)):
        yield each


@pytest.fixture
async def discord_bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async for each in benches(tmp_path, World(DISCORD, dedupes=True)):
        yield each


async def benches(tmp_path: Path, world: World) -> AsyncIterator[Bench]:
    clock = FakeClock()
    media = open_media(str(tmp_path / "media"))
    links: list[tuple[str, str]] = []

    def link(key: str, name: str) -> str | None:
        links.append((key, name))
        return f"https://me.example/{name}"

    async with open_store(f"sqlite:///{tmp_path / 'd.db'}", clock) as store:
        async with store.begin() as tx:
            await tx.people.add_person(Person("p1"), Sender("telegram", "7", "Ann", "zh-hans"))
            await tx.people.add_person(Person("p2"), Sender("discord", "900", "Bob"))
        shrinker = Shrinker(media)
        deliverer = Deliverer(
            {world.surface.platform: StrictOutlet(world)},
            Pacer(clock, RATES),
            PlainTexts(),
            clock,
            store=store,
            media=media,
            renditions=shrinker,
            link=link,
            find=load_catalog().find,
        )
        yield Bench(world, deliverer, store, media, shrinker, clock, links)
        await deliverer.close()
    assert world.problems == []
