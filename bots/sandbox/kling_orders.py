"""Orders for Kling: Tencent's own terms in `metadata`, checked strictly (gateway contract, videos 8). Pure functions."""

import re
from collections.abc import Iterable
from dataclasses import replace

from bots.sandbox.behaviour import Films
from bots.sandbox.fields import items, objects, text
from bots.sandbox.film_inputs import Input, Use, link_of, pictures_of, wrong
from bots.sandbox.film_orders import Fields, FilmOrder, metadata_of, object_of, order_of
from bots.sandbox.kling_extras import avatar, extras_of, is_shots, lips, moves, shots

Hosts = frozenset[str]

_FIELDS = (
    *("model", "prompt", "seconds", "duration", "size", "image", "images", "input_reference"),
    *("mode", "content", "metadata"),
)
_METADATA = (
    *("scene_type", "motion_level", "offpeak", "last_frame_url", "video_url", "audio_url", "negative_prompt"),
    *("enhance_prompt", "output_config", "file_infos", "ext_info", "ExtInfo", "seed", "session_id"),
    *("seconds", "duration", "video_duration"),
)
_FILE = ("type", "category", "url", "usage", "reference_type", "keep_original_sound")
_SWITCH = ("Enabled", "Disabled")
_CHOICES = {
    "resolution": ("720P", "1080P", "2K", "4K"),
    "aspect_ratio": ("16:9", "9:16", "1:1"),
    "audio_generation": _SWITCH,
    "enhance_switch": _SWITCH,
    "person_generation": ("AllowAdult", "Disallowed"),
    "input_compliance_check": _SWITCH,
    "output_compliance_check": _SWITCH,
}
_USAGES: dict[str, Use] = {"FirstFrame": "first", "LastFrame": "last", "Reference": "reference"}
_KINDS: dict[str, Use] = {"": "motion", "base": "edit", "feature": "reference"}
_SCENES = ("", "motion_control", "avatar_i2v", "lip_sync")
_IMAGES_MAX = 3
_WITH_FILM_S_MAX = 10
_PICTURE_MAX = 10 * 1024 * 1024
_CITED = re.compile(r"<<<(image|video)_(\d{1,2})>>>")


def kling_order(fields: Fields, films: Films, hosts: Hosts) -> FilmOrder:
    """The order with what it is made of. Raises `TaskRefusal`."""
    metadata = metadata_of(fields)
    extras = extras_of(metadata, films)
    scene = text(metadata.get("scene_type"))
    shot = is_shots(extras)
    order = order_of(fields, wordless=bool(scene) or (shot and not films.shots_prompt))
    _known("request", fields, _FIELDS)
    _known("metadata", metadata, _METADATA)
    output = _output(metadata)
    if scene not in _SCENES:
        raise wrong(f"unknown scene_type: {scene[:40]}")
    if metadata.get("motion_level") not in (None, "std", "pro") or fields.get("mode") not in (None, "std", "pro"):
        raise wrong("motion_level must be std or pro")
    if metadata.get("enhance_prompt") not in (None, *_SWITCH):
        raise wrong("enhance_prompt must be Enabled or Disabled")
    inputs = _inputs(fields, metadata, hosts)
    order = replace(order, inputs=inputs, sound=output.get("audio_generation") == "Enabled")
    _check_cited(order)
    if scene == "motion_control":
        return moves(order, extras)
    if scene == "avatar_i2v":
        return avatar(order, extras, hosts)
    if scene == "lip_sync":
        return lips(order, metadata, extras, hosts)
    if shot:
        order = shots(order, extras)
    elif extras:
        raise wrong(f"unknown parameter: {next(iter(extras))[:40]}")
    return _with_references(order, output)


def _known(where: str, given: Iterable[str], allowed: Iterable[str]) -> None:
    strange = next((name for name in given if name not in allowed), None)
    if strange is not None:
        raise wrong(f"InvalidParameter: unknown field {strange[:40]!r} in {where}")


def _output(metadata: Fields) -> Fields:
    given = metadata.get("output_config")
    output = object_of(given)
    if given is not None and not isinstance(given, dict):
        raise wrong("InvalidParameter: output_config must be an object")
    _known("output_config", output, ("duration", *_CHOICES))
    for name, allowed in _CHOICES.items():
        if output.get(name) not in (None, *allowed):
            raise wrong(f"InvalidParameter: {name} must be one of: {', '.join(allowed)}")
    duration = output.get("duration")
    if duration is not None and (isinstance(duration, bool) or not isinstance(duration, int)):
        raise wrong("InvalidParameter: duration must be an integer")
    return output


