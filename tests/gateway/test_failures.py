"""Every shape of failure becomes the error that says what to do about it."""

from __future__ import annotations

import json

import pytest

from bots.texts import Texts
from core.errors import (
    BadKey,
    BadRequest,
    Copyrighted,
    FileFormat,
    FileRefused,
    GatewayError,
    Moderated,
    NoFunds,
    NoResult,
    NoSuchModel,
    NotTaken,
    RateLimited,
    RealFace,
    SoundWithheld,
    TaskExpired,
    TaskFailed,
    Unsure,
    UpstreamDown,
    Withheld,
)
from core.gateway.failures import from_exception, from_reply, from_words, told_error


def openai(message: str, code: object = "", kind: str = "new_api_error") -> object:
    return {"error": {"message": message, "type": kind, "param": "", "code": code}}


REPLIES = [
    (400, openai("未指定模型名称"), BadRequest),
    (400, openai("x has no price", "model_price_error"), NoSuchModel),
    (400, openai("request blocked by Gemini API", "prompt_blocked"), Moderated),
    (400, openai("quality must be one of: auto, low", "invalid_request"), BadRequest),
    (400, openai("rejected by the safety system", "moderation_blocked", "image_generation_user_error"), Moderated),
    (400, openai("Request Moderated", "bad_response_status_code", "upstream_error"), Moderated),
    (400, openai("…", "OutputImageSensitiveContentDetected"), Moderated),
    (400, openai("insufficient tool messages", None, "invalid_request_error"), BadRequest),
    (401, openai("无效的令牌 (request id: 1)"), BadKey),
    (402, {"type": "error", "error": {"type": "billing_error", "message": "pay"}}, NoFunds),
    (403, openai("ip", "access_denied"), BadKey),
    (403, openai("预扣费额度失败", "pre_consume_token_quota_failed"), NoFunds),
    (403, openai("user quota is not enough", "insufficient_user_quota"), NoFunds),
    (403, openai("该令牌无权访问模型 sora-2"), NoSuchModel),
    (403, "", BadKey),
    (404, openai("no", "model_not_found"), NoSuchModel),
    (413, openai("request body too large", "read_request_body_failed"), BadRequest),
    (429, openai("您已达到请求数限制"), RateLimited),
    (429, None, RateLimited),
    (429, {"code": "", "message": "当前分组上游负载已饱和，请稍后再试", "data": None}, RateLimited),
    (500, openai("field messages is required", "invalid_request"), BadRequest),
    (500, openai("bad words", "sensitive_words_detected"), Moderated),
    (500, openai("failed to parse multipart form", "convert_request_failed"), BadRequest),
    (500, openai("upstream", "do_request_failed"), UpstreamDown),
    (501, openai("not implemented", "api_not_implemented"), BadRequest),
    (502, openai("bad response status code 502", "bad_response_status_code"), UpstreamDown),
    (503, openai("分组 default 下模型 sora-9 无可用渠道", "model_not_found"), NoSuchModel),
    (503, openai("busy", "system_cpu_overloaded"), RateLimited),
    (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, RateLimited),
    (400, {"error": {"code": 400, "message": "bad", "status": "INVALID_ARGUMENT"}}, BadRequest),
    (400, {"error": "just words"}, BadRequest),
    (400, openai("moderation must be one of: auto, low; names are case-sensitive"), BadRequest),
    (400, {"success": False, "message": "no"}, BadRequest),
    (400, {"description": "quota_not_enough ", "type": "upstream_error", "code": 4}, NoFunds),
    (400, {"code": "task_not_exist", "message": "task_not_exist", "data": None}, TaskExpired),
    (400, {"code": "fail_to_fetch_task", "message": '{"detail":"content policy violation"}', "data": None}, Moderated),
    (422, {"detail": "unprocessable"}, BadRequest),
    (400, openai("Invalid size '5x5'.", "invalid_value", "image_generation_user_error"), BadRequest),
    (400, openai("rejected", "moderation_blocked", "image_generation_user_error"), Moderated),
    (400, openai("rejected", "", "image_generation_user_error"), Moderated),
    (400, openai("it violates our usage policies"), Moderated),
    (400, openai("图片内容不合规"), Moderated),
]


