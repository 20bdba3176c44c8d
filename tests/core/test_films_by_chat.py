"""Films by one long call, through the real client over real sockets: made, changed, and what a stop in the middle leaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from core.errors import Unsure
from core.gateway.client import Gateway, Transports, open_gateway
from core.limits import LIMITS
from core.plans import Plan, Rules
from core.values import HOUSE, Access, Job, JobState, Json, Order
from core.worker import Worker
from storage.clock import SystemClock
from tests.core.house import House, PlainEyes, build
from tests.stores import ENGINES, open_test_store

DAILY, PRICE = 10_000_000, 1_000_000
WORDS = [
    '```json\n{"prompt":"a cat surfing"}\n```\n\n> ID: `task_01k7abcdef`\n\n',
    "> 排队中.",
    "\n\n> 🏃 进度 36.0%",
    "\n\n> 生成完成 ✅\n\n> sid: s_68ec0123456789\n\n[⏬ 下载视频](/files/film.mp4)",
]


@dataclass
class Upstream:
    """Streams WORDS; before the last it waits for `go`."""

    url: str = ""
    asked: list[Json] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    streaming: asyncio.Event = field(default_factory=asyncio.Event)

    async def chat(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(await request.json())
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number, words in enumerate(WORDS, 1):
            if number == len(WORDS):
                self.streaming.set()
                await self.go.wait()
            delta = {"choices": [{"index": 0, "delta": {"content": words}, "finish_reason": None}]}
            await response.write(b"data: %s\n\n" % json.dumps(delta).encode())
        await response.write(b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
        return response

    async def film(self, request: web.Request) -> web.StreamResponse:
        self.fetched.append(request.headers.get("Authorization", ""))
        return web.Response(body=b"film", content_type="video/mp4")


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    stand_in = Upstream()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", stand_in.chat)
    app.router.add_get("/files/film.mp4", stand_in.film)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stand_in.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield stand_in
    await runner.cleanup()


@pytest.fixture
async def gateway(house: House, upstream: Upstream) -> AsyncIterator[Gateway]:
    transports = Transports(orders=httpx.AsyncHTTPTransport, streams=httpx.AsyncHTTPTransport)
    async with open_gateway(
        upstream.url, "sk-good", media=house.media, transports=transports, clock=house.clock, limits=LIMITS
    ) as opened:
        yield opened


@pytest.fixture(params=ENGINES)
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """On a real clock: what runs in the background is running."""
    rules = Rules(plans={"default": Plan(open_jobs=100, daily=DAILY)})
    async with open_test_store(request.param, tmp_path, SystemClock()) as store:
        yield build(store, store.clock, tmp_path / "media", rules)


def worker_of(house: House, gateway: Gateway, owner: str) -> Worker:
    eyes = PlainEyes(house.media)
    return Worker(
        house.store, gateway, house.catalog, house.purse, house.media, eyes, house.courier, house.clock, owner, LIMITS
    )


async def placed(house: House, ann: Access, words: str = "a cat surfing", continues: str = "") -> Job:
    return await house.orders.place(ann, "question-1", Order("video", "sora-2", words, {}, continues=continues))


async def test_made_and_then_changed(house: House, upstream: Upstream, gateway: Gateway, ann: Access) -> None:
    worker = worker_of(house, gateway, "w1")
    upstream.go.set()
    first = await placed(house, ann)
    await worker.step()
    done = await house.settled(first, JobState.DONE)
    assert done.transcript == "".join(WORDS)
    assert await house.media.read(done.results[0].media) == b"film"
    assert upstream.fetched == ["Bearer sk-good"]  # the gateway's own path
    assert (done.task_id, await house.left(ann.account_id)) == ("task_01k7abcdef", DAILY - PRICE)
    second = await placed(house, ann, "make it sunset", continues=first.id)
    await worker.step()
    await house.settled(second, JobState.DONE)
    assert upstream.asked[1]["messages"] == [
        {"role": "user", "content": "a cat surfing"},
        {"role": "assistant", "content": "".join(WORDS)},
        {"role": "user", "content": "make it sunset\n\ns_68ec0123456789"},
    ]
    await house.balanced(ann.account_id, HOUSE)


async def test_a_stop_lets_it_finish(house: House, upstream: Upstream, gateway: Gateway, ann: Access) -> None:
    worker = worker_of(house, gateway, "w1")
    job = await placed(house, ann)
    running = asyncio.create_task(worker.run())
    await upstream.streaming.wait()
    stopping = asyncio.create_task(worker.stop(20.0))
    upstream.go.set()
    await stopping
    await running
    made = await house.job(job.id)
    assert (made.state, made.transcript) == (JobState.READY, "".join(WORDS))


@pytest.mark.parametrize("end", ["stopped", "killed"])
async def test_what_a_process_did_not_finish_is_unsure(
    house: House, upstream: Upstream, gateway: Gateway, ann: Access, end: str
) -> None:
    """Stopped: its time is over before the film is made. Killed: nothing of it is handed back. Refunded and told once, and
    the next process does not send it again."""
    worker = worker_of(house, gateway, "w1")
    job = await placed(house, ann)
    running = asyncio.create_task(worker.run())
    await upstream.streaming.wait()
    while (await house.job(job.id)).task_id == "":  # noqa: ASYNC110 - it changes in the database
        await asyncio.sleep(0.005)
    if end == "stopped":
        await worker.stop(0.0)
        await running
    else:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        left = await house.job(job.id)
        await house.put(left, owner="w1", due_ms=house.clock.now_ms())  # as it is when its lease has run out
    assert (await house.job(job.id)).state is JobState.SENDING
    upstream.go.set()
    other = worker_of(house, gateway, "w2")
    for _ in range(3):
        await other.step()
    unsure = await house.settled(job, JobState.UNSURE)
    assert (unsure.error_key, unsure.task_id, unsure.told) == (Unsure.key, "task_01k7abcdef", True)
    assert [told.id for told in house.courier.told] == [job.id]
    assert len(upstream.asked) == 1
    assert await house.left(ann.account_id) == DAILY
    await house.balanced(ann.account_id, HOUSE)


async def test_a_film_that_is_lost_in_the_words(
    house: House, upstream: Upstream, gateway: Gateway, ann: Access
) -> None:
    """Silence ends the call: nobody knows."""
    rows = vars(house.catalog)["_rows"]
    rows["sora-2"] = replace(rows["sora-2"], idle_s=0.05)
    job = await placed(house, ann)
    await worker_of(house, gateway, "w1").step()
    assert (await house.settled(job, JobState.UNSURE)).task_id == "task_01k7abcdef"
    assert await house.left(ann.account_id) == DAILY
