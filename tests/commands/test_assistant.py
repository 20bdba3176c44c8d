"""/think, /search, /system, /continue: how the next answer is made."""

from __future__ import annotations

import pytest

from core.questions import CONTINUE
from core.values import Conversation, Ending, ReplyTo, Sender
from tests.commands.rig import ANN, BOB, DM, GROUP, PHOTO, Rig


async def conversation(rig: Rig, sender: Sender = ANN) -> Conversation:
    return await rig.services.chat.conversation(await rig.directory.meet(DM, sender))


# --- /think --------------------


async def test_thinking_by_a_word_and_by_a_button(rig: Rig) -> None:
    (said,) = await rig.message("/think high")
    assert said.text == "From now on gpt-5-mini thinks here with high effort."
    (said,) = await rig.message("/think")
    assert "Now: high" in said.text
    assert said.labels == ["as it likes", "off", "low", "medium", "✓ high"]
    (chosen,) = await rig.press(rig.button(said, "off").data, message_id=said.message_id)
    assert (chosen.edited, chosen.buttons) == (said.message_id, ())
    assert "without thinking first" in chosen.text
    await rig.message("why?")
    assert rig.answers.started[0].effort == "off"
    (said,) = await rig.message("/think auto")
    assert "by itself again" in said.text
    assert (await conversation(rig)).effort == ""


@pytest.mark.parametrize(("word", "effort"), [("高", "high"), ("关", "off"), ("自动", ""), ("HIGH", "high")])
async def test_thinking_in_chinese(rig: Rig, word: str, effort: str) -> None:
    (said,) = await rig.message(f"/think {word}", sender=BOB)
    assert said.text.startswith("好的，gpt-5-mini")
    place = DM
    assert (await rig.services.chat.conversation(await rig.directory.meet(place, BOB))).effort == effort


async def test_an_effort_that_the_model_does_not_know_names_those_that_do(rig: Rig) -> None:
    (said,) = await rig.message("/think max")
    assert "gpt-5-mini cannot be set to “max”. It knows: off, low, medium, high." in said.text
    assert "claude-sonnet-4-5-20250929" in said.text
    (said,) = await rig.message("/think very hard")
    assert said.text == "“very hard” does not fit the thinking. You can use: auto, off, low, medium, high"
    await rig.message("/model gpt-4o")
    (said,) = await rig.message("/think low")
    assert "It knows" not in said.text
    (said,) = await rig.message("/think")
    assert "decides by itself" in said.text
    assert "gpt-5" in said.text
    assert said.buttons == ()


async def test_thinking_by_discords_typed_option(rig: Rig) -> None:
    (said,) = await rig.slash("think", effort="low")
    assert said.text.endswith("with low effort.")
    assert (await conversation(rig)).effort == "low"


async def test_the_buttons_of_another_are_not_ones_own(rig: Rig) -> None:
    (said,) = await rig.message("/think", GROUP)
    (refused,) = await rig.press(said.data[1], GROUP, BOB)
    assert refused.private
    assert "提出的人" in refused.text
    assert (await conversation(rig, BOB)).effort == ""


# --- /search --------------------


async def test_a_search_for_one_question(rig: Rig) -> None:
    await rig.message("/search --model gpt-5 who won?")
    (turn,) = rig.answers.started
    assert (turn.search, turn.model, turn.question[0].text) == (True, "gpt-5", "who won?")
    await rig.answer(turn, "they did")
    await rig.message("and why?")
    assert not rig.answers.started[1].search


async def test_a_model_that_cannot_search_is_stood_in_for(rig: Rig) -> None:
    await rig.message("/model o3-pro")
    await rig.message("/search who won?")
    assert rig.answers.started[0].model == "gpt-5-mini"


async def test_the_switch_of_the_conversation(rig: Rig) -> None:
    (said,) = await rig.message("/search")
    assert "I do not search" in said.text
    (switched,) = await rig.press(said.data[0], message_id=said.message_id)
    assert switched.edited == said.message_id
    assert "gpt-5-mini answers" in switched.text
    await rig.message("who won?")
    assert rig.answers.started[0].search
    (said,) = await rig.message("/search off")
    assert "not search the web here any more" in said.text
    assert not (await conversation(rig)).search
    (said,) = await rig.message("/search 开", sender=BOB)
    assert said.text.startswith("好的，以后")
    (said,) = await rig.message("/search", sender=BOB)
    assert said.labels == ["不再搜索"]


async def test_search_by_discords_typed_options(rig: Rig) -> None:
    assert await rig.slash("search", question="who won?", model="gpt-5") == []
    (turn,) = rig.answers.started
    assert (turn.search, turn.model, turn.opening_id) == (True, "gpt-5", "opening-1")
    (said,) = await rig.slash("search", always="on")
    assert "From now on" in said.text
    (said,) = await rig.slash("search", always="perhaps")
    assert said.text == "“perhaps” does not fit this switch. You can use: on, off"


async def test_a_search_about_a_picture_and_about_anothers_words(rig: Rig) -> None:
    await rig.message("/search", attachments=(PHOTO,))
    assert [part.kind for part in rig.answers.started[0].question] == ["image"]
    await rig.message("/search", GROUP, reply=ReplyTo("77", author_id="5", text="the moon is cheese"))
    (quoted,) = rig.answers.started[1].question
    assert (quoted.role, rig.answers.started[1].search) == ("quoted", True)


