"""The shape of a model's row, and nothing else. Everybody imports these from `core.catalog`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from math import log
from typing import Literal, get_args

from core.fitting import InputLimits
from core.values import Json, Kind, Micros, ModelKind, Need, Part

ZERO, ONE = Decimal(0), Decimal(1)
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
_RATIO = re.compile(r"[1-9][0-9]?:[1-9][0-9]?")

FREE_CHARS = 2_000
"""An option without listed values takes any text up to this length."""


def folded(name: str) -> str:
    """How names and values are compared: `Kling（线路W）` is `kling(线路w)`."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """An option of a model: its allowed values as people write them; none listed = free text, or, with `most`, any number
    from `least` to it, whole unless a `step` below 1 says otherwise."""

    name: str
    values: tuple[str, ...]
    default: str = ""  # "" = left to the model
    least: Decimal = ZERO
    most: Decimal = ZERO
    step: Decimal = ONE

    def match(self, written: str) -> str | None:
        """The allowed value that was meant, whatever its case and width; None when there is none."""
        if self.values:
            wanted = folded(written)
            return next((value for value in self.values if folded(value) == wanted), None)
        text = unicodedata.normalize("NFKC", written).strip() if self.most else written.strip()
        if not 0 < len(text) <= FREE_CHARS:
            return None
        return self._number(text) if self.most else text

    def _number(self, text: str) -> str | None:
        if not _NUMBER.fullmatch(text):
            return None
        number = Decimal(text)
        if not self.least <= number <= self.most or number % self.step:
            return None
        return f"{number.normalize():f}"

    @property
    def allowed(self) -> str:
        """For sentences: the values, or the range."""
        return f"{self.least}–{self.most}" if self.most else ", ".join(self.values)


@dataclass(frozen=True, slots=True)
class Price:
    """List price in micros. Chat: per million tokens, and `per_search` of the web by the vendor. Tasks: `each` per call or
    per picture, or `per_second` of the result; `by` names the options (divided by a space) whose values, joined the same way
    without those that are left to the model, pick another rate from `rates`. Its word WITH_FILM is no option: it is a word of
    the key when a film is among the files. `actions`: what else than making can be done, and its price a call.
    `per_million_chars`: of text that is spoken; a Chinese, Japanese or Korean character counts as two."""

    input_per_million: Micros = 0
    cached_per_million: Micros = 0
    output_per_million: Micros = 0
    each: Micros = 0
    per_second: Micros = 0
    per_search: Micros = 0
    per_million_chars: Micros = 0
    by: str = ""
    rates: Mapping[str, Micros] = field(default_factory=dict)
    actions: Mapping[str, Micros] = field(default_factory=dict)
    estimated: bool = False


WITH_FILM = "film"


@dataclass(frozen=True, slots=True)
class Poll:
    """Seconds between two looks at a task: at first, after a minute, and the most. `tries`: of a look that is paid, how many
    may fail in a row; 0 = looks are free, so a failed one is repeated at once, and often."""

    first_s: float = 10.0
    later_s: float = 15.0
    max_s: float = 30.0
    tries: int = 0


OPTION_KEYS = ("fields", "values", "sizes", "size_by", "size_field", "prompt_suffix")
"""What `extra` of a task family says of the options; see core/gateway/options.py."""

Can = Literal["tools", "search", "schema"]

Mode = Literal[
    "text", "image", "frames", "references", "omni", "edit", "extend", "remix", "motion", "avatar", "lip_sync", "shots"
]
"""What a film is made of: words; a picture to begin with; a first and a last one; pictures to look like; these with films and
sounds; a film to change, to go on from, to make anew; a picture and a film whose movement it takes; a portrait and a voice; a
film and a voice; several shots in one order."""

Sound = Literal["music", "lyrics", "speech", "clone", "transcript"]
"""What an audio model makes: songs; words for songs; words read aloud; a voice like somebody's; what a recording says."""
SOUNDS: tuple[Sound, ...] = get_args(Sound)

NEEDS: tuple[Need, ...] = get_args(Need)
"""In the order in which they choose a wire."""


