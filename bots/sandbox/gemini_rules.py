"""What Gemini's format refuses, each with the vendor's kind of words (gateway contract, chat 8.1). Pure functions."""

import json
import re

from bots.sandbox.fields import below, is_number, items, mapping, objects, refuses, text
from bots.sandbox.question import Fields
from bots.sandbox.refusals import GeminiRefusal, Refusal
from bots.sandbox.seals import holds, seal

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}")
_LEVELS = ("MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH")
_MODES = ("AUTO", "ANY", "NONE", "VALIDATED")
_MODALITIES = ("TEXT", "IMAGE", "AUDIO")
_RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
_LONG_RATIOS = ("1:4", "4:1", "1:8", "8:1")
_DROPPED = ("file_data", "function_call", "function_response")  # snake_case that the gateway loses (8.1)


def check(body: Fields, model: str) -> None:
    """Raises `Refusal`."""
    if not items(body.get("contents")):
        raise Refusal(500, "invalid_request", "contents is required")
    _check_config(mapping(body.get("generationConfig")), model)
    _check_tools(body)
    _check_together(body, model)
    _check_contents(items(body["contents"]))


def sign_call(name: str, arguments: object) -> str:
    return seal("call", name, json.dumps(arguments, sort_keys=True))


def answers_call(content: Fields) -> bool:
    """Whether it holds what functions answered."""
    return any("functionResponse" in part for part in objects(content.get("parts")))


def _check_config(config: Fields, model: str) -> None:
    for name, low, high in (
        ("temperature", 0, 2),
        ("topP", 0, 1),
        ("topK", 1, 1000),
        ("maxOutputTokens", 1, 1_000_000),
    ):
        if name in config and not is_number(config[name], low, high):
            raise GeminiRefusal(f"Invalid value at 'generation_config.{name}'")
    if config.get("candidateCount", 1) != 1:
        raise GeminiRefusal("Only one candidate can be specified")
    if len(items(config.get("stopSequences"))) > 5:
        raise GeminiRefusal("At most 5 stop sequences are allowed")
    if refuses(model) and "temperature" in config:
        raise GeminiRefusal("Unsupported parameter: 'generationConfig.temperature' is not supported for this model.")
    if odd := [one for one in items(config.get("responseModalities")) if one not in _MODALITIES]:
        raise GeminiRefusal(f"Invalid value at 'generation_config.response_modalities': {str(odd[0])[:40]}")
    _check_picture(mapping(config.get("imageConfig")), model)
    _check_schema(config)
    _check_thinking(mapping(config.get("thinkingConfig")), model)


def _check_picture(config: Fields, model: str) -> None:
    """Gateway contract, images 4.2."""
    if odd := next((name for name in config if name not in ("aspectRatio", "imageSize", "personGeneration")), None):
        where = "'generation_config.image_config'"
        raise GeminiRefusal(f'Invalid JSON payload received. Unknown name "{str(odd)[:40]}" at {where}')
    newest = "3.1-flash" in model
    ratio, size, people = (config.get(name) for name in ("aspectRatio", "imageSize", "personGeneration"))
    if ratio is not None and ratio not in (*_RATIOS, *(_LONG_RATIOS if newest else ())):
        raise GeminiRefusal(f"aspect ratio {str(ratio)[:20]} is not supported")
    sizes = ("1K",) if model.startswith("gemini-2") else ("1K", "2K", "4K", *(("512",) if newest else ()))
    if size is not None and size not in sizes and model.startswith(("gemini", "nano")):
        raise GeminiRefusal(f"image size {str(size)[:20]} is not supported by this model")
    if people not in (None, "ALLOW_ALL", "ALLOW_ADULT", "ALLOW_NONE"):
        raise GeminiRefusal("Invalid value at 'generation_config.image_config.person_generation'")


def _check_schema(config: Fields) -> None:
    forms = [name for name in ("responseSchema", "responseJsonSchema") if name in config]
    if len(forms) > 1:
        raise GeminiRefusal("Only one of response_schema and response_json_schema may be set")
    if forms and config.get("responseMimeType") not in ("application/json", "text/x.enum"):
        raise GeminiRefusal("response_schema: a JSON or enum response_mime_type is required")
    if forms and not mapping(config[forms[0]]):
        raise GeminiRefusal(f"Invalid value at 'generation_config.{forms[0]}'")


def _check_thinking(thinking: Fields, model: str) -> None:
    budget, level = thinking.get("thinkingBudget"), thinking.get("thinkingLevel")
    if budget is not None and level is not None:
        raise GeminiRefusal("You can only set only one of thinking budget and thinking level.")
    if refuses(model) and budget is not None:
        raise GeminiRefusal("Unsupported parameter: 'thinkingConfig.thinkingBudget' is not supported for this model.")
    if budget is not None and not is_number(budget, -1, 65_535):
        raise GeminiRefusal("Invalid value at 'generation_config.thinking_config.thinking_budget'")
    if budget == 0 and model.startswith("gemini-2.5-pro"):
        raise GeminiRefusal("Budget 0 is invalid. This model only works in thinking mode.")
    if level is not None and (level not in _LEVELS or model.startswith("gemini-2")):
        raise GeminiRefusal("Thinking level is not supported for this model.")


