"""The whole bot on Discord: real commands, core, store and sandbox gateway behind the front end, seen from phones."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bots.app import Bot, build_bot, open_core
from bots.front import Opener
from bots.sandbox.behaviour import Behaviour
from bots.sandbox.server import serve as serve_gateway
from bots.settings import Settings
from tests.discord.plain import INTENTS
from tests.standins.discord import DiscordStandin
from tests.standins.discord_faults import Fault, FaultKind
from tests.standins.discord_world import Channel, Message, Person


@asynccontextmanager
async def whole_bot(standin: DiscordStandin, gateway_url: str, folder: Path, owner: Person) -> AsyncIterator[Bot]:
    settings = Settings.model_validate(  # of these values alone, not of the environment
        {
            "gateway_base_url": gateway_url,
            "gateway_api_key": "sk-test",
            "discord_bot_token": standin.token,
            "discord_api_url": standin.api_url,
            "discord_gateway_url": standin.gateway_url,
            "database_url": f"sqlite:///{folder}/starlight.db",
            "media_url": str(folder / "media"),
            "owners": f"discord:{owner.id}",
        }
    )
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(open_core(settings))
        bot = build_bot(core)
        opener = Opener(
            settings, core.store, core.clock, core.owner, bot.services.texts, core.catalog, core.rules, bot.pacer
        )
        (front,), failures = await opener.open(stack)
        assert failures == []
        bot.outlets[front.platform] = front.outlet
        await bot.services.directory.set_owners(settings.owner_list)
        loops = [
            asyncio.create_task(bot.worker.run()),
            asyncio.create_task(bot.turns.run_checkpoints()),
            asyncio.ensure_future(front.run(bot.dispatcher)),
        ]
        await standin.phone.until(lambda: standin.gateway.connected and 0 in standin.world.commands)
        yield bot
        front.stop()
        await bot.turns.close(1)
        await bot.services.answers.close(5)
        await bot.worker.stop(1)
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await front.close()


class Scene:
    """An owner in her direct messages and in a server, and the bot."""

    def __init__(self, standin: DiscordStandin, bot: Bot, ann: Person, room: Channel) -> None:
        self.standin, self.phone, self.bot = standin, standin.phone, bot
        self.ann, self.room, self.dm = ann, room, standin.phone.dm(ann)

    async def finished(self, channel: Channel, part: str, person: Person | None = None) -> Message:
        """The answer that contains `part`, when it has lost its Stop button."""
        return await self.phone.until(
            lambda: next(
                (m for m in self.phone.from_bot(channel, person) if part in m.text and "Stop" not in str(m.labels)),
                None,
            )
        )


@pytest.fixture
async def scene(standin: DiscordStandin, tmp_path: Path) -> AsyncIterator[Scene]:
    assert INTENTS.value  # discord.py is loaded quietly before our package loads it
    phone = standin.phone
    ann = phone.person("ann")
    guild = phone.guild("club", ann)
    room = phone.channel(guild)
    async with (
        serve_gateway(behaviour=replace(Behaviour.instant(), tokens_per_s=2000)) as gateway,
        whole_bot(standin, gateway.base_url, tmp_path, ann) as bot,
    ):
        yield Scene(standin, bot, ann, room)
    assert phone.violations == []


async def test_talking_in_a_direct_message(scene: Scene) -> None:
    await scene.phone.say(scene.dm, scene.ann, "What is a fox?")
    first = await scene.finished(scene.dm, "What is a fox?")
    assert len(scene.dm.typing) >= 1
    await scene.phone.say(scene.dm, scene.ann, "And a bear?")
    second = await scene.finished(scene.dm, "And a bear?")
    assert second is not first and "earlier messages" in second.text


async def test_an_edited_question_is_answered_again(scene: Scene) -> None:
    said = await scene.phone.say(scene.dm, scene.ann, "What is a fx?")
    await scene.finished(scene.dm, "What is a fx?")
    await scene.phone.edit(said, "What is a fox?")
    await scene.finished(scene.dm, "What is a fox?")
    await scene.phone.unfurl(said)
    await scene.phone.say(scene.dm, scene.ann, "end")
    await scene.finished(scene.dm, "end")
    assert sum("What is a fox?" in m.text for m in scene.phone.from_bot(scene.dm)) == 1


async def test_in_a_server_it_answers_who_calls_it(scene: Scene) -> None:
    said = await scene.phone.say(scene.room, scene.ann, "what is a fox?", mention=True)
    answer = await scene.finished(scene.room, "what is a fox?")
    assert answer.reply_to is said and answer.pings == {scene.ann.id}
    await scene.phone.say(scene.room, scene.ann, "among ourselves")
    await scene.phone.say(scene.room, scene.ann, "why?", reply_to=answer)
    again = await scene.finished(scene.room, "why?")
    assert "earlier messages" in again.text
    assert not any("among ourselves" in m.text for m in scene.phone.from_bot(scene.room))


async def test_chat_by_slash_fills_the_thinking_message(scene: Scene) -> None:
    used = await scene.phone.slash(scene.room, scene.ann, "chat", {"question": "what is a fox?"})
    answer = await scene.finished(scene.room, "what is a fox?")
    assert used.original is answer


async def test_a_long_answer_arrives_whole(scene: Scene) -> None:
    scene.standin.limit()
    await scene.phone.say(scene.dm, scene.ann, "[long 700]")
    await scene.phone.until(lambda: any("w0699" in m.text for m in scene.phone.from_bot(scene.dm)), cap_s=60)
    parts = [m.text for m in scene.phone.from_bot(scene.dm)]
    assert " ".join(parts).split() == [f"w{number:04d}" for number in range(700)]
    assert all(len(part) <= 2000 for part in parts)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "limited"])
async def test_a_lost_call_neither_loses_nor_doubles_words(scene: Scene, fault: FaultKind) -> None:
    for method, path in (("POST", r"/channels/\d+/messages"), ("PATCH", r"/channels/.*")):
        scene.standin.faults.add(method, path, Fault(fault, times=2, retry_after_s=0.01))
    await scene.phone.say(scene.dm, scene.ann, "[long 500]")
    await scene.phone.until(lambda: any("w0499" in m.text for m in scene.phone.from_bot(scene.dm)), cap_s=60)
    parts = [m.text for m in scene.phone.from_bot(scene.dm)]
    assert " ".join(parts).split() == [f"w{number:04d}" for number in range(500)]


async def test_a_result_whose_upload_was_lost_is_shown_once(scene: Scene) -> None:
    """Nobody knows whether the upload arrived: it is repeated, and Discord drops the second by its nonce."""
    scene.standin.faults.add(
        "POST", r"/channels/\d+/messages", Fault("drop_after", when=lambda body: bool(body.get("attachments")))
    )
    await scene.phone.slash(scene.room, scene.ann, "image", {"prompt": "a red fox"})
    await scene.phone.until(lambda: sum(bool(call.files) for call in scene.phone.calls) == 2, cap_s=30)
    (picture,) = [m for m in scene.phone.from_bot(scene.room) if m.files]
    assert picture.pings == {scene.ann.id}


async def test_a_picture_from_order_to_buttons(scene: Scene) -> None:
    used = await scene.phone.slash(scene.room, scene.ann, "image", {"prompt": "a red fox"})
    acknowledgement = await scene.phone.answered(used)
    assert acknowledgement is not None
    picture = await scene.phone.until(lambda: next((m for m in scene.phone.from_bot(scene.room) if m.files), None))
    assert picture.files[0].data[:4] in (b"\x89PNG", b"\xff\xd8\xff\xe0", b"RIFF")
    assert picture.pings == {scene.ann.id}
    await scene.phone.until(lambda: not acknowledgement.labels)
    again = next(c["custom_id"] for c in picture.controls if c["custom_id"].endswith(":again"))
    await scene.phone.press(picture, again, scene.ann)
    await scene.phone.until(lambda: sum(bool(m.files) for m in scene.phone.from_bot(scene.room)) == 2)


async def test_what_is_private_is_for_the_asker_alone(scene: Scene) -> None:
    bob = scene.phone.person("bob")
    used = await scene.phone.slash(scene.room, scene.ann, "balance")
    answer = await scene.phone.answered(used)
    assert answer is not None and answer.ephemeral
    assert scene.phone.visible(scene.room, bob) == []


async def test_strangers_hear_one_sentence_in_private_and_nothing_elsewhere(scene: Scene) -> None:
    bob = scene.phone.person("bob")
    dm = scene.phone.dm(bob)
    await scene.phone.say(scene.room, bob, "hello?", mention=True)
    for _ in range(2):
        await scene.phone.say(dm, bob, "hello?")
    await scene.phone.until(lambda: scene.phone.from_bot(dm))
    await scene.phone.say(scene.dm, scene.ann, "end")
    await scene.finished(scene.dm, "end")
    assert len(scene.phone.from_bot(dm)) == 1
    assert scene.phone.from_bot(scene.room) == []


async def test_an_unknown_value_is_explained(scene: Scene) -> None:
    used = await scene.phone.slash(scene.dm, scene.ann, "video", {"prompt": "a cat", "model": "no-such-model"})
    answer = await scene.phone.answered(used)
    assert answer is not None and "no-such-model" in answer.text


async def test_a_video_with_a_cancel_button(scene: Scene) -> None:
    used = await scene.phone.slash(scene.dm, scene.ann, "video", {"prompt": "a cat [slow]"})
    acknowledgement = await scene.phone.answered(used)
    assert acknowledgement is not None
    cancel = next(c["custom_id"] for c in acknowledgement.controls if c["custom_id"].endswith(":cancel"))
    pressed = await scene.phone.press(acknowledgement, cancel, scene.ann)
    await scene.phone.answered(pressed)
    await scene.phone.until(lambda: not any(":cancel" in str(c) for c in acknowledgement.controls))
