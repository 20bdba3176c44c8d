"""The pages about sound: the table is that of the catalogue, and every example is typed and orders what the page says."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bots.texts import LOCALES, Texts
from core.catalog import load_catalog
from core.limits import LIMITS
from core.own_voices import OWN
from core.plans import Plan
from core.reading_aloud import PAUSES_S, TEXT_CHARS
from core.rows import READERS
from core.song_film import MOST_S as FILM_S
from core.songs import SING
from core.speakers import CHOSEN
from core.speaking import SPOKEN_CHARS
from core.specs import Poll
from core.transcribing import MOST_S
from core.transcripts import MESSAGE_CHARS
from core.values import Artifact, Attachment, Job, JobState, Place, ReplyTo, Sender, Voice
from core.voice_keeping import DAY_MS, UNUSED_MS
from core.voices import NAME_CHARS, VOICES_MOST
from tests.commands.rig import HeldClock, Rig
from tests.core.test_transcribing import sound
from tests.docs import sound_rows
from tests.docs.pages import blocks, code_spans, text_of
from tests.stores import open_test_store

CATALOG = load_catalog()
LANGUAGE = {"docs/sound.md": "en", "docs/sound.zh.md": "zh"}
LIVES = {"en": "100", "zh": "300"}
SPOKEN = Attachment("audio", "spoken", mime="audio/ogg", what="voice", size=5)
PICTURE = Attachment("image", "photo", mime="image/png", name="photo.png", size=3)
WORDS = "[Verse]\nlamps in the rain\n[Chorus]\nopen the door"
LYRICS = "result-1"
OF_A_PICTURE = {"en": "picture", "zh": "图"}
BUTTONS = (
    "button-clip", "button-words", "button-again", "button-file", "button-delete", "button-sing", "button-rewrite",
    "button-retry", "button-check", "button-voice-again",
)  # fmt: skip
TROUBLES = (
    "error-moderated",
    "error-withheld",
    "error-prompt-too-long",
    "error-sung-instrumental",
    "error-bad-sample",
    "error-voice-gone",
    "error-part-failed",
    "transcript-gaps",
    "error-no-times",
    "error-gateway-model",
    "error-task-expired",
)
NUMBERS = {
    TEXT_CHARS: "{:,} (?:characters|个字符)",
    SPOKEN_CHARS: "{:,} (?:characters|个字符)",
    MESSAGE_CHARS: "{:,} (?:characters|个字符)",
    NAME_CHARS: "{} (?:letters|个字母)",
    VOICES_MOST: "(?:up to|最多) {}(?:;| 个)",
    LIMITS.input_keep_ms // 3_600_000: "{} (?:hours|小时)",
    LIMITS.result_keep_ms // DAY_MS: "{} (?:days|天)",
    LIMITS.input_bytes // 1024**2: "{} MB",
}
SPELT = {
    "en": {
        UNUSED_MS // DAY_MS: "five days",
        FILM_S // 60: "ten minutes",
        PAUSES_S // 60: "two minutes",
        MOST_S // 3600: "three hours",
    },
    "zh": {UNUSED_MS // DAY_MS: "五天", FILM_S // 60: "十分钟", PAUSES_S // 60: "两分钟", MOST_S // 3600: "三小时"},
}


def examples(page: str, command: str) -> list[str]:
    return [span for span in dict.fromkeys(code_spans(text_of(page))) if re.match(rf"/{command}(?: |$)", span.strip())]


def only(page: str, command: str, mark: str) -> str:
    [found] = [span for span in examples(page, command) if mark in span]
    return found


def cells(page: str) -> list[list[str]]:
    """Of every line of every table."""
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text_of(page).split("\n")
        if line.startswith("|")
    ]


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    """With the catalogue as it is built in, and people who can pay."""
    monkeypatch.setattr("tests.commands.rig.CONFIG", {})
    clock = HeldClock()
    async with open_test_store("sqlite", tmp_path, clock) as store:
        rig = Rig(store, clock, tmp_path / "media")
        plans: Any = rig.rules.plans
        plans["default"] = Plan(daily=1_000_000_000, open_jobs=99, turns_per_minute=99)
        rig.outlet.files["spoken"] = b"voice of somebody"
        yield rig


def someone(language: str) -> dict[str, Any]:
    name = LIVES[language]
    return {"place": Place("telegram", name, private=True), "sender": Sender("telegram", name, "ann", language)}


async def ordered(rig: Rig, words: str, language: str, **more: Any) -> Job:
    """What became of a message."""
    who = someone(language)
    incoming = rig.incoming(words, **who, **more)
    await rig.journal(incoming)
    said = await rig.handle(incoming)
    found = [job for job in await rig.jobs(who["sender"]) if job.origin_id == incoming.message_id]
    assert len(found) == 1, (words, [each.text for each in said])
    return found[0]


async def written(rig: Rig, language: str) -> None:
    """Words for a song, delivered as the message LYRICS."""
    job = await ordered(rig, "/lyrics a cat", language)
    told = '{"title": "Night Road", "style": "indie folk"}'
    await rig.finish(job, state=JobState.SENDING)
    await rig.finish(job, state=JobState.READY, results=(Artifact("text", text=WORDS),), transcript=told)
    async with rig.store.begin() as tx:
        await tx.conversations.link(job.place, LYRICS, f"job:{job.id}")


async def voices(rig: Rig, language: str) -> list[Voice]:
    async with rig.store.read() as tx:
        return await tx.voices.of_person((await rig.person(someone(language)["sender"])).id)


# --- the models --------------------


@pytest.mark.parametrize("page", LANGUAGE)
def test_the_table_of_models_is_that_of_the_catalogue(page: str) -> None:
    lines = text_of(page).split("\n")
    wanted = sound_rows.table(sound_rows.PAGES[page])
    at = lines.index(wanted[0])
    found = [line for line in lines[at + 2 :][: len(wanted)] if line.startswith("|")]
    assert found == wanted[1:], "print it anew: python -m tests.docs.sound_rows"


@pytest.mark.parametrize("page", LANGUAGE)
def test_rows_and_switches_that_are_named_exist(page: str) -> None:
    rows = CATALOG.visible("audio")
    fields = {
        *READERS,
        *Poll.__slots__,
        "minimax_prefix",
        *(name for spec in rows for name in (*spec.extra, *spec.options)),
    }
    known = fields | {spec.name for spec in rows} | {spec.family for spec in rows}
    unsure = [name for row in cells(page)[-18:] for name in re.findall(r"`([\w.-]+)`", row[-1])]
    assert len(unsure) > 20
    assert set(unsure) <= known, set(unsure) - known


# --- songs --------------------


@pytest.mark.parametrize("page", LANGUAGE)
async def test_every_song_is_ordered(rig: Rig, page: str) -> None:
    language = LANGUAGE[page]
    typed = [each.strip() for each in examples(page, "music") if not each.startswith("/music --model") and " " in each]
    assert len(typed) >= 7
    for words in typed:
        pictures = (PICTURE,) if OF_A_PICTURE[language] in words else ()
        job = await ordered(rig, words, language, attachments=pictures)
        assert CATALOG.get(job.model, "audio").sound == "music"
        assert "--" not in job.prompt
        assert [part.kind for part in job.inputs] == ["image"] * len(pictures)
        named = re.search(r"--model ([\w.-]+)", words)
        assert not named or job.model == named[1]


@pytest.mark.parametrize("page", LANGUAGE)
async def test_own_words_are_sung_with_title_and_style(rig: Rig, page: str) -> None:
    [block] = blocks(text_of(page), "text")
    job = await ordered(rig, block.strip(), LANGUAGE[page])
    assert job.prompt.startswith("[Verse]\n") and job.prompt.count("\n") == 3
    assert job.options.keys() == {"title", "style"}


@pytest.mark.parametrize("page", LANGUAGE)
async def test_words_that_are_replied_to_are_sung(rig: Rig, page: str) -> None:
    language, style = LANGUAGE[page], {"en": "slow jazz", "zh": "慢爵士"}[LANGUAGE[page]]
    marked = ReplyTo("7", author_id="9", text=WORDS)
    alone = await ordered(rig, "/music", language, reply=ReplyTo("8", author_id="9", text="lamps in the rain"))
    styled = await ordered(rig, f"/music {style}", language, reply=marked)
    assert f"/music {style}" in examples(page, "music")
    assert (alone.prompt, alone.action) == ("lamps in the rain", SING)
    assert (styled.prompt, styled.action, styled.options) == (WORDS, SING, {"style": style})
    await written(rig, language)
    other = await ordered(rig, only(page, "music", "/music --model"), language, reply=ReplyTo(LYRICS, own=True))
    assert (other.prompt, other.model) == (WORDS, "suno-v5")
    assert other.options == {"title": "Night Road", "style": "indie folk"}


@pytest.mark.parametrize("page", LANGUAGE)
async def test_every_lyrics_are_ordered(rig: Rig, page: str) -> None:
    typed = examples(page, "lyrics")
    assert len(typed) >= 2
    for words in typed:
        job = await ordered(rig, words, LANGUAGE[page])
        assert CATALOG.get(job.model, "audio").sound == "lyrics"
        assert ("title" in job.options) == ("--title" in words)


# --- speech and voices --------------------


@pytest.mark.parametrize("page", LANGUAGE)
async def test_every_text_is_read_aloud(rig: Rig, page: str) -> None:
    language = LANGUAGE[page]
    typed = [each for each in examples(page, "say") if " " in each and each != night(page)]
    assert len(typed) >= 5
    for words in typed:
        job = await ordered(rig, words, language)
        assert CATALOG.get(job.model, "audio").speaks
        assert "--" not in job.prompt
        assert len(job.options) == len(set(re.findall(r"--(?!model)\w+", words)))
        assert ("<#" in job.prompt) == ("<#" in words) == ("(laughs)" in job.prompt)
    reply = ReplyTo("7", author_id="9", text="See you at nine.")
    assert (await ordered(rig, "/say", language, reply=reply)).prompt == "See you at nine."


def night(page: str) -> str:
    """The example that speaks with a voice of one's own."""
    return only(page, "say", {"en": "Mum", "zh": "妈妈"}[LANGUAGE[page]])


