"""Reads rows: TOML tables in, `ModelSpec`s out, and every mistake of all rows collected instead of the first one raised.

A row is laid over its built-in namesake and that over `[defaults.<family>]`; the defaults also say which fields `extra`
may have and of which type, so a family's module needs no list of its own. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from decimal import ROUND_CEILING, Decimal
from itertools import product
from typing import Any, get_args

from core.fitting import InputLimits
from core.prices import default_price
from core.specs import NEEDS, OPTION_KEYS, WITH_FILM, Can, Mode, ModelSpec, OptionSpec, Poll, Price, Route, Sound
from core.values import EFFORTS, KIND_OF_ROLE, Json, Kind, Micros, ModelKind, Need

Table = Mapping[str, Json]

KINDS: tuple[str, ...] = get_args(ModelKind)
INPUTS: tuple[str, ...] = get_args(Kind)
USD_MAX = 10_000

_MERGED = frozenset(
    {"extra", "options", "poll", "routes", "limits"}
)  # laid over key by key; all other fields are replaced
CAN: tuple[Can, ...] = get_args(Can)
MODES: tuple[Mode, ...] = get_args(Mode)
_POLL = ("first_s", "later_s", "max_s", "tries")
_ROUTE = ("family", "upstream", "extra")
_MONEY = (
    "input_per_million",
    "cached_per_million",
    "output_per_million",
    "each",
    "per_second",
    "per_search",
    "per_million_chars",
)
_PRICE = (*_MONEY, "by", "rates", "actions", "estimated")
_RANGE = ("least", "most", "step")
_LIMITS = tuple(each.name for each in fields(InputLimits))
_WHOLE_LIMITS = frozenset({"max_bytes", "min_side", "max_side", "width", "height"})


class Wrong(Exception):
    """One field's mistake; the reader of the row catches it and reads on."""


def merge(*layers: Table) -> dict[str, Json]:
    """Later layers over earlier ones. Fields that must be tables and are not are kept, for the reader to complain."""
    merged: dict[str, Json] = {}
    for layer in layers:
        for name, value in layer.items():
            below = merged.get(name)
            if name in _MERGED and isinstance(value, Mapping) and isinstance(below, Mapping):
                merged[name] = {**below, **value}
            else:
                merged[name] = value
    return merged


def read_row(name: str, table: Table, families: Mapping[str, Table], problems: list[str]) -> ModelSpec | None:
    """A merged row, whose family is known. None, and at least one line in `problems`, when something in it is wrong."""
    defaults = families[table["family"]]
    before = len(problems)
    where = f"models.{name!r}"
    fields: dict[str, Any] = {"name": name, "upstream": name}
    for key, value in table.items():
        if key == "routes":
            fields[key] = _routes(value, table, families, where, problems)
            continue
        read = READERS.get(key)
        if read is None:
            problems.append(f"{where}: unknown key {key!r}; allowed: {', '.join(sorted((*READERS, 'routes')))}")
            continue
        try:
            fields[key] = read(value)
        except Wrong as wrong:
            problems.append(f"{where}: {key}: {wrong}")
    problems.extend(f"{where}: {line}" for line in _extra_problems(table.get("extra", {}), defaults.get("extra", {})))
    if table.get("kind") != defaults.get("kind"):
        problems.append(f"{where}: kind: family {table.get('family')!r} makes {defaults.get('kind')!r}")
    if "price" not in table:
        if table.get("kind") == "chat":
            fields["price"] = default_price(str(fields["upstream"]))
        else:
            problems.append(f"{where}: price: missing")
    if len(problems) > before:
        return None
    spec = ModelSpec(**fields)
    problems.extend(f"{where}: price: {line}" for line in _price_problems(spec))
    return spec if len(problems) == before else None


