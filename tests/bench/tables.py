"""Numbers as people read them: percentiles, aligned columns, and a word on each aim."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of all do not pass; nan when there is none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first column to the left, the others to the right."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    lines = [title, "-" * len(title)]
    for row in (head, *rows):
        cells = [
            cell.ljust(width) if not at else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def show(text: str) -> None:
    """At once, also into a pipe: the bench takes minutes."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Aims:
    """What we hold ourselves to. `broken`: a promise, which fails the bench; an aim missed on a busy machine does not."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, str, str]] = []
        self.broken: list[str] = []

    def most(self, name: str, value: float, limit: float, unit: str = "") -> None:
        word = "ok" if value <= limit else "ABOVE"
        self._rows.append((name, f"{value:.4g}{unit}", f"≤ {limit:g}{unit}", word))

    def promise(self, name: str, count: int, wanted: int = 0) -> None:
        well = count == wanted
        self._rows.append((name, str(count), f"= {wanted}", "ok" if well else "BROKEN"))
        if not well:
            self.broken.append(name)

    def table(self) -> str:
        return table("Aims", ("", "is", "aim", ""), self._rows)
