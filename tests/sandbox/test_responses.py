"""Responses: the order of its events, and what it refuses."""

import base64
from typing import Any

import httpx
import pytest

from tests.sandbox.wires import DRAW, RESPONSES, TOOLS, pdf, png

SUMMARY = {"reasoning": {"effort": "low", "summary": "auto"}}


def ask(text: str, **more: object) -> dict[str, Any]:
    return RESPONSES.body([RESPONSES.user(text)], **more)


async def test_events_come_in_the_contracts_order(client: httpx.AsyncClient) -> None:
    body = ask("news of today", tools=[{"type": "web_search_preview"}], **SUMMARY)
    lines = await RESPONSES.lines(client, body)
    events = await RESPONSES.events(client, body)
    names = [line.removeprefix("event: response.") for line in lines if line.startswith("event: ")]
    assert "[DONE]" not in "".join(lines)
    assert names[:5] == [
        "created",
        "in_progress",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
    ]
    assert names[-5:] == [
        "output_text.annotation.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.delta",
        "output_text.delta",
    ] or names[-4:] == ["output_text.done", "content_part.done", "output_item.done", "completed"]
    search = [name for name in names if name.startswith("web_search_call")]
    assert search == ["web_search_call.in_progress", "web_search_call.searching", "web_search_call.completed"]
    output = events[-1]["response"]["output"]
    assert [item["type"] for item in output] == ["reasoning", "web_search_call", "message"]
    part = output[-1]["content"][0]
    for note in part["annotations"]:
        assert part["text"][note["start_index"] : note["end_index"]].strip().endswith(".")
        assert note["url"].endswith("?utm_source=openai")


async def test_text_alone_may_be_the_input(client: httpx.AsyncClient) -> None:
    heard = await RESPONSES.ask(client, {"model": "gpt-4o", "input": "hello"})
    assert "> hello" in heard.text
    assert [item["type"] for item in heard.echo] == ["message"]


async def test_a_model_that_thinks_tells_it_only_when_asked(client: httpx.AsyncClient) -> None:
    heard = await RESPONSES.ask(client, "hello")
    assert (heard.echo[0]["type"], heard.echo[0]["summary"]) == ("reasoning", [])
    assert heard.usage is not None
    assert heard.usage["output_tokens_details"]["reasoning_tokens"] > 10
    none = await RESPONSES.ask(client, ask("hello", reasoning={"effort": "none"}))
    assert [item["type"] for item in none.echo] == ["message"]


async def test_reasoning_and_calls_come_back_together(client: httpx.AsyncClient) -> None:
    asked = [RESPONSES.user("draw a fox")]
    heard = await RESPONSES.ask(client, RESPONSES.body(asked, TOOLS, **SUMMARY))
    reasoning, call = heard.echo
    answer = {"type": "function_call_output", "call_id": call["call_id"], "output": "job:a"}

    async def status(*items: dict[str, Any], **more: object) -> tuple[int, str]:
        reply = await client.post("/v1/responses", json=RESPONSES.body([*asked, *items], TOOLS, **more))
        return reply.status_code, reply.json()["error"]["message"] if reply.status_code != 200 else ""

    bare = {name: value for name, value in reasoning.items() if name != "encrypted_content"}
    assert await status(reasoning, call, answer) == (200, "")
    assert await status(bare, call, answer, store=True) == (200, "")
    code, words = await status(bare, call, answer)
    assert (code, "not persisted when `store` is set to false" in words) == (404, True)
    code, words = await status({**bare, "id": "rs_other"}, call, answer, store=True)
    assert (code, "not found" in words) == (404, True)
    code, words = await status({**reasoning, "encrypted_content": "changed"}, call, answer)
    assert (code, "could not be verified" in words) == (400, True)
    code, words = await status(call, answer)
    assert (code, "without its required 'reasoning' item" in words) == (400, True)
    code, words = await status(reasoning)
    assert (code, "without its required following item" in words) == (400, True)
    code, words = await status(reasoning, call)
    assert (code, "No tool output found" in words) == (400, True)
    code, words = await status(answer)
    assert (code, "No tool call found" in words) == (400, True)


async def test_files_are_seen(client: httpx.AsyncClient) -> None:
    content = [
        {"type": "input_image", "image_url": f"data:image/png;base64,{png()}"},
        {"type": "input_file", "filename": "a.pdf", "file_data": f"data:application/pdf;base64,{pdf()}"},
        {"type": "input_text", "text": "what is this?"},
    ]
    text = (await RESPONSES.ask(client, RESPONSES.body([{"role": "user", "content": content}]))).text
    assert "picture 1: 37×21 pixels" in text
    size = len(base64.b64decode(pdf()))
    assert f'a.pdf (application/pdf, {size} bytes), beginning "Hello pages"' in text


def part(**fields: object) -> dict[str, object]:
    return {"input": [{"role": "user", "content": [fields]}]}


def function(**fields: object) -> dict[str, object]:
    return {"tools": [{"type": "function", "name": "a", "parameters": {"type": "object", "properties": {}}, **fields}]}


def form(**fields: object) -> dict[str, object]:
    return {"text": {"format": {"type": "json_schema", "name": "a", "schema": DRAW, **fields}}}


OPEN = {**DRAW, "required": []}


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        ({"input": None}, 500, "input is required"),
        ({"model": "claude-haiku-4-5-20251001"}, 500, "not implemented"),
        ({"messages": []}, 400, "Unknown parameter: 'messages'"),
        ({"max_output_tokens": 15}, 400, "minimum value"),
        ({"temperature": 1}, 400, "'temperature' is not supported"),
        ({"reasoning": {"effort": "huge"}}, 400, "Supported values"),
        ({"reasoning": {"effort": "low"}, "model": "gpt-4o"}, 400, "'reasoning.effort' is not supported"),
        ({"reasoning": {"effort": "minimal"}, "tools": [{"type": "web_search"}]}, 400, "cannot be used with"),
        ({"previous_response_id": "resp_1"}, 400, "not found"),
        ({"include": ["everything"]}, 400, "Invalid value"),
        (function(), 400, "additionalProperties"),
        (function(parameters=OPEN), 400, "Missing 'prompt'"),
        (function(parameters=None, name=""), 400, "tools[0].name"),
        (function(type="retrieval"), 400, "Supported values"),
        (function(strict=False) | {"tool_choice": {"type": "function", "name": "b"}}, 400, "Tool choice"),
        (form(name=""), 400, "text.format.name"),
        (form(schema=OPEN, strict=True), 400, "Missing 'prompt'"),
        (form(schema={"type": "array"}), 400, 'type: "object"'),
        ({"text": {"format": {"type": "json_object"}}}, 400, "the word 'json'"),
        ({"input": [{"role": "tool", "content": "x"}]}, 400, "Supported values are"),
        ({"input": [{"type": "thing"}]}, 400, "Invalid value: 'thing'"),
        (part(type="text", text="x"), 400, "Supported values are: input_text"),
        (part(type="input_image", image_url=f"data:image/bmp;base64,{png()}"), 400, "not supported"),
        (part(type="input_image", image_url="data:image/png;base64,AAAA"), 400, "valid file"),
        (part(type="input_file", file_data=f"data:application/pdf;base64,{pdf()}"), 400, "filename"),
    ],
)
async def test_mistakes(client: httpx.AsyncClient, more: dict[str, object], status: int, words: str) -> None:
    body = {name: value for name, value in (ask("hi") | more).items() if value is not None}
    got, reply = await RESPONSES.refused(client, body)
    assert (got, set(reply)) == (status, {"error"})
    assert words in reply["error"]["message"]
