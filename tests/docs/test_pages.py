"""Links lead somewhere, and a page and its translation have the same parts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, PAIRS, ROOT, anchor, blocks, code_spans, headings, name_of

LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for link in LINK.findall(page.read_text("utf-8")):
        if link.startswith("https://"):
            continue
        path, _, part = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if part:
            assert part in {anchor(heading) for heading in headings(target.read_text("utf-8"))}, link


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: name_of(pair[1]))
def test_a_page_and_its_translation_have_the_same_parts(pair: tuple[Path, Path]) -> None:
    english, chinese = (page.read_text("utf-8") for page in pair)
    levels = [[heading.split()[0] for heading in headings(text)] for text in (english, chinese)]
    assert levels[0] == levels[1]
    for language in ("sh", "toml", "ini", "json", "nginx"):
        assert len(blocks(english, language)) == len(blocks(chinese, language)), language


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: name_of(pair[1]))
def test_a_page_and_its_translation_name_the_same_settings_commands_and_fields(pair: tuple[Path, Path]) -> None:
    names = [{span for span in code_spans(page.read_text("utf-8")) if re.fullmatch(r"/?[\w-]+", span)} for page in pair]
    english, chinese = ({name for name in found if name.isascii()} for found in names)
    assert english == chinese


@pytest.mark.parametrize("picture", ["docs/console.svg", "docs/console.zh.svg"])
def test_the_pictures_are_small_and_load_nothing(picture: str) -> None:
    drawn = (ROOT / picture).read_bytes()
    assert len(drawn) < 150_000
    assert b"url(http" not in drawn and b"href=" not in drawn
