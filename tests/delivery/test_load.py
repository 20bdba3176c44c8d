"""Many answers at once: few calls, none refused, nobody starved, finals before previews."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots.answers import Answers
from bots.pace import Pacer
from bots.surfaces import DISCORD, RATES, TELEGRAM
from core.values import Place
from tests.delivery.scripted import PlainTexts, ScriptedTurns, turn_of, words_at
from tests.delivery.virtual import LoopClock, run, until
from tests.delivery.world import DiscordShape, NoLimit, StrictOutlet, TelegramShape, World

TEXT = " ".join(f"w{number:06d}" for number in range(100))
LONG = "\n\n".join(" ".join(f"w{number:06d}" for number in range(at, at + 40)) for at in range(0, 1400, 40))


def stream(world: World, places: list[Place], text: str = TEXT, per_s: float = 40.0) -> ScriptedTurns:
    turns = ScriptedTurns()

    async def main() -> None:
        clock = LoopClock()
        outlets = {world.surface.platform: StrictOutlet(world)}
        answers = Answers(turns, outlets, Pacer(clock, RATES), PlainTexts(), clock)
        for number, place in enumerate(places):
            script = words_at(text, per_s=per_s, size=max(4, len(text) // 200))
            answers.start(turns.add(turn_of(place, number, lane=f"lane {number}"), script))
        await until(lambda: not answers.running, every_s=1.0)

    run(main)
    assert world.problems == []
    return turns


def dms(count: int) -> list[Place]:
    return [Place("telegram", str(number), private=True) for number in range(1, count + 1)]


@pytest.mark.parametrize("users", [50, 100])
@pytest.mark.parametrize("limited", [True, False])
def test_a_reply_takes_three_calls_when_many_stream(users: int, limited: bool) -> None:
    world = World(TELEGRAM, TelegramShape() if limited else NoLimit(), latency_s=(0.01, 0.08))
    turns = stream(world, dms(users))
    assert world.refusals == []
    assert world.texts() == [TEXT] * users
    assert len(world.calls) / users <= 3
    ends = [turns.done_at[turn] - turns.finished_at[turn] for turn in turns.turns]
    assert max(ends) < users / 25 + 1  # a hundred finals at 25 a second


def test_a_hundred_answers_in_discord_channels() -> None:
    world = World(DISCORD, DiscordShape(), latency_s=(0.01, 0.08), dedupes=True)
    stream(world, [Place("discord", "1", str(number)) for number in range(100)])
    assert world.refusals == []
    assert world.texts() == [TEXT] * 100
    assert len(world.calls) / 100 <= 3


@pytest.mark.parametrize("surface", [TELEGRAM, DISCORD])
def test_many_long_answers_in_one_group_stay_within_its_minute(surface: object) -> None:
    telegram = surface is TELEGRAM
    world = World(
        TELEGRAM if telegram else DISCORD, TelegramShape() if telegram else DiscordShape(), latency_s=(0.0, 0.1)
    )
    world.dedupes = not telegram
    place = Place(world.surface.platform, "-100" if telegram else "1", "7")
    long = LONG if telegram else LONG[:9000]
    turns = stream(world, [place] * 6, long, per_s=10.0)
    assert world.refusals == []
    for turn_id in turns.turns:
        finals = [part for part in turns.written[turn_id].values() if part.final]
        text = " ".join(world.messages[part.message_id].text for part in sorted(finals, key=lambda part: part.number))
        assert text.split() == long.split()


def test_every_shape_at_once_meets_no_refusal() -> None:
    world = World(TELEGRAM, TelegramShape(), latency_s=(0.0, 0.15))
    groups = [Place("telegram", str(-number), str(number % 3)) for number in range(1, 9)]
    stream(world, [*dms(30), *groups, *groups, *dms(5)], LONG[:6000], per_s=30.0)
    assert world.refusals == []


def test_a_busy_chat_does_not_hold_up_the_others() -> None:
    world = World(TELEGRAM, TelegramShape(), latency_s=(0.01, 0.02))
    crowd = [replace(dms(1)[0], thread=str(number)) for number in range(12)]
    turns = stream(world, [*crowd, *dms(8)[1:]])
    alone = [turn for turn in turns.turns.values() if not turn.place.thread]
    assert max(turns.done_at[turn.id] - turns.finished_at[turn.id] for turn in alone) < 0.2
    assert world.refusals == []
