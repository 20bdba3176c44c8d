"""One bot's world: a Telegram, a gateway and a folder that outlive every life of the bot, and what a judge looks at."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal, TypeVar

import psycopg
from aiohttp import web

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.server import SANDBOX, Sandbox, build_app
from bots.texts import Texts
from tests.crash.child import Death, Plan
from tests.crash.lives import Life, Nursery, until
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_chats import BOT_NAME, Chat, Shown, User

Result = TypeVar("Result")

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

[models."{CHAT_MODEL}"]
max_output = {MAX_OUTPUT}
price = {{ input_per_million = 1000.0, output_per_million = 1000.0 }}
"""
QUICK = replace(Behaviour.instant(), film_side_max=64, image_size=(64, 64))


# --- the gateway --------------------


class Hold:
    """Answers of one route wait here, worked out and not yet sent. `reached`: one does."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.go = asyncio.Event()


class Door:
    """The sandbox gateway and its lines. `held`: answers by route. `closing`: routes after which the line is closed, so that
    the next request comes on a fresh one. `lines`: on which line each request came."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.held: dict[str, Hold] = {}
        self.closing: set[str] = set()
        self.lines: dict[str, list[object]] = defaultdict(list)

    @property
    def behaviour(self) -> Behaviour:
        return self.sandbox.behaviour

    @web.middleware
    async def note(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        assert request.transport is not None
        self.lines[_route(request)].append(request.transport.get_extra_info("peername"))
        response: web.StreamResponse = await handler(request)
        return response

    async def prepare(self, request: web.Request, response: web.StreamResponse) -> None:
        if hold := self.held.get(_route(request)):
            hold.reached.set()
            await hold.go.wait()
        if _route(request) in self.closing:
            response.force_close()


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical if resource else request.path}"


@asynccontextmanager
async def open_door(behaviour: Behaviour) -> AsyncIterator[Door]:
    app = build_app(behaviour)
    door = Door(app[SANDBOX])
    app.middlewares.insert(0, door.note)
    app.on_response_prepare.append(door.prepare)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        door.sandbox.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield door
    finally:
        await runner.cleanup()


# --- the database --------------------

SETTLED_NS = 100_000_000
"""The clock of a file system is coarse: what was written a moment ago may be written again at the same time."""


class Books:
    """What the bot's database says, seen from beside it. An SQLite file is opened for each look: whoever holds one open
    has a part in how it is mended after a crash."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._path = url.removeprefix("sqlite:///") if url.startswith("sqlite:///") else ""
        self._looked_at_ns: int | None = None
        self._open: list[str] = []
        self._server: psycopg.Connection[tuple[Any, ...]] | None = None

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        if not self._path:
            self._server = self._server or psycopg.connect(self.url, autocommit=True)
            return self._server.execute(sql.encode()).fetchall()
        with closing(sqlite3.connect(f"file:{self._path}?mode=rw", uri=True, timeout=10)) as file:
            return file.execute(sql).fetchall()

    def row(self, sql: str) -> tuple[Any, ...]:
        (row,) = self.rows(sql)
        return row

    def open_work(self) -> list[str]:
        """What somebody still has to do: empty when the bot may rest."""
        if (written := self._written_ns()) is None or written != self._looked_at_ns:
            self._looked_at_ns = written
            try:
                self._open = [f"{what} {state}" for what, state in self.rows(_OPEN)]
            except (sqlite3.OperationalError, psycopg.errors.UndefinedTable) as error:
                self._open = [f"no tables yet: {error}"]
        return self._open

    def _written_ns(self) -> int | None:
        """When the database's files changed: asking the system is cheap. None: just now, or nobody can tell."""
        paths = [Path(f"{self._path}{tail}") for tail in ("", "-wal")] if self._path else []
        changed_ns = max((path.stat().st_mtime_ns for path in paths if path.exists()), default=None)
        return None if changed_ns is None or time.time_ns() - changed_ns < SETTLED_NS else changed_ns

    def balance(self) -> None:
        """Entries and balances agree, and no hold is left open."""
        sums = self.rows(
            "SELECT account_id, SUM(daily), SUM(kept) FROM entries GROUP BY account_id ORDER BY account_id"
        )
        accounts = self.rows("SELECT id, daily, kept FROM accounts ORDER BY id")
        moved = {name: (int(daily), int(kept)) for name, daily, kept in sums}
        assert {
            name: (daily, kept) for name, daily, kept in accounts if (daily, kept) != (0, 0) or name in moved
        } == moved
        assert all(daily >= 0 and kept >= 0 for name, daily, kept in accounts if name != "house")
        holds = "SELECT ref FROM entries WHERE step = 'hold' EXCEPT SELECT ref FROM entries WHERE step = 'settle'"
        assert self.rows(holds) == []

    def charged(self, ref: str) -> int:
        """Micros that stayed taken for a job or a turn."""
        entries = self.rows("SELECT ref, daily + kept FROM entries")
        return -sum(int(amount) for of, amount in entries if of == ref)

    def leased(self) -> list[tuple[str]]:
        """What is in the hands of a process."""
        return self.rows(_LEASED)


