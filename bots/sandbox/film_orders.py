"""What a video order asks for: length, size and picture, from the many ways to say it. Pure functions.

Gateway contract, videos 3.1, 4.2, 5.5, 6 and 8. Numbers that no family allows are refused here, before a task exists.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bots.sandbox import sizes
from bots.sandbox.record import Part, Seen
from bots.sandbox.refusals import TaskRefusal

_LINES = {"480p": 864 * 480, "720p": 1280 * 720, "1080p": 1920 * 1080, "2k": 2560 * 1440, "4k": 3840 * 2160}
_IN_NAME = re.compile(r"-(\d{1,2})s(?:\(|$)")
_KNOWN = {"model", "prompt", "seconds", "duration", "size", "image", "images", "input_reference", "metadata"}
_FILES = ("input_reference", "last_frame", "reference_image", "image")


@dataclass(frozen=True, slots=True)
class Family:
    """Lengths a family takes, in seconds; the default; and its shape when nobody asks for one."""

    prefix: str
    lengths: tuple[int, ...]
    default_s: int
    size: tuple[int, int] = (1280, 720)


_FAMILIES = (
    Family("sora", (4, 8, 12), 4, (720, 1280)),
    Family("veo", (4, 6, 8), 8),
    Family("kling-3", tuple(range(3, 16)), 5),
    Family("kling", (5, 10), 5),
    Family("grok", tuple(range(1, 31)), 6),
    Family("", tuple(range(1, 61)), 5),
)


@dataclass(frozen=True, slots=True)
class FilmOrder:
    model: str
    prompt: str
    seconds: int
    size: tuple[int, int]
    file: bytes | None  # an uploaded first frame
    link: str  # or its address, maybe a `data:` one


def bad(code: str, message: str) -> TaskRefusal:
    return TaskRefusal(400, code, message)


def fields_of(seen: Seen) -> Mapping[str, object]:
    """The order's fields, from JSON or from a form; unknown form fields land in `metadata` (videos 3.1)."""
    if not seen.headers.get("Content-Type", "").startswith("multipart/"):
        if not isinstance(seen.body, dict):
            raise bad("invalid_json", "invalid character looking for beginning of value")
        if not isinstance(seen.body.get("seconds", ""), str):
            raise bad("invalid_json", "json: cannot unmarshal number into field .seconds of type string")
        return seen.body
    if seen.broken:
        raise bad("invalid_multipart_form", "failed to parse multipart form")
    texts = {part.name: part.text for part in seen.parts if part.filename is None}
    extras = {name: text for name, text in texts.items() if name not in _KNOWN}
    known = {name: text for name, text in texts.items() if name in _KNOWN}
    return {**known, "metadata": {**_object(texts.get("metadata", "")), **extras}}


def model_of(fields: Mapping[str, object]) -> str:
    """The model, which the gateway looks at before anything else. Raises `TaskRefusal`."""
    model = fields.get("model")
    if not isinstance(model, str) or not model:
        raise bad("missing_model", "model is required")
    return model


def order_of(fields: Mapping[str, object], files: list[Part]) -> FilmOrder:
    """The order, checked but for its model's existence. Raises `TaskRefusal`."""
    model, prompt = model_of(fields), fields.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise bad("invalid_request", "prompt is required")
    family = next(family for family in _FAMILIES if model.lower().startswith(family.prefix))
    links = [fields.get("image"), fields.get("input_reference"), *_list(fields.get("images"))]
    return FilmOrder(
        model=model,
        prompt=prompt,
        seconds=_seconds(model, family, fields),
        size=_size(family, fields),
        file=files[0].data if files else None,
        link=next((link for link in links if isinstance(link, str) and link), ""),
    )


def files_of(seen: Seen) -> list[Part]:
    return seen.files(*_FILES)


def _seconds(model: str, family: Family, fields: Mapping[str, object]) -> int:
    """The name's own length wins and must not be contradicted; then the family's order of fields."""
    metadata = _object(fields.get("metadata"))
    places = [fields.get("seconds"), fields.get("duration")]
    if family.prefix == "veo":
        places = [metadata.get("durationSeconds"), *reversed(places)]
    places += [metadata.get("duration"), _object(metadata.get("output_config")).get("duration")]
    said = next((str(place) for place in places if place not in (None, "")), None)
    named = _IN_NAME.search(model)
    allowed = (int(named[1]),) if named else family.lengths
    if said is None:
        return allowed[0] if named else family.default_s
    if said not in map(str, allowed):
        raise bad("invalid_request", f"seconds must be one of: {', '.join(map(str, allowed))}")
    return int(said)


def _size(family: Family, fields: Mapping[str, object]) -> tuple[int, int]:
    metadata = _object(fields.get("metadata"))
    output = _object(metadata.get("output_config"))
    width, height, text = fields.get("width"), fields.get("height"), str(fields.get("size") or "")
    if width and height:
        text = text or f"{width}x{height}"
    shape = metadata.get("aspectRatio") or output.get("aspect_ratio")
    lines = str(metadata.get("resolution") or output.get("resolution") or "720p").lower()
    if text.lower() in _LINES:
        text, lines = "", text.lower()
    if sizes.ratio(text):
        text, shape = "", text
    if text:
        found = sizes.pixels(text)
        if found is None:
            raise bad("invalid_size", f"size is invalid: {text[:20]}")
        return found
    if shape:
        ratio = sizes.ratio(str(shape))
        if ratio is None:
            raise bad("invalid_size", f"aspect ratio is invalid: {str(shape)[:20]}")
        return sizes.sized(*ratio, _LINES.get(lines, _LINES["720p"]))
    return family.size


def _object(value: object) -> Mapping[str, object]:
    """An object, also when a form field spells it as JSON; else empty."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise bad("invalid_json", "metadata is no JSON") from None
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
