"""Fields that a newer model refuses by name: they are left out or renamed, the question is asked once more, and the process
remembers it. For questions only, never for orders. Pure, but for what is remembered.

Gateway contract, chat 9.7: on a 400 that names such a field, drop it and retry once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.values import Json

REMEMBERED = 500
WORDS_CHARS = 4_000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")

Refused = frozenset[tuple[str, str]]
"""Fields, each with the one word that was refused as its value; "" = whatever its value."""

_NOTHING: Refused = frozenset()


class RefusedFields:
    """What has been refused so far, by family and the upstream's name of the model."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._refused: dict[tuple[str, str], Refused] = {}

    def of(self, family: str, upstream: str) -> Refused:
        return self._refused.get((family, upstream), _NOTHING)

    def remember(self, family: str, upstream: str, refused: Refused) -> None:
        """Only what a retry has proved: that without these fields the question was taken."""
        known = self._refused.pop((family, upstream), _NOTHING)
        self._refused[family, upstream] = known | refused
        if len(self._refused) > self._most:
            del self._refused[next(iter(self._refused))]


def named_in(reply: Json, refusable: Mapping[str, str]) -> frozenset[str]:
    """The refusable fields that a refusal names, in `param` or in its words. Spelling is the upstream's own: `max_tokens`
    or `maxTokens`, a whole place or, where that is no common word, its last step."""
    error = reply.get("error") if isinstance(reply, dict) else None
    told = error if isinstance(error, dict) else reply if isinstance(reply, dict) else {}
    texts = [told.get(name) for name in ("param", "message", "msg", "detail")] + [error]
    words = "\n".join(text[:WORDS_CHARS] for text in texts if isinstance(text, str))
    named: set[str] = set()
    for name in {_plain(name) for name in _NAME.findall(words)}:
        meant = [field for field in refusable if _means(name, field)]
        named.update(field for field in meant if not any(other.startswith(field + ".") for other in meant))
    return frozenset(named)


def _means(name: str, field: str) -> bool:
    plain, last = _plain(field), field.rpartition(".")[2]
    if name == plain or name.startswith(plain + ".") or name.endswith("." + plain):
        return True
    table = field.partition(".")[0]
    if name == _plain(table) != table:  # all that is in it
        return True
    return last != _plain(last) and name.rpartition(".")[2] == _plain(last)  # a word of two parts is no prose


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def without(body: Json, refused: Refused, refusable: Mapping[str, str]) -> tuple[Json, Refused]:
    """The body without these fields, or with the fields that take their place; and what was taken out, with its value where
    that is a word, for other words may do. What the given body is made of stays as it is."""
    if not isinstance(body, dict):
        return body, _NOTHING
    changed, taken = dict(body), set()
    for field in sorted({field for field, _ in refused}):
        value = _at(body, field)
        word = value if isinstance(value, str) else ""
        if value is None or not {(field, ""), (field, word)} & refused:
            continue
        _drop(changed, field)
        taken.add((field, word))
        if place := refusable.get(field, ""):
            _put(changed, place, value)
    return changed, frozenset(taken)


def _at(body: Json, field: str) -> Json:
    for step in field.split("."):
        body = body.get(step) if isinstance(body, dict) else None
    return body


def _drop(body: dict[str, Json], field: str) -> None:
    """Takes a field out, and the tables that are empty without it."""
    first, _, rest = field.partition(".")
    inner = body.get(first)
    if not rest:
        body.pop(first, None)
    elif isinstance(inner, dict):
        shorter = dict(inner)
        _drop(shorter, rest)
        body[first] = shorter
        if not shorter:
            del body[first]


def _put(body: dict[str, Json], place: str, value: Json) -> None:
    """What the row has put there already stands."""
    first, _, rest = place.partition(".")
    if not rest:
        body.setdefault(first, value)
        return
    inner = body.get(first, {})
    if isinstance(inner, dict):
        body[first] = dict(inner)
        _put(body[first], rest, value)
