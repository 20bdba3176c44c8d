"""Midjourney's pictures by Pillow: grids of four, single ones, and coarse previews of both. Blocking: run it in a thread.

Whatever comes from a picture still shows it: a variation mixes something new in, zoom and pan paint around it.
"""

import hashlib
import io
import random
from collections.abc import Sequence

from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from bots.sandbox import drawing
from bots.sandbox.mj_plans import Plan
from bots.sandbox.sizes import Size

TILES = 4
_PREVIEW_SIDE = 512
_KEPT_QUALITY = 92


def paint(plan: Plan) -> bytes:
    """The finished picture as PNG: a 2x2 grid, or a single one."""
    if plan.single:
        return _png(_single(plan))
    width, height = plan.size
    grid = Image.new("RGB", (width * 2, height * 2))
    for index in range(TILES):
        grid.paste(_tile(plan, index), (index % 2 * width, index // 2 * height))
    return _png(grid)


def tile(grid: bytes, number: int) -> bytes:
    """Picture 1 to 4 of a grid, as PNG."""
    return _png(_cut(grid, number))


def kept(data: bytes, number: int = 0) -> bytes:
    """A picture, or with a number that of a grid, small enough to be kept as the beginning of another."""
    image = _cut(data, number) if number else drawing.opened(data)
    image.thumbnail((1024, 1024))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_KEPT_QUALITY, subsampling=0)
    return out.getvalue()


def preview(data: bytes, percent: int) -> bytes:
    """A WebP of what will be, the coarser the earlier."""
    image = drawing.opened(data)
    image.thumbnail((_PREVIEW_SIDE, _PREVIEW_SIDE))
    size = image.size
    coarse = max(4, _PREVIEW_SIDE * percent // 400)
    image.thumbnail((coarse, coarse))
    out = io.BytesIO()
    image.resize(size, Image.Resampling.BICUBIC).save(out, "WEBP", quality=60)
    return out.getvalue()


def _cut(grid: bytes, number: int) -> Image.Image:
    image = drawing.opened(grid)
    width, height = image.width // 2, image.height // 2
    left, top = (number - 1) % 2 * width, (number - 1) // 2 * height
    return image.crop((left, top, left + width, top + height))


def _single(plan: Plan) -> Image.Image:
    base = drawing.opened(plan.pictures[0])
    if plan.manner == "describe":
        return base
    large = base.resize(plan.size, Image.Resampling.LANCZOS)
    return ImageEnhance.Color(large).enhance(1 + plan.amount) if plan.amount else large


def _tile(plan: Plan, index: int) -> Image.Image:
    match plan.manner:
        case "blend":
            image = _mixed(plan, index)
        case "vary":
            base = drawing.opened(plan.pictures[0]).resize(plan.size, Image.Resampling.LANCZOS)
            image = Image.blend(base, _scene(plan, index, plan.size), plan.amount)
        case "zoom":
            image = _zoomed(plan, index)
        case "pan":
            image = _panned(plan, index)
        case "inpaint":
            image = _inpainted(plan, index)
        case _:
            image = _imagined(plan, index)
    if plan.fresh and plan.manner != "inpaint":  # there only the mask's white may change
        drawing.caption(image, plan.words)
    return image


def _imagined(plan: Plan, index: int) -> Image.Image:
    image = _scene(plan, index, plan.size)
    for data in plan.pictures:
        image = Image.blend(image, ImageOps.fit(drawing.opened(data), plan.size), 0.4)
    for data in plan.likeness:
        colours = drawing.opened(data).resize((3, 3)).resize(plan.size, Image.Resampling.BICUBIC)
        image = Image.blend(image, colours, 0.3)
    drawing.caption(image, plan.words)
    return image


def _mixed(plan: Plan, index: int) -> Image.Image:
    """All pictures in one, each time another of them the strongest."""
    count = len(plan.pictures)
    image = Image.new("RGB", plan.size)
    for place in range(count):
        data = plan.pictures[(place + index) % count]
        image = Image.blend(image, ImageOps.fit(drawing.opened(data), plan.size), 1 / (place + 1))
    return Image.blend(image, _scene(plan, index, plan.size), 0.15)


def _zoomed(plan: Plan, index: int) -> Image.Image:
    """The picture in the middle of more of its world. Times 1 = as large as fits."""
    base = drawing.opened(plan.pictures[0])
    inner = ImageOps.contain(base, plan.size).size
    width, height = (max(2, round(side / plan.amount)) for side in inner)
    world = _world(plan, index, base)
    place = ((plan.size[0] - width) // 2, (plan.size[1] - height) // 2)
    world.paste(base.resize((width, height), Image.Resampling.LANCZOS), place)
    return world


def _panned(plan: Plan, index: int) -> Image.Image:
    """The picture at the side that the view moves away from."""
    base = drawing.opened(plan.pictures[0])
    width, height = plan.size
    inner = (width * 2 // 3, height) if plan.way in ("left", "right") else (width, height * 2 // 3)
    left = width - inner[0] if plan.way == "left" else 0
    top = height - inner[1] if plan.way == "up" else 0
    world = _world(plan, index, base)
    world.paste(base.resize(inner, Image.Resampling.LANCZOS), (left, top))
    return world


def _inpainted(plan: Plan, index: int) -> Image.Image:
    base = drawing.opened(plan.pictures[0]).resize(plan.size, Image.Resampling.LANCZOS)
    if plan.mask is None:
        return base
    with Image.open(io.BytesIO(plan.mask)) as opened:
        mask = opened.convert("L").resize(plan.size).point(lambda value: 255 if value > 127 else 0)
    return Image.composite(_scene(plan, index, plan.size), base, mask)


def _world(plan: Plan, index: int, base: Image.Image) -> Image.Image:
    """What may lie around a picture: something new in its colours."""
    around = base.resize(plan.size).filter(ImageFilter.GaussianBlur(max(plan.size) / 20))
    return Image.blend(around, _scene(plan, index, plan.size), 0.5)


def _scene(plan: Plan, index: int, size: Size) -> Image.Image:
    """The words give the colours, the seed what is where."""
    scene = drawing.landscape(_chance(plan.words, plan.seed, index), size)
    return Image.blend(scene, drawing.toned(scene, _chance(plan.words)), 0.5)


def _chance(*parts: object) -> random.Random:
    return random.Random(hashlib.sha256(repr(parts).encode("utf-8", "replace")).digest())


def words_for(data: bytes, chinese: bool) -> Sequence[str]:
    """Four prompts that describe a picture: by its shape and its colours."""
    image = drawing.opened(data)
    width, height = image.size
    shape = f"{max(1, round(16 * width / max(width, height)))}:{max(1, round(16 * height / max(width, height)))}"
    red, green, blue = image.resize((1, 1)).tobytes()
    tone = f"#{red:02x}{green:02x}{blue:02x}"
    if chinese:
        said = ("一幅风景，主色", "平静的构图，色调", "柔和光线下的画面，颜色", "极简海报，底色")
        return [f"{words} {tone}，{width}×{height} 像素 --ar {shape}" for words in said]
    said = ("a landscape in", "a calm composition, mostly", "soft light on a scene of", "a minimal poster, ground of")
    return [f"{words} {tone}, {width}x{height} pixels --ar {shape}" for words in said]


def _png(image: Image.Image) -> bytes:
    return drawing.encoded(image, "png")
