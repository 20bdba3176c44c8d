"""Pictures by Pillow: measures, thumbnails, smaller ones. Blocking, for threads. Imported lazily by `core/renditions.py`."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageOps

from core.renditions import Looked, Signature

PIXELS_MAX = 80_000_000
THUMBNAIL_SIDE = 320
THUMBNAIL_MAX_BYTES = 200_000
SIDE_MAX = 4096
QUALITIES = (90, 80, 65, 50)
ORIENTATION = 0x0112

Image.MAX_IMAGE_PIXELS = PIXELS_MAX
BROKEN = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError, Image.DecompressionBombWarning)
"""What Pillow raises for files that are not what they seem."""


def look(path: Path, found: Signature) -> Looked | None:
    try:
        with Image.open(path, formats=[found.reader]) as picture:
            width, height = picture.size
            if width * height > PIXELS_MAX:
                return None
            turned = picture.getexif().get(ORIENTATION, 1) in range(5, 9)
            thumbnail = jpeg(picture, THUMBNAIL_SIDE, THUMBNAIL_MAX_BYTES)
    except BROKEN:
        return None
    if turned:
        width, height = height, width
    return Looked("image", found.mime, width, height, thumbnail=thumbnail[0] if thumbnail else b"")


def shrink(path: Path, max_bytes: int) -> tuple[bytes, str, int, int] | None:
    try:
        with Image.open(path, formats=["PNG", "JPEG", "WEBP", "GIF"]) as picture:
            if picture.width * picture.height > PIXELS_MAX:
                return None
            made = jpeg(picture, SIDE_MAX, max_bytes)
    except BROKEN:
        return None
    return None if made is None else (made[0], "image/jpeg", made[1], made[2])


def jpeg(picture: Image.Image, side_max: int, max_bytes: int) -> tuple[bytes, int, int] | None:
    """(bytes, width, height) of a JPEG with sides of at most `side_max`, on white where it was transparent; sides and
    quality go down until it fits."""
    picture.draft("RGB", (side_max, side_max))  # JPEGs are decoded small at once
    upright = ImageOps.exif_transpose(picture)
    flat = Image.new("RGB", upright.size, "white")
    coloured = upright.convert("RGBA")
    flat.paste(coloured, mask=coloured.getchannel("A"))
    while side_max >= 64:
        flat.thumbnail((side_max, side_max))
        for quality in QUALITIES:
            buffer = io.BytesIO()
            flat.save(buffer, "JPEG", quality=quality, optimize=True)
            if buffer.tell() <= max_bytes:
                return buffer.getvalue(), flat.width, flat.height
        side_max = min(side_max, max(flat.size)) // 2
    return None
