"""Settings: all problems at once, nothing secret shown, and the example file names every one of them."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from pathlib import Path

import pytest

from bots.settings import BadSettings, Settings, environment, load_config, load_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def problems(**environment: str) -> list[tuple[str, str]]:
    path = Path(".env")
    path.write_text("".join(f"{name.upper()}={value}\n" for name, value in environment.items()), "utf-8")
    with pytest.raises(BadSettings) as caught:
        load_settings()
    return [(problem.key, problem.params.get("name", "")) for problem in caught.value.problems]


def test_nothing_set_is_the_sandbox() -> None:
    settings = load_settings()
    assert settings.sandbox
    assert settings.owner_list == []
    assert load_config(settings) == {}


def test_a_key_or_an_address_leaves_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_API_KEY", "sk-live")
    assert not load_settings().sandbox
    monkeypatch.setenv("GATEWAY_BASE_URL", "sandbox:")
    assert load_settings().sandbox


def test_all_problems_are_told_at_once() -> None:
    found = problems(
        gateway_base_url="nowhere",
        telegram_bot_token="abc",
        http_port="eighty",
        owners="me",
        stop_seconds="-1",
        log_level="loud",
        telegram_api_local="maybe",
        discord_proxy="ftp://x",
        database_url="mysql://x",
    )
    assert found == [
        ("setting-url", "GATEWAY_BASE_URL"),
        ("setting-telegram-token", "TELEGRAM_BOT_TOKEN"),
        ("setting-choice", "TELEGRAM_API_LOCAL"),
        ("setting-proxy", "DISCORD_PROXY"),
        ("setting-database", "DATABASE_URL"),
        ("setting-number", "HTTP_PORT"),
        ("setting-owner", "OWNERS"),
        ("setting-range", "STOP_SECONDS"),
        ("setting-choice", "LOG_LEVEL"),
    ]


@pytest.mark.parametrize(
    ("environment", "key"),
    [
        ({"discord_shard_ids": "0,1"}, "setting-shard-count"),
        ({"telegram_webhook_url": "https://x.example/hook"}, "setting-webhook-needs-secret"),
        ({"telegram_webhook_url": "http://x.example", "telegram_webhook_secret": "abc"}, "setting-webhook-https"),
        ({"telegram_webhook_secret": "not allowed!"}, "setting-webhook-secret"),
    ],
)
def test_relations_between_settings(environment: dict[str, str], key: str) -> None:
    assert [found for found, _ in problems(**environment)] == [key]


def test_no_problem_shows_a_secret() -> None:
    Path(".env").write_text("TELEGRAM_BOT_TOKEN=hunter2-secret\nTELEGRAM_WEBHOOK_SECRET=hunter2 secret!\n", "utf-8")
    with pytest.raises(BadSettings) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_secrets_are_known_and_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123456:AAAAAAAAAAAAAAAAAAAAAAAA")
    monkeypatch.setenv("DATABASE_URL", "postgresql://bot:pass-word@db/starlight")
    settings = load_settings()
    assert set(settings.secrets) == {"123456:AAAAAAAAAAAAAAAAAAAAAAAA", "pass-word"}
    assert "AAAA" not in repr(settings)


def test_config_numbers_are_exact(tmp_path: Path) -> None:
    (tmp_path / "starlight.toml").write_text("[limits]\ndaily_usd = 0.1\n", "utf-8")
    assert load_config(load_settings()) == {"limits": {"daily_usd": Decimal("0.1")}}


@pytest.mark.parametrize(
    ("content", "key"), [("[limits", "setting-toml"), (None, "setting-file"), ("\ud800", "setting-toml")]
)
def test_a_bad_config_file_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None, key: str
) -> None:
    if content is not None:
        (tmp_path / "mine.toml").write_bytes(content.encode("utf-8", "surrogatepass"))
    monkeypatch.setenv("CONFIG_FILE", str(tmp_path / "mine.toml"))
    with pytest.raises(BadSettings) as caught:
        load_config(load_settings())
    assert [problem.key for problem in caught.value.problems] == [key]


def test_the_example_names_every_setting() -> None:
    named = set(re.findall(r"^([A-Z_]+)=", EXAMPLE.read_text("utf-8"), flags=re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}


def test_the_example_itself_is_valid() -> None:
    assert load_settings(str(EXAMPLE)).sandbox


def test_the_environment_stands_above_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("ONE=file\nTWO=file\nEMPTY=\n")
    monkeypatch.setenv("TWO", "environment")
    found = environment(str(tmp_path / ".env"))
    assert (found["ONE"], found["TWO"], "EMPTY" in found) == ("file", "environment", False)
    assert environment(str(tmp_path / "none")) == dict(os.environ)
