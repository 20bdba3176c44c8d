"""The command table holds what each platform needs of it."""

from __future__ import annotations

import re

import pytest

from bots.commands import grammar, table
from bots.commands.dispatch import apart, typed
from bots.commands.grammar import Parsed
from bots.commands.handlers import HANDLERS
from bots.commands.table import COMMANDS, Command
from bots.discord.book import Book
from bots.texts import LOCALES, Texts
from core.catalog import load_catalog
from core.plans import Persona, Rules

CATALOG = load_catalog({})
RULES = Rules(personas={"tutor": Persona("tutor", "Explain."), "Pirate": Persona("Pirate", "Arr.")})


def command(name: str) -> Command:
    found = table.find(name)
    assert found is not None
    return found


def option(name: str, of: str) -> table.Option:
    return next(each for each in table.options(command(of), CATALOG) if each.name == name)


def test_it_has_the_commands_of_the_product() -> None:
    names = (
        "start help chat search image edit mj video storyboard assets music lyrics say voice transcribe new stop continue "
        "retry gallery jobs cancel model "
        "think persona system remember memories forget summary export balance usage settings language privacy admin"
    )
    assert [each.name for each in COMMANDS] == names.split()
    assert set(HANDLERS) == set(names.split())


@pytest.mark.parametrize("each", COMMANDS, ids=lambda each: each.name)
def test_every_command_and_option_is_explained_in_both_languages(each: Command) -> None:
    texts = Texts()
    for locale in LOCALES:
        keys = [each.about, each.help, *(f"option-{found.name}" for found in table.options(each, CATALOG))]
        assert all(texts.has(key, locale) for key in keys)


@pytest.mark.parametrize("each", COMMANDS, ids=lambda each: each.name)
def test_names_suit_the_platforms(each: Command) -> None:
    options = table.options(each, CATALOG)
    assert re.fullmatch(r"[a-z]{1,32}", each.name)
    assert all(re.fullmatch(r"[a-z_]{1,32}", found.name) for found in options)
    assert len(options) <= 25
    assert len({found.name for found in options}) == len(options)


def test_what_answers_in_private_and_what_is_for_owners() -> None:
    private = "assets voice system remember memories forget summary export balance usage settings privacy admin"
    assert [each.name for each in COMMANDS if each.private] == private.split()
    assert [each.name for each in COMMANDS if each.who == "owner"] == ["admin"]


def test_orders_have_the_options_of_their_models() -> None:
    assert {"prompt", "model", "ratio", "seconds", "resolution"} <= {
        each.name for each in table.options(command("video"), CATALOG)
    }
    assert {"prompt", "model", "ratio", "quality", "count"} <= {
        each.name for each in table.options(command("image"), CATALOG)
    }
    assert "9:16" in option("ratio", "video").choices


def test_aliases() -> None:
    names = table.spellings(command("video"), CATALOG)
    assert (names["ar"], names["m"], names["res"], names["时长"]) == ("ratio", "model", "resolution", "seconds")
    assert "prompt" not in names
    assert "file" not in names


def test_an_option_of_a_row_goes_before_an_alias() -> None:
    row = {"kind": "image", "family": "images_json", "upstream": "x", "price": {"each": 1}, "options": {"n": ["1"]}}
    config = {"models": {"x": row}}
    names = table.spellings(command("image"), load_catalog(config))
    assert (names["n"], names["count"]) == ("n", "count")


def test_a_model_may_be_named_with_or_without_its_option() -> None:
    assert table.spellings(command("model"), CATALOG)["m"] == "model"
    assert table.spellings(command("retry"), CATALOG)["model"] == "model"


def test_autocomplete_offers_what_begins_so_first() -> None:
    found = table.complete(command("chat"), option("model", "chat"), "GPT", CATALOG, RULES)
    assert found
    assert found[0].startswith("gpt")
    assert len(table.complete(command("video"), option("model", "video"), "", CATALOG, RULES)) <= table.MENU_CHOICES
    assert table.complete(command("persona"), option("persona", "persona"), "pi", CATALOG, RULES) == ["Pirate"]
    assert table.complete(command("persona"), option("persona", "persona"), "", CATALOG, RULES)[0] == "none"
    assert table.complete(command("help"), option("command", "help"), "vid", CATALOG, RULES) == ["video"]


def test_models_and_personas_complete_and_short_lists_are_choices() -> None:
    assert option("model", "image").autocomplete
    assert option("quality", "image").autocomplete  # not all of its values are everybody's
    assert not option("always", "search").autocomplete


def test_usage_names_the_values_of_an_option() -> None:
    assert table.usage(command("think")) == "/think [auto|off|low|medium|high|max]"
    assert table.usage(command("search")) == "/search [QUESTION] [--always on|off] [--model …]"
    assert table.usage(command("remember")) == "/remember FACT"
    assert table.usage(command("help")) == "/help [COMMAND]"
    assert table.usage(command("admin")) == "/admin ACTION [TEXT]"


def test_near_names() -> None:
    assert table.near("vidoe", ["video", "image", "chat"]) == ["video"]
    assert table.near("gpt", ["gpt-5", "claude", "gpt-4o"])[:2] == ["gpt-5", "gpt-4o"]
    assert table.near("zzz", ["video"]) == []


def test_only_models_that_take_pictures_edit_them() -> None:
    row = {"kind": "image", "family": "images_json", "upstream": "x", "price": {"each": 1}, "inputs": ["text"]}
    catalog = load_catalog({"models": {"words-only": row}})
    assert "words-only" in [spec.name for spec in table.suitable(command("image"), catalog)]
    assert "words-only" not in [spec.name for spec in table.suitable(command("edit"), catalog)]


def test_discords_slash_commands_come_from_it() -> None:
    book = Book(Texts(), CATALOG, RULES)
    listed = {each["name"]: each for each in book.payload()}
    assert set(listed) == {each.name for each in COMMANDS}
    assert len(listed) <= 100
    (effort,) = listed["think"]["options"]
    assert [choice["value"] for choice in effort["choices"]] == ["auto", "off", "low", "medium", "high", "max"]
    question, always, model = listed["search"]["options"]
    assert (question["required"], question["max_length"], model["autocomplete"]) == (False, 4000, True)
    assert [choice["value"] for choice in always["choices"]] == ["on", "off"]
    (fact,) = listed["remember"]["options"]
    assert (fact["required"], fact["max_length"]) == (True, 300)
    assert [name for name in ("memories", "system", "export", "think", "search") if book.private(name)] == [
        "memories",
        "system",
        "export",
    ]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("search", {"question": "who --always won?", "always": "on", "model": "gpt-5"}),
        ("think", {"effort": "high"}),
        ("system", {"instructions": "be --brief"}),
        ("forget", {"which": "all"}),
    ],
)
def test_a_slash_command_that_is_typed_means_the_same(name: str, options: dict[str, str]) -> None:
    """As it is written down when it can only be answered later."""
    line = grammar.command_line(typed(command(name), options))
    assert line is not None
    assert line.name == name
    text, named = apart(command(name), options)
    if command(name).style == "words":
        assert line.rest == text
    else:
        assert grammar.parse(line.rest, table.spellings(command(name), CATALOG), "leading") == Parsed(text, named)