@pytest.mark.parametrize(("status", "body", "expected"), REPLIES)
@pytest.mark.parametrize("order", [True, False])
def test_replies(status: int, body: object, expected: type[GatewayError], order: bool) -> None:
    error = from_reply(status, body, {"x-oneapi-request-id": "rid"}, order=order, model="m")
    assert type(error) is expected
    assert error.request_id == "rid"
    if isinstance(error, NoSuchModel):
        assert error.params == {"model": "m"}


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 524])
@pytest.mark.parametrize("body", [None, {}, [], "text", {"detail": "Internal Server Error"}])
def test_a_proxys_page_says_nothing_about_an_order(status: int, body: object) -> None:
    assert type(from_reply(status, body, {}, order=True)) is Unsure
    assert type(from_reply(status, body, {}, order=False)) is UpstreamDown


def test_a_missing_page_is_no_missing_model() -> None:
    assert type(from_reply(404, None, {}, order=False)) is NoResult


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("Fri, 15 Jan 2027 08:00:30 GMT", 30.0),
        ("-3", 0.0),
        ("nan", 0.0),
        ("soon", 0.0),
        ("9e9", 3600.0),
        ("", 0.0),
    ],
)
def test_retry_after(header: str, seconds: float) -> None:
    error = from_reply(429, None, {"retry-after": header}, order=False, now_ms=1_800_000_000_000)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == pytest.approx(seconds)


TASK_ENDS = [
    ("failed", "content policy violation", Moderated),
    ("failed", "RejectFace", RealFace),
    ("RejectFace", "x", RealFace),
    ("", "InputTextRisk", Moderated),
    ("", "InputTextRisk: the prompt", Moderated),
    ("", "the input image may contain a real person", Moderated),
    ("", "InputImageCopyright", Copyrighted),
    ("", "OutputVideoRisk", Withheld),
    ("", '{"error":{"code":"OutputAudioRisk"}}', SoundWithheld),
    ("OutputAudioRisk", "x", SoundWithheld),
    ("InputImageRisk", "x", FileRefused),
    ("", "InputVideoRisk: the second file", FileRefused),
    ("", "all samples were RAI filtered", Withheld),
    ("ContentModerationFailed", "", Moderated),
    ("InvalidParameter.VoilationContent", "x", Moderated),
    ("SAFETY.INPUT.TEXT", "x", Moderated),
    ("SAFETY.OUTPUT.VIDEO", "x", Withheld),
    ("", "Text input was flagged", Moderated),
    ("", '{"Response":{"Error":{"Code":"InvalidParameter.VoilationContent","Message":"x"}}}', Moderated),
    ("", '{"error":{"code":"InvalidParameterValue.Ratio","message":"x"}}', BadRequest),
    ("", '{"Response":7}', TaskFailed),
    ("", "{" * 100_000, TaskFailed),
    ("InvalidParameter.MediaFormat", "x", FileFormat),
    ("", '{"Response":{"Error":{"Code":"InvalidParameter.MediaFormat","Message":"x"}}}', FileFormat),
    ("ASSET.INVALID", "x", FileFormat),
    ("InvalidParameterValue.Duration", "x", BadRequest),
    ("FailedOperation.InnerError", "x", RateLimited),
    ("FailedOperation", "content moderation failed", Moderated),
    ("RequestLimitExceeded", "x", RateLimited),
    ("ModelGenerateFailed", "x", TaskFailed),
    ("OperationCanceled", "x", TaskFailed),
    ("INPUT_PREPROCESSING.SAFETY.TEXT", "x", Moderated),
    ("INPUT_PREPROCESSING.SAFETY.IMAGE", "x", FileRefused),
    ("SAFETY.INPUT.IMAGE", "x", FileRefused),
    ("SAFETY.OUTPUT.AUDIO", "x", SoundWithheld),
    ("failed", "The prompt violates usage guidelines", Moderated),
    ("failed", "blocked by safety filters", Moderated),
    ("TaskTimeout", "", TaskExpired),
    ("ResourceInsufficient", "", RateLimited),
    ("", "something else", TaskFailed),
    ("", "", TaskFailed),
]


@pytest.mark.parametrize(("code", "message", "expected"), TASK_ENDS)
def test_ends_of_tasks(code: str, message: str, expected: type[GatewayError]) -> None:
    assert type(from_words(code, message, TaskFailed)) is expected


