"""What one stream of a model has brought: words, thoughts, calls, sources, pictures, usage. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never
from urllib.parse import quote, urlsplit

from core.limits import Limits
from core.values import (
    AnsweredBy,
    Artifact,
    Call,
    ChatEvent,
    Citation,
    Echo,
    Finished,
    MediaOut,
    Restarted,
    StopReason,
    TextDelta,
    ThoughtDelta,
    ToolCall,
    Usage,
    UsageReport,
)

SOURCES = 30
"""So many pages are cited in one answer."""
TITLE_CHARS = 80
URL_CHARS = 1_000
ARGUMENTS_CHARS = 100_000
CALLS = 64
"""Each call that was begun must be answered, so many more are kept than are carried out."""


@dataclass(slots=True)
class Sources:
    """The pages of an answer, numbered as they come; one page has one number."""

    _numbers: dict[str, tuple[int, str]] = field(default_factory=dict)
    _last: int = 0

    def mark(self, citation: Citation) -> str:
        """A numbered link, "" when it would say the same again at this place of the text."""
        url = linkable(citation.url)
        if not url or (url not in self._numbers and len(self._numbers) >= SOURCES):
            return ""
        number, _ = self._numbers.setdefault(url, (len(self._numbers) + 1, _titled(citation.title, url)))
        if number == self._last:
            return ""
        self._last = number
        return f"[\\[{number}\\]]({url})"

    def words_came(self) -> None:
        self._last = 0

    @property
    def count(self) -> int:
        return len(self._numbers)

    def forget(self, beyond: int) -> None:
        """All but the first so many: what cited them is void."""
        self._numbers = dict(list(self._numbers.items())[:beyond])
        self._last = 0

    def listed(self) -> str:
        """All of them, as a list at the end of the answer."""
        lines = [f"{number}. [{title}]({url})" for url, (number, title) in self._numbers.items()]
        return "\n\n" + "\n".join(lines) if lines else ""


def linkable(url: str) -> str:
    """An address as it may stand in a Markdown link; "" for what is no web page."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or len(url) > URL_CHARS:
        return ""
    return quote(parts.geturl(), safe="%/:?#@!$&'*+,;=~-._[]")


def _titled(title: str, url: str) -> str:
    """One short line without Markdown's own marks; the host when there is none."""
    words = " ".join("".join(mark if _is_plain(mark) else " " for mark in title[:500]).split())
    return words[:TITLE_CHARS].strip() or urlsplit(url).hostname or url


def _is_plain(mark: str) -> bool:
    """Also none that turns the direction of what follows."""
    return mark.isprintable() and mark not in "[]()<>`*_\\|~#"


@dataclass(slots=True)
class Heard:
    """`reason`: None until the model has finished. `restarted`: it began again since somebody looked."""

    limits: Limits
    sources: Sources
    usage: Usage = field(default_factory=Usage)
    reason: StopReason | None = None
    echo: Echo | None = None
    answered_by: str = ""
    media: list[Artifact] = field(default_factory=list)
    restarted: bool = False
    _text: list[str] = field(default_factory=list)
    _thoughts: list[str] = field(default_factory=list)
    _length: int = 0
    _thoughts_length: int = 0
    _calls: dict[int, Call] = field(default_factory=dict)
    _sources_before: int = 0

    def __post_init__(self) -> None:
        self._sources_before = self.sources.count

    @property
    def text(self) -> str:
        """Pieces are joined only when somebody looks."""
        return _whole(self._text)

    @property
    def thoughts(self) -> str:
        return _whole(self._thoughts)

    @property
    def calls(self) -> tuple[Call, ...]:
        """In the order they began; those without a name are none."""
        return tuple(call for call in self._calls.values() if call.name)

    @property
    def something(self) -> bool:
        """Whether anything of an answer has come."""
        return bool(self._text or self._thoughts or self._calls or self.media or self.reason)

    def take(self, event: ChatEvent) -> bool:
        """One event; True when no more is wanted."""
        match event:
            case TextDelta(text):
                self._say(text)
            case ThoughtDelta(text):
                self._think(text)
            case ToolCall():
                self._call(event)
            case Citation():
                if mark := self.sources.mark(event):
                    after_space = not self._text or self._text[-1][-1:].isspace()
                    self._text.append(f"{mark} " if after_space else f" {mark}")
                    self._length += len(mark) + 1
            case UsageReport(usage):
                self.usage |= usage
            case AnsweredBy(model):
                self.answered_by = model
            case MediaOut(artifact):
                self._show(artifact)
            case Echo():
                self.echo = event
            case Restarted():
                self.void()
                self.restarted = True
            case Finished(reason):
                self.reason = self.reason or reason
            case _:
                assert_never(event)
        return self.reason is not None

    def void(self) -> None:
        """What came is void: the model begins again."""
        self._text.clear()
        self._thoughts.clear()
        self._calls.clear()
        self.media.clear()
        self.sources.forget(beyond=self._sources_before)
        self._length = self._thoughts_length = 0
        self.reason = self.echo = None
        self.usage = Usage()

    def _say(self, text: str) -> None:
        self._text.append(text)
        self._length += len(text)
        self.sources.words_came()
        if self._length > self.limits.stream_chars:
            self.reason = StopReason.LENGTH

    def _think(self, text: str) -> None:
        if self._thoughts_length < self.limits.stream_chars:
            self._thoughts.append(text)
            self._thoughts_length += len(text)

    def _show(self, artifact: Artifact) -> None:
        """A picture in the answer; what only has an address is a link in the text."""
        if artifact.data:
            if len(self.media) < self.limits.answer_media:
                self.media.append(artifact)
        elif artifact.url:
            self._say(f"\n\n{artifact.url}\n\n")

    def _call(self, piece: ToolCall) -> None:
        known = self._calls.get(piece.index)
        if known is None:
            if len(self._calls) < CALLS:
                self._calls[piece.index] = Call(piece.id, piece.name, piece.arguments)
            return
        arguments = (known.arguments + piece.arguments)[:ARGUMENTS_CHARS]
        self._calls[piece.index] = Call(known.id or piece.id, known.name or piece.name, arguments)


def _whole(pieces: list[str]) -> str:
    if len(pieces) > 1:
        pieces[:] = ["".join(pieces)]
    return pieces[0] if pieces else ""
