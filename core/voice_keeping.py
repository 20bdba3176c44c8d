"""Keeps the voices alive that their people want kept: a vendor deletes a voice that has not spoken for a week (gateway
contract, audio 3.6), so it says a word or two before that, which nobody hears and its person pays."""

from __future__ import annotations

import logging

from core.accounts import person_account
from core.catalog import Catalog
from core.errors import BotError, GroupOverQuota, OverQuota
from core.orders import Orders
from core.own_voices import OWN, VOICE, takes_own
from core.ports import Clock, Store
from core.prices import quote
from core.specs import ModelSpec
from core.values import HOUSE, Access, Micros, Notice, Order, Person, Sender, Voice

log = logging.getLogger(__name__)

EVERY_S = 3_600.0
DAY_MS = 24 * 3_600_000
UNUSED_MS = 5 * DAY_MS
AT_ONCE = 50
WORDS = "Hi."


class VoiceKeeping:
    def __init__(self, store: Store, orders: Orders, catalog: Catalog, clock: Clock) -> None:
        self._store = store
        self._orders = orders
        self._catalog = catalog
        self._clock = clock

    async def run(self) -> None:
        while True:
            try:
                await self.round()
            except Exception:
                log.exception("keeping voices failed")  # the next round may work
            await self._clock.sleep(EVERY_S)

    async def round(self) -> None:
        """Whatever has not spoken for five days, once a day each."""
        spec = _speaks_own(self._catalog)
        if spec is None:
            return
        before_ms, seen = self._clock.now_ms() - UNUSED_MS, 0
        while True:  # those that cannot be kept now stay due, and hold up nobody
            async with self._store.read() as tx:
                due = await tx.voices.unused(before_ms, AT_ONCE, seen)
            for voice in due:
                await self._keep(voice, spec)
            seen += len(due)
            if len(due) < AT_ONCE:
                return

    async def _keep(self, voice: Voice, spec: ModelSpec) -> None:
        try:
            await self._speak(voice, spec)
        except (OverQuota, GroupOverQuota):
            await self._give_up(voice)
        except BotError as error:
            log.warning("voice %s is not kept today: %s", voice.id, error)

    async def _speak(self, voice: Voice, spec: ModelSpec) -> None:
        async with self._store.read() as tx:
            person = await tx.people.person(voice.person_id)
        if person is None or person.banned:
            return
        order = Order("audio", spec.name, WORDS, {VOICE: f"{OWN}{voice.name}"})
        once = f"keep:{voice.id}:{self._clock.now_ms() // DAY_MS}"
        await self._orders.keep_voice(_access(person, voice), order, voice, once)

    async def _give_up(self, voice: Voice) -> None:
        """Its person is told once, and decides anew."""
        now = self._clock.now_ms()
        ref = f"voice-unkept:{voice.id}:{voice.used_ms}"
        params = {"name": voice.name}
        async with self._store.begin() as tx:
            await tx.voices.set_keep(voice.person_id, voice.id, False)
            await tx.notices.add([Notice(ref, "notice-voice-unkept", params, person_id=voice.person_id, due_ms=now)])
        self._store.wake("notices")


def keep_price(catalog: Catalog) -> Micros | None:
    """Of keeping one voice for five days; None: no model speaks with such voices."""
    spec = _speaks_own(catalog)
    return None if spec is None else quote(spec, {}, text=WORDS)


def _speaks_own(catalog: Catalog) -> ModelSpec | None:
    return next((spec for spec in catalog.visible("audio") if takes_own(spec)), None)


def _access(person: Person, voice: Voice) -> Access:
    """From the person's own purse, wherever the voice was made."""
    account_id = HOUSE if person.is_owner else person_account(person.id)
    return Access(person, Sender(voice.place.platform, ""), voice.place, account_id, voice.locale)
