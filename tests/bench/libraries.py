"""Only imports what the process under test imports, says so, and waits: the floor of memory and start.

`python -m tests.bench.libraries telegram` (what a bot on Telegram loads) or `console`.
"""

from __future__ import annotations

import importlib
import sys

COMMON = (
    "aiohttp.web", "aiosqlite", "anyio._backends._asyncio", "fluent.runtime", "httpcore", "httpx", "httpx_aiohttp", "obstore",
    "prometheus_client", "pydantic_settings", "stamina", "structlog", "telegramify_markdown", "typer", "uvloop",
)  # fmt: skip
"""With what httpx loads for its first request: the process under test has made one."""
TELEGRAM = ("aiogram", "aiogram.client.session.aiohttp", "aiogram.methods", "aiogram.types", "aiohttp_socks")


def main(kind: str) -> None:
    for name in (*COMMON, *(TELEGRAM if kind == "telegram" else ())):
        importlib.import_module(name)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
