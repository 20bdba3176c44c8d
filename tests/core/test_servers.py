"""The tool servers of the config file: all mistakes at once, secrets from the environment and in no text of ours."""

from __future__ import annotations

import pytest

from core.plans import BadRules, load_rules
from core.servers import McpServer
from core.values import Json

WEATHER: dict[str, Json] = {
    "url": "https://mcp.example/mcp",
    "headers": {"Authorization": "env:WEATHER_TOKEN"},
    "tools": ["forecast"],
    "plans": ["pro"],
    "timeout_s": 5,
    "max_chars": 500,
    "effect": "changes",
}
CONFIG: dict[str, Json] = {"plans": {"pro": {}}, "mcp": {"weather": WEATHER}}


def test_a_server() -> None:
    (server,) = load_rules(CONFIG, environment={"WEATHER_TOKEN": "Bearer hush-hush"}).mcp.values()
    assert (server.name, server.url, server.tools, server.plans) == (
        "weather",
        "https://mcp.example/mcp",
        frozenset({"forecast"}),
        frozenset({"pro"}),
    )
    assert (server.timeout_s, server.max_chars, server.effect) == (5, 500, "changes")
    assert load_rules({}).mcp == {}


def test_secrets_come_from_the_environment_and_are_known_as_such() -> None:
    server = load_rules(CONFIG).mcp["weather"]
    assert server.headers == {"Authorization": "env:WEATHER_TOKEN"}
    resolved = server.resolved({"WEATHER_TOKEN": "Bearer hush-hush"})
    assert resolved.headers == {"Authorization": "Bearer hush-hush"}
    assert set(resolved.secrets) == {"Bearer hush-hush", "hush-hush"}
    assert "hush" not in repr(resolved)
    inline = McpServer("a", url="https://u:passw0rd1@h/mcp/abcdef123456?key=0123456789")
    assert {"passw0rd1", "abcdef123456", "key=0123456789"} == set(inline.secrets)
    assert "passw0rd1" not in repr(inline) and "0123456789" not in repr(inline)


def test_the_chat_models_are_names() -> None:
    rules = load_rules({"chat": {"summary_model": "a", "transcribe_model": "b", "speech_model": "c"}})
    assert (rules.summary_model, rules.transcribe_model, rules.speech_model) == ("a", "b", "c")
    assert (load_rules({}).summary_model, load_rules({}).speech_model) == ("", "")


MISTAKES: list[tuple[dict[str, Json], str]] = [
    ({"name": 1}, "mcp.a.name: unknown key"),
    ({"url": ""}, "mcp.a.url or command must be there"),
    ({"command": "uvx"}, "mcp.a.url or command must be there"),
    ({"url": "ftp://h/"}, "mcp.a.url must be http(s)"),
    ({"url": "http://[bad"}, "mcp.a.url must be http(s)"),
    ({"url": "env:GOOD"}, "mcp.a.url must be http(s)"),
    ({"url": 5}, "mcp.a.url must be text"),
    ({"args": ["x"]}, "mcp.a.args and env belong to a command"),
    ({"url": "", "command": "x", "headers": {"A": "b"}}, "mcp.a.headers belong to a url"),
    ({"headers": {"A B": "c"}}, "mcp.a.headers has 'A B'"),
    ({"headers": {"A": "b\nc"}}, "mcp.a.headers has 'A'"),
    ({"headers": {"A": 5}}, "mcp.a.headers must be a table"),
    ({"headers": {"A": "env:MISSING"}}, "mcp.a needs the environment variable MISSING"),
    ({"headers": {"A": "env:EMPTY"}}, "mcp.a needs the environment variable EMPTY"),
    ({"url": "", "command": "x", "env": {"A=": "b"}}, "mcp.a.env has 'A='"),
    ({"url": "", "command": "x", "args": "one two"}, "mcp.a.args must be a list"),
    ({"tools": "forecast"}, "mcp.a.tools must be a list"),
    ({"tools": [""]}, "mcp.a.tools must be a list"),
    ({"plans": ["gold"]}, "mcp.a.plans has 'gold'"),
    ({"timeout_s": 0}, "mcp.a.timeout_s must be"),
    ({"timeout_s": 61}, "mcp.a.timeout_s must be"),
    ({"max_chars": 10**9}, "mcp.a.max_chars must be"),
    ({"effect": "costs"}, "mcp.a.effect must be"),
]


def test_all_mistakes_are_told_at_once_and_tell_no_secret() -> None:
    servers: dict[str, Json] = {f"a{at}": {"url": "https://h/", **each} for at, (each, _) in enumerate(MISTAKES)}
    servers |= {"Big Name": {"url": "https://h/"}, "x" * 25: {"url": "https://h/"}, "no": 5}
    environment = {"GOOD": "secret-and-no-address", "EMPTY": ""}
    with pytest.raises(BadRules) as caught:
        load_rules({"mcp": servers}, environment=environment)
    problems = caught.value.problems
    for at, (_, told) in enumerate(MISTAKES):
        assert any(problem.startswith(told.replace("mcp.a", f"mcp.a{at}", 1)) for problem in problems), told
    assert "mcp.Big Name must be named with at most 24 of a-z 0-9 _ -" in problems
    assert "[mcp.no] must be a table" in problems
    assert "secret" not in str(problems)


def test_too_many_servers() -> None:
    with pytest.raises(BadRules, match="more than 64 servers"):
        load_rules({"mcp": {f"a{at}": {"url": "https://h/"} for at in range(65)}})
