"""What is ordered from films and of spoken words, to its end: real files, and the sandbox as the gateway."""

from __future__ import annotations

import io
import math
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from PIL import Image

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.server import Sandbox, serve
from core import film_deeds
from core.catalog import load_catalog
from core.gateway.client import Transports, open_gateway
from core.ledger import Purse
from core.limits import LIMITS
from core.linking import Linking
from core.measuring import expected
from core.orders import Orders
from core.placing import Piece
from core.plans import MICROS, Plan, Rules
from core.renditions import FileRenditions
from core.values import Access, Job, JobState, Order, Part
from core.worker import Worker
from tests.clocks import FakeClock
from tests.core.house import House, build

START = 50 * MICROS
VOICE_RATE = 56_200  # of kling-avatar-720p, a second


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serve(behaviour=Behaviour.instant()) as running:
        yield running


@pytest.fixture
async def real(house: House, sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[House]:
    house = build(house.store, house.clock, tmp_path / "media", Rules(plans={"default": Plan(daily=START)}))
    transports = Transports(orders=httpx.AsyncHTTPTransport, streams=httpx.AsyncHTTPTransport)
    catalog, eyes = load_catalog(), FileRenditions(house.media)
    purse, linking = (
        Purse(house.store, house.rules, house.clock),
        Linking(lambda key, name: f"https://bot.example/{name}"),
    )
    async with open_gateway(
        sandbox.base_url, "sk-good", media=house.media, transports=transports, clock=house.clock, limits=LIMITS
    ) as gateway:
        yield replace(
            house,
            catalog=catalog,
            orders=Orders(house.store, catalog, purse, house.media, eyes, house.clock, house.new_id, linking=linking),
            worker=Worker(
                house.store,
                gateway,
                catalog,
                purse,
                house.media,
                eyes,
                house.courier,
                house.clock,
                "w1",
                LIMITS,
                linking=linking,
            ),
        )


@pytest.fixture
async def ann(real: House) -> Access:
    return await real.member()


async def ended(house: House, clock: FakeClock, job: Job) -> Job:
    for _ in range(60):
        await house.worker.step()
        if (await house.job(job.id)).told:
            break
        clock.advance(15)
    job = await house.job(job.id)
    assert (job.state, job.error_key) == (JobState.DONE, "")
    return job


async def filmed(house: House, clock: FakeClock, access: Access, model: str) -> Job:
    order, *_ = house.orders.check("video", model, "a cat", {})
    return await ended(house, clock, await house.orders.place(access, "1", order))


async def go_on(house: House, access: Access, film: Job, deed: film_deeds.Deed, words: str) -> Job:
    way = film_deeds.ways(film, house.catalog.visible("video"), house.orders.sends)[deed]
    order = film_deeds.sharper(way, film) if deed == "upscale" else film_deeds.order_of(way, film, words)
    checked, *_ = house.orders.check(
        "video", order.model, order.prompt, order.options, order.inputs, order.action, continues=order.continues
    )
    return await house.orders.place(access, "2", checked)


async def test_a_sora_film_is_made_anew_from_the_gateways_copy(
    real: House, ann: Access, sandbox: Sandbox, clock: FakeClock
) -> None:
    film = await filmed(real, clock, ann, "sora-2-4s")
    second = await ended(real, clock, await go_on(real, ann, film, "change", "at night"))
    [sent] = [seen for seen in sandbox.requests if seen.path == f"/v1/videos/{film.task_id}/remix"]
    assert (sent.method, sent.body) == ("POST", {"prompt": "at night"})
    assert second.task_id != film.task_id
    await real.balanced(ann.account_id)


@pytest.mark.parametrize(("deed", "action"), [("longer", "extend"), ("change", "edit"), ("upscale", "edit")])
async def test_a_film_of_another_model(
    real: House, ann: Access, clock: FakeClock, deed: film_deeds.Deed, action: str
) -> None:
    film = await filmed(real, clock, ann, "kling-2.5")
    made = await ended(real, clock, await go_on(real, ann, film, deed, "she opens the door"))
    assert (made.action, made.results[0].kind) == (action, "video")
    await real.balanced(ann.account_id)


async def test_words_are_laid_under_a_film(real: House, ann: Access, clock: FakeClock) -> None:
    film = await filmed(real, clock, ann, "kling-2.5")
    way = film_deeds.by_hand(film, real.catalog.visible("video"))
    assert way is not None
    speech, [piece_id] = speech_of(real, "Welcome to the show."), real.orders.piece_ids(ann, 1)
    voice = Part("audio", media=f"job:{piece_id}", mime="audio/ogg", role="voice")
    order = film_deeds.order_of(way, film, "Welcome to the show.", (voice,))
    job = await ended(real, clock, await real.orders.place(ann, "2", order, pieces=(Piece(piece_id, speech),)))
    assert job.results[0].kind == "video" and job.results[0].media != film.results[0].media
    assert job.results[0].duration_s == pytest.approx(film.results[0].duration_s, abs=0.2)
    await real.balanced(ann.account_id)


async def test_a_word_that_is_over_at_once_is_long_enough_for_a_portrait(
    real: House, ann: Access, clock: FakeClock
) -> None:
    face = await real.orders.keep_input(portrait(), "face.png", "image")
    [piece_id] = real.orders.piece_ids(ann, 1)
    files = (face, Part("audio", media=f"job:{piece_id}", mime="audio/ogg", role="voice"))
    checked, spec, _ = real.orders.check("video", "kling-avatar-720p", "", {}, files)
    order = expected(spec, checked, "Hi")
    job = await ended(
        real, clock, await real.orders.place(ann, "1", order, pieces=(Piece(piece_id, speech_of(real, "Hi")),))
    )
    assert job.quote == 2 * VOICE_RATE


async def test_a_portrait_that_speaks_costs_what_its_voice_is_long(real: House, ann: Access, clock: FakeClock) -> None:
    words = "Good evening, ladies and gentlemen, and welcome to the show."
    face = await real.orders.keep_input(portrait(), "face.png", "image")
    [piece_id] = real.orders.piece_ids(ann, 1)
    files = (
        face,
        Part("audio", media=f"job:{piece_id}", mime="audio/ogg", role="voice"),
    )
    checked, spec, _ = real.orders.check("video", "kling-avatar-720p", "she smiles", {}, files)
    order = expected(spec, checked, words)
    job = await real.orders.place(ann, "1", order, pieces=(Piece(piece_id, speech_of(real, words)),))
    assert job.quote == int(order.options["seconds"]) * VOICE_RATE
    made = await ended(real, clock, job)
    voice = (await real.job(piece_id)).results[0]
    seconds = math.ceil(voice.duration_s - 0.05)
    assert 2 <= seconds < int(order.options["seconds"])
    assert made.quote == seconds * VOICE_RATE
    assert await real.left(ann.account_id) == START - made.quote - 30_000
    await real.balanced(ann.account_id)


def speech_of(house: House, words: str) -> Order:
    order, *_ = house.orders.check("audio", "gemini-2.5-flash-preview-tts", words, {})
    return order


def portrait() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (640, 640), "red").save(file, "PNG")
    return file.getvalue()
