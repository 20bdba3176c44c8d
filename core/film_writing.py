"""Films written anew: H.264 and AAC in MP4, ready to be played while they load. Blocking, for threads.

Frames come at a steady rate, and the sound of each film is cut or filled with silence to be as long as its frames, so that
however many follow one another, sound and picture stay together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from core.errors import BadFile
from core.film_strip import Strip, in_line, sized, steady, turned
from core.films import BROKEN, Deadline, decoded, opened, picture_of, sound_of, start_s
from core.signatures import ALLOWED

FASTSTART = {"movflags": "faststart"}
QUALITY = "20"
"""x264's constant rate factor; nobody sees the difference to the original."""

HZ = 48_000
SOUND_BITS = 128_000
GAP_LEAST = HZ // 20
"""Sound that is missing for longer than this, in samples, becomes silence; less is the container's rounding."""

AHEAD_MOST = 60 * HZ
"""So far, in samples, the sound of a file may run ahead of its frames."""

PIECE = HZ
"""Sound is written in pieces of at most so many samples."""

RGB = 0


@dataclass(frozen=True, slots=True)
class Form:
    """How a film is written. Sides are even. `bits` of the picture a second; 0: as many as keep it as good as it is."""

    width: int
    height: int
    rate: Fraction
    bits: int = 0
    sound: bool = True
    sound_bits: int = SOUND_BITS


def write(paths: Sequence[Path], target: Path, form: Form, most_s: float, work_s: float) -> None:
    """One film of several, one after the other, of `most_s` seconds at most. Raises BadFile when one cannot be decoded, or
    it would take longer than `work_s`."""
    deadline = Deadline(work_s)
    try:
        with av.open(str(target), "w", format="mp4", options=FASTSTART) as out:
            reel = Reel(out, form, most_s, deadline)
            for path in paths:
                reel.add(path)
            reel.finish()
    except BROKEN as error:  # of the encoder: what it has been given is no film that it can write
        raise BadFile(f"cannot be written: {error}", name="?", allowed=ALLOWED) from error


class Reel:
    def __init__(self, out: Any, form: Form, most_s: float, deadline: Deadline) -> None:
        self._out, self._form, self._deadline = out, form, deadline
        self._frames = 0
        self._most = max(1, int(Fraction(most_s) * form.rate))
        self._video = _video(out, form)
        self._track = Track(out, form.sound_bits) if form.sound else None

    def add(self, path: Path) -> None:
        """Raises BadFile."""
        before = self._frames
        with opened(path) as source:
            picture = picture_of(source)
            sound = sound_of(source) if self._track is not None else None
            if picture is None:
                raise ValueError("no picture in it")
            if self._track is not None:
                self._track.begin(start_s(source))
            strip = Strip(picture, start_s(source), self._build)
            for packet in source.demux([stream for stream in (picture, sound) if stream is not None]):
                self._deadline.check()
                if self._frames >= self._most:
                    break
                for frame in decoded(packet):
                    if packet.stream is picture:
                        self._show(strip.through(frame))
                    elif self._track is not None:
                        self._track.hear(frame)
            self._show(strip.rest())
            if self._frames == before:
                raise ValueError("no frame in it")
            if self._track is not None:
                self._track.fill(self._samples())

    def finish(self) -> None:
        self._out.mux(self._video.encode(None))
        if self._track is not None:
            self._track.finish()

    def _build(self, graph: Any, node: Any, frame: Any) -> Any:
        size = sized(frame, self._form.width, self._form.height)
        return in_line(graph, node, [*turned(frame), *size, steady(self._form.rate), ("format", "yuv420p")])

    def _show(self, frames: Iterator[Any]) -> None:
        for frame in frames:
            if self._frames >= self._most:
                return
            self._deadline.check()
            if not self._frames:
                _same_colours(self._video.codec_context, frame)
            frame.pts, frame.time_base, frame.pict_type = self._frames, 1 / self._form.rate, 0
            self._frames += 1
            self._out.mux(self._video.encode(frame))
            if self._track is not None:
                self._track.until(self._samples())

    def _samples(self) -> int:
        """Of sound that belong to the frames so far."""
        return int(self._frames * HZ / self._form.rate)


class Track:
    """Sound that never runs ahead of the frames, and is as long as they are when a film is over."""

    def __init__(self, out: Any, bits: int) -> None:
        self._out = out
        self._stream: Any = out.add_stream("aac", rate=HZ, layout="stereo")
        self._stream.bit_rate = bits
        self._written = self._wanted = 0
        self.begin(0.0)

    def begin(self, origin_s: float) -> None:
        """Another film, whose sound is told from `origin_s` on."""
        self._origin_s = origin_s
        self._resampler: Any = av.AudioResampler(format="fltp", layout="stereo", rate=HZ)
        self._waiting: Any = av.AudioFifo()
        self._heard = 0

    @property
    def heard(self) -> int:
        """Samples of this film's sound so far."""
        return self._heard

    def hear(self, frame: Any) -> None:
        if frame.pts is not None:
            begins = round((float(frame.pts * frame.time_base) - self._origin_s) * HZ)
            if begins < self._heard - GAP_LEAST:
                return  # heard already
            if begins > self._heard + GAP_LEAST:
                self._hush(begins - self._heard)
        frame.pts = None
        for made in self._resampler.resample(frame):
            self._keep(made)

    def until(self, samples: int) -> None:
        """Write what there is, up to so many samples from the very beginning."""
        self._wanted = samples
        while (take := min(samples - self._written, self._waiting.samples, PIECE)) > 0:
            self._write(self._waiting.read(take))

    def fill(self, samples: int) -> None:
        """The film is over: silence up to here, and what goes on is dropped."""
        self.until(samples)
        while (missing := samples - self._written) > 0:
            self._write(_silence(min(missing, PIECE)))

    def finish(self) -> None:
        self._out.mux(self._stream.encode(None))

    def _hush(self, samples: int) -> None:
        while samples > 0:
            made = _silence(min(samples, PIECE))
            samples -= made.samples
            self._keep(made)
            self.until(self._wanted)

    def _keep(self, frame: Any) -> None:
        frame.pts = None
        self._heard += frame.samples
        self._waiting.write(frame)
        if self._waiting.samples > AHEAD_MOST:
            raise ValueError("its sound runs ahead")

    def _write(self, frame: Any) -> None:
        frame.pts, frame.time_base = self._written, Fraction(1, HZ)
        self._written += frame.samples
        self._out.mux(self._stream.encode(frame))


def _video(out: Any, form: Form) -> Any:
    stream: Any = out.add_stream("libx264", rate=form.rate)
    stream.width, stream.height, stream.pix_fmt = form.width, form.height, "yuv420p"
    stream.codec_context.thread_count = 1
    stream.options = {"preset": "veryfast", "crf": QUALITY}
    if form.bits:
        stream.bit_rate = form.bits
        stream.options = {"preset": "veryfast", "maxrate": str(form.bits), "bufsize": str(form.bits * 2)}
    return stream


def _same_colours(context: Any, frame: Any) -> None:
    """What a film says of its colours still holds: they are not converted, unless they were no YUV."""
    if frame.colorspace == RGB:
        return
    context.colorspace, context.color_range = frame.colorspace, frame.color_range
    context.color_primaries, context.color_trc = frame.color_primaries, frame.color_trc


def _silence(samples: int) -> Any:
    frame = av.AudioFrame(format="fltp", layout="stereo", samples=samples)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.sample_rate = HZ
    return frame
