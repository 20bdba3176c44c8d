"""Every entry of the gateway contract's coverage table (images 0), played as a person would on every front end: what they see
in the end, on which wire the gateway got it, and with what."""

from __future__ import annotations

import pytest

from tests.whole import scenes_pictures
from tests.whole.hands import Hands
from tests.whole.test_coverage import Entry

pytestmark = pytest.mark.asyncio(loop_scope="package")

CONFIG = scenes_pictures.CONFIG

COVERAGE = (
    Entry("通用生图 / Generations通用文生图", scenes_pictures.generated),
    Entry("通用生图 / Edits通用图像编辑&图生图", scenes_pictures.edited),
    Entry("Gemini绘图 / Generations", scenes_pictures.banana_generated),
    Entry("Gemini绘图 / Gemini原生格式", scenes_pictures.native),
    Entry("Gemini绘图 / 文生图text-to-image", scenes_pictures.by_chat),
    Entry("Gemini绘图 / 图生图image-to-image", scenes_pictures.changed_by_chat),
    Entry("即梦绘画 / 通用聊天格式", scenes_pictures.jimeng_by_chat),
    Entry("即梦绘画 / Gemini格式", scenes_pictures.jimeng_by_gemini),
    Entry("GPT-Image / gpt-image-2 创建图像", scenes_pictures.gpt),
    Entry("GPT-Image / gpt-image-2 图像编辑", scenes_pictures.gpt_edited),
    Entry("Flux绘图 / 文生图", scenes_pictures.flux),
    Entry("Flux绘图 / 图生图", scenes_pictures.flux_edited),
)


@pytest.mark.parametrize("entry", [pytest.param(entry, id=entry.scene.__name__) for entry in COVERAGE])
async def test_entry(entry: Entry, ann: Hands) -> None:
    await entry.scene(ann)
