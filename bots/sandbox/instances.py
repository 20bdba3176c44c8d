"""A value that satisfies a JSON Schema, and what a strict schema must have (gateway contract, chat 5.6). Pure functions."""

from collections.abc import Iterator, Mapping

_DEPTH_MAX = 12
_TEXTS = {
    "date": "2026-01-31",
    "time": "09:30:00Z",
    "date-time": "2026-01-31T09:30:00Z",
    "email": "ana@example.org",
    "uri": "https://example.org/",
    "url": "https://example.org/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "192.0.2.1",
}


def instance(schema: object, name: str = "", root: object = None, depth: int = 0) -> object:
    """A plain value of that shape; `name` is the property's, for words that fit. What no value satisfies gives null."""
    root = schema if root is None else root
    if depth > _DEPTH_MAX or not isinstance(schema, Mapping):
        return None
    schema = _resolved(schema, root)
    for place in ("const", "default"):
        if place in schema:
            return schema[place]
    if choices := _items(schema.get("enum")):
        return choices[0]
    for place in ("anyOf", "oneOf", "allOf"):
        if options := _items(schema.get(place)):
            return instance(options[0], name, root, depth + 1)
    match _kind(schema):
        case "object":
            return {
                key: instance(inner, key, root, depth + 1) for key, inner in _mapping(schema.get("properties")).items()
            }
        case "array":
            count = max(1, _number(schema.get("minItems"), 1))
            most = _number(schema.get("maxItems"), count)
            return [instance(schema.get("items"), name, root, depth + 1) for _ in range(min(count, most, 64))]
        case "integer" | "number" as kind:
            return _within(schema, whole=kind == "integer")
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return _text(schema, name)


def strict_problem(schema: object, place: str = "") -> str | None:
    """Why a strict schema is refused: each object needs every property required, and no others allowed."""
    for where, inner in _objects(schema, place, 0):
        properties = _mapping(inner.get("properties"))
        if inner.get("additionalProperties") is not False:
            return f"In context={where}, 'additionalProperties' is required to be supplied and to be false."
        required = _items(inner.get("required"))
        if missing := next((key for key in properties if key not in required), None):
            return (
                f"In context={where}, 'required' is required to be supplied and to be an array including every key "
                f"in properties. Missing '{missing}'."
            )
    return None


def closed_problem(schema: object) -> str | None:
    """Why a schema with open objects is refused by vendors that ask for no more than that."""
    for where, inner in _objects(schema, "", 0):
        if inner.get("additionalProperties") is not False:
            return f"{where}: For 'object' type, 'additionalProperties' must be explicitly set to false"
    return None


def _objects(schema: object, place: str, depth: int) -> Iterator[tuple[str, Mapping[str, object]]]:
    if depth > _DEPTH_MAX or not isinstance(schema, Mapping):
        return
    if _kind(schema) == "object":
        yield f"({place})", schema
    for key, inner in _mapping(schema.get("properties")).items():
        yield from _objects(inner, f"{place}/{key}", depth + 1)
    for key in ("$defs", "definitions"):
        for name, inner in _mapping(schema.get(key)).items():
            yield from _objects(inner, f"{place}/{name}", depth + 1)
    for key in ("anyOf", "oneOf", "allOf"):
        for inner in _items(schema.get(key)):
            yield from _objects(inner, place, depth + 1)
    yield from _objects(schema.get("items"), f"{place}/items", depth + 1)


def _resolved(schema: Mapping[str, object], root: object) -> Mapping[str, object]:
    for _ in range(_DEPTH_MAX):
        link = schema.get("$ref")
        if not isinstance(link, str) or not link.startswith("#"):
            return schema
        found = root
        for step in link.removeprefix("#").strip("/").split("/"):
            found = _mapping(found).get(step) if step else found
        if not isinstance(found, Mapping):
            return {}
        schema = found
    return {}


def _kind(schema: Mapping[str, object]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    if isinstance(kind, str):
        return kind.lower()  # Gemini writes OBJECT
    return "object" if "properties" in schema else "string"


def _within(schema: Mapping[str, object], *, whole: bool) -> int | float:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    value: float = 1
    if isinstance(low, int | float) and low >= value:
        value = low + ("exclusiveMinimum" in schema)
    if isinstance(high, int | float) and high <= value:
        value = high - ("exclusiveMaximum" in schema)
    step = schema.get("multipleOf")
    if isinstance(step, int | float) and step > 0:
        value = -(-value // step) * step
    return int(value) if whole or value == int(value) else value


def _text(schema: Mapping[str, object], name: str) -> str:
    text = _TEXTS.get(str(schema.get("format", "")), f"sandbox {name}".strip())
    least, most = _number(schema.get("minLength"), 0), _number(schema.get("maxLength"), 10_000)
    return text.ljust(min(least, 10_000), "x")[:most]


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else otherwise
