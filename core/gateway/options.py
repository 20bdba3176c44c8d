"""Puts a person's options and files into a request body the way the row says. Shared by all task families; pure.

A row's `extra` has `fields` (option -> place), `values` (option -> word -> what the wire calls it), `sizes` with `size_by`
and `size_field`, and `prompt_suffix`; core/models/*.toml explains them beside the defaults of each family.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from string import Formatter

from core.catalog import ModelSpec
from core.errors import BadOption, NoLink
from core.gateway.wire import WireFile
from core.values import Json, Order, Part

_EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif", "video/mp4": "mp4"}


def put(body: dict[str, Json], place: str, value: Json) -> None:
    """Set `a.b.c` of a body. `:int`, `:float` and `:bool` at the end of a place say what the wire wants instead of text."""
    path, _, kind = place.partition(":")
    if kind == "int":
        value = int(value)
    elif kind == "float":
        value = float(value)
    elif kind == "bool":
        value = value in {True, "on", "true", "yes"}
    *parents, last = path.split(".")
    for name in parents:
        below = body.get(name, {})
        if isinstance(below, dict):
            body[name] = dict(below)  # it may be the row's own
            body = body[name]
    body[last] = value


def put_options(body: dict[str, Json], chosen: Mapping[str, str], spec: ModelSpec, fields: Mapping[str, Json]) -> None:
    for name, word in chosen.items():
        value = _called(name, word, spec)
        places = fields.get(name, [])
        for place in [places] if isinstance(places, str) else places:
            put(body, place, value)


def put_size(body: dict[str, Json], chosen: Mapping[str, str], spec: ModelSpec) -> None:
    """The pixels that ratio and resolution mean together, if the row has a table of them."""
    words = " ".join(chosen[name] for name in spec.extra["size_by"] if name in chosen)
    size = spec.extra["sizes"].get(words)
    if size and spec.extra["size_field"]:
        put(body, spec.extra["size_field"], size)


def worded_prompt(prompt: str, chosen: Mapping[str, str], spec: ModelSpec) -> str:
    """The prompt and the pieces of `prompt_suffix` whose options are chosen, in the words of `values`."""
    words = {name: _called(name, word, spec) for name, word in chosen.items()}
    for piece in spec.extra["prompt_suffix"]:
        names = {name for _, name, _, _ in Formatter().parse(piece) if name}
        if names <= words.keys():
            prompt += piece.format_map(words)
    return prompt


def _called(name: str, word: str, spec: ModelSpec) -> Json:
    """What the wire calls the word of an option."""
    return spec.extra["values"].get(name, {}).get(word, word)


def as_text(value: Json) -> str:
    """A value of a body as a form has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def data_uri(part: Part) -> str:
    return f"data:{part.mime or 'image/png'};base64,{base64.b64encode(part.data).decode()}"


def link_of(part: Part) -> str:
    """Where the gateway may fetch a file, or the file itself for want of such a place."""
    return part.url or data_uri(part)


def checked_link(part: Part, spec: ModelSpec) -> str:
    """`link_of`. Raises NoLink for a kind of file that the row takes by public links only (`links_only`)."""
    if part.kind in spec.extra["links_only"] and not part.url:
        raise NoLink(f"{spec.name}: a file without a public link", kind=part.kind, model=spec.name)
    return link_of(part)


def check_together(order: Order, spec: ModelSpec) -> None:
    """How many files of a kind the row takes (`most`), and what may be chosen together (`only`: what is done, the kind or
    role of a file, or an option and its word -> option -> words). Raises BadOption."""
    chosen = spec.chosen(order.options)
    kinds = [part.kind for part in order.inputs]
    for kind, most in spec.extra.get("most", {}).items():
        if kinds.count(kind) > most:
            raise BadOption(name="files", value=str(kinds.count(kind)), allowed=str(most))
    roles = (part.role for part in order.inputs)
    known = {order.action, *kinds, *roles, *(f"{name} {word}" for name, word in chosen.items())}
    for key, options in spec.extra.get("only", {}).items():
        for name, words in options.items():
            if key in known and name in chosen and chosen[name] not in words:
                raise BadOption(name=name, value=chosen[name], allowed=", ".join(words))


def form_file(field: str, number: int, part: Part) -> WireFile:
    """A file of a form, with the name, extension and type that relays insist on (gateway contract, images 3)."""
    mime = part.mime or "image/png"
    return WireFile(field, f"reference-{number}.{_EXTENSIONS.get(mime, 'bin')}", mime, part.data)
