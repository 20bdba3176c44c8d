"""Films of many kinds survive the death of the process at every step: orders of several families, a storyboard whose shots
follow each other, a portrait that speaks, a film with another sound, and a file on its way into the vendor's library. Nothing
is sent twice; each job ends with its result and its price, or with nothing and its credits back; people are told once."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path

from PIL import Image

from tests.crash.lives import Life, Nursery, until
from tests.crash.plays import Seen, crash_everywhere
from tests.crash.scene import CONFIG, Scene
from tests.standins.telegram_chats import Shown

FILMS, SEEDANCE, RUNWAY, ASSET = (
    "/v1/videos",
    "/v1/video/generations",
    "/runwayml/v1/image_to_video",
    "/api/asset/createMedia",
)
UPLOAD = "/v1/files"
QUICK = ("kling-2.5", "kling-avatar-720p", "seedance-2.0-fast", "gen4_turbo")
MORE = f"""
[gateway]
upload_path = "{UPLOAD}"
upload_form = {{ purpose = "user_data" }}
""" + "".join(f'\n[models."{name}"]\npoll = {{ first_s = 0.1, later_s = 0.1, max_s = 0.1 }}\n' for name in QUICK)
PACES = {"core.shelving.LOOK_EVERY_MS": 100, "core.shelving.LEASE_MS": 1_000, "core.lines.BUSY_S": 0.1}
SCRIPT = "A knight rides through rain. He sees a light far away."
AGAIN = ("Try again", "Redo shot")
ENDS = ("done", "failed", "unsure")


@cache
def face() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (320, 320), "red").save(file, "JPEG")
    return file.getvalue()


def show(scene: Scene, words: str) -> None:
    scene.telegram.phone.photo(scene.ann, scene.ann, face(), words)


# --- what went well before --------------------


async def furnished(scene: Scene) -> None:
    """An upload, and every family at a quick pace."""
    (scene.folder / "starlight.toml").write_text(CONFIG + MORE)
    scene.paces = PACES


async def listed(scene: Scene) -> None:
    """A script in its shots."""
    await furnished(scene)
    life = await scene.start()
    scene.say(f"/storyboard --model kling-2.5 {SCRIPT}")
    await until(lambda: buttons(scene, "Film it"), "the shots")
    assert await scene.leave(life)


async def filmed(scene: Scene) -> None:
    """A film, and the question how it shall sound."""
    await furnished(scene)
    life = await scene.start()
    scene.say("/video a shy cat --model kling-2.5")
    await until(lambda: buttons(scene, "New sound"), "the film")
    scene.telegram.phone.press(buttons(scene, "New sound")[-1], "New sound")
    await until(lambda: scene.saying("How shall it sound?"), "the question")
    assert await scene.leave(life)


def buttons(scene: Scene, label: str) -> list[Shown]:
    return [shown for shown in scene.messages if any(label in each["text"] for row in shown.buttons for each in row)]


def film_it(scene: Scene) -> None:
    shown = buttons(scene, "Film it")[-1]
    label = next(each["text"] for row in shown.buttons for each in row if "Film it" in each["text"])
    scene.telegram.phone.press(shown, label)


async def shelved(scene: Scene) -> None:
    """What a dead process was about to tell is soon told by another."""
    await furnished(scene)
    scene.limits = {"job_lease_ms": 3_000, "job_renew_s": 1.0}


# --- how it must end --------------------


def judge(scene: Scene, first: Life, seen: Seen, *, sent: dict[str, int], pieces: int = 0, before: int = 0) -> None:
    """`sent`: so many orders at most for each path; `pieces`: of the one film that is to come, after `before` others."""
    sandbox = scene.door.sandbox
    for path, most in sent.items():
        assert sandbox.accepted[path] <= sandbox.submits[path] <= most, f"{path}: sent twice"
    jobs = scene.books.rows("SELECT id, state, quote, part_of, told FROM jobs ORDER BY number")
    for job_id, state, quote, _, told in jobs:
        assert state in ENDS and told, (job_id, state)
        assert scene.books.charged(str(job_id)) == (quote if state == "done" else 0), (job_id, state)
    wholes = [str(state) for _, state, _, part_of, _ in jobs if not part_of]
    done = wholes.count("done")
    recorded = sum("jobs.save:done" in step for step in first.steps) == pieces + 1
    again = len([shown for shown in seen.messages if shown.media]) > before and not recorded
    assert done <= len(scene.media) <= done + again
    assert done == before + 1 or set(wholes[before:]) <= {"failed", "unsure"}
    failed = len(wholes) - done
    assert failed <= len(failures(scene.messages)) <= failed + bool(failures(seen.messages)), "not told once"


def failures(messages: Iterable[Shown]) -> list[Shown]:
    """What says that there is no film has a button to try it again."""
    return [shown for shown in messages if not shown.media and any(word in str(shown.buttons) for word in AGAIN)]


def judge_asset(scene: Scene, first: Life, seen: Seen) -> None:
    """Either it may be used or it is told why not; a second life never puts it in again."""
    sandbox = scene.door.sandbox
    assert sandbox.accepted[ASSET] <= sandbox.submits[ASSET] <= 1, "put in twice"
    [(state,)] = scene.books.rows("SELECT state FROM assets")
    said = scene.saying("“cat” is ready") if state == "active" else scene.saying("“cat” cannot be used")
    unrecorded = bool([shown for shown in seen.messages if "“cat”" in shown.text]) and not first.has("notices.finish")
    assert state in {"active", "failed"} and 1 <= len(said) <= 1 + unrecorded


# --- at every commit --------------------


async def test_an_order_of_seedance(nursery: Nursery, tmp_path: Path) -> None:
    words = "/video a cat --model seedance-2.0-fast --seconds 4"
    judged = partial(judge, sent={SEEDANCE: 1})
    steps = await crash_everywhere(
        nursery, tmp_path, lambda scene: scene.say(words), judged, prepare=furnished, alike=1
    )
    assert [state in str(steps) for state in ("queued", "sending", "waiting", "ready", "done")] == [True] * 5


async def test_an_order_of_runway(nursery: Nursery, tmp_path: Path) -> None:
    judged = partial(judge, sent={RUNWAY: 1, UPLOAD: 2})
    steps = await crash_everywhere(
        nursery, tmp_path, lambda scene: show(scene, "/video it moves --model gen4_turbo"), judged, prepare=furnished,
        since="jobs.add", alike=1,
    )  # fmt: skip
    assert [state in str(steps) for state in ("queued", "sending", "waiting", "ready", "done")] == [True] * 5


async def test_a_portrait_that_speaks(nursery: Nursery, tmp_path: Path) -> None:
    """Its voice is a piece of the order, paid by itself."""
    words = '/video a friendly presenter --model kling-avatar-720p --say "Hello and welcome, all of you"'
    judged = partial(judge, sent={FILMS: 1}, pieces=1)
    await crash_everywhere(
        nursery, tmp_path, lambda scene: show(scene, words), judged, prepare=furnished, since="jobs.add", alike=1
    )


async def test_a_film_with_another_sound(nursery: Nursery, tmp_path: Path) -> None:
    judged = partial(judge, sent={FILMS: 1}, pieces=1, before=1)
    await crash_everywhere(
        nursery,
        tmp_path,
        lambda scene: scene.say("Hello, I am a cat."),
        judged,
        prepare=filmed,
        since="jobs.add",
        alike=1,
    )


async def test_a_storyboard_of_two_shots(nursery: Nursery, tmp_path: Path) -> None:
    judged = partial(judge, sent={FILMS: 2}, pieces=2)
    steps = await crash_everywhere(nursery, tmp_path, film_it, judged, prepare=listed, since="jobs.add", alike=1)
    assert "jobs.save:ready" in str(steps)


async def test_a_file_on_its_way_into_the_library(nursery: Nursery, tmp_path: Path) -> None:
    steps = await crash_everywhere(
        nursery, tmp_path, lambda scene: show(scene, "/assets cat"), judge_asset, prepare=shelved, since="assets.add",
        alike=2,
    )  # fmt: skip
    assert "assets.save:checking" in str(steps) and "assets.save:active" in str(steps)
