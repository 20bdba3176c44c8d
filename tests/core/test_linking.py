"""Public addresses for files: which way is taken, what is never given away, and what becomes of an order without one."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image

from core.catalog import load_catalog
from core.errors import BadRequest, FileLost, FileTooLarge, GatewayError, NoLink, NotOffered, NotTaken, UpstreamDown
from core.gateway.uploading import CANDIDATES, UploadPlace
from core.linking import LINK_LEFT_MS, NO_LINKS, Linking, uploading
from core.orders import Orders
from core.plans import Plan, Rules
from core.specs import ModelSpec
from core.values import Access, JobState, Order, Part
from core.worker import Worker
from tests.clocks import FakeClock
from tests.core.buttons import last
from tests.core.house import House, PlainEyes

NOW = 1_000_000_000
DAILY = 5_000_000
BASE = load_catalog({}).default("video")
FILM = Part("video", media="f" * 64, mime="video/mp4", name="../my secret.mp4", role="motion", size=9)
PICTURE = Part("image", media="p" * 64, mime="image/png", size=9)
CDN = "https://cdn.discordapp.com/attachments/1/2/a.mp4?ex=1"
SHOWN = replace(FILM, link=CDN, link_until_ms=NOW + LINK_LEFT_MS + 1)


def wire(**extra: object) -> ModelSpec:
    return replace(BASE, extra={**BASE.extra, "links_only": ["video"], "prefer_links": False, **extra})


WIRE, PREFERS = wire(), wire(prefer_links=True)


def link(key: str, name: str) -> str:
    return f"https://bot.example/media/{key}/{name}?sign=x"


class Uploading:
    """The gateway's upload; plays its outcomes, then names what it was given."""

    def __init__(self, *errors: GatewayError) -> None:
        self.errors = list(errors)
        self.taken: list[Part] = []

    async def __call__(self, part: Part) -> str:
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append(part)
        return f"https://up.example/{len(self.taken)}"


async def urls(linking: Linking, wire: ModelSpec, *parts: Part) -> list[str]:
    linking.check(parts, wire, NOW)
    return [part.url for part in await linking.linked(parts, wire, NOW)]


async def test_the_first_way_that_holds() -> None:
    upload = Uploading()
    every = Linking(link, upload)
    assert await urls(every, WIRE, SHOWN) == [CDN]
    own = f"https://bot.example/media/{FILM.media}/input.mp4?sign=x"
    assert await urls(every, WIRE, FILM) == [own]
    for gone in (replace(SHOWN, link_until_ms=NOW + LINK_LEFT_MS), replace(SHOWN, changed=("trimmed",))):
        assert await urls(every, WIRE, gone) == [own]
    assert await urls(Linking(upload=upload), WIRE, FILM) == ["https://up.example/1"]
    assert upload.taken == [FILM]


async def test_pictures_go_by_link_where_the_row_prefers_it() -> None:
    upload = Uploading()
    shown = replace(PICTURE, link=CDN, link_until_ms=SHOWN.link_until_ms)
    assert await urls(Linking(link, upload), WIRE, PICTURE, shown) == ["", ""]
    assert await urls(Linking(upload=upload), PREFERS, PICTURE, shown) == ["https://up.example/1", CDN]
    assert await urls(NO_LINKS, PREFERS, PICTURE) == [""]
    assert await urls(Linking(upload=Uploading(UpstreamDown("503"))), PREFERS, PICTURE) == [""]
    large = replace(PICTURE, size=10 * 1024 * 1024 + 1)
    assert await urls(Linking(upload=Uploading()), PREFERS, large) == [""]


async def test_what_is_sent_as_a_file_or_has_an_address_gets_none() -> None:
    every = Linking(link, Uploading())
    for form in ({"inputs_as": "multipart"}, {"force_multipart": True}):
        assert await urls(every, wire(prefer_links=True, **form), PICTURE, FILM) == ["", ""]
    veo = load_catalog({}).get("veo3.1-lite", "video")
    assert await urls(every, veo, PICTURE) == [""]
    known, theirs = replace(FILM, url="asset://a1"), replace(FILM, media="asset:a1")
    assert await urls(every, WIRE, known, theirs) == ["asset://a1", ""]


async def test_without_a_way_the_person_and_the_operator_are_told() -> None:
    missed: list[NoLink] = []
    nowhere = Linking(missed=missed.append)
    for parts in ((PICTURE, FILM), (replace(FILM, media="job:j1"),)):
        with pytest.raises(NoLink) as caught:
            nowhere.check(parts, WIRE, NOW)
        assert caught.value.params == {"kind": "video", "model": BASE.name}
        assert missed.pop() is caught.value
    nowhere.check((PICTURE, FILM), wire(links_only=[]), NOW)
    with pytest.raises(NoLink):
        await nowhere.linked((FILM,), WIRE, NOW)
    large = replace(FILM, size=20 * 1024 * 1024 + 1)
    with pytest.raises(FileTooLarge):
        Linking(upload=Uploading()).check((large,), WIRE, NOW)


