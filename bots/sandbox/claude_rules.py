"""What Claude's format refuses, each with the vendor's kind of words (gateway contract, chat 9.1 and 9.7). Pure functions."""

import re

from bots.sandbox.fields import below, is_count, is_number, items, mapping, objects, refuses, text
from bots.sandbox.instances import closed_problem
from bots.sandbox.question import Fields
from bots.sandbox.refusals import ClaudeRefusal
from bots.sandbox.seals import holds

_KNOWN = frozenset(
    [
        "model", "max_tokens", "messages", "system", "stream", "temperature", "top_p", "top_k", "stop_sequences",
        "tools", "tool_choice", "thinking", "output_config", "output_format", "metadata", "cache_control",
        "service_tier", "inference_geo", "speed",
    ]
)  # fmt: skip
_BETA_OUTPUT = "structured-outputs-2025-11-13"
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_THINKING = ("enabled", "adaptive", "disabled", "between_tools")
_BLOCKS = {
    "user": ("text", "image", "document", "tool_result"),
    "assistant": (
        "text", "thinking", "redacted_thinking", "tool_use", "server_tool_use", "web_search_tool_result",
    ),
}  # fmt: skip
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_SEARCH = re.compile(r"web_search_20(?:250305|260209|260318)")
_OLD = re.compile(r"claude-(?:3|.*-(?:4|4-1|4-5)-?\d{8}|.*-4-5)")
_BUDGET_MIN = 1024


def check(body: Fields, *, betas: str) -> None:
    """Raises `ClaudeRefusal`."""
    _check_fields(body, betas)
    _check_thinking(body)
    _check_output(body)
    names = _check_tools(body)
    _check_choice(body, names)
    _check_messages(body)


def blocks(message: Fields) -> list[Fields]:
    """The content of a message as blocks, also when it is a string."""
    content = message.get("content")
    return [{"type": "text", "text": content}] if isinstance(content, str) else objects(content)


def _check_fields(body: Fields, betas: str) -> None:
    if extra := next((name for name in body if name not in _KNOWN), None):
        raise ClaudeRefusal(f"{extra[:60]}: Extra inputs are not permitted")
    if "output_format" in body and _BETA_OUTPUT not in betas:
        raise ClaudeRefusal("output_format: Extra inputs are not permitted")
    if not items(body.get("messages")):
        raise ClaudeRefusal("field messages is required", kind="invalid_request", status=500)
    if "max_tokens" not in body:
        raise ClaudeRefusal("max_tokens: Field required")
    if not is_count(body["max_tokens"]) or not body["max_tokens"]:
        raise ClaudeRefusal("max_tokens: Input should be greater than or equal to 1")
    if "temperature" in body and not is_number(body["temperature"], 0, 1):
        raise ClaudeRefusal("temperature: range: 0..1")
    if refuses(text(body["model"])):
        for name in ("temperature", "top_p", "top_k"):
            if name in body and body[name] != 1:
                raise ClaudeRefusal(f"`{name}` is not supported for this model")


def _check_thinking(body: Fields) -> None:
    thinking = mapping(body.get("thinking"))
    if not thinking:
        return
    model, kind = text(body["model"]), thinking.get("type")
    if kind not in _THINKING:
        raise ClaudeRefusal("thinking.type: Input should be one of: " + ", ".join(_THINKING))
    if refuses(model) and "budget_tokens" in thinking:
        raise ClaudeRefusal("thinking.budget_tokens: Extra inputs are not permitted for this model")
    if refuses(model) and kind == "enabled":
        raise ClaudeRefusal('"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive"')
    if kind == "adaptive" and _OLD.match(model):
        raise ClaudeRefusal("thinking: adaptive thinking is not supported on this model")
    if kind == "enabled":
        _check_budget(body, thinking)
    if kind in ("enabled", "adaptive"):
        if body.get("temperature", 1) != 1:
            raise ClaudeRefusal("`temperature` may only be set to 1 when thinking is enabled")
        if text(below(body, "tool_choice", "type")) in ("any", "tool"):
            raise ClaudeRefusal("Thinking may not be enabled when tool_choice forces tool use.")


