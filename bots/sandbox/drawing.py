"""Pictures by Pillow: drawn from a prompt, changed by one, or measured. Blocking: run it in a thread (see `studio`).

Not art, but never the same twice: the colours, the sun and the hills come from the hash of the prompt.
"""

import colorsys
import functools
import hashlib
import io
import math
import random
import struct
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont, ImageOps

from bots.sandbox.sizes import Size, fit

Colour = tuple[int, int, int]

PIXELS_MAX = 60_000_000  # a picture from outside is not decoded beyond this
_CANVAS_MAX = 1024  # drawn no larger, then scaled up: smooth shapes lose nothing
_EDIT_MAX = 2048
_CAPTION_MAX = 200
_FONTS_CJK = ("NotoSansCJK-Regular.ttc", "wqy-microhei.ttc", "PingFang.ttc", "msyh.ttc", "simsun.ttc")
_UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError)


def measure(data: bytes) -> Size | None:
    """Width and height of a picture that decodes to its end; None when it does not."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > PIXELS_MAX:
                return None
            image.load()
            return image.size
    except _UNREADABLE:
        return None


def has_alpha(data: bytes) -> bool:
    """Whether it may be transparent somewhere."""
    with Image.open(io.BytesIO(data)) as image:
        return image.has_transparency_data


def draw(prompt: str, index: int, size: Size, form: str) -> bytes:
    """A picture of exactly this size; `index` tells the pictures of one order apart, `form` is png, jpeg or webp."""
    chance = _chance(f"{prompt}#{index}")
    scene = landscape(chance, fit(size, _CANVAS_MAX))
    if scene.size != size:
        scene = scene.resize(size, Image.Resampling.BICUBIC)
    caption(scene, prompt)
    return encoded(scene, form)


def edit(pictures: Sequence[bytes], mask: bytes | None, prompt: str, size: Size | None, form: str) -> bytes:
    """The first picture in two tones of the prompt's colours, framed, the others pasted below.

    With a mask, only its transparent pixels change, and there is no frame (gateway contract, images 3). Without a size it
    keeps its own.
    """
    chance = _chance(prompt)
    base = opened(pictures[0])
    base.thumbnail((_EDIT_MAX, _EDIT_MAX))
    changed = toned(base, chance)
    if mask is None:
        result = Image.blend(base, changed, 0.7)
    else:
        caption(changed, prompt)
        with Image.open(io.BytesIO(mask)) as cut:
            keep = cut.convert("RGBA").getchannel("A").resize(base.size)
        result = Image.composite(base, changed, keep)
    if size is not None:
        result = ImageOps.fit(result, size)
    paste(result, [opened(data) for data in pictures[1:]])
    if mask is not None:
        return encoded(result, form)
    frame = max(2, min(result.size) // 60)
    ImageDraw.Draw(result).rectangle((0, 0, *result.size), outline=_tones(chance)[2], width=frame)
    caption(result, prompt)
    return encoded(result, form)


def shrink(data: bytes, side_max: int) -> bytes:
    """A JPEG of the picture that is small enough to be kept."""
    image = opened(data)
    image.thumbnail((side_max, side_max))
    return encoded(image, "jpeg")


def finished(data: bytes, form: str, *, clear: bool, marked: bool) -> bytes:
    """The picture again: `clear` leaves only its middle opaque, `marked` writes onto it that a machine made it."""
    image = opened(data)
    if marked:
        height = max(10, min(image.size) // 40)
        words, font = "AI generated", ImageFont.load_default(height)
        ImageDraw.Draw(image).text((height, height), words, font=font, fill=(255, 255, 255))
    if clear:
        alpha = Image.new("L", image.size)
        width, height = image.size
        ImageDraw.Draw(alpha).ellipse((width * 0.1, height * 0.1, width * 0.9, height * 0.9), fill=255)
        image.putalpha(alpha)
    return encoded(image, form)


def toned(image: Image.Image, chance: random.Random) -> Image.Image:
    """The picture in the three tones that the chance gives first."""
    return ImageOps.colorize(ImageOps.grayscale(image), *_tones(chance)).convert("RGB")


def landscape(chance: random.Random, size: Size, turn: float = 0.0) -> Image.Image:
    """Sky, sun and hills. `turn` from 0 to 1 moves them once around, without a seam."""
    width, height = size
    dark, middle, light = _tones(chance)
    image = ImageOps.colorize(Image.linear_gradient("L").resize(size), dark, light, middle).convert("RGB")
    pen = ImageDraw.Draw(image, "RGBA")
    angle = math.tau * (turn + chance.random())
    radius = min(size) * chance.uniform(0.1, 0.16)
    sun_x = width / 2 + math.cos(angle) * width * 0.32
    sun_y = height * 0.36 + math.sin(angle) * height * 0.16
    for step, alpha in ((1.8, 40), (1.4, 80), (1.0, 255)):
        pen.ellipse(_around(sun_x, sun_y, radius * step), fill=(255, 240, 200, alpha))
    for _ in range(12):
        star_x, star_y = chance.random() * width, chance.random() * height * 0.5
        pen.ellipse(_around(star_x, star_y, 1 + chance.random() * min(size) / 200), fill=(255, 255, 255, 170))
    for row in range(3):
        _hill(pen, size, row, turn, chance)
    return image


def _hill(pen: ImageDraw.ImageDraw, size: Size, row: int, turn: float, chance: random.Random) -> None:
    width, height = size
    top = height * (0.55 + 0.13 * row)
    waves, shift = chance.randint(1, 3), chance.random()
    line = [
        (x, top + math.sin(math.tau * (waves * x / width + shift + turn)) * height * 0.06)
        for x in range(0, width + 8, 8)
    ]
    red, green, blue = _tones(chance)[0]
    shade = 0.9 - 0.25 * row
    fill = (int(red * shade), int(green * shade), int(blue * shade), 235)
    pen.polygon([*line, (width, height), (0, height)], fill=fill)


def _around(x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    return x - radius, y - radius, x + radius, y + radius


def _chance(text: str) -> random.Random:
    return random.Random(hashlib.sha256(text.encode("utf-8", "replace")).digest())


def _tones(chance: random.Random) -> tuple[Colour, Colour, Colour]:
    hue = chance.random()
    shades = ((hue, 0.7, 0.25), (hue + 0.08, 0.6, 0.6), (hue + 0.16, 0.35, 0.97))
    dark, middle, light = (colorsys.hsv_to_rgb(h % 1, s, v) for h, s, v in shades)
    return _bytes(dark), _bytes(middle), _bytes(light)


def _bytes(colour: tuple[float, float, float]) -> Colour:
    red, green, blue = colour
    return int(red * 255), int(green * 255), int(blue * 255)


def opened(data: bytes) -> Image.Image:
    """The picture upright, in plain colours."""
    with Image.open(io.BytesIO(data)) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def paste(result: Image.Image, others: Sequence[Image.Image]) -> None:
    """Put the others, made small, along the bottom of the picture."""
    side = max(8, min(result.size) // 5)
    for place, other in enumerate(others):
        other.thumbnail((side, side))
        result.paste(other, (result.width - (place + 1) * (side + 4), result.height - side - 4))


def caption(image: Image.Image, prompt: str) -> None:
    """The prompt on a dark band along the bottom; what no font at hand can draw is left out."""
    height = max(10, min(image.size) // 24)
    words = " ".join(prompt[:_CAPTION_MAX].encode("utf-8", "replace").decode().split())
    font = _font(height, not words.isascii())
    if font is None:
        drawable = "".join(sign for sign in words if ord(sign) < 0x250).strip()
        words = drawable if len(drawable) > len(words) / 2 else "starlight sandbox"
        font = ImageFont.load_default(height)
    while len(words) > 2 and font.getlength(words) > image.width * 0.94:
        words = words[: min(int(len(words) * 0.9), len(words) - 2)] + "…"
    pen = ImageDraw.Draw(image, "RGBA")
    pen.rectangle((0, image.height - height * 2, image.width, image.height), fill=(0, 0, 0, 190))
    pen.text((image.width * 0.03, image.height - height * 1.6), words, font=font, fill=(255, 255, 255, 255))


@functools.lru_cache(maxsize=16)
def _font(height: int, wide: bool) -> ImageFont.FreeTypeFont | ImageFont.ImageFont | None:
    """Pillow's own font, or for other scripts one of the system's; None when it has none."""
    if not wide:
        return ImageFont.load_default(height)
    for name in _FONTS_CJK:
        try:
            return ImageFont.truetype(name, height)
        except OSError:
            continue
    return None


def encoded(image: Image.Image, form: str) -> bytes:
    """`form` is png, jpeg or webp."""
    out = io.BytesIO()
    if form == "png":
        image.save(out, "PNG", compress_level=1)
    else:
        image.save(out, form.upper(), quality=85)
    return out.getvalue()
