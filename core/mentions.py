"""`@name` in the words of a film: a file of the person's own in the vendor's library becomes an input, and the words say what
the wire calls it. Pure.

An `@name` that is none of theirs stays as it is: people mention people.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from core.film_modes import REFERENCE
from core.specs import ModelSpec, folded
from core.values import Asset, Part

OF_ASSET = "asset:"
"""An input whose `media` begins so is that file of the person's own in the library."""

NAME_CHARS = 32
SIGNS_MOST = 100
"""So many @ of a text are looked at."""
_AT = re.compile(r"(?<![A-Za-z0-9_.+-])[@＠]")
_NUMBERED = re.compile(r"(image|img|video|audio|图|图片|视频|音频)?\d+")
"""What wires call files by themselves."""


@dataclass(frozen=True, slots=True)
class Mention:
    """`start`, `end`: where it stands in the words."""

    asset: Asset
    start: int
    end: int


def is_name(name: str) -> bool:
    """Letters of any script with their marks, digits, - and _; none that a wire gives to files by itself."""
    fits = all(letter in "-_" or unicodedata.category(letter)[0] in "LMN" for letter in name)
    return 0 < len(name) <= NAME_CHARS and fits and not _NUMBERED.fullmatch(folded(name))


def mentions(words: str, assets: Sequence[Asset]) -> tuple[Mention, ...]:
    """Those of the assets that are named, in the order in which the words name them."""
    return tuple(_found(words, sorted(assets, key=lambda asset: len(asset.name), reverse=True)))


def as_inputs(named: Sequence[Mention]) -> tuple[Part, ...]:
    """Each asset once, in the order of its first mention."""
    once = {mention.asset.id: mention.asset for mention in named}
    return tuple(
        Part(asset.kind, media=f"{OF_ASSET}{asset.id}", mime=asset.mime, name=asset.name, role=REFERENCE)
        for asset in once.values()
    )


def takes_all(spec: ModelSpec, inputs: Sequence[Part]) -> bool:
    """Whether the row's words have names for the files of the library among these."""
    names = spec.extra.get("mention", {})
    return all(part.kind in names for part in inputs if part.media.startswith(OF_ASSET))


def numbered(words: str, named: Sequence[Mention], inputs: Sequence[Part], spec: ModelSpec) -> str:
    """The words with "image 2" in place of `@name`: the asset's number among the inputs of its kind. As they are where the
    row takes no such files: checking the order says so."""
    if not named or not takes_all(spec, inputs):
        return words
    called = _called(inputs, spec.extra["mention"])
    for mention in reversed(named):
        words = f"{words[: mention.start]}{called[mention.asset.id]}{words[mention.end :]}"
    return words


def _called(inputs: Sequence[Part], names: Mapping[str, str]) -> dict[str, str]:
    """What the words call each asset, by its id."""
    called: dict[str, str] = {}
    for at, part in enumerate(inputs):
        if part.media.startswith(OF_ASSET):
            number = sum(other.kind == part.kind for other in inputs[: at + 1])
            called[part.media.removeprefix(OF_ASSET)] = names[part.kind].replace("{n}", str(number))
    return called


def _found(words: str, longest_first: Sequence[Asset]) -> Iterator[Mention]:
    for at in islice(_AT.finditer(words), SIGNS_MOST):
        for asset in longest_first:
            end = at.end() + len(asset.name)
            if folded(words[at.end() : end]) == folded(asset.name) and not _goes_on(words, end):
                yield Mention(asset, at.start(), end)
                break


def _goes_on(words: str, end: int) -> bool:
    """Whether the word does not end here: `@cat` is not in `@category`, but it is in `@cat跑`, where no gap is written."""
    if end >= len(words):
        return False
    last, following = words[end - 1], words[end]
    inside = following in "-_" or unicodedata.category(following)[0] in "LMN"
    return inside and not (_is_wide(last) or _is_wide(following))


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"
