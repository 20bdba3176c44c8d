"""The command table as Discord's slash commands: what is synced, and what is offered while one types. Knows no connection."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping

from bots.commands.table import COMMANDS, MENU_CHOICES, Command, Option, complete, find, options
from bots.texts import Texts
from core.catalog import Catalog
from core.plans import Rules
from core.values import Json

log = logging.getLogger(__name__)

_CHAT_INPUT, _STRING, _INTEGER, _ATTACHMENT = 1, 3, 4, 11
_GUILDS, _SERVERS_AND_DMS = [0], [0, 1]  # installed to servers; used there and in direct messages
_OPTIONS_MAX, _WORDS_MAX = 25, 100
_NAME = re.compile(r"[-_'\w]{1,32}")
# Discord's languages → ours; English is the text without a translation.
_TRANSLATIONS = {"zh-CN": "zh", "zh-TW": "zh"}


class Book:
    """All commands, with the options of the models that the catalogue has at the start."""

    def __init__(self, texts: Texts, catalog: Catalog, rules: Rules) -> None:
        self._texts = texts
        self._catalog = catalog
        self._rules = rules

    def payload(self) -> list[Json]:
        """The body of a bulk overwrite."""
        return [self._command(command) for command in COMMANDS]

    def private(self, name: str) -> bool:
        """Whether only the asker reads the answer."""
        command = find(name)
        return command is not None and command.private

    def choices(self, name: str, option_name: str, typed: str, filled: Mapping[str, str] | None = None) -> list[Json]:
        """At most 25, for autocomplete. `filled`: the other options so far; a model among them has values of its own."""
        command = find(name)
        if command is None:
            return []
        option = next((o for o in options(command, self._catalog) if o.name == option_name), None)
        if option is None:
            return []
        model = (filled or {}).get("model", "")
        return [_choice(value) for value in complete(command, option, typed, self._catalog, self._rules, model=model)]

    def _command(self, command: Command) -> Json:
        offered = [option for option in options(command, self._catalog) if option.name not in command.typed]
        listed = [made for option in offered for made in self._options(option)]
        listed.sort(key=lambda option: not option["required"])
        if listed[_OPTIONS_MAX:]:
            left_out = [option["name"] for option in listed[_OPTIONS_MAX:]]
            log.warning("no room for options of /%s: %s", command.name, ", ".join(left_out))
        return {
            "type": _CHAT_INPUT,
            "name": command.name,
            **self._described(command.about),
            "options": listed[:_OPTIONS_MAX],
            "integration_types": _GUILDS,
            "contexts": _SERVERS_AND_DMS,
        }

    def _options(self, option: Option) -> Iterator[Json]:
        """One, or for several files one each: file, file2 ..."""
        name = option.name.lower()
        if not _NAME.fullmatch(name):
            return
        key = f"option-{option.name}"
        described = self._described(key if self._texts.has(key) else "option-other")
        if option.type == "file":
            for number in range(1, max(option.most, 1) + 1):
                required = option.required and number == 1
                each = name if number == 1 else f"{name}{number}"
                yield {"type": _ATTACHMENT, "name": each, "required": required, **described}
            return
        made: Json = {
            "type": _INTEGER if option.type == "integer" else _STRING,
            "name": name,
            "required": option.required,
            "autocomplete": option.autocomplete,
            **described,
        }
        if option.choices and len(option.choices) <= MENU_CHOICES and not option.autocomplete:
            made["choices"] = [_choice(value) for value in option.choices]
        if option.type == "text" and option.most:
            made["max_length"] = option.most
        yield made

    def _described(self, key: str) -> Json:
        translated = {theirs: self._line(ours, key) for theirs, ours in _TRANSLATIONS.items()}
        return {"description": self._line("en", key), "description_localizations": translated}

    def _line(self, locale: str, key: str) -> str:
        line = " ".join(self._texts(locale, key).split())
        return line if len(line) <= _WORDS_MAX else line[: _WORDS_MAX - 1] + "…"


def _choice(value: str) -> Json:
    return {"name": value, "value": value}


def same(ours: Json, theirs: Json) -> bool:
    """Whether Discord has already what we would sync: by name, and only in the keys that we give."""
    by_name = {command["name"]: command for command in theirs}
    return len(theirs) == len(ours) and all(_covers(command, by_name.get(command["name"])) for command in ours)


def _covers(ours: Json, theirs: Json) -> bool:
    if not ours and not theirs:
        return True
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return all(_covers(value, theirs.get(key)) for key, value in ours.items())
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(_covers(mine, other) for mine, other in zip(ours, theirs, strict=True))
    return bool(ours == theirs)
