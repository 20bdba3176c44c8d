"""The one command table. Telegram parses text by it, Discord derives its typed slash commands and their autocomplete from it,
the console both, and /help prints it. Pure data and questions about it; touches no platform.

The sentences: `command-NAME` (one line, shown in menus), `help-NAME` (the details), `option-NAME` (one line each).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from core.catalog import Catalog, ModelSpec
from core.limits import LIMITS
from core.plans import Rules
from core.values import EFFORTS, Kind, ModelKind

OptionType = Literal["text", "choice", "integer", "model", "persona", "file"]
Style = Literal["anywhere", "leading", "words"]

MENU_CHOICES = 25
"""As many as a platform shows at once; options with more values complete while one types."""


@dataclass(frozen=True, slots=True)
class Option:
    """`rest`: takes the text that no other option takes (the prompt). `choices`: the values, () = free. `kind`: of the models
    a "model" option names. `most`: how many files, or how many characters of text."""

    name: str
    type: OptionType
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    required: bool = False
    rest: bool = False
    kind: ModelKind = "chat"
    most: int = 0

    @property
    def autocomplete(self) -> bool:
        return self.type in {"model", "persona"} or len(self.choices) > MENU_CHOICES


@dataclass(frozen=True, slots=True)
class Command:
    """`style`: where its options stand in a text ("words": it has none, its text is words). `order`: what it makes, with the
    options of that kind's models; `takes`: the kinds of files it reads."""

    name: str
    options: tuple[Option, ...] = ()
    who: Literal["anyone", "owner"] = "anyone"
    private: bool = False
    style: Style = "words"
    order: ModelKind | None = None
    needs_input: bool = False
    takes: frozenset[Kind] = frozenset()

    @property
    def about(self) -> str:
        return f"command-{self.name}"

    @property
    def help(self) -> str:
        return f"help-{self.name}"

    @property
    def rest(self) -> Option | None:
        """The option that takes the text."""
        return next((option for option in self.options if option.rest), None)


TEXT_MOST = 4000
"""Characters that a slash command's text option takes on every platform."""

ADMIN_ACTIONS = (
    "stats", "grant", "plan", "invite", "allow", "disallow", "ban", "unban", "broadcast", "models", "limit",
)  # fmt: skip
LANGUAGES = ("auto", "en", "zh")
THINKING = ("auto", *EFFORTS)
"""What /think takes; "auto" leaves it to the model."""
SWITCH = ("on", "off")
FORMATS = ("md", "json")
VALUES_SHOWN = 8
"""So many values of an option stand in a line of usage."""

ALIASES: Mapping[str, tuple[str, ...]] = {
    "model": ("m", "模型"),
    "persona": ("p", "人设"),
    "ratio": ("ar", "aspect", "aspect_ratio", "aspect-ratio", "比例"),
    "seconds": ("s", "sec", "secs", "duration", "length", "秒", "时长"),
    "resolution": ("r", "res", "分辨率"),
    "quality": ("q", "质量", "画质"),
    "count": ("n", "数量"),
    "size": ("尺寸",),
    "sound": ("audio", "声音"),
    "seed": ("种子",),
    "background": ("bg", "背景"),
    "negative": ("no", "负面"),
    "always": ("总是",),
}
"""Other spellings of options. For orders, an option of a row that has the spelling as its own name goes first."""

_WORDS = Option("text", "text", rest=True, most=TEXT_MOST)


def _prompt(name: str = "prompt", *, required: bool = True) -> Option:
    return Option(name, "text", required=required, rest=True, most=TEXT_MOST)


def _model(kind: ModelKind) -> Option:
    return Option("model", "model", aliases=ALIASES["model"], kind=kind)


def _chosen(name: Literal["model", "persona"]) -> Option:
    """A name that may be given with or without its `--model`."""
    return Option(name, name, aliases=ALIASES[name], rest=True)


def _media(name: str, order: ModelKind, *, takes: frozenset[Kind], files: int, needs_input: bool = False) -> Command:
    file = Option("file", "file", most=files, required=needs_input)
    ordered = (file, _prompt()) if needs_input else (_prompt(), file)
    return Command(name, (*ordered, _model(order)), style="anywhere", order=order, needs_input=needs_input, takes=takes)


_CHAT = (
    _prompt("question"),
    Option("file", "file", most=1),
    _model("chat"),
    Option("persona", "persona", aliases=ALIASES["persona"]),
)

_SEARCH = (
    _prompt("question", required=False),
    Option("always", "choice", SWITCH, aliases=ALIASES["always"]),
    _model("chat"),
)

