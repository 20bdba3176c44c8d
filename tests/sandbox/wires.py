"""The four chat formats as a raw HTTP client sees them: bodies to send, answers read back into plain values."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import httpx
from PIL import Image

Json = dict[str, Any]

DRAW: Json = {
    "type": "object",
    "properties": {"prompt": {"type": "string"}},
    "required": ["prompt"],
    "additionalProperties": False,
}
FILM: Json = {
    "type": "object",
    "properties": {"prompt": {"type": "string"}, "picture": {"type": "string"}},
    "required": ["prompt"],
    "additionalProperties": False,
}
NOTHING: Json = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
TOOLS: Mapping[str, Json] = {"draw_picture": DRAW, "make_video": FILM, "balance": NOTHING}


@dataclass
class Heard:
    """One answer. `calls` are (id, name, arguments); `echo` is what must come back before their results."""

    text: str = ""
    thoughts: str = ""
    calls: list[tuple[str, str, Json]] = field(default_factory=list)
    stop: str | None = None
    pages: list[str] = field(default_factory=list)
    usage: Json | None = None
    model: str = ""
    echo: list[Json] = field(default_factory=list)


class Wire:
    """One format. `asked` is a list of its own messages; `again` puts an answer and the results of its calls behind them."""

    name = ""
    model = ""
    route = ""
    stops: ClassVar[Mapping[str, str]] = {}

    def path(self, *, stream: bool) -> str:
        return self.route.removeprefix("POST ")

    def user(self, text: str) -> Json:
        return {"role": "user", "content": text}

    def body(self, asked: Sequence[Json], offers: Mapping[str, Json] | None = None, /, **more: object) -> Json:
        raise NotImplementedError

    def again(self, asked: Sequence[Json], heard: Heard, results: Sequence[str]) -> list[Json]:
        raise NotImplementedError

    def read_whole(self, reply: Json) -> Heard:
        raise NotImplementedError

    def read_events(self, events: Sequence[Json]) -> Heard:
        raise NotImplementedError

    async def ask(self, client: httpx.AsyncClient, body: Json | str, *, stream: bool = True) -> Heard:
        body = self.body([self.user(body)]) if isinstance(body, str) else body
        if not stream:
            reply = await client.post(
                self.path(stream=False), json={**body, "stream": False} if "model" in body else body
            )
            assert reply.status_code == 200, reply.text
            return self.read_whole(reply.json())
        return self.read_events(await self.events(client, body))

    async def events(self, client: httpx.AsyncClient, body: Json) -> list[Json]:
        return [json.loads(line.removeprefix("data: ")) for line in await self.lines(client, body) if is_data(line)]

    async def lines(self, client: httpx.AsyncClient, body: Json) -> list[str]:
        body = {**body, "stream": True} if "model" in body else body
        async with client.stream("POST", self.path(stream=True), json=body) as reply:
            assert reply.status_code == 200, await reply.aread()
            assert reply.headers["content-type"].startswith("text/event-stream")
            return [line async for line in reply.aiter_lines() if line]

    async def refused(self, client: httpx.AsyncClient, body: Json) -> tuple[int, Json]:
        reply = await client.post(self.path(stream=False), json=body)
        assert reply.status_code >= 400, reply.text
        return reply.status_code, reply.json()


def is_data(line: str) -> bool:
    return line.startswith("data: ") and line != "data: [DONE]"


class ChatWire(Wire):
    name, model, route = "chat", "gpt-5-mini", "POST /v1/chat/completions"
    stops: ClassVar = {"stop": "stop", "length": "length", "tools": "tool_calls", "refusal": "content_filter"}

    def body(self, asked: Sequence[Json], offers: Mapping[str, Json] | None = None, /, **more: object) -> Json:
        body: Json = {"model": self.model, "messages": list(asked), **more}
        if offers:
            body["tools"] = [{"type": "function", "function": {"name": n, "parameters": p}} for n, p in offers.items()]
        return body

    def again(self, asked: Sequence[Json], heard: Heard, results: Sequence[str]) -> list[Json]:
        answers = [
            {"role": "tool", "tool_call_id": call[0], "content": text}
            for call, text in zip(heard.calls, results, strict=True)
        ]
        return [*asked, *heard.echo, *answers]

    def read_whole(self, reply: Json) -> Heard:
        choice = reply["choices"][0]
        message = choice["message"]
        calls = message.get("tool_calls") or []
        return Heard(
            text=message["content"] or message["refusal"] or "",
            thoughts=message.get("reasoning_content", ""),
            calls=[
                (call["id"], call["function"]["name"], json.loads(call["function"]["arguments"] or "{}"))
                for call in calls
            ],
            stop=choice["finish_reason"],
            pages=[note["url_citation"]["url"] for note in message["annotations"]],
            usage=reply.get("usage"),
            model=reply["model"],
            echo=[{"role": "assistant", "content": message["content"], "tool_calls": calls}],
        )

    def read_events(self, events: Sequence[Json]) -> Heard:
        heard, calls = Heard(), dict[int, Json]()
        for event in events:
            heard.model = event["model"]
            heard.usage = event["usage"] or heard.usage
            for choice in event["choices"]:
                delta = choice["delta"]
                heard.text += delta.get("content") or delta.get("refusal") or ""
                heard.thoughts += delta.get("reasoning_content") or ""
                heard.stop = choice["finish_reason"] or heard.stop
                heard.pages += [note["url_citation"]["url"] for note in delta.get("annotations", [])]
                for number, piece in enumerate(delta.get("tool_calls", [])):
                    index = piece.get("index", len(calls) + number)
                    call = calls.setdefault(
                        index, {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
                    )
                    call["id"] += piece.get("id", "")
                    for name, words in piece["function"].items():
                        call["function"][name] += words
        whole = list(calls.values())
        heard.calls = [
            (one["id"], one["function"]["name"], json.loads(one["function"]["arguments"] or "{}")) for one in whole
        ]
        heard.echo = [{"role": "assistant", "content": heard.text or None, "tool_calls": whole}]
        return heard


class ResponsesWire(Wire):
    name, model, route = "responses", "gpt-5-mini", "POST /v1/responses"
    stops: ClassVar = {"stop": "completed", "length": "incomplete", "tools": "completed", "refusal": "completed"}

    def body(self, asked: Sequence[Json], offers: Mapping[str, Json] | None = None, /, **more: object) -> Json:
        body: Json = {"model": self.model, "input": list(asked), "store": False, **more}
        body.setdefault("include", ["reasoning.encrypted_content"])
        if offers:
            body["tools"] = [
                {"type": "function", "name": name, "parameters": schema, "strict": False}
                for name, schema in offers.items()
            ]
        return body

    def again(self, asked: Sequence[Json], heard: Heard, results: Sequence[str]) -> list[Json]:
        answers = [
            {"type": "function_call_output", "call_id": call[0], "output": text}
            for call, text in zip(heard.calls, results, strict=True)
        ]
        return [*asked, *heard.echo, *answers]

    def read_whole(self, reply: Json) -> Heard:
        heard = Heard(stop=reply["status"], usage=reply["usage"], model=reply["model"], echo=reply["output"])
        for item in reply["output"]:
            for part in item.get("content", []):
                heard.text += part.get("text") or part.get("refusal") or ""
                heard.pages += [note["url"] for note in part.get("annotations", [])]
            heard.thoughts += "".join(part["text"] for part in item.get("summary", []))
            if item["type"] == "function_call":
                heard.calls.append((item["call_id"], item["name"], json.loads(item["arguments"] or "{}")))
        return heard

    def read_events(self, events: Sequence[Json]) -> Heard:
        """The last event tells all; the deltas before it must tell the same."""
        assert [event["sequence_number"] for event in events] == list(range(len(events)))
        if "response" not in events[-1] or events[-1]["type"] == "response.in_progress":
            return Heard(text=joined(events, "response.output_text.delta"))
        heard = self.read_whole(events[-1]["response"])
        said = joined(events, "response.output_text.delta") + joined(events, "response.refusal.delta")
        assert said == heard.text
        assert joined(events, "response.reasoning_summary_text.delta") == heard.thoughts
        items = [event["item"] for event in events if event["type"] == "response.output_item.done"]
        assert items == events[-1]["response"]["output"]
        return heard


def joined(events: Sequence[Json], kind: str) -> str:
    return "".join(event["delta"] for event in events if event["type"] == kind)


class ClaudeWire(Wire):
    name, model, route = "claude", "claude-haiku-4-5-20251001", "POST /v1/messages"
    stops: ClassVar = {"stop": "end_turn", "length": "max_tokens", "tools": "tool_use", "refusal": "refusal"}

    def body(self, asked: Sequence[Json], offers: Mapping[str, Json] | None = None, /, **more: object) -> Json:
        body: Json = {"model": self.model, "max_tokens": 30_000, "messages": list(asked), **more}
        if offers:
            body["tools"] = [{"name": name, "input_schema": schema} for name, schema in offers.items()]
        return body

    def again(self, asked: Sequence[Json], heard: Heard, results: Sequence[str]) -> list[Json]:
        answers = [
            {"type": "tool_result", "tool_use_id": call[0], "content": text}
            for call, text in zip(heard.calls, results, strict=True)
        ]
        return [*asked, {"role": "assistant", "content": heard.echo}, {"role": "user", "content": answers}]

    def read_whole(self, reply: Json) -> Heard:
        heard = Heard(stop=reply["stop_reason"], usage=reply.get("usage"), model=reply["model"], echo=reply["content"])
        heard.text = reply.get("stop_details", {}).get("explanation", "")
        for block in reply["content"]:
            heard.text += block.get("text", "")
            heard.thoughts += block.get("thinking", "")
            heard.pages += [citation["url"] for citation in block.get("citations") or []]
            if block["type"] == "tool_use":
                heard.calls.append((block["id"], block["name"], block["input"]))
        return heard

    def read_events(self, events: Sequence[Json]) -> Heard:
        assert events[0]["type"] == "message_start"
        message: Json = {**events[0]["message"], "content": []}
        partial = ""
        for event in events[1:]:
            match event["type"]:
                case "content_block_start":
                    assert event["index"] == len(message["content"])
                    message["content"].append(dict(event["content_block"]))
                    partial = ""
                case "content_block_delta":
                    block, delta = message["content"][event["index"]], event["delta"]
                    partial += delta.get("partial_json", "")
                    for name in ("text", "thinking", "signature"):
                        if name in delta:
                            block[name] += delta[name]
                    if "citation" in delta:
                        block.setdefault("citations", []).append(delta["citation"])
                case "content_block_stop":
                    if partial:
                        message["content"][event["index"]]["input"] = json.loads(partial)
                case "message_delta":
                    message |= event["delta"]
                    message["usage"] = {**message.get("usage", {}), **event["usage"]} if "usage" in event else None
        return self.read_whole(message)


class GeminiWire(Wire):
    name, model = "gemini", "gemini-2.5-flash"
    route = "POST /v1beta/models/{model}:streamGenerateContent"
    stops: ClassVar = {"stop": "STOP", "length": "MAX_TOKENS", "tools": "STOP", "refusal": "SAFETY"}

    def path(self, *, stream: bool) -> str:
        return f"/v1beta/models/{self.model}:" + ("streamGenerateContent?alt=sse" if stream else "generateContent")

    def user(self, text: str) -> Json:
        return {"role": "user", "parts": [{"text": text}]}

    def body(self, asked: Sequence[Json], offers: Mapping[str, Json] | None = None, /, **more: object) -> Json:
        body: Json = {"contents": list(asked), **more}
        if offers:
            declared = [{"name": name, "description": "", "parameters": schema} for name, schema in offers.items()]
            body["tools"] = [{"functionDeclarations": declared}]
        return body

    def again(self, asked: Sequence[Json], heard: Heard, results: Sequence[str]) -> list[Json]:
        answers = [
            {"functionResponse": {"name": call[1], "response": {"result": text}}}
            for call, text in zip(heard.calls, results, strict=True)
        ]
        return [*asked, {"role": "model", "parts": heard.echo}, {"role": "user", "parts": answers}]

    def read_whole(self, reply: Json) -> Heard:
        return self.read_events([reply])

    def read_events(self, events: Sequence[Json]) -> Heard:
        heard = Heard()
        for event in events:
            heard.model, heard.usage = event["modelVersion"], event.get("usageMetadata")
            candidate = event["candidates"][0]
            heard.stop = candidate.get("finishReason")
            heard.text += candidate.get("finishMessage", "")
            grounding = candidate.get("groundingMetadata", {})
            heard.pages += [chunk["web"]["uri"] for chunk in grounding.get("groundingChunks", [])]
            for part in candidate.get("content", {}).get("parts", []):
                heard.echo.append(part)
                if "functionCall" in part:
                    call = part["functionCall"]
                    heard.calls.append((call["id"], call["name"], call["args"]))
                elif part.get("thought"):
                    heard.thoughts += part["text"]
                else:
                    heard.text += part.get("text", "")
        return heard


CHAT, RESPONSES, CLAUDE, GEMINI = ChatWire(), ResponsesWire(), ClaudeWire(), GeminiWire()
WIRES: Sequence[Wire] = (CHAT, RESPONSES, CLAUDE, GEMINI)


def png(width: int = 37, height: int = 21) -> str:
    """A picture as base64 text."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def pdf(words: str = "Hello pages") -> str:
    """A document of one line, uncompressed, as base64 text."""
    data = f"%PDF-1.4\n1 0 obj\n<< >>\nstream\nBT ({words}) Tj ET\nendstream\nendobj\n%%EOF".encode()
    return base64.b64encode(data).decode()
