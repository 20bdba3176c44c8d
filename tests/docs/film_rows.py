"""The table of film models as both pages have it, made of the catalogue: when a row changes, print the new table with
`python -m tests.docs.film_rows`."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from core.catalog import load_catalog
from core.film_modes import modes_of
from core.specs import Mode, ModelSpec, OptionSpec
from core.values import Kind

CREDIT = 10_000
"""Micros of one, where the operator says nothing else."""
LINK = "🔗"
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Words:
    """`one`, `many`: so many files of a kind."""

    header: str
    seconds: str
    one: Mapping[Kind, str]
    many: Mapping[Kind, str]
    together: str
    between: str
    or_else: str
    a_second: str
    each: str


ENGLISH = Words(
    header="| model | films | length | shape and resolution | files, at most | sound | credits |",
    seconds="{} s",
    one={"image": "1 picture", "video": "1 film", "audio": "1 sound"},
    many={"image": "{} pictures", "video": "{} films", "audio": "{} sounds"},
    together="{} in all",
    between=", ",
    or_else=", ",
    a_second="{} a second",
    each="{} each",
)
CHINESE = Words(
    header="| 模型 | 能拍 | 时长 | 画面比例和分辨率 | 文件上限 | 声音 | 积分 |",
    seconds="{} 秒",
    one={"image": "图片 1", "video": "视频 1", "audio": "声音 1"},
    many={"image": "图片 {}", "video": "视频 {}", "audio": "声音 {}"},
    together="合计 {}",
    between="，",
    or_else="、",
    a_second="每秒 {}",
    each="每段 {}",
)
PAGES = {"docs/films.md": ENGLISH, "docs/films.zh.md": CHINESE}


def row(spec: ModelSpec, words: Words) -> str:
    modes = " ".join(mode for mode in get_args(Mode) if mode in modes_of(spec))
    cells = (
        f"`{spec.name}`",
        modes,
        _length(spec, words),
        _shape(spec),
        _files(spec, words),
        _sound(spec),
        _price(spec, words),
    )
    return f"| {' | '.join(cells)} |"


def _length(spec: ModelSpec, words: Words) -> str:
    option = spec.options.get("seconds")
    if option is None:
        told = re.search(r"\((\d+) s", spec.title)
        return words.seconds.format(told[1]) if told else NOTHING
    values = [int(value) for value in option.values]
    if not values:
        return words.seconds.format(f"{option.least}–{option.most}")
    whole = len(values) > 2 and values == list(range(values[0], values[-1] + 1))
    span = words.seconds.format(f"{values[0]}–{values[-1]}" if whole else words.or_else.join(map(str, values)))
    return span if option.default in {"", str(values[0])} else f"{span} ({option.default})"


def _shape(spec: ModelSpec) -> str:
    found = [spec.options[name] for name in ("ratio", "resolution") if name in spec.options]
    return " · ".join(" ".join(dict.fromkeys([*_first(option), *option.values])) for option in found) or NOTHING


def _first(option: OptionSpec) -> list[str]:
    """What holds when nothing is said."""
    return [option.default] if option.default else []


def _files(spec: ModelSpec, words: Words) -> str:
    """With a mark for each kind that the maker fetches by itself."""
    kinds: tuple[Kind, ...] = ("image", "video", "audio")
    most = {kind: min(spec.max_inputs, spec.extra.get("most", {}).get(kind, spec.max_inputs)) for kind in kinds}
    most = {kind: number for kind, number in most.items() if kind in spec.inputs}
    as_form = spec.extra.get("inputs_as") == "multipart"
    linked = () if as_form else spec.extra.get("links_only", ())
    listed = [
        (words.one if number == 1 else words.many)[kind].format(number) + (f" {LINK}" if kind in linked else "")
        for kind, number in most.items()
    ]
    if sum(most.values()) > spec.max_inputs:
        listed.append(words.together.format(spec.max_inputs))
    return words.between.join(listed)


def _sound(spec: ModelSpec) -> str:
    option = spec.options.get("sound")
    return " ".join(dict.fromkeys([*_first(option), *option.values])) if option is not None else NOTHING


def _price(spec: ModelSpec, words: Words) -> str:
    price = spec.price
    rates = [*price.rates.values()] or [price.per_second or price.each]
    span = "–".join(f"{each / CREDIT:g}" for each in dict.fromkeys((min(rates), max(rates))))
    told = (words.a_second if price.per_second else words.each).format(span)
    return f"≈ {told}" if price.estimated else told


def table(words: Words) -> list[str]:
    """Without the line below the header."""
    return [words.header, *(row(spec, words) for spec in load_catalog().visible("video"))]


if __name__ == "__main__":
    for page, its_words in PAGES.items():
        header, *rows = table(its_words)
        sys.stdout.write("\n".join([page, header, "|---" * header.count(" | ") + "|---|", *rows, ""]))
