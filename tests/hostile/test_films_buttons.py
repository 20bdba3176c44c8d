"""Buttons of storyboards, films and files with data that no bot has made, pressed by others, in other chats, and late."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.films import BROKEN, CONFIG, check_holds, data_of, filmed, jobs, listed
from tests.hostile.pictures import ANYONE, job_of, labels, pressed
from tests.hostile.scenes import on_telegram
from tests.standins.telegram import TelegramStandIn

HUGE = "9" * 25

BOARD = [
    "board",
    "board:",
    "board:{}",
    "board:{}:open",
    "board:{}:open:0",
    "board:{}:open:-1",
    "board:{}:open:²",
    "board:{}:open:٣",
    "board:{}:open:" + HUGE,
    "board:{}:words:99",
    "board:{}:add:99",
    "board:{}:less:" + HUGE,
    "board:{}:more:-1",
    "board:{}:remove:99",
    "board:{}:constructor",
    "board:{}:film:1:2:3",
    "wanted:shot:{}:99",
    "wanted:shot:{}:",
    "wanted:shot:",
    "wanted:newshot:{}:٣",
    "wanted:newshot:{}",
    "job:{}:redo:1",
    "board:nobody:film",
    "board:nobody:open:1",
    "assets",
    "assets:",
    "assets:" + HUGE,
    "assets:-1:{}",
    "asset",
    "asset:drop",
    "asset:ask:{}:0:nobody",
    "jobs",
    "jobs:",
    "jobs:-1:nobody",
]
FILM = [
    "job:{}:redo",
    "job:{}:redo:",
    "job:{}:redo:0",
    "job:{}:redo:4",
    "job:{}:redo:-1",
    "job:{}:redo:²",
    "job:{}:redo:" + HUGE,
    "job:{}:longer:" + HUGE,
    "job:{}:sound:yes",
    "job:{}:upscale:no",
    "job:{}:check",
    "job:{}:cancel",
    "job:{}:still:7",
    "job:{}:gif:-1",
    "job:{}:edit:7",
    "job:{}:animate:0",
    "job:{}:dub",
    "job:{}:join",
    "wanted:longer:job:{}:0",
    "wanted:longer:job:{}:99",
    "wanted:longer:turn:{}",
    "wanted:sound:job:{}:0",
    "wanted:sound:turn:{}",
    "wanted:sound:{}",
    "wanted:longer:",
]


async def test_forged_data_of_an_own_list(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        board = await listed(scene)
        turn_id = data_of(board, "Film it").split(":")[1]
        broken = {}
        for data in BOARD:
            if data == "board:{}:film:1:2:3":
                continue
            told = await pressed(scene, board, data.format(turn_id)[:64])
            if any(words in str(told) for words in BROKEN):
                broken[data] = told
            scene.phone.say(scene.ann, scene.ann, "/cancel")
            await scene.heard()
        assert broken == {}
        assert jobs(scene) == []


async def test_forged_data_of_an_own_film(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        film = await filmed(scene)
        many = len(jobs(scene))
        broken = {}
        pieces = [str(job_id) for job_id, whole, _ in jobs(scene) if whole]
        for job_id in (job_of(film), pieces[1]):
            for data in FILM:
                told = await pressed(scene, film, data.format(job_id)[:64])
                if any(words in str(told) for words in BROKEN):
                    broken[data] = told
                scene.phone.say(scene.ann, scene.ann, "/cancel")
                await scene.heard()
        assert broken == {}
        assert len(jobs(scene)) == many, jobs(scene, "id, part_of, state, action")
        check_holds(scene)


async def test_others_have_nothing_of_a_storyboard(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """Neither of the list nor of the film, in the group, in their own chat, or of a piece by its number."""
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        group = scene.phone.group("Club", scene.boss, scene.ann, scene.bob)
        board = await listed(scene, chat=group)
        scene.phone.say(scene.bob, scene.bob, "/help")
        await scene.heard()
        elsewhere = scene.phone.from_bot(scene.bob)[0]
        for shown in (board, elsewhere):
            for data in labels(board).values():
                told = await pressed(scene, shown, data, scene.bob)
                assert "do not have that message" in str(told), (data, told)
        assert jobs(scene) == []
        film = await filmed(scene, group)
        books = scene.house.books()
        ids = [str(job_id) for job_id, *_ in jobs(scene)]
        for shown in (film, elsewhere):
            for job_id in ids:
                for deed in (
                    "redo:1",
                    "redo:1:yes",
                    "redo:1:words",
                    "again",
                    "longer",
                    "sound",
                    "upscale:yes",
                    "show",
                    "delete",
                    "check",
                    "still",
                ):
                    told = await pressed(scene, shown, f"job:{job_id}:{deed}", scene.bob)
                    assert any(words in str(told) for words in ("do not have that order", "for whoever asked")), told
        assert scene.house.books() == books


async def test_who_presses_pays_and_pieces_stay_pieces(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """Where anyone may press, Bob films a shot anew with his own credits; by the number of a piece he gets one film."""
    async with on_telegram(telegram, tmp_path, config=CONFIG + ANYONE) as scene:
        group = scene.phone.group("Club", scene.boss, scene.ann, scene.bob)
        film = await filmed(scene, group)
        anns = {str(row[0]) for row in jobs(scene, "account_id")}
        books = [row for row in scene.house.books() if row[2] in anns]
        await pressed(scene, film, f"job:{job_of(film)}:redo:2:yes", scene.bob)
        piece = next(str(job_id) for job_id, whole, _ in jobs(scene) if whole == job_of(film))
        await pressed(scene, film, f"job:{piece}:again", scene.bob)
        assert [row for row in scene.house.books() if row[2] in anns] == books
        assert len(jobs(scene)) == 4 + 2 + 1
        check_holds(scene)


async def test_filming_pressed_many_times(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """At once, once more when it is done, and beside changes: filmed and paid once."""
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        board = await listed(scene)
        film, first = data_of(board, "Film it"), data_of(board, "1")
        for _ in range(5):
            scene.phone.press_data(board, film, scene.ann)
            scene.phone.press_data(board, first.replace("open", "remove"), scene.ann)
            scene.phone.press_data(board, data_of(board, "Cut anew"), scene.ann)
            scene.phone.press_data(board, data_of(board, "Cancel"), scene.ann)
        await scene.heard()
        told = await pressed(scene, board, film)
        assert not any(words in str(told) for words in BROKEN)
        wholes = [row for row in jobs(scene) if not row[1]]
        assert len(wholes) <= 1
        scene.house.clock.offset_s += 60
        await pressed(scene, board, film)
        assert len([row for row in jobs(scene) if not row[1]]) == len(wholes)
        check_holds(scene)


@pytest.mark.parametrize("moment", ["queued", "first", "made"])
async def test_cancelled_and_pressed_again(telegram: TelegramStandIn, tmp_path: Path, moment: str) -> None:
    """A whole, and each of its pieces by its number, cancelled; then everything is ordered that is left to press."""
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        board = await listed(scene)
        many = len(scene.phone.from_bot(scene.ann))
        scene.phone.press_data(board, data_of(board, "Film it"), scene.ann)
        await scene.phone.until(lambda: jobs(scene))
        if moment == "first":
            await scene.phone.until(lambda: any(row[2] == "waiting" for row in jobs(scene)))
        elif moment == "made":
            await scene.phone.until(lambda: any(row[2] == "done" for row in jobs(scene)))
        ack = await scene.phone.until(lambda: scene.phone.from_bot(scene.ann)[many:])
        assert ack
        ids = [str(row[0]) for row in jobs(scene)]
        for job_id in [*ids, *ids]:
            scene.phone.press_data(board, f"job:{job_id}:cancel", scene.ann)
        await scene.heard()
        check_holds(scene)
        for job_id in ids:
            for deed in ("again", "check", "show", "delete", "redo:1:yes", "edit:0"):
                told = await pressed(scene, board, f"job:{job_id}:{deed}")
                assert not any(words in str(told) for words in BROKEN), (deed, told)
            scene.phone.say(scene.ann, scene.ann, "/cancel")
            await scene.heard()
        check_holds(scene)
