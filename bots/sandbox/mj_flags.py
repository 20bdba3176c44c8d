"""The flags of a Midjourney prompt, checked as the vendor checks them (gateway contract, images 7.3). Pure functions."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bots.sandbox import sizes

_FLAG = re.compile(r"(?:^|\s)(?:--|—|–)(?=[A-Za-z])")
_LINK = re.compile(r"https?://\S+")
_NUMBER = re.compile(r"\d{1,10}(\.\d{1,3})?|\.\d{1,3}")
_ALIASES = {
    "aspect": "ar", "version": "v", "stylize": "s", "chaos": "c", "weird": "w", "quality": "q", "repeat": "r",
}  # fmt: skip
PROMPT_MAX = 6000  # letters


@dataclass(frozen=True, slots=True)
class Wish:
    """A prompt, taken apart. `problem`: what the task fails with, "" = nothing. `links`: pictures it points at.

    `likeness` are those of them that only lend their look (`--sref`, `--cref`, `--oref`).
    """

    text: str = ""
    ratio: tuple[int, int] | None = None
    seed: int | None = None
    version: str = "7"
    niji: bool = False
    zoom: float | None = None
    links: tuple[str, ...] = ()
    likeness: tuple[str, ...] = ()
    problem: str = ""


def parse(prompt: str) -> Wish:
    """Never raises: what is wrong with the flags is said in `problem`."""
    text, *pieces = _FLAG.split(prompt)
    flags: dict[str, str] = {}
    for piece in pieces:
        name, _, value = piece.strip().partition(" ")
        flags[_ALIASES.get(name.lower(), name.lower())] = value.strip()
    words = _LINK.sub("", text).strip()
    likeness = tuple(link for name in ("sref", "cref", "oref") for link in _LINK.findall(flags.get(name, "")))
    problem = _problem(prompt, words, flags) or _clash(flags)
    if problem:
        return Wish(words, problem=problem)
    return Wish(
        text=words,
        ratio=sizes.ratio(flags.get("ar", "")),
        seed=int(flags["seed"]) if "seed" in flags else None,
        version=flags.get("niji") or flags.get("v") or "7",
        niji="niji" in flags,
        zoom=float(flags["zoom"]) if "zoom" in flags else None,
        links=tuple(_LINK.findall(text)),
        likeness=likeness,
    )


def _problem(prompt: str, words: str, flags: Mapping[str, str]) -> str:
    if len(prompt) > PROMPT_MAX:
        return "[Invalid parameter] The prompt is too long"
    unknown = [name for name in flags if name not in _RULES]
    if unknown:
        return f"[Invalid parameter] Unrecognized argument(s): --{unknown[0][:40]}"
    for name, value in flags.items():
        if not _RULES[name](value):
            return f"[Invalid parameter] Invalid value provided for argument --{name}"
    return "" if words or _LINK.search(prompt) else "[Invalid parameter] The prompt is empty"


def _clash(flags: Mapping[str, str]) -> str:
    """A likeness by `--oref` is of version 7, one by `--cref` of those before it."""
    old = (flags.get("niji") or flags.get("v") or "7") != "7"
    for name, is_old in (("oref", False), ("ow", False), ("cref", True), ("cw", True)):
        if name in flags and is_old != old:
            version = flags.get("niji") or flags.get("v") or "7"
            return f"[Invalid parameter] --{name} is not compatible with --version {version}"
    return ""


def _within(low: float, high: float, *, whole: bool = True) -> Callable[[str], bool]:
    def check(value: str) -> bool:
        match = _NUMBER.fullmatch(value)
        return bool(match) and low <= float(value) <= high and not (whole and "." in value)

    return check


def _among(*values: str) -> Callable[[str], bool]:
    return lambda value: value in values


def _links(value: str) -> bool:
    return bool(value) and all(_LINK.fullmatch(word) for word in value.split())


def _styles(value: str) -> bool:
    """Pictures, numbers of styles, or `random`; each may have a weight behind `::`."""
    words = value.split()
    return bool(words) and all(_LINK.fullmatch(w) or re.fullmatch(r"(\d{1,10}|random)(::\d{1,3})?", w) for w in words)


_RULES: Mapping[str, Callable[[str], bool]] = {
    "ar": lambda value: sizes.ratio(value) is not None,
    "v": _among("7", "6.1", "6", "5.2"),
    "niji": _among("7", "6"),
    "s": _within(0, 1000),
    "c": _within(0, 100),
    "w": _within(0, 3000),
    "q": _among(".25", "0.25", ".5", "0.5", "1", "2", "4"),
    "no": bool,
    "iw": _within(0, 3, whole=False),
    "seed": _within(0, 4_294_967_295),
    "style": _among("raw"),
    "tile": lambda value: not value,
    "sref": _styles,
    "sw": _within(0, 1000),
    "oref": _links,
    "ow": _within(1, 1000),
    "cref": _links,
    "cw": _within(0, 100),
    "zoom": _within(1, 2, whole=False),
    "r": _within(2, 40),
    "fast": lambda value: not value,
    "relax": lambda value: not value,
    "turbo": lambda value: not value,
}
