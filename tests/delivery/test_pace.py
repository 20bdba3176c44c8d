"""The pace: limits, room for finals, fairness, flood control."""

from __future__ import annotations

import asyncio

import pytest

from bots.pace import QUIET_CHATS, Bucket, Pacer, Rates, Window, woken
from bots.surfaces import RATES
from core.values import Place
from tests.clocks import FakeClock
from tests.delivery.scripted import CHANNEL, DM, GROUP
from tests.delivery.virtual import LoopClock, run
from tests.standins.telegram_faults import TelegramLimiter

PACE = (1.0, 2.0, 3.0)


def allowed(pacer: Pacer, place: Place, clock: FakeClock, seconds: float) -> int:
    """How many previews go in so many seconds, asked for ten times a second."""
    count = 0
    for _ in range(round(seconds * 10)):
        count += pacer.preview(place)
        clock.advance(0.1)
    return count


def test_previews_leave_room_for_a_final_in_the_same_chat() -> None:
    clock = FakeClock()
    pacer = Pacer(clock, RATES)
    while pacer.preview(DM):
        pass

    async def final() -> float:
        before = clock.monotonic()
        await pacer.final(DM)
        return clock.monotonic() - before

    assert asyncio.run(final()) == 0


def test_the_first_words_may_take_that_room() -> None:
    clock = FakeClock()
    pacer = Pacer(clock, RATES)
    while pacer.preview(DM):
        pass
    assert pacer.preview_wait_s(DM) > 0
    assert pacer.preview_wait_s(DM, urgent=True) == 0


def test_previews_of_a_group_leave_four_of_its_twenty_to_finals() -> None:
    clock = FakeClock()
    pacer = Pacer(clock, RATES)
    assert allowed(pacer, GROUP, clock, 60) == 16


def test_a_discord_channel_has_a_pace_of_its_own_and_its_server_none() -> None:
    clock = FakeClock()
    pacer = Pacer(clock, RATES)
    while pacer.preview(CHANNEL):
        pass
    assert pacer.preview(Place("discord", CHANNEL.chat, "another"))
    while pacer.preview(GROUP):
        pass
    assert not pacer.preview(Place("telegram", GROUP.chat, "another topic"))


def test_flood_control_closes_the_chat_alone_and_for_as_long_as_it_says() -> None:
    clock = FakeClock()
    pacer = Pacer(clock, RATES)
    pacer.flooded(DM, 30)
    assert 30 <= pacer.closed_s(DM) < 31
    assert not pacer.preview(DM)
    assert pacer.preview(GROUP)
    clock.advance(30.2)
    assert pacer.closed_s(DM) == 0
    assert pacer.preview(DM)


def test_finals_wait_for_flood_control() -> None:
    async def main() -> float:
        clock = LoopClock()
        pacer = Pacer(clock, RATES)
        pacer.flooded(DM, 12)
        before = clock.monotonic()
        await pacer.final(DM)
        return clock.monotonic() - before

    assert run(main) == pytest.approx(12.1)


def test_no_preview_overtakes_a_waiting_final() -> None:
    async def main() -> bool:
        clock = LoopClock()
        pacer = Pacer(clock, {"telegram": Rates(chat=Bucket(1, 1), bot=Window(100, 1), chat_reserve=0)})
        await pacer.final(DM)
        waiting = asyncio.create_task(pacer.final(DM))
        await asyncio.sleep(0.999)
        early = pacer.preview(DM)
        await waiting
        return early

    assert run(main) is False


def test_finals_go_through_fairly_over_the_chats() -> None:
    order: list[str] = []

    async def main() -> None:
        clock = LoopClock()
        pacer = Pacer(clock, {"telegram": Rates(chat=Bucket(100, 100), bot=Window(1, 1.0))})

        async def send(chat: str) -> None:
            await pacer.final(Place("telegram", chat))
            order.append(chat)

        await asyncio.gather(*[send("busy") for _ in range(5)], *[send(chat) for chat in "abc"])

    run(main)
    assert order == ["busy", "busy", "a", "b", "c", "busy", "busy", "busy"]  # the first went at once, then all in turn


