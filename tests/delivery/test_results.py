"""The buttons below results: what is offered for which, in rows that a phone can show, within what the platforms take."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots import results
from bots.outlet import Buttons, Surface
from bots.surfaces import CONSOLE, DISCORD, TELEGRAM
from bots.texts import Texts
from core.specs import ModelSpec, Price, Route
from core.values import Artifact, Job, JobState, RemoteButton
from tests.delivery.scripted import DM

TEXTS = Texts()
JOB_ID = "job0000000000001"
PICTURE = Artifact("image", media="p", mime="image/png")
WORDS = Artifact("text", text="a fox in the snow")
GRID = ["U1", "U2", "U3", "U4", "🔄", "V1", "V2", "V3", "V4"]
UPSCALED = [
    "Upscale (Subtle)",
    "Upscale (Creative)",
    "🪄 Vary (Subtle)",
    "🪄 Vary (Strong)",
    "🖌️ Vary (Region)",
    "🔍 Zoom Out 2x",
    "🔍 Zoom Out 1.5x",
    "🔍 Custom Zoom",
    "⬅️",
    "➡️",
    "⬆️",
    "⬇️",
]


def job_of(*artifacts: Artifact, offers: list[str] | None = None, **changes: object) -> Job:
    job = Job(
        id=JOB_ID,
        person_id="p",
        account_id="p",
        place=DM,
        origin_id="1",
        kind="image",
        model="m",
        family="f",
        prompt="a fox",
        state=JobState.READY,
        quote=1,
        created_ms=0,
        deadline_ms=1,
        due_ms=0,
        results=artifacts,
        buttons=tuple(RemoteButton(f"MJ::{label}", label, "other") for label in offers or []),
        task_id="1730621826053455",
    )
    return replace(job, **changes)  # type: ignore[arg-type]  # tests name real fields


def row(inputs: str = "text image", **extra: object) -> ModelSpec:
    return ModelSpec("m", "image", "f", "m", Price(), inputs=frozenset(inputs.split()), extra=extra)  # type: ignore[arg-type]


def labels(buttons: Buttons) -> list[list[str]]:
    return [[button.label for button in each] for each in buttons]


def deeds(buttons: Buttons) -> list[str]:
    return [button.data.replace(f":{JOB_ID}:", " ", 1) for each in buttons for button in each]


# --- what is offered --------------------


def test_one_picture_of_a_row_that_can_do_everything() -> None:
    spec = row(vary_prompt="another: {prompt}", upscale={"resolution": "4k"})
    assert deeds(results.buttons(job_of(PICTURE), spec, TEXTS, TELEGRAM)) == [
        f"job {deed}" for deed in ("again", "vary", "edit", "upscale", "animate", "reference", "file", "delete")
    ]


@pytest.mark.parametrize(
    "spec",
    [None, row("text", vary_prompt="another", upscale={"size": "4k"}), row(vary_prompt="", upscale={})],
    ids=["the row is gone", "it takes no pictures", "it says of neither how"],
)
def test_what_its_row_cannot_do_is_not_offered(spec: ModelSpec | None) -> None:
    found = deeds(results.buttons(job_of(PICTURE), spec, TEXTS, TELEGRAM))
    assert found == ["job again", "job edit", "job animate", "job reference", "job file", "job delete"]


def test_the_wire_for_pictures_says_what_can_be_done_with_them() -> None:
    spec = replace(row(), routes={"edit": Route("g", {"vary_prompt": "another", "upscale": {"size": "4k"}})})
    found = deeds(results.buttons(job_of(PICTURE), spec, TEXTS, TELEGRAM))
    assert "job vary" in found and "job upscale" in found


def test_of_several_pictures_one_is_picked_first() -> None:
    job = job_of(PICTURE, PICTURE, PICTURE)
    buttons = results.buttons(job, row(), TEXTS, TELEGRAM)
    assert labels(buttons)[0] == ["1", "2", "3"]
    assert deeds(buttons) == ["job pick:0", "job pick:1", "job pick:2", "job again", "job file", "job delete"]
    one = results.picked(job, row(vary_prompt="another"), TEXTS, TELEGRAM, 2)
    assert deeds(one) == [
        *(f"job {deed}:2" for deed in ("vary", "edit", "animate", "reference", "file")),
        "job pick:all",
    ]
    for index in (-1, 3):
        with pytest.raises(KeyError):
            results.picked(job, row(), TEXTS, TELEGRAM, index)


def test_words_among_the_results_are_no_pictures() -> None:
    job = job_of(WORDS, PICTURE, PICTURE)
    assert deeds(results.buttons(job, row(), TEXTS, TELEGRAM))[:2] == ["job pick:1", "job pick:2"]
    with pytest.raises(KeyError):
        results.picked(job, row(), TEXTS, TELEGRAM, 0)
    only = deeds(results.buttons(job_of(WORDS, PICTURE), row(), TEXTS, TELEGRAM))
    assert "job edit:1" in only and "job again" in only


def test_a_description_can_be_drawn() -> None:
    buttons = results.buttons(job_of(WORDS, WORDS, WORDS, WORDS), row(), TEXTS, TELEGRAM)
    assert deeds(buttons) == [*(f"mj draw:{number}" for number in range(4)), "mj short", "job again", "job delete"]
    assert all(str(number) in button.label for number, button in enumerate(buttons[0], 1))


def test_films_and_sounds() -> None:
    usual = ["job again", "job still", "job gif", "job file", "job delete"]
    film, sound = Artifact("video", media="v"), Artifact("audio", media="a")
    assert deeds(results.buttons(job_of(film, kind="video"), None, TEXTS, TELEGRAM, {"change"})) == ["job edit", *usual]
    assert deeds(results.buttons(job_of(film, kind="video"), None, TEXTS, TELEGRAM)) == usual
    below = results.buttons(job_of(sound, kind="audio"), row(), TEXTS, TELEGRAM)
    assert deeds(below) == ["job again", "job file", "job delete"]


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("surface", [TELEGRAM, DISCORD, CONSOLE], ids=lambda surface: surface.platform)
def test_all_that_can_be_done_with_a_film_fits(surface: Surface, locale: str) -> None:
    job = job_of(Artifact("video", media="v"), kind="video", locale=locale)
    buttons = results.buttons(job, None, TEXTS, surface, {"upscale", "sound", "longer", "change"})
    ordered = ["edit", "longer", "sound", "upscale"]
    assert deeds(buttons) == [f"job {deed}" for deed in (*ordered, "again", "still", "gif", "file", "delete")]
    assert len(buttons) <= min(surface.button_rows_max, 4)
    assert all(len(each) <= 4 for each in buttons)


# --- Midjourney --------------------


@pytest.mark.parametrize("surface", [TELEGRAM, DISCORD, CONSOLE], ids=lambda surface: surface.platform)
def test_a_grid_has_the_rows_that_people_know(surface: Surface) -> None:
    buttons = results.buttons(job_of(PICTURE, offers=GRID), row(), TEXTS, surface)
    assert labels(buttons)[:2] == [["U1", "U2", "U3", "U4", "🔄"], ["V1", "V2", "V3", "V4"]]
    assert deeds(buttons) == [
        *(f"mj press:{number}" for number in range(9)),
        "mj tiles",
        *(f"job {deed}" for deed in ("file", "animate", "reference")),
        "mj seed",
        "job delete",
    ]


def test_an_upscaled_picture_has_every_button_in_the_familys_words() -> None:
    buttons = results.buttons(job_of(PICTURE, offers=UPSCALED), row(), TEXTS, TELEGRAM)
    shown = labels(buttons)
    assert [label for each in shown for label in each][: len(UPSCALED)] == UPSCALED
    assert ["Upscale (Subtle)", "Upscale (Creative)"] in shown and ["⬅️", "➡️", "⬆️", "⬇️"] in shown
    assert "mj tiles" not in deeds(buttons)


def test_without_a_task_there_is_no_seed() -> None:
    assert "mj seed" not in deeds(results.buttons(job_of(PICTURE, offers=GRID, task_id=""), row(), TEXTS, TELEGRAM))


def test_a_label_that_cannot_be_seen_is_a_number() -> None:
    buttons = results.buttons(job_of(PICTURE, offers=["", "\u200b", "a\x00b\nc"]), row(), TEXTS, TELEGRAM)
    assert [label for each in labels(buttons) for label in each][:3] == ["1", "2", "ab c"]


WORDY = st.text(max_size=60)


@given(
    st.lists(st.one_of(st.sampled_from([*GRID, *UPSCALED]), WORDY), max_size=25),
    st.sampled_from([TELEGRAM, DISCORD, CONSOLE]),
    st.sampled_from(["en", "zh"]),
    st.integers(1, 10),
)
def test_whatever_is_offered_fits_and_the_familys_own_stays(
    offers: list[str], surface: Surface, locale: str, pictures: int
) -> None:
    job = job_of(*[PICTURE] * pictures, offers=offers, locale=locale)
    spec = row(vary_prompt="another", upscale={"size": "4k"})
    everything = [results.buttons(job, spec, TEXTS, surface)]
    everything += [results.picked(job, spec, TEXTS, surface, index) for index in range(pictures)]
    for buttons in everything:
        assert 0 < len(buttons) <= surface.button_rows_max
        for each in buttons:
            assert 0 < len(each) <= 5
            for button in each:
                assert button.label.strip() and len(button.label) <= 80
                assert len(button.data) <= 60
    shown = deeds(everything[0])
    assert shown[: len(offers)] == [f"mj press:{number}" for number in range(len(offers))]
    assert len(set(shown)) == len(shown)
