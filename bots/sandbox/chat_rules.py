"""What chat completions refuse: the gateway's own errors, then the vendor's (gateway contract, chat 2.2, 5.1, 5.2)."""

from bots.sandbox.fields import is_count, is_number, items, mapping, objects, refuses, text
from bots.sandbox.question import Fields
from bots.sandbox.record import Seen
from bots.sandbox.refusals import VendorRefusal, invalid_request, invalid_value, missing_model, no_json, unsupported
from bots.sandbox.responses_rules import check_function, check_schema, reasons
from bots.sandbox.state import Sandbox

_ROLES = ("system", "developer", "user", "assistant", "tool")
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_PARTS = {
    "user": ("text", "image_url", "input_audio", "file", "video_url"),
    "assistant": ("text", "refusal"),
    "tool": ("text",),
    "system": ("text",),
    "developer": ("text",),
}
_TOOLS_MAX = 128
_STOPS_MAX = 5


def checked(seen: Seen) -> Fields:
    """The body with a model and messages of some shape. Raises `Refusal`."""
    if not isinstance(seen.body, dict):
        raise no_json()
    body = seen.json
    if not text(body.get("model")):
        raise missing_model()
    return body


def check(body: Fields, sandbox: Sandbox) -> None:
    """Raises `Refusal`."""
    model = text(body["model"])
    sandbox.check_model(model, *(("chat", "image") if model.startswith(("gemini", "nano")) else ("chat",)))
    check_messages_there(body)
    limit(body)
    if model.startswith(("o3-pro", "codex")):
        refused = "This is not a chat model and thus not supported in the v1/chat/completions endpoint."
        raise VendorRefusal(refused, param="model", status=404)
    _check_numbers(body, model)
    _check_form(body)
    _check_tools(body)
    _check_search(body, model)
    messages = objects(body["messages"])
    for number, message in enumerate(messages):
        _check_message(number, message)
    _check_calls(messages)


def check_messages_there(body: Fields) -> None:
    """The gateway's own look at the messages. Raises `Refusal`."""
    messages = items(body.get("messages"))
    if not messages:
        raise invalid_request("field messages is required")
    if not all(isinstance(message, dict) and message.get("role") for message in messages):
        raise invalid_request("messages is invalid")


def limit(body: Fields) -> int | None:
    """How many tokens the answer may have; 0 and absent mean no limit. Raises `Refusal` for what is no count."""
    for name in ("max_completion_tokens", "max_tokens"):
        value = body.get(name)
        if value is None:
            continue
        if not is_count(value):
            raise invalid_request("max_tokens is invalid")
        if value:
            return int(str(value))
    return None


def _check_numbers(body: Fields, model: str) -> None:
    if refuses(model):
        for name, instead in (("max_tokens", "max_completion_tokens"), ("temperature", ""), ("reasoning_effort", "")):
            if body.get(name) is not None:
                raise unsupported(name, instead)
    effort = body.get("reasoning_effort")
    if effort is not None and effort not in _EFFORTS:
        raise invalid_value(
            "reasoning_effort", f"Invalid value: '{str(effort)[:40]}'. Supported values are: {', '.join(_EFFORTS)}."
        )
    if effort is not None and model.startswith("gpt") and not reasons(model):
        raise unsupported("reasoning_effort")
    high = 1 if model.startswith("claude") else 2
    for name, low, most in (
        ("temperature", 0, high),
        ("top_p", 0, 1),
        ("presence_penalty", -2, 2),
        ("frequency_penalty", -2, 2),
    ):
        if body.get(name) is not None and not is_number(body[name], low, most):
            raise VendorRefusal(
                f"Invalid '{name}': expected a number from {low} to {most}.", param=name, code="decimal_out_of_range"
            )
    if len(items(body.get("stop"))) > _STOPS_MAX:
        raise invalid_value("stop", "Invalid 'stop': array too long.")


def _check_form(body: Fields) -> None:
    form = mapping(body.get("response_format"))
    match form.get("type", "text"):
        case "text":
            return
        case "json_object":
            if "json" not in str(body["messages"]).lower():
                message = "'messages' must contain the word 'json' in some form, to use response_format 'json_object'."
                raise VendorRefusal(message, param="messages")
        case "json_schema":
            inner = mapping(form.get("json_schema"))
            if not text(inner.get("name")):
                param = "response_format.json_schema.name"
                raise VendorRefusal(
                    f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter"
                )
            strict = inner.get("strict") is True
            check_schema(inner.get("schema"), text(inner["name"]), "response_format.json_schema", strict=strict)
        case kind:
            raise invalid_value("response_format.type", f"Invalid value: '{str(kind)[:40]}'.")


