"""OpenAI Chat Completions: `POST /v1/chat/completions`, streamed and whole (gateway contract, chat 5).

`answers` has the words, `speaking` their form on the wire; here they get their pace and the oddities of a `Speech`.
"""

import asyncio
import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from aiohttp import web

from bots.sandbox import answers
from bots.sandbox.directives import directives
from bots.sandbox.faults import Speech
from bots.sandbox.record import Seen
from bots.sandbox.refusals import LineCut, Refusal, invalid_request, missing_model, upstream_failed
from bots.sandbox.speaking import Frames, Turn, completion
from bots.sandbox.state import SEEN, SPEECH, Sandbox, silence

_PICTURE_TOKENS = 765
_MESSAGE_TOKENS = 4
_SLOW = 10
_EFFORTS_ALOUD = ("low", "medium", "high", "xhigh", "max")


class Chat:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> Iterable[web.RouteDef]:
        yield web.post("/v1/chat/completions", self._complete)

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = _checked(request[SEEN], self._sandbox)
        asked = await self._read(body)
        told = directives(asked.question)
        self._sandbox.check_told(told)
        if "fail" in told:
            raise upstream_failed()
        speech = request.get(SPEECH, self._sandbox.behaviour.speech)
        turn = self._turn(body, asked, told, speech)
        if body.get("stream"):
            return await self._stream(request, turn)
        return await self._whole(turn)

    async def _read(self, body: Mapping[str, object]) -> answers.Asked:
        messages = _messages(body)
        last = next((message for message in reversed(messages) if message.get("role") == "user"), {})
        parts = _parts(last)
        sizes: list[tuple[int, int]] = []
        for part in parts:
            sizes += await self._size(part)
        return answers.Asked(
            question="\n".join(_text(part) for part in parts if part.get("type") == "text"),
            earlier=sum(message.get("role") in ("user", "assistant") for message in messages) - 1,
            sizes=tuple(sizes),
            others=tuple(_other(part) for part in parts if part.get("type") not in ("text", "image_url")),
        )

    async def _size(self, part: Mapping[str, object]) -> list[tuple[int, int]]:
        """The size of an inline picture. A link is not followed: the sandbox goes nowhere."""
        inner = part.get("image_url")
        url = inner.get("url") if isinstance(inner, dict) else None
        if not isinstance(url, str) or not url.startswith("data:"):
            return []
        data = await self._sandbox.studio.decode(url)
        size = await self._sandbox.studio.measure(data) if data else None
        if size is None:
            raise Refusal(500, "convert_request_failed", "failed to decode image")
        return [size]

    def _turn(self, body: Mapping[str, object], asked: answers.Asked, told: Mapping[str, int], speech: Speech) -> Turn:
        behaviour = self._sandbox.behaviour
        model = str(body["model"])
        aloud = "thinking" in told or behaviour.thinking or _thinks(body, model)
        thoughts = speech.thoughts
        if thoughts is None:
            thoughts = tuple(answers.split(answers.thoughts(asked))) if aloud else ()
        pieces = speech.pieces
        if "refuse" in told:
            speech = replace(speech, refusal=answers.refusal(asked), finish="content_filter")
        if speech.refusal:
            pieces = ()
        if pieces is None:
            text = answers.long_answer(told["long"]) if "long" in told else answers.answer(asked)
            pieces = tuple(answers.split(text))
            thoughts, pieces, speech = _cut_to(_limit(body), thoughts, pieces, speech)
        options = body.get("stream_options")
        hidden = isinstance(options, dict) and options.get("include_usage") is False
        return Turn(
            model=model,
            thoughts=thoughts,
            pieces=pieces,
            speech=_told(speech, told, len(thoughts) + len(pieces)),
            tokens_per_s=behaviour.tokens_per_s / (_SLOW if "slow" in told else 1),
            prompt_tokens=_prompt_tokens(body),
            shows_usage=behaviour.usage and speech.usage != "none" and not hidden,
        )

    async def _whole(self, turn: Turn) -> web.Response:
        speech = turn.speech
        if speech.silent_after is not None:
            await silence()
        if speech.cut_after is not None:
            raise LineCut
        if speech.error_after is not None:
            raise upstream_failed()
        behaviour = self._sandbox.behaviour
        spoken_s = (len(turn.thoughts) + len(turn.pieces)) / turn.tokens_per_s if turn.tokens_per_s else 0.0
        if behaviour.first_token_s + spoken_s > 0:
            await behaviour.sleep(behaviour.first_token_s + spoken_s)
        return web.json_response(completion(turn))

    async def _stream(self, request: web.Request, turn: Turn) -> web.StreamResponse:
        behaviour = self._sandbox.behaviour
        if behaviour.first_token_s > 0:
            await behaviour.sleep(behaviour.first_token_s)
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        response = web.StreamResponse(headers=headers)
        self._sandbox.open_streams += 1
        try:
            with contextlib.suppress(ConnectionResetError):  # the client left
                await response.prepare(request)
                await self._speak(response, turn)
        finally:
            self._sandbox.open_streams -= 1
        return response

    async def _speak(self, response: web.StreamResponse, turn: Turn) -> None:
        frames = Frames(turn.model)
        await response.write(frames.role())
        if turn.speech.empty_chunk:
            await response.write(frames.empty())
        stops = (turn.speech.cut_after, turn.speech.error_after, turn.speech.silent_after)
        stop = next((stop for stop in stops if stop is not None), None)
        await self._say(response, frames.deltas(turn), stop, turn.tokens_per_s)
        if stop is not None:
            await _break_off(response, turn.speech)
            return
        for frame in frames.ending(turn):
            await response.write(frame)

    async def _say(
        self, response: web.StreamResponse, deltas: Iterator[bytes], stop: int | None, tokens_per_s: float
    ) -> None:
        """Write the deltas at their pace. Delays are taken against the start, so that they do not add up."""
        sleep = self._sandbox.behaviour.sleep
        clock = asyncio.get_running_loop().time
        start = clock()
        for number, frame in enumerate(deltas):
            if number == stop:
                return
            if not tokens_per_s:
                if number % 64 == 0:
                    await asyncio.sleep(0)  # a long answer at full speed lets others in
            elif (wait_s := start + number / tokens_per_s - clock()) > 0:
                await sleep(wait_s)
            await response.write(frame)


