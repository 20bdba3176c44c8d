"""What all four chat formats do alike: words, thoughts, tools, searches, schemas and bad days."""

import json
from typing import Any

import httpx
import pytest

from bots.sandbox.faults import Drop, Reply, Speech
from bots.sandbox.server import Sandbox
from tests.sandbox.conftest import until
from tests.sandbox.wires import CHAT, CLAUDE, GEMINI, RESPONSES, TOOLS, WIRES, Wire

both = pytest.mark.parametrize("stream", [True, False])
every = pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 3}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


def output_tokens(wire: Wire, usage: dict[str, Any]) -> int:
    match wire.name:
        case "chat":
            return int(usage["completion_tokens"])
        case "gemini":
            return int(usage["candidatesTokenCount"] + usage.get("thoughtsTokenCount", 0))
        case _:
            return int(usage["output_tokens"])


@every
@both
async def test_words(client: httpx.AsyncClient, wire: Wire, stream: bool) -> None:
    heard = await wire.ask(client, "say [long 50]", stream=stream)
    assert heard.text == " ".join(f"w{number:04d}" for number in range(50))
    assert (heard.stop, heard.model) == (wire.stops["stop"], wire.model)
    assert heard.usage is not None
    thought = 32 if wire is RESPONSES else 0  # it thinks by itself, and says nothing of it
    assert output_tokens(wire, heard.usage) == 50 + thought


@every
@both
async def test_thoughts(client: httpx.AsyncClient, wire: Wire, stream: bool) -> None:
    more = {"reasoning": {"summary": "auto"}} if wire is RESPONSES else {}
    heard = await wire.ask(client, wire.body([wire.user("why? [think I wonder why]")], **more), stream=stream)
    assert heard.thoughts == "I wonder why"
    assert "built-in sandbox" in heard.text


@every
@both
async def test_a_refusal(client: httpx.AsyncClient, wire: Wire, stream: bool) -> None:
    heard = await wire.ask(client, "bad [refuse]", stream=stream)
    assert heard.stop == wire.stops["refusal"]
    assert heard.text.startswith("I'm sorry")


@every
@both
async def test_a_length_stop(client: httpx.AsyncClient, wire: Wire, stream: bool) -> None:
    heard = await wire.ask(client, "say [long 50] [length]", stream=stream)
    assert heard.stop == wire.stops["length"]
    assert "w0001" in heard.text
    assert "w0049" not in heard.text


@every
async def test_another_models_name_and_no_usage(client: httpx.AsyncClient, wire: Wire) -> None:
    heard = await wire.ask(client, "hello [as other-model-1] [no-usage]")
    assert heard.model == "other-model-1"
    assert not heard.usage


@every
@both
async def test_two_rounds_of_tools(client: httpx.AsyncClient, wire: Wire, stream: bool) -> None:
    asked = [wire.user("draw me a fox and animate it, and what is my balance?")]
    first = await wire.ask(client, wire.body(asked, TOOLS), stream=stream)
    assert [(name, given) for _, name, given in first.calls] == [("draw_picture", {"prompt": "a fox"}), ("balance", {})]
    assert first.stop == wire.stops["tools"]
    asked = wire.again(asked, first, ["Ordered as job:abc1.", "12 credits are left"])
    second = await wire.ask(client, wire.body(asked, TOOLS), stream=stream)
    assert [(name, given) for _, name, given in second.calls] == [
        ("make_video", {"prompt": "a fox", "picture": "job:abc1"})
    ]
    asked = wire.again(asked, second, ["Ordered as job:abc2."])
    last = await wire.ask(client, wire.body(asked, TOOLS), stream=stream)
    assert last.calls == []
    assert "12 credits are left" in last.text
    assert "job:abc2" in last.text
    assert last.stop == wire.stops["stop"]


@every
async def test_a_told_call_also_of_a_tool_that_is_not_there(client: httpx.AsyncClient, wire: Wire) -> None:
    question = 'please [tool nothing_such {"a": [1, "b]"]}] [tool balance]'
    heard = await wire.ask(client, wire.body([wire.user(question)], TOOLS))
    assert [(name, given) for _, name, given in heard.calls] == [("nothing_such", {"a": [1, "b]"]}), ("balance", {})]
    without = await wire.ask(client, question)
    assert without.calls == []


