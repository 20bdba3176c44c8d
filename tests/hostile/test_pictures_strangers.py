"""Whose money, whose pictures: presses by others in a group under both policies, in other chats, twice at once, and with the
last credits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.pictures import ACTION, ANYONE, CONFIG, IMAGINE, job_of, labels, made, pressed
from tests.hostile.rig import PICTURES, SPENT
from tests.hostile.scenes import OnTelegram, on_telegram
from tests.standins.telegram import TelegramStandIn
from tests.telegram.bots import picture

REFUSED = ("do not have that order", "for whoever asked", "do not have that message")


def paid(scene: OnTelegram) -> dict[str, int]:
    """Micros, by the account."""
    found = scene.house.rows(
        f"SELECT account_id, -SUM(daily + kept) FROM entries WHERE {SPENT} GROUP BY account_id"  # noqa: S608 # ours
    )
    return {account: int(sum_) for account, sum_ in found}


def ordered(scene: OnTelegram) -> list[tuple[str, str]]:
    return [
        (str(person), str(account)) for person, account in scene.house.rows("SELECT person_id, account_id FROM jobs")
    ]


async def test_others_in_a_group_have_nothing_of_a_result(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """As long as the operator says nothing else: no press of Bob's costs, shows or changes anything."""
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        group = scene.phone.group("Club", scene.boss, scene.ann, scene.bob)
        grid = await made(scene, "/mj a lighthouse", group)
        several = await made(scene, "/image a fox --count 2", group)
        scene.phone.say(group, scene.ann, "/gallery")
        gallery = await scene.hears("1. ", group)
        books, many = scene.house.books(), len(scene.house.gateway.requests)
        for shown in (grid, several, gallery):
            job_id = job_of(shown)
            forged = [
                f"job:{job_id}:{deed}:0" for deed in ("pick", "vary", "edit", "file", "animate", "reference", "show")
            ]
            for data in [*labels(shown).values(), *forged, f"mj:{job_id}:region:0:left", f"mj:{job_id}:short"]:
                told = await pressed(scene, shown, data, scene.bob)
                assert len(told) == 1 and any(words in told[0] for words in REFUSED), (data, told)
        scene.phone.say(group, scene.bob, "/mj seed", reply_to=grid)
        await scene.heard()
        assert "seed is" not in str([shown.text for shown in scene.phone.from_bot(group)])
        assert scene.house.books() == books and len(scene.house.gateway.requests) == many


async def test_who_presses_pays_where_anyone_may(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path, config=CONFIG + ANYONE) as scene:
        group = scene.phone.group("Club", scene.boss, scene.ann, scene.bob)
        grid = await made(scene, "/mj a lighthouse", group)
        before = paid(scene)
        (anns,) = before
        for label in ("U1", "V2"):
            await pressed(scene, grid, labels(grid)[label], scene.bob)
        after = paid(scene)
        assert after.pop(anns) == before[anns]
        assert sum(after.values()) == 50_000 + 100_000
        await pressed(scene, grid, f"job:{job_of(grid)}:again", scene.bob)
        after = paid(scene)
        assert after.pop(anns) == before[anns] and sum(after.values()) == 250_000
        # it is Ann's all the same: nobody else cancels, deletes or brings it once more
        many = len(scene.phone.from_bot(group))
        for deed in ("delete", "cancel", "show"):
            told = await pressed(scene, grid, f"job:{job_of(grid)}:{deed}", scene.bob)
            assert any(words in str(told) for words in REFUSED), (deed, told)
        assert len(scene.phone.from_bot(group)) == many and paid(scene)[anns] == before[anns]


@pytest.mark.parametrize("policy", ["", ANYONE])
async def test_what_was_made_in_private_stays_there(telegram: TelegramStandIn, tmp_path: Path, policy: str) -> None:
    """Bob has the id of Ann's private order, and presses in the group, and in his own chat."""
    async with on_telegram(telegram, tmp_path, config=CONFIG + policy) as scene:
        group = scene.phone.group("Club", scene.boss, scene.ann, scene.bob)
        grid = await made(scene, "/mj a secret lighthouse")
        scene.phone.say(group, scene.bob, "/help")
        await scene.told("/help", scene.bob)
        books, many = scene.house.books(), len(scene.house.gateway.requests)
        for where in (group, scene.bob):
            elsewhere = scene.phone.from_bot(where)[0]
            for data in [*labels(grid).values(), f"job:{job_of(grid)}:show", f"job:{job_of(grid)}:pick:0"]:
                told = await pressed(scene, elsewhere, data, scene.bob)
                assert any(words in str(told) for words in REFUSED) and "secret" not in str(told), (data, told)
        assert not any(shown.media for where in (group, scene.bob) for shown in scene.phone.from_bot(where))
        assert scene.house.books() == books and len(scene.house.gateway.requests) == many


