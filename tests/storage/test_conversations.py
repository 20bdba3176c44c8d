"""A tree of turns, one running turn in a lane, checkpoints, and the messages that carry answers."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from core.values import Artifact, Conversation, Deed, Ending, JobState, Part, Place, SentPart, TurnState, Usage
from storage.engine import OpenStore
from tests.clocks import FakeClock
from tests.storage.examples import PLACE, job, turn

QUEUED, RUNNING, ANSWERED, DONE, DROPPED = TurnState
NOW = 1_800_000_000_000


async def test_a_scope_has_one_conversation(store: OpenStore) -> None:
    async def open_it(new_id: str) -> Conversation:
        async with store.begin() as tx:
            return await tx.conversations.conversation("scope", new_id)

    found = await asyncio.gather(*(open_it(f"c{number}") for number in range(5)))
    assert len({each.id for each in found}) == 1
    id_ = found[0].id
    async with store.begin() as tx:
        await tx.conversations.set_head(id_, "t1")
        await tx.conversations.set_model(id_, "gpt-5")
        await tx.conversations.set_persona(id_, "tutor")
        await tx.conversations.set_effort(id_, "high")
        await tx.conversations.set_search(id_, True)
        await tx.conversations.set_system(id_, 'Answer 用中文, as "short" as can be.')
        expected = Conversation(
            id_, "scope", "t1", "gpt-5", "tutor", "high", True, 'Answer 用中文, as "short" as can be.'
        )
        assert await tx.conversations.conversation("scope", "new") == expected
        assert await tx.conversations.find("scope") == expected
        assert await tx.conversations.find("other") is None
        assert await tx.conversations.conversation_by_id(id_) == expected
        with pytest.raises(KeyError):
            await tx.conversations.conversation_by_id("none")


async def test_a_turn_comes_back_as_it_was_saved(store: OpenStore) -> None:
    first = turn(place=replace(PLACE, private=True), opening_id="9", locale="zh")
    later = replace(
        first,
        parent_id="t0",
        origin_id="56",
        question=(Part("text", "and"), Part("image", media="a" * 64)),
        state=ANSWERED,
        answer="because",
        ending=Ending.LENGTH,
        error_key="error",
        error_params={"limit": 3},
        usage=Usage(1, 2, 3, 4, 5, estimated=True),
        hold=50,
        cost=40,
        owner="you",
        lease_ms=77,
        shown=True,
        effort="max",
        search=True,
        system="in short",
        thoughts="perhaps",
        media=(Artifact("image", media="b" * 64, mime="image/png", width=3, thumbnail="c" * 64),),
        deeds=(Deed("draw", "drew a cat", "job:j1"), Deed("calculate", "42")),
        tainted=True,
    )
    async with store.begin() as tx:
        assert await tx.conversations.add_turn(first)
        assert await tx.conversations.turn("t1") == first
        assert await tx.conversations.save_turn(later, 0) == replace(later, version=1)
        assert await tx.conversations.save_turn(first, 0) is None
        kept = await tx.conversations.turn("t1")
        assert kept == replace(later, version=1)
        assert kept
        assert kept.place.private
        assert await tx.conversations.turn("none") is None


async def test_a_lane_holds_one_turn(store: OpenStore) -> None:
    async with store.begin() as tx:
        add = tx.conversations.add_turn
        assert await add(turn("a"))
        assert not await add(turn("b"))
        assert await add(turn("c", lane="other"))
        assert await add(turn("q1", state=QUEUED))
        assert await add(turn("q2", state=QUEUED))
        assert [each.id for each in await tx.conversations.lane("lane")] == ["a", "q1", "q2"]
        assert await tx.conversations.queued_lanes(["telegram"], 9) == []
        assert await tx.conversations.save_turn(turn("q1", state=RUNNING), 0) is None
        answered = await tx.conversations.save_turn(turn("a", state=ANSWERED), 0)
        assert answered
        assert not await add(turn("b"))
        assert await tx.conversations.queued_lanes(["telegram"], 9) == []
        await tx.conversations.finish("a")
        assert await tx.conversations.save_turn(answered, answered.version) is None
        assert [each.id for each in await tx.conversations.lane("lane")] == ["q1", "q2"]
        assert await tx.conversations.queued_lanes(["telegram"], 9) == ["lane"]
        assert await tx.conversations.queued_lanes(["discord"], 9) == []
        assert await tx.conversations.save_turn(turn("q1", state=RUNNING), 0)
        assert await tx.conversations.save_turn(turn("q2", state=RUNNING), 0) is None


async def test_only_an_answered_turn_is_finished(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.conversations.add_turn(turn())
        await tx.conversations.finish("t1")
        assert await tx.conversations.turn("t1") == turn()


async def test_many_questions_at_once_start_one_turn(store: OpenStore) -> None:
    async def ask(number: int) -> bool:
        async with store.begin() as tx:
            return await tx.conversations.add_turn(turn(f"t{number}"))

    assert sum(await asyncio.gather(*(ask(number) for number in range(12)))) == 1


async def test_a_dead_turn_steps_aside(store: OpenStore, clock: FakeClock) -> None:
    async with store.begin() as tx:
        await tx.conversations.add_turn(turn("dead", lease_ms=NOW + 1_000))
        assert not await tx.conversations.add_turn(turn("new"))
        clock.advance(1)
        assert await tx.conversations.add_turn(turn("new"))
        assert [each.id for each in await tx.conversations.lane("lane")] == ["new"]
        assert [
            each.id for each in await tx.conversations.claim_turns(["telegram"], "you", NOW + 1_000, NOW + 9_000, 9)
        ] == ["dead"]


async def test_history_follows_the_parents(store: OpenStore) -> None:
    async with store.begin() as tx:
        for number in range(6):
            await tx.conversations.add_turn(turn(f"t{number}", parent_id=f"t{number - 1}", state=DONE))
        await tx.conversations.add_turn(turn("branch", parent_id="t2", state=DONE))
        history = tx.conversations.history
        assert [each.id for each in await history("branch", 10)] == ["t0", "t1", "t2", "branch"]
        assert [each.id for each in await history("t5", 2)] == ["t4", "t5"]
        assert await history("none", 5) == []


async def test_a_long_history_is_read_from_its_end(store: OpenStore) -> None:
    async with store.begin() as tx:
        for number in range(1_000):
            await tx.conversations.add_turn(turn(f"t{number}", parent_id=f"t{number - 1}", state=DONE))
        read = [each.id for each in await tx.conversations.history("t999", 40)]
        assert read == [f"t{number}" for number in range(960, 1_000)]


async def test_files_of_question_and_answer_are_forgotten_with_the_turn(store: OpenStore) -> None:
    asked, drawn, small = "a" * 64, "b" * 64, "c" * 64
    async with store.begin() as tx:
        await tx.conversations.add_turn(turn(question=(Part("image", media=asked),)))
        answered = turn(state=DONE, media=(Artifact("image", media=drawn, thumbnail=small),))
        assert await tx.conversations.save_turn(answered, 0)
        await tx.jobs.add(job(state=JobState.DONE, inputs=(Part("image", media="job:j0"), Part("image", media=drawn))))
        assert await tx.people.forget("p1") == [asked, drawn, small]


async def test_checkpoints_save_many_answers_and_hear_what_should_stop(store: OpenStore) -> None:
    async with store.begin() as tx:
        for number in range(4):
            await tx.conversations.add_turn(turn(f"t{number}", lane=f"lane {number}"))
        await tx.conversations.save_turn(turn("t2", state=ANSWERED, answer="all of it"), 0)
        await tx.conversations.add_turn(turn("theirs", lane="theirs", owner="you"))
        assert await tx.conversations.request_stop(turn_id="t1") == ["t1"]
        texts = {"t0": ("so far", True), "t1": ("this", False), "theirs": ("no", True), "gone": ("no", True)}
        stopping = await tx.conversations.checkpoint("me", texts, ["t2", "t3"], NOW + 99)
        assert stopping == {"t1", "theirs", "gone"}
        t0, t1, t2, t3, theirs = [await tx.conversations.turn(id_) for id_ in ("t0", "t1", "t2", "t3", "theirs")]
        assert t0 == turn("t0", lane="lane 0", answer="so far", shown=True, lease_ms=NOW + 99)
        assert t1 == turn("t1", lane="lane 1", answer="this", stopping=True, lease_ms=NOW + 99)
        assert t2
        assert (t2.answer, t2.lease_ms) == ("all of it", NOW + 99)
        assert t3 == turn("t3", lane="lane 3")
        assert theirs == turn("theirs", lane="theirs", owner="you")
        assert await tx.conversations.checkpoint("me", {}, [], NOW) == set()


async def test_a_wish_to_stop_is_not_lost(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.conversations.add_turn(turn())
        await tx.conversations.request_stop(turn_id="t1")
        saved = await tx.conversations.save_turn(turn(question=(Part("text", "both"),)), 0)
        assert saved
        assert await tx.conversations.checkpoint("me", {"t1": ("", False)}, [], NOW) == {"t1"}


async def test_stop_ends_what_runs_and_drops_what_waits(store: OpenStore) -> None:
    other = Place("telegram", "-100", "8")
    async with store.begin() as tx:
        await tx.conversations.add_turn(turn("mine"))
        await tx.conversations.add_turn(turn("waits", state=QUEUED))
        await tx.conversations.add_turn(turn("theirs", lane="2", person_id="p2"))
        await tx.conversations.add_turn(turn("elsewhere", lane="3", place=other))
        await tx.conversations.add_turn(turn("over", lane="4", state=DONE))
        stop = tx.conversations.request_stop
        assert await stop() == []
        assert await stop(turn_id="mine", person_id="p2") == []
        assert await stop(place=PLACE, person_id="p1") == ["mine", "waits"]
        assert await stop(place=PLACE) == ["mine", "theirs"]
        dropped = await tx.conversations.turn("waits")
        assert dropped
        assert dropped.state is DROPPED
        assert await tx.conversations.save_turn(turn("waits"), 0) is None
        elsewhere = await tx.conversations.turn("elsewhere")
        assert elsewhere
        assert not elsewhere.stopping


async def test_a_dead_processs_turns_are_claimed(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.conversations.add_turn(turn("a", lane="1", lease_ms=50))
        await tx.conversations.add_turn(turn("b", lane="2", lease_ms=40, state=ANSWERED))
        await tx.conversations.add_turn(turn("c", lane="3", lease_ms=60))
        await tx.conversations.add_turn(turn("d", lane="4", lease_ms=0, state=DONE))
        claim = tx.conversations.claim_turns
        assert await claim(["discord"], "you", 50, 500, 9) == []
        claimed = await claim(["telegram"], "you", 50, 500, 9)
        assert [(each.id, each.owner, each.lease_ms, each.version) for each in claimed] == [
            ("a", "you", 500, 1),
            ("b", "you", 500, 1),
        ]
        assert await tx.conversations.save_turn(turn("a", answer="late"), 0) is None
        await tx.conversations.release("you")
        assert [each.id for each in await claim(["telegram"], "third", 0, 500, 1)] == ["a"]
        await tx.conversations.release("")
        assert [each.id for each in await claim(["telegram"], "third", 0, 500, 9)] == ["a", "b", "c"]


async def test_parts_and_links(store: OpenStore) -> None:
    async with store.begin() as tx:
        conversations = tx.conversations
        await conversations.add_turn(turn())
        await conversations.save_part("t1", SentPart(1, "101", 10, 20))
        await conversations.save_part("t1", SentPart(0, "100", 0, 10, final=True))
        await conversations.save_part("t1", SentPart(1, "102", 10, 25, final=True))
        await conversations.save_part("t1", SentPart(2, "", 25, 30))
        assert await conversations.parts("t1") == [
            SentPart(0, "100", 0, 10, final=True),
            SentPart(1, "102", 10, 25, final=True),
            SentPart(2, "", 25, 30),
        ]
        assert await conversations.linked(PLACE, "100") == "turn:t1"
        assert await conversations.linked(Place("telegram", "-100"), "102") == "turn:t1"
        assert await conversations.linked(Place("discord", "-100"), "102") is None
        assert await conversations.linked(PLACE, "") is None
        await conversations.link(PLACE, "100", "job:j1")
        assert await conversations.linked(PLACE, "100") == "job:j1"


async def test_the_turn_of_a_question_is_its_latest(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.conversations.add_turn(turn("a", state=DONE))
        await tx.conversations.add_turn(turn("b"))
        found = await tx.conversations.turn_of_question(PLACE, "55")
        assert found
        assert found.id == "b"
        assert await tx.conversations.turn_of_question(PLACE, "56") is None


async def test_replicas_that_start_a_lane_at_once_take_turns(store: OpenStore) -> None:
    async with store.begin() as tx:
        for number in range(3):
            await tx.conversations.add_turn(turn(f"q{number}", state=QUEUED))

    async def start_next() -> bool:
        async with store.begin() as tx:
            waiting = await tx.conversations.lane("lane")
            if any(each.state is not QUEUED for each in waiting):
                return False
            return bool(await tx.conversations.save_turn(replace(waiting[0], state=RUNNING), waiting[0].version))

    assert sum(await asyncio.gather(*(start_next() for _ in range(8)))) == 1
