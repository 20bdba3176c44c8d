"""Telegram's updates as our values: each as the stand-in sends it, parsed by the real aiogram."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from aiogram.types import Message, Update

from bots.telegram import reading
from bots.telegram.reading import Me
from core.values import Attachment, Incoming, Place
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_chats import BOT_ID, BOT_NAME
from tests.telegram.bots import picture

ME = Me(BOT_ID, BOT_NAME)


def updates(telegram: TelegramStandIn) -> list[dict[str, Any]]:
    """All that happened so far, as it goes over the wire."""
    return [json.loads(json.dumps(update)) for update in telegram.updates.history]


def read(telegram: TelegramStandIn, at: int = -1) -> Incoming:
    """The latest message, read."""
    incoming = read_or_none(telegram, at)
    assert incoming is not None
    return incoming


def read_or_none(telegram: TelegramStandIn, at: int = -1) -> Incoming | None:
    update = Update.model_validate(updates(telegram)[at])
    message = update.message or update.edited_message
    assert isinstance(message, Message)
    return reading.incoming_of(message, ME, "7", edited=update.edited_message is not None)


def test_a_private_message(telegram: TelegramStandIn) -> None:
    ann = telegram.phone.person("Ann", language="zh-hans", username="ann")
    said = telegram.phone.say(ann, ann, "hello 😀")
    incoming = read(telegram)
    assert incoming.place == Place("telegram", str(ann.id)) and incoming.place.private
    assert (incoming.sender.id, incoming.sender.name, incoming.sender.language) == (str(ann.id), "ann", "zh-hans")
    assert (incoming.text, incoming.message_id, incoming.event_id) == ("hello 😀", str(said.message_id), "7")
    assert incoming.received_ms == said.date * 1000
    assert not incoming.mentioned and not incoming.edited and incoming.reply is None
    telegram.phone.edit(said, "hello")
    edited = read(telegram)
    assert edited.edited and edited.text == "hello" and edited.received_ms > incoming.received_ms


@pytest.mark.parametrize(
    ("text", "words", "mentioned"),
    [
        ("@starlight_test_bot what is this?", "what is this?", True),
        ("what is this, @Starlight_Test_Bot ?", "what is this,  ?", True),
        ("ask @starlight_test_bot and see", "ask @starlight_test_bot and see", True),
        ("@somebody_else hi", "@somebody_else hi", False),
        ("/image@starlight_test_bot a fox", "/image@starlight_test_bot a fox", True),
        ("/image@other_bot a fox", "/image@other_bot a fox", False),
        ("/image a fox", "/image a fox", False),
        ("😀 @starlight_test_bot", "😀", True),
    ],
)
def test_being_called_by_name(telegram: TelegramStandIn, text: str, words: str, mentioned: bool) -> None:
    ann = telegram.phone.person()
    group = telegram.phone.group("Owls", ann)
    telegram.methods.privacy_mode = False
    telegram.phone.say(group, ann, text)
    incoming = read(telegram)
    assert (incoming.text, incoming.mentioned) == (words, mentioned)
    assert not incoming.place.private


def test_being_called_without_a_user_name(telegram: TelegramStandIn) -> None:
    ann = telegram.phone.person()
    mark = {"type": "text_mention", "offset": 0, "length": 4, "user": telegram.state.bot.wire()}
    telegram.phone.say(ann, ann, "Star, hi", entities=[mark])
    assert (read(telegram).text, read(telegram).mentioned) == (", hi", True)


def test_overlapping_marks_and_links(telegram: TelegramStandIn) -> None:
    ann = telegram.phone.person()
    marks = [
        {"type": "text_link", "offset": 3, "length": 4, "url": "https://example.org"},
        {"type": "code", "offset": 5, "length": 2},
        {"type": "bold", "offset": 0, "length": 2},
    ]
    telegram.phone.say(ann, ann, "😀 here", entities=marks)
    assert read(telegram).text == "😀 here (https://example.org)"


def test_fences_stand_around_code(telegram: TelegramStandIn) -> None:
    ann = telegram.phone.person()
    marks = [{"type": "pre", "offset": 5, "length": 8, "language": "sh"}, {"type": "code", "offset": 14, "length": 3}]
    telegram.phone.say(ann, ann, "run:\ncp --all\n--x", entities=marks)
    assert read(telegram).text == "run:\n```sh\ncp --all\n```\n`--x`"


def test_replies(telegram: TelegramStandIn) -> None:
    ann, bob = telegram.phone.person("Ann"), telegram.phone.person("Bob")
    group = telegram.phone.group("Owls", ann, bob)
    theirs = telegram.phone.photo(group, ann, picture(), "/image look")
    telegram.phone.say(group, bob, "/chat what is it?", reply_to=theirs)
    reply = read(telegram).reply
    assert reply is not None and not reply.own and reply.text == "/image look"
    assert reply.author_id == str(ann.id) and reply.attachments[0].kind == "image"
    mine = telegram.state.post(group, telegram.state.bot, text="an answer")
    telegram.phone.say(group, bob, "go on", reply_to=mine)
    own = read(telegram).reply
    assert own is not None and own.own and own.message_id == str(mine.message_id)
    assert read(telegram).place.thread == ""  # a chain of replies is no topic


def test_a_quote_stands_for_what_it_quotes(telegram: TelegramStandIn) -> None:
    ann = telegram.phone.person()
    first = telegram.phone.say(ann, ann, "a long story")
    telegram.phone.say(ann, ann, "why?", reply_to=first)
    update = updates(telegram)[-1]
    update["message"]["quote"] = {"text": "story", "position": 7}
    message = Update.model_validate(update).message
    assert message is not None
    incoming = reading.incoming_of(message, ME, "7")
    assert incoming is not None and incoming.reply is not None and incoming.reply.text == "story"


def test_topics(telegram: TelegramStandIn) -> None:
    ann = telegram.phone.person()
    forum = telegram.phone.group("Owls", ann, forum=True)
    topic = telegram.phone.topic(forum)
    telegram.phone.say(forum, ann, "/chat hi", thread=topic)
    assert read(telegram).place == Place("telegram", str(forum.id), str(topic))
    update = updates(telegram)[-1]
    created = {"forum_topic_created": {"name": "Art", "icon_color": 1}}
    update["message"]["reply_to_message"] = {**update["message"], "message_id": topic, **created}
    message = Update.model_validate(update).message
    assert message is not None
    incoming = reading.incoming_of(message, ME, "7")
    assert incoming is not None and incoming.reply is None


def test_files(telegram: TelegramStandIn) -> None:
    ann = telegram.phone.person()
    telegram.phone.album(ann, ann, [picture(), picture()], "both")
    first, second = read(telegram, -2), read(telegram)
    assert first.album == second.album != "" and (first.text, second.text) == ("both", "")
    [photo] = first.attachments
    assert (photo.kind, photo.width, photo.height, photo.what) == ("image", 40, 30, "")
    telegram.phone.document(ann, ann, b"%PDF", "a.pdf", "application/pdf")
    assert read(telegram).attachments[0].kind == "document" and read(telegram).attachments[0].name == "a.pdf"
    telegram.phone.document(ann, ann, picture(), "a.png", "image/png", size=60 << 20)
    assert (read(telegram).attachments[0].kind, read(telegram).attachments[0].size) == ("image", 60 << 20)
    sent = telegram.phone.voice(ann, ann)
    [voice] = read(telegram).attachments
    assert (voice.kind, voice.mime, voice.what, voice.duration_s, voice.name) == ("audio", "audio/ogg", "voice", 3, "")
    telegram.phone.say(ann, ann, "what did I say?", reply_to=sent)
    reply = read(telegram).reply
    assert reply is not None and (reply.attachments, reply.author_id) == ((voice,), str(ann.id))
    update = updates(telegram)[-2]
    origin = {"type": "hidden_user", "sender_user_name": "Bob", "date": 1}
    passed_on = Update.model_validate({**update, "message": update["message"] | {"forward_origin": origin}}).message
    assert passed_on is not None and reading.attachments_of(passed_on) == (replace(voice, what=""),)
    telegram.phone.document(ann, ann, b"let x = 1", "a.ts", "video/mp2t")
    assert read(telegram).attachments[0].kind == "document"
    telegram.phone.sticker(ann, ann)
    assert read(telegram).attachments == (Attachment("document", "", what="sticker"),)
    heard = [read(telegram, at) for at in range(len(updates(telegram)))]
    files = [file for each in heard for file in (*each.attachments, *(each.reply.attachments if each.reply else ()))]
    assert len(files) == 8 and not any(file.link or file.link_until_ms for file in files)  # they hold the bot's token


@pytest.mark.parametrize(
    ("extra", "kind", "what"),
    [
        ({"video_note": {"file_id": "n", "file_unique_id": "u", "length": 9, "duration": 1}}, "video", "video_note"),
        ({"location": {"latitude": 1.0, "longitude": 2.0}}, "document", "location"),
        ({"dice": {"emoji": "🎲", "value": 3}}, "document", "dice"),
        (
            {
                "animation": {"file_id": "a", "file_unique_id": "u", "width": 1, "height": 1, "duration": 2},
                "document": {"file_id": "a", "file_unique_id": "u"},
            },
            "video",
            "",
        ),
        ({"audio": {"file_id": "s", "file_unique_id": "u", "duration": 9, "mime_type": "audio/mpeg"}}, "audio", ""),
    ],
)
def test_other_things_people_send(telegram: TelegramStandIn, extra: dict[str, Any], kind: str, what: str) -> None:
    ann = telegram.phone.person()
    telegram.phone.say(ann, ann, "x")
    update = updates(telegram)[-1]
    del update["message"]["text"]
    message = Update.model_validate({**update, "message": update["message"] | extra}).message
    assert message is not None
    incoming = reading.incoming_of(message, ME, "7")
    assert incoming is not None and [(a.kind, a.what) for a in incoming.attachments] == [(kind, what)]


def test_who_has_no_purse_and_who_is_not_heard(telegram: TelegramStandIn) -> None:
    ann = telegram.phone.person()
    group = telegram.phone.group("Owls", ann)
    telegram.phone.say(group, ann, "/chat hi")
    plain = updates(telegram)[-1]["message"]

    def told(**changes: Any) -> Incoming | None:
        return reading.incoming_of(Message.model_validate(plain | changes), ME, "7")

    robot = {"id": 1, "is_bot": True, "first_name": "Robot"}
    assert told(**{"from": robot}) is None
    assert told(text=None, pinned_message={**plain}) is None
    admin = told(**{"from": robot, "sender_chat": plain["chat"]})
    assert admin is not None and admin.sender.anonymous and admin.sender.chat_admin
    channel = {"id": -100777, "type": "channel", "title": "News"}
    post = told(**{"from": robot, "sender_chat": channel})
    assert post is not None and post.sender.anonymous and not post.sender.chat_admin
    assert told(**{"from": robot, "sender_chat": channel, "is_automatic_forward": True}) is None


def test_presses(telegram: TelegramStandIn) -> None:
    ann = telegram.phone.person()
    forum = telegram.phone.group("Owls", ann, forum=True)
    topic = telegram.phone.topic(forum)
    shown = telegram.state.post(
        forum, telegram.state.bot, text="x", thread=topic, buttons=[[{"text": "Go", "callback_data": "go:1"}]]
    )
    telegram.phone.press(shown, "Go", ann)
    query = Update.model_validate(updates(telegram)[-1]).callback_query
    assert query is not None
    press = reading.press_of(query, "7")
    assert press is not None and press.place == Place("telegram", str(forum.id), str(topic))
    assert (press.message_id, press.data, press.sender.id) == (str(shown.message_id), "go:1", str(ann.id))
    telegram.phone.delete(shown)
    telegram.phone.press_data(shown, "go:1", ann)
    query = Update.model_validate(updates(telegram)[-1]).callback_query
    assert query is not None
    old = reading.press_of(query, "7")
    assert old is not None and old.message_id == str(shown.message_id)
    assert reading.press_of(query.model_copy(update={"message": None}), "7") is None


def test_comings_and_goings(telegram: TelegramStandIn) -> None:
    ann = telegram.phone.person()
    group = telegram.phone.group("Owls", ann, kind="group")
    telegram.phone.add_bot(group, ann)
    telegram.phone.kick_bot(group, ann)
    telegram.phone.block(ann)
    changes = [Update.model_validate(u).my_chat_member for u in updates(telegram) if "my_chat_member" in u]
    joined = [reading.joined_of(change) for change in changes if change]
    assert [found and found[0].chat for found in joined] == [str(group.id), None, None]
    assert joined[0] is not None and joined[0][1].id == str(ann.id)
    group.refusal = ""
    new = telegram.phone.migrate(group, ann)
    messages = [Update.model_validate(u).message for u in updates(telegram)[-2:]]
    assert [reading.migrated_of(m) for m in messages if m] == [(str(group.id), str(new.id))] * 2


def test_what_is_not_for_us_is_not_written_down(telegram: TelegramStandIn) -> None:
    ann = telegram.phone.person()
    group = telegram.phone.group("Owls", ann)
    telegram.methods.privacy_mode = False
    mine = telegram.state.post(group, telegram.state.bot, text="x")
    telegram.phone.say(ann, ann, "in private")
    telegram.phone.say(group, ann, "just talk, not@starlight_test_bo")
    telegram.phone.say(group, ann, "/chat hi")
    telegram.phone.say(group, ann, "hi @Starlight_test_bot")
    telegram.phone.say(group, ann, "go on", reply_to=mine)
    telegram.phone.photo(group, ann, picture(), "no words for us")
    telegram.phone.album(group, ann, [picture()])
    mark = {"type": "text_mention", "offset": 0, "length": 4, "user": telegram.state.bot.wire()}
    telegram.phone.say(group, ann, "Star, hi", entities=[mark])
    telegram.phone.press_data(mine, "go", ann)
    kept = [reading.is_for_us(update, ME) for update in updates(telegram)]
    assert kept == [True, False, True, True, True, False, True, True, True]
    robot = updates(telegram)[0]
    robot["message"]["from"]["is_bot"] = True
    assert not reading.is_for_us(robot, ME)
    assert not reading.is_for_us({"update_id": 1, "poll": {}}, ME)
