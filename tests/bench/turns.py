"""Turns: what an answer costs and how fast it is, ours beside the floor; alone, a hundred at once, and under a limiter."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.children import Child
from tests.bench.stage import Phones, Remote, floor, open_session, ours, telegram, upstream
from tests.bench.tables import Aims, percentile, show, table
from tests.bench.upstream import answer_of

TOKENS, RATE, FAST_RATE = 200, 40.0, 200.0
STREAM_S = TOKENS / RATE
LATE_S = 60.0
"""So long after the last token the last final message is waited for."""
CALLS_PER_S = 30
"""Telegram's limit over all chats, to which we pace ourselves whether it is enforced or not."""
SETTLE_S = 0.4
"""After the last final message: what is written down afterwards belongs to the turn."""


@dataclass(slots=True)
class Figures:
    """Of one run. Times are ms; `cpu_ms` and `calls` of all turns together."""

    cpu_ms: float = 0.0
    peak_mb: float = 0.0
    wall_s: float = 0.0
    turns: int = 0
    whole: int = 0
    calls: int = 0
    refusals: int = 0
    violations: int = 0
    ask: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    final: list[float] = field(default_factory=list)

    def cells(self) -> list[str]:
        turns = max(1, self.turns)
        cells = [f"{self.whole}/{self.turns}", f"{self.cpu_ms / turns:.1f}", f"{self.peak_mb:.0f}"]
        cells.append(f"{self.calls / turns:.2f}")
        for times in (self.ask, self.first, self.final):
            cells += [f"{percentile(times, 0.5):.1f}", f"{percentile(times, 0.99):.1f}"]
        return [*cells, f"{self.wall_s:.2f}"]

    def over(self, other: Figures) -> list[str]:
        """As multiples of the other's."""

        def ratio(mine: float, theirs: float) -> str:
            return f"{mine / theirs:.2f}x" if theirs and not math.isnan(mine / theirs) else "-"

        cells = ["", ratio(self.cpu_ms / self.turns, other.cpu_ms / other.turns), ratio(self.peak_mb, other.peak_mb)]
        cells.append(ratio(self.calls / self.turns, other.calls / other.turns))
        for mine, theirs in ((self.ask, other.ask), (self.first, other.first), (self.final, other.final)):
            cells += [ratio(percentile(mine, share), percentile(theirs, share)) for share in (0.5, 0.99)]
        return [*cells, ratio(self.wall_s, other.wall_s)]