# --- what it is made of --------------------


def _inputs(fields: Fields, metadata: Fields, hosts: Hosts) -> tuple[Input, ...]:
    """Pictures and films by their fields; `file_infos` replaces the pictures (videos 8)."""
    if len(items(fields.get("images"))) > _IMAGES_MAX:
        raise wrong(f"InvalidParameter: at most {_IMAGES_MAX} images")
    found = pictures_of(fields, (), hosts)
    if len(found) > 1:
        found = tuple(replace(each, use="reference") for each in found)
    if "file_infos" in metadata:
        found = tuple(_file(info, hosts) for info in _infos(metadata))
    if last := metadata.get("last_frame_url"):
        if [each.use for each in found] != ["first"]:
            raise wrong("InvalidParameter: last_frame_url needs a first frame")
        found = (*found, Input("last", "image", link_of(last, hosts), bytes_max=_PICTURE_MAX // 2))
    if film := metadata.get("video_url"):
        found = (*found, Input("motion", "video", link_of(film, hosts, inline=False)))
    if sum(each.medium == "video" for each in found) > 1:
        raise wrong("InvalidParameter: only one video is allowed")
    return tuple(
        replace(each, bytes_max=min(each.bytes_max, _PICTURE_MAX)) if each.medium == "image" else each for each in found
    )


def _infos(metadata: Fields) -> list[Fields]:
    given = metadata["file_infos"]
    infos = objects(given)
    if not infos or len(infos) != len(items(given)):
        raise wrong("InvalidParameter: file_infos must be a list of objects")
    return infos


def _file(info: Fields, hosts: Hosts) -> Input:
    _known("file_infos", info, _FILE)
    if info.get("type") != "Url":
        raise wrong("InvalidParameter: type must be Url")
    if info.get("category") == "Image":
        use = _USAGES.get(text(info.get("usage", "FirstFrame")))
        if use is None or "reference_type" in info:
            raise wrong("InvalidParameter: usage must be FirstFrame, LastFrame or Reference")
        return Input(use, "image", link_of(info.get("url"), hosts))
    if info.get("category") != "Video":
        raise wrong("InvalidParameter: category must be Image or Video")
    use, kept = _KINDS.get(text(info.get("reference_type", ""))), info.get("keep_original_sound", "Disabled")
    if use is None or kept not in _SWITCH:
        raise wrong("InvalidParameter: reference_type must be base or feature, keep_original_sound Enabled or Disabled")
    return Input(use, "video", link_of(info.get("url"), hosts, inline=False), heard=kept == "Enabled")


def _check_cited(order: FilmOrder) -> None:
    for medium, number in _CITED.findall(order.prompt):
        if not 1 <= int(number) <= sum(each.medium == medium for each in order.inputs):
            raise wrong(f"InvalidParameter: <<<{medium}_{number}>>> was not sent")


def _with_references(order: FilmOrder, output: Fields) -> FilmOrder:
    """What holds without a scene: references need the models that read them, and a film keeps its own sound."""
    model = order.model.lower()
    films = [each for each in order.inputs if each.medium == "video"]
    frames = [each for each in order.inputs if each.use in ("first", "last")]
    if any(each.use == "last" for each in frames) and "2.1" in model and output.get("resolution") != "1080P":
        raise wrong("InvalidParameter: a last frame needs 1080P with this model")
    if not films:
        return order
    if "omni" not in model and "o1" not in model:
        raise wrong("InvalidParameter: this model takes no reference video")
    if order.sound:
        raise wrong("InvalidParameter: audio_generation must be Disabled with a reference video")
    if order.seconds > _WITH_FILM_S_MAX:
        raise wrong("InvalidParameter: duration must be at most 10 with a reference video")
    base = films[0].use == "edit"
    if base and frames:
        raise wrong("InvalidParameter: frames cannot be combined with a base video")
    film = replace(
        films[0], use="edit" if base else "reference", lengths=(3.0, 10.0), sides=(360, 2160), rates=(24.0, 60.0)
    )
    inputs = tuple(film if each is films[0] else each for each in order.inputs)
    return replace(order, inputs=inputs, follows=base)
