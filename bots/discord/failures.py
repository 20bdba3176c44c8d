"""What discord.py and aiohttp raise, as an OutletError. The only file that reads Discord's error codes."""

from __future__ import annotations

import aiohttp
import discord

from bots.outlet import (
    AnswerLost,
    ChatGone,
    Flooded,
    MessageGone,
    OutletError,
    Rejected,
    TooLarge,
    Unavailable,
)


class TokenOver(OutletError):
    """The interaction cannot be answered (any more): too late, answered by somebody else, or its 15 minutes are over."""


_BY_CODE: dict[int, type[OutletError]] = {
    10003: ChatGone,  # unknown channel
    10004: ChatGone,  # unknown guild
    10008: MessageGone,
    10013: ChatGone,  # unknown user
    10015: TokenOver,  # unknown webhook
    10062: TokenOver,  # unknown interaction
    40005: TooLarge,
    40060: TokenOver,  # acknowledged already
    50001: ChatGone,  # missing access
    50005: MessageGone,  # written by somebody else
    50007: ChatGone,  # DMs closed
    50013: ChatGone,  # missing permissions
    50027: TokenOver,
    50083: ChatGone,  # archived thread
    50278: ChatGone,  # no server in common
}
_SLOW_DOWN_S = {20016: 5.0, 20028: 5.0, 30046: 10.0, 40062: 5.0}
_BY_STATUS: dict[int, type[OutletError]] = {403: ChatGone, 404: MessageGone, 413: TooLarge}


def translate(error: Exception) -> OutletError:
    """Code first, then status. Prose is never read, and never holds our token."""
    if isinstance(error, OutletError):
        return error
    if isinstance(error, discord.RateLimited):
        return Flooded(error.retry_after)
    if isinstance(error, discord.HTTPException):
        return _of_reply(error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return Unavailable(type(error).__name__)
    return AnswerLost(type(error).__name__)


def _of_reply(error: discord.HTTPException) -> OutletError:
    detail = f"{error.status} {error.code}"
    if error.code in _SLOW_DOWN_S:
        return Flooded(_SLOW_DOWN_S[error.code])
    if error.status == 429:
        return Flooded(_retry_after_s(error))
    if error.status >= 500:
        return AnswerLost(detail)
    kind = _BY_CODE.get(error.code) or _BY_STATUS.get(error.status) or Rejected
    return kind(detail)


def _retry_after_s(error: discord.HTTPException) -> float:
    """A 429 that the library does not wait out: a Cloudflare ban, which says its time in a header or not at all."""
    try:
        return float(error.response.headers.get("Retry-After", ""))
    except ValueError:
        return 60.0