HEAD = [
    "", "whole", "CPU ms", "peak MB", "calls", "ask p50", "ask p99", "first p50", "first p99", "final p50", "final p99",
    "wall s",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class System:
    """What is measured: a process, its Telegram and its gateway, which takes so long for an answer."""

    name: str
    process: Child
    phones: Phones
    gateway: Remote
    stream_s: float = STREAM_S

    async def measure(self, chats: Sequence[int], name: str) -> Figures:
        """Everybody in `chats` asks at once; until every answer is there. `name`: of this round, once in a run."""
        marks = {chat: f"{name}{chat}" for chat in chats}
        await self.phones.reset()
        before_s = self.process.cpu_s
        said = await self.phones.say([(chat, f"Please count for me, #{mark}") for chat, mark in marks.items()])
        await asyncio.sleep(self.stream_s)
        report = await self._finished(marks)
        await asyncio.sleep(SETTLE_S)
        cpu_ms = (self.process.cpu_s - before_s) * 1000
        times = (await self.gateway.get("/bench/times"))["times"]
        figures = Figures(cpu_ms, self.process.peak_mb, turns=len(chats), violations=len(report["violations"]))
        for at, (chat, mark) in zip(said, marks.items(), strict=True):
            _add_turn(figures, at, times.get(mark, []), _calls_to(report, chat), _texts(report, chat), mark)
        ends = [call["done_at"] for call in report["calls"] if call["method"] == "sendMessage"]
        figures.wall_s = max(ends, default=math.nan) - min(said)
        return figures

    async def _finished(self, marks: dict[int, str]) -> Any:
        """What the phones saw once all answers are whole, or when it is too late."""
        end = asyncio.get_running_loop().time() + LATE_S
        while True:
            await asyncio.sleep(0.25)
            report = await self.phones.report()
            whole = all(_is_whole(_texts(report, chat), mark) for chat, mark in marks.items())
            if whole or asyncio.get_running_loop().time() > end:
                return report


def _calls_to(report: Any, chat: int) -> list[Any]:
    return [call for call in report["calls"] if call["chat"] == chat]


def _texts(report: Any, chat: int) -> list[str]:
    """What the bot has said there."""
    return [shown["text"] for shown in report["visible"].get(str(chat), []) if shown["bot"]]


def _is_whole(texts: list[str], mark: str) -> bool:
    return " ".join(texts).split() == "".join(answer_of(mark, TOKENS)).split()


def _add_turn(figures: Figures, said: float, times: list[float], calls: list[Any], texts: list[str], mark: str) -> None:
    figures.whole += _is_whole(texts, mark)
    figures.calls += len(calls)
    figures.refusals += sum(call["status"] != 200 for call in calls)
    shown = [call["at"] for call in calls if call["chars"]]
    finals = [call["at"] for call in calls if call["method"] == "sendMessage"]
    if len(times) == 3 and finals:
        came, first, last = times
        figures.ask.append((came - said) * 1000)
        figures.first.append((shown[0] - first) * 1000)
        figures.final.append((finals[-1] - last) * 1000)


def added(rounds: Sequence[Figures]) -> Figures:
    """Rounds, one after the other, as one."""
    total = Figures(peak_mb=max(each.peak_mb for each in rounds))
    for each in rounds:
        for name in ("cpu_ms", "wall_s", "turns", "whole", "calls", "refusals", "violations", "ask", "first", "final"):
            setattr(total, name, getattr(total, name) + getattr(each, name))
    return total


# --- the parts --------------------


async def idle_and_storm(folder: Path, aims: Aims, people: int, rounds: int) -> None:
    """One after the other (both at the same time: they hardly work), then all at once (one, then the other)."""
    async with (
        open_session() as session,
        upstream(session, "--rate", str(RATE), "--tokens", str(TOKENS)) as gateway,
        telegram(session) as our_phones,
        telegram(session) as floor_phones,
        ours(folder / "turns", our_phones, gateway) as our_process,
        floor(floor_phones, gateway) as floor_process,
    ):
        us = System("ours", our_process, our_phones, gateway)
        least = System("floor", floor_process, floor_phones, gateway)
        alone = await asyncio.gather(_alone(us, rounds), _alone(least, rounds, STREAM_S / 2))
        chats = range(1000, 1000 + people)
        storms = [await each.measure(chats, f"{each.name}storm") for each in (us, least)]
    _print(f"{rounds} turns one after the other ({TOKENS} tokens at {RATE:g}/s; times in ms)", *alone)
    _print(f"{people} at once", *storms)
    _judge(aims, alone[0], alone[1], storms[0], storms[1], people)


async def _alone(system: System, rounds: int, after_s: float = 0.0) -> Figures:
    """The first turn, which loads and connects, is not counted. Each is of another person: two short answers in a row are
    more than a chat's call a second."""
    await asyncio.sleep(after_s)
    found = [await system.measure([1 + number], f"{system.name}alone{number}x") for number in range(rounds + 1)]
    return added(found[1:])


async def fast(folder: Path, aims: Aims, rounds: int) -> None:
    """One person and a fast model, as the peers were measured."""
    async with (
        open_session() as session,
        upstream(session, "--rate", str(FAST_RATE), "--tokens", str(TOKENS)) as gateway,
        telegram(session) as our_phones,
        telegram(session) as floor_phones,
        ours(folder / "fast", our_phones, gateway) as our_process,
        floor(floor_phones, gateway) as floor_process,
    ):
        stream_s = TOKENS / FAST_RATE
        us, least = await asyncio.gather(
            _alone(System("ours", our_process, our_phones, gateway, stream_s), rounds),
            _alone(System("floor", floor_process, floor_phones, gateway, stream_s), rounds, stream_s / 2),
        )
    _print(f"{rounds} turns one after the other ({TOKENS} tokens at {FAST_RATE:g}/s)", us, least)
    aims.promise("fast model: answers not whole", us.turns - us.whole)
    aims.most("fast model: CPU per turn", us.cpu_ms / us.turns, 50, " ms")
    aims.most("fast model: message → model, p50", percentile(us.ask, 0.5), 15, " ms")
    aims.most("fast model: first token → visible, p50", percentile(us.first, 0.5), 10, " ms")
    aims.most("fast model: last token → final, p50", percentile(us.final, 0.5), 150, " ms")
    aims.most("fast model: API calls per turn", us.calls / us.turns, 6)


async def limited(folder: Path, aims: Aims, people: int) -> None:
    """The storm against a Telegram that limits as the real one does."""
    async with (
        open_session() as session,
        upstream(session, "--rate", str(RATE), "--tokens", str(TOKENS)) as gateway,
        telegram(session, "--limiter") as phones,
        ours(folder / "limited", phones, gateway) as process,
    ):
        figures = await System("limited", process, phones, gateway).measure(range(1000, 1000 + people), "limited")
    title = f"{people} at once, Telegram limits (3 then 1/s a chat, 30/s over all)"
    show(table(title, HEAD, [["ours", *figures.cells()]]))
    aims.promise("limiter: answers not whole", figures.turns - figures.whole)
    aims.promise("limiter: refused calls", figures.refusals)
    aims.promise("limiter: violations", figures.violations)


def _print(title: str, us: Figures, least: Figures) -> None:
    rows = [["ours", *us.cells()], ["floor", *least.cells()], ["ours / floor", *us.over(least)]]
    show(table(title, HEAD, rows))


def _judge(aims: Aims, alone: Figures, floor_alone: Figures, storm: Figures, floor_storm: Figures, people: int) -> None:
    aims.promise("answers not whole", alone.turns + storm.turns - alone.whole - storm.whole)
    aims.promise("refused calls", alone.refusals + storm.refusals)
    aims.promise("violations", alone.violations + storm.violations)
    aims.most("CPU per turn / floor, storm", storm.cpu_ms / floor_storm.cpu_ms, 1.2, "x")
    aims.most("CPU per turn / floor, idle", alone.cpu_ms / floor_alone.cpu_ms, 1.2, "x")
    aims.most("CPU per turn, storm", storm.cpu_ms / storm.turns, 20, " ms")
    aims.most("message → model, idle p50", percentile(alone.ask, 0.5), 15, " ms")
    aims.most("message → model, idle p99", percentile(alone.ask, 0.99), 15, " ms")
    aims.most("first token → visible, idle p50", percentile(alone.first, 0.5), 10, " ms")
    aims.most("first token → visible, idle p99", percentile(alone.first, 0.99), 10, " ms")
    aims.most("last token → final, idle p99", percentile(alone.final, 0.99), 150, " ms")
    aims.most("API calls per turn, idle", alone.calls / alone.turns, 6)
    aims.most("API calls per turn, storm", storm.calls / storm.turns, 3)
    if people >= CALLS_PER_S:
        aims.most(
            "storm's finals / as fast as Telegram lets", (storm.wall_s - STREAM_S) * CALLS_PER_S / people, 1.2, "x"
        )
