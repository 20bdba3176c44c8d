"""MiniMax's speech in one call, as a link, as hex or streamed (gateway contract, audio 3.2, 3.3)."""

import json
import re
import secrets
import unicodedata

from aiohttp import web

from bots.sandbox.fields import is_number, mapping, text
from bots.sandbox.minimax_shapes import Json, MiniMaxRefusal, hexed, trace_id, well
from bots.sandbox.minimax_voices import Voices
from bots.sandbox.question import Fields
from bots.sandbox.shelf import File
from bots.sandbox.state import Sandbox

TEXT_MAX = 10_000
_EMOTIONS = frozenset({"happy", "sad", "angry", "fearful", "disgusted", "surprised", "calm", "fluent", "whisper"})
_ONLY_2_6 = frozenset({"fluent", "whisper"})
_RATES = (8000, 16000, 22050, 24000, 32000, 44100)
_BITRATES = (32000, 64000, 128000, 256000)
_MIMES = {"mp3": "audio/mpeg", "wav": "audio/wav", "flac": "audio/flac", "opus": "audio/ogg", "pcm": "audio/pcm"}
_TAG = re.compile(r"\((?:laughs|chuckle|coughs|clear-throat|groans|breath|pant|inhale|exhale|gasps|sniffs|sighs)\)")
_PIECES = 3


async def speak(request: web.Request, sandbox: Sandbox, voices: Voices, body: Fields) -> web.StreamResponse:
    """Raises `MiniMaxRefusal`."""
    said, voice, form, rate = _checked(body, sandbox, voices)
    pitch = 110.0 + sum(map(ord, voice)) % 120
    data, lasts_ms = await sandbox.studio.speech(said, pitch, form, rate)
    voices.used(voice)
    told = {
        "audio_length": lasts_ms,
        "audio_sample_rate": rate,
        "audio_size": len(data),
        "bitrate": mapping(body.get("audio_setting")).get("bitrate", 128_000),
        "word_count": len(said.split()),
        "invisible_character_ratio": 0,
        "usage_characters": billed(said),
        "audio_format": form,
        "audio_channel": 1,
    }
    if body.get("stream") is True:
        return _streamed(data, told, sandbox, whole=_wants_whole(body))
    if body.get("output_format") == "url":
        audio = sandbox.publish(request, f"{secrets.token_hex(8)}.{form}", File(data, _MIMES[form]))
    else:
        audio = hexed(data, sandbox.behaviour.sounds)
    shown = {"audio": audio, "status": 2, "subtitle_file": ""}
    return web.json_response(well(data=shown, extra_info=told, trace_id=trace_id()))


def billed(said: str) -> int:
    """A Chinese character counts as two, a tag as none (audio 3.2)."""
    return sum(2 if "CJK" in unicodedata.name(sign, "") else 1 for sign in _TAG.sub("", said))


def _checked(body: Fields, sandbox: Sandbox, voices: Voices) -> tuple[str, str, str, int]:
    """Text, voice, format and rate."""
    sounds = sandbox.behaviour.sounds

    def wrong(what: str) -> MiniMaxRefusal:
        return MiniMaxRefusal(2013, sounds, f"invalid params, {what}")

    model, said = text(body.get("model")), text(body.get("text"))
    setting, audio = mapping(body.get("voice_setting")), mapping(body.get("audio_setting"))
    if not said.strip() or len(said) >= TEXT_MAX:
        raise wrong("text")
    if any(unicodedata.category(sign) == "Cf" for sign in said) and len(said) < 10:
        raise MiniMaxRefusal(1042, sounds)
    voice = setting.get("voice_id")
    if not isinstance(voice, str) or not voice:
        raise wrong("voice_setting.voice_id is empty")
    if not voices.knows(voice):
        raise MiniMaxRefusal(2042, sounds)
    if not is_number(setting.get("speed", 1), 0.5, 2) or not is_number(setting.get("vol", 1), 0.01, 10):
        raise wrong("voice_setting.speed or vol")
    pitch = setting.get("pitch", 0)
    if not isinstance(pitch, int) or not is_number(pitch, -12, 12):
        raise wrong("voice_setting.pitch")
    emotion = setting.get("emotion")
    if emotion is not None and (emotion not in _EMOTIONS or (emotion in _ONLY_2_6 and "2.6" not in model)):
        raise wrong("voice_setting.emotion")
    form, rate = audio.get("format", "mp3"), audio.get("sample_rate", 32_000)
    if form not in _MIMES or rate not in _RATES or audio.get("bitrate", 128_000) not in _BITRATES:
        raise wrong("audio_setting")
    if body.get("output_format", "hex") not in ("hex", "url") or not isinstance(body.get("stream", False), bool):
        raise wrong("output_format")
    return said, voice, str(form), int(rate)


def _wants_whole(body: Fields) -> bool:
    return mapping(body.get("stream_options")).get("exclude_aggregated_audio") is not True


def _streamed(data: bytes, told: Json, sandbox: Sandbox, *, whole: bool) -> web.Response:
    """Pieces, and at the end all of it once more unless that is not wanted."""
    sounds, trace = sandbox.behaviour.sounds, trace_id()
    step = max(1, -(-len(data) // _PIECES))
    events: list[Json] = [
        well(data={"audio": hexed(data[at : at + step], sounds), "status": 1}, trace_id=trace)
        for at in range(0, len(data), step)
    ]
    last = {"audio": hexed(data, sounds) if whole else "", "status": 2}
    events.append(well(data=last, extra_info=told, trace_id=trace))
    frames = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    return web.Response(text=frames, content_type="text/event-stream")
