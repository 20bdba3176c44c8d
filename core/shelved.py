"""Files of an order that lie in the vendor's library: they go by the vendor's own name of them, not by their bytes."""

from __future__ import annotations

from dataclasses import replace

from core.errors import SourceGone
from core.gateway.video.assets import link_to
from core.mentions import OF_ASSET, takes_all
from core.ports import Store
from core.specs import ModelSpec
from core.values import Job, Part


async def shelved(store: Store, job: Job, wire: ModelSpec, files: tuple[Part, ...]) -> tuple[Part, ...]:
    """The files, those of the library as "asset://ID". Raises SourceGone for one that is deleted, was never taken, or is
    somebody else's."""
    if all(not part.media.startswith(OF_ASSET) for part in files):
        return files
    async with store.read() as tx:
        mine = {asset.id: asset for asset in await tx.assets.of_person(job.person_id)}
    found: list[Part] = []
    for part in files:
        if not part.media.startswith(OF_ASSET):
            found.append(part)
            continue
        asset = mine.get(part.media.removeprefix(OF_ASSET))
        if asset is None or asset.state != "active" or not takes_all(wire, files):
            raise SourceGone(f"{job.id}: no file of the library for {part.media}")
        found.append(replace(part, kind=asset.kind, media="", url=link_to(asset.remote_id, wire)))
    return tuple(found)
