"""Text to speech in Gemini's format: raw PCM within the answer (gateway contract, chat 8.7)."""

import base64
import json
import secrets
import time

from aiohttp import web

from bots.sandbox import answers, tones
from bots.sandbox.fields import below, items, mapping, objects, text
from bots.sandbox.gemini_sound import troubled
from bots.sandbox.question import Fields
from bots.sandbox.refusals import GeminiRefusal
from bots.sandbox.state import Sandbox

VOICES = frozenset(
    [
        "Zephyr", "Puck", "Charon", "Kore", "Fenrir", "Leda", "Orus", "Aoede", "Callirrhoe", "Autonoe", "Enceladus",
        "Iapetus", "Umbriel", "Algieba", "Despina", "Erinome", "Algenib", "Rasalgethi", "Laomedeia", "Achernar",
        "Alnilam", "Schedar", "Gacrux", "Pulcherrima", "Achird", "Zubenelgenubi", "Vindemiatrix", "Sadachbia",
        "Sadaltager", "Sulafat",
    ]
)  # fmt: skip
_MIME = f"audio/L16;codec=pcm;rate={tones.RATE}"
_TEXT_MAX = 8000  # bytes
_SPEAKERS = 2
_PIECES = 3


def wanted(body: Fields) -> bool:
    return "AUDIO" in items(below(body, "generationConfig", "responseModalities"))


async def speak(
    request: web.Request, sandbox: Sandbox, model: str, body: Fields, *, stream: bool
) -> web.StreamResponse:
    """Answer with sound: in one part, or streamed in a few. Raises `Refusal` and `LineCut`."""
    said = _checked(model, body)
    told = await troubled(sandbox, said)
    data = b"" if "refuse" in told else await sandbox.studio.run(lambda: tones.pcm(said, _pitch(body)))
    step = -(-len(data) // _PIECES // 2) * 2 if stream else len(data)
    pieces = [data[start : start + step] for start in range(0, len(data), step or 1)]
    chunks = _chunks(model, said, pieces)
    if not stream:
        return web.json_response(chunks[0])
    frames = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    return web.Response(text=frames, content_type="text/event-stream")


def _checked(model: str, body: Fields) -> str:
    """The text to be spoken. Raises `GeminiRefusal`."""
    if "tts" not in model and "audio" not in model:
        raise GeminiRefusal("The requested combination of response modalities (AUDIO) is not supported by the model.")
    parts = [part for content in objects(body["contents"]) for part in objects(content.get("parts"))]
    if any("text" not in part for part in parts):
        raise GeminiRefusal("This model only supports text input.")
    said = "\n".join(text(part["text"]) for part in parts)
    if not said.strip():
        raise GeminiRefusal("Model tried to generate text, but it should only be used for TTS.")
    if len(said.encode("utf-8", "replace")) > _TEXT_MAX:
        raise GeminiRefusal(f"The input text exceeds {_TEXT_MAX} bytes.")
    speech = mapping(below(body, "generationConfig", "speechConfig"))
    speakers = objects(below(speech, "multiSpeakerVoiceConfig", "speakerVoiceConfigs"))
    if "multiSpeakerVoiceConfig" in speech and len(speakers) != _SPEAKERS:
        raise GeminiRefusal(f"multi_speaker_voice_config: exactly {_SPEAKERS} speakers are required")
    for voice in [speech, *speakers]:
        name = below(voice, "voiceConfig", "prebuiltVoiceConfig", "voiceName")
        if name is not None and name not in VOICES:
            raise GeminiRefusal(f"Voice name {str(name)[:40]} is not supported.")
    return said


def _pitch(body: Fields) -> float:
    """Each voice has a pitch of its own."""
    name = text(below(body, "generationConfig", "speechConfig", "voiceConfig", "prebuiltVoiceConfig", "voiceName"))
    return 110.0 + sum(map(ord, name)) % 120


def _chunks(model: str, said: str, pieces: list[bytes]) -> list[dict[str, object]]:
    prompt, spoken = answers.count_tokens(said), sum(map(len, pieces)) * 25 // (2 * tones.RATE)
    usage = {"promptTokenCount": prompt, "candidatesTokenCount": spoken, "totalTokenCount": prompt + spoken}
    name = f"{int(time.time())}{secrets.token_hex(4)}"
    chunks: list[dict[str, object]] = []
    for number, piece in enumerate(pieces or [b""]):
        part = {"inlineData": {"mimeType": _MIME, "data": base64.b64encode(piece).decode()}}
        candidate: dict[str, object] = {"index": 0}
        if piece:
            candidate["content"] = {"role": "model", "parts": [part]}
        if number >= len(pieces) - 1:
            candidate["finishReason"] = "STOP" if pieces else "PROHIBITED_CONTENT"
        chunks.append({"candidates": [candidate], "usageMetadata": usage, "modelVersion": model, "responseId": name})
    return chunks
