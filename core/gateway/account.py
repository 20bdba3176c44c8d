"""What the gateway says of its models and of the key's balance (gateway contract, chat 4.1 and 10)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core.errors import BadKey, BadRequest, GatewayError, NoFunds, NotTaken
from core.gateway.failures import from_told, told_error
from core.ports import Clock
from core.values import Json

MODELS_MAX = 5_000
UNLIMITED = 100_000_000
QUOTA_PER_USD = 500_000
BALANCE_KEPT_S = 300.0
_CHAT_ENDPOINTS = frozenset({"openai", "openai-response", "anthropic", "gemini"})


@dataclass(frozen=True, slots=True)
class Listed:
    """A model of the gateway's list. `chat`: it may be one; the hint of the list is missing at times."""

    name: str
    chat: bool


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left for the key. The unit is the site's choice (USD, CNY, tokens), so it is shown without a currency."""

    left: float
    used: float
    unlimited: bool = False


class KeyBalance:
    """The key's balance; `get` reads the JSON at a path of the gateway."""

    def __init__(self, get: Callable[[str], Awaitable[Json]], clock: Clock) -> None:
        self._get = get
        self._clock = clock
        self._balance: tuple[float, Balance | None] | None = None

    async def balance(self) -> Balance | None:
        """Asked at most every five minutes; None when the gateway does not tell. Raises NotTaken, BadKey, NoFunds."""
        now = self._clock.monotonic()
        if self._balance is None or now - self._balance[0] > BALANCE_KEPT_S:
            self._balance = (now, await self._ask())
        return self._balance[1]

    async def _ask(self) -> Balance | None:
        try:
            limit = await self._get("/v1/dashboard/billing/subscription")
            told = read_billing(limit, await self._get("/v1/dashboard/billing/usage"))
            return told or read_token_usage(await self._get("/api/usage/token/"))
        except (NotTaken, BadKey, NoFunds):
            raise
        except GatewayError:
            return None


# --- what replies say. Pure. --------------------


def read_models(body: Json) -> list[Listed]:
    """Raises GatewayError: errors of this call may come with HTTP 200."""
    if told := told_error(body):
        raise from_told(told, BadRequest)
    data = body.get("data") if isinstance(body, dict) else None
    names: dict[str, Listed] = {}
    for entry in data[:MODELS_MAX] if isinstance(data, list) else []:
        name = entry.get("id") if isinstance(entry, dict) else None
        if isinstance(name, str) and 0 < len(name) <= 200:
            names[name] = Listed(name, _may_chat(entry.get("supported_endpoint_types")))
    return list(names.values())


def _may_chat(endpoints: Json) -> bool:
    return not endpoints or (isinstance(endpoints, list) and all(word in _CHAT_ENDPOINTS for word in endpoints))


def read_billing(subscription: Json, usage: Json) -> Balance | None:
    """The two billing calls; None when they tell no numbers (their errors come with HTTP 200)."""
    limit, used = _number(subscription, "hard_limit_usd"), _number(usage, "total_usage")
    if limit is None or used is None:
        return None
    return Balance(limit - used / 100, used / 100, unlimited=limit >= UNLIMITED)


def read_token_usage(body: Json) -> Balance | None:
    data = body.get("data") if isinstance(body, dict) else None
    left, used = _number(data, "total_available"), _number(data, "total_used")
    if left is None or used is None:
        return None
    unlimited = isinstance(data, dict) and data.get("unlimited_quota") is True
    return Balance(left / QUOTA_PER_USD, used / QUOTA_PER_USD, unlimited)


def _number(body: Json, name: str) -> float | None:
    value = body.get(name) if isinstance(body, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
