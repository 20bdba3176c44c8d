"""Buttons of songs, words and voices with data that no bot has made, pressed by others, in other chats, and late."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.voicehouse import recording
from tests.hostile.films import BROKEN, check_holds, data_of, jobs
from tests.hostile.pictures import ANYONE, job_of, labels, made, pressed
from tests.hostile.rig import CONFIG as PLAIN
from tests.hostile.scenes import OnTelegram, on_telegram
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_chats import Shown

HUGE = "9" * 25
CONFIG = (
    PLAIN.replace("daily_credits = 100", "daily_credits = 1000000\nopen_jobs = 30")
    + """
[models."suno-v5"]
poll = { first_s = 0.05, later_s = 0.05, max_s = 0.05 }

[models."voice-clone"]
poll = { first_s = 0.05, later_s = 0.05, max_s = 0.05 }
"""
)
SONG = [
    *("job:{}:clip:99", "job:{}:clip:-1", "job:{}:clip:²", "job:{}:clip:٣", "job:{}:clip:" + HUGE, "job:{}:clip:1:2:3"),
    *(
        "job:{}:sing",
        "job:{}:rewrite",
        "job:{}:words:9",
        "job:{}:longer",
        "job:{}:gif",
        "job:{}:edit",
        "job:{}:nothing",
    ),
    *("mj:{}:press:99", "mj:{}:press:-1", "mj:{}:press:²", "mj:{}:press:" + HUGE, "mj:{}:draw:0", "mj:{}:seed"),
    *("wanted:rewrite:job:{}:0", "wanted:rewrite:turn:x", "job:nobody:words", "job::clip:0"),
]
VOICES = [
    *(
        "voice",
        "voice:",
        "voice:{me}",
        "voice:yes:{me}",
        "voice:yes:nobody:{me}",
        "voice:no:nobody:{me}",
        "voice:again:x:{me}",
    ),
    *(
        "voice:use:x:{me}",
        "voice:ask:x:{me}",
        "voice:keep:x:{me}",
        "voice:try:x:{me}",
        "voice:take:x:{me}",
        "voice:drop:x:{me}",
    ),
    *(
        "voice:list:-1:{me}",
        "voice:list:" + HUGE[:20] + ":{me}",
        "voice:list:²:{me}",
        "voice:list:0:%:{me}",
        "voice:mine:999:{me}",
    ),
    "voice:constructor:{me}",
]
"""`{me}`: whoever presses."""


def me(scene: OnTelegram, user: object) -> str:
    """The id that buttons carry."""
    ((person,),) = scene.house.rows(
        "SELECT person_id FROM identities WHERE platform_id = ?",
        str(user.id),  # type: ignore[attr-defined]
    )
    return str(person)


async def asked_consent(scene: OnTelegram) -> Shown:
    """The question whether the speaker agrees."""
    before = len(scene.phone.from_bot(scene.ann))
    scene.phone.document(scene.ann, scene.ann, recording(12), "mum.wav", "audio/x-wav", "/voice clone Mum")
    found = await scene.phone.until(
        lambda: next(
            (each for each in scene.phone.from_bot(scene.ann)[before:] if "voice:yes" in str(each.buttons)), None
        )
    )
    await scene.house.at_rest()
    assert found is not None
    return found


async def test_data_that_no_song_has(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        song = await made(scene, "/music a sea shanty --model suno-v5")
        before, spent = jobs(scene), scene.house.spent()
        for data in SONG:
            said = await pressed(scene, song, data.format(job_of(song)))
            assert not any(words in line for line in said for words in BROKEN), (data, said)
        new = jobs(scene)[len(before) :]
        assert [row for row in new if row[2] not in {"done"}] == [], new
        assert scene.house.spent() == spent, "the film of a song is free, and nothing else is there"
        check_holds(scene)


@pytest.mark.parametrize("anyone", [False, True])
async def test_songs_of_others(telegram: TelegramStandIn, tmp_path: Path, anyone: bool) -> None:
    """In the group as the operator wants it, and whoever presses pays; in their own chat never."""
    async with on_telegram(telegram, tmp_path, config=CONFIG + (ANYONE if anyone else "")) as scene:
        group = scene.phone.group("Club", scene.boss, scene.ann, scene.bob)
        song = await made(scene, "/music a sea shanty --model suno-v5", group)
        await scene.told("/help", scene.bob)
        own = scene.phone.from_bot(scene.bob)[-1]
        paid = _paid(scene)
        many = len(jobs(scene))
        for data in labels(song).values():
            if "delete" not in data:
                await pressed(scene, own, data, scene.bob)
        assert (len(jobs(scene)), _paid(scene)) == (many, paid)
        await pressed(scene, song, data_of(song, "⏩ 1"), scene.bob)
        again = next(data for data in labels(song).values() if data.endswith(":again"))
        said = await pressed(scene, song, again, scene.bob)
        assert (len(jobs(scene)) > many) == anyone, said
        after = _paid(scene)
        assert after.get(me(scene, scene.ann)) == paid.get(me(scene, scene.ann)), "she pays for nobody"
        assert (after.get(me(scene, scene.bob), 0) > 0) == anyone
        check_holds(scene)


def _paid(scene: OnTelegram) -> dict[str, int]:
    """What each person has ordered."""
    rows = scene.house.rows("SELECT person_id, SUM(quote) FROM jobs GROUP BY person_id")
    return {person: int(sum_) for person, sum_ in rows}


async def test_data_that_no_voice_has(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        await scene.told("/voice")
        shown = scene.phone.from_bot(scene.ann)[-1]
        for data in VOICES:
            said = await pressed(scene, shown, data.format(me=me(scene, scene.ann)))
            assert not any(words in line for line in said for words in BROKEN), (data, said)
        assert jobs(scene) == []
        assert scene.house.rows("SELECT 1 FROM voices") == []


async def test_consent_of_somebody_else(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """With her id or his own, on her message or his: he agrees to nothing, and her voice stays hers."""
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        question = await asked_consent(scene)
        await scene.told("/voice", scene.bob)
        his = scene.phone.from_bot(scene.bob)[-1]
        yes = next(data for data in labels(question).values() if data.startswith("voice:yes"))
        bob, ann = me(scene, scene.bob), me(scene, scene.ann)
        for data in (
            yes,
            yes.replace(ann, bob),
            f"{yes}:{bob}",
            yes.replace("voice:yes", "voice:no").replace(ann, bob),
        ):
            said = await pressed(scene, his, data, scene.bob)
            assert not any(words in line for line in said for words in BROKEN), (data, said)
        assert scene.house.rows("SELECT 1 FROM voices") == []
        assert jobs(scene) == []
        for _ in range(3):
            scene.phone.press_data(question, yes, scene.ann)
        await scene.heard()
        assert scene.house.rows("SELECT person_id, name FROM voices") == [(ann, "Mum")]
        assert [row[2] for row in jobs(scene)] == ["done"]
        ((voice_id, remote_id),) = scene.house.rows("SELECT id, remote_id FROM voices")
        for deed in ("use", "ask", "drop", "keep", "again"):
            for whose in (ann, bob):
                said = await pressed(scene, his, f"voice:{deed}:{voice_id}:{whose}", scene.bob)
                assert not any(words in line for line in said for words in (*BROKEN, "Mum", str(remote_id))), (
                    deed,
                    said,
                )
        for words in (f"/say hi --voice {remote_id}", "/say hi --voice own:Mum", "/voice use Mum", "/voice delete Mum"):
            assert not any(
                str(remote_id) in line for line in await scene.told(words, scene.bob) if "voice" not in words
            )
        assert scene.house.rows("SELECT id, keep FROM voices") == [(voice_id, 0)]
        assert len(jobs(scene)) == 1
        shown = "".join(each.text for who in (scene.ann, scene.bob) for each in scene.phone.from_bot(who))
        assert str(remote_id) not in shown.replace(f"“{remote_id}”", "")
        check_holds(scene)
