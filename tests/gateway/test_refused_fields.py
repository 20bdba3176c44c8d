"""A field that a model refuses by name is left out and the question asked once more, over a real socket."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from aiohttp import web

from core.catalog import Catalog, ModelSpec
from core.errors import BadRequest, GatewayError, RateLimited
from core.gateway.chat import openai_chat, openai_responses
from core.gateway.client import Gateway
from core.gateway.refused_fields import Refused, RefusedFields, named_in, without
from core.said import Said
from core.values import ChatRequest, Json, Order, StopReason, Usage
from tests.gateway.conftest import Scripted, question
from tests.gateway.player import read

FIELDS = openai_chat.REFUSABLE
ANY: Refused = frozenset({("max_tokens", "")})

# --- what a refusal names --------------------


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("Unsupported parameter: 'max_tokens' is not supported with this model.", {"max_tokens"}),
        ("Use 'max_completion_tokens' instead of max_tokens", {"max_tokens", "max_completion_tokens"}),
        ("Unrecognized request argument supplied: reasoning_effort", {"reasoning_effort"}),
        ("Unknown name \"maxTokens\" at 'request'", {"max_tokens"}),
        ("response_format.json_schema.strict: Extra inputs are not permitted", {"response_format"}),
        ("body.stream_options: extra fields not permitted", {"stream_options"}),
        ("max_tokens_to_sample is too large, the format of the response is bad", set()),
        ("", set()),
    ],
)
def test_names_in_words(message: str, named: set[str]) -> None:
    assert named_in({"error": {"message": message}}, FIELDS) == named
    assert named_in({"message": message}, FIELDS) == named
    assert named_in({"error": message}, FIELDS) == named


def test_names_of_inner_fields() -> None:
    reply = {"error": {"message": "Unsupported parameter", "param": "reasoning.summary"}}
    assert named_in(reply, openai_responses.REFUSABLE) == {"reasoning.summary"}
    reply = {"error": {"message": "budget_tokens: adaptive only"}}
    assert named_in(reply, {"thinking.budget_tokens": "", "thinking.type": ""}) == {"thinking.budget_tokens"}
    assert named_in({"error": {"message": "the thinking type"}}, {"thinking.type": ""}) == set()


@pytest.mark.parametrize("reply", [None, 7, [], {}, {"error": 7}, {"error": {"message": 7, "param": []}}])
def test_replies_that_name_nothing(reply: Json) -> None:
    assert named_in(reply, FIELDS) == set()


def test_fields_are_dropped_or_renamed_and_the_body_stays_as_it_was() -> None:
    body = {"max_tokens": 5, "reasoning": {"effort": "low", "summary": "auto"}, "x": {"y": {"z": 1}}}
    before = json.dumps(body)
    fields = frozenset({("max_tokens", ""), ("reasoning.effort", "low"), ("x.y.z", ""), ("absent", ""), ("x.q", "")})
    table = {"max_tokens": "limits.tokens", "reasoning.effort": "", "x.y.z": "", "absent": "present", "x.q": ""}
    changed, taken = without(body, fields, table)
    assert changed == {"reasoning": {"summary": "auto"}, "limits": {"tokens": 5}}
    assert taken == {("max_tokens", ""), ("reasoning.effort", "low"), ("x.y.z", "")}
    assert json.dumps(body) == before
    assert without(body, frozenset({("reasoning.effort", "high")}), table) == (body, frozenset())
    assert without({"max_tokens": 5, "max_completion_tokens": 6}, ANY, FIELDS)[0] == {"max_completion_tokens": 6}
    assert without([], ANY, FIELDS) == ([], frozenset())


def test_only_so_many_models_are_remembered() -> None:
    refused = RefusedFields(most=2)
    for name in ("a", "b", "a", "c"):
        refused.remember("f", name, frozenset({(name, "")}))
    assert refused.of("f", "b") == frozenset()
    assert refused.of("f", "a") == {("a", "")}
    refused.remember("f", "a", frozenset({("x", "")}))
    assert refused.of("f", "a") == {("a", ""), ("x", "")}
    assert refused.of("other", "a") == frozenset()


# --- on the line --------------------


class Picky:
    """Refuses bodies that have one of these fields, with this status and these words."""

    def __init__(self, scripted: Scripted, words: str, *fields: str, status: int = 400, **error: Json) -> None:
        self.bodies: list[dict[str, Json]] = []
        self._scripted = scripted
        self._refusal = {"error": {"message": words, "type": "invalid_request_error", "code": "", **error}}
        self._fields, self._status = fields, status
        scripted.handler = self.handle

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(self._scripted.seen[-1].body)
        self.bodies.append(body)
        if any(field in body for field in self._fields):
            return web.json_response(self._refusal, status=self._status)
        name = "openai_responses/stream" if "input" in body else "openai_chat/plain"
        return web.Response(body=read(name), content_type="text/event-stream")


REQUEST = question("Capital of Chile?")
MANY = "Unsupported parameters: 'max_tokens', 'stream_options'"


@pytest.fixture
def spec(catalog: Catalog) -> ModelSpec:
    return catalog.get("gpt-4o", "chat")


async def test_asked_again_once_and_remembered(gateway: Gateway, scripted: Scripted, spec: ModelSpec) -> None:
    picky = Picky(scripted, "Unsupported parameter: 'max_tokens' is not supported with this model.", "max_tokens")
    said = await gateway.ask(spec, REQUEST)
    assert said == Said("Santiago. 圣地亚哥 🇨🇱", Usage(19, 0, 3), "gpt-4o-2024-08-06", StopReason.STOP)
    assert [body.get("max_completion_tokens") for body in picky.bodies] == [None, 500]
    await gateway.ask(spec, REQUEST)
    assert len(picky.bodies) == 3
    assert "max_tokens" not in picky.bodies[-1]
    await gateway.ask(replace(spec, upstream="another"), REQUEST)  # others are asked for themselves
    assert len(picky.bodies) == 5


async def test_all_that_is_named_goes_at_once(gateway: Gateway, scripted: Scripted, spec: ModelSpec) -> None:
    picky = Picky(scripted, MANY, "max_tokens", "stream_options")
    assert (await gateway.ask(spec, REQUEST)).text
    assert len(picky.bodies) == 2


async def test_gateways_that_say_500_for_a_bad_request(gateway: Gateway, scripted: Scripted, spec: ModelSpec) -> None:
    picky = Picky(scripted, "unknown field stream_options", "stream_options", status=500, code="invalid_request")
    assert (await gateway.ask(spec, REQUEST)).text
    assert len(picky.bodies) == 2


async def test_a_long_refusal_is_read_to_its_end(gateway: Gateway, scripted: Scripted, spec: ModelSpec) -> None:
    Picky(scripted, f"{'bad. ' * 300} stream_options", "stream_options")
    assert (await gateway.ask(spec, REQUEST)).text


@pytest.mark.parametrize(
    ("words", "asked"),
    [("field messages is required", 1), ("reasoning_effort is not supported", 1), (MANY, 2)],
)
async def test_what_does_not_help_is_not_repeated_or_remembered(
    gateway: Gateway, scripted: Scripted, spec: ModelSpec, words: str, asked: int
) -> None:
    """No field named, one that was not sent, and a model that refuses without them too."""
    picky = Picky(scripted, words, "messages")
    for _ in range(2):
        picky.bodies.clear()
        with pytest.raises(GatewayError) as caught:
            await gateway.ask(spec, REQUEST)
        assert type(caught.value) is BadRequest
        assert caught.value.__cause__ is None
        assert len(picky.bodies) == asked
        assert "max_tokens" in picky.bodies[0]


async def test_other_errors_that_name_a_field_are_not_about_it(
    gateway: Gateway, scripted: Scripted, spec: ModelSpec
) -> None:
    picky = Picky(scripted, "max_tokens a minute: rate limit", "max_tokens", status=429)
    with pytest.raises(RateLimited):
        await gateway.ask(spec, REQUEST)
    assert len(picky.bodies) == 1


async def test_a_refused_word_leaves_the_other_words(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    spec = catalog.get("gpt-5", "chat")
    efforts: list[str | None] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        body = json.loads(scripted.seen[-1].body)
        efforts.append(body.get("reasoning_effort"))
        if efforts[-1] == "minimal":
            words = "Unsupported value: 'reasoning_effort' does not support 'minimal' with this model."
            return web.json_response({"error": {"message": words, "param": "reasoning_effort"}}, status=400)
        return web.Response(body=read("openai_chat/plain"), content_type="text/event-stream")

    scripted.handler = handle
    for effort in ("off", "off", "high"):
        await gateway.ask(spec, replace(REQUEST, effort=effort))
    assert efforts == ["minimal", None, None, "high"]


async def test_responses_too(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    spec = catalog.get("gpt-5", "chat").routed({"thinking"})
    picky = Picky(scripted, "Encrypted content is not supported with this model.", "include", param="include")
    assert (await gateway.ask(spec, ChatRequest(REQUEST.messages, effort="low"))).text == "你好！"
    assert [set(body) - set(picky.bodies[1]) for body in picky.bodies] == [{"include"}, set()]


async def test_an_order_is_never_sent_twice(gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    scripted.reply(400, {"error": {"message": "max_tokens, seconds: unsupported parameter", "type": "x", "code": ""}})
    for name in ("kling-3.0", "sora-2"):
        with pytest.raises(BadRequest):
            await gateway.submit(catalog.get(name, "video"), Order("video", name, "a whale"))
    assert len(scripted.seen) == 2
