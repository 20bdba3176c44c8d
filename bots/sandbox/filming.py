"""Short films by PyAV: real MP4, H.264 where the build can, with AAC beside it. Blocking: run it in a thread (see `studio`).

At most one round of pictures is drawn and then repeated or held, so that a long film costs little more than a short one.
"""

import io
import random
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from av.codec.codec import UnknownCodecError
from av.container import OutputContainer
from av.video.stream import VideoStream
from PIL import Image, ImageOps

from bots.sandbox import melody, viewing
from bots.sandbox.drawing import landscape, paste, toned
from bots.sandbox.film_script import Script
from bots.sandbox.sizes import Size

FRAMES_PER_S = 24  # fewer are refused as input by some makers
_HELD = 3  # frames for which one picture stays
_ROUND = 24  # pictures until the motion starts over
_ENCODERS = (
    ("libx264", {"preset": "ultrafast", "crf": "28"}),
    ("libopenh264", {"b": "600000"}),
    ("mpeg4", {"b": "1000000"}),
)
_SOUND_BITS = 64_000
_PRIMING = 1024  # samples that AAC puts in front


def film(palette: int, size: Size, seconds: float, picture: bytes | None) -> bytes:
    """A silent film of a landscape, or of a picture that moves."""
    return play(Script(palette, size, seconds, first=picture))


def play(script: Script) -> bytes:
    """The MP4 of a script, its index in front: of its length to a frame, and of its size, which has even sides."""
    name, options = next((name, options) for name, options in _ENCODERS if _has(name))
    frames = [_frame(image) for image in _pictures(script)]
    total = max(1, round(script.seconds * FRAMES_PER_S))
    with tempfile.TemporaryDirectory() as folder:  # moving the index to the front needs a real file
        path = Path(folder, "film.mp4")
        with av.open(path, "w", format="mp4", options={"movflags": "faststart"}) as container:
            stream = cast(VideoStream, container.add_stream(name, rate=FRAMES_PER_S, options=options))
            stream.width, stream.height = script.size
            stream.pix_fmt = "yuv420p"
            stream.codec_context.thread_count = 1
            track = _track(container) if script.sound or script.tune else None
            for number in range(total):
                frame = frames[_place(script, number, total, len(frames))]
                frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_S)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
            if track is not None:
                _sing(container, track, script, total / FRAMES_PER_S)
        return path.read_bytes()


def _has(encoder: str) -> bool:
    try:
        av.codec.Codec(encoder, "w")
    except UnknownCodecError:
        return False
    return True


# --- what is seen --------------------


def _pictures(script: Script) -> Iterator[Image.Image]:
    others = [_opened(data) for data in script.references]
    for image in _bare(script):
        if others:
            paste(image, [other.copy() for other in others])
        yield image


def _bare(script: Script) -> Iterator[Image.Image]:
    if script.stills:
        for still in script.stills:
            image = _fitted(still, script.size)
            yield Image.blend(image, toned(image, random.Random(script.palette)), 0.7) if script.recoloured else image
    elif script.last:
        yield from _fade(script)
    elif script.first:
        yield from _zoom(_fitted(script.first, script.size))
    else:
        for number in range(_ROUND):
            yield landscape(random.Random(script.palette), script.size, number / _ROUND)


def _place(script: Script, number: int, total: int, frames: int) -> int:
    """Which picture is frame `number`: what has an end is stretched to it, all else goes round."""
    if script.stills or script.last:
        return number * (frames - 1) // max(1, total - 1)
    return number // _HELD % frames


def _fade(script: Script) -> Iterator[Image.Image]:
    """From the first frame to the last, both of them pure."""
    end = _fitted(script.last or b"", script.size)
    start = _fitted(script.first, script.size) if script.first else landscape(random.Random(script.palette), end.size)
    for number in range(_ROUND):
        yield Image.blend(start, end, number / (_ROUND - 1))


def _zoom(base: Image.Image) -> Iterator[Image.Image]:
    """The picture, slowly nearer and back again."""
    width, height = base.size
    for number in range(_ROUND):
        nearer = 0.12 * min(number, _ROUND - number) / _ROUND
        box = (width * nearer, height * nearer, width * (1 - nearer), height * (1 - nearer))
        yield base.resize(base.size, Image.Resampling.BILINEAR, box=box)


def _opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as opened:
        return opened.convert("RGB")


def _fitted(data: bytes, size: Size) -> Image.Image:
    return ImageOps.fit(_opened(data), size)


def _frame(image: Image.Image) -> av.VideoFrame:
    pixels = image.convert("RGBA").tobytes()
    return av.VideoFrame.from_bytes(pixels, *image.size).reformat(format="yuv420p")


# --- what is heard --------------------


def _track(container: OutputContainer) -> Any:
    track: Any = container.add_stream("aac", rate=melody.RATE, layout="mono")
    track.bit_rate = _SOUND_BITS
    return track


def _sing(container: OutputContainer, track: Any, script: Script, seconds: float) -> None:
    count = max(1, int(seconds * melody.RATE) - _PRIMING)
    if script.sound:
        samples = viewing.samples(script.sound, melody.RATE, count)
    else:
        samples = melody.tune(script.palette % melody.PIECES, count)
    samples += bytes(2 * count - len(samples))
    frame = av.AudioFrame(format="s16", layout="mono", samples=count)
    frame.rate = melody.RATE
    frame.planes[0].update(samples)
    container.mux(track.encode(frame))
    container.mux(track.encode(None))
