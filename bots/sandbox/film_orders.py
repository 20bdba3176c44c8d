"""What a video order asks for: length and size, from the many ways to say it. Pure functions.

Gateway contract, videos 3.1, 4.2, 5.5, 6 and 8. Numbers that no family allows are refused here, before a task exists.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bots.sandbox import sizes
from bots.sandbox.film_inputs import Input, bad
from bots.sandbox.record import Seen

Fields = Mapping[str, object]

LINES = {"480p": 864 * 480, "720p": 1280 * 720, "1080p": 1920 * 1080, "2k": 2560 * 1440, "4k": 3840 * 2160}
_IN_NAME = re.compile(r"-(\d{1,2})s(?:\(|$)")
_KNOWN = {"model", "prompt", "seconds", "duration", "size", "image", "images", "input_reference", "metadata"}


@dataclass(frozen=True, slots=True)
class Family:
    """Lengths a family takes, in seconds; the default; its shape when nobody asks for one; whether it has sound."""

    prefix: str
    lengths: tuple[int, ...]
    default_s: int
    size: tuple[int, int] = (1280, 720)
    sound: bool = True


_FAMILIES = (
    Family("sora", (4, 8, 12), 4, (720, 1280)),
    Family("veo", (4, 6, 8), 8),
    Family("kling-3", tuple(range(3, 16)), 5, sound=False),
    Family("kling", (5, 10), 5, sound=False),
    Family("gen", tuple(range(2, 11)), 5, sound=False),
    Family("grok", tuple(range(1, 31)), 6),
    Family("", tuple(range(1, 61)), 5),
)


@dataclass(frozen=True, slots=True)
class FilmOrder:
    """`follows`: its length is that of the film or sound it is made of. `sound`: it makes some of its own.

    `inputs_s_max`: how many seconds its films, and how many its sounds, may have together.
    """

    model: str
    prompt: str
    seconds: float
    size: sizes.Size
    inputs: tuple[Input, ...] = ()
    sound: bool = False
    follows: bool = False
    inputs_s_max: float = 600.0
    remix_of: str = ""


def fields_of(seen: Seen) -> Fields:
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
    return {**known, "metadata": {**object_of(texts.get("metadata", "")), **extras}}


def model_of(fields: Fields) -> str:
    """The model, which the gateway looks at before anything else. Raises `TaskRefusal`."""
    model = fields.get("model")
    if not isinstance(model, str) or not model:
        raise bad("missing_model", "model is required")
    return model


def order_of(fields: Fields, *, wordless: bool = False) -> FilmOrder:
    """The order without what it is made of, checked but for its model's existence. Raises `TaskRefusal`."""
    model, prompt = model_of(fields), fields.get("prompt", "")
    if not isinstance(prompt, str) or not (prompt.strip() or wordless):
        raise bad("invalid_request", "prompt is required")
    family = next(family for family in _FAMILIES if model.lower().startswith(family.prefix))
    seconds, size = _seconds(model, family, fields), _size(family, fields)
    return FilmOrder(model, prompt, seconds, size, sound=family.sound)


def metadata_of(fields: Fields) -> Fields:
    return object_of(fields.get("metadata"))


def object_of(value: object) -> Fields:
    """An object, also when a form field spells it as JSON; else empty."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise bad("invalid_json", "metadata is no JSON") from None
    return value if isinstance(value, dict) else {}


def _seconds(model: str, family: Family, fields: Fields) -> int:
    """The name's own length wins and must not be contradicted; then the family's order of fields."""
    metadata = metadata_of(fields)
    places = [fields.get("seconds"), fields.get("duration")]
    if family.prefix == "veo":
        places = [metadata.get("durationSeconds"), *reversed(places)]
    places += [metadata.get(name) for name in ("seconds", "duration", "video_duration")]
    places.append(object_of(metadata.get("output_config")).get("duration"))
    said = next((str(place) for place in places if place not in (None, "")), None)
    named = _IN_NAME.search(model)
    allowed = (int(named[1]),) if named else family.lengths
    if said is None:
        return allowed[0] if named else family.default_s
    if said not in map(str, allowed):
        raise bad("invalid_request", f"seconds must be one of: {', '.join(map(str, allowed))}")
    return int(said)


def _size(family: Family, fields: Fields) -> sizes.Size:
    metadata = metadata_of(fields)
    output = object_of(metadata.get("output_config"))
    width, height, text = fields.get("width"), fields.get("height"), str(fields.get("size") or "")
    if width and height:
        text = text or f"{width}x{height}"
    if family.prefix == "gen" and sizes.ratio(text) is None:
        text = text.replace(":", "x")  # Runway's own way to spell pixels
    shape = metadata.get("aspectRatio") or output.get("aspect_ratio")
    lines = str(metadata.get("resolution") or output.get("resolution") or "720p").lower()
    if text.lower() in LINES:
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
        return sizes.sized(*ratio, LINES.get(lines, LINES["720p"]))
    return family.size
