"""People who want in, want more than theirs, or want what is others': codes, purses, memories, names."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from bots.sandbox.faults import Speech
from tests.hostile.rig import CHAT, CONFIG, quick
from tests.hostile.scenes import OnTelegram, on_telegram
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_chats import User

GROUP = CONFIG + "\n[groups]\ndaily_credits = 30\nmember_daily_credits = 12\n"


async def test_guessing_codes(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """Five wrong tries an hour; the right code is not even looked at then; another person is not locked out by it."""
    async with on_telegram(telegram, tmp_path, access="closed") as scene:
        scene.house.clock.to_the_beginning_of(3600)
        said = await scene.told("/admin invite 1", scene.boss)
        code = next(word for word in said[0].split() if len(word.strip("`")) == 20).strip("`")
        for number in range(30):
            scene.phone.say(scene.ann, scene.ann, f"/start {'guess' * 3}{number:05d}")
        await scene.heard()
        assert sum("does not work" in shown.text for shown in scene.phone.from_bot(scene.ann)) <= 5
        scene.phone.say(scene.ann, scene.ann, f"/start {code}")
        await scene.heard()
        assert scene.house.rows("SELECT role FROM persons") == [("owner",)]
        said = await scene.told(f"/start  {code.upper()} ", scene.bob)
        assert "does not work" not in said[0]
        await scene.told("what is a fox?", scene.bob)
        carl = scene.phone.person("Carl")
        said = await scene.told(f"/start {code}", carl)
        assert "does not work" in said[0]
        assert len(scene.house.rows("SELECT 1 FROM persons")) == 2


async def test_one_invitation_and_twenty_who_use_it_at_once(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path, access="closed") as scene:
        said = await scene.told("/admin invite 1", scene.boss)
        code = next(word for word in said[0].split() if len(word.strip("`")) == 20).strip("`")
        crowd = [scene.phone.person(f"P{number}") for number in range(20)]
        for person in crowd:
            scene.phone.say(person, person, f"/start {code}")
        await scene.heard()
        assert len(scene.house.rows("SELECT 1 FROM persons WHERE role = 'member'")) == 1


async def test_a_stranger_who_floods(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path, access="closed") as scene:
        group = scene.phone.group("Elsewhere", scene.ann)
        for number in range(60):
            scene.phone.say(scene.ann, scene.ann, f"hello {number}")
            scene.phone.say(group, scene.ann, f"/image fox {number}")
        await scene.heard()
        assert len(scene.phone.from_bot(scene.ann)) == 1
        assert scene.phone.from_bot(group) == []
        assert scene.house.rows("SELECT 1 FROM persons WHERE role <> 'owner'") == []
        assert scene.house.gateway.submits.total() == 0


async def test_replying_to_somebody_elses_answer(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """It goes on from that answer, in the replier's own purse, with nothing else of the other's memory."""
    async with on_telegram(telegram, tmp_path) as scene:
        group = scene.phone.group("Club", scene.boss, scene.ann, scene.bob)
        scene.phone.say(scene.bob, scene.bob, "my password is swordfish")
        await scene.hears("swordfish", scene.bob)
        scene.phone.say(group, scene.bob, "/chat my other secret is plugh")
        await scene.hears("plugh", group)
        scene.phone.say(group, scene.bob, "/new")
        await scene.heard()
        scene.phone.say(group, scene.bob, "/chat what is a fox?")
        answer = await scene.hears("what is a fox?", group)
        before = scene.house.books()
        scene.phone.say(group, scene.ann, "tell me more", reply_to=answer)
        await scene.hears("tell me more", group)
        asked = str([seen.body for seen in scene.house.gateway.requests if seen.route == CHAT][-1])
        assert "what is a fox?" in asked
        assert "swordfish" not in asked and "plugh" not in asked
        paid = {row[2] for row in scene.house.books() if row not in before}
        (ann,) = scene.house.rows("SELECT person_id FROM identities WHERE platform_id = ?", str(scene.ann.id))
        assert paid == {f"person:{ann[0]}"}
        scene.phone.say(group, scene.bob, "/chat and now?")
        await scene.hears("and now?", group)
        asked = str([seen.body for seen in scene.house.gateway.requests if seen.route == CHAT][-1])
        assert "tell me more" not in asked


async def test_a_member_cannot_drain_the_group(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path, config=GROUP, access="closed") as scene:
        group = scene.phone.group("Club", scene.boss, scene.ann, scene.bob)
        await scene.after(lambda: scene.phone.say(group, scene.boss, "/admin allow"), scene.boss)
        for _ in range(15):
            scene.phone.say(group, scene.ann, "/image a fox")
        await scene.heard()
        anns = scene.house.gateway.accepted.total()
        assert anns == 2  # 12 credits at 5.3
        scene.phone.say(group, scene.bob, "/image a fox")
        await scene.heard()
        assert scene.house.gateway.accepted.total() == 3
        accounts = {row[2] for row in scene.house.books()}
        assert accounts == {f"place:telegram:{group.id}"}
        scene.phone.say(scene.ann, scene.ann, "/image a fox")  # a guest of the group is nobody in private
        await scene.heard()
        assert scene.house.gateway.accepted.total() == 3


def dictated(scene: OnTelegram, chat: Any, **changes: Any) -> None:
    """An update as Telegram would make it for a sender who is no ordinary person."""
    shown = scene.phone._state.post(scene.phone.chat(chat), scene.ann, text=changes.pop("text"), entities=[])
    message = {**scene.phone._state.wire(shown), **changes}
    scene.standin.updates.add("message", {key: value for key, value in message.items() if value is not None})


async def test_channels_anonymous_admins_and_bots(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """Nobody's credits are used for those who are nobody; bots are not even answered."""
    async with on_telegram(telegram, tmp_path) as scene:
        group = scene.phone.group("Club", scene.boss, scene.ann)
        anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
        here = {"id": group.id, "type": "supergroup", "title": "Club"}
        channel = {"id": -1009, "type": "channel", "title": "News"}
        fake = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
        robot = {"id": 77, "is_bot": True, "first_name": "Robot", "username": "robot_bot"}
        for words in ("/image a fox", "/admin grant 502 1000", "/start abc", "/balance"):
            dictated(scene, group, text=words, **{"from": anonymous, "sender_chat": here})
            dictated(scene, group, text=words, **{"from": fake, "sender_chat": channel})
            dictated(scene, group, text=words, **{"from": fake, "sender_chat": channel, "is_automatic_forward": True})
            dictated(scene, group, text=words, **{"from": robot})
            dictated(scene, group, text=words, **{"from": None, "sender_chat": None})
        await scene.heard()
        assert {shown.text for shown in scene.phone.from_bot(group)} == {
            "You are writing anonymously, so I cannot tell whose credits to use. Please write as yourself."
        }
        assert scene.house.books() == ()
        assert len(scene.house.rows("SELECT 1 FROM persons")) == 1


