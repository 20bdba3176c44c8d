"""Jobs: thousands of open tasks of all families in one process, each looked at when it is due; films that finish are
brought to people. Beside it the floor: as many requests a second by bare aiohttp.

The database is filled first, as if the orders had been sent over the last ten minutes; then the real process starts on it,
between the stand-ins. A look is late by the time between its due moment (the family's pace after the look before) and its
arrival at the gateway.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bots.sandbox.filming import film
from core.accounts import person_account
from core.catalog import load_catalog
from core.gateway.families import TOLD_TOGETHER
from core.jobs import on_grid_ms, poll_wait_s
from core.specs import ModelSpec
from core.values import Cause, Job, JobState, Person, Place, Role, Sender
from core.workshop import look_at_ms
from storage.clock import SystemClock
from storage.engine import OpenStore, open_store
from tests.bench.children import child
from tests.bench.stage import Phones, Remote, open_session, ours, telegram, upstream
from tests.bench.tables import Aims, percentile, show, table

PEOPLE = 100
AGES_S = 600
FINISH_PER_S = 8.0
"""As many films end each second as begin in a house where five thousand are open and each takes ten minutes."""
LEAD_S = 8.0
WINDOW_S = 60.0
GRACE_S = 15.0
"""For what was finished at the very end to reach its person."""
LOOK_MS = 100.0
"""A gateway far away: looks overlap, and their connections are busy."""
FLOOR_S = 15.0
MIX = {
    "kling-3.0": 4,
    "sora-2-8s": 2,
    "seedance-2.0": 4,
    "veo-3.1-generate-preview": 2,
    "gen4_turbo": 2,
    "midjourney": 3,
    "suno-v5": 2,
}
"""Rows of all families that are looked at, and how many of so many tasks are theirs. Only films finish."""
CREDITS = 10**12
TRANSACTION = 500


@dataclass(frozen=True, slots=True)
class Looks:
    """What the gateway saw. Times are seconds."""

    late: list[float]
    count: int
    never: int


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU is that of the whole process, films brought to people included. `floor_ms`: the bare script's, a request."""

    wall_s: float
    cpu_s: float
    requests: int
    floor_ms: float
    peak_mb: float

    @property
    def share(self) -> float:
        return self.cpu_s / self.wall_s

    @property
    def request_ms(self) -> float:
        return self.cpu_s * 1000 / max(1, self.requests)


async def films(folder: Path, aims: Aims, open_films: int) -> None:
    folder, specs = folder / "films", _specs()
    folder.mkdir(parents=True)
    mp4 = folder / "bench.mp4"
    mp4.write_bytes(await asyncio.to_thread(film, 0, (320, 180), 2, None))
    async with (
        open_session() as session,
        telegram(session) as phones,
        upstream(session, "--film", str(mp4), "--look-ms", f"{LOOK_MS:g}") as gateway,
    ):
        await phones.say([(chat, "hello") for chat in range(1, PEOPLE + 1)])
        await phones.forget_updates()
        finishing = round(FINISH_PER_S * WINDOW_S)
        jobs = await _fill(folder, specs, open_films + finishing)
        ends = _ends(jobs, finishing)
        await gateway.post("/bench/films", ends)
        async with ours(folder, phones, gateway) as process:
            begun, ready_s = process.cpu_s, time.monotonic()
            await asyncio.sleep(WINDOW_S)
            await gateway.post("/bench/films", {})
            wall_s, cpu_s = time.monotonic() - ready_s, process.cpu_s - begun
            told = await gateway.get("/bench/films")
            delivered = await _delivered(phones, len(told["finished"]))
            peak_mb = process.peak_mb
        floor_ms = await _floor(gateway, told["requests"] / wall_s)
        looks = _looks(told["polls"], told["finished"], jobs, specs, ready_s + 1.0, ready_s + wall_s)
        lost = await _not_done(folder, [job for job in jobs if job.task_id in told["finished"]])
        violations = (await phones.report())["violations"]
    spent = Spent(wall_s, cpu_s, told["requests"], floor_ms, peak_mb)
    _print(open_films, looks, spent, len(told["finished"]), delivered)
    aims.promise("films looked at never", looks.never)
    aims.promise("finished films not delivered", len(told["finished"]) - delivered)
    aims.promise("finished films not booked as done", lost)
    aims.promise("violations, films", len(violations))
    aims.most("latest look", max(looks.late, default=0.0), 2.0, " s")
    aims.most(f"CPU of one core while {open_films} are open", 100 * spent.share, 33, " %")


