"""Every setting and every key of the file is described, and every example is read by the code that reads the operator's."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest

from bots.settings import GATEWAY_URL, Settings
from core.catalog import BUILT_IN, load_catalog
from core.plans import FILE_KEYS, Plan, load_rules
from core.prices import quote
from core.rows import READERS
from core.servers import KEYS as SERVER_KEYS
from core.specs import Poll, Price
from core.values import Json
from tests.docs.pages import ROOT, blocks, code_spans, name_of, text_of

CONFIGURATION = ["docs/configuration.md", "docs/configuration.zh.md"]
EXAMPLES = [
    (name_of(page), block)
    for page in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
    for block in blocks(page.read_text("utf-8"), "toml")
]
DERIVED = {
    "GATEWAY_BASE_URL": GATEWAY_URL,
    "TELEGRAM_API_URL": "",
    "DISCORD_API_URL": "",
    "DISCORD_GATEWAY_URL": "",
    "CONFIG_FILE": "starlight.toml",
}
"""The defaults of these follow from more than their own field; "": told in words."""


def variables(text: str) -> dict[str, str]:
    """The table of the environment: variable -> its default as it is shown."""
    found: dict[str, str] = {}
    for names, shown in re.findall(r"^\| (`[A-Z_`, ]+`) \| ([^|]*)\|", text, re.MULTILINE):
        defaults = re.findall(r"`([^`]+)`", shown)
        for at, name in enumerate(re.findall(r"[A-Z_]+", names)):
            found[name] = defaults[at] if at < len(defaults) else ""
    return found


def decoded(block: str) -> dict[str, Json]:
    return tomllib.loads(block, parse_float=Decimal)


@pytest.mark.parametrize("page", CONFIGURATION)
def test_every_variable_is_described_with_its_default(page: str) -> None:
    described = variables(text_of(page))
    assert described.keys() == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        shown = described[name.upper()]
        if name.upper() in DERIVED:
            assert shown == DERIVED[name.upper()]
            continue
        default = "" if field.default is None or "Secret" in str(field.annotation) else field.default
        assert shown == (f"{default:g}" if isinstance(default, float | bool) else str(default)), name


@pytest.mark.parametrize(("page", "block"), EXAMPLES, ids=[f"{page}-{at}" for at, (page, _) in enumerate(EXAMPLES)])
def test_examples_are_read(page: str, block: str) -> None:
    config = decoded(block)
    load_catalog(config)
    load_rules(config)


def test_there_are_examples_of_rules_and_of_rows() -> None:
    for page in CONFIGURATION:
        assert sum(page == name for name, _ in EXAMPLES) == 3


@pytest.mark.parametrize("page", CONFIGURATION)
def test_the_example_of_the_rules_shows_every_key_and_the_defaults(page: str) -> None:
    config = decoded(blocks(text_of(page), "toml")[0])
    assert config.keys() == set(FILE_KEYS) - {"models", "defaults"}
    rules = load_rules(config)
    assert rules.plan("default") == Plan() == load_rules({}).plan("default")
    assert rules.plan("vip").turns_per_minute == Plan().turns_per_minute
    keys = {key for name in ("limits", "groups", "chat", "gateway") for key in config[name]}
    keys |= config["plans"]["default"].keys() | config["personas"]["tutor"].keys()
    assert {key for server in config["mcp"].values() for key in server} == set(SERVER_KEYS)
    keys |= set(SERVER_KEYS) - set(FILE_KEYS)
    source = "".join((ROOT / "core" / name).read_text("utf-8") for name in ("plans.py", "servers.py"))
    read = set(re.findall(r'\.(?:amount|whole|texts?|pairs|table|rows)\((?:"(\w+)")', source)) - set(FILE_KEYS)
    assert keys == read


@pytest.mark.parametrize("page", CONFIGURATION)
def test_every_field_of_a_row_is_described(page: str) -> None:
    text = text_of(page)
    spans = set(code_spans(text))
    described = {name for cell in re.findall(r"^\| (`[a-z_`, ]+`) \|", text, re.MULTILINE) for name in named(cell)}
    assert described == {*READERS, "routes"}
    assert {field.name for field in fields(Poll)} <= spans
    assert {field.name for field in fields(Price)} - {"estimated"} <= spans
    assert "estimated = true" in spans


@pytest.mark.parametrize("page", CONFIGURATION)
def test_every_family_is_described_with_all_its_fields(page: str) -> None:
    spans = set(code_spans(text_of(page)))
    for path in Path(BUILT_IN).glob("*.toml"):
        for family, defaults in tomllib.loads(path.read_text("utf-8")).get("defaults", {}).items():
            assert {family, *defaults["extra"]} <= spans, family


@pytest.mark.parametrize("page", CONFIGURATION)
def test_the_examples_cost_what_they_say(page: str) -> None:
    catalog = load_catalog(decoded(blocks(text_of(page), "toml")[2]))
    film = catalog.get("my-video", "video")
    assert quote(film, {}) == 500_000
    assert quote(film, {"seconds": "10", "resolution": "1080p", "sound": "on"}) == 2_000_000
    assert quote(catalog.get("my-picture", "image"), {"count": "3"}) == 120_000
    kling = catalog.get("kling-3.0", "video")
    assert "sound" not in kling.options
    assert [quote(kling, {"resolution": each}) for each in ("720p", "1080p")] == [420_000, 560_000]


def named(cell: str) -> Iterable[str]:
    return re.findall(r"`(\w+)`", cell)
