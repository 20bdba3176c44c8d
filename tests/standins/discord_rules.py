"""What Discord refuses: limits of messages, components, embeds and commands. Pure functions over JSON; no state, no sockets.

Numbers come from Discord's API reference (v10). Lengths are counted in UTF-16 units, the strictest reading.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

Json = dict[str, Any]

CONTENT_MAX = 2000
EPHEMERAL, VOICE_MESSAGE, COMPONENTS_V2 = 1 << 6, 1 << 13, 1 << 15
SUPPRESS_EMBEDS, LOADING, SUPPRESS_NOTIFICATIONS = 1 << 2, 1 << 7, 1 << 12
SENDABLE_FLAGS = EPHEMERAL | VOICE_MESSAGE | COMPONENTS_V2 | SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS
NAME = re.compile(r"[-_'\w]{1,32}", re.UNICODE)
WESTERN = "id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs"
LOCALES = frozenset(f"{WESTERN} el bg ru uk hi th zh-CN ja zh-TW ko".split(" "))
ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SELECTS = frozenset({3, 5, 6, 7, 8})
V2_TYPES = frozenset({9, 10, 11, 12, 13, 14, 17})
SUBCOMMAND, GROUP = 1, 2
STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)


class RefusedError(Exception):
    """A 4xx in Discord's own words: HTTP status, JSON code, message, and where the form is wrong."""

    def __init__(self, status: int, code: int, message: str, detail: str = "") -> None:
        super().__init__(f"{status} {code} {message} {detail}".strip())
        self.status, self.code, self.message, self.detail = status, code, message, detail

    def body(self) -> Json:
        body: Json = {"message": self.message, "code": self.code}
        if self.detail:
            body["errors"] = {"_errors": [{"code": "INVALID", "message": self.detail}]}
        return body


def invalid(detail: str) -> RefusedError:
    return RefusedError(400, 50035, "Invalid Form Body", detail)


def empty_message() -> RefusedError:
    return RefusedError(400, 50006, "Cannot send an empty message")


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def text_of(form: Json, key: str, low: int, high: int, where: str) -> str:
    value = form.get(key, "")
    if not isinstance(value, str) or not low <= units(value) <= high:
        raise invalid(f"{where}.{key}: must be text of {low} to {high}, is {value!r:.80}")
    return value


def check_content(form: Json) -> str:
    """The content as it will be shown: Discord trims white space at both ends."""
    value = form.get("content")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise invalid("content: must be text")
    if units(value) > CONTENT_MAX:
        raise invalid(f"content: Must be {CONTENT_MAX} or fewer in length, is {units(value)}.")
    return value.strip()


def check_flags(form: Json) -> int:
    flags = form.get("flags", 0)
    if not isinstance(flags, int) or flags & ~SENDABLE_FLAGS:
        raise invalid(f"flags: {flags!r} cannot be set")
    return flags


def check_mentions(form: Json) -> None:
    mentions = form.get("allowed_mentions")
    if mentions is None:
        return
    parse = set(mentions.get("parse", []))
    if parse - {"users", "roles", "everyone"}:
        raise invalid("allowed_mentions.parse: unknown kind")
    for kind in ("users", "roles"):
        if kind in parse and mentions.get(kind):
            raise invalid(f"allowed_mentions: parse:{kind!r} and {kind}: [ids...] are mutually exclusive.")
        if len(mentions.get(kind, [])) > 100:
            raise invalid(f"allowed_mentions.{kind}: more than 100")


def check_embeds(form: Json) -> list[Json]:
    embeds = form.get("embeds") or []
    if not isinstance(embeds, list) or len(embeds) > 10:
        raise invalid("embeds: Must be 10 or fewer in length.")
    total = sum(_embed_size(embed) for embed in embeds)
    if total > 6000:
        raise invalid(f"embeds: Embed size exceeds maximum size of 6000, is {total}")
    return embeds


