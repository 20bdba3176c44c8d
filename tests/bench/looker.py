"""The least that looks at tasks: so many requests a second by bare aiohttp, their JSON read, and nothing else. No
database, no state, no errors handled. `python -m tests.bench.looker URL PER_SECOND SECONDS`
"""

from __future__ import annotations

import asyncio
import json
import sys

import aiohttp
import uvloop

TASKS = 5_000


async def main(url: str, per_s: float, seconds: float) -> None:
    loop, running = asyncio.get_running_loop(), set()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def look(number: int) -> None:
            async with session.get(f"{url}/v1/videos/floor-{number % TASKS}") as reply:
                json.loads(await reply.read())

        sys.stdout.write("ready\n")
        sys.stdout.flush()
        begun = loop.time()
        for number in range(round(per_s * seconds)):
            pause = begun + number / per_s - loop.time()
            if pause > 0:
                await asyncio.sleep(pause)
            task = asyncio.create_task(look(number))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)
        sys.stdout.write("done\n")
        sys.stdout.flush()
        await asyncio.sleep(3600)  # until its time was read


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3])))
