"""The stand-in in a process of its own, for a bench: started with one JSON line on stdout, driven over HTTP.

`POST /phone/say` takes [{"chat", "text"}, ...] (private chats by the person's id, made on the way) and returns the
monotonic time of each; `GET /phone/report` returns calls, visible texts and violations; `POST /phone/reset` forgets them.
CLOCK_MONOTONIC is one for all processes of a machine, so the times compare with the bench's own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import signal
import sys
import time
from typing import Any

from aiohttp import web

from tests.standins.telegram import TOKEN, TelegramStandIn
from tests.standins.telegram_faults import Call, TelegramLimiter


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    options = argparse.ArgumentParser(description="A stand-in for the Telegram Bot API.")
    options.add_argument("--port", type=int, default=0, help="0 = any free one")
    options.add_argument("--token", default=TOKEN)
    options.add_argument("--latency-ms", type=float, default=0.0, help="added to each call but getUpdates")
    options.add_argument("--limiter", action="store_true", help="limit as Telegram does: 3 then 1/s, 20/min, 30/s")
    asyncio.run(_serve(options.parse_args()))


async def _serve(options: argparse.Namespace) -> None:
    telegram = TelegramStandIn(
        token=options.token,
        latency_s=options.latency_ms / 1000,
        limiter=TelegramLimiter() if options.limiter else None,
    )
    control = Control(telegram)
    telegram.extra_routes |= {
        "/phone/say": control.say,
        "/phone/report": control.report,
        "/phone/reset": control.reset,
    }
    await telegram.start(options.port)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    sys.stdout.write(json.dumps({"url": telegram.url, "token": telegram.token}) + "\n")
    sys.stdout.flush()
    await stop.wait()
    await telegram.close()


class Control:
    """What a bench may ask of the people behind the stand-in."""

    def __init__(self, telegram: TelegramStandIn) -> None:
        self._telegram = telegram

    async def say(self, request: web.BaseRequest) -> list[float]:
        """People write; the times at which their messages were there for the bot."""
        phone = self._telegram.phone
        times = []
        for item in await request.json():
            known = self._telegram.state.chats.get(item["chat"])
            person = (
                known.members[item["chat"]]
                if known is not None
                else phone.person(f"P{item['chat']}", user_id=item["chat"])
            )
            times.append(time.monotonic())
            phone.say(person, person, item["text"])
        return times

    def report(self, request: web.BaseRequest) -> dict[str, Any]:
        """Everything seen since the last reset."""
        telegram = self._telegram
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "calls": [_call_row(call) for call in telegram.calls if call.method != "getUpdates"],
            "visible": {
                chat_id: [
                    {"text": shown.text, "at": shown.sent_at, "bot": shown.sender.is_bot}
                    for shown in chat.messages.values()
                ]
                for chat_id, chat in telegram.state.chats.items()
            },
            "violations": telegram.violations,
            "cpu_s": usage.ru_utime + usage.ru_stime,
        }

    def reset(self, request: web.BaseRequest) -> bool:
        """Forget calls and messages; people stay."""
        self._telegram.calls.clear()
        self._telegram.violations.clear()
        for chat in self._telegram.state.chats.values():
            chat.messages.clear()
            chat.drafts.clear()
        return True


def _call_row(call: Call) -> dict[str, Any]:
    return {
        "method": call.method,
        "chat": call.chat,
        "at": call.at,
        "done_at": call.done_at,
        "status": call.status,
        "chars": len(call.params.get("text", "")),
    }
