"""Buttons of pictures with data that no bot has made: other numbers, other families, other chats, other verbs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.pictures import CONFIG, GEMINI, job_of, labels, made, pressed
from tests.hostile.scenes import on_telegram
from tests.standins.telegram import TelegramStandIn
from tests.telegram.bots import picture

HUGE = "9" * 25
BROKEN = ("on my side", "tell my owner this reference")

FORGED = [
    "job:{}:pick:-1",
    "job:{}:pick:" + HUGE,
    "job:{}:pick:²",
    "job:{}:pick:٣",
    "job:{}:pick:7",
    "job:{}:file:7",
    "job:{}:file:-1",
    "job:{}:file:" + HUGE,
    "job:{}:edit:7",
    "job:{}:edit:" + HUGE,
    "job:{}:animate:7",
    "job:{}:reference:7",
    "job:{}:vary:7",
    "job:{}:vary:-1",
    "job:{}:upscale:7",
    "job:{}:upscale",
    "job:{}:upscale:" + HUGE,
    "job:{}:constructor",
    "mj:{}:press:0",
    "mj:{}:press:-1",
    "mj:{}:press:" + HUGE,
    "mj:{}:press:99",
    "mj:{}:region:0:left",
    "mj:{}:region:-1:left",
    "mj:{}:region:99:left",
    "mj:{}:region:0:nowhere",
    "mj:{}:region:" + HUGE + ":top",
    "mj:{}:draw:0",
    "mj:{}:draw:-1",
    "mj:{}:short",
    "mj:{}:",
    "mj:{}",
    "mj",
    "mj:",
    "way:{}:0",
    "way:{}:-1",
    "way:{}:" + HUGE,
    "way",
    "way:",
    "wanted:mj:{}:0:left",
    "wanted:mj:{}:0",
    "wanted:edit:job:{}:7",
    "wanted:reference:job:{}:99",
    "wanted:",
    "wanted",
    "wanted:ask:turn:{}",
    "wanted:constructor:{}",
    "gal",
    "gal:",
    "gal:0:0:older:nobody",
    "gal:{}",
]


@pytest.mark.parametrize(
    "words", ["/mj a lighthouse", f"/image a fox --model {GEMINI}", "/image a fox --count 2", "describe"]
)
async def test_forged_data_of_an_own_result(telegram: TelegramStandIn, tmp_path: Path, words: str) -> None:
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        if words == "describe":
            scene.phone.photo(scene.ann, scene.ann, picture(), "/mj describe")
            shown = await scene.hears("1️⃣")
        else:
            shown = await made(scene, words)
        broken = {}
        for data in FORGED:
            told = await pressed(scene, shown, data.format(job_of(shown)))
            if any(words in str(told) for words in BROKEN):
                broken[data] = told
            scene.phone.say(scene.ann, scene.ann, "/cancel")
            await scene.heard()
        assert broken == {}
        said = str([each.text for each in scene.phone.from_bot(scene.ann)])
        assert not any(words in said for words in BROKEN), said


async def test_words_after_a_forged_number(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """The question itself may be asked; its answer orders nothing that is not there, and costs nothing."""
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        for words in ("/mj a lighthouse", f"/image a fox --model {GEMINI}", "/image a fox"):
            shown = await made(scene, words)
            jobs = scene.house.rows("SELECT id FROM jobs")
            for data in ("job:{}:edit:7", "job:{}:reference:7", "mj:{}:region:0:left", "mj:{}:region:0:shape"):
                await pressed(scene, shown, data.format(job_of(shown)))
                await scene.told("a dog instead")
            said = str([each.text for each in scene.phone.from_bot(scene.ann)])
            assert not any(words in said for words in BROKEN), said
            assert scene.house.rows("SELECT id FROM jobs") == jobs


async def test_pages_of_a_gallery_that_no_database_counts(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        await made(scene, "/image a fox")
        page = await scene.after(lambda: scene.phone.say(scene.ann, scene.ann, "/gallery"))
        assert "a fox" in page[0]
        shown = scene.phone.from_bot(scene.ann)[-1]
        turn = next(data for data in labels(shown).values() if data.startswith("gal:"))
        person = turn.rpartition(":")[2]
        for skip in ("9" * 19, "9" * 30, "٣", "2147483648"):
            for way in ("older", "newer", "", "x"):
                told = await pressed(scene, shown, f"gal:{skip}:0:{way}:{person}"[:64])
                assert not any(words in str(told) for words in BROKEN), (skip, told)


async def test_files_that_are_kept_no_more(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """What was swept is told of in one sentence, whichever button wants it."""
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        shown = await made(scene, "/mj a lighthouse")
        for path in (tmp_path / "media").rglob("*"):
            if path.is_file():
                path.unlink()
        books = scene.house.books()
        for data in (
            "mj:{}:tiles",
            "job:{}:file:0",
            "job:{}:file",
            "job:{}:vary:0",
            "job:{}:reference:0",
            "job:{}:show",
        ):
            told = await pressed(scene, shown, data.format(job_of(shown)))
            assert len(told) <= 2 and not any(words in str(told) for words in BROKEN), (data, told)
        assert scene.house.books() == books


async def test_nobody_deletes_what_is_no_result_of_theirs(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """An order of the group that came to nothing has no messages; its forged Delete, pressed elsewhere, takes none there."""
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        group = scene.phone.group("Club", scene.boss, scene.ann, scene.bob)
        scene.phone.say(group, scene.ann, "/image a fox [fail]")
        await scene.hears("picture", group)
        ((job_id,),) = scene.house.rows("SELECT id FROM jobs")
        await made(scene, "/image a fox")
        scene.phone.say(group, scene.bob, "/help")
        await scene.heard()
        own = scene.house.rows("SELECT ack_id FROM jobs WHERE id = ?", job_id)[0][0]
        before = {shown.message_id for shown in scene.phone.from_bot(group) if str(shown.message_id) != own}
        theirs = scene.phone.from_bot(scene.ann) + scene.phone.from_bot(group)
        for shown in theirs:
            await pressed(scene, shown, f"job:{job_id}:delete")
        assert before <= {shown.message_id for shown in scene.phone.from_bot(group)}
        assert len(scene.phone.from_bot(scene.ann)) >= 2
