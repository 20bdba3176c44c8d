"""What Discord refuses of slash commands, when they are synced and when a person fills them in. Pure functions over JSON."""

from collections.abc import Sequence

from tests.standins.discord_rules import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    GROUP,
    INTEGER,
    LOCALES,
    NAME,
    NUMBER,
    STRING,
    SUBCOMMAND,
    USER,
    Json,
    check_choices,
    invalid,
    text_of,
    units,
)

CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
PER_SCOPE = {CHAT_INPUT: 100, USER_MENU: 15, MESSAGE_MENU: 15}
Value = str | int | float | bool


def check_commands(commands: object) -> list[Json]:
    """The body of a bulk overwrite. Raises RefusedError."""
    if not isinstance(commands, list):
        raise invalid("commands: must be a list")
    seen: set[tuple[int, str]] = set()
    for command in commands:
        kind = command.get("type", CHAT_INPUT)
        key = (kind, _check_command(command, kind))
        if key in seen:
            raise invalid(f"Application command names must be unique: {key[1]}")
        seen.add(key)
    for kind, most in PER_SCOPE.items():
        if sum(1 for seen_kind, _ in seen if seen_kind == kind) > most:
            raise invalid(f"Maximum number of application commands reached ({most})")
    return commands


def _check_command(command: Json, kind: int) -> str:
    if kind == CHAT_INPUT:
        _check_words(command, "command")
        _check_options(command.get("options") or [], str(command["name"]))
        if (size := _size(command)) > 8000:
            raise invalid(f"Command exceeds maximum size (8000): {command['name']} has {size}")
    else:
        text_of(command, "name", 1, 32, "menu")
        if command.get("description"):
            raise invalid("menu: no description")
    if not set(command.get("contexts") or []) <= {0, 1, 2}:
        raise invalid("contexts: unknown")
    if not set(command.get("integration_types") or []) <= {0, 1}:
        raise invalid("integration_types: unknown")
    return str(command["name"])


def _check_words(item: Json, where: str) -> None:
    names = [item.get("name"), *_localized(item, "name").values()]
    for name in names:
        if not isinstance(name, str) or not NAME.fullmatch(name) or name != name.lower():
            raise invalid(f"{where}.name: {name!r} is no command name")
    here = f"{where} {item['name']}"
    text_of(item, "description", 1, 100, here)
    for text in _localized(item, "description").values():
        text_of({"description": text}, "description", 1, 100, here)


def _localized(item: Json, key: str) -> dict[str, str]:
    texts: dict[str, str] = item.get(f"{key}_localizations") or {}
    if unknown := set(texts) - LOCALES:
        raise invalid(f"{key}_localizations: unknown {sorted(unknown)}")
    return texts


def _check_options(options: list[Json], where: str) -> None:
    if len(options) > 25:
        raise invalid(f"{where}.options: Must be 25 or fewer in length.")
    names = [option.get("name") for option in options]
    if len(set(names)) != len(names):
        raise invalid(f"{where}.options: names must be unique")
    nested = [option for option in options if option.get("type") in (SUBCOMMAND, GROUP)]
    if nested and len(nested) != len(options):
        raise invalid(f"{where}.options: subcommands do not mix with options")
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        raise invalid(f"{where}.options: Required options must be placed before non-required options")
    for option in options:
        _check_option(option, where)


def _check_option(option: Json, where: str) -> None:
    _check_words(option, f"{where}.option")
    kind, here = option.get("type"), f"{where}.{option['name']}"
    if kind not in range(SUBCOMMAND, ATTACHMENT + 1):
        raise invalid(f"{here}.type: {kind!r}")
    if kind in (SUBCOMMAND, GROUP):
        _check_options(option.get("options") or [], here)
        return
    if option.get("choices"):
        if kind not in (STRING, INTEGER, NUMBER) or option.get("autocomplete"):
            raise invalid(f"{here}: choices do not go with this type or with autocomplete")
        check_choices(option["choices"], here)
        for choice in option["choices"]:
            _localized(choice, "name")
    for key in ("min_length", "max_length"):
        if option.get(key) is not None and (kind != STRING or not 0 <= option[key] <= 6000):
            raise invalid(f"{here}.{key}")


def _size(item: Json) -> int:
    """Names, descriptions and values; of translations the longest counts."""

    def longest(key: str) -> int:
        return max(units(text) for text in (item.get(key) or "", *_localized(item, key).values()))

    total = longest("name") + longest("description")
    if isinstance(item.get("value"), str):
        total += units(item["value"])
    return total + sum(_size(inner) for inner in [*(item.get("options") or []), *(item.get("choices") or [])])


def find_command(commands: Sequence[Json], path: str) -> tuple[Json, list[Json]]:
    """The command and the chain of subcommands below it, for a path like "admin grant"."""
    first, *rest = path.split()
    command = next((c for c in commands if c["name"] == first and c.get("type", CHAT_INPUT) == CHAT_INPUT), None)
    assert command is not None, f"/{first} is not offered by the bot"
    chain: list[Json] = []
    level = command
    for word in rest:
        level = next(option for option in level["options"] if option["name"] == word)
        chain.append(level)
    return command, chain


def fill(schema: list[Json], given: dict[str, Value], focused: str | None = None) -> list[Json]:
    """What the app sends for the options a person filled in; an AssertionError is what the app would not let them do."""
    by_name = {option["name"]: option for option in schema}
    assert not set(given) - set(by_name), f"no such option: {sorted(set(given) - set(by_name))}"
    if focused is None:
        missing = [o["name"] for o in schema if o.get("required") and o["name"] not in given]
        assert not missing, f"the app insists on {missing}"
    filled: list[Json] = []
    for name, value in given.items():
        entry: Json = {"name": name, "type": by_name[name]["type"], "value": value}
        if name == focused:
            assert by_name[name].get("autocomplete"), f"{name} has no autocomplete"
            entry["focused"] = True
        else:
            _check_value(by_name[name], value)
        filled.append(entry)
    return filled


def _check_value(option: Json, value: Value) -> None:
    kind, name = option["type"], option["name"]
    types: dict[int, tuple[type, ...]] = {STRING: (str,), INTEGER: (int,), NUMBER: (int, float), BOOLEAN: (bool,)}
    assert isinstance(value, types.get(kind, (str,))), f"{name}: the app cannot send {value!r}"
    if choices := option.get("choices"):
        assert value in [choice["value"] for choice in choices], f"{name}: {value!r} is not among the choices"
    if kind == STRING:
        assert option.get("min_length", 0) <= len(str(value)) <= option.get("max_length", 6000), f"{name}: length"
    if kind in (INTEGER, NUMBER):
        low, high = option.get("min_value", float("-inf")), option.get("max_value", float("inf"))
        assert low <= float(value) <= high, f"{name}: {value} is out of range"
    if kind in (USER, CHANNEL, ATTACHMENT):
        assert str(value).isdigit(), f"{name}: an id is needed"
