"""What costs and changes nothing: the person's orders, their credits, their old words, and arithmetic."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from core.ledger import Purse
from core.orders import Orders
from core.plans import Rules
from core.ports import Clock, Store, Tx
from core.songs import CLIP, SING
from core.tools.arithmetic import EXPRESSION_CHARS, evaluate
from core.tools.numbers import BadExpression
from core.tools.table import Acting, Effect, Outcome
from core.tools.wording import one_line, shape, text_of
from core.values import Job, Json, Micros, ToolSpec

JOBS_MOST = 10
JOBS_READ = 50
PROMPT_CHARS = 80
FOUND_MOST = 8
WORDS_MOST = 8
WORD_CHARS = 60
EXCERPT_CHARS = 500
"""Of a question and of an answer each, around the first word that was searched for."""


class Free:
    """What all of them have in common."""

    effect = Effect.FREE

    async def price(self, acting: Acting, arguments: Mapping[str, Json]) -> Micros:
        return 0

    async def title(self, acting: Acting, arguments: Mapping[str, Json]) -> str:
        return ""


class ListJobs(Free):
    """In a group only what was ordered there, for its answer is read by all."""

    spec = ToolSpec(
        "list_jobs", "The person's newest orders of pictures, films and sounds, and how far they are.", shape()
    )

    def __init__(self, store: Store, orders: Orders, rules: Rules, clock: Clock) -> None:
        self._store = store
        self._orders = orders
        self._rules = rules
        self._clock = clock

    async def run(self, acting: Acting, arguments: Mapping[str, Json]) -> Outcome:
        place = acting.access.place
        jobs = [job for job in await self._orders.mine(acting.access, JOBS_READ) if place.private or job.place == place]
        shown = jobs[:JOBS_MOST]
        async with self._store.read() as tx:
            untrusted = await _any_tainted(tx, {job.turn_id for job in shown})
        return Outcome("\n".join(self._line(job) for job in shown) or "No orders.", untrusted=untrusted)

    def _line(self, job: Job) -> str:
        minutes = max(0, self._clock.now_ms() - job.created_ms) // 60_000
        progress = f" {job.progress} %" if job.progress > 0 and not job.results else ""
        results = f", {len(job.results)} results" if len(job.results) > 1 else ""
        cancelled = ", cancelled by the person" if job.muted else ""
        return (
            f"job:{job.id} · {job.kind} · {job.state}{progress}{results}{cancelled} · {job.model} · "
            f"{self._rules.credits(job.quote)} credits · {minutes} min ago · {self._wanted(job)}"
        )

    def _wanted(self, job: Job) -> str:
        """Texts that are read aloud or sung may be anybody's, so they are left out, and so are titles of songs."""
        spec = self._orders.catalog.find(job.model)
        foreign = job.action in {SING, CLIP} or (spec is not None and spec.speaks)
        return "a text that is there" if foreign else one_line(job.prompt, PROMPT_CHARS)


class Balance(Free):
    spec = ToolSpec("balance", "How many credits are left, and when they renew.", shape())

    def __init__(self, purse: Purse, rules: Rules) -> None:
        self._purse = purse
        self._rules = rules

    async def run(self, acting: Acting, arguments: Mapping[str, Json]) -> Outcome:
        found = await self._purse.balance(acting.access)
        if found.unlimited:
            return Outcome("An owner: no limit.")
        whose = "The group has" if found.group else "The person has"
        daily = f"{self._left(found.daily)} of today's {self._left(found.allowance)} credits"
        kept = f", and {self._left(found.kept)} that do not expire" if found.kept else ""
        renews = f" Today's renew at {self._moment(found.renews_ms)}." if found.renews_ms else ""
        return Outcome(f"{whose} {daily}{kept}; plan {found.plan}.{renews}")

    def _left(self, micros: Micros) -> str:
        return self._rules.credits(micros, up=False)

    def _moment(self, at_ms: int) -> str:
        return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"


class SearchHistory(Free):
    """The person's own turns of this conversation, but for those that they wanted forgotten."""

    spec = ToolSpec(
        "search_history",
        "Look for words in all that this person and you have said in this conversation, also long ago.",
        shape("words", words=text_of(300, "A few words; all of them must occur in a question or its answer.")),
    )

    def __init__(self, store: Store) -> None:
        self._store = store

    async def run(self, acting: Acting, arguments: Mapping[str, Json]) -> Outcome:
        words = [word[:WORD_CHARS] for word in arguments["words"].split()][:WORDS_MOST]
        if not words:
            return Outcome("Give at least one word.", failed=True)
        turn = acting.turn
        async with self._store.read() as tx:
            rows = await tx.conversations.search(turn.person_id, turn.conversation_id, words, FOUND_MOST + 1)
            found = [row for row in rows if row[0] != turn.id][:FOUND_MOST]
            untrusted = await _any_tainted(tx, {row[0] for row in found})
        if not found:
            return Outcome("Nothing was found with all of these words. Fewer or other words may help.")
        texts = [
            f"{datetime.fromtimestamp(created_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC\n"
            f"Person: {_excerpt(question, words)}\nYou: {_excerpt(answer, words)}"
            for _, created_ms, question, answer in found
        ]
        return Outcome("\n\n".join(texts), untrusted=untrusted)


class Calculate(Free):
    spec = ToolSpec(
        "calculate",
        "Work out an arithmetic expression exactly. Use it instead of reckoning by yourself.",
        shape(
            "expression",
            expression=text_of(EXPRESSION_CHARS, "Such as 19% of 1249.50, or sqrt(2) * (3 + 4) ** 5 / 7"),
        ),
    )

    async def run(self, acting: Acting, arguments: Mapping[str, Json]) -> Outcome:
        try:
            return Outcome(await asyncio.to_thread(evaluate, arguments["expression"]))
        except BadExpression as error:
            return Outcome(f"Not worked out: {error}.", failed=True)


async def _any_tainted(tx: Tx, turn_ids: set[str]) -> bool:
    """What was said or ordered after words of strangers may be their words."""
    for turn_id in sorted(turn_ids - {""}):
        turn = await tx.conversations.turn(turn_id)
        if turn is not None and turn.tainted:
            return True
    return False


def _excerpt(text: str, words: list[str]) -> str:
    lowered = text.casefold()
    places = [lowered.find(word.casefold()) for word in words]
    first = min((place for place in places if place >= 0), default=0)
    start = max(0, first - EXCERPT_CHARS // 4)
    cut = text[start : start + EXCERPT_CHARS].strip()
    return f"{'…' if start else ''}{cut}{'…' if start + EXCERPT_CHARS < len(text) else ''}"
