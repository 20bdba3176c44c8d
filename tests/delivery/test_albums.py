"""What a job made is there with its buttons: over random results, faults, and deaths of the process that brings it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.deliver import Deliverer
from bots.ladder import files_of
from bots.outlet import Rendered
from bots.pace import Pacer
from bots.surfaces import DISCORD, RATES, TELEGRAM
from core.ports import DeliverLater, Media, Renditions, Store
from core.values import Artifact, Job, JobState, Place, RemoteButton
from tests.delivery.backstage import Backstage
from tests.delivery.samples import words_of
from tests.delivery.scripted import CHANNEL, DM, GROUP, PlainTexts, turn_of
from tests.delivery.virtual import LoopClock, run
from tests.delivery.world import DiscordShape, Fault, Message, StrictOutlet, TelegramShape, World

HARMLESS: list[Fault] = ["flood", "lost", "away"]
"""Nothing was done."""
LOSSES: list[Fault] = [*HARMLESS, "done-lost", "die", "done-die"]
LIVES = 40


@dataclass
class Case:
    """`made`: for each result whether it is words; `offers`: so many buttons of the gateway's; `faults`: what the n-th call
    meets."""

    place: Place
    made: list[bool]
    offers: int
    faults: dict[int, Fault] = field(default_factory=dict)


@st.composite
def cases(draw: st.DrawFn, faults: list[Fault]) -> Case:
    return Case(
        place=draw(st.sampled_from([DM, GROUP, CHANNEL])),
        made=draw(st.lists(st.sampled_from([False, False, True]), min_size=1, max_size=10)),
        offers=draw(st.sampled_from([0, 0, 9, 25])),
        faults=draw(st.dictionaries(st.integers(1, 12), st.sampled_from(faults), max_size=5)) if faults else {},
    )


def result(number: int, *, words: bool) -> Artifact:
    if words:
        return Artifact("text", text=" ".join(f"w{number:02}{word:04}" for word in range(200)))
    return Artifact("image", media=f"pic{number}", mime="image/png", size=100, width=4, height=3)


def play(case: Case, folder: Path) -> tuple[World, Job, tuple[str, ...]]:
    """As the worker does it: again after what passes, and by another process after a death."""
    stage, on_discord = Backstage(folder), case.place.platform == "discord"
    shape = DiscordShape() if on_discord else TelegramShape()
    world = World(DISCORD if on_discord else TELEGRAM, shape, latency_s=(0.0, 0.08), dedupes=on_discord)
    world.decide = lambda method, number: case.faults.get(number)
    ack = world.messages["ack"] = Message("ack", Rendered("working"))
    offers = tuple(RemoteButton(f"MJ::{number}", f"B{number}", "other") for number in range(case.offers))
    results = tuple(result(number, words=words) for number, words in enumerate(case.made))
    job = replace(
        stage.order(turn_of(case.place)), state=JobState.READY, results=results, buttons=offers, ack_id=ack.id
    )
    died = asyncio.Event()
    world.on_death = died.set

    async def life() -> tuple[str, ...] | None:
        """None: not yet."""
        clock = LoopClock()
        died.clear()
        deliverer = Deliverer(
            {case.place.platform: StrictOutlet(world)},
            Pacer(clock, RATES),
            PlainTexts(),
            clock,
            store=cast(Store, stage),
            media=cast(Media, stage),
            renditions=cast(Renditions, stage),
        )
        bringing = asyncio.ensure_future(deliverer.deliver(job))
        death = asyncio.ensure_future(died.wait())
        await asyncio.wait([bringing, death], return_when=asyncio.FIRST_COMPLETED)
        death.cancel()
        if not bringing.done():
            bringing.cancel()
            await clock.sleep(61)  # its lease runs out
            return None
        try:
            return bringing.result()
        except DeliverLater as later:
            await clock.sleep(later.after_s)
            return None
        finally:
            await deliverer.close(60)

    async def main() -> tuple[str, ...]:
        for _ in range(LIVES):
            if (sent := await life()) is not None:
                return sent
        raise AssertionError("never delivered")

    return world, job, run(main)


def pictures_in(message: Message, job: Job) -> list[str]:
    """Which of the job's pictures it carries: by their bytes, or by the id under which the platform had them already."""
    ids = {f"id-of-{name}": artifact.media for artifact, name in files_of(job)}
    pairs = zip(message.files, message.contents, strict=True)
    return [content.decode() or ids[file.file_id] for file, content in pairs]


def check(case: Case, folder: Path) -> None:
    world, job, ids = play(case, folder)
    messages = [message for message in world.messages.values() if message.id != "ack"]
    said = [word for artifact in job.results for word in words_of(artifact.text)]
    drawn = [artifact.media for artifact in job.results if artifact.kind == "image"]
    whole = [world.messages[message_id] for message_id in ids]
    assert [name for message in whole for name in pictures_in(message, job)] == drawn
    assert words_of(" ".join(message.text for message in whole)) == said
    carrying = [message for message in whole if message.buttons]
    assert len(carrying) == 1
    data = [button.data for row in carrying[0].buttons for button in row]
    assert len(set(data)) == len(data)
    assert [each for each in data if ":press:" in each] == [f"mj:{job.id}:press:{n}" for n in range(case.offers)]
    assert whole[0].reply_to == job.origin_id
    deaths = sum(fault.endswith("die") for fault in case.faults.values())
    assert len(messages) <= len(ids) * (1 + world.lost + deaths)
    assert world.messages["ack"].text.startswith("[deliver-done") or deaths  # which may come after the result
    assert world.problems == []
    if not case.faults:
        assert len(messages) == len(ids) and world.refusals == []


EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results")


@EXAMPLES
@given(cases(faults=[]))
def test_without_faults_each_result_is_there_once(folder: Path, case: Case) -> None:
    check(case, folder)


@EXAMPLES
@given(cases(faults=HARMLESS))
def test_calls_that_fail_double_nothing(folder: Path, case: Case) -> None:
    check(case, folder)


@EXAMPLES
@given(cases(faults=LOSSES))
def test_lost_answers_and_deaths_cost_no_result(folder: Path, case: Case) -> None:
    check(case, folder)
