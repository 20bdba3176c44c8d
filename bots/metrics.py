"""What the process counts, for Prometheus. One registry of our own; names begin with `starlight_`."""

from __future__ import annotations

import asyncio

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from core.ports import Store

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Metrics:
    """No label ever holds a person, a chat, a prompt or a secret."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._turns = Counter("starlight_turns", "Answers by how they ended", ["ending"], registry=self.registry)
        self._first_text = Histogram(
            "starlight_first_text_seconds",
            "Message to first visible text",
            ["platform"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self._whole_answer = Histogram(
            "starlight_answer_seconds",
            "Message to last delivered part",
            ["platform"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self._floods = Counter(
            "starlight_platform_floods",
            "Calls that a platform refused with a 429",
            ["platform"],
            registry=self.registry,
        )
        self.commands = Counter("starlight_commands", "Commands by name", ["name"], registry=self.registry)
        self.errors = Counter("starlight_errors", "Errors shown to people by key", ["key"], registry=self.registry)
        self._streams = Gauge("starlight_running_answers", "Answers that stream now", registry=self.registry)
        self._jobs = Gauge("starlight_jobs", "Jobs by state", ["state"], registry=self.registry)
        self._people = Gauge("starlight_people", "People by role", ["role"], registry=self.registry)
        self._spent = Gauge("starlight_spent_today_usd", "Spent today, all people together", registry=self.registry)

    def first_text(self, platform: str, seconds: float) -> None:
        self._first_text.labels(platform).observe(seconds)

    def answered(self, platform: str, ending: str, seconds: float) -> None:
        self._turns.labels(ending).inc()
        self._whole_answer.labels(platform).observe(seconds)

    def flooded(self, platform: str) -> None:
        self._floods.labels(platform).inc()

    async def render(self, store: Store, running: int, spent_micros: int) -> bytes:
        """The exposition text, with what the database knows as of now."""
        async with store.read() as tx:
            jobs = await tx.jobs.counts()
            people = await tx.people.count()
        self._streams.set(running)
        self._spent.set(spent_micros / 1_000_000)
        for gauge, counts in ((self._jobs, jobs), (self._people, people)):
            gauge.clear()
            for label, count in counts.items():
                gauge.labels(label).set(count)
        return await asyncio.to_thread(generate_latest, self.registry)
