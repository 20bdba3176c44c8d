"""Pictures by Pillow: measures, thumbnails, smaller ones, quarters. Blocking, for threads. Imported lazily by
`core/renditions.py`."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageOps

from core.errors import BadFile
from core.signatures import ALLOWED, HEAD_BYTES, Looked, Signature, sniff

PIXELS_MAX = 80_000_000
THUMBNAIL_SIDE = 320
THUMBNAIL_MAX_BYTES = 200_000
SIDE_MAX = 4096
QUALITIES = (90, 80, 65, 50)
ORIENTATION = 0x0112
PNG_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")

Image.MAX_IMAGE_PIXELS = PIXELS_MAX
BROKEN = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError, Image.DecompressionBombWarning)
"""What Pillow raises for files that are not what they seem."""


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """A picture of a known format and of bounded size, not decoded yet. Raises BadFile, also for what
    Pillow raises inside."""
    with path.open("rb") as file:
        found = sniff(file.read(HEAD_BYTES))
    try:
        if found is None or found.kind != "image":
            raise ValueError("no picture")
        with Image.open(path, formats=[found.reader]) as picture:
            if picture.width * picture.height > PIXELS_MAX:
                raise ValueError(f"{picture.width}x{picture.height}")
            yield picture
    except BROKEN as error:
        raise BadFile(f"no picture: {error}", name="?", allowed=ALLOWED) from error


def measures(picture: Image.Image) -> tuple[int, int]:
    """Width and height as people see it, in pixels; to be read before anything is decoded."""
    width, height = picture.size
    turned = picture.getexif().get(ORIENTATION, 1) in range(5, 9)
    return (height, width) if turned else (width, height)


def look(path: Path, found: Signature) -> Looked | None:
    try:
        with opened(path) as picture:
            width, height = measures(picture)
            thumbnail = jpeg(picture, THUMBNAIL_SIDE, THUMBNAIL_MAX_BYTES)
    except BadFile:
        return None
    return Looked("image", found.mime, width, height, thumbnail=thumbnail[0] if thumbnail else b"")


def shrink(path: Path, max_bytes: int) -> tuple[bytes, str, int, int] | None:
    try:
        with opened(path) as picture:
            made = jpeg(picture, SIDE_MAX, max_bytes)
    except BadFile:
        return None
    return None if made is None else (made[0], "image/jpeg", made[1], made[2])


def refit(path: Path, side_max: int, max_bytes: int, mimes: Collection[str]) -> bytes | None:
    """With sides of at most `side_max`, as JPEG; as PNG where that is taken and the picture is transparent, or JPEG is not.
    `mimes`: what is taken, () for all; `max_bytes` 0: any. None when it does not fit. Raises BadFile."""
    most = max_bytes or PIXELS_MAX
    with opened(path) as picture:
        jpegs = not mimes or "image/jpeg" in mimes
        if not jpegs or ("image/png" in mimes and picture.has_transparency_data):
            small = ImageOps.exif_transpose(picture)
            small = small.convert("RGBA" if small.has_transparency_data else "RGB")
            small.thumbnail((side_max, side_max))
            data = _png(small)
            if len(data) <= most or not jpegs:
                return data if len(data) <= most else None
        made = jpeg(picture, side_max, most)
        return made[0] if made else None


def framed(path: Path, width: int, height: int) -> bytes:
    """The middle of it as JPEG of exactly these sides. Raises BadFile."""
    with opened(path) as picture:
        made = ImageOps.fit(plain(picture, max(width, height)), (width, height), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        made.save(buffer, "JPEG", quality=QUALITIES[0], optimize=True)
        return buffer.getvalue()


def quarters(path: Path) -> list[bytes]:
    """The four of a picture as PNG, left to right and top to bottom; of an odd side the second half is a pixel longer.
    Raises BadFile."""
    with opened(path) as picture:
        whole = ImageOps.exif_transpose(picture)
        if whole.mode not in PNG_MODES:
            whole = whole.convert("RGB")
        width, height = whole.size
        if min(width, height) < 2:
            raise ValueError(f"{width}x{height} has no quarters")
        across, down = width // 2, height // 2
        boxes = (
            (0, 0, across, down),
            (across, 0, width, down),
            (0, down, across, height),
            (across, down, width, height),
        )
        return [_png(whole.crop(box)) for box in boxes]


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def plain(picture: Image.Image, side: int) -> Image.Image:
    """Upright, in colours, on white where it was transparent. `side`: a JPEG is decoded small at once, with sides of at least
    this."""
    picture.draft("RGB", (side, side))
    upright = ImageOps.exif_transpose(picture)
    flat = Image.new("RGB", upright.size, "white")
    coloured = upright.convert("RGBA")
    flat.paste(coloured, mask=coloured.getchannel("A"))
    return flat


def jpeg(picture: Image.Image, side_max: int, max_bytes: int) -> tuple[bytes, int, int] | None:
    """(bytes, width, height) of a JPEG with sides of at most `side_max`; sides and quality go down until it fits."""
    flat = plain(picture, side_max)
    while side_max >= 64:
        flat.thumbnail((side_max, side_max))
        for quality in QUALITIES:
            buffer = io.BytesIO()
            flat.save(buffer, "JPEG", quality=quality, optimize=True)
            if buffer.tell() <= max_bytes:
                return buffer.getvalue(), flat.width, flat.height
        side_max = min(side_max, max(flat.size)) // 2
    return None
