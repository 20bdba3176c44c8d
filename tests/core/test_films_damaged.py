"""Films and sounds whose bytes were changed at random: whatever comes of it, it is told as what was sent, and soon."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import BadFile, BadInput, FileTooLarge
from core.fitting import InputLimits
from core.renditions import FileRenditions
from core.values import Artifact
from storage.media import open_media
from tests.core.footage import RED, WHITE, Camera, Shot, recording

CAMERA = Camera((160, 90))
SHOTS = Shot(RED, 1), Shot(WHITE, 1, True)
WHOLE = (
    CAMERA.film(*SHOTS),
    replace(CAMERA, form="webm", codec="libvpx", sound="libopus").film(*SHOTS),
    replace(CAMERA, form="mov", codec="mpeg4", sound="pcm_s16le", turn=90).film(*SHOTS),
    recording("mp3", "libmp3lame", 2),
)
LIMITS = (
    InputLimits("video", ("video/mp4",), max_bytes=60_000, min_s=0.5, max_s=1.5, max_side=100, min_fps=24, max_fps=30),
    InputLimits("audio", ("audio/mpeg",), max_bytes=20_000, max_s=1),
    InputLimits("video"),
)


def damaged(chance: random.Random) -> bytes:
    data = bytearray(chance.choice(WHOLE))
    begins = data.find(b"moov") if chance.random() < 0.7 else 0  # an index is worth more than pixels
    for _ in range(chance.choice((1, 2, 5, 20, 100))):
        data[chance.randrange(max(begins, 0), len(data))] = chance.choice((0, 255, 127, 128))
    return bytes(data[: chance.randrange(16, len(data))] if chance.random() < 0.2 else data)


@pytest.mark.parametrize("seed", range(12))
async def test_damaged_files_are_used_or_refused(tmp_path: Path, seed: int) -> None:
    media = open_media(str(tmp_path))
    eyes = FileRenditions(media)
    data = damaged(random.Random(seed))
    artifact = Artifact("video", media=(await media.put(data, 10**9))[0])
    good = Artifact("video", media=(await media.put(WHOLE[0], 10**9))[0])
    assert (await eyes.streamable(artifact)).media
    await eyes.gif(artifact, 300_000)
    await eyes.smaller(artifact, 40_000)
    for work in (
        eyes.inspect(artifact.media, "x"),
        eyes.frame(artifact, "first"),
        eyes.frame(artifact, "last"),
        eyes.joined([good, artifact]),
        eyes.joined([artifact, artifact]),
        *(eyes.fit(artifact.media, limits) for limits in LIMITS),
    ):
        try:
            await work
        except BadInput as error:
            assert isinstance(error, BadFile | FileTooLarge)
