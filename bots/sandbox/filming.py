"""Short films by PyAV: real MP4, H.264 where the build can. Blocking: run it in a thread (see `studio`).

One round of motion is drawn and then repeated, so that a long film costs little more than a short one.
"""

import io
import random
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.codec.codec import UnknownCodecError
from av.video.stream import VideoStream
from PIL import Image, ImageOps

from bots.sandbox.drawing import landscape
from bots.sandbox.sizes import Size

FRAMES_PER_S = 8
_ROUND = 24  # frames until the motion starts over
_ENCODERS = (
    ("libx264", {"preset": "ultrafast", "crf": "28"}),
    ("libopenh264", {"b": "600000"}),
    ("mpeg4", {"b": "1000000"}),
)


def film(palette: int, size: Size, seconds: int, picture: bytes | None) -> bytes:
    """An MP4 of exactly `seconds`, its index in front. `size` has even sides; `picture` is what moves, if given."""
    name, options = next((name, options) for name, options in _ENCODERS if _has(name))
    frames = [_frame(image) for image in (_zoom(picture, size) if picture else _scenes(palette, size))]
    with tempfile.TemporaryDirectory() as folder:  # moving the index to the front needs a real file
        path = Path(folder, "film.mp4")
        with av.open(path, "w", format="mp4", options={"movflags": "faststart"}) as container:
            stream = cast(VideoStream, container.add_stream(name, rate=FRAMES_PER_S, options=options))
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.codec_context.thread_count = 1
            for number in range(seconds * FRAMES_PER_S):
                frame = frames[number % len(frames)]
                frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_S)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path.read_bytes()


def _has(encoder: str) -> bool:
    try:
        av.codec.Codec(encoder, "w")
    except UnknownCodecError:
        return False
    return True


def _frame(image: Image.Image) -> av.VideoFrame:
    pixels = image.convert("RGBA").tobytes()
    return av.VideoFrame.from_bytes(pixels, *image.size).reformat(format="yuv420p")


def _scenes(palette: int, size: Size) -> Iterator[Image.Image]:
    for number in range(_ROUND):
        yield landscape(random.Random(palette), size, number / _ROUND)


def _zoom(picture: bytes, size: Size) -> Iterator[Image.Image]:
    """The picture, slowly nearer and back again."""
    with Image.open(io.BytesIO(picture)) as opened:
        base = ImageOps.fit(opened.convert("RGB"), size)
    width, height = size
    for number in range(_ROUND):
        nearer = 0.12 * min(number, _ROUND - number) / _ROUND
        box = (width * nearer, height * nearer, width * (1 - nearer), height * (1 - nearer))
        yield base.resize(size, Image.Resampling.BILINEAR, box=box)
