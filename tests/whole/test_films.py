"""Every entry of the contract's table on films (videos 0), played on every front end as a person would: what arrives, what it
cost, and what the gateway was sent."""

from __future__ import annotations

import pytest

from tests.whole import scenes_film_families
from tests.whole.hands import Hands
from tests.whole.scenes_film_families import ENTRIES, Film, plays

pytestmark = pytest.mark.asyncio(loop_scope="package")

CONFIG = scenes_film_families.CONFIG


@pytest.mark.parametrize("film", [pytest.param(film, id=f"{film.model} {film.words}") for film in ENTRIES])
async def test_entry(film: Film, ann: Hands) -> None:
    await plays(ann, film)
