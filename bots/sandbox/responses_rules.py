"""What Responses refuses, each with the vendor's kind of words (gateway contract, chat 7.1 and 7.2). Pure functions."""

import re

from bots.sandbox.fields import below, is_count, is_number, items, mapping, objects, refuses, text
from bots.sandbox.instances import strict_problem
from bots.sandbox.question import Fields
from bots.sandbox.refusals import Refusal, VendorRefusal, invalid_request, invalid_value, unsupported
from bots.sandbox.responses_items import check_input

ENCRYPTED = "reasoning.encrypted_content"
_KNOWN = frozenset(
    [
        "model", "input", "instructions", "stream", "max_output_tokens", "reasoning", "text", "tools", "tool_choice",
        "parallel_tool_calls", "max_tool_calls", "previous_response_id", "store", "include", "truncation",
        "temperature", "top_p", "metadata", "prompt_cache_key", "top_logprobs", "user", "stream_options",
        "background", "conversation", "service_tier", "safety_identifier", "prompt",
    ]
)  # fmt: skip
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_SUMMARIES = ("auto", "concise", "detailed")
_INCLUDES = frozenset(
    f"web_search_call.action.sources web_search_call.results {ENCRYPTED} message.output_text.logprobs "
    "message.input_image.image_url code_interpreter_call.outputs file_search_call.results".split()
)
_SEARCHES = ("web_search", "web_search_2025_08_26", "web_search_preview", "web_search_preview_2025_03_11")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_REASONS = re.compile(r"(?:gpt-5|o\d|codex|sandbox-new)")
_OUTPUT_MIN = 16


def reasons(model: str) -> bool:
    """Models that think before they answer."""
    return _REASONS.match(model) is not None


def check(body: Fields) -> None:
    """Raises `Refusal`."""
    model = text(body["model"])
    if not body.get("input"):
        raise invalid_request("input is required")
    if model.startswith("claude"):
        raise Refusal(500, "convert_request_failed", "not implemented")
    if extra := next((name for name in body if name not in _KNOWN), None):
        raise VendorRefusal(f"Unknown parameter: '{extra[:60]}'.", param=extra[:60], code="unknown_parameter")
    _check_numbers(body, model)
    _check_reasoning(body, model)
    _check_form(mapping(below(body, "text", "format")), body)
    _check_tools(body)
    if odd := next((one for one in items(body.get("include")) if one not in _INCLUDES), None):
        raise invalid_value("include[0]", f"Invalid value: '{str(odd)[:60]}'.")
    if previous := body.get("previous_response_id"):
        message = f"Previous response with id '{str(previous)[:60]}' not found."
        raise VendorRefusal(message, param="previous_response_id", code="previous_response_not_found")
    check_input(body)


def _check_numbers(body: Fields, model: str) -> None:
    limit = body.get("max_output_tokens")
    if limit is not None and (not is_count(limit) or int(str(limit)) < _OUTPUT_MIN):
        message = f"Invalid 'max_output_tokens': integer below minimum value. Expected a value >= {_OUTPUT_MIN}."
        raise VendorRefusal(message, param="max_output_tokens", code="integer_below_min_value")
    for name, high in (("temperature", 2), ("top_p", 1)):
        value = body.get(name)
        if value is not None and reasons(model):
            raise unsupported(name)
        if value is not None and not is_number(value, 0, high):
            raise invalid_value(name, f"Invalid '{name}': expected a number from 0 to {high}.")
    if refuses(model) and limit is not None:
        raise unsupported("max_output_tokens")


def _check_reasoning(body: Fields, model: str) -> None:
    reasoning = mapping(body.get("reasoning"))
    if not reasoning:
        return
    effort, summary = reasoning.get("effort"), reasoning.get("summary")
    if not reasons(model) or (refuses(model) and effort is not None):
        raise unsupported("reasoning.effort" if effort is not None else "reasoning.summary")
    if effort is not None and effort not in _EFFORTS:
        raise invalid_value(
            "reasoning.effort", f"Invalid value: '{str(effort)[:40]}'. Supported values are: {', '.join(_EFFORTS)}."
        )
    if summary is not None and summary not in _SUMMARIES:
        raise invalid_value("reasoning.summary", f"Invalid value: '{str(summary)[:40]}'.")


