"""Opens the front ends whose token is set. Their libraries are loaded here and only then: aiogram alone takes seconds."""

from __future__ import annotations

import gc
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field

from aiohttp import web

from bots.commands.dispatch import Dispatcher
from bots.outlet import Outlet
from bots.pace import Pacer
from bots.settings import BadSettings, Problem, Settings
from bots.texts import Texts
from core.catalog import Catalog
from core.plans import Rules
from core.ports import Clock, Store

log = logging.getLogger(__name__)

Route = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Front:
    """A platform that is logged in. `run` hears until `stop()`; `close` ends what was still heard. `says`: sentences for the
    start report."""

    platform: str
    name: str
    outlet: Outlet
    says: tuple[Problem, ...]
    run: Callable[[Dispatcher], Awaitable[None]]
    stop: Callable[[], None]
    close: Callable[[], Awaitable[None]]
    routes: Mapping[str, Route] = field(default_factory=dict)


@contextmanager
def _loading() -> Iterator[None]:
    """What a library makes while it is loaded stays. The collector of cycles, which would look through all of it again and
    again (a sixth of the start, and pauses later), is told to leave it alone."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@dataclass(frozen=True, slots=True)
class Opener:
    """What every front end is opened with."""

    settings: Settings
    store: Store
    clock: Clock
    owner: str
    texts: Texts
    catalog: Catalog
    rules: Rules
    pacer: Pacer

    async def open(self, stack: AsyncExitStack) -> tuple[list[Front], list[tuple[str, Problem]]]:
        """Those that start, and the sentences of those that cannot: one of them failing takes nothing from the other."""
        fronts: list[Front] = []
        failures: list[tuple[str, Problem]] = []
        for platform, token, opener in (
            ("Telegram", self.settings.telegram_bot_token, self._telegram),
            ("Discord", self.settings.discord_bot_token, self._discord),
        ):
            if not token.get_secret_value():
                continue
            try:
                fronts.append(await opener(stack))
            except BadSettings as error:
                failures += [(platform, problem) for problem in error.problems]
        return fronts, failures

    async def _telegram(self, stack: AsyncExitStack) -> Front:
        with _loading():
            from bots.telegram.front import TelegramOptions, open_telegram

        settings = self.settings
        options = TelegramOptions(
            token=settings.telegram_bot_token.get_secret_value(),
            api_url=settings.telegram_api_url,
            api_local=settings.telegram_api_local,
            webhook_url=settings.telegram_webhook_url,
            webhook_secret=settings.telegram_webhook_secret.get_secret_value(),
            proxy=settings.telegram_proxy.get_secret_value(),
        )
        front = await stack.enter_async_context(
            open_telegram(options, store=self.store, clock=self.clock, owner=self.owner, texts=self.texts)
        )

        async def run(dispatcher: Dispatcher) -> None:
            await front.run(dispatcher, self.pacer)

        async def close() -> None:
            """The front end's own run ends what it heard."""

        says = tuple(Problem(key, params) for key, params in front.describe())
        return Front("telegram", front.name, front.outlet, says, run, front.stop, close, front.routes())

    async def _discord(self, stack: AsyncExitStack) -> Front:
        with _loading():
            from bots.discord.book import Book
            from bots.discord.front import DiscordOptions, open_discord

        settings = self.settings
        options = DiscordOptions(
            token=settings.discord_bot_token.get_secret_value(),
            api_url=settings.discord_api_url,
            gateway_url=settings.discord_gateway_url,
            proxy=settings.discord_proxy.get_secret_value(),
            shard_count=settings.discord_shard_count or 0,
            shard_ids=tuple(settings.shard_ids),
        )
        front = await stack.enter_async_context(
            open_discord(options, store=self.store, clock=self.clock, owner=self.owner, texts=self.texts)
        )
        book = Book(self.texts, self.catalog, self.rules)

        async def run(dispatcher: Dispatcher) -> None:
            await front.run(dispatcher, book)

        says = tuple(Problem(key, params) for key, params in front.describe())
        return Front("discord", front.name, front.outlet, says, run, front.stop, front.close)
