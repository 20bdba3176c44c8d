"""A request in Gemini's format as a question (gateway contract, chat 8.1, 8.4 and 8.5)."""

from bots.sandbox import gemini_rules
from bots.sandbox.answers import count_tokens
from bots.sandbox.fields import BEFORE_MAX, below, items, mapping, objects, text
from bots.sandbox.gemini_files import bytes_of, checked_file, is_file, is_image
from bots.sandbox.gemini_rules import answers_call
from bots.sandbox.image_families import is_grouped
from bots.sandbox.models import Kind
from bots.sandbox.question import Called, Fields, Offer, Question
from bots.sandbox.record import Seen
from bots.sandbox.refusals import GeminiRefusal, no_json
from bots.sandbox.state import Sandbox
from bots.sandbox.studio import Studio

_INLINE_MAX = 20 * 1024 * 1024
_FILE_TOKENS = 258
_MESSAGE_TOKENS = 4


def checked(seen: Seen, model: str, sandbox: Sandbox) -> Fields:
    """The body, or the error the contract has for it. Raises `Refusal`."""
    if not isinstance(seen.body, dict):
        raise no_json()
    sandbox.check_model(model, *_kinds(model))
    if seen.size > _INLINE_MAX:
        raise GeminiRefusal("Request payload size exceeds the limit: 20971520 bytes.")
    gemini_rules.check(seen.json, model)
    return seen.json


def _kinds(model: str) -> tuple[Kind, ...]:
    """What a model of this name may do here."""
    if is_grouped(model):
        return ("image",)
    if model.startswith(("gemini", "nano")):
        return "chat", "image", "speech"
    return ("music",) if model.startswith("lyria") else ("chat",)


async def question_of(body: Fields, model: str, studio: Studio) -> Question:
    """Raises `GeminiRefusal` for files that are not what they say."""
    contents = objects(body["contents"])
    asked = max((n for n, one in enumerate(contents) if _asks(one)), default=0)
    config = mapping(body.get("generationConfig"))
    parts = objects(contents[asked].get("parts"))
    files = [await checked_file(part, studio) for part in parts if is_file(part)]
    pictures = "IMAGE" in items(config.get("responseModalities"))
    choice = mapping(below(body, "toolConfig", "functionCallingConfig"))
    allowed = items(choice.get("allowedFunctionNames"))
    mode = {"ANY": "any", "NONE": "none"}.get(text(choice.get("mode")), "auto")
    thinking = mapping(config.get("thinkingConfig"))
    thinks = thinking.get("thinkingBudget") != 0 and bool(thinking)
    return Question(
        text=_words(contents[asked]),
        model=model,
        earlier=sum(not answers_call(one) for one in contents[:asked]),
        before="\n".join(_words(one) for one in contents[max(0, asked - 6) : asked])[-BEFORE_MAX:],
        system=_words(mapping(body.get("systemInstruction"))),
        attached=tuple(files),
        offers=tuple(_offers(body)),
        done=tuple(_done(contents[asked + 1 :])),
        choice=text(allowed[0]) if mode == "any" and len(allowed) == 1 else mode,
        thinks=thinks and thinking.get("includeThoughts") is True,
        hides=thinks and thinking.get("includeThoughts") is not True,
        search=any("googleSearch" in tool or "google_search" in tool for tool in objects(body.get("tools"))),
        schema=_schema(config),
        limit=int(str(config["maxOutputTokens"])) if "maxOutputTokens" in config else None,
        prompt_tokens=_prompt_tokens(body, contents),
        pictures=pictures,
        references=tuple([await bytes_of(part, studio) for part in parts if is_image(part)]) if pictures else (),
    )


def _asks(content: Fields) -> bool:
    return content.get("role", "user") == "user" and not answers_call(content)


def _words(content: Fields) -> str:
    return "\n".join(
        text(part.get("text"))
        for part in objects(content.get("parts"))
        if part.get("text") and part.get("thought") is not True
    )


def _offers(body: Fields) -> list[Offer]:
    functions = [one for tool in objects(body.get("tools")) for one in objects(tool.get("functionDeclarations"))]
    return [
        Offer(
            text(one.get("name")),
            text(one.get("description")),
            mapping(one.get("parameters")) or mapping(one.get("parametersJsonSchema")),
        )
        for one in functions
    ]


def _done(contents: list[Fields]) -> list[Called]:
    answered = [
        mapping(part["functionResponse"])
        for content in contents
        for part in objects(content.get("parts"))
        if "functionResponse" in part
    ]
    return [_called(one) for one in answered]


def _called(answered: Fields) -> Called:
    response = mapping(answered.get("response"))
    said = next(
        (text(response[name]) for name in ("result", "output", "error", "content") if text(response.get(name))), ""
    )
    return Called(text(answered.get("name")), said or str(dict(response)), "error" in response)


def _schema(config: Fields) -> Fields | None:
    if config.get("responseMimeType") != "application/json":
        return None
    return mapping(config.get("responseSchema")) or mapping(config.get("responseJsonSchema")) or {"type": "object"}


def _prompt_tokens(body: Fields, contents: list[Fields]) -> int:
    total = count_tokens(_words(mapping(body.get("systemInstruction"))))
    for content in contents:
        total += _MESSAGE_TOKENS + count_tokens(_words(content))
        total += _FILE_TOKENS * sum(is_file(part) for part in objects(content.get("parts")))
    return total + 50 * len(_offers(body))
