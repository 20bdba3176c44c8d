"""Results with buttons of the gateway's own, as Midjourney has them."""

from __future__ import annotations

from core.gateway.wire import Ready
from core.values import Access, Artifact, Job, JobState, Order, RemoteButton
from tests.clocks import FakeClock
from tests.core.house import House

MJ = "midjourney"
EACH, UPSCALE = 100_000, 50_000
U1 = RemoteButton("MJ::JOB::upsample::1::U", "U1", "upscale")
REGION = RemoteButton("MJ::Inpaint::1::U::SOLO", "Vary (Region)", "inpaint", "region")
ZOOM = RemoteButton("MJ::CustomZoom::U", "Custom Zoom", "custom_zoom", "words")
GRID = Ready((Artifact("image", data=b"grid"),), buttons=(U1, REGION, ZOOM))


async def made(house: House, access: Access, clock: FakeClock, prompt: str = "a fox", **options: str) -> Job:
    """A grid, in the chat."""
    order, _, _ = house.orders.check("image", MJ, prompt, options)
    job = await house.orders.place(access, "question-1", order)
    return await finished(house, job, clock)


async def finished(house: House, job: Job, clock: FakeClock, outcome: Ready = GRID) -> Job:
    await house.worker.step()
    house.gateway.polls.append(outcome)
    await due(house, job, clock)
    return await house.settled(job, JobState.DONE)


async def due(house: House, job: Job, clock: FakeClock) -> Job:
    """Its next look, and what comes of it."""
    clock.advance((await house.job(job.id)).due_ms / 1000 - clock.now_ms() / 1000)
    await house.worker.step()
    return await house.job(job.id)


def last(house: House) -> Order:
    return house.gateway.submitted[-1]
