"""Chat completions, streamed and whole, as real httpx sees them."""

import base64
import io
import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from PIL import Image

from bots.sandbox.faults import Speech
from bots.sandbox.server import Sandbox
from tests.sandbox.conftest import until
from tests.sandbox.wires import CHAT, DRAW, TOOLS, pdf

PATH = "/v1/chat/completions"
ROUTE = f"POST {PATH}"


def ask(content: object, **more: object) -> dict[str, object]:
    return {"model": "gpt-5-mini", "messages": [{"role": "user", "content": content}], **more}


async def read_lines(client: httpx.AsyncClient, body: dict[str, object]) -> list[str]:
    async with client.stream("POST", PATH, json={**body, "stream": True}) as reply:
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith("text/event-stream")
        return [line async for line in reply.aiter_lines() if line]


def chunks(lines: Sequence[str]) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix("data: ")) for line in lines if line not in ("data: [DONE]", "")]


def choices(lines: Sequence[str]) -> list[dict[str, Any]]:
    return [choice for chunk in chunks(lines) for choice in chunk["choices"]]


def joined(lines: Sequence[str], name: str = "content") -> str:
    return "".join(choice["delta"].get(name) or "" for choice in choices(lines))


def data_uri(width: int, height: int) -> str:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


async def test_a_stream_has_the_contracts_order(client: httpx.AsyncClient) -> None:
    lines = await read_lines(client, ask("hello [long 50]"))
    events = chunks(lines)
    assert lines[-1] == "data: [DONE]"
    assert len({event["id"] for event in events}) == 1
    assert {event["object"] for event in events} == {"chat.completion.chunk"}
    first, *_, last = choices(lines)
    assert first["delta"] == {"role": "assistant", "content": "", "refusal": None}
    assert (last["delta"], last["finish_reason"]) == ({}, "stop")
    assert joined(lines) == " ".join(f"w{number:04d}" for number in range(50))
    assert events[-1]["choices"] == []
    usage = events[-1]["usage"]
    assert usage["completion_tokens"] == 50
    assert usage["total_tokens"] == usage["prompt_tokens"] + 50
    assert [event["usage"] for event in events[:-1]] == [None] * (len(events) - 1)


async def test_a_whole_answer_says_the_same(client: httpx.AsyncClient) -> None:
    reply = (await client.post(PATH, json=ask("what can you do?"))).json()
    lines = await read_lines(client, ask("what can you do?"))
    choice = reply["choices"][0]
    assert reply["object"] == "chat.completion"
    assert (choice["finish_reason"], choice["message"]["refusal"]) == ("stop", None)
    assert choice["message"]["content"] == joined(lines)
    assert reply["usage"] == chunks(lines)[-1]["usage"]
    assert "sandbox" in joined(lines)
    assert "> what can you do?" in joined(lines)


async def test_it_answers_in_the_askers_language(client: httpx.AsyncClient) -> None:
    assert "内置沙盒" in joined(await read_lines(client, ask("请介绍一下 Telegram")))
    assert "built-in sandbox" in joined(await read_lines(client, ask("draw 猫 in the style of Van Gogh")))


async def test_it_remembers_and_sees(client: httpx.AsyncClient) -> None:
    parts = [
        {"type": "text", "text": "what is this?"},
        {"type": "image_url", "image_url": {"url": data_uri(37, 21)}},
        {"type": "file", "file": {"filename": "notes.pdf", "file_data": f"data:application/pdf;base64,{pdf()}"}},
        {"type": "input_audio", "input_audio": {"data": base64.b64encode(b"RIFF1234").decode(), "format": "wav"}},
    ]
    body = ask(parts)
    body["messages"] = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "two"},
        {"role": "user", "content": parts},
    ]
    text = joined(await read_lines(client, body))
    assert "picture 1: 37×21 pixels" in text
    assert "document notes.pdf (application/pdf" in text
    assert 'beginning "Hello pages"' in text
    assert "audio (audio/wav, 8 bytes)" in text
    assert "2 earlier messages" in text


@pytest.mark.parametrize("data", [base64.b64encode(b"no picture").decode(), "%%%", ""])
async def test_a_text_file_named_png_is_refused(client: httpx.AsyncClient, data: str) -> None:
    uri = "data:image/png;base64," + data
    reply = await client.post(PATH, json=ask([{"type": "image_url", "image_url": {"url": uri}}]))
    assert (reply.status_code, reply.json()["error"]["code"]) == (500, "convert_request_failed")


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
async def test_max_tokens_cuts_the_answer(client: httpx.AsyncClient, field: str) -> None:
    lines = await read_lines(client, ask("[long 50]", **{field: 7}))
    usage = chunks(lines)[-1]["usage"]
    assert joined(lines).split() == [f"w{number:04d}" for number in range(7)]
    assert (choices(lines)[-1]["finish_reason"], usage["completion_tokens"]) == ("length", 7)


