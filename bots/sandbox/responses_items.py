"""Items of a Responses input: what must come back together, unchanged, and answered (gateway contract, chat 7.2). Pure.

The sandbox remembers nothing: ids of its own items are signed, and tell whether thinking came with them.
"""

from bots.sandbox.fields import is_object_text, items, mapping, objects, text
from bots.sandbox.question import Fields
from bots.sandbox.refusals import VendorRefusal, invalid_value
from bots.sandbox.seals import holds, seal, short

_ROLES = ("user", "assistant", "system", "developer")


def ids_of(prefix: str, stem: str, *, thought: bool, number: int = 0) -> str:
    """The id of an output item. It tells whether a reasoning item came with it, and is signed; nothing is remembered."""
    body = f"{'r' if thought else 'n'}{stem}{'' if prefix == 'rs' else f'{number:02d}'}"
    return f"{prefix}_{body}{short('item', prefix, body)}"


def open_seal(item_id: str) -> str:
    """What stands for the hidden thinking when nothing is stored."""
    return seal("reasoning", item_id)


def _known(item_id: str, prefix: str) -> bool:
    body = item_id.removeprefix(f"{prefix}_")
    return item_id.startswith(f"{prefix}_") and short("item", prefix, body[:-24]) == body[-24:]


def check_input(body: Fields) -> None:
    """Raises `VendorRefusal`."""
    if isinstance(body["input"], str):
        return
    raw = items(body["input"])
    entries = objects(raw)
    if not raw or len(entries) < len(raw):
        raise invalid_value("input", "Invalid type for 'input'.")
    for number, item in enumerate(entries):
        _check_item(f"input[{number}]", item, stored=body.get("store", True) is not False)
    _check_companions(entries)
    _check_calls(entries)


def _check_item(where: str, item: Fields, *, stored: bool) -> None:
    kind = item.get("type", "message")
    match kind:
        case "message":
            if item.get("role") not in _ROLES:
                message = f"Invalid value: '{str(item.get('role'))[:40]}'. Supported values are: {', '.join(_ROLES)}."
                raise invalid_value(f"{where}.role", message)
            if not item.get("content"):
                raise VendorRefusal(
                    f"Missing required parameter: '{where}.content'.",
                    param=f"{where}.content",
                    code="missing_required_parameter",
                )
            _check_parts(where, item)
        case "reasoning":
            _check_reasoning_item(where, item, stored=stored)
        case "function_call":
            if not is_object_text(item.get("arguments") or "{}") or not text(item.get("name")):
                raise invalid_value(f"{where}.arguments", f"Invalid '{where}.arguments'.")
        case "function_call_output":
            if not isinstance(item.get("output"), str | list):
                raise invalid_value(f"{where}.output", f"Missing required parameter: '{where}.output'.")
        case "web_search_call":
            return
        case _:
            raise invalid_value(f"{where}.type", f"Invalid value: '{str(kind)[:40]}'.")


def _check_parts(where: str, item: Fields) -> None:
    allowed = ("output_text", "refusal") if item["role"] == "assistant" else ("input_text", "input_image", "input_file")
    for number, part in enumerate(items(item["content"]) if isinstance(item["content"], list) else []):
        kind = mapping(part).get("type")
        if kind not in allowed:
            message = f"Invalid value: '{str(kind)[:40]}'. Supported values are: {', '.join(allowed)}."
            raise invalid_value(f"{where}.content[{number}].type", message)


def _check_reasoning_item(where: str, item: Fields, *, stored: bool) -> None:
    item_id, sealed = text(item.get("id")), item.get("encrypted_content")
    if not isinstance(item.get("summary"), list):
        message = f"Missing required parameter: '{where}.summary'."
        raise VendorRefusal(message, param=f"{where}.summary", code="missing_required_parameter")
    if sealed is not None and not holds(sealed, "reasoning", item_id):
        message = f"The encrypted content for item {item_id[:80]} could not be verified."
        raise VendorRefusal(message, code="invalid_encrypted_content")
    if sealed is None and (not stored or not _known(item_id, "rs")):
        message = f"Item with id '{item_id[:80]}' not found."
        if not stored:
            message += (
                " Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this "
                "item from your input."
            )
        raise VendorRefusal(message, param="input", status=404)


def _check_companions(entries: list[Fields]) -> None:
    """A reasoning item and what followed it come back together."""
    stems = [text(item.get("id"))[3:28] for item in entries if item.get("type") == "reasoning"]
    for number, item in enumerate(entries):
        kind, item_id = item.get("type"), text(item.get("id"))
        prefix = {"function_call": "fc", "message": "msg"}.get(str(kind), "")
        stem = item_id.removeprefix(f"{prefix}_")[:25]
        if prefix and stem.startswith("r") and _known(item_id, prefix) and stem not in stems:
            raise VendorRefusal(
                f"Item '{item_id[:80]}' of type '{kind}' was provided without its required 'reasoning' item: 'rs_{stem}'.",
                param="input",
            )
        if kind == "reasoning" and (number + 1 == len(entries) or entries[number + 1].get("role") == "user"):
            message = f"Item '{item_id[:80]}' of type 'reasoning' was provided without its required following item."
            raise VendorRefusal(message, param="input")


def _check_calls(entries: list[Fields]) -> None:
    called = [item.get("call_id") for item in entries if item.get("type") == "function_call"]
    answered = [item.get("call_id") for item in entries if item.get("type") == "function_call_output"]
    if stray := next((one for one in answered if one not in called), None):
        message = f"No tool call found for function call output with call_id {str(stray)[:80]}."
        raise VendorRefusal(message, param="input")
    if missing := next((one for one in called if one not in answered), None):
        raise VendorRefusal(f"No tool output found for function call {str(missing)[:80]}.", param="input")
    if len(set(map(str, called))) < len(called) or len(set(map(str, answered))) < len(answered):
        raise VendorRefusal("Duplicate item found with the same call_id.", param="input")
