"""Music in Gemini's format: the words of the song, and a file within the answer (gateway contract, audio 4)."""

import base64
import re
import secrets
import time

from aiohttp import web

from bots.sandbox import answers
from bots.sandbox.directives import Flags
from bots.sandbox.fields import below, items, objects, text
from bots.sandbox.gemini_sound import troubled
from bots.sandbox.question import Fields
from bots.sandbox.refusals import GeminiRefusal
from bots.sandbox.state import Sandbox

_CLIP_S = 30
_SONG_S = 60
_SONG_MAX_S = 180
_PICTURES_MAX = 10
_LONG = re.compile(r"(\d{1,3})[- ](second|minute)")
_MIMES = {"mp3": "audio/mpeg", "wav": "audio/wav"}


def wanted(model: str) -> bool:
    return model.startswith("lyria")


async def play(sandbox: Sandbox, model: str, body: Fields) -> web.StreamResponse:
    """Answer with a piece of music. Raises `Refusal` and `LineCut`."""
    prompt = _checked(body)
    told = await troubled(sandbox, prompt)
    usage = {"promptTokenCount": answers.count_tokens(prompt), "totalTokenCount": answers.count_tokens(prompt)}
    if "refuse" in told:
        return web.json_response({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": usage})
    candidate = {
        "content": {"role": "model", "parts": await _parts(sandbox, model, prompt, body, told)},
        "finishReason": "STOP",
        "index": 0,
    }
    name = f"{int(time.time())}{secrets.token_hex(4)}"
    answer = {"candidates": [candidate], "usageMetadata": usage, "modelVersion": model, "responseId": name}
    return web.json_response(answer)


async def _parts(sandbox: Sandbox, model: str, prompt: str, body: Fields, told: Flags) -> list[object]:
    song = "clip" not in model
    seconds = _seconds(prompt) if song else _CLIP_S
    wish = text(below(body, "generationConfig", "responseFormat", "audio", "mimeType"))
    form = "wav" if song and wish == "audio/wav" else "mp3"
    parts: list[object] = [{"text": f"[Intro] A tune of {seconds} seconds"}]
    if "noimage" in told:
        return parts
    data = base64.b64encode(await sandbox.studio.music(prompt, seconds, form)).decode()
    return [*parts, {"inlineData": {"mimeType": _MIMES[form], "data": data}}]


def _seconds(prompt: str) -> int:
    """What the prompt asks for: "a 2-minute song"."""
    found = _LONG.search(prompt)
    if found is None:
        return _SONG_S
    return max(5, min(_SONG_MAX_S, int(found[1]) * (60 if found[2] == "minute" else 1)))


def _checked(body: Fields) -> str:
    """The words that describe the music. Raises `GeminiRefusal`."""
    contents = objects(body["contents"])
    if len(contents) > 1:
        raise GeminiRefusal("Multi-turn requests are not supported by this model.")
    odd = set(map(str, items(below(body, "generationConfig", "responseModalities")))) - {"AUDIO", "TEXT"}
    if odd:
        raise GeminiRefusal("The requested combination of response modalities is not supported by the model.")
    parts = [part for content in contents for part in objects(content.get("parts"))]
    if sum("text" not in part for part in parts) > _PICTURES_MAX:
        raise GeminiRefusal(f"At most {_PICTURES_MAX} images are allowed.")
    prompt = "\n".join(text(part["text"]) for part in parts if "text" in part)
    if not prompt.strip():
        raise GeminiRefusal("A text prompt is required.")
    return prompt
