"""The whole front end against the stand-in: updates in, through the inbox, to a handler."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from bots.outlet import Exchange, Rendered
from bots.settings import BadSettings
from bots.telegram.desk import BUSY_MOST, Desk
from bots.telegram.front import TelegramFront
from bots.telegram.intake import CONFLICTS_MOST
from bots.telegram.reading import Me
from bots.texts import Texts
from core.limits import LIMITS
from core.ports import Store
from core.values import Group, InboxEvent, Place
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_chats import Shown
from tests.standins.telegram_faults import LOST_ANSWER, Page, Refuse, server_error, too_many
from tests.standins.telegram_wire import ApiError
from tests.telegram.bots import open_bot
from tests.telegram.fronts import (
    Fragile,
    FreePace,
    Impatient,
    Notes,
    cancelled,
    killed,
    open_events,
    opened_front,
    opened_store,
    running,
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened_store(tmp_path) as opened:
        yield opened


@pytest.fixture
async def front(telegram: TelegramStandIn, store: Store) -> AsyncIterator[TelegramFront]:
    async with opened_front(telegram, store) as opened:
        yield opened


@pytest.fixture
def notes(telegram: TelegramStandIn, store: Store) -> Notes:
    return Notes(telegram, store)


def conflict() -> Refuse:
    return Refuse(ApiError(409, "Conflict: terminated by other getUpdates request"))


async def test_a_message_comes_in_and_its_answer_goes_out(
    telegram: TelegramStandIn, store: Store, front: TelegramFront, notes: Notes
) -> None:
    async def answer(exchange: Exchange) -> None:
        await exchange.say(Rendered("hello"))

    notes.act = answer
    ann = telegram.phone.person("Ann")
    telegram.phone.say(ann, ann, "hi")
    async with running(front, notes):
        shown = await telegram.phone.until(lambda: telegram.phone.last(ann))
        assert shown.text == "hello"
    assert [incoming.text for incoming in notes.messages] == ["hi"]
    assert await open_events(store) == []
    assert telegram.violations == []


async def test_one_update_is_done_once(
    telegram: TelegramStandIn, store: Store, front: TelegramFront, notes: Notes
) -> None:
    ann = telegram.phone.person("Ann")
    telegram.phone.say(ann, ann, "one")
    async with running(front, notes):
        await telegram.phone.until(lambda: notes.messages)
        telegram.phone.repeat()
        telegram.phone.say(ann, ann, "two")
        await telegram.phone.until(lambda: len(notes.messages) > 1)
    assert [incoming.text for incoming in notes.messages] == ["one", "two"]


async def test_all_else_that_happens(
    telegram: TelegramStandIn, store: Store, front: TelegramFront, notes: Notes
) -> None:
    ann = telegram.phone.person("Ann")
    group = telegram.phone.group("Owls", ann)
    async with running(front, notes):
        said = telegram.phone.say(ann, ann, "helo")
        telegram.phone.edit(said, "hello")
        telegram.phone.add_bot(group, ann)
        await front.outlet.draft(Place("telegram", str(ann.id), private=True), 9, Rendered("so far"))
        telegram.phone.stop(ann)
        await telegram.phone.until(lambda: notes.stops and notes.joins and notes.edits)
    assert [(place.chat, draft) for place, draft in notes.stops] == [(str(ann.id), 9)]
    assert [(place.chat, sender.name) for place, sender in notes.joins] == [(str(group.id), "Ann")]
    assert [incoming.text for incoming in notes.edits] == ["hello"]
    assert await open_events(store) == []


async def test_a_press_always_stops_spinning(
    telegram: TelegramStandIn, store: Store, front: TelegramFront, notes: Notes
) -> None:
    ann = telegram.phone.person("Ann")
    shown: Shown = telegram.state.post(
        telegram.phone.chat(ann), telegram.state.bot, text="x", buttons=[[{"text": "Go", "callback_data": "go:1"}]]
    )
    async with running(front, notes):
        query = telegram.phone.press(shown, "Go")
        await telegram.phone.until(lambda: telegram.phone.answer(query))

        async def fail(exchange: Exchange) -> None:
            raise RuntimeError("a bug")

        notes.act = fail
        query = telegram.phone.press(shown, "Go")
        await telegram.phone.until(lambda: telegram.phone.answer(query))
    assert [press.data for press in notes.presses] == ["go:1", "go:1"]
    assert await open_events(store) == []


async def test_a_migrated_group_keeps_what_it_has(
    telegram: TelegramStandIn, store: Store, front: TelegramFront, notes: Notes
) -> None:
    ann = telegram.phone.person("Ann")
    group = telegram.phone.group("Owls", ann, kind="group")
    async with store.begin() as tx:
        await tx.people.save_group(Group(Place("telegram", str(group.id)), allowed=True))
    async with running(front, notes):
        new = telegram.phone.migrate(group, ann)
        telegram.phone.say(ann, ann, "done?")
        await telegram.phone.until(lambda: notes.messages)
    async with store.read() as tx:
        moved = await tx.people.group(Place("telegram", str(new.id)))
    assert moved is not None and moved.allowed
    assert await open_events(store) == []


async def test_what_a_process_had_begun_is_done_by_the_next(telegram: TelegramStandIn, store: Store) -> None:
    ann = telegram.phone.person("Ann")
    stuck = Notes(telegram, store)

    async def hang(exchange: Exchange) -> None:
        await asyncio.Event().wait()

    stuck.act = hang
    telegram.phone.say(ann, ann, "question")
    async with opened_front(telegram, store, "one") as first:
        task = await killed(first, stuck)
        await telegram.phone.until(lambda: stuck.messages)
        await cancelled(task)
    assert len(await open_events(store)) == 1
    second_notes = Notes(telegram, store)
    async with opened_front(telegram, store, "two") as second, running(second, second_notes):
        await telegram.phone.until(lambda: second_notes.messages)
    assert [incoming.text for incoming in second_notes.messages] == ["question"]
    assert await open_events(store) == []


async def test_a_row_of_a_dead_process_is_claimed(telegram: TelegramStandIn, store: Store, notes: Notes) -> None:
    ann = telegram.phone.person("Ann")
    telegram.phone.say(ann, ann, "question")
    [update] = telegram.updates.history
    await _write_down(store, update, owner="dead")
    telegram.updates.waiting.clear()  # Telegram has forgotten it: only the row is left
    async with opened_front(telegram, store) as front, running(front, notes):
        await telegram.phone.until(lambda: notes.messages)
    assert [incoming.text for incoming in notes.messages] == ["question"]


async def test_an_update_that_ends_processes_is_given_up(
    telegram: TelegramStandIn, store: Store, notes: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    ann = telegram.phone.person("Ann")
    telegram.phone.say(ann, ann, "poison")
    [update] = telegram.updates.history
    await _write_down(store, update, owner="dead")
    for owner in ("second", "third", "fourth"):
        await open_events(store, owner)
    async with opened_front(telegram, store) as front, running(front, notes):
        telegram.phone.say(ann, ann, "fine")
        await telegram.phone.until(lambda: notes.messages and "given up" in caplog.text)
    assert [incoming.text for incoming in notes.messages] == ["fine"]
    assert await open_events(store) == []


async def test_an_update_that_cannot_be_read_stops_nothing(
    telegram: TelegramStandIn, store: Store, front: TelegramFront, notes: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    ann = telegram.phone.person("Ann")
    telegram.updates.add("message", {"chat": {"id": ann.id, "type": "private"}, "nonsense": True})
    telegram.phone.say(ann, ann, "hi")
    async with running(front, notes):
        await telegram.phone.until(lambda: notes.messages and "ValidationError" in caplog.text)
    assert await open_events(store) == []


async def test_troubles_of_the_line_pass(
    telegram: TelegramStandIn, store: Store, front: TelegramFront, notes: Notes
) -> None:
    ann = telegram.phone.person("Ann")
    telegram.faults.script("deleteWebhook", server_error())
    telegram.faults.script("getUpdates", too_many(1), Page(), server_error(), LOST_ANSWER, conflict())
    telegram.phone.say(ann, ann, "hi")
    async with running(front, notes):
        await telegram.phone.until(lambda: notes.messages)
    assert [call.status for call in telegram.of("getUpdates")][:5] == [429, 502, 500, 0, 409]


async def test_while_the_store_is_down_nothing_is_lost(
    telegram: TelegramStandIn, store: Store, notes: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    fragile = Fragile(store)
    ann = telegram.phone.person("Ann")
    async with opened_front(telegram, fragile) as front, running(front, notes):
        await telegram.phone.until(lambda: telegram.of("getUpdates"))
        fragile.failures = 3
        telegram.phone.say(ann, ann, "hi")
        await telegram.phone.until(lambda: notes.messages)
    assert fragile.failed == 3 and len(notes.messages) == 1
    assert "cannot be written down" in caplog.text


async def test_two_readers_of_one_token_do_not_fight_for_ever(
    telegram: TelegramStandIn, store: Store, front: TelegramFront, notes: Notes
) -> None:
    telegram.faults.script("getUpdates", *[conflict()] * CONFLICTS_MOST)
    with pytest.raises(BadSettings) as raised:
        await front.run(notes, FreePace())
    assert [problem.key for problem in raised.value.problems] == ["why-conflict"]


async def test_a_withdrawn_token_ends_it(
    telegram: TelegramStandIn, store: Store, front: TelegramFront, notes: Notes
) -> None:
    telegram.faults.script("getUpdates", server_error(401))
    with pytest.raises(BadSettings) as raised:
        await front.run(notes, FreePace())
    assert [problem.key for problem in raised.value.problems] == ["why-token"]


async def test_more_work_than_there_is_room_for_waits_at_telegram(telegram: TelegramStandIn, store: Store) -> None:
    notes = Notes(telegram, store)
    go = asyncio.Event()

    async def wait(exchange: Exchange) -> None:
        await go.wait()

    notes.act = wait
    ann = telegram.phone.person("Ann")
    telegram.phone.say(ann, ann, "x")
    async with open_bot(telegram.url, telegram.token) as bot, opened_front(telegram, store) as front:
        desk = Desk(bot, Me(1, "x"), front.outlet, FreePace(), store, "one", Texts(), notes)
        for number in range(BUSY_MOST):
            assert desk.room.is_set()
            await _take(desk, telegram, number)
        assert not desk.room.is_set()
        await _take(desk, telegram, 0)  # that one is being done already
        go.set()
        await asyncio.wait_for(desk.room.wait(), 10)
        await desk.close(10)
    assert len(notes.messages) == BUSY_MOST


async def _write_down(store: Store, update: dict[str, object], owner: str) -> None:
    """A row whose lease has run out."""
    event = InboxEvent("telegram", str(update["update_id"]), "1", json.dumps(update), store.clock.now_ms())
    async with store.begin() as tx:
        await tx.inbox.add([event], owner, store.clock.now_ms() - 1)


async def _take(desk: Desk, telegram: TelegramStandIn, number: int) -> None:
    update = telegram.updates.history[0] | {"update_id": number}
    desk.take(InboxEvent("telegram", str(number), "1", json.dumps(update), 0))


async def test_the_lease_of_what_is_being_done_is_renewed(telegram: TelegramStandIn, store: Store) -> None:
    stuck = Notes(telegram, store)

    async def hang(exchange: Exchange) -> None:
        await asyncio.Event().wait()

    stuck.act = hang
    ann = telegram.phone.person("Ann")
    telegram.phone.say(ann, ann, "question")
    async with opened_front(telegram, Impatient(store)) as front:
        task = await killed(front, stuck)
        await telegram.phone.until(lambda: stuck.messages)
        ends_ms = store.clock.now_ms() + LIMITS.inbox_lease_ms
        async with asyncio.timeout(10):
            while await _lease_ms(store) <= ends_ms:
                continue
        await cancelled(task)


async def _lease_ms(store: Store) -> int:
    """When the only open event may be claimed: found by asking, and asking changes nothing."""
    low, high = 0, store.clock.now_ms() + 10**9
    while low < high:
        middle = (low + high) // 2
        with suppress(_Undo):
            async with store.begin() as tx:
                if await tx.inbox.claim("telegram", "asker", middle, middle, 1):
                    high = middle
                else:
                    low = middle + 1
                raise _Undo
    return low


class _Undo(Exception):
    """Rolls a transaction back."""
