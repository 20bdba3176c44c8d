"""The first owner's claim, invitations, and those who guess."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from core.errors import Anonymous, Banned, OwnersOnly, TooFast
from core.values import Place, Role, Sender
from tests.clocks import FakeClock
from tests.core.house import ANN, BOB, BOSS, DM, GROUP, House
from tests.core.journeys import verdict

Make = Callable[..., House]


GHOST = Sender("telegram", "1087968824", "Group", anonymous=True)


async def test_the_first_start_prints_a_code_that_makes_an_owner_once(house: House) -> None:
    stale, code = await house.directory.claim_code(), await house.directory.claim_code()
    assert stale
    assert code
    assert len(code) >= 16
    assert await house.directory.use_code(DM, ANN, stale) is None
    assert await house.directory.use_code(DM, ANN, f"  {code.upper()} ") == "owner"
    assert await verdict(house, DM, ANN) == "house"
    assert await house.directory.use_code(DM, BOB, code) is None
    assert await house.directory.claim_code() is None


async def test_two_who_type_the_code_at_once_make_one_owner(house: House) -> None:
    code = await house.directory.claim_code()
    assert code
    became = await asyncio.gather(*(house.directory.use_code(DM, who, code) for who in (ANN, BOB, BOSS)))
    assert sorted(became, key=str) == [None, None, "owner"]


async def test_five_wrong_tries_an_hour(house: House, clock: FakeClock) -> None:
    code = await house.directory.claim_code()
    assert code
    tries = await asyncio.gather(
        *(house.directory.use_code(DM, BOB, f"wrong{number}") for number in range(20)), return_exceptions=True
    )
    assert tries.count(None) == 5
    assert sum(isinstance(error, TooFast) for error in tries) == 15
    with pytest.raises(TooFast) as caught:
        await house.directory.use_code(DM, BOB, code)
    assert 0 < caught.value.params["seconds"] <= 3600
    assert await house.directory.use_code(DM, ANN, "wrong") is None  # others are not locked out
    clock.advance(3600)
    assert await house.directory.use_code(DM, BOB, code) == "owner"


async def test_right_codes_are_no_tries(house: House) -> None:
    boss = await house.member(BOSS, role=Role.OWNER)
    for _ in range(8):
        code = await house.directory.invite(boss)
        assert await house.directory.use_code(DM, ANN, code) == "member"


async def test_invitations_are_used_up_expire_and_are_not_wasted_on_members(house: House, clock: FakeClock) -> None:
    boss = await house.member(BOSS, role=Role.OWNER)
    code = await house.directory.invite(boss, uses=2)
    assert await house.directory.use_code(DM, ANN, code) == "member"
    assert await house.directory.use_code(DM, ANN, code) == "member"
    assert await house.directory.use_code(DM, BOSS, code) == "member"
    assert (await house.directory.meet(DM, BOSS)).person.is_owner
    assert await house.directory.use_code(DM, BOB, code) == "member"
    assert await house.directory.use_code(DM, Sender("telegram", "9"), code) is None
    old = await house.directory.invite(boss, days=2)
    clock.advance(3 * 86_400)
    assert await house.directory.use_code(DM, Sender("telegram", "9"), old) is None
    with pytest.raises(OwnersOnly):
        await house.directory.invite(await house.directory.meet(DM, ANN))


async def test_banned_and_anonymous_people_have_no_use_for_codes(house: House) -> None:
    boss, ann = await house.member(BOSS, role=Role.OWNER), await house.member()
    code = await house.directory.invite(boss)
    await house.directory.ban(ann.person.id, True)
    with pytest.raises(Banned):
        await house.directory.use_code(DM, ANN, code)
    with pytest.raises(Anonymous):
        await house.directory.use_code(GROUP, GHOST, code)


async def test_the_settings_say_who_owns(house: House) -> None:
    await house.member(BOSS, role=Role.OWNER)
    bob = await house.member(BOB)
    await house.directory.ban(bob.person.id, True)
    code = await house.directory.claim_code()
    assert code is None
    await house.directory.set_owners([("telegram", BOB.id), ("discord", "42")])
    assert await verdict(house, DM, BOB) == "house"
    assert await verdict(house, DM, BOSS) == "own"
    assert await verdict(house, Place("discord", "1", private=True), Sender("discord", "42", "remote")) == "house"
    await house.directory.set_owners([])  # nothing said, nothing changed
    assert await verdict(house, DM, BOB) == "house"