# --- the house, as it would be after ten minutes --------------------


def _specs() -> list[ModelSpec]:
    """One after the other as the tasks take turns."""
    catalog = load_catalog(None)
    found = [(name, catalog.find(name)) for name in MIX]
    return [spec for name, spec in found if spec is not None for _ in range(MIX[name])]


async def _fill(folder: Path, specs: list[ModelSpec], count: int) -> list[Job]:
    clock = SystemClock()
    (folder / "data").mkdir(exist_ok=True)
    async with open_store(f"sqlite:///{folder}/data/starlight.db", clock) as store:
        people = [await _person(store, chat) for chat in range(1, PEOPLE + 1)]
        due_from_ms = clock.now_ms() + round(LEAD_S * 1000)
        jobs = [
            _job(number, people[number % PEOPLE], specs[number % len(specs)], due_from_ms, count)
            for number in range(count)
        ]
        for at in range(0, count, TRANSACTION):
            async with store.begin() as tx:
                for job in jobs[at : at + TRANSACTION]:
                    await tx.ledger.hold(
                        job.id, job.account_id, job.quote, Cause(job.person_id, job.kind, job.model), job.created_ms
                    )
                    await tx.jobs.add(job)
    return jobs


async def _person(store: OpenStore, chat: int) -> Person:
    now_ms = store.clock.now_ms()
    sender = Sender("telegram", str(chat), f"P{chat}")
    async with store.begin() as tx:
        person = await tx.people.add_person(Person(f"person{chat:010d}", Role.MEMBER, created_ms=now_ms), sender)
        await tx.ledger.credit(f"bench:{chat}", person_account(person.id), CREDITS, Cause(person.id, "grant"), now_ms)
    return person


def _job(number: int, person: Person, spec: ModelSpec, due_from_ms: int, count: int) -> Job:
    """Sent some time in the last ten minutes, and due some time in the next round."""
    age_ms = round(AGES_S * 1000 * number / count)
    sent_ms = due_from_ms - age_ms
    due_ms = due_from_ms + round(random.uniform(0, poll_wait_s(spec.poll, age_ms / 1000)) * 1000)
    if spec.family in TOLD_TOGETHER:
        due_ms = on_grid_ms(due_ms, due_from_ms, spec.poll.first_s)
    chat = str(1 + number % PEOPLE)
    return Job(
        id=f"job{number:013d}", person_id=person.id, account_id=person_account(person.id),
        place=Place("telegram", chat, private=True), origin_id="1", kind=spec.kind, model=spec.name, family=spec.family,
        prompt="a fox in the snow", state=JobState.WAITING, quote=630_000, created_ms=sent_ms,
        deadline_ms=sent_ms + 1_800_000, due_ms=due_ms, task_id=f"{spec.family}-{number}", sent_ms=sent_ms,
    )  # fmt: skip


def _ends(jobs: list[Job], finishing: int) -> dict[str, float]:
    """When which task is finished: evenly over the window, anybody's."""
    begin_s = time.monotonic() + LEAD_S
    chosen = random.sample([job for job in jobs if job.kind == "video"], finishing)
    return {job.task_id: begin_s + number / FINISH_PER_S for number, job in enumerate(chosen)}


# --- what came of it --------------------


