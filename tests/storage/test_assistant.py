"""What the assistant keeps: facts, summaries, tool calls that wait for a press, reminders, and what its tools ordered."""

from __future__ import annotations

import asyncio

from core.assistant import Memory, ProposalState, Reminder, Summary
from core.values import Notice, TurnState
from storage.engine import OpenStore
from tests.storage.examples import PLACE, job, person, proposal, sender, turn

# --- memories --------------------


async def test_memories_are_kept_once_and_few(store: OpenStore) -> None:
    def fact(id_: str, text: str, who: str = "p1") -> Memory:
        return Memory(id_, who, text, 7)

    async with store.begin() as tx:
        memories = tx.memories
        assert await memories.add(fact("b", "likes 茶, isn't fond of \x00"), 2)
        assert await memories.add(fact("a", "lives in Wien"), 2)
        assert await memories.add(fact("c", "lives in Wien"), 2)
        assert not await memories.add(fact("d", "one too many"), 2)
        assert await memories.add(fact("e", "lives in Wien", "p2"), 2)
        assert [(each.id, each.created_ms) for each in await memories.of_person("p1")] == [("b", 7), ("a", 7)]
        assert (await memories.of_person("p1"))[1] == fact("a", "lives in Wien")
        assert not await memories.drop("p2", "a")
        assert await memories.drop("p1", "a")
        assert not await memories.drop("p1", "a")
        assert await memories.add(fact("d", "has room again"), 2)
        assert [each.id for each in await memories.of_person("p2")] == ["e"]


async def test_many_memories_at_once_fill_what_there_is(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.people.add_person(person(), sender())

    async def remember(number: int) -> bool:
        async with store.begin() as tx:
            return await tx.memories.add(Memory(f"m{number}", "p1", f"fact {number // 2}", number), 3)

    told = await asyncio.gather(*(remember(number) for number in range(12)))
    async with store.read() as tx:
        kept = await tx.memories.of_person("p1")
    assert len({each.text for each in kept}) == len(kept) == 3
    assert 3 <= sum(told) <= 6


# --- summaries --------------------


async def test_the_last_summary_of_a_branch_counts(store: OpenStore) -> None:
    async with store.begin() as tx:
        save, summary = tx.conversations.save_summary, tx.conversations.summary
        for id_ in ("a", "b", "c"):
            await tx.conversations.add_turn(turn(id_, state=TurnState.DONE))
        assert await summary([]) is None
        assert await summary(["a", "b"]) is None
        await save(Summary("c", "of c", 3))
        await save(Summary("a", "of a", 1))
        await save(Summary("a", "of a, better", 2))
        assert await summary(["a", "b", "c"]) == Summary("c", "of c", 3)
        assert await summary(["c", "a", "b"]) == Summary("a", "of a, better", 2)
        await save(Summary("none", "of no turn", 1))
        assert await summary(["none"]) is None


async def test_what_is_to_be_forgotten_is_not_summed_up_again(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.conversations.add_turn(turn())
        await tx.conversations.save_summary(Summary("t1", "words", 1))
        await tx.conversations.save_summary(Summary("t1", "", 2))
        await tx.conversations.save_summary(Summary("t1", "words that come late", 3))
        assert await tx.conversations.summary(["t1"]) == Summary("t1", "", 2)


# --- proposals --------------------


async def test_a_proposal_waits_for_one_press(store: OpenStore) -> None:
    first = proposal(arguments={"prompt": '说 "no" 100%_\\\'', "list": [1, None, 2.5]})
    async with store.begin() as tx:
        assert await tx.proposals.add(first)
        assert not await tx.proposals.add(proposal(title="the same call again"))
        assert await tx.proposals.add(proposal("o0"))
        assert await tx.proposals.add(proposal("other", turn_id="t2"))
        assert await tx.proposals.get("o1") == first
        assert await tx.proposals.get("none") is None
        assert [each.id for each in await tx.proposals.of_turn("t1")] == ["o1", "o0"]
        await tx.proposals.shown("o1", "901")
        assert await tx.proposals.end("o0", ProposalState.DECLINED)
        assert not await tx.proposals.end("o0", ProposalState.DONE)
        assert not await tx.proposals.end("none", ProposalState.DONE)
        shown, declined = await tx.proposals.of_turn("t1")
        assert (shown.message_id, shown.state) == ("901", ProposalState.OPEN)
        assert declined.state is ProposalState.DECLINED

    async def press() -> bool:
        async with store.begin() as tx:
            return await tx.proposals.end("o1", ProposalState.DONE)

    assert sum(await asyncio.gather(*(press() for _ in range(8)))) == 1


async def test_old_proposals_are_swept(store: OpenStore) -> None:
    async with store.begin() as tx:
        for number in range(4):
            await tx.proposals.add(proposal(f"o{number}", created_ms=number))
        await tx.proposals.end("o0", ProposalState.DONE)
        assert await tx.proposals.sweep(2) == 2
        assert await tx.proposals.sweep(2) == 0
        assert [each.id for each in await tx.proposals.of_turn("t1")] == ["o2", "o3"]


# --- reminders --------------------


async def test_reminders_lie_among_the_notices(store: OpenStore) -> None:
    def remind(id_: str, due_ms: int, who: str = "p1") -> Notice:
        return Notice(id_, "reminder", {"text": f"tea {id_}"}, who, PLACE, due_ms)

    async with store.begin() as tx:
        notices = tx.notices
        await notices.add([remind("late", 90), remind("soon", 50), remind("theirs", 60, "p2")])
        await notices.add([Notice("other", "notice", {"text": "no reminder"}, "p1", PLACE, 40)])
        assert await notices.reminders("p1") == [
            Reminder("soon", "tea soon", 50, PLACE),
            Reminder("late", "tea late", 90, PLACE),
        ]
        assert not await notices.drop_reminder("p1", "theirs")
        assert not await notices.drop_reminder("p1", "other")
        assert await notices.drop_reminder("p1", "soon")
        assert not await notices.drop_reminder("p1", "soon")
        await notices.add([remind("soon", 50)])
        assert {each.id for each in await notices.claim(99, 200, 9)} == {"other", "late", "theirs"}
        await notices.done("late")
        assert await notices.reminders("p1") == []


async def test_a_reminder_without_a_place(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.notices.add([Notice("n1", "reminder", {}, "p1", due_ms=5)])
        assert await tx.notices.reminders("p1") == [Reminder("n1", "", 5)]


# --- what tools ordered --------------------


async def test_the_jobs_of_an_answer(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.jobs.add(job("b", turn_id="t1"))
        await tx.jobs.add(job("a", turn_id="t1", continues="b"))
        await tx.jobs.add(job("c", turn_id="t2"))
        await tx.jobs.add(job("by hand"))
        first, second = await tx.jobs.of_turn("t1")
        assert first == job("b", turn_id="t1")
        assert second == job("a", turn_id="t1", continues="b")
        assert await tx.jobs.of_turn("") == []
        saved = await tx.jobs.save(job("a", turn_id="other", continues="other", transcript="a\nb\t字\\"), 0)
        assert saved
        kept = await tx.jobs.get("a")
        assert kept == job("a", turn_id="t1", continues="b", transcript="a\nb\t字\\", version=1)
