"""What was changed of the files of an order so that its model takes them, in one line for the person."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce

from core.values import Part


def fit_told(words: Callable[..., str], inputs: Iterable[Part]) -> str:
    """ "" when nothing was. `words`: a sentence by its key."""
    said: dict[str, None] = {}
    for part in inputs:
        for change in part.changed:
            name, _, value = change.partition(" ")
            said[words(f"fit-{name}", kind=str(part.kind), value=value)] = None
    if not said:
        return ""
    return words("fit-told", changes=reduce(lambda before, after: words("fit-and", before=before, after=after), said))
