"""Puts people's files into the vendor's library, and looks at them until they may be used.

The row is the work: any process takes what is due under a lease. That a file is being put in is written down before it is,
so that what was found half done is never put in twice.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Protocol

from core.catalog import Catalog
from core.errors import AssetLate, BotError, GatewayError, NoLibrary, NotTaken, RateLimited, TaskFailed, Unsure
from core.gateway.video.assets import Seen
from core.library import TOPIC, by_link_only, file_of, shelf
from core.linking import NO_LINKS, Linking
from core.ports import Clock, Store
from core.specs import ModelSpec
from core.values import Asset, Kind, Notice

log = logging.getLogger(__name__)

LOOK_EVERY_MS = 3_000
GIVE_UP_MS = 300_000
LEASE_MS = 180_000
CREATE_S = 120.0
"""Shorter than a lease: another process must not take up what this one is putting in."""
IDLE_S = 15.0
ROUNDS_THAT_MAY_FAIL = 8


class Shelf(Protocol):
    """The library as the gateway has it; `core/gateway/client.py` speaks to the real one. Both raise GatewayError."""

    async def add_asset(self, spec: ModelSpec, link: str, name: str, kind: Kind) -> str:
        """The vendor's id. Raises NotTaken when it surely did not arrive, Unsure when nobody knows."""

    async def asset(self, spec: ModelSpec, remote_id: str) -> Seen: ...


class Shelving:
    def __init__(
        self, store: Store, gateway: Shelf, catalog: Catalog, clock: Clock, linking: Linking = NO_LINKS
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._catalog = catalog
        self._clock = clock
        self._linking = linking

    async def run(self) -> None:
        """For ever; raises when the database stays away."""
        failed = 0
        while True:
            try:
                while await self.step():
                    pass
                wait_s = await self._wait_s()
                failed = 0
            except Exception:
                failed += 1
                log.exception("a round of assets failed")
                if failed >= ROUNDS_THAT_MAY_FAIL:
                    raise
                wait_s = float(failed)
            await self._store.woken(TOPIC, wait_s)

    async def step(self) -> bool:
        """Work on one that is due; False when there is none."""
        now = self._clock.now_ms()
        async with self._store.begin() as tx:
            asset = await tx.assets.claim(now, now + LEASE_MS)
        if asset is None:
            return False
        try:
            await self._work(asset)
        except Exception:
            log.exception("asset %s: it is looked at again when its lease ends", asset.id)
        return True

    async def _wait_s(self) -> float:
        async with self._store.read() as tx:
            due_ms = await tx.assets.next_due_ms()
        if due_ms is None:
            return IDLE_S
        return min(IDLE_S, max(0.0, (due_ms - self._clock.now_ms()) / 1000))

    async def _work(self, asset: Asset) -> None:
        spec = shelf(self._catalog)
        if spec is None:
            await self._fail(asset, NoLibrary())
        elif asset.state == "checking" and not asset.remote_id:
            await self._fail(asset, Unsure(f"{asset.id}: its process died while putting it in"))
        elif asset.state == "checking":
            await self._look(asset, spec)
        elif self._is_late(asset):
            await self._fail(asset, AssetLate("it could not be put in"))
        else:
            await self._put_in(asset, spec)

    async def _put_in(self, asset: Asset, spec: ModelSpec) -> None:
        try:
            link = await self._linking.address(file_of(asset), by_link_only(spec), self._clock.now_ms())
        except GatewayError as error:  # of the upload, which may go better next time
            log.info("asset %s: no address yet: %s", asset.id, error)
            await self._save(replace(asset, due_ms=self._soon_ms()))
            return
        except BotError as error:
            await self._fail(asset, error)
            return
        sending = await self._save(replace(asset, state="checking", due_ms=self._clock.now_ms() + LEASE_MS))
        if sending is None:
            return
        try:
            async with asyncio.timeout(CREATE_S):
                remote_id = await self._gateway.add_asset(spec, link, asset.name, asset.kind)
        except (NotTaken, RateLimited) as error:
            wait_s = error.retry_after_s if isinstance(error, RateLimited) else 0.0
            await self._save(replace(sending, state="new", due_ms=self._soon_ms(wait_s)))
        except GatewayError as error:
            await self._fail(sending, error)
        except Exception as error:  # whatever it was, the request may have left
            await self._fail(sending, Unsure(f"{asset.id}: {type(error).__name__}"))
        else:
            await self._save(replace(sending, remote_id=remote_id, due_ms=self._soon_ms()))

    async def _look(self, asset: Asset, spec: ModelSpec) -> None:
        try:
            seen = await self._gateway.asset(spec, asset.remote_id)
        except GatewayError as error:
            log.info("asset %s: not seen: %s", asset.id, error, extra={"request_id": error.request_id})
            seen = Seen("checking")
        if seen.state == "active":
            await self._end(replace(asset, state="active"), "asset-ready")
        elif seen.state == "failed":
            await self._fail(asset, seen.error or TaskFailed())
        elif self._is_late(asset):
            await self._fail(asset, AssetLate("it never became active"))
        else:
            await self._save(replace(asset, due_ms=self._soon_ms()))

    def _is_late(self, asset: Asset) -> bool:
        return self._clock.now_ms() - asset.created_ms >= GIVE_UP_MS

    def _soon_ms(self, wait_s: float = 0.0) -> int:
        return self._clock.now_ms() + max(LOOK_EVERY_MS, min(round(wait_s * 1000), GIVE_UP_MS))

    async def _save(self, asset: Asset) -> Asset | None:
        """None: it was deleted, or another process has it."""
        async with self._store.begin() as tx:
            saved = await tx.assets.save(asset, asset.version)
        return replace(asset, version=asset.version + 1) if saved else None

    async def _fail(self, asset: Asset, error: BotError) -> None:
        log.warning("asset %s: %s", asset.id, error, extra={"request_id": error.request_id})
        await self._end(replace(asset, state="failed", error_key=error.key), "asset-failed")

    async def _end(self, asset: Asset, key: str) -> None:
        """The end and its notice in one commit."""
        now, person_id = self._clock.now_ms(), asset.person_id
        params = {"name": asset.name, "why": asset.error_key}
        notice = Notice(f"asset:{asset.id}", key, params, person_id=person_id, place=asset.place, due_ms=now)
        async with self._store.begin() as tx:
            if await tx.assets.save(asset, asset.version):
                await tx.notices.add([notice])
        self._store.wake("notices")
