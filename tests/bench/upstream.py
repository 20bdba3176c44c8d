"""A lean model and film gateway for the bench, in a process of its own: `python -m tests.bench.upstream --rate 40`.

Streams `--tokens` tokens at `--rate` a second to each question, and notes when each question came and its first and last
token went, by the mark (`#name`) in the question's last message. Its tasks are in `tasks.py`. Times are
CLOCK_MONOTONIC, which is one for all processes of a machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.bench.tasks import Tasks

_MARK = re.compile(r"#(\w+)")
PARAGRAPH = 40


def answer_of(mark: str, tokens: int) -> list[str]:
    """The tokens of an answer: words that can be told apart, in paragraphs."""
    ends = [".\n\n" if number % PARAGRAPH == 0 and number < tokens else " " for number in range(1, tokens + 1)]
    return [f"{mark}w{number:03d}{end}" for number, end in enumerate(ends, 1)]


class Upstream:
    def __init__(self, tokens: int, rate: float, film: bytes, look_s: float) -> None:
        self._tokens = tokens
        self._rate = rate
        self._tasks = Tasks(film, look_s)
        self.times: dict[str, list[float]] = {}  # mark -> came, first token, last token
        self.open = 0

    def app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_get("/v1/models", self.models)
        app.router.add_post("/v1/chat/completions", self.chat)
        app.router.add_get("/bench/times", self.told_times)
        self._tasks.add_to(app)
        return app

    # --- answers --------------------

    async def models(self, _request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "gpt-5-mini", "object": "model"}]})

    async def chat(self, request: web.Request) -> web.StreamResponse:
        came = time.monotonic()
        question = (await request.json())["messages"][-1]["content"]
        mark = _MARK.findall(question)[-1]
        self.times[mark] = [came]
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        self.open += 1
        try:
            await self._stream(response, mark)
        finally:
            self.open -= 1
        return response

    async def _stream(self, response: web.StreamResponse, mark: str) -> None:
        loop, tokens = asyncio.get_running_loop(), answer_of(mark, self._tokens)
        begun = loop.time()
        for number, token in enumerate(tokens):
            pause = begun + number / self._rate - loop.time()
            if pause > 0:
                await asyncio.sleep(pause)
            if number in {0, len(tokens) - 1}:
                self.times[mark].append(time.monotonic())
            await response.write(_chunk(mark, {"content": token}))
        usage = {"prompt_tokens": 50, "completion_tokens": len(tokens), "total_tokens": 50 + len(tokens)}
        await response.write(_chunk(mark, {}, "stop") + _chunk(mark, None, usage=usage) + b"data: [DONE]\n\n")

    async def told_times(self, _request: web.Request) -> web.Response:
        return web.json_response({"times": self.times, "open": self.open})


def _chunk(mark: str, delta: dict[str, str] | None, reason: str | None = None, usage: Any = None) -> bytes:
    """As OpenAI writes it; without a delta the last chunk, which has the usage alone."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
    chunk = {
        "id": f"chatcmpl-{mark}",
        "object": "chat.completion.chunk",
        "created": 1_760_000_000,
        "model": "gpt-5-mini-2025-08-07",
        "service_tier": "default",
        "system_fingerprint": None,
        "choices": [] if delta is None else [choice],
        "usage": usage,
    }
    return b"data: " + json.dumps(chunk, separators=(",", ":")).encode() + b"\n\n"


async def _serve(options: argparse.Namespace, film: bytes) -> None:
    upstream = Upstream(options.tokens, options.rate, film, options.look_ms / 1000)
    runner = web.AppRunner(upstream.app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=2048).start()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{runner.addresses[0][1]}"}) + "\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    options = argparse.ArgumentParser(description="A lean gateway for the bench.")
    options.add_argument("--tokens", type=int, default=200, help="of each answer")
    options.add_argument("--rate", type=float, default=40.0, help="tokens a second")
    options.add_argument("--look-ms", type=float, default=0.0, help="how long the answer on a film's state takes")
    options.add_argument("--film", default="", help="the MP4 that finished films are")
    chosen = options.parse_args()
    asyncio.run(_serve(chosen, Path(chosen.film).read_bytes() if chosen.film else b""))


if __name__ == "__main__":
    main()
