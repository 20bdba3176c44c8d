"""Models and quota (gateway contract, chat 4.1 and 10)."""

from collections.abc import Iterable

from aiohttp import web

from bots.sandbox.models import Kind
from bots.sandbox.state import Sandbox

_CREATED = 1626777600  # constant on gateways
_QUOTA_PER_USD = 500_000
_UNLIMITED_USD = 100_000_000
_ENDPOINTS: dict[Kind, list[str]] = {
    "chat": ["openai"],
    "image": ["image-generation", "openai"],
    "video": ["openai-video"],
    "speech": ["gemini"],
    "music": ["gemini"],
    "voice": ["openai"],  # what a stock server says of all that it does not know
    "song": ["openai"],
    "words": ["openai"],
    "hearing": ["openai"],
}
_CHAT_FILMS = ("sora", "grok-imagine")  # of kind video, and spoken to like chat (gateway contract, chat 6)


class Account:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> Iterable[web.RouteDef]:
        yield web.get("/v1/models", self._models)
        yield web.get("/v1/models/{name}", self._model)
        for prefix in ("/v1", ""):
            yield web.get(f"{prefix}/dashboard/billing/subscription", self._subscription)
            yield web.get(f"{prefix}/dashboard/billing/usage", self._used)
        yield web.get("/api/usage/token/", self._quota)
        yield web.get("/api/usage/token", self._with_slash)

    async def _models(self, _: web.Request) -> web.Response:
        data = [_model(name, kind) for name, kind in self._sandbox.behaviour.models.items()]
        return web.json_response({"success": True, "object": "list", "data": data})

    async def _model(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        kind = self._sandbox.behaviour.models.get(name)
        if kind is not None:
            return web.json_response(_model(name, kind))
        error = {
            "message": f"The model '{name}' does not exist",
            "type": "invalid_request_error",
            "param": "model",
            "code": "model_not_found",
        }
        return web.json_response({"error": error})  # HTTP 200: a trap of the contract

    async def _subscription(self, _: web.Request) -> web.Response:
        balance = self._sandbox.behaviour.balance
        limit = _UNLIMITED_USD if balance.unlimited else balance.hard_limit_usd
        body = {
            "object": "billing_subscription",
            "has_payment_method": True,
            "soft_limit_usd": limit,
            "hard_limit_usd": limit,
            "system_hard_limit_usd": limit,
            "access_until": 0,
        }
        return web.json_response(body)

    async def _used(self, _: web.Request) -> web.Response:
        cents = round(self._sandbox.behaviour.balance.used_usd * 100, 4)
        return web.json_response({"object": "list", "total_usage": cents})

    async def _quota(self, _: web.Request) -> web.Response:
        balance = self._sandbox.behaviour.balance
        granted, used = (int(usd * _QUOTA_PER_USD) for usd in (balance.hard_limit_usd, balance.used_usd))
        data = {
            "object": "token_usage",
            "name": "sandbox",
            "total_granted": granted,
            "total_used": used,
            "total_available": granted - used,
            "unlimited_quota": balance.unlimited,
            "model_limits": {},
            "model_limits_enabled": False,
            "expires_at": 0,
        }
        return web.json_response({"code": True, "message": "ok", "data": data})

    async def _with_slash(self, _: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": "/api/usage/token/"})


def _model(name: str, kind: Kind) -> dict[str, object]:
    return {
        "id": name,
        "object": "model",
        "created": _CREATED,
        "owned_by": "custom",
        "supported_endpoint_types": _endpoints(name, kind),
    }


def _endpoints(name: str, kind: Kind) -> list[str]:
    endpoints = _ENDPOINTS[kind]
    if kind == "chat" and name.startswith(("gpt", "o1", "o3", "o4", "codex", "sandbox")):
        endpoints = [*endpoints, "openai-response"]
    if kind == "video" and name.startswith(_CHAT_FILMS):
        endpoints = ["openai", *endpoints]
    if kind == "chat" and name.startswith(("claude", "sandbox")):
        endpoints = ["anthropic", *endpoints]
    if kind in ("chat", "image") and name.startswith(("gemini", "sandbox")):
        endpoints = ["gemini", *endpoints]
    return endpoints
