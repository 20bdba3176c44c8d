"""Words, tokens and directives: pure functions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.sandbox import answers
from bots.sandbox.directives import directives
from bots.sandbox.question import Question


@given(st.text())
def test_tokens_join_to_the_text(text: str) -> None:
    assert "".join(answers.split(text)) == text


def test_tokens_are_counted_like_a_model_would() -> None:
    assert answers.count_tokens("abcd" * 100) == 100
    assert answers.count_tokens("你好世界") == 4
    assert len(answers.split(answers.long_answer(300))) == 300


def test_a_long_answer_is_bounded() -> None:
    assert len(answers.long_answer(999_999).split()) == answers.LONG_WORDS_MAX


@pytest.mark.parametrize("language", ["hello", "你好"])
def test_answers_vary_and_all_have_markdown(language: str) -> None:
    texts = {answers.answer(Question(f"{language} {number}")).split("###")[1][:40] for number in range(40)}
    assert len(texts) == 3
    assert any("```python" in answers.answer(Question(f"{language} {number}")) for number in range(40))


def test_a_hostile_question_stays_a_quote() -> None:
    text = answers.answer(Question("# a\n\n```\n" + "x" * 5000))
    assert text.splitlines()[2].startswith("> # a ``` xxx")
    assert len(text) < 1500


def test_directives() -> None:
    assert directives("a [slow] fox [long 30] [429]") == {"slow": 1, "long": 30, "status": 429}
    assert directives("[nothing] [long] [200] slow") == {}
