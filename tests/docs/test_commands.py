"""What the pages tell people to type exists, and works as it is written."""

from __future__ import annotations

import re

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from bots.cli import cli
from bots.commands import grammar, table
from core.catalog import load_catalog
from tests.docs.pages import PAGES, code_spans, name_of, text_of

CATALOG = load_catalog()
ALL = {name_of(page): page.read_text("utf-8") for page in PAGES}
ORDERS = [command.name for command in table.COMMANDS if command.order]
READMES = ("README.md", "README.zh.md")
OTHERS = {"exit", "newbot", "telegram", "metrics", "healthz", "readyz"}
"""Of the console, of @BotFather, and paths of the HTTP port."""
OWN_NAMES = {("say", "voice")}
"""Options of a command that also take what people have called something of theirs."""
OPTIONS = re.compile(r"--[a-z]+(?: (?!--)[\w:.]+)?")


def rows(text: str) -> dict[str, str]:
    """The table of commands: the command of a row -> the row."""
    found = re.findall(r"^\| (`/[^|]+) \|(.+)\|$", text, re.MULTILINE)
    return {name: line for cell, line in found for name in re.findall(r"`/(\w+)", cell)}


@pytest.mark.parametrize("name", READMES)
def test_the_readmes_name_every_command_and_no_other(name: str) -> None:
    assert rows(text_of(name)).keys() == {command.name for command in table.COMMANDS} - {"start", "help"}


@pytest.mark.parametrize("page", ALL)
def test_commands_in_the_text_exist(page: str) -> None:
    for span in code_spans(ALL[page]):
        for name in re.findall(r"(?:^|[\n'(])/([a-z]+)(?=$|[ '\n\\])", span):
            assert table.find(name) or name in OTHERS, span


@pytest.mark.parametrize("page", ALL)
def test_options_in_the_text_are_taken(page: str) -> None:
    """What an order is told to take, as it is written in a sentence or in the order's row of the table."""
    for command, typed in [
        *re.findall(rf"`/({'|'.join(ORDERS)}) ([^`]*--[^`]*)`", ALL[page]),
        *(
            (name, " ".join(re.findall(r"`([^`]*--[^`]+)`", line)))
            for name, line in rows(ALL[page]).items()
            if name in ORDERS
        ),
    ]:
        found = table.find(command)
        assert found is not None
        written = [option for option in OPTIONS.findall(typed) if " " in option]
        parsed = grammar.parse(" ".join(written), table.spellings(found, CATALOG))
        listed = {option.name: option for option in table.options(found, CATALOG)}
        for name, value in parsed.options.items():
            choices = listed[name].choices
            assert not choices or value in choices or (command, name) in OWN_NAMES, (command, name, value)


@pytest.mark.parametrize("name", READMES)
def test_the_owners_row_names_every_action(name: str) -> None:
    if name == "README.md":
        named = set(re.findall(r"[a-z]+", rows(text_of(name))["admin"].partition(":")[2]))
        assert named == set(table.ADMIN_ACTIONS) - {"disallow", "unban"}
    written = set(re.findall(r"/admin ([a-z]+)", "".join(ALL.values())))
    assert written <= set(table.ADMIN_ACTIONS)


@pytest.mark.parametrize("page", ALL)
def test_targets_of_make_exist(page: str) -> None:
    targets = set(re.findall(r"^(\w+):", text_of("Makefile"), re.MULTILINE))
    assert set(re.findall(r"^make ([a-z]+)", "\n".join(code_spans(ALL[page])), re.MULTILINE)) <= targets


def test_the_command_line_is_described_and_exists() -> None:
    known = set(get_command(cli).commands)  # type: ignore[attr-defined] # a group of commands
    for page, text in ALL.items():
        assert (
            set(re.findall(r"^(?:\S*bin/)?starlight ([a-z]+)", "\n".join(code_spans(text)), re.MULTILINE)) <= known
        ), page
    for page in ("docs/running.md", "docs/running.zh.md"):
        assert set(re.findall(r"^\| `starlight (\w+)", ALL[page], re.MULTILINE)) == known


def test_help_of_every_command_is_printed() -> None:
    for name in get_command(cli).commands:  # type: ignore[attr-defined] # a group of commands
        shown = CliRunner().invoke(cli, [name, "--help"])
        assert shown.exit_code == 0 and name in shown.output
