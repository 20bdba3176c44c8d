"""Documents give their text or one clear reason; hostile ones cost a bounded process and nothing else."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import documents, documents_worker
from core.documents import PDF, PLAIN, UNKNOWN, Documents, sniff
from core.errors import UnreadableFile
from tests.reading import samples

WORKER = Path(documents.__file__).with_name("documents_worker.py")
CHINESE = "星光机器人可以读文档。这是一段普通的中文，有标点、有数字 123，也有 English 单词。\n" * 5
GERMAN = "Größe, Straße, schöne Grüße aus Köln: naïve café façade, señor.\n" * 5


@pytest.fixture
def reader() -> Documents:
    return Documents()


async def why(reader: Documents, data: bytes, name: str = "a file") -> str:
    with pytest.raises(UnreadableFile) as caught:
        await reader.text_of(data, name)
    assert caught.value.params["name"] == name
    return str(caught.value.params["why"])


# --- what is read --------------------


async def test_a_pdf(reader: Documents, tmp_path: Path) -> None:
    path = tmp_path / "no-name"
    path.write_bytes(samples.pdf("The owl flies at night.", "And sleeps all day."))
    found = await reader.text_of(path, "owl.pdf")
    assert found == documents.Extracted("The owl flies at night.\n\nAnd sleeps all day.", pages=2)
    assert await reader.text_of(path.read_bytes(), "owl.txt") == found


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (samples.docx("Dear owl,", "come at night. &amp; bring mice"), "Dear owl,\ncome at night. & bring mice"),
        (
            samples.pptx(*(f"slide {number}" for number in range(1, 12))),
            "\n\n".join(f"slide {n}" for n in range(1, 12)),
        ),
        (samples.xlsx([["name", "mice"], ["Ann", 3], ["鸮", 12]]), "name\tmice\nAnn\t3\n鸮\t12"),
    ],
    ids=["docx", "pptx", "xlsx"],
)
async def test_office_files(reader: Documents, data: bytes, text: str) -> None:
    found = await reader.text_of(data, "whatever.zip")
    assert (found.text, found.cut) == (text, False)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gbk"]
)
async def test_chinese_text_in_its_encodings(reader: Documents, encoding: str) -> None:
    data = CHINESE.encode(encoding)
    if encoding in {"utf-16-le", "utf-16-be"}:
        data = "\ufeff".encode(encoding) + data
    assert (await reader.text_of(data, "a.md")).text == CHINESE
    assert sniff(data, "a.md") == PLAIN


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252"])
async def test_western_text_is_not_taken_for_chinese(reader: Documents, encoding: str) -> None:
    assert (await reader.text_of(GERMAN.encode(encoding), "a.txt")).text == GERMAN


async def test_only_what_every_store_takes_is_left(reader: Documents) -> None:
    data = f"{'owl ' * 100}\r\ntwo\x00\x01 \x1b[31mred\x7f".encode("utf-16")
    assert (await reader.text_of(data + b"\x00\xd8", "a.log")).text == f"{'owl ' * 100}\ntwo [31mred"


@pytest.mark.parametrize(
    ("data", "name", "mime"),
    [
        (samples.pdf("x"), "a.txt", PDF),
        (b"\n\n%PDF-1.7", "", PDF),
        (b"\x00\x01\x02" + samples.pdf("x"), "", PDF),
        (b"A file that begins with %PDF- is a PDF.", "", PLAIN),
        (samples.archive({"%PDF-": "x"}), "a.docx", documents.OFFICE[".docx"]),
        (samples.docx("x"), "Letter.DOCX", documents.OFFICE[".docx"]),
        (samples.docx("x"), "letter.png", UNKNOWN),
        (b'{"a": 1}', "a.json", PLAIN),
        ("星".encode() * 2000, "a.txt", PLAIN),  # the head ends within a character
        (b"\x7fELF\x02\x01\x01\x00", "a.txt", UNKNOWN),
        (bytes(range(256)) * 8, "a.py", UNKNOWN),
    ],
)
def test_the_type_is_that_of_the_bytes(data: bytes, name: str, mime: str) -> None:
    assert sniff(data[: documents.HEAD_BYTES], name) == mime


# --- bounds --------------------


async def test_what_is_too_long_is_cut_and_says_so(reader: Documents) -> None:
    whole = await reader.text_of(b"owl " * 25, "a.txt", most_chars=100)
    assert (len(whole.text), whole.cut) == (100, False)
    assert (await reader.text_of(b"owl " * 26, "a.txt", most_chars=100)).cut
    long = await reader.text_of(b"y" * (documents.TEXT_BYTES + 1), "a.txt")
    assert (len(long.text), long.cut) == (200_000, True)
    pages = await reader.text_of(samples.pdf(*["owls fly at night"] * 40), "a.pdf", most_chars=100)
    assert (len(pages.text) <= 100, pages.pages < 40, pages.cut) == (True, True, True)
    words = await reader.text_of(samples.docx(*["owl"] * 5000), "a.docx", most_chars=100)
    assert (len(words.text), words.cut) == (100, True)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"\x7fELF\x02\x01\x01" + bytes(100), "kind"),
        (samples.archive({"a.txt": "just a ZIP"}), "kind"),
        (samples.pdf(""), "empty"),
        (samples.locked_pdf("1234"), "locked"),
        (b"%PDF-1.7", "broken"),
        (samples.pdf("half of it")[:200], "broken"),
        (b"PK\x03\x04 and then nothing", "broken"),
        (samples.docx("x", head='<!DOCTYPE a [<!ENTITY b "bbbb">]>'), "broken"),
        (samples.archive({"word/document.xml": b"<a>" + bytes(100)}), "broken"),
    ],
    ids=[
        "nothing", "white", "program", "zip", "no text", "password", "head only", "half", "half zip", "entities", "no xml",
    ],
)  # fmt: skip
async def test_what_cannot_be_read_has_a_reason(reader: Documents, data: bytes, reason: str) -> None:
    assert await why(reader, data) == reason


async def test_a_pdf_without_a_user_password_is_open(reader: Documents) -> None:
    assert (await reader.text_of(samples.locked_pdf(""), "a.pdf")).text == "a secret"


def test_an_archive_that_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    letter = samples.docx("owl", head="<!-- -->" * 100_000)
    assert documents_worker.read(letter, 1000) == {"text": "owl", "pages": 1, "cut": False}
    monkeypatch.setattr(documents_worker, "UNPACKED_BYTES", 500_000)
    assert len(letter) < 5_000
    assert documents_worker.read(letter, 1000) == {"why": "broken"}


async def test_a_pdf_that_unpacks_to_too_much(reader: Documents) -> None:
    assert await why(reader, samples.inflating_pdf(100)) == "broken"


async def test_a_pdf_that_goes_in_circles(reader: Documents) -> None:
    assert await why(reader, samples.circular_pdf()) in {"broken", "empty"}


async def test_a_pdf_without_end_is_stopped_from_within() -> None:
    """It stops by itself, long before it is killed."""
    assert await why(Documents(worker_s=2.0), samples.endless_pdf(1)) == "slow"


async def test_a_worker_that_does_not_answer_is_killed() -> None:
    before = children()
    assert await why(Documents(worker_s=0.001), samples.pdf("x")) == "slow"
    assert children() == before


async def test_nobody_waits_for_it_any_more(reader: Documents) -> None:
    before = children()
    task = asyncio.create_task(reader.text_of(samples.endless_pdf(1), "a.pdf"))
    for _ in range(2000):
        if children() != before:
            break
        await asyncio.sleep(0.005)
    assert children() != before
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() == before


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


async def test_many_at_once_all_get_their_text(reader: Documents) -> None:
    found = await asyncio.gather(*(reader.text_of(samples.pdf(f"owl {number}"), "a.pdf") for number in range(6)))
    assert [each.text for each in found] == [f"owl {number}" for number in range(6)]


# --- the process --------------------


def test_the_worker_has_no_secrets_and_writes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The real worker, with a reader that tells what it finds around it."""
    spy = (
        "import os, resource\n"
        "class PdfReader:\n"
        "    is_encrypted = False\n"
        "    def __init__(self, file):\n"
        "        try:\n"
        f"            open({str(tmp_path / 'left')!r}, 'w').write('x' * 9999)\n"
        "            wrote = 'wrote'\n"
        "        except OSError:\n"
        "            wrote = 'nothing'\n"
        "        told = [wrote, *sorted(os.environ), resource.getrlimit(resource.RLIMIT_AS)[0] // 2**20]\n"
        "        self.pages = [type('Page', (), {'extract_text': lambda self: repr(told)})()]\n"
    )
    (tmp_path / "pypdf").mkdir()
    (tmp_path / "pypdf" / "__init__.py").write_text(spy)
    monkeypatch.setenv("GATEWAY_API_KEY", "sk-very-secret")
    found = asyncio.run(Documents(folder=str(tmp_path)).text_of(samples.pdf("x"), "a.pdf"))
    assert found.text.startswith("['nothing', ") and found.text.endswith(" 768]")
    assert "GATEWAY" not in found.text and "PATH" not in found.text


