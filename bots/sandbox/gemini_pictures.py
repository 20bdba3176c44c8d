"""Pictures in Gemini's format, and 即梦's in the same form (gateway contract, images 4.2 and 5.2).

A talk goes on when the model's turns come back unchanged, with the signatures that its parts carry; models before Gemini 3
sign nothing.
"""

import hashlib
import json
import secrets
import time
from collections.abc import Sequence

from aiohttp import web

from bots.sandbox import answers, sizes
from bots.sandbox.directives import Flags, worded
from bots.sandbox.fields import below, items, mapping, objects, text
from bots.sandbox.gemini_files import bytes_of, checked_file, is_file, is_image
from bots.sandbox.image_families import is_grouped
from bots.sandbox.models import Kind
from bots.sandbox.painter import Canvas, Painter
from bots.sandbox.question import Fields
from bots.sandbox.refusals import GeminiRefusal, Refusal
from bots.sandbox.seals import holds, seal
from bots.sandbox.state import Sandbox

Json = dict[str, object]

_PICTURE_TOKENS = 1290
_SIGNING = ("gemini-3", "nano-banana")


def wanted(model: str, kind: Kind | None, body: Fields, *, stream: bool) -> bool:
    """Whether it is an order of a picture. A model that talks as well is asked for one in one piece, and without tools."""
    if is_grouped(model):
        return True
    if "IMAGE" not in items(below(body, "generationConfig", "responseModalities")) or body.get("tools"):
        return False
    return kind == "image" or not stream


async def paint(
    request: web.Request, sandbox: Sandbox, model: str, body: Fields, *, stream: bool
) -> web.StreamResponse:
    """Answer with a picture. Raises `Refusal` and `LineCut`."""
    contents = objects(body["contents"])
    for number, content in enumerate(contents):
        if content.get("role") == "model" and model.startswith(_SIGNING):
            _check_unchanged(number, content)
    canvas = await _canvas(sandbox, model, body, contents)
    painter = Painter(sandbox)
    told = await painter.begin(canvas.prompt, lambda: None, _failed)
    words = worded(canvas.prompt)
    if "prompt-blocked" in told:
        raise Refusal(400, "prompt_blocked", "request blocked by Gemini API: PROHIBITED_CONTENT")
    asked = answers.count_tokens(canvas.prompt)
    name: Json = {"modelVersion": words.get("as", model), "responseId": f"{int(time.time())}{secrets.token_hex(4)}"}
    if "blocked" in words:
        usage = {"promptTokenCount": asked, "totalTokenCount": asked}
        return _sent([{"promptFeedback": {"blockReason": words["blocked"]}, "usageMetadata": usage, **name}], stream)
    parts, reason = await _parts(request, painter, model, body, canvas, told)
    if model.startswith(_SIGNING):
        _sign(parts)
    drawn = _PICTURE_TOKENS * sum("inlineData" in part for part in parts)
    usage = {"promptTokenCount": asked, "candidatesTokenCount": drawn, "totalTokenCount": asked + drawn}
    frame = {"usageMetadata": usage, **name} if sandbox.behaviour.usage else name
    return _sent(_chunks(parts, reason, frame, stream), stream)


async def _parts(
    request: web.Request, painter: Painter, model: str, body: Fields, canvas: Canvas, told: Flags
) -> tuple[list[Json], str]:
    """The parts of the answer, and why it ended."""
    words = worded(canvas.prompt)
    if "finish" in words or "refuse" in told or "noimage" in told:
        return [], words.get("finish") or ("IMAGE_SAFETY" if "refuse" in told else "NO_IMAGE")
    if "prose" in words:
        return [{"text": words["prose"]}], "STOP"
    if is_grouped(model):
        return [{"text": f"![image]({await painter.linked(request, canvas)})"}], "STOP"
    chinese = answers.is_chinese(canvas.prompt)
    picture: Json = {"inlineData": {"mimeType": canvas.mime, "data": await painter.inline(canvas)}}
    parts = [picture]
    if "TEXT" in items(below(body, "generationConfig", "responseModalities")):
        parts.insert(0, {"text": "给你。" if chinese else "Here it is."})
    if "thinking" in told or "think" in words:
        sketch = Canvas(canvas.prompt, (256, 256), "jpeg", seed=canvas.seed)
        data: Json = {"inlineData": {"mimeType": sketch.mime, "data": await painter.inline(sketch)}, "thought": True}
        thought = words.get("think") or ("先打一个草稿。" if chinese else "First a sketch.")
        parts = [{"text": thought, "thought": True}, data, *parts]
    return parts, "STOP"


