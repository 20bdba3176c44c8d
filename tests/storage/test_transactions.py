"""One atomic commit each, in the order they came, whatever is cancelled, and a word to those who wait."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest

from core.ports import Contended, Tx
from storage.clock import DatabaseClock, SystemClock
from storage.engine import OpenStore, open_store
from tests.clocks import FakeClock
from tests.storage.examples import CAUSE, job, person, sender
from tests.stores import open_test_store, store_url

STEPS = 4


async def four_steps(tx: Tx, cancel_at: int, insist: int | None) -> None:
    """Cancels its own task so that the cancellation comes while that step, or the commit, is on its way."""
    for number in range(STEPS + 1):
        if number == cancel_at:
            cancel_this_task(insist)
        if number < STEPS:
            await tx.ledger.book_house(f"r{number}", 1, CAUSE, 1)


def cancel_this_task(insist: int | None) -> None:
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task

    def again(left: int) -> None:
        if left:
            loop.call_soon(again, left - 1)
        else:
            task.cancel()

    task.cancel()
    if insist is not None:
        loop.call_soon(again, insist)


async def house(store: OpenStore) -> int:
    async with store.read() as tx:
        balance = (await tx.ledger.account("house")).balance
        assert await tx.ledger.entries_sum("house") == balance
        return balance


@pytest.mark.parametrize("insist", [None, 0, 1, 2, 3])
@pytest.mark.parametrize("cancel_at", range(STEPS + 1))
async def test_a_cancelled_transaction_is_all_or_nothing(store: OpenStore, cancel_at: int, insist: int | None) -> None:
    """`insist`: it is cancelled again, so many turns of the loop later."""

    async def work() -> None:
        async with store.begin() as tx:
            await four_steps(tx, cancel_at, insist)

    task = asyncio.create_task(work())
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await house(store) == (-STEPS if cancel_at == STEPS else 0)
    async with store.begin() as tx:
        await tx.ledger.book_house("after", 1, CAUSE, 1)
    assert await house(store) in (-1, -STEPS - 1)


async def test_an_exception_undoes_everything(store: OpenStore) -> None:
    with pytest.raises(ZeroDivisionError):
        async with store.begin() as tx:
            await tx.ledger.book_house("r", 1, CAUSE, 1)
            raise ZeroDivisionError
    assert await house(store) == 0


async def test_a_failed_statement_cannot_be_swallowed(store: OpenStore) -> None:
    with pytest.raises(RuntimeError, match="nothing of it is written"):
        async with store.begin() as tx:
            await tx.jobs.add(job())
            with suppress(Exception):
                await tx.jobs.add(job())
            with suppress(RuntimeError):
                await tx.jobs.add(job("other"))
    async with store.read() as tx:
        assert await tx.jobs.get("j1") is None


async def test_a_transaction_is_over_after_its_block(store: OpenStore) -> None:
    async with store.begin() as written:
        pass
    async with store.read() as read:
        pass
    for tx in (written, read):
        with pytest.raises(RuntimeError, match="over"):
            await tx.jobs.get("j1")


async def test_reading_never_writes(store: OpenStore) -> None:
    with pytest.raises(Exception, match=r"readonly|read-only"):
        async with store.read() as tx:
            await tx.ledger.book_house("r", 1, CAUSE, 1)
    assert await house(store) == 0


async def test_a_reader_does_not_wait_for_a_writer(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.ledger.book_house("r", 1, CAUSE, 1)
        assert await house(store) == 0
    assert await house(store) == -1


async def test_another_process_may_write_beside_it(tmp_path: Path) -> None:
    async def write() -> None:
        async with store.begin() as tx:
            await tx.ledger.book_house("r", 1, CAUSE, 1)

    async with open_test_store("sqlite", tmp_path, FakeClock()) as store:
        with closing(sqlite3.connect(store.where, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("INSERT INTO meters (key, period, total, updated_ms) VALUES ('theirs', '', 5, 0)")
            writing = asyncio.create_task(write())
            assert await house(store) == 0
            assert not writing.done()
            other.execute("COMMIT")
            await writing
        assert await house(store) == -1
        async with store.read() as tx:
            assert await tx.ledger.metered("theirs", "") == 5


async def test_first_come_first_served(tmp_path: Path) -> None:
    order: list[int] = []

    async with open_test_store("sqlite", tmp_path, FakeClock()) as store:

        async def work(number: int) -> None:
            async with store.begin() as tx:
                order.append(number)
                await tx.ledger.book_house(f"r{number}", 1, CAUSE, 1)

        tasks = [asyncio.create_task(work(number)) for number in range(50)]
        tasks[20].cancel()
        await asyncio.wait(tasks)
    assert order == [number for number in range(50) if number != 20]


async def test_what_no_database_can_hold_is_replaced(store: OpenStore) -> None:
    bad = "a\x00b\ud83dc"
    async with store.begin() as tx:
        await tx.jobs.add(job(prompt=bad, options={"style": bad}))
        await tx.people.add_person(person(), sender(name=bad))
        await tx.media.set_file_id("telegram", "key", bad)
    async with store.read() as tx:
        kept = await tx.jobs.get("j1")
        assert kept
        assert kept.prompt == "a\ufffdb?c"
        assert "\ud83d" not in kept.options["style"]
        assert await tx.media.file_id("telegram", "key") == "a\ufffdb?c"


# --- wake-ups --------------------


async def test_a_word_is_kept_for_the_next_who_waits(store: OpenStore, clock: FakeClock) -> None:
    began = clock.monotonic()
    store.wake("jobs")
    assert await store.woken("jobs", 30)
    assert clock.monotonic() == began
    assert not await store.woken("jobs", 30)
    assert clock.monotonic() == began + 30
    store.wake("deliver")
    assert not await store.woken("jobs", 30)


async def test_who_waits_is_woken(engine: str, tmp_path: Path) -> None:
    async with open_test_store(engine, tmp_path, SystemClock()) as store:
        waiting = [asyncio.create_task(store.woken("jobs", 60)) for _ in range(2)]
        await asyncio.sleep(0)
        store.wake("jobs")
        assert any(await asyncio.gather(*waiting))


async def test_replicas_wake_each_other(tmp_path: Path) -> None:
    with store_url("postgres", tmp_path) as url:
        async with open_store(url, SystemClock()) as here, open_store(url, SystemClock()) as there:
            for topic in ("jobs", "deliver", "jobs"):
                here.wake(topic)
                assert await there.woken(topic, 60)


# --- a database that goes away and comes back --------------------


async def test_dead_connections_are_replaced(tmp_path: Path) -> None:
    with store_url("postgres", tmp_path) as url:
        async with open_store(f"{url}&application_name=doomed", FakeClock()) as store:
            assert await house(store) == 0
            with psycopg.connect(url, autocommit=True) as connection:
                killed = connection.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'doomed'"
                ).fetchall()
            assert len(killed) >= 3  # a writer, a reader, the listener
            async with store.begin() as tx:
                await tx.ledger.book_house("r", 1, CAUSE, 1)
            assert await house(store) == -1


# --- time --------------------


async def test_the_databases_clock_rules_on_postgresql(tmp_path: Path) -> None:
    async with open_test_store("postgres", tmp_path, SystemClock()) as store:
        assert isinstance(store.clock, DatabaseClock)
        assert abs(store.clock.now_ms() - SystemClock().now_ms()) < 10_000


async def test_a_tests_clock_stays(store: OpenStore, clock: FakeClock) -> None:
    assert store.clock is clock
    await store.check()


async def test_the_quickest_answer_sets_the_clock() -> None:
    local = iter([0.0, 4.0, 10.0, 10.2, 20.0, 21.0, 30.1, 31.1])
    told = iter([5_000_000.0, 5_010_100.0, 5_900_000.0])

    async def ask() -> float:
        return next(told)

    clock = DatabaseClock(ask, lambda: next(local))
    await clock.measure()
    assert clock.now_ms() == 5_030_100
    assert clock.monotonic() == 31.1


async def test_of_two_that_wait_for_each_other_one_gives_way(tmp_path: Path) -> None:
    """PostgreSQL only: on SQLite writers stand in line. What gave way has done nothing and may be tried again."""
    async with open_test_store("postgres", tmp_path, FakeClock()) as store:
        first_has, second_has = asyncio.Event(), asyncio.Event()

        async def crossing(keys: tuple[str, str], mine: asyncio.Event, other: asyncio.Event) -> None:
            async with store.begin() as tx:
                await tx.ledger.meter(keys[0], "w", 1, None, 1)
                mine.set()
                await other.wait()
                await tx.ledger.meter(keys[1], "w", 1, None, 1)

        ends = await asyncio.gather(
            crossing(("a", "b"), first_has, second_has),
            crossing(("b", "a"), second_has, first_has),
            return_exceptions=True,
        )
        assert [type(end) for end in ends if end is not None] == [Contended]
        async with store.read() as tx:
            assert [await tx.ledger.metered(key, "w") for key in "ab"] == [1, 1]
