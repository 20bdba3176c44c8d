"""Orders for Veo: JSON, or a form with files (gateway contract, videos 6). Pure functions."""

from dataclasses import replace

from bots.sandbox.attachments import uri_mime
from bots.sandbox.fields import items
from bots.sandbox.film_inputs import Input, Use, wrong
from bots.sandbox.film_orders import Fields, FilmOrder, metadata_of, order_of
from bots.sandbox.record import Seen

_PICTURE_MAX = 20 * 1024 * 1024
_REFERENCES_MAX = 3
_LINES = ("720p", "1080p", "4k")
_LARGE = (("4k", 3840), ("1080p", 1920))
_EIGHT = 8
_USES: dict[str, Use] = {"input_reference": "first", "last_frame": "last", "reference_image": "reference"}
_SEED_MAX = 4_294_967_295


def veo_order(fields: Fields, seen: Seen, hosts: frozenset[str]) -> FilmOrder:
    """The order with its frames or references. Raises `TaskRefusal`."""
    order = order_of(fields)
    inputs = _uploaded(seen) if seen.parts else _inline(fields)
    lines = _resolution(fields, order)
    _check_frames(inputs)
    demanding = len(inputs) > 1 or any(each.use == "reference" for each in inputs) or lines != "720p"
    if demanding and order.seconds != _EIGHT:
        raise wrong("durationSeconds must be 8 for 1080p, 4k, reference images and interpolation")
    return replace(order, inputs=inputs)


def _resolution(fields: Fields, order: FilmOrder) -> str:
    """That of the metadata, or of the size; shapes and seeds are checked beside it. Raises `TaskRefusal`."""
    metadata = metadata_of(fields)
    by_size = next((name for name, side in _LARGE if max(order.size) >= side), "720p")
    lines = str(metadata.get("resolution") or (by_size if fields.get("size") else "720p"))
    if lines not in _LINES:
        raise wrong(f"resolution must be one of: {', '.join(_LINES)}")
    if lines == "4k" and "3.1" not in order.model:
        raise wrong("4k is not supported by this model")
    if metadata.get("aspectRatio") not in (None, "", "16:9", "9:16"):
        raise wrong("aspectRatio must be 16:9 or 9:16")
    seed = metadata.get("seed")
    if seed not in (None, "") and not (str(seed).isdecimal() and int(str(seed)[:11]) <= _SEED_MAX):
        raise wrong("seed is out of range")
    return lines


def _uploaded(seen: Seen) -> tuple[Input, ...]:
    strange = [part.name for part in seen.parts if part.filename is not None and part.name not in _USES]
    if strange:
        raise wrong(f"unknown file field: {strange[0][:40]}")
    return tuple(
        Input(use, "image", data=part.data, bytes_max=_PICTURE_MAX)
        for name, use in _USES.items()
        for part in seen.files(name)
    )


def _inline(fields: Fields) -> tuple[Input, ...]:
    """Pictures in JSON are read from `data:` addresses alone; links are silently passed over (videos 6, "image input")."""
    links = [fields.get("image"), fields.get("input_reference"), *items(fields.get("images"))]
    found = [link for link in links if isinstance(link, str) and uri_mime(link)]
    return tuple(Input("first", "image", link, bytes_max=_PICTURE_MAX) for link in found[:1])


def _check_frames(inputs: tuple[Input, ...]) -> None:
    counts = {use: sum(each.use == use for each in inputs) for use in ("first", "last", "reference")}
    if counts["first"] > 1 or counts["last"] > 1:
        raise wrong("only one first and one last frame")
    if counts["last"] and not counts["first"]:
        raise wrong("last_frame needs input_reference")
    if counts["reference"] > _REFERENCES_MAX:
        raise wrong(f"at most {_REFERENCES_MAX} reference images")
    if counts["reference"] and (counts["first"] or counts["last"]):
        raise wrong("reference images cannot be combined with frames")
