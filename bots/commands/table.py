"""The one command table. Telegram parses text by it, Discord derives its typed slash commands and their autocomplete from it,
the console both, and /help prints it. Pure data and questions about it; touches no platform.

The sentences: `command-NAME` (one line, shown in menus), `help-NAME` (the details), `option-NAME` (one line each).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bots.commands import roles
from core.catalog import Catalog, ModelSpec, OptionSpec
from core.film_modes import OFFERED
from core.limits import LIMITS
from core.measuring import SECONDS
from core.mentions import NAME_CHARS
from core.plans import Rules
from core.specs import Sound, folded
from core.storyboard import offered
from core.values import EFFORTS, Kind, ModelKind

OptionType = Literal["text", "choice", "integer", "model", "persona", "file"]
Style = Literal["anywhere", "known", "leading", "words"]

MENU_CHOICES = 25
"""As many as a platform shows at once; options with more values complete while one types."""


@dataclass(frozen=True, slots=True)
class Option:
    """`rest`: takes the text that no other option takes (the prompt). `choices`: the values, () = free; `differs`: not every
    model takes them all. `kind`: of the models a "model" option names. `most`: how many files, or how many characters of
    text."""

    name: str
    type: OptionType
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    required: bool = False
    rest: bool = False
    kind: ModelKind = "chat"
    most: int = 0
    differs: bool = False

    @property
    def autocomplete(self) -> bool:
        """Whether its values are offered while one types."""
        if not self.choices:
            return self.type in {"model", "persona"}
        return self.differs or len(self.choices) > MENU_CHOICES


@dataclass(frozen=True, slots=True)
class Command:
    """`style`: where its options stand in a text ("words": it has none, its text is words). `order`: what it makes, with the
    options of that kind's models; `family`: only those of this family. `takes`: the kinds of files it reads. `typed`: options
    that stand in no menu, since a menu holds only so many. `shots`: only models that film a storyboard; `sound`: only audio
    models that make this."""

    name: str
    options: tuple[Option, ...] = ()
    who: Literal["anyone", "owner"] = "anyone"
    private: bool = False
    style: Style = "words"
    order: ModelKind | None = None
    family: str = ""
    needs_input: bool = False
    takes: frozenset[Kind] = frozenset()
    typed: frozenset[str] = frozenset()
    shots: bool = False
    sound: Sound | None = None

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
LED = frozenset({"admin", "voice"})
"""Commands whose first word says what is done: typed in front of the text, in a menu an option `action`."""
LANGUAGES = ("auto", "en", "zh")
MJ_ACTIONS = ("imagine", "blend", "describe", "shorten", "seed")
THINKING = ("auto", *EFFORTS)
"""What /think takes; "auto" leaves it to the model."""
SWITCH = ("on", "off")
FORMATS = ("md", "json")
SHAPE = "shape"
"""The option whose file shows what to change; also the role of that file."""
VALUES_SHOWN = 8
"""So many values of an option stand in a line of usage."""

ALIASES: Mapping[str, tuple[str, ...]] = {
    "model": ("m", "模型"),
    "persona": ("p", "人设"),
    "ratio": ("ar", "aspect", "aspect_ratio", "aspect-ratio", "比例"),
    "seconds": ("s", "sec", "secs", "duration", "length", "秒", "时长"),
    "resolution": ("r", "res", "size", "分辨率", "尺寸"),
    "quality": ("q", "质量", "画质"),
    "count": ("n", "数量"),
    "format": ("output_format", "格式"),
    "only": ("region", "区域"),
    "rewrite": ("improve", "优化"),
    "action": ("操作",),
    "mode": ("模式",),
    "say": ("说",),
    "version": ("v", "版本"),
    "stylize": ("s", "风格化"),
    "chaos": ("c", "变化"),
    "weird": ("w", "怪异"),
    "use": ("as", "用作"),
    "sound": ("audio", "声音"),
    "seed": ("种子",),
    "background": ("bg", "背景"),
    "instrumental": ("纯音乐",),
    "title": ("标题",),
    "style": ("风格",),
    "times": ("srt", "时间"),
    "language": ("语言",),
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


def _media(
    name: str,
    order: ModelKind,
    *more: Option,
    takes: frozenset[Kind],
    files: int,
    needs_input: bool = False,
    sound: Sound | None = None,
) -> Command:
    file = Option("file", "file", most=files, required=needs_input)
    # a portrait may only speak, and what is sung or said may stand in the message that is replied to
    ordered = (file, _prompt()) if needs_input else (_prompt(required=order == "image"), file)
    listed = (*ordered, _model(order), *more)
    return Command(name, listed, style="anywhere", order=order, needs_input=needs_input, takes=takes, sound=sound)


_REWRITE = Option("rewrite", "choice", SWITCH, aliases=ALIASES["rewrite"])
_SHAPE = Option(SHAPE, "file", most=1)

_CAST = (
    *(Option(role, "file", most=1) for role in roles.OPTIONS),
    Option("mode", "choice", OFFERED, aliases=ALIASES["mode"]),
    Option("say", "text", aliases=ALIASES["say"], most=TEXT_MOST),
)
_MJ_TYPED = frozenset({"sw", "ow", "cw", "language"})
_MJ = (
    _prompt(required=False),
    Option("action", "choice", MJ_ACTIONS, aliases=ALIASES["action"]),
    Option("file", "file", most=5),
    _model("image"),
)


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

_STORYBOARD = (
    _prompt("script", required=False),
    _model("video"),
    Option("seconds", "integer", aliases=ALIASES["seconds"]),
)

_ASSET = (Option("file", "file", most=1), Option("name", "text", rest=True, most=NAME_CHARS))

_TRANSCRIBE = (
    Option("times", "choice", (*SWITCH, "srt"), aliases=ALIASES["times"], rest=True),
    Option("file", "file", most=1),
    _model("audio"),
)

_LYRICS = (_prompt("theme"), _model("audio"))

_SAY = (_prompt("text", required=False), _model("audio"))
VOICE_ACTIONS = ("list", "use", "clone", "delete", "keep")
_VOICE = (
    Option("action", "choice", VOICE_ACTIONS),
    Option("name", "text", rest=True, most=60),
    Option("file", "file", most=1),
)

COMMANDS: tuple[Command, ...] = (
    Command("start", (Option("code", "text", rest=True),)),
    Command("help", (Option("command", "choice", rest=True),)),
    Command("chat", _CHAT, style="leading", takes=frozenset({"image", "document", "audio", "video"})),
    Command("search", _SEARCH, style="leading"),
    _media("image", "image", _REWRITE, takes=frozenset({"image"}), files=10),
    _media("edit", "image", _SHAPE, _REWRITE, takes=frozenset({"image"}), files=8, needs_input=True),
    Command("mj", _MJ, style="known", order="image", family="midjourney", takes=frozenset({"image"}), typed=_MJ_TYPED),
    _media("video", "video", *_CAST, takes=frozenset({"image", "video", "audio"}), files=3),
    Command("storyboard", _STORYBOARD, style="known", order="video", typed=frozenset({"keep_sound"}), shots=True),
    Command("assets", _ASSET, private=True, takes=frozenset({"image", "video", "audio"})),
    _media("music", "audio", takes=frozenset({"image"}), files=10, sound="music"),
    Command("lyrics", _LYRICS, style="anywhere", order="audio", sound="lyrics"),
    Command("say", _SAY, style="anywhere", order="audio", sound="speech"),
    Command("voice", _VOICE, private=True, takes=frozenset({"audio", "video"})),
    Command(
        "transcribe", _TRANSCRIBE, style="anywhere", order="audio", takes=frozenset({"audio", "video"}), sound="transcript"
    ),
    Command("new"),
    Command("stop"),
    Command("continue"),
    Command("retry", (_chosen("model"),), style="leading"),
    Command("gallery"),
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
    """All options of a command: the table's, and for orders those of the visible models. A family whose options are flags of
    its own language has them at its own command; elsewhere they stand in the words."""
    if command.order is None:
        return tuple(_named(option) for option in command.options)
    rows = [_of_row(command, spec) for spec in suitable(command, catalog)]
    own = {option.name for option in command.options}
    names = dict.fromkeys(name for row in rows for name in row if name not in own)
    return (*command.options, *(_of_rows(name, rows) for name in names))


def _of_row(command: Command, spec: ModelSpec) -> Mapping[str, OptionSpec]:
    if command.sound == "transcript":
        return {name: option for name, option in spec.options.items() if name != SECONDS}  # that is measured
    return spec.options if command.family or not spec.extra.get("flags") else {}


def _of_rows(name: str, rows: Sequence[Mapping[str, OptionSpec]]) -> Option:
    """With the values of all rows together."""
    each = [row[name].values if name in row else () for row in rows]
    values = tuple(dict.fromkeys(value for values in each for value in values))
    differs = any(set(one) != set(values) for one in each)
    return Option(name, "choice" if values else "text", values, aliases=ALIASES.get(name, ()), differs=differs)


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
    listed = [spec for spec in catalog.visible(command.order) if command.family in {"", spec.family}]
    listed = [spec for spec in listed if command.sound in {None, spec.sound}]
    if command.needs_input:
        return [spec for spec in listed if spec.inputs & command.takes]
    return offered(listed) if command.shots else listed


def complete(
    command: Command,
    option: Option,
    typed: str,
    catalog: Catalog,
    rules: Rules,
    most: int = MENU_CHOICES,
    *,
    model: str = "",
) -> list[str]:
    """The values of an option that fit what is typed so far, for autocomplete: those that begin with it, then those that
    contain it. `model`: the one that is chosen already; only what it takes is offered."""
    values = _values(command, option, catalog, rules, model)
    wanted = typed.strip().lower()
    begin = [value for value in values if value.lower().startswith(wanted)]
    inside = [value for value in values if wanted in value.lower() and value not in begin]
    return [value for value in (*begin, *inside) if len(value) <= 100][:most]


def _values(command: Command, option: Option, catalog: Catalog, rules: Rules, model: str) -> list[str]:
    if option.type == "model":
        specs = suitable(command, catalog) if command.order else catalog.visible(option.kind)
        return [spec.name for spec in specs]
    if option.type == "persona":
        return ["none", *rules.personas]
    if option.differs:
        chosen = next((spec for spec in suitable(command, catalog) if folded(spec.name) == folded(model)), None)
        if chosen is not None:
            row = _of_row(command, chosen)
            return list(row[option.name].values) if option.name in row else []
    return list(option.choices)


def usage(command: Command) -> str:
    """`/video TEXT [--model …]`, without the catalogue's options, for error sentences and the help."""
    rest = command.rest
    words = [f"/{command.name}"]
    if command.name in LED:
        words.append("ACTION" if command.options[0].required else "[ACTION]")
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
