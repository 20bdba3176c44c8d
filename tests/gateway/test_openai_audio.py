"""Speech and transcription in OpenAI's form, and transcription by a Gemini that hears, as recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.catalog import Catalog
from core.errors import NeedsInput, PromptTooLong
from core.gateway.client import Gateway
from core.gateway.families import TASKS
from core.values import Order, Part
from tests.gateway import sounds
from tests.gateway.conftest import Scripted

CASES = [*sounds.recorded("openai"), sounds.SOUNDS / "gemini_hearing.json"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
async def test_orders(path: Path, gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    await sounds.is_answered(sounds.read(path), gateway, scripted, catalog)


def test_what_is_missing_or_too_much(catalog: Catalog) -> None:
    spec = catalog.get("tts-1", "audio")
    with pytest.raises(PromptTooLong):
        TASKS[spec.family].to_submit(Order("audio", spec.name, "x" * 4_097), spec)
    for name in ("whisper-1", "gemini-2.5-flash-hearing"):
        spec = catalog.get(name, "audio")
        for inputs in ((), (Part("image", data=b"x"),), (Part("audio"),)):
            with pytest.raises(NeedsInput):
                TASKS[spec.family].to_submit(Order("audio", name, "", inputs=inputs), spec)
