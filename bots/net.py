"""HTTP transports and proxies of this process. Core gets transports handed in and knows no proxy."""

from __future__ import annotations

import ssl

import httpx

from core.gateway.client import Transports

POOL = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=30.0)


def gateway_transports(proxy: str) -> Transports:
    """Orders go over httpx's own transport, whose errors tell whether a request left. Streams go over aiohttp's, at half the
    CPU a token, except through a proxy: that transport cannot SOCKS."""
    context = ssl.create_default_context()

    def orders() -> httpx.AsyncBaseTransport:
        return httpx.AsyncHTTPTransport(verify=context, limits=POOL, proxy=proxy or None)

    def streams() -> httpx.AsyncBaseTransport:
        if proxy:
            return orders()
        from httpx_aiohttp import AiohttpTransport  # noqa: PLC0415 # not needed behind a proxy

        # The transport reads its limits from httpx, where no limit means a hundred: 0 is aiohttp's "unbounded".
        return AiohttpTransport(verify=context, limits=httpx.Limits(max_connections=0))

    return Transports(orders=orders, streams=streams)
