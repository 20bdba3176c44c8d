"""Answering on the spot, at the platform's pace."""

from __future__ import annotations

import pytest
from aiogram import Bot

from bots.outlet import AnswerLost, Button, Entity, Field, Flooded, Form, MessageGone, Rejected, Rendered
from bots.telegram.exchange import MessageExchange, PressExchange
from bots.telegram.outlet import TelegramOutlet
from core.values import Place, Sender
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_chats import Chat, Shown, User
from tests.standins.telegram_faults import Drop, Page, bad_request, server_error, too_many
from tests.telegram.fronts import FreePace

POINTER = Rendered("open our private chat")


def exchange_for(bot: Bot, pace: FreePace, chat: int, user: User, message_id: int) -> MessageExchange:
    sender = Sender("telegram", str(user.id), user.first_name)
    place = Place("telegram", str(chat), private=chat > 0)
    return MessageExchange(TelegramOutlet(bot), pace, place, sender, str(message_id), POINTER)


def press_for(telegram: TelegramStandIn, bot: Bot, chat: Chat | User, user: User) -> tuple[PressExchange, Shown, str]:
    """Somebody has pressed the button of a message of ours."""
    where = telegram.phone.chat(chat)
    shown = telegram.state.post(
        where, telegram.state.bot, text="menu", buttons=[[{"text": "Go", "callback_data": "go:1"}]]
    )
    query = telegram.phone.press(shown, "Go", user)
    sender = Sender("telegram", str(user.id), user.first_name)
    place = Place("telegram", str(where.id), private=where.kind == "private")
    outlet, pace = TelegramOutlet(bot), FreePace()
    return PressExchange(outlet, pace, place, sender, str(shown.message_id), POINTER, bot, query), shown, query


