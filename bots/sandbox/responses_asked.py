"""A Responses request as a question (gateway contract, chat 7.1 and 7.2)."""

from bots.sandbox import responses_rules
from bots.sandbox.answers import count_tokens
from bots.sandbox.attachments import BadMedia, inline, uri_mime
from bots.sandbox.fields import BEFORE_MAX, below, mapping, objects, text
from bots.sandbox.question import Attached, Called, Fields, Offer, Question
from bots.sandbox.record import Seen
from bots.sandbox.refusals import VendorRefusal, missing_model, no_json
from bots.sandbox.responses_rules import reasons
from bots.sandbox.state import Sandbox
from bots.sandbox.studio import Studio

_IMAGES = ("image/png", "image/jpeg", "image/webp", "image/gif")
_FILE_TOKENS = 765
_MESSAGE_TOKENS = 4


def checked(seen: Seen, sandbox: Sandbox) -> Fields:
    """The body, or the error the contract has for it. Raises `Refusal`."""
    if not isinstance(seen.body, dict):
        raise no_json()
    model = text(seen.json.get("model"))
    if not model:
        raise missing_model()
    sandbox.check_model(model, "chat")
    responses_rules.check(seen.json)
    return seen.json


async def question_of(body: Fields, studio: Studio) -> Question:
    """Raises `VendorRefusal` for files that are not what they say."""
    entries = _entries(body)
    asked = max((number for number, item in enumerate(entries) if item.get("role") == "user"), default=0)
    talk = [item for item in entries[:asked] if item.get("role") in ("user", "assistant")]
    effort = below(body, "reasoning", "effort")
    choice = body.get("tool_choice", "auto")
    thinks = (
        reasons(text(body["model"])) and effort != "none" and (effort or not text(body["model"]).startswith("gpt-5.1"))
    )
    aloud = below(body, "reasoning", "summary") is not None
    form = mapping(below(body, "text", "format"))
    return Question(
        text=_words(entries[asked]),
        model=text(body["model"]),
        earlier=len(talk),
        before="\n".join(_words(item) for item in talk[-6:])[-BEFORE_MAX:],
        system="\n".join([text(body.get("instructions")), *(_words(item) for item in entries if _rules(item))]).strip(),
        attached=tuple([await _attached(part, studio) for part in _parts(entries[asked]) if _is_file(part)]),
        offers=tuple(
            Offer(text(tool.get("name")), text(tool.get("description")), mapping(tool.get("parameters")))
            for tool in objects(body.get("tools"))
            if tool.get("type") == "function"
        ),
        done=tuple(_done(entries[asked + 1 :])),
        choice=text(mapping(choice).get("name")) or {"required": "any"}.get(str(choice), text(choice)) or "auto",
        parallel=body.get("parallel_tool_calls") is not False,
        thinks=bool(thinks) and aloud,
        hides=bool(thinks) and not aloud,
        search=any(text(tool.get("type")).startswith("web_search") for tool in objects(body.get("tools"))),
        schema={"json_schema": mapping(form.get("schema")), "json_object": _OBJECT}.get(text(form.get("type"))),
        limit=int(str(body["max_output_tokens"])) if body.get("max_output_tokens") is not None else None,
        prompt_tokens=_prompt_tokens(body, entries),
    )


_OBJECT: Fields = {"type": "object", "properties": {"answer": {"type": "string"}}}


def _entries(body: Fields) -> list[Fields]:
    said = body["input"]
    return [{"role": "user", "content": said}] if isinstance(said, str) else objects(said)


def _rules(item: Fields) -> bool:
    return item.get("role") in ("system", "developer")


def _parts(item: Fields) -> list[Fields]:
    content = item.get("content")
    return [{"type": "input_text", "text": content}] if isinstance(content, str) else objects(content)


def _words(item: Fields) -> str:
    return "\n".join(text(part.get("text")) for part in _parts(item) if "text" in part)


def _done(entries: list[Fields]) -> list[Called]:
    names = {item.get("call_id"): text(item.get("name")) for item in entries if item.get("type") == "function_call"}
    return [
        Called(names.get(item.get("call_id"), ""), _output(item))
        for item in entries
        if item.get("type") == "function_call_output"
    ]


def _output(item: Fields) -> str:
    output = item.get("output")
    return output if isinstance(output, str) else "\n".join(text(part.get("text")) for part in objects(output))


# --- files --------------------


def _is_file(part: Fields) -> bool:
    return part.get("type") in ("input_image", "input_file")


async def _attached(part: Fields, studio: Studio) -> Attached:
    """Links are not followed: the sandbox goes nowhere."""
    name = text(part.get("filename"))
    is_image = part["type"] == "input_image"
    uri = text(part.get("image_url")) if is_image else text(part.get("file_data"))
    if not uri.startswith("data:"):
        link = uri if is_image else text(part.get("file_url"))
        if not link.startswith("https://"):
            raise _bad("Invalid value: expected a URL or a base64-encoded data URL", is_image)
        return Attached("image" if is_image else "document", "link", 0, name)
    mime = uri_mime(uri)
    if is_image != (mime in _IMAGES) or not mime:
        raise _bad(f"The file type '{mime[:60]}' is not supported.", is_image)
    if not is_image and not name:
        raise _bad("Missing required parameter: 'filename'.", is_image)
    try:
        return await inline(studio, mime, uri.partition(",")[2], name)
    except BadMedia as error:
        raise _bad(f"The data you provided does not represent a valid file: {error}", is_image) from None


def _bad(message: str, is_image: bool) -> VendorRefusal:
    return VendorRefusal(message, param="input", code="invalid_image_format" if is_image else "invalid_file_data")


def _prompt_tokens(body: Fields, entries: list[Fields]) -> int:
    total = count_tokens(text(body.get("instructions")))
    for item in entries:
        total += _MESSAGE_TOKENS + count_tokens(_words(item)) + count_tokens(_output(item))
        total += _FILE_TOKENS * sum(_is_file(part) for part in _parts(item))
    return total + 50 * len(objects(body.get("tools")))
