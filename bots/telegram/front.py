"""Opens the Telegram front end: login, outlet, intake, the menu of commands. The way in for bots/app.py."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.exceptions import TelegramConflictError, TelegramNotFound, TelegramUnauthorizedError
from aiogram.methods import GetMe, Response, SetMyCommands, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import BotCommand
from aiogram.utils.token import TokenValidationError
from aiohttp import web

from bots.commands.table import COMMANDS
from bots.outlet import OutletError
from bots.settings import BadSettings, Problem
from bots.telegram.desk import Desk, Handler
from bots.telegram.exchange import Pace
from bots.telegram.failures import translated
from bots.telegram.intake import Intake
from bots.telegram.outlet import TelegramOutlet
from bots.telegram.reading import Me
from bots.texts import Texts
from core.limits import LIMITS, Limits
from core.ports import Clock, Store
from core.values import Json

log = logging.getLogger(__name__)

LOGIN_S = 30
STOP_S = 5.0
CONNECTIONS = 200
MENU_AGAIN_S = 60.0
MENU_TRIES = 5
DESCRIPTION_MAX = 256


@dataclass(frozen=True, slots=True, repr=False)
class TelegramOptions:
    """The settings of this front end. `api_url` "" = Telegram's own; `webhook_url` "" = long polling; `proxy`: http or
    socks URL."""

    token: str
    api_url: str = ""
    api_local: bool = False
    webhook_url: str = ""
    webhook_secret: str = ""
    proxy: str = ""

    def __repr__(self) -> str:
        return "TelegramOptions(...)"

    @property
    def host(self) -> str:
        return urlsplit(self.api_url or PRODUCTION.base).hostname or ""


class TelegramFront:
    """Logged in, not yet listening. `outlet` works at once; `run` listens until `stop`."""

    def __init__(
        self,
        options: TelegramOptions,
        bot: Bot,
        me: Me,
        store: Store,
        clock: Clock,
        owner: str,
        texts: Texts,
        limits: Limits,
    ) -> None:
        self.outlet = TelegramOutlet(bot, local=options.api_local, name=me.username)
        self._options = options
        self._bot = bot
        self._me = me
        self._store = store
        self._clock = clock
        self._owner = f"{owner}-telegram"
        self._texts = texts
        self._limits = limits
        self._intake: Intake | None = None
        self._stopping = asyncio.Event()

    @property
    def name(self) -> str:
        return self._me.username

    def describe(self) -> list[tuple[str, dict[str, Json]]]:
        """What works, as sentences for the start report: keys and parameters."""
        groups = "start-telegram-all" if self._me.sees_all else "start-telegram-private"
        return [("start-telegram", {"name": self.name}), (groups, {})]

    def routes(self) -> Mapping[str, Callable[[web.Request], Awaitable[web.StreamResponse]]]:
        """What the HTTP port has to serve (POST): the webhook's path, if there is one."""
        if not self._options.webhook_url:
            return {}
        return {urlsplit(self._options.webhook_url).path or "/": self._hook}

    async def run(self, handler: Handler, pace: Pace) -> None:
        """Until `stop()`; raises BadSettings when the token is withdrawn or somebody else keeps reading."""
        desk = Desk(self._bot, self._me, self.outlet, pace, self._store, self._owner, self._texts, handler)
        self._intake = intake = Intake(
            self._bot, self._me, self._store, self._clock, self._owner, self._limits, desk.take, desk.room
        )
        listening, claiming = asyncio.create_task(self._listen(intake)), asyncio.create_task(intake.claim())
        renewing, menu = asyncio.create_task(intake.renew()), asyncio.create_task(self._set_menu())
        stopping = asyncio.create_task(self._stopped())
        tasks = [stopping, listening, claiming, renewing, menu]
        try:
            done, _ = await asyncio.wait(tasks[:-1], return_when=asyncio.FIRST_COMPLETED)
            self._intake = None
            listening.cancel()
            claiming.cancel()  # nothing new; the leases of what runs are still renewed
            await desk.close(STOP_S)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await desk.close(0)

    def stop(self) -> None:
        self._stopping.set()

    async def _stopped(self) -> None:
        await self._stopping.wait()

    async def _listen(self, intake: Intake) -> None:
        try:
            if self._options.webhook_url:
                await intake.set_webhook(self._options.webhook_url, self._options.webhook_secret)
                await self._stopped()
            else:
                await intake.poll()
        except TelegramUnauthorizedError:
            raise BadSettings([Problem("why-token")]) from None
        except TelegramConflictError:
            raise BadSettings([Problem("why-conflict")]) from None

    async def _hook(self, request: web.Request) -> web.StreamResponse:
        if self._intake is None:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "2"})
        return await self._intake.receive(request, self._options.webhook_secret)

    async def _set_menu(self) -> None:
        """The commands that Telegram's app offers, in each language; English is what all others see."""
        for _ in range(MENU_TRIES):
            try:
                with translated():
                    for locale in self._texts.locales:
                        language = None if locale == "en" else locale
                        await self._bot(SetMyCommands(commands=self._commands(locale), language_code=language))
            except OutletError as error:
                log.warning("menu of commands not set: %s: %s", type(error).__name__, error)
                await self._clock.sleep(MENU_AGAIN_S)
            else:
                return

    def _commands(self, locale: str) -> list[BotCommand]:
        everyone = [command.name for command in COMMANDS if command.who == "anyone"]
        return [
            BotCommand(command=name, description=self._texts(locale, f"command-{name}")[:DESCRIPTION_MAX])
            for name in everyone
        ]


@asynccontextmanager
async def open_telegram(
    options: TelegramOptions, *, store: Store, clock: Clock, owner: str, texts: Texts, limits: Limits = LIMITS
) -> AsyncIterator[TelegramFront]:
    """Raises BadSettings with the sentence that holds the fix when the login fails."""
    session = _session(options)
    try:
        bot, me = await _login(options, session)
        yield TelegramFront(options, bot, me, store, clock, owner, texts, limits)
    finally:
        await session.close()


class _Session(AiohttpSession):
    """Keeps the types of the replies: aiogram asks pydantic for one at each call, and pydantic remembers them only until the
    collector comes by; building one anew takes 1 to 6 ms."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._replies: set[type] = set()

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        self._replies.add(Response[method.__returning__])  # type: ignore[name-defined] # only known when it runs
        return super().check_response(bot, method, status_code, content)


def _session(options: TelegramOptions) -> AiohttpSession:
    """The key to other servers is a base URL; a proxy resolves names by itself."""
    api = PRODUCTION
    if options.api_url:
        api = TelegramAPIServer.from_base(options.api_url, is_local=options.api_local)
    if not options.proxy:
        return _Session(api=api, limit=CONNECTIONS)
    try:
        return _Session(api=api, proxy=options.proxy.replace("socks5h://", "socks5://", 1))
    except ValueError as error:
        raise BadSettings([Problem("why-other", {"detail": f"TELEGRAM_PROXY: {error}"})]) from None


async def _login(options: TelegramOptions, session: AiohttpSession) -> tuple[Bot, Me]:
    try:
        bot = Bot(options.token, session=session)
        with translated(but=(TelegramUnauthorizedError, TelegramNotFound)):
            account = await bot(GetMe(), request_timeout=LOGIN_S)
    except (TokenValidationError, TelegramUnauthorizedError, TelegramNotFound):
        raise BadSettings([Problem("why-token")]) from None
    except OutletError:
        raise BadSettings([Problem("why-unreachable", {"host": options.host})]) from None
    return bot, Me(account.id, account.username or "", bool(account.can_read_all_group_messages))
