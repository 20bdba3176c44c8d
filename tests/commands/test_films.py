"""The buttons under a film, and the files that a film is made of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.values import Artifact, Job, JobState
from tests.commands.rig import BOB, GROUP, PHOTO, Rig


async def filmed(rig: Rig) -> Job:
    await rig.message("/video a cat")
    job = (await rig.jobs())[0]
    key, size = await rig.media.put(b"film", 100)
    film = Artifact("video", media=key, mime="video/mp4", width=4, height=4, size=size)
    await rig.finish(job, state=JobState.SENDING)
    await rig.finish(job, state=JobState.READY, results=(film,))
    return await rig.finish(job, state=JobState.DONE, told=True)


@pytest.fixture
def cut(rig: Rig) -> list[str]:
    """What was made of which film."""
    made: list[str] = []

    async def frame(artifact: Artifact, at: str) -> Artifact:
        if artifact.media in rig.deliverer.swept:
            raise KeyError(artifact.media)
        made.append(f"{at} of {artifact.media[:4]}")
        key, size = await rig.media.put(b"png frame", 100)
        return Artifact("image", media=key, mime="image/png", size=size)

    async def gif(artifact: Artifact, max_bytes: int) -> Artifact | None:
        made.append(f"gif of {artifact.media[:4]}")
        return None

    async def file_limit(place: object) -> int:
        return 1_000

    eyes: Any = rig.services.renditions
    eyes.frame, eyes.gif = frame, gif
    outlet: Any = rig.outlet
    outlet.file_limit = file_limit
    return made


async def test_the_last_frame_goes_on_as_a_picture(rig: Rig, cut: list[str]) -> None:
    job = await filmed(rig)
    (said,) = await rig.press(f"job:{job.id}:still")
    assert cut == [f"last of {job.results[0].media[:4]}"]
    assert [artifact.kind for (artifact,) in rig.deliverer.brought] == ["image"]
    (asked,) = await rig.press(said.data[2])
    assert "happen in the video" in asked.text
    await rig.message("it goes on")
    film = (await rig.jobs())[0]
    assert (film.kind, film.prompt) == ("video", "it goes on")
    assert await rig.media.read(film.inputs[0].media) == b"png frame"


async def test_a_film_that_makes_no_gif_and_one_that_is_gone(rig: Rig, cut: list[str]) -> None:
    job = await filmed(rig)
    (said,) = await rig.press(f"job:{job.id}:gif")
    assert "GIF" in said.text
    rig.deliverer.swept.add(job.results[0].media)
    (said,) = await rig.press(f"job:{job.id}:still")
    assert "not kept any more" in said.text
    (said,) = await rig.press(f"job:{job.id}:still", GROUP, BOB)
    assert cut == [f"gif of {job.results[0].media[:4]}"]


async def test_names_give_the_files_their_parts(rig: Rig) -> None:
    words = "/video first: last: the door opens --model kling-3.0"
    await rig.message(words, attachments=(PHOTO, PHOTO))
    (job,) = await rig.jobs()
    assert (job.prompt, [part.role for part in job.inputs]) == ("the door opens", ["first_frame", "last_frame"])


async def test_slash_options_give_the_files_their_parts(rig: Rig) -> None:
    files = (replace(PHOTO, option="last"), replace(PHOTO, option="first"))
    await rig.slash("video", prompt="the door opens", model="kling-3.0", attachments=files)
    (job,) = await rig.jobs()
    assert [part.role for part in job.inputs] == ["last_frame", "first_frame"]


async def test_a_mix_that_a_model_cannot_says_who_can(rig: Rig) -> None:
    (said,) = await rig.message("/video it dances --model kling-3.0 --mode motion", attachments=(PHOTO,))
    assert "cannot take movement from a film" in said.text and "kling-2.6" in said.text
    (said,) = await rig.message("/video it dances --mode shots")
    assert "the mode" in said.text
    assert await rig.jobs() == []
