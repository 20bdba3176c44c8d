"""Films of plain colours with a tone where it is asked for, made by the real encoders, and what is seen and heard in one."""

from __future__ import annotations

import io
import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
from PIL import Image

HZ = 48_000
RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 160, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)
Colour = tuple[int, int, int]


class Shot(NamedTuple):
    colour: Colour
    seconds: float
    loud: bool = False


@dataclass(frozen=True)
class Camera:
    """How a film is made. `sound` "": none. `turn`: degrees clockwise that players turn it."""

    size: tuple[int, int] = (320, 180)
    fps: int = 24
    form: str = "mp4"
    codec: str = "libx264"
    sound: str = "aac"
    turn: int = 0
    key_frames: int = 48
    noisy: bool = False

    def film(self, *shots: Shot) -> bytes:
        buffer = io.BytesIO()
        with av.open(buffer, "w", format=self.form) as out:
            video: Any = out.add_stream(self.codec, rate=self.fps)
            video.width, video.height, video.pix_fmt = *self.size, "yuv420p"
            video.gop_size = self.key_frames
            if self.codec == "libx264":
                video.options = (
                    {"preset": "ultrafast", "crf": "10"} if self.noisy else {"preset": "veryfast", "crf": "18"}
                )
            elif self.codec == "libvpx":
                video.options = {"deadline": "realtime", "cpu-used": "8"}
            if self.turn:
                video.set_display_rotation(-self.turn)
            audio: Any = out.add_stream(self.sound, rate=HZ, layout="stereo") if self.sound else None
            number = samples = 0
            for shot in shots:
                pictures = self._pictures(shot.colour)
                for turn in range(round(shot.seconds * self.fps)):
                    frame = pictures[turn % len(pictures)]
                    frame.pts, frame.time_base, number = number, Fraction(1, self.fps), number + 1
                    out.mux(video.encode(frame))
                while audio is not None and samples < number * HZ // self.fps:
                    take = min(1024, number * HZ // self.fps - samples)
                    out.mux(audio.encode(tone(samples, take, loud=shot.loud)))
                    samples += take
            for stream in (video, audio):
                if stream is not None:
                    out.mux(stream.encode(None))
        return buffer.getvalue()

    def _pictures(self, colour: Colour) -> list[Any]:
        picture = Image.new("RGB", self.size, colour)
        if not self.noisy:
            return [av.VideoFrame.from_image(picture)]  # type: ignore[no-untyped-call]
        noise = Image.effect_noise(self.size, 90).convert("RGB")
        return [
            av.VideoFrame.from_image(Image.blend(picture, noise.rotate(90 * turn), 0.5))  # type: ignore[no-untyped-call]
            for turn in range(4)
        ]


def tone(start: int, samples: int, *, loud: bool) -> Any:
    """A tone of 440 Hz, or silence, in two channels."""
    frame = av.AudioFrame(format="fltp", layout="stereo", samples=samples)
    level = 0.5 if loud else 0.0
    data = array("f", (level * math.sin(2 * math.pi * 440 * (start + n) / HZ) for n in range(samples))).tobytes()
    for plane in frame.planes:
        plane.update(data + bytes(plane.buffer_size - len(data)))
    frame.sample_rate, frame.pts = HZ, start
    return frame


def recording(form: str, codec: str, seconds: float, rate: int = HZ) -> bytes:
    """A tone in a file."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form) as out:
        audio: Any = out.add_stream(codec, rate=rate, layout="stereo")
        for start in range(0, int(seconds * HZ), 1024):
            out.mux(audio.encode(tone(start, 1024, loud=True)))
        out.mux(audio.encode(None))
    return buffer.getvalue()


# --- what is in a film --------------------


Spans = list[tuple[float, float]]


@dataclass
class Seen:
    """`frames`: (seconds, colour of the middle); `loud`: from when to when there is a tone, in seconds."""

    codecs: tuple[str, ...]
    size: tuple[int, int]
    duration_s: float
    frames: list[tuple[float, Colour]]
    loud: Spans

    def colours(self) -> list[Colour]:
        """One after the other, each once."""
        found: list[Colour] = []
        for _, colour in self.frames:
            if not found or not near(colour, found[-1], 40):
                found.append(colour)
        return found

    def white(self) -> Spans:
        """From when to when it is white."""
        ends = [begins for begins, _ in self.frames[1:]] + [self.duration_s]
        return spans(
            (begins, end) for (begins, colour), end in zip(self.frames, ends, strict=True) if near(colour, WHITE)
        )

    def in_sync(self) -> bool:
        """There is a tone where it is white, and nowhere else."""
        return alike(self.white(), self.loud)


def spans(pieces: Iterable[tuple[float, float]]) -> Spans:
    """Pieces that touch are one."""
    found: Spans = []
    for begins, ends in pieces:
        if found and begins - found[-1][1] < 0.03:
            found[-1] = (found[-1][0], ends)
        else:
            found.append((begins, ends))
    return found


def alike(one: Spans, other: Spans, most_s: float = 0.06) -> bool:
    """The same, to a frame and a packet of sound."""
    return len(one) == len(other) and all(
        abs(a - c) < most_s and abs(b - d) < most_s for (a, b), (c, d) in zip(one, other, strict=True)
    )


def seen(path: Path) -> Seen:
    with av.open(str(path)) as source:
        video = source.streams.video[0]
        frames = []
        for frame in source.decode(video):
            picture = frame.to_image().rotate(frame.rotation, expand=True)  # type: ignore[no-untyped-call]
            frames.append((float(frame.time), picture.getpixel((picture.width // 2, picture.height // 2))))
        duration = float(source.duration or 0) / 1_000_000
        codecs = tuple(stream.codec_context.name for stream in source.streams)
        return Seen(codecs, (video.width, video.height), duration, frames, heard(path))


def heard(path: Path) -> Spans:
    """From when to when there is a tone, looked at in pieces of 10 ms."""
    with av.open(str(path)) as source:
        if not source.streams.audio:
            return []
        resampler = av.AudioResampler(format="flt", layout="mono", rate=HZ)
        pieces = []
        for frame in source.decode(source.streams.audio[0]):
            for made in resampler.resample(frame):
                samples = array("f", bytes(made.planes[0])[: made.samples * 4])
                for at in range(0, made.samples, HZ // 100):
                    begins = (made.time or 0.0) + at / HZ
                    if max(map(abs, samples[at : at + HZ // 100]), default=0) > 0.2:
                        pieces.append((begins, begins + min(HZ // 100, made.samples - at) / HZ))
        return spans(pieces)


def near(one: Colour, other: Colour, most: int = 24) -> bool:
    return all(abs(a - b) <= most for a, b in zip(one, other, strict=True))


def boxes(data: bytes) -> list[bytes]:
    """The names of the outermost boxes of an MP4, in order."""
    at, names = 0, []
    while at + 8 <= len(data):
        names.append(data[at + 4 : at + 8])
        at += max(8, int.from_bytes(data[at : at + 4], "big"))
    return names
