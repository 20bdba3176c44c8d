"""Orders whose files the gateway fetches by itself, through its upload: real sockets, and a stand-in that follows links."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from PIL import Image

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.faults import Reply
from bots.sandbox.server import Sandbox, serve
from core.catalog import load_catalog
from core.errors import NoLink
from core.gateway.client import Transports, open_gateway
from core.gateway.uploading import UploadPlace
from core.ledger import Purse
from core.limits import LIMITS
from core.linking import Linking, uploading
from core.orders import Orders
from core.plans import MICROS, Plan, Rules
from core.renditions import FileRenditions
from core.values import Access, Job, JobState, Part
from core.worker import Worker
from tests.clocks import FakeClock
from tests.core.footage import RED, Camera, Shot
from tests.core.house import House, build

START = 10 * MICROS
PLACE = UploadPlace("/v1/upload")


@dataclass
class Scene:
    house: House
    sandbox: Sandbox
    missed: list[NoLink]
    clock: FakeClock
    ann: Access

    async def placed(self) -> tuple[Job, Part, Part]:
        """A character that moves as in a film."""
        data = io.BytesIO()
        Image.new("RGB", (640, 640), "green").save(data, "PNG")
        orders = self.house.orders
        face = replace(await orders.keep_input(data.getvalue(), "my face.png", "image"), role="first_frame")
        clip = await orders.keep_input(Camera().film(Shot(RED, 5)), "my clip.mp4", "video")
        clip = replace(clip, role="motion")
        order, _, _ = orders.check("video", "kling-2.6", "she dances", {}, (face, clip), mode="motion")
        return await orders.place(self.ann, "1", order), face, clip

    async def ended(self, job: Job) -> Job:
        for _ in range(30):
            await self.house.worker.step()
            if (await self.house.job(job.id)).told:
                break
            self.clock.advance(15)
        return await self.house.job(job.id)


@pytest.fixture
async def scene(house: House, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Scene]:
    house = build(house.store, house.clock, tmp_path / "media", Rules(plans={"default": Plan(daily=START)}))
    transports = Transports(orders=httpx.AsyncHTTPTransport, streams=httpx.AsyncHTTPTransport)
    async with (
        serve(behaviour=Behaviour.instant()) as sandbox,
        open_gateway(
            sandbox.base_url, "sk-good", media=house.media, transports=transports, clock=clock, limits=LIMITS
        ) as gateway,
    ):
        sandbox.behaviour.upload_path = PLACE.path
        missed: list[NoLink] = []
        linking = Linking(upload=uploading(gateway.upload, house.media, PLACE), missed=missed.append)
        eyes, purse, catalog = FileRenditions(house.media), Purse(house.store, house.rules, clock), load_catalog()
        house = replace(
            house,
            catalog=catalog,
            orders=Orders(house.store, catalog, purse, house.media, eyes, clock, house.new_id, linking=linking),
            worker=Worker(
                house.store, gateway, catalog, purse, house.media, eyes, house.courier, clock, "w1", linking=linking
            ),
        )
        yield Scene(house, sandbox, missed, clock, await house.member())


async def test_the_files_arrive_there_and_the_order_names_them(scene: Scene) -> None:
    job, face, clip = await scene.placed()
    job = await scene.ended(job)
    assert (job.state, job.error_key, scene.missed) == (JobState.DONE, "", [])
    sent = [seen.files("file")[0] for seen in scene.sandbox.requests.to("POST /v1/upload")]
    stored = [await scene.house.media.read(part.media) for part in (face, clip)]
    assert [(file.filename, file.data) for file in sent] == [("input.png", stored[0]), ("input.mp4", stored[1])]
    [order] = scene.sandbox.requests.to("POST /v1/videos")
    links = [
        name for name in map(str, _texts(order.body)) if name.startswith(f"{scene.sandbox.base_url}/files/upload-")
    ]
    found = [scene.sandbox.files.get(link.rpartition("/")[2]) for link in links]
    assert sorted(file.data for file in found if file) == sorted(stored)


async def test_an_upload_that_is_not_there_is_told_and_refunded_and_nothing_is_ordered(scene: Scene) -> None:
    job, _, _ = await scene.placed()
    scene.sandbox.behaviour.upload_path = ""
    job = await scene.ended(job)
    assert (job.state, job.error_key) == (JobState.FAILED, NoLink.key)
    assert [error.params["kind"] for error in scene.missed] == ["video"]
    assert scene.sandbox.submits["/v1/videos"] == 0
    assert await scene.house.left(scene.ann.account_id) == START
    await scene.house.balanced(scene.ann.account_id)


async def test_an_order_whose_link_cannot_be_fetched_is_not_sent_again(scene: Scene) -> None:
    job, _, _ = await scene.placed()
    refusal = {"error": {"message": "failed to download the file at the url", "code": "invalid_request"}}
    scene.sandbox.behaviour.script("POST /v1/videos", Reply(400, refusal))
    job = await scene.ended(job)
    assert job.state is JobState.FAILED and scene.sandbox.submits["/v1/videos"] == 1
    assert await scene.house.left(scene.ann.account_id) == START


def _texts(value: object) -> list[object]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value]