@pytest.mark.parametrize(
    ("error", "expected"),
    [(NotOffered("501"), NoLink), (BadRequest("415"), NoLink), (UpstreamDown("503"), UpstreamDown)],
)
async def test_an_upload_that_fails(error: GatewayError, expected: type[Exception]) -> None:
    missed: list[NoLink] = []
    with pytest.raises(expected):
        await Linking(upload=Uploading(error), missed=missed.append).linked((FILM,), WIRE, NOW)
    assert len(missed) == (expected is NoLink)


# --- in an order --------------------


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    return make_house(Rules(plans={"default": Plan(open_jobs=100, daily=DAILY)}))


def with_linking(house: House, linking: Linking) -> House:
    eyes = PlainEyes(house.media)
    orders = Orders(
        house.store, house.catalog, house.purse, house.media, eyes, house.clock, house.new_id, linking=linking
    )
    worker = Worker(
        house.store, house.gateway, house.catalog, house.purse, house.media, eyes, house.courier, house.clock, "w2",
        linking=linking,
    )  # fmt: skip
    return replace(house, orders=orders, worker=worker)


def by_link_only(house: House) -> None:
    rows: dict[str, ModelSpec] = vars(house.catalog)["_rows"]
    row = rows["kling-3.0"]
    rows["kling-3.0"] = replace(row, extra={**row.extra, "links_only": ["image"]})


def picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (400, 400), "green").save(data, "PNG")
    return data.getvalue()


async def ordered(house: House, access: Access, **more: object) -> Order:
    part = replace(await house.orders.keep_input(picture(), "a.png", "image"), **more)  # type: ignore[arg-type]
    order, _, _ = house.orders.check("video", "kling-3.0", "it moves", {}, (part,))
    job = await house.orders.place(access, "q", order)
    assert (await house.job(job.id)).inputs[0].link == part.link
    await house.worker._sending.step()
    await house.settled(job, JobState.WAITING)
    return last(house)


async def test_the_link_is_kept_with_the_job_and_looked_at_when_it_is_sent(
    house: House, ann: Access, clock: FakeClock
) -> None:
    house = with_linking(house, Linking(link))
    until_ms = clock.now_ms() + LINK_LEFT_MS + 60_000
    sent = await ordered(house, ann, link=CDN, link_until_ms=until_ms)
    assert sent.inputs[0].url == CDN
    clock.advance(61)
    sent = await ordered(house, ann, link=CDN, link_until_ms=until_ms)
    assert sent.inputs[0].url.startswith("https://bot.example/media/")


async def test_an_upload_that_may_pass_is_tried_again_and_nothing_is_ordered_meanwhile(
    house: House, ann: Access, clock: FakeClock
) -> None:
    upload = Uploading(NotTaken("refused"), UpstreamDown("503"))
    house = with_linking(house, Linking(upload=upload))
    by_link_only(house)
    part = await house.orders.keep_input(picture(), "a.png", "image")
    order, _, _ = house.orders.check("video", "kling-3.0", "it moves", {}, (part,))
    job = await house.orders.place(ann, "q", order)
    for attempts in (1, 2):
        await house.worker._sending.step()
        waiting = await house.settled(job, JobState.QUEUED)
        assert waiting.attempts == attempts and house.gateway.submitted == []
        clock.advance((waiting.due_ms - clock.now_ms()) / 1000)
    await house.worker._sending.step()
    await house.settled(job, JobState.WAITING)
    assert [order.inputs[0].url for order in house.gateway.submitted] == ["https://up.example/1"]


async def test_an_upload_that_never_works_ends_at_the_deadline_and_is_refunded(
    house: House, ann: Access, clock: FakeClock
) -> None:
    house = with_linking(house, Linking(upload=Uploading(*[NotTaken("refused")] * 1000)))
    by_link_only(house)
    part = await house.orders.keep_input(picture(), "a.png", "image")
    order, _, _ = house.orders.check("video", "kling-3.0", "it moves", {}, (part,))
    job = await house.orders.place(ann, "q", order)
    for _ in range(200):
        await house.worker._sending.step()
        clock.advance(30)
    found = await house.job(job.id)
    assert (found.state, found.error_key) == (JobState.FAILED, NotTaken.key)
    assert await house.left(ann.account_id) == DAILY and house.gateway.submitted == []


async def test_a_file_that_is_swept_is_not_uploaded(house: House) -> None:
    sent: list[tuple[str, str, bytes]] = []

    async def send(place: UploadPlace, name: str, mime: str, data: bytes) -> str:
        sent.append((name, mime, data))
        return "https://up.example/1"

    upload = uploading(send, house.media, CANDIDATES[0])
    key, _ = await house.media.put(b"film", 10)
    assert await upload(replace(FILM, media=key)) == "https://up.example/1"
    assert sent == [("input.mp4", "video/mp4", b"film")]  # the person's own name of it stays here
    with pytest.raises(FileLost):
        await upload(FILM)
