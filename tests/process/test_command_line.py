"""The command line and the start, as the operator meets them: what they print, and the exit codes."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bots.cli import cli
from core.values import Person, Role, Sender
from storage.clock import SystemClock
from storage.engine import open_store
from tests.standins.telegram import TelegramStandIn

TOKEN = "4242:a-token-of-enough-characters"


@pytest.fixture(autouse=True)
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, nothing of the machine's own settings, and the sandbox."""
    for name in list(os.environ):
        if name.startswith(("GATEWAY_", "TELEGRAM_", "DISCORD_", "DATABASE_", "MEDIA_", "HTTP_", "LC_", "OWNERS")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def starlight(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


async def known(database_url: str, sender: Sender) -> None:
    """Somebody has written to the bot before."""
    async with open_store(database_url, SystemClock()) as store, store.begin() as tx:
        await tx.people.add_person(Person("p1", Role.MEMBER), sender)


def test_the_doctor_of_a_house_in_order() -> None:
    done = starlight("doctor")
    lines = done.output.splitlines()
    assert done.exit_code == 0, done.output
    assert all(line.startswith("✓ ") for line in lines[:-1])
    assert "✓ Gateway: the built-in sandbox answers with" in done.output
    assert re.search(r"Database: .*\b0 people", done.output)
    assert lines[-1] == "All is well."


def test_the_doctor_names_what_is_wrong_and_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("GATEWAY_API_KEY", "sk-nobody-listens")
    monkeypatch.setenv("PUBLIC_URL", "http://127.0.0.1:9")
    done = starlight("doctor")
    assert done.exit_code == 1
    assert "✗ Gateway: " in done.output and "→ check GATEWAY_BASE_URL" in done.output
    assert "✗ Public URL: ConnectError" in done.output and "→ PUBLIC_URL must lead to" in done.output
    assert re.search(r"\d things need you\.", done.output)


def test_wrong_settings_are_told_together_and_nothing_is_opened(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://x")
    monkeypatch.setenv("HTTP_PORT", "many")
    done = starlight("doctor")
    assert done.exit_code == 2
    assert "these 2 things" in done.output
    assert "DATABASE_URL must begin with" in done.output and "HTTP_PORT must be a number" in done.output
    assert list(house.iterdir()) == []


def test_a_file_with_mistakes_of_models_and_plans(house: Path) -> None:
    (house / "starlight.toml").write_text('[models.x]\nfamily = "nope"\n[plans.default]\nopen_jobs = 0\n', "utf-8")
    done = starlight("models")
    assert done.exit_code == 2
    assert "is none of: chat_image, chat_video" in done.output and "open_jobs must be a whole number" in done.output


def test_models_beside_the_gateways_list() -> None:
    done = starlight("models")
    assert done.exit_code == 0
    assert re.search(r"^gpt-image-2 · image · 5.3 credits each$", done.output, re.MULTILINE)
    assert "the gateway does not list it" in done.output


def test_credits_for_a_person_who_is_known(house: Path) -> None:
    assert "version" in starlight("migrate").output
    assert starlight("grant", "telegram:7", "5").exit_code == 1
    asyncio.run(known(f"sqlite:///{house}/data/starlight.db", Sender("telegram", "7")))
    assert starlight("grant", "telegram:7", "5").output == "telegram:7 now has 5 credits.\n"
    assert starlight("grant", "telegram:7", "2.5").output == "telegram:7 now has 7.5 credits.\n"
    wrong = starlight("grant", "telegram:7", "much")
    assert wrong.exit_code == 1 and "no number" in wrong.output


def test_a_backup_is_a_database_and_overwrites_nothing(house: Path) -> None:
    starlight("migrate")
    assert "copy.db holds everything" in starlight("backup", "copy.db").output
    with closing(sqlite3.connect(house / "copy.db")) as copy:
        assert copy.execute("SELECT COUNT(*) FROM persons").fetchone() == (0,)
    again = starlight("backup", "copy.db")
    assert again.exit_code == 1 and "No backup was made" in again.output


@asynccontextmanager
async def running(house: Path, telegram: TelegramStandIn) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bots", cwd=house, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={
            "PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2]), "LANG": "en_US.UTF-8",
            "TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": telegram.url, "HTTP_PORT": "0", "STOP_SECONDS": "1",
        },
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_the_first_owner_needs_no_configuration(house: Path) -> None:
    """The start says what works and prints a code; whoever sends it owns the bot; SIGTERM ends it in good order."""
    async with TelegramStandIn(token=TOKEN) as telegram, running(house, telegram) as process:
        assert process.stdout is not None
        said = ""
        while "/start " not in said:
            line = await asyncio.wait_for(process.stdout.readline(), 60)
            assert line, said
            said += line.decode()
        assert "⚠ SANDBOX: no GATEWAY_API_KEY is set" in said
        assert "Telegram: @starlight_test_bot is listening." in said
        assert "privacy mode is on" in said and "Data lives in sqlite:///data/starlight.db" in said
        code = said.split("/start ")[1].split()[0]
        ann, bob = telegram.phone.person("Ann"), telegram.phone.person("Bob")
        for user, words in ((ann, "You are now the owner"), (bob, "That code does not work")):
            telegram.phone.say(user, user, f"/start {code}")
            await telegram.phone.until(lambda: telegram.phone.last(user), timeout_s=20)  # noqa: B023 # waited for here
            last = telegram.phone.last(user)
            assert last is not None and words in last.text
        process.terminate()
        rest = (await asyncio.wait_for(process.communicate(), 30))[0].decode()
        assert process.returncode == 0, rest
        assert rest.endswith("Stopped. Nothing is lost.\n")
