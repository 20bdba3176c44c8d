"""What each family of picture models takes on `/v1/images/*` (gateway contract, images 1.5, 2, 5.3, 6.1, 8). Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bots.sandbox import sizes
from bots.sandbox.fields import below, is_count, is_number, text
from bots.sandbox.refusals import Refusal
from bots.sandbox.sizes import Size

Fields = Mapping[str, object]

_MB = 1024 * 1024
_FLUX = ("21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:21")
_GEMINI = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
_GEMINI_NEW = ("1:4", "4:1", "1:8", "8:1")
_OFFICIAL_SIDE_MAX = 16_384
_OFFICIAL_PIXELS_MIN = 3_686_400
_SERIES_DRAWN_MAX = 4  # of a series the model decides how many it draws


@dataclass(frozen=True, slots=True)
class Family:
    """`ratios` empty = any. `listed`: reference pictures may stand in JSON. `refused` fields have no place in its orders."""

    prefix: str
    qualities: tuple[str, ...] = ()
    ratios: tuple[str, ...] = ()
    forms: tuple[str, ...] = ("png", "jpeg", "webp")
    references_max: int = 14
    file_max: int = 10 * _MB
    listed: bool = True
    refused: tuple[str, ...] = ()


_FAMILIES = (
    Family(
        "gpt-image", ("auto", "low", "medium", "high"), references_max=16, file_max=50 * _MB, listed=False,
        refused=("input_fidelity", "style", "seed"),
    ),
    Family("flux", ratios=_FLUX, forms=("png", "jpeg"), references_max=4, file_max=25 * _MB, listed=False),
    Family("gemini-3.1-flash", ("1k", "2k", "4k"), (*_GEMINI, *_GEMINI_NEW)),
    Family("gemini", ("1k", "2k", "4k"), _GEMINI),
    Family("nano-banana", ("1k", "2k", "4k"), _GEMINI),
    Family("doubao-seedream", forms=("jpeg", "png"), refused=("n", "aspect_ratio", "quality")),
    Family(""),
)  # fmt: skip


def family_of(model: str) -> Family:
    return next(family for family in _FAMILIES if model.startswith(family.prefix))


def ratios_of(model: str) -> tuple[str, ...]:
    """The shapes a model draws; empty = any."""
    return family_of(model).ratios


def is_grouped(model: str) -> bool:
    """即梦 by the gateway's names: it may answer with several pictures."""
    return model.startswith(("jimeng", "seedream"))


def is_official(model: str) -> bool:
    """Seedream by the vendor's own name."""
    return model.startswith("doubao-seedream")


def check_fields(model: str, fields: Fields) -> None:
    """Raises `Refusal` for fields and values that the model's family does not take."""
    family = family_of(model)
    for name in family.refused:
        if fields.get(name) not in (None, ""):
            raise user_error("unknown_parameter", f"Unknown parameter: '{name}'.")
    quality = text(fields.get("quality"))
    if family.qualities and quality and quality not in family.qualities:
        raise Refusal(400, "invalid_request", f"quality must be one of: {', '.join(family.qualities)}")
    form = text(fields.get("output_format"))
    if form and form not in family.forms:
        raise user_error("invalid_value", f"output_format must be one of: {', '.join(family.forms)}")
    if family.prefix == "gpt-image":
        _check_gpt(fields, form or "png")
    if is_official(model):
        _check_official(model, fields)


def clears(fields: Fields, *, allowed: bool) -> bool:
    """Whether a GPT model is to leave the ground transparent. Raises `Refusal`: most resellers do (images 1.5)."""
    if text(fields.get("background")) != "transparent":
        return False
    if not allowed:
        raise user_error("invalid_value", "Transparent background is not supported for this model.")
    return True


def size_of(model: str, fields: Fields, *, edits: bool) -> Size | None:
    """`size` over `aspect_ratio` over the prompt's suffix; else square, or None: an edit keeps its input's own size.

    Raises `Refusal`.
    """
    size, shape = text(fields.get("size")), text(fields.get("aspect_ratio"))
    if is_official(model):
        return _official_size(model, size or "2048x2048")
    if size and size != "auto":
        return _checked_size(model, size)
    allowed = ratios_of(model)
    if shape:
        found = sizes.by_ratio(shape, _resolution(model, fields))
        if found is None or (allowed and shape not in allowed):
            raise user_error("invalid_value", f"aspect_ratio is invalid: {shape[:20]}")
        return found
    if model.startswith("flux") and not edits:
        raise Refusal(400, "invalid_request", "aspect_ratio is required")
    suffix = sizes.by_suffix(text(fields.get("prompt")))
    return suffix or (None if edits else sizes.by_ratio("1:1", _resolution(model, fields)))


