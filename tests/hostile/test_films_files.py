"""Films and sounds that are none, that lie about their length, or that are more of a film than anybody wants."""

from __future__ import annotations

import asyncio
import struct
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest

from core.errors import BadFile, BotError, FilesBusy
from core.films import measured
from core.fitting import InputLimits
from core.preparing import OF_ONE_MOST, PEOPLE_MOST, Preparing
from core.renditions import FileRenditions
from storage.media import ObjectMedia, open_media
from tests.core.footage import RED, WHITE, Camera, Shot, recording

TAKEN = InputLimits("video", ("video/mp4",), max_bytes=2_000_000, min_s=1, max_s=10, max_side=720)
HEARD = InputLimits("audio", ("audio/mpeg", "audio/wav"), max_bytes=2_000_000, min_s=1, max_s=10)


def film(seconds: float = 1.0, **camera: object) -> bytes:
    return Camera(**camera).film(Shot(RED, seconds))  # type: ignore[arg-type]


def told_frames(data: bytes, frames: int) -> bytes:
    """An MP3 whose first frame says that it has so many."""
    changed = bytearray(data)
    at = next(at for name in (b"Xing", b"Info") if (at := data.find(name)) >= 0)
    changed[at + 8 : at + 12] = struct.pack(">I", frames)
    return bytes(changed)


def box(name: bytes, data: bytes, size: int | None = None) -> bytes:
    return struct.pack(">I", len(data) + 8 if size is None else size) + name + data


HEAD = box(b"ftyp", b"isom\0\0\2\0isomiso2mp41")
HOSTILE = {
    "no index": HEAD + box(b"mdat", b"\0" * 5_000),
    "an index that says it is huge": HEAD + box(b"moov", b"\0" * 100, 0x7FFFFFFF),
    "an index of itself": HEAD + box(b"moov", box(b"moov", b"") * 2_000),
    "deep": HEAD + b"".join(struct.pack(">I", 80_000 - at * 8) + b"moov" for at in range(9_999)),
    "half a film": film(2)[:3_000],
    "a page behind a head": HEAD + b"<!DOCTYPE html><script>alert(1)</script>" * 50,
    "a playlist": b"#EXTM3U\nfile:///etc/passwd\n",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "a list of films": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "a zip behind a film": film() + b"PK\x03\x04" + b"\0" * 500,
    "nothing": b"",
    "one byte": b"\0",
    "sound that ends at once": recording("mp3", "libmp3lame", 1)[:200],
    "one frame": Camera(fps=1).film(Shot(RED, 1)),
    "many frames a second": Camera(size=(32, 32), fps=960, sound="").film(Shot(RED, 1)),
    "long and thin": Camera(size=(4096, 16), sound="").film(Shot(RED, 1)),
    "silent for ten hours": told_frames(recording("mp3", "libmp3lame", 2), 36_000 * 42),
}


@pytest.fixture
def media(tmp_path: Path) -> ObjectMedia:
    return open_media(str(tmp_path / "media"))


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_no_film(media: ObjectMedia, name: str) -> None:
    """Looked into and made to fit: refused with a sentence, or a file that fits comes out; soon, and the loop goes on."""
    eyes = FileRenditions(media)
    key, _ = await media.put(HOSTILE[name], 10_000_000)
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - began)

    watching = asyncio.create_task(watch())
    began = time.monotonic()
    try:
        with suppress(BotError):
            found = await eyes.inspect(key, name)
            limits = HEARD if found.kind == "audio" else TAKEN
            made = (await eyes.fit(key, limits)).artifact
            assert made.size <= 2_000_000 and made.duration_s <= 10.1
    finally:
        watching.cancel()
    assert time.monotonic() - began < 30
    assert longest < 1.0


# --- lengths are prices --------------------


def test_a_sound_is_as_long_as_it_is_heard(tmp_path: Path) -> None:
    """Its head says 2 s, and who plays it plays 20."""
    path = tmp_path / "lie.mp3"
    path.write_bytes(told_frames(recording("mp3", "libmp3lame", 20), 76))
    assert measured(path).duration_s == pytest.approx(20, abs=0.2)


def test_a_film_is_as_long_as_it_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "lie.webm"
    data = Camera(form="webm", codec="libvpx", sound="").film(Shot(RED, 2), Shot(WHITE, 10))
    at = data.find(b"\x44\x89")  # the element that tells the length
    assert at > 0
    path.write_bytes(data[: at + 3] + struct.pack(">d", 2_000.0) + data[at + 11 :])
    assert measured(path).duration_s == pytest.approx(12, abs=0.2)


def test_what_comes_before_the_damage_counts(tmp_path: Path) -> None:
    path = tmp_path / "damaged.mp3"
    data = told_frames(recording("mp3", "libmp3lame", 20), 76)
    path.write_bytes(data[: len(data) * 3 // 4] + b"\0" * 3_000)
    assert 14 < measured(path).duration_s < 16


# --- one encoder for everybody --------------------


async def test_files_of_one_person_never_stand_in_everybodys_way() -> None:
    preparing, order = Preparing(), []
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def prepare(person: str) -> None:
        async with preparing.turn(person):
            order.append(person)
            inside.set()
            await go_on.wait()

    tasks = [asyncio.create_task(prepare("ann")) for _ in range(OF_ONE_MOST)]
    await inside.wait()
    tasks.append(asyncio.create_task(prepare("bob")))
    while len(order) < 2:  # noqa: ASYNC110 # nothing tells
        await asyncio.sleep(0)
    assert order == ["ann", "bob"]
    with pytest.raises(FilesBusy) as busy:
        await prepare("ann")
    assert busy.value.params == {"whose": "own"}
    go_on.set()
    await asyncio.gather(*tasks)
    assert order == ["ann", "bob", *["ann"] * (OF_ONE_MOST - 1)]
    await prepare("ann")


async def test_too_many_people_are_told_so() -> None:
    preparing = Preparing()
    async with AsyncExitStack() as stack:
        for number in range(PEOPLE_MOST):
            await stack.enter_async_context(preparing.turn(str(number)))
        with pytest.raises(FilesBusy) as busy:
            async with preparing.turn("one more"):
                raise AssertionError
        assert busy.value.params == {"whose": "all"}
    async with preparing.turn("one more"):
        pass


async def test_what_was_given_up_leaves_the_line() -> None:
    preparing = Preparing()

    async def prepare() -> None:
        async with preparing.turn("ann"):
            await asyncio.Event().wait()

    tasks = [asyncio.create_task(prepare()) for _ in range(OF_ONE_MOST)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    with pytest.raises(BadFile):
        async with preparing.turn("ann"):
            raise BadFile(name="?", allowed="?")
    async with asyncio.timeout(5), preparing.turn("ann"):
        pass
