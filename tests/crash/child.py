"""What a life of the bot is told before it begins, and where it is to die. Runs in the forked process, before `starlight`.

Each commit that changes something is a step. A step is written into a file as soon as it is committed, so that the test
knows how far a life came, and the life can be told to die just before or just after the commit of a step.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, NoReturn, cast

import bots.app
import bots.cli
import bots.telegram.front
import bots.telegram.intake
from core.limits import LIMITS, Limits
from core.ports import Clock, Tx
from storage.engine import OpenStore, open_store

CHANGES = frozenset(
    ["add", "add_person", "add_turn", "book_house", "checkpoint", "claim", "claim_turns", "done", "end", "finish"]
).union(
    ["hold", "hold_up_to", "link", "meter", "release", "save", "save_part", "save_turn", "set_file_id", "set_role"],
    ["set_settings", "settle", "shown", "taint", "top_up"],
)
"""What names a step; other calls may be part of it."""

STEERED = ((bots.app, "build_assistant"), (bots.app, "Worker"), (bots.telegram.front, "open_telegram"))
"""What is built with limits."""


@dataclass(frozen=True, slots=True)
class Death:
    """SIGKILL at a commit: the `number`-th of the life (1 = the first), or the first whose name has `word`."""

    when: Literal["before", "after"]
    number: int = 0
    word: str = ""

    def __str__(self) -> str:
        return f"{self.when} commit {self.number or self.word}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A life. `limits` over those of the core, `paces` over module constants that say how often something is looked at."""

    folder: str
    name: str
    environment: dict[str, str]
    death: Death | None = None
    limits: dict[str, float] = field(default_factory=dict)
    paces: dict[str, float] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return Path(self.folder, f"{self.name}.log")

    @property
    def steps(self) -> Path:
        return Path(self.folder, f"{self.name}.steps")

    def dump(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def load(cls, line: bytes) -> Plan:
        values = json.loads(line)
        death = Death(**values.pop("death")) if values["death"] else values.pop("death")
        return cls(**values, death=death)


def live(plan: Plan) -> NoReturn:
    """`starlight`, in its own folder and environment. Raises SystemExit with its exit code."""
    os.chdir(plan.folder)
    _redirect(plan.log)
    os.environ.clear()
    os.environ.update(plan.environment)
    _prepare(plan)
    sys.argv = ["starlight"]
    bots.cli.main()
    raise AssertionError("the command line ends by SystemExit")


def _redirect(log: Path) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    for target, source in ((0, nothing), (1, output), (2, output)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(output)


def _prepare(plan: Plan) -> None:
    steps = Steps(plan)

    @asynccontextmanager
    async def watched(url: str, clock: Clock) -> AsyncIterator[OpenStore]:
        async with open_store(url, clock) as store:
            yield cast(OpenStore, Watched(store, steps))

    _put(bots.app, "open_store", watched)
    if plan.limits:
        limits = Limits(**{**LIMITS._asdict(), **plan.limits})
        for module, name in STEERED:
            _put(module, name, partial(getattr(module, name), limits=limits))
    for path, seconds in plan.paces.items():
        module_name, _, name = path.rpartition(".")
        _put(sys.modules[module_name], name, seconds)


def _put(module: object, name: str, value: object) -> None:
    """Only what is there already: a test must not steer by a name that the product has dropped."""
    assert hasattr(module, name), f"{module} has no {name}"
    setattr(module, name, value)


# --- commits --------------------


class Steps:
    """Counts, names and writes down the commits of this life, and ends it at the one it was told."""

    def __init__(self, plan: Plan) -> None:
        self._death = plan.death
        self._file = os.open(plan.steps, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self._count = 0

    def begins(self, names: Collection[str]) -> Step:
        """All of it is asked of the database, but for the COMMIT."""
        self._count += 1
        step = Step(self._count, " ".join(dict.fromkeys(names)))
        self._die("before", step)
        return step

    def committed(self, step: Step) -> None:
        os.write(self._file, f"{step.name}\n".encode())
        self._die("after", step)

    def _die(self, when: str, step: Step) -> None:
        death = self._death
        if death is None or death.when != when:
            return
        if death.number == step.number or (death.word and death.word in step.name):
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Step:
    number: int
    name: str


class Watched:
    """A store whose commits are steps."""

    def __init__(self, store: OpenStore, steps: Steps) -> None:
        self._store = store
        self._steps = steps
        self._writer = getattr(store, "_writer", None)  # SQLite's one connection that writes

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Tx]:
        names: list[str] = []
        step: Step | None = None
        async with self._store.begin() as tx:
            before = self._changes()
            yield cast(Tx, WatchedPorts(tx, names))
            if names and (self._writer is None or self._changes() != before):
                step = self._steps.begins(names)
        if step is not None:
            self._steps.committed(step)

    def _changes(self) -> int:
        """Rows that the writing connection has ever changed: most looks of an idle bot change none."""
        return self._writer.total_changes if self._writer is not None else 0


class WatchedPorts:
    """The ports of a transaction; notes what is asked of them."""

    def __init__(self, tx: Tx, names: list[str]) -> None:
        self._tx = tx
        self._names = names

    def __getattr__(self, port: str) -> WatchedPort:
        return WatchedPort(getattr(self._tx, port), port, self._names)


class WatchedPort:
    def __init__(self, port: object, name: str, names: list[str]) -> None:
        self._port = port
        self._name = name
        self._names = names

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        asked = getattr(self._port, method)
        if method not in CHANGES:
            return cast(Callable[..., Awaitable[Any]], asked)

        async def noted(*args: Any, **kwargs: Any) -> Any:
            result = await asked(*args, **kwargs)
            if result or not method.startswith("claim"):
                self._names.append(f"{self._name}.{method}{_about(args)}")
            return result

        return noted


def _about(args: tuple[Any, ...]) -> str:
    """The state of a job or turn, or the message that carries a part."""
    for value in args:
        if state := getattr(value, "state", ""):
            return f":{state}"
        if message_id := getattr(value, "message_id", ""):
            return f":{'final' if value.final else 'preview'}#{message_id}"
    return ""
