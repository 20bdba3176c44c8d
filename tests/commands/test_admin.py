"""What owners do from a chat, and that nobody else does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bots.commands.handlers.admin import ACTIONS
from bots.commands.table import ADMIN_ACTIONS
from core.values import JobState, Place, ReplyTo
from tests.commands.rig import ANN, BOB, BOSS, GROUP, Rig, Said

BOSS_DM = Place("telegram", "1", private=True)


@pytest.fixture
async def boss(make_rig: Callable[..., Rig]) -> Rig:
    rig = make_rig("closed")
    await rig.owner()
    await rig.directory.allow_chat(GROUP, True)
    await rig.message("hi", GROUP, ANN, mentioned=True)
    return rig


async def admin(rig: Rig, words: str, place: Place = BOSS_DM, **more: Any) -> Said:
    (said,) = await rig.message(f"/admin {words}", place, BOSS, **more)
    assert said.private
    return said


async def test_usage_and_names_are_in_the_language_of_who_reads_them(boss: Rig) -> None:
    person = await boss.person(BOSS)
    assert "/admin plan WHO|here PLAN" in (await admin(boss, "plan")).text
    assert "“9” does not fit any person I know" in (await admin(boss, "ban 9")).text
    await boss.directory.set_locale(person.id, "zh")
    usages = {action: (await admin(boss, action)).text for action in ("grant", "plan", "invite x", "ban", "broadcast")}
    assert "/admin grant 谁 积分" in usages["grant"]
    assert "/admin plan 谁|here 套餐" in usages["plan"]
    assert "/admin invite [人数] [天数]" in usages["invite x"]
    assert "“9”不能用于“用户”" in (await admin(boss, "ban 9")).text
    assert "“gold”不能用于“套餐”" in (await admin(boss, "plan 100 gold")).text
    assert "“x”不能用于“人设”" in (await boss.message("/persona x", BOSS_DM, BOSS))[0].text
    assert "--persona" in (await boss.message("/chat --persona", BOSS_DM, BOSS))[0].text


def test_the_table_and_the_handlers_know_the_same_actions() -> None:
    assert set(ACTIONS) == set(ADMIN_ACTIONS)


async def test_without_an_action_all_are_listed(boss: Rig) -> None:
    text = (await admin(boss, "")).text
    assert all(f"/admin {action}" in text for action in ADMIN_ACTIONS)


async def test_only_owners(boss: Rig) -> None:
    for action in ADMIN_ACTIONS:
        (said,) = await boss.message(f"/admin {action}", GROUP, ANN)
        assert "Only the owner" in said.text


async def test_stats(boss: Rig) -> None:
    await boss.message("/image a fox", sender=BOSS)
    text = (await admin(boss, "stats")).text
    assert "limit: none" in text
    assert "1 owner" in text
    assert "1 others" in text
    assert "Orders: waiting 1\n" in text


async def test_stats_name_only_what_there_is_and_nothing_twice(boss: Rig) -> None:
    assert "Orders: 0\n" in (await admin(boss, "stats")).text
    for state in (JobState.WAITING, JobState.MODAL):
        await boss.message("/image a fox", sender=BOSS)
        await boss.finish((await boss.jobs(BOSS))[0], state=state)
    assert "Orders: in the making 2\n" in (await admin(boss, "stats")).text


async def test_grant_takes_credits_and_gives_them_once(boss: Rig) -> None:
    assert (await admin(boss, "grant @ann 12.5")).text == "ann got 13 credits."
    for who in ("telegram:100", "<@100>", "<@!100>"):
        assert (await admin(boss, f"grant {who} 5")).text == "ann got 5 credits."
    async with boss.store.read() as tx:
        account = await tx.ledger.account(f"person:{(await boss.person()).id}")
    assert account.kept == 275_000
    for wrong in ("grant", "grant @ann", "grant @ann much", "grant @ann nan", "grant @ann 0", "grant @ann 1e99"):
        assert "/admin grant WHO CREDITS" in (await admin(boss, wrong)).text
    assert "@name" in (await admin(boss, "grant @nobody 5")).text


async def test_a_person_by_reply(boss: Rig) -> None:
    said = await admin(boss, "grant 5", GROUP, reply=ReplyTo("7", author_id="100"))
    assert said.text == "ann got 5 credits."


async def test_plan(boss: Rig) -> None:
    assert "big" in (await admin(boss, "plan @ann big")).text
    assert (await boss.person()).plan == "big"
    assert "default, big" in (await admin(boss, "plan @ann huge")).text


async def test_a_plan_for_a_group_gives_it_a_purse(boss: Rig) -> None:
    assert "big" in (await admin(boss, "plan here big", GROUP)).text
    await boss.message("hi", GROUP, ANN, mentioned=True)
    assert boss.answers.started[-1].account_id == "place:telegram:-500"
    assert "default, big" in (await admin(boss, "plan here huge", GROUP)).text


async def test_ban_and_unban(boss: Rig) -> None:
    await admin(boss, "ban @ann")
    before = len(boss.answers.started)
    assert await boss.message("hello?", GROUP, ANN, mentioned=True) == []
    await admin(boss, "unban @ann")
    await boss.message("hello?", GROUP, ANN, mentioned=True)
    assert len(boss.answers.started) >= before
    assert "cannot be banned" in (await admin(boss, "ban @boss")).text


async def test_invite_takes_uses_and_days(boss: Rig) -> None:
    code = (await admin(boss, "invite 2 30")).text.split("?start=")[-1]
    for sender in (BOB, ANN):
        (said,) = await boss.message(f"/start {code}", sender=sender)
        assert "/help" in said.text
    for wrong in ("invite x", "invite 0", "invite 1 2 3", "invite 5000"):
        assert "/admin invite" in (await admin(boss, wrong)).text


async def test_allow_and_disallow(boss: Rig) -> None:
    other = Place("telegram", "-600")
    assert await boss.message("hi", other, BOB, mentioned=True) == []
    await admin(boss, "allow", other)
    await boss.message("hi", other, BOB, mentioned=True)
    assert boss.answers.started[-1].place == other
    await admin(boss, "disallow telegram:-600")
    before = len(boss.answers.started)
    await boss.message("hi again", other, BOB, mentioned=True)
    assert len(boss.answers.started) == before
    for wrong in ("allow", "allow somewhere", "allow nowhere:5"):
        assert "/admin allow [here" in (await admin(boss, wrong)).text


async def test_limit_takes_effect_at_once(boss: Rig) -> None:
    assert "$0.04" in (await admin(boss, "limit 0.04/day")).text
    assert "$5.00" in (await admin(boss, "limit all 5.00/day")).text
    await boss.directory.set_plan((await boss.person()).id, "default")
    stats = await boss.services.purse.stats()
    assert stats.limit == 5_000_000
    assert "no limit" in (await admin(boss, "limit all none")).text
    assert (await boss.services.purse.stats()).limit == 0
    assert "configuration file" in (await admin(boss, "limit file")).text
    for wrong in ("limit", "limit much", "limit -1/day", "limit 1/week"):
        assert "1.00/day" in (await admin(boss, wrong)).text


async def test_models_lists_all_kinds_with_prices(boss: Rig) -> None:
    text = (await admin(boss, "models")).text
    assert "pen · 5 credits each" in text
    assert "film · from 5 credits a second" in text
    assert "gpt-5-mini · about" in text


async def test_a_broadcast_is_confirmed_first_by_its_owner(boss: Rig) -> None:
    said = await admin(boss, "broadcast Hello\nall of you")
    assert "Hello\nall of you" in said.text
    assert "one person" in said.text
    (refused,) = await boss.press(said.data[0], GROUP, ANN)
    assert "Only the owner" in refused.text
    (sent,) = await boss.press(said.data[0], sender=BOSS)
    assert "On its way" in sent.text
    async with boss.store.begin() as tx:
        (notice,) = await tx.notices.claim(boss.clock.now_ms(), boss.clock.now_ms() + 1000, 10)
    assert (notice.key, notice.params) == ("notice-broadcast", {"text": "Hello\nall of you"})
    assert "/admin broadcast TEXT" in (await admin(boss, "broadcast")).text


async def test_the_typed_options_of_a_slash_command(boss: Rig) -> None:
    (said,) = await boss.slash("admin", sender=BOSS, action="grant", text="@ann 5")
    assert said.text == "ann got 5 credits."
