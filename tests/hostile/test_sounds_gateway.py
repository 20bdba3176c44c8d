"""A gateway that answers speech, songs and recordings with anything but that: codes of every kind, sounds that are none,
links into the house, words that call people. One sentence is said, nothing is paid, and nothing stands still."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from core.catalog import load_catalog
from core.gateway.audio import minimax, openai_transcription, suno
from core.gateway.wire import Again, Broken, Ready, WireReply
from core.reading_aloud import PAUSES_S, for_model
from core.spoken import words_of
from core.subtitles import Cue, spread, srt
from tests.core.footage import recording
from tests.hostile.films import BROKEN, check_holds
from tests.hostile.rig import CONFIG as PLAIN
from tests.hostile.scenes import OnTelegram, on_telegram
from tests.hostile.test_gateway import served
from tests.standins.telegram import TelegramStandIn
from tests.telegram.bots import picture

CATALOG = load_catalog()
SONGS, LYRICS = CATALOG.get("suno-v5", "audio"), CATALOG.get("suno-lyrics", "audio")
HEARING, SPEECH = CATALOG.get("whisper-1", "audio"), CATALOG.get("speech-2.8-hd", "audio")
CONFIG = (
    PLAIN
    + """
[models."suno-v5"]
poll = { first_s = 0.05, later_s = 0.05, max_s = 0.05 }
"""
)
WORDS = "@everyone [free credits](https://evil.example) **now** \u202egnp.exe\u2066 <b>x</b> sk-hostile-test"
OK = {"status_code": 0, "status_msg": "success"}
SOUND = recording("mp3", "libmp3lame", 2)


def reply(body: Any, content: bytes = b"") -> WireReply:
    return WireReply(200, body, {}, content)


@asynccontextmanager
async def watched() -> AsyncIterator[list[float]]:
    """How long the loop stood still, at most."""
    longest = [0.0]

    async def watch() -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.005)
            longest[0] = max(longest[0], time.monotonic() - began)

    watching = asyncio.create_task(watch())
    try:
        yield longest
    finally:
        watching.cancel()


def quick(work: Any) -> Any:
    """Its result, which must not have taken half a second: whoever holds the interpreter for longer holds up everybody."""
    began = time.process_time()
    found = work()
    assert time.process_time() - began < 0.5
    return found


# --- pure: what took the whole machine --------------------


def test_texts_that_are_made_to_be_looked_at_for_ever() -> None:
    for text in ("." * 60_000 + "b", "。" * 60_000 + "b", " " * 60_000 + "b", "a. " * 20_000, "x" * 60_000):
        cues = quick(lambda text=text: spread(text, 0, 10))
        assert quick(lambda cues=cues: srt(cues))
    lines = "a" + "\n" * 60_000 + "b"
    assert not quick(lambda: suno.SECTION.search(lines))
    assert quick(lambda: for_model("a" + " " * 60_000 + "b", SPEECH))
    assert quick(lambda: words_of("a" + "\n" * 19_000 + " x"))
    assert quick(lambda: words_of(("x \n \n1. [a](b)" * 1_600) + "x"))


def test_sections_in_any_line_and_nowhere_else() -> None:
    assert suno.SECTION.search("\n\n  [Verse]\nla")
    assert suno.SECTION.search("la\n\t[Chorus 2]")
    assert not suno.SECTION.search("see [Verse] there")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<#99#>" * 3_000, ""),
        (" <#99.99#> \n <#1#>", ""),
        ("a <#60#> b <#60#> c <#60#>d", "a <#60#> b <#60#> cd"),
        ("(laughs)", "(laughs)"),
    ],
)
def test_silence_is_bounded(text: str, said: str) -> None:
    assert for_model(text, SPEECH) == said
    assert sum(float(each.split("#>")[0]) for each in said.split("<#")[1:]) <= PAUSES_S


@pytest.mark.parametrize(
    "code", [[0], {"a": 0}, 1e308, float("nan"), "١٠٠٤", "1004x", -1, True, None, 2**70, "9" * 500]
)
def test_numbers_of_errors_that_are_none(code: Any) -> None:
    body = {"base_resp": {"status_code": code, "status_msg": {"a": [1]}}, "data": {"audio": SOUND.hex()}}
    outcome = minimax.made(reply(body), SPEECH, "mp3")
    assert isinstance(outcome, Broken)


@pytest.mark.parametrize(
    "audio", ["f", "zz", "", "  ", {"a": 1}, ["00"], 5, "file:///etc/passwd", "javascript:1", "data:x"]
)
def test_sounds_that_are_none(audio: Any) -> None:
    assert isinstance(minimax.made(reply({"base_resp": OK, "data": {"audio": audio}}), SPEECH, "mp3"), Broken)


def test_voices_without_end() -> None:
    names = ["<b>x</b>", "a\x00\u202eb\n", "x" * 10_000, None, {"a": 1}, 5]
    listed = [{"voice_id": f"Voice_{at}", "voice_name": names[at % 6]} for at in range(200_000)]
    listed[:0] = [{"voice_id": each} for each in ("own:Mum", "", "a" * 200, "a\nb", "\u202ea", "<b>", "@all", 5, None)]
    found = quick(lambda: minimax.system_voices(reply({"base_resp": OK, "system_voice": listed})))
    assert len(found) <= minimax.VOICES_MOST
    assert all(name.isprintable() and len(name) <= minimax.VOICE_NAME_CHARS for _, name in found)
    assert not [each for each, _ in found if ":" in each or "<" in each]


# --- pure: songs --------------------


def task(*clips: Any, status: str = "SUCCESS", **more: Any) -> WireReply:
    return reply({"code": "success", "data": {"task_id": "T", "status": status, "data": list(clips), **more}})


def clip(**fields: Any) -> dict[str, Any]:
    return {"id": "c1", "status": "complete", "audio_url": "https://x.example/a.mp3", "duration": 2, **fields}


@pytest.mark.parametrize("seconds", [10**400, -(10**400), "1e999", "NaN", True, [2], {"a": 1}, "9" * 5_000, None])
def test_songs_of_no_length(seconds: Any) -> None:
    found = suno.parse_poll(task(clip(duration=seconds)), "T", SONGS)
    assert isinstance(found, Ready)
    assert found.artifacts[0].duration_s == 0
    assert found.buttons == ()


def test_a_thousand_songs() -> None:
    found = suno.parse_poll(task(*[clip(id=f"c{at}") for at in range(1_000)]), "T", SONGS)
    assert isinstance(found, Ready)
    assert len(found.artifacts) == len(found.buttons) <= 4


@pytest.mark.parametrize(
    "link",
    [
        *("http://audiopipe.suno.ai/?item_id=1", "https://audiopipe.suno.ai@evil.example/", "javascript:alert(1)"),
        *("https://user:x@audiopipe.suno.ai/", "https://audiopipe.suno.ai.evil.example/", "//audiopipe.suno.ai/"),
        *("https://audiopipe.suno.ai\\@evil.example/", "https://evil.example/https://audiopipe.suno.ai/"),
        *("https://https://audiopipe.suno.ai/", "https://audiopipe.suno.ai:8443/", "HTTPS://evil.example/"),
    ],
)
def test_links_to_listen_that_are_none(link: str) -> None:
    found = suno.parse_poll(task(clip(status="streaming", audio_url=link), status="IN_PROGRESS"), "T", SONGS)
    assert isinstance(found, Again)
    assert found.listen == ""


def test_one_reply_for_others_tasks() -> None:
    listed = [{"task_id": name, "status": "SUCCESS", "data": [clip(id=name)]} for name in ("mine", "theirs")]
    found = suno.parse_poll_many(reply({"code": "success", "data": [*listed, None, 5, {"status": "x"}]}), SONGS)
    assert found.keys() == {"mine", "theirs"}, "and `Looks` gives each the one that it asked for"
    assert [each.remote_id for each in found["mine"].artifacts] == ["mine"]  # type: ignore[union-attr]


def test_words_with_a_style_of_a_megabyte() -> None:
    told = {"text": "[Verse]\nla", "title": "t" * 10**6, "tags": ["s" * 10**6] * 3}
    body = {"code": "success", "data": {"task_id": "T", "status": "SUCCESS", "data": told}}
    found = suno.parse_poll(reply(body), "T", LYRICS)
    assert isinstance(found, Ready)
    assert len(found.transcript) < 1_000


# --- pure: recordings --------------------


def test_pieces_without_sense() -> None:
    odd = [float("nan"), float("inf"), -1, 10**400, "5", None, True, [1]]
    pieces: list[Any] = [{"start": one, "end": other, "text": "x"} for one in odd for other in odd]
    pieces += [None, 5, {"start": 1, "end": 2, "text": {"a": 1}}, {"start": 3, "end": 2, "text": "back"}]
    pieces += [
        {"start": 0, "end": 5, "text": "1\n00:00:00,000 --> 00:00:09,000\n<i>x</i>"},
        {"start": 1, "end": 4, "text": "b"},
    ]
    found = openai_transcription.parse_submit(reply({"text": "words", "segments": pieces}), HEARING)
    assert isinstance(found, Ready)
    told = json.loads(found.transcript)
    assert [each[:2] for each in told] == [[0, 5], [1, 4]]
    blocks = srt(Cue(*each) for each in told).strip().split("\n\n")
    assert all(block.count("-->") == 1 for block in blocks)
    assert [block.split("\n")[0] for block in blocks] == [str(number) for number in range(1, len(blocks) + 1)]


def test_pieces_of_a_megabyte_each() -> None:
    pieces = [{"start": at, "end": at + 1, "text": "x" * 10**4} for at in range(5_000)]
    found = quick(lambda: openai_transcription.parse_submit(reply({"text": "w", "segments": pieces}), HEARING))
    assert isinstance(found, Ready)
    assert len(found.transcript) < 100_000


# --- the whole bot --------------------


def speaks(body: bytes) -> dict[str, Any]:
    """MiniMax, at its first prefix; every sound of it is this."""

    async def voices(request: web.Request) -> web.StreamResponse:
        return web.json_response({"base_resp": OK, "system_voice": []})

    async def speech(request: web.Request) -> web.StreamResponse:
        await request.read()
        return web.Response(body=body, content_type="application/json")

    return {"POST /minimax/v1/get_voice": voices, "POST /minimax/v1/t2a_v2": speech}


async def ended(scene: OnTelegram, words: str) -> str:
    """All that Ann has been told when the order has ended."""
    scene.phone.say(scene.ann, scene.ann, words)
    await scene.phone.until(lambda: len(scene.phone.from_bot(scene.ann)) >= 2, timeout_s=30)
    await scene.house.at_rest()
    return "\n".join(shown.text for shown in scene.phone.from_bot(scene.ann))


def replies() -> Iterator[tuple[str, Any]]:
    for name, audio in (
        ("the machine itself", "http://127.0.0.1:1/a.mp3"),
        ("its cloud", "http://169.254.169.254/latest/meta-data"),
        ("a file", "file:///etc/passwd"),
        ("half a byte", "abc"),
        ("a page", b"<!DOCTYPE html><script>alert(1)</script>".hex()),
        ("a picture", picture().hex()),
        ("a playlist", b"#EXTM3U\nfile:///etc/passwd\n".hex()),
    ):
        yield name, {"base_resp": OK, "data": {"audio": audio, "status": 2}}
    yield "its words", {"base_resp": {"status_code": 2013, "status_msg": WORDS}}
    yield "another number", {"base_resp": {"status_code": [1004], "status_msg": WORDS}}


REPLIES = dict(replies())


@pytest.mark.parametrize("name", REPLIES)
async def test_speech_that_is_none(telegram: TelegramStandIn, tmp_path: Path, name: str) -> None:
    async with (
        served(speaks(json.dumps(REPLIES[name]).encode())) as url,
        on_telegram(telegram, tmp_path, gateway_url=url, config=CONFIG) as scene,
    ):
        said = await ended(scene, "/say hello --model speech-2.8-hd")
        assert not any(words in said for words in BROKEN), said
        assert "sk-hostile-test" not in said
        assert not {"\u202e", "\u2066"} & set(said)
        shown = scene.phone.from_bot(scene.ann)
        assert not any(each.media for each in shown)
        assert "text_link" not in str([each.entities for each in shown])
        assert scene.house.spent() == 0
        check_holds(scene)


async def test_forty_megabytes_of_speech(telegram: TelegramStandIn, tmp_path: Path) -> None:
    body = json.dumps({"base_resp": OK, "data": {"audio": "00" * 20_000_000}}).encode()
    async with (
        served(speaks(body)) as url,
        on_telegram(telegram, tmp_path, gateway_url=url, config=CONFIG) as scene,
        watched() as longest,
    ):
        said = await ended(scene, "/say hello --model speech-2.8-hd")
        assert not any(words in said for words in BROKEN), said
        assert scene.house.spent() == 0
    assert longest[0] < 0.5


def sings(*clips: Any, status: str = "SUCCESS", **more: Any) -> dict[str, Any]:
    """Suno, all of whose tasks are this one."""

    async def order(request: web.Request) -> web.StreamResponse:
        await request.read()
        return web.json_response({"code": "success", "data": "T"})

    async def look(request: web.Request) -> web.StreamResponse:
        origin = str(request.url.origin())
        found = json.loads(json.dumps(clips).replace("ORIGIN", origin))
        told = {"task_id": "T", "status": status, "data": found, **more}
        return web.json_response({"code": "success", "data": told if request.method == "GET" else [told]})

    async def file(request: web.Request) -> web.StreamResponse:
        return web.Response(body=SOUND, content_type="audio/mpeg")

    return {
        "POST /suno/submit/music": order,
        "GET /suno/fetch/{id}": look,
        "POST /suno/fetch": look,
        "GET /f/{name}": file,
    }


def song(**fields: Any) -> dict[str, Any]:
    return clip(
        audio_url="ORIGIN/f/a.mp3", title=f"../../{WORDS}", prompt=f"[Verse]\n{WORDS}\n" + "la\n" * 3_000, **fields
    )


@pytest.mark.parametrize(
    "cover", ["http://127.0.0.1:1/c.png", "file:///etc/passwd", "http://169.254.169.254/", "ORIGIN/f/a"]
)
async def test_a_song_with_hostile_words_and_covers(telegram: TelegramStandIn, tmp_path: Path, cover: str) -> None:
    """It is brought without its cover; its title and words call nobody, and name no file outside."""
    async with (
        served(sings(song(image_url=cover, id="../../x y:z"))) as url,
        on_telegram(telegram, tmp_path, gateway_url=url, config=CONFIG) as scene,
    ):
        said = await ended(scene, "/music a sea shanty --model suno-v5")
        assert not any(words in said for words in BROKEN), said
        shown = scene.phone.from_bot(scene.ann)
        [brought] = [each for each in shown if each.media]
        assert brought.media is not None
        assert "u202e" not in ascii(brought.media)
        assert "/" not in brought.media.name
        words = next(
            button["callback_data"] for row in brought.buttons for button in row if ":words" in button["callback_data"]
        )
        scene.phone.press_data(brought, words, scene.ann)
        await scene.heard()
        shown = scene.phone.from_bot(scene.ann)
        assert len(shown) < 10
        for each in shown:
            assert not {"\u202e", "\u2066"} & set(each.text), each.text
            assert "text_link" not in str(each.entities)
            assert "mention" not in str(each.entities)
        check_holds(scene)


async def test_a_song_that_failed_is_brought_once_and_costs_nothing(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with (
        served(sings(song(), clip(status="error", error_message=WORDS), status="FAILURE", fail_reason=WORDS)) as url,
        on_telegram(telegram, tmp_path, gateway_url=url, config=CONFIG) as scene,
    ):
        await ended(scene, "/music a sea shanty --model suno-v5")
        assert len([each for each in scene.phone.from_bot(scene.ann) if each.media]) == 1
        assert scene.house.spent() == 0
        check_holds(scene)
