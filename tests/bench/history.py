"""Long conversations: what a model is told, put together for a question after 50 turns and for one after 1,000, beside a
floor that only reads the rows of as many turns by their ids.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from core.accounts import person_account
from core.assistant import Summary
from core.catalog import ModelSpec, load_catalog
from core.lanes import Lanes
from core.ledger import Purse
from core.limits import LIMITS
from core.plans import Rules
from core.questions import Question
from core.values import Access, Ending, Part, Person, Place, Role, Sender, ToolSpec, Turn, TurnState
from storage.clock import SystemClock
from storage.engine import OpenStore, open_store
from tests.bench.tables import Aims, percentile, show, table

LENGTHS = (50, 1_000)
TOLD_WHOLE = 20
"""Turns after the last summary, in both."""
ANSWER = "It is so because of this, and that follows from it. " * 12
QUESTION = "Why is that so, and what follows from it for the next step?"
LOOKS = 300
RATIO_MOST = 1.2


class _Nothing:
    """Neither tools nor sounds."""

    async def offered(self, access: Access, spec: ModelSpec) -> tuple[ToolSpec, ...]:
        return ()

    def price(self, parts: Question, spec: ModelSpec) -> int:
        return 0


async def long_conversations(folder: Path, aims: Aims) -> None:
    path = folder / "history.db"
    clock, rules, catalog = SystemClock(), Rules(), load_catalog(None)
    async with open_store(f"sqlite:///{path}", clock) as store:
        lanes = Lanes(catalog, Purse(store, rules, clock), rules, _Nothing(), _Nothing(), clock, "bench", LIMITS)
        for length in LENGTHS:
            await _talk(store, catalog.default("chat").name, length)
        looks = {length: _look(store, lanes, catalog.default("chat").name, length) for length in LENGTHS}
        ours: dict[int, list[float]] = {length: [] for length in LENGTHS}
        floors: dict[int, list[float]] = {length: [] for length in LENGTHS}
        for _ in range(LOOKS):  # side by side, so that a busy moment of the machine is in both
            for length, look in looks.items():
                begun = time.perf_counter()
                await look()
                ours[length].append((time.perf_counter() - begun) * 1000)
                floors[length].append(_floor(path, length))
    rows = []
    for length in LENGTHS:
        shown = [f"{percentile(found[length], share):.2f} ms" for share in (0.5, 0.99) for found in (ours, floors)]
        ratio = percentile(ours[length], 0.5) / percentile(floors[length], 0.5)
        rows.append((f"after {length} turns", *shown, f"{ratio:.0f} x"))
    head = ("", "p50", "floor p50", "p99", "floor p99", "p50 / floor")
    show(table("The context of one question (SQLite, one summary, 20 turns told whole)", head, rows))
    short, long = (percentile(ours[length], 0.5) for length in LENGTHS)
    aims.most("context after 1,000 turns / after 50", long / short, RATIO_MOST, " x")


def _look(store: OpenStore, lanes: Lanes, model: str, length: int) -> Callable[[], Awaitable[None]]:
    asked = replace(_turn(length, model, length), parent_id=_id(length, length - 1))

    async def look() -> None:
        async with store.read() as tx:
            context = await lanes.context(tx, asked)
        assert len(context.messages) == 2 * TOLD_WHOLE + 1

    return look


def _floor(path: Path, length: int) -> float:
    """Milliseconds to read only question and answer of the last turns, by their ids, without a driver in between."""
    ids = [_id(length, number) for number in range(length - TOLD_WHOLE, length)]
    marks = ", ".join("?" for _ in ids)
    with sqlite3.connect(path) as connection:
        begun = time.perf_counter()
        rows = connection.execute(f"SELECT question, answer FROM turns WHERE id IN ({marks})", ids).fetchall()  # noqa: S608 # marks only
        assert len(rows) == TOLD_WHOLE
        return (time.perf_counter() - begun) * 1000


async def _talk(store: OpenStore, model: str, length: int) -> None:
    async with store.begin() as tx:
        sender = Sender("telegram", str(length))
        await tx.people.add_person(Person(f"p{length}", Role.MEMBER), sender)
        for number in range(length):
            await tx.conversations.add_turn(_turn(length, model, number))
        told = Summary(_id(length, length - TOLD_WHOLE - 1), "They spoke of causes and what follows. " * 20, 0)
        await tx.conversations.save_summary(told)


def _id(length: int, number: int) -> str:
    return f"{length}x{number}"


def _turn(length: int, model: str, number: int) -> Turn:
    return Turn(
        id=_id(length, number),
        conversation_id=f"c{length}",
        lane=f"lane {length}x{number}",
        parent_id=_id(length, number - 1) if number else "",
        person_id=f"p{length}",
        account_id=person_account(f"p{length}"),
        place=Place("telegram", str(length), private=True),
        origin_id=str(number),
        model=model,
        persona="",
        question=(Part("text", text=QUESTION),),
        state=TurnState.DONE,
        created_ms=number,
        answer=ANSWER,
        ending=Ending.COMPLETE,
    )
