"""Masks by Pillow: a named region of a picture, or what a person has drawn. Blocking, for threads. Imported lazily by
`core/renditions.py`.

A drawing is looked at small: what it shows is larger than its noise. Photo editors and messengers scale and recompress, so
a pixel counts as drawn on only when it is like none of its neighbours in the picture.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

from core.errors import UnclearShape
from core.pictures import measures, opened, plain
from core.shapes import box, enclosed

SIDE = 512
"""Drawings are looked at with this as their longest side; all pixels below are of that size."""

STRETCHED = 1.15
"""A drawing may be so much wider or higher than the picture."""

DIFFERENT = 40
GAP = 11
"""An outline may have gaps of so many pixels."""

STROKE, BRUSH = 9, 21
"""What is thinner is no part of an area: beside an outline, and where nothing is outlined."""

LEAST, MOST = 0.002, 0.95
"""Shares of the picture: less is nothing, more is everything."""

BLACK, WHITE, COLOUR = 64, 192, 48
GREY_SHARE, COLOUR_SHARE = 0.05, 0.02
ALIKE = 0.5


def of_region(path: Path, region: str, *, transparent: bool) -> bytes:
    """A PNG of the size of the picture. Raises BadFile."""
    with opened(path) as picture:
        size = measures(picture)
    area = Image.new("L", size)
    area.paste(255, box(region, *size))
    return _png(area, transparent)


def of_shape(path: Path, shape: Path, *, transparent: bool) -> bytes:
    """A PNG of the size of the picture. Raises BadFile or UnclearShape."""
    (width, height), picture = _small(path)
    (wide, high), drawing = _small(shape)
    if not 1 / STRETCHED <= (width * high) / (height * wide) <= STRETCHED:
        raise UnclearShape(f"{wide}x{high} for {width}x{height}")
    area = _area(picture, drawing.resize(picture.size, Image.Resampling.LANCZOS))
    share = _share(area)
    if not LEAST <= share <= MOST:
        raise UnclearShape(f"{share:.2%} of the picture")
    return _png(area.resize((width, height), Image.Resampling.BICUBIC).point(_white_from(128)), transparent)


def _small(path: Path) -> tuple[tuple[int, int], Image.Image]:
    """The real measures of a picture, and the picture with SIDE as its longest side."""
    with opened(path) as picture:
        size = measures(picture)
        scale = SIDE / max(size)
        small = max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)
        return size, plain(picture, SIDE).resize(small, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _area(picture: Image.Image, drawing: Image.Image) -> Image.Image:
    """White where to change: as it is in a black-and-white drawing, else what was drawn onto the picture. Of a picture that
    is black and white itself, a drawing that looks like it is a copy."""
    drawn = _differences(picture, drawing)
    if _black_and_white(drawing) and not (_black_and_white(picture) and _share(drawn) < ALIKE):
        return drawing.convert("L").point(_white_from(128))
    return _filled(drawn)


def _differences(picture: Image.Image, drawing: Image.Image) -> Image.Image:
    """White where a pixel of the drawing is out of the range of its neighbourhood in the picture."""
    lighter = ImageChops.subtract(drawing, picture.filter(ImageFilter.MaxFilter(3)))
    darker = ImageChops.subtract(picture.filter(ImageFilter.MinFilter(3)), drawing)
    red, green, blue = ImageChops.lighter(lighter, darker).split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue).point(_white_from(DIFFERENT))


def _filled(drawn: Image.Image) -> Image.Image:
    """What is drawn with what it encloses, without the strokes that enclose nothing."""
    thick = drawn.filter(ImageFilter.MaxFilter(GAP))
    full = Image.frombytes("L", thick.size, enclosed(thick.tobytes(), *thick.size))
    outlined = _share(full) - _share(thick) >= LEAST
    area = full.filter(ImageFilter.MinFilter(GAP))
    thinnest = STROKE if outlined else BRUSH
    return area.filter(ImageFilter.MinFilter(thinnest)).filter(ImageFilter.MaxFilter(thinnest))


def _black_and_white(picture: Image.Image) -> bool:
    red, green, blue = picture.split()
    highest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    lowest = ImageChops.darker(ImageChops.darker(red, green), blue)
    coloured = sum(ImageChops.subtract(highest, lowest).histogram()[COLOUR:])
    grey = sum(picture.convert("L").histogram()[BLACK:WHITE])
    pixels = picture.width * picture.height
    return coloured <= pixels * COLOUR_SHARE and grey <= pixels * GREY_SHARE


def _share(area: Image.Image) -> float:
    return area.histogram()[255] / (area.width * area.height)


def _white_from(least: int) -> list[int]:
    return [255 if value >= least else 0 for value in range(256)]


def _png(area: Image.Image, transparent: bool) -> bytes:
    if transparent:
        nothing = Image.new("L", area.size)
        area = Image.merge("RGBA", (nothing, nothing, nothing, ImageChops.invert(area)))
    buffer = io.BytesIO()
    area.save(buffer, "PNG")
    return buffer.getvalue()
