"""The Telegram stand-in, as the real aiogram sees it: it must refuse what Telegram refuses."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
)
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    CallbackQuery,
    InaccessibleMessage,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    MessageEntity,
    ReactionTypeEmoji,
    ReplyParameters,
)
from aiohttp import web

from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_chats import Shown
from tests.telegram.bots import Seconds, open_bot, picture

MP4 = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 64


def keyboard(*data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=f"press {d}", callback_data=d) for d in data]]
    )


def upload(data: bytes, name: str = "file.bin") -> BufferedInputFile:
    return BufferedInputFile(data, name)


async def test_a_message_is_seen_as_it_was_sent(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person("Ann")
    question = telegram.phone.say(ann, ann, "hello")
    sent = await bot.send_message(
        ann.id,
        "so 😀 bold",
        entities=[MessageEntity(type="bold", offset=6, length=4)],
        reply_parameters=ReplyParameters(message_id=question.message_id),
        reply_markup=keyboard("go:1"),
    )
    shown = await telegram.phone.until(lambda: telegram.phone.last(ann))
    assert (shown.message_id, shown.text, shown.reply_to) == (sent.message_id, "so 😀 bold", question.message_id)
    assert shown.entities == [{"type": "bold", "offset": 6, "length": 4}]
    assert shown.button("go:1")["text"] == "press go:1"
    assert sent.reply_to_message is not None and sent.reply_to_message.text == "hello"
    assert telegram.violations == []


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("x" * 4097, None),
        ("😀" * 2049, None),  # 4,098 UTF-16 units though 2,049 code points
        ("   \n ", None),
        ("short", (3, 3)),
        ("short", (0, 0)),
        ("😀 smile", (1, 4)),
        ("😀 smile", (0, 1)),
    ],
)
async def test_texts_and_entities_it_refuses(
    telegram: TelegramStandIn, bot: Bot, text: str, entity: tuple[int, int] | None
) -> None:
    ann = telegram.phone.person()
    marks = [MessageEntity(type="bold", offset=entity[0], length=entity[1])] if entity else None
    with pytest.raises(TelegramBadRequest):
        await bot.send_message(ann.id, text, entities=marks)
    with pytest.raises(TelegramBadRequest):
        await bot.send_message_draft(ann.id, 1, text=text + "x" * 4097 if text.isspace() else text, entities=marks)
    assert telegram.phone.visible(ann) == []
    assert telegram.phone.draft(ann) is None


async def test_exactly_4096_passes_and_white_space_is_trimmed(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    await bot.send_message(ann.id, "x" * 4096)
    await bot.send_message(ann.id, "  ab \n", entities=[MessageEntity(type="bold", offset=1, length=2)])
    last = telegram.phone.last(ann)
    assert last is not None
    assert (last.text, last.entities) == ("ab", [{"type": "bold", "offset": 0, "length": 1}])


async def test_silent_losses_are_violations(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    marks = [MessageEntity(type="italic", offset=at, length=1) for at in range(100)]
    marks.append(MessageEntity(type="code", offset=100, length=1))
    await bot.send_message(ann.id, "y" * 200, entities=marks)
    await bot.send_message(ann.id, "<b>x</b>", parse_mode="HTML")
    await bot.send_video(ann.id, upload(b"no film"), thumbnail=upload(picture(400, 10, "JPEG")))
    shown = telegram.phone.visible(ann)[0]
    assert len(shown.entities) == 100 and shown.entities[-1]["type"] == "code"
    assert [violation.split()[0] for violation in telegram.violations] == ["101", "a", "a", "a", "a"]
    media = telegram.phone.visible(ann)[2].media
    assert media is not None and media.thumbnail is None


@pytest.mark.parametrize(
    "button",
    [
        InlineKeyboardButton(text="x", callback_data="é" * 33),
        InlineKeyboardButton(text=" ", callback_data="a"),
        InlineKeyboardButton(text="x"),
        InlineKeyboardButton(text="x", url="javascript:alert(1)"),
    ],
)
async def test_buttons_it_refuses(telegram: TelegramStandIn, bot: Bot, button: InlineKeyboardButton) -> None:
    ann = telegram.phone.person()
    with pytest.raises(TelegramBadRequest):
        await bot.send_message(ann.id, "x", reply_markup=InlineKeyboardMarkup(inline_keyboard=[[button]]))


async def test_edits(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    question = telegram.phone.say(ann, ann, "hello")
    sent = await bot.send_message(ann.id, "one", reply_markup=keyboard("a"))

    async def edit(text: str, message_id: int = sent.message_id) -> None:
        await bot.edit_message_text(text, chat_id=ann.id, message_id=message_id, reply_markup=keyboard("a"))

    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await edit("one ")
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await edit("two", 99)
    with pytest.raises(TelegramBadRequest, match="can't be edited"):
        await edit("two", question.message_id)
    await edit("two")
    await bot.edit_message_reply_markup(chat_id=ann.id, message_id=sent.message_id, reply_markup=keyboard("b"))
    last = telegram.phone.last(ann)
    assert last is not None and (last.text, last.edits, last.button("b")["callback_data"]) == ("two", 2, "b")
    await bot.edit_message_text("three", chat_id=ann.id, message_id=sent.message_id)
    assert last.buttons == []  # an edit without buttons takes them away
    media = InputMediaPhoto(media=upload(picture(), "p.png"), caption="now a picture")
    await bot.edit_message_media(media, chat_id=ann.id, message_id=sent.message_id)
    assert last.media is not None and (last.media.kind, last.text) == ("photo", "now a picture")
    with pytest.raises(TelegramBadRequest, match="no text"):
        await edit("four")
    await bot.edit_message_caption(chat_id=ann.id, message_id=sent.message_id, caption="c")
    assert last.text == "c"
    await bot.delete_message(ann.id, sent.message_id)
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await bot.delete_message(ann.id, sent.message_id)
    assert await bot.delete_messages(ann.id, [sent.message_id, question.message_id])
    assert telegram.phone.visible(ann) == []


async def test_a_reply_to_a_message_that_is_gone(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    question = telegram.phone.say(ann, ann, "hello")
    telegram.phone.delete(question)
    with pytest.raises(TelegramBadRequest, match="replied not found"):
        await bot.send_message(ann.id, "x", reply_parameters=ReplyParameters(message_id=question.message_id))
    lenient = ReplyParameters(message_id=question.message_id, allow_sending_without_reply=True)
    assert (await bot.send_message(ann.id, "x", reply_parameters=lenient)).reply_to_message is None


async def test_drafts_live_and_die(bot: Bot) -> None:
    clock = Seconds()
    async with TelegramStandIn(clock=clock) as telegram, open_bot(telegram.url, telegram.token) as mine:
        ann = telegram.phone.person()
        group = telegram.phone.group("Owls", ann)
        with pytest.raises(TelegramBadRequest, match="TEXTDRAFT_PEER_INVALID"):
            await mine.send_message_draft(group.id, 7, text="x")
        with pytest.raises(TelegramBadRequest, match="non-zero"):
            await mine.send_message_draft(ann.id, 0, text="x")
        await mine.send_message_draft(ann.id, 7, text="")
        await mine.send_message_draft(ann.id, 7, text="grow", can_stop=True)
        draft = telegram.phone.draft(ann)
        assert draft is not None and (draft.text, draft.frames, draft.draft_id) == ("grow", 2, 7)
        clock.now += 29
        assert telegram.phone.draft(ann) is draft
        clock.now += 2
        assert telegram.phone.draft(ann) is None
        await mine.send_message_draft(ann.id, 8, text="again")
        await mine.send_message(ann.id, "final")
        assert telegram.phone.draft(ann) is None


async def test_stop_is_an_update_and_late_frames_do_not_show(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    await bot.send_message_draft(ann.id, 7, text="grow", can_stop=True)
    telegram.phone.stop(ann)
    await bot.send_message_draft(ann.id, 7, text="grown", can_stop=True)
    assert telegram.phone.draft(ann) is None
    [update] = await bot.get_updates(allowed_updates=["stopped_message_generation"])
    stopped = update.stopped_message_generation
    assert stopped is not None and (stopped.chat.id, stopped.draft_id) == (ann.id, 7)


async def test_updates_come_again_until_confirmed(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    for word in ("one", "two", "three"):
        telegram.phone.say(ann, ann, word)
    first = await bot.get_updates(limit=2)
    assert [update.message.text for update in first if update.message] == ["one", "two"]
    assert await bot.get_updates(limit=2) == first
    [third] = await bot.get_updates(offset=first[-1].update_id + 1)
    assert third.message is not None and third.message.text == "three"
    assert await bot.get_updates(offset=third.update_id + 1) == []
    telegram.phone.repeat(third.update_id)
    assert [update.update_id for update in await bot.get_updates(offset=third.update_id + 1)] == [third.update_id]


async def test_a_long_poll_wakes_up_and_a_second_poller_ends_the_first(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await telegram.phone.until(lambda: telegram.of("getUpdates"))
    second = asyncio.create_task(bot.get_updates(timeout=30))
    with pytest.raises(TelegramConflictError):
        await first
    telegram.phone.say(ann, ann, "hello")
    [update] = await second
    assert update.message is not None and update.message.text == "hello"


async def test_kinds_that_were_not_asked_for_are_dropped(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    telegram.phone.block(ann)
    telegram.phone.unblock(ann)
    telegram.phone.say(ann, ann, "hello")
    [update] = await bot.get_updates(allowed_updates=["message"])
    assert update.message is not None
    telegram.phone.block(ann)
    assert await bot.get_updates(offset=update.update_id + 1) == []  # omitted: the former list stays


async def test_a_webhook_gets_each_update_until_it_says_ok(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    seen: list[tuple[str, Any]] = []

    async def hook(request: web.BaseRequest) -> web.Response:
        seen.append((request.headers["X-Telegram-Bot-Api-Secret-Token"], await request.json()))
        telegram.phone.ring()
        return web.Response(status=500 if len(seen) == 1 else 200)

    runner = web.ServerRunner(web.Server(hook))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await bot.set_webhook(url, secret_token="hush")
    assert (await bot.get_webhook_info()).url == url
    with pytest.raises(TelegramConflictError):
        await bot.get_updates()
    telegram.phone.say(ann, ann, "hello")
    await telegram.phone.until(lambda: len(seen) == 2)
    assert seen[0] == seen[1] and seen[0][0] == "hush"
    assert telegram.updates.webhook_failures == ["HTTP 500"]
    await bot.delete_webhook()
    await runner.cleanup()


async def test_presses_are_answered_once(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    sent = await bot.send_message(ann.id, "x", reply_markup=keyboard("go:1"))
    shown = telegram.phone.last(ann)
    assert shown is not None
    query = telegram.phone.press(shown, "press")
    await bot.delete_message(ann.id, sent.message_id)
    stale = telegram.phone.press_data(shown, "go:1", ann)
    first, second = await bot.get_updates()
    assert isinstance(first.callback_query, CallbackQuery) and first.callback_query.data == "go:1"
    assert second.callback_query is not None and isinstance(second.callback_query.message, InaccessibleMessage)
    assert telegram.phone.answer(query) is None
    with pytest.raises(TelegramBadRequest):
        await bot.answer_callback_query(stale, text="x" * 201)
    await bot.answer_callback_query(query, text="done")
    assert telegram.phone.answer(query) == {"text": "done", "alert": False, "url": ""}
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query(query)


async def test_groups_privacy_and_topics(telegram: TelegramStandIn, bot: Bot) -> None:
    ann, bob = telegram.phone.person("Ann"), telegram.phone.person("Bob")
    forum = telegram.phone.group("Owls", ann, bob, forum=True)
    topic = telegram.phone.topic(forum)
    mine = await bot.send_message(forum.id, "hi", message_thread_id=topic)
    shown = telegram.phone.last(forum)
    assert shown is not None and mine.is_topic_message
    for text in ("secret", "/chat hi", "/chat@other_bot hi", "well, @starlight_test_bot?", "no @somebody"):
        telegram.phone.say(forum, bob, text)
    telegram.phone.say(forum, bob, "go on", reply_to=shown, thread=topic)
    texts = [update.message.text for update in await bot.get_updates() if update.message]
    assert texts == ["/chat hi", "well, @starlight_test_bot?", "go on"]
    with pytest.raises(TelegramBadRequest, match="thread not found"):
        await bot.send_message(forum.id, "x", message_thread_id=9999)
    forum.topics[topic] = False
    with pytest.raises(TelegramBadRequest, match="TOPIC_CLOSED"):
        await bot.send_message(forum.id, "x", message_thread_id=topic)


async def test_a_chain_of_replies_looks_like_a_thread_but_is_no_topic(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    group = telegram.phone.group("Owls", ann)
    root = await bot.send_message(group.id, "x")
    telegram.phone.say(group, ann, "y", reply_to=telegram.phone.last(group))
    [update] = await bot.get_updates()
    assert update.message is not None and update.message.message_thread_id == root.message_id
    assert not update.message.is_topic_message
    with pytest.raises(TelegramBadRequest, match="thread not found"):
        await bot.send_message(group.id, "z", message_thread_id=root.message_id)


async def test_who_is_who(telegram: TelegramStandIn, bot: Bot) -> None:
    ann, bob = telegram.phone.person("Ann"), telegram.phone.person("Bob")
    group = telegram.phone.group("Owls", ann, bob)
    me = await bot.get_me()
    assert me.username == "starlight_test_bot" and me.can_read_all_group_messages is False
    assert (await bot.get_chat_member(group.id, ann.id)).status == "creator"
    assert (await bot.get_chat_member(group.id, bob.id)).status == "member"
    assert (await bot.get_chat(group.id)).title == "Owls"
    await bot.leave_chat(group.id)
    with pytest.raises(TelegramForbiddenError):
        await bot.get_chat(group.id)


async def test_the_bots_own_page(telegram: TelegramStandIn, bot: Bot) -> None:
    commands = [BotCommand(command="image", description="Draw")]
    await bot.set_my_commands(commands, language_code="zh")
    assert telegram.methods.commands['{"type": "default"}', "zh"][0]["command"] == "image"
    with pytest.raises(TelegramBadRequest):
        await bot.set_my_commands([BotCommand(command="Image", description="Draw")])
    with pytest.raises(TelegramBadRequest):
        await bot.set_my_commands(commands, language_code="zh-hans")
    await bot.set_my_description("A bot")
    with pytest.raises(TelegramBadRequest):
        await bot.set_my_short_description("x" * 121)


async def test_reactions_and_actions(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person()
    question: Shown = telegram.phone.say(ann, ann, "hello")
    await bot.set_message_reaction(ann.id, question.message_id, [ReactionTypeEmoji(emoji="👀")])
    assert question.reactions == ["👀"]
    with pytest.raises(TelegramBadRequest):
        await bot.set_message_reaction(ann.id, question.message_id, [ReactionTypeEmoji(emoji="⏳")])
    await bot.send_chat_action(ann.id, "typing")
    assert [action for _, action in telegram.phone.chat(ann).actions] == ["typing"]
    with pytest.raises(TelegramBadRequest):
        await bot.send_chat_action(ann.id, "sleeping")


async def test_edited_questions_and_dictated_updates(telegram: TelegramStandIn, bot: Bot) -> None:
    ann = telegram.phone.person("Ann", language="zh")
    question = telegram.phone.say(ann, ann, "helo")
    telegram.phone.edit(question, "hello")
    first, second = await bot.get_updates()
    assert first.message and second.edited_message
    assert (second.edited_message.text, second.edited_message.message_id) == ("hello", first.message.message_id)
    assert first.message.from_user is not None and first.message.from_user.language_code == "zh"
