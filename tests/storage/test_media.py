"""Files are stored once under the hash of their bytes, cut off at their limit, and never under a name from outside."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from core.errors import FileTooLarge
from storage.media import BadMedia, ObjectMedia, open_media
from tests.storage.s3_standin import Bucket, s3_standin

LONG = 3 * 1024 * 1024 + 17


@pytest.fixture
async def bucket(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bucket]:
    """An object store, where the usual variables point to it."""
    async with s3_standin() as (address, bucket):
        variables = {
            "ENDPOINT_URL": address,
            "ALLOW_HTTP": "true",
            "ACCESS_KEY_ID": "key",
            "SECRET_ACCESS_KEY": "secret",
            "REGION": "us-east-1",
        }
        for name, value in variables.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        yield bucket


@pytest.fixture(params=["disk", "s3"])
def media(request: pytest.FixtureRequest, tmp_path: Path, bucket: Bucket) -> ObjectMedia:
    return open_media(str(tmp_path / "media") if request.param == "disk" else "s3://bucket/some/prefix")


async def chunks(data: bytes, size: int = 100_000) -> AsyncGenerator[bytes, None]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def key_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("length", [0, 1, 99_999, 1_048_576, 1_048_577, LONG])
@pytest.mark.parametrize("streamed", [False, True])
async def test_a_file_is_found_under_its_hash(media: ObjectMedia, length: int, streamed: bool) -> None:
    data = os.urandom(length)
    for _ in range(2):
        assert await media.put(chunks(data) if streamed else data, LONG) == (key_of(data), length)
    key = key_of(data)
    assert await media.read(key) == data
    assert b"".join([chunk async for chunk in media.stream(key)]) == data
    async with media.as_file(key) as path:
        assert path.read_bytes() == data
    await media.delete(["0" * 64, key, key])
    with pytest.raises(KeyError):
        await media.read(key)


@pytest.mark.parametrize("length", [2_001, 2_000_000, LONG])
@pytest.mark.parametrize("streamed", [False, True])
async def test_a_longer_file_is_refused_and_nothing_of_it_kept(tmp_path: Path, length: int, streamed: bool) -> None:
    media = open_media(str(tmp_path))
    data = os.urandom(length)
    source = chunks(data)
    with pytest.raises(FileTooLarge) as error:
        await media.put(source if streamed else data, length - 1)
    await source.aclose()
    assert set(error.value.params) == {"size", "limit"}
    assert files(tmp_path) == []


async def test_a_source_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield os.urandom(1_000_000)
        raise ConnectionResetError

    media = open_media(str(tmp_path))
    with pytest.raises(ConnectionResetError):
        await media.put(broken(), 10**9)
    assert files(tmp_path) == []


async def test_an_endless_source_is_not_read_to_its_end(tmp_path: Path) -> None:
    taken = 0

    async def endless() -> AsyncGenerator[bytes, None]:
        nonlocal taken
        while True:
            taken += 1
            yield bytes(1_000_000)

    async with aclosing(endless()) as source:
        with pytest.raises(FileTooLarge):
            await open_media(str(tmp_path)).put(source, 5_000_000)
    assert taken == 6


async def test_a_file_is_stored_once_in_a_folder_of_its_first_letters(tmp_path: Path) -> None:
    media = open_media(f"file://{tmp_path}")
    await asyncio.gather(
        *(media.put(b"same", 100) for _ in range(5)), *(media.put(chunks(bytes(LONG)), LONG) for _ in range(3))
    )
    assert files(tmp_path) == sorted(f"{key_of(data)[:2]}/{key_of(data)}" for data in (b"same", bytes(LONG)))
    async with media.as_file(key_of(b"same")) as path:
        assert path == tmp_path / key_of(b"same")[:2] / key_of(b"same")


@pytest.mark.parametrize("key", ["", "..", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n", f"/{'a' * 63}"])
async def test_what_is_no_key_is_no_file(media: ObjectMedia, key: str) -> None:
    with pytest.raises(KeyError):
        await media.read(key)
    with pytest.raises(KeyError):
        async with media.as_file(key):
            pass
    with pytest.raises(KeyError):
        await media.delete([key])


async def test_a_missing_file_is_a_key_error(media: ObjectMedia) -> None:
    with pytest.raises(KeyError):
        async with media.as_file("a" * 64):
            pass
    with pytest.raises(KeyError):
        await anext(media.stream("a" * 64))


async def test_a_long_file_leaves_no_other_in_the_bucket(bucket: Bucket) -> None:
    media = open_media("s3://bucket/some/prefix")
    data = os.urandom(12_000_000)
    key, _ = await media.put(chunks(data), len(data))
    assert bucket.objects == {f"some/prefix/{key[:2]}/{key}": data}
    with pytest.raises(FileTooLarge):
        async with aclosing(chunks(data)) as source:
            await media.put(source, len(data) - 1)
    assert list(bucket.objects) == [f"some/prefix/{key[:2]}/{key}"]


async def test_a_copy_for_libraries_goes_away(bucket: Bucket) -> None:
    media = open_media("s3://bucket")
    key, _ = await media.put(b"data", 100)
    async with media.as_file(key) as path:
        assert path.read_bytes() == b"data"
    assert not path.parent.exists()


def test_what_a_crash_left_is_swept_at_the_start(tmp_path: Path) -> None:
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    for name, age_s in (("old", 90_000), ("new", 60)):
        (incoming / name).write_bytes(b"half")
        os.utime(incoming / name, (time.time() - age_s,) * 2)
    open_media(str(tmp_path))
    assert files(tmp_path) == ["incoming/new"]


@pytest.mark.parametrize("url", ["ftp://host/x", "/dev/null/media"])
def test_a_store_that_cannot_be_used_is_one_line(url: str) -> None:
    with pytest.raises(BadMedia) as error:
        open_media(url)
    assert "\n" not in str(error.value)
