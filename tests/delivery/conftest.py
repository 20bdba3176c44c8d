"""The platforms' stand-ins, for what is shown through the real clients."""

from __future__ import annotations

from tests.hostile.conftest import discord, telegram

__all__ = ["discord", "telegram"]
