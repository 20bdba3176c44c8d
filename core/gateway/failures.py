"""What went wrong with a call, decided here alone: not taken, refused, or unsure. Pure.

Exceptions are told apart by the names of their classes and causes, so that no HTTP library is imported here; replies by
the gateway's code first, then the status, its prose last (gateway contract: chat 2, images 1.1, videos 2 and 5.5).

`order`: the call costs money when it was taken, and nobody can ask whether it was. After its bytes may have left, silence
is `Unsure`. Questions and reads may be asked again, so for them the same is only `UpstreamDown`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from math import isfinite

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
    Unsure,
    UpstreamDown,
    Withheld,
)
from core.gateway.minimax_codes import BY_NUMBER, number_in
from core.values import Json

DETAIL_CHARS = 300
REQUEST_ID = "x-oneapi-request-id"
RETRY_AFTER_MAX_S = 3600.0
INNER_CHARS = 20_000

# --- the line --------------------

# No byte of the request has left when one of these is raised ...
_NOT_SENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"})
# ... but aiohttp's transport calls every broken line a ConnectTimeout; there, only these causes are from before sending.
_AIOHTTP_ROOT = "ClientConnectionError"
_AIOHTTP_NOT_SENT = frozenset({"ClientConnectorError", "ConnectionTimeoutError"})


def from_exception(error: BaseException, *, order: bool) -> GatewayError:
    """What a broken line means. The detail has the class only: messages of HTTP libraries quote addresses."""
    names = _class_names(error)
    detail = type(error).__name__
    if names & (_AIOHTTP_NOT_SENT if _AIOHTTP_ROOT in names else _NOT_SENT):
        return NotTaken(detail)
    return Unsure(detail) if order else UpstreamDown(detail)


def _class_names(error: BaseException | None) -> set[str]:
    names: set[str] = set()
    for _ in range(8):
        if error is None:
            break
        names.update(kind.__name__ for kind in type(error).__mro__)
        error = error.__cause__
    return names


# --- the reply --------------------


@dataclass(frozen=True, slots=True)
class Told:
    """An error as a body tells it, in whichever shape."""

    code: str = ""
    message: str = ""
    kind: str = ""


_FUNDS = "insufficient_user_quota pre_consume_token_quota_failed insufficient_quota quota_not_enough billing_error"
_KEY = "access_denied authentication_error invalid_api_key"
_MODEL = "model_not_found model_price_error"
_MODERATED = """sensitive_words_detected prompt_blocked moderation_blocked content_policy_violation content_filter
    inputtextrisk contentmoderationfailed
    invalidparameter.voilationcontent image_generation_user_error"""
_REQUEST = """invalid_request invalid_request_error convert_request_failed read_request_body_failed request_too_large
    missing_model invalid_json invalid_size invalid_multipart_form invalid_value invalidparameter
    invalidparametervalue string_above_max_length"""
_FORMAT = "invalid_image_file invalidparameter.mediaformat asset.invalid"
_BUSY = """rate_limit_exceeded rate_limit_error overloaded_error requestlimitexceeded resourceinsufficient failedoperation
    system_cpu_overloaded system_memory_overloaded system_disk_overloaded"""
_DOWN = """do_request_failed bad_response_body empty_response read_response_body_failed invalid_response
    unmarshal_response_body_failed server_error api_error timeout_error"""
_EXPIRED = "task_not_exist task_no_found task_not_found tasktimeout"

_BY_CODE: Mapping[str, type[GatewayError]] = {
    code: kind
    for codes, kind in (
        (_FUNDS, NoFunds),
        (_KEY, BadKey),
        (_MODEL, NoSuchModel),
        (_MODERATED, Moderated),
        ("rejectface", RealFace),
        ("inputimagecopyright", Copyrighted),
        ("inputimagerisk inputvideorisk inputaudiorisk", FileRefused),
        ("outputvideorisk outputimagerisk", Withheld),
        ("outputaudiorisk", SoundWithheld),
        (_FORMAT, FileFormat),
        (_REQUEST, BadRequest),
        (_BUSY, RateLimited),
        (_DOWN, UpstreamDown),
        (_EXPIRED, TaskExpired),
    )
    for code in codes.split()
}
_SOUND_CODE = re.compile(r"(^|\.)safety\.output\.audio", re.IGNORECASE)
_WITHHELD_CODE = re.compile(r"(^|\.)safety\.output", re.IGNORECASE)
_FILE_CODE = re.compile(r"(^|\.)safety\.(input\.)?(image|video|audio)", re.IGNORECASE)
_MODERATED_CODE = re.compile(r"sensitivecontent|v(oi|io)lationcontent|(^|\.)safety(\.|$)|_safety$", re.IGNORECASE)
_BY_CODE_PATTERN: tuple[tuple[re.Pattern[str], type[GatewayError]], ...] = (
    (_SOUND_CODE, SoundWithheld),
    (_WITHHELD_CODE, Withheld),
    (_FILE_CODE, FileRefused),
    (_MODERATED_CODE, Moderated),
)
_BY_STATUS: Mapping[int, type[GatewayError]] = {
    401: BadKey,
    402: NoFunds,
    413: BadRequest,
    429: RateLimited,
    501: BadRequest,
    529: RateLimited,
}
_MODERATED_PROSE = re.compile(
    r"moderated|content moderation|moderation (system|fail|block|refus)|content.polic|\bsafety\b|usage (guidelines|polic)"
    r"|sensitive (word|content)|(was|were|been) flagged|prohibited|\brai\b"
    r"|real (person|people|human|face)|敏感|违规|审核|不合规|内容政策"
    r"|\binputtextrisk\b",
    re.IGNORECASE,
)
_BY_PROSE: tuple[tuple[re.Pattern[str], type[GatewayError]], ...] = (
    # codes of films may stand anywhere: in JSON that is text, or in a sentence
    (re.compile(r"\brejectface\b", re.IGNORECASE), RealFace),
    (re.compile(r"\binput(image|video|audio)copyright\b", re.IGNORECASE), Copyrighted),
    (re.compile(r"\binput(image|video|audio)risk\b", re.IGNORECASE), FileRefused),
    (re.compile(r"\boutputaudiorisk\b", re.IGNORECASE), SoundWithheld),
    (re.compile(r"\boutput(image|video)risk\b|\braimedia\w*filter|\brai.filter", re.IGNORECASE), Withheld),
    (re.compile(r"\binvalidparameter\.mediaformat\b", re.IGNORECASE), FileFormat),
    (_MODERATED_PROSE, Moderated),
    (re.compile(r"无权访问模型|无可用渠道|model .{0,80}(not exist|not found|not allowed)", re.IGNORECASE), NoSuchModel),
    (re.compile(r"余额不足|额度不足|insufficient.{0,20}(quota|balance|credit)", re.IGNORECASE), NoFunds),
    (re.compile(r"负载已饱和|rate limit|too many requests|请求数限制|队列已满", re.IGNORECASE), RateLimited),
    (re.compile(r"关联任务不存在|任务不存在|任务所属渠道已被禁用"), TaskExpired),
)
_REST: Mapping[int, type[GatewayError]] = {403: BadKey, 404: NoSuchModel}


def from_reply(
    status: int, body: Json, headers: Mapping[str, str], *, order: bool, model: str = "", now_ms: int = 0
) -> GatewayError:
    """A refused call. `body` is None when it is no JSON (an HTML page of a proxy, an empty body)."""
    told = told_error(body) or (_plain(body) if status < 500 else None)
    kind = _by_words(told, status)
    if kind is None and status >= 500:
        # The gateway itself says in its own shape that it failed; a proxy's page says nothing about the order.
        kind = Unsure if order and told is None else UpstreamDown
    detail = f"HTTP {status}: {_words(told)}" if told else f"HTTP {status}"
    return _made(kind or BadRequest, detail, headers, model, now_ms)


def from_words(code: str, message: str, otherwise: type[GatewayError], *, model: str = "") -> GatewayError:
    """An error told inside a success: in a stream, or as the end of a task."""
    return from_told(Told(code, message), otherwise, model=model)


def from_told(told: Told, otherwise: type[GatewayError], *, model: str = "") -> GatewayError:
    return _made(_by_words(told, 0) or otherwise, _words(told), {}, model, 0)


def from_minimax(number: Json, message: str, *, model: str = "") -> GatewayError:
    """An error by MiniMax's own number, told under whatever status."""
    known = int(number) if isinstance(number, int | str) and str(number).isdecimal() and len(str(number)) <= 6 else 0
    kind = BY_NUMBER.get(known, BadRequest)
    return _made(kind, _words(Told(str(known), message)), {}, model, 0)


