"""Looking into JSON from outside. Pure functions."""

import json
from collections.abc import Mapping

from bots.sandbox.question import Fields

BEFORE_MAX = 4000  # letters of earlier messages that the sandbox looks back at


def mapping(value: object) -> Fields:
    return value if isinstance(value, Mapping) else {}


def objects(value: object) -> list[Fields]:
    """The objects of a list; what is no object is left out."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    return value if isinstance(value, str) else ""


def is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_number(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def below(value: object, *names: str) -> object:
    """What lies below these names; None when one of them is missing."""
    for name in names:
        value = mapping(value).get(name)
    return value


def is_object_text(value: object) -> bool:
    """Whether it is the JSON text of an object, as arguments of calls are."""
    try:
        return isinstance(json.loads(text(value)), dict)
    except (ValueError, RecursionError):
        return False


def refuses(model: str) -> bool:
    """Models named like this refuse fields by name, as the newest ones do (gateway contract, chat 9.7)."""
    return "sandbox-new" in model
