"""Reads tables of the config file by type, and notes what is wrong instead of raising: all mistakes are told at once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from core.values import Json, Micros

MOST = 1_000_000
"""No sum in the file is larger, in its own unit."""

ITEMS = 64
"""No list in the file is longer."""


class Table:
    """One table; `problems` is shared by all of them."""

    def __init__(self, value: Json, path: str, problems: list[str], names: tuple[str, ...] = ()) -> None:
        self._values: Mapping[str, Json] = value if isinstance(value, Mapping) else {}
        self._path = path
        self._problems = problems
        if not isinstance(value, Mapping):
            problems.append(f"[{path}] must be a table")
        known = names or tuple(self._values)
        for name in self._values:
            if name not in known:
                problems.append(f"{self._at(name)}: unknown key, known are {', '.join(known)}")

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}".strip(".")

    def wrong(self, name: str, why: str) -> None:
        self._problems.append(f"{self._at(name)} {why}")

    def table(self, name: str, *names: str) -> Table:
        return Table(self._values.get(name, {}), self._at(name), self._problems, names)

    def rows(self, name: str, *names: str) -> dict[str, Table]:
        rows = Table(self._values.get(name, {}), self._at(name), self._problems)
        return {key: rows.table(key, *names) for key in rows._values}

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        value = self._values.get(name, default)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.wrong(name, f"must be a whole number from {least} to {most}")
        return default

    def amount(self, name: str, default: Micros, unit: Micros) -> Micros:
        """A sum that is written in units of `unit` micros."""
        value = self._values.get(name)
        if value is None:
            return default
        try:
            number = Decimal("NaN") if isinstance(value, bool) else Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite() and 0 <= number <= MOST:
            return int((number * unit).to_integral_value())
        self.wrong(name, f"must be a number from 0 to {MOST}")
        return default

    def text(self, name: str, default: str = "", most: int = 8_000) -> str:
        value = self._values.get(name, default)
        if isinstance(value, str) and len(value) <= most:
            return value.strip()
        self.wrong(name, f"must be text of at most {most} characters")
        return default

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._values.get(name, [])
        if isinstance(value, list) and len(value) <= ITEMS and all(isinstance(each, str) and each for each in value):
            return tuple(value)
        self.wrong(name, f"must be a list of at most {ITEMS} texts")
        return ()

    def pairs(self, name: str) -> dict[str, str]:
        value = self._values.get(name, {})
        if isinstance(value, Mapping) and len(value) <= ITEMS and all(isinstance(each, str) for each in value.values()):
            return dict(value)
        self.wrong(name, f"must be a table of at most {ITEMS} texts")
        return {}
