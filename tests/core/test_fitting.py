"""What is decided of an input before a byte of it is touched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import UnfitFile
from core.fitting import InputLimits, changes, plan_for
from core.signatures import Looked

FOUND = Looked("video", "video/mp4", 1280, 720, 15.005, fps=24, codec="h264", sound="aac")
LIMITS = InputLimits("video", ("video/mp4",), max_bytes=1_000, max_s=15, max_side=1280, min_fps=24, max_fps=30)


def test_what_is_left_for_the_next() -> None:
    limits = InputLimits("video", min_s=2, max_s=10, total_s=15)
    assert limits.after(0).max_s == 10
    assert limits.after(8).max_s == 7
    with pytest.raises(UnfitFile) as caught:
        limits.after(13.5)
    assert caught.value.params == {"kind": "video", "why": "total", "found": 13.5, "limit": 15}
    assert replace(limits, total_s=0).after(1000).max_s == 10


def test_rounding_is_no_reason() -> None:
    assert not plan_for(FOUND, 10, LIMITS).changes
    assert plan_for(replace(FOUND, fps=23.976), 10, LIMITS).fps == 24
    assert plan_for(replace(FOUND, duration_s=15.2), 10, LIMITS).seconds == 15
    assert not plan_for(replace(FOUND, duration_s=15.2), 10, LIMITS).anew


def test_bytes_that_go_with_the_end_need_no_encoding() -> None:
    long = replace(FOUND, duration_s=60)
    assert not plan_for(long, 3_900, LIMITS).anew
    assert plan_for(long, 4_100, LIMITS).anew


def test_only_what_matters_is_told() -> None:
    plan = plan_for(replace(FOUND, duration_s=15.2), 10, LIMITS)
    assert changes(replace(FOUND, duration_s=15.2), replace(FOUND, duration_s=14.9), plan) == ()
    assert changes(replace(FOUND, duration_s=16), replace(FOUND, duration_s=14.9), plan) == ("trimmed",)
    assert changes(replace(FOUND, duration_s=0), replace(FOUND, duration_s=14.9), plan) == ("trimmed",)
