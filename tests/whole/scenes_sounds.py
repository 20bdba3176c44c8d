"""Speech and music of every family: what a person orders and hears, and the body that the gateway got (gateway contract,
audio 2 to 6)."""

from __future__ import annotations

import io
from collections.abc import Mapping

import av

from tests.whole.hands import Hands, Seen
from tests.whole.things import photo, uri
from tests.whole.wire import asked, gemini, paths

CONFIG = """
[defaults.suno]
poll = { first_s = 0.05, later_s = 0.05, max_s = 0.05 }

[defaults.minimax_clone]
poll = { first_s = 0.05, later_s = 0.05, max_s = 0.05 }

[models."tts-1-hd"]
extra = { text_chars = 60 }
"""
SPEECH, MINIMAX, CLONE = "/v1/audio/speech", "/minimax/v1/t2a_v2", "/minimax/v1/voice_clone"
SUNO, MUSIC = "/suno/submit/music", "/minimax/v1/music_generation"
FREE = "/minimax/v1/get_voice"
"""Asked to find out where MiniMax is, and which voices it has; costs nothing."""
SUNG = "[Verse] lamps in the rain [Chorus] open the door"
"""On one line, since a console takes a line at a time."""

# --- speech --------------------


async def openai(ann: Hands) -> None:
    """A model that knows no pauses is not told of them."""
    bubble(ann, await said(ann, "Good <#0.5#> morning", model="gpt-4o-mini-tts", voice="ballad", style="warmly"))
    assert ordered(ann, SPEECH) == {
        "model": "gpt-4o-mini-tts",
        "input": "Good morning",
        "voice": "ballad",
        "instructions": "warmly",
        "response_format": "mp3",
    }


async def minimax(ann: Hands) -> None:
    wanted = {"model": "speech-2.8-hd", "voice": "English_CalmWoman", "speed": "1.2", "emotion": "happy"}
    bubble(ann, await said(ann, "Good <#0.5#> morning (laughs)", **wanted, language="English"))
    assert ordered(ann, MINIMAX) == {
        "model": "speech-2.8-hd",
        "text": "Good <#0.5#> morning (laughs)",
        "stream": False,
        "output_format": "url",
        "voice_setting": {"voice_id": "English_CalmWoman", "speed": 1.2, "emotion": "happy", "vol": 1, "pitch": 0},
        "audio_setting": {"format": "mp3", "sample_rate": 32_000, "bitrate": 128_000, "channel": 1},
        "language_boost": "English",
    }


async def google(ann: Hands) -> None:
    """Comes as bare samples."""
    bubble(ann, await said(ann, "Good morning", model="gemini-2.5-pro-preview-tts", voice="Puck"))
    assert ordered(ann, gemini("gemini-2.5-pro-preview-tts", "generateContent")) == {
        "contents": [{"role": "user", "parts": [{"text": "Good morning"}]}],
        "generationConfig": {
            "responseModalities": ["AUDIO"],
            "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Puck"}}},
        },
    }


# --- music --------------------


async def suno_sung(ann: Hands) -> None:
    """Words with marks are sung as they are, and always have a title and a style."""
    song(await made(ann, SUNG, model="suno-v5", title="Rain"))
    assert ordered(ann, SUNO) == {"mv": "chirp-crow", "prompt": SUNG, "title": "Rain", "tags": "pop"}


async def suno_instrumental(ann: Hands) -> None:
    song(await made(ann, "slow rain", model="suno-v4", instrumental="on"))
    assert ordered(ann, SUNO) == {
        "mv": "chirp-v4", "gpt_description_prompt": "slow rain", "make_instrumental": True
    }  # fmt: skip


async def minimax_wish(ann: Hands) -> None:
    song(await made(ann, "slow rain", model="music-2.6", style="jazz"))
    assert ordered(ann, MUSIC) == {**of_music("jazz, slow rain"), "lyrics": "", "lyrics_optimizer": True}


async def minimax_sung(ann: Hands) -> None:
    song(await made(ann, SUNG, model="music-2.6"))
    assert ordered(ann, MUSIC) == {**of_music("pop"), "lyrics": SUNG}


async def minimax_instrumental(ann: Hands) -> None:
    song(await made(ann, "slow rain", model="music-2.6", instrumental="on"))
    assert ordered(ann, MUSIC) == {**of_music("slow rain"), "is_instrumental": True}


def of_music(prompt: str) -> Mapping[str, object]:
    setting = {"format": "mp3", "sample_rate": 44_100, "bitrate": 256_000}
    return {"model": "music-2.6", "prompt": prompt, "output_format": "url", "audio_setting": setting}


async def lyria(ann: Hands) -> None:
    """A picture sets the mood."""
    await ann.use("music", "slow rain", photo(), model="lyria-3-clip-preview")
    song(await ann.hears_file("audio"))
    told, data = uri(photo()).split(";base64,")
    assert ordered(ann, gemini("lyria-3-clip-preview", "generateContent")) == {
        "contents": [
            {
                "role": "user",
                "parts": [
                    {"inlineData": {"mimeType": told.removeprefix("data:"), "data": data}},
                    {"text": "slow rain"},
                ],
            }
        ],
        "generationConfig": {"responseModalities": ["AUDIO", "TEXT"]},
    }


SCENES = (
    openai,
    minimax,
    google,
    suno_sung,
    suno_instrumental,
    minimax_wish,
    minimax_sung,
    minimax_instrumental,
    lyria,
)

# --- what came of it --------------------


async def said(ann: Hands, words: str, **options: str) -> Seen:
    await ann.use("say", words, **options)
    return await ann.hears_file("voice")


async def made(ann: Hands, words: str, **options: str) -> Seen:
    await ann.use("music", words, **options)
    return await ann.hears_file("audio")


def bubble(ann: Hands, seen: Seen) -> None:
    """Telegram and Discord show a wave only of OGG with Opus; Discord is told its bars, and takes nothing beside it."""
    [data] = seen.files
    with av.open(io.BytesIO(data)) as file:
        [stream] = file.streams
        assert (file.format.name, stream.codec_context.name) == ("ogg", "opus")
    if ann.platform == "discord":
        [file] = seen.whose.files
        assert file.extra["waveform"] and file.extra["duration_secs"] > 0 and not seen.text


def song(seen: Seen) -> None:
    assert seen.files and all(data[:3] in {b"ID3", b"\xff\xfb\x90", b"\xff\xfb\xb0"} for data in seen.files[:1])


def seconds(data: bytes) -> float:
    with av.open(io.BytesIO(data), "r") as file:
        assert file.duration is not None
        return float(file.duration / av.time_base)


def ordered(ann: Hands, path: str) -> object:
    """The body of the scene's one order that costs anything."""
    assert [each for each in paths(ann) if each not in {FREE, "/suno/fetch"}] == [path]
    [body] = asked(ann, path)
    return body
