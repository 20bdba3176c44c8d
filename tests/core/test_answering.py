"""Running answers over scripted streams: what comes, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.answering import AGAIN_AFTER_S, Running
from core.errors import BadKey, BotError, Moderated, NoResult, NotTaken, RateLimited, Unsure, UpstreamDown
from core.heard import Heard
from core.limits import LIMITS, Limits
from core.values import (
    Artifact,
    ChatEvent,
    ChatRequest,
    Draft,
    Ending,
    Finished,
    MediaOut,
    Restarted,
    StopReason,
    TextDelta,
    ThoughtDelta,
    Usage,
    UsageReport,
)
from tests.clocks import FakeClock
from tests.core.talk import past

DONE = Finished(StopReason.STOP)
SILENCE = "silence"
Step = ChatEvent | BaseException | str


class Script:
    """Plays one list of steps for each time it is asked; the last one again and again."""

    def __init__(self, *plays: list[Step]) -> None:
        self._plays = plays
        self.asked: list[ChatRequest] = []
        self.closed = 0

    async def ask(self, request: ChatRequest) -> AsyncIterator[ChatEvent]:
        steps = self._plays[min(len(self.asked), len(self._plays) - 1)]
        self.asked.append(request)
        try:
            for step in steps:
                await asyncio.sleep(0)
                if isinstance(step, BaseException):
                    raise step
                if isinstance(step, str):
                    await asyncio.Event().wait()
                else:
                    yield step
        finally:
            self.closed += 1


def make(limits: Limits = LIMITS, clock: FakeClock | None = None) -> Running:
    return Running(replace(past("q", ""), ending=None), None, clock or FakeClock(), limits)


async def prepare() -> ChatRequest:
    return ChatRequest(())


async def no_tools(request: ChatRequest, heard: Heard) -> None:
    assert not heard.calls


async def play(running: Running, script: Script) -> list[Draft]:
    running.begin(script.ask, prepare, no_tools)
    drafts = [draft async for draft in running.drafts()]
    await running.settled()
    return drafts


async def until_text(running: Running, text: str) -> None:
    for _ in range(1_000):
        if running.text == text:
            return
        await asyncio.sleep(0)
    raise AssertionError(running.text)


async def test_an_answer_grows_and_ends() -> None:
    running = make()
    usage = Usage(10, 0, 3)
    drafts = await play(running, Script([TextDelta("a"), TextDelta("b"), TextDelta("c"), UsageReport(usage), DONE]))
    assert drafts[-1].text == "abc"
    texts = [draft.text for draft in drafts]
    assert texts == sorted(texts, key=len)
    assert (running.ending, running.text, running.heard.usage, running.error) == (Ending.COMPLETE, "abc", usage, None)


@pytest.mark.parametrize(
    ("reason", "ending"),
    [
        (StopReason.STOP, Ending.COMPLETE),
        (StopReason.TOOLS, Ending.COMPLETE),
        (StopReason.LENGTH, Ending.LENGTH),
        (StopReason.REFUSED, Ending.REFUSED),
    ],
)
async def test_the_finish_reason_is_the_ending(reason: StopReason, ending: Ending) -> None:
    running = make()
    await play(running, Script([TextDelta("x"), Finished(reason)]))
    assert running.ending is ending


async def test_thoughts_are_beside_the_text() -> None:
    running = make()
    drafts = await play(running, Script([ThoughtDelta("hm"), ThoughtDelta("!"), TextDelta("x"), DONE]))
    assert drafts[-1] == Draft("x", "hm!")


@pytest.mark.parametrize("error", [Unsure("cut"), UpstreamDown("silent"), BadKey("told in mid-stream"), None])
async def test_what_came_before_the_line_broke_is_kept(error: BotError | None) -> None:
    """None: the stream ends without a finish reason."""
    script = Script([TextDelta("half"), *([error] if error else [])])
    running = make()
    await play(running, script)
    assert (running.ending, running.text) == (Ending.CUT, "half")
    assert running.error is not None
    assert len(script.asked) == 1, "never asked again after the first word"


async def test_a_line_that_breaks_after_the_finish_reason_breaks_nothing() -> None:
    running = make()
    await play(running, Script([TextDelta("all"), DONE, Unsure("cut")]))
    assert (running.ending, running.error) == (Ending.COMPLETE, None)


async def test_a_question_is_asked_again_while_nothing_has_come() -> None:
    clock = FakeClock()
    script = Script([NotTaken("refused")], [UpstreamDown("502")], [TextDelta("at last"), DONE])
    running = make(clock=clock)
    begun = clock.monotonic()
    await play(running, script)
    assert (running.ending, running.text, running.error) == (Ending.COMPLETE, "at last", None)
    assert clock.monotonic() - begun == sum(AGAIN_AFTER_S)


async def test_it_is_given_up_after_three_times() -> None:
    script = Script([Unsure("gone")])
    running = make()
    await play(running, script)
    assert running.ending is Ending.FAILED
    assert isinstance(running.error, Unsure)
    assert len(script.asked) == 3


async def test_refusals_are_not_asked_again() -> None:
    script = Script([BadKey("401")])
    running = make()
    assert await play(running, script) == []
    assert running.ending is Ending.FAILED
    assert len(script.asked) == 1


@pytest.mark.parametrize(("retry_after_s", "times"), [(20.0, 2), (120.0, 1)])
async def test_a_busy_gateway_is_waited_for_unless_that_is_too_long(retry_after_s: float, times: int) -> None:
    clock = FakeClock()
    script = Script([RateLimited("429", retry_after_s=retry_after_s)], [TextDelta("x"), DONE])
    running = make(clock=clock)
    begun = clock.monotonic()
    await play(running, script)
    assert len(script.asked) == times
    assert clock.monotonic() - begun == (retry_after_s if times == 2 else 0)


@pytest.mark.parametrize(
    ("reason", "kind"), [(StopReason.STOP, NoResult), (StopReason.LENGTH, NoResult), (StopReason.REFUSED, Moderated)]
)
async def test_an_answer_without_words_is_a_failure(reason: StopReason, kind: type[BotError]) -> None:
    running = make()
    await play(running, Script([ThoughtDelta("long thoughts"), TextDelta(" \n"), Finished(reason)]))
    assert running.ending is Ending.FAILED
    assert isinstance(running.error, kind)


async def test_an_answer_that_begins_again_upstream_is_shown_as_such() -> None:
    running = make()
    script = Script([TextDelta("wrong"), UsageReport(Usage(9, 0, 9)), Restarted(), TextDelta("right"), DONE])
    drafts = await play(running, script)
    assert (running.text, running.heard.usage) == ("right", Usage())
    assert any(draft.restarted for draft in drafts)
    assert drafts[-1].text == "right"


async def test_a_stop_between_two_words_keeps_what_came() -> None:
    script = Script([TextDelta("one "), TextDelta("two"), SILENCE])
    running = make()
    running.begin(script.ask, prepare, no_tools)
    await until_text(running, "one two")
    running.end(Ending.STOPPED)
    assert [draft.text async for draft in running.drafts()] == []
    await running.settled()
    assert (running.ending, running.text, running.error) == (Ending.STOPPED, "one two", None)
    assert script.closed == 1, "the line is let go of"
    running.end(Ending.INTERRUPTED)
    assert running.ending is Ending.STOPPED, "an end is an end"


async def test_a_stop_ends_the_drafts_of_one_who_waits() -> None:
    running = make()
    reader = asyncio.create_task(play(running, Script([SILENCE])))
    await asyncio.sleep(0)
    running.end(Ending.STOPPED)
    assert await reader == []


async def test_it_begins_again_with_another_question() -> None:
    script = Script([TextDelta("old"), SILENCE], [TextDelta("new"), DONE])
    running = make()
    running.begin(script.ask, prepare, no_tools)
    await until_text(running, "old")
    running.pause()
    running.begin(script.ask, prepare, no_tools)
    assert len(script.asked) == 1, "not while the question is being changed"
    running.resume()
    drafts = await play(running, script)
    assert drafts[0].restarted
    assert (running.text, running.ending, script.closed) == ("new", Ending.COMPLETE, 2)


async def test_a_line_that_was_let_go_of_does_not_end_the_answer() -> None:
    class Stubborn(Script):
        async def ask(self, request: ChatRequest) -> AsyncIterator[ChatEvent]:
            try:
                async for event in super().ask(request):
                    yield event
            except asyncio.CancelledError as error:  # a transport may raise anything while it is closed
                raise Unsure("closed") from error

    script = Stubborn([SILENCE], [TextDelta("new"), DONE])
    running = make()
    running.begin(script.ask, prepare, no_tools)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await play(running, script)
    assert (running.ending, running.text) == (Ending.COMPLETE, "new")


async def test_an_answer_that_ended_in_a_pause_stays_ended() -> None:
    script = Script([TextDelta("x"), SILENCE])
    running = make()
    running.begin(script.ask, prepare, no_tools)
    await until_text(running, "x")
    running.pause()
    running.end(Ending.STOPPED)
    settled = asyncio.create_task(running.settled())
    for _ in range(20):
        await asyncio.sleep(0)
    assert script.closed == 1
    assert not settled.done(), "somebody still changes the question"
    running.resume()
    running.begin(script.ask, prepare, no_tools)
    await settled
    assert (running.text, len(script.asked)) == ("x", 1)


async def test_an_endless_answer_is_cut_and_the_line_closed() -> None:
    endless = Script([TextDelta("x" * 60)] * 50)
    running = make(LIMITS._replace(stream_chars=500))
    await play(running, endless)
    assert running.ending is Ending.LENGTH
    assert 500 < len(running.text) <= 560
    assert endless.closed == 1


async def test_endless_thoughts_are_not_kept() -> None:
    running = make(LIMITS._replace(stream_chars=500))
    await play(running, Script([*[ThoughtDelta("x" * 60)] * 50, TextDelta("so"), DONE]))
    assert len(running.thoughts) <= 560
    assert running.text == "so"


async def test_an_answer_has_a_total_time() -> None:
    running = make(LIMITS._replace(turn_s=0.01))
    await play(running, Script([TextDelta("x"), SILENCE]))
    assert running.ending is Ending.CUT
    assert isinstance(running.error, UpstreamDown)


async def test_a_bug_is_a_reference_and_not_its_words() -> None:
    running = make()
    await play(running, Script([ValueError("sk-secret")]))
    assert running.error is not None
    assert (running.ending, running.error.key) == (Ending.FAILED, "error-internal")
    assert running.error.params == {"reference": running.turn.id}


async def test_what_cannot_be_prepared_is_not_asked() -> None:
    async def fails() -> ChatRequest:
        raise UpstreamDown("no")

    script = Script([DONE])
    running = make()
    running.begin(script.ask, fails, no_tools)
    assert [draft async for draft in running.drafts()] == []
    assert (running.ending, script.asked) == (Ending.FAILED, [])


async def test_pictures_by_link_become_part_of_the_text() -> None:
    running = make()
    link = MediaOut(Artifact("image", url="https://x.example/a.png"))
    await play(running, Script([TextDelta("see"), link, DONE]))
    assert running.text == "see\n\nhttps://x.example/a.png\n\n"