@pytest.mark.parametrize(
    "spy", ["import sys\nsys.stdout.write('x' * 20_000_000)\n", "import os\nos._exit(1)\n", "print('[1]')\nexit()\n"]
)
def test_a_worker_that_went_mad(tmp_path: Path, spy: str) -> None:
    """As one that hostile bytes have taken over."""
    (tmp_path / "pypdf").mkdir()
    (tmp_path / "pypdf" / "__init__.py").write_text(spy)
    before = children()
    assert asyncio.run(why(Documents(folder=str(tmp_path)), samples.pdf("x"))) == "broken"
    assert children() == before


def test_the_worker_answers_any_bytes_with_one_object() -> None:
    for data in (b"", b"%PDF-", b"PK\x03\x04", b"\xff" * 1000):
        done = subprocess.run(
            [sys.executable, "-I", str(WORKER), "", "100", "9"], input=data, capture_output=True, check=True
        )
        assert set(json.loads(done.stdout)) == {"why"}


def test_pypdf_is_not_loaded_in_this_process() -> None:
    code = (
        "import sys, core.reading, core.orders; print({'pypdf', 'av', 'PIL', 'xml.parsers.expat'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_any_cut_of_a_real_file_is_text_or_a_reason() -> None:
    """Where a download ended, say; the worker's own reader, without a process for each."""
    for whole in (samples.pdf("The owl flies."), samples.docx("Dear owl,")):
        for end in range(0, len(whole), 7):
            found = documents_worker.read(whole[:end], 1000)
            assert set(found) in ({"why"}, {"text", "pages", "cut"}), io.BytesIO(whole[:end])