def _check_form(form: Fields, body: Fields) -> None:
    match form.get("type"):
        case None | "text":
            return
        case "json_object":
            if "json" not in str(body.get("input")).lower() + text(body.get("instructions")).lower():
                raise invalid_value("input", "Response input messages must contain the word 'json' in some form.")
        case "json_schema":
            if not _NAME.fullmatch(text(form.get("name"))):
                raise VendorRefusal(
                    "Missing required parameter: 'text.format.name'.",
                    param="text.format.name",
                    code="missing_required_parameter",
                )
            check_schema(
                form.get("schema"), text(form["name"]), "text.format.schema", strict=form.get("strict") is True
            )
        case kind:
            raise invalid_value("text.format.type", f"Invalid value: '{str(kind)[:40]}'.")


def check_schema(schema: object, name: str, param: str, *, strict: bool) -> None:
    """Raises `VendorRefusal` for a schema of an answer that is no object, or not strict when it says so."""
    if mapping(schema).get("type") != "object":
        message = f"Invalid schema for response_format '{name}': schema must be a JSON Schema of 'type: \"object\"'."
        raise VendorRefusal(message, param=param, code="invalid_json_schema")
    if strict and (problem := strict_problem(schema)):
        message = f"Invalid schema for response_format '{name}': {problem}"
        raise VendorRefusal(message, param=param, code="invalid_json_schema")


def check_function(function: Fields, where: str, *, strict: bool) -> str:
    """The name of a function, checked with its parameters. Raises `VendorRefusal`."""
    name = text(function.get("name"))
    if not name:
        message = f"Missing required parameter: '{where}.name'."
        raise VendorRefusal(message, param=f"{where}.name", code="missing_required_parameter")
    if not _NAME.fullmatch(name):
        raise invalid_value(
            f"{where}.name", f"Invalid '{where}.name': string does not match pattern '^[a-zA-Z0-9_-]+$'."
        )
    schema = function.get("parameters")
    problem = None
    if schema is not None and mapping(schema).get("type") != "object":
        problem = "schema must be a JSON Schema of 'type: \"object\"'."
    elif strict:
        problem = strict_problem(schema or {"type": "object", "properties": {}})
    if problem:
        message = f"Invalid schema for function '{name}': {problem}"
        raise VendorRefusal(message, param=f"{where}.parameters", code="invalid_function_parameters")
    return name


def _check_tools(body: Fields) -> None:
    names: list[str] = []
    kinds: list[str] = []
    for number, tool in enumerate(objects(body.get("tools"))):
        where, kind = f"tools[{number}]", text(tool.get("type"))
        kinds.append(kind)
        if kind == "function":
            names.append(check_function(tool, where, strict=tool.get("strict") is not False))
        elif kind not in _SEARCHES:
            raise invalid_value(
                f"{where}.type", f"Invalid value: '{kind[:40]}'. Supported values are: 'function', 'web_search'."
            )
    if below(body, "reasoning", "effort") == "minimal" and set(kinds) - {"function"}:
        raise VendorRefusal(
            "The following tools cannot be used with reasoning.effort 'minimal': web_search.", param="tools"
        )
    choice = body.get("tool_choice", "auto")
    if isinstance(choice, str) and choice not in ("none", "auto", "required"):
        raise invalid_value("tool_choice", f"Invalid value: '{choice[:40]}'.")
    wanted = mapping(choice)
    if wanted and wanted.get("name") not in names and wanted.get("type") not in set(kinds) - {"function"}:
        raise invalid_value("tool_choice", "Tool choice not found in 'tools' parameter.")
