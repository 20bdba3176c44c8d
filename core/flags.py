"""Flags in a prompt (`--ar 16:9`), of models that are told their options so: found, taken out as options, refused by name.

A row whose `extra.flags` names flags for its options is such a model. People paste whole prompts, so flags that the row has
as options are taken over; every other one is refused, because it could choose a dearer speed or order several pictures.
Phones make one long dash of two hyphens, so dashes count as well where they cannot be punctuation. Words in braces
(`a {red, blue} bird`) are refused too: they are several orders. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from core.errors import BadOption, SeveralAtOnce, UnknownOption
from core.specs import ModelSpec, OptionSpec

ZOOM = OptionSpec("zoom", (), least=Decimal(1), most=Decimal(2), step=Decimal("0.01"))
"""How far a custom zoom goes out: said in the words of that press, nowhere else."""
ZOOMING = "custom_zoom"

RATIO_MOST = 14
"""No picture is longer than so many times its breadth."""
LINKS_MOST = 5
URL_CHARS = 1_000

_KNOWN = frozenset(
    """ar aspect bs chaos cref creative cw draft exp fast hd hq iw loop motion niji oref ow pan personalize private
    profile public quality raw relax repeat sameseed seed sref stealth style stylize sv sw test testp tile turbo
    uplight upanime upbeta version video weird zoom""".split()  # noqa: SIM905
)
"""What follows a dash in the middle of words and still is no word."""
_HYPHEN = "\\-\u2010\u2011\ufe63\uff0d"
_DASH = "\u2012-\u2015\u2212"
_UNSEEN = "\u00ad\u200b-\u200f\u2060\ufeff"
_RUN = f"[{_HYPHEN}{_DASH}](?:[{_UNSEEN}]*[{_HYPHEN}{_DASH}])*"
_URL = r"https?://[^\s\"'<>`\u007f-\U0010ffff]+"
_MARKED = re.compile(  # a run is looked at once, from its beginning: prompts may be all hyphens
    f"{_URL}|(?<![{_HYPHEN}{_DASH}{_UNSEEN}])[{_UNSEEN}]*+(?>(?P<mark>{_RUN}))[{_UNSEEN}]*+(?P<name>[A-Za-z]+)",
    re.IGNORECASE,
)
_URL_OR_RUN = re.compile(f"{_URL}|{_RUN}", re.IGNORECASE)
_DASHES_ONLY = re.compile(f"[{_DASH}]+")
_RATIO = re.compile(r"([1-9]\d{0,3}):([1-9]\d{0,3})")
_REFERENCE = re.compile(r"(https://[^\s\"'<>`:]{3,}[^\s\"'<>`]*?)(::\d{1,3}(\.\d{1,2})?)?", re.IGNORECASE)
_STYLE = re.compile(r"(random|\d{1,10})(::\d{1,3}(\.\d{1,2})?)?", re.IGNORECASE)
_REFERENCES = ("sref", "cref", "oref")
_BRACKETS = str.maketrans("{}｛｝", "()（）")


@dataclass(frozen=True, slots=True)
class _Flag:
    """`start`, `end`: of mark and name in the text; `rest`: what stands behind it, up to the next flag."""

    name: str
    start: int
    end: int
    rest: str


# --- what the command layer and the orders ask --------------------


def parted(spec: ModelSpec, prompt: str) -> tuple[str, dict[str, str]]:
    """The prompt without the flags that are options of the row with a value they allow, and those as options. The last of
    several of one name counts. Everything else stays where it is, for `check_flags` to refuse."""
    options: dict[str, str] = {}
    by_flag = _options_of(spec)
    pieces: list[str] = []
    last = 0
    for flag in _flags_in(prompt) if by_flag else ():
        found = _value(by_flag[flag.name], flag.rest) if flag.name in by_flag else None
        if found is None:
            continue
        option, (value, length) = by_flag[flag.name], found
        options[option.name] = value
        pieces.append(prompt[last : flag.start].rstrip())
        last = flag.end + length
    pieces.append(prompt[last:])
    if not options:
        return prompt, {}
    return " ".join(piece for part in pieces if (piece := part.strip())), options


def described(spec: ModelSpec, text: str) -> str:
    """What a model wrote of a picture, as words that `check_flags` lets pass: flags that the row does not have are left out
    with what stands behind them, braces become brackets. A word behind a lone dash stays."""
    by_flag = _options_of(spec)
    if not by_flag:
        return text
    pieces: list[str] = []
    last = 0
    for flag in _flags_in(text):
        if flag.name in by_flag and _value(by_flag[flag.name], flag.rest):
            continue
        pieces.append(text[last : flag.start].rstrip())
        lone = _DASHES_ONLY.match(text, flag.start) and flag.name not in _KNOWN | by_flag.keys()
        last = flag.end - len(flag.name) if lone else flag.end + len(flag.rest)
    pieces.append(text[last:])
    return " ".join(piece for part in pieces if (piece := part.strip())).translate(_BRACKETS)


def check_flags(spec: ModelSpec, prompt: str, options: Mapping[str, str], action: str = "") -> None:
    """Raises UnknownOption for a flag in the prompt, or in the words of an option, that the row does not have, BadOption for
    one whose value it does not allow, SeveralAtOnce for words in braces that would become several orders. Rows without flags
    pass."""
    by_flag = _options_of(spec)
    if not by_flag:
        return
    if several := _permuted(" ".join((prompt, *options.values()))):  # they are sent in one line
        raise SeveralAtOnce(words=several[:60])
    for flag in _flags_in(prompt):
        option = ZOOM if flag.name == "zoom" and action == ZOOMING else by_flag.get(flag.name)
        if option is None:
            raise UnknownOption(name=f"--{flag.name}"[:60], allowed=", ".join(_flags_of(spec)))
        if _value(option, flag.rest) is None:
            raise BadOption(name=f"--{flag.name}", value=flag.rest.strip()[:60], allowed=_allowed(option))
    for name, words in options.items():
        for flag in _flags_in(words):
            raise UnknownOption(name=f"--{flag.name}"[:60], allowed=", ".join(_flags_of(spec)))
        if name in spec.options and _fits(spec.options[name], words) is None:
            raise BadOption(name=name, value=words[:60], allowed=_allowed(spec.options[name]))


def zoomed(prompt: str) -> tuple[str, str]:
    """The words of a custom zoom without their `--zoom`, and its value ("" = none that is allowed)."""
    for flag in _flags_in(prompt):
        if flag.name == "zoom" and (found := _value(ZOOM, flag.rest)):
            value, length = found
            return f"{prompt[: flag.start].rstrip()} {prompt[flag.end + length :].lstrip()}".strip(), value
    return prompt, ""


def as_flags(spec: ModelSpec, options: Mapping[str, str]) -> str:
    """Those of the options that have a flag, as they are sent; "" = none."""
    named = ((names[0], options[option]) for option, names in spec.extra["flags"].items() if option in options)
    return " ".join(name if value == "on" else f"{name} {defused(value)}" for name, value in named if value != "off")


def defused(text: str) -> str:
    """Words on one line in which nothing is a flag any more; links stay the same links."""

    plain = _URL_OR_RUN.sub(lambda match: match[0] if match[0][:4].lower() == "http" else "-", text)
    return " ".join(re.sub("-(?=-)", "%2D", plain).split())  # what hyphens are left in a row are those of links


# --- reading --------------------


def _options_of(spec: ModelSpec) -> dict[str, OptionSpec]:
    """Every spelling of a flag, without its hyphens, to the option of the row that it is."""
    flags: Mapping[str, list[str]] = spec.extra.get("flags", {})
    return {flag.lstrip("-"): spec.options[name] for name in flags if name in spec.options for flag in flags[name]}


def _flags_of(spec: ModelSpec) -> list[str]:
    """The flags of the row as they are told: one spelling each."""
    return [names[0] for option, names in spec.extra["flags"].items() if option in spec.options]


def _flags_in(text: str) -> Iterator[_Flag]:
    found = [match for match in _MARKED.finditer(text) if match["name"] and _is_flag(match, text)]
    ends = [*(match.start() for match in found[1:]), len(text)]
    for match, end in zip(found, ends[: len(found)], strict=True):
        yield _Flag(match["name"].lower(), match.start(), match.end(), text[match.end() : end])


def _is_flag(match: re.Match[str], text: str) -> bool:
    """Hyphens in a row always; a dash at the beginning of a word, or before a word that can be nothing else."""
    if not _DASHES_ONLY.fullmatch(match["mark"]):
        return len(match["mark"]) > 1
    glued = match.start() > 0 and not text[match.start() - 1].isspace()
    return not glued or match["name"].lower() in _KNOWN


def _value(option: OptionSpec, rest: str) -> tuple[str, int] | None:
    """The value at the beginning of what stands behind a flag, and how many characters it takes."""
    if set(option.values) == {"on", "off"}:
        return "on", 0
    if option.name == "negative":
        value = _fits(option, rest.strip(" \t\r\n,"))
        return (value, len(rest)) if value else None
    if option.name in _REFERENCES:
        return _references(option, rest)
    word = re.match(r"[\s=]*(\S+)", rest)
    value = _fits(option, word[1].rstrip(",.;")) if word else None
    return (value, word.end()) if word and value else None


def _references(option: OptionSpec, rest: str) -> tuple[str, int] | None:
    """As many links (or numbers) as stand there."""
    words: list[str] = []
    end = 0
    for word in re.finditer(r"\S+", rest):
        if _fits(option, " ".join([*words, word[0]])) is None:
            break
        words.append(word[0])
        end = word.end()
    return (" ".join(words), end) if words else None


def _permuted(text: str) -> str:
    """From the first brace to the last, when a comma is between them: upstream each of the words becomes a job. "" = none."""
    first = min((at for brace in "{｛" if (at := text.find(brace)) >= 0), default=len(text))
    inside = text[first : max(text.rfind(brace) for brace in "}｝") + 1]
    return inside if any(comma in inside for comma in ",，、") else ""


# --- values --------------------


def _fits(option: OptionSpec, written: str) -> str | None:
    """The value as the wire has it; None when it is not allowed."""
    if option.name in _REFERENCES:
        words = written.split()
        fitting = all(_is_reference(option.name, word) for word in words)
        return " ".join(words) if fitting and 0 < len(words) <= LINKS_MOST else None
    value = option.match(written)
    if value is not None and option.name == "ratio" and not option.values:
        return _ratio(value)
    return value


def _is_reference(name: str, word: str) -> bool:
    return len(word) <= URL_CHARS and bool(_REFERENCE.fullmatch(word) or (name == "sref" and _STYLE.fullmatch(word)))


def _ratio(written: str) -> str | None:
    match = _RATIO.fullmatch(unicodedata.normalize("NFKC", written))
    if match is None:
        return None
    sides = sorted((int(match[1]), int(match[2])))
    return match[0] if sides[1] <= RATIO_MOST * sides[0] else None


def _allowed(option: OptionSpec) -> str:
    """For sentences."""
    if option.name in _REFERENCES:
        return "https://…, random, 0–4294967295" if option.name == "sref" else "https://…"
    return option.allowed or ("16:9, 1:1, 2:3, …" if option.name == "ratio" else "…")
