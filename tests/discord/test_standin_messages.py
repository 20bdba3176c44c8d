"""The Discord stand-in's messages, proven with the real discord.py: what is shown, refused and forgotten."""

import io
from collections.abc import Awaitable, Callable

import discord
import pytest

from tests.discord.plain import PlainClient, refused, text_channel
from tests.standins.discord import DiscordStandin

LONG = "x" * 1999 + "😀"  # 2,000 characters, 2,001 UTF-16 units
CASES: list[tuple[str, Callable[[discord.PartialMessageable], Awaitable[object]], tuple[int, int]]] = [
    ("too long", lambda room: room.send("x" * 2001), (400, 50035)),
    ("too long in UTF-16", lambda room: room.send(LONG), (400, 50035)),
    ("empty", lambda room: room.send(" \n "), (400, 50006)),
    ("long nonce", lambda room: room.send("x", nonce="n" * 26), (400, 50035)),
    ("embed", lambda room: room.send(embed=discord.Embed(title="x" * 257)), (400, 50035)),
    ("embeds", lambda room: room.send(embeds=[discord.Embed(description="x" * 4000)] * 2), (400, 50035)),
    ("gone", lambda room: room.get_partial_message(1).edit(content="x"), (404, 10008)),
    ("no reply target", lambda room: room.send("x", reference=room.get_partial_message(1)), (400, 50035)),
    ("files", lambda room: room.send(files=[a_file(f"{n}") for n in range(11)]), (400, 50035)),
    ("large file", lambda room: room.send(file=a_file("x", 10 * 1024 * 1024 + 1)), (413, 40005)),
    ("label", lambda room: room.send("x", view=a_view("x" * 81)), (400, 50035)),
    ("custom id", lambda room: room.send("x", view=a_view("x", custom_id="i" * 101)), (400, 50035)),
]


def a_file(name: str, size: int = 3) -> discord.File:
    return discord.File(io.BytesIO(b"x" * size), name)


def a_view(label: str, custom_id: str = "id") -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    button: discord.ui.Button[discord.ui.View] = discord.ui.Button(label="x", custom_id="x")
    button._underlying.label, button._underlying.custom_id = label, custom_id  # past the library's own check
    view.add_item(button)
    return view


@pytest.mark.parametrize(("work", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
async def test_discord_refuses(
    standin: DiscordStandin,
    client: PlainClient,
    work: Callable[[discord.PartialMessageable], Awaitable[object]],
    expected: tuple[int, int],
) -> None:
    ann = standin.phone.person("ann")
    dm = standin.phone.dm(ann)
    assert await refused(work(text_channel(client, dm))) == expected
    assert standin.phone.visible(dm) == []
    assert bool(standin.phone.violations) == (expected != (404, 10008))


async def test_what_the_phone_shows(standin: DiscordStandin, client: PlainClient) -> None:
    phone = standin.phone
    ann, bob = phone.person("ann"), phone.person("bob")
    question = await phone.say(phone.dm(ann), ann, "hm?")
    room = text_channel(client, phone.dm(ann))
    assert client.user is not None
    sent = await room.send("  one  ", reference=room.get_partial_message(question.id), mention_author=True)
    shown = standin.world.messages[sent.id]
    assert (shown.text, shown.reply_to, shown.pings) == ("one", question, {ann.id})
    await sent.edit(content=f"two {bob.mention}", view=a_view("Again"))
    assert (shown.text, shown.labels, shown.history) == (f"two {bob.mention}", ["Again"], ["one", f"two {bob.mention}"])
    loud = await room.send(bob.mention, allowed_mentions=discord.AllowedMentions(users=[discord.Object(bob.id)]))
    assert standin.world.messages[loud.id].pings == {bob.id}
    await sent.delete()
    assert phone.visible(phone.dm(ann)) == [question, standin.world.messages[loud.id]]
    assert await refused(
        client.get_partial_messageable(phone.dm(ann).id).get_partial_message(question.id).edit(content="")
    ) == (
        403,
        50005,
    )


async def test_files_go_up_stay_and_come_down(standin: DiscordStandin, client: PlainClient) -> None:
    phone = standin.phone
    ann = phone.person("ann")
    room = text_channel(client, phone.dm(ann))
    sent = await room.send(files=[a_file("a.png", 5), a_file("b.txt", 6)])
    shown = standin.world.messages[sent.id]
    assert [(f.name, len(f.data)) for f in shown.files] == [("a.png", 5), ("b.txt", 6)]
    kept = await sent.edit(attachments=[sent.attachments[1], a_file("c.bin", 7)])
    assert [f.name for f in shown.files] == ["b.txt", "c.bin"]
    assert await kept.attachments[0].read() == b"x" * 6
    both = await kept.edit(content="words leave the files alone")
    assert [f.name for f in shown.files] == ["b.txt", "c.bin"]
    replaced = await both.edit(attachments=[a_file("d.png", 8)])
    assert [(f.name, len(f.data)) for f in shown.files] == [("d.png", 8)]
    assert await refused(replaced.edit(attachments=[kept.attachments[0]])) == (400, 50035)  # gone already
    await replaced.edit(attachments=[])
    assert shown.files == []
    with pytest.raises(discord.NotFound):
        await room.get_partial_message(1).edit(attachments=[a_file("d.png", 8)])
    shown.files = [standin.world.files[kept.attachments[0].id]]
    shown.files[0].expired = True
    with pytest.raises(discord.NotFound):
        await kept.attachments[0].read()


async def test_the_same_nonce_posts_once(standin: DiscordStandin, client: PlainClient) -> None:
    dm = standin.phone.dm(standin.phone.person("ann"))
    room = text_channel(client, dm)
    first, second = await room.send("paid", nonce="job-1"), await room.send("paid", nonce="job-1")
    assert first.id == second.id
    standin.clock.advance(3600)
    assert (await room.send("paid", nonce="job-1")).id != first.id
    assert len(standin.phone.visible(dm)) == 2


async def test_closed_doors(standin: DiscordStandin, client: PlainClient) -> None:
    phone = standin.phone
    ann = phone.person("ann")
    ann.dms_open = False
    dm = await client.create_dm(discord.Object(ann.id))
    assert await refused(dm.send("hi")) == (403, 50007)
    guild = phone.guild("club", ann)
    room = phone.channel(guild)
    await phone.add_bot(guild)
    room.denied = {"attach_files", "create_public_threads"}
    assert await refused(text_channel(client, room).send(file=a_file("a"))) == (403, 50013)
    sent = await text_channel(client, room).send("x")
    assert await refused(sent.create_thread(name="t")) == (403, 50013)
    room.denied = set()
    thread = await sent.create_thread(name="t")
    await thread.send("inside")
    assert [m.text for m in phone.visible(standin.world.channels[thread.id])] == ["inside"]
    assert await refused(sent.create_thread(name="again")) == (400, 160004)
    assert phone.violations == []
