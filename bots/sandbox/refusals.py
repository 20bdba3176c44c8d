"""The gateway's error bodies, as exceptions that a wire raises and the door turns into replies.

Gateway contract: chat 2.1 and 2.2, images 1.1, videos 2 ("Submit and auth errors").
"""

import uuid
from collections.abc import Mapping

from bots.sandbox.faults import HTML_PAGE


class Refusal(Exception):
    """A request that is answered with an error. The base is the OpenAI shape: `{"error": {...}}`."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        kind: str = "new_api_error",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.kind = kind
        self.headers = dict(headers or {})

    def body(self, request_id: str) -> dict[str, object] | str:
        """A JSON object, or the text of a page."""
        message = f"{self.message} (request id: {request_id})"
        error: dict[str, object] = {"message": message, "type": self.kind, "code": self.code}
        if self.code == "invalid_request" or self.kind == "upstream_error":
            error["param"] = ""
        return {"error": error}


class VendorRefusal(Refusal):
    """OpenAI's own refusal of a request, passed on: `param` names the field (gateway contract, chat 2.1)."""

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None, status: int = 400) -> None:
        super().__init__(status, code or "", message, kind="invalid_request_error")
        self.param = param
        self.vendor_code = code

    def body(self, request_id: str) -> dict[str, object]:
        message = f"{self.message} (request id: {request_id})"
        return {"error": {"message": message, "type": self.kind, "param": self.param, "code": self.vendor_code}}


class ClaudeRefusal(Refusal):
    """The shape of `/v1/messages` after routing: `{"type": "error", "error": {...}}`."""

    def __init__(self, message: str, *, kind: str = "invalid_request_error", status: int = 400) -> None:
        super().__init__(status, "", message, kind=kind)

    def body(self, request_id: str) -> dict[str, object]:
        message = f"{self.message} (request id: {request_id})"
        return {"type": "error", "error": {"type": self.kind, "message": message}}


class GeminiRefusal(Refusal):
    """Google's own shape: a number for a code, and a status word."""

    def __init__(self, message: str, *, state: str = "INVALID_ARGUMENT", status: int = 400) -> None:
        super().__init__(status, "", message, kind=state)

    def body(self, request_id: str) -> dict[str, object]:
        message = f"{self.message} (request id: {request_id})"
        return {"error": {"code": self.status, "message": message, "status": self.kind}}


class TaskRefusal(Refusal):
    """The shape of the task routes: `{"code", "message", "data": null}`, without a request id in the text."""

    def body(self, request_id: str) -> dict[str, object]:
        return {"code": self.code, "message": self.message, "data": None}


class MidjourneyRefusal(Refusal):
    """The relay's own refusal on `/mj/*` (gateway contract, images 1.1 B): the reason, a space, and no more."""

    def __init__(self, reason: str, number: int = 4, status: int = 400) -> None:
        super().__init__(status, "", reason, kind="upstream_error")
        self.number = number

    def body(self, request_id: str) -> dict[str, object]:
        return {"description": f"{self.message} ", "type": self.kind, "code": self.number}


class SubmitRefusal(Refusal):
    """A submit result that is no acceptance, most of them with HTTP 200 (gateway contract, images 7.2)."""

    def __init__(self, number: int, description: str, *, status: int = 200, **more: object) -> None:
        super().__init__(status, "", description)
        self.number = number
        self.more = more

    def body(self, request_id: str) -> dict[str, object]:
        return {"code": self.number, "description": self.message, **self.more}


class ArkRefusal(Refusal):
    """Ark's own, around an asset that cannot be shown (gateway contract, videos 5.4)."""

    def __init__(self, code: str, message: str, status: int = 404) -> None:
        super().__init__(status, code, message)

    def body(self, request_id: str) -> dict[str, object]:
        return {"ResponseMetadata": {**ark_metadata(), "Error": {"Code": self.code, "Message": self.message}}}


class PlainRefusal(Refusal):
    """OpenAI shape without code and request id (unknown routes, `/content`)."""

    def body(self, request_id: str) -> dict[str, object]:
        return {"error": {"message": self.message, "type": self.kind}}


class UsageRefusal(Refusal):
    """The shape of `/api/usage/token/` (gateway contract, chat 2.1)."""

    def body(self, request_id: str) -> dict[str, object]:
        return {"success": False, "message": self.message}


class PageRefusal(Refusal):
    """A page of HTML from a proxy in front; the message is its title."""

    def body(self, request_id: str) -> str:
        return HTML_PAGE.format(title=self.message)


class LineCut(Exception):
    """The order is taken, but the line breaks before its answer."""


def ark_metadata() -> dict[str, object]:
    """What Ark says of a request beside its result."""
    known = {"Action": "GetAsset", "Version": "2024-01-01", "Service": "ark", "Region": "cn-beijing"}
    return {"RequestId": uuid.uuid4().hex, **known}


def unknown_model(name: str) -> Refusal:
    message = f"分组 default 下模型 {name} 无可用渠道（distributor）"
    return Refusal(503, "model_not_found", message)


def missing_model() -> Refusal:
    return Refusal(400, "", "未指定模型名称，模型名称不能为空")


def invalid_request(message: str) -> Refusal:
    """The caller's mistake, which this gateway calls HTTP 500 (gateway contract, chat 2.2)."""
    return Refusal(500, "invalid_request", message)


def upstream_status(status: int, retry_after_s: int | None) -> Refusal:
    """What the directive of a bare status answers."""
    if status == 429:
        headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
        return Refusal(429, "", "当前分组上游负载已饱和，请稍后再试", headers=headers)
    return Refusal(status, "bad_response_status_code", f"bad response status code {status}")


def no_json() -> Refusal:
    return Refusal(400, "", "无效的请求，请求体不是 JSON")


def invalid_value(param: str, message: str) -> VendorRefusal:
    return VendorRefusal(message, param=param, code="invalid_value")


def unsupported(field: str, instead: str = "") -> VendorRefusal:
    """A field that a newer model refuses by its name."""
    use = f" Use '{instead}' instead." if instead else ""
    message = f"Unsupported parameter: '{field}' is not supported with this model.{use}"
    return VendorRefusal(message, param=field, code="unsupported_parameter")


def upstream_failed() -> Refusal:
    return Refusal(500, "do_request_failed", "do request failed: upstream error", kind="upstream_error")
