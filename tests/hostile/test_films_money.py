"""Storyboards in a storm: ordered, filmed anew, called off as wholes and by their pieces, by two people on two replicas,
while the gateway loses, refuses and forgets. Whatever happens, each shot is paid once or given back, and no hold is left."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.boards import Boards
from core.checking_again import check_again
from core.errors import BotError, FilesBusy, Moderated, NotTaken, RateLimited, TaskFailed, Unsure
from core.gateway.wire import Accepted, Broken, Ready
from core.plans import Plan, Rules
from core.preparing import PEOPLE_MOST
from core.pressing import retry
from core.storyboard import Shot
from core.values import HOUSE, OPEN_STATES, Access, Artifact, Job, JobState
from tests.clocks import FakeClock
from tests.core.house import ANN, BOB, FILM, GROUP, House, build
from tests.stores import ENGINES, open_test_store

SHOTS = (Shot("a cat sits", 4), Shot("it jumps", 4), Shot("it sleeps", 4))
DAILY = 20 * FILM
RULES = Rules(plans={"default": Plan(open_jobs=6, daily=DAILY)})
PAID = {JobState.READY, JobState.DONE, JobState.UNDELIVERED}


@asynccontextmanager
async def opened(engine: str, folder: Path) -> AsyncIterator[tuple[House, FakeClock]]:
    clock = FakeClock()
    async with open_test_store(engine, folder, clock) as store:
        yield build(store, clock, folder / "media", RULES), clock


def film() -> Ready:
    return Ready((Artifact("video", data=b"film;"),))


OUTCOMES: tuple[Callable[[], Any], ...] = (
    film,
    film,
    film,
    lambda: Accepted("task"),
    lambda: Unsure("x"),
    lambda: NotTaken("x"),
    lambda: RateLimited("x"),
    lambda: Moderated("x"),
    lambda: RuntimeError("x"),
    lambda: Broken(TaskFailed("x")),
    lambda: Ready(()),
)


async def every_job(house: House, *people: Access) -> list[Job]:
    async with house.store.read() as tx:
        return [job for person in people for job in await tx.jobs.of_person(person.person.id, 1000, pieces=True)]


async def check_money(house: House, *people: Access) -> None:
    """Entries are balances, a hold has its open job, and what everybody has paid is what was filmed."""
    jobs = await every_job(house, *people)
    open_ids = {job.id for job in jobs if job.state in OPEN_STATES and job.state is not JobState.READY}
    async with house.store.read() as tx:
        holds = {ref: await tx.ledger.held(ref) for ref in await tx.ledger.open_holds()}
        assert holds.keys() <= open_ids
        for access in people:
            account = await tx.ledger.account(access.account_id)
            assert await tx.ledger.entries_sum(access.account_id) == account.balance >= 0
            mine = [job for job in jobs if job.account_id == access.account_id]
            kept = [job for job in mine if job.state in PAID or (job.state is JobState.CANCELLED and job.muted)]
            held = sum(hold.amount for job in mine if (hold := holds.get(job.id)))
            assert DAILY - account.balance == held + sum(job.quote for job in kept)
        assert await tx.ledger.entries_sum(HOUSE) == (await tx.ledger.account(HOUSE)).balance


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(6))
async def test_a_storm(tmp_path: Path, engine: str, seed: int) -> None:
    chance = random.Random(seed)
    async with opened(engine, tmp_path) as (house, clock):
        ann, bob = await house.member(ANN, GROUP), await house.member(BOB, GROUP)
        boards, workers = Boards(house.orders, house.store), [house.worker, house.another_worker("worker-2")]

        async def deed() -> None:
            person = chance.choice((ann, bob))
            jobs = await every_job(house, ann, bob)
            job = chance.choice(jobs) if jobs else None
            number = str(chance.randrange(12))
            what = chance.randrange(8)
            with suppress(BotError):
                if job is None or what == 0:
                    await boards.film(person, "1", "film", "A cat.", SHOTS, {}, once=f"board:{number}")
                elif what == 1:
                    await boards.redo(person, job.id, [chance.randrange(1, 5)], event_id=f"r{number}", others=True)
                elif what == 2:
                    await boards.again(person, job.id, event_id=f"a{number}", others=True)
                elif what == 3:
                    await retry(house.orders, person, job.id, "1", f"t{number}", others=True)
                elif what == 4:
                    await check_again(house.store, clock, person, job.id)
                else:
                    await house.orders.cancel(person, job.id)

        for _ in range(25):
            house.gateway.submits.extend(chance.choice(OUTCOMES)() for _ in range(3))
            if chance.random() < 0.7:
                house.gateway.polls.extend(chance.choice((film(), Broken(TaskFailed("x")))) for _ in range(2))
            doing: list[Coroutine[Any, Any, Any]] = [deed() for _ in range(chance.randrange(1, 5))]
            doing += [worker.step() for worker in chance.sample(workers, chance.randrange(1, 3))]
            await asyncio.gather(*doing)
            clock.advance(chance.choice((0.1, 1, 15, 70)))
        await check_money(house, ann, bob)
        house.gateway.submits.clear()
        for _ in range(60):
            house.gateway.submits.append(film())
            house.gateway.polls.append(film())
            for worker in workers:
                await worker.step()
            clock.advance(61)
        left = [job for job in await every_job(house, ann, bob) if job.state in OPEN_STATES]
        assert left == []
        await check_money(house, ann, bob)
        await house.balanced(ann.account_id, bob.account_id, HOUSE)


@pytest.mark.parametrize("engine", ENGINES)
async def test_filmed_once_on_many_replicas(tmp_path: Path, engine: str) -> None:
    """Ten presses of the same list at the same time."""
    async with opened(engine, tmp_path) as (house, _):
        ann = await house.member()
        boards = [Boards(house.orders, house.store) for _ in range(10)]
        found = await asyncio.gather(
            *[each.film(ann, "1", "film", "A cat.", SHOTS, {}, once="board:1") for each in boards]
        )
        assert len({job.id for job in found}) == 1
        assert len(await every_job(house, ann)) == 4
        assert await house.left(ann.account_id) == DAILY - 3 * FILM
        await check_money(house, ann)


@pytest.mark.parametrize("engine", ENGINES)
async def test_credits_that_reach_for_some_shots(tmp_path: Path, engine: str) -> None:
    """Many at once, on the last credits: each buys all of its shots or nothing at all."""
    async with opened(engine, tmp_path) as (house, _):
        ann = await house.member()
        boards = Boards(house.orders, house.store)
        found = await asyncio.gather(
            *[boards.film(ann, "1", "film", "A cat.", SHOTS, {}, once=f"board:{number}") for number in range(12)],
            return_exceptions=True,
        )
        bought = [job for job in found if isinstance(job, Job)]
        assert len(bought) == 6, "six may be open, and six can be paid"
        assert all(isinstance(each, BotError) for each in found if not isinstance(each, Job))
        assert len(await every_job(house, ann)) == 4 * len(bought)
        await check_money(house, ann)


async def test_what_the_gateway_took_nothing_for_costs_nothing_when_called_off(tmp_path: Path) -> None:
    """Called off on its way, it ends without being brought, at the price that it really had."""
    async with opened("sqlite", tmp_path) as (house, clock):
        ann = await house.member()
        house.gateway.submits.append(Accepted("task"))
        job = await house.place(ann)
        await house.worker.step()
        assert await house.orders.cancel(ann, job.id) == "muted"
        house.gateway.polls.append(replace(film(), refunded=True))
        clock.advance(61)
        await house.worker.step()
        assert (await house.settled(job, JobState.CANCELLED)).quote == 0
        assert await house.left(ann.account_id) == DAILY
        await house.balanced(ann.account_id, HOUSE)


async def test_who_prepares_too_much_at_once_orders_nothing(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as (house, _), AsyncExitStack() as stack:
        ann = await house.member()
        picture = await house.orders.keep_input(b"picture", "cat.png", "image")
        order, _, _ = house.orders.check("video", "film", "a cat", {}, (picture,))
        for number in range(PEOPLE_MOST):
            await stack.enter_async_context(house.orders.preparing.turn(str(number)))
        with pytest.raises(FilesBusy):
            await house.orders.place(ann, "1", order)
        assert await every_job(house, ann) == []
        await house.balanced(ann.account_id, HOUSE)
        await stack.aclose()
        assert (await house.orders.place(ann, "1", order)).inputs
