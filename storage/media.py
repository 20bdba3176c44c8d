"""Content-addressed files on a disk or in an object store, by obstore (core.ports.Media). A key is the SHA-256 (hex) of the
bytes, so a file is stored once and its name can be trusted with nothing but hex digits.

A stream has no name before its end, so it lies under a temporary one until then; what a crash leaves there is removed at the
next start. In an object store that is the work of a lifecycle rule of the bucket.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

from core.errors import FileTooLarge

HEAD_BYTES = 1024 * 1024
"""What is longer is written down while it comes."""

THREAD_BYTES = 256 * 1024
"""More than this is hashed in a thread."""

READ_BYTES = 256 * 1024
INCOMING = "incoming"
STALE_S = 24 * 3600.0

_KEY = re.compile(r"[0-9a-f]{64}\Z")


class BadMedia(Exception):
    """The media store cannot be used; the message says why in one line."""


def open_media(url: str) -> ObjectMedia:
    """A folder (`data/media`, `file:///var/media`), or `s3://bucket/prefix` with the AWS_* variables. Raises BadMedia."""
    scheme, separator, rest = url.partition("://")
    try:
        if separator and scheme != "file":
            return ObjectMedia(from_url(url))
        folder = Path(rest if separator else url).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder / INCOMING)
        return ObjectMedia(LocalStore(folder), folder)
    except (obstore.exceptions.BaseError, ValueError, OSError) as error:
        raise BadMedia(f"cannot use the media store {scheme}: {str(error).splitlines()[0]}") from error


def _sweep(incoming: Path) -> None:
    for left in incoming.glob("*"):
        if left.is_file() and left.stat().st_mtime < time.time() - STALE_S:
            left.unlink(missing_ok=True)


def _path(key: str) -> str:
    """In 256 folders. Raises KeyError for what is no key, so that no name from outside becomes a path."""
    if not _KEY.match(key):
        raise KeyError(key)
    return f"{key[:2]}/{key}"


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.3g} MB"


class _Measured:
    """Bytes on their way: counted, hashed and cut off."""

    def __init__(self, max_bytes: int) -> None:
        self.size = 0
        self._max_bytes = max_bytes
        self._hash = hashlib.sha256()

    @property
    def key(self) -> str:
        return self._hash.hexdigest()

    async def take(self, chunk: bytes) -> None:
        """Raises FileTooLarge."""
        self.size += len(chunk)
        if self.size > self._max_bytes:
            raise FileTooLarge(
                f"more than {self._max_bytes} bytes", size=_megabytes(self.size), limit=_megabytes(self._max_bytes)
            )
        if len(chunk) > THREAD_BYTES:
            await asyncio.to_thread(self._hash.update, chunk)
        else:
            self._hash.update(chunk)


class ObjectMedia:
    """`folder`: where the files are on this machine's disk, if they are."""

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder

    # --- writing --------------------

    async def put(self, chunks: AsyncIterator[bytes] | bytes, max_bytes: int) -> tuple[str, int]:
        measured = _Measured(max_bytes)
        if isinstance(chunks, bytes):
            await measured.take(chunks)
            return await self._keep(measured, chunks)
        head = bytearray()
        async for chunk in chunks:
            await measured.take(chunk)
            head += chunk
            if len(head) > HEAD_BYTES:
                return await self._put_long(measured, bytes(head), chunks)
        return await self._keep(measured, bytes(head))

    async def _keep(self, measured: _Measured, data: bytes) -> tuple[str, int]:
        path = _path(measured.key)
        if not await self._has(path):
            await obstore.put_async(self._store, path, data)
        return measured.key, measured.size

    async def _has(self, path: str) -> bool:
        try:
            await obstore.head_async(self._store, path)
        except FileNotFoundError:
            return False
        return True

    async def _put_long(self, measured: _Measured, head: bytes, rest: AsyncIterator[bytes]) -> tuple[str, int]:
        async def all_of_it() -> AsyncIterator[bytes]:
            yield head
            async for chunk in rest:
                await measured.take(chunk)
                yield chunk

        temporary = f"{INCOMING}/{uuid4().hex}"
        await obstore.put_async(self._store, temporary, all_of_it())  # an error in the stream leaves nothing behind
        await obstore.rename_async(self._store, temporary, _path(measured.key))
        return measured.key, measured.size

    async def delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            try:
                await obstore.delete_async(self._store, _path(key))
            except FileNotFoundError:
                continue

    # --- reading --------------------

    async def read(self, key: str) -> bytes:
        result = await self._get(key)
        return bytes(await result.bytes_async())

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """Raises KeyError when it is gone."""
        result = await self._get(key)
        async for chunk in result.stream(min_chunk_size=READ_BYTES):
            yield bytes(chunk)

    async def _get(self, key: str) -> obstore.GetResult:
        try:
            return await obstore.get_async(self._store, _path(key))
        except FileNotFoundError:
            raise KeyError(key) from None

    @asynccontextmanager
    async def as_file(self, key: str) -> AsyncIterator[Path]:
        """On a disk the file itself, which must not be changed; else a copy that goes away. Raises KeyError."""
        if self._folder is not None:
            path = self._folder / _path(key)
            if not await asyncio.to_thread(path.is_file):
                raise KeyError(key)
            yield path
            return
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="starlight-"))
        try:
            path = folder / key
            await asyncio.to_thread(path.touch)
            async for chunk in self.stream(key):
                await asyncio.to_thread(_append, path, chunk)
            yield path
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _append(path: Path, chunk: bytes) -> None:
    with path.open("ab") as file:
        file.write(chunk)