@dataclass(frozen=True, slots=True)
class Route:
    """Another wire of the same model. `upstream` "" = the row's; `extra`: complete, of that family; how options are said on
    the wire (OPTION_KEYS) it has from the row unless it says so itself."""

    family: str
    extra: Mapping[str, Json]
    upstream: str = ""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A row. `extra`: what only its family reads; its keys are those of the family's defaults, all present. `routes`: which
    wire serves a need that the row's own family serves badly or not at all (gateway contract, chat 11). `efforts`: how hard
    it can be told to think, of EFFORTS. `can`: what beyond words it does, by whichever wire. `modes`: of films. `limits`: of
    the files it takes, by kind, by role, or by "role option word" where an option changes them; see core/fitted.py.
    `listed_as`: what the gateway's list calls it, where that is not its name on the wire. `typical_s`: how long an order
    takes, as long as none has been seen. `makes`: of audio models; "" = speech when there are voices to choose from, else
    music."""

    name: str
    kind: ModelKind
    family: str
    upstream: str
    price: Price
    title: str = ""
    inputs: frozenset[Kind] = frozenset({"text"})
    max_inputs: int = 1
    needs_input: bool = False
    prompt_bytes: int = 0  # the longest prompt in UTF-8; 0 = no bound but everybody's
    options: Mapping[str, OptionSpec] = field(default_factory=dict)
    context: int = 128_000
    max_output: int = 4096
    submit_s: float = 300.0
    idle_s: float = 300.0
    deadline_s: float = 1800.0
    poll: Poll = Poll()
    hidden: bool = False
    listed: bool = True  # False: no row names it, the gateway lists it
    listed_as: str = ""
    extra: Mapping[str, Json] = field(default_factory=dict)
    routes: Mapping[Need, Route] = field(default_factory=dict)
    efforts: tuple[str, ...] = ()
    can: frozenset[Can] = frozenset()
    modes: frozenset[Mode] = frozenset()
    limits: Mapping[str, InputLimits] = field(default_factory=dict)
    typical_s: float = 0.0
    makes: Sound | Literal[""] = ""

    @property
    def offered_as(self) -> str:
        """Its name in the gateway's list."""
        return self.listed_as or self.upstream

    def routed(self, needs: Collection[Need]) -> ModelSpec:
        """The row as the wire for these needs sees it: of several routes the first need's, in the order of NEEDS."""
        for need in NEEDS:
            if need in needs and (route := self.routes.get(need)):
                return replace(
                    self, family=route.family, extra=route.extra, upstream=route.upstream or self.upstream, routes={}
                )
        return self

    def for_files(self, inputs: Collection[Part]) -> ModelSpec:
        """The row as the wire of an order with these files sees it."""
        return self.routed({"edit"} if any(part.kind == "image" for part in inputs) else ())

    @property
    def sound(self) -> Sound | None:
        """What an audio model makes; None for other kinds."""
        if self.kind != "audio":
            return None
        return self.makes or ("speech" if "voice" in self.options else "music")

    @property
    def speaks(self) -> bool:
        """It reads aloud."""
        return self.sound == "speech"

    @property
    def voiced(self) -> bool:
        """What it makes is somebody speaking: kept and brought as a voice message."""
        return self.sound in {"speech", "clone"}

    def ratio_near(self, width: int, height: int) -> str:
        """The allowed ratio that is nearest to a picture's own; "" when there is none to choose from, or no picture."""
        option = self.options.get("ratio")
        shapes = [word for word in option.values if _RATIO.fullmatch(word)] if option and width and height else []

        def apart(word: str) -> float:
            wide, high = map(int, word.split(":"))
            return abs(log(wide * height / (high * width)))

        return min(shapes, key=apart, default="")

    def chosen(self, options: Mapping[str, str]) -> dict[str, str]:
        """What holds for an order: the given options over the row's defaults, those left to the model left out."""
        merged = {name: options.get(name) or spec.default for name, spec in self.options.items()}
        return {name: value for name, value in merged.items() if value}
