"""Everything at once: people who write, edit, retry and stop while answers run, on two processes of one store."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest

from bots.sandbox.faults import Speech, error_reply
from core.errors import OverLimit
from core.plans import Plan, Rules
from core.values import Access, Asked, Joined, Queued, SentPart, Started, Turn, TurnState
from tests.core.talk import CHAT_ROUTE, GROUP, PLATFORMS, Talk, talking, words
from tests.stores import ENGINES

ACTIONS = 60
DAILY = 60_000
RULES = Rules(plans={"default": Plan(daily=DAILY, turns_per_minute=1_000)})
SPEECHES = (
    Speech(pieces=("yes",)),
    Speech(pieces=("a ", "long ", "answer ") * 20),
    Speech(pieces=("half",), cut_after=1),
    Speech(pieces=("half", "error"), error_after=1),
    Speech(pieces=()),
    error_reply(400, "invalid_request"),
    None,
)


class Storm:
    def __init__(self, processes: list[Talk], people: list[Access], random: Random) -> None:
        self.processes, self.people, self.random = processes, people, random
        self.lanes: set[asyncio.Task[None]] = set()
        self.accepted: dict[str, str] = {}  # text -> turn
        self.turns: list[str] = []
        self.numbers = iter(range(10_000))

    def start(self, talk: Talk, turn: Turn) -> None:
        task = asyncio.create_task(self.lane(talk, turn))
        self.lanes.add(task)
        task.add_done_callback(self.lanes.discard)

    async def lane(self, talk: Talk, turn: Turn) -> None:
        """What answers.py does."""
        following: Turn | None = turn
        while following is not None:
            turn = following
            ended: Turn | None = turn
            if turn.state is TurnState.RUNNING:
                async for draft in talk.turns.run(turn):
                    if draft.text and self.random.random() < 0.5:
                        talk.turns.shown(turn.id)
                ended = await talk.turns.outcome(turn.id)
            if ended is not None:
                await talk.turns.done(turn.id, SentPart(1, f"a:{turn.id}", 0, len(ended.answer), final=True))
            following = await talk.turns.next_in_lane(turn.lane)

    async def act(self) -> None:
        talk, access = self.random.choice(self.processes), self.random.choice(self.people)
        number = next(self.numbers)
        deed = self.random.random()
        try:
            if deed < 0.6:
                await self.ask(talk, access, number)
            elif deed < 0.75 and number:
                old = f"m{self.random.randrange(number)}"
                edited = await talk.chat.edited(
                    access, talk.incoming(access, message_id=old), words(f"edited {number}")
                )
                self.took(talk, edited, f"edited {number}")
            elif deed < 0.85 and self.turns:
                turn = await talk.row(self.random.choice(self.turns))
                if turn.person_id == access.person.id:
                    self.took(talk, await talk.chat.again(access, turn.id), "")
            elif deed < 0.95:
                await talk.chat.stop(access)
            else:
                await talk.turns.checkpoint()
        except OverLimit:
            pass

    async def ask(self, talk: Talk, access: Access, number: int) -> None:
        reply = f"a:{self.random.choice(self.turns)}" if self.turns and self.random.random() < 0.2 else ""
        asked = await talk.ask(access, f"text {number}", message_id=f"m{number}", reply_to=reply)
        self.took(talk, asked, f"text {number}")

    def took(self, talk: Talk, asked: Asked | None, text: str) -> None:
        if asked is None:
            return
        if isinstance(asked, Started):
            self.start(talk, asked.turn)
        assert isinstance(asked, Started | Joined | Queued)
        self.turns.append(asked.turn.id)
        if text:
            self.accepted[text] = asked.turn.id


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(4))
async def test_nothing_is_lost_and_every_micro_is_accounted_for(engine: str, seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    async with talking(engine, tmp_path, RULES) as talk:
        other = talk.another()
        people = [await talk.member("ann"), await talk.member("bob", GROUP), await talk.member("cid", GROUP)]
        storm = Storm([talk, other], people, random)
        storm.turns = [(await talk.talk(person, "hello")).id for person in people]
        talk.sandbox.behaviour.script(CHAT_ROUTE, *(random.choice(SPEECHES) for _ in range(ACTIONS)))
        actions: set[asyncio.Task[None]] = set()
        for _ in range(ACTIONS):
            actions.add(asyncio.create_task(storm.act()))
            for _ in range(random.randrange(60)):
                await asyncio.sleep(0)
        await asyncio.gather(*actions)
        while storm.lanes:
            await asyncio.gather(*storm.lanes)
        for process in (talk, other):  # what was asked in the moment when a lane became free
            for turn in await process.turns.recover(PLATFORMS):
                storm.start(process, turn)
        while storm.lanes:
            await asyncio.gather(*storm.lanes)
        assert await talk.sums(*(person.account_id for person in people)) == []
        rows = [await talk.row(turn_id) for turn_id in set(storm.turns)]
        assert {row.state for row in rows} <= {TurnState.DONE, TurnState.DROPPED}
        assert len(storm.accepted) > 10
        texts = {part.text for row in rows for part in row.question}
        later = {text for text in storm.accepted if text.startswith("edited")}
        assert later <= texts
        for row in rows:
            assert (row.cost <= row.hold) and (row.ending is not None or row.state is TurnState.DROPPED)
        assert talk.turns.running == other.turns.running == {}
        for person in people:
            paid = sum(row.cost for row in rows if row.account_id == person.account_id)
            assert await talk.balance(person.account_id) == DAILY - paid
