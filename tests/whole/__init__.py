"""The whole bot at once, as people meet it."""

import pytest

for name in (
    "hands",
    "scenes_claude",
    "scenes_films",
    "scenes_gemini",
    "scenes_midjourney",
    "scenes_openai",
    "scenes_pictures",
    "wire",
):
    pytest.register_assert_rewrite(f"{__name__}.{name}")