def count_of(model: str, fields: Fields) -> int:
    """How many pictures. Raises `Refusal`."""
    if is_official(model):
        if fields.get("sequential_image_generation") != "auto":
            return 1
        return min(int(str(_series(fields))), _SERIES_DRAWN_MAX)
    value = fields.get("n")
    if value is None:
        return 1
    if str(value) not in map(str, range(1, 11)):
        raise user_error("invalid_value", "n must be between 1 and 10")
    return int(str(value))


def user_error(code: str, message: str) -> Refusal:
    return Refusal(400, code, message, kind="image_generation_user_error")


def refusal_of(model: str) -> Refusal:
    """How the model's vendor refuses a prompt."""
    if model.startswith("flux"):
        return Refusal(400, "bad_response_status_code", "Request Moderated", kind="upstream_error")
    if is_official(model):
        return _vendor("InputTextSensitiveContentDetected", "The input text may contain sensitive information.")
    if model.startswith(("gemini", "nano-banana")):
        return Refusal(400, "prompt_blocked", "request blocked by Gemini API: PROHIBITED_CONTENT")
    return user_error("moderation_blocked", "Your request was rejected by the safety system.")


def _vendor(code: str, message: str) -> Refusal:
    return Refusal(400, code, message, kind="upstream_error")


def _check_gpt(fields: Fields, form: str) -> None:
    for name, allowed in (("background", ("auto", "opaque", "transparent")), ("moderation", ("auto", "low"))):
        value = fields.get(name)
        if value not in (None, "", *allowed):
            raise user_error("invalid_value", f"{name} must be one of: {', '.join(allowed)}")
    if fields.get("background") == "transparent" and form == "jpeg":
        raise user_error("invalid_value", "Transparent background needs output_format png or webp.")
    compression = fields.get("output_compression")
    if compression in (None, ""):
        return
    if not re.fullmatch(r"\d{1,2}|100", str(compression)) or (form == "png" and str(compression) != "100"):
        raise user_error("invalid_value", "output_compression must be 0 to 100, for jpeg and webp only")


def _check_official(model: str, fields: Fields) -> None:
    """The vendor's own rules (images 5.3)."""
    for name in ("seed", "guidance_scale"):
        if name in fields and "-3-0" not in model:
            raise _vendor("InvalidParameter", f"The parameter `{name}` is not supported by the current model.")
    series = fields.get("sequential_image_generation", "disabled")
    if series not in ("auto", "disabled"):
        raise _vendor("InvalidParameter", "sequential_image_generation must be one of: auto, disabled")
    if not is_number(_series(fields), 1, 15) or not is_count(_series(fields)):
        raise _vendor("InvalidParameter", "max_images must be between 1 and 15")
    if not isinstance(fields.get("watermark", True), bool):
        raise _vendor("InvalidParameter", "watermark must be a boolean")
    if "5-0" not in model and fields.get("output_format") == "png":
        raise _vendor("InvalidParameter", "The parameter `output_format` is not supported by the current model.")


def _series(fields: Fields) -> object:
    told = below(fields, "sequential_image_generation_options", "max_images")
    return 15 if told is None else told


def _official_size(model: str, told: str) -> Size:
    words = ("2K", "4K", *(["1K"] if "4-0" in model else []), *(["3K"] if "5-0" in model else []))
    if told in words:
        side = {"1K": 1024, "2K": 2048, "3K": 3072, "4K": 4096}[told]
        return side, side
    size = sizes.pixels(told, _OFFICIAL_SIDE_MAX)
    if size is None or max(size) > 16 * min(size):
        raise _vendor("InvalidParameter", f"The parameter `size` is not valid: {told[:20]}.")
    if "4-0" not in model and size[0] * size[1] < _OFFICIAL_PIXELS_MIN:
        message = f"The parameter `size` is not valid: image size must be at least {_OFFICIAL_PIXELS_MIN} pixels."
        raise _vendor("InvalidParameter", message)
    return size


def _resolution(model: str, fields: Fields) -> str:
    return "4k" if model.endswith("-4k") else text(fields.get("quality"))


def _checked_size(model: str, told: str) -> Size:
    """gpt-image-2 has rules of its own (images 6.1)."""
    size = sizes.pixels(told)
    if size is not None and model.startswith("gpt-image"):
        width, height = size
        fine = width % 16 == 0 and height % 16 == 0 and max(size) <= min(3840, 3 * min(size))
        size = size if fine and 655_360 <= width * height <= 8_294_400 else None
    if size is None:
        raise user_error("invalid_value", f"Invalid size '{told[:20]}'.")
    return size