async def test_thoughts_come_before_the_answer_and_count(client: httpx.AsyncClient) -> None:
    lines = await read_lines(client, ask("why? [thinking]"))
    names = [next(iter(choice["delta"]), "") for choice in choices(lines)]
    usage = chunks(lines)[-1]["usage"]
    assert names.index("content") > max(place for place, name in enumerate(names) if name == "reasoning_content")
    assert joined(lines, "reasoning_content").startswith("First I read the question.")
    assert usage["completion_tokens_details"]["reasoning_tokens"] > 10
    whole = (await client.post(PATH, json=ask("为什么？ [thinking]"))).json()["choices"][0]["message"]
    assert whole["reasoning_content"].startswith("先看问题写了什么")
    claude = ask("why?", reasoning_effort="low") | {"model": "claude-haiku-4-5-20251001"}
    assert joined(await read_lines(client, claude), "reasoning_content")
    assert not joined(await read_lines(client, ask("why?", reasoning_effort="low")), "reasoning_content")


async def test_a_refusal(client: httpx.AsyncClient) -> None:
    lines = await read_lines(client, ask("something bad [refuse]"))
    whole = (await client.post(PATH, json=ask("something bad [refuse]"))).json()["choices"][0]
    assert joined(lines, "refusal").startswith("I'm sorry")
    assert (joined(lines), choices(lines)[-1]["finish_reason"]) == ("", "content_filter")
    assert (whole["message"]["content"], whole["finish_reason"]) == (None, "content_filter")


@pytest.mark.parametrize(
    ("body", "status", "code", "message"),
    [
        ({"messages": [{"role": "user", "content": "x"}]}, 400, "", "未指定模型名称"),
        (ask("x") | {"model": "sora-9"}, 503, "model_not_found", "无可用渠道"),
        (ask("x") | {"model": "kling-3.0"}, 503, "model_not_found", "无可用渠道"),
        ({"model": "gpt-4o"}, 500, "invalid_request", "field messages is required"),
        ({"model": "gpt-4o", "messages": []}, 500, "invalid_request", "field messages is required"),
        ({"model": "gpt-4o", "messages": ["x"]}, 500, "invalid_request", "messages is invalid"),
        (ask("x", max_tokens=-1), 500, "invalid_request", "max_tokens is invalid"),
        (ask("x", max_tokens="9"), 500, "invalid_request", "max_tokens is invalid"),
        (ask("[fail]"), 500, "do_request_failed", "upstream error"),
        (ask("[503]"), 503, "bad_response_status_code", "bad response status code 503"),
        ([1], 400, "", "JSON"),
    ],
)
async def test_mistakes(client: httpx.AsyncClient, body: object, status: int, code: str, message: str) -> None:
    reply = await client.post(PATH, json=body)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (status, code)
    assert message in error["message"]
    assert error["message"].endswith(f"(request id: {reply.headers['X-Oneapi-Request-Id']})")


async def test_what_is_no_json_is_400(client: httpx.AsyncClient) -> None:
    reply = await client.post(PATH, content=b"{not json", headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "")


async def test_busy_and_a_proxys_page(client: httpx.AsyncClient) -> None:
    busy = await client.post(PATH, json=ask("[429]"))
    page = await client.post(PATH, json=ask("[html]"))
    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "2")
    assert (page.status_code, page.headers["content-type"]) == (504, "text/html; charset=utf-8")
    assert "<h1>504 Gateway Time-out</h1>" in page.text


