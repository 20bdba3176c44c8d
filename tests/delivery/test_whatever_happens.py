"""What was delivered, joined, is what the model said: over random answers, speeds, faults, and deaths of the process."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.answers import Answers
from bots.outlet import Surface
from bots.pace import Pacer
from bots.surfaces import DISCORD, RATES, TELEGRAM
from core.values import Ending, Place, TurnState
from tests.delivery.backstage import Backstage, People, pictures
from tests.delivery.samples import Writer, words_of
from tests.delivery.scripted import CHANNEL, DM, GROUP, PlainTexts, Script, ScriptedTurns, turn_of
from tests.delivery.virtual import LoopClock, run, until
from tests.delivery.world import DiscordShape, Fault, StrictOutlet, TelegramShape, World

HARMLESS: list[Fault] = ["flood", "lost", "away", "gone-message"]
"""Nothing was done."""

LIVES = 6


@dataclass
class Case:
    """One answer's fate. `faults` and `deaths`: what the n-th call (of all lives) meets; `write_deaths`: the process ends at
    the n-th write of its record."""

    place: Place
    seed: int
    blocks: int
    per_s: float
    size: int
    ending: Ending
    restart_after: int = 0
    faults: dict[int, Fault] = field(default_factory=dict)
    write_deaths: set[int] = field(default_factory=set)

    @property
    def surface(self) -> Surface:
        return DISCORD if self.place.platform == "discord" else TELEGRAM


PLACES = st.sampled_from([DM, GROUP, CHANNEL, replace(CHANNEL, private=True, thread="")])


@st.composite
def cases(draw: st.DrawFn, faults: list[Fault], deaths: bool) -> Case:
    return Case(
        place=draw(PLACES),
        seed=draw(st.integers(0, 2**32)),
        blocks=draw(st.integers(1, 40)),
        per_s=draw(st.sampled_from([2.0, 15.0, 80.0, 500.0])),
        size=draw(st.sampled_from([1, 6, 40, 400])),
        restart_after=draw(st.sampled_from([0, 0, 20, 150])) if not faults else 0,
        ending=draw(st.sampled_from([Ending.COMPLETE, Ending.COMPLETE, Ending.CUT, Ending.STOPPED])),
        faults=draw(st.dictionaries(st.integers(1, 25), st.sampled_from(faults), max_size=6)) if faults else {},
        write_deaths=draw(st.sets(st.integers(1, 10), max_size=LIVES - 2)) if deaths else set(),
    )


def world_of(case: Case) -> World:
    shape = DiscordShape() if case.place.platform == "discord" else TelegramShape()
    return World(case.surface, shape, latency_s=(0.0, 0.08), dedupes=case.place.platform == "discord")


def play(case: Case, stage: Backstage | None = None, **changes: Any) -> tuple[World, ScriptedTurns, str]:
    """The answer's life, over as many lives of the process as it takes; returns what the model said in the end. `stage`:
    what stands behind its cards and pictures; `changes` of the turn."""
    text = Writer(case.seed).text(case.blocks, cut=case.ending is not Ending.COMPLETE)
    size = max(case.size, len(text) // 200)
    pieces = [(1 / case.per_s, text[at : at + size]) for at in range(0, len(text), size)]
    world, turns = world_of(case), ScriptedTurns()
    turn = turns.add(turn_of(case.place, **changes), Script(pieces, case.ending, case.restart_after))
    writes = iter(range(1, 10_000))
    died = asyncio.Event()

    def write_kills(name: str) -> bool:
        if next(writes) in case.write_deaths:
            died.set()
            return True
        return False

    def decide(method: str, number: int) -> Fault | None:
        fault = case.faults.get(number)
        return None if fault == "gone-message" and method != "edit" else fault

    world.decide = decide
    world.on_death = died.set
    turns.dead = write_kills

    async def life(first: bool) -> None:
        clock = LoopClock()
        died.clear()
        outlets = {case.surface.platform: StrictOutlet(world)}
        answers = Answers(
            turns, outlets, Pacer(clock, RATES), PlainTexts(), clock, behind=stage.behind() if stage else None
        )
        if first:
            answers.start(turn)
        else:
            await answers.recover()
        await until(lambda: not answers.running or died.is_set())
        await answers.close(0)

    async def main() -> None:
        for number in range(50):
            await life(first=number == 0)
            if turns.turns[turn.id].state is TurnState.DONE:
                return
            await asyncio.sleep(61)  # its lease runs out
        raise AssertionError("never delivered")

    run(main)
    return world, turns, turns.turns[turn.id].answer


def check_whole(world: World, said: str, *, twice: int = 0) -> None:
    """`twice`: so many messages may be there once more."""
    expected = words_of(said)
    texts: list[str] = []
    beside: set[str] = set()
    for message in world.messages.values():
        if message.contents:
            assert message.contents[0].decode() == said
            expected = expected[: len(set(words_of(" ".join(texts))))]  # the beginning as text
            continue
        texts.append(message.text)
        for entity in message.rendered.entities:  # addresses and languages: there, but not in the text
            beside.update(words_of("".join(entity.extra.values())))
    shown = words_of(" ".join(texts))
    visible = set(shown)
    assert not [word for word in expected if word not in visible and word not in beside]
    told = [word for word in dict.fromkeys(shown) if word in set(expected)]
    assert told == [word for word in expected if word in visible]
    if not twice:
        assert len(shown) == len(visible)
        assert visible <= set(words_of(said))
    assert world.problems == []


EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@EXAMPLES
@given(cases(faults=[], deaths=False))
def test_without_faults_each_word_is_there_once_in_order_and_no_call_is_refused(case: Case) -> None:
    world, _, said = play(case)
    check_whole(world, said)
    assert world.refusals == []


@EXAMPLES
@given(cases(faults=HARMLESS, deaths=False))
def test_calls_that_fail_cost_no_word_and_double_none(case: Case) -> None:
    world, _, said = play(case)
    gone = any(fault == "gone-message" for fault in case.faults.values())
    check_whole(world, said, twice=int(gone))  # a message that was said to be gone is sent anew


@EXAMPLES
@given(cases(faults=[*HARMLESS, "done-lost"], deaths=False))
def test_lost_answers_cost_no_word(case: Case) -> None:
    world, turns, said = play(case)
    gone = sum(fault == "gone-message" for fault in case.faults.values())
    check_whole(world, said, twice=world.lost + gone)
    expected_parts = len([part for part in turns.written["turn000000000001"].values() if part.final])
    assert len(world.messages) <= expected_parts + world.lost + gone


@EXAMPLES
@given(cases(faults=[*HARMLESS, "done-lost", "die", "done-die", "die", "done-die"], deaths=True))
def test_deaths_of_the_process_cost_no_word_of_what_was_kept(case: Case) -> None:
    world, turns, said = play(case)
    check_whole(world, said, twice=1)
    turn = turns.turns["turn000000000001"]
    if turn.ending is Ending.INTERRUPTED:
        assert any("[answer-interrupted]" in text for text in world.texts())
    expected_parts = len([part for part in turns.written[turn.id].values() if part.final])
    deaths = len(case.write_deaths) + sum(fault.endswith("die") for fault in case.faults.values())
    gone = sum(fault == "gone-message" for fault in case.faults.values())
    assert len(world.messages) <= expected_parts + world.lost + deaths + gone


# --- with all that stands beside the words --------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


THOUGHTS = "first I think about **foxes** ||and|| then @bob\n\n```\n" * 40


def check_with_all(case: Case, folder: Path, *, twice: bool) -> None:
    """Thoughts, pictures, cards and a price line: each there, doubled only by a call whose answer was lost, and the words as
    whole and in order as without them."""
    stage = Backstage(folder, People({"thoughts": True, "cost": True, "voice": False}))
    turn = turn_of(case.place)
    job, asked = stage.order(turn), stage.propose(turn)
    world, _, said = play(case, stage, thoughts=THOUGHTS, effort="high", media=pictures(12))
    words = World(world.surface, messages={}, problems=world.problems)
    albums: list[int] = []
    cards: list[str] = []
    for message in world.messages.values():
        if any(file.name.startswith("picture-") for file in message.files):
            albums.append(len(message.files))
        elif any(button.data.startswith(("job:", "prop:")) for row in message.buttons for button in row):
            cards.append(message.text.split()[0])
        else:
            words.messages[message.id] = message
    check_whole(words, said, twice=2 if twice else 0)
    assert set(albums) == {10, 2}
    assert set(cards) == {"[job-accepted", "[proposal-ask"}
    assert stage.jobs.rows[job.id].ack_id and stage.proposals.rows[asked.id].message_id
    folds = [message for message in words.messages.values() if "💭" in message.text and words_of(message.text)]
    assert folds[:1] == [message for message in words.messages.values() if words_of(message.text)][:1]
    again = world.lost + len(case.write_deaths) + sum(fault.endswith("die") for fault in case.faults.values())
    assert len(albums) + len(cards) <= 4 + again
    if not twice:
        assert (len(albums), len(cards)) == (2, 2)


FEWER = settings(EXAMPLES, max_examples=20)


@FEWER
@given(cases(faults=[], deaths=False))
def test_what_stands_beside_the_words_is_there_once(folder: Path, case: Case) -> None:
    check_with_all(case, folder, twice=False)


@FEWER
@given(cases(faults=[*HARMLESS, "done-lost", "die", "done-die"], deaths=True))
def test_what_stands_beside_the_words_outlives_deaths(folder: Path, case: Case) -> None:
    check_with_all(case, folder, twice=True)
