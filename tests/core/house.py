"""A whole core on a real store, with a gateway, a courier and eyes that are scripted. Tests move the clock by hand."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from core.catalog import Catalog, load_catalog
from core.errors import BadFile, UnclearShape
from core.fitting import Fitted, InputLimits
from core.gateway.families import TASKS
from core.gateway.orders_stream import Heard
from core.gateway.wire import Accepted, Again, Parked, Polled, Submitted
from core.ledger import Purse
from core.limits import LIMITS, Limits
from core.orders import Orders
from core.people import Directory
from core.plans import Plan, Rules
from core.ports import Clock, End, Store
from core.specs import ModelSpec
from core.values import Access, Artifact, Job, JobState, Notice, Order, Place, Role, Sender
from core.worker import Worker
from storage.media import ObjectMedia, open_media

DM = Place("telegram", "100", private=True)
GROUP = Place("telegram", "-500")
ANN = Sender("telegram", "100", "ann", "en")
BOB = Sender("telegram", "200", "bob", "de")
BOSS = Sender("telegram", "1", "boss", "en")

CONFIG = {
    "default_model": {"image": "pen", "video": "film"},
    "models": {
        "pen": {
            "kind": "image",
            "family": "images_json",
            "upstream": "pen",
            "price": {"each": 0.05},
            "options": {"ratio": {"values": ["1:1", "16:9"]}},
        },
        "pens": {
            "kind": "image",
            "family": "images_json",
            "upstream": "pen",
            "price": {"each": 0.05},
            "options": {"count": {"values": ["1", "4"], "default": "1"}},
        },
        "film": {
            "kind": "video",
            "family": "unified_video",
            "upstream": "film",
            "price": {"per_second": 0.05},
            "options": {"seconds": {"values": ["4", "8"], "default": "4"}},
        },
        "film-i2v": {
            "kind": "video",
            "family": "unified_video",
            "upstream": "film",
            "needs_input": True,
            "price": {"each": 0.2},
        },
    },
}
PEN = 50_000
FILM = 200_000

Outcome = Submitted | Polled | BaseException


def counted() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"id{next(numbers):014}"


class ScriptedGateway:
    """Plays the outcomes in order; without any, an order is accepted and a task is never ready."""

    def __init__(self) -> None:
        self.submits: deque[Outcome] = deque()
        self.polls: deque[Outcome] = deque()
        self.poll_of: dict[str, deque[Outcome]] = defaultdict(deque)
        self.confirms: deque[Outcome] = deque()
        self.fetches: deque[BaseException] = deque()
        self.submitted: list[Order] = []
        self.wires: list[str] = []
        self.polled: list[str] = []
        self.confirmed: list[tuple[str, Order]] = []
        self.fetched: list[tuple[str, int]] = []
        self.on_submit: Callable[[], object] = lambda: None
        self.on_poll: Callable[[], object] = lambda: None
        self.on_confirm: Callable[[], object] = lambda: None
        self.media: ObjectMedia | None = None

    async def submit(self, spec: ModelSpec, order: Order, heard: Heard) -> Submitted:
        self.submitted.append(order)
        self.wires.append(spec.family)
        result = self.on_submit()
        if asyncio.iscoroutine(result):
            await result
        outcome = self.submits.popleft() if self.submits else Accepted(f"task{len(self.submitted)}")
        if isinstance(outcome, BaseException):
            raise outcome
        assert not isinstance(outcome, Again | Parked)
        return outcome

    async def poll(self, spec: ModelSpec, task_id: str) -> Polled:
        self.polled.append(task_id)
        result = self.on_poll()
        if asyncio.iscoroutine(result):
            await result
        script = self.poll_of[task_id] if self.poll_of.get(task_id) else self.polls
        outcome = script.popleft() if script else Again()
        if isinstance(outcome, BaseException):
            raise outcome
        assert not isinstance(outcome, Accepted)
        return outcome

    async def confirm(self, spec: ModelSpec, order: Order, task_id: str) -> Submitted:
        self.confirmed.append((task_id, order))
        result = self.on_confirm()
        if asyncio.iscoroutine(result):
            await result
        outcome = self.confirms.popleft() if self.confirms else Accepted(task_id)
        if isinstance(outcome, BaseException):
            raise outcome
        assert not isinstance(outcome, Again | Parked)
        return outcome

    def blocks(self, family: str) -> bool:
        return family in TASKS and TASKS[family].BLOCKS

    async def fetch(self, spec: ModelSpec, artifact: Artifact, max_bytes: int = 0) -> tuple[str, int]:
        self.fetched.append((artifact.url, max_bytes))
        if self.fetches:
            raise self.fetches.popleft()
        assert self.media is not None
        return await self.media.put(artifact.data or artifact.url.encode(), LIMITS.artifact_bytes)


class PlainEyes:
    """Everything is a picture but what begins with "bad", with "film" or with "song", and what was fetched as MP4."""

    def __init__(self, media: ObjectMedia) -> None:
        self._media = media

    async def inspect(self, key: str, declared: str) -> Artifact:
        data = await self._media.read(key)
        if data.startswith(b"bad"):
            raise BadFile(name=declared, allowed="pictures")
        if data.startswith(b"film") or data.endswith(b".mp4"):
            return Artifact("video", media=key, mime="video/mp4", width=4, height=4, duration_s=4.0, size=len(data))
        if data.startswith(b"song"):
            return Artifact("audio", media=key, mime="audio/mpeg", duration_s=90.0, size=len(data))
        return Artifact("image", media=key, mime="image/png", width=4, height=4, size=len(data))

    async def smaller(self, artifact: Artifact, max_bytes: int) -> Artifact | None:
        key, size = await self._media.put(b"small " + await self._media.read(artifact.media), max_bytes)
        return replace(artifact, media=key, mime="image/jpeg", size=size)

    async def mask(self, key: str, region: str, shape: str, *, transparent: bool) -> str:
        """Says of what it was made."""
        picture = (await self._media.read(key)).decode()
        drawn = (await self._media.read(shape)).decode() if shape else ""
        if drawn == "scribble":
            raise UnclearShape
        kind = "transparent" if transparent else "white"
        made, _ = await self._media.put(f"{kind} {region} {picture} {drawn}".strip().encode(), LIMITS.input_bytes)
        return made

    async def tiles(self, artifact: Artifact) -> tuple[Artifact, ...]:
        return ()

    async def voiced(self, artifact: Artifact) -> Artifact | None:
        return None

    async def streamable(self, artifact: Artifact) -> Artifact:
        return artifact

    async def frame(self, artifact: Artifact, at: End) -> Artifact:
        film = await self._media.read(artifact.media)
        key, size = await self._media.put(f"{at} frame of ".encode() + film, LIMITS.input_bytes)
        return Artifact("image", media=key, mime="image/png", width=4, height=4, size=size)

    async def gif(self, artifact: Artifact, max_bytes: int) -> Artifact | None:
        return None

    async def joined(self, artifacts: Sequence[Artifact]) -> Artifact:
        data = b"".join([await self._media.read(each.media) for each in artifacts])
        key, size = await self._media.put(data, LIMITS.artifact_bytes)
        return Artifact("video", media=key, mime="video/mp4", size=size)

    async def dubbed(self, film: Artifact, sound: str) -> Artifact:
        data = await self._media.read(film.media) + b" with " + await self._media.read(sound)
        key, size = await self._media.put(data, LIMITS.artifact_bytes)
        return Artifact("video", media=key, mime="video/mp4", size=size)

    async def clip(self, song: str, cover: str) -> Artifact:
        data = (
            b"film of " + await self._media.read(song) + (b" with " + await self._media.read(cover) if cover else b"")
        )
        key, size = await self._media.put(data, LIMITS.artifact_bytes)
        return Artifact("video", media=key, mime="video/mp4", size=size)

    async def spliced(self, sounds: Sequence[str]) -> Artifact:
        data = b"sound " + b" ".join([await self._media.read(key) for key in sounds])
        key, size = await self._media.put(data, LIMITS.artifact_bytes)
        return Artifact("audio", media=key, mime="audio/ogg", size=size)

    async def fit(self, key: str, limits: InputLimits) -> Fitted:
        return Fitted(await self.inspect(key, ""))


@dataclass
class ScriptedCourier:
    """Writes down what it brings; raises what it was told to raise, one for each call."""

    platforms: frozenset[str] = frozenset({"telegram"})
    delivered: list[Job] = field(default_factory=list)
    told: list[Job] = field(default_factory=list)
    noted: list[Job] = field(default_factory=list)
    previews: list[Artifact | None] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    said: list[Notice] = field(default_factory=list)
    troubles: deque[BaseException] = field(default_factory=deque)
    reaches: bool = True

    def _trouble(self) -> None:
        if self.troubles:
            raise self.troubles.popleft()

    async def deliver(self, job: Job) -> tuple[str, ...]:
        self._trouble()
        self.delivered.append(job)
        return (f"message-{job.id}",)

    async def tell(self, job: Job) -> None:
        self._trouble()
        self.told.append(job)

    async def progress(self, job: Job, preview: Artifact | None = None, listen: str = "") -> None:
        self.noted.append(job)
        self.heard.append(listen)
        self.previews.append(preview)

    async def notify(self, notice: Notice) -> bool:
        self._trouble()
        if self.reaches:
            self.said.append(notice)
        return self.reaches


@dataclass
class House:
    store: Store
    clock: Clock
    catalog: Catalog
    rules: Rules
    purse: Purse
    directory: Directory
    orders: Orders
    gateway: ScriptedGateway
    courier: ScriptedCourier
    media: ObjectMedia
    new_id: Callable[[], str]
    limits: Limits
    worker: Worker

    def another_worker(self, owner: str, courier: ScriptedCourier | None = None) -> Worker:
        return Worker(
            store=self.store,
            gateway=self.gateway,
            catalog=self.catalog,
            purse=self.purse,
            media=self.media,
            renditions=PlainEyes(self.media),
            courier=courier or self.courier,
            clock=self.clock,
            owner=owner,
            limits=self.limits,
        )

    async def member(self, sender: Sender = ANN, place: Place = DM, role: Role = Role.MEMBER) -> Access:
        """Somebody who is let in."""
        async with self.store.begin() as tx:
            person = await tx.people.person_of(sender.platform, sender.id)
            if person is None:
                from core.values import Person

                person = await tx.people.add_person(Person(self.new_id(), role, name=sender.name), sender)
            await tx.people.set_role(person.id, role)
        self.directory._people.outdate()
        return await self.directory.meet(place, sender)

    async def place(self, access: Access, kind: str = "video", **more: Any) -> Job:
        assert kind in {"image", "video"}
        order, _, _ = self.orders.check("image" if kind == "image" else "video", None, "a fox", {})
        return await self.orders.place(access, "question-1", order, **more)

    async def job(self, job_id: str) -> Job:
        async with self.store.read() as tx:
            job = await tx.jobs.get(job_id)
        assert job is not None
        return job

    async def put(self, job: Job, **changes: object) -> Job:
        """Write a row by hand, as another process would have left it."""
        async with self.store.begin() as tx:
            saved = await tx.jobs.save(replace(job, **changes), job.version)  # type: ignore[arg-type] # any field
        assert saved is not None
        return saved

    async def left(self, account_id: str) -> int:
        async with self.store.read() as tx:
            account = await tx.ledger.account(account_id)
        return account.balance

    async def balanced(self, *accounts: str) -> None:
        """Entries and balance agree, and no hold is left open."""
        async with self.store.read() as tx:
            for account_id in accounts:
                assert await tx.ledger.entries_sum(account_id) == (await tx.ledger.account(account_id)).balance
            assert await tx.ledger.open_holds() == []

    async def settled(self, job: Job, state: JobState) -> Job:
        found = await self.job(job.id)
        assert found.state is state
        return found


def build(
    store: Store,
    clock: Clock,
    folder: Path,
    rules: Rules | None = None,
    limits: Limits = LIMITS,
    gateway: ScriptedGateway | None = None,
) -> House:
    rules = rules or Rules(plans={"default": Plan(open_jobs=100), "small": Plan("small", daily=FILM)})
    media, courier, new_id = open_media(str(folder)), ScriptedCourier(), counted()
    gateway = gateway or ScriptedGateway()
    gateway.media = media
    catalog = load_catalog(CONFIG)
    purse = Purse(store, rules, clock)
    eyes = PlainEyes(media)
    return House(
        store=store,
        clock=clock,
        catalog=catalog,
        rules=rules,
        purse=purse,
        directory=Directory(store, rules, clock, new_id, media),
        orders=Orders(store, catalog, purse, media, eyes, clock, new_id, limits),
        gateway=gateway,
        courier=courier,
        media=media,
        new_id=new_id,
        limits=limits,
        worker=Worker(store, gateway, catalog, purse, media, eyes, courier, clock, "worker-1", limits),
    )
