"""What a film is made of besides words: pictures, films and sounds, as the orders name them. Pure functions.

Gateway contract, videos 5.1, 7.1, 8 and 9: links are public and https, or `data:` addresses where the wire takes them.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from bots.sandbox.attachments import uri_mime
from bots.sandbox.fields import items
from bots.sandbox.record import Part
from bots.sandbox.refusals import TaskRefusal
from bots.sandbox.sizes import Size

Medium = Literal["image", "video", "audio"]
Use = Literal["first", "last", "reference", "edit", "extend", "motion", "voice", "lips"]
"""Frames at the start and the end; what is to be looked like; a film to change, to go on from, to move like or to give a
voice; the sound that is spoken."""

LINK_MAX = 8192
_ENDINGS: dict[str, Medium] = {
    **dict.fromkeys(("mp4", "mov", "webm", "m4v"), "video"),
    **dict.fromkeys(("mp3", "wav", "m4a", "aac", "ogg"), "audio"),
}


@dataclass(frozen=True, slots=True)
class Input:
    """One of them, by its link or its bytes. `lengths` and `bytes_max`: what the wire takes; `exact`: pixels it must have."""

    use: Use
    medium: Medium
    link: str = field(default="", repr=False)
    data: bytes | None = field(default=None, repr=False)
    lengths: tuple[float, float] = (0.0, 600.0)
    bytes_max: int = 100 * 1024 * 1024
    rates: tuple[float, float] = (0.0, 1000.0)  # frames a second
    exact: Size | None = None
    sides: tuple[int, int] = (1, 10_000)  # pixels of the shorter and of the longer side
    shape_max: float = 20.0  # how many times the longer side may be the shorter
    heard: bool = False  # the sound of this film stays


def bad(code: str, message: str) -> TaskRefusal:
    return TaskRefusal(400, code, message)


def wrong(message: str) -> TaskRefusal:
    return bad("invalid_request", message)


def is_public(link: str, hosts: frozenset[str]) -> bool:
    """Whether it leads to the open internet by https, or to one of these hosts (`name:port`) by either scheme."""
    try:
        parts = urlsplit(link)
        name = parts.hostname or ""
        _ = parts.port  # raises when it is none
    except ValueError:
        return False
    if len(link) > LINK_MAX or parts.scheme not in ("http", "https") or parts.username is not None:
        return False
    if parts.netloc in hosts:
        return True
    if parts.scheme != "https" or name == "localhost" or "." not in name or name.endswith((".local", ".internal")):
        return False
    try:
        return ipaddress.ip_address(name).is_global
    except ValueError:
        return True


def medium_of(link: str) -> Medium:
    """By the type of a `data:` address, or by how the link's path ends; what tells nothing is a picture."""
    kind = uri_mime(link).partition("/")[0]
    if kind == "video":
        return "video"
    if kind == "audio":
        return "audio"
    try:
        path = urlsplit(link).path if not link.startswith("data:") else ""
    except ValueError:
        path = ""
    return _ENDINGS.get(path.rpartition(".")[2].lower(), "image")


def link_of(value: object, hosts: frozenset[str], *, inline: bool = True) -> str:
    """A public link, or where `inline` a base64 `data:` address too. Raises `TaskRefusal` for anything else."""
    link = value if isinstance(value, str) else ""
    if inline and uri_mime(link):
        return link
    if link.startswith("data:") or not is_public(link, hosts):
        raise wrong(f"the URL must be a public https address: {link[:60]!r}")
    return link


def pictures_of(fields: Mapping[str, object], files: Sequence[Part], hosts: frozenset[str]) -> tuple[Input, ...]:
    """What was uploaded, or else stands in `image`, `input_reference` and `images`. Raises `TaskRefusal`."""
    if files:
        return tuple(Input("first", "image", data=part.data) for part in files)
    links = [link for name in ("image", "input_reference") if (link := fields.get(name)) not in (None, "")]
    return tuple(Input("first", "image", link=link_of(link, hosts)) for link in [*links, *items(fields.get("images"))])
