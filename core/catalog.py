"""The models, as rows. Loads the built-in rows and the operator's over them, checks all of them, and finds one by name."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from core.errors import NoModels, UnknownModel
from core.prices import default_price
from core.rows import KINDS, Table, merge, read_defaults, read_row
from core.specs import SOUNDS, ModelSpec, OptionSpec, Poll, Price, Route, Sound, folded
from core.values import Json, ModelKind

__all__ = ["BadCatalog", "Catalog", "ModelSpec", "OptionSpec", "Poll", "Price", "Route", "load_catalog"]

BUILT_IN = Path(__file__).with_name("models")
LEARNED_FAMILY = "openai_chat"
LEARNED_MAX = 5_000
ALLOWED_MAX = 40
"""A sentence that lists models names at most this many."""


class BadCatalog(Exception):
    """The rows have mistakes, all of them listed."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Catalog:
    """All models of this process. Only `learn` and `note` change it."""

    def __init__(
        self,
        rows: Iterable[ModelSpec],
        defaults: Mapping[str, str],
        pattern: ModelSpec,
        not_chat: Iterable[str] = (),
    ) -> None:
        """`defaults`: checked names by kind, or by what an audio model makes. `pattern`: the row that learned models copy,
        except those with a word of `not_chat` in their name."""
        self._rows = {folded(row.name): row for row in rows}
        self._defaults = dict(defaults)
        self._pattern = pattern
        self._not_chat = tuple(not_chat)
        self._learned: dict[str, str] = {}
        self._there: frozenset[str] = frozenset()

    @property
    def families(self) -> frozenset[str]:
        routed = (route.family for row in self._rows.values() for route in row.routes.values())
        return frozenset(row.family for row in self._rows.values()).union(routed)

    def answered(self, asked: ModelSpec, upstream: str) -> ModelSpec:
        """The row whose price holds when `upstream` is what the gateway says has answered: a row of that name; else the one
        that was asked, for vendors add dates and resellers their own words."""
        name = folded(upstream)
        if not name or name == folded(asked.upstream):
            return asked
        return next((row for row in self._rows.values() if row.kind == "chat" and folded(row.upstream) == name), asked)

    def visible(self, kind: ModelKind) -> list[ModelSpec]:
        """What people are offered, in the order of the files. Learned models work by name but are not offered."""
        return [row for row in self._rows.values() if row.kind == kind and not row.hidden]

    def get(self, name: str, kind: ModelKind, sound: Sound | None = None) -> ModelSpec:
        """The model a person named. Raises UnknownModel for hidden ones, those of another kind, and those that make another
        `sound`."""
        found = self.find(name)
        if found is None or found.kind != kind or found.hidden or sound not in {None, found.sound}:
            raise UnknownModel(
                f"no {sound or kind} model {name!r}", name=name[:100], allowed=self._allowed(kind, sound)
            )
        return found

    def find(self, name: str) -> ModelSpec | None:
        """Whatever is known under this name, hidden or not: for work that was ordered before the rows changed."""
        key = folded(name)
        if key in self._learned and key not in self._rows:
            return self._learned_row(self._learned[key])
        return self._rows.get(key)

    def default(self, kind: ModelKind, sound: Sound | None = None) -> ModelSpec:
        """The operator's default, else the first row. `sound`: of audio models, only those that make this. Raises NoModels
        when none is offered."""
        if sound is not None and sound in self._defaults:
            return self.get(self._defaults[sound], kind)
        offered = [row for row in self.visible(kind) if sound in {None, row.sound}]
        if not offered:
            raise NoModels(f"no {sound or kind} model at all")
        if kind in self._defaults:
            usual = self.get(self._defaults[kind], kind)
            return usual if usual in offered else offered[0]
        return offered[0]

    def usual(self, sound: Sound) -> ModelSpec | None:
        """The operator's default of those that make this; None: they have named none."""
        return self.find(self._defaults[sound]) if sound in self._defaults else None

    def learn(self, names: Iterable[str]) -> None:
        """Chat models that the gateway lists and no row names: they work as plain chat, at an estimated price."""
        named = set(self._rows) | {folded(row.offered_as) for row in self._rows.values()}
        fresh = {folded(name): name for name in names if folded(name) not in named and self._may_chat(name)}
        self._learned = dict(list(fresh.items())[:LEARNED_MAX])

    def note(self, names: Iterable[str]) -> None:
        """All models that the gateway lists."""
        self._there = frozenset(map(folded, names))

    def is_there(self, spec: ModelSpec) -> bool:
        """Whether the gateway lists it, as far as it has been asked."""
        return folded(spec.offered_as) in self._there

    def _allowed(self, kind: ModelKind, sound: Sound | None) -> str:
        names = [row.name for row in self.visible(kind) if sound in {None, row.sound}]
        return ", ".join(names[:ALLOWED_MAX]) + (", …" if len(names) > ALLOWED_MAX else "")

    def _may_chat(self, name: str) -> bool:
        words = folded(name)
        for mark in "-_./:()[] ":
            words = words.replace(mark, " ")
        return 0 < len(words) <= 200 and not any(
            word == no or (len(no) > 4 and no in word) for word in words.split() for no in self._not_chat
        )

    def _learned_row(self, name: str) -> ModelSpec:
        # priced when it is asked for: the price table is heavy and most listed models are never used
        return replace(self._pattern, name=name, upstream=name, price=default_price(name), listed=False)


