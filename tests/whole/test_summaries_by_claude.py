"""The entry "Claude官方格式 / 创建格式化输出" of the contract's table (chat 0): a bot whose summaries Claude writes."""

from __future__ import annotations

import pytest

from tests.whole import scenes_claude
from tests.whole.hands import Hands

pytestmark = pytest.mark.asyncio(loop_scope="package")

SUMMARIES = scenes_claude.HAIKU


async def test_structured(ann: Hands) -> None:
    await scenes_claude.structured(ann)
