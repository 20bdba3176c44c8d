"""Answers that are read aloud while they are written: the first sentence is spoken before the last one is there, and what is
heard is what can be read, in its order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from bots.sandbox.faults import Speech
from core.aloud import unsaid
from core.spoken import words_of
from tests.whole.hands import Hands, Seen
from tests.whole.rig import Whole
from tests.whole.scenes_sounds import bubble, seconds
from tests.whole.wire import CHAT, asked, gemini

pytestmark = pytest.mark.asyncio(loop_scope="package")

CONFIG = """
[models."gemini-2.5-flash-preview-tts"]
price = { per_million_chars = 15.0 }
"""
"""By the character, so that the pieces are many."""
SPEECH = gemini("gemini-2.5-flash-preview-tts", "generateContent")
TALE = tuple(f"**Owl {number}** sleeps in the `old` barn until the moon is up. " for number in range(1, 16))


@pytest.mark.parametrize("platform", ["telegram", "discord"], indirect=True)
async def test_a_sentence_is_ordered_before_the_answer_ends(ann: Hands, whole: Whole) -> None:
    """The model falls silent in the middle: what stood is spoken all the same, and after a stop nothing more is."""
    await listens(ann)
    with paced(whole, Speech(pieces=TALE, silent_after=4)):
        await ann.write("tell me about owls")
        await ann.behind_the_scenes(lambda: asked(ann, SPEECH))
        assert ann.house.rows("SELECT 1 FROM turns WHERE state = 'running'")
        await ann.use("stop")
        await ann.house.at_rest()
    bubble(ann, await ann.hears_file("voice"))
    assert spoken(ann) == ["Owl 1 sleeps in the old barn until the moon is up."]


async def test_what_is_heard_is_what_is_read(ann: Hands, whole: Whole) -> None:
    await listens(ann)
    before = len(ann.sees())
    with paced(whole, Speech(pieces=TALE)):
        await ann.write("tell me about owls")
        await ann.hears("Owl 15")
        await ann.until(lambda: len(voices(ann, before)) >= 3, "three voice messages")
        await ann.house.at_rest()
    said = sorted(spoken(ann), key=whole_answer().index)
    assert len(said) >= 3 and unsaid(whole_answer(), said) == "" and len(said[0]) < 60
    lengths = [seconds(seen.files[0]) for seen in voices(ann, before)]
    assert len(lengths) == len(said) and by_size(lengths) == by_size([len(each) for each in said]), "out of order"


def by_size(sizes: Sequence[float]) -> list[int]:
    """Longer words take longer to say."""
    return sorted(range(len(sizes)), key=lambda at: sizes[at])


def spoken(ann: Hands) -> list[str]:
    """Each that was ordered."""
    return [body["contents"][0]["parts"][0]["text"] for body in asked(ann, SPEECH)]


@pytest.mark.parametrize("platform", ["telegram"], indirect=True)
async def test_nothing_is_spoken_to_whoever_does_not_want_it(ann: Hands) -> None:
    await ann.says("hello there")
    assert asked(ann, CHAT) and not asked(ann, SPEECH)


def voices(ann: Hands, before: int) -> list[Seen]:
    return [seen for seen in ann.sees()[before:] if "voice" in seen.kinds]


def whole_answer() -> str:
    return words_of("".join(TALE))


async def listens(ann: Hands) -> None:
    [settings] = await ann.uses("settings")
    await ann.press(settings, "aloud")
    await ann.until(lambda: any("✓ Read answers aloud" in seen.buttons for seen in ann.sees()), "the switch")


@contextmanager
def paced(whole: Whole, answer: Speech) -> Iterator[None]:
    """A model that takes its time."""
    behaviour = whole.house.gateway.behaviour
    behaviour.script(f"POST {CHAT}", answer)
    behaviour.tokens_per_s = 30
    try:
        yield
    finally:
        behaviour.tokens_per_s = 0
