"""A person's own files in the vendor's library: added by them under a name, listed, deleted, named in the words of a film.

A row is all that is made here; core/shelving.py puts the file there.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from core.catalog import Catalog
from core.errors import (
    AssetNameTaken,
    AssetNotReady,
    BadAssetName,
    CannotRead,
    NeedsInput,
    NoLibrary,
    TooMuchKept,
)
from core.film_modes import REFERENCE
from core.fitted import fitted
from core.gateway.video.assets import keeps
from core.limits import LIMITS, Limits
from core.linking import NO_LINKS, Linking
from core.mentions import Mention, is_name, mentions
from core.placing import digest
from core.ports import Clock, NewId, Renditions, Store, Tx
from core.preparing import Preparing
from core.specs import ModelSpec, folded
from core.values import Access, Asset, Order, Part

ASSETS_MOST = 50
TOPIC = "assets"


class Library:
    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        renditions: Renditions,
        clock: Clock,
        new_id: NewId,
        limits: Limits = LIMITS,
        linking: Linking = NO_LINKS,
        preparing: Preparing | None = None,
    ) -> None:
        """`preparing`: the line that orders stand in too."""
        self._preparing = preparing or Preparing()
        self._store = store
        self._catalog = catalog
        self._renditions = renditions
        self._clock = clock
        self._new_id = new_id
        self._limits = limits
        self._linking = linking

    @property
    def offered(self) -> bool:
        return shelf(self._catalog) is not None

    async def add(self, access: Access, name: str, part: Part, event_id: str = "") -> Asset:
        """A stored file under this name, to be put into the library soon; the message's journal row ends in the same commit,
        and the same event adds nothing twice. Raises BadInput; nothing has happened then."""
        spec = shelf(self._catalog)
        if spec is None:
            raise NoLibrary
        name = unicodedata.normalize("NFC", name.strip())
        if not is_name(name):
            raise BadAssetName(name=name[:60])
        if part.kind not in spec.extra["asset_kinds"]:
            raise CannotRead(what=part.kind)
        async with self._preparing.turn(access.person.id):
            part = await self._fitted(spec, part)
        now = self._clock.now_ms()
        asset = Asset(
            id=digest(f"asset:{access.place.platform}:{event_id}") if event_id else self._new_id(),
            person_id=access.person.id,
            name=name,
            kind=part.kind,
            media=part.media,
            mime=part.mime,
            size=part.size,
            place=access.place,
            created_ms=now,
            due_ms=now,
            link=part.link,
            link_until_ms=part.link_until_ms,
        )
        self._linking.check([file_of(asset)], by_link_only(spec), now)
        async with self._store.begin() as tx:
            asset = await self._add(tx, asset)
            await tx.media.add(part.media, part.mime, part.size, now, now + self._limits.input_keep_ms)
            if event_id:
                await tx.inbox.done(access.place.platform, event_id)
        self._store.wake(TOPIC)
        return asset

    async def mine(self, access: Access) -> list[Asset]:
        """Oldest first."""
        async with self._store.read() as tx:
            return await tx.assets.of_person(access.person.id)

    async def drop(self, access: Access, asset_id: str) -> bool:
        """False: there was none of theirs."""
        async with self._store.begin() as tx:
            return await tx.assets.drop(access.person.id, asset_id)

    async def named(self, access: Access, words: str) -> tuple[Mention, ...]:
        """Where the words name files of the person's own. Raises AssetNotReady for one that cannot be used."""
        if "@" not in words and "＠" not in words:
            return ()
        found = mentions(words, await self.mine(access))
        for mention in found:
            if mention.asset.state != "active":
                raise AssetNotReady(name=mention.asset.name, state=mention.asset.state)
        return found

    async def _fitted(self, spec: ModelSpec, part: Part) -> Part:
        """As the vendor takes it. Raises BadFile, UnfitFile, FileTooLarge; NeedsInput for one that is swept."""
        order = Order("video", spec.name, "", {}, (replace(part, role=REFERENCE),))
        try:
            return (await fitted(self._renditions, self._index, spec, order)).inputs[0]
        except NeedsInput as error:
            raise NeedsInput(str(error), command="assets") from error

    async def _index(self, key: str, size: int) -> None:
        now = self._clock.now_ms()
        async with self._store.begin() as tx:
            await tx.media.add(key, "", size, now, now + self._limits.input_keep_ms)

    async def _add(self, tx: Tx, asset: Asset) -> Asset:
        """A failed one of the same name gives way. Raises AssetNameTaken, TooMuchKept."""
        known = await tx.assets.get(asset.id)
        if known is not None:
            return known
        mine = await tx.assets.of_person(asset.person_id)
        same = next((each for each in mine if folded(each.name) == folded(asset.name)), None)
        if same is not None and same.state == "failed":
            await tx.assets.drop(asset.person_id, same.id)
            same = None
        if same is not None:
            raise AssetNameTaken(name=same.name)
        if await tx.assets.add(asset, ASSETS_MOST):
            return asset
        if len(mine) < ASSETS_MOST:  # it was added in this very moment
            raise AssetNameTaken(name=asset.name)
        raise TooMuchKept(what="assets", limit=ASSETS_MOST)


def shelf(catalog: Catalog) -> ModelSpec | None:
    """The first row that has a library."""
    return next((spec for spec in catalog.visible("video") if keeps(spec)), None)


def file_of(asset: Asset) -> Part:
    return Part(
        asset.kind,
        media=asset.media,
        mime=asset.mime,
        size=asset.size,
        link=asset.link,
        link_until_ms=asset.link_until_ms,
    )


def by_link_only(spec: ModelSpec) -> ModelSpec:
    """The library takes files no other way, whatever the row's orders do."""
    return replace(spec, extra={**spec.extra, "links_only": list(spec.extra["asset_kinds"])})