def _embed_size(embed: Json) -> int:
    parts = [text_of(embed, "title", 0, 256, "embed"), text_of(embed, "description", 0, 4096, "embed")]
    parts.append(text_of(embed.get("footer") or {}, "text", 0, 2048, "embed.footer"))
    parts.append(text_of(embed.get("author") or {}, "name", 0, 256, "embed.author"))
    fields = embed.get("fields") or []
    if len(fields) > 25:
        raise invalid("embed.fields: Must be 25 or fewer in length.")
    for field in fields:
        parts += [
            text_of(field, "name", 1, 256, "embed.field"),
            text_of(field, "value", 1, 1024, "embed.field"),
        ]
    return sum(units(part) for part in parts)


def walk(components: Iterable[Json]) -> Iterator[Json]:
    """Every component, outer before inner."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        if accessory := component.get("accessory"):
            yield from walk([accessory])


def check_components(form: Json, flags: int) -> list[Json]:
    components = form.get("components") or []
    if not isinstance(components, list):
        raise invalid("components: must be a list")
    if flags & COMPONENTS_V2:
        _check_v2(form, components)
    else:
        _check_rows(components)
    everything = list(walk(components))
    for component in everything:
        _check_component(component)
    ids = [component["custom_id"] for component in everything if "custom_id" in component]
    if len(ids) != len(set(ids)):
        raise invalid("components: Component custom id cannot be duplicated")
    return components


def _check_rows(components: list[Json]) -> None:
    if len(components) > 5:
        raise invalid("components: Must be 5 or fewer in length.")
    for row in components:
        inner = row.get("components") or []
        if row.get("type") != ROW or not 1 <= len(inner) <= 5:
            raise invalid("components: an action row of 1 to 5 components is needed")
        if any(item["type"] in SELECTS for item in inner) and len(inner) > 1:
            raise invalid("components: a select fills its row")


def _check_v2(form: Json, components: list[Json]) -> None:
    if form.get("content") or form.get("embeds"):
        raise invalid("flags: content and embeds cannot be used with components V2")
    everything = list(walk(components))
    if not 1 <= len(everything) <= 40:
        raise invalid("components: 1 to 40 components in all")
    words = sum(units(item.get("content", "")) for item in everything if item["type"] == 10)
    if words > 4000:
        raise invalid("components: 4000 characters of text at most")
    for item in everything:
        if item["type"] == 12 and not 1 <= len(item.get("items") or []) <= 10:
            raise invalid("components: a gallery has 1 to 10 items")
        if item["type"] == 9 and not 1 <= len(item.get("components") or []) <= 3:
            raise invalid("components: a section has 1 to 3 texts")


def _check_component(component: Json) -> None:
    kind = component.get("type")
    if kind == BUTTON:
        _check_button(component)
    elif kind in SELECTS:
        text_of(component, "custom_id", 1, 100, "select")
        text_of(component, "placeholder", 0, 150, "select")
        if kind == STRING_SELECT:
            check_options(component.get("options") or [])
    elif kind not in V2_TYPES | {ROW}:
        raise invalid(f"components: type {kind!r} does not belong in a message")


def _check_button(button: Json) -> None:
    text_of(button, "label", 0, 80, "button")
    if not button.get("label") and not button.get("emoji"):
        raise invalid("button: a label or an emoji is needed")
    style = button.get("style")
    if style == 5:
        text_of(button, "url", 1, 512, "button")
    elif style in (1, 2, 3, 4):
        text_of(button, "custom_id", 1, 100, "button")
    else:
        raise invalid(f"button: style {style!r}")


def check_options(options: list[Json]) -> None:
    if not 1 <= len(options) <= 25:
        raise invalid("select.options: Must be between 1 and 25 in length.")
    for option in options:
        text_of(option, "label", 1, 100, "option")
        text_of(option, "value", 1, 100, "option")
        text_of(option, "description", 0, 100, "option")
    if len({option["value"] for option in options}) != len(options):
        raise invalid("select.options: The specified option value is already used")


def check_choices(choices: object, where: str) -> list[Json]:
    if not isinstance(choices, list) or len(choices) > 25:
        raise invalid(f"{where}.choices: Must be 25 or fewer in length.")
    for choice in choices:
        text_of(choice, "name", 1, 100, where)
        if isinstance(choice.get("value"), str):
            text_of(choice, "value", 1, 100, where)
        elif not isinstance(choice.get("value"), int | float):
            raise invalid(f"{where}.choices.value: missing")
    return choices
