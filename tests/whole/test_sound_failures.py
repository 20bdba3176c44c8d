"""Songs, speech and transcripts that come to nothing: what the person is told, in their language, and that they get their
credits back."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from bots.sandbox.faults import HTML_PAGE, Reply
from bots.texts import Texts
from tests.reading import samples
from tests.whole import scenes_sounds
from tests.whole.hands import File, Hands
from tests.whole.on_telegram import OnTelegram
from tests.whole.rig import Whole
from tests.whole.scenes_sounds import CLONE, MINIMAX, MUSIC, SPEECH
from tests.whole.test_film_failures import spent_by_people, told
from tests.whole.wire import asked

pytestmark = pytest.mark.asyncio(loop_scope="package")

CONFIG = scenes_sounds.CONFIG
HEARING = "/v1/audio/transcriptions"
PAGE = Reply(200, HTML_PAGE.format(title="New API"))
"""What a gateway of this kind shows at a path that it does not know (gateway contract, audio 1.4)."""


class Failure(NamedTuple):
    """`fault`: of the route, once; else the words of the order say what goes wrong."""

    command: str
    model: str
    words: str
    key: str
    path: str = ""
    fault: Reply | None = None
    params: dict[str, str] = {}  # noqa: RUF012 # never changed


def memo(seconds: float) -> File:
    return File("document", "memo.mp3", "audio/mpeg", samples.tune("mp3", "mp3", seconds))


def of(number: int) -> Reply:
    """MiniMax's own words, which are a success of HTTP."""
    return Reply(200, {"base_resp": {"status_code": number, "status_msg": "told so"}, "data": None})


def busy(status: int) -> Reply:
    return Reply(status, {"error": {"message": "upstream error", "type": "new_api_error", "code": "do_request_failed"}})


FAILURES = (
    Failure("music", "suno-v4", "rain [fail]", "error-task-failed"),
    Failure("music", "suno-v4", "rain [refuse]", "error-moderated"),
    Failure("music", "suno-v4", "rain", "error-gateway-model", "/suno/submit/{action}", PAGE, {"model": "suno-v4"}),
    Failure("lyrics", "suno-lyrics", "rain [fail]", "error-task-failed"),
    Failure("lyrics", "minimax-lyrics", "rain [refuse]", "error-moderated"),
    Failure("music", "music-2.6", "rain [code 1027]", "error-withheld"),
    Failure("music", "music-2.6", "rain", "error-moderated", MUSIC, of(1026)),
    Failure("music", "lyria-3-clip-preview", "rain [refuse]", "error-moderated"),
    Failure("say", "speech-2.8-hd", "rain [code 1008]", "error-gateway-funds"),
    Failure("say", "speech-2.8-hd", "rain", "error-gateway-request", MINIMAX, of(2013)),
    Failure("say", "tts-1", "rain [refuse]", "error-moderated"),
    Failure("say", "tts-1", "rain", "error-gateway-down", SPEECH, busy(500)),
    Failure("say", "gemini-2.5-flash-preview-tts", "rain [refuse]", "error-moderated"),
)


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("platform", ["telegram"], indirect=True)
async def test_why_and_refunded(ann: Hands, whole: Whole, locale: str) -> None:
    """One person and one family after the other."""
    assert isinstance(ann, OnTelegram)
    ann.me = ann.where = ann.phone.person("Bo", locale)
    texts, before = Texts(), spent_by_people(ann)
    for number, failure in enumerate(FAILURES):
        if failure.fault:
            whole.house.gateway.behaviour.script(f"POST {failure.path}", failure.fault)
        await ann.use(failure.command, f"{number} {failure.words}", model=failure.model)
        expected = texts(locale, failure.key, **failure.params)
        await ann.until(lambda: len(told(ann, expected)) == 1, f"{failure}: {expected}")  # noqa: B023 # awaited here
        await ann.house.at_rest()
        assert spent_by_people(ann) == before, failure
        for seen in told(ann, expected):
            ann.phone.delete(seen.whose)
    assert not [seen for seen in ann.sees() if seen.kinds]


@pytest.mark.parametrize("platform", ["discord", "console"], indirect=True)
async def test_why_and_refunded_elsewhere(ann: Hands) -> None:
    before = spent_by_people(ann)
    await ann.use("music", "rain [reason too loud]", model="suno-v4")
    failed = await ann.hears(Texts()("en", "error-task-failed"))
    assert spent_by_people(ann) == before and not failed.kinds


@pytest.mark.parametrize("platform", ["telegram"], indirect=True)
async def test_one_good_song_of_a_task_that_failed_costs_nothing(ann: Hands) -> None:
    before = spent_by_people(ann)
    await ann.use("music", "rain [partial]", model="suno-v4")
    song = await ann.hears_file("audio")
    assert song.files and spent_by_people(ann) == before


@pytest.mark.parametrize("platform", ["telegram"], indirect=True)
async def test_one_part_of_a_long_text_that_is_not_spoken(ann: Hands) -> None:
    """The others are kept: tried again, only the missing one is asked for and paid."""
    before = spent_by_people(ann)
    words = "The first sentence is well and is spoken. " + "The second one is refused by the service [refuse]."
    await ann.use("say", words, model="tts-1-hd")
    failed = await ann.hears("could not be spoken")
    assert Texts()("en", "error-moderated") in failed.text
    once = spent_by_people(ann)
    assert len(asked(ann, SPEECH)) == 2 and once > before
    await ann.press(failed, "Try again")
    await ann.behind_the_scenes(lambda: len(asked(ann, SPEECH)) == 3)
    await ann.house.at_rest()
    assert asked(ann, SPEECH)[2]["input"] == asked(ann, SPEECH)[1]["input"] and spent_by_people(ann) == once


@pytest.mark.parametrize("platform", ["telegram"], indirect=True)
@pytest.mark.parametrize("refused", ["flag", "kind", "table"])
async def test_a_voice_that_is_refused_is_not_there(ann: Hands, whole: Whole, refused: str) -> None:
    """In a success, in each of three ways; its name is free again."""
    before, sounds = spent_by_people(ann), whole.house.gateway.behaviour.sounds
    sounds.clone_refused = refused  # type: ignore[assignment]
    try:
        await ann.use("voice", "clone Mum", memo(11))
        await ann.press(await ann.hears("agree"), "agreed")
        await ann.hears(Texts()("en", "error-moderated"))
    finally:
        sounds.clone_refused = ""
    assert spent_by_people(ann) == before and len(asked(ann, CLONE)) == 1 and not asked(ann, MINIMAX)
    assert not ann.house.rows("SELECT 1 FROM voices")


@pytest.mark.parametrize("platform", ["telegram"], indirect=True)
async def test_what_cannot_be_cloned_is_told_before_anything_is_asked_for(ann: Hands) -> None:
    await ann.uses("voice", "clone Mum", memo(3))
    assert not asked(ann, CLONE) and not [seen for seen in ann.sees() if "agree" in seen.text]
    assert "10" in ann.sees()[-1].text


@pytest.mark.parametrize("platform", ["telegram"], indirect=True)
async def test_a_recording_that_nobody_could_hear(ann: Hands, whole: Whole) -> None:
    before = spent_by_people(ann)
    whole.house.gateway.behaviour.script(f"POST {HEARING}", busy(500))
    await ann.use("transcribe", "", memo(0.5))
    await ann.hears(Texts()("en", "error-gateway-down"))
    assert spent_by_people(ann) == before
