"""Asking: which branch a message continues, with which model, and what is refused before anything is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bots.sandbox.faults import Speech
from core.errors import AnswerGone, BadOption, EmptyPrompt, NoVision, PromptTooLong, UnknownModel
from core.values import Ending, InboxEvent, Part, Place, Started, TurnState
from tests.core.talk import DM, GROUP, MODEL, PLATFORMS, RULES, Talk, talking, words


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking("sqlite", tmp_path) as opened:
        yield opened


# --- branches --------------------


async def test_a_plain_message_continues_the_conversation(talk: Talk) -> None:
    ann = await talk.member()
    talk.say("I am fine.")
    first = await talk.talk(ann, "How are you?")
    second = await talk.talk(ann, "Why?")
    assert (first.answer, first.ending, first.state) == ("I am fine.", Ending.COMPLETE, TurnState.ANSWERED)
    assert second.parent_id == first.id
    assert talk.told() == ["How are you?", "I am fine.", "Why?"]
    assert (await talk.row(second)).state is TurnState.DONE


async def test_new_begins_a_tree_of_its_own_and_keeps_model_and_persona(talk: Talk) -> None:
    ann = await talk.member()
    await talk.chat.choose_model(ann, "blind")
    await talk.chat.choose_persona(ann, "tutor")
    await talk.talk(ann, "one")
    await talk.chat.new(ann)
    await talk.chat.new(ann)  # two at once are one
    turn = await talk.talk(ann, "two")
    assert (turn.parent_id, turn.model, turn.persona) == ("", "blind", "tutor")
    assert talk.told() == ["two"]
    assert talk.asked()[-1].json["messages"][0]["content"] == "You explain patiently."  # type: ignore[index]


async def test_a_reply_continues_from_that_answer(talk: Talk) -> None:
    ann = await talk.member()
    talk.say("A1")
    first = await talk.talk(ann, "Q1")
    talk.say("A2")
    await talk.talk(ann, "Q2")
    branch = await talk.talk(ann, "Q3", reply_to=f"a:{first.id}")
    assert branch.parent_id == first.id
    assert talk.told() == ["Q1", "A1", "Q3"]
    await talk.talk(ann, "Q4")
    assert talk.told()[:3] == ["Q1", "A1", "Q3"], "the branch is the conversation now"


async def test_a_reply_to_somebody_elses_answer_is_the_repliers_turn(talk: Talk) -> None:
    ann, bob = await talk.member("ann", GROUP), await talk.member("bob", GROUP)
    await talk.chat.choose_model(ann, "blind")
    talk.say("A of Ann")
    theirs = await talk.talk(ann, "Q of Ann")
    await talk.talk(bob, "a secret of Bob")
    turn = await talk.talk(bob, "and I ask", reply_to=f"a:{theirs.id}")
    assert talk.told() == ["Q of Ann", "A of Ann", "and I ask"]
    assert (turn.person_id, turn.account_id, turn.model) == (bob.person.id, bob.account_id, MODEL)
    assert turn.conversation_id != theirs.conversation_id
    await talk.talk(ann, "go on")
    assert talk.told() == ["Q of Ann", "A of Ann", "go on"], "and Ann's own conversation stays where it was"


async def test_people_of_a_group_have_conversations_of_their_own_in_every_thread(talk: Talk) -> None:
    ann, bob = await talk.member("ann", GROUP), await talk.member("bob", GROUP)
    elsewhere = await talk.member("ann", Place("telegram", GROUP.chat, "8"))
    await talk.talk(ann, "from Ann")
    await talk.talk(bob, "from Bob")
    assert talk.told() == ["from Bob"]
    await talk.talk(elsewhere, "other thread")
    assert talk.told() == ["other thread"]


async def test_a_group_with_one_memory_shares_it(tmp_path: Path) -> None:
    async with talking("sqlite", tmp_path, replace(RULES, group_memory="place")) as talk:
        ann, bob = await talk.member("ann", GROUP), await talk.member("bob", GROUP)
        await talk.talk(ann, "my name is Ann")
        talk.say("working", silent_after=1)
        running = await talk.started(ann, "next")
        talk.later(talk.run(running))
        await talk.until_said(running, "working")
        asked = await talk.ask(bob, "who was that?")
        assert isinstance(asked, Started), "another person starts at once"
        await talk.run(asked.turn)
        assert talk.told()[0] == "my name is Ann"
        assert talk.told()[-1] == "who was that?"


async def test_a_failed_answer_is_no_part_of_the_conversation(talk: Talk) -> None:
    ann = await talk.member()
    failed = await talk.talk(ann, "[400]")
    assert failed.ending is Ending.FAILED
    await talk.talk(ann, "hello")
    assert talk.told() == ["hello"]


# --- models and personas --------------------


async def test_one_message_may_name_its_own_model_and_persona(talk: Talk) -> None:
    ann = await talk.member()
    asked = await talk.chat.ask(ann, talk.incoming(ann), words("x"), model="BLIND", persona="tutor")
    assert (asked.turn.model, asked.turn.persona) == ("blind", "tutor")
    await talk.answer(asked.turn)
    assert talk.asked()[-1].json["model"] == "gpt-5"
    assert (await talk.talk(ann, "y")).model == MODEL


async def test_unknown_names_list_what_is_allowed(talk: Talk) -> None:
    ann = await talk.member()
    with pytest.raises(UnknownModel) as caught:
        await talk.ask(ann, "x", model="gpt-9")
    assert MODEL in caught.value.params["allowed"]
    for fails in (
        talk.chat.choose_persona(ann, "pirate"),
        talk.chat.ask(ann, talk.incoming(ann), words("x"), persona="pirate"),
    ):
        with pytest.raises(BadOption) as option:
            await fails
        assert option.value.params["allowed"] == "tutor"
    with pytest.raises(UnknownModel):
        await talk.chat.choose_model(ann, "gpt-image-2")
    assert (await talk.chat.conversation(ann)).model == ""


async def test_a_model_that_the_file_no_longer_has_gives_way_to_the_default(talk: Talk) -> None:
    ann = await talk.member()
    conversation = await talk.chat.conversation(ann)
    async with talk.store.begin() as tx:
        await tx.conversations.set_model(conversation.id, "gone")
    assert (await talk.talk(ann, "x")).model == MODEL


# --- what is refused --------------------


@pytest.mark.parametrize("parts", [(), words(""), words(" \n\t ", "")])
async def test_an_empty_question(talk: Talk, parts: tuple[Part, ...]) -> None:
    with pytest.raises(EmptyPrompt):
        await talk.chat.ask(await talk.member(), talk.incoming(await talk.member()), parts)


async def test_a_hundred_thousand_characters(talk: Talk) -> None:
    ann = await talk.member()
    with pytest.raises(PromptTooLong) as caught:
        await talk.ask(ann, "x" * 100_000)
    assert caught.value.params == {"limit": 32_000, "length": 100_000}
    assert await talk.chat.last_turn(ann) is None
    assert await talk.sums(ann.account_id) == []
    assert talk.asked() == []


async def test_the_longest_question_that_is_taken(talk: Talk) -> None:
    ann = await talk.member()
    await talk.talk(ann, "语" * 32_000)
    assert len(talk.told()[0]) == 32_000


async def test_a_picture_for_a_model_that_cannot_see(talk: Talk) -> None:
    ann = await talk.member()
    await talk.chat.choose_model(ann, "blind")
    question = (await talk.picture(), *words("what is it?"))
    incoming = talk.incoming(ann, event_id="7")
    async with talk.store.begin() as tx:
        event = InboxEvent("telegram", "7", DM.chat, "{}", 0)
        await tx.inbox.add([event], "process-1", talk.clock.now_ms())
    with pytest.raises(NoVision) as caught:
        await talk.chat.ask(ann, incoming, question)
    assert caught.value.params["model"] == "blind"
    assert "gpt-4o" in caught.value.params["allowed"]
    assert "blind" not in caught.value.params["allowed"]
    assert await talk.chat.last_turn(ann) is None
    assert await talk.sums(ann.account_id) == []
    async with talk.store.begin() as tx:
        again = await tx.inbox.claim("telegram", "process-1", talk.clock.now_ms() + 1, 0, 10)
    assert [event.id for event in again] == ["7"], "the message is still there to be answered otherwise"


async def test_a_picture_travels_with_its_question(talk: Talk) -> None:
    ann = await talk.member()
    talk.script(Speech(pieces=("A fox.",)))
    asked = await talk.chat.ask(ann, talk.incoming(ann), (*words("what is it?"), await talk.picture()))
    ended = await talk.answer(asked.turn)
    assert ended.answer == "A fox."
    content = talk.asked()[-1].json["messages"][-1]["content"]  # type: ignore[index]
    assert content[0] == {"type": "text", "text": "what is it?"}
    assert content[1]["image_url"]["url"].startswith("data:image/png;base64,iVBOR")


async def test_the_event_is_done_with_the_turn(talk: Talk) -> None:
    ann = await talk.member()
    async with talk.store.begin() as tx:
        event = InboxEvent("telegram", "7", DM.chat, "{}", 0)
        await tx.inbox.add([event], "process-1", talk.clock.now_ms())
    await talk.chat.ask(ann, talk.incoming(ann, event_id="7"), words("x"))
    async with talk.store.begin() as tx:
        assert await tx.inbox.claim("telegram", "process-1", talk.clock.now_ms() + 1, 0, 10) == []


# --- edits and retries of answers that are over --------------------


async def test_an_edited_question_is_answered_again_as_a_sibling(talk: Talk) -> None:
    ann = await talk.member()
    talk.say("A1")
    first = await talk.talk(ann, "Q1")
    talk.say("A2")
    second = await talk.talk(ann, "Q2", message_id="m-2")
    asked = await talk.chat.edited(ann, talk.incoming(ann, message_id="m-2"), words("Q2, better"))
    assert isinstance(asked, Started)
    assert asked.turn.parent_id == first.id
    await talk.answer(asked.turn)
    assert talk.told() == ["Q1", "A1", "Q2, better"]
    assert (await talk.row(second)).answer == "A2", "the old one stays"
    await talk.talk(ann, "Q3")
    assert "Q2, better" in talk.told()
    assert "Q2" not in talk.told()


async def test_edits_that_mean_nothing(talk: Talk) -> None:
    ann, bob = await talk.member("ann", GROUP), await talk.member("bob", GROUP)
    await talk.talk(ann, "same", message_id="m-1")
    for person, message, text in ((ann, "m-1", "same"), (ann, "m-9", "other"), (bob, "m-1", "other")):
        assert await talk.chat.edited(person, talk.incoming(person, message_id=message), words(text)) is None
    with pytest.raises(EmptyPrompt):
        await talk.chat.edited(ann, talk.incoming(ann, message_id="m-1"), words(" "))
    assert len(talk.asked()) == 1


async def test_retry_asks_the_same_once_more_also_of_another_model(talk: Talk) -> None:
    ann = await talk.member()
    talk.say("A1")
    first = await talk.talk(ann, "Q1")
    sound = replace(await talk.picture(), kind="audio", name="voice.ogg", text="hello there", role="voice")
    question = (*words("look"), sound)
    asked = await talk.chat.ask(ann, talk.incoming(ann), question)
    old = await talk.answer(asked.turn)
    again = await talk.chat.again(ann, old.id, model="blind", origin_id="button")
    assert isinstance(again, Started)
    assert (again.turn.question, again.turn.parent_id, again.turn.model, again.turn.origin_id) == (
        question,
        first.id,
        "blind",
        "button",
    )
    await talk.answer(again.turn)
    assert talk.told() == ["Q1", "A1", "look\nhello there"]


async def test_retry_is_for_ones_own_answers(talk: Talk) -> None:
    ann, bob = await talk.member("ann", GROUP), await talk.member("bob", GROUP)
    turn = await talk.talk(ann, "x")
    for fails in (talk.chat.again(bob, turn.id), talk.chat.again(ann, "no-such-turn")):
        with pytest.raises(AnswerGone):
            await fails


async def test_retry_with_a_model_that_cannot_see_the_picture(talk: Talk) -> None:
    ann = await talk.member()
    asked = await talk.chat.ask(ann, talk.incoming(ann), (*words("[400]"), await talk.picture()))
    old = await talk.answer(asked.turn)
    with pytest.raises(NoVision):
        await talk.chat.again(ann, old.id, model="blind")
    with pytest.raises(UnknownModel):
        await talk.chat.again(ann, old.id, model="nonsense")
    assert (await talk.chat.last_turn(ann)) == await talk.row(old)


# --- the gateway's bad days --------------------


@pytest.mark.parametrize(
    ("prompt", "ending", "key"),
    [
        ("[cut]", Ending.CUT, "error-unsure"),
        ("[jsonerror]", Ending.CUT, "error-gateway-down"),
        ("[no-done]", Ending.COMPLETE, ""),
        ("[refuse]", Ending.REFUSED, ""),
        ("[400]", Ending.FAILED, "error-gateway-request"),
        ("[401]", Ending.FAILED, "error-gateway-key"),
        ("[html]", Ending.FAILED, "error-gateway-down"),
        ("[429]", Ending.FAILED, "error-gateway-busy"),
    ],
)
async def test_how_answers_end(talk: Talk, prompt: str, ending: Ending, key: str) -> None:
    ann = await talk.member()
    turn = await talk.talk(ann, f"tell me {prompt}")
    assert (turn.ending, turn.error_key) == (ending, key)
    assert bool(turn.answer) is (ending is not Ending.FAILED)
    assert bool(turn.cost) is (ending in {Ending.CUT, Ending.COMPLETE})
    assert await talk.sums(ann.account_id) == []
    assert await talk.balance(ann.account_id) == RULES.plan("").daily - turn.cost


async def test_an_answer_without_words_is_refunded(talk: Talk) -> None:
    ann = await talk.member()
    talk.say("", thoughts=("I could", " say something"))
    turn = await talk.talk(ann, "x")
    assert (turn.ending, turn.error_key, turn.cost) == (Ending.FAILED, "error-no-result", 0)
    assert await talk.sums(ann.account_id) == []


async def test_thoughts_and_their_text_arrive(talk: Talk) -> None:
    ann = await talk.member()
    talk.say("so", " it is", thoughts=("let", " me think"), empty_chunk=True)
    turn = await talk.started(ann, "x")
    drafts = await talk.run(turn)
    assert (drafts[-1].text, drafts[-1].thoughts) == ("so it is", "let me think")


async def test_last_turn_is_the_head(talk: Talk) -> None:
    ann = await talk.member()
    assert await talk.chat.last_turn(ann) is None
    turn = await talk.talk(ann, "x")
    found = await talk.chat.last_turn(ann)
    assert found is not None
    assert found.id == turn.id


async def test_an_answer_can_be_asked_for_in_another_process(talk: Talk) -> None:
    """`outcome` of a turn that never ran here reads it."""
    ann = await talk.member()
    turn = await talk.talk(ann, "x")
    other = talk.another()
    found = await other.turns.outcome(turn.id)
    assert found is not None
    assert found.answer == turn.answer
    assert [part.message_id for part in await other.turns.parts(turn.id)] == [f"a:{turn.id}"]
    assert await other.turns.recover(PLATFORMS) == []
