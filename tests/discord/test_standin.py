"""The Discord stand-in, proven with the real discord.py: its gateway, faults and limits, and its own process."""

import asyncio
import json
import sys

import aiohttp
import discord
import pytest

from tests.discord.plain import INTENTS, PlainClient, refused, running, seen, text_channel
from tests.standins.discord import DiscordStandin
from tests.standins.discord_faults import Fault


async def test_a_wrong_token_and_a_missing_intent_end_the_login(standin: DiscordStandin) -> None:
    with pytest.raises(discord.LoginFailure):
        async with running(PlainClient(), standin, token="wrong"):
            pass
    nosy = PlainClient(discord.Intents(message_content=True, guilds=True))
    async with nosy:
        await nosy.login(standin.token)
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await nosy.connect()


async def test_words_are_blank_without_the_content_intent_unless_they_are_for_the_bot(
    standin: DiscordStandin, client: PlainClient
) -> None:
    phone = standin.phone
    ann = phone.person("ann")
    guild = phone.guild("club", ann)
    room = phone.channel(guild)
    await phone.add_bot(guild)
    picture = ("cat.png", b"png")
    mine = await text_channel(client, room).send("an answer")
    await phone.say(room, ann, "secret", attachments=[picture])
    await phone.say(room, ann, "hello", mention=True, attachments=[picture])
    await phone.say(room, ann, "why?", reply_to=standin.world.messages[mine.id])
    await phone.say(room, ann, "quietly", reply_to=standin.world.messages[mine.id], ping=False)
    await phone.say(phone.dm(ann), ann, "private")
    messages = await seen(client, 6)
    assert client.user is not None
    assert [m.content for m in messages[1:]] == ["", f"<@{client.user.id}> hello", "why?", "", "private"]
    assert [len(m.attachments) for m in messages[1:3]] == [0, 1]
    resolved = messages[3].reference and messages[3].reference.resolved
    assert isinstance(resolved, discord.Message)
    assert resolved.content == "an answer"


async def test_with_the_content_intent_everything_is_read(standin: DiscordStandin) -> None:
    standin.gateway.privileged = discord.Intents(message_content=True).value
    async with running(PlainClient(INTENTS | discord.Intents(message_content=True)), standin) as client:
        phone = standin.phone
        ann = phone.person("ann")
        guild = phone.guild("club", ann)
        await phone.add_bot(guild)
        await phone.say(phone.channel(guild), ann, "secret")
        assert (await seen(client, 1))[0].content == "secret"


async def test_a_dropped_line_is_resumed_and_nothing_is_missed(standin: DiscordStandin, client: PlainClient) -> None:
    phone = standin.phone
    ann = phone.person("ann")
    await phone.say(phone.dm(ann), ann, "one")
    await seen(client, 1)
    await standin.gateway.drop()
    await phone.say(phone.dm(ann), ann, "two")
    assert [m.content for m in await seen(client, 2)] == ["one", "two"]
    assert standin.gateway.resumes == 1
    assert len(standin.gateway.identifies) == 1


async def test_asked_to_reconnect_it_resumes(standin: DiscordStandin, client: PlainClient) -> None:
    await standin.gateway.ask_to_reconnect()
    await standin.phone.until(lambda: standin.gateway.resumes == 1)
    await standin.gateway.invalidate(resumable=True)
    await standin.phone.until(lambda: standin.gateway.resumes == 2)
    ann = standin.phone.person("ann")
    await standin.phone.say(standin.phone.dm(ann), ann, "again")
    assert (await seen(client, 1))[0].content == "again"


async def test_joining_and_leaving_a_server(standin: DiscordStandin, client: PlainClient) -> None:
    phone = standin.phone
    ann = phone.person("ann")
    guild = phone.guild("club", ann, joined=False)
    room = phone.channel(guild)
    assert await refused(text_channel(client, room).send("hi")) == (403, 50001)
    await phone.add_bot(guild)
    await phone.say(room, ann, "hi", mention=True)
    await seen(client, 1)
    assert [g.name for g in client.joined] == ["club"]
    assert client.joined[0].me.guild_permissions.send_messages
    await text_channel(client, room).send("hi")
    await phone.delete_channel(room)
    assert await refused(text_channel(client, room).send("hi")) == (404, 10003)


async def test_other_peoples_edits_and_link_previews_arrive(standin: DiscordStandin, client: PlainClient) -> None:
    ann = standin.phone.person("ann")
    said = await standin.phone.say(standin.phone.dm(ann), ann, "helo")
    await standin.phone.unfurl(said)
    await standin.phone.edit(said, "hello")
    await standin.phone.say(standin.phone.dm(ann), ann, "end")
    await seen(client, 2)
    assert [(e.data["content"], e.data["edited_timestamp"] is None) for e in client.edits] == [
        ("helo", True),
        ("hello", False),
    ]