def _check_budget(body: Fields, thinking: Fields) -> None:
    budget = thinking.get("budget_tokens")
    if not isinstance(budget, int) or isinstance(budget, bool):
        raise ClaudeRefusal("thinking.enabled.budget_tokens: Field required")
    if budget < _BUDGET_MIN:
        raise ClaudeRefusal(f"thinking.enabled.budget_tokens: Input should be greater than or equal to {_BUDGET_MIN}")
    if int(str(body["max_tokens"])) <= budget:
        raise ClaudeRefusal("`max_tokens` must be greater than `thinking.budget_tokens`")


def _check_output(body: Fields) -> None:
    output = mapping(body.get("output_config"))
    if (effort := output.get("effort")) is not None:
        if refuses(text(body["model"])):
            raise ClaudeRefusal("output_config.effort: Extra inputs are not permitted for this model")
        if effort not in _EFFORTS:
            raise ClaudeRefusal("output_config.effort: Input should be one of: " + ", ".join(_EFFORTS))
    form = mapping(output.get("format")) or mapping(body.get("output_format"))
    if not form:
        return
    if form.get("type") != "json_schema" or not mapping(form.get("schema")):
        raise ClaudeRefusal("output_config.format: a json_schema with its schema is required")
    if problem := closed_problem(form["schema"]):
        raise ClaudeRefusal(f"output_config.format.schema: {problem}")


def _check_tools(body: Fields) -> list[str]:
    names: list[str] = []
    for number, tool in enumerate(objects(body.get("tools"))):
        where, kind = f"tools.{number}", text(tool.get("type"))
        if kind and kind != "custom":
            _check_search(where, kind, tool)
        elif not _NAME.fullmatch(text(tool.get("name"))):
            raise ClaudeRefusal(f"{where}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'")
        elif mapping(tool.get("input_schema")).get("type") != "object":
            raise ClaudeRefusal(f"{where}.custom.input_schema.type: Field required")
        elif tool.get("strict") is True and (problem := closed_problem(tool["input_schema"])):
            raise ClaudeRefusal(f"{where}.custom: {problem}")
        names.append(text(tool.get("name")))
    if len(set(names)) < len(names):
        raise ClaudeRefusal("tools: Tool names must be unique.")
    return names


def _check_search(where: str, kind: str, tool: Fields) -> None:
    if not _SEARCH.fullmatch(kind):
        raise ClaudeRefusal(
            f"{where}: Input tag '{kind[:60]}' found using 'type' does not match any of the expected tags"
        )
    if tool.get("name") != "web_search":
        raise ClaudeRefusal(f"{where}.{kind}.name: Input should be 'web_search'")
    if "allowed_domains" in tool and "blocked_domains" in tool:
        raise ClaudeRefusal(f"{where}.{kind}: Only one of allowed_domains and blocked_domains may be set")


def _check_choice(body: Fields, names: list[str]) -> None:
    choice = mapping(body.get("tool_choice"))
    if not choice:
        return
    if choice.get("type") not in ("auto", "any", "tool", "none"):
        raise ClaudeRefusal("tool_choice.type: Input should be one of: auto, any, tool, none")
    if not names:
        raise ClaudeRefusal("tool_choice may only be specified while providing tools")
    if choice["type"] == "tool" and choice.get("name") not in names:
        raise ClaudeRefusal(f"Tool '{text(choice.get('name'))[:60]}' not found in provided tools")


# --- messages --------------------


def _check_messages(body: Fields) -> None:
    raw = items(body["messages"])
    messages = objects(raw)
    if len(messages) < len(raw):
        raise ClaudeRefusal("messages: Input should be a valid dictionary")
    for number, message in enumerate(messages):
        _check_message(number, message)
    if messages[0]["role"] != "user":
        raise ClaudeRefusal('messages: first message must use the "user" role')
    _check_results(messages)
    _check_echo(body, messages)


