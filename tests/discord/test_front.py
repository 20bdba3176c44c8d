"""The Discord front end from login to event: what is heard, what is not, how it reads, and what is synced."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from bots.discord.book import Book, same
from bots.discord.front import DiscordOptions, open_discord
from bots.outlet import Rendered
from bots.settings import BadSettings
from core.ports import Store
from core.values import Attachment, InboxEvent, Place, Sender
from storage.clock import SystemClock
from storage.engine import open_store
from tests.discord.rig import TEXTS, HandClock, MemoryInbox, Rig, at, front_end
from tests.standins.discord import DiscordStandin
from tests.standins.discord_world import Channel, Person


async def scene(rig: Rig) -> tuple[Channel, Person]:
    phone = rig.standin.phone
    ann = phone.person("ann", locale="zh-CN")
    guild = phone.guild("club", phone.person("owner"))
    room = phone.channel(guild)
    await phone.add_bot(guild)
    await rig.commands.until(lambda: bool(rig.commands.joins))
    return room, ann


# -- start -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "url", "key"),
    [("wrong", "", "why-token"), ("x", "http://127.0.0.1:9/api/v10", "why-unreachable")],
)
async def test_a_login_that_fails_is_one_sentence(standin: DiscordStandin, token: str, url: str, key: str) -> None:
    options = DiscordOptions(token, url or standin.api_url, standin.gateway_url)
    store = cast(Store, MemoryInbox())
    with pytest.raises(BadSettings) as caught:
        async with open_discord(options, store=store, clock=HandClock(), owner="p1", texts=TEXTS):
            raise AssertionError("it opened")
    (problem,) = caught.value.problems
    assert problem.key == key
    assert token not in TEXTS("en", problem.key, **problem.params).split()


async def test_the_start_report_and_the_invite_link(rig: Rig) -> None:
    rig.standin.phone.guild("club", rig.standin.phone.person("ann"))
    lines = [TEXTS("en", key, **params) for key, params in rig.front.describe()]
    assert "starlight" in lines[0]
    assert f"client_id={rig.standin.world.application_id}" in lines[1] and "applications.commands" in lines[1]
    assert rig.standin.token not in repr(DiscordOptions(rig.standin.token))


async def test_commands_are_synced_once_and_again_only_when_they_change(standin: DiscordStandin, book: Book) -> None:
    for _ in range(2):
        async with front_end(standin, book):
            pass
        await standin.phone.until(lambda: any(call.path.endswith("/commands") for call in standin.phone.calls))
    assert standin.world.command_syncs == 1
    standin.world.commands[0][0]["description"] = "an old one"
    async with front_end(standin, book) as rig:
        await rig.standin.phone.until(lambda: standin.world.command_syncs == 2)
    names = [command["name"] for command in standin.world.commands[0]]
    assert {"chat", "image", "video", "balance", "admin"} <= set(names)
    assert standin.phone.violations == []


def test_what_has_changed_is_seen(book: Book) -> None:
    ours = book.payload()
    theirs = json.loads(json.dumps(ours))
    for command in theirs:
        command |= {"id": "1", "nsfw": False}
    assert same(ours, theirs)
    assert not same(ours, theirs[1:])
    video = next(command for command in theirs if command["name"] == "video")
    video["options"][0]["description"] += "!"
    assert not same(ours, theirs)


def test_every_command_is_described_in_both_languages(book: Book) -> None:
    for command in book.payload():
        for item in [command, *command["options"]]:
            assert 1 <= len(item["description"]) <= 100
            chinese = item["description_localizations"]["zh-CN"]
            assert 1 <= len(chinese) <= 100, item["name"]
            assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese), (command["name"], item["name"])


# -- messages ----------------------------------------------------------------------------------------------------


async def test_only_what_is_meant_for_the_bot_is_heard(rig: Rig) -> None:
    room, ann = await scene(rig)
    phone = rig.standin.phone
    mine = rig.standin.world.messages[int(await rig.front.outlet.send(at(room), Rendered("an answer")))]
    await phone.say(room, ann, "among ourselves")
    await phone.say(room, phone.person("robot", bot=True), "beep", mention=True)
    await phone.say(phone.dm(ann), ann, "private")
    await phone.say(room, ann, "hello", mention=True)
    await phone.say(room, ann, "why?", reply_to=mine)
    await phone.say(room, ann, "no ping", reply_to=mine, ping=False)
    await phone.say(phone.dm(ann), ann, "end")
    await rig.commands.until(lambda: len(rig.commands.incoming) == 4)
    heard = rig.commands.incoming
    assert sorted(i.text for i in heard) == ["end", "hello", "private", "why?"]
    by_text = {i.text: i for i in heard}
    assert by_text["private"].place == Place("discord", str(phone.dm(ann).id)) and by_text["private"].place.private
    assert by_text["hello"].place == at(room) and by_text["hello"].mentioned and not by_text["hello"].place.private
    reply = by_text["why?"].reply
    assert reply is not None and (reply.message_id, reply.own, reply.text) == (str(mine.id), True, "an answer")
    assert by_text["hello"].sender == Sender("discord", str(ann.id), "ann")


async def test_words_and_files_as_they_read(rig: Rig) -> None:
    room, ann = await scene(rig)
    phone = rig.standin.phone
    bob = phone.person("bob")
    text = f"draw {bob.mention} <:fox:123> {rig.standin.world.bot.mention}"
    await phone.say(room, ann, text, mention=True, attachments=[("a.png", b"png"), ("b.ogg", b"o"), ("c.bin", b"?")])
    await rig.commands.until(lambda: bool(rig.commands.incoming))
    incoming = rig.commands.incoming[0]
    assert incoming.text == "draw @bob :fox:"
    assert [(a.kind, a.name, a.size) for a in incoming.attachments] == [
        ("image", "a.png", 3),
        ("audio", "b.ogg", 1),
        ("document", "c.bin", 1),
    ]
    assert incoming.received_ms == rig.clock.now_ms()


async def test_voice_messages_and_documents_and_replies_to_them(rig: Rig) -> None:
    ann = rig.standin.phone.person("ann")
    dm = rig.standin.phone.dm(ann)
    spoken = await rig.standin.phone.voice(dm, ann, b"OggS")
    await rig.standin.phone.say(
        dm, ann, "files", attachments=[("a.pdf", b"%PDF"), ("a.mp4", b"film"), ("a.svg", b"<svg/>")]
    )
    await rig.standin.phone.say(dm, ann, "what did I say?", reply_to=spoken)
    await rig.commands.until(lambda: len(rig.commands.incoming) == 3)
    voice, files, reply = rig.commands.incoming
    [heard] = voice.attachments
    assert (heard.kind, heard.mime, heard.what, heard.duration_s) == ("audio", "audio/ogg", "voice", 3.2)
    assert [(a.kind, a.what, bool(a.ref)) for a in files.attachments] == [
        ("document", "", True),
        ("video", "", True),
        ("document", "", True),
    ]
    assert reply.reply is not None and (reply.reply.author_id, reply.reply.own) == (str(ann.id), False)
    assert [(a.kind, a.what) for a in reply.reply.attachments] == [("audio", "voice")]


async def test_threads_and_admins(rig: Rig) -> None:
    room, ann = await scene(rig)
    thread = await rig.standin.phone.thread(room, "films")
    assert room.guild is not None
    room.guild.admins.add(ann.id)
    await rig.standin.phone.say(thread, ann, "hello", mention=True)
    await rig.commands.until(lambda: bool(rig.commands.incoming))
    assert rig.commands.incoming[0].place == Place("discord", str(room.guild.id), str(thread.id))


async def test_an_edit_is_heard_once_and_a_link_preview_never(rig: Rig) -> None:
    ann = rig.standin.phone.person("ann")
    dm = rig.standin.phone.dm(ann)
    said = await rig.standin.phone.say(dm, ann, "https://example.com what is thsi")
    await rig.standin.phone.unfurl(said)
    await rig.standin.phone.edit(said, "https://example.com what is this")
    await rig.standin.phone.unfurl(said)
    await rig.standin.phone.say(dm, ann, "end")
    await rig.commands.until(lambda: len(rig.commands.incoming) == 2)
    await rig.commands.until(lambda: bool(rig.commands.edits))
    assert [(i.text, i.message_id, i.edited) for i in rig.commands.edits] == [
        ("https://example.com what is this", str(said.id), True)
    ]


async def test_a_resumed_line_repeats_nothing(rig: Rig) -> None:
    ann = rig.standin.phone.person("ann")
    dm = rig.standin.phone.dm(ann)
    await rig.standin.phone.say(dm, ann, "one")
    await rig.commands.until(lambda: len(rig.commands.incoming) == 1)
    (session,) = rig.standin.gateway.connected
    again = next(frame for frame in session.sent if frame["t"] == "MESSAGE_CREATE")
    session.dispatch("MESSAGE_CREATE", again["d"])
    await rig.standin.gateway.drop()
    await rig.standin.phone.say(dm, ann, "two")
    await rig.commands.until(lambda: len(rig.commands.incoming) == 2)
    assert [i.text for i in rig.commands.incoming] == ["one", "two"]


async def test_messages_of_one_person_are_done_in_order(rig: Rig) -> None:
    ann, bob = rig.standin.phone.person("ann"), rig.standin.phone.person("bob")
    gate = asyncio.Event()
    rig.commands.act = lambda _: gate.wait()
    for number in range(3):
        await rig.standin.phone.say(rig.standin.phone.dm(ann), ann, f"{number}")
    await rig.standin.phone.say(rig.standin.phone.dm(bob), bob, "me too")
    await rig.commands.until(lambda: len(rig.commands.incoming) == 2)
    assert {i.text for i in rig.commands.incoming} == {"0", "me too"}
    gate.set()
    await rig.commands.until(lambda: len(rig.commands.incoming) == 4)
    assert [i.text for i in rig.commands.incoming if i.sender.name == "ann"] == ["0", "1", "2"]


async def test_being_added_to_a_server(rig: Rig) -> None:
    room, _ = await scene(rig)
    assert rig.commands.joins == [(at(room), Sender("discord", "", anonymous=True))]


# -- commands ----------------------------------------------------------------------------------------------------


async def test_a_slash_command_arrives_with_typed_options_and_files(rig: Rig) -> None:
    room, ann = await scene(rig)
    rig.commands.act = lambda exchange: exchange.say(Rendered("ok"))
    pictures = {"file2": ("cat.png", b"12345"), "file": ("dog.png", b"123")}
    given = {"prompt": "a cat", "ratio": "16:9"}
    used = await rig.standin.phone.slash(room, ann, "video", given, attachments=pictures)
    await rig.standin.phone.answered(used)
    (invocation,) = rig.commands.invocations
    assert (invocation.command, invocation.options) == ("video", given)
    assert [(a.option, a.kind, a.name, a.size) for a in invocation.attachments] == [
        ("file2", "image", "cat.png", 5),
        ("file", "image", "dog.png", 3),
    ]
    assert (invocation.place, invocation.sender.language) == (at(room), "zh-CN")
    assert not invocation.message_id.isdigit()
    data = b"".join([chunk async for chunk in rig.front.outlet.download(invocation.attachments[0])])
    assert data == b"12345"


async def test_autocomplete_offers_models_and_personas(rig: Rig) -> None:
    room, ann = await scene(rig)
    phone = rig.standin.phone
    offered = await phone.autocomplete(room, ann, "video", "model", "", {"prompt": "x"})
    assert 0 < len(offered) <= 25
    some = offered[0]["name"]
    assert offered[0] in await phone.autocomplete(room, ann, "video", "model", some[:4].upper(), {"prompt": "x"})
    assert await phone.autocomplete(room, ann, "video", "model", "no such model") == []
    assert {"name": "tutor", "value": "tutor"} in await phone.autocomplete(room, ann, "persona", "persona", "tu")
    assert rig.inbox.rows == {}


# -- the journal -------------------------------------------------------------------------------------------------


async def test_what_a_dead_process_left_is_done_by_the_next(standin: DiscordStandin, book: Book) -> None:
    inbox = MemoryInbox()
    ann = standin.phone.person("ann")
    async with front_end(standin, book, inbox=inbox) as rig:
        said = await standin.phone.say(standin.phone.dm(ann), ann, "a fox", attachments=[("a.png", b"png")])
        await rig.commands.until(lambda: bool(rig.commands.incoming))
        original = rig.commands.incoming[0]
    row = inbox.rows[f"message-{said.id}"]
    assert standin.token not in row.event.payload
    row.done, row.until_ms = False, 0
    inbox.rows["rotten"] = replace(row, event=InboxEvent("discord", "rotten", "1", '{"kind":"Old"}', 0))
    async with front_end(standin, book, inbox=inbox, owner="p2") as second:
        await second.commands.until(lambda: bool(second.commands.incoming))
        assert second.commands.incoming == [original]
        assert isinstance(second.commands.incoming[0].attachments[0], Attachment)
        assert second.commands.incoming[0].place.private
        await inbox.until(lambda: inbox.rows["rotten"].done)


async def test_a_row_that_kills_processes_is_given_up(standin: DiscordStandin, book: Book) -> None:
    inbox = MemoryInbox()
    ann = standin.phone.person("ann")
    async with front_end(standin, book, inbox=inbox) as rig:
        await standin.phone.say(standin.phone.dm(ann), ann, "a fox")
        await rig.commands.until(lambda: bool(rig.commands.incoming))
    (row,) = inbox.rows.values()
    row.done, row.until_ms, row.event = False, 0, replace(row.event, attempts=3)
    async with front_end(standin, book, inbox=inbox, owner="p2") as second:
        await inbox.until(lambda: row.done)
        assert second.commands.incoming == []


# -- shards ------------------------------------------------------------------------------------------------------


async def test_a_process_hears_its_shard_and_the_first_one_syncs(standin: DiscordStandin, book: Book) -> None:
    phone = standin.phone
    ann = phone.person("ann")
    guild = phone.guild("odd", ann)
    guild.id = 3 << 22
    room = phone.channel(guild)
    async with (
        front_end(standin, book, shards=(2, (0,))) as first,
        front_end(standin, book, shards=(2, (1,))) as second,
    ):
        assert [each["shard"] for each in standin.gateway.identifies] == [[0, 2], [1, 2]]
        await phone.say(room, ann, "odd one", mention=True)
        await phone.say(phone.dm(ann), ann, "private")
        await first.commands.until(lambda: bool(first.commands.incoming))
        await second.commands.until(lambda: bool(second.commands.incoming))
        assert [i.text for i in first.commands.incoming] == ["private"]
        assert [i.text for i in second.commands.incoming] == ["odd one"]
        assert sum(call.path.endswith("/commands") for call in phone.calls) == 2  # one look and one write


# -- the real store ----------------------------------------------------------------------------------------------


async def test_the_journal_in_sqlite_hands_over_what_was_not_done(
    standin: DiscordStandin, book: Book, tmp_path: Path
) -> None:
    ann = standin.phone.person("ann")
    room = standin.phone.channel(standin.phone.guild("club", ann))
    async with open_store(f"sqlite:///{tmp_path}/starlight.db", SystemClock()) as store:
        async with front_end(standin, book, store=store) as first:  # its commands close no row of this store
            said = await standin.phone.say(standin.phone.dm(ann), ann, "a fox", attachments=[("a.png", b"png")])
            await standin.phone.slash(room, ann, "image", {"prompt": "a bear"})
            await first.commands.until(lambda: bool(first.commands.incoming and first.commands.invocations))
        async with front_end(standin, book, store=store, owner="p2") as second:
            await second.commands.until(lambda: bool(second.commands.incoming and second.commands.invocations))
            assert second.commands.incoming == first.commands.incoming
            assert second.commands.invocations == first.commands.invocations
            async with store.begin() as tx:
                for event_id in (f"message-{said.id}", second.commands.invocations[0].event_id):
                    await tx.inbox.done("discord", event_id)
        async with store.begin() as tx:
            assert await tx.inbox.claim("discord", "p3", SystemClock().now_ms() + 10**9, 0, 10) == []
