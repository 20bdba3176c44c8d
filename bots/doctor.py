"""`starlight doctor`: looks at everything the bot stands on, one line each, with a hint for what is not well.

Asks with plain HTTP, so that no platform library has to be loaded, and changes nothing but a probe file that it removes
and a picture of one pixel that the gateway is given.
"""

from __future__ import annotations

import asyncio
import time
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import httpx

from bots.settings import SANDBOX, Settings
from core.errors import BotError, GatewayError, NotOffered
from core.gateway.client import Gateway
from core.gateway.uploading import CANDIDATES, UploadPlace
from core.plans import Rules
from core.ports import Media, Store
from core.values import Json

TELEGRAM_API = "https://api.telegram.org"
DISCORD_API = "https://discord.com/api/v10"
WITHIN_S = 20.0
CLOCK_DRIFT_S = 30.0
PROBE = b"starlight probe"
DOT = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==")
"""A picture of one pixel."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `key` and `params` of what was seen; `hint`: the key of what to do, "" when all is well."""

    topic: str
    key: str
    params: Mapping[str, Json] = field(default_factory=dict)
    hint: str = ""

    @property
    def well(self) -> bool:
        return not self.hint


Check = Callable[[], Awaitable[Finding]]


async def examine(settings: Settings, store: Store, media: Media, gateway: Gateway, rules: Rules) -> list[Finding]:
    """All checks side by side, each bounded in time; an error of one is its finding."""
    checks: list[tuple[str, Check]] = [
        ("database", lambda: _database(store)),
        ("media", lambda: _media(media)),
        ("gateway", lambda: _gateway(settings, gateway)),
        ("balance", lambda: _balance(settings, gateway)),
        ("telegram", lambda: _telegram(settings)),
        ("discord", lambda: _discord(settings)),
        ("clock", lambda: _clock(settings)),
        ("public-url", lambda: _public_url(settings)),
        ("upload", lambda: _upload(settings, gateway, rules.upload)),
        ("minimax", lambda: _minimax(gateway, rules.minimax_prefix)),
    ]
    return list(await asyncio.gather(*(_bounded(topic, check) for topic, check in checks)))


async def _bounded(topic: str, check: Check) -> Finding:
    try:
        async with asyncio.timeout(WITHIN_S):
            return await check()
    except TimeoutError:
        return Finding(topic, "doctor-timeout", {"seconds": str(int(WITHIN_S))}, f"hint-{topic}")
    except BotError as error:
        return Finding(topic, "doctor-error", {"why": str(error)}, f"hint-{topic}")
    except Exception as error:
        return Finding(topic, "doctor-error", {"why": f"{type(error).__name__}: {error}"}, f"hint-{topic}")


async def _database(store: Store) -> Finding:
    async with store.begin() as tx:
        people = await tx.people.count()
        jobs = await tx.jobs.counts()
    known = sum(people.values())
    return Finding("database", "doctor-database", {"people": known, "jobs": sum(jobs.values())})


async def _media(media: Media) -> Finding:
    key, size = await media.put(PROBE, len(PROBE))
    read = await media.read(key)
    await media.delete([key])
    if read != PROBE or size != len(PROBE):
        return Finding("media", "doctor-media-differs", hint="hint-media")
    return Finding("media", "doctor-media")


async def _gateway(settings: Settings, gateway: Gateway) -> Finding:
    names = await gateway.models()
    if settings.sandbox:
        return Finding("gateway", "doctor-sandbox", {"count": str(len(names))})
    return Finding("gateway", "doctor-gateway", {"count": str(len(names)), "url": settings.gateway_url})


async def _balance(settings: Settings, gateway: Gateway) -> Finding:
    if settings.sandbox:
        return Finding("balance", "doctor-balance-sandbox")
    try:
        balance = await gateway.balance()
    except GatewayError:
        return Finding("balance", "doctor-balance-unasked")  # what is wrong there is the gateway's own line
    if balance is None:
        return Finding("balance", "doctor-balance-untold")
    if balance.unlimited:
        return Finding("balance", "doctor-balance-unlimited")
    hint = "hint-balance" if balance.left <= 0 else ""
    return Finding("balance", "doctor-balance", {"left": f"{balance.left:.2f}"}, hint)


async def _telegram(settings: Settings) -> Finding:
    token = settings.telegram_bot_token.get_secret_value()
    if not token:
        return Finding("telegram", "doctor-telegram-none")
    base = settings.telegram_api_url or TELEGRAM_API
    async with _client(settings.telegram_proxy.get_secret_value()) as client:
        reply = await _get(client, f"{base}/bot{token}/getMe")
    if reply.status_code in {401, 404}:
        return Finding("telegram", "doctor-token-refused", hint="hint-telegram")
    me = _answer(reply)["result"]
    key = "doctor-telegram-all" if me.get("can_read_all_group_messages") else "doctor-telegram"
    return Finding("telegram", key, {"name": str(me.get("username", ""))})


