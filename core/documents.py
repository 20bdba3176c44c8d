"""The text of documents that people send: PDF and office files in a process of their own (`documents_worker.py`), plain text
here. The bytes decide what a file is, never its name.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import importlib.util
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.errors import UnreadableFile
from core.limits import LIMITS

WORKERS = 2
WORKER_S = 30.0
"""Then it is killed."""
STOP_SHARE = 0.4
"""Of that time: then it stops by itself, with what it has found."""
REPLY_BYTES = 8 * 1024 * 1024
TEXT_BYTES = 4 * LIMITS.document_chars
"""No encoding that is read here needs more for a character."""
HEAD_BYTES = 4096
CONTROL_SHARE = 0.01
"""A text has fewer control characters than this."""
COMMON_SHARE = 0.7
"""Of a Chinese text's characters so many are among the common ones of GB 2312."""

PDF = "application/pdf"
PLAIN = "text/plain"
OFFICE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
UNKNOWN = "application/octet-stream"
ZIP = b"PK\x03\x04"

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_WHITE = frozenset("\t\n\r\f\x0b\x08\x1b")
_NO_CONTROLS = {code: None for code in (*range(32), 127) if chr(code) not in "\t\n\r"}


@dataclass(frozen=True, slots=True)
class Extracted:
    """`pages`: of a PDF, slides or sheets, 0 for plain text. `cut`: there is more in the file than in `text`."""

    text: str
    pages: int = 0
    cut: bool = False


def sniff_file(path: Path, name: str = "") -> str:
    """Blocking, for threads."""
    with path.open("rb") as file:
        return sniff(file.read(HEAD_BYTES), name)


def sniff(head: bytes, name: str = "") -> str:
    """The MIME type of a document by its first bytes. Of the office files, which are all archives, by its name; whether
    that is true shows when it is read."""
    if head.startswith(ZIP):
        return OFFICE.get(Path(name).suffix.lower(), UNKNOWN)
    if _is_pdf(head):
        return PDF
    return PLAIN if _decoded(head[:HEAD_BYTES], whole=False) is not None else UNKNOWN


def _is_pdf(head: bytes) -> bool:
    """Some programs put a few bytes before the mark; a text may only speak of it."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-"):
        return True
    return b"%PDF-" in head[:1024] and _decoded(head[:HEAD_BYTES], whole=False) is None


class Documents:
    def __init__(self, worker_s: float = WORKER_S, folder: str = "") -> None:
        """`folder`: that pypdf lies in; "" = where this process would find it."""
        self._workers = asyncio.Semaphore(WORKERS)
        self._worker_s = worker_s
        self._folder = folder

    async def text_of(
        self, document: Path | bytes, name: str = "", most_chars: int = LIMITS.document_chars
    ) -> Extracted:
        """Raises UnreadableFile, which says why in its sentence."""
        with await asyncio.to_thread(lambda: _opened(document)) as file:
            head = await asyncio.to_thread(lambda: file.read(TEXT_BYTES + 1))
            if head.startswith(ZIP) or _is_pdf(head):
                await asyncio.to_thread(lambda: file.seek(0))
                return await self._apart(file, name, most_chars)
        text = await asyncio.to_thread(lambda: _decoded(head[:TEXT_BYTES], whole=len(head) <= TEXT_BYTES))
        if text is None:
            raise unreadable(name, "kind")
        if not text.strip():
            raise unreadable(name, "empty")
        return Extracted(_clean(text[:most_chars]), cut=len(head) > TEXT_BYTES or len(text) > most_chars)

    async def _apart(self, file: BinaryIO, name: str, most_chars: int) -> Extracted:
        async with self._workers:
            try:
                async with asyncio.timeout(self._worker_s):
                    reply = await _work(
                        file, self._folder or _folder_of_pypdf(), most_chars, STOP_SHARE * self._worker_s
                    )
            except TimeoutError:
                raise unreadable(name, "slow") from None
            except ValueError as error:  # it died: out of memory, out of time, or worse
                raise unreadable(name, "broken") from error
        why = reply.get("why")
        text, pages = reply.get("text"), reply.get("pages")
        if why is not None or not isinstance(text, str) or not isinstance(pages, int):
            raise unreadable(name, str(why) if why in {"locked", "slow", "empty", "kind"} else "broken")
        return Extracted(_clean(text[:most_chars]), pages, bool(reply.get("cut")))


def unreadable(name: str, why: str) -> UnreadableFile:
    return UnreadableFile(f"{why}: {name[:100]!r}", name=name[:100] or "?", why=why)


# --- the worker --------------------


async def _work(file: BinaryIO, folder: str, most_chars: int, stop_s: float) -> dict[str, object]:
    """One document in a new process, which is gone at the end, whatever happens. Raises ValueError for no JSON object."""
    script = Path(__file__).with_name("documents_worker.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-S",
        str(script),
        folder,
        str(most_chars),
        str(stop_s),
        stdin=file,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"SYSTEMROOT": os.environ["SYSTEMROOT"]} if "SYSTEMROOT" in os.environ else {},
        start_new_session=True,
    )
    try:
        reply = await _read(process.stdout)
        await process.wait()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await asyncio.shield(process.wait())
        raise
    found = json.loads(reply)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


async def _read(stream: asyncio.StreamReader | None) -> bytes:
    """To its end. Raises ValueError when it is longer than any answer."""
    reply = bytearray()
    while stream is not None and (chunk := await stream.read(64 * 1024)):
        reply += chunk
        if len(reply) > REPLY_BYTES:
            raise ValueError("an answer without end")
    return bytes(reply)


def _folder_of_pypdf() -> str:
    """Found, not imported: the worker starts without the folders of this process."""
    found = importlib.util.find_spec("pypdf")
    return str(Path(found.origin).parent.parent) if found and found.origin else ""


def _opened(document: Path | bytes) -> BinaryIO:
    """At its beginning; the caller closes it."""
    if isinstance(document, Path):
        return document.open("rb")
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - as above
    copy.write(document)
    copy.seek(0)
    return copy


# --- plain text --------------------


def _decoded(data: bytes, *, whole: bool) -> str | None:
    """None for what is no text. Not `whole`: the last character may be cut in two."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _plain(data[len(mark) :].decode(encoding, "ignore"))
    if b"\x00" in data:
        return None
    for encoding in ("utf-8", "gb18030"):
        text = _strictly(data, encoding, whole=whole)
        if text is not None and (encoding == "utf-8" or _is_chinese(text)):
            return _plain(text)
    return _plain(data.decode("cp1252", "replace"))


def _strictly(data: bytes, encoding: str, *, whole: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data, final=whole)
    except UnicodeDecodeError:
        return None


def _is_chinese(text: str) -> bool:
    """Almost any bytes are GB 18030; those of a Chinese text are mostly its common characters and marks."""
    strange = [mark for mark in text[:20_000] if mark > "\x7f"]
    common = sum(_is_common(mark) for mark in strange)
    return common >= COMMON_SHARE * len(strange)


def _is_common(mark: str) -> bool:
    try:
        code = mark.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return 0xA1 <= code[0] <= 0xD7


def _clean(text: str) -> str:
    """What every store and wire takes."""
    return text.replace("\r\n", "\n").translate(_NO_CONTROLS).encode("utf-8", "replace").decode()


def _plain(text: str) -> str | None:
    head = text[:20_000]
    odd = sum((mark < " " and mark not in _WHITE) or mark == "\ufffd" for mark in head)
    return text if odd <= CONTROL_SHARE * len(head) else None