async def test_without_any_model_that_searches(rig: Rig) -> None:
    rows = vars(rig.catalog)["_rows"]
    for name, row in list(rows.items()):
        if row.kind == "chat" and "search" in row.can:
            del rows[name]
    (said,) = await rig.message("/search who won?")
    assert "None of my models" in said.text
    (said,) = await rig.message("/search on", sender=BOB)
    assert "没有能联网搜索的模型" in said.text


async def test_an_edited_search_is_searched_again(rig: Rig) -> None:
    incoming = rig.incoming("/search who won?")
    await rig.handle(incoming)
    (turn,) = rig.answers.started
    await rig.answer(turn, "they did")
    await rig.edit(incoming, "/search who lost?")
    assert [(each.search, each.question[0].text) for each in rig.answers.started[1:]] == [(True, "who lost?")]


# --- /system --------------------


async def test_own_instructions_stand_in_place_of_a_persona(rig: Rig) -> None:
    (said,) = await rig.message("/system")
    assert "no instructions of your own" in said.text
    (said,) = await rig.message("/system Answer --like a pirate", GROUP)
    assert said.private
    await rig.message("why?", GROUP, mentioned=True)
    assert rig.answers.started[0].system == "Answer --like a pirate"
    (said,) = await rig.message("/system", GROUP)
    assert said.private
    assert "Answer --like a pirate" in said.text
    await rig.message("/system elsewhere")
    (gone,) = await rig.press(said.data[0], DM, message_id=said.message_id)  # where Telegram shows it
    assert gone.edited == said.message_id
    (said,) = await rig.message("/system", GROUP)
    assert said.buttons == ()
    assert (await conversation(rig)).system == "elsewhere"


async def test_instructions_are_taken_back_by_their_person_alone(rig: Rig) -> None:
    await rig.message("/system be brief", GROUP)
    (said,) = await rig.message("/system", GROUP)
    (refused,) = await rig.press(said.data[0], GROUP, BOB)
    assert refused.private
    _, _, conversation_id, person_id = said.data[0].split(":")
    forged = f"system:none:{conversation_id}:{(await rig.person(BOB)).id}"
    (refused,) = await rig.press(forged, GROUP, BOB)
    assert "提出的人" in refused.text
    (gone,) = await rig.press(f"system:none:none:{person_id}")
    assert gone.private
    (said,) = await rig.message("/system", GROUP)
    assert "be brief" in said.text


async def test_instructions_are_taken_back_by_a_word_and_bounded(rig: Rig) -> None:
    await rig.message("/system 像海盗一样", sender=BOB)
    (said,) = await rig.message("/system 无", sender=BOB)
    assert said.text == "你的要求已经收回，我照原来的样子回答。"
    (said,) = await rig.message(f"/system {'x' * 4001}")
    assert "4,000" in said.text
    assert (await conversation(rig)).system == ""


async def test_instructions_by_discords_typed_option(rig: Rig) -> None:
    await rig.slash("system", instructions="be brief")
    assert (await conversation(rig)).system == "be brief"


# --- /continue --------------------


async def cut(rig: Rig, question: str = "tell me all", ending: Ending = Ending.LENGTH) -> str:
    (turn,) = await rig.talk(question)
    await rig.answer(turn, "Once upon", ending)
    async with rig.store.begin() as tx:
        await tx.conversations.link(DM, f"answer-{turn.id}", f"turn:{turn.id}")
    return turn.id


@pytest.mark.parametrize("ending", [Ending.LENGTH, Ending.CUT, Ending.STOPPED, Ending.INTERRUPTED])
async def test_the_last_answer_is_gone_on_with(rig: Rig, ending: Ending) -> None:
    turn_id = await cut(rig, ending=ending)
    assert await rig.message("/continue") == []
    turn = rig.answers.started[-1]
    assert (turn.parent_id, turn.question[0].role) == (turn_id, CONTINUE)
    assert await rig.open_events() == []


async def test_the_answer_that_is_replied_to_is_gone_on_with(rig: Rig) -> None:
    turn_id = await cut(rig)
    await rig.talk("something else")
    (said,) = await rig.message("/continue")
    assert "nothing to go on with" in said.text
    await rig.message("/continue", reply=ReplyTo(f"answer-{turn_id}", own=True))
    assert rig.answers.started[-1].parent_id == turn_id


async def test_a_whole_answer_is_not_gone_on_with(rig: Rig) -> None:
    (said,) = await rig.message("/continue", sender=BOB)
    assert said.text == "没有要接着写的：那条回答已经是完整的。"


async def test_continue_by_its_button_for_the_asker_alone(rig: Rig) -> None:
    turn_id = await cut(rig)
    await rig.talk("something else")
    (refused,) = await rig.press(f"turn:{turn_id}:continue", sender=BOB, message_id=f"answer-{turn_id}")
    assert refused.private
    assert await rig.press(f"turn:{turn_id}:continue", message_id="a-part-of-it") == []
    turn = rig.answers.started[-1]
    assert (turn.parent_id, turn.origin_id, turn.person_id) == (turn_id, "a-part-of-it", (await rig.person()).id)
    (gone,) = await rig.press("turn:nothing:continue")
    assert gone.private
    (gone,) = await rig.press(f"turn:{turn.id}:continue", message_id=f"answer-{turn_id}")  # of another answer
    assert gone.private


async def test_continue_by_slash_command_keeps_its_message_open(rig: Rig) -> None:
    await cut(rig)
    assert await rig.slash("continue") == []
    assert rig.answers.started[-1].opening_id == "opening-1"