def _failed() -> GeminiRefusal:
    return GeminiRefusal("An internal error has occurred.", state="INTERNAL", status=500)


# --- the order --------------------


async def _canvas(sandbox: Sandbox, model: str, body: Fields, contents: Sequence[Fields]) -> Canvas:
    """The last words, about the pictures beside them and the last that the model drew. Raises `GeminiRefusal`."""
    parts = objects(contents[-1].get("parts"))
    prompt = "\n".join(text(part.get("text")) for part in parts if part.get("text"))
    if not prompt.strip():
        raise GeminiRefusal("A text prompt is required.")
    for part in parts:
        if is_file(part):
            await checked_file(part, sandbox.studio)
    drawn = [part for content in contents[:-1] if content.get("role") == "model" for part in _kept(content)]
    shown = [part for part in drawn if is_image(part)][-1:] + [part for part in parts if is_image(part)]
    references = tuple([await bytes_of(part, sandbox.studio) for part in shown])
    for data in references:
        if await sandbox.studio.measure(data) is None:
            raise GeminiRefusal("Unable to process input image.")
    seed = below(body, "generationConfig", "seed")
    size = sandbox.behaviour.image_size or _size(model, body, prompt, edits=bool(references))
    return Canvas(prompt, size, references=references, seed=seed % 2**32 if isinstance(seed, int) else 0)


def _size(model: str, body: Fields, prompt: str, *, edits: bool) -> sizes.Size | None:
    config = mapping(below(body, "generationConfig", "imageConfig"))
    shape, resolution = text(config.get("aspectRatio")), text(config.get("imageSize"))
    if is_grouped(model):
        suffix = sizes.by_suffix(prompt)
        return suffix or (None if edits and not shape else sizes.by_ratio(shape or "1:1", resolution or "2k"))
    if model.endswith("-4k"):
        resolution = "4K"
    if edits and not shape and not resolution:
        return None
    return sizes.by_ratio(shape or "1:1", resolution or "1K")


# --- turns that come back --------------------


def _kept(content: Fields) -> list[Fields]:
    """The parts that must come back: what it thought need not."""
    return [part for part in objects(content.get("parts")) if part.get("thought") is not True]


def _digest(parts: Sequence[Fields]) -> str:
    bare = [{name: value for name, value in part.items() if name != "thoughtSignature"} for part in parts]
    return hashlib.sha256(json.dumps(bare, sort_keys=True).encode()).hexdigest()


def _sign(parts: list[Json]) -> None:
    said = [part for part in parts if part.get("thought") is not True]
    digest = _digest(said)
    for place, part in enumerate(said):
        part["thoughtSignature"] = seal("picture", str(place), digest)


def _check_unchanged(number: int, content: Fields) -> None:
    parts = _kept(content)
    digest = _digest(parts)
    for place, part in enumerate(parts):
        signature = part.get("thoughtSignature")
        if signature is None:
            raise GeminiRefusal(
                f"Image part is missing a thought_signature in content position {number}, part {place}."
            )
        if not holds(signature, "picture", str(place), digest):
            raise GeminiRefusal("Thought signature is not valid")
    if not parts:
        raise GeminiRefusal(f"contents[{number}].parts must not be empty.")


# --- the reply --------------------


def _chunks(parts: list[Json], reason: str, frame: Json, stream: bool) -> list[Json]:
    """In one piece, or each part in a chunk of its own."""
    pieces = [[part] for part in parts] if stream else [parts]
    chunks: list[Json] = []
    for number, piece in enumerate(pieces or [[]]):
        candidate: Json = {"index": 0}
        if piece:
            candidate["content"] = {"role": "model", "parts": piece}
        if number >= len(pieces) - 1:
            candidate["finishReason"] = reason
        chunks.append({"candidates": [candidate], **frame})
    return chunks


def _sent(chunks: list[Json], stream: bool) -> web.Response:
    if not stream:
        return web.json_response(chunks[0])
    frames = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    return web.Response(text=frames, content_type="text/event-stream")