def _check_tools(body: Fields) -> None:
    tools = items(body.get("tools"))
    if len(tools) > _TOOLS_MAX:
        raise VendorRefusal(
            f"Invalid 'tools': array too long, at most {_TOOLS_MAX}.", param="tools", code="array_above_max_length"
        )
    names: list[str] = []
    for number, tool in enumerate(tools):
        if mapping(tool).get("type") != "function":
            raise invalid_value(f"tools[{number}].type", "Invalid value. Supported values are: 'function'.")
        function = mapping(mapping(tool).get("function"))
        names.append(check_function(function, f"tools[{number}].function", strict=function.get("strict") is True))
    choice = body.get("tool_choice")
    if choice is None:
        return
    if not tools:
        raise VendorRefusal(
            "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
            param="tool_choice",
        )
    wanted = mapping(mapping(choice).get("function")).get("name")
    if choice not in ("none", "auto", "required") and wanted not in names:
        raise invalid_value("tool_choice", "Tool choice not found in 'tools' parameter.")


def _check_search(body: Fields, model: str) -> None:
    options = body.get("web_search_options")
    if options is None:
        return
    if not (model.startswith("claude") or "search" in model or refuses(model)):
        raise VendorRefusal("Web search options not supported with this model.", param="web_search_options")
    if mapping(options).get("search_context_size", "medium") not in ("low", "medium", "high"):
        raise invalid_value(
            "web_search_options.search_context_size", "Invalid value. Supported values are: low, medium, high."
        )


# --- messages --------------------


def _check_message(number: int, message: Fields) -> None:
    where, role = f"messages[{number}]", message["role"]
    if not isinstance(role, str) or role not in _ROLES:
        raise invalid_value(
            f"{where}.role", f"Invalid value: '{str(role)[:40]}'. Supported values are: {', '.join(_ROLES)}."
        )
    content = message.get("content")
    if content is None and not (role == "assistant" and (message.get("tool_calls") or message.get("refusal"))):
        raise VendorRefusal("Invalid value for 'content': expected a string, got null.", param=f"{where}.content")
    if not isinstance(content, str | list | None):
        raise VendorRefusal(f"Invalid type for '{where}.content'.", param=f"{where}.content", code="invalid_type")
    for place, part in enumerate(content if isinstance(content, list) else []):
        kind = mapping(part).get("type")
        if kind not in _PARTS[role]:
            message_text = f"Invalid value: '{str(kind)[:40]}'. Supported values are: {', '.join(_PARTS[role])}."
            raise invalid_value(f"{where}.content[{place}].type", message_text)
    if role == "tool" and not text(message.get("tool_call_id")):
        param = f"{where}.tool_call_id"
        raise VendorRefusal(f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")
    for place, call in enumerate(objects(message.get("tool_calls"))):
        function = mapping(call.get("function"))
        whole = text(call.get("id")) and call.get("type") == "function" and text(function.get("name"))
        if not whole or not isinstance(function.get("arguments"), str):
            raise invalid_value(f"{where}.tool_calls[{place}]", f"Invalid '{where}.tool_calls[{place}]'.")


def _check_calls(messages: list[Fields]) -> None:
    """After calls come the answers to all of them, and no answer comes without its call."""
    waiting: list[str] = []
    for number, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                raise VendorRefusal(
                    "Invalid parameter: messages with role 'tool' must respond to a preceding message with 'tool_calls'.",
                    param=f"messages[{number}].role",
                )
            waiting.remove(str(message["tool_call_id"]))
            continue
        _check_none_waits(waiting)
        waiting = [text(call["id"]) for call in objects(message.get("tool_calls"))]
    _check_none_waits(waiting)


def _check_none_waits(waiting: list[str]) -> None:
    if waiting:
        raise Unanswered(waiting)


class Unanswered(VendorRefusal):
    """Calls of tools without their answers."""

    def __init__(self, ids: list[str]) -> None:
        super().__init__(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
            f"The following tool_call_ids did not have response messages: {', '.join(ids)[:200]}",
            param="messages",
        )
