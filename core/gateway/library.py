"""The vendor's library of people's own files, on the line: put in once, looked at. What is said then says
core/gateway/video/assets.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from core.errors import NotTaken, UpstreamDown
from core.gateway.calls import AGAIN, RawReply, as_bytes, decoded
from core.gateway.video import assets
from core.gateway.video.assets import Seen
from core.gateway.wire import WireRequest
from core.limits import Limits
from core.specs import ModelSpec
from core.values import Kind


class Line(Protocol):
    """What sends a request; `core/gateway/client.py` has it."""

    async def exchange(self, wire: WireRequest, *, order: bool, model: str = "") -> RawReply:
        """One call and its whole body. Raises GatewayError for whatever is no success."""


class RemoteLibrary:
    def __init__(self, line: Line, limits: Limits) -> None:
        self._line = line
        self._limits = limits

    async def add(self, spec: ModelSpec, link: str, name: str, kind: Kind) -> str:
        """The vendor's id of the file at this public address. Sent again only when it surely was not taken. Raises
        GatewayError; NoResult when it was taken without telling an id."""
        wire = as_bytes(assets.to_create(link, name, kind, spec))

        async def send() -> str:
            return assets.parse_create(decoded(await self._line.exchange(wire, order=True), order=True))

        return await AGAIN(NotTaken, send)

    async def look(self, spec: ModelSpec, remote_id: str) -> Seen:
        """Repeated once or twice when the line or the gateway fails. Raises GatewayError."""
        wire = assets.to_look(remote_id, spec)
        wire = replace(wire, timeout_s=min(wire.timeout_s, self._limits.poll_s))

        async def send() -> Seen:
            return assets.parse_look(decoded(await self._line.exchange(wire, order=False), order=False))

        return await AGAIN((NotTaken, UpstreamDown), send)
