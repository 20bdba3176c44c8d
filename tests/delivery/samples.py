"""Markdown as models write it, at random, every word of it unique: what is lost, doubled or out of order is seen at once."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

WORD = re.compile(r"w\d{6}")


def words_of(text: str) -> list[str]:
    return WORD.findall(text)


class Writer:
    """Blocks of Markdown from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._count = 0
        self._blocks: list[Callable[[int], str]] = [
            self.words,
            self.words,
            self.words,
            self._heading,
            self._list,
            self._nested_list,
            self._code,
            self._code_in_list,
            self._table,
            self._html,
            self._inline,
            self._notes,
            self._links,
            self._formula,
            self._quote,
            self._odd_fences,
            self._marks,
            self._chinese,
            self._tasks,
        ]

    def text(self, blocks: int, cut: bool = False) -> str:
        """`cut`: ends anywhere, as a stream that broke."""
        text = "\n\n".join(self.random.choice(self._blocks)(self.random.randrange(1, 60)) for _ in range(blocks))
        return text[: self.random.randrange(1, len(text) + 1)] if cut else text

    def word(self) -> str:
        self._count += 1
        return f"w{self._count:06d}"

    def words(self, count: int) -> str:
        return " ".join(self.word() for _ in range(count))

    def _heading(self, size: int) -> str:
        return f"{'#' * (size % 6 + 1)} **{self.words(3)}** {self.word()}"

    def _list(self, size: int) -> str:
        return "\n".join(f"- {self.words(5)}" for _ in range(size % 9 + 1))

    def _nested_list(self, size: int) -> str:
        return "\n".join(
            f"{number}. {self.words(2)}\n   - **{self.word()}** {self.words(2)}" for number in range(1, size % 9 + 2)
        )

    def _code(self, size: int) -> str:
        lines = "\n".join("  " * (at % 4) + self.words(4) + " <b> || **x**" for at in range(size))
        return f"```{self.random.choice(['', 'python', 'js'])}\n{lines}\n```"

    def _code_in_list(self, size: int) -> str:
        lines = "\n".join(f"    {self.words(5)}" for _ in range(size))
        return f"1. {self.words(3)}\n\n    ```sh\n{lines}\n    ```\n\n   {self.words(3)}"

    def _table(self, size: int) -> str:
        def row() -> str:
            cells = self.random.choice([2, 3, 4])
            forms = ["**%s**", "`%s`", "%s", "[%s](http://a.b)", "%s<br>x", "中%s文"]
            return "| " + " | ".join(self.random.choice(forms) % self.word() for _ in range(cells)) + " |"

        head = "| " + " | ".join(self.word() for _ in range(3)) + " |\n|---|:-:|--:|\n"
        return head + "\n".join(row() for _ in range(size))

    def _html(self, size: int) -> str:
        return f"<div>\n{self.words(4)}\n<table><tr><td>{self.word()}</td></tr></table>\n</div>"

    def _inline(self, size: int) -> str:
        return (
            f"{self.words(2)} <think>{self.words(3)}</think> **{self.words(2)}** `{self.words(2)}` "
            f"~~{self.word()}~~ *{self.word()}* " * 1
        )

    def _notes(self, size: int) -> str:
        return f'[{self.word()}]: http://x.y/{self.word()} "{self.word()}"\n[^{self.word()}]: {self.words(4)}'

    def _links(self, size: int) -> str:
        return (
            f'[{self.word()}]({self.word()}.py) [{self.words(2)}](http://e.com/x_(y) "{self.word()}") '
            f"![{self.word()}](http://i.com/a.png) <http://auto.com/{self.word()}> [](http://x.y/{self.word()}) "
            f"https://bare.com/{self.word()}"
        )

    def _formula(self, size: int) -> str:
        return (
            f"$x_{{{self.word()}}}+\\frac{{{self.word()}}}{{2}}$ and \\({self.word()}^2\\) costs $5 and $6 {self.word()}"
            f"\n\n\\[\n{self.word()} = \\alpha {self.word()}\n\\]"
        )

    def _quote(self, size: int) -> str:
        return f"> {self.words(size)}\n> ```\n> {self.words(5)}\n> ```"

    def _odd_fences(self, size: int) -> str:
        return f"```js {self.words(3)}\n{self.words(3)}\n```\n\n```go {self.word()}\n```\n\n~~~\n{self.words(size)} ```\n~~~"

    def _marks(self, size: int) -> str:
        return (
            f"{self.word()} || {self.word()} || {self.word()} ** {self.word()} __{self.word()}__ 2*{self.word()}*4 "
            f"\\<{self.word()}> &amp; {self.word()}_{self.word()}_\n>>> {self.word()}"
        )

    def _chinese(self, size: int) -> str:
        return f"**“{self.word()}”**后面{self.word()}" + "。" * 3 + "中文" * size + "👩‍👩‍👧" * (size % 5)

    def _tasks(self, size: int) -> str:
        lines = "\n".join(f"- [{self.random.choice(' x')}] {self.words(3)}" for _ in range(3))
        return f"{lines}\n\n---\n\n{self.words(4 * size)}"
