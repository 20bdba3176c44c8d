"""Slash commands of orders: what a menu offers is what the chosen model takes."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from bots.discord.book import Book
from bots.outlet import Rendered
from core.catalog import Catalog
from core.plans import Rules
from core.specs import ModelSpec, OptionSpec, Price
from core.values import Json
from tests.discord.rig import TEXTS, front_end
from tests.standins.discord import DiscordStandin
from tests.standins.discord_command_rules import check_commands


def row(name: str, options: Mapping[str, str], *, hidden: bool = False) -> ModelSpec:
    """`options`: values divided by a space, "" = a number."""
    specs = {
        key: OptionSpec(key, tuple(values.split()), most=Decimal(0 if values else 9)) for key, values in options.items()
    }
    return ModelSpec(
        name, "image", "images_json", name, Price(), inputs=frozenset({"text", "image"}), options=specs, hidden=hidden
    )


WIDE = row("Wide", {"ratio": "1:1 16:9", "mood": "calm wild", "quality": "high low"})
TALL = row("tall", {"ratio": "1:1 9:16", "mood": "wild calm", "seed": ""})
SECRET = row("secret", {"ratio": "2:3"}, hidden=True)
BOOK = Book(TEXTS, Catalog([WIDE, TALL, SECRET], {"image": "Wide"}, WIDE), Rules())


def offered(option: str, typed: str = "", filled: Mapping[str, str] | None = None) -> list[str]:
    return [choice["value"] for choice in BOOK.choices("image", option, typed, filled)]


def synced() -> dict[str, Json]:
    image = next(command for command in check_commands(BOOK.payload()) if command["name"] == "image")
    return {option["name"]: option for option in image["options"]}


def test_what_all_models_take_is_a_menu_and_what_they_do_not_is_offered_by_model() -> None:
    options = synced()
    assert [choice["value"] for choice in options["mood"]["choices"]] == ["calm", "wild"]
    assert not options["mood"]["autocomplete"]
    for name in ("ratio", "quality"):
        assert options[name]["autocomplete"] and "choices" not in options[name]
    assert (options["seed"]["type"], options["seed"]["autocomplete"]) == (3, False)  # a number, written as words


def test_only_what_the_chosen_model_takes_is_offered() -> None:
    assert offered("ratio", filled={"model": "tall", "prompt": "a fox"}) == ["1:1", "9:16"]
    assert offered("ratio", filled={"model": " ＷＩＤＥ"}) == ["1:1", "16:9"]  # as people write it
    assert offered("ratio", "16", {"model": "tall"}) == ["9:16"]
    assert offered("quality", filled={"model": "tall"}) == []
    assert offered("seed", filled={"model": "tall"}) == []


def test_without_a_model_all_values_are_offered() -> None:
    everything = ["1:1", "16:9", "9:16"]
    assert offered("ratio") == everything
    for name in ("", "wid", "secret", "no such model"):
        assert offered("ratio", filled={"model": name}) == everything


async def test_the_app_sends_the_model_along(standin: DiscordStandin) -> None:
    async with front_end(standin, BOOK) as rig:
        phone = standin.phone
        ann = phone.person("ann")
        room = phone.dm(ann)
        tall = await phone.autocomplete(room, ann, "image", "ratio", "", {"prompt": "a fox", "model": "tall"})
        assert [choice["value"] for choice in tall] == ["1:1", "9:16"]
        rig.commands.act = lambda exchange: exchange.say(Rendered("ok"))
        used = await phone.slash(room, ann, "image", {"prompt": "a fox", "ratio": "3:1", "mood": "calm"})
        await phone.answered(used)
        assert rig.commands.invocations[0].options["ratio"] == "3:1"  # what was typed anyway is refused by the commands
    assert phone.violations == []


def test_options_that_discord_has_no_room_for_are_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    many = {f"o{number:02}": "a b" for number in range(20)}
    crowded = Book(TEXTS, Catalog([row("crowded", many)], {}, WIDE), Rules())
    image = next(command for command in check_commands(crowded.payload()) if command["name"] == "image")
    assert len(image["options"]) == 25 and "no room for options of /image" in caplog.text
    shown = {option["name"] for option in image["options"]}
    told = next(line for line in caplog.messages if "/image:" in line).partition(": ")[2].split(", ")
    assert set(told) == set(many) - shown
