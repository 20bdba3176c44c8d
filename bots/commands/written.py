"""What stands behind a command: text and options, read as the command and the chosen model want it."""

from __future__ import annotations

from collections.abc import Mapping

from bots.commands import grammar, table
from bots.commands.grammar import Parsed
from bots.commands.table import Command
from core.catalog import Catalog
from core.errors import NoModels


def read(command: Command, text: str, catalog: Catalog) -> Parsed:
    """Raises UnknownOption, MissingValue."""
    if command.style == "words":
        return Parsed(text)
    names = table.spellings(command, catalog)
    if command.order is None:
        return grammar.parse(text, names, command.style)
    flags = _flags(command, text, names, catalog)
    if not flags:
        return grammar.parse(text, names, command.style)
    return grammar.parse(text, {spelling: name for spelling, name in names.items() if name not in flags}, "known")


def _flags(command: Command, text: str, names: Mapping[str, str], catalog: Catalog) -> Mapping[str, object]:
    """The options that the chosen model reads out of the words by itself, and refuses by itself."""
    named = grammar.parse(text, names, "known").options.get("model")
    spec = catalog.find(named) if named else None
    if spec is None and command.family:
        spec = next(iter(table.suitable(command, catalog)), None)
    elif spec is None and command.order and not named:
        try:
            spec = catalog.default(command.order)
        except NoModels:
            return {}
    flags: Mapping[str, object] = spec.extra.get("flags", {}) if spec is not None else {}
    return flags