@every
async def test_a_history_of_another_wires_calls(client: httpx.AsyncClient, wire: Wire) -> None:
    """Calls of an earlier turn need no signature: nobody could have one who changed the model."""
    asked = [wire.user("draw a fox")]
    heard = await wire.ask(client, wire.body(asked, TOOLS))
    for part in heard.echo:
        part.pop("thoughtSignature", None)
    echo = [part for part in heard.echo if part.get("type") not in ("thinking", "reasoning")]
    for part in echo if wire is RESPONSES else []:
        part.pop("id", None)
    heard.echo = echo
    again = [*wire.again(asked, heard, ["job:a"] * len(heard.calls)), wire.user("and now?")]
    assert (await wire.ask(client, wire.body(again, TOOLS))).text


def with_search(wire: Wire) -> dict[str, object]:
    match wire.name:
        case "responses":
            return {"tools": [{"type": "web_search"}]}
        case "claude":
            return {"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 5}]}
        case "gemini":
            return {"tools": [{"googleSearch": {}}]}
        case _:
            return {"web_search_options": {}, "model": "sandbox-new"}


@every
@both
@pytest.mark.parametrize("question", ["news of today", "今天有什么新闻"])
async def test_a_search(client: httpx.AsyncClient, wire: Wire, stream: bool, question: str) -> None:
    body = wire.body([wire.user(question)]) | with_search(wire)
    heard = await wire.ask(client, body, stream=stream)
    assert len(heard.pages) == 2
    assert all(page.startswith("https://example.org/") for page in heard.pages)
    assert question in heard.text


def with_schema(wire: Wire) -> dict[str, object]:
    match wire.name:
        case "responses":
            return {"text": {"format": {"type": "json_schema", "name": "person", "schema": SCHEMA, "strict": True}}}
        case "claude":
            return {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}
        case "gemini":
            return {"generationConfig": {"responseMimeType": "application/json", "responseSchema": SCHEMA}}
        case _:
            return {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "person", "schema": SCHEMA, "strict": True},
                }
            }


@every
@both
async def test_a_schema_is_met_and_broken_on_request(client: httpx.AsyncClient, wire: Wire, stream: bool) -> None:
    body = wire.body([wire.user("who is Ana?")], **with_schema(wire))
    assert json.loads((await wire.ask(client, body, stream=stream)).text) == {"name": "sandbox name", "age": 3}
    body = wire.body([wire.user("who is Ana? [badjson]")], **with_schema(wire))
    assert json.loads((await wire.ask(client, body, stream=stream)).text) is None


@every
async def test_a_schema_in_the_system_text(client: httpx.AsyncClient, wire: Wire) -> None:
    words = f"Answer with JSON of this schema: {json.dumps(SCHEMA)}"
    places: dict[str, dict[str, object]] = {
        "chat": {"messages": [{"role": "system", "content": words}, CHAT.user("who is Ana?")]},
        "responses": {"instructions": words},
        "claude": {"system": words},
        "gemini": {"systemInstruction": {"parts": [{"text": words}]}},
    }
    body = wire.body([wire.user("who is Ana?")]) | places[wire.name]
    assert json.loads((await wire.ask(client, body)).text)["age"] == 3


@every
@pytest.mark.parametrize("word", ["error", "jsonerror"])
async def test_an_error_in_mid_stream(client: httpx.AsyncClient, wire: Wire, word: str) -> None:
    lines = await wire.lines(client, wire.body([wire.user(f"hello [{word}]")]))
    last = [line for line in lines if line != "data: [DONE]"][-1]
    assert last.startswith("data: ") == (word == "error")
    told = json.loads(last.removeprefix("data: "))
    assert "error" in told or told["type"] == "response.failed"
    whole = await client.post(wire.path(stream=False), json=wire.body([wire.user(f"hello [{word}]")]))
    assert whole.status_code == 500


@every
async def test_a_cut_and_no_finish(sandbox: Sandbox, client: httpx.AsyncClient, wire: Wire) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await wire.ask(client, "hello [cut]")
    sandbox.behaviour.script(wire.route, Speech(("a", "b"), finish=None))
    heard = await wire.ask(client, "hello")
    assert (heard.text, heard.stop) == ("ab", None)


@every
async def test_silence_and_scripted_faults(sandbox: Sandbox, client: httpx.AsyncClient, wire: Wire) -> None:
    sandbox.behaviour.script(
        wire.route, Speech(("first", "second"), silent_after=1), Reply(429, {"error": "busy"}), Drop()
    )
    path, body = wire.path(stream=True), wire.body([wire.user("hi")])
    body = {**body, "stream": True} if "model" in body else body
    async with client.stream("POST", path, json=body) as reply:
        async for line in reply.aiter_lines():
            if "first" in line:
                break
        assert sandbox.open_streams == 1
    await until(lambda: sandbox.open_streams == 0)
    assert (await client.post(path, json=body)).status_code == 429
    with pytest.raises(httpx.RemoteProtocolError):
        await client.post(path, json=body)
    assert (await client.post(path, json=body)).status_code == 200
    assert (sandbox.submits[wire.route.removeprefix("POST ")], sandbox.accepted[wire.route.removeprefix("POST ")]) == (
        4,
        1,
    )


