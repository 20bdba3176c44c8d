"""/remember, /memories, /forget: one's own, for oneself alone."""

from __future__ import annotations

import pytest

from core.limits import LIMITS
from tests.commands.rig import ANN, BOB, GROUP, Rig


async def facts(rig: Rig) -> list[str]:
    return [memory.text for memory in await rig.services.remembering.all((await rig.person(ANN)).id)]


async def told(rig: Rig, *known: str) -> None:
    for fact in known:
        await rig.message(f"/remember {fact}")


async def test_a_fact_is_remembered_and_listed_in_private(rig: Rig) -> None:
    (said,) = await rig.message("/remember I eat  no\nmeat", GROUP)
    assert (said.text, said.private) == ("Remembered: I eat no meat", True)
    (said,) = await rig.message("/memories", GROUP)
    assert said.private
    assert "One thing" in said.text
    assert "1. I eat no meat" in said.text
    assert "nobody else reads along" in said.text
    (said,) = await rig.message("/memories", GROUP, BOB)
    assert "还没有记住" in said.text


async def test_what_is_no_fact(rig: Rig) -> None:
    (said,) = await rig.message("/remember")
    assert said.text.startswith("What shall I remember?")
    for nothing in ("\u200b", "\u202e\u2066", "\ufeff"):
        (said,) = await rig.message(f"/remember {nothing}")
        assert "Remembered" not in said.text
    (said,) = await rig.message("/remember " + "x" * (LIMITS.memory_chars + 1))
    assert "300" in said.text
    await told(rig, *(f"fact {number}" for number in range(LIMITS.memories)))
    (said,) = await rig.message("/remember one more")
    assert "50 facts" in said.text
    assert said.private
    assert len(await facts(rig)) == LIMITS.memories


async def test_facts_are_kept_but_not_used_where_a_person_wants_it_so(rig: Rig) -> None:
    await told(rig, "I ski")
    person = await rig.person()
    await rig.directory.set_settings(person.id, {"memories": "nowhere"})
    (said,) = await rig.message("/remember I swim")
    assert "no memories at the moment" in said.text
    (said,) = await rig.message("/memories")
    assert "nowhere at the moment" in said.text


async def test_the_list_turns_its_pages_and_each_fact_has_its_button(rig: Rig) -> None:
    await told(rig, *(f"fact {number}" for number in range(1, 13)))
    (said,) = await rig.message("/memories")
    assert said.labels == ["✕ 1", "✕ 2", "✕ 3", "✕ 4", "✕ 5", "›"]
    assert all(len(data.encode()) <= 60 for data in said.data)
    (second,) = await rig.press(rig.button(said, "›").data, message_id=said.message_id)
    (third,) = await rig.press(rig.button(second, "›").data, message_id=said.message_id)
    assert third.labels == ["✕ 11", "✕ 12", "‹"]
    (left,) = await rig.press(rig.button(third, "✕ 11").data, message_id=said.message_id)
    assert "11. fact 12" in left.text
    (back,) = await rig.press(rig.button(left, "✕ 11").data, message_id=said.message_id)
    assert back.edited == said.message_id
    assert back.labels[:2] == ["✕ 6", "✕ 7"]
    assert await facts(rig) == [f"fact {number}" for number in range(1, 11)]


async def test_nobody_presses_the_buttons_of_another(rig: Rig) -> None:
    await told(rig, "I ski")
    (said,) = await rig.message("/memories", GROUP)
    (refused,) = await rig.press(said.data[0], GROUP, BOB)
    assert refused.private
    assert await facts(rig) == ["I ski"]


async def test_a_fact_is_forgotten_by_number_and_by_words(rig: Rig) -> None:
    await told(rig, "I ski", "I swim", "My cat is Tom")
    (said,) = await rig.message("/forget 2")
    assert said.text == "Forgotten: I swim"
    (said,) = await rig.slash("forget", which="CAT")
    assert said.text == "Forgotten: My cat is Tom"
    for nothing in ("7", "0", "²", "9" * 5000):
        (said,) = await rig.message(f"/forget {nothing}")
        assert f"nothing like “{nothing[:100]}”" in said.text
    assert await facts(rig) == ["I ski"]


async def test_a_number_is_handled_once_whatever_happens_then(rig: Rig) -> None:
    await told(rig, "I ski", "I swim", "I sing")
    incoming = rig.incoming("/forget 2")
    await rig.journal(incoming)
    forgotten = (await rig.services.remembering.named((await rig.person()).id, "2"))[0]
    await rig.services.remembering.drop((await rig.person()).id, forgotten.id, incoming)  # and the process dies
    assert await rig.open_events() == []
    assert await facts(rig) == ["I ski", "I sing"]


async def test_words_that_fit_several_facts_ask_which(rig: Rig) -> None:
    await told(rig, "I ski", "My cat is Tom", "I swim")
    (said,) = await rig.message("/forget I s")
    assert said.labels == ["✕ 1", "✕ 3"]
    assert len(await facts(rig)) == 3
    (left,) = await rig.press(said.data[1], message_id=said.message_id)
    assert "2 things" in left.text
    assert await facts(rig) == ["I ski", "My cat is Tom"]


@pytest.mark.parametrize("word", ["all", "ALL", "全部"])
async def test_all_of_it_only_when_sure(rig: Rig, word: str) -> None:
    await told(rig, "I ski", "I swim")
    (said,) = await rig.message(f"/forget {word}")
    assert "all 2 things" in said.text
    (kept,) = await rig.press(said.data[1])
    assert "stays" in kept.text
    (refused,) = await rig.press(said.data[0], sender=BOB)
    assert refused.private
    assert len(await facts(rig)) == 2
    (gone,) = await rig.press(said.data[0])
    assert gone.text == "Done: I have forgotten all of it."
    assert await facts(rig) == []
    (said,) = await rig.message("/forget all")
    assert "remember nothing" in said.text


async def test_forget_without_a_word_is_the_list(rig: Rig) -> None:
    await told(rig, "I ski")
    (said,) = await rig.message("/forget")
    assert said.labels == ["✕ 1"]