async def test_everything_pressed_twice_at_once(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """The same event comes once; two presses of the gateway's button are two orders, each paid once."""
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        grid = await made(scene, "/mj a lighthouse")
        spent = scene.house.spent()
        query = scene.phone.press(grid, "U1")
        scene.phone.repeat()
        scene.phone.repeat()
        await scene.phone.until(lambda: scene.phone.answer(query) is not None)
        await scene.heard()
        assert scene.house.spent() - spent == 50_000 and scene.house.asked(ACTION) == 1
        for _ in range(2):
            scene.phone.press(grid, "U2")
        await scene.heard()
        assert scene.house.spent() - spent == 50_000 * scene.house.asked(ACTION)


async def test_two_presses_with_the_last_credits(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """Twelve credits are left for what costs ten; twenty presses at once of all that can be pressed buy one thing."""
    config = CONFIG.replace("daily_credits = 100", "daily_credits = 22")
    async with on_telegram(telegram, tmp_path, config=config) as scene:
        grid = await made(scene, "/mj a lighthouse")
        for label in ("V1", "V2", "V3", "V4", "🔄") * 4:
            scene.phone.press(grid, label)
        await scene.heard()
        assert scene.house.spent() == 200_000
        assert scene.house.asked(ACTION) == 1 and len(ordered(scene)) == 2


async def test_ways_are_taken_once_each_and_only_by_their_person(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """The buttons below better words: pressed by others, in other chats, many times at once, of turns that hold no order."""
    async with on_telegram(telegram, tmp_path, config=CONFIG) as scene:
        group = scene.phone.group("Club", scene.boss, scene.ann, scene.bob)
        scene.phone.say(group, scene.ann, "/image a fox --rewrite on")
        offer = await scene.phone.until(
            lambda: next((each for each in scene.phone.from_bot(group) if "way:" in str(each.buttons)), None)
        )
        await scene.heard()
        assert offer is not None
        ways = [data for data in labels(offer).values() if data.startswith("way:")]
        for data in ways:
            assert "do not have that message" in str(await pressed(scene, offer, data, scene.bob))
        assert scene.house.asked(PICTURES) == 0
        for data in [*ways * 3, f"{ways[0]}x", f"{ways[0]}:1"]:
            scene.phone.press_data(offer, data, scene.ann)
        await scene.heard()
        assert scene.house.asked(PICTURES) == len(ways) == 2
        scene.phone.photo(scene.ann, scene.ann, picture())
        asks = await scene.hears("What shall I do")
        turn = next(iter(labels(asks).values())).split(":")[1]
        assert "do not have that message" in str(await pressed(scene, asks, f"way:{turn}:0"))


async def test_the_same_words_in_a_hurry_cost_the_house_no_more_than_answers(
    telegram: TelegramStandIn, tmp_path: Path
) -> None:
    """Better words are the house's: they are counted like questions."""
    config = CONFIG.replace("turns_per_minute = 1000", "turns_per_minute = 3")
    async with on_telegram(telegram, tmp_path, config=config) as scene:
        for number in range(12):
            scene.phone.say(scene.ann, scene.ann, f"/image a fox {number} --rewrite on")
        await scene.heard()
        assert scene.house.asked() <= 3
        shown = [labels(each) for each in scene.phone.from_bot(scene.ann)]
        short = await made(scene, "/mj a lighthouse")
        for _ in range(10):
            await pressed(scene, short, f"mj:{job_of(short)}:short")
            scene.phone.say(scene.ann, scene.ann, "/mj shorten a very long description of a lighthouse in a storm")
        await scene.heard()
        assert scene.house.asked() <= 3 and shown
        assert scene.house.asked(IMAGINE) == 1
