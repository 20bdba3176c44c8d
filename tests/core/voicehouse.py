"""A house whose jobs go through the real gateway client to the sandbox, with people's voices and recordings of any length."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from math import pi, sin
from pathlib import Path
from wave import open as open_wave

import httpx

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.server import Sandbox, serve
from core.catalog import Catalog, load_catalog
from core.gateway.client import Gateway, Transports, open_gateway
from core.ledger import Purse
from core.limits import LIMITS
from core.orders import Orders
from core.plans import MICROS, Plan, Rules
from core.ports import Clock, Store
from core.renditions import FileRenditions
from core.saying import Saying
from core.system_voices import SystemVoices
from core.values import Access, Job, Order, Part
from core.voice_keeping import VoiceKeeping
from core.voices import Voices
from core.worker import Worker
from tests.clocks import FakeClock
from tests.core.house import House, build

START = 10 * MICROS
RATE = 8_000


@dataclass
class VoiceHouse:
    house: House
    gateway: Gateway
    voices: Voices
    saying: Saying
    keeping: VoiceKeeping
    clock: FakeClock
    sandbox: Sandbox

    @property
    def orders(self) -> Orders:
        return self.house.orders

    @property
    def catalog(self) -> Catalog:
        return self.house.catalog

    async def done(self, *jobs: Job) -> Job:
        """As the last of them is when all have ended."""
        for _ in range(40):
            await self.house.worker.step()
            found = [await self.house.job(job.id) for job in jobs]
            if all(job.told for job in found):
                break
            self.clock.advance(3)
        return await self.house.job(jobs[-1].id)

    async def recorded(self, seconds: float) -> Part:
        return await self.orders.keep_input(recording(seconds), "mum.wav", "audio")

    async def cloned(self, access: Access, name: str, once: str = "turn1") -> Job:
        return await self.done(await self.voices.clone(access, "1", name, await self.recorded(12), once=once))

    async def speak(self, access: Access, voice: str, text: str = "Hello there.") -> Job:
        order = Order("audio", "speech-2.8-hd", text, {"voice": voice})
        return await self.done(await self.orders.place(access, "1", order))


@asynccontextmanager
async def voice_house(store: Store, clock: FakeClock, folder: Path, daily: int = START) -> AsyncIterator[VoiceHouse]:
    house = build(store, clock, folder, Rules(plans={"default": Plan(daily=daily, open_jobs=50)}))
    transports = Transports(orders=httpx.AsyncHTTPTransport, streams=httpx.AsyncHTTPTransport)
    async with (
        serve(behaviour=Behaviour.instant()) as sandbox,
        open_gateway(
            sandbox.base_url, "sk-good", media=house.media, transports=transports, clock=clock, limits=LIMITS
        ) as gateway,
    ):
        yield _built(house, gateway, clock, sandbox)


def _built(house: House, gateway: Gateway, clock: FakeClock, sandbox: Sandbox) -> VoiceHouse:
    catalog, eyes = load_catalog(), FileRenditions(house.media)
    purse, real_clock = Purse(house.store, house.rules, clock), _clock(clock)
    system = SystemVoices(gateway.system_voices, real_clock)
    orders = Orders(house.store, catalog, purse, house.media, eyes, real_clock, house.new_id, voices=system)
    voices = Voices(house.store, orders, catalog, house.rules, eyes, system, real_clock, house.new_id)
    worker = Worker(house.store, gateway, catalog, purse, house.media, eyes, house.courier, real_clock, "w1", LIMITS)
    house = replace(house, catalog=catalog, orders=orders, worker=worker)
    keeping = VoiceKeeping(house.store, orders, catalog, real_clock)
    return VoiceHouse(house, gateway, voices, Saying(orders, voices), keeping, clock, sandbox)


def _clock(clock: FakeClock) -> Clock:
    return clock


def recording(seconds: float, *hertz: float) -> bytes:
    """WAV: a tone for each, one after the other, as long together."""
    tones: Sequence[float] = hertz or (220.0,)
    count = int(seconds * RATE / len(tones))
    samples = b"".join(_tone(each, count) for each in tones)
    target = io.BytesIO()
    with open_wave(target, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples)
    return target.getvalue()


def _tone(hertz: float, count: int) -> bytes:
    cycle = [round(8_000 * sin(2 * pi * hertz * at / RATE)) for at in range(RATE)]
    second = b"".join(value.to_bytes(2, "little", signed=True) for value in cycle)
    return (second * (count // RATE + 1))[: count * 2]
