"""An answer of several rounds, over scripted streams: what stays, what is counted, and how it ends."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

from core.answering import Running
from core.errors import Unsure
from core.heard import Heard, Sources, linkable
from core.limits import LIMITS
from core.values import (
    AnsweredBy,
    Artifact,
    ChatMessage,
    ChatRequest,
    Citation,
    Deed,
    Draft,
    Ending,
    Finished,
    MediaOut,
    Restarted,
    StopReason,
    TextDelta,
    ThoughtDelta,
    ToolCall,
    Usage,
    UsageReport,
)
from tests.core.test_answering import DONE, SILENCE, Script, Step, make, no_tools, play, prepare, until_text

CALLS = Finished(StopReason.TOOLS)
CALL = ToolCall(0, "c1", "calculate", '{"expression": "1+1"}')


def asked_again(request: ChatRequest) -> ChatRequest:
    return replace(request, messages=(*request.messages, ChatMessage("tool")))


class Hands:
    """Carries out nothing, and asks again so many times."""

    def __init__(self, rounds: int = 1) -> None:
        self.left = rounds
        self.seen: list[Heard] = []

    async def act(self, request: ChatRequest, heard: Heard) -> ChatRequest | None:
        self.seen.append(heard)
        self.left -= 1
        return asked_again(request) if self.left >= 0 else None


async def go(running: Running, script: Script, hands: Hands) -> list[Draft]:
    running.begin(script.ask, prepare, hands.act)
    drafts = [draft async for draft in running.drafts()]
    await running.settled()
    return drafts


async def test_a_call_is_carried_out_and_the_answer_goes_on() -> None:
    running, hands = make(), Hands()
    script = Script(
        [ThoughtDelta("hm "), TextDelta("Let me see."), CALL, UsageReport(Usage(10, 0, 5)), CALLS],
        [ThoughtDelta("so"), TextDelta("It is 2."), UsageReport(Usage(30, 0, 4)), DONE],
    )
    drafts = await go(running, script, hands)
    assert running.text == "Let me see.\n\nIt is 2."
    assert running.thoughts == "hm so"
    assert running.ending is Ending.COMPLETE
    assert running.past + running.heard.usage == Usage(40, 0, 9)
    (call,) = hands.seen[0].calls
    assert (call.id, call.name, call.arguments) == ("c1", "calculate", '{"expression": "1+1"}')
    assert len(script.asked) == 2
    assert script.asked[1].messages[-1].role == "tool"
    texts = [draft.text for draft in drafts]
    assert all(later.startswith(earlier.rstrip()) for earlier, later in pairwise(texts))


async def test_calls_come_in_pieces_and_side_by_side() -> None:
    running, hands = make(), Hands()
    pieces: list[Step] = [
        ToolCall(3, "a", "draw_picture", '{"pro'),
        ToolCall(5, "b", "balance"),
        ToolCall(3, arguments='mpt": "fox"}'),
        CALLS,
    ]
    await go(running, Script(pieces, [TextDelta("done"), DONE]), hands)
    assert [(call.id, call.name, call.arguments) for call in hands.seen[0].calls] == [
        ("a", "draw_picture", '{"prompt": "fox"}'),
        ("b", "balance", ""),
    ]


async def test_a_restart_upstream_voids_its_own_round_only() -> None:
    running, hands = make(), Hands()
    script = Script([TextDelta("One."), CALL, CALLS], [TextDelta("wro"), Restarted(), TextDelta("Two."), DONE])
    drafts = await go(running, script, hands)
    assert running.text == "One.\n\nTwo."
    assert any(draft.restarted for draft in drafts)


async def test_once_a_tool_was_called_nothing_joins() -> None:
    running, hands = make(), Hands()
    assert running.unseen
    await go(running, Script([CALL, CALLS], [TextDelta("x"), DONE]), hands)
    assert running.acted
    assert not running.unseen


async def test_stopped_while_a_tool_runs() -> None:
    running = make()

    async def forever(request: ChatRequest, heard: Heard) -> ChatRequest:
        running.do("draw_picture")
        await asyncio.Event().wait()
        raise AssertionError

    running.begin(Script([TextDelta("Drawing."), CALL, CALLS]).ask, prepare, forever)
    drafts = running.drafts()
    async for draft in drafts:
        if draft.doing:
            assert draft.doing == "draw_picture"
            running.end(Ending.STOPPED)
    await running.settled()
    assert running.text == "Drawing."
    assert running.ending is Ending.STOPPED


async def test_a_line_that_breaks_in_the_second_round_keeps_the_first() -> None:
    running, hands = make(), Hands()
    await go(running, Script([TextDelta("One."), CALL, CALLS], [TextDelta("Tw"), Unsure("cut")]), hands)
    assert running.text == "One.\n\nTw"
    assert running.ending is Ending.CUT


async def test_a_broken_second_round_is_asked_again_while_nothing_came() -> None:
    running, hands = make(), Hands()
    script = Script([TextDelta("One."), CALL, CALLS], [Unsure("cut")], [TextDelta("Two."), DONE])
    await go(running, script, hands)
    assert running.text == "One.\n\nTwo."
    assert running.ending is Ending.COMPLETE


async def test_an_answer_that_only_did_something_is_complete() -> None:
    running, hands = make(), Hands(0)
    running.deeds.append(Deed("draw_picture", "a fox", "job:1"))
    await go(running, Script([CALL, CALLS]), hands)
    assert running.text == ""
    assert running.ending is Ending.COMPLETE


async def test_a_picture_in_the_answer_is_an_answer() -> None:
    running = make()
    await play(running, Script([MediaOut(Artifact("image", data=b"png", mime="image/png")), DONE]))
    assert running.ending is Ending.COMPLETE
    assert [artifact.data for artifact in running.heard.media] == [b"png"]


async def test_only_so_many_pictures_are_kept() -> None:
    running = make()
    picture = MediaOut(Artifact("image", data=b"png", mime="image/png"))
    await play(running, Script([*[picture] * (LIMITS.answer_media + 5), DONE]))
    assert len(running.heard.media) == LIMITS.answer_media


async def test_who_answered_is_known_and_survives_the_rounds() -> None:
    running, hands = make(), Hands()
    await go(running, Script([AnsweredBy("gpt-5-2026"), CALL, CALLS], [TextDelta("x"), DONE]), hands)
    assert running.heard.answered_by == "gpt-5-2026"


async def test_sources_are_numbered_where_they_stand_and_listed_at_the_end() -> None:
    running = make()
    one, two = Citation("https://example.org/a", "Page [A]\nnew"), Citation("https://example.org/b")
    events: list[Step] = [TextDelta("Fact."), one, one, TextDelta(" More."), two, TextDelta(" Again."), one, DONE]
    await play(running, Script(events))
    assert running.text == (
        "Fact. [\\[1\\]](https://example.org/a) More. [\\[2\\]](https://example.org/b)"
        " Again. [\\[1\\]](https://example.org/a)\n\n"
        "1. [Page A new](https://example.org/a)\n2. [example.org](https://example.org/b)"
    )


async def test_a_mark_keeps_its_distance() -> None:
    running = make()
    page = Citation("https://example.org/a")
    other = Citation("https://example.org/b")
    await play(running, Script([TextDelta("One. "), page, TextDelta("Two."), other, TextDelta(" Three."), DONE]))
    marks = "[\\[1\\]](https://example.org/a)", "[\\[2\\]](https://example.org/b)"
    assert running.text.startswith(f"One. {marks[0]} Two. {marks[1]} Three.")


async def test_pages_of_a_void_answer_are_no_sources() -> None:
    running, hands = make(), Hands()
    one, two, three = (Citation(f"https://example.org/{name}") for name in "abc")
    script = Script(
        [TextDelta("One."), one, CALL, CALLS], [TextDelta("wro"), two, Restarted(), TextDelta("Two."), three, DONE]
    )
    await go(running, script, hands)
    assert running.text == (
        "One. [\\[1\\]](https://example.org/a)\n\nTwo. [\\[2\\]](https://example.org/c)\n\n"
        "1. [example.org](https://example.org/a)\n2. [example.org](https://example.org/c)"
    )


async def test_a_stopped_answer_lists_its_sources_too() -> None:
    running = make()
    running.begin(Script([TextDelta("Fact."), Citation("https://example.org/a"), SILENCE]).ask, prepare, no_tools)
    await until_text(running, "Fact. [\\[1\\]](https://example.org/a)")
    running.end(Ending.STOPPED)
    assert running.text.endswith("1. [example.org](https://example.org/a)")


def test_what_is_no_web_page_is_no_source() -> None:
    for url in ("javascript:alert(1)", "file:///etc/passwd", "https://", "https://u:p@example.org", "x" * 3_000, "//a"):
        assert linkable(url) == "", url
        assert Sources().mark(Citation(url)) == ""
    assert linkable("https://example.org/a b)(c") == "https://example.org/a%20b%29%28c"


async def test_there_is_an_end_to_sources() -> None:
    sources = Sources()
    marks = [sources.mark(Citation(f"https://example.org/{number}")) for number in range(100)]
    assert sum(bool(mark) for mark in marks) == 30
