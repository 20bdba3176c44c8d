"""The text of one document, in a process of its own: `documents.py` starts this file with the document as standard input and
the folder of pypdf as its argument, and reads one JSON object from standard output.

Everything in here is fed hostile bytes. It may use so much memory and time and not more, writes no file, has no secrets in
its environment, and is killed when it takes too long. Imports nothing of ours.
"""

from __future__ import annotations

import contextlib
import io
import json
import signal
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO
from xml.parsers import expat

MEMORY_BYTES = 768 * 1024 * 1024
CPU_S = 20
PAGES_MAX = 2_000
UNPACKED_BYTES = 64 * 1024 * 1024
"""Of all that is looked into in one office file."""
CHUNK_BYTES = 64 * 1024
ENTRIES_MAX = 10_000
ROWS_MAX = 50_000


class Locked(Exception):
    """A password is needed."""


class TimeUp(BaseException):
    """What was found so far is the text. Not to be caught by a reader that goes on after errors."""


class Pages:
    """What was found, bounded. `cut`: there was more, or a page could not be read."""

    def __init__(self, most_chars: int) -> None:
        self.texts: list[str] = []
        self.count = 0
        self.cut = False
        self._room = most_chars

    @property
    def full(self) -> bool:
        """Asked before each page; True ends the reading."""
        if self._room <= 0 or self.count >= PAGES_MAX:
            self.cut = True
            return True
        return False

    def add(self, text: str) -> None:
        self.count += 1
        text = text.strip()
        self.cut = self.cut or len(text) > self._room
        self.texts.append(text[: self._room])
        self._room -= len(text) + 2

    def said(self) -> dict[str, Any]:
        text = "\n\n".join(page for page in self.texts if page)
        return {"text": text, "pages": self.count, "cut": self.cut} if text else {"why": "empty"}


def bound(stop_s: float) -> None:
    """Not every system has all of these limits."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _time_up)
        signal.setitimer(signal.ITIMER_REAL, stop_s)
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def _time_up(*_: object) -> None:
    raise TimeUp


# --- PDF --------------------


def read_pdf(data: bytes, pages: Pages) -> None:
    from pypdf import PdfReader  # noqa: PLC0415 - only in this process, and only for a PDF

    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Locked
    broken, total = 0, len(reader.pages)
    for number in range(total):
        if pages.full:
            break
        try:
            pages.add(reader.pages[number].extract_text())
        except Exception:
            broken += 1  # the other pages may be good
    pages.cut = pages.cut or broken > 0
    if broken and not pages.count:
        raise ValueError(f"{broken} pages, none can be read")


# --- office files: XML in a ZIP --------------------


class Words:
    """The text of one XML file, by the local names of its elements, whatever their namespace: the same ones hold the text
    in .docx (w:p, w:t), .pptx (a:p, a:t), and the strings of .xlsx (si, t)."""

    def __init__(self, enough: Callable[[int], bool]) -> None:
        self.paragraphs: list[str] = []
        self._enough = enough
        self._words: list[str] = []
        self._inside = 0
        self._length = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match local(name):
            case "t":
                self._inside += 1
            case "tab":
                self._words.append("\t")
            case "br" | "cr":
                self._words.append("\n")

    def end(self, name: str) -> None:
        match local(name):
            case "t":
                self._inside -= 1
            case "tc":
                self._words.append("\t")
            case "p" | "si":
                self.paragraphs.append("".join(self._words).strip("\n"))
                self._words.clear()

    def characters(self, text: str) -> None:
        if self._inside > 0:
            self._words.append(text)
            self._length += len(text)
            if self._enough(self._length):
                raise Enough


class Enough(Exception):
    """No more of this file is wanted."""


class Cells:
    """One sheet of .xlsx: rows of cells, those of kind "s" being numbers of shared strings."""

    def __init__(self, strings: list[str], enough: Callable[[int], bool]) -> None:
        self.rows: list[str] = []
        self._strings = strings
        self._enough = enough
        self._row: list[str] = []
        self._value: list[str] = []
        self._kind = ""
        self._inside = False
        self._length = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match local(name):
            case "c":
                self._kind = attributes.get("t", "")
                self._value.clear()
            case "v" | "t":
                self._inside = True

    def end(self, name: str) -> None:
        match local(name):
            case "v" | "t":
                self._inside = False
            case "c":
                self._row.append(self._shown())
            case "row":
                line = "\t".join(self._row).rstrip()
                self._row.clear()
                self.rows.append(line)
                self._length += len(line)
                if len(self.rows) >= ROWS_MAX or self._enough(self._length):
                    raise Enough

    def characters(self, text: str) -> None:
        if self._inside:
            self._value.append(text)

    def _shown(self) -> str:
        value = "".join(self._value)
        if self._kind != "s":
            return value
        number = int(value) if value.isdecimal() and len(value) < 10 else -1
        return self._strings[number] if 0 <= number < len(self._strings) else ""


def local(name: str) -> str:
    return name.rpartition(":")[2]


class Archive:
    """The files of a ZIP, read as far as they may be unpacked."""

    def __init__(self, data: bytes) -> None:
        self._zip = zipfile.ZipFile(io.BytesIO(data))
        self.names = [entry.filename for entry in self._zip.infolist()[:ENTRIES_MAX]]
        self._room = UNPACKED_BYTES

    def parse(self, name: str, into: Words | Cells) -> bool:
        """True: to its end. Raises ValueError for a document that defines entities or unpacks to too much."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _no_doctype
        parser.StartElementHandler = into.start
        parser.EndElementHandler = into.end
        parser.CharacterDataHandler = into.characters
        try:
            with self._zip.open(name) as file:
                for chunk in self._chunks(file):
                    parser.Parse(chunk, False)
                parser.Parse(b"", True)
        except Enough:
            return False
        return True

    def _chunks(self, file: Any) -> Iterator[bytes]:
        while chunk := file.read(CHUNK_BYTES):
            self._room -= len(chunk)
            if self._room < 0:
                raise ValueError("unpacks to too much")
            yield chunk

    def numbered(self, start: str) -> list[str]:
        """`ppt/slides/slide1.xml`, 2, 3 ... in the order of their numbers."""
        found = []
        for name in self.names:
            number = name.removeprefix(start).removesuffix(".xml")
            if name == f"{start}{number}.xml" and number.isdecimal() and len(number) < 6:
                found.append((int(number), name))
        return [name for _, name in sorted(found)]


