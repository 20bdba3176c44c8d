"""Midjourney: what submit results mean, as recorded (gateway contract, images 7.2)."""

from __future__ import annotations

import pytest

from core.catalog import Catalog, ModelSpec
from core.errors import (
    BadRequest,
    BannedWord,
    GatewayError,
    Moderated,
    NoFunds,
    RateLimited,
    TaskExpired,
    Unsure,
    UpstreamDown,
)
from core.gateway.failures import from_reply
from core.gateway.image import midjourney
from core.gateway.wire import Accepted, Broken, WireReply
from core.values import Json

LINK = "https://cdn.example/attachments/x_pig_3785da15.png?ex=1&is=2&hm=3"


@pytest.fixture
def spec(catalog: Catalog) -> ModelSpec:
    return catalog.get("midjourney", "image")


@pytest.mark.parametrize(
    ("body", "task_id"),
    [
        (
            {"code": 1, "description": "Submit success", "result": "1730621718151844", "properties": {}},
            "1730621718151844",
        ),
        ({"code": 22, "description": "排队中，前面还有1个任务", "result": "0741798445574458"}, "0741798445574458"),
        ({"code": 21, "description": "Waiting for window confirm", "result": "B", "properties": {"remix": True}}, "B"),
        (
            {
                "code": 21,
                "description": "任务已存在",
                "result": "C",
                "properties": {"status": "SUCCESS", "imageUrl": LINK},
            },
            "C",
        ),
        ({"code": 1, "description": "x", "result": 1730621718151844, "properties": None}, "1730621718151844"),
        ({"code": "1", "description": "x", "result": "77"}, "77"),
        ({"code": 1, "result": ["78", "79"]}, "78"),
        ({"code": 1, "result": " 80,81,82"}, "80"),
    ],
)
def test_taken(spec: ModelSpec, body: Json, task_id: str) -> None:
    assert midjourney.parse_submit(WireReply(200, body), spec) == Accepted(task_id)
    assert midjourney.parse_confirm(WireReply(200, body), spec) == Accepted(task_id)


@pytest.mark.parametrize(
    "body",
    [
        {"code": 1, "description": "Submit success", "result": None},
        {"code": 1, "description": "Submit success"},
        {"code": 22, "result": ""},
        {"code": 1, "result": True},
        {"code": 1, "result": "../v1/models"},
        {"code": 1, "result": "x" * 200},
        {"code": 1, "result": {"id": "7"}},
        {"created": 1, "data": [{"url": LINK}]},
        [],
        "ok",
    ],
)
def test_taken_but_nobody_knows_as_what(spec: ModelSpec, body: Json) -> None:
    with pytest.raises(Unsure):
        midjourney.parse_submit(WireReply(200, body), spec)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"code": 23, "description": "队列已满，请稍后尝试", "result": "14001929738841620"}, RateLimited),
        ({"code": 9, "description": "队列已满"}, RateLimited),
        ({"code": 30, "description": "当前分组负载已饱和"}, RateLimited),
        ({"code": 9, "description": "连接异常"}, UpstreamDown),
        ({"code": 5, "description": "do_request_failed "}, UpstreamDown),
        ({"code": 24, "description": "可能包含敏感词"}, Moderated),
        ({"code": 3, "description": "关联任务不存在或已失效"}, TaskExpired),
        ({"code": 4, "description": "该任务所属渠道已被禁用"}, TaskExpired),
        ({"code": 4, "description": "task_not_found "}, TaskExpired),
        ({"code": 4, "description": "quota_not_enough 用户额度不足"}, NoFunds),
        ({"code": 4, "description": "task_status_not_success "}, BadRequest),
        ({"code": 4, "description": "图片参数错误，2~5张图片"}, BadRequest),
        ({"code": 3, "description": "无可用的账号实例"}, BadRequest),
        ({"code": 77, "description": None}, BadRequest),
        ({"error": {"message": "unknown_action:MJ::X", "type": "new_api_error", "code": ""}}, BadRequest),
        ({"description": "prompt_is_required ", "type": "upstream_error"}, BadRequest),
    ],
)
def test_refused(spec: ModelSpec, body: Json, kind: type[GatewayError]) -> None:
    outcome = midjourney.parse_submit(WireReply(200, body), spec)
    assert isinstance(outcome, Broken)
    assert type(outcome.error) is kind
    if isinstance(outcome.error, RateLimited):
        assert outcome.error.retry_after_s == 30


@pytest.mark.parametrize(
    ("told", "word"),
    [("nude", "nude"), (" <b>x</b>\n{ $y }", "b x  b"), ("w" * 200, "w" * 40), ("裸体", "裸体")],
)
def test_a_banned_word_is_told_by_name(spec: ModelSpec, told: str, word: str) -> None:
    body = {"code": 24, "description": "可能包含敏感词", "properties": {"promptEn": "nude body", "bannedWord": told}}
    outcome = midjourney.parse_submit(WireReply(200, body), spec)
    assert isinstance(outcome, Broken)
    assert isinstance(outcome.error, BannedWord)
    assert outcome.error.params["word"].startswith(word)
    assert len(outcome.error.params["word"]) <= 40


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"description": "task_no_found ", "type": "upstream_error", "code": 4}, TaskExpired),
        (400, {"description": "task_not_found ", "type": "upstream_error", "code": 4}, TaskExpired),
        (404, {"code": 3, "description": "关联任务不存在或已失效"}, TaskExpired),
        (400, {"description": "quota_not_enough ", "type": "upstream_error", "code": 4}, NoFunds),
        (400, {"description": "do_request_failed Post https", "type": "upstream_error", "code": 5}, UpstreamDown),
        (400, {"description": "task_status_not_success ", "type": "upstream_error", "code": 4}, BadRequest),
        (429, {"description": "当前分组上游负载已饱和", "type": "upstream_error", "code": 30}, RateLimited),
    ],
)
def test_refused_by_the_relay(status: int, body: Json, kind: type[GatewayError]) -> None:
    assert type(from_reply(status, body, {}, order=True, model="midjourney")) is kind
