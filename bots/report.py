"""What the start says, in plain words: what works, what does not and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import version

from bots.front import Front
from bots.settings import Problem, Settings
from core.catalog import Catalog
from core.errors import BadKey, BotError
from core.values import ModelKind

Say = Callable[[str], None]
Words = Callable[..., str]


class Reporter:
    def __init__(self, say: Say, words: Words) -> None:
        self._say = say
        self._words = words

    def line(self, problem: Problem) -> None:
        self._say(self._words(problem.key, **problem.params))

    def title(self) -> None:
        self.line(Problem("start-title", {"version": version("starlight-bot")}))

    def gateway(self, settings: Settings, catalog: Catalog, listed: Sequence[str], error: BotError | None) -> None:
        """How many of our models of each kind the gateway offers; a chat model without a row works too."""
        if settings.sandbox:
            self.line(Problem("start-sandbox"))
        elif isinstance(error, BadKey):
            self.line(Problem("start-gateway-key"))
        elif error:
            self.line(Problem("start-gateway-down", {"url": settings.gateway_url, "why": str(error)}))
        else:
            self.line(Problem("start-gateway", {"url": settings.gateway_url, **offered(catalog, listed)}))

    def fronts(self, fronts: Sequence[Front], failures: Sequence[tuple[str, Problem]]) -> None:
        for front in fronts:
            for problem in front.says:
                self.line(problem)
        for platform, problem in failures:
            self.line(Problem("start-front-failed", {"platform": platform, "why": self._why(problem)}))

    def ended(self, platform: str, problem: Problem) -> None:
        """A platform that ran and cannot any more."""
        self.line(Problem("start-front-ended", {"platform": platform, "why": self._why(problem)}))

    def _why(self, problem: Problem) -> str:
        return self._words(problem.key, **problem.params)

    def owners(self, settings: Settings, count: int, claim: str | None) -> None:
        if claim:
            self.line(Problem("start-claim", {"code": claim}))
        else:
            self.line(Problem("start-owners", {"count": count}))
        if settings.access_mode == "open":
            self.line(Problem("start-open"))


def offered(catalog: Catalog, listed: Sequence[str]) -> dict[str, int]:
    """Our rows that the gateway lists, by kind; learned chat models count."""
    names = {name.casefold() for name in listed}
    counts: dict[str, int] = {}
    kinds: tuple[ModelKind, ...] = ("chat", "image", "video", "audio")
    for kind in kinds:
        counts[kind] = sum(row.offered_as.casefold() in names for row in catalog.visible(kind))
    rows = {row.offered_as.casefold() for kind in kinds for row in catalog.visible(kind)}
    counts["chat"] += sum(catalog.find(name) is not None for name in names - rows)
    return counts
