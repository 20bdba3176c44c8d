"""Films that come to nothing, and films that nearly do: what the person is told, in their language, and that they get their
credits back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from bots.texts import Texts
from tests.whole import scenes_film_families
from tests.whole.footage import portrait
from tests.whole.hands import File, Hands, Seen
from tests.whole.on_telegram import OnTelegram
from tests.whole.rig import Whole
from tests.whole.scenes_films import shown

pytestmark = pytest.mark.asyncio(loop_scope="package")

CONFIG = scenes_film_families.CONFIG
VEO = "veo-3.1-fast-generate-preview"
CONTENT = "GET /v1/videos/{id}/content"
LATE_S = 1_900
"""After the deadline of every model here."""


class Failure(NamedTuple):
    model: str
    directive: str
    key: str
    files: tuple[File, ...] = ()


FAILURES = (
    Failure("sora-2-4s", "[fail]", "error-task-failed"),
    Failure("sora-2-4s", "[refuse]", "error-moderated"),
    Failure("sora-2", "[fail]", "error-task-failed"),
    Failure("sora-2", "[no-link]", "error-task-failed"),
    Failure("grok-video-3", "[refuse]", "error-moderated"),
    Failure("sdance2-fast-15s", "[reason InputImageCopyright]", "error-copyrighted"),
    Failure("sdance2-fast-15s", "[reason OutputVideoRisk]", "error-withheld"),
    Failure("sdance2-fast-15s", "[reason OutputAudioRisk]", "error-sound-withheld"),
    Failure("seedance-2.0-fast", "[reason RejectFace]", "error-real-face", (portrait(),)),
    Failure("seedance-2.0-fast", "[reason InputTextRisk]", "error-moderated"),
    Failure(VEO, "[refuse]", "error-moderated"),
    Failure("gen4_turbo", "[fail]", "error-task-failed", (portrait(),)),
    Failure("gen4_turbo", "[reason SAFETY.INPUT.TEXT]", "error-moderated", (portrait(),)),
    Failure("kling-2.5", "[fail]", "error-task-failed"),
    Failure("kling-2.5", "[reason InvalidParameter.VoilationContent]", "error-moderated"),
)


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("platform", ["telegram"], indirect=True)
async def test_why_and_refunded(ann: Hands, whole: Whole, locale: str) -> None:
    """One person and one family after the other."""
    assert isinstance(ann, OnTelegram)
    ann.me = ann.where = ann.phone.person("Bo", locale)
    texts, before = Texts(), spent_by_people(ann)
    for number, failure in enumerate(FAILURES):
        words = f"scene {number} {failure.directive}"
        await ann.use("video", words, *failure.files, model=failure.model)
        expected = texts(locale, failure.key)
        await ann.until(lambda: len(told(ann, expected)) == 1, f"{failure}: {expected}")  # noqa: B023 # awaited here
        await ann.house.at_rest()
        assert spent_by_people(ann) == before, failure
        for seen in told(ann, expected):
            ann.phone.delete(seen.whose)
    assert not [seen for seen in ann.sees() if seen.kinds]


@pytest.mark.parametrize("platform", ["discord", "console"], indirect=True)
async def test_why_and_refunded_elsewhere(ann: Hands) -> None:
    before = spent_by_people(ann)
    await ann.use("video", "a cat [reason RejectFace]", model="seedance-2.0-fast")
    failed = await ann.hears(Texts()("en", "error-real-face"))
    assert spent_by_people(ann) == before
    assert not failed.kinds


def spent_by_people(ann: Hands) -> int:
    """Micros; what the house bears aside."""
    [(spent,)] = ann.house.rows(
        "SELECT COALESCE(-SUM(daily + kept), 0) FROM entries WHERE step IN ('hold', 'settle', 'excess')"
    )
    return int(spent)


def told(ann: Hands, words: str) -> list[Seen]:
    return [seen for seen in ann.sees() if words in seen.text]


# --- a result that is hard to find --------------------


@contextmanager
def linkless(whole: Whole) -> Iterator[None]:
    """Finished tasks show no link anywhere."""
    behaviour = whole.house.gateway.behaviour
    result, envelope = behaviour.video_result, behaviour.films.task_result
    behaviour.video_result, behaviour.films.task_result = "content", "content"
    try:
        yield
    finally:
        behaviour.video_result, behaviour.films.task_result = result, envelope


@pytest.mark.parametrize("model", ["sora-2-4s", "seedance-2.0-fast", VEO, "kling-2.5"])
async def test_without_a_link_the_gateway_hands_it_out(ann: Hands, whole: Whole, model: str) -> None:
    with linkless(whole):
        await ann.use("video", "a cat on a sofa", model=model)
        shown(await ann.gets("a cat on a sofa"))
    asked = [seen.route for seen in ann.house.gateway.requests if seen.method == "GET"]
    assert asked.count(CONTENT) == 1


@contextmanager
def inside(whole: Whole) -> Iterator[None]:
    """The gateway's links lead into somebody's own network."""
    whole.house.gateway.behaviour.files_base_url = "http://10.1.2.3:8000"
    try:
        yield
    finally:
        whole.house.gateway.behaviour.files_base_url = None


async def test_an_address_that_nobody_reaches_is_not_asked(ann: Hands, whole: Whole) -> None:
    """The gateway hands its tasks' films out by itself too."""
    with inside(whole):
        await ann.use("video", "a cat on a chair", model="kling-2.5")
        shown(await ann.gets("a cat on a chair"))


@pytest.mark.parametrize("platform", ["telegram"], indirect=True)
async def test_an_address_that_nobody_reaches_is_the_operators_to_mend(ann: Hands, whole: Whole) -> None:
    """Nothing is fetched from inside the operator's network; the owner is told which host it was."""
    assert isinstance(ann, OnTelegram)
    boss = ann.phone.person("Boss")
    await whole.house.bot.services.directory.set_owners([("telegram", str(boss.id))])
    ann.phone.say(boss, boss, "/start")
    before = spent_by_people(ann)
    with inside(whole):
        await ann.use("video", "a cat on a roof", model="grok-imagine-1.0-video")
        await ann.hears(Texts()("en", "error-not-public"))
    assert spent_by_people(ann) == before
    await ann.until(lambda: any("10.1.2.3" in seen.text for seen in ann.phone.from_bot(boss)), "a note to the owner")


# --- late --------------------
# The last one: what Telegram delivers after such a jump of the clock is old.


async def test_late_and_found_when_asked_for(ann: Hands, whole: Whole) -> None:
    """It took too long, so the credits are back; somebody presses, it is there, and costs nothing."""
    before = spent_by_people(ann)
    await ann.use("video", "a slow snail [never]", model="kling-2.5")
    await ann.behind_the_scenes(lambda: ann.house.rows("SELECT 1 FROM jobs WHERE state = 'waiting'"))
    await whole.in_seconds(LATE_S)
    whole.house.bot.core.store.wake("jobs")
    expired = await ann.hears(Texts()("en", "error-task-expired"))
    assert spent_by_people(ann) == before
    (task_id,) = ann.house.rows("SELECT task_id FROM jobs ORDER BY number DESC LIMIT 1")[0]
    task = whole.house.gateway.films.get(str(task_id))
    assert task is not None
    task.endless = False
    await ann.press(expired, "Check again")
    shown(await ann.gets("a slow snail"))
    assert spent_by_people(ann) == before
