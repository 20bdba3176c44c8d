"""Documents and sounds as people's programs write them, and as nobody's should."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable
from typing import Any

import av


def pdf(*pages: str, extra: Iterable[bytes] = ()) -> bytes:
    """One line of Latin text on each page. `extra`: objects that come after all others."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(pages):
        objects.append(page(5 + 2 * number))
        objects.append(stream(f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode()))
    return bound([*objects, *extra])


def page(contents: int) -> bytes:
    size = "/MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >>"
    return f"<< /Type /Page /Parent 2 0 R {size} /Contents {contents} 0 R >>".encode()


def stream(data: bytes, more: str = "") -> bytes:
    return f"<< /Length {len(data)} {more} >>\nstream\n".encode() + data + b"\nendstream"


def bound(objects: list[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def inflating_pdf(megabytes: int) -> bytes:
    """A page whose content is packed a thousand times."""
    packed = zlib.compress(b"BT (x) Tj ET " * (megabytes * 1024 * 1024 // 13), 9)
    return bound([*_frame(), page(5), stream(packed, "/Filter /FlateDecode")])


def endless_pdf(million: int) -> bytes:
    """A page of so many millions of single letters: small to send, long to read."""
    orders = zlib.compress(b"BT /F1 9 Tf " + b"(x) Tj 0 -9 Td " * (million * 1_000_000) + b"ET", 1)
    return bound([*_frame(), page(5), stream(orders, "/Filter /FlateDecode")])


def circular_pdf() -> bytes:
    """A tree of pages that is its own branch."""
    return bound([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 99999999 >>"])


def _frame() -> list[bytes]:
    return [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]


def locked_pdf(password: str) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("a secret"))))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def archive(files: dict[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name, body in files.items():
            out.writestr(name, body)
    return target.getvalue()


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx(*paragraphs: str, head: str = "") -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    document = f'<?xml version="1.0"?>{head}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    return archive({"[Content_Types].xml": "<Types/>", "word/document.xml": document})


def pptx(*slides: str) -> bytes:
    space = "http://schemas.openxmlformats.org/drawingml/2006/main"
    files: dict[str, str | bytes] = {"[Content_Types].xml": "<Types/>"}
    for number, text in reversed(list(enumerate(slides, 1))):  # a ZIP has no order to rely on
        files[f"ppt/slides/slide{number}.xml"] = f'<sld xmlns:a="{space}"><a:p><a:r><a:t>{text}</a:t></a:r></a:p></sld>'
    return archive(files)


def xlsx(rows: list[list[str | int]]) -> bytes:
    strings: list[str] = []
    lines = []
    for row in rows:
        cells = []
        for value in row:
            if isinstance(value, str):
                strings.append(value)
                cells.append(f'<c t="s"><v>{len(strings) - 1}</v></c>')
            else:
                cells.append(f"<c><v>{value}</v></c>")
        lines.append(f"<row>{''.join(cells)}</row>")
    shared = "".join(f"<si><t>{text}</t></si>" for text in strings)
    return archive(
        {
            "xl/sharedStrings.xml": f"<sst>{shared}</sst>",
            "xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{''.join(lines)}</sheetData></worksheet>",
        }
    )


# --- sounds --------------------


def tune(form: str, codec: str, seconds: float = 1.0) -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format=form) as out:
        audio: Any = out.add_stream(codec, rate=48_000)
        hum(out, audio, seconds)
        out.mux(audio.encode(None))
    return target.getvalue()


def film(seconds: float = 1.0, *, sound: bool) -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as out:
        video: Any = out.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio: Any = out.add_stream("aac", rate=48_000) if sound else None
        for number in range(round(seconds * 10)):
            frame = av.VideoFrame(64, 48, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([number * 10 % 256]) * plane.buffer_size)
            frame.pts = number
            out.mux(video.encode(frame))
        if audio is not None:
            hum(out, audio, seconds)
        for stream_ in (video, audio):
            if stream_ is not None:
                out.mux(stream_.encode(None))
    return target.getvalue()


def hum(out: Any, audio: Any, seconds: float) -> None:
    samples = audio.codec_context.frame_size or 960
    layout, form = audio.codec_context.layout.name, audio.codec_context.format.name
    for number in range(round(seconds * 48_000 / samples)):
        frame = av.AudioFrame(format=form, layout=layout, samples=samples)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.rate, frame.pts = 48_000, number * samples
        out.mux(audio.encode(frame))
