"""Words are looked for as they were written: no sign of a pattern or of JSON means anything."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core.questions import QUOTED, VOICE
from core.values import Part, TurnState
from storage.engine import OpenStore
from storage.search import FOUND_MOST, PAGE
from tests.storage.examples import turn

DONE = TurnState.DONE

SAID = {
    "percent": ("a discount of 50% today", "yes"),
    "plain": ("a discount of 500 today", "yes"),
    "underline": ("what is snake_case?", "a way to write"),
    "no underline": ("what is snakeXcase?", "a way to write"),
    "quotes": ('she said "no" twice', "who's she?"),
    "backslash": ("C:\\new folder", "a path"),
    "lines": ("first\nsecond\ttabbed", "fine"),
    "chinese": ("今天天气怎么样？", "晴，二十五度。"),
    "cyrillic": ("Привет, как дела?", "ПРЕКРАСНО"),
    "answer": ("?", "The Blue Whale weighs 150 tonnes"),
}


async def fill(store: OpenStore) -> None:
    async with store.begin() as tx:
        for id_, (question, answer) in SAID.items():
            parts = (Part("text", question), Part("document", media="f" * 64, name="report.pdf"))
            await tx.conversations.add_turn(turn(id_, question=parts, answer=answer, state=DONE))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["50%"], ["percent"]),
        (["%"], ["percent"]),
        (["discount", "today"], ["plain", "percent"]),
        (["discount", "yes", "%"], ["percent"]),
        (["snake_case"], ["underline"]),
        (["_"], ["underline"]),
        (['"no"'], ["quotes"]),
        (['"'], ["quotes"]),
        (["who's"], ["quotes"]),
        (["\\new"], ["backslash"]),
        (["\\"], ["backslash"]),
        (["first\nsecond\ttabbed"], ["lines"]),
        (["天气"], ["chinese"]),
        (["二十五", "今天"], ["chinese"]),
        (["BLUE", "whale"], ["answer"]),
        (["привет", "ДЕЛА", "прекрасно"], ["cyrillic"]),
        (["report"], []),
        (["document"], []),
        (["ffff"], []),
        (["kind"], []),
        (["text"], []),
        (["discount", "whale"], []),
        (["first\\nsecond"], []),
        (["", "snake_case"], ["underline"]),
        (["today " * 30], []),
        (["discount"] * 20 + ["%"], ["percent"]),
    ],
)
async def test_words_mean_themselves(store: OpenStore, words: Sequence[str], found: Sequence[str]) -> None:
    await fill(store)
    async with store.read() as tx:
        assert [each[0] for each in await tx.conversations.search("p1", "c1", words, 9)] == found


async def test_what_is_found(store: OpenStore) -> None:
    async with store.begin() as tx:
        parts = (
            Part("text", "a"),
            Part("text", "quoted by them", role=QUOTED),
            Part("image", media="f" * 64),
            Part("document", "words of a file", media="e" * 64),
            Part("audio", "b", media="d" * 64, role=VOICE),
        )
        await tx.conversations.add_turn(turn("one", question=parts, answer="A", state=DONE, created_ms=44))
        search = tx.conversations.search
        assert await search("p1", "c1", ["a"], 9) == [("one", 44, "a\nb", "A")]
        for theirs in ("quoted", "words of a file", "a\nb"):
            assert await search("p1", "c1", [theirs], 9) == []


async def test_only_this_persons_answered_turns_of_this_conversation(store: OpenStore) -> None:
    async with store.begin() as tx:
        for state in TurnState:
            await tx.conversations.add_turn(turn(state.value, lane=state.value, state=state))
        await tx.conversations.add_turn(turn("theirs", state=DONE, person_id="p2"))
        await tx.conversations.add_turn(turn("elsewhere", state=DONE, conversation_id="c2"))
        assert [each[0] for each in await tx.conversations.search("p1", "c1", ["sky"], 9)] == ["done", "answered"]
        await tx.people.forget("p1")
        assert await tx.conversations.search("p1", "c1", [], 9) == []


async def test_the_newest_few_among_many_that_only_seem_to_fit(store: OpenStore) -> None:
    """The word is in the name of each file, and in a few of the texts."""
    async with store.begin() as tx:
        for number in range(2 * PAGE + 30):
            text = "tulip" if number % 40 == 0 else "rose"
            parts = (Part("text", text), Part("document", name="tulip.pdf"))
            await tx.conversations.add_turn(turn(f"t{number}", question=parts, state=DONE))
        search = tx.conversations.search
        assert [each[0] for each in await search("p1", "c1", ["tulip"], 9)] == [
            "t200",
            "t160",
            "t120",
            "t80",
            "t40",
            "t0",
        ]
        assert [each[0] for each in await search("p1", "c1", ["tulip"], 2)] == ["t200", "t160"]
        assert len(await search("p1", "c1", ["rose"], 10_000)) == FOUND_MOST