async def test_each_shard_gets_its_own_guilds_and_the_first_the_direct_messages(standin: DiscordStandin) -> None:
    phone = standin.phone
    ann = phone.person("ann")
    guilds = [phone.guild("even", ann), phone.guild("odd", ann)]
    guilds[0].id, guilds[1].id = 2 << 22, 3 << 22
    async with running(PlainClient(shard=0), standin) as first, running(PlainClient(shard=1), standin) as second:
        for client, guild in ((first, guilds[0]), (second, guilds[1])):
            assert [g.id for g in client.guilds] == [guild.id]
            await phone.say(phone.channel(guild), ann, guild.name, mention=True)
        await phone.say(phone.dm(ann), ann, "private")
        assert [m.clean_content[-7:] for m in await seen(first, 2)] == ["ht even", "private"]
        assert len(await seen(second, 1)) == 1
    assert standin.gateway.identifies[0]["intents"] == INTENTS.value


async def test_rate_limits_are_told_and_obeyed(standin: DiscordStandin, client: PlainClient) -> None:
    standin.limit(count=2, window_s=0.1)
    dm = standin.phone.dm(standin.phone.person("ann"))
    for number in range(5):
        await text_channel(client, dm).send(f"{number}")
    assert [m.text for m in standin.phone.visible(dm)] == ["0", "1", "2", "3", "4"]
    assert standin.phone.violations == []  # discord.py read the headers and waited


async def test_a_call_over_the_limit_is_refused(standin: DiscordStandin, client: PlainClient) -> None:
    """Two processes do not know of each other: the second meets a 429, waits for retry_after and repeats."""
    standin.limit(count=1, window_s=0.5)
    dm = standin.phone.dm(standin.phone.person("ann"))
    async with running(PlainClient(), standin) as other:
        sending = asyncio.create_task(text_channel(client, dm).send("a"))
        await standin.phone.shows(dm, "a")
        await text_channel(other, dm).send("b")
        await sending
    assert [m.text for m in standin.phone.visible(dm)] == ["a", "b"]
    assert standin.phone.violations == [f"429 for POST /channels/{dm.id}/messages"]


async def test_scripted_faults(standin: DiscordStandin, client: PlainClient) -> None:
    dm = standin.phone.dm(standin.phone.person("ann"))
    room, faults = text_channel(client, dm), standin.faults
    sends = r"/channels/\d+/messages"
    faults.add("POST", sends, Fault("limited", retry_after_s=0.01))
    await room.send("after a 429")
    faults.add("POST", sends, Fault("limited", via=False))
    assert (await refused(room.send("cloudflare")))[0] == 429
    faults.add("POST", sends, Fault("html", status=503))
    assert (await refused(room.send("html")))[0] == 503
    faults.add("POST", sends, Fault("error", status=403, code=50013))
    assert await refused(room.send("no")) == (403, 50013)
    for kind in ("drop_before", "drop_after"):
        faults.add("POST", sends, Fault(kind, when=lambda body: body["content"].startswith("drop")))
        with pytest.raises((discord.DiscordException, OSError, Exception)):
            await room.send(f"drop {kind}")
    assert [m.text for m in standin.phone.visible(dm)] == ["after a 429", "drop drop_after"]
    held = faults.add("POST", sends, Fault("hold"))
    sending = asyncio.create_task(room.send("held"))
    await held.arrived.wait()
    assert len(standin.phone.visible(dm)) == 2
    held.release.set()
    await sending
    assert [c.status for c in standin.phone.calls if c.path.endswith("/messages")] == [
        429,
        200,
        429,
        503,
        403,
        0,
        0,
        200,
    ]


async def test_it_runs_in_a_process_of_its_own() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.standins.discord", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    told = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
    async with aiohttp.ClientSession() as web:

        async def do(action: str, **order: object) -> dict[str, str]:
            async with web.post(told["control_url"], json={"do": action, **order}) as response:
                body: dict[str, str] = await response.json()
                assert response.status == (400 if "error" in body else 200)
                return body

        ann = await do("person", name="ann")
        await do("say", text="hello", **ann)
        shown = await do("visible", **ann)
        assert "hello" in str(shown)
        assert "error" in await do("slash", command="video", **ann)
        headers = {"Authorization": f"Bot {told['token']}"}
        async with web.get(told["api_url"] + "/users/@me", headers=headers) as me:
            assert (await me.json())["bot"] is True
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 10) == 0