def test_a_caller_who_gives_up_takes_no_turn_and_leaves_no_task() -> None:
    async def main() -> tuple[float, int]:
        clock = LoopClock()
        pacer = Pacer(clock, {"telegram": Rates(chat=Bucket(1, 0.1), bot=Window(100, 1))})
        await pacer.final(DM)
        gone = asyncio.create_task(pacer.final(DM))
        await asyncio.sleep(1)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        await asyncio.sleep(0.01)
        tasks = len(asyncio.all_tasks())
        before = clock.monotonic()
        await pacer.final(DM)
        return clock.monotonic() - before, tasks

    waited, tasks = run(main)
    assert waited == pytest.approx(8.99)
    assert tasks == 1


@pytest.mark.parametrize("late_s", [0.0, 0.07, 0.18])
def test_calls_that_arrive_bunched_up_still_pass(late_s: float) -> None:
    """Each second call is late by `late_s`: the platform sees the next one sooner after it than we sent it."""

    async def main() -> int:
        clock = LoopClock()
        pacer, limiter, refused = Pacer(clock, RATES), TelegramLimiter(), 0
        for number in range(100):
            await pacer.final(GROUP if number % 3 else DM)
            place = GROUP if number % 3 else DM
            arrives_s = clock.monotonic() + late_s * (number % 2)
            refused += bool(limiter.refuse(int(place.chat), not place.private, 1, arrives_s))
        return refused

    assert run(main) == 0


def test_an_album_counts_each_of_its_messages() -> None:
    async def main() -> float:
        clock = LoopClock()
        pacer = Pacer(clock, RATES)
        await pacer.final(GROUP, calls=10)
        before = clock.monotonic()
        await pacer.final(GROUP)
        return clock.monotonic() - before

    assert run(main) >= 8


def test_steps_grow_with_age_with_what_was_shown_and_with_the_streams() -> None:
    clock = FakeClock()
    pacer = Pacer(clock, RATES)
    assert pacer.step_s(DM, PACE, 1, shown=1, share=False) == 1
    assert pacer.step_s(DM, PACE, 1, shown=2, share=False) == 1.5
    assert pacer.step_s(DM, PACE, 1, shown=99, share=False) == 2
    assert pacer.step_s(DM, PACE, 200, shown=99, share=False) == 3
    with pacer.stream(GROUP), pacer.stream(GROUP), pacer.stream(GROUP):
        assert pacer.step_s(GROUP, PACE, 1, shown=1, share=True) == 3
        assert pacer.step_s(GROUP, PACE, 1, shown=1, share=False) == 1
        places = [Place("telegram", str(number), private=True) for number in range(61)]
        streams = [pacer.stream(place) for place in places]
        for stream in streams:
            stream.__enter__()
        assert pacer.step_s(DM, PACE, 1, shown=1, share=False) == 8
        for stream in streams:
            stream.__exit__(None, None, None)
    assert pacer.step_s(GROUP, PACE, 1, shown=1, share=True) == 1


def test_an_unlimited_platform_is_not_paced() -> None:
    pacer = Pacer(FakeClock(), RATES)
    console = Place("console", "1", private=True)
    assert all(pacer.preview(console) for _ in range(1000))
    with pacer.stream(console):
        assert pacer.step_s(console, (0.05, 0.05, 0.05), 1, shown=1, share=False) == 0.05
    asyncio.run(pacer.final(console))
    pacer.flooded(console, 5)
    assert pacer.closed_s(console) == 0


def test_quiet_chats_are_forgotten() -> None:
    clock = FakeClock()
    pacer = Pacer(clock, RATES)
    for number in range(QUIET_CHATS * 4):
        clock.advance(0.5)
        pacer.preview(Place("telegram", str(number), private=True))
    assert len(pacer._platforms["telegram"].chats) <= QUIET_CHATS


def test_woken_ends_with_the_event_or_with_the_time() -> None:
    async def main() -> tuple[bool, bool, float]:
        clock, event = LoopClock(), asyncio.Event()
        begun = clock.monotonic()
        late = await woken(event, clock, 5)
        asyncio.get_running_loop().call_later(1, event.set)
        return late, await woken(event, clock, 5), clock.monotonic() - begun

    late, soon, seconds = run(main)
    assert (late, soon) == (False, True)
    assert seconds == pytest.approx(6)
