"""The shape of a model's row, and nothing else. Everybody imports these from `core.catalog`."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from core.values import Json, Kind, Micros, ModelKind, Need

FREE_CHARS = 200
"""An option without listed values takes any text up to this length."""


def folded(name: str) -> str:
    """How names and values are compared: `Kling（线路W）` is `kling(线路w)`."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """An option of a model: its allowed values as people write them; none listed = free text."""

    name: str
    values: tuple[str, ...]
    default: str = ""  # "" = left to the model

    def match(self, written: str) -> str | None:
        """The allowed value that was meant, whatever its case and width; None when there is none."""
        if not self.values:
            text = written.strip()
            return text if 0 < len(text) <= FREE_CHARS else None
        wanted = folded(written)
        return next((value for value in self.values if folded(value) == wanted), None)


@dataclass(frozen=True, slots=True)
class Price:
    """List price in micros. Chat: per million tokens, and `per_search` of the web by the vendor. Tasks: `each` per call or
    per picture, or `per_second` of the result; `by` names the options (divided by a space) whose values, joined the same way,
    pick another rate from `rates`."""

    input_per_million: Micros = 0
    cached_per_million: Micros = 0
    output_per_million: Micros = 0
    each: Micros = 0
    per_second: Micros = 0
    per_search: Micros = 0
    by: str = ""
    rates: Mapping[str, Micros] = field(default_factory=dict)
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Poll:
    """Seconds between two looks at a task: at first, after a minute, and the most."""

    first_s: float = 10.0
    later_s: float = 15.0
    max_s: float = 30.0


Can = Literal["tools", "search", "schema"]

NEEDS: tuple[Need, ...] = get_args(Need)
"""In the order in which they choose a wire."""


@dataclass(frozen=True, slots=True)
class Route:
    """Another wire of the same model. `upstream` "" = the row's; `extra`: complete, of that family."""

    family: str
    extra: Mapping[str, Json]
    upstream: str = ""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A row. `extra`: what only its family reads; its keys are those of the family's defaults, all present. `routes`: which
    wire serves a need that the row's own family serves badly or not at all (gateway contract, chat 11). `efforts`: how hard
    it can be told to think, of EFFORTS. `can`: what beyond words it does, by whichever wire."""

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
    extra: Mapping[str, Json] = field(default_factory=dict)
    routes: Mapping[Need, Route] = field(default_factory=dict)
    efforts: tuple[str, ...] = ()
    can: frozenset[Can] = frozenset()

    def routed(self, needs: Collection[Need]) -> ModelSpec:
        """The row as the wire for these needs sees it: of several routes the first need's, in the order of NEEDS."""
        for need in NEEDS:
            if need in needs and (route := self.routes.get(need)):
                return replace(
                    self, family=route.family, extra=route.extra, upstream=route.upstream or self.upstream, routes={}
                )
        return self

    @property
    def speaks(self) -> bool:
        """It reads aloud: such a model has voices to choose from. What else makes sounds makes music."""
        return self.kind == "audio" and "voice" in self.options

    def chosen(self, options: Mapping[str, str]) -> dict[str, str]:
        """What holds for an order: the given options over the row's defaults, those left to the model left out."""
        merged = {name: options.get(name) or spec.default for name, spec in self.options.items()}
        return {name: value for name, value in merged.items() if value}
