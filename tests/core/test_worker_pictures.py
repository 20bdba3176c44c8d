"""Pictures through the real gateway client over real sockets: Midjourney with its buttons and windows, masks, changes."""

from __future__ import annotations

import io
from base64 import b64decode
from dataclasses import replace

import pytest
from PIL import Image

from bots.sandbox.faults import Drop, Reply
from bots.sandbox.server import Sandbox
from core import pressing
from core.errors import BannedWord, RateLimited, Unsure
from core.limits import LIMITS
from core.values import Access, Job, JobState
from tests.clocks import FakeClock
from tests.core.house import House
from tests.core.test_worker_sandbox import START, ann, real, rounds, sandbox

__all__ = ["ann", "real", "sandbox"]

MJ = "midjourney"
ACTION, MODAL, LIST = "POST /mj/submit/action", "POST /mj/submit/modal", "POST /mj/task/list-by-condition"


async def imagined(house: House, access: Access, clock: FakeClock, prompt: str = "a fox", **options: str) -> Job:
    order, _, _ = house.orders.check("image", MJ, prompt, options)
    return await rounds(house, clock, await house.orders.place(access, "1", order))


def number_of(job: Job, label: str) -> int:
    return next(number for number, button in enumerate(job.buttons) if label in button.label)


async def pressed(
    house: House, access: Access, clock: FakeClock, job: Job, label: str, words: str = "", only: str = ""
) -> Job:
    options = {"only": only} if only else {}
    child = await pressing.press(house.orders, access, job.id, number_of(job, label), words=words, options=options)
    return await rounds(house, clock, child)


async def single(house: House, access: Access, clock: FakeClock) -> Job:
    return await pressed(house, access, clock, await imagined(house, access, clock, ratio="3:2"), "U1")


async def test_a_grid_its_pictures_and_further(real: House, sandbox: Sandbox, ann: Access, clock: FakeClock) -> None:
    grid = await imagined(real, ann, clock, ratio="3:2")
    assert grid.state is JobState.DONE
    [picture] = grid.results
    assert picture.width * 2 == picture.height * 3
    first = await pressed(real, ann, clock, grid, "U1")
    assert (first.state, first.action) == (JobState.DONE, "upscale")
    again = await pressed(real, ann, clock, first, "Vary (Subtle)")
    assert (again.state, again.action, len(again.results)) == (JobState.DONE, "variation", 1)
    assert sandbox.accepted["/mj/submit/action"] == 2
    asked = [seen.json for seen in sandbox.requests.to(ACTION)]
    assert [body["taskId"] for body in asked] == [grid.task_id, first.task_id]
    assert [body["customId"] for body in asked] == [first.press, again.press]
    assert await real.left(ann.account_id) == START - grid.quote - first.quote - again.quote
    await real.balanced(ann.account_id)