async def test_in_a_group_an_answer_is_a_reply_in_private_it_is_not(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person("Ann")
    group = telegram.phone.group("Owls", ann)
    asked, alone = telegram.phone.say(group, ann, "/help"), telegram.phone.say(ann, ann, "/help")
    pace = FreePace()
    here = exchange_for(bot, pace, group.id, ann, asked.message_id)
    message_id = await here.say(Rendered("all commands"), buttons=((Button("More", "help:2"),),))
    shown = telegram.phone.last(group)
    assert shown is not None and (str(shown.message_id), shown.reply_to) == (message_id, asked.message_id)
    assert shown.button("More")
    await exchange_for(bot, pace, ann.id, ann, alone.message_id).revise(Rendered("all commands"))
    private = telegram.phone.last(ann)
    assert private is not None and private.reply_to is None
    assert here.asker.id == str(ann.id) and await here.open() == "" and pace.finals == 2


async def test_a_private_answer_in_a_group_goes_to_the_dm(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person("Ann")
    group = telegram.phone.group("Owls", ann)
    asked = telegram.phone.say(group, ann, "/balance")
    exchange = exchange_for(bot, FreePace(), group.id, ann, asked.message_id)
    assert await exchange.say(Rendered("12 credits"), private=True) == ""
    assert [shown.text for shown in telegram.phone.from_bot(ann)] == ["12 credits"]
    assert telegram.phone.from_bot(group) == []


async def test_without_a_dm_the_group_gets_a_pointer_only(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person("Ann")
    group = telegram.phone.group("Owls", ann)
    asked = telegram.phone.say(group, ann, "/balance")
    telegram.phone.block(ann)
    exchange = exchange_for(bot, FreePace(), group.id, ann, asked.message_id)
    assert await exchange.say(Rendered("12 credits"), private=True) == ""
    assert [shown.text for shown in telegram.phone.from_bot(group)] == [POINTER.text]


async def test_a_flood_is_waited_for_and_the_words_come(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person("Ann")
    asked = telegram.phone.say(ann, ann, "/help")
    pace = FreePace()
    telegram.faults.script("sendMessage", too_many(3), too_many(4))
    await exchange_for(bot, pace, ann.id, ann, asked.message_id).say(Rendered("help"))
    assert pace.floods == [(str(ann.id), 3.0), (str(ann.id), 4.0)]
    assert [shown.text for shown in telegram.phone.from_bot(ann)] == ["help"]
    telegram.faults.script("sendMessage", *[too_many(3)] * 4)
    with pytest.raises(Flooded):
        await exchange_for(bot, pace, ann.id, ann, asked.message_id).say(Rendered("help"))


async def test_a_group_that_moved_is_followed(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person("Ann")
    group = telegram.phone.group("Owls", ann, kind="group")
    new = telegram.phone.migrate(group, ann)
    await exchange_for(bot, FreePace(), group.id, ann, 1).say(Rendered("here"))
    assert [shown.text for shown in telegram.phone.from_bot(new)] == ["here"]


async def test_a_press_is_answered_once(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person("Ann")
    exchange, _, query = press_for(telegram, bot, ann, ann)
    await exchange.open()
    await exchange.open()
    assert telegram.phone.answer(query) == {"text": "", "alert": False, "url": ""}
    assert len(telegram.of("answerCallbackQuery")) == 1
    await exchange.say(Rendered("too late for a toast"), private=True)
    assert [shown.text for shown in telegram.phone.from_bot(ann)] == ["menu", "too late for a toast"]


async def test_a_short_private_answer_to_a_press_is_a_toast(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person("Ann")
    group = telegram.phone.group("Owls", ann)
    exchange, _, query = press_for(telegram, bot, group, ann)
    assert await exchange.say(Rendered("not yours"), private=True) == ""
    assert telegram.phone.answer(query) == {"text": "not yours", "alert": True, "url": ""}
    assert len(telegram.phone.from_bot(group)) == 1
    long, _, query = press_for(telegram, bot, group, ann)
    await long.say(Rendered("😀" * 101), private=True)
    assert telegram.phone.answer(query) is None
    assert [shown.text for shown in telegram.phone.from_bot(ann)] == ["😀" * 101]


async def test_a_press_that_is_too_old_still_gets_its_words(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person("Ann")
    exchange, _, _ = press_for(telegram, bot, ann, ann)
    telegram.faults.script("answerCallbackQuery", bad_request("query is too old and response timeout expired"))
    await exchange.say(Rendered("not yours"), private=True)
    assert [shown.text for shown in telegram.phone.from_bot(ann)] == ["menu", "not yours"]


async def test_a_press_changes_its_message(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person("Ann")
    exchange, shown, _ = press_for(telegram, bot, ann, ann)
    await exchange.revise(Rendered("page 2"), buttons=((Button("Back", "page:1"),),))
    assert (shown.text, shown.button("Back")["callback_data"]) == ("page 2", "page:1")
    telegram.phone.delete(shown)
    with pytest.raises(MessageGone):
        await exchange.revise(Rendered("page 3"))


FORM = Form(
    "Vary region",
    "mj:7:region:1:left",
    (Field("only", "Where", choices=(("left", "left"),)), Field("prompt", "What should be there instead?" * 3)),
)


async def test_in_a_group_only_the_asker_is_asked_for_words(telegram: TelegramStandIn, bot: Bot) -> None:
    ann, bob = telegram.phone.person("Ann"), telegram.phone.person("Bob")
    group = telegram.phone.group("Owls", ann, bob)
    asked = telegram.phone.say(group, ann, "/mj a fox")
    message_id = await exchange_for(bot, FreePace(), group.id, ann, asked.message_id).ask(Rendered("What else?"), FORM)
    shown = telegram.phone.asked(group, ann)
    assert shown is not None and (str(shown.message_id), shown.text) == (message_id, "What else?")
    assert telegram.phone.asked(group, bob) is None
    assert shown.forces == {
        "force_reply": True,
        "selective": True,
        "input_field_placeholder": ("What should be there instead?" * 3)[:64],
    }


async def test_whoever_presses_in_a_group_is_asked_by_name(telegram: TelegramStandIn, bot: Bot) -> None:
    """The message with the button is the bot's: a reply to it would ask nobody."""
    ann, bob = telegram.phone.person("Ann"), telegram.phone.person("Bob 😀")
    group = telegram.phone.group("Owls", ann, bob)
    exchange, button, query = press_for(telegram, bot, group, bob)
    await exchange.ask(Rendered("What else?", (Entity("bold", 0, 4),)), FORM)
    shown = telegram.phone.asked(group, bob)
    assert shown is not None and shown.reply_to == button.message_id and telegram.phone.asked(group, ann) is None
    assert shown.text == "Bob 😀: What else?"
    assert [(mark["type"], mark["offset"], mark["length"]) for mark in shown.entities] == [
        ("text_mention", 0, 6),
        ("bold", 8, 4),
    ]
    assert telegram.phone.answer(query) is not None  # its button does not spin meanwhile
    assert telegram.violations == []


async def test_in_a_private_chat_the_question_names_nobody(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person("Ann")
    exchange, button, _ = press_for(telegram, bot, ann, ann)
    message_id = await exchange.ask(Rendered("What else?"), Form("Words", "mj:7:press:1", ()))
    shown = telegram.phone.asked(ann, ann)
    assert shown is not None and (shown.text, shown.reply_to) == ("What else?", button.message_id)
    assert shown.forces == {"force_reply": True}
    plain = await exchange_for(bot, FreePace(), ann.id, ann, 1).ask(Rendered("And now?"), FORM)
    assert int(plain) > int(message_id)


async def test_a_question_is_asked_again_when_its_answer_was_lost(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person("Ann")
    telegram.faults.script("sendMessage", too_many(3), Drop(applied=False))
    pace = FreePace()
    await exchange_for(bot, pace, ann.id, ann, 1).ask(Rendered("What else?"), FORM)
    assert telegram.phone.asked(ann, ann) is not None and len(pace.floods) == 2


async def test_what_telegram_refuses_for_good_is_not_repeated(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person("Ann")
    with pytest.raises(Rejected):
        await exchange_for(bot, FreePace(), ann.id, ann, 1).say(Rendered("x" * 4097))
    assert len(telegram.of("sendMessage")) == 1


async def test_a_call_that_never_left_is_made_again(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person("Ann")
    pace = FreePace()
    telegram.faults.script("sendMessage", server_error(409))  # refused before it was looked at
    await exchange_for(bot, pace, ann.id, ann, 1).say(Rendered("here"))
    assert [shown.text for shown in telegram.phone.from_bot(ann)] == ["here"] and len(pace.floods) == 1


@pytest.mark.parametrize(("fault", "seen"), [(Drop(applied=False), 1), (Drop(applied=True), 2), (Page(502), 1)])
async def test_words_whose_answer_was_lost_come_once_more(
    telegram: TelegramStandIn, bot: Bot, fault: Drop | Page, seen: int
) -> None:
    """Nobody knows whether they arrived: read twice is better than never."""
    ann = telegram.phone.person("Ann")
    telegram.faults.script("sendMessage", fault)
    await exchange_for(bot, FreePace(), ann.id, ann, 1).say(Rendered("here"))
    assert [shown.text for shown in telegram.phone.from_bot(ann)] == ["here"] * seen


async def test_words_that_are_lost_again_and_again_are_given_up(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person("Ann")
    telegram.faults.script("sendMessage", *[Page(502)] * 3)
    with pytest.raises(AnswerLost):
        await exchange_for(bot, FreePace(), ann.id, ann, 1).say(Rendered("here"))
    assert len(telegram.of("sendMessage")) == 2
