"""Recordings that are written down, as a person has them on every front end."""

from __future__ import annotations

import pytest

from tests.whole.footage import clip, song
from tests.whole.hands import Hands

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_recording_is_written_down(ann: Hands) -> None:
    await ann.uses("transcribe", "", song())
    said = await ann.hears("This recording has 2.")
    assert not said.kinds


async def test_of_a_film_the_sound_is_written_down_with_times(ann: Hands) -> None:
    await ann.uses("transcribe", "srt", clip())
    found = await ann.gets("This recording has")
    [file] = found.files
    assert file.startswith(b"1\n00:00:00,000 --> 00:00:0")
