"""The table of sound models as both pages have it, made of the catalogue: when a row changes, print the new table with
`python -m tests.docs.sound_rows`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from core.catalog import load_catalog
from core.measuring import SECONDS
from core.own_voices import VOICE_ID
from core.reading_aloud import for_model
from core.specs import ModelSpec, OptionSpec, Sound

CREDIT = 10_000
"""Micros of one, where the operator says nothing else."""
NOTHING = "–"
UNSEEN = {SECONDS, VOICE_ID}
"""Options that nobody chooses."""
THOUSAND, MINUTE_S, MILLION = 1_000, 60, 1_000_000
MARKED = "one <#1.5#> two (laughs)"


@dataclass(frozen=True, slots=True)
class Words:
    """`bounds`: of a text, by the field of a row's `extra` that says how many characters."""

    header: str
    makes: Mapping[Sound, str]
    bounds: Mapping[str, str]
    bytes_long: str
    recording: str
    pieces: str
    pictures: str
    pauses: str
    laughs: str
    own: str
    changes: str
    between: str
    each: str
    per_thousand: str
    a_minute: str


ENGLISH = Words(
    header="| model | makes | takes at most | options | besides | credits |",
    makes={"music": "songs", "lyrics": "lyrics", "speech": "speech", "clone": "a voice", "transcript": "text"},
    bounds={
        "wish_chars": "wish {:,}",
        "lyrics_chars": "lyrics {:,}",
        "style_chars": "style {:,}",
        "title_chars": "title {:,}",
        "text_chars": "{:,} characters a part",
    },
    bytes_long="{:,} bytes a part",
    recording="{:g}–{:g} s",
    pieces="pieces of {:g} min",
    pictures="{} pictures",
    pauses="pauses",
    laughs="sounds",
    own="own voices",
    changes="changes lyrics",
    between=", ",
    each="{} each",
    per_thousand="{} per 1,000 characters",
    a_minute="{} a minute",
)
CHINESE = Words(
    header="| 模型 | 做什么 | 上限 | 选项 | 另外 | 积分 |",
    makes={"music": "歌曲", "lyrics": "歌词", "speech": "朗读", "clone": "声音", "transcript": "文字"},
    bounds={
        "wish_chars": "描述 {:,}",
        "lyrics_chars": "歌词 {:,}",
        "style_chars": "风格 {:,}",
        "title_chars": "歌名 {:,}",
        "text_chars": "每段 {:,} 个字符",
    },
    bytes_long="每段 {:,} 字节",
    recording="{:g}–{:g} 秒",
    pieces="每段 {:g} 分钟",
    pictures="图片 {}",
    pauses="停顿",
    laughs="语气声",
    own="自己的声音",
    changes="改歌词",
    between="，",
    each="每次 {}",
    per_thousand="每千字符 {}",
    a_minute="每分钟 {}",
)
PAGES = {"docs/sound.md": ENGLISH, "docs/sound.zh.md": CHINESE}
_OF_LYRICS = frozenset({"wish_chars"})
"""Bounds that hold where words are written rather than sung."""


def row(spec: ModelSpec, words: Words) -> str:
    made = words.makes[spec.sound or "music"]
    cells = (f"`{spec.name}`", made, _bounds(spec, words), _options(spec), _besides(spec, words), _price(spec, words))
    return f"| {' | '.join(cells)} |"


def _bounds(spec: ModelSpec, words: Words) -> str:
    said = [
        told.format(spec.extra[name])
        for name, told in words.bounds.items()
        if spec.extra.get(name) and (spec.sound != "lyrics" or name in _OF_LYRICS)
    ]
    if spec.prompt_bytes:
        said.append(words.bytes_long.format(spec.prompt_bytes))
    if limits := (spec.limits.get("audio") if spec.sound == "clone" else None):
        said.append(words.recording.format(limits.min_s, limits.max_s))
    if seconds := spec.extra.get("seconds_most"):
        said.append(words.pieces.format(seconds / MINUTE_S))
    if "image" in spec.inputs:
        said.append(words.pictures.format(spec.max_inputs))
    return words.between.join(said) or NOTHING


def _options(spec: ModelSpec) -> str:
    return " · ".join(_option(option) for name, option in spec.options.items() if name not in UNSEEN) or NOTHING


def _option(option: OptionSpec) -> str:
    """Its words where they are few, else how many there are."""
    if option.most:
        return f"{option.name} {option.allowed}"
    few = len(option.values) <= 2
    return " ".join([option.name, *(option.values if few else [str(len(option.values))])])


def _besides(spec: ModelSpec, words: Words) -> str:
    """As the code that obeys these fields has it."""
    heard = for_model(MARKED, spec) if spec.speaks else ""
    found = (
        (words.pauses, "<#" in heard),
        (words.laughs, "(laughs)" in heard),
        (words.own, spec.speaks and bool(spec.extra.get("own_voices"))),
        (words.changes, spec.sound == "lyrics" and bool(spec.extra.get("continues"))),
    )
    return words.between.join(told for told, holds in found if holds) or NOTHING


def _price(spec: ModelSpec, words: Words) -> str:
    price = spec.price
    if price.per_million_chars:
        told = words.per_thousand.format(f"{price.per_million_chars * THOUSAND / MILLION / CREDIT:g}")
    elif price.per_second:
        told = words.a_minute.format(f"{price.per_second * MINUTE_S / CREDIT:g}")
    else:
        told = words.each.format(f"{price.each / CREDIT:g}")
    return f"≈ {told}" if price.estimated else told


def table(words: Words) -> list[str]:
    """Without the line below the header."""
    return [words.header, *(row(spec, words) for spec in load_catalog().visible("audio"))]


if __name__ == "__main__":
    for page, its_words in PAGES.items():
        header, *rows = table(its_words)
        sys.stdout.write("\n".join([page, header, "|---" * header.count(" | ") + "|---|", *rows, ""]))
