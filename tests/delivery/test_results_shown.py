"""What people see of results on both platforms: the real clients, the stand-ins, a real store, real pictures."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from bots.deliver import Deliverer
from bots.discord.book import Book
from bots.outlet import Outlet, Rendered
from bots.pace import Pacer
from bots.surfaces import RATES
from bots.telegram.outlet import TelegramOutlet
from bots.texts import Texts
from core.catalog import load_catalog
from core.plans import Rules
from core.ports import Media, Store
from core.renditions import FileRenditions
from core.values import Artifact, Job, JobState, Person, Place, RemoteButton, Sender
from storage.engine import open_store
from storage.media import open_media
from tests.clocks import FakeClock
from tests.discord.rig import at as in_channel
from tests.discord.rig import front_end
from tests.standins.discord import DiscordStandin
from tests.standins.discord_world import Channel, Message
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_chats import Shown
from tests.standins.telegram_faults import TelegramLimiter
from tests.telegram.bots import open_bot

GRID = ("U1", "U2", "U3", "U4", "🔄", "V1", "V2", "V3", "V4")


@dataclass
class Home:
    """One person's chat with a bot that delivers."""

    deliverer: Deliverer
    store: Store
    media: Media
    outlet: Outlet
    place: Place
    clock: FakeClock

    async def picture(self, width: int, form: str = "PNG") -> Artifact:
        data = io.BytesIO()
        Image.new("RGB", (width, 32), "red").save(data, form)
        key, _ = await self.media.put(data.getvalue(), 10**9)
        return await FileRenditions(self.media).inspect(key, "a picture")

    async def running(self, origin_id: str, **changes: object) -> Job:
        """An acknowledged order, in the store."""
        job = Job(
            id="job0000000000001",
            person_id="p1",
            account_id="p1",
            place=self.place,
            origin_id=origin_id,
            kind="image",
            model="gpt-image-2",
            family="f",
            prompt="a *red* fox",
            state=JobState.WAITING,
            quote=40_000,
            created_ms=self.clock.now_ms(),
            deadline_ms=2**50,
            due_ms=0,
            progress=20,
        )
        job = replace(job, **changes)  # type: ignore[arg-type]  # tests name real fields
        async with self.store.begin() as tx:
            await tx.jobs.add(job)
        return job


@asynccontextmanager
async def home(outlet: Outlet, place: Place, person_id: int, clock: FakeClock, folder: Path) -> AsyncIterator[Home]:
    media = open_media(str(folder / "media"))
    async with open_store(f"sqlite:///{folder / 'd.db'}", clock) as store:
        async with store.begin() as tx:
            await tx.people.add_person(Person("p1"), Sender(place.platform, str(person_id), "Ann"))
        deliverer = Deliverer(
            {place.platform: outlet},
            Pacer(clock, RATES),
            Texts(),
            clock,
            store=store,
            media=media,
            renditions=FileRenditions(media),
            find=load_catalog().find,
        )
        yield Home(deliverer, store, media, outlet, place, clock)
        await deliverer.close()


async def shown_from_beginning_to_end(at_home: Home, origin_id: str) -> Job:
    """Its acknowledgement, a preview, more of it, and the grid; then the originals of three pictures that are asked for."""
    ack = await at_home.outlet.send(at_home.place, Rendered("accepted"), reply_to=origin_id)
    job = await at_home.running(origin_id, ack_id=ack)
    await at_home.deliverer.progress(job, await at_home.picture(20, "JPEG"))
    at_home.clock.advance(16)
    await at_home.deliverer.progress(replace(job, progress=46), await at_home.picture(30, "JPEG"))
    at_home.clock.advance(16)
    await at_home.deliverer.progress(replace(job, progress=80))
    buttons = tuple(RemoteButton(f"MJ::{label}", label, "other") for label in GRID)
    grid = replace(job, state=JobState.READY, results=(await at_home.picture(64),), buttons=buttons, task_id="17306")
    await at_home.deliverer.deliver(grid)
    await at_home.deliverer.close(30)
    return grid


async def three(at_home: Home, job: Job) -> Job:
    results = tuple([await at_home.picture(width) for width in (40, 50, 60)])
    return replace(job, id="job0000000000003", results=results, buttons=(), ack_id="", task_id="")


# --- Telegram --------------------


