"""The platforms' stand-ins, for what is shown through the real clients, and the benches of the deliverer."""

from __future__ import annotations

from tests.delivery.bench import bench, discord_bench
from tests.hostile.conftest import discord, telegram

__all__ = ["bench", "discord", "discord_bench", "telegram"]
