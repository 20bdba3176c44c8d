"""MiniMax's songs and words for songs, each in one call (gateway contract, audio 3.7, 3.8)."""

import secrets

from aiohttp import web

from bots.sandbox.fields import mapping, text
from bots.sandbox.minimax_shapes import MiniMaxRefusal, hexed, trace_id, well
from bots.sandbox.question import Fields
from bots.sandbox.shelf import File
from bots.sandbox.state import Sandbox
from bots.sandbox.suno_shapes import lyrics_of

_SONG_S = 20
_WISH_MAX, _LYRICS_MAX = 2000, 3500
_NO_INSTRUMENTALS = ("music-2.0", "music-2.5", "music-cover")
_NO_OPTIMIZER = ("music-2.0", "music-cover")
_MIMES = {"mp3": "audio/mpeg", "wav": "audio/wav"}


async def sing(request: web.Request, sandbox: Sandbox, body: Fields) -> web.Response:
    """Raises `MiniMaxRefusal`."""
    sounds = sandbox.behaviour.sounds
    form = _checked(body, sandbox)
    data = await sandbox.studio.music(f"{text(body.get('prompt'))}{text(body.get('lyrics'))}", _SONG_S, form)
    if body.get("output_format") == "url":
        audio = sandbox.publish(request, f"{secrets.token_hex(8)}.{form}", File(data, _MIMES[form]))
    else:
        audio = hexed(data, sounds)
    told = {"music_duration": _SONG_S * 1000, "music_sample_rate": 44_100, "music_channel": 2, "music_size": len(data)}
    shown = {"audio": audio, "status": 2}
    return web.json_response(well(data=shown, trace_id=trace_id(), extra_info=told, analysis_info=None))


def _checked(body: Fields, sandbox: Sandbox) -> str:
    """The format."""

    def wrong(what: str) -> MiniMaxRefusal:
        return MiniMaxRefusal(2013, sandbox.behaviour.sounds, f"invalid params, {what}")

    model, prompt, lyrics = text(body.get("model")), text(body.get("prompt")), text(body.get("lyrics"))
    instrumental, optimizer = body.get("is_instrumental", False), body.get("lyrics_optimizer", False)
    if not isinstance(instrumental, bool) or (instrumental and model in _NO_INSTRUMENTALS):
        raise wrong("is_instrumental")
    if not isinstance(optimizer, bool) or (optimizer and (model in _NO_OPTIMIZER or lyrics)):
        raise wrong("lyrics_optimizer")
    if len(prompt) > _WISH_MAX or (instrumental and not prompt):
        raise wrong("prompt")
    if len(lyrics) > _LYRICS_MAX or not (lyrics or instrumental or optimizer):
        raise wrong("lyrics")
    form = mapping(body.get("audio_setting")).get("format", "mp3")
    if form not in _MIMES or body.get("output_format", "hex") not in ("hex", "url"):
        raise wrong("audio_setting")
    return str(form)


def write(sandbox: Sandbox, body: Fields) -> web.Response:
    """Words. Raises `MiniMaxRefusal`."""
    sounds = sandbox.behaviour.sounds
    mode, prompt, lyrics = body.get("mode"), text(body.get("prompt")), text(body.get("lyrics"))
    if mode not in ("write_full_song", "edit") or (mode == "edit" and not lyrics):
        raise MiniMaxRefusal(2013, sounds, empty="")
    if len(prompt) > _WISH_MAX or len(lyrics) > _LYRICS_MAX:
        raise MiniMaxRefusal(2013, sounds, empty="")
    words = f"{lyrics}\n\n[Bridge]\n{prompt}" if mode == "edit" else f"[Intro]\n{lyrics_of(prompt or 'a song')}"
    title = text(body.get("title")) or " ".join(prompt.split())[:40]
    return web.json_response(well(song_title=title, style_tags="Mandopop, Summer", lyrics=words))