@asynccontextmanager
async def on_telegram(folder: Path) -> AsyncIterator[tuple[TelegramStandIn, Home, Shown]]:
    """With Telegram's limits; the last is a person's question."""
    clock = FakeClock()
    async with TelegramStandIn(clock=clock.monotonic, limiter=TelegramLimiter()) as telegram:
        ann = telegram.phone.person()
        question = telegram.phone.say(ann, ann, "a red fox")
        async with open_bot(telegram.url, telegram.token) as bot:
            place = Place("telegram", str(ann.id), private=True)
            async with home(TelegramOutlet(bot), place, ann.id, clock, folder) as at_home:
                yield telegram, at_home, question
        assert telegram.violations == []
        assert [call.method for call in telegram.calls if call.status >= 400] == []


def labels(shown: Shown) -> list[list[str]]:
    return [[button["text"] for button in row] for row in shown.buttons]


async def test_telegram_a_preview_that_grows_then_the_grid_in_a_new_reply(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (telegram, at_home, question):
        await shown_from_beginning_to_end(at_home, str(question.message_id))
        (result,) = telegram.phone.from_bot(question.chat)  # the acknowledgement would keep its preview for ever
        assert result.media is not None and result.media.kind == "photo" and result.media.details["width"] == 64
        assert result.reply_to == question.message_id and not result.silent
        assert labels(result)[:2] == [["U1", "U2", "U3", "U4", "🔄"], ["V1", "V2", "V3", "V4"]]
        assert result.text.startswith("gpt-image-2 · ") and result.text.endswith("\na *red* fox")


async def test_telegram_an_album_with_its_buttons_below_and_the_originals_as_files(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (telegram, at_home, question):
        job = await three(at_home, await at_home.running(str(question.message_id), state=JobState.READY))
        ids = await at_home.deliverer.deliver(job)
        *album, below = telegram.phone.from_bot(question.chat)
        assert ids == tuple(str(each.message_id) for each in (*album, below))
        assert len(album) == 3 and len({each.album for each in album}) == 1
        assert [bool(each.text) for each in album] == [True, False, False]
        assert labels(below)[0] == ["1", "2", "3"] and "3 pictures" in below.text
        await at_home.deliverer.originals(job, at_home.place, None, str(below.message_id))
        files = telegram.phone.from_bot(question.chat)[-3:]
        assert [each.media.kind for each in files if each.media] == ["document"] * 3
        assert [each.media.data for each in files if each.media] == [
            await at_home.media.read(each.media) for each in job.results
        ]
        await at_home.deliverer.show(job, at_home.place, str(below.message_id), 1, "page 2")
        assert below.media is not None and below.media.kind == "photo" and below.media.details["width"] == 50


# --- Discord --------------------


@asynccontextmanager
async def on_discord(discord: DiscordStandin, folder: Path) -> AsyncIterator[tuple[Home, Channel, Message]]:
    """The last is a person's question."""
    book = Book(Texts(), load_catalog(), Rules())
    async with front_end(discord, book) as rig:
        ann = discord.phone.person("ann")
        guild = discord.phone.guild("club", ann)
        room = discord.phone.channel(guild)
        await discord.phone.add_bot(guild)
        question = await discord.phone.say(room, ann, "a red fox", mention=True)
        async with home(rig.front.outlet, in_channel(room), ann.id, FakeClock(), folder) as at_home:
            yield at_home, room, question


async def test_discord_a_preview_that_grows_then_the_grid_in_a_new_reply(
    discord: DiscordStandin, tmp_path: Path
) -> None:
    async with on_discord(discord, tmp_path) as (at_home, room, question):
        job = await shown_from_beginning_to_end(at_home, str(question.id))
        ack, result = discord.phone.from_bot(room)
        assert ack.text == "✓ The picture is ready, see below." and ack.files == [] and ack.labels == []
        assert [file.data for file in result.files] == [await at_home.media.read(job.results[0].media)]
        assert result.reply_to is question and result.pings == {question.author.id}
        assert result.labels[:9] == list(GRID)
        assert result.text.endswith("\na \\*red\\* fox")


async def test_discord_an_album_with_its_buttons_below_and_the_originals(
    discord: DiscordStandin, tmp_path: Path
) -> None:
    async with on_discord(discord, tmp_path) as (at_home, room, question):
        job = await three(at_home, await at_home.running(str(question.id), state=JobState.READY))
        ids = await at_home.deliverer.deliver(job)
        album, below = discord.phone.from_bot(room)
        assert ids == (str(album.id), str(below.id))
        assert [len(album.files), album.labels, below.labels[:3]] == [3, [], ["1", "2", "3"]]
        await at_home.deliverer.show(job, at_home.place, str(below.id), 1, "page 2")
        assert [file.data for file in below.files] == [await at_home.media.read(job.results[1].media)]
        await at_home.deliverer.originals(job, at_home.place, 2, str(question.id))
        original = discord.phone.from_bot(room)[-1]
        assert [file.data for file in original.files] == [await at_home.media.read(job.results[2].media)]
