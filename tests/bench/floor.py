"""The least a bot can be, to compare with: read an update, forward the stream, one draft a second, one message at the end.

Plain httpx, no state, no pacing, no errors handled. It is made as fast as so little code can be: our event loop, and a client
for each side (in one pool, each draft would look through the connections of all streams, at twice the CPU).
`python -m tests.bench.floor TELEGRAM_URL TOKEN MODEL_URL`
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import httpx
import uvloop

POLL_S = 30
DRAFT_EVERY_S = 1.0


class Floor:
    def __init__(self, telegram: httpx.AsyncClient, model: httpx.AsyncClient) -> None:
        self._telegram = telegram
        self._model = model
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def call(self, method: str, **params: Any) -> Any:
        reply = await self._telegram.post(method, json=params, timeout=POLL_S + 15)
        return reply.json()["result"]

    async def draft(self, chat: int, number: int, text: str) -> None:
        await self.call("sendMessageDraft", chat_id=chat, draft_id=number, text=text)

    async def poll(self) -> None:
        offset = 0
        while True:
            for update in await self.call("getUpdates", offset=offset, timeout=POLL_S):
                offset = update["update_id"] + 1
                self.start(asyncio.create_task(self.answer(update["message"])))

    async def answer(self, message: dict[str, Any]) -> None:
        chat, number = message["chat"]["id"], message["message_id"]
        asked = {"model": "gpt-5-mini", "stream": True, "messages": [{"role": "user", "content": message["text"]}]}
        text, drafted = "", 0.0
        async with self._model.stream("POST", "/v1/chat/completions", json=asked, timeout=300) as response:
            async for line in response.aiter_lines():
                if not line.startswith("data: {"):
                    continue
                choices = json.loads(line[6:])["choices"]
                text += choices[0]["delta"].get("content") or "" if choices else ""
                if text and time.monotonic() - drafted >= DRAFT_EVERY_S:
                    drafted = time.monotonic()
                    self.start(asyncio.create_task(self.draft(chat, number, text)))
        await self.call("sendMessage", chat_id=chat, text=text)


async def main(telegram: str, token: str, model: str) -> None:
    limits = httpx.Limits(max_connections=None)
    base = f"{telegram}/bot{token}/"
    async with (
        httpx.AsyncClient(base_url=base, limits=limits) as to_telegram,
        httpx.AsyncClient(base_url=model, limits=limits) as to_model,
    ):
        floor = Floor(to_telegram, to_model)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await floor.poll()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(*sys.argv[1:4]))
