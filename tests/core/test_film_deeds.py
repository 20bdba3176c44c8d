"""Which row does what with a film that is there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core import film_deeds
from core.catalog import load_catalog
from core.errors import BadOption
from core.measuring import expected, spoken_s
from core.specs import ModelSpec
from core.values import Artifact, Job, JobState, Order, Part, Place

CATALOG = load_catalog({})
ROWS = CATALOG.visible("video")
FILM = Artifact("video", media="f", mime="video/mp4", width=720, height=1280, duration_s=6.04, size=9)
JOB = Job(
    id="job1",
    person_id="p",
    account_id="p",
    place=Place("telegram", "1"),
    origin_id="1",
    kind="video",
    model="veo3.1-lite",
    family="veo",
    prompt="a cat",
    state=JobState.DONE,
    quote=1,
    created_ms=0,
    deadline_ms=1,
    due_ms=0,
    results=(FILM,),
    task_id="task_1",
)


def everywhere(spec: ModelSpec, file: Part) -> bool:
    return file.kind in spec.inputs


def without_links(spec: ModelSpec, file: Part) -> bool:
    return file.kind in spec.inputs and file.kind not in spec.extra.get("links_only", ())


def shown(**changes: Any) -> Job:
    return replace(JOB, **changes)


def names(job: Job, sends: film_deeds.Sends = everywhere, rows: list[ModelSpec] = ROWS) -> dict[str, tuple[str, str]]:
    return {deed: (way.spec.name, way.action) for deed, way in film_deeds.ways(job, rows, sends).items()}


def test_a_film_of_a_row_that_can_nothing_is_done_by_the_first_that_can() -> None:
    assert names(JOB) == {
        "change": ("kling-3.0-omni", "edit"),
        "longer": ("seedance-2.0", "extend"),
        "sound": ("veo3.1-lite", "dub"),
        "upscale": ("kling-3.0-omni", "edit"),
    }


def test_its_own_row_goes_first() -> None:
    found = names(shown(model="seedance-2.0-fast"))
    assert found["longer"] == ("seedance-2.0-fast", "extend") and found["change"] == ("seedance-2.0-fast", "edit")


def test_what_fetches_films_by_link_is_not_offered_where_there_is_none() -> None:
    assert names(JOB, without_links) == {"change": ("gen4_aleph", "edit"), "sound": ("veo3.1-lite", "dub")}


def test_sora_makes_its_own_films_anew_and_chat_remembers_them() -> None:
    way = film_deeds.ways(shown(model="sora-2-8s"), ROWS, without_links)["change"]
    order = film_deeds.order_of(way, shown(model="sora-2-8s", options={"ratio": "9:16"}), "at night")
    assert (order.action, order.continues, order.inputs) == ("remix", "job1", ())
    way = film_deeds.ways(shown(model="sora-2", transcript="said"), ROWS, without_links)["change"]
    assert (way.spec.name, way.action, way.remembers) == ("sora-2", "", True)
    assert names(shown(model="sora-2-8s", task_id=""))["change"] == ("kling-3.0-omni", "edit")
    other = film_deeds.change(shown(model="sora-2-8s"), ROWS, everywhere, pictures=True)
    assert other is not None and other.action == "edit"


def test_another_sound_under_a_sora_film_is_not_what_sora_knows() -> None:
    dubbed = shown(model="sora-2-8s", action="dub")
    assert names(dubbed)["change"] == ("kling-3.0-omni", "edit")


def test_lips_move_where_a_row_is_shown_that_does_that() -> None:
    rows = load_catalog({"models": {"kling-identify-face": {"hidden": False}}}).visible("video")
    assert names(JOB, rows=rows)["sound"] == ("kling-identify-face", "lip_sync")
    assert names(JOB, without_links, rows)["sound"] == ("veo3.1-lite", "dub")


def test_nothing_is_made_sharper_that_is_sharp() -> None:
    assert "upscale" not in names(shown(results=(replace(FILM, width=2560, height=1440),)))
    assert "upscale" not in names(shown(results=(replace(FILM, width=0, height=0),)))
    table: dict[str, Any] = {"kling-3.0-omni": {"extra": {"upscale": {"words": "sharper"}}}}
    assert "upscale" not in names(JOB, rows=load_catalog({"models": table}).visible("video"))


def test_what_is_ordered_keeps_shape_and_length() -> None:
    ways = film_deeds.ways(JOB, ROWS, everywhere)
    order = film_deeds.sharper(ways["upscale"], JOB)
    assert order.options == {"ratio": "9:16", "seconds": "6", "resolution": "2k", "keep_sound": "on"}
    [film] = order.inputs
    assert (film.media, film.role, order.action) == ("f", "video", "edit")
    longer = film_deeds.order_of(ways["longer"], JOB, "she leaves")
    assert longer.options == {"ratio": "9:16"} and longer.prompt == "she leaves"
    long_film = shown(results=(replace(FILM, duration_s=14.0),))
    assert film_deeds.order_of(ways["change"], long_film, "x").options["seconds"] == "10"


def test_a_film_on_its_way_can_only_be_changed() -> None:
    coming = shown(state=JobState.WAITING, results=())
    found = film_deeds.ways(coming, ROWS, everywhere)
    assert found["change"].action == "edit" and "sound" not in found
    [film] = film_deeds.order_of(found["change"], coming, "x").inputs
    assert (film.kind, film.media) == ("video", "job:job1")
    for gone in (shown(state=JobState.FAILED, results=()), replace(coming, muted=True), shown(kind="image")):
        assert names(gone) == {}


# --- words that are spoken first --------------------

AVATAR = CATALOG.get("kling-avatar-720p", "video")


def seconds(words: str) -> str:
    return expected(AVATAR, Order("video", AVATAR.name, "", action="avatar"), words).options["seconds"]


def test_a_voice_is_guessed_rather_too_long() -> None:
    english = "The quick brown fox jumps over the lazy dog, and then it goes home to sleep. " * 4
    assert 60 / 2.5 < spoken_s(english) < 60  # 64 words: 26 s as most people speak
    chinese = "今天天气很好，我们一起去公园散步吧。" * 5
    assert 90 / 4.5 < spoken_s(chinese) < 60
    assert int(seconds("Hi")) == 2  # what the row films at least
    assert int(seconds(english * 12)) == 300


def test_words_that_no_such_film_holds_are_refused() -> None:
    with pytest.raises(BadOption):
        seconds("word and more words " * 500)
    still = Order("video", "kling-3.0", "", action="")
    assert expected(CATALOG.get("kling-3.0", "video"), still, "words") is still
