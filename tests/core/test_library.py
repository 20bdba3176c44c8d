"""Files of people's own in the vendor's library, by the real gateway client against the sandbox: put in once, looked at until
they may be used, named in orders."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from PIL import Image

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.faults import Drop, Reply
from bots.sandbox.server import Sandbox, serve
from core.catalog import load_catalog
from core.errors import AssetLate, NoLibrary, NoLink, NoResult, NotTaken, RealFace, SourceGone, Unsure, UpstreamDown
from core.gateway.client import Gateway, Transports, open_gateway
from core.ledger import Purse
from core.library import Library
from core.limits import LIMITS
from core.linking import NO_LINKS, Linking
from core.mentions import as_inputs, numbered
from core.orders import Orders
from core.plans import MICROS, Plan, Rules
from core.renditions import FileRenditions
from core.shelving import GIVE_UP_MS, LEASE_MS, LOOK_EVERY_MS, Shelving
from core.values import Access, Asset, Job, JobState, Part
from core.worker import Worker
from tests.clocks import FakeClock
from tests.core.house import BOB, House, build

CREATE, GET = "POST /api/asset/createMedia", "GET /api/asset/get"
DAILY = 50 * MICROS
SHOWN = Linking(lambda key, name: f"https://example.com/{key}/{name}")


def png() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (400, 320), "red").save(data, "PNG")
    return data.getvalue()


@dataclass
class Shelf:
    """A whole core in front of the sandbox."""

    house: House
    sandbox: Sandbox
    gateway: Gateway
    clock: FakeClock
    library: Library
    shelving: Shelving

    def another(self, linking: Linking = SHOWN) -> Shelving:
        """Another process, or this one after a restart."""
        return Shelving(self.house.store, self.gateway, self.house.catalog, self.clock, linking)

    async def picture(self) -> Part:
        return await self.house.orders.keep_input(png(), "cat.png", "image")

    async def add(self, access: Access, name: str = "cat", event_id: str = "") -> Asset:
        return await self.library.add(access, name, await self.picture(), event_id)

    async def asset(self, asset: Asset) -> Asset:
        async with self.house.store.read() as tx:
            found = await tx.assets.get(asset.id)
        assert found
        return found

    async def rounds(self, count: int = 8, shelving: Shelving | None = None) -> None:
        for _ in range(count):
            while await (shelving or self.shelving).step():
                pass
            self.clock.advance(LOOK_EVERY_MS / 1000)

    async def told(self) -> list[tuple[str, object, object]]:
        await self.house.worker.step()
        return [(each.key, each.params["name"], each.params["why"]) for each in self.house.courier.said]

    async def ended(self, asset: Asset) -> str:
        """Failed, told once; why."""
        found = await self.asset(asset)
        assert found.state == "failed"
        assert await self.told() == [("asset-failed", found.name, found.error_key)]
        return found.error_key


@pytest.fixture
async def shelf(house: House, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Shelf]:
    rules = Rules(plans={"default": Plan(daily=DAILY, open_jobs=50)})
    house = build(house.store, clock, tmp_path / "media", rules)
    transports = Transports(orders=httpx.AsyncHTTPTransport, streams=httpx.AsyncHTTPTransport)
    eyes, catalog = FileRenditions(house.media), load_catalog()
    purse = Purse(house.store, rules, clock)
    async with (
        serve(behaviour=Behaviour.instant()) as sandbox,
        open_gateway(
            sandbox.base_url, "sk-good", media=house.media, transports=transports, clock=clock, limits=LIMITS
        ) as gateway,
    ):
        house = replace(
            house,
            catalog=catalog,
            orders=Orders(house.store, catalog, purse, house.media, eyes, clock, house.new_id, linking=SHOWN),
            worker=Worker(house.store, gateway, catalog, purse, house.media, eyes, house.courier, clock, "w1", LIMITS),
        )
        library = Library(house.store, catalog, eyes, clock, house.new_id, linking=SHOWN)
        shelving = Shelving(house.store, gateway, catalog, clock, SHOWN)
        yield Shelf(house, sandbox, gateway, clock, library, shelving)


@pytest.fixture
async def ann(shelf: Shelf) -> Access:
    return await shelf.house.member()


def creates(shelf: Shelf) -> int:
    return sum(f"{each.method} {each.path}" == CREATE for each in shelf.sandbox.requests)


# --- put in and looked at --------------------


async def test_it_is_put_in_once_and_looked_at_until_it_is_active(shelf: Shelf, ann: Access) -> None:
    asset = await shelf.add(ann, event_id="7")
    assert await shelf.add(ann, event_id="7") == asset
    await shelf.shelving.step()
    (sent,) = [each.json for each in shelf.sandbox.requests]
    assert (sent["name"], sent["assetType"]) == ("cat", "Image")
    assert sent["url"] == f"https://example.com/{asset.media}/input.png"
    assert not await shelf.shelving.step()  # not before three seconds are over
    await shelf.rounds()
    found = await shelf.asset(asset)
    assert (found.state, found.remote_id[:6]) == ("active", "asset-")
    assert await shelf.told() == [("asset-ready", "cat", "")]
    assert [each.method for each in shelf.sandbox.requests] == ["POST", "GET", "GET"]


async def test_the_loop_does_it_by_itself(shelf: Shelf, ann: Access) -> None:
    loop = asyncio.create_task(shelf.shelving.run())
    asset = await shelf.add(ann)
    async with asyncio.timeout(20):
        while (await shelf.asset(asset)).state != "active":  # noqa: ASYNC110 # the row alone tells
            await asyncio.sleep(0.01)
    loop.cancel()
    assert await shelf.told() == [("asset-ready", "cat", "")]


async def test_a_file_that_the_vendor_will_not_have(shelf: Shelf, ann: Access) -> None:
    asset = await shelf.add(ann)
    result = {"Id": "x", "Status": "Failed", "Error": {"Code": "RejectFace", "Message": "RejectFace"}}
    shelf.sandbox.behaviour.script(GET, Reply(200, {"Result": result}))
    await shelf.rounds()
    assert await shelf.ended(asset) == RealFace.key


async def test_what_is_never_done_is_given_up(shelf: Shelf, ann: Access) -> None:
    shelf.sandbox.behaviour.films.asset_looks = 10_000
    asset = await shelf.add(ann)
    await shelf.rounds(GIVE_UP_MS // LOOK_EVERY_MS - 1)
    assert (await shelf.asset(asset)).state == "checking"
    await shelf.rounds(3)
    assert await shelf.ended(asset) == AssetLate.key
    looks = len(shelf.sandbox.requests)
    await shelf.rounds()
    assert len(shelf.sandbox.requests) == looks


async def test_an_answer_without_an_id(shelf: Shelf, ann: Access) -> None:
    shelf.sandbox.behaviour.films.asset_told = False
    asset = await shelf.add(ann)
    await shelf.rounds()
    assert await shelf.ended(asset) == NoResult.key
    assert creates(shelf) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"error": {"message": "no available seedance channel", "type": "server_error"}}, 503),
        ({"ResponseMetadata": {"Error": {"Code": "InternalError", "Message": "try again"}}}, 200),
    ],
)
async def test_trouble_with_a_look_is_no_end(shelf: Shelf, ann: Access, body: dict[str, object], status: int) -> None:
    asset = await shelf.add(ann)
    shelf.sandbox.behaviour.script(GET, *[Reply(status, body)] * 6)
    await shelf.rounds()
    assert (await shelf.asset(asset)).state == "active"


async def test_a_refusal_is_an_end(shelf: Shelf, ann: Access) -> None:
    error = {"message": "no available seedance channel", "type": "server_error"}
    shelf.sandbox.behaviour.script(CREATE, Reply(503, {"error": error}))
    asset = await shelf.add(ann)
    await shelf.rounds()
    assert await shelf.ended(asset) == UpstreamDown.key
    assert creates(shelf) == 1


# --- lines that break, processes that die --------------------


async def test_a_line_that_breaks_behind_it_is_unsure(shelf: Shelf, ann: Access) -> None:
    shelf.sandbox.behaviour.script(CREATE, Drop("answer"))
    asset = await shelf.add(ann)
    await shelf.rounds()
    assert await shelf.ended(asset) == Unsure.key
    assert creates(shelf) == 1


async def test_what_surely_did_not_arrive_is_sent_again(shelf: Shelf, ann: Access) -> None:
    asset = await shelf.add(ann)

    class Away:
        async def add_asset(self, *_: object) -> str:
            raise NotTaken("refused")

        asset = shelf.gateway.asset

    away = Shelving(shelf.house.store, Away(), shelf.house.catalog, shelf.clock, SHOWN)
    await shelf.rounds(3, away)
    assert ((await shelf.asset(asset)).state, creates(shelf)) == ("new", 0)
    await shelf.rounds()
    assert ((await shelf.asset(asset)).state, creates(shelf)) == ("active", 1)


async def test_a_process_that_dies_while_it_puts_in(shelf: Shelf, ann: Access) -> None:
    """Nobody knows whether it arrived, so it is not sent twice."""
    asset = await shelf.add(ann)

    class Killed(BaseException):
        pass

    class Dying:
        async def add_asset(self, *_: object) -> str:
            raise Killed

        asset = shelf.gateway.asset

    with pytest.raises(Killed):
        await Shelving(shelf.house.store, Dying(), shelf.house.catalog, shelf.clock, SHOWN).step()
    assert not await shelf.another().step()
    shelf.clock.advance(LEASE_MS / 1000)
    await shelf.rounds(2, shelf.another())
    assert await shelf.ended(asset) == Unsure.key
    assert creates(shelf) == 0


async def test_a_process_that_dies_between_two_looks(shelf: Shelf, ann: Access) -> None:
    asset = await shelf.add(ann)
    await shelf.shelving.step()
    shelf.clock.advance(2 * GIVE_UP_MS / 1000)  # it was away for long, and the vendor is done meanwhile
    shelf.sandbox.behaviour.films.asset_looks = 1
    await shelf.rounds(2, shelf.another())
    assert ((await shelf.asset(asset)).state, creates(shelf)) == ("active", 1)


async def test_without_a_way_for_the_vendor_nothing_is_written(shelf: Shelf, ann: Access) -> None:
    eyes = FileRenditions(shelf.house.media)
    closed = Library(shelf.house.store, shelf.house.catalog, eyes, shelf.clock, shelf.house.new_id, linking=NO_LINKS)
    with pytest.raises(NoLink):
        await closed.add(ann, "cat", await shelf.picture())
    assert await shelf.library.mine(ann) == []
    asset = await shelf.add(ann)
    await shelf.rounds(2, shelf.another(NO_LINKS))  # the way was closed meanwhile
    assert await shelf.ended(asset) == NoLink.key


async def test_where_no_row_has_a_library(shelf: Shelf, ann: Access) -> None:
    table = {"defaults": {"seedance": {"extra": {"asset_create": ""}}}}
    eyes = FileRenditions(shelf.house.media)
    bare = Library(shelf.house.store, load_catalog(table), eyes, shelf.clock, shelf.house.new_id, linking=SHOWN)
    with pytest.raises(NoLibrary):
        await bare.add(ann, "cat", await shelf.picture())


# --- in an order --------------------


async def film(shelf: Shelf, access: Access, owner: Access, words: str) -> Job:
    """Of `access`, with the files of `owner` that the words name."""
    named = await shelf.library.named(owner, words)
    spec, inputs = shelf.house.catalog.get("seedance-2.0", "video"), as_inputs(named)
    order, _, _ = shelf.house.orders.check("video", spec.name, numbered(words, named, inputs, spec), {}, inputs)
    return await shelf.house.orders.place(access, "1", order)


async def test_an_order_names_it_to_the_vendor(shelf: Shelf, ann: Access) -> None:
    asset = await shelf.add(ann)
    await shelf.rounds()
    job = await film(shelf, ann, ann, "@cat runs")
    await shelf.house.worker.step()
    body = next(each.json for each in shelf.sandbox.requests if each.path == "/v1/video/generations")
    assert body["content"] == [
        {"type": "text", "text": "image 1 runs"},
        {"type": "image_url", "url": f"asset://{(await shelf.asset(asset)).remote_id}", "role": "reference_image"},
    ]
    for _ in range(4):
        shelf.clock.advance(30)
        await shelf.house.worker.step()
    assert (await shelf.house.job(job.id)).state is JobState.DONE


@pytest.mark.parametrize("why", ["theirs", "deleted"])
async def test_an_order_without_its_file_is_refunded_unsent(shelf: Shelf, ann: Access, why: str) -> None:
    bob = await shelf.house.member(BOB)
    asset = await shelf.add(ann)
    await shelf.rounds()
    job = await film(shelf, bob if why == "theirs" else ann, ann, "@cat runs")
    if why == "deleted":
        assert not await shelf.library.drop(bob, asset.id)
        assert await shelf.library.drop(ann, asset.id)
    await shelf.house.worker.step()
    failed = await shelf.house.job(job.id)
    assert (failed.state, failed.error_key) == (JobState.FAILED, SourceGone.key)
    assert await shelf.house.left(job.account_id) == DAILY
    assert all(each.path != "/v1/video/generations" for each in shelf.sandbox.requests)
