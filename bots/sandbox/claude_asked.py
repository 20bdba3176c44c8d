"""A request in Claude's format: what the contract refuses, and the question it holds (gateway contract, chat 9.1)."""

from bots.sandbox import claude_rules
from bots.sandbox.answers import count_tokens
from bots.sandbox.attachments import BadMedia, inline, uri_mime
from bots.sandbox.claude_rules import blocks
from bots.sandbox.fields import BEFORE_MAX, below, mapping, objects, text
from bots.sandbox.question import Attached, Called, Fields, Offer, Question
from bots.sandbox.record import Seen
from bots.sandbox.refusals import ClaudeRefusal, missing_model, no_json
from bots.sandbox.state import Sandbox
from bots.sandbox.studio import Studio

__all__ = ["checked", "question_of"]

_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_FILE_TOKENS = 1500
_MESSAGE_TOKENS = 4


def checked(seen: Seen, sandbox: Sandbox) -> Fields:
    """The body, or the error the contract has for it. Raises `Refusal`."""
    if not isinstance(seen.body, dict):
        raise no_json()
    body = seen.json
    model = text(body.get("model"))
    if not model:
        raise missing_model()
    sandbox.check_model(model, "chat")
    claude_rules.check(body, betas=seen.headers.get("anthropic-beta", ""))
    return body


async def question_of(body: Fields, studio: Studio) -> Question:
    """Raises `ClaudeRefusal` for files that are not what they say."""
    messages = objects(body["messages"])
    asked = next((number for number in range(len(messages) - 1, -1, -1) if _asks(messages[number])), 0)
    words = "\n".join(text(block.get("text")) for block in blocks(messages[asked]) if block.get("type") == "text")
    trailing = blocks(messages[-1]) if messages[-1].get("role") == "assistant" else []
    choice = mapping(body.get("tool_choice"))
    thinking = text(below(body, "thinking", "type"))
    return Question(
        text=words,
        model=text(body["model"]),
        earlier=sum(not _results(message) for message in messages[:asked]),
        before="\n".join(_words(message) for message in messages[max(0, asked - 6) : asked])[-BEFORE_MAX:],
        system=_system(body),
        attached=tuple([await _attached(block, studio) for block in blocks(messages[asked]) if _is_file(block)]),
        offers=tuple(
            Offer(text(tool.get("name")), text(tool.get("description")), mapping(tool.get("input_schema")))
            for tool in objects(body.get("tools"))
            if "input_schema" in tool
        ),
        done=tuple(_done(messages[asked + 1 :])),
        choice=text(choice.get("name")) or text(choice.get("type")) or "auto",
        parallel=choice.get("disable_parallel_tool_use") is not True,
        thinks=thinking in ("enabled", "adaptive") and below(body, "thinking", "display") != "omitted",
        hides=thinking in ("enabled", "adaptive") and below(body, "thinking", "display") == "omitted",
        search=any(text(tool.get("type")).startswith("web_search_") for tool in objects(body.get("tools"))),
        schema=_schema(body),
        limit=int(str(body["max_tokens"])),
        prompt_tokens=_prompt_tokens(body, messages),
        begun="".join(text(block.get("text")) for block in trailing) if trailing else None,
        paused=_paused(trailing),
    )


def _asks(message: Fields) -> bool:
    """A person's message; one of tool results goes on with the question before it."""
    return message.get("role") == "user" and not _results(message)


def _results(message: Fields) -> list[Fields]:
    return [block for block in blocks(message) if block.get("type") == "tool_result"]


def _words(message: Fields) -> str:
    found = [text(block.get("text")) for block in blocks(message) if block.get("type") == "text"]
    return "\n".join([*found, *(_plain(block.get("content")) for block in _results(message))])


def _plain(content: object) -> str:
    return content if isinstance(content, str) else "\n".join(text(block.get("text")) for block in objects(content))


def _system(body: Fields) -> str:
    return _plain(body.get("system"))


def _done(messages: list[Fields]) -> list[Called]:
    names = {block.get("id"): text(block.get("name")) for message in messages for block in blocks(message)}
    return [
        Called(names.get(block.get("tool_use_id"), ""), _plain(block.get("content")), block.get("is_error") is True)
        for message in messages
        for block in _results(message)
    ]


def _paused(trailing: list[Fields]) -> str:
    """The search in whose middle the answer stopped."""
    last = trailing[-1] if trailing else {}
    return text(last.get("id")) if last.get("type") == "server_tool_use" else ""


def _schema(body: Fields) -> Fields | None:
    form = mapping(below(body, "output_config", "format")) or mapping(body.get("output_format"))
    return mapping(form["schema"]) if "schema" in form else None


# --- files --------------------


def _is_file(block: Fields) -> bool:
    return block.get("type") in ("image", "document")


async def _attached(block: Fields, studio: Studio) -> Attached:
    source, name = mapping(block.get("source")), text(block.get("title"))
    kind = "image" if block["type"] == "image" else "document"
    mime = text(source.get("media_type"))
    match source.get("type"):
        case "url":
            if uri_mime(text(source.get("url"))):
                raise ClaudeRefusal("Only HTTPS URLs are supported.")
            return Attached("image" if kind == "image" else "document", "url", 0, name)
        case "text" if kind == "document" and mime == "text/plain":
            words = text(source.get("data"))
            return Attached(
                "document", mime, len(words.encode("utf-8", "replace")), name, words=" ".join(words.split())[:200]
            )
        case "base64" if mime in (_IMAGES if kind == "image" else ("application/pdf",)):
            try:
                return await inline(studio, mime, source.get("data"), name)
            except BadMedia as error:
                raise ClaudeRefusal(f"messages: {kind}.source.base64: {error}") from None
        case "content" if kind == "document":
            return Attached("document", "content", len(_plain(source.get("content"))), name)
        case _:
            raise ClaudeRefusal(
                f"messages: {kind}.source.base64.media_type: Input should be one of the supported types"
            )


def _prompt_tokens(body: Fields, messages: list[Fields]) -> int:
    total = count_tokens(_system(body))
    for message in messages:
        total += _MESSAGE_TOKENS + count_tokens(_words(message))
        total += _FILE_TOKENS * sum(_is_file(block) for block in blocks(message))
    return total + 50 * len(objects(body.get("tools")))
