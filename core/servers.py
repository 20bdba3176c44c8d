"""The operator's tool servers (MCP) as the config file names them: values and their checks."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import urlsplit

from core.limits import LIMITS
from core.tables import ITEMS, Table

FROM_ENVIRONMENT = "env:"
"""A value that begins so names the variable that holds it, so that no secret lies in the file."""


@dataclass(frozen=True, slots=True)
class McpServer:
    """A tool server of the operator: reached at `url`, or a `command` of this machine. `tools`, `plans`: allow-lists, empty =
    all. `effect`: "changes" is asked for with a button once words of strangers were read; "" = as each tool says itself.
    `url`, `headers` and `env` as they are written; a value "env:NAME" is looked up by `resolved`."""

    name: str
    url: str = field(default="", repr=False)
    command: str = ""
    args: tuple[str, ...] = field(default=(), repr=False)
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    tools: frozenset[str] = frozenset()
    plans: frozenset[str] = frozenset()
    timeout_s: float = 30
    max_chars: int = LIMITS.tool_chars
    effect: Literal["", "free", "changes"] = ""

    def unset(self, environment: Mapping[str, str]) -> list[str]:
        """The variables it names that are missing or empty."""
        values = (self.url, *self.env.values(), *self.headers.values())
        names = (value.removeprefix(FROM_ENVIRONMENT) for value in values if value.startswith(FROM_ENVIRONMENT))
        return [name for name in dict.fromkeys(names) if not environment.get(name)]

    def resolved(self, environment: Mapping[str, str]) -> McpServer:
        """With the values of the variables. Raises KeyError."""

        def look_up(value: str) -> str:
            name = value.removeprefix(FROM_ENVIRONMENT)
            return value if name == value else environment[name]

        return replace(
            self,
            url=look_up(self.url),
            env={name: look_up(value) for name, value in self.env.items()},
            headers={name: look_up(value) for name, value in self.headers.items()},
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no log may hold: of a resolved server, every value that may be a key, longest first."""
        parts = urlsplit(self.url)
        values = [*self.env.values(), *self.headers.values(), parts.query, parts.password or "", *parts.path.split("/")]
        values += [value.partition(" ")[2] for value in self.headers.values()]  # "Bearer KEY": the key alone
        return tuple(sorted({value for value in values if len(value) >= 8}, key=len, reverse=True))


# --- from the config file --------------------

KEYS = ("url", "command", "args", "env", "headers", "tools", "plans", "timeout_s", "max_chars", "effect")
"""All that a server's table may hold."""


def read_servers(top: Table, plans: Collection[str], environment: Mapping[str, str] | None) -> dict[str, McpServer]:
    """The servers under [mcp]. `plans`: the names there are; `environment`: None = variables are not looked for."""
    rows = top.rows("mcp", *KEYS)
    if len(rows) > ITEMS:
        top.wrong("mcp", f"has more than {ITEMS} servers")
    return {name: _server(name, row, plans, environment) for name, row in rows.items()}


def _server(name: str, row: Table, plans: Collection[str], environment: Mapping[str, str] | None) -> McpServer:
    server = McpServer(
        name=name,
        url=row.text("url", most=2_000),
        command=row.text("command", most=2_000),
        args=row.texts("args"),
        env=row.pairs("env"),
        headers=row.pairs("headers"),
        tools=frozenset(row.texts("tools")),
        plans=frozenset(row.texts("plans")),
        timeout_s=row.whole("timeout_s", 30, 1, round(LIMITS.tool_s)),
        max_chars=row.whole("max_chars", LIMITS.tool_chars, 100, LIMITS.tool_chars),
        effect=_effect(row),
    )
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,23}", name):
        row.wrong("", "must be named with at most 24 of a-z 0-9 _ -")
    if bool(server.url) == bool(server.command):
        row.wrong("url", "or command must be there, and not both")
    if server.url and (server.args or server.env):
        row.wrong("args", "and env belong to a command, headers to a url")
    if server.command and server.headers:
        row.wrong("headers", "belong to a url, args and env to a command")
    for plan in sorted(server.plans.difference(plans)):
        row.wrong("plans", f"has {plan!r}, and there is no such plan")
    missing = server.unset(environment) if environment is not None else []
    for variable in missing:
        row.wrong("", f"needs the environment variable {variable}")
    if not missing:
        _judge_values(row, server.resolved(environment) if environment is not None else server)
    return server


def _judge_values(row: Table, server: McpServer) -> None:
    """What can be wrong with addresses and headers; says nothing of what they hold."""
    if server.url and not server.url.startswith(FROM_ENVIRONMENT) and not _is_address(server.url):
        row.wrong("url", "must be http(s)://host/...")
    for name, value in server.headers.items():
        if not re.fullmatch(r"[A-Za-z0-9-]+", name) or not (value.isascii() and value.isprintable()):
            row.wrong("headers", f"has {name!r}, which is no header")
    for name, value in server.env.items():
        if not re.fullmatch(r"\w+", name) or "\0" in value:
            row.wrong("env", f"has {name!r}, which is no variable")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _effect(row: Table) -> Literal["", "free", "changes"]:
    match row.text("effect"):
        case "":
            return ""
        case "free":
            return "free"
        case "changes":
            return "changes"
        case _:
            row.wrong("effect", 'must be "free" or "changes"')
            return ""
