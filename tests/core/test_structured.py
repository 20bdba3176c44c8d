"""JSON of a given shape out of whatever a model answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Moderated, NoResult, UpstreamDown
from core.said import Said, collected
from core.structured import SHOWN_CHARS, examined, structured
from core.values import (
    AnsweredBy,
    ChatEvent,
    ChatMessage,
    ChatRequest,
    Finished,
    Json,
    Part,
    Restarted,
    Schema,
    StopReason,
    TextDelta,
    ThoughtDelta,
    Usage,
    UsageReport,
)

SCHEMA = Schema(
    "person",
    {
        "type": "object",
        "properties": {"name": {"type": "string", "minLength": 1}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": False,
    },
)
ANA: Json = {"name": "Ana", "age": 31}
GOOD = json.dumps(ANA)
REQUEST = ChatRequest((ChatMessage("user", (Part("text", text="Who?"),)),), system="s")
USED = Usage(10, 0, 5)


class Model:
    """Gives its answers one after the other and keeps what it was asked."""

    def __init__(self, *answers: str | Said) -> None:
        self._answers = [Said(answer, USED) if isinstance(answer, str) else answer for answer in answers]
        self.asked: list[ChatRequest] = []

    @property
    def ask(self) -> Callable[[ChatRequest], Awaitable[Said]]:
        async def ask(request: ChatRequest) -> Said:
            self.asked.append(request)
            return self._answers[len(self.asked) - 1]

        return ask


@pytest.mark.parametrize(
    "answer",
    [
        GOOD,
        f"  {GOOD}\n",
        f"```json\n{GOOD}\n```",
        f"Here it is:\n\n```\n{GOOD}\n```\nAnything else?",
        f"```json\n{GOOD}",
        f"Sure {{as you wish}}: {GOOD} — done.",
        f"好的：{GOOD}",
    ],
)
async def test_what_stands_around_it_does_not_matter(answer: str) -> None:
    model = Model(answer)
    assert await structured(model.ask, REQUEST, SCHEMA) == (ANA, USED)
    assert model.asked[0].schema == SCHEMA
    assert model.asked[0].messages == REQUEST.messages


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("", "no whole JSON"),
        ("I do not know.", "no whole JSON"),
        (GOOD[:-1], "no whole JSON"),
        ('{"name": "Ana"}', "'age' is a required property"),
        ('{"name": "Ana", "age": "old"}', "$.age: 'old' is not of type 'integer'"),
        ('{"name": "", "age": 1}', "$.name"),
        ("[]", "$: [] is not of type 'object'"),
        ("[" * 5_000, "no whole JSON"),
    ],
)
async def test_the_model_is_shown_its_mistake_once(answer: str, problem: str) -> None:
    model = Model(answer, GOOD)
    assert await structured(model.ask, REQUEST, SCHEMA) == (ANA, Usage(20, 0, 10))
    *shown, mended = model.asked[1].messages[1:]
    assert problem in mended.parts[0].text
    assert '"minLength":1' in mended.parts[0].text
    assert [message.parts[0].text for message in shown] == ([answer[:SHOWN_CHARS]] if answer else [])
    assert model.asked[1].schema == SCHEMA


async def test_wrong_twice_is_no_result() -> None:
    model = Model("no", '{"name": "Ana"}', GOOD)
    with pytest.raises(NoResult, match=r"person: .*required"):
        await structured(model.ask, REQUEST, SCHEMA)
    assert len(model.asked) == 2


async def test_a_refusal_is_one_and_errors_pass() -> None:
    with pytest.raises(Moderated):
        await structured(Model(Said("I can't.", reason=StopReason.REFUSED)).ask, REQUEST, SCHEMA)

    async def broken(request: ChatRequest) -> Said:
        raise UpstreamDown

    with pytest.raises(UpstreamDown):
        await structured(broken, REQUEST, SCHEMA)


async def test_a_long_answer_is_read_too() -> None:
    text = " " * 50_000 + GOOD
    assert (await structured(Model(text).ask, REQUEST, SCHEMA))[0] == ANA


@settings(max_examples=100, deadline=None)
@given(text=st.text(alphabet='{}[]":,ab1`\n json', max_size=80))
def test_any_text_is_a_value_or_a_problem(text: str) -> None:
    value, problem = examined(text, SCHEMA)
    assert (value is None) or not problem


async def test_a_stream_is_collected() -> None:
    async def events() -> object:
        told: list[ChatEvent] = [
            TextDelta("old"),
            UsageReport(Usage(9, 0, 9)),
            Restarted(),
            AnsweredBy("m-2026"),
            ThoughtDelta("hm"),
            TextDelta("a"),
            UsageReport(Usage(1, 0, 1)),
            TextDelta("b"),
            UsageReport(Usage(1, 0, 4)),
            Finished(StopReason.LENGTH),
        ]
        for event in told:
            yield event

    assert await collected(events()) == Said("ab", Usage(1, 0, 4), "m-2026", StopReason.LENGTH)  # type: ignore[arg-type]