COMMANDS: tuple[Command, ...] = (
    Command("start", (Option("code", "text", rest=True),)),
    Command("help", (Option("command", "choice", rest=True),)),
    Command("chat", _CHAT, style="leading", takes=frozenset({"image", "document", "audio", "video"})),
    Command("search", _SEARCH, style="leading"),
    _media("image", "image", takes=frozenset({"image"}), files=4),
    _media("edit", "image", takes=frozenset({"image"}), files=4, needs_input=True),
    _media("video", "video", takes=frozenset({"image", "video"}), files=2),
    Command("new"),
    Command("stop"),
    Command("continue"),
    Command("retry", (_chosen("model"),), style="leading"),
    Command("jobs"),
    Command("cancel"),
    Command("model", (_chosen("model"),), style="leading"),
    Command("think", (Option("effort", "choice", THINKING, rest=True),)),
    Command("persona", (_chosen("persona"),), style="leading"),
    Command("system", (Option("instructions", "text", rest=True, most=TEXT_MOST),), private=True),
    Command("remember", (Option("fact", "text", required=True, rest=True, most=LIMITS.memory_chars),), private=True),
    Command("memories", private=True),
    Command("forget", (Option("which", "text", rest=True, most=LIMITS.memory_chars),), private=True),
    Command("summary", private=True),
    Command("export", (Option("format", "choice", FORMATS, rest=True),), private=True),
    Command("balance", private=True),
    Command("usage", (Option("days", "integer", rest=True),), private=True),
    Command("settings", private=True),
    Command("language", (Option("language", "choice", LANGUAGES, rest=True),)),
    Command("privacy", private=True),
    Command("admin", (Option("action", "choice", ADMIN_ACTIONS, required=True), _WORDS), who="owner", private=True),
)  # fmt: skip

_BY_NAME = {command.name: command for command in COMMANDS}


def find(name: str) -> Command | None:
    return _BY_NAME.get(name.lower())


def near(name: str, names: Iterable[str], most: int = 5) -> list[str]:
    """Those names that look like `name`, best first."""
    listed = list(names)
    folded = {each.lower(): each for each in listed}
    inside = [each for each in listed if name.lower() in each.lower()] if name else []
    close = [folded[each] for each in difflib.get_close_matches(name.lower(), folded, most, 0.5)]
    return list(dict.fromkeys([*inside, *close]))[:most]


# --- with the catalogue --------------------


def options(command: Command, catalog: Catalog) -> tuple[Option, ...]:
    """All options of a command: the table's, and for orders those of the visible models."""
    if command.order is None:
        return tuple(_named(option) for option in command.options)
    found: dict[str, tuple[str, ...]] = {}
    for spec in suitable(command, catalog):
        for name, option in spec.options.items():
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *option.values)))
    own = {option.name for option in command.options}
    extra = (
        Option(name, "choice" if values else "text", values, aliases=ALIASES.get(name, ()))
        for name, values in found.items()
        if name not in own
    )
    return (*command.options, *extra)


def _named(option: Option) -> Option:
    """/help completes the commands."""
    if option.name != "command":
        return option
    return Option(option.name, option.type, tuple(command.name for command in COMMANDS), rest=True)


def spellings(command: Command, catalog: Catalog) -> dict[str, str]:
    """Every way to write an option in a text, lower case -> its name. Files and the text itself are no such options."""
    listed = [option for option in options(command, catalog) if option.type not in {"file", "text"} or not option.rest]
    listed = [option for option in listed if option.type != "file"]
    names = {option.name.lower(): option.name for option in listed}
    for option in listed:
        for alias in option.aliases:
            names.setdefault(alias.lower(), option.name)
    return names


def suitable(command: Command, catalog: Catalog) -> list[ModelSpec]:
    """The visible models a command can order from."""
    if command.order is None:
        return []
    listed = catalog.visible(command.order)
    if command.needs_input:
        return [spec for spec in listed if spec.inputs & command.takes]
    return listed


def complete(
    command: Command, option: Option, typed: str, catalog: Catalog, rules: Rules, most: int = MENU_CHOICES
) -> list[str]:
    """The values of an option that fit what is typed so far, for autocomplete: those that begin with it, then those that
    contain it."""
    values = _values(command, option, catalog, rules)
    wanted = typed.strip().lower()
    begin = [value for value in values if value.lower().startswith(wanted)]
    inside = [value for value in values if wanted in value.lower() and value not in begin]
    return [value for value in (*begin, *inside) if len(value) <= 100][:most]


def _values(command: Command, option: Option, catalog: Catalog, rules: Rules) -> list[str]:
    if option.type == "model":
        specs = suitable(command, catalog) if command.order else catalog.visible(option.kind)
        return [spec.name for spec in specs]
    if option.type == "persona":
        return ["none", *rules.personas]
    return list(option.choices)


def usage(command: Command) -> str:
    """`/video TEXT [--model …]`, without the catalogue's options, for error sentences and the help."""
    rest = command.rest
    words = [f"/{command.name}"]
    if command.name == "admin":
        words.append("ACTION")
    if rest:
        named = rest.name.upper() if _shown(rest) == "…" else _shown(rest)
        words.append(named if rest.required else f"[{named}]")
    words += [f"[--{option.name} {_shown(option)}]" for option in command.options if _is_named(option)]
    return " ".join(words)


def _is_named(option: Option) -> bool:
    """Whether it is written with its name."""
    return option.type in {"model", "persona", "choice"} and not option.rest and not option.required


def _shown(option: Option) -> str:
    return "|".join(option.choices) if 0 < len(option.choices) <= VALUES_SHOWN else "…"
