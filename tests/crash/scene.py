"""One bot's world: a Telegram, a gateway and a folder that outlive every life of the bot, and what a judge looks at."""

from __future__ import annotations

import asyncio
import io
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from PIL import Image

from bots.sandbox.behaviour import Behaviour, Pool
from bots.texts import Texts
from tests.crash.books import Books
from tests.crash.child import Death, Plan
from tests.crash.door import Door, open_door
from tests.crash.lives import Life, Nursery, until
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_chats import BOT_NAME, Chat, Shown, User

words = partial(Texts(), "en")
"""What the bot says, by its key."""

TOKEN = "4242:the-token-of-a-bot-that-is-killed"
TOKEN_PRICE = 1_000
"""Micros of a token, read or written, so that a bill can be counted by hand."""
CHAT_MODEL, MAX_OUTPUT = "gpt-5-mini", 6_000
CONFIG = f"""
[plans.default]
daily_credits = 10000
turns_per_minute = 100

[models."kling-3.0"]
poll = {{ first_s = 0.1, later_s = 0.1, max_s = 0.1 }}

[models.midjourney]
poll = {{ first_s = 0.1, later_s = 0.1, max_s = 0.1 }}

[models."{CHAT_MODEL}"]
max_output = {MAX_OUTPUT}
price = {{ input_per_million = 1000.0, output_per_million = 1000.0 }}
"""
QUICK = replace(Behaviour.instant(), film_side_max=64, image_size=(64, 64), mj=Pool(polls=2))


@dataclass
class Scene:
    """`ann` writes to the bot in private. Lives begin with `start` and end before the scene does."""

    folder: Path
    telegram: TelegramStandIn
    door: Door
    nursery: Nursery
    books: Books
    ann: User
    settings: dict[str, str] = field(default_factory=dict)
    lives: list[Life] = field(default_factory=list)
    limits: dict[str, float] = field(default_factory=dict)
    paces: dict[str, float] = field(default_factory=dict)
    group: Chat | None = None

    async def start(self, death: Death | None = None, **settings: str) -> Life:
        """A life of the bot."""
        environment = {**self.settings, **settings}
        plan = Plan(str(self.folder), f"life-{len(self.lives)}", environment, death, self.limits, self.paces)
        life = await self.nursery.begin(plan)
        self.lives.append(life)
        return life

    async def alive(self, life: Life) -> None:
        """Until it hears messages."""
        await until(lambda: life.code is not None or self._polls(), "listening")
        assert life.code is None, life.log

    def _polls(self) -> bool:
        return any(call.status == 0 and not call.done_at for call in self.telegram.of("getUpdates"))

    async def rest(self, life: Life) -> None:
        """Until all that was asked for has come to its end, or the life has."""
        await until(lambda: life.code is not None or self.resting, "rest")

    @property
    def resting(self) -> bool:
        return not self.telegram.updates.waiting and not self.books.open_work()

    async def finish(self, life: Life) -> None:
        """Whatever happened before, this life brings everything to its end."""
        await self.rest(life)
        assert life.code is None, f"died by itself: {life.code}"
        await life.killed()
        self.books.balance()

    async def leave(self, life: Life) -> bool:
        """Until all has come to its end; then it stops in good order, since a kill could come between its last commit and
        that step's line. False: it died as it was told, before or in its stop."""
        await self.rest(life)
        if life.code is None:
            life.terminate()
        code = await life.ended()
        assert code in ({0, -signal.SIGKILL} if life.plan.death else {0}), f"ended by itself with {code}: {life.log}"
        if code == 0:
            self.books.balance()
        return code == 0

    # --- what people see

    @property
    def messages(self) -> list[Shown]:
        """Of the bot, in the private chat and then in the group."""
        chats: list[User | Chat] = [self.ann, self.group] if self.group else [self.ann]
        return [shown for chat in chats for shown in self.telegram.phone.from_bot(chat)]

    @property
    def media(self) -> list[Shown]:
        return [shown for shown in self.messages if shown.media is not None]

    def saying(self, words: str) -> list[Shown]:
        return [shown for shown in self.messages if words in shown.text]

    def say(self, text: str) -> None:
        self.telegram.phone.say(self.ann, self.ann, text)

    def show(self, words: str) -> None:
        """A red picture, with words."""
        file = io.BytesIO()
        Image.new("RGB", (64, 64), "red").save(file, "JPEG")
        self.telegram.phone.photo(self.ann, self.ann, file.getvalue(), words)

    def call(self, text: str) -> None:
        """In a group, by the bot's name."""
        self.group = self.group or self.telegram.phone.group("club", self.ann)
        self.telegram.phone.say(self.group, self.ann, f"@{BOT_NAME} {text}")

    def report(self) -> str:
        """Everything, for somebody who wonders why a test failed."""
        lines = [f"open: {self.books.open_work()}", f"accepted: {dict(self.door.sandbox.accepted)}"]
        lines += [f"  says {shown.text[:150]!r} {shown.media.kind if shown.media else ''}" for shown in self.messages]
        for life in self.lives:
            lines += [
                f"--- {life.plan.name}, {life.plan.death}, code {life.code}",
                *life.steps,
                *life.log.splitlines()[-40:],
            ]
        return "\n".join(lines)


def _furnish(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "starlight.toml").write_text(CONFIG)


@asynccontextmanager
async def open_scene(
    nursery: Nursery, folder: Path, behaviour: Behaviour = QUICK, database: str = ""
) -> AsyncIterator[Scene]:
    _furnish(folder)
    url = database or f"sqlite:///{folder}/starlight.db"
    async with open_door(replace(behaviour, faults={})) as door, TelegramStandIn(token=TOKEN) as telegram:
        settings = {
            "GATEWAY_BASE_URL": door.sandbox.base_url,
            "GATEWAY_API_KEY": "sk-crash",
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": telegram.url,
            "DATABASE_URL": url,
            "MEDIA_URL": "media",
            "HTTP_PORT": "0",
            "ACCESS_MODE": "open",
            "OWNERS": "telegram:1",
            "STOP_SECONDS": "1",
            "LC_ALL": "en",
        }
        scene = Scene(folder, telegram, door, nursery, Books(url), telegram.phone.person("Ann"), settings)
        try:
            yield scene
            assert telegram.violations == []
        except BaseException as error:
            error.add_note(scene.report())
            raise
        finally:
            await asyncio.gather(*(life.killed() for life in scene.lives))
            scene.books.close()