@pytest.mark.parametrize("moves", [False, True])
async def test_a_region_is_answered_with_its_mask(
    real: House, sandbox: Sandbox, ann: Access, clock: FakeClock, moves: bool
) -> None:
    """White is what is repainted, in the size of the picture; the task may go on under another id."""
    sandbox.behaviour.mj.modal_moves = moves
    first = await single(real, ann, clock)
    changed = await pressed(real, ann, clock, first, "Vary (Region)", "a red hat", "left")
    assert (changed.state, changed.action) == (JobState.DONE, "inpaint")
    [seen] = sandbox.requests.to(MODAL)
    assert (seen.json["prompt"], (seen.json["taskId"] == changed.task_id) is not moves) == ("a red hat", True)
    mask = mask_of(str(seen.json["maskBase64"]))
    assert mask.size == (first.results[0].width, first.results[0].height)
    across, down = mask.size
    assert mask.getpixel((1, down // 2)) == 255
    assert mask.getpixel((across - 2, down // 2)) == 0


def mask_of(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(b64decode(uri.removeprefix("data:image/png;base64,")))).convert("L")


async def test_a_custom_zoom_is_answered_in_words(real: House, sandbox: Sandbox, ann: Access, clock: FakeClock) -> None:
    first = await single(real, ann, clock)
    zoomed = await pressed(real, ann, clock, first, "Custom Zoom", "a castle --zoom 1.8")
    assert zoomed.state is JobState.DONE
    [seen] = sandbox.requests.to(MODAL)
    assert seen.json["prompt"] == "a castle --ar 3:2 --zoom 1.8"


async def test_a_window_whose_answer_is_cut_off_is_answered_once(
    real: House, sandbox: Sandbox, ann: Access, clock: FakeClock
) -> None:
    """It came, so the task goes on; or it did not, so its person is refunded."""
    first = await single(real, ann, clock)
    sandbox.behaviour.script(MODAL, Drop("answer"))
    came = await pressed(real, ann, clock, first, "Vary (Region)", "a red hat", "top")
    assert came.state is JobState.DONE
    spent = START - await real.left(ann.account_id)
    sandbox.behaviour.script(MODAL, Drop("body"))
    lost = await pressed(real, ann, clock, first, "Vary (Region)", "a red hat", "top")
    assert (lost.state, lost.error_key) == (JobState.UNSURE, Unsure.key)
    assert sandbox.accepted["/mj/submit/modal"] == 1
    assert len(sandbox.requests.to(MODAL)) <= 2
    assert await real.left(ann.account_id) == START - spent
    await real.balanced(ann.account_id)


async def test_many_tasks_are_one_look(real: House, sandbox: Sandbox, ann: Access, clock: FakeClock) -> None:
    """Ordered at different moments, they are looked at together."""
    sandbox.behaviour.mj.polls = 6
    jobs = []
    for number in range(8):
        order, _, _ = real.orders.check("image", MJ, f"fox {number}", {})
        jobs.append(await real.orders.place(ann, "1", order))
        await real.worker.step()
        clock.advance(0.3)
    before = len(sandbox.requests.to(LIST))
    for _ in range(40):
        clock.advance(1)
        await real.worker.step()
    assert {(await real.job(job.id)).state for job in jobs} == {JobState.DONE}
    looks = sandbox.requests.to(LIST)[before:]
    assert looks
    assert max(len(seen.json["ids"]) for seen in looks) == 8  # type: ignore[arg-type] # a list
    alone = [seen for seen in sandbox.requests if seen.route == "GET /mj/task/{id}/fetch"]
    assert len(alone) <= 4
    assert len(looks) <= 12


async def test_a_task_that_is_not_found_at_first_is_waited_for(
    real: House, sandbox: Sandbox, ann: Access, clock: FakeClock
) -> None:
    sandbox.behaviour.mj.hidden_looks = 2
    assert (await imagined(real, ann, clock)).state is JobState.DONE


async def test_a_full_queue_is_tried_again_and_a_banned_word_is_not(
    real: House, sandbox: Sandbox, ann: Access, clock: FakeClock
) -> None:
    full = Reply(200, {"code": 23, "description": "队列已满，请稍后尝试", "result": "14001929738841620"})
    sandbox.behaviour.script("POST /mj/submit/imagine", full, full)
    assert (await imagined(real, ann, clock)).state is JobState.DONE
    sandbox.behaviour.script("POST /mj/submit/imagine", *[full] * 5)
    failed = await imagined(real, ann, clock)
    assert (failed.state, failed.error_key) == (JobState.FAILED, RateLimited.key)
    assert sandbox.accepted["/mj/submit/imagine"] <= 3 + LIMITS.busy_tries
    sandbox.behaviour.faults.clear()
    word = {"code": 24, "description": "可能包含敏感词", "properties": {"promptEn": "x", "bannedWord": "nude"}}
    sandbox.behaviour.script("POST /mj/submit/imagine", Reply(200, word))
    banned = await imagined(real, ann, clock)
    assert (banned.state, banned.error_key, banned.error_params) == (JobState.FAILED, BannedWord.key, {"word": "nude"})
    await real.balanced(ann.account_id)


async def test_a_description_is_words(real: House, ann: Access, clock: FakeClock) -> None:
    grid = await imagined(real, ann, clock)
    part = await real.orders.keep_input(await real.media.read(grid.results[0].media), "a.png", "image")
    order, _, _ = real.orders.check("image", MJ, "", {}, (part,), "describe")
    told = await rounds(real, clock, await real.orders.place(ann, "2", order))
    assert (told.state, {result.kind for result in told.results}) == (JobState.DONE, {"text"})
    assert len(told.results) == 4


async def test_previews_are_small_pictures(real: House, sandbox: Sandbox, ann: Access, clock: FakeClock) -> None:
    sandbox.behaviour.mj.polls = 8
    order, _, _ = real.orders.check("image", MJ, "a fox", {})
    job = await real.orders.place(ann, "1", order)
    for _ in range(12):
        await real.worker.step()
        for note in list(real.worker._notes._running.values()):
            await note
        clock.advance(10)
    assert (await real.job(job.id)).state is JobState.DONE
    shown = [preview for preview in real.courier.previews if preview is not None]
    assert len(shown) > 1
    assert all(preview.mime == "image/jpeg" and preview.size <= 300_000 for preview in shown)


# --- other families


async def test_an_edit_of_a_region_goes_as_a_form_with_a_mask(
    real: House, sandbox: Sandbox, ann: Access, clock: FakeClock
) -> None:
    order, _, _ = real.orders.check("image", "gpt-image-2", "a fox", {})
    first = await rounds(real, clock, await real.orders.place(ann, "1", order))
    part = await real.orders.keep_input(await real.media.read(first.results[0].media), "fox.png", "image")
    order, _, _ = real.orders.check("image", "gpt-image-2", "blue", {"only": "right"}, (part,))
    second = await rounds(real, clock, await real.orders.place(ann, "2", order))
    assert (second.state, second.error_key) == (JobState.DONE, "")
    [seen] = sandbox.requests.to("POST /v1/images/edits")
    [sent] = seen.files("mask")
    mask = Image.open(io.BytesIO(sent.data))
    assert (mask.mode, mask.size) == ("RGBA", (first.results[0].width, first.results[0].height))
    assert mask.getpixel((1, 1))[3] == 255  # type: ignore[index] # four channels
    assert mask.getpixel((mask.width - 2, 1))[3] == 0  # type: ignore[index] # four channels


async def test_words_change_a_picture_of_gemini(real: House, sandbox: Sandbox, ann: Access, clock: FakeClock) -> None:
    model = "gemini-3.1-flash-image-preview"
    order, _, _ = real.orders.check("image", model, "a fox", {})
    first = await rounds(real, clock, await real.orders.place(ann, "1", order))
    assert first.state is JobState.DONE
    assert first.transcript
    change = replace(real.orders.check("image", model, "bluer", {})[0], continues=first.id)
    second = await rounds(real, clock, await real.orders.place(ann, "2", change))
    assert second.state is JobState.DONE
    contents = next(seen for seen in reversed(list(sandbox.requests)) if "generateContent" in seen.path).json[
        "contents"
    ]
    assert [turn["role"] for turn in contents] == ["user", "model", "user"]  # type: ignore[attr-defined] # a list