async def test_admin_words_of_people_who_are_no_owners(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        words = [
            f"/admin grant {scene.ann.id} 1000", "/admin invite 1000", "/admin limit none", "/admin broadcast hi", "/admin",
            f"/admin ban {scene.boss.id}", "/ADMIN stats", "/admin@starlight_test_bot stats", "/admin --", "/admin \x00",
        ]  # fmt: skip
        for word in words:
            said = await scene.told(word)
            assert said == ["Only the owner of this bot can do that."], word
        assert scene.house.rows("SELECT 1 FROM entries WHERE step = 'credit'") == []


async def test_an_owner_who_mistypes(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """A sentence for each; no money appears from nowhere."""
    async with on_telegram(telegram, tmp_path) as scene:
        await scene.told("hello")
        ann = scene.ann.id
        words = [
            "grant", "grant x", f"grant {ann}", f"grant {ann} NaN", f"grant {ann} Infinity", f"grant {ann} 1e99",
            f"grant {ann} 0",
            f"grant {ann} {'9' * 4000}", f"grant {ann} -5", f"grant {ann} 0.00000001", "grant 999 5", "plan",
            f"plan {ann} gold",
            "invite 0", "invite -1", "invite " + "9" * 3900, "invite 1 2 3", "invite ٣ ٣", "limit", "limit x", "limit -1/day",
            "limit 99999999999", "ban", "ban nobody", "allow", "allow telegram:", "allow nowhere:1", "broadcast", "nonsense",
        ]  # fmt: skip
        for word in words:
            said = await scene.told(f"/admin {word}", scene.boss)
            assert len(said) == 1 and "on my side" not in said[0], (word[:40], said)
        ((credit,),) = scene.house.rows("SELECT COALESCE(SUM(kept), 0) FROM entries WHERE step = 'credit'")
        assert credit <= 0


async def test_names_that_are_traps(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        names = [
            "\u202etxt.exe",
            "*bold* <b>x</b> [a](b)",
            "'; DROP TABLE persons; --",
            "{ $name }",
            "\ud83d",
            "x" * 5000,
        ]
        for name in names:
            person: User = scene.phone.person(name.encode("utf-8", "replace").decode())
            said = await scene.told("what is a fox?", person)
            assert len(said) == 1
            reply = scene.phone.say(scene.boss, scene.boss, f"/admin grant {person.id} 5")
            assert reply
        await scene.heard()
        assert len(scene.house.rows("SELECT 1 FROM persons")) == len(names) + 1


async def test_a_bomb_of_markdown_hurts_nobody_else(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """While the worst texts are rendered and sent, another person is answered at once."""
    bombs = [
        "**a** " * 20_000,
        "`a" * 30_000,
        "[" * 60_000,
        "> " * 30_000,
        "$a" * 30_000,
        "- " * 30_000,
        "```\n" * 15_000,
    ]
    async with on_telegram(telegram, tmp_path, behaviour=quick()) as scene:
        loop, slowest = asyncio.get_running_loop(), 0.0
        scene.house.gateway.behaviour.script(CHAT, *(Speech((bomb,)) for bomb in bombs))
        for number, _ in enumerate(bombs):
            person = scene.phone.person(f"Bomber{number}")
            scene.phone.say(person, person, "boom")

        async def watch() -> None:
            nonlocal slowest
            while True:
                began = loop.time()
                await asyncio.sleep(0.01)
                slowest = max(slowest, loop.time() - began)

        watching = asyncio.create_task(watch())
        await scene.phone.until(lambda: scene.house.asked() == len(bombs), timeout_s=30)
        scene.phone.say(scene.bob, scene.bob, "what is a fox?")
        await scene.hears("what is a fox?", scene.bob)
        watching.cancel()
        assert slowest < 3.0, slowest
