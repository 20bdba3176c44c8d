"""A person's stored settings, as they are now: a request may be older than another's change."""

from __future__ import annotations

from collections.abc import Mapping

from bots.commands.request import Request
from core.values import Json


async def settings(request: Request) -> Mapping[str, Json]:
    async with request.services.store.read() as tx:
        person = await tx.people.person(request.access.person.id)
    return person.settings if person else {}


async def save(request: Request, changed: Mapping[str, Json]) -> None:
    await request.services.directory.set_settings(request.access.person.id, changed)
