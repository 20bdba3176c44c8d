"""Answers from the first sign of life to the last part, against strict platforms in memory with their limiters."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from itertools import pairwise

import pytest

from bots.answers import Answers
from bots.outlet import Buttons, Rendered, Surface
from bots.pace import Pacer
from bots.surfaces import DISCORD, RATES, TELEGRAM
from core.values import Ending, SentPart, Turn, TurnState
from tests.delivery.scripted import CHANNEL, DM, GROUP, PlainTexts, Script, ScriptedTurns, turn_of, words_at
from tests.delivery.virtual import LoopClock, run, until
from tests.delivery.world import DiscordShape, Fault, Message, StrictOutlet, TelegramShape, World


def telegram() -> World:
    return World(TELEGRAM, TelegramShape(), latency_s=(0.01, 0.05))


def discord() -> World:
    return World(DISCORD, DiscordShape(), latency_s=(0.01, 0.05), dedupes=True)


def answers_of(world: World, turns: ScriptedTurns) -> Answers:
    clock = LoopClock()
    pacer = Pacer(clock, RATES)
    return Answers(turns, {world.surface.platform: StrictOutlet(world)}, pacer, PlainTexts(), clock)


async def finished(answers: Answers) -> None:
    await until(lambda: not answers.running, every_s=1.0)


def play(
    world: World, turns: ScriptedTurns, *started: Turn, beside: Callable[[], Coroutine[None, None, None]] | None = None
) -> None:
    async def main() -> None:
        answers = answers_of(world, turns)
        for turn in started:
            answers.start(turn)
        if beside is not None:
            await beside()
        await finished(answers)

    run(main)
    assert world.problems == []


def text_of(words: int, start: int = 0) -> str:
    return " ".join(f"w{number:06d}" for number in range(start, start + words))


PARAGRAPHS = "\n\n".join(text_of(40, at) for at in range(0, 2000, 40))  # 16,000 characters


def test_a_private_answer_grows_in_a_draft_and_ends_as_a_message() -> None:
    world, turns = telegram(), ScriptedTurns()
    turn = turns.add(turn_of(DM), words_at(text_of(100), per_s=40, size=4))
    play(world, turns, turn)
    assert world.texts() == [text_of(100)]
    drafts = [call for call in world.calls if call.method == "draft"]
    assert drafts[0].text == ""  # "thinking" is the first sign of life
    assert drafts[0].at_s - turns.asked_at[turn.id] < 0.02
    assert drafts[1].text.startswith("w000")
    assert len({call.draft_id for call in drafts}) == 1
    assert world.methods()[-1] == "send"
    assert world.refusals == []
    assert turns.turns[turn.id].state is TurnState.DONE


def test_the_first_words_of_a_draft_follow_the_first_token_at_once() -> None:
    world, turns = telegram(), ScriptedTurns()
    turn = turns.add(turn_of(DM), words_at(text_of(100), per_s=40, size=4))
    play(world, turns, turn)
    first = next(call for call in world.calls if call.text)
    assert first.at_s - turns.token_at[turn.id] < 0.01
    assert turns.shown_at[turn.id] <= first.at_s


@pytest.mark.parametrize(("world", "place"), [(telegram(), DM), (telegram(), GROUP), (discord(), CHANNEL)])
def test_a_reply_of_200_tokens_takes_at_most_six_calls(world: World, place: object) -> None:
    turns = ScriptedTurns()
    script = words_at(text_of(100), per_s=40, size=4)
    assert len(script.pieces) == 200
    turn = turns.add(turn_of(place), script)  # type: ignore[arg-type]
    play(world, turns, turn)
    assert len(world.calls) <= 6
    assert turns.done_at[turn.id] - turns.finished_at[turn.id] < 0.15
    assert world.texts() == [text_of(100)]


@pytest.mark.parametrize(("make", "place"), [(telegram, GROUP), (discord, CHANNEL)])
def test_an_edited_answer_is_one_message_that_loses_its_stop_button(make: Callable[[], World], place: object) -> None:
    world, turns = make(), ScriptedTurns()
    turn = turns.add(turn_of(place), words_at(text_of(150), per_s=20))  # type: ignore[arg-type]
    buttons: list[Buttons] = []

    async def look() -> None:
        await asyncio.sleep(8)
        buttons.extend(message.buttons for message in world.messages.values())

    play(world, turns, turn, beside=look)
    assert world.methods()[0] == "typing"
    assert world.texts() == [text_of(150)]
    assert [row[0].data for row in buttons[0]] == [f"turn:{turn.id}:stop"]
    (message,) = world.messages.values()
    assert message.buttons == ()
    assert message.reply_to == turn.origin_id
    preview, final = SentPart(1, message.id), SentPart(1, message.id, 0, len(text_of(150)), True)
    assert preview != final and turns.written[turn.id] == {1: final}


@pytest.mark.parametrize(("make", "place"), [(telegram, DM), (telegram, GROUP), (discord, CHANNEL)])
def test_a_long_answer_is_sent_part_by_part_while_it_grows(make: Callable[[], World], place: object) -> None:
    world, turns = make(), ScriptedTurns()
    text = PARAGRAPHS[: 2 * world.surface.text_max + 500]
    turn = turns.add(turn_of(place), words_at(text, per_s=60, size=9))  # type: ignore[arg-type]
    first_final = []

    async def look() -> None:
        await until(lambda: any(part.final for part in turns.written[turn.id].values()))
        first_final.append(len(turns.turns[turn.id].answer))

    play(world, turns, turn, beside=look)
    assert turns.turns[turn.id].answer == text
    assert first_final[0] < len(text) * 0.8  # in mid-stream
    assert "\n\n".join(world.texts()).split() == text.split()
    assert world.refusals == []
    spans = sorted((part.start, part.end) for part in turns.written[turn.id].values())
    assert spans[0][0] == 0 and spans[-1][1] == len(text)
    assert all(before[1] == after[0] for before, after in pairwise(spans))


@pytest.mark.parametrize("length", [4095, 4096, 4097])
def test_answers_at_the_very_limit_of_telegram(length: int) -> None:
    world, turns = telegram(), ScriptedTurns()
    text = ("x" * 9 + " ") * 400 + "y" * length
    text = text[:4000] + "z" * (length - 4000)
    turn = turns.add(turn_of(DM), words_at(text, per_s=100, size=50))
    play(world, turns, turn)
    assert len(world.texts()) == (1 if length <= 4096 else 2)
    assert "".join(world.texts()).replace(" ", "") == text.replace(" ", "")


def test_2000_characters_are_one_message_on_discord() -> None:
    world, turns = discord(), ScriptedTurns()
    text = "a" * 2000
    play(world, turns, turns.add(turn_of(CHANNEL), words_at(text, per_s=100, size=50)))
    assert world.texts() == [text]


def test_a_very_long_answer_begins_as_text_and_comes_whole_as_a_file() -> None:
    world, turns = discord(), ScriptedTurns()
    turn = turns.add(turn_of(CHANNEL), words_at(PARAGRAPHS, per_s=60, size=20))
    play(world, turns, turn)
    *shown, last = world.messages.values()
    assert last.contents == (PARAGRAPHS.encode(),)
    assert last.text == "[answer-as-file]"
    words = " ".join(message.text for message in shown).split()
    assert len(shown) <= DISCORD.parts_max
    assert words == PARAGRAPHS.split()[: len(words)] and len(words) > 200
    assert world.refusals == []


def test_a_file_that_is_refused_becomes_text() -> None:
    world, turns = discord(), ScriptedTurns()
    world.decide = lambda method, number: "rejected" if method == "send_media" else None
    turn = turns.add(turn_of(CHANNEL), words_at(PARAGRAPHS, per_s=60, size=20))
    play(world, turns, turn)
    assert "\n\n".join(world.texts()).split() == PARAGRAPHS.split()


@pytest.mark.parametrize(
    ("ending", "key"),
    [
        (Ending.LENGTH, "answer-length"),
        (Ending.REFUSED, "answer-refused"),
        (Ending.CUT, "answer-cut"),
        (Ending.INTERRUPTED, "answer-interrupted"),
    ],
)
@pytest.mark.parametrize(("make", "place"), [(telegram, DM), (discord, CHANNEL)])
def test_an_answer_that_ended_early_says_so_and_offers_another_try(
    ending: Ending, key: str, make: Callable[[], World], place: object
) -> None:
    world, turns = make(), ScriptedTurns()
    script = words_at(text_of(30), per_s=40)
    script.ending = ending
    turn = turns.add(turn_of(place), script)  # type: ignore[arg-type]
    play(world, turns, turn)
    (message,) = world.messages.values()
    assert message.text.startswith(text_of(30)) and message.text.endswith(f"[{key}]")
    assert message.buttons[0][0].data == f"turn:{turn.id}:retry"


def test_a_mark_that_does_not_fit_moves_words_to_a_message_of_its_own() -> None:
    world, turns = discord(), ScriptedTurns()
    script = Script([(0.1, "word " * 400)], Ending.CUT)  # 1,999 characters without the last space
    play(world, turns, turns.add(turn_of(CHANNEL), script))
    first, second = world.texts()
    assert len(first) <= 1950 and second.endswith("[answer-cut]")
    assert (first + " " + second).split()[:400] == ["word"] * 400


def test_stop_between_the_last_draft_and_the_end_keeps_what_came() -> None:
    world, turns = telegram(), ScriptedTurns()
    turn = turns.add(turn_of(DM), words_at(text_of(400), per_s=20))

    async def press() -> None:
        await asyncio.sleep(5)
        turns.stop(turn.id)

    play(world, turns, turn, beside=press)
    (message,) = world.messages.values()
    said = turns.turns[turn.id].answer
    assert 100 < len(said) < 600
    assert message.text == f"{said.strip()}\n\n[answer-stopped]"
    assert world.drafts == {}


def test_a_failure_is_a_sentence_with_another_try() -> None:
    world, turns = telegram(), ScriptedTurns()
    turn = turns.add(turn_of(DM), Script([], Ending.FAILED, error_key="error-moderated"))
    play(world, turns, turn)
    (message,) = world.messages.values()
    assert message.text == "[error-moderated]"
    assert message.buttons[0][0].data == f"turn:{turn.id}:retry"


def test_an_answer_without_a_visible_word_is_never_silence() -> None:
    world, turns = telegram(), ScriptedTurns()
    play(world, turns, turns.add(turn_of(DM), Script([(0.1, " \n\u200b")])))
    assert world.texts() == ["[answer-empty]"]


def test_a_deferred_interaction_is_filled_and_the_rest_follows() -> None:
    world, turns = discord(), ScriptedTurns()
    world.messages["1-1"] = Message("1-1", Rendered("…"))
    turn = turns.add(turn_of(CHANNEL, opening_id="1-1"), words_at(text_of(300), per_s=80))
    play(world, turns, turn)
    assert "typing" not in world.methods()
    assert next(iter(world.messages)) == "1-1"
    assert " ".join(world.texts()).split() == text_of(300).split()


def test_a_message_deleted_while_it_streams_is_sent_anew() -> None:
    world, turns = discord(), ScriptedTurns()
    turn = turns.add(turn_of(CHANNEL), words_at(text_of(200), per_s=20))

    async def delete() -> None:
        await asyncio.sleep(5)
        world.messages.clear()

    world.dedupes = False
    play(world, turns, turn, beside=delete)
    assert world.texts() == [text_of(200)]


def test_a_draft_is_kept_alive_while_the_model_thinks() -> None:
    world, turns = telegram(), ScriptedTurns()
    turn = turns.add(turn_of(DM), Script([(100.0, "done")]))
    play(world, turns, turn)
    times = [call.at_s for call in world.calls if call.method == "draft"]
    assert all(later - earlier < 30 for earlier, later in pairwise(times))
    assert len(times) <= 7
    assert world.texts() == ["done"]


def test_a_draft_is_kept_alive_when_the_model_pauses_in_mid_answer() -> None:
    world, turns = telegram(), ScriptedTurns()
    turn = turns.add(turn_of(DM), Script([(0.2, "first words "), (0.1, "x"), (70.0, "end")]))
    play(world, turns, turn)
    shown = [(call.at_s, call.text) for call in world.calls if call.method == "draft"]
    assert ("first words x") in [text for _, text in shown]  # the little there was is shown in the pause
    times = [at_s for at_s, _ in shown]
    assert all(later - earlier < 30 for earlier, later in pairwise(times))
    assert world.texts() == ["first words xend"]


def test_a_chat_that_refuses_drafts_gets_edits_from_then_on() -> None:
    world, turns = telegram(), ScriptedTurns()
    world.decide = lambda method, number: "rejected" if method == "draft" else None
    turns.add(turn_of(DM, 1), words_at(text_of(200), per_s=20))
    turns.following[turns.turns["turn000000000001"].lane] = [
        turns.add(turn_of(DM, 2), words_at(text_of(200, 500), per_s=20))
    ]
    play(world, turns, turns.turns["turn000000000001"])
    assert world.methods().count("draft") == 1
    assert "edit" in world.methods()
    assert world.texts() == [text_of(200), text_of(200, 500)]


def test_previews_stop_after_three_failures_and_the_answer_still_comes() -> None:
    world, turns = telegram(), ScriptedTurns()
    world.decide = lambda method, number: "lost" if method == "draft" else None
    turn = turns.add(turn_of(DM), words_at(text_of(400), per_s=20))
    play(world, turns, turn)
    assert world.methods().count("draft") == 3
    assert world.texts() == [text_of(400)]


def test_a_flooded_draft_is_not_replaced_by_edits() -> None:
    world, turns = telegram(), ScriptedTurns()
    world.decide = lambda method, number: "flood" if number == 3 else None
    turn = turns.add(turn_of(DM), words_at(text_of(100), per_s=20))
    play(world, turns, turn)
    flooded_s, after_s = world.calls[2].at_s, world.calls[3].at_s
    assert after_s - flooded_s >= 3
    assert "edit" not in world.methods()
    assert world.texts() == [text_of(100)]


@pytest.mark.parametrize("fault", ["flood", "lost", "away"])
def test_the_first_send_and_the_last_edit_are_made_until_they_work(fault: Fault) -> None:
    for method, place, make in (("send", GROUP, telegram), ("edit", CHANNEL, discord), ("send", DM, telegram)):
        world, turns = make(), ScriptedTurns()
        tries: list[int] = []

        def decide(called: str, number: int, method: str = method, tries: list[int] = tries) -> Fault | None:
            if called == method and len(tries) < 2:
                tries.append(number)
                return fault
            return None

        world.decide = decide
        turn = turns.add(turn_of(place), Script([(0.1, text_of(50)), (3.0, ""), (0.0, "")]))
        play(world, turns, turn)
        assert len(tries) == 2
        assert world.texts() == [text_of(50)]
        assert turns.turns[turn.id].state is TurnState.DONE


def test_a_lost_answer_shows_a_message_twice_at_most_and_once_where_the_platform_drops_repeats() -> None:
    for make, place, copies in ((telegram, DM, 2), (discord, CHANNEL, 1)):
        world, turns = make(), ScriptedTurns()
        lost: list[int] = []

        def decide(method: str, number: int, lost: list[int] = lost) -> Fault | None:
            if method == "send" and not lost:
                lost.append(number)
                return "done-lost"
            return None

        world.decide = decide
        play(world, turns, turns.add(turn_of(place), Script([(0.1, "short")])))
        assert world.texts() == ["short"] * copies


def test_a_blocked_bot_ends_the_answer_quietly() -> None:
    world, turns = telegram(), ScriptedTurns()
    world.decide = lambda method, number: "gone-chat"
    turn = turns.add(turn_of(DM), words_at(text_of(100), per_s=20))
    play(world, turns, turn)
    assert turns.turns[turn.id].state is TurnState.DONE
    assert len(world.calls) == 2  # one preview, one final


def test_a_group_that_moved_gets_the_answer_in_its_new_chat() -> None:
    world, turns = telegram(), ScriptedTurns()
    world.moved_to = "-200"
    world.decide = lambda method, number: "moved"
    turn = turns.add(turn_of(GROUP), words_at(text_of(100), per_s=20))
    play(world, turns, turn)
    assert world.texts("-200") == [text_of(100)]
    assert sum(call.place.chat == "-100" for call in world.calls) == 1


def test_an_answer_that_begins_again_leaves_nothing_of_what_was_void() -> None:
    for make, place in ((telegram, DM), (discord, CHANNEL)):
        world, turns = make(), ScriptedTurns()
        script = words_at(PARAGRAPHS[:9000], per_s=60, size=20)
        script.restart_after = 300  # 6,000 characters, a part or more of which is out
        turn = turns.add(turn_of(place), script)
        play(world, turns, turn)
        assert "\n\n".join(world.texts()).split() == turns.turns[turn.id].answer.split()


def test_two_answers_in_one_chat_share_one_draft() -> None:
    world, turns = telegram(), ScriptedTurns()
    first = turns.add(turn_of(DM, 1), words_at(text_of(150), per_s=20))
    second = turns.add(turn_of(DM, 2, lane="other"), words_at(text_of(150, 500), per_s=20))
    play(world, turns, first, second)
    assert len({call.draft_id for call in world.calls if call.method == "draft"}) == 1
    assert "edit" in world.methods()
    assert sorted(world.texts()) == [text_of(150), text_of(150, 500)]
    replies = {message.text: message.reply_to for message in world.messages.values()}
    assert replies == {text_of(150): "", text_of(150, 500): second.origin_id}
    assert world.refusals == []


def test_what_waits_in_the_lane_comes_after() -> None:
    world, turns = telegram(), ScriptedTurns()
    first = turns.add(turn_of(DM, 1), words_at(text_of(20), per_s=20))
    refused = turn_of(DM, 2, state=TurnState.ANSWERED, ending=Ending.FAILED, error_key="error-over-quota")
    turns.following[first.lane] = [
        turns.add(refused, Script([])),
        turns.add(turn_of(DM, 3), words_at(text_of(20, 100), per_s=20)),
    ]
    play(world, turns, first)
    assert world.texts() == [text_of(20), "[error-over-quota]", text_of(20, 100)]


def test_closing_leaves_what_could_not_be_delivered_to_the_next_process() -> None:
    world, turns = telegram(), ScriptedTurns()
    world.decide = lambda method, number: "away" if method == "send" and number < 50 else None
    turn = turns.add(turn_of(DM), Script([(0.1, text_of(20))]))

    async def main() -> None:
        answers = answers_of(world, turns)
        answers.start(turn)
        await asyncio.sleep(1)
        await answers.close(5)
        assert answers.running == 0
        assert turns.turns[turn.id].state is TurnState.ANSWERED
        world.decide = lambda method, number: None
        later = answers_of(world, turns)
        await later.recover()
        await finished(later)

    run(main)
    assert world.texts() == [text_of(20)]


def test_a_bug_in_the_previews_does_not_cost_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    world, turns = telegram(), ScriptedTurns()

    def broken(method: str, number: int) -> Fault | None:
        if method == "draft" and number > 1:
            raise RuntimeError("a bug")
        return None

    world.decide = broken
    play(world, turns, turns.add(turn_of(DM), words_at(text_of(60), per_s=20)))
    assert world.texts() == [text_of(60)]
    assert "previews broke" in caplog.text


def test_a_bug_in_an_answer_is_told_with_a_reference(caplog: pytest.LogCaptureFixture) -> None:
    world, turns = telegram(), ScriptedTurns()

    def broken(method: str, number: int) -> Fault | None:
        if method == "send" and not world.messages and "broke" not in caplog.text:
            raise RuntimeError("a bug")
        return None

    world.decide = broken
    turn = turns.add(turn_of(DM), words_at(text_of(60), per_s=20))
    play(world, turns, turn)
    (text,) = world.texts()
    assert text.startswith("[error-internal reference=")
    assert text.removeprefix("[error-internal reference=").rstrip("]") in [
        record.__dict__.get("reference") for record in caplog.records
    ]


def test_a_form_that_the_platform_refuses_is_sent_as_plain_words() -> None:
    world, turns = telegram(), ScriptedTurns()
    world.decide = lambda method, number: "rejected" if world.methods().count("send") == 1 else None
    play(world, turns, turns.add(turn_of(DM), Script([(0.1, "some **bold** words")])))
    (message,) = world.messages.values()
    assert message.rendered == Rendered("some bold words")


def test_what_another_process_took_over_is_left_to_it() -> None:
    class Taken(ScriptedTurns):
        async def outcome(self, turn_id: str) -> Turn | None:
            return None

    world, turns = telegram(), Taken()
    play(world, turns, turns.add(turn_of(DM), words_at(text_of(40), per_s=20)))
    assert world.texts() == []
    assert turns.done_at == {}


def recovered(world: World, turns: ScriptedTurns) -> None:
    async def main() -> None:
        answers = answers_of(world, turns)
        await answers.recover()
        await finished(answers)

    run(main)
    assert world.problems == []


def test_an_answer_that_was_out_already_is_only_ended() -> None:
    world, turns = telegram(), ScriptedTurns()
    turn = turns.add(turn_of(DM, state=TurnState.ANSWERED, ending=Ending.COMPLETE, answer="all of it"), Script([]))
    turns.written[turn.id] = {1: SentPart(1, "7-1", 0, 9, True)}
    recovered(world, turns)
    assert world.calls == []
    assert turns.turns[turn.id].state is TurnState.DONE


def test_an_answer_whose_checkpoint_is_older_than_what_was_sent_still_says_it_was_interrupted() -> None:
    world, turns = telegram(), ScriptedTurns()
    turn = turns.add(turn_of(DM, answer=text_of(400)), Script([]))
    turns.written[turn.id] = {1: SentPart(1, "7-1", 0, 3900, True)}
    recovered(world, turns)
    assert world.texts() == ["[answer-interrupted]"]


def test_a_preview_of_a_dead_process_becomes_the_answer() -> None:
    world, turns = discord(), ScriptedTurns()
    world.messages["1-9"] = Message("1-9", Rendered("w000000 w0"))
    turn = turns.add(turn_of(CHANNEL, answer=text_of(20)), Script([]))
    turns.written[turn.id] = {1: SentPart(1, "1-9")}
    recovered(world, turns)
    assert world.texts() == [f"{text_of(20)}\n\n-# [answer-interrupted]"]


def test_after_a_day_without_the_platform_the_lane_is_free_again(caplog: pytest.LogCaptureFixture) -> None:
    world, turns = telegram(), ScriptedTurns()
    world.decide = lambda method, number: "away"
    turn = turns.add(turn_of(DM), Script([(0.1, "x")]))
    play(world, turns, turn)
    assert turns.done_at[turn.id] - turns.finished_at[turn.id] == pytest.approx(24 * 3600, rel=0.01)
    assert len(world.calls) < 1600
    assert "could not be delivered" in caplog.text


def test_a_lane_that_cannot_go_on_is_left_to_the_next_recovery(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(ScriptedTurns):
        async def next_in_lane(self, lane: str) -> Turn | None:
            raise RuntimeError("no database")

    world, turns = telegram(), Broken()
    play(world, turns, turns.add(turn_of(DM), Script([(0.1, "x")])))
    assert world.texts() == ["x"]
    assert "could not start" in caplog.text


def test_an_interaction_whose_message_is_gone_is_answered_anew() -> None:
    world, turns = discord(), ScriptedTurns()
    play(world, turns, turns.add(turn_of(CHANNEL, opening_id="1-1"), words_at(text_of(30), per_s=20)))
    assert world.texts() == [text_of(30)]


def test_void_messages_that_cannot_be_deleted_do_not_hold_up_the_answer() -> None:
    world, turns = telegram(), ScriptedTurns()
    world.decide = lambda method, number: "away" if method == "delete" else None
    script = words_at(PARAGRAPHS[:14000], per_s=60, size=20)
    script.restart_after = 500
    turn = turns.add(turn_of(DM), script)
    play(world, turns, turn)
    assert set(turns.turns[turn.id].answer.split()) <= set(" ".join(world.texts()).split())


def test_an_answer_that_differs_from_what_was_shown_is_sent_as_it_ended() -> None:
    class Other(ScriptedTurns):
        async def outcome(self, turn_id: str) -> Turn | None:
            turn = await super().outcome(turn_id)
            return turn and replace(turn, answer="something else")

    world, turns = telegram(), Other()
    play(world, turns, turns.add(turn_of(DM), words_at(PARAGRAPHS[:9000], per_s=60, size=20)))
    assert world.texts() == ["something else"]


def test_surfaces_and_rates_name_the_same_platforms() -> None:
    surfaces: list[Surface] = [TELEGRAM, DISCORD]
    assert {surface.platform for surface in surfaces} == set(RATES)
