"""Who is heard, what counts as one message, and what happens when something goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bots.commands import table
from bots.commands.dispatch import typed
from core.values import Attachment, Place, ReplyTo, Sender
from tests.commands.rig import ANN, BOB, BOSS, DM, GROUP, PHOTO, PaperExchange, Rig, reply_to

OTHER_BOT = Sender("telegram", "900", "spam", is_bot=True)
CHANNEL = Sender("telegram", "-500", "group", anonymous=True)


def asked(rig: Rig) -> list[str]:
    return ["|".join(part.text or part.kind for part in turn.question) for turn in rig.answers.started]


# --- who is meant --------------------


async def test_in_private_plain_words_are_chat(rig: Rig) -> None:
    assert await rig.message("why is the sky blue?") == []
    assert asked(rig) == ["why is the sky blue?"]
    assert await rig.open_events() == []


@pytest.mark.parametrize(
    ("text", "more", "heard"),
    [
        ("why?", {}, False),
        ("why?", {"mentioned": True}, True),
        ("why?", {"reply": ReplyTo("m9", own=True)}, True),
        ("why?", {"reply": ReplyTo("m9")}, False),
        ("/chat why?", {}, True),
        ("/chat@our_bot why?", {"mentioned": True}, True),
        ("/chat@other_bot why?", {}, False),
        ("/unheard why?", {}, False),
        ("", {"attachments": (PHOTO,)}, False),
    ],
)
async def test_in_a_group_only_what_calls_the_bot(rig: Rig, text: str, more: dict[str, Any], heard: bool) -> None:
    said = await rig.message(text, GROUP, **more)
    assert said == []
    assert len(asked(rig)) == heard
    assert await rig.open_events() == []


async def test_other_bots_are_ignored(rig: Rig) -> None:
    assert await rig.message("hello", sender=OTHER_BOT) == []
    assert asked(rig) == []
    assert await rig.open_events() == []


async def test_a_name_alone_is_answered(rig: Rig) -> None:
    (said,) = await rig.message("", GROUP, mentioned=True)
    assert "/help" in said.text


async def test_the_message_that_is_replied_to_is_part_of_the_question(rig: Rig) -> None:
    reply = ReplyTo("77", author_id="5", text="first\nsecond", attachments=(PHOTO,))
    await rig.message("sum this up", GROUP, mentioned=True, reply=reply)
    quoted, words, picture = rig.answers.started[0].question
    assert (quoted.text, quoted.role) == ("first\nsecond", "quoted")
    assert (words.text, words.role) == ("sum this up", "")
    assert (picture.kind, picture.role) == ("image", "quoted")
    assert rig.answers.started[0].tainted


async def test_ones_own_earlier_message_is_no_strangers_word(rig: Rig) -> None:
    await rig.message("and this?", GROUP, mentioned=True, reply=ReplyTo("77", author_id=ANN.id, text="earlier"))
    assert [(part.text, part.role) for part in rig.answers.started[0].question] == [("earlier", ""), ("and this?", "")]
    assert not rig.answers.started[0].tainted


async def test_a_reply_to_an_answer_quotes_nothing(rig: Rig) -> None:
    await rig.message("go on", reply=ReplyTo("77", own=True, text="an answer"))
    assert [part.text for part in rig.answers.started[0].question] == ["go on"]


# --- access --------------------


async def test_a_stranger_gets_one_sentence_a_day_in_private_and_none_in_a_group(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig("closed")
    (said,) = await rig.message("hello", sender=BOB)
    assert "/start 邀请码" in said.text
    assert said.private
    assert await rig.message("hello?", sender=BOB) == []
    assert await rig.message("hello", GROUP, BOB, mentioned=True) == []
    assert asked(rig) == []


async def test_banned_people_get_nothing(rig: Rig) -> None:
    await rig.message("hello")
    await rig.directory.ban((await rig.person()).id, True)
    assert await rig.message("hello") == []
    assert await rig.message("/help") == []
    assert len(asked(rig)) == 1


async def test_anonymous_writers_have_no_purse(rig: Rig) -> None:
    assert await rig.message("hello", GROUP, CHANNEL) == []
    (said,) = await rig.message("hello", GROUP, CHANNEL, mentioned=True)
    assert "anonymously" in said.text


async def test_the_first_owner_claims_the_bot_once(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig("closed")
    code = await rig.directory.claim_code()
    (said,) = await rig.message(f"/start {code}")
    assert "owner" in said.text
    assert said.data == ["example:ask", "example:image", "example:video"]
    assert "credit" in said.buttons[1][0].label
    assert (await rig.person()).is_owner
    (said,) = await rig.message(f"/start {code}", sender=BOB)
    assert "无效" in said.text
    assert await rig.open_events() == []


async def test_an_invitation_lets_one_in(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig("closed")
    await rig.owner()
    (said,) = await rig.message("/admin invite", sender=BOSS)
    line, link = said.text.splitlines()
    code = line.split()[-1]
    assert link.endswith(f"https://t.me/our_bot?start={code}")
    (said,) = await rig.slash("start", code=code)
    assert "You are in" in said.text
    assert said.data == ["example:ask", "example:image", "example:video"]
    await rig.message("hello")
    assert asked(rig) == ["hello"]


async def test_five_wrong_codes_and_no_more(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig("closed")
    answers = [await rig.message(f"/start wrong{number}") for number in range(8)]
    assert [len(said) for said in answers] == [1, 1, 1, 1, 1, 1, 0, 0]
    assert all("does not work" in said.text for (said,) in answers[:5])
    assert "Please wait" in answers[5][0].text
    rig.clock.advance(3600)
    again = [await rig.message(f"/start wrong{number}") for number in range(7)]
    assert [len(said) for said in again] == [1, 1, 1, 1, 1, 1, 0]


async def test_too_many_wrong_codes_in_a_group_are_met_with_silence(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig("closed")
    answers = [len(await rig.message(f"/start wrong{number}", GROUP)) for number in range(7)]
    assert answers == [1, 1, 1, 1, 1, 0, 0]
    (said,) = await rig.message("/start wrong")
    assert "Please wait" in said.text


async def test_added_to_a_group(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig("closed")
    await rig.owner()
    await rig.dispatcher.joined(GROUP, ANN)
    assert "/admin allow" in rig.outlet.said[-1].text
    await rig.dispatcher.joined(GROUP, replace(BOSS, language="zh"))
    assert "/chat" in rig.outlet.said[-1].text
    assert rig.deliverer.turns == [GROUP, GROUP]  # at the platform's pace
    await rig.message("hi", GROUP, BOB, mentioned=True)
    assert asked(rig) == ["hi"]


async def test_added_to_a_group_that_is_gone_again(rig: Rig) -> None:
    rig.outlet.gone = True
    await rig.dispatcher.joined(GROUP, ANN)
    assert rig.outlet.said == []


# --- one message of several --------------------


async def test_the_parts_of_an_album_are_one_question(rig: Rig) -> None:
    rig.outlet.files |= {"b": b"pngb", "c": b"pngc"}
    parts = [
        rig.incoming("what are these?", attachments=(PHOTO,), album="a1"),
        rig.incoming(attachments=(replace(PHOTO, ref="b"),), album="a1"),
        rig.incoming(attachments=(replace(PHOTO, ref="c"),), album="a1"),
    ]
    await rig.journal(*parts)
    await asyncio.gather(*(rig.handle(part) for part in parts))
    assert asked(rig) == ["what are these?|image|image|image"]
    assert await rig.open_events() == []


async def test_an_album_in_a_group_is_called_by_any_of_its_parts(rig: Rig) -> None:
    parts = [
        rig.incoming(place=GROUP, attachments=(PHOTO,), album="a1"),
        rig.incoming("look", GROUP, attachments=(PHOTO,), album="a1", mentioned=True),
    ]
    await asyncio.gather(*(rig.handle(part) for part in parts))
    assert asked(rig) == ["look|image|image"]


async def test_the_pieces_of_a_long_text_are_one_message(rig: Rig) -> None:
    pieces = [rig.incoming("a" * 4096), rig.incoming("b" * 4096), rig.incoming("the end")]
    await rig.journal(*pieces)
    await asyncio.gather(*(rig.handle(piece) for piece in pieces))
    assert asked(rig) == ["a" * 4096 + "\n" + "b" * 4096 + "\nthe end"]
    assert await rig.open_events() == []


async def test_other_people_and_commands_do_not_join(rig: Rig) -> None:
    long, other, command = rig.incoming("a" * 4096), rig.incoming("mine", sender=BOB), rig.incoming("/help")
    await asyncio.gather(*(rig.handle(each) for each in (long, other, command)))
    assert sorted(asked(rig)) == ["a" * 4096, "mine"]
    assert len(rig.outlet.said) == 1


async def test_a_short_message_waits_for_nothing(rig: Rig) -> None:
    before = rig.clock.monotonic()
    await rig.message("hello")
    assert rig.clock.monotonic() == before


# --- what is too old --------------------


async def test_old_messages_get_one_note_for_their_chat_and_are_answered_by_its_button(rig: Rig) -> None:
    old = [
        rig.incoming("first"),
        rig.incoming("/image a fox"),
        rig.incoming("what is this?", attachments=(PHOTO,)),
        rig.incoming("in another chat", Place("telegram", "101", private=True)),
    ]
    await rig.journal(*old)
    rig.clock.advance(601)
    rig.clock.free.clear()
    for message in old:
        assert await rig.handle(message) == []
    assert await rig.open_events() == [message.event_id for message in old]
    rig.clock.free.set()
    await rig.dispatcher._away.told()
    first, second = sorted(rig.outlet.said, key=lambda said: "3 messages" not in said.text)
    assert "3 messages" in first.text
    assert "when you wrote this" in second.text
    assert asked(rig) == []
    assert await rig.open_events() == []
    await rig.press(first.data[0], message_id=first.message_id)
    assert asked(rig)[0] == "first"
    assert [job.prompt for job in await rig.jobs()] == ["a fox"]
    turn = await rig.turn(rig.answers.started[0].id)
    assert [part.text or part.kind for part in turn.question] == ["first", "what is this?", "image"]


async def test_old_messages_of_two_people_get_a_button_each(rig: Rig) -> None:
    hellos = [replace(rig.incoming("hi", GROUP, sender, mentioned=True), received_ms=1) for sender in (ANN, BOB)]
    rig.clock.free.clear()
    for hello in hellos:
        await rig.handle(hello)
    rig.clock.free.set()
    await rig.dispatcher._away.told()
    (said,) = rig.outlet.said
    assert len(said.data) == 2
    (refused,) = await rig.press(said.data[0], GROUP, BOB)
    assert "不在" in refused.text
    assert asked(rig) == []


async def test_what_was_missed_stays_in_the_inbox_when_we_stop_before_the_note(rig: Rig) -> None:
    old = rig.incoming("first")
    await rig.journal(old)
    rig.clock.advance(601)
    await rig.handle(old)
    await rig.dispatcher.close()
    assert rig.outlet.said == []
    assert await rig.open_events() == [old.event_id]


async def test_an_old_slash_command_is_kept_as_one_would_type_it() -> None:
    command = table.find("video")
    assert command is not None
    assert typed(command, {"prompt": "a cat --wild", "seconds": "8"}) == '/video --seconds "8" -- a cat --wild'


# --- what goes wrong --------------------


async def test_the_unexpected_is_a_reference_that_the_log_has_too(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.outlet.files.clear()  # the download raises KeyError
    (said,) = await rig.message("what is it?", attachments=(PHOTO,))
    reference = said.text.split()[-1]
    assert reference in caplog.text
    assert "KeyError" in caplog.text
    assert "KeyError" not in said.text
    assert await rig.open_events() == []


async def test_a_chat_that_is_gone_is_no_error(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.outlet.gone = True
    assert await rig.message("/help") == []
    assert "not said" in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_cancelled_request_stays_in_the_inbox(rig: Rig) -> None:
    incoming = rig.incoming("a" * 5000)
    await rig.journal(incoming)
    task = asyncio.create_task(rig.handle(incoming))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await rig.open_events() == [incoming.event_id]


@pytest.mark.parametrize(
    ("text", "more", "part"),
    [
        ("/vidoe a cat", {}, "/video"),
        ("/image", {}, "What shall I draw?"),
        ("/edit make it blue", {}, "I need a picture"),
        ("/image a fox --speed 9", {}, "--ratio"),
        ("/image a fox --ratio 5:7", {}, "16:9"),
        ("/image a fox --model nope", {}, "pen"),
        ("/image a fox --model", {}, "needs a value"),
        ("/admin stats", {}, "Only the owner"),
        ("x" * 40_000, {}, "32,000"),
        ("x" * 200_000, {}, "200,000"),
        ("/edit it", {"attachments": (Attachment("document", "d", mime="application/pdf"),)}, "takes no documents"),
        ("", {"attachments": (Attachment("document", "", what="sticker"),)}, "sticker"),
        ("/image a fox", {"attachments": (Attachment("audio", "v", what="voice"),)}, "takes no voice message"),
        ("", {"attachments": (Attachment("document", "", what="dice"),)}, "that kind of message"),
        ("hm", {"attachments": (replace(PHOTO, size=60 * 1024 * 1024),)}, "60 MB"),
        ("hm", {"attachments": (replace(PHOTO, ref="fake"),)}, "PNG, JPEG"),
    ],
)  # fmt: skip
async def test_bad_input_is_one_clear_sentence_and_costs_nothing(
    rig: Rig, text: str, more: dict[str, Any], part: str
) -> None:
    rig.outlet.files["fake"] = b"text, not a picture"
    (said,) = await rig.message(text, **more)
    assert part in said.text
    assert asked(rig) == []
    assert await rig.jobs() == []
    assert await rig.open_events() == []


async def test_limits_are_told_in_private(rig: Rig) -> None:
    (said,) = [said for _ in range(26) for said in await rig.message("/chat hello", GROUP)][-1:]
    assert said.private


async def test_an_edited_question_is_answered_again_and_other_edits_change_nothing(rig: Rig) -> None:
    question = rig.incoming("why is the sky blue")
    await rig.handle(question)
    order = rig.incoming("/image a fox")
    await rig.handle(order)
    for edit in (replace(question, text="why is it red?"), replace(order, text="/image a dog"), rig.incoming("other")):
        event = replace(edit, event_id=f"{edit.event_id}e", edited=True)
        await rig.journal(event)
        rig.clock.advance(700)  # the age is that of the question
        await rig.dispatcher.edited(event, PaperExchange(rig.outlet, DM, ANN))
    async with rig.store.read() as tx:
        turn = await tx.conversations.turn_of_question(DM, question.message_id)
    assert turn is not None
    assert [part.text for part in turn.question] == ["why is it red?"]
    assert len(await rig.jobs()) == 1
    assert await rig.open_events() == []


async def test_the_native_stop_button(rig: Rig) -> None:
    await rig.message("hello")
    await rig.dispatcher.stopped(DM, 1)
    assert (await rig.turn(rig.answers.started[0].id)).stopping


async def test_a_button_nobody_knows(rig: Rig) -> None:
    (said,) = await rig.press("dance:1")
    assert "nothing any more" in said.text


async def test_a_reply_to_an_answer_of_ours_in_a_group_is_chat(rig: Rig) -> None:
    (hello,) = await rig.message("", GROUP, mentioned=True)
    await rig.message("and why?", GROUP, reply=reply_to(hello))
    assert asked(rig) == ["and why?"]
