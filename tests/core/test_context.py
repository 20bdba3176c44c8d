from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core import context
from core.catalog import load_catalog
from core.context import GONE, LEFT_OUT, SYSTEM, Context, Past, load
from core.errors import PromptTooLong
from core.plans import Persona, Rules
from core.ports import Media
from core.prices import IMAGE_TOKENS
from core.specs import ModelSpec
from core.values import ChatMessage, ChatRequest, Ending, Part, Turn
from storage.media import open_media
from tests.core.talk import past, words

RULES = Rules(personas={"tutor": Persona("tutor", "You explain patiently.")})


def build(spec: ModelSpec, rules: Rules, persona: str, history: list[Turn], question: tuple[Part, ...]) -> Context:
    return context.build(spec, rules, replace(past("now", ""), persona=persona, question=question), Past(history))


def model(name: str = "gpt-4o", **changes: object) -> ModelSpec:
    return replace(load_catalog().get(name, "chat"), **changes)  # type: ignore[arg-type] # any field


def said(messages: tuple[ChatMessage, ...]) -> list[tuple[str, str]]:
    return [(message.role, "".join(part.text for part in message.parts)) for message in messages]


def test_the_branch_comes_before_the_question() -> None:
    built = build(model(), RULES, "", [past("one", "1"), past("two", "2")], words("three"))
    assert said(built.messages) == [
        ("user", "one"),
        ("assistant", "1"),
        ("user", "two"),
        ("assistant", "2"),
        ("user", "three"),
    ]
    assert built.system == SYSTEM
    assert built.request(77).max_tokens == 77


def test_history_is_cut_from_its_old_end_to_the_budget() -> None:
    spec = model(context=2_000, max_output=500)
    history = [past(f"q{number:02}", "x" * 1_000) for number in range(20)]  # 250 tokens of answer each
    built = build(spec, RULES, "", history, words("now"))
    kept = [text for role, text in said(built.messages) if role == "user"]
    assert kept == ["q15", "q16", "q17", "q18", "q19", "now"]
    assert built.input_tokens <= 1_500
    assert built.input_tokens + 260 > 1_500, "one more would not have fitted"


def test_one_long_answer_hides_what_is_older_rather_than_leaving_a_hole() -> None:
    spec = model(context=2_000, max_output=500)
    history = [past("old", "o"), past("long", "x" * 8_000), past("new", "n")]
    assert [text for _, text in said(build(spec, RULES, "", history, words("now")).messages)] == ["new", "n", "now"]


def test_turns_without_an_answer_are_left_out_and_cut_off_ones_are_not() -> None:
    history = [
        past("failed", "half", Ending.FAILED),
        past("empty", "  \n"),
        past("stopped", "half of it", Ending.STOPPED),
    ]
    assert said(build(model(), RULES, "", history, words("q")).messages) == [
        ("user", "stopped"),
        ("assistant", "half of it"),
        ("user", "q"),
    ]


def test_a_question_that_does_not_fit_says_how_long_it_may_be() -> None:
    spec = model(context=1_000, max_output=4_096)  # the answer keeps half
    with pytest.raises(PromptTooLong) as caught:
        build(spec, RULES, "", [], words("y" * 4_000))
    assert caught.value.params["length"] == 4_000
    assert 1_000 < caught.value.params["limit"] < 2_000


def test_personas_and_the_operators_words_replace_ours() -> None:
    assert build(model(), RULES, "tutor", [], words("q")).system == "You explain patiently."
    assert build(model(), replace(RULES, system="Be rude."), "", [], words("q")).system == "Be rude."
    assert build(model(), RULES, "one the file no longer has", [], words("q")).system == SYSTEM


def test_a_model_that_cannot_see_is_told_that_there_was_a_picture() -> None:
    shown = replace(past("look", "a fox"), question=(Part("image", media="k", name="fox.png"), *words("look")))
    blind = build(model(inputs=frozenset({"text"})), RULES, "", [shown], words("q"))
    assert said(blind.messages)[0] == ("user", "[image: fox.png]look")
    seeing = build(model(), RULES, "", [shown], words("q"))
    assert seeing.messages[0].parts == shown.question
    assert seeing.input_tokens - blind.input_tokens == pytest.approx(IMAGE_TOKENS, abs=10)


# --- pictures --------------------


@pytest.fixture
def media(tmp_path: Path) -> Media:
    return open_media(str(tmp_path / "media"))


async def picture(media: Media, data: bytes) -> Part:
    key, size = await media.put(data, 1 << 30)
    return Part("image", media=key, size=size)


async def test_pictures_travel_with_their_bytes_and_swept_ones_are_named(media: Media) -> None:
    kept, swept = await picture(media, b"kept"), await picture(media, b"swept")
    await media.delete([swept.media])
    request = ChatRequest((ChatMessage("user", (swept, kept, *words("what?"))),))
    loaded = await load(request, media, 1 << 20)
    assert loaded.messages[0].parts[0] == GONE
    assert loaded.messages[0].parts[1].data == b"kept"
    assert loaded.messages[0].parts[2].text == "what?"


async def test_only_the_newest_pictures_travel_when_all_are_too_much(media: Media) -> None:
    old, lying, new = [await picture(media, data) for data in (b"123456", b"1234567", b"abcdefgh")]
    lying = replace(lying, size=0)  # a size is what somebody declared
    messages = tuple(ChatMessage("user", (part,)) for part in (old, lying, new))
    loaded = await load(ChatRequest(messages), media, 10)
    assert [message.parts[0].data for message in loaded.messages] == [b"", b"", b"abcdefgh"]
    assert [message.parts[0] for message in loaded.messages[:2]] == [LEFT_OUT, LEFT_OUT]


async def test_a_request_without_pictures_is_left_as_it_is(media: Media) -> None:
    request = ChatRequest((ChatMessage("user", words("hello")),))
    assert await load(request, media, 1 << 20) is request
