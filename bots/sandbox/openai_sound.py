"""Speech and transcription in OpenAI's format: a reply that is the file, and words for a file (gateway contract, audio 6)."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from aiohttp import web

from bots.sandbox.directives import directives
from bots.sandbox.fields import is_number, mapping, text
from bots.sandbox.minimax_speech import TEXT_MAX
from bots.sandbox.minimax_voices import SYSTEM
from bots.sandbox.question import Fields
from bots.sandbox.record import Part, Seen
from bots.sandbox.refusals import LineCut, Refusal, VendorRefusal, missing_model, no_json, upstream_failed
from bots.sandbox.state import SEEN, Sandbox, silence

_INPUT_MAX = 4096
_FILE_MAX = 25 * 1024 * 1024
_VOICES = frozenset({"alloy", "ash", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "ballad", "verse"})
_NOT_OLD = frozenset({"ballad", "verse"})
_MIMES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "opus": "audio/opus",
    "aac": "audio/aac",
    "pcm": "audio/pcm",
}
_ENDINGS = frozenset({".flac", ".mp3", ".mp4", ".mpeg", ".mpga", ".m4a", ".ogg", ".wav", ".webm"})
_RATE = 24_000
_SEGMENT_S = 5.0


class OpenAISound:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> Iterable[web.RouteDef]:
        yield web.post("/v1/audio/speech", self._speech)
        yield web.post("/v1/audio/transcriptions", self._transcriptions)

    async def _begin(self, said: str) -> None:
        told = directives(said)
        self._sandbox.check_told(told)
        if "fail" in told:
            raise upstream_failed()
        if "refuse" in told:
            message = "Your request was rejected as a result of our safety system."
            raise VendorRefusal(message, code="content_policy_violation")
        if "never" in told:
            await silence()
        if "cut" in told:
            raise LineCut

    # --- speech --------------------

    async def _speech(self, request: web.Request) -> web.Response:
        seen = request[SEEN]
        if not isinstance(seen.body, dict):
            raise no_json()
        form = self._checked(seen)
        said, voice = text(seen.json["input"]), text(seen.json["voice"])
        await self._begin(said)
        pitch = 110.0 + sum(map(ord, voice)) % 120
        data, _ = await self._sandbox.studio.speech(said, pitch, form, _RATE)
        return web.Response(body=data, content_type=_MIMES[form])

    def _checked(self, seen: Seen) -> str:
        """The format."""
        body = seen.json
        model = text(body.get("model"))
        if not model:
            raise missing_model()
        self._sandbox.check_model(model, "voice")
        if model.startswith("speech-"):
            return _checked_for_minimax(body)
        if not 0 < len(text(body.get("input"))) <= _INPUT_MAX:
            raise VendorRefusal("input must have 1 to 4096 characters", param="input", code="string_above_max_length")
        voice = body.get("voice")
        if voice not in _VOICES or (voice in _NOT_OLD and model.startswith("tts-1")):
            raise VendorRefusal(f"Invalid value: '{str(voice)[:40]}'", param="voice", code="invalid_value")
        if not is_number(body.get("speed", 1), 0.25, 4):
            raise VendorRefusal("speed must be between 0.25 and 4", param="speed", code="invalid_value")
        if "instructions" in body and not model.startswith("gpt-4o"):
            raise VendorRefusal("instructions are not supported with this model", param="instructions")
        form = body.get("response_format", "mp3")
        if form not in _MIMES:
            raise VendorRefusal("Invalid response_format", param="response_format", code="invalid_value")
        return str(form)

    # --- transcription --------------------

    async def _transcriptions(self, request: web.Request) -> web.Response:
        seen = request[SEEN]
        model, form = seen.field("model") or "", seen.field("response_format") or "json"
        if not model:
            raise missing_model()
        self._sandbox.check_model(model, "hearing")
        await self._begin(seen.field("prompt") or "")
        seconds = await self._heard_s(seen.files("file"))
        if form not in ("json", "verbose_json", "text") or (form != "json" and model.startswith("gpt-4o")):
            raise VendorRefusal(f"response_format {form[:20]} is not compatible with {model}", param="response_format")
        said = _said(seconds, seen.field("language") or "")
        if form == "text":
            return web.Response(text=f"{said}\n", content_type="text/plain")
        if form == "json":
            return web.json_response({"text": said})
        language = "chinese" if seen.field("language") == "zh" else "english"
        told = {"task": "transcribe", "language": language, "duration": seconds, "text": said}
        return web.json_response({**told, "segments": _segments(said, seconds)})

    async def _heard_s(self, files: list[Part]) -> float:
        if len(files) != 1:
            raise VendorRefusal("one file is wanted", param="file")
        if len(files[0].data) > _FILE_MAX:
            raise Refusal(413, "", "Maximum content size limit (26214400) exceeded", kind="invalid_request_error")
        if PurePosixPath(files[0].filename or "").suffix.lower() not in _ENDINGS:
            raise VendorRefusal("Invalid file format.", param="file")
        seconds = await self._sandbox.studio.heard_s(files[0].data)
        if seconds is None:
            raise VendorRefusal("Audio file might be corrupted or unsupported", param="file", code="invalid_value")
        return round(seconds, 2)


def _checked_for_minimax(body: Fields) -> str:
    """The format of MiniMax's speech at this address (audio 3.10); its own errors come as a relay's."""
    wrong = {
        "text": not 0 < len(text(body.get("input"))) < TEXT_MAX,
        "voice_setting.speed": not is_number(body.get("speed", 1), 0.5, 2),
        "audio_setting.format": body.get("response_format", "mp3") not in _MIMES,
        "output_format": mapping(body.get("metadata")).get("output_format") != "hex",
    }
    for name in (name for name, is_wrong in wrong.items() if is_wrong):
        raise VendorRefusal(f"minimax TTS error: 2013 - invalid params, {name}")
    if body.get("voice") not in SYSTEM:
        raise VendorRefusal("minimax TTS error: 2042 - you don't have access to this voice_id")
    return text(body.get("response_format")) or "mp3"


def _said(seconds: float, language: str) -> str:
    """Something that tells recordings apart: their length."""
    return f"这段录音有{seconds:.1f}秒。" if language == "zh" else f"This recording has {seconds:.1f} seconds."


def _segments(said: str, seconds: float) -> list[dict[str, object]]:
    """The words, spread evenly over the time."""
    count = max(1, round(seconds / _SEGMENT_S))
    step = -(-len(said) // count)
    return [
        {"id": at, "start": round(seconds * at / count, 2), "end": round(seconds * (at + 1) / count, 2), "text": piece}
        for at in range(count)
        if (piece := said[at * step : (at + 1) * step])
    ]