@every
async def test_trouble_before_the_answer(client: httpx.AsyncClient, wire: Wire) -> None:
    status, failed = await wire.refused(client, wire.body([wire.user("[fail]")]))
    assert (status, isinstance(failed["error"], dict)) == (500, True)
    assert (failed.get("type") == "error") == (wire is CLAUDE)
    assert ("status" in failed["error"]) == (wire is GEMINI)
    status, busy = await wire.refused(client, wire.body([wire.user("[429]")]))
    assert (status, busy["error"]["type"]) == (429, "new_api_error")


@every
async def test_what_comes_before_routing_has_the_gateways_shape(sandbox: Sandbox, wire: Wire) -> None:
    async with httpx.AsyncClient(base_url=sandbox.base_url, headers={"Authorization": "Bearer sk-bad"}) as client:
        status, body = await wire.refused(client, wire.body([wire.user("hi")]))
    assert (status, body["error"]["type"], body["error"]["code"]) == (401, "new_api_error", "")
    headers = {"Authorization": "Bearer sk-good"}
    async with httpx.AsyncClient(base_url=sandbox.base_url, headers=headers) as client:
        sandbox.behaviour.models = {}
        status, body = await wire.refused(client, wire.body([wire.user("hi")]))
        assert (status, body["error"]["code"]) == (503, "model_not_found")
        reply = await client.post(wire.path(stream=False), content=b"{no")
        assert reply.status_code == 400


@every
async def test_the_system_text_can_be_looked_at(client: httpx.AsyncClient, wire: Wire) -> None:
    places: dict[str, dict[str, object]] = {
        "chat": {"messages": [{"role": "system", "content": "Be a pirate."}, CHAT.user("hi [system]")]},
        "responses": {"instructions": "Be a pirate."},
        "claude": {"system": [{"type": "text", "text": "Be a pirate."}]},
        "gemini": {"systemInstruction": {"parts": [{"text": "Be a pirate."}]}},
    }
    body = wire.body([wire.user("hi [system]")]) | places[wire.name]
    assert (await wire.ask(client, body)).text == "> Be a pirate."


@pytest.mark.parametrize("wire", [CHAT, GEMINI], ids=["chat", "gemini"])
async def test_a_picture_within_the_answer(client: httpx.AsyncClient, wire: Wire) -> None:
    lines = await wire.lines(client, wire.body([wire.user("a fox [picture]")]))
    assert any("iVBORw0KGgo" in line for line in lines)


@pytest.mark.parametrize("wire", [RESPONSES, CLAUDE], ids=["responses", "claude"])
async def test_formats_without_pictures_say_so(client: httpx.AsyncClient, wire: Wire) -> None:
    assert "no pictures" in (await wire.ask(client, "a fox [picture]")).text


@every
async def test_new_models_refuse_fields_by_name(client: httpx.AsyncClient, wire: Wire) -> None:
    new = type(wire)()
    new.model = "sandbox-new"
    refused: dict[str, list[tuple[dict[str, object], str]]] = {
        "chat": [
            ({"max_tokens": 100}, "max_tokens"),
            ({"temperature": 0.5}, "temperature"),
            ({"reasoning_effort": "low"}, "reasoning_effort"),
        ],
        "responses": [
            ({"max_output_tokens": 100}, "max_output_tokens"),
            ({"temperature": 0.5}, "temperature"),
            ({"reasoning": {"effort": "low"}}, "reasoning.effort"),
        ],
        "claude": [
            ({"temperature": 0.5}, "temperature"),
            ({"thinking": {"type": "enabled", "budget_tokens": 2000}}, "thinking.budget_tokens"),
            ({"output_config": {"effort": "low"}}, "output_config.effort"),
        ],
        "gemini": [
            ({"generationConfig": {"temperature": 0.5}}, "temperature"),
            ({"generationConfig": {"thinkingConfig": {"thinkingBudget": 100}}}, "thinkingConfig.thinkingBudget"),
        ],
    }
    for more, name in refused[wire.name]:
        status, body = await new.refused(client, new.body([new.user("hi")], **more))
        assert status == 400
        assert name in body["error"]["message"]
    assert (await new.ask(client, "hello")).text