def _no_doctype(*_: object) -> None:
    raise ValueError("a document type in an office file")


def read_office(data: bytes, pages: Pages, most_chars: int) -> bool:
    """False: a ZIP, but none of the office files that are read here."""
    archive = Archive(data)
    if "word/document.xml" in archive.names:
        _paragraphs(archive, ["word/document.xml"], pages, most_chars)
    elif slides := archive.numbered("ppt/slides/slide"):
        _paragraphs(archive, slides, pages, most_chars)
    elif sheets := archive.numbered("xl/worksheets/sheet"):
        _sheets(archive, sheets, pages, most_chars)
    else:
        return False
    return True


def _paragraphs(archive: Archive, names: Iterable[str], pages: Pages, most_chars: int) -> None:
    for name in names:
        if pages.full:
            break
        words = Words(lambda length: length > most_chars)
        whole = archive.parse(name, words)
        pages.add("\n".join(words.paragraphs))
        pages.cut = pages.cut or not whole


def _sheets(archive: Archive, names: Iterable[str], pages: Pages, most_chars: int) -> None:
    strings = Words(lambda length: length > 10 * most_chars)
    if "xl/sharedStrings.xml" in archive.names:
        archive.parse("xl/sharedStrings.xml", strings)
    for name in names:
        if pages.full:
            break
        cells = Cells(strings.paragraphs, lambda length: length > most_chars)
        whole = archive.parse(name, cells)
        pages.add("\n".join(cells.rows))
        pages.cut = pages.cut or not whole


# --- the process --------------------


def read(data: bytes, most_chars: int) -> dict[str, Any]:
    """{"text", "pages", "cut"}, or {"why"}: "locked", "broken", "slow", "empty" or "kind"."""
    pages = Pages(most_chars)
    try:
        if not data.startswith(b"PK\x03\x04"):
            read_pdf(data, pages)
        elif not read_office(data, pages, most_chars):
            return {"why": "kind"}
    except Locked:
        return {"why": "locked"}
    except (MemoryError, TimeUp) as error:
        pages.cut = True
        return pages.said() if pages.count else {"why": "slow" if isinstance(error, TimeUp) else "broken"}
    except Exception as error:  # readers raise all sorts of things about hostile files, and all mean the same
        locked = type(error).__name__ == "DependencyError" or "password" in str(error).lower()
        return {"why": "locked" if locked else "broken"}
    return pages.said()


def main(folder: str, most_chars: int, stop_s: float, source: BinaryIO, target: BinaryIO) -> None:
    bound(stop_s)
    sys.path.append(folder)
    target.write(json.dumps(read(source.read(), most_chars)).encode())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.stdin.buffer, sys.stdout.buffer)