async def _discord(settings: Settings) -> Finding:
    token = settings.discord_bot_token.get_secret_value()
    if not token:
        return Finding("discord", "doctor-discord-none")
    base = settings.discord_api_url or DISCORD_API
    async with _client(settings.discord_proxy.get_secret_value()) as client:
        reply = await _get(client, f"{base}/users/@me", {"Authorization": f"Bot {token}"})
    if reply.status_code == 401:
        return Finding("discord", "doctor-token-refused", hint="hint-discord")
    return Finding("discord", "doctor-discord", {"name": str(_answer(reply).get("username", ""))})


async def _clock(settings: Settings) -> Finding:
    """Against the Date header of the first of our servers that answers; leases, links and days hang on it."""
    hosts = [settings.gateway_url] if not settings.sandbox and settings.gateway_url != SANDBOX else []
    if settings.telegram_bot_token.get_secret_value():
        hosts.append(settings.telegram_api_url or TELEGRAM_API)
    async with _client(settings.gateway_proxy.get_secret_value()) as client:
        for host in hosts:
            with suppress(_Unreachable, ValueError):
                drift_s = _drift_s(await _get(client, host))
                hint = "hint-clock" if drift_s > CLOCK_DRIFT_S else ""
                return Finding("clock", "doctor-clock", {"seconds": f"{drift_s:.0f}"}, hint)
    return Finding("clock", "doctor-clock-unchecked")


def _drift_s(reply: httpx.Response) -> float:
    """How far our clock is from the server's. Raises ValueError when it does not tell the time."""
    return abs(parsedate_to_datetime(reply.headers.get("Date", "")).timestamp() - time.time())


async def _public_url(settings: Settings) -> Finding:
    if not settings.public_url:
        return Finding("public-url", "doctor-public-url-none")
    async with _client("") as client:
        reply = await _get(client, f"{settings.public_url}/healthz")
    if reply.status_code == 200:
        return Finding("public-url", "doctor-public-url", {"url": settings.public_url})
    return Finding("public-url", "doctor-public-url-status", {"status": str(reply.status_code)}, "hint-public-url")


async def _upload(settings: Settings, gateway: Gateway, configured: UploadPlace | None) -> Finding:
    """The gateway's file upload, tried with a dot of a picture; where none is configured, at the usual places."""
    if configured is not None:
        try:
            await gateway.upload(configured, "probe.png", "image/png", DOT)
        except GatewayError as error:
            return Finding(
                "upload", "doctor-upload-failed", {"path": configured.path, "why": str(error)}, "hint-upload"
            )
        return Finding("upload", "doctor-upload", {"path": configured.path})
    if settings.sandbox:
        return Finding("upload", "doctor-upload-none")
    for place in CANDIDATES:
        with suppress(GatewayError):
            await gateway.upload(place, "probe.png", "image/png", DOT)
            return Finding("upload", "doctor-upload-found", {"path": place.path, "lines": _lines(place)})
    return Finding("upload", "doctor-upload-unfound")


async def _minimax(gateway: Gateway, configured: str) -> Finding:
    """Where MiniMax's sounds are, by a free call."""
    try:
        voices = await gateway.system_voices()
        path = await gateway.minimax_prefix()
    except NotOffered:
        if configured:
            return Finding("minimax", "doctor-minimax-failed", {"path": configured}, "hint-minimax")
        return Finding("minimax", "doctor-minimax-none")
    except GatewayError as error:
        return Finding("minimax", "doctor-minimax-unasked", {"why": str(error)})  # the gateway's own line says the rest
    return Finding("minimax", "doctor-minimax", {"path": path, "count": str(len(voices))})


def _lines(place: UploadPlace) -> str:
    """As they stand in starlight.toml."""
    form = ", ".join(f'{name} = "{value}"' for name, value in place.form.items())
    lines = ["[gateway]", f'upload_path = "{place.path}"', *([f"upload_form = {{ {form} }}"] if form else [])]
    return "\n      ".join(lines)


@asynccontextmanager
async def _client(proxy: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(proxy=proxy or None, timeout=10.0) as client:
        yield client


class _Unreachable(BotError):
    """Says what failed without the address, which may hold a token."""


async def _get(client: httpx.AsyncClient, url: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    try:
        return await client.get(url, headers=headers)
    except httpx.HTTPError as error:
        raise _Unreachable(type(error).__name__) from None


def _answer(reply: httpx.Response) -> Mapping[str, Json]:
    """The object that was answered. Raises without the address, which may hold a token: httpx's own error quotes it."""
    try:
        found = reply.json() if reply.is_success else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _Unreachable(f"HTTP {reply.status_code}")
    return found
