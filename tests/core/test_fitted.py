"""A film's files are made to fit before they are paid, or refused before anything is held."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from core.catalog import ModelSpec, load_catalog
from core.errors import NeedsInput, NotTaken, UnfitFile
from core.film_modes import modes_of
from core.fitted import limits_for
from core.fitting import InputLimits
from core.plans import Plan, Rules
from core.renditions import FileRenditions
from core.signatures import sniff
from core.values import HOUSE, Access, Artifact, Job, JobState, Kind, Part
from tests.clocks import FakeClock
from tests.core.buttons import last
from tests.core.footage import RED, Camera, Shot, recording
from tests.core.house import House

MOTION, SEEDANCE, SORA, KLING = "kling-2.6", "seedance-2.0", "sora-2-4s", "kling-3.0"
CAMERA = Camera()
DAILY = 50_000_000
LINK: dict[str, Any] = {"link": "https://cdn.example/clip.mp4", "link_until_ms": 10**15}
DAY_MS = 24 * 3_600_000
VIDEO_ROWS = [spec for spec in vars(load_catalog({}))["_rows"].values() if spec.kind == "video"]


@pytest.fixture
def house(make_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch) -> House:
    """With real eyes, and wires that take films in the order itself."""
    monkeypatch.setattr("tests.core.house.PlainEyes", FileRenditions)
    house = make_house(Rules(plans={"default": Plan(open_jobs=100, daily=DAILY)}))
    rows: dict[str, ModelSpec] = vars(house.catalog)["_rows"]
    for name in (MOTION, SEEDANCE):
        rows[name] = replace(rows[name], extra={**rows[name].extra, "links_only": []})
    return house


def film(seconds: float, camera: Camera = CAMERA) -> bytes:
    return camera.film(Shot(RED, seconds))


def picture(width: int, height: int, form: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "green").save(buffer, form)
    return buffer.getvalue()


async def kept(house: House, data: bytes, kind: Kind, role: str = "", **more: Any) -> Part:
    return replace(await house.orders.keep_input(data, kind, kind), role=role, **more)


async def placed(house: House, access: Access, model: str, *inputs: Part, mode: str = "", **options: str) -> Job:
    order, _, _ = house.orders.check("video", model, "it moves", options, inputs, mode=mode)
    return await house.orders.place(access, "q", order)


async def duration(house: House, part: Part) -> float:
    return (await FileRenditions(house.media).inspect(part.media, "")).duration_s


async def size(house: House, part: Part) -> tuple[int, int]:
    with Image.open(io.BytesIO(await house.media.read(part.media))) as found:
        return found.size


# --- before it is paid --------------------


async def test_a_clip_is_cut_to_what_its_way_of_facing_allows_and_priced_so(
    house: House, ann: Access, clock: FakeClock
) -> None:
    face = await kept(house, picture(400, 400), "image")
    clip = await kept(house, film(12), "video", **LINK)
    free = await placed(house, ann, MOTION, face, clip)
    assert free.inputs[1] == replace(clip, role="motion") and free.inputs[1].link == LINK["link"]
    assert (free.options["seconds"], free.quote) == ("12", 12 * 70_000)

    job = await placed(house, ann, MOTION, face, clip, facing="image")
    made = job.inputs[1]
    assert (job.options["seconds"], job.quote) == ("10", 10 * 70_000)
    assert 9.5 < await duration(house, made) <= 10
    assert (made.changed, made.link, made.link_until_ms, made.role) == (("trimmed 10",), "", 0, "motion")
    assert made.media != clip.media and made.size < clip.size
    assert await house.left(ann.account_id) == DAILY - free.quote - job.quote
    await house.orders.cancel(ann, job.id)
    async with house.store.read() as tx:
        assert made.media in await tx.media.expired(clock.now_ms() + DAY_MS + 1, 20)


async def test_a_clip_that_is_too_short_is_refused_and_nothing_is_held(house: House, ann: Access) -> None:
    face, clip = await kept(house, picture(400, 400), "image"), await kept(house, film(1.5), "video")
    with pytest.raises(UnfitFile) as caught:
        await placed(house, ann, MOTION, face, clip)
    assert caught.value.params == {"kind": "video", "why": "short", "found": 1.5, "limit": 3}
    await house.balanced(ann.account_id, HOUSE)
    assert await house.orders.mine(ann) == []


async def test_another_container_is_converted(house: House, ann: Access) -> None:
    webm = Camera(form="webm", codec="libvpx", sound="")
    face, clip = await kept(house, picture(400, 400), "image"), await kept(house, film(4, webm), "video")
    job = await placed(house, ann, MOTION, face, clip)
    assert clip.mime == "video/webm"
    assert (job.inputs[1].mime, job.inputs[1].changed) == ("video/mp4", ("converted",))
    assert job.options["seconds"] == "4"


async def test_a_large_picture_is_made_smaller(house: House, ann: Access) -> None:
    job = await placed(house, ann, SEEDANCE, await kept(house, picture(6400, 2800), "image", **LINK), ratio="16:9")
    (made,) = job.inputs
    assert await size(house, made) == (6000, 2625)
    assert (made.changed, made.link) == (("scaled",), "")


async def test_films_share_what_there_is_of_seconds(house: House, ann: Access) -> None:
    one, two, three = [replace(await kept(house, film(seconds), "video"), role="reference") for seconds in (9, 10, 3)]
    job = await placed(house, ann, SEEDANCE, one, two, mode="omni")
    assert [part.changed for part in job.inputs] == [(), ("trimmed 6",)]
    assert sum([await duration(house, part) for part in job.inputs]) <= 15
    with pytest.raises(UnfitFile) as caught:
        await placed(house, ann, SEEDANCE, one, two, three, mode="omni")
    assert caught.value.params["why"] == "total"


async def test_sounds_have_limits_of_their_own(house: House, ann: Access) -> None:
    film_part = replace(await kept(house, film(12), "video"), role="reference")
    sound = replace(await kept(house, recording("ogg", "libopus", 20), "audio"), role="reference")
    job = await placed(house, ann, SEEDANCE, film_part, sound, mode="omni")
    assert job.inputs[0].changed == ()
    assert (job.inputs[1].mime, job.inputs[1].changed) == ("audio/mpeg", ("trimmed 15", "converted"))


async def test_a_swept_file_is_asked_for_again(house: House, ann: Access) -> None:
    part = Part("image", media="0" * 64, mime="image/png", size=10)
    with pytest.raises(NeedsInput):
        await placed(house, ann, SEEDANCE, part, ratio="16:9")


async def test_an_input_film_is_dearer(house: House, ann: Access) -> None:
    plain = await placed(house, ann, SEEDANCE)
    dearer = await placed(house, ann, SEEDANCE, await kept(house, film(4), "video"), mode="edit")
    assert (plain.quote, dearer.quote) == (5 * 140_000, 4 * 182_000), "of the length of the film that is changed"


# --- shapes --------------------


@pytest.mark.parametrize(
    ("asked", "chosen", "pixels", "changed"),
    [
        ({}, "16:9", (1280, 720), ("shaped 16:9", "cropped")),
        ({"ratio": "9:16"}, "9:16", (720, 1280), ("cropped",)),
    ],
)
async def test_a_picture_gets_the_very_size_of_the_film(
    house: House, ann: Access, asked: dict[str, str], chosen: str, pixels: tuple[int, int], changed: tuple[str, ...]
) -> None:
    job = await placed(house, ann, SORA, await kept(house, picture(800, 600), "image"), **asked)
    assert (job.options["ratio"], await size(house, job.inputs[0])) == (chosen, pixels)
    assert job.inputs[0].changed == changed


async def test_a_picture_of_the_right_size_is_left_alone(house: House, ann: Access) -> None:
    part = await kept(house, picture(720, 1280, "PNG"), "image", **LINK)
    job = await placed(house, ann, SORA, part)
    assert job.inputs == (replace(part, role="first_frame"),) and job.inputs[0].changed == ()
    assert "ratio" not in job.options


async def test_a_film_has_the_shape_of_its_picture(house: House, ann: Access) -> None:
    tall = await kept(house, picture(450, 800), "image", **LINK)
    job = await placed(house, ann, KLING, tall)
    assert (job.options["ratio"], job.inputs[0].changed) == ("9:16", ("shaped 9:16",))
    assert (job.inputs[0].media, job.inputs[0].link) == (tall.media, LINK["link"])  # the same bytes
    assert (await placed(house, ann, KLING, tall, ratio="1:1")).options["ratio"] == "1:1"
    wide = await placed(house, ann, KLING, await kept(house, picture(800, 450), "image"))
    assert "ratio" not in wide.options and wide.inputs[0].changed == ()


# --- when it is known only then --------------------


async def test_the_result_of_another_job_is_fitted_when_it_is_there(house: House, ann: Access) -> None:
    source = await house.place(ann)
    face = await kept(house, picture(400, 400), "image")
    clip = Part("video", media=f"job:{source.id}", role="motion")
    job = await placed(house, ann, MOTION, face, clip, facing="image")
    key, length = await house.media.put(film(12), 10**8)
    result = Artifact("video", media=key, mime="video/mp4", size=length, duration_s=12)
    source = await house.put(await house.job(source.id), state=JobState.SENDING)
    await house.put(source, state=JobState.READY, results=(result,), told=True, due_ms=10**15)

    house.gateway.submits.append(NotTaken("no line"))
    await house.worker._sending.step()
    assert 9.5 < await duration(house, last(house).inputs[1]) <= 10
    waiting = await house.settled(job, JobState.QUEUED)
    await house.put(waiting, due_ms=0)
    await house.worker._sending.step()
    sent = await house.settled(job, JobState.WAITING)
    assert [part.changed for part in sent.inputs] == [(), ("trimmed 10",)], "told below the bar, once"
    assert len(house.gateway.submitted) == 2
    assert 9.5 < await duration(house, last(house).inputs[1]) <= 10


async def test_a_result_that_does_not_fit_costs_nothing(house: House, ann: Access) -> None:
    source = await house.place(ann)
    before = await house.left(ann.account_id)
    face = await kept(house, picture(400, 400), "image")
    job = await placed(house, ann, MOTION, face, Part("video", media=f"job:{source.id}", role="motion"))
    key, length = await house.media.put(film(1), 10**8)
    result = Artifact("video", media=key, mime="video/mp4", size=length)
    source = await house.put(await house.job(source.id), state=JobState.SENDING)
    await house.put(source, state=JobState.READY, results=(result,), told=True, due_ms=10**15)
    await house.worker._sending.step()
    failed = await house.settled(job, JobState.FAILED)
    assert (failed.error_key, failed.error_params["why"]) == (UnfitFile.key, "short")
    assert await house.left(ann.account_id) == before and house.gateway.submitted == []


# --- the rows --------------------


def test_the_more_special_limit_lies_over_the_others() -> None:
    spec = replace(
        VIDEO_ROWS[0],
        limits={
            "video": InputLimits("video", max_s=30, max_bytes=9),
            "motion": InputLimits("video", min_s=3),
            "motion facing image": InputLimits("video", max_s=10),
            "image": InputLimits("image", max_side=100),
            "reference": InputLimits("image", max_side=50),
        },
    )
    clip, sound = Part("video", role="motion"), Part("audio", role="voice")
    assert limits_for(spec, clip, {"facing": "image"}) == InputLimits("video", max_s=10, min_s=3, max_bytes=9)
    assert limits_for(spec, clip, {}) == InputLimits("video", max_s=30, min_s=3, max_bytes=9)
    assert limits_for(spec, Part("video", role="reference"), {}) == spec.limits["video"]
    assert limits_for(spec, Part("image", role="reference"), {}) == spec.limits["reference"]
    assert limits_for(spec, Part("image", role="first_frame"), {}) == spec.limits["image"]
    assert limits_for(spec, sound, {}) is None


ROLES = {
    "image": {"image", "frames", "references", "omni", "motion", "avatar", "shots", "edit", "extend"},
    "first_frame": {"image", "frames", "motion", "avatar", "shots"},
    "last_frame": {"frames"},
    "reference": {"references", "omni", "edit", "extend", "shots"},
    "video": {"edit", "extend", "omni", "motion", "lip_sync"},
    "motion": {"motion"},
    "audio": {"omni", "avatar", "lip_sync"},
    "voice": {"avatar", "lip_sync"},
}
SNIFFED = {
    found.mime
    for head in (
        b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF0000WEBP", b"GIF89a", b"0000ftypisom", b"0000ftypqt  ", b"RIFF0000WAVE",
        b"ID3", b"0000ftypM4A ", b"\xff\xf1",
    )
    if (found := sniff(head))
}  # fmt: skip


@pytest.mark.parametrize("spec", VIDEO_ROWS, ids=lambda spec: spec.name)
def test_the_limits_of_a_row_are_of_files_it_takes(spec: ModelSpec) -> None:
    for key, limits in spec.limits.items():
        role, *option = key.split(" ")
        assert limits.kind in spec.inputs or spec.family == "runway", key
        assert ROLES[role] & modes_of(spec) or spec.family == "runway", key
        if option:
            name, word = option
            assert word in spec.options[name].values, key
        assert set(limits.mimes) <= SNIFFED, key
        for least, most in ((limits.min_s, limits.max_s), (limits.min_side, limits.max_side)):
            assert not most or least < most, key
        if limits.width:
            assert spec.extra["sizes"][option[1]] == f"{limits.width}x{limits.height}"


def test_every_row_whose_length_a_file_decides_says_how_long_it_may_be() -> None:
    for spec in VIDEO_ROWS:
        seconds, modes = spec.options.get("seconds"), modes_of(spec)
        for mode, kind, role in (
            ("motion", "video", "motion"),
            ("avatar", "audio", "voice"),
            ("lip_sync", "audio", "voice"),
        ):
            if seconds is None or not seconds.most or mode not in modes:
                continue
            limits = limits_for(spec, Part(kind, role=role), {})  # type: ignore[arg-type] # a kind
            assert limits is not None, spec.name
            assert (limits.min_s, limits.max_s) == (float(seconds.least), float(seconds.most)), spec.name
