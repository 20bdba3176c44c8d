"""What Kling is told beyond the usual fields, mostly in `metadata`, which is a copy of its vendor's own order: what is done
with the files, files with the part of each, several shots, and the vendor's extras (gateway contract, videos 8). Pure.

A place of a row that begins with `additional.` is one of the extras, which travel as JSON in a text; one that begins with
`film.` belongs to the film among the files. Both are gathered in the body under these names, and taken out of it here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from core.catalog import ModelSpec
from core.errors import BadOption
from core.gateway.options import checked_link, put
from core.gateway.video.cast import wrong_mix
from core.values import Json, Order, Part

ADDITIONAL, FILM = "additional", "film"
NEEDED: Mapping[str, frozenset[str]] = {
    "motion": frozenset({"image", "video"}),
    "avatar": frozenset({"image", "audio"}),
    "lip_sync": frozenset({"video", "audio"}),
    "edit": frozenset({"video"}),
}
"""What is done -> the kinds of file without which the gateway fails it."""

# --- what is done --------------------


def put_scene(body: dict[str, Json], order: Order, spec: ModelSpec) -> None:
    """Raises WrongMix for what this row does not do, or not with these files."""
    if not order.action:
        return
    able = order.action in spec.modes
    if not able or not NEEDED.get(order.action, frozenset()) <= {part.kind for part in order.inputs}:
        raise wrong_mix(spec, order.action, able=able)
    if scene := spec.extra["scenes"].get(order.action):
        put(body, spec.extra["scene_field"], scene)


def put_shots(body: dict[str, Json], order: Order, spec: ModelSpec) -> None:
    """The shots of `options["shots"]`, JSON of a list of prompt and whole seconds, whose sum is the film's length (videos
    8.1). Their words are what counts; the order's own only have to be there. Raises BadOption."""
    extra = spec.extra
    shots = _shots(order.options.get("shots", ""), extra["shots_most"], extra["shots_chars"])
    total, seconds = sum(length for _, length in shots), spec.chosen(order.options).get("seconds", "")
    if str(total) != seconds:
        raise BadOption(name="seconds", value=seconds, allowed=str(total))
    if not order.prompt.strip():
        body["prompt"] = shots[0][0]
    for place, value in extra["shots_body"].items():
        put(body, place, value)
    listed: list[Json] = [
        {"index": at, "prompt": prompt, "duration": str(length)} for at, (prompt, length) in enumerate(shots, 1)
    ]
    put(body, extra["shots_field"], listed)
    if extra["shots_seconds"]:
        put(body, extra["shots_seconds"], seconds)


def _shots(told: str, most: int, chars: int) -> list[tuple[str, int]]:
    """Raises BadOption unless there are 1 to `most`, each with 1 to `chars` characters and a second at least."""
    try:
        listed = json.loads(told)
    except (ValueError, RecursionError):
        listed = None
    if not isinstance(listed, list) or not 1 <= len(listed) <= most:
        raise BadOption(name="shots", value=told[:60], allowed=f"1–{most}")
    shots: list[tuple[str, int]] = []
    for each in listed:
        prompt, length = (each.get("prompt"), each.get("seconds")) if isinstance(each, dict) else (None, None)
        if not isinstance(prompt, str) or not 1 <= len(prompt.strip()) <= chars:
            raise BadOption(name="prompt", value=str(prompt)[:60], allowed=f"1–{chars}")
        if isinstance(length, bool) or not isinstance(length, int) or length < 1:
            raise BadOption(name="seconds", value=str(length)[:60], allowed="1, 2, 3 …")
        shots.append((prompt.strip(), length))
    return shots


# --- files with their parts --------------------


def film_use(order: Order, spec: ModelSpec) -> str | None:
    """What the film among the files is to the gateway, "" = not said; None: such files go in fields of their own."""
    mode = order.action or ("omni" if any(part.kind != "image" for part in order.inputs) else "")
    use = spec.extra["file_infos"].get(mode)
    return None if use is None else str(use)


def put_files(body: dict[str, Json], parts: Sequence[Part], use: str, spec: ModelSpec) -> None:
    """All files as one list, the film first. Raises NoLink."""
    film = body.get(FILM)
    infos: list[Json] = []
    for part in sorted(parts, key=lambda part: part.kind != "video"):
        info: dict[str, Json] = {"type": "Url", "category": part.kind.capitalize(), "url": checked_link(part, spec)}
        if part.kind == "video":
            info |= {"reference_type": use} if use else {}
            info |= film if isinstance(film, dict) else {}
        elif usage := spec.extra["usages"].get(part.role):
            info["usage"] = usage
        infos.append(info)
    put(body, spec.extra["file_infos_field"], infos)


def put_face(body: dict[str, Json], order: Order, spec: ModelSpec) -> None:
    """Of a face that was found in a film before: what it says, and until when (videos 8.1). Raises NoLink."""
    seconds = spec.chosen(order.options).get("seconds", "")
    voice = next(part for part in order.inputs if part.kind == "audio")
    face: dict[str, Json] = {**spec.extra["face"], "sound_file": checked_link(voice, spec)}
    if seconds.isdecimal():
        face["sound_end_time"] = int(seconds) * 1000
    put(body, f"{ADDITIONAL}.face_choose", [face])


# --- extras --------------------


def seal(body: dict[str, Json], spec: ModelSpec) -> None:
    """The extras as the row's gateway wants them: JSON in JSON, or plain objects."""
    body.pop(FILM, None)
    additional = body.pop(ADDITIONAL, None)
    if not additional:
        return
    if spec.extra["ext_info_mode"] == "object":
        put(body, spec.extra["ext_info_field"], {"AdditionalParameters": additional})
    else:
        put(body, spec.extra["ext_info_field"], _text({"AdditionalParameters": _text(additional)}))


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