_LEASED = """SELECT 'inbox' FROM inbox WHERE NOT done AND owner <> ''
    UNION ALL SELECT 'turns' FROM turns WHERE state IN ('running', 'answered') AND owner <> ''
    UNION ALL SELECT 'jobs' FROM jobs WHERE owner <> ''"""
_OPEN = """SELECT 'event', id FROM inbox WHERE NOT done
    UNION ALL SELECT 'turn', state FROM turns WHERE state NOT IN ('done', 'dropped')
    UNION ALL SELECT 'job', state FROM jobs
        WHERE NOT (state = 'done' OR (state IN ('failed', 'unsure', 'cancelled') AND told))
    UNION ALL SELECT 'notice', key FROM notices WHERE NOT done"""


# --- all of it --------------------


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


# --- many scenes at once --------------------

AT_ONCE = 12
"""So many play at the same time: most of a life is waiting."""

Play = Callable[[Path], Awaitable[Result]]
"""A scene in a folder of its own."""


async def together(folder: Path, plays: Mapping[str, Play[Result]]) -> list[Result]:
    """Play them side by side; raises what went wrong in all of them."""
    seats = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, name: str, play: Play[Result]) -> Result:
        async with seats:
            try:
                return await play(folder / f"scene-{number}")
            except Exception as error:
                error.add_note(f"in: {name}")
                raise

    ended = await asyncio.gather(
        *(one(number, *item) for number, item in enumerate(plays.items())), return_exceptions=True
    )
    failures = [each for each in ended if isinstance(each, Exception)]
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(plays)} end badly", failures)
    return [each for each in ended if not isinstance(each, BaseException)]


# --- a crash at every commit --------------------

WHEN: tuple[Literal["before"], Literal["after"]] = ("before", "after")

Ask = Callable[[Scene], None]
Judge = Callable[[Scene, Life, "Seen"], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the phone showed when a life ended."""

    messages: tuple[Shown, ...]

    @classmethod
    def of(cls, scene: Scene) -> Seen:
        return cls(tuple(scene.messages))


async def crash_everywhere(
    nursery: Nursery, folder: Path, ask: Ask, judge: Judge, *, since: str = "inbox.add"
) -> list[str]:
    """Let it go well once; then kill the bot before and after each commit of that life, from the first whose name has
    `since` on, start it again, and judge. Returns these commits."""

    async def crash(death: Death, own: Path) -> bool:
        async with open_scene(nursery, own) as scene:
            ask(scene)
            first = await scene.start(death)
            died = not await scene.leave(first)
            seen = Seen.of(scene)
            if died:
                await scene.finish(await scene.start())
            judge(scene, first, seen)
            return died

    async with open_scene(nursery, folder / "well") as scene:
        ask(scene)
        life = await scene.start()
        await scene.leave(life)
        judge(scene, life, Seen.of(scene))
        steps = list(takewhile(lambda step: "release" not in step, life.steps))
    begin = next(number for number, name in enumerate(steps) if since in name)
    deaths = [Death(when, number) for number in range(begin + 1, len(steps) + 1) for when in WHEN]
    died = await together(folder, {str(death): partial(crash, death) for death in deaths})
    assert sum(died) >= len(deaths) - 4, "the lives do not come to their deaths"
    return steps[begin:]