@pytest.mark.parametrize("body", [None, [], "x", 3, {}, {"error": None}, {"error": ""}, {"error": {}}, {"data": []}])
def test_no_error_is_told(body: object) -> None:
    assert told_error(body) is None


def test_a_success_of_midjourneys_shape_is_no_error() -> None:
    assert told_error({"code": 1, "description": "Submit success", "result": "17"}) is None


def test_details_are_one_short_line_without_keys() -> None:
    body = openai("Incorrect API key sk-abcdefghijkl\nheader Bearer abcdefgh12345 " + "x" * 900)
    error = from_reply(401, body, {}, order=False)
    text = repr(error) + str(error) + json.dumps(error.params)
    assert "abcdefgh" not in text
    assert "\n" not in str(error)
    assert len(str(error)) < 400


class ConnectError(Exception):
    """Named as httpx names it; failures.py goes by names."""


class ReadError(Exception):
    pass


class ConnectTimeout(Exception):
    pass


class ClientConnectionError(Exception):
    pass


class ServerDisconnectedError(ClientConnectionError):
    pass


class ClientConnectorError(ClientConnectionError):
    pass


def caused(error: Exception, cause: Exception | None = None) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "order", "expected"),
    [
        (ConnectError(), True, NotTaken),
        (ConnectTimeout(), True, NotTaken),
        (ReadError(), True, Unsure),
        (ReadError(), False, UpstreamDown),
        (TimeoutError(), True, Unsure),
        (OSError("anything"), True, Unsure),
        (ValueError("unknown"), True, Unsure),
        # aiohttp's transport says ConnectTimeout for a line that broke after the request
        (caused(ConnectTimeout(), ServerDisconnectedError()), True, Unsure),
        (caused(ConnectTimeout(), ServerDisconnectedError()), False, UpstreamDown),
        (caused(ConnectTimeout(), ClientConnectorError()), True, NotTaken),
    ],
)
def test_broken_lines(error: Exception, order: bool, expected: type[GatewayError]) -> None:
    failure = from_exception(error, order=order)
    assert type(failure) is expected
    assert str(failure) == type(error).__name__  # the words of HTTP libraries quote addresses


TO_CHANGE = {
    "RejectFace": ("face", "真人"),
    "InputTextRisk": ("other words", "换个说法"),
    "InputImageCopyright": ("another one", "换一份"),
    "InputImageRisk": ("another one", "换一份"),
    "OutputVideoRisk": ("description", "描述"),
    "OutputAudioRisk": ("sound off", "声音"),
    "InvalidParameter.MediaFormat": ("MP4", "MP4"),
    "InvalidParameter.VoilationContent": ("other words", "换个说法"),
    "ContentModerationFailed": ("other words", "换个说法"),
    "InvalidParameter.Duration": ("other options", "选项"),
    "RequestLimitExceeded": ("in a minute", "一分钟"),
    "FailedOperation": ("in a minute", "一分钟"),
    "ResourceInsufficient": ("in a minute", "一分钟"),
    "ModelGenerateFailed": ("change the description", "描述"),
    "OperationCanceled": ("try again", "重试"),
    "TaskTimeout": ("try again", "再试"),
    "SAFETY.INPUT.TEXT": ("other words", "换个说法"),
    "SAFETY.INPUT.IMAGE": ("another one", "换一份"),
    "SAFETY.OUTPUT.VIDEO": ("description", "描述"),
    "INPUT_PREPROCESSING.SAFETY.TEXT": ("other words", "换个说法"),
    "all samples were RAI filtered": ("description", "描述"),
    "it violates our usage guidelines": ("other words", "换个说法"),
}
"""What the families of films fail with (gateway contract, videos 5.5, 6.5, 7.1, 8.2), and what a person is to do about it."""


@pytest.mark.parametrize("told", TO_CHANGE)
@pytest.mark.parametrize("where", ["code", "message"])
def test_every_failure_of_a_film_says_what_to_change(told: str, where: str) -> None:
    code, message = (told, "x") if where == "code" and " " not in told else ("failed", told)
    error = from_words(code, message, TaskFailed)
    for locale, wanted in zip(("en", "zh"), TO_CHANGE[told], strict=True):
        sentence = Texts()(locale, error.key)
        assert wanted in sentence
        assert "没有扣费" in sentence if locale == "zh" else "othing was charged" in sentence
