"""The length of a film that another file decides."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from core.catalog import load_catalog
from core.errors import BadOption, NeedsInput
from core.measuring import measured
from core.specs import OptionSpec
from core.values import Artifact, Order, Part

BASE = load_catalog({}).default("video")
SPEC = replace(BASE, options={"seconds": OptionSpec("seconds", (), "5", least=Decimal(3), most=Decimal(30))})
FACE, CLIP = Part("image", media="p", role="first_frame"), Part("video", media="c", role="motion")


class Eyes:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    async def inspect(self, key: str, declared: str) -> Artifact:
        if key == "gone":
            raise KeyError(key)
        return Artifact("video", media=key, duration_s=self.seconds)


async def length(seconds: float, order: Order, spec: Any = SPEC) -> str:
    eyes: Any = Eyes(seconds)
    return (await measured(eyes, spec, order)).options.get("seconds", "")


def motion(*parts: Part) -> Order:
    return Order("video", "x", "dance", {}, parts or (FACE, CLIP), action="motion")


async def test_the_driving_clip_decides_rounded_up() -> None:
    assert await length(4.2, motion()) == "5"
    assert await length(30.0, motion()) == "30"


async def test_a_clip_that_is_too_short_or_too_long_is_told() -> None:
    for seconds in (1.0, 31.5):
        with pytest.raises(BadOption) as caught:
            await length(seconds, motion())
        assert caught.value.params["allowed"] == "3–30"


async def test_a_swept_clip_is_asked_for_again() -> None:
    with pytest.raises(NeedsInput):
        await length(4, motion(FACE, replace(CLIP, media="gone")))


async def test_other_orders_and_rows_keep_their_length() -> None:
    assert await length(4.2, replace(motion(), action="")) == ""
    assert await length(4.2, motion(), BASE) == ""