def told_error(body: Json) -> Told | None:
    """The error of a body in any of the gateway's shapes; None when it tells none."""
    if not isinstance(body, dict):
        return None
    error = body.get("error")
    if isinstance(error, str) and error:
        return Told(message=error)
    if isinstance(error, dict) and error:
        kind = _text(error.get("type"))
        return Told(_text(error.get("code")) or _text(error.get("status")), _first_text(error), kind)
    failed = body.get("success") is False or ("data" in body and body["data"] is None)
    refused = "description" in body and not body.get("result")
    return _plain(body) if failed or refused else None


def _plain(body: Json) -> Told | None:
    """Any object with words in it; only worth reading when the status says that it is an error."""
    if isinstance(body, dict) and (message := _first_text(body)):
        return Told(_text(body.get("code")), message, _text(body.get("type")))
    return None


def _first_text(body: Mapping[str, Json]) -> str:
    for name in ("message", "msg", "description", "detail"):
        if text := _text(body.get(name)):
            return text
    return ""


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _by_words(told: Told | None, status: int) -> type[GatewayError] | None:
    kind = told.kind.casefold() if told else ""
    message = told.message if told else ""
    if told and (found := _by_code(told) or _by_code(_upstreams(message))):
        # vendors call a refusal a failed operation too, and what is busy is tried again: a refusal never is
        refused = found is RateLimited and _MODERATED_PROSE.search(message[:2000])
        return Moderated if refused else found
    if found := _BY_STATUS.get(status):
        return found
    for pattern, found in _BY_PROSE:
        if pattern.search(message[:2000]):
            return found
    if number := number_in(message):
        return BY_NUMBER[number]
    return _BY_CODE.get(kind) or _REST.get(status)


