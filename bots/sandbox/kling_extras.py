"""Kling's `ext_info` and the scenes that need it: movement, avatars, lips, shots (gateway contract, videos 8). Pure."""

import json
from collections.abc import Mapping
from dataclasses import replace

from bots.sandbox.attachments import uri_mime
from bots.sandbox.behaviour import Films
from bots.sandbox.fields import is_number, items, mapping, objects, text
from bots.sandbox.film_inputs import Input, link_of, wrong
from bots.sandbox.film_orders import Fields, FilmOrder
from bots.sandbox.refusals import TaskRefusal

Hosts = frozenset[str]

_MOVING = ("kling-2.5", "kling-2.6")
_SHOT_MODELS = ("kling-3.0", "kling-3.0-omni")
_SHOTS_MAX = 6
_SHOT_WORDS_MAX = 512
_SOUND_MAX = 5 * 1024 * 1024
_PORTRAIT_SIDE_MIN = 300
_PORTRAIT_SHAPE_MAX = 2.5
_OVERLAP_MS = 2000
_TIMES = ("sound_start_time", "sound_end_time", "sound_insert_time")
_VOLUMES = ("sound_volume", "original_audio_volume")


def _invalid(message: str) -> TaskRefusal:
    return wrong(f"InvalidParameter: {message}")


def extras_of(metadata: Fields, films: Films) -> Fields:
    """The additional parameters; empty when there are none. Raises `TaskRefusal` for another encoding than is read."""
    other = "ExtInfo" if films.ext_info_key == "ext_info" else "ext_info"
    if other in metadata:
        raise _invalid(f"unknown field {other!r} in metadata")
    given = metadata.get(films.ext_info_key)
    if given is None:
        return {}
    outer = _decoded(given, films, films.ext_info_key)
    if set(outer) != {"AdditionalParameters"}:
        raise _invalid("ext_info must hold AdditionalParameters")
    return _decoded(outer["AdditionalParameters"], films, "AdditionalParameters")


def _decoded(value: object, films: Films, name: str) -> Fields:
    if isinstance(value, Mapping) and films.ext_info != "string":
        return mapping(value)
    if isinstance(value, str) and films.ext_info != "object":
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            return found
    form = "an object" if films.ext_info == "object" else "a JSON string of an object"
    raise _invalid(f"{name} must be {form}")


def is_shots(extras: Fields) -> bool:
    return extras.get("multi_shot") is True


# --- scenes --------------------


def moves(order: FilmOrder, extras: Fields) -> FilmOrder:
    """A person in a picture moves as in a film; it gets that film's length."""
    if not order.model.lower().startswith(_MOVING):
        raise _invalid("this model has no motion control")
    _only(extras, "keep_original_sound", "character_orientation")
    orientation, kept = extras.get("character_orientation", "video"), extras.get("keep_original_sound", "yes")
    if orientation not in ("image", "video") or kept not in ("yes", "no"):
        raise _invalid("character_orientation must be image or video, keep_original_sound yes or no")
    pictures = [each for each in order.inputs if each.medium == "image"]
    films = [each for each in order.inputs if each.medium == "video"]
    if len(pictures) != 1 or not films:
        raise _invalid("motion_control needs one image and one video")
    longest = 10.0 if orientation == "image" else 30.0
    film = replace(films[0], use="motion", lengths=(3.0, longest), heard=kept == "yes")
    return replace(order, inputs=(replace(pictures[0], use="first"), film), follows=True)


def avatar(order: FilmOrder, extras: Fields, hosts: Hosts) -> FilmOrder:
    """A portrait that speaks, for as long as the sound is."""
    _only(extras, "sound_file", "audio_id")
    if len(extras) != 1:
        raise _invalid("exactly one of sound_file and audio_id is needed")
    if [(each.medium, each.use) for each in order.inputs] != [("image", "first")]:
        raise _invalid("avatar_i2v needs one portrait")
    sides = (_PORTRAIT_SIDE_MIN, 10_000)
    portrait = replace(order.inputs[0], sides=sides, shape_max=_PORTRAIT_SHAPE_MAX)
    voice = (_sound(extras["sound_file"], hosts, 2.0, 300.0),) if "sound_file" in extras else ()
    return replace(order, inputs=(portrait, *voice), sound=not voice, follows=True)


