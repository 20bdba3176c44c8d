"""The arguments of a call, as a model wrote them: read, mended where the meaning is plain, and checked by the tool's JSON
Schema. The only file that imports jsonschema, at the first call and in a thread: that takes a sixth of a second.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NoReturn

from core.specs import folded
from core.tools.wording import bounded
from core.values import Json

ARGUMENTS_CHARS = 100_000
SAID_CHARS = 300
SCHEMA_CHARS = 3_000

Problems = Callable[[Json, Json], str]
"""(arguments, schema) -> what is wrong, "" = nothing."""


class BadArguments(Exception):
    """Its text tells the model what is wrong and what is allowed."""


async def read(text: str, schema: Json) -> dict[str, Json]:
    """Raises BadArguments."""
    found = _mended(_decoded(text, schema), schema)
    problems = await asyncio.to_thread(_problems) if _problems.cache_info().currsize == 0 else _problems()
    try:
        wrong = problems(found, schema)
    except RecursionError:
        wrong = "it is nested too deeply"
    if wrong:
        raise _bad(wrong, schema)
    return found


def _decoded(text: str, schema: Json) -> dict[str, Json]:
    if len(text) > ARGUMENTS_CHARS:
        raise _bad(f"{len(text)} characters are too many, at most {ARGUMENTS_CHARS}", schema)
    try:
        found = json.loads(text, parse_constant=_no_number) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        raise _bad(f"they are no JSON ({error})", schema) from error
    if not isinstance(found, dict):
        raise _bad("they must be one JSON object", schema)
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _bad(why: str, schema: Json) -> BadArguments:
    shape = bounded(json.dumps(schema, ensure_ascii=False, separators=(",", ":")), SCHEMA_CHARS)
    return BadArguments(f"Nothing was done. Wrong arguments: {_short(why)}. Allowed: {shape}")


def _short(why: str) -> str:
    """The value stands first and what is wrong with it last."""
    return why if len(why) <= SAID_CHARS else f"{why[: SAID_CHARS // 3]} … {why[-SAID_CHARS * 2 // 3 :]}"


# --- mending --------------------


def _mended(found: Mapping[str, Json], schema: Json) -> dict[str, Json]:
    """Models write null for what they leave out, 5 for "5", "5" for 5, and 4K for 4k."""
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    shapes = properties if isinstance(properties, Mapping) else {}
    mended: dict[str, Json] = {}
    for name, value in found.items():
        shape = shapes.get(name)
        if value is None and shape is not None and name not in schema.get("required", ()):
            continue
        mended[name] = _mended_value(value, shape) if isinstance(shape, Mapping) else value
    return mended


def _mended_value(value: Json, shape: Mapping[str, Json]) -> Json:
    kind = shape.get("type")
    if kind == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    elif kind == "integer" and isinstance(value, str) and len(value) < 20 and value.strip().isdecimal():
        value = int(value)
    elif kind == "array" and isinstance(value, str):
        value = [value]
    allowed = shape.get("enum")
    if isinstance(value, str) and isinstance(allowed, list) and value not in allowed:
        wanted = folded(value)
        return next((each for each in allowed if isinstance(each, str) and folded(each) == wanted), value)
    return value


# --- checking --------------------


@lru_cache(maxsize=1)
def _problems() -> Problems:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - 160 ms, and most chats never call a tool
    from jsonschema.exceptions import best_match  # noqa: PLC0415
    from jsonschema.validators import extend  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415

    usual = Draft202012Validator.VALIDATORS["additionalProperties"]

    def unchecked(*_: Any) -> Iterator[Any]:
        return iter(())

    def additional(validator: Any, value: Json, instance: Json, schema: Json) -> Iterator[Any]:
        return iter(()) if "patternProperties" in schema else iter(usual(validator, value, instance, schema) or ())

    # a schema may come from another server: its regular expressions can take for ever, and uniqueness is quadratic
    skipped = {"pattern": unchecked, "patternProperties": unchecked, "uniqueItems": unchecked}
    validator = extend(Draft202012Validator, {**skipped, "additionalProperties": additional})

    def problems(found: Json, schema: Json) -> str:
        checker = validator(schema, registry=Registry())  # an empty registry: no reference is ever fetched
        worst = best_match(checker.iter_errors(found))
        if worst is None:
            return ""
        where = ".".join(str(step) for step in worst.absolute_path)
        return f"{where}: {worst.message}" if where else str(worst.message)

    return problems