def _check_tools(body: Fields) -> None:
    functions = [one for tool in objects(body.get("tools")) for one in objects(tool.get("functionDeclarations"))]
    for place, tool in enumerate(objects(body.get("tools"))):
        known = ("functionDeclarations", "googleSearch", "codeExecution", "urlContext", "google_search")
        if odd := next((name for name in tool if name not in known), None):
            raise GeminiRefusal(f"Invalid JSON payload received. Unknown name \"{odd[:40]}\" at 'tools[{place}]'")
    for number, function in enumerate(functions):
        where = f"tools[0].function_declarations[{number}]"
        if not _NAME.fullmatch(text(function.get("name"))):
            raise GeminiRefusal(f"Invalid value at '{where}.name': must start with a letter or underscore")
        for form in ("parameters", "parametersJsonSchema"):
            schema = function.get(form)
            if schema is not None and text(mapping(schema).get("type")).lower() != "object":
                raise GeminiRefusal(f"{where}.{form}: schema should be of type OBJECT")
    names = [function["name"] for function in functions]
    if len(set(names)) < len(names):
        raise GeminiRefusal("Duplicate function declaration found")
    choice = mapping(below(body, "toolConfig", "functionCallingConfig"))
    if choice and choice.get("mode", "AUTO") not in _MODES:
        raise GeminiRefusal("Invalid value at 'tool_config.function_calling_config.mode'")
    if odd_name := next((one for one in items(choice.get("allowedFunctionNames")) if one not in names), None):
        raise GeminiRefusal(f"allowed_function_names has an unknown function: {str(odd_name)[:60]}")


def _check_together(body: Fields, model: str) -> None:
    """Up to 2.5, functions, search and JSON exclude each other."""
    tools = objects(body.get("tools"))
    functions = any("functionDeclarations" in tool for tool in tools)
    searches = any("googleSearch" in tool or "google_search" in tool for tool in tools)
    schema = below(body, "generationConfig", "responseMimeType") == "application/json"
    if model.startswith("gemini-2") and functions + searches + schema > 1:
        raise GeminiRefusal("Tool use with function calling or a response mime type 'application/json' is unsupported")


# --- contents --------------------


def _check_contents(raw: list[object]) -> None:
    contents = objects(raw)
    if len(contents) < len(raw):
        raise GeminiRefusal("Invalid value at 'contents'")
    for number, content in enumerate(contents):
        if content.get("role", "user") not in ("user", "model"):
            raise GeminiRefusal("Please use a valid role: user, model.")
        parts = [part for part in objects(content.get("parts")) if not set(part) <= set(_DROPPED)]
        if not parts:
            raise GeminiRefusal(f"* GenerateContentRequest.contents[{number}].parts: contents.parts must not be empty.")
        for place, part in enumerate(parts):
            if not {"text", "inlineData", "inline_data", "fileData", "functionCall", "functionResponse"} & set(part):
                raise GeminiRefusal(
                    f"contents[{number}].parts[{place}].data: required oneof field 'data' must have one field"
                )
    if contents[-1].get("role", "user") != "user":
        raise GeminiRefusal("Please ensure that multiturn requests end with a user turn.")
    _check_calls(contents)


def _check_calls(contents: list[Fields]) -> None:
    """Each call is answered in the next content; the calls since the last question come back with their signatures."""
    asked = max(
        (n for n, one in enumerate(contents) if one.get("role", "user") == "user" and not answers_call(one)), default=0
    )
    called: list[object] = []
    for number, content in enumerate(contents):
        parts = objects(content.get("parts"))
        answered = [mapping(part["functionResponse"]).get("name") for part in parts if "functionResponse" in part]
        if sorted(map(str, answered)) != sorted(map(str, called)):
            raise GeminiRefusal(
                "Please ensure that the number of function response parts is equal to the number of function call parts "
                "of the function call turn."
            )
        for part in parts:
            if "functionResponse" in part and not isinstance(mapping(part["functionResponse"]).get("response"), dict):
                raise GeminiRefusal(f"Invalid value at 'contents[{number}].parts.function_response.response'")
        calls = [part for part in parts if "functionCall" in part]
        for place, part in enumerate(calls):
            _check_signed(number, part, needed=number > asked and place == 0)
        called = [mapping(part["functionCall"]).get("name") for part in calls]


def _check_signed(number: int, part: Fields, *, needed: bool) -> None:
    call, signature = mapping(part["functionCall"]), part.get("thoughtSignature")
    name = text(call.get("name"))
    if signature is None and needed:
        raise GeminiRefusal(
            f"Function call is missing a thought_signature in functionCall parts. Function call `{name}`, position {number}."
        )
    if signature is not None and not holds(signature, "call", name, json.dumps(call.get("args", {}), sort_keys=True)):
        raise GeminiRefusal("Thought signature is not valid")