def lips(order: FilmOrder, metadata: Fields, extras: Fields, hosts: Hosts) -> FilmOrder:
    """A film that is given a voice: by the ids of a face that was found before, or in one step."""
    film = tuple(replace(each, use="lips", lengths=(2.0, 60.0)) for each in order.inputs if each.medium == "video")
    if not extras:
        if not film or not metadata.get("audio_url"):
            raise _invalid("lip_sync needs session_id and face_choose, or video_url and audio_url")
        voice = _sound(metadata["audio_url"], hosts, 2.0, 60.0)
        return replace(order, inputs=(*film, voice), follows=True)
    _only(extras, "session_id", "face_choose")
    faces = objects(extras.get("face_choose"))
    if not text(extras.get("session_id")) or len(faces) != 1 or len(items(extras.get("face_choose"))) != 1:
        raise _invalid("session_id and one face_choose are needed")
    return replace(order, inputs=(*film, *_face(faces[0], hosts)), follows=True)


def _face(face: Fields, hosts: Hosts) -> tuple[Input, ...]:
    _only(face, "face_id", "sound_file", "audio_id", *_TIMES, *_VOLUMES)
    if not text(face.get("face_id")) or ("sound_file" in face) == ("audio_id" in face):
        raise _invalid("face_id and exactly one of sound_file and audio_id are needed")
    times = [face.get(name) for name in _TIMES]
    if not all(is_number(time, 0, 600_000) for time in times):
        raise _invalid("times of the sound must be milliseconds")
    start, end = float(str(times[0])), float(str(times[1]))
    if end - start < _OVERLAP_MS:
        raise _invalid("the sound must overlap the face by at least 2 seconds")
    for name in _VOLUMES:
        if not is_number(face.get(name, 1), 0, 2):
            raise _invalid(f"{name} must be between 0 and 2")
    return (_sound(face["sound_file"], hosts, 2.0, 60.0),) if "sound_file" in face else ()


def shots(order: FilmOrder, extras: Fields) -> FilmOrder:
    """Several shots in one film, whose lengths sum to its own."""
    _only(extras, "multi_shot", "shot_type", "multi_prompt")
    if order.model.lower() not in _SHOT_MODELS:
        raise _invalid("this model has no multi_shot")
    if any(each.medium == "video" for each in order.inputs):
        raise _invalid("multi_shot cannot be combined with a reference video")
    listed = objects(extras.get("multi_prompt"))
    if extras.get("shot_type") != "customize" or len(listed) != len(items(extras.get("multi_prompt"))):
        raise _invalid("shot_type must be customize and multi_prompt a list of objects")
    if not 1 <= len(listed) <= _SHOTS_MAX:
        raise _invalid(f"1 to {_SHOTS_MAX} shots are possible")
    seconds = [_shot(number, shot) for number, shot in enumerate(listed, 1)]
    if sum(seconds) != order.seconds:
        raise _invalid("the durations of the shots must sum to the duration")
    return replace(order, prompt=order.prompt or "\n".join(text(shot.get("prompt")) for shot in listed))


def _shot(number: int, shot: Fields) -> int:
    _only(shot, "index", "prompt", "duration")
    words, seconds = text(shot.get("prompt")), text(shot.get("duration"))
    if shot.get("index") != number or not words.strip() or len(words) > _SHOT_WORDS_MAX:
        raise _invalid(f"shot {number} needs its index and a prompt of at most {_SHOT_WORDS_MAX} characters")
    if not seconds.isdecimal() or not 1 <= int(seconds[:3]) <= 15:
        raise _invalid(f"shot {number} needs a duration of whole seconds, as a string")
    return int(seconds[:3])


def _sound(value: object, hosts: Hosts, shortest: float, longest: float) -> Input:
    """A voice by link, or as base64 with or without its head (videos 8.1)."""
    told = text(value)
    if told and "://" not in told and not uri_mime(told):
        told = f"data:audio/mpeg;base64,{told}"
    return Input("voice", "audio", link_of(told, hosts), lengths=(shortest, longest), bytes_max=_SOUND_MAX)


def _only(given: Fields, *allowed: str) -> None:
    strange = next((name for name in given if name not in allowed), None)
    if strange is not None:
        raise _invalid(f"unknown parameter {strange[:40]!r}")
