"""Jobs through the real gateway client over real sockets, with real files looked into."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.faults import Drop, Fault, Hang, Reply, html_page
from bots.sandbox.server import Sandbox, serve
from core.boards import Boards
from core.catalog import load_catalog
from core.errors import BadKey, Moderated, NoResult, NotTaken, TaskFailed, Unsure, Withheld
from core.gateway.client import Gateway, Transports, open_gateway
from core.ledger import Purse
from core.limits import LIMITS
from core.orders import Orders
from core.plans import MICROS, Plan, Rules
from core.renditions import FileRenditions
from core.storyboard import Shot, fitted_lengths
from core.values import Access, Job, JobState, Part
from core.worker import Worker
from tests.clocks import FakeClock
from tests.core.house import House, build

START = 10 * MICROS


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serve(behaviour=Behaviour.instant()) as running:
        yield running


def with_gateway(house: House, gateway: Gateway) -> House:
    catalog = load_catalog()
    eyes = FileRenditions(house.media)
    purse = Purse(house.store, house.rules, house.clock)
    return replace(
        house,
        catalog=catalog,
        orders=Orders(house.store, catalog, purse, house.media, eyes, house.clock, house.new_id),
        worker=Worker(
            house.store, gateway, catalog, purse, house.media, eyes, house.courier, house.clock, "w1", LIMITS
        ),
    )


@pytest.fixture
async def real(house: House, sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[House]:
    rules = Rules(plans={"default": Plan(daily=START, open_jobs=50)})
    house = build(house.store, house.clock, tmp_path / "media", rules)
    transports = Transports(orders=httpx.AsyncHTTPTransport, streams=httpx.AsyncHTTPTransport)
    async with open_gateway(
        sandbox.base_url, "sk-good", media=house.media, transports=transports, clock=house.clock, limits=LIMITS
    ) as gateway:
        yield with_gateway(house, gateway)


@pytest.fixture
async def ann(real: House) -> Access:
    return await real.member()


async def rounds(house: House, clock: FakeClock, job: Job) -> Job:
    """Until the job has ended."""
    for _ in range(30):
        await house.worker.step()
        if (await house.job(job.id)).told:
            break
        clock.advance(15)
    return await house.job(job.id)


@pytest.mark.parametrize(
    "model", ["kling-3.0", "seedance-2.0", "veo3.1-lite", "sora-2-4s", "sora-2", "grok-imagine-1.0-video"]
)
async def test_a_film(real: House, ann: Access, clock: FakeClock, model: str) -> None:
    order, _, price = real.orders.check("video", model, "a fox", {})
    job = await rounds(real, clock, await real.orders.place(ann, "1", order))
    assert job.state is JobState.DONE
    [film] = job.results
    assert (film.kind, film.mime) == ("video", "video/mp4")
    assert film.width > 0
    assert film.duration_s >= 4
    thumbnail = await real.media.read(film.thumbnail)
    assert thumbnail.startswith(b"\xff\xd8\xff")
    assert await real.left(ann.account_id) == START - price
    await real.balanced(ann.account_id)


@pytest.mark.parametrize("model", ["kling-2.5", "seedance-2.0", "veo3.1-lite", "sora-2", "kling-3.0"])
async def test_a_storyboard(real: House, ann: Access, clock: FakeClock, model: str) -> None:
    """Two shots, the second from the last frame of the first, joined; or both in one order."""
    boards, spec = Boards(real.orders, real.store), real.catalog.get(model, "video")
    shots = fitted_lengths(spec, (Shot("a fox", 4), Shot("it runs", 4)))
    job = await rounds(real, clock, await boards.film(ann, "1", model, "A fox runs.", shots, {}))
    assert (job.state, job.error_params) == (JobState.DONE, {})
    [film] = job.results
    assert film.kind == "video"
    assert film.duration_s == pytest.approx(sum(shot.seconds for shot in shots) or film.duration_s, abs=1)
    assert film.duration_s >= 8
    assert await real.left(ann.account_id) == START - boards.price(spec, shots, {})
    await real.balanced(ann.account_id)


async def test_a_film_of_a_picture_that_has_another_size(real: House, ann: Access, clock: FakeClock) -> None:
    """Sora takes its own size alone."""
    drawn, _, _ = real.orders.check("image", None, "a fox", {})
    first = await rounds(real, clock, await real.orders.place(ann, "1", drawn))
    again = await real.orders.keep_input(await real.media.read(first.results[0].media), "fox.png", "image")
    for number, part in enumerate((again, Part("image", media=f"job:{first.id}", role="first_frame"))):
        order, _, _ = real.orders.check("video", "sora-2-4s", "it waves", {"ratio": "16:9"}, (part,))
        job = await rounds(real, clock, await real.orders.place(ann, f"film-{number}", order))
        assert (job.state, job.error_key) == (JobState.DONE, "")


@pytest.mark.parametrize(("model", "key"), [("veo3.1-lite", Withheld.key), ("kling-3.0", NoResult.key)])
async def test_a_finished_film_that_cannot_be_had(
    real: House, ann: Access, clock: FakeClock, model: str, key: str
) -> None:
    """Of Veo it is known what that means: its vendor has filtered it."""
    order, _, _ = real.orders.check("video", model, "a fox [filtered]", {})
    job = await rounds(real, clock, await real.orders.place(ann, "1", order))
    assert (job.state, job.error_key) == (JobState.FAILED, key)
    assert await real.left(ann.account_id) == START
    await real.balanced(ann.account_id)


async def test_a_picture_from_a_picture(real: House, sandbox: Sandbox, ann: Access, clock: FakeClock) -> None:
    order, _, _ = real.orders.check("image", None, "a fox", {})
    first = await rounds(real, clock, await real.orders.place(ann, "1", order))
    [picture] = first.results
    assert (picture.kind, picture.mime) == ("image", "image/png")
    part = await real.orders.keep_input(await real.media.read(picture.media), "fox.jpg", "image")
    assert (part.mime, part.size) == ("image/png", picture.size)
    order, _, _ = real.orders.check("image", None, "with a hat", {}, (part,))
    second = await rounds(real, clock, await real.orders.place(ann, "2", order))
    assert second.state is JobState.DONE
    assert sandbox.accepted == {"/v1/images/generations": 1, "/v1/images/edits": 1}


@pytest.mark.parametrize(
    ("fault", "state", "key", "taken"),
    [
        (Drop("answer"), JobState.UNSURE, Unsure.key, 1),
        (Drop("body"), JobState.UNSURE, Unsure.key, 0),
        (html_page(504, "Gateway Time-out"), JobState.UNSURE, Unsure.key, 0),
        (
            Reply(401, {"error": {"message": "bad key", "type": "new_api_error", "code": ""}}),
            JobState.FAILED,
            BadKey.key,
            0,
        ),
    ],
)
async def test_an_order_whose_line_breaks_is_never_sent_twice(
    real: House, sandbox: Sandbox, ann: Access, clock: FakeClock, fault: Fault, state: JobState, key: str, taken: int
) -> None:
    order, _, _ = real.orders.check("video", None, "a fox", {})
    warm_up = await rounds(real, clock, await real.orders.place(ann, "0", order))  # so that the connection is reused
    spent = START - await real.left(ann.account_id)
    sandbox.behaviour.script("POST /v1/videos", fault)
    job = await rounds(real, clock, await real.orders.place(ann, "1", order))
    clock.advance(3600)
    await real.worker.step()
    assert (job.state, job.error_key, warm_up.state) == (state, key, JobState.DONE)
    assert sandbox.submits["/v1/videos"] <= 2
    assert sandbox.accepted["/v1/videos"] == 1 + taken
    assert await real.left(ann.account_id) == START - spent
    await real.balanced(ann.account_id)


async def test_a_prompt_that_is_refused_and_a_task_that_fails(real: House, ann: Access, clock: FakeClock) -> None:
    refused, _, _ = real.orders.check("image", None, "[refuse]", {})
    failing, _, _ = real.orders.check("video", None, "[fail]", {})
    first = await rounds(real, clock, await real.orders.place(ann, "1", refused))
    second = await rounds(real, clock, await real.orders.place(ann, "2", failing))
    assert (first.state, first.error_key) == (JobState.FAILED, Moderated.key)
    assert (second.state, second.error_key) == (JobState.FAILED, TaskFailed.key)
    assert await real.left(ann.account_id) == START


async def test_a_crash_before_the_answer_is_unsure(
    real: House, sandbox: Sandbox, ann: Access, clock: FakeClock
) -> None:
    hang = Hang()
    sandbox.behaviour.script("POST /v1/videos", hang)
    order, _, _ = real.orders.check("video", None, "a fox", {})
    job = await real.orders.place(ann, "1", order)
    await real.worker._sending.fill()
    await hang.arrived.wait()
    for hand in list(real.worker._sending._hands):
        hand.cancel()
    await real.worker._sending.drain()
    clock.advance(61)
    await real.another_worker("w2").step()
    assert (await real.job(job.id)).state is JobState.UNSURE
    assert sandbox.submits["/v1/videos"] == 1
    await real.balanced(ann.account_id)


async def test_a_gateway_that_is_down_keeps_orders_queued(house: House, clock: FakeClock, tmp_path: Path) -> None:
    async with serve() as gone:
        base_url = gone.base_url
    transports = Transports(orders=httpx.AsyncHTTPTransport, streams=httpx.AsyncHTTPTransport)
    async with open_gateway(
        base_url, "sk-good", media=house.media, transports=transports, clock=clock, limits=LIMITS
    ) as gateway:
        real = with_gateway(house, gateway)
        ann = await real.member()
        order, _, _ = real.orders.check("image", None, "a fox", {})
        job = await real.orders.place(ann, "1", order)
        await real.worker.step()
        assert (await real.job(job.id)).state is JobState.QUEUED
        clock.advance(3600)
        await real.worker.step()
    found = await real.job(job.id)
    assert (found.state, found.error_key) == (JobState.FAILED, NotTaken.key)
    await real.balanced(ann.account_id)
