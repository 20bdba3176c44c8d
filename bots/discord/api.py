"""Calls to Discord's REST interface: discord.py's transport (buckets, waits, repeats), our JSON, OutletErrors only."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Protocol

import aiohttp
import discord
from discord.http import Route

from bots.discord.failures import translate
from core.values import Json

CALL_S = 60.0  # the library waits for its buckets inside a call
UPLOAD_S = 300.0
_TROUBLE = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)


class Transport(Protocol):
    """What we use of discord.http.HTTPClient."""

    async def request(self, route: Route, **options: Json) -> Json: ...


class Api:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def call(
        self, method: str, path: str, body: Json = None, *, query: Mapping[str, str] | None = None, **major: str
    ) -> Json:
        """`major`: what the path names; channel_id and webhook_token make the rate-limit bucket. Raises OutletError."""
        options: dict[str, Json] = {"params": dict(query)} if query else {}
        if body is not None:
            options["json"] = body
        try:
            async with asyncio.timeout(CALL_S):
                return await self._transport.request(Route(method, path, **major), **options)
        except _TROUBLE as error:
            raise translate(error) from None  # its text may hold the address, and that an interaction's token

    async def upload(
        self,
        method: str,
        path: str,
        body: Json,
        files: Sequence[discord.File],
        *,
        types: Sequence[str] = (),
        **major: str,
    ) -> Json:
        """A message with files, `types`: their MIME types where they matter. They are closed in any case. Raises
        OutletError."""
        form: list[Json] = [{"name": "payload_json", "value": json.dumps(body), "content_type": "application/json"}]
        form += [
            {
                "name": f"files[{index}]",
                "value": file.fp,
                "filename": file.filename,
                "content_type": types[index] if index < len(types) else "application/octet-stream",
            }
            for index, file in enumerate(files)
        ]
        try:
            async with asyncio.timeout(UPLOAD_S):
                return await self._transport.request(Route(method, path, **major), form=form, files=files)
        except _TROUBLE as error:
            raise translate(error) from None
        finally:
            for file in files:
                file.close()
