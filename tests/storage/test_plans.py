"""What runs at every message and every poll looks into an index, never through a whole table."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core.assistant import Memory, ProposalState, Summary
from core.ports import Tx
from core.values import InboxEvent, JobState, SentPart, TurnState
from storage.engine import open_store
from storage.session import SQLITE, Params, Row, Session, fill
from storage.sqlite import bound
from storage.tx import SessionTx
from tests.clocks import FakeClock
from tests.storage.examples import CAUSE, PLACE, job, proposal, turn

Call = Callable[[Tx], Awaitable[Any]]

HOT: dict[str, Call] = {
    "inbox.add": lambda tx: tx.inbox.add([InboxEvent("telegram", "1", "2", "{}", 1)], "me", 1),
    "inbox.claim": lambda tx: tx.inbox.claim("telegram", "me", 1, 2, 3),
    "inbox.done": lambda tx: tx.inbox.done("telegram", "1"),
    "inbox.sweep": lambda tx: tx.inbox.sweep(1),
    "people.person_of": lambda tx: tx.people.person_of("telegram", "1"),
    "people.find": lambda tx: tx.people.find("telegram", "@ada"),
    "people.group": lambda tx: tx.people.group(PLACE),
    "ledger.top_up": lambda tx: tx.ledger.top_up("person:p1", "1", 2, 3),
    "ledger.hold": lambda tx: tx.ledger.hold("r", "person:p1", 0, CAUSE, 1),
    "ledger.held": lambda tx: tx.ledger.held("r"),
    "ledger.settle": lambda tx: tx.ledger.settle("r", 1, 2),
    "ledger.meter": lambda tx: tx.ledger.meter("key", "day", 1, 2, 3),
    "ledger.spent": lambda tx: tx.ledger.spent(0, person_id="p1"),
    "ledger.spent today": lambda tx: tx.ledger.spent(5),
    "ledger.entries_sum": lambda tx: tx.ledger.entries_sum("person:p1"),
    "conversations.conversation": lambda tx: tx.conversations.conversation("scope", "c"),
    "conversations.add_turn": lambda tx: tx.conversations.add_turn(turn()),
    "conversations.save_turn": lambda tx: tx.conversations.save_turn(turn(), 0),
    "conversations.lane": lambda tx: tx.conversations.lane("lane"),
    "conversations.history": lambda tx: tx.conversations.history("t", 9),
    "conversations.find": lambda tx: tx.conversations.find("scope"),
    "conversations.summary": lambda tx: tx.conversations.summary(["t", "u"]),
    "conversations.save_summary": lambda tx: tx.conversations.save_summary(Summary("x1", "words", 1)),
    "conversations.search": lambda tx: tx.conversations.search("p1", "c1", ["sky"], 9),
    "conversations.checkpoint": lambda tx: tx.conversations.checkpoint("me", {"t": ("", True)}, ["u"], 1),
    "conversations.request_stop": lambda tx: tx.conversations.request_stop(place=PLACE, person_id="p1"),
    "conversations.claim_turns": lambda tx: tx.conversations.claim_turns(["telegram"], "me", 1, 2, 3),
    "conversations.queued_lanes": lambda tx: tx.conversations.queued_lanes(["telegram"], 9),
    "conversations.save_part": lambda tx: tx.conversations.save_part("t", SentPart(0, "1")),
    "conversations.linked": lambda tx: tx.conversations.linked(PLACE, "1"),
    "conversations.turn_of_question": lambda tx: tx.conversations.turn_of_question(PLACE, "1"),
    "jobs.add": lambda tx: tx.jobs.add(job()),
    "jobs.save": lambda tx: tx.jobs.save(job(), 0),
    "jobs.claim": lambda tx: tx.jobs.claim(
        "me", [JobState.WAITING, JobState.MODAL], 1, 2, 3, ["telegram"], untold=True
    ),
    "jobs.claim but for some": lambda tx: tx.jobs.claim(
        "me", [JobState.QUEUED], 1, 2, 3, not_families=["flux", "gemini"], not_pairs=[("gemini", "p1")]
    ),
    "jobs.renew": lambda tx: tx.jobs.renew("me", [("j", 1)], 2),
    "jobs.release": lambda tx: tx.jobs.release("me", 1),
    "jobs.next_due_ms": lambda tx: tx.jobs.next_due_ms(list(JobState), ["telegram"]),
    "jobs.count_open": lambda tx: tx.jobs.count_open("p1"),
    "jobs.of_person": lambda tx: tx.jobs.of_person("p1", 9),
    "jobs.of_turn": lambda tx: tx.jobs.of_turn("t"),
    "jobs.made": lambda tx: tx.jobs.made("p1", None, 10, 10),
    "jobs.made here": lambda tx: tx.jobs.made("p1", PLACE, 10, 10),
    "notices.reminders": lambda tx: tx.notices.reminders("p1"),
    "notices.drop_reminder": lambda tx: tx.notices.drop_reminder("p1", "n"),
    "memories.add": lambda tx: tx.memories.add(Memory("m", "p1", "fact", 1), 9),
    "memories.of_person": lambda tx: tx.memories.of_person("p1"),
    "proposals.add": lambda tx: tx.proposals.add(proposal()),
    "proposals.get": lambda tx: tx.proposals.get("o"),
    "proposals.of_turn": lambda tx: tx.proposals.of_turn("t"),
    "proposals.end": lambda tx: tx.proposals.end("o", ProposalState.DONE),
    "proposals.sweep": lambda tx: tx.proposals.sweep(1),
    "notices.claim": lambda tx: tx.notices.claim(1, 2, 3),
    "media.prolong": lambda tx: tx.media.prolong(["a"], 1),
    "media.expired": lambda tx: tx.media.expired(1, 2),
    "media.oldest": lambda tx: tx.media.oldest(2),
    "media.drop": lambda tx: tx.media.drop(["k"]),
}


WALKED = {"jobs_owner", "media_age", "turns_lane"}
"""Indexes that may be walked through: of claimed jobs and open turns only, and in the very order that is asked for."""

INDEX = {
    "inbox.claim": "inbox_open",
    "conversations.lane": "turns_lane",
    "conversations.request_stop": "turns_place",
    "conversations.claim_turns": "turns_lease",
    "conversations.queued_lanes": "turns_lane",
    "jobs.claim": "jobs_due (state=? AND due_ms<?)",
    "jobs.claim but for some": "jobs_due (state=? AND due_ms<?)",
    "jobs.made": "jobs_made (person_id=?)",
    "jobs.made here": "jobs_made_here (person_id=? AND platform=? AND chat=?)",
    "jobs.count_open": "jobs_open",
    "conversations.history": "SEARCH turns USING INDEX sqlite_autoindex_turns_1 (id=?)",
    "conversations.search": "turns_conversation (conversation_id=? AND number<?)",
    "jobs.of_turn": "jobs_turn",
    "notices.reminders": "notices_reminders",
    "notices.claim": "notices_due",
}
"""Where SQLite could take a worse one: of all rows there ever were, instead of those that are open."""


class ExplainingSession(Session):
    def __init__(self, file: sqlite3.Connection) -> None:
        super().__init__()
        self._file = file
        self.plans: list[str] = []

    async def _execute(self, sql: str, params: Params | Sequence[Params]) -> list[Row]:
        one = params if isinstance(params, Mapping) else params[0]
        filled = fill(sql, SQLITE)
        plan = self._file.execute(f"EXPLAIN QUERY PLAN {filled}", bound(one)).fetchall()
        self.plans += [step[-1] for step in plan]
        return self._file.execute(filled, bound(one)).fetchall()


@pytest.mark.parametrize("name", HOT)
async def test_no_hot_call_scans_a_table(name: str, tmp_path: Path) -> None:
    path = tmp_path / "starlight.db"
    async with open_store(f"sqlite:///{path}", FakeClock()) as store, store.begin() as tx:
        for number in range(50):
            await tx.jobs.add(job(f"x{number}", state=JobState.DONE))
            await tx.conversations.add_turn(turn(f"x{number}", state=TurnState.DONE))
    with closing(sqlite3.connect(path)) as file:
        session = ExplainingSession(file)
        await HOT[name](SessionTx(session, FakeClock()))
        tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    scans = [plan for plan in session.plans if plan.startswith("SCAN") and plan.split()[1] in tables]
    assert [plan for plan in scans if plan.split()[-1] not in WALKED] == []
    assert any(INDEX.get(name, "") in plan for plan in [*session.plans, ""]), session.plans