@pytest.mark.parametrize("page", LANGUAGE)
async def test_the_life_of_a_voice(rig: Rig, page: str) -> None:
    language = LANGUAGE[page]
    who = someone(language)
    deeds = examples(page, "voice")
    used: list[str] = []

    def typed(*marks: str) -> str:
        [found] = [each for each in deeds if all(mark in each.split() for mark in marks)]
        used.append(found)
        return found

    [asked] = await rig.message(typed("clone"), attachments=(SPOKEN,), **who)
    assert await rig.jobs(who["sender"]) == []
    await rig.press(asked.data[0], who["place"], who["sender"])
    [voice] = await voices(rig, language)
    async with rig.store.begin() as tx:
        await tx.voices.made(voice.id, voice.job_id, rig.clock.now_ms())
    assert (await ordered(rig, night(page), language)).options == {"voice": f"{OWN}{voice.name}"}
    await rig.message(typed("use", voice.name), **who)
    assert (await rig.person(who["sender"])).settings[CHOSEN]["voice"] == f"{OWN}{voice.name}"
    for switch in ("on", "off"):
        await rig.message(typed("keep", switch), **who)
        assert (await voices(rig, language))[0].keep == (switch == "on")
    await rig.message(typed("use", "English_CalmWoman"), **who)
    assert (await rig.person(who["sender"])).settings[CHOSEN]["voice"] == "English_CalmWoman"
    await rig.message(typed("use", "none"), **who)
    assert CHOSEN not in (await rig.person(who["sender"])).settings
    [sure] = await rig.message(typed("delete"), **who)
    await rig.press(sure.data[0], who["place"], who["sender"])
    assert await voices(rig, language) == []
    used.append("/voice")
    [every] = await rig.message("/voice list", **who)
    [few] = await rig.message(typed("list", "Japanese"), **who)
    assert "Japanese" in few.text and few.text != every.text
    used.append("/voice list")
    assert set(deeds) == set(used)