def _by_code(told: Told) -> type[GatewayError] | None:
    """By the code, or by what stands before its dots: vendors add details behind them. Some relays write the code at the
    beginning of the message, and details behind it."""
    first_word = told.message.strip().casefold().partition(" ")[0].rstrip(".:,")
    names = [told.code.casefold(), first_word]
    if found := _BY_CODE.get(names[0]) or _BY_CODE.get(first_word):
        return found
    for name in names if "." in first_word else names[:1]:
        for pattern, found in _BY_CODE_PATTERN:
            if pattern.search(name):
                return found
        if found := _BY_CODE.get(name.partition(".")[0]):
            return found
    return None


def _upstreams(message: str) -> Told:
    """The error of the upstream's own body, which relays pass on as text."""
    if not message.lstrip().startswith("{") or len(message) > INNER_CHARS:
        return Told()
    try:
        body = json.loads(message)
    except (ValueError, RecursionError):
        return Told()
    response = body.get("Response")
    error = response.get("Error") if isinstance(response, dict) else None
    if isinstance(error, dict):
        return Told(_text(error.get("Code")), _text(error.get("Message")))
    return told_error(body) or _plain(body) or Told()


def _made(kind: type[GatewayError], detail: str, headers: Mapping[str, str], model: str, now_ms: int) -> GatewayError:
    request_id = headers.get(REQUEST_ID, "")[:100]
    if kind is RateLimited:
        wait_s = _retry_after_s(headers.get("retry-after", ""), now_ms)
        return RateLimited(detail, retry_after_s=wait_s, request_id=request_id)
    if kind is NoSuchModel:
        return (
            NoSuchModel(detail, request_id=request_id, model=model)
            if model
            else NoResult(detail, request_id=request_id)
        )
    return kind(detail, request_id=request_id)


def _retry_after_s(value: str, now_ms: int) -> float:
    """Seconds or an HTTP date; 0 when it says nothing."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now_ms / 1000
        except (ValueError, TypeError):
            return 0.0
    return min(max(seconds, 0.0), RETRY_AFTER_MAX_S) if isfinite(seconds) else 0.0


# --- what may be written down --------------------

_KEY_LIKE = re.compile(r"\b(sk-|Bearer\s+|key=)[A-Za-z0-9_\-.]{6,}", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")  # half a character is none


def _words(told: Told) -> str:
    """For the log: one line, short, and nothing in it that looks like a key."""
    text = f"{told.code or told.kind}: {told.message}" if told.code or told.kind else told.message
    return _KEY_LIKE.sub(r"\1***", _UNPRINTABLE.sub(" ", text))[:DETAIL_CHARS]
