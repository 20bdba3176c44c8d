"""One bot with all three front ends at once, and the sandbox as its gateway: Telegram and Discord by their real libraries on
strict stand-ins, the console on a pipe. People who share nothing play one scene each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from bots.app import Bot, build_bot, learn_models, open_core
from bots.front import Opener
from bots.sandbox.server import serve as serve_gateway
from bots.settings import Settings
from tests.hostile.rig import House, MovedClock, quick
from tests.standins.discord import DiscordStandin
from tests.standins.telegram import TelegramStandIn

TOKEN = "4242:the-token-of-a-bot-on-three-platforms"

CONFIG = """
[plans.default]
daily_credits = 1000000
turns_per_minute = 10000

[chat]
summary_model = "{summary_model}"

[models."kling-3.0"]
poll = {{ first_s = 0.05, later_s = 0.05, max_s = 0.05 }}
"""

LOOK_S = 0.02
"""So often the worker looks whether anything is due while orders are open."""
LATE_S = 0.5
"""And so often, whether a task that ran out of time is there after all."""
SMALL_TILE = 64 * 64
"""Pixels of one of Midjourney's four pictures: nobody looks at them."""


class QuickClock(MovedClock):
    """Pauses are a fifth as long: nothing here is paced but what is shown of answers that grow."""

    SPEED = 5

    def monotonic(self) -> float:
        return (super().monotonic() + self.offset_s) * self.SPEED

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / self.SPEED)


@dataclass(frozen=True, slots=True)
class Whole:
    """`house`: the bot, its gateway and its books. `folder`: where the console puts results."""

    house: House
    telegram: TelegramStandIn
    discord: DiscordStandin
    folder: Path

    async def in_seconds(self, seconds: float) -> None:
        """The bot's clock jumps on, and who waits for a time looks at it."""
        self.house.clock.offset_s += seconds
        self.house.bot.core.store.wake("notices")


@asynccontextmanager
async def open_whole(folder: Path, *, summary_model: str, config: str = "") -> AsyncIterator[Whole]:
    """Up and listening on all three. At the end the books must be in order, and no platform has been called wrongly.
    `config`: more of starlight.toml."""
    file = folder / "starlight.toml"
    file.write_text(CONFIG.format(summary_model=summary_model) + config, "utf-8")
    async with AsyncExitStack() as stack:
        stack.enter_context(patch("bots.sandbox.mj_plans.TILE_AREA", SMALL_TILE))
        stack.enter_context(patch("core.lines.BUSY_S", LOOK_S))
        stack.enter_context(patch("core.worker.LATE_EVERY_S", LATE_S))
        telegram = await stack.enter_async_context(TelegramStandIn(token=TOKEN))
        discord = await stack.enter_async_context(DiscordStandin())
        gateway = await stack.enter_async_context(serve_gateway(behaviour=quick()))
        gateway.behaviour.models["deepseek-v3.2"] = "chat"
        settings = Settings.model_validate(
            {
                "gateway_base_url": gateway.base_url,
                "gateway_api_key": "sk-whole-test",
                "database_url": f"sqlite:///{folder}/starlight.db",
                "media_url": str(folder / "media"),
                "access_mode": "open",
                "config_file": str(file),
                "telegram_bot_token": telegram.token,
                "telegram_api_url": telegram.url,
                "discord_bot_token": discord.token,
                "discord_api_url": discord.api_url,
                "discord_gateway_url": discord.gateway_url,
            }
        )
        clock = QuickClock()
        bot = await stack.enter_async_context(_listening(settings, clock))
        await discord.phone.until(lambda: discord.gateway.connected and 0 in discord.world.commands)
        house = House(bot, gateway, clock)
        yield Whole(house, telegram, discord, folder)
        await house.at_rest()
        await house.check_books()
        assert telegram.violations == []
        assert discord.phone.violations == []


@asynccontextmanager
async def _listening(settings: Settings, clock: MovedClock) -> AsyncIterator[Bot]:
    """As `bots.app.run_bot` does it, but at no platform's pace."""
    async with AsyncExitStack() as stack:
        stack.enter_context(patch("bots.app.SystemClock", lambda: clock))
        core = await stack.enter_async_context(open_core(settings))
        await learn_models(core)
        bot = build_bot(core, rates={})
        opener = Opener(
            settings, core.store, core.clock, core.owner, bot.services.texts, core.catalog, core.rules, bot.pacer
        )
        fronts, failures = await opener.open(stack)
        assert failures == []
        bot.outlets.update({front.platform: front.outlet for front in fronts})
        loops = [
            asyncio.create_task(bot.worker.run()),
            asyncio.create_task(bot.turns.run_checkpoints()),
            asyncio.create_task(bot.services.summaries.run()),
            asyncio.create_task(bot.shelving.run()),
            asyncio.create_task(core.troubles.run(bot.services.directory)),
            *(asyncio.ensure_future(front.run(bot.dispatcher)) for front in fronts),
        ]
        try:
            yield bot
        finally:
            for front in fronts:
                front.stop()
            await bot.dispatcher.close()
            await bot.turns.close(0.5)
            await bot.services.answers.close(1)
            await bot.worker.stop(0.5)
            await bot.services.deliverer.close()
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            for front in fronts:
                await front.close()
