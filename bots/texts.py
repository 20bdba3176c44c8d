"""The sentences people read: Fluent bundles, one for each language, and the forms of numbers in them.

Nothing here knows a platform. A missing sentence falls back to English, then to its own key, and is logged: a person always
gets an answer, and a test fails before it comes to that.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cache
from importlib import resources
from typing import Any, Literal
from zoneinfo import ZoneInfo

from fluent.runtime import FluentBundle
from fluent.syntax import FluentParser
from fluent.syntax.ast import Resource

from core.values import Json, Micros

log = logging.getLogger(__name__)

LOCALES = ("en", "zh")
Rounding = Literal["near", "up", "down"]
_ROUNDINGS = {"near": ROUND_HALF_UP, "up": ROUND_CEILING, "down": ROUND_FLOOR}
_MICROS = 1_000_000
_CENT = Decimal("0.01")


@cache
def sources(locale: str) -> Mapping[str, str]:
    """The text of each .ftl file of a language, by file name."""
    folder = resources.files("bots") / "locales" / locale
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".ftl")), key=lambda entry: entry.name)
    return {entry.name: entry.read_text(encoding="utf-8") for entry in files}


@cache
def _parsed(locale: str) -> tuple[Resource, ...]:
    """Parsing takes a tenth of a second: once in a process, whoever makes a `Texts`. Where in the file a word stood is not
    kept."""
    parser = FluentParser(with_spans=False)
    return tuple(parser.parse(source) for source in sources(locale).values())


def two_digits(value: Decimal, rounding: Rounding = "near") -> str:
    """Two significant digits, at most two decimals, whole numbers in full; what is not zero is never shown as 0."""
    size = abs(value)
    step = Decimal(1) if size >= 10 else Decimal("0.1") if size >= 1 else _CENT
    rounded = value.quantize(step, rounding=_ROUNDINGS[rounding])
    if rounded == 0 and value > 0 and rounding != "down":
        rounded = _CENT
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def spoken(environment: Mapping[str, str] = os.environ) -> str:
    """The language code of the operator's terminal, as the system's variables say it; "" when they say nothing."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    return next((environment[name] for name in names if environment.get(name)), "")


class Texts:
    """`texts(locale, key, **params)`. `credit`: micros of one credit, the unit people see; `timezone`: of shown dates."""

    locales = LOCALES

    def __init__(self, credit: Micros = 10_000, timezone: str = "UTC") -> None:
        self._credit = credit
        self._zone = UTC if timezone == "UTC" else ZoneInfo(timezone)
        self._bundles: dict[str, FluentBundle] = {}

    def __call__(self, locale: str, key: str, **params: Json) -> str:
        for tried in (locale if locale in LOCALES else "en", "en"):
            bundle = self._bundle(tried)
            if not bundle.has_message(key):
                log.error("no sentence %s in %s", key, tried)
                continue
            text = self._format(bundle, tried, key, params)
            if text is not None:
                return text
        return key

    def has(self, key: str, locale: str = "en") -> bool:
        return bool(self._bundle(locale).has_message(key))

    def pick(self, language: str | None) -> str:
        """The language of ours for a platform's code (`zh-hans`, `zh-TW`, `en-GB`); English for all others."""
        return "zh" if (language or "").lower().split("-")[0].split("_")[0] in {"zh", "yue", "cmn"} else "en"

    # --- numbers --------------------

    def credits(self, micros: Micros, rounding: Rounding = "up") -> str:
        """The bare number of credits: "12", "0.05". Costs are rounded up, what somebody has is rounded down."""
        return two_digits(Decimal(micros) / self._credit, rounding)

    def money(self, micros: Micros, locale: str = "en", rounding: Rounding = "up") -> str:
        """Credits with their unit: "12 credits"."""
        return self._with_unit(self.credits(micros, rounding), locale)

    def dollars(self, micros: Micros) -> str:
        """US dollars, for owners: "$1.20", and small sums with their digits: "$0.0034"."""
        value = Decimal(micros) / _MICROS
        fine = value.quantize(Decimal("0.0001"), rounding=ROUND_CEILING)
        if abs(fine) >= 1 or fine == fine.quantize(_CENT):
            return f"${value.quantize(_CENT, rounding=ROUND_HALF_UP):,}"
        return f"${fine.normalize():f}"

    def size(self, size: int, locale: str = "en") -> str:
        """Bytes, in units of 1024: "60 MB"."""
        value, unit = Decimal(size), "B"
        for unit in ("B", "kB", "MB", "GB"):
            if abs(value) < 1024 or unit == "GB":
                break
            value /= 1024
        return f"{two_digits(value)} {unit}"

    def span(self, seconds: float, locale: str = "en") -> str:
        """A duration: "45 s", "2 min 5 s", "1 h 3 min"."""
        whole = max(0, round(seconds))
        minutes, rest = divmod(whole, 60)
        hours, left = divmod(minutes, 60)
        if hours:
            return self(locale, "span-hours", hours=hours, minutes=left)
        if minutes:
            return self(locale, "span-minutes", minutes=minutes, seconds=rest)
        return self(locale, "span-seconds", seconds=rest)

    def moment(self, unix_s: float, locale: str = "en") -> str:
        """A date and time in the operator's time zone: "Mar 4, 00:00 UTC"."""
        when = datetime.fromtimestamp(unix_s, self._zone)
        month = self(locale, "month", number=when.month)
        zone = when.tzname() or "UTC"
        return self(locale, "moment", month=month, day=str(when.day), time=when.strftime("%H:%M"), zone=zone)

    # --- inside --------------------

    def _with_unit(self, amount: str, locale: str) -> str:
        return self(locale, "money-credits", amount=amount, one="yes" if amount == "1" else "no")

    def _format(self, bundle: FluentBundle, locale: str, key: str, params: Mapping[str, Json]) -> str | None:
        pattern = bundle.get_message(key).value
        if pattern is None:
            return None
        text, problems = bundle.format_pattern(pattern, dict(params))
        if problems:
            log.error("sentence %s in %s: %s", key, locale, problems)
        return str(text)

    def _bundle(self, locale: str) -> FluentBundle:
        """Parsed on first use: a process that serves one language pays for one."""
        if locale not in self._bundles:
            bundle = FluentBundle([locale], functions=self._functions(locale), use_isolating=False)
            for resource in _parsed(locale):
                bundle.add_resource(resource)
            self._bundles[locale] = bundle
        return self._bundles[locale]

    def _functions(self, locale: str) -> dict[str, Callable[..., Any]]:
        """What the sentences may call. A parameter that is text already is taken as it is."""

        def money(value: object) -> str:
            number = _integer(value)
            return self._with_unit(str(value), locale) if number is None else self.money(number, locale)

        def size(value: object) -> str:
            number = _integer(value)
            return str(value) if number is None else self.size(number, locale)

        def span(value: object) -> str:
            number = _integer(value)
            return str(value) if number is None else self.span(number, locale)

        def moment(value: object) -> str:
            number = _integer(value)
            return str(value) if number is None else self.moment(number, locale)

        return {"MONEY": money, "SIZE": size, "SPAN": span, "MOMENT": moment}


def _integer(value: object) -> int | None:
    """Fluent hands numbers over in wrappers of its own, which are ints, floats or Decimals too."""
    return int(value) if isinstance(value, (int, float, Decimal)) else None