# --- loading --------------------


def load_catalog(config: Mapping[str, Json] | None = None) -> Catalog:
    """The built-in rows with the operator's `[models]`, `[defaults]` and `default_model` over them. Other tables of the
    file are not looked at. Raises BadCatalog."""
    given = config or {}
    problems: list[str] = []
    built_in, defaults, not_chat = _built_in(problems)
    families = _families(defaults, _tables(given, "defaults", problems), problems)
    rows = _read_rows(built_in, _tables(given, "models", problems), families, problems)
    chosen = _default_models(given.get("default_model", {}), rows, problems)
    pattern = read_row("?", _pattern(families), families, []) if not problems else None
    if pattern is None:
        raise BadCatalog(problems)
    return Catalog(rows, chosen, pattern, not_chat)


def _pattern(families: Mapping[str, Table]) -> Table:
    return merge(families[LEARNED_FAMILY], {"family": LEARNED_FAMILY, "price": {}})


def _built_in(problems: list[str]) -> tuple[dict[str, Table], dict[str, Table], list[str]]:
    rows: dict[str, Table] = {}
    defaults: dict[str, Table] = {}
    not_chat: list[str] = []
    for path in sorted(BUILT_IN.glob("*.toml")):
        tables = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
        rows |= _tables(tables, "models", problems)
        defaults |= _tables(tables, "defaults", problems)
        not_chat += tables.get("learned", {}).get("not_chat", [])
    return rows, defaults, not_chat


def _tables(given: Table, name: str, problems: list[str]) -> dict[str, Table]:
    """A table of tables; whatever in it is none is a problem."""
    found = given.get(name, {})
    if not isinstance(found, Mapping):
        problems.append(f"{name}: must be a table")
        return {}
    problems.extend(
        f"{name}.{key!r}: must be a table" for key, value in found.items() if not isinstance(value, Mapping)
    )
    return {key: value for key, value in found.items() if isinstance(value, Mapping)}


def _families(built_in: Mapping[str, Table], given: Mapping[str, Table], problems: list[str]) -> dict[str, Table]:
    families = dict(built_in)
    for name, table in given.items():
        if name not in built_in:
            problems.append(f"defaults.{name!r}: unknown family; allowed: {', '.join(sorted(built_in))}")
        else:
            good = read_defaults(name, table, built_in[name], problems)
            families[name] = merge(built_in[name], good)
    return families


def _read_rows(
    built_in: Mapping[str, Table], given: Mapping[str, Table], families: Mapping[str, Table], problems: list[str]
) -> list[ModelSpec]:
    names: dict[str, str] = {}
    for name in (*built_in, *given):
        first = names.setdefault(folded(name), name)
        if first != name and not (first in built_in and first not in given and name in given):
            problems.append(f"models.{name!r}: named twice; it is the same as {first!r}")
    over = {folded(name): table for name, table in given.items()}
    rows = [
        _read_merged(name, built_in.get(name, {}), over.get(key, {}), families, problems) for key, name in names.items()
    ]
    return [row for row in rows if row is not None]


def _read_merged(
    name: str, below: Table, above: Table, families: Mapping[str, Table], problems: list[str]
) -> ModelSpec | None:
    family = above.get("family", below.get("family"))
    if not isinstance(family, str) or family not in families:
        problems.append(f"models.{name!r}: family: {family!r} is none of: {', '.join(sorted(families))}")
        return None
    if family != below.get("family"):
        below = {key: value for key, value in below.items() if key not in {"extra", "options", "kind", "routes"}}
    table = merge(families[family], below, above)
    return read_row(name, table, families, problems)


def _default_models(given: Json, rows: list[ModelSpec], problems: list[str]) -> dict[str, str]:
    if not isinstance(given, Mapping):
        problems.append('default_model: must be a table such as { chat = "…", image = "…" }')
        return {}
    by_name = {folded(row.name): row for row in rows}
    chosen: dict[str, str] = {}
    for kind, name in given.items():
        row = by_name.get(folded(name)) if isinstance(name, str) else None
        if kind not in (*KINDS, *SOUNDS):
            problems.append(f"default_model: unknown key {kind!r}; allowed: {', '.join((*KINDS, *SOUNDS))}")
        elif row is None or kind not in {row.kind, row.sound} or row.hidden:
            offered = [other.name for other in rows if kind in {other.kind, other.sound} and not other.hidden]
            problems.append(f"default_model.{kind}: {name!r} is none of: {', '.join(offered)}")
        else:
            chosen[kind] = row.name
    return chosen