async def test_a_cut_stream_keeps_what_came(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    pieces = tuple(f"piece{number} " for number in range(9))
    sandbox.behaviour.script(ROUTE, Speech(pieces, cut_after=4))
    lines: list[str] = []
    with pytest.raises(httpx.RemoteProtocolError):
        async with client.stream("POST", PATH, json=ask("x", stream=True)) as reply:
            async for line in reply.aiter_lines():
                lines += [line] if line else []
    assert joined(lines) == "".join(pieces[:4])
    assert choices(lines)[-1]["finish_reason"] is None
    await until(lambda: sandbox.open_streams == 0)


@pytest.mark.parametrize("question", ["[cut]", "[cut] [thinking]"])
async def test_a_person_can_cut_the_line(client: httpx.AsyncClient, question: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await read_lines(client, ask(question))
    with pytest.raises(httpx.RemoteProtocolError):
        await client.post(PATH, json=ask(question))


async def test_errors_in_mid_stream(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.script(ROUTE, Speech(("a", "b"), error_after=1, error_form="data"))
    as_data = await read_lines(client, ask("x"))
    as_line = await read_lines(client, ask("x [jsonerror]"))
    assert as_data[-1] == "data: [DONE]"
    assert json.loads(as_data[-2].removeprefix("data: "))["error"]["type"] == "server_error"
    assert json.loads(as_line[-1])["error"]["type"] == "server_error"
    assert "[DONE]" not in "".join(as_line)


async def test_odd_endings(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    def shape(lines: Sequence[str]) -> tuple[bool, bool, bool]:
        finished = any(choice["finish_reason"] for choice in choices(lines))
        return finished, any(chunk["usage"] for chunk in chunks(lines)), lines[-1] == "data: [DONE]"

    sandbox.behaviour.script(
        ROUTE, Speech(done=False), Speech(usage="none"), Speech(finish=None), Speech(usage="finish")
    )
    assert shape(await read_lines(client, ask("x"))) == (True, True, False)
    assert shape(await read_lines(client, ask("x"))) == (True, False, True)
    assert shape(await read_lines(client, ask("x"))) == (False, True, True)
    with_finish = await read_lines(client, ask("x"))
    assert chunks(with_finish)[-1]["choices"]
    assert chunks(with_finish)[-1]["usage"]
    assert shape(await read_lines(client, ask("x [no-done]"))) == (True, True, False)
    hidden = ask("x", stream_options={"include_usage": False})
    assert shape(await read_lines(client, hidden)) == (True, False, True)
    assert shape(await read_lines(client, ask("x"))) == (True, True, True)


async def test_scripted_pieces_are_said_as_they_are(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    pieces = ("", "**a", "\n\n", "😀", "```\n", " e", "\u2028")
    sandbox.behaviour.script(ROUTE, Speech(pieces, thoughts=("hm",), finish="STOP", empty_chunk=True))
    lines = await read_lines(client, ask("x", max_tokens=1))
    deltas = [choice["delta"] for choice in choices(lines)]
    assert [delta["content"] for delta in deltas[1:] if "content" in delta] == list(pieces)
    assert joined(lines, "reasoning_content") == "hm"
    assert choices(lines)[-1]["finish_reason"] == "STOP"
    assert chunks(lines)[1]["choices"] == []


async def test_silence_ends_when_the_client_leaves(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.script(ROUTE, Speech(("a", "b", "c"), silent_after=2))
    async with client.stream("POST", PATH, json=ask("x", stream=True)) as reply:
        async for line in reply.aiter_lines():
            if '"content":"b"' in line:
                break
        assert sandbox.open_streams == 1
    await until(lambda: sandbox.open_streams == 0)


async def test_the_pace_is_kept(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    sandbox.behaviour.sleep = sleep
    sandbox.behaviour.tokens_per_s, sandbox.behaviour.first_token_s = 0.1, 3
    await read_lines(client, ask("[long 5]"))
    first, *steps = waits
    assert first == 3
    assert steps == pytest.approx([10, 20, 30, 40], abs=1)  # against the start: this clock does not move
    waits.clear()
    await client.post(PATH, json=ask("[long 5] [slow]"))
    assert waits == [3 + 5 / 0.01]


CALL = {"id": "call_1", "type": "function", "function": {"name": "a", "arguments": "{}"}}
CALLING = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "x"}
HI = {"role": "user", "content": "hi"}


def talk(*messages: object) -> dict[str, object]:
    return {"messages": [HI, *messages]}


def tool(**function: object) -> dict[str, object]:
    return {"tools": [{"type": "function", "function": {"name": "a", "parameters": DRAW, **function}}]}


def part(**fields: object) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": [fields]}]}


def form(**inner: object) -> dict[str, object]:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": DRAW, **inner}}}


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        (talk({"role": "robot", "content": "x"}), 400, "Supported values are"),
        (talk({"role": "user", "content": None}), 400, "got null"),
        (talk({"role": "user", "content": 5}), 400, "Invalid type"),
        (talk(CALLING), 400, "did not have response messages: call_1"),
        (talk(CALLING, HI), 400, "did not have response messages: call_1"),
        (talk(RESULT), 400, "must respond to a preceding message"),
        (talk(CALLING, RESULT, RESULT), 400, "must respond to a preceding message"),
        (talk(CALLING, {"role": "tool", "content": "x"}), 400, "tool_call_id"),
        (talk({**CALLING, "tool_calls": [{"id": "call_1"}]}, RESULT), 400, "tool_calls[0]"),
        (part(type="input_text", text="x"), 400, "Supported values are"),
        (part(type="input_audio", input_audio={"data": "AAAA", "format": "ogg"}), 500, "wav or mp3"),
        (part(type="input_audio", input_audio={"data": "AAAA", "format": "wav"}), 500, "does not appear"),
        (part(type="video_url", video_url={"url": "https://example.com/a.mp4"}), 500, "not supported by this model"),
        (
            part(type="file", file={"filename": "a", "file_data": "data:application/x-tar;base64,AAAA"}),
            500,
            "mime type",
        ),
        (part(type="file", file={"filename": "a", "file_data": "AAAA"}), 500, "mime type"),
        (tool(name="a b"), 400, "pattern"),
        (tool(strict=True, parameters={**DRAW, "required": []}), 400, "Missing 'prompt'"),
        (tool(parameters={"type": "string"}), 400, 'type: "object"'),
        (tool() | {"tool_choice": {"type": "function", "function": {"name": "b"}}}, 400, "Tool choice"),
        ({"tool_choice": "auto"}, 400, "only allowed when 'tools'"),
        ({"reasoning_effort": "huge"}, 400, "Supported values"),
        ({"reasoning_effort": "low", "model": "gpt-4o"}, 400, "not supported"),
        ({"temperature": 3}, 400, "temperature"),
        ({"web_search_options": {}}, 400, "not supported"),
        ({"model": "o3-pro"}, 404, "not a chat model"),
        (form(name=""), 400, "json_schema.name"),
        (form(strict=True, schema={**DRAW, "required": []}), 400, "Missing 'prompt'"),
        ({"response_format": {"type": "json_object"}}, 400, "the word 'json'"),
        ({"response_format": {"type": "yaml"}}, 400, "yaml"),
    ],
)
async def test_what_the_vendor_refuses(
    client: httpx.AsyncClient, more: dict[str, object], status: int, words: str
) -> None:
    reply = await client.post(PATH, json=ask("hi") | more)
    assert reply.status_code == status
    assert words in reply.json()["error"]["message"]


async def test_hidden_thinking_is_counted(client: httpx.AsyncClient) -> None:
    heard = await CHAT.ask(client, ask("hi", reasoning_effort="high"))
    assert heard.thoughts == ""
    assert heard.usage is not None
    assert heard.usage["completion_tokens_details"]["reasoning_tokens"] > 10


async def test_the_habits_of_vendors_behind_this_route(client: httpx.AsyncClient) -> None:
    """Claude's calls have the number of their block, Gemini's none; Claude loses its pages and all text but the last."""

    async def pieces(model: str) -> list[dict[str, Any]]:
        body = CHAT.body([CHAT.user("draw a fox")], TOOLS) | {"model": model}
        found = [choice["delta"].get("tool_calls") for choice in choices(await read_lines(client, body))]
        return [piece for calls in found if calls for piece in calls]

    claude, gemini = await pieces("claude-haiku-4-5-20251001"), await pieces("gemini-2.5-flash")
    assert {piece["index"] for piece in claude} == {1}
    assert [("index" in piece, piece["function"]["arguments"]) for piece in gemini] == [(False, '{"prompt": "a fox"}')]
    search = ask("news", web_search_options={}) | {"model": "claude-haiku-4-5-20251001"}
    streamed, whole = await CHAT.ask(client, search), await CHAT.ask(client, search, stream=False)
    assert streamed.text.startswith("The web on")
    assert not whole.text.startswith("The web on")
    assert streamed.text.endswith(whole.text)
    assert streamed.pages == whole.pages == []
    ignored = await CHAT.ask(client, ask("hello", **form()) | {"model": "claude-haiku-4-5-20251001"})
    assert ignored.text.startswith("## You asked")


async def test_calls_one_at_a_time_and_forced(client: httpx.AsyncClient) -> None:
    both = CHAT.body([CHAT.user("draw a fox, and what is my balance?")], TOOLS)
    assert len((await CHAT.ask(client, both)).calls) == 2
    assert len((await CHAT.ask(client, both | {"parallel_tool_calls": False})).calls) == 1
    forced = CHAT.body([CHAT.user("hello")], TOOLS, tool_choice={"type": "function", "function": {"name": "balance"}})
    assert [name for _, name, _ in (await CHAT.ask(client, forced)).calls] == ["balance"]
    assert (await CHAT.ask(client, both | {"tool_choice": "none"})).calls == []


async def test_a_failed_first_step_ends_the_plan(client: httpx.AsyncClient) -> None:
    asked = [CHAT.user("draw me a fox and animate it")]
    first = await CHAT.ask(client, CHAT.body(asked, TOOLS))
    second = await CHAT.ask(client, CHAT.body(CHAT.again(asked, first, ["Not enough credits."]), TOOLS))
    assert second.calls == []
    assert "Not enough credits." in second.text
