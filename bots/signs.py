"""What a preview says while there is no word to show yet, or while a tool runs: the thinking, the deed."""

from __future__ import annotations

from bots.fold import folded, last_line
from bots.format import inert
from bots.outlet import Rendered, Surface
from bots.sentences import Sentences

_DEEDS = frozenset(
    {
        "doing-draw_picture",
        "doing-edit_picture",
        "doing-make_video",
        "doing-make_music",
        "doing-speak",
        "doing-search_history",
        "doing-fetch_page",
        "doing-calculate",
        "doing-remember",
        "doing-set_reminder",
    }
)


class Signs:
    """Of one answer. `thoughts`: the person wants to see them."""

    def __init__(self, texts: Sentences, locale: str, surface: Surface, *, thoughts: bool) -> None:
        self._texts = texts
        self._locale = locale
        self._surface = surface
        self.thoughts = thoughts

    def doing(self, tool: str) -> str:
        """One line on the tool that runs; those that are not ours are not named."""
        key = f"doing-{tool}"
        return self._texts(self._locale, key if key in _DEEDS else "doing-tool")

    def thinking(self, thoughts: str) -> str:
        """That the model thinks, and where it is with that; "" when there is nothing to tell."""
        line = last_line(thoughts)
        return f"{self._texts(self._locale, 'answer-thinking')}\n{inert(line, self._surface)}" if line else ""

    def head(self, thoughts: str) -> Rendered:
        """What stands above the words of an answer."""
        return folded(thoughts, self._surface) if self.thoughts else Rendered("")
