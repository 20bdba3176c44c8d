"""The whole bot on one of the platforms' strict stand-ins, with the sandbox as its gateway, in front of people who mean harm
or simply make mistakes. Money is looked at in the database, words on the phones."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

from bots.app import Bot, build_bot, open_core
from bots.front import Opener
from bots.pace import Rates
from bots.sandbox.behaviour import Behaviour
from bots.sandbox.server import Sandbox
from bots.sandbox.server import serve as serve_gateway
from bots.settings import Settings
from bots.surfaces import RATES
from storage.clock import SystemClock
from tests.standins.discord import DiscordStandin
from tests.standins.telegram import TelegramStandIn

CHAT, PICTURES, FILMS, FILM = (
    "POST /v1/chat/completions",
    "POST /v1/images/generations",
    "POST /v1/videos",
    "GET /v1/videos/{id}",
)
"""Routes of the gateway, for its faults."""

CONFIG = """
[plans.default]
daily_credits = 100
turns_per_minute = 1000

[models."kling-3.0"]
poll = { first_s = 0.05, later_s = 0.05, max_s = 0.05 }
"""


def quick(tokens_per_s: float = 0) -> Behaviour:
    """A gateway of one test: nothing takes time but, if wanted, the words."""
    return replace(Behaviour.instant(), film_side_max=64, image_size=(64, 64), tokens_per_s=tokens_per_s)


class MovedClock(SystemClock):
    """The real time, with a jump now and then."""

    def __init__(self) -> None:
        self.offset_s = 0.0

    def now_ms(self) -> int:
        return super().now_ms() + int(self.offset_s * 1000)

    def to_the_beginning_of(self, span_s: int) -> None:
        """Back to where an hour or a day (UTC) has just begun, so that it does not end in the middle of a test."""
        self.offset_s -= self.now_ms() / 1000 % span_s


Books = tuple[tuple[Any, ...], ...]
"""What the database says of money. Two of them differ when a micro has moved."""

SPENT = "step IN ('hold', 'settle', 'excess', 'book')"


@dataclass(slots=True)
class House:
    """The bot, its gateway, and a look into its database."""

    bot: Bot
    gateway: Sandbox
    clock: MovedClock

    def rows(self, sql: str, *values: str) -> list[tuple[Any, ...]]:
        path = self.bot.core.settings.database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, timeout=10)) as connection:
            return connection.execute(sql, values).fetchall()

    def books(self) -> Books:
        """What was held and paid: allowances that were topped up are no spending."""
        return tuple(
            self.rows(f"SELECT ref, step, account_id, daily, kept FROM entries WHERE {SPENT} ORDER BY ref, step")  # noqa: S608 # ours
        )

    def spent(self) -> int:
        """Micros that people and the house have paid so far, holds included."""
        ((sum_,),) = self.rows(f"SELECT COALESCE(-SUM(daily + kept), 0) FROM entries WHERE {SPENT}")  # noqa: S608 # ours
        return int(sum_)

    async def check_books(self) -> None:
        """No account but the house's is negative, entries are balances, nothing is held for ever."""
        async with self.bot.core.store.read() as tx:
            assert await tx.ledger.open_holds() == []
            for (account_id,) in self.rows("SELECT id FROM accounts"):
                account = await tx.ledger.account(account_id)
                assert await tx.ledger.entries_sum(account_id) == account.balance
                assert account_id == "house" or min(account.daily, account.kept) >= 0, account

    async def at_rest(self) -> None:
        """Until nothing is answered, made or brought any more."""
        async with asyncio.timeout(20):
            while self._open():  # noqa: ASYNC110 # looked at from beside
                await asyncio.sleep(0.01)  # the database tells nobody

    def _open(self) -> bool:
        turns = self.rows("SELECT 1 FROM turns WHERE state NOT IN ('done', 'dropped')")
        jobs = self.rows(
            "SELECT 1 FROM jobs WHERE state IN ('queued', 'sending', 'waiting', 'modal', 'ready')"
            " OR (NOT told AND state IN ('failed', 'unsure'))"
        )
        inbox = self.rows("SELECT 1 FROM inbox WHERE NOT done")
        return bool(turns or jobs or inbox)

    def asked(self, route: str = CHAT) -> int:
        """How often the gateway was asked there."""
        return sum(seen.route == route for seen in self.gateway.requests)


Platform = Literal["telegram", "discord"]


@asynccontextmanager
async def open_house(
    platform: Platform,
    standin: TelegramStandIn | DiscordStandin,
    folder: Path,
    *,
    owner: int,
    access: Literal["open", "closed"] = "open",
    config: str = CONFIG,
    behaviour: Behaviour | None = None,
    gateway_url: str = "",
    paced: bool = False,
) -> AsyncIterator[House]:
    """The bot, up and listening. `gateway_url`: somebody else's gateway in place of the sandbox. `paced`: at the platform's
    real pace, which most tests need not wait for."""
    file = folder / "starlight.toml"
    file.write_text(config, "utf-8")
    clock = MovedClock()
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(serve_gateway(behaviour=behaviour or quick()))
        settings = Settings.model_validate(
            {
                "gateway_base_url": gateway_url or gateway.base_url,
                "gateway_api_key": "sk-hostile-test",
                "database_url": f"sqlite:///{folder}/starlight.db",
                "media_url": str(folder / "media"),
                "owners": f"{platform}:{owner}",
                "access_mode": access,
                "config_file": str(file),
                **_addresses(standin),
            }
        )
        bot = await stack.enter_async_context(_listening(settings, clock, RATES if paced else {}))
        yield House(bot, gateway, clock)


def _addresses(standin: TelegramStandIn | DiscordStandin) -> dict[str, str]:
    if isinstance(standin, TelegramStandIn):
        return {"telegram_bot_token": standin.token, "telegram_api_url": standin.url}
    return {
        "discord_bot_token": standin.token,
        "discord_api_url": standin.api_url,
        "discord_gateway_url": standin.gateway_url,
    }


@asynccontextmanager
async def _listening(settings: Settings, clock: MovedClock, rates: Mapping[str, Rates]) -> AsyncIterator[Bot]:
    async with AsyncExitStack() as stack:
        stack.enter_context(patch("bots.app.SystemClock", lambda: clock))
        core = await stack.enter_async_context(open_core(settings))
        bot = build_bot(core, rates)
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
        try:
            yield bot
        finally:
            front.stop()
            await bot.dispatcher.close()
            await bot.turns.close(0.5)
            await bot.services.answers.close(1)
            await bot.worker.stop(0.5)
            await bot.services.deliverer.close()
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            await front.close()
