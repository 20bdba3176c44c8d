"""Links for files that a wire takes no other way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.catalog import load_catalog
from core.errors import NoLink
from core.linking import linked, no_link
from core.values import Part

BASE = load_catalog({}).default("video")
WIRE = replace(BASE, extra={**BASE.extra, "links_only": ["video"]})
FILM = Part("video", media="f" * 64, mime="video/mp4", name="../my secret.mp4", role="motion")
PICTURE = Part("image", media="p" * 64, mime="image/png")


def link(key: str, name: str) -> str:
    return f"https://bot.example/media/{key}/{name}?sign=x"


def test_only_what_goes_no_other_way_gets_a_link() -> None:
    picture, film = linked((PICTURE, FILM), WIRE, link)
    assert picture is PICTURE
    assert film.url == f"https://bot.example/media/{FILM.media}/input.mp4?sign=x"
    assert (film.role, film.media) == ("motion", FILM.media)


def test_a_link_that_is_there_stays() -> None:
    known = replace(FILM, url="asset://a1")
    assert linked((known,), WIRE, no_link)[0].url == "asset://a1"


def test_who_cannot_be_reached_says_so() -> None:
    with pytest.raises(NoLink) as caught:
        linked((PICTURE, FILM), WIRE, no_link)
    assert caught.value.params == {"kind": "video"}
    free = replace(BASE, extra={**BASE.extra, "links_only": []})
    assert linked((PICTURE, FILM), free, no_link) == (PICTURE, FILM)
