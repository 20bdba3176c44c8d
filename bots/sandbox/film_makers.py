"""Orders on `POST /v1/videos`, each by its maker's own rules: Sora, Grok, the bargain Seedance, Runway. Pure functions.

Gateway contract, videos 3.1, 4.2, 5.5 and 7.2; Veo and Kling have modules of their own.
"""

import re
from dataclasses import replace

from bots.sandbox.behaviour import Films
from bots.sandbox.fields import items
from bots.sandbox.film_inputs import Input, Medium, Use, bad, link_of, medium_of, pictures_of, wrong
from bots.sandbox.film_orders import Fields, FilmOrder, metadata_of, order_of
from bots.sandbox.kling_orders import kling_order
from bots.sandbox.record import Seen
from bots.sandbox.veo_orders import veo_order

Hosts = frozenset[str]

_SORA_SIZES = ((1280, 720), (720, 1280))
_SORA_PRO_SIZES = (*_SORA_SIZES, (1792, 1024), (1024, 1792))
_GROK_SIZES = (*_SORA_PRO_SIZES, (1024, 1024))
_SD2_COUNTS: dict[Medium, int] = {"image": 9, "video": 3, "audio": 3}
_SD2_FILES_MAX = 12
_SD2_LENGTHS = (2.0, 15.0)
_CITED = re.compile(r"@(?:图|image)?(\d{1,2})")


def made_of(fields: Fields, seen: Seen, films: Films, hosts: Hosts) -> FilmOrder:
    """The order with what it is made of. Raises `TaskRefusal`."""
    model = str(fields["model"]).lower()
    if model.startswith("kling"):
        return kling_order(fields, films, hosts)
    if model.startswith("veo"):
        return veo_order(fields, seen, hosts)
    if model.startswith("sdance"):
        return _bargain(fields, hosts)
    if model.startswith("gen"):
        return _runway(fields, hosts)
    return _plain(fields, seen, hosts)


def _plain(fields: Fields, seen: Seen, hosts: Hosts) -> FilmOrder:
    """Sora and Grok: words, and at most one picture to begin with."""
    order = order_of(fields)
    sora = order.model.startswith("sora")
    allowed = _GROK_SIZES if not sora else _SORA_PRO_SIZES if "pro" in order.model else _SORA_SIZES
    if "x" in str(fields.get("size") or "") and order.size not in allowed:
        raise bad("invalid_size", f"size must be one of: {', '.join(f'{wide}x{high}' for wide, high in allowed)}")
    if order.model.startswith("grok") and fields.get("quality") not in (None, "standard", "high"):
        raise wrong("quality must be standard or high")
    found = pictures_of(fields, seen.files("input_reference", "image"), hosts)
    if len(found) > 1:
        raise wrong("only one reference image is supported")
    return replace(order, inputs=tuple(replace(each, exact=order.size if sora else None) for each in found))


def _bargain(fields: Fields, hosts: Hosts) -> FilmOrder:
    """SD2: media in one list, cited by position; two pictures alone are the first and the last frame (videos 5.5)."""
    order = order_of(fields)
    if "x" in str(fields.get("size") or ""):
        raise bad("invalid_size", "size must look like 1280*720")
    links = [link for link in (fields.get("image"), *items(fields.get("images"))) if link not in (None, "")]
    found = [link_of(link, hosts) for link in links]
    media = [medium_of(link) for link in found]
    if any(medium == "video" and link.startswith("data:") for medium, link in zip(media, found, strict=True)):
        raise wrong("videos must be URLs")
    if len(found) > _SD2_FILES_MAX or any(media.count(medium) > most for medium, most in _SD2_COUNTS.items()):
        raise wrong("too many reference files")
    if media and set(media) == {"audio"}:
        raise wrong("audio needs an image or a video beside it")
    if any(not 1 <= int(match[1]) <= len(found) for match in _CITED.finditer(order.prompt)):
        raise wrong("the prompt refers to a file that was not sent")
    inputs = zip(_uses(media), media, found, strict=True)
    return replace(
        order,
        inputs=tuple(Input(use, medium, link, lengths=_SD2_LENGTHS) for use, medium, link in inputs),
        inputs_s_max=_SD2_LENGTHS[1],
    )


def _uses(media: list[Medium]) -> list[Use]:
    if media == ["image"]:
        return ["first"]
    return ["first", "last"] if media == ["image", "image"] else ["reference"] * len(media)


def _runway(fields: Fields, hosts: Hosts) -> FilmOrder:
    """Runway's models on the unified route, as the contract supposes them to be (videos 7.2)."""
    metadata = metadata_of(fields)
    ratio = metadata.get("ratio")
    order = order_of({**fields, "size": ratio} if ratio else fields)
    inputs = pictures_of(fields, (), hosts)
    film = metadata.get("videoUri")
    if film:
        inputs = (Input("edit", "video", link_of(film, hosts), heard=True), *inputs)
    elif "aleph" in order.model:
        raise wrong("videoUri is required")
    if len(inputs) > 2:
        raise wrong("too many inputs")
    return replace(order, inputs=inputs, follows=bool(film))
