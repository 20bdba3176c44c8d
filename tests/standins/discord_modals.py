"""Windows with a form in the Discord stand-in: what Discord refuses of one, and what the app sends when it is filled in. Pure
functions over JSON."""

from collections.abc import Mapping

from tests.standins.discord_rules import (
    ROW,
    SELECTS,
    STRING_SELECT,
    TEXT_INPUT,
    Json,
    check_options,
    invalid,
    text_of,
)

TEXT_DISPLAY, LABEL = 10, 18
MODAL_ONLY = frozenset({19, 21, 22, 23})  # file upload, radio and checkbox groups, checkbox


def check_modal(data: Json) -> None:
    """The data of an answer that opens a window."""
    if unknown := set(data) - {"title", "custom_id", "components"}:
        raise invalid(f"modal: {sorted(unknown)} do not belong in a modal")
    text_of(data, "title", 1, 45, "modal")
    text_of(data, "custom_id", 1, 100, "modal")
    rows = data.get("components") or []
    if not 1 <= len(rows) <= 5:
        raise invalid("modal.components: Must be between 1 and 5 in length.")
    items = [item for row in rows for item in _of_modal_row(row)]
    for item in items:
        _check_modal_item(item)
    if len({item["custom_id"] for item in items}) != len(items):
        raise invalid("modal.components: Component custom id cannot be duplicated")


def _of_modal_row(row: Json) -> list[Json]:
    """The one field in a label, or, as it was before there were labels, in a row; a text has none."""
    if row.get("type") == LABEL:
        text_of(row, "label", 1, 45, "label")
        text_of(row, "description", 0, 100, "label")
        if not isinstance(row.get("component"), dict) or row["component"].get("label") is not None:
            raise invalid("label.component: one component, whose label is this one's")
        return [row["component"]]
    if row.get("type") == ROW:
        (item,) = row["components"]
        if item.get("type") != TEXT_INPUT:
            raise invalid("modal.components: only a text input stands in a row")
        text_of(item, "label", 1, 45, "text input")
        return [item]
    if row.get("type") != TEXT_DISPLAY:
        raise invalid(f"modal.components: type {row.get('type')!r} does not belong in a modal")
    return []


def _check_modal_item(item: Json) -> None:
    kind = item.get("type")
    text_of(item, "custom_id", 1, 100, "modal item")
    if not isinstance(item.get("required", True), bool):
        raise invalid("modal item.required: must be a boolean")
    if kind == TEXT_INPUT:
        _check_text_input(item)
    elif kind in SELECTS:
        text_of(item, "placeholder", 0, 150, "select")
        least, most = item.get("min_values", 1), item.get("max_values", 1)
        options = item.get("options") or []
        if kind == STRING_SELECT:
            check_options(options)
        if not 0 <= least <= most <= 25 or (item.get("required", True) and least == 0) or item.get("disabled"):
            raise invalid("select: min_values, max_values, required or disabled")
        if sum(bool(option.get("default")) for option in options) > most:
            raise invalid("select.options: more defaults than max_values")
    elif kind not in MODAL_ONLY:
        raise invalid(f"modal item: type {kind!r}")


def _check_text_input(item: Json) -> None:
    least, most = item.get("min_length", 0), item.get("max_length", 4000)
    if item.get("style") not in (1, 2) or not 0 <= least <= most or not 1 <= most <= 4000:
        raise invalid("text input: style or length")
    text_of(item, "placeholder", 0, 100, "text input")
    if item.get("value") is not None:
        text_of(item, "value", max(least, 1), most, "text input")


def filled_in(modal: Json, fields: Mapping[str, str]) -> list[Json]:
    """The components of a submit. What the app would not let a person send is an AssertionError."""
    sent: list[Json] = []
    for row in modal["components"]:
        about: Json = {"type": row["type"], "id": row.get("id", 1)}
        if "component" in row:
            about["component"] = _value(row["component"], fields)
        elif row["type"] == ROW:
            about["components"] = [_value(item, fields) for item in row["components"]]
        sent.append(about)
    return sent


def _value(item: Json, fields: Mapping[str, str]) -> Json:
    """One field of a modal as the app sends it."""
    name, required = item["custom_id"], item.get("required", True)
    sent: Json = {"type": item["type"], "custom_id": name, "id": item.get("id", 1)}
    if item["type"] in SELECTS:
        by_name = {key: option["value"] for option in item["options"] for key in (option["label"], option["value"])}
        default = [option["value"] for option in item["options"] if option.get("default")]
        chosen = [by_name[fields[name]]] if fields.get(name) else [] if name in fields else default
        assert len(chosen) >= (max(1, item.get("min_values", 1)) if required else 0), f"{name} has to be chosen"
        return sent | {"values": chosen}
    text = fields.get(name, item.get("value") or "")
    assert item.get("min_length", 0) <= len(text) <= item.get("max_length", 4000), f"length of {name}"
    assert text or not required, f"{name} has to be filled in"
    return sent | {"value": text}