async def _delivered(phones: Phones, wanted: int) -> int:
    """How many films people have, once all are there or it is too late."""
    end = time.monotonic() + GRACE_S
    while True:
        report = await phones.report()
        count = len([call for call in report["calls"] if call["method"] == "sendVideo" and call["status"] == 200])
        if count >= wanted or time.monotonic() > end:
            return count
        await asyncio.sleep(0.5)


def _looks(
    polls: Mapping[str, list[float]],
    finished: Mapping[str, float],
    jobs: list[Job],
    specs: list[ModelSpec],
    from_s: float,
    until_s: float,
) -> Looks:
    """How late each look was that was due in the window; one that has not come by its end counts as late as it is."""
    rows = {spec.name: spec for spec in specs}
    offset_s = time.time() - time.monotonic()
    late: list[float] = []
    count = never = 0
    for job in jobs:
        seen = polls.get(job.task_id, [])
        count += len(seen)
        never += not seen
        due_s = job.due_ms / 1000 - offset_s
        for number, at_s in enumerate([*seen, until_s]):
            if due_s >= from_s and (at_s != until_s or job.task_id not in finished):
                late.append(max(0.0, at_s - due_s))
            held = replace(job, version=2 * number + 1)  # each claim and each putting back makes a new version
            due_s = _due_ms(rows[job.model], held, (at_s + offset_s) * 1000 + LOOK_MS) / 1000 - offset_s
    return Looks(late, count, never)


def _due_ms(spec: ModelSpec, job: Job, seen_ms: float) -> int:
    """The worker's own pace; where it changes, that of the moment after the answer came."""
    now, after = round(seen_ms), round(seen_ms) + 250
    soon, later = (look_at_ms(spec, at, poll_wait_s(spec.poll, (at - job.sent_ms) / 1000), job) for at in (now, after))
    return max(soon, later if spec.family in TOLD_TOGETHER else later - after + now)


async def _floor(gateway: Remote, per_s: float) -> float:
    """CPU of the bare script in ms a request, at as many requests a second."""
    words = (gateway.url, f"{per_s:g}", f"{FLOOR_S:g}")
    async with child("-m", "tests.bench.looker", *words) as process:
        await process.line(lambda line: line == "ready")
        begun = process.cpu_s
        await process.line(lambda line: line == "done")
        return (process.cpu_s - begun) * 1000 / (per_s * FLOOR_S)


async def _not_done(folder: Path, jobs: list[Job]) -> int:
    """How many of these the database does not call delivered and paid."""
    async with open_store(f"sqlite:///{folder}/data/starlight.db", SystemClock()) as store, store.read() as tx:
        states = [await tx.jobs.get(job.id) for job in jobs]
        holds = set(await tx.ledger.open_holds())
    return sum(job is None or job.state is not JobState.DONE or job.id in holds for job in states)


def _print(open_films: int, looks: Looks, spent: Spent, finished: int, delivered: int) -> None:
    late = (percentile(looks.late, 0.5), percentile(looks.late, 0.99), max(looks.late))
    cells = {
        "looks/s": f"{looks.count / spent.wall_s:.0f}",
        "requests/s": f"{spent.requests / spent.wall_s:.0f}",
        "CPU share": f"{spent.share:.0%}",
        "ms a request": f"{spent.request_ms:.2f}",
        "late p50 ms": f"{late[0] * 1000:.0f}",
        "late p99 ms": f"{late[1] * 1000:.0f}",
        "latest ms": f"{late[2] * 1000:.0f}",
        "finished": str(finished),
        "delivered": str(delivered),
        "peak MB": f"{spent.peak_mb:.0f}",
    }
    least = {"ms a request": f"{spent.floor_ms:.2f}"}
    over = {"ms a request": f"{spent.request_ms / spent.floor_ms:.1f}x"}
    rows: list[list[str]] = [
        [name, *(row.get(column, "") for column in cells)]
        for name, row in (("ours", cells), ("floor", least), ("ours / floor", over))
    ]
    show(table(f"{open_films} open tasks of {len(MIX)} rows for {spent.wall_s:.0f} s", ["", *cells], rows))
