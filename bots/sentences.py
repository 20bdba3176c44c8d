"""What the delivery engine asks of the sentences people read: `bots.texts.Texts`."""

from __future__ import annotations

from typing import Protocol

from core.values import Json


class Sentences(Protocol):
    def __call__(self, locale: str, key: str, **params: Json) -> str: ...