def read_defaults(family: str, table: Table, known: Table, problems: list[str]) -> Table:
    """The operator's changes to a family's defaults, without the wrong ones: those are told once, not once a row."""
    wrong = _extra_problems(table.get("extra", {}), known.get("extra", {}))
    good = {key: value for key, value in table.items() if key != "extra" or not wrong}
    for key in table:
        if key not in READERS or key in {"kind", "family", "upstream"}:
            allowed = sorted(set(READERS) - {"kind", "family", "upstream"})
            wrong.append(f"unknown key {key!r}; allowed: {', '.join(allowed)}")
            del good[key]
            continue
        try:
            READERS[key](table[key])
        except Wrong as mistake:
            wrong.append(f"{key}: {mistake}")
            del good[key]
    problems.extend(f"defaults.{family!r}: {line}" for line in wrong)
    return good


def _routes(
    value: Json, row: Table, families: Mapping[str, Table], where: str, problems: list[str]
) -> dict[Need, Route]:
    """`{ search = "claude" }`, or a table of family, upstream and extra in place of the name alone."""
    routes: dict[Need, Route] = {}
    if not isinstance(value, Mapping):
        problems.append(f"{where}: routes: must be a table, not {value!r}")
        return routes
    alike = sorted(name for name, defaults in families.items() if defaults.get("kind") == row.get("kind"))
    for need, given in value.items():
        table = {"family": given} if isinstance(given, str) else given
        if need not in NEEDS:
            problems.append(f"{where}: routes: unknown key {need!r}; allowed: {', '.join(NEEDS)}")
        elif not isinstance(table, Mapping) or not set(table) <= set(_ROUTE):
            problems.append(f"{where}: routes: {need}: must be a family or a table of {', '.join(_ROUTE)}")
        elif table.get("family") not in alike:
            problems.append(f"{where}: routes: {need}: family {table.get('family')!r} is none of: {', '.join(alike)}")
        elif not isinstance(table.get("upstream", ""), str):
            problems.append(f"{where}: routes: {need}: upstream: must be text")
        else:
            known: Table = families[table["family"]].get("extra", {})
            extra: Json = table.get("extra", {})
            if wrong := _extra_problems(extra, known):
                problems.extend(f"{where}: routes: {need}: {line}" for line in wrong)
            else:
                said = {key: value for key, value in _own_words(row, families).items() if key in known}
                routes[need] = Route(table["family"], {**known, **said, **extra}, table.get("upstream", ""))
    return routes


def _own_words(row: Table, families: Mapping[str, Table]) -> dict[str, Json]:
    """How the row itself says its options; what its family says by default is no concern of another family's."""
    own, usual = row.get("extra", {}), families[row["family"]].get("extra", {})
    if not isinstance(own, Mapping):
        return {}
    return {key: own[key] for key in OPTION_KEYS if key in own and own[key] != usual.get(key)}


def _extra_problems(extra: Json, known: Table) -> list[str]:
    if not isinstance(extra, Mapping):
        return ["extra: must be a table"]
    problems = []
    for key, value in extra.items():
        if key not in known:
            problems.append(f"extra: unknown key {key!r}; allowed: {', '.join(sorted(known))}")
        elif type(value) is not type(known[key]):
            problems.append(f"extra: {key}: must be {_word(known[key])}, not {value!r}")
    return problems


def _word(example: Json) -> str:
    words = {bool: "true or false", int: "a whole number", str: "text", list: "a list", dict: "a table"}
    return words.get(type(example), "a number")


def _price_problems(spec: ModelSpec) -> list[str]:
    """What only shows when price and options are seen together."""
    price, problems = spec.price, []
    names = price.by.split()
    if bool(names) != bool(price.rates):
        problems.append("`by` and `rates` belong together")
    if unknown := [name for name in names if name not in spec.options and name != WITH_FILM]:
        problems.append(f"by: no such option: {', '.join(unknown)}")
    else:
        possible = {
            " ".join(filter(None, words))
            for words in product(
                *(("", WITH_FILM) if name == WITH_FILM else _words_of(spec.options[name]) for name in names)
            )
        }
        problems.extend(f"rates: {key!r} is no value of {price.by!r}" for key in price.rates if key not in possible)
        if not price.each:  # what holds where the model decides
            options = [spec.options[name] for name in names if name != WITH_FILM]
            problems.extend(f"by: option {option.name!r} needs a default" for option in options if not option.default)
    seconds = spec.options.get("seconds")
    if price.per_second and not (seconds and seconds.default and all(value.isdigit() for value in seconds.values)):
        problems.append("per_second: needs an option `seconds` of whole numbers with a default")
    return problems


