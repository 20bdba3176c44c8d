"""The worker as it runs in a process: on a real clock, woken by what is placed, stopped from outside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.gateway.wire import Ready
from core.limits import LIMITS
from core.lines import IDLE_S
from core.ports import Store
from core.values import Artifact, Job, JobState
from core.worker import Worker
from storage.clock import SystemClock
from tests.core.house import House, build
from tests.stores import ENGINES, open_test_store

PATIENCE_S = 20.0
assert PATIENCE_S < IDLE_S  # so that a wake-up that is lost is a failure


@pytest.fixture(params=ENGINES)
async def real_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with open_test_store(request.param, tmp_path, SystemClock()) as opened:
        yield opened


@pytest.fixture
def live(real_store: Store, tmp_path: Path) -> House:
    return build(real_store, real_store.clock, tmp_path / "media")


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(worker.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], object]) -> None:
    """Looks again after each turn of the loop."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - what is waited for is many things
            await asyncio.sleep(0.005)


async def state_of(live: House, job: Job, state: JobState) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while (await live.job(job.id)).state is not state:  # noqa: ASYNC110 - it changes in the database
            await asyncio.sleep(0.005)


async def test_an_order_wakes_an_idle_worker_and_comes_back_as_a_result(live: House) -> None:
    ann = await live.member()
    live.gateway.submits.append(Ready((Artifact("image", data=b"one"),)))
    async with running(live.worker):
        loop = asyncio.get_running_loop()
        placed = loop.time()
        job = await live.place(ann, "image")
        await until(lambda: live.gateway.submitted)
        assert loop.time() - placed < IDLE_S / 10
        await until(lambda: live.courier.delivered)
        assert live.courier.delivered[0].id == job.id


async def test_an_order_placed_on_one_replica_is_sent_by_another(live: House) -> None:
    """The wake-up crosses processes by the store; here both share it."""
    ann = await live.member()
    async with running(live.another_worker("a")), running(live.another_worker("b")):
        for _ in range(5):
            await live.place(ann, "image")
        await until(lambda: len(live.gateway.submitted) == 5)


async def test_a_task_is_polled_by_itself(live: House) -> None:
    ann = await live.member()
    live.gateway.polls.append(Ready((Artifact("video", data=b"film"),)))
    job = await live.place(ann)
    async with running(live.worker):
        await state_of(live, job, JobState.WAITING)
        await live.put(await live.job(job.id), due_ms=live.clock.now_ms())  # as if ten seconds had passed
        live.store.wake("jobs")
        await until(lambda: live.courier.delivered)
    assert live.gateway.polled == ["task1"]


async def test_notices_are_brought_when_they_come(live: House) -> None:
    async with running(live.worker):
        await live.directory.set_owners([("telegram", "1")])
        await live.directory.tell_owners("notice-key", {}, "key:1")
        await until(lambda: live.courier.said)


async def test_leases_of_long_calls_are_renewed(live: House) -> None:
    limits = LIMITS._replace(job_renew_s=0.01)
    worker = Worker(
        live.store,
        live.gateway,
        live.catalog,
        live.purse,
        live.media,
        live.worker._shop.renditions,
        live.courier,
        live.clock,
        "w",
        limits,
    )
    ann = await live.member()
    release = asyncio.Event()
    live.gateway.on_submit = release.wait
    job = await live.place(ann)
    async with running(worker):
        await until(lambda: live.gateway.submitted)
        first = (await live.job(job.id)).due_ms
        renewed = first
        async with asyncio.timeout(PATIENCE_S):
            while renewed <= first:
                await asyncio.sleep(0.005)
                renewed = (await live.job(job.id)).due_ms
        release.set()


async def test_stop_waits_for_what_runs_and_takes_nothing_new(live: House) -> None:
    ann = await live.member()
    release = asyncio.Event()
    live.gateway.on_submit = release.wait
    job = await live.place(ann)
    async with running(live.worker) as run:
        await until(lambda: live.gateway.submitted)
        stopping = asyncio.create_task(live.worker.stop(PATIENCE_S))
        await asyncio.sleep(0)
        late = await live.place(ann)
        release.set()
        await stopping
        await run
    assert (await live.job(job.id)).state is JobState.WAITING
    assert (await live.job(late.id)).state is JobState.QUEUED


async def test_stop_breaks_off_what_takes_too_long_and_hands_it_back(live: House) -> None:
    ann = await live.member()
    live.gateway.on_submit = asyncio.Event().wait
    job = await live.place(ann)
    async with running(live.worker) as run:
        await until(lambda: live.gateway.submitted)
        await live.worker.stop(0.01)
        await run
    found: Job = await live.job(job.id)
    assert (found.state, found.owner) == (JobState.SENDING, "")
    assert found.due_ms <= live.clock.now_ms()


async def test_a_line_whose_rounds_keep_failing_ends_the_worker(live: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*args: object, **kwargs: object) -> list[Job]:
        raise ConnectionError("the database is gone")

    monkeypatch.setattr("core.worker.ROUNDS_THAT_MAY_FAIL", 1)
    monkeypatch.setattr(live.worker._leases, "claim", broken)
    with pytest.raises(ExceptionGroup):
        async with asyncio.timeout(PATIENCE_S):
            await live.worker.run()
