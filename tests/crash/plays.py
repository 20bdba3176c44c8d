"""Many scenes at once, and the deaths in them: at every commit, and while the gateway is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Literal, TypeVar

from bots.sandbox.faults import Hang
from tests.crash.child import Death
from tests.crash.door import Hold
from tests.crash.lives import Life, Nursery, until
from tests.crash.scene import Scene, open_scene
from tests.standins.telegram_chats import Shown

Result = TypeVar("Result")

# --- many scenes at once --------------------

AT_ONCE = 12
"""So many play at the same time: most of a life is waiting."""

Play = Callable[[Path], Awaitable[Result]]
"""A scene in a folder of its own."""


async def together(folder: Path, plays: Mapping[str, Play[Result]]) -> list[Result]:
    """Play them side by side; raises what went wrong in all of them."""
    seats = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, name: str, play: Play[Result]) -> Result:
        async with seats:
            try:
                return await play(folder / f"scene-{number}")
            except Exception as error:
                error.add_note(f"in: {name}")
                raise

    ended = await asyncio.gather(
        *(one(number, *item) for number, item in enumerate(plays.items())), return_exceptions=True
    )
    failures = [each for each in ended if isinstance(each, Exception)]
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(plays)} end badly", failures)
    return [each for each in ended if not isinstance(each, BaseException)]


# --- a crash at every commit --------------------

WHEN: tuple[Literal["before"], Literal["after"]] = ("before", "after")

Ask = Callable[[Scene], None]
Prepare = Callable[[Scene], Awaitable[None]]
"""Lives that go well, before the one that is judged."""

Judge = Callable[[Scene, Life, "Seen"], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the phone showed when a life ended."""

    messages: tuple[Shown, ...]

    @classmethod
    def of(cls, scene: Scene) -> Seen:
        return cls(tuple(scene.messages))


async def nothing(scene: Scene) -> None:
    """Has to go well before."""


async def crash_everywhere(
    nursery: Nursery,
    folder: Path,
    ask: Ask,
    judge: Judge,
    *,
    since: str = "inbox.add",
    prepare: Prepare = nothing,
    alike: int = 1_000,
) -> list[str]:
    """Let it go well once; then kill the bot before and after each commit of that life, from the first whose name has
    `since` on, start it again, and judge. `alike`: so many of one name are enough. Returns the commits of that life."""

    async def crash(death: Death, own: Path) -> bool:
        async with open_scene(nursery, own) as scene:
            await prepare(scene)
            ask(scene)
            first = await scene.start(death)
            died = not await scene.leave(first)
            seen = Seen.of(scene)
            if died:
                await scene.finish(await scene.start())
            judge(scene, first, seen)
            return died

    async with open_scene(nursery, folder / "well") as scene:
        await prepare(scene)
        ask(scene)
        life = await scene.start()
        await scene.leave(life)
        judge(scene, life, Seen.of(scene))
        steps = list(takewhile(lambda step: "release" not in step, life.steps))
    begin = next(number for number, name in enumerate(steps) if since in name)
    numbers = [number for number in range(begin, len(steps)) if steps[begin:number].count(steps[number]) < alike]
    deaths = [Death(when, number + 1) for number in numbers for when in WHEN]
    died = await together(folder, {str(death): partial(crash, death) for death in deaths})
    assert sum(died) >= len(deaths) - 4, "the lives do not come to their deaths"
    return steps[begin:]


# --- on the line --------------------

Reached = Literal["as it arrives", "as it is taken"]
REACHED: tuple[Reached, ...] = ("as it arrives", "as it is taken")


async def killed_asking(scene: Scene, path: str, when: Reached, ask: Ask) -> Life:
    """A life that dies while it waits for the answer to this POST, which the gateway has read, or has obeyed."""
    arrives, taken = Hang(), Hold()
    if when == "as it arrives":
        scene.door.behaviour.script(f"POST {path}", arrives)
    else:
        scene.door.held[f"POST {path}"] = taken
    ask(scene)
    life = await scene.start()
    await until(lambda: arrives.arrived.is_set() or taken.reached.is_set(), "the request")
    await life.killed()
    scene.door.held.clear()
    return life
