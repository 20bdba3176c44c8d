"""Arguments for a tool, filled in from its schema by the names of its properties. Pure functions."""

import re
from collections.abc import Mapping

from bots.sandbox.instances import instance
from bots.sandbox.question import Fields, Offer

Facts = Mapping[str, object]
"""What a sentence told: `subject` always; maybe `expression`, `url`, `reference`, `seconds`."""

_REFERENCE = re.compile(r"picture|image|photo|source|reference|input|frame|job|original|^of$|^from$|^ref$|^refs$")
_URL = re.compile(r"url|link|address|uri|page")
_EXPRESSION = re.compile(r"expression|formula|sum|calculation")
_TIME = re.compile(r"second|minute|hour|^in$|^in_|_in$|delay|after|wait|when|^at$|time|due")
_SUBJECT = re.compile(
    r"prompt|description|text|content|fact|message|note|words|query|question|subject|topic|what|about|change|"
    r"instruction|search|keyword|memory|input|lyrics|task|title"
)


def fill(offer: Offer, facts: Facts) -> dict[str, object]:
    """Every required property, and of the others those that the facts have something for."""
    properties = offer.parameters.get("properties")
    required = offer.parameters.get("required")
    needed = required if isinstance(required, list) else []
    filled: dict[str, object] = {}
    for name, told in properties.items() if isinstance(properties, Mapping) else ():
        schema: Fields = told if isinstance(told, Mapping) else {}
        value = _known(name, schema, facts, wanted=name in needed)
        if value is not None and name not in needed and _TIME.search(name.lower()) and _has_time(filled):
            continue  # one of several ways to say when is enough
        if value is not None:
            filled[name] = value
        elif name in needed:
            filled[name] = instance(schema, name, offer.parameters)
    return filled


def _has_time(filled: Fields) -> bool:
    return any(_TIME.search(name.lower()) and not _SUBJECT.search(name.lower()) for name in filled)


def _known(name: str, schema: Fields, facts: Facts, *, wanted: bool) -> object:
    """What the facts say of this property, in its own type; None = nothing."""
    if "enum" in schema or "const" in schema:
        return None
    lower = name.lower()
    if _REFERENCE.search(lower) and (wanted or "reference" in facts):
        return _shaped(schema, facts.get("reference", "last"))
    if _EXPRESSION.search(lower) and (expression := facts.get("expression")):
        return _shaped(schema, expression)
    if _URL.search(lower) and (url := facts.get("url")):
        return _shaped(schema, url)
    if _TIME.search(lower) and isinstance(seconds := facts.get("seconds"), int):
        return _timed(lower, schema, seconds)
    if wanted and (_SUBJECT.search(lower) or _only_text(schema)):
        return _shaped(schema, facts["subject"])
    return None


def _shaped(schema: Fields, value: object) -> object:
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "array" in kinds:
        return [value]
    return value if "string" in kinds or kinds == [None] else None


def _only_text(schema: Fields) -> bool:
    return schema.get("type") == "string" and "format" not in schema and "pattern" not in schema


def _timed(name: str, schema: Fields, seconds: int) -> object:
    """A time in the unit that the name or the description tells; text becomes words such as "10m"."""
    told = f"{name} {schema.get('description', '')}".lower()
    unit = next((unit for unit in ("second", "minute", "hour", "day") if unit in name), "")
    unit = unit or next((unit for unit in ("second", "minute", "hour") if unit in told), "minute")
    amount = max(1, round(seconds / {"second": 1, "minute": 60, "hour": 3600, "day": 86400}[unit]))
    if schema.get("type") in ("integer", "number"):
        return amount
    return f"{max(1, seconds // 60)}m" if schema.get("type") in ("string", None) else None
