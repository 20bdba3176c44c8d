"""Claude's format: the order of its events, and what it refuses."""

import base64
from typing import Any

import httpx
import pytest

from bots.sandbox.server import Sandbox
from tests.sandbox.wires import CLAUDE, DRAW, TOOLS, pdf, png

THINKING = {"thinking": {"type": "enabled", "budget_tokens": 2000}}
SEARCH = [{"type": "web_search_20250305", "name": "web_search"}]


def ask(text: str, **more: object) -> dict[str, Any]:
    return CLAUDE.body([CLAUDE.user(text)], **more)


async def test_events_come_in_the_contracts_order(client: httpx.AsyncClient) -> None:
    body = ask("news of today", tools=SEARCH, **THINKING)
    lines = await CLAUDE.lines(client, body)
    events = await CLAUDE.events(client, body)
    names = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    assert names == [event["type"] for event in events]
    starts = [event["content_block"]["type"] for event in events if event["type"] == "content_block_start"]
    assert starts == ["thinking", "server_tool_use", "web_search_tool_result", "text", "text", "text", "text"]
    assert names[:3] == ["message_start", "content_block_start", "ping"]
    assert names[-2:] == ["message_delta", "message_stop"]
    assert names.count("content_block_start") == names.count("content_block_stop")
    deltas = [event["delta"]["type"] for event in events if event["type"] == "content_block_delta"]
    assert deltas.count("signature_delta") == 1
    assert deltas.count("citations_delta") == 2
    assert events[0]["message"]["usage"]["output_tokens"] == 1
    usage = events[-2]["usage"]
    assert usage["server_tool_use"] == {"web_search_requests": 1}
    assert usage["output_tokens_details"]["thinking_tokens"] > 10


async def test_a_whole_answer_says_what_the_stream_says(client: httpx.AsyncClient) -> None:
    body = ask("news of today", tools=SEARCH, **THINKING)
    whole = await CLAUDE.ask(client, body, stream=False)
    streamed = await CLAUDE.ask(client, body)
    assert (whole.text, whole.thoughts, whole.pages) == (streamed.text, streamed.thoughts, streamed.pages)
    assert whole.usage == streamed.usage


async def test_adaptive_thinking_and_what_is_omitted(client: httpx.AsyncClient) -> None:
    new = "claude-sonnet-5-20260301"
    hidden = ask("hi", thinking={"type": "enabled", "budget_tokens": 2000, "display": "omitted"})
    heard = await CLAUDE.ask(client, hidden)
    assert heard.echo[0]["type"] == "thinking"
    assert heard.echo[0]["thinking"] == ""
    assert heard.echo[0]["signature"]
    status, body = await CLAUDE.refused(client, ask("hi", thinking={"type": "adaptive"}))
    assert (status, "thinking" in body["error"]["message"]) == (400, True)
    status, _ = await CLAUDE.refused(client, ask("hi", thinking={"type": "adaptive"}) | {"model": new})
    assert status == 503


async def test_redacted_thoughts_come_back(client: httpx.AsyncClient) -> None:
    asked = [CLAUDE.user("draw a fox [redacted]")]
    heard = await CLAUDE.ask(client, CLAUDE.body(asked, TOOLS, **THINKING))
    assert heard.echo[0]["type"] == "redacted_thinking"
    again = CLAUDE.again(asked, heard, ["job:a"])
    assert (await CLAUDE.ask(client, CLAUDE.body(again, TOOLS, **THINKING))).text
    heard.echo[0]["data"] = "other"
    status, _ = await CLAUDE.refused(client, CLAUDE.body(CLAUDE.again(asked, heard, ["job:a"]), TOOLS, **THINKING))
    assert status == 400


async def test_thoughts_must_come_back_as_they_were(client: httpx.AsyncClient) -> None:
    asked = [CLAUDE.user("draw a fox")]
    heard = await CLAUDE.ask(client, CLAUDE.body(asked, TOOLS, **THINKING))
    again = CLAUDE.again(asked, heard, ["job:a"])
    assert "job:a" in (await CLAUDE.ask(client, CLAUDE.body(again, TOOLS, **THINKING))).text
    thought = heard.echo[0]
    for changed in ([{**thought, "thinking": "other"}], [{**thought, "signature": ""}], []):
        heard.echo = [*changed, *heard.echo[1:]] if heard.echo[0]["type"] == "thinking" else [*changed, *heard.echo]
        body = CLAUDE.body(CLAUDE.again(asked, heard, ["job:a"]), TOOLS, **THINKING)
        status, reply = await CLAUDE.refused(client, body)
        assert (status, reply["error"]["type"]) == (400, "invalid_request_error")
        heard.echo = [thought, *[block for block in heard.echo if block["type"] != "thinking"]]


async def test_a_pause_is_gone_on_with(client: httpx.AsyncClient) -> None:
    asked = [CLAUDE.user("news of today [pause]")]
    first = await CLAUDE.ask(client, CLAUDE.body(asked, tools=SEARCH, **THINKING))
    assert first.stop == "pause_turn"
    assert first.echo[-1]["type"] == "server_tool_use"
    again = [*asked, {"role": "assistant", "content": first.echo}]
    second = await CLAUDE.ask(client, CLAUDE.body(again, tools=SEARCH, **THINKING))
    assert second.stop == "end_turn"
    assert second.echo[0] == second.echo[0] | {"type": "web_search_tool_result", "tool_use_id": first.echo[-1]["id"]}
    assert len(second.pages) == 2
    whole = [*asked, {"role": "assistant", "content": [*first.echo, *second.echo]}, CLAUDE.user("thanks")]
    assert (await CLAUDE.ask(client, CLAUDE.body(whole, tools=SEARCH, **THINKING))).stop == "end_turn"