def _check_message(number: int, message: Fields) -> None:
    where, role = f"messages.{number}", message.get("role")
    if not isinstance(role, str) or role not in _BLOCKS:
        raise ClaudeRefusal(f'{where}: Unexpected role "{str(role)[:40]}". Allowed roles are "user" or "assistant".')
    if not blocks(message) or message.get("content") == "":
        raise ClaudeRefusal(f"{where}: all messages must have non-empty content")
    for place, block in enumerate(blocks(message)):
        kind = block.get("type")
        if kind not in _BLOCKS[role]:
            raise ClaudeRefusal(
                f"{where}.content.{place}: Input tag '{str(kind)[:40]}' is not expected for role {role}"
            )
        if kind == "text" and not text(block.get("text")).strip():
            raise ClaudeRefusal(f"{where}: text content blocks must contain non-whitespace text")
        _check_sealed(f"{where}.content.{place}", block)


def _check_sealed(where: str, block: Fields) -> None:
    """Blocks that come back must be those that were sent."""
    match block.get("type"):
        case "thinking":
            fine = holds(block.get("signature"), "thinking", text(block.get("thinking")))
        case "redacted_thinking":
            fine = holds(block.get("data"), "redacted")
        case "web_search_tool_result":
            fine = all(
                holds(page.get("encrypted_content"), "page", text(page.get("url")))
                for page in objects(block.get("content"))
            )
        case "text":
            fine = all(
                holds(one.get("encrypted_index"), "index", text(one.get("url")))
                for one in objects(block.get("citations"))
            )
        case "tool_use":
            fine = isinstance(block.get("input"), dict)
        case _:
            fine = True
    if not fine:
        raise ClaudeRefusal(f"{where}: Invalid `signature` in `{block['type']}` block")


def _check_results(messages: list[Fields]) -> None:
    """Each call has its result in the next message, before any words; and no result is without its call."""
    called: list[object] = []
    for number, message in enumerate(messages):
        kinds = [block.get("type") for block in blocks(message)]
        answered = [block.get("tool_use_id") for block in blocks(message) if block.get("type") == "tool_result"]
        if stray := next((one for one in answered if one not in called), None):
            raise ClaudeRefusal(
                f"messages.{number}.content: unexpected `tool_use_id` found in `tool_result` blocks: {str(stray)[:60]}. "
                "Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
            )
        if missing := next((one for one in called if one not in answered), None):
            raise ClaudeRefusal(
                f"messages.{number}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{str(missing)[:60]}."
            )
        if len(set(map(str, answered))) < len(answered):
            raise ClaudeRefusal(f"messages.{number}: each tool_use must have a single result")
        if answered and kinds[: len(answered)] != ["tool_result"] * len(answered):
            raise ClaudeRefusal(f"messages.{number}: `tool_result` blocks must come before any other content")
        called = [block.get("id") for block in blocks(message) if block.get("type") == "tool_use"]
    if called:
        raise ClaudeRefusal(f"`tool_use` ids were found without `tool_result` blocks: {str(called[0])[:60]}.")


def _check_echo(body: Fields, messages: list[Fields]) -> None:
    """With a thinking budget, the answer that tools interrupted must come back with the thinking it began with."""
    if text(below(body, "thinking", "type")) != "enabled":
        return
    results = [any(block.get("type") == "tool_result" for block in blocks(message)) for message in messages]
    if messages[-1]["role"] != "user" or not results[-1]:
        return
    asked = max(number for number, message in enumerate(messages) if message["role"] == "user" and not results[number])
    first = blocks(messages[asked + 1])[0].get("type")
    if first not in ("thinking", "redacted_thinking"):
        raise ClaudeRefusal(
            f"messages.{asked + 1}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{first}`. "
            "When `thinking` is enabled, a final `assistant` message must start with a thinking block."
        )