def _words_of(option: OptionSpec) -> tuple[str, ...]:
    """What may stand in the key of a rate: nothing, too, where the model decides."""
    return option.values if option.default else ("", *option.values)


# --- one field each --------------------


def _text(value: Json) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 200:
        raise Wrong(f"must be a text of at most 200 characters, not {value!r}")
    return value


def _flag(value: Json) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"must be true or false, not {value!r}")
    return value


def _whole(least: int, most: int) -> Callable[[Json], int]:
    def read(value: Json) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Wrong(f"must be a whole number from {least} to {most}, not {value!r}")
        return value

    return read


def _number(value: Json) -> Decimal | None:
    """A finite number as the file has it; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    return number if number.is_finite() else None


def _seconds(value: Json) -> float:
    seconds = _number(value)
    if seconds is None or not 0 < seconds <= 86_400:
        raise Wrong(f"must be seconds, more than 0 and at most 86400, not {value!r}")
    return float(seconds)


def _one_of(words: tuple[str, ...]) -> Callable[[Json], str]:
    def read(value: Json) -> str:
        if value not in words:
            raise Wrong(f"{value!r} is none of: {', '.join(words)}")
        return str(value)

    return read


def _inputs(value: Json) -> frozenset[str]:
    if not isinstance(value, list) or not all(word in INPUTS for word in value):
        raise Wrong(f"must be a list of some of: {', '.join(INPUTS)}, not {value!r}")
    return frozenset(value)


def _some_of(words: tuple[str, ...]) -> Callable[[Json], tuple[str, ...]]:
    def read(value: Json) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(word in words for word in value):
            raise Wrong(f"must be a list of some of: {', '.join(words)}, not {value!r}")
        return tuple(word for word in words if word in value)

    return read


def _can(value: Json) -> frozenset[str]:
    return frozenset(_some_of(CAN)(value))


def _modes(value: Json) -> frozenset[str]:
    return frozenset(_some_of(MODES)(value))


def _table(value: Json, allowed: tuple[str, ...]) -> Table:
    if not isinstance(value, Mapping):
        raise Wrong(f"must be a table, not {value!r}")
    if unknown := [key for key in value if key not in allowed]:
        raise Wrong(f"unknown key {unknown[0]!r}; allowed: {', '.join(allowed)}")
    return value


def _poll(value: Json) -> Poll:
    table = dict(_table(value, _POLL))
    tries = _whole(0, 100)(table.pop("tries", 0))
    return Poll(**{key: _seconds(seconds) for key, seconds in table.items()}, tries=tries)


def _micros(value: Json) -> Micros:
    """USD as the file has them, in micros, rounded up."""
    usd = _number(value)
    if usd is None or not 0 <= usd <= USD_MAX:
        raise Wrong(f"must be USD, from 0 to {USD_MAX}, not {value!r}")
    return int((usd * 1_000_000).to_integral_value(ROUND_CEILING))


def _price(value: Json) -> Price:
    table = _table(value, _PRICE)
    fields: dict[str, Any] = {name: _micros(table[name]) for name in _MONEY if name in table}
    if "by" in table:
        fields["by"] = _text(table["by"])
    if "estimated" in table:
        fields["estimated"] = _flag(table["estimated"])
    for name in ("rates", "actions"):
        sums = table.get(name, {})
        if not isinstance(sums, Mapping):
            raise Wrong(f"{name}: must be a table, not {sums!r}")
        fields[name] = {key: _micros(usd) for key, usd in sums.items()}
    return Price(**fields)


def _options(value: Json) -> dict[str, OptionSpec]:
    if not isinstance(value, Mapping):
        raise Wrong(f"must be a table, not {value!r}")
    return {name: _option(name, given) for name, given in value.items() if given is not False}


def _option(name: str, given: Json) -> OptionSpec:
    """`[values]`: the first is the default. `{ values, default }`: "" leaves it to the model. `{ least, most, step,
    default }`: a number. `false` takes it away."""
    if isinstance(given, list):
        given = {"values": given, "default": given[0] if given else ""}
    if not isinstance(given, Mapping) or not set(given) <= {"values", "default", *_RANGE}:
        forms = "a list of values, a table of `values` and `default` or of `least` and `most`, or false"
        raise Wrong(f"{name}: must be {forms}")
    if "most" in given:
        return _number_option(name, given)
    values, default = given.get("values", []), given.get("default", "")
    if not isinstance(values, list) or not all(isinstance(word, str) and word for word in values):
        raise Wrong(f"{name}: values must be a list of texts, not {values!r}")
    if not isinstance(default, str) or (values and default and default not in values):
        raise Wrong(f"{name}: default {default!r} is none of: {', '.join(values)}")
    return OptionSpec(name, tuple(values), default)


def _number_option(name: str, given: Table) -> OptionSpec:
    found = {key: _number(given[key]) for key in _RANGE if key in given}
    if "values" in given or None in found.values():
        raise Wrong(f"{name}: least, most and step must be numbers, without values beside them")
    bounds = {key: number for key, number in found.items() if number is not None}
    option = OptionSpec(name, (), str(given.get("default", "")), **bounds)
    if option.step <= 0 or option.most <= 0 or option.least > option.most:
        raise Wrong(f"{name}: must be from `least` to a larger `most` above 0, by a `step` above 0")
    if option.default and option.match(option.default) is None:
        raise Wrong(f"{name}: default {option.default!r} is none of: {option.allowed}")
    return option


def _limits(value: Json) -> dict[str, InputLimits]:
    """By kind, by role, or by "role option word"; see core/fitting.py."""
    if not isinstance(value, Mapping):
        raise Wrong(f"must be a table, not {value!r}")
    return {key: _limit(key, given) for key, given in value.items()}


def _limit(key: str, given: Json) -> InputLimits:
    found: dict[str, Any] = {"kind": KIND_OF_ROLE.get(key.split(" ", maxsplit=1)[0])}
    if found["kind"] is None:
        raise Wrong(f"{key!r} begins with none of: {', '.join(KIND_OF_ROLE)}")
    for name, limit in _table(given, tuple(each for each in _LIMITS if each != "kind")).items():
        if name in {"mimes", "codecs"}:
            if not isinstance(limit, list) or not all(isinstance(word, str) for word in limit):
                raise Wrong(f"{key}: {name}: must be a list of texts, not {limit!r}")
            found[name] = tuple(limit)
            continue
        number = _number(limit)
        if number is None or number < 0:
            raise Wrong(f"{key}: {name}: must be a number from 0 on, not {limit!r}")
        found[name] = int(number) if name in _WHOLE_LIMITS else float(number)
    return InputLimits(**found)


def _extra(value: Json) -> Table:
    return value if isinstance(value, Mapping) else {}


READERS: Mapping[str, Callable[[Json], object]] = {
    "kind": _one_of(KINDS),
    "family": _text,
    "upstream": _text,
    "listed_as": _text,
    "price": _price,
    "title": _text,
    "inputs": _inputs,
    "max_inputs": _whole(0, 16),
    "needs_input": _flag,
    "prompt_bytes": _whole(0, 1_000_000),
    "options": _options,
    "context": _whole(1_000, 100_000_000),
    "max_output": _whole(16, 1_000_000),
    "submit_s": _seconds,
    "idle_s": _seconds,
    "deadline_s": _seconds,
    "poll": _poll,
    "hidden": _flag,
    "extra": _extra,
    "efforts": _some_of(EFFORTS),
    "can": _can,
    "modes": _modes,
    "limits": _limits,
    "typical_s": _seconds,
    "makes": _one_of(get_args(Sound)),
}