# --- what is said --------------------


@pytest.mark.parametrize("page", LANGUAGE)
async def test_every_recording_is_written_down(rig: Rig, page: str) -> None:
    rig.outlet.files["spoken"] = sound(3.0)
    typed = examples(page, "transcribe")
    assert len(typed) == 4
    for words in typed:
        job = await ordered(rig, words, LANGUAGE[page], attachments=(SPOKEN,))
        async with rig.store.read() as tx:
            [piece] = await tx.jobs.pieces(job.id)
        assert ("times" in piece.options) == ("srt" in words)
        assert ("language" in piece.options) == ("--language" in words)
        assert "--model" not in words or job.model in words


# --- what people see --------------------


@pytest.mark.parametrize("page", LANGUAGE)
def test_buttons_are_called_so(page: str) -> None:
    words, text = Texts(10_000), text_of(page)
    for key in BUTTONS:
        label = words(LANGUAGE[page], key, number=0, price=0, name="").partition(" · ")[0]
        assert re.search(rf"(?:\*|\| |· ){re.escape(' '.join(label.split()))}(?:\*| \|| ·)", text), label


@pytest.mark.parametrize("page", LANGUAGE)
def test_troubles_are_told_in_the_words_of_the_bot(page: str) -> None:
    words, text = Texts(10_000), text_of(page)
    at = next(i for i, row in enumerate(cells(page)) if row[-1].startswith(("other words", "换个说法")))
    rows = [row[0] for row in cells(page)[at : at + len(TROUBLES)]]
    params: dict[str, Any] = {
        "made": 1,
        "count": 1,
        "numbers": "2",
        "total": 3,
        "why": "",
        "gone": 1,
        "allowed": "none",
    }
    for key, told in zip(TROUBLES, rows, strict=True):
        assert told in words(LANGUAGE[page], key, limit=1, length=2, model="tts-1", name="x", **params), key
    assert f"*{words(LANGUAGE[page], 'doctor-minimax', path='/minimax/v1', count='330')}*" in text


@pytest.mark.parametrize("page", LANGUAGE)
def test_numbers(page: str) -> None:
    text = text_of(page)
    for number, told in NUMBERS.items():
        assert re.search(told.format(number), text), number
    spelt = SPELT[LANGUAGE[page]]
    assert spelt.keys() == {5, 10, 2, 3}
    assert all(words in text for words in spelt.values())
    limits = CATALOG.get("voice-clone", "audio").limits["audio"]
    assert (limits.min_s, limits.max_s) == (10, 300)


def test_both_languages_are_here() -> None:
    assert set(LANGUAGE.values()) == set(LOCALES)