async def _break_off(response: web.StreamResponse, speech: Speech) -> None:
    """End a stream badly (gateway contract, chat 2.3): the line cut, silence, or an error in one of two forms."""
    if speech.cut_after is not None:
        raise LineCut
    if speech.error_after is None:
        await silence()
    error = {"message": "upstream broke off", "type": "server_error", "param": None, "code": None}
    line = json.dumps({"error": error})
    if speech.error_form == "line":
        await response.write(f"{line}\n".encode())
    else:
        await response.write(f"data: {line}\n\ndata: [DONE]\n\n".encode())


def _checked(seen: Seen, sandbox: Sandbox) -> Mapping[str, object]:
    """The body, or the error of gateway contract chat 2.2."""
    if not isinstance(seen.body, dict):
        raise Refusal(400, "", "无效的请求，请求体不是 JSON")
    body = seen.json
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise missing_model()
    sandbox.check_model(model, "chat")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise invalid_request("field messages is required")
    if not all(isinstance(message, dict) and message.get("role") for message in messages):
        raise invalid_request("messages is invalid")
    _limit(body)
    return body


def _limit(body: Mapping[str, object]) -> int | None:
    """How many tokens the answer may have; 0 and absent mean no limit. Raises `Refusal` for what is no count."""
    for name in ("max_completion_tokens", "max_tokens"):
        value = body.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise invalid_request("max_tokens is invalid")
        if value:
            return value
    return None


def _cut_to(
    limit: int | None, thoughts: Sequence[str], pieces: Sequence[str], speech: Speech
) -> tuple[tuple[str, ...], tuple[str, ...], Speech]:
    if limit is None or len(thoughts) + len(pieces) <= limit:
        return tuple(thoughts), tuple(pieces), speech
    thoughts = tuple(thoughts[:limit])
    return thoughts, tuple(pieces[: limit - len(thoughts)]), replace(speech, finish="length")


def _told(speech: Speech, told: Mapping[str, int], chunks: int) -> Speech:
    half = max(1, chunks // 2)
    if "cut" in told:
        speech = replace(speech, cut_after=half)
    if "jsonerror" in told:
        speech = replace(speech, error_after=half)
    if "never" in told:
        speech = replace(speech, silent_after=half)
    if "no-done" in told:
        speech = replace(speech, done=False)
    return speech


def _thinks(body: Mapping[str, object], model: str) -> bool:
    """OpenAI hides its thinking on this route, the others show it (gateway contract, chat 5.7 and 5.9)."""
    return not model.startswith("gpt") and body.get("reasoning_effort") in _EFFORTS_ALOUD


def _messages(body: Mapping[str, object]) -> list[Mapping[str, object]]:
    messages = body["messages"]
    return messages if isinstance(messages, list) else []


def _parts(message: Mapping[str, object]) -> list[Mapping[str, object]]:
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []


def _text(part: Mapping[str, object]) -> str:
    return str(part.get("text", ""))


def _other(part: Mapping[str, object]) -> str:
    inner = part.get("file")
    name = inner.get("filename") if isinstance(inner, dict) else None
    return str(name or part.get("type", "?"))[:100]


def _prompt_tokens(body: Mapping[str, object]) -> int:
    total = 0
    for message in _messages(body):
        total += _MESSAGE_TOKENS
        for part in _parts(message):
            total += answers.count_tokens(_text(part)) if part.get("type") == "text" else _PICTURE_TOKENS
    return total
