"""Both languages say the same things, everything the code asks for exists, and numbers read well."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast

import core.errors
from bots.texts import LOCALES, Texts, sources, two_digits
from core.errors import BotError

ROOT = Path(__file__).parents[2]
FAMILIES = (
    "job-", "kind-", "command-", "help-", "option-", "button-", "wanted-", "example-", "language-", "topic-", "hint-",
    "name-", "admin-usage-", "effort-", "export-", "form-", "region-", "mj-ask-", "deliver-action-", "fit-",
)  # fmt: skip
"""Keys that the code puts together."""


@cache
def messages(locale: str) -> dict[str, ast.Message]:
    found: dict[str, ast.Message] = {}
    for name, text in sources(locale).items():
        for entry in FluentParser().parse(text).body:
            assert not isinstance(entry, ast.Junk), f"{locale}/{name}: {entry.content!r}"
            if isinstance(entry, ast.Message):
                assert entry.id.name not in found, f"{locale}/{name}: {entry.id.name} twice"
                found[entry.id.name] = entry
    return found


@dataclass
class Variables:
    """`shown`: stand in the text; `used`: these and those that only choose a variant (a plural may need one more)."""

    shown: set[str]
    used: set[str]


def variables(message: ast.Message) -> Variables:
    found = Variables(set(), set())

    def walk(node: object, *, chooses: bool) -> None:
        if isinstance(node, ast.VariableReference):
            found.used.add(node.id.name)
            if not chooses:
                found.shown.add(node.id.name)
        elif isinstance(node, ast.SelectExpression):
            walk(node.selector, chooses=True)
            walk(node.variants, chooses=chooses)
        elif isinstance(node, list):
            for inner in node:
                walk(inner, chooses=chooses)
        elif isinstance(node, ast.BaseNode):
            walk(list(vars(node).values()), chooses=chooses)

    walk(message, chooses=False)
    return found


def python_files() -> list[Path]:
    return [path for folder in ("bots", "core") for path in sorted((ROOT / folder).rglob("*.py"))]


@cache
def literals() -> set[str]:
    """Every text in quotes that could be a key."""
    found: set[str] = set()
    for path in python_files():
        found |= set(re.findall(r"[\"']([a-z][a-z0-9_-]*)[\"']", path.read_text("utf-8")))
    return found


def errors() -> list[type[BotError]]:
    kinds = [BotError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return kinds


def test_both_languages_have_the_same_sentences() -> None:
    assert set(messages("en")) == set(messages("zh"))


def test_both_languages_show_the_same_values() -> None:
    for key, message in messages("en").items():
        ours, theirs = variables(message), variables(messages("zh")[key])
        assert ours.shown <= theirs.used, key
        assert theirs.shown <= ours.used, key


@pytest.mark.parametrize("kind", errors(), ids=lambda kind: kind.__name__)
def test_every_error_has_its_sentence(kind: type[BotError]) -> None:
    assert kind.key in messages("en")


def test_the_sentences_of_errors_take_the_values_that_the_errors_name() -> None:
    source = inspect.getsource(core.errors)
    found = re.findall(r'key = "([a-z-]+)"(?:  # (.*))?', source)
    assert len(found) > 30
    for key, comment in found:
        told = set(re.findall(r"[a-z]+", re.sub(r"\([^)]*\)", "", comment or "")))
        allowed = told or {"reference"}
        assert variables(messages("en")[key]).used <= allowed, key


def test_every_sentence_the_code_asks_for_exists() -> None:
    asked = re.compile(r"(?:words|tell|texts|_texts)\(\s*(?:[a-z_.]+, )?[\"']([a-z][a-z0-9-]+)[\"']")
    for path in sorted((ROOT / "bots").rglob("*.py")):
        for key in asked.findall(path.read_text("utf-8")):
            assert key in messages("en"), f"{path.name}: {key}"


def test_every_sentence_is_used() -> None:
    used = literals() | {kind.key for kind in errors()}
    unused = {key for key in messages("en") if key not in used and not key.startswith(FAMILIES)}
    assert not unused


def test_sentences_of_a_family_belong_to_something() -> None:
    from bots.commands.parking import DEEDS
    from bots.commands.table import COMMANDS, THINKING
    from core.shapes import REGIONS
    from core.values import JobState

    names = {command.name for command in COMMANDS}
    for key in messages("en"):
        if key.startswith("command-"):
            assert key.removeprefix("command-") in names
        if key.startswith("job-state-"):
            assert key.removeprefix("job-state-") in set(JobState)
    assert {f"job-state-{state}" for state in JobState} <= set(messages("en"))
    assert {f"form-{deed}" for deed in (*DEEDS, "region")} == {key for key in messages("en") if key.startswith("form-")}
    regions = {key.removeprefix("region-") for key in messages("en") if key.startswith("region-")}
    assert regions == {*REGIONS, "shape"}
    assert {f"mj-ask-{kind}" for kind in ("words", "region", "shape", "drawn")} <= set(messages("en"))
    efforts = {key.removeprefix("effort-") for key in messages("en") if key.startswith("effort-")}
    assert efforts == set(THINKING)
    assert {f"export-{kind}" for kind in ("image", "document", "audio", "video")} <= set(messages("en"))


def test_no_platform_isolation_marks_and_plain_values() -> None:
    assert Texts()("en", "model-chosen", model="x", price="1 credit") == "x answers you here from now on, 1 credit."


def test_a_missing_sentence_is_its_key_and_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    assert Texts()("zh", "no-such-sentence") == "no-such-sentence"
    assert "no-such-sentence" in caplog.text


def test_a_missing_value_is_logged_and_the_rest_is_said(caplog: pytest.LogCaptureFixture) -> None:
    assert "answers you here" in Texts()("en", "model-chosen", model="x")
    assert "model-chosen" in caplog.text


@pytest.mark.parametrize(
    ("code", "locale"),
    [("zh", "zh"), ("zh-hans", "zh"), ("zh-TW", "zh"), ("zh_CN", "zh"), ("en-GB", "en"), ("de", "en"), (None, "en")],
)
def test_the_language_of_a_code(code: str | None, locale: str) -> None:
    assert Texts().pick(code) == locale


@pytest.mark.parametrize(
    ("micros", "shown"),
    [(0, "0"), (1, "0.01"), (149, "0.02"), (12_000, "1.2"), (12_100, "1.3"), (123_000, "13"), (12_345_678, "1,235")],
)
def test_credits_are_short_and_never_less_than_the_cost(micros: int, shown: str) -> None:
    assert Texts().credits(micros) == shown


def test_what_somebody_has_is_rounded_down() -> None:
    texts = Texts()
    assert texts.credits(1, "down") == "0"
    assert texts.credits(129_999, "down") == "12"
    assert texts.money(10_000) == "1 credit"
    assert texts.money(20_000, "zh") == "2 积分"


def test_another_credit_of_the_operator() -> None:
    assert Texts(credit=1_000_000).credits(2_500_000) == "2.5"


def test_sums_in_errors_may_be_text_or_micros() -> None:
    texts = Texts()
    assert "5 credits" in texts("en", "error-over-quota", needed="5", left="3", renews=0)
    assert "5 credits" in texts("en", "error-over-quota", needed=50_000, left="3", renews=0)


def test_moments_are_in_the_operators_time() -> None:
    assert Texts(timezone="Asia/Shanghai").moment(1_800_000_000, "zh") == "1月15日 16:00（CST）"
    assert Texts().moment(1_800_000_000) == "Jan 15, 08:00 UTC"


def test_spans_and_sizes() -> None:
    texts = Texts()
    spans = [texts.span(seconds) for seconds in (0, 59.6, 61, 3600, 3661)]
    assert spans == ["0 s", "1 min", "1 min 1 s", "1 h", "1 h 1 min"]
    sizes = [texts.size(size) for size in (0, 1000, 1024, 20 * 1024 * 1024, 5 * 1024**4)]
    assert sizes == ["0 B", "1,000 B", "1 kB", "20 MB", "5,120 GB"]
    dollars = [texts.dollars(micros) for micros in (1_000_000, 0, 3_400, 999_999)]
    assert dollars == ["$1.00", "$0.00", "$0.0034", "$1.00"]


def test_two_digits_for_any_rounding() -> None:
    from decimal import Decimal

    assert two_digits(Decimal("0.004"), "near") == "0.01"
    assert two_digits(Decimal("-1.25"), "near") == "-1.3"


@pytest.mark.parametrize("locale", LOCALES)
def test_menu_lines_fit_the_platforms(locale: str) -> None:
    texts = Texts()
    for key in messages(locale):
        if key.startswith(("command-", "option-")):
            assert 1 <= len(texts(locale, key)) <= 100, key
        if key.startswith("button-"):
            assert len(texts(locale, key, price="12 credits")) <= 80, key