async def test_an_answer_that_was_begun_is_gone_on_with(client: httpx.AsyncClient) -> None:
    whole = (await CLAUDE.ask(client, "hello")).text
    begun = [CLAUDE.user("hello"), {"role": "assistant", "content": whole[:40]}]
    assert (await CLAUDE.ask(client, CLAUDE.body(begun))).text == whole[40:]


async def test_files_are_seen(client: httpx.AsyncClient) -> None:
    content = [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": png()}},
        {
            "type": "document",
            "title": "a.pdf",
            "source": {"type": "base64", "media_type": "application/pdf", "data": pdf()},
        },
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "plain words"}},
        {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}},
        {"type": "text", "text": "what is this?"},
    ]
    text = (await CLAUDE.ask(client, CLAUDE.body([{"role": "user", "content": content}]))).text
    assert "picture 1: 37×21 pixels" in text
    size = len(base64.b64decode(pdf()))
    assert f'a.pdf (application/pdf, {size} bytes), beginning "Hello pages"' in text
    assert 'beginning "plain words"' in text
    assert "a link, which the sandbox does not open" in text


def image(media_type: str, data: str) -> list[dict[str, object]]:
    source = {"type": "base64", "media_type": media_type, "data": data}
    return [{"role": "user", "content": [{"type": "image", "source": source}]}]


def used(id_: str = "toolu_1") -> dict[str, object]:
    return {"role": "assistant", "content": [{"type": "tool_use", "id": id_, "name": "x", "input": {}}]}


def result(id_: str = "toolu_1", *more: dict[str, object]) -> dict[str, object]:
    return {"role": "user", "content": [*more, {"type": "tool_result", "tool_use_id": id_, "content": "y"}]}


HI = CLAUDE.user("hi")
TEXT: dict[str, object] = {"type": "text", "text": "first"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"max_tokens": None}, "max_tokens"),
        ({"max_tokens": 2000, **THINKING}, "must be greater than `thinking.budget_tokens`"),
        ({"thinking": {"type": "enabled", "budget_tokens": 1000}}, "greater than or equal to 1024"),
        ({"thinking": {"type": "enabled"}}, "budget_tokens: Field required"),
        ({"thinking": {"type": "loud"}}, "thinking.type"),
        ({"temperature": 0.5, **THINKING}, "`temperature`"),
        ({"temperature": 1.5}, "temperature"),
        ({"frequency_penalty": 1}, "Extra inputs are not permitted"),
        ({"output_format": {"type": "json_schema", "schema": DRAW}}, "output_format"),
        ({"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}}, "additionalProperties"),
        ({"output_config": {"effort": "huge"}}, "output_config.effort"),
        ({"messages": [{"role": "system", "content": "x"}]}, "Unexpected role"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "first message must use"),
        ({"messages": [{"role": "user", "content": ""}]}, "non-empty content"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": " "}]}]}, "non-whitespace"),
        ({"messages": [{"role": "user", "content": [{"type": "input_text", "text": "x"}]}]}, "Input tag"),
        ({"messages": [HI, result()]}, "unexpected `tool_use_id`"),
        ({"messages": [HI, used()]}, "without `tool_result` blocks"),
        ({"messages": [HI, used(), HI]}, "without `tool_result` blocks"),
        ({"messages": [HI, used(), result("toolu_2")]}, "unexpected `tool_use_id`"),
        ({"messages": [HI, used(), result("toolu_1", TEXT)]}, "must come before any other"),
        ({"messages": image("image/png", "%%%")}, "invalid base64"),
        ({"messages": image("image/jpeg", png())}, "does not appear to be image/jpeg"),
        ({"messages": image("image/bmp", png())}, "media_type"),
        ({"tools": [{"name": "a b", "input_schema": DRAW}]}, "tools.0.custom.name"),
        ({"tools": [{"name": "a", "input_schema": {}}]}, "input_schema.type"),
        ({"tools": [{"name": "a", "input_schema": DRAW}] * 2}, "unique"),
        ({"tools": [{"name": "a", "strict": True, "input_schema": {"type": "object"}}]}, "additionalProperties"),
        ({"tools": [{"type": "web_search", "name": "web_search"}]}, "does not match any of the expected tags"),
        ({"tools": SEARCH, "tool_choice": {"type": "tool", "name": "b"}}, "not found in provided tools"),
        ({"tools": SEARCH, "tool_choice": {"type": "any"}, **THINKING}, "forces tool use"),
    ],
)
async def test_mistakes(client: httpx.AsyncClient, more: dict[str, object], words: str) -> None:
    body = {name: value for name, value in (ask("hi") | more).items() if value is not None}
    status, reply = await CLAUDE.refused(client, body)
    assert (status, reply["type"]) == (400, "error")
    assert words in reply["error"]["message"]
    assert "(request id: " in reply["error"]["message"]


async def test_the_older_schema_form_needs_its_beta(client: httpx.AsyncClient) -> None:
    body = ask("hi", output_format={"type": "json_schema", "schema": DRAW})
    client.headers["anthropic-beta"] = "structured-outputs-2025-11-13"
    assert (await CLAUDE.ask(client, body)).text == '{"prompt": "sandbox prompt"}'


async def test_the_key_may_be_in_the_vendors_header(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient(base_url=sandbox.base_url, headers={"x-api-key": "sk-good"}) as client:
        assert (await CLAUDE.ask(client, "hello")).text
