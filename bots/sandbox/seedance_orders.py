"""Orders for Seedance: a list of content items, checked strictly (gateway contract, videos 5.1). Pure functions."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from bots.sandbox import sizes
from bots.sandbox.behaviour import Films
from bots.sandbox.fields import items, mapping, objects, text
from bots.sandbox.film_inputs import Input, Medium, Use, bad, link_of, wrong
from bots.sandbox.film_orders import LINES, Fields, FilmOrder, model_of

Hosts = frozenset[str]
Assets = Callable[[str, Medium], str]
"""The link of an asset by its id, of that medium; raises `TaskRefusal`."""

_FIELDS = ("model", "content", "prompt", "duration", "aspect_ratio", "resolution", "extra_body")
_EXTRAS = ("generate_audio", "watermark", "seed", "return_last_frame", "tools")
_RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4", "21:9", "adaptive")
_MEDIA: dict[str, Medium] = {"image_url": "image", "video_url": "video", "audio_url": "audio"}
_FRAMES: dict[str, Use] = {"image": "first", "first_frame": "first", "last_frame": "last"}
_ROLES: dict[Medium, tuple[str, ...]] = {
    "image": (*_FRAMES, "reference_image"),
    "video": ("reference_video",),
    "audio": ("reference_audio",),
}
_MOST = {
    "image": 1,
    "first_frame": 1,
    "last_frame": 1,
    "reference_image": 9,
    "reference_video": 3,
    "reference_audio": 3,
}
_FILES_MAX = 12
_MB = 1024 * 1024
_LENGTHS = (2.0, 15.0)
_RATES = (24.0, 60.0)
_DURATIONS = range(4, 16)
_SEED_MAX = 4_294_967_295
_PIXELS = {
    "720p": {
        "16:9": (1280, 720),
        "9:16": (720, 1280),
        "1:1": (960, 960),
        "4:3": (1112, 834),
        "3:4": (834, 1112),
        "21:9": (1470, 630),
    },
    "480p": {"16:9": (864, 496), "9:16": (496, 864), "1:1": (640, 640)},
}
_SUFFIX = re.compile(r"-(480p|720p)$")
_GOES_ON = re.compile(r"\b(extend|continue|go(es)? on|follows|next)|延长|延续|续写|接着|继续|之后|后续", re.IGNORECASE)


def seedance_order(body: Fields, films: Films, hosts: Hosts, assets: Assets) -> FilmOrder:
    """The order with what it is made of. Raises `TaskRefusal`."""
    model = model_of(body)
    strange = next((name for name in body if name not in _FIELDS), None)
    if strange is not None:
        raise wrong(f"unknown field: {strange[:40]}")
    prompt, roles, inputs = _content(body, films, hosts, assets)
    if films.prompt_too and body.get("prompt") != prompt:
        raise wrong("prompt is required")
    duration = body.get("duration", 5)
    if isinstance(duration, bool) or duration not in _DURATIONS:
        raise wrong("duration must be an integer between 4 and 15")
    sound = _extras(body)
    _check_roles(roles)
    if roles["reference_video"]:
        inputs = _filmed(prompt, inputs)
    size = _size(body, model)
    return FilmOrder(model, prompt, int(str(duration)), size, inputs, sound, inputs_s_max=_LENGTHS[1])


# --- content --------------------


def _content(body: Fields, films: Films, hosts: Hosts, assets: Assets) -> tuple[str, Counter[str], tuple[Input, ...]]:
    listed = objects(body.get("content"))
    if not listed or len(listed) != len(items(body.get("content"))):
        raise wrong("content must be a list of objects")
    if listed[0].get("type") != "text" or not text(listed[0].get("text")).strip():
        raise wrong("the first item of content must be a text")
    if len(listed) > _FILES_MAX + 1:
        raise wrong(f"at most {_FILES_MAX} files")
    roles: Counter[str] = Counter()
    found: list[Input] = []
    for item in listed[1:]:
        kind = text(item.get("type"))
        medium = _MEDIA.get(kind)
        if medium is None:
            raise wrong(f"content type {kind[:20]!r} is not supported here")
        role = text(item.get("role"))
        if role not in _ROLES[medium]:
            raise wrong(f"role {role[:20]!r} is not supported for {kind}")
        roles[role] += 1
        found.append(_file(_linked(item, kind, films), role, medium, hosts, assets))
    return text(listed[0]["text"]), roles, tuple(found)


def _linked(item: Fields, kind: str, films: Films) -> str:
    """The link of an item, flat beside its type or nested below it, as this channel reads it."""
    strange = next((name for name in item if name not in ("type", "url", "role", kind)), None)
    if strange is not None:
        raise wrong(f"unknown field in content: {strange[:40]}")
    flat, nested = text(item.get("url")), text(mapping(item.get(kind)).get("url"))
    link = {"flat": flat, "nested": nested, "both": flat or nested}[films.content]
    if not link:
        raise wrong(f"{kind} is missing its url")
    return link


def _file(link: str, role: str, medium: Medium, hosts: Hosts, assets: Assets) -> Input:
    if link.startswith("asset://"):
        link = assets(link.removeprefix("asset://"), medium)
    else:
        link_of(link, hosts, inline=medium != "video")
    if medium == "image":
        use: Use = _FRAMES.get(role, "reference")
        return Input(use, medium, link, bytes_max=30 * _MB, sides=(300, 6000), shape_max=2.5)
    most = 50 * _MB if medium == "video" else 15 * _MB
    return Input("reference", medium, link, lengths=_LENGTHS, bytes_max=most, rates=_RATES)


def _check_roles(roles: Counter[str]) -> None:
    for role, count in roles.items():
        if count > _MOST[role]:
            raise wrong(f"at most {_MOST[role]} items of role {role}")
    references = {role for role in roles if role.startswith("reference")}
    if references and roles.keys() - references:
        raise wrong("first and last frames cannot be mixed with reference media")
    if roles["image"] and (roles["first_frame"] or roles["last_frame"]):
        raise wrong("role image cannot be mixed with frames")
    if roles["first_frame"] != roles["last_frame"]:
        raise wrong("first_frame and last_frame are both needed")
    if references == {"reference_audio"}:
        raise wrong("reference_audio needs a reference image or video")


def _filmed(prompt: str, inputs: tuple[Input, ...]) -> tuple[Input, ...]:
    """The last of the films is gone on from when the words say so; a single one is else what is changed."""
    films = [each for each in inputs if each.medium == "video"]
    use: Use = "extend" if _GOES_ON.search(prompt) else "edit" if len(films) == 1 else "reference"
    heard = use == "edit"
    return tuple(replace(each, use=use, heard=heard) if each is films[-1] else each for each in inputs)


# --- numbers and words --------------------


def _extras(body: Fields) -> bool:
    """Whether sound is made. Raises `TaskRefusal`."""
    extras = mapping(body.get("extra_body", {}))
    if "extra_body" in body and not isinstance(body["extra_body"], dict):
        raise wrong("extra_body must be an object")
    strange = next((name for name in extras if name not in _EXTRAS), None)
    if strange is not None:
        raise wrong(f"unknown field in extra_body: {strange[:40]}")
    for name in ("generate_audio", "watermark", "return_last_frame"):
        if not isinstance(extras.get(name, False), bool):
            raise wrong(f"{name} must be a boolean")
    seed = extras.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int) or not -1 <= seed <= _SEED_MAX:
        raise wrong("seed is out of range")
    return extras.get("generate_audio", True) is True


def _size(body: Fields, model: str) -> sizes.Size:
    ratio, lines = body.get("aspect_ratio", "16:9"), body.get("resolution")
    named = _SUFFIX.search(model)
    if lines is not None and named:
        raise wrong("resolution is part of the model's name")
    allowed = ("480p", "720p") if "fast" in model else ("480p", "720p", "1080p")
    if lines not in (None, *allowed):
        raise wrong(f"resolution must be one of: {', '.join(allowed)}")
    if ratio not in _RATIOS:
        raise bad("invalid_size", f"aspect_ratio must be one of: {', '.join(_RATIOS)}")
    chosen = named[1] if named else str(lines or "720p")
    shape = "16:9" if ratio == "adaptive" else str(ratio)
    wide, high = sizes.ratio(shape) or (16, 9)
    return _PIXELS.get(chosen, {}).get(shape) or sizes.sized(wide, high, LINES[chosen])
