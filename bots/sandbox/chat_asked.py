"""A chat completions request as a question (gateway contract, chat 5.1, 5.2, 5.7 and 5.10)."""

from bots.sandbox.answers import count_tokens
from bots.sandbox.attachments import IMAGES, BadMedia, inline, kind_of, uri_mime
from bots.sandbox.chat_rules import limit
from bots.sandbox.fields import BEFORE_MAX, below, items, mapping, objects, text
from bots.sandbox.question import Attached, Called, Fields, Offer, Question
from bots.sandbox.refusals import Refusal
from bots.sandbox.studio import Studio

_PICTURE_TOKENS = 765
_MESSAGE_TOKENS = 4
_EFFORTS_ALOUD = ("low", "medium", "high", "xhigh", "max")
_HIDING = ("gpt", "o1", "o3", "o4")  # OpenAI hides its thinking on this route, the others show it (5.7 and 5.9)
_FORMATS = {"wav": "audio/wav", "mp3": "audio/mp3"}
_FILES = (
    "application/pdf", "text/plain", "audio/mp3", "audio/mpeg", "audio/wav", "video/mp4", "video/quicktime", "video/mpeg",
    "video/x-msvideo", "video/x-ms-wmv", "video/x-flv", *IMAGES,
)  # fmt: skip
_DOCUMENTS = ("text/markdown", "text/csv", "text/html", "application/json", "text/xml")
_OBJECT: Fields = {"type": "object", "properties": {"answer": {"type": "string"}}}


async def question_of(body: Fields, studio: Studio) -> Question:
    """Raises `Refusal` for files that are not what they say."""
    messages, model = objects(body["messages"]), text(body["model"])
    asked = max((number for number, message in enumerate(messages) if message["role"] == "user"), default=0)
    talk = [message for message in messages[:asked] if message["role"] in ("user", "assistant")]
    parts = _parts(messages[asked])
    effort, choice = body.get("reasoning_effort"), body.get("tool_choice", "auto")
    hiding = model.startswith(_HIDING)
    thinks = effort in _EFFORTS_ALOUD or model.endswith("-thinking") or _google_thinks(body)
    return Question(
        text="\n".join(text(part.get("text")) for part in parts if part.get("type") == "text"),
        model=model,
        earlier=len(talk),
        before="\n".join(_words(message) for message in messages[max(0, asked - 6) : asked])[-BEFORE_MAX:],
        system="\n".join(_words(message) for message in messages if message["role"] in ("system", "developer")),
        attached=tuple([await _attached(part, model, studio) for part in parts if part.get("type") != "text"]),
        offers=tuple(
            Offer(text(one.get("name")), text(one.get("description")), mapping(one.get("parameters")))
            for one in (mapping(tool.get("function")) for tool in objects(body.get("tools")))
        ),
        done=tuple(_done(messages[asked + 1 :])),
        choice=text(below(choice, "function", "name")) or {"required": "any"}.get(str(choice), text(choice)) or "auto",
        parallel=body.get("parallel_tool_calls") is not False,
        thinks=thinks and not hiding,
        hides=hiding and effort not in (None, "none"),
        search=body.get("web_search_options") is not None,
        schema=_schema(body, model),
        limit=limit(body),
        prompt_tokens=_prompt_tokens(messages) + 50 * len(items(body.get("tools"))),
        shows_usage=below(body, "stream_options", "include_usage") is not False,
        pictures="image" in model or "banana" in model,
    )


def _google_thinks(body: Fields) -> bool:
    return below(body, "extra_body", "google", "thinking_config", "include_thoughts") is True


def _parts(message: Fields) -> list[Fields]:
    content = message.get("content")
    return [{"type": "text", "text": content}] if isinstance(content, str) else objects(content)


def _words(message: Fields) -> str:
    return "\n".join(text(part.get("text")) for part in _parts(message))


def _done(messages: list[Fields]) -> list[Called]:
    calls = [call for message in messages for call in objects(message.get("tool_calls"))]
    names = {call.get("id"): text(below(call, "function", "name")) for call in calls}
    return [
        Called(names.get(message.get("tool_call_id"), ""), _words(message))
        for message in messages
        if message["role"] == "tool"
    ]


def _schema(body: Fields, model: str) -> Fields | None:
    """On this route Claude ignores the field (gateway contract, chat 5.6)."""
    form = mapping(body.get("response_format"))
    if model.startswith("claude") or form.get("type") not in ("json_object", "json_schema"):
        return None
    return _OBJECT if form["type"] == "json_object" else mapping(below(form, "json_schema", "schema"))


# --- files --------------------


async def _attached(part: Fields, model: str, studio: Studio) -> Attached:
    """Links are not followed: the sandbox goes nowhere."""
    match part.get("type"):
        case "image_url":
            return await _by_uri(text(below(part, "image_url", "url")), IMAGES, "image", "", studio)
        case "video_url" if model.startswith(("gemini", "qwen")):
            return await _by_uri(text(below(part, "video_url", "url")), _FILES, "video", "", studio)
        case "file":
            name = text(below(part, "file", "filename"))
            return await _by_uri(
                text(below(part, "file", "file_data")), (*_FILES, *_DOCUMENTS), "document", name, studio
            )
        case "input_audio":
            mime = _FORMATS.get(text(below(part, "input_audio", "format")))
            if mime is None:
                raise _unconvertible("input_audio.format must be wav or mp3")
            return await _decoded(mime, below(part, "input_audio", "data"), "", studio)
        case kind:
            raise _unconvertible(f"content type {str(kind)[:40]} is not supported by this model")


async def _by_uri(uri: str, mimes: tuple[str, ...], kind: str, name: str, studio: Studio) -> Attached:
    if uri.startswith(("https://", "http://")):
        return Attached(kind_of(f"{kind}/link"), "link", 0, name)
    mime = uri_mime(uri)
    if mime not in mimes:
        raise _unconvertible(f"mime type is not supported: {mime[:60] or 'none'}")
    return await _decoded(mime, uri.partition(",")[2], name, studio)


async def _decoded(mime: str, encoded: object, name: str, studio: Studio) -> Attached:
    try:
        return await inline(studio, mime, encoded, name)
    except BadMedia as error:
        raise _unconvertible(str(error)) from None


def _unconvertible(message: str) -> Refusal:
    return Refusal(500, "convert_request_failed", f"failed to convert request: {message}")


def _prompt_tokens(messages: list[Fields]) -> int:
    total = 0
    for message in messages:
        total += _MESSAGE_TOKENS
        for part in _parts(message):
            total += count_tokens(text(part.get("text"))) if part.get("type") == "text" else _PICTURE_TOKENS
    return total
