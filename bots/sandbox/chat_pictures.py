"""Pictures through chat: Gemini's and 即梦's models on `POST /v1/chat/completions` (gateway contract, images 4.1 and 5.1)."""

import json
import secrets
import time
from dataclasses import dataclass

from aiohttp import web

from bots.sandbox import sizes
from bots.sandbox.answers import count_tokens
from bots.sandbox.attachments import IMAGES, uri_mime
from bots.sandbox.chat_rules import check_messages_there
from bots.sandbox.directives import Flags, worded
from bots.sandbox.fields import below, mapping, objects, text
from bots.sandbox.image_families import is_grouped, ratios_of, refusal_of
from bots.sandbox.painter import Canvas, Painter
from bots.sandbox.question import Fields
from bots.sandbox.refusals import Refusal, VendorRefusal
from bots.sandbox.state import Sandbox

Json = dict[str, object]

_SERVED = ("gemini", "nano-banana", "jimeng", "seedream")
_GROUP = 4
_REFERENCES_MAX = 14
_OWN_NAMES = {"nano-banana": "NanoBananaPro-8K"}  # the reply's model can differ from the request's
_PICTURE_TOKENS = 1290


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: its words, and the links that stand beside them."""

    content: str
    outputs: tuple[str, ...] = ()


class ChatPictures:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._painter = Painter(sandbox)

    def serves(self, model: str) -> bool:
        return self._sandbox.behaviour.models.get(model) == "image" and model.startswith(_SERVED)

    async def answer(self, request: web.Request, body: Fields) -> web.StreamResponse:
        """Raises `Refusal`, and `LineCut` where the line is to break."""
        model = text(body["model"])
        canvas = await self._canvas(body, model)
        streams = body.get("stream") is True
        told = await self._painter.begin(canvas.prompt, lambda: refusal_of(model))
        said = await self._said(request, model, canvas, told)
        frame = _Frame(model, canvas, said, shows_usage=self._sandbox.behaviour.usage)
        if not streams:
            return web.json_response(frame.whole())
        return web.Response(
            body=frame.broken() if "error" in told else frame.events(), content_type="text/event-stream"
        )

    async def _said(self, request: web.Request, model: str, canvas: Canvas, told: Flags) -> Said:
        if prose := worded(canvas.prompt).get("prose"):
            return Said(prose)
        if "noimage" in told:
            return Said("")
        if self._sandbox.behaviour.chat_image == "markdown" or "markdown" in told:
            return Said(f"![image](data:{canvas.mime};base64,{await self._painter.inline(canvas)})")
        count = _GROUP if is_grouped(model) else 1
        links = tuple([await self._painter.linked(request, canvas, index) for index in range(count)])
        if count > 1:
            return Said("\n".join(f"![image {number}]({link})" for number, link in enumerate(links, 1)))
        return Said(links[0], links if self._sandbox.behaviour.chat_image == "media" else ())

    # --- the order --------------------

    async def _canvas(self, body: Fields, model: str) -> Canvas:
        """Raises `Refusal`."""
        check_messages_there(body)
        messages = objects(body["messages"])
        if [message["role"] for message in messages] != ["user"]:
            raise VendorRefusal("This model takes exactly one user message.", param="messages")
        content = messages[0].get("content")
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else objects(content)
        if not parts or parts[0].get("type") != "text" or not text(parts[0].get("text")).strip():
            raise VendorRefusal("The first part must be text.", param="messages[0].content")
        if any(part.get("type") != "image_url" for part in parts[1:]):
            raise VendorRefusal("Parts after the text must be image_url.", param="messages[0].content")
        if len(parts) - 1 > _REFERENCES_MAX:
            raise VendorRefusal(f"At most {_REFERENCES_MAX} images are allowed.", param="messages[0].content")
        found = [await self._decoded(text(below(part, "image_url", "url"))) for part in parts[1:]]
        references = tuple(data for data in found if data)
        prompt = text(parts[0]["text"])
        size = _size(body, model, prompt, edits=bool(references))
        return Canvas(prompt, self._sandbox.behaviour.image_size or size, references=references)

    async def _decoded(self, uri: str) -> bytes:
        """Empty for a link, which is not followed: the sandbox goes nowhere."""
        if uri.startswith(("https://", "http://")):
            return b""
        studio = self._sandbox.studio
        data = await studio.decode(uri) if uri_mime(uri) in IMAGES else None
        if not data or await studio.measure(data) is None:
            raise Refusal(500, "convert_request_failed", "failed to convert request: could not process image")
        return data


def _size(body: Fields, model: str, prompt: str, *, edits: bool) -> sizes.Size | None:
    """By `image_config`, or by the prompt's end for 即梦; with pictures and nothing said, that of the first of them."""
    config = mapping(below(body, "extra_body", "google", "image_config"))
    if odd := next((name for name in config if name not in ("aspect_ratio", "image_size")), None):
        raise _bad(f"Unknown name \"{str(odd)[:40]}\" at 'image_config': Cannot find field.")
    shape, resolution = config.get("aspect_ratio"), config.get("image_size")
    if is_grouped(model):
        return sizes.by_suffix(prompt) or (None if edits else sizes.by_ratio("1:1", "2k"))
    if shape is not None and shape not in ratios_of(model):
        raise _bad(f"aspect_ratio {str(shape)[:20]} is not supported")
    sized = model.endswith("-4k")
    if resolution is not None and (sized or resolution not in _resolutions(model)):
        raise _bad(f"image_size {str(resolution)[:20]} is not supported by this model")
    if edits and shape is None and resolution is None and not sized:
        return None
    return sizes.by_ratio(str(shape or "1:1"), "4k" if sized else str(resolution or "1K"))


def _resolutions(model: str) -> tuple[str, ...]:
    return ("512", "1K", "2K", "4K") if "3.1-flash" in model else ("1K", "2K", "4K")


def _bad(message: str) -> Refusal:
    return Refusal(400, "bad_response_status_code", message, kind="upstream_error")


class _Frame:
    """The reply around an answer. A picture comes whole, in one chunk."""

    def __init__(self, model: str, canvas: Canvas, said: Said, *, shows_usage: bool) -> None:
        named = (own for prefix, own in _OWN_NAMES.items() if model.startswith(prefix))
        self._model = worded(canvas.prompt).get("as") or next(named, model)
        self._said = said
        self._id = f"chatcmpl_{secrets.token_hex(12)}"
        asked = count_tokens(canvas.prompt)
        self._usage: Json = {
            "prompt_tokens": asked,
            "completion_tokens": _PICTURE_TOKENS,
            "total_tokens": asked + _PICTURE_TOKENS,
        }
        self._shows_usage = shows_usage

    def whole(self) -> Json:
        body = self._body("chat.completion", "message")
        return body | {"usage": self._usage} if self._shows_usage else body

    def events(self) -> bytes:
        return self._event(self._body("chat.completion.chunk", "delta")) + b"data: [DONE]\n\n"

    def broken(self) -> bytes:
        error: Json = {
            "message": "upstream broke off",
            "type": "upstream_error",
            "param": "",
            "code": "do_request_failed",
        }
        return self._event({"error": error})

    def _body(self, kind: str, place: str) -> Json:
        said = {"role": "assistant", "content": self._said.content}
        body: Json = {
            "id": self._id,
            "object": kind,
            "created": int(time.time()),
            "model": self._model,
            "choices": [{"index": 0, place: said, "finish_reason": "stop"}],
        }
        return body | {"media": {"outputs": list(self._said.outputs)}} if self._said.outputs else body

    def _event(self, value: Json) -> bytes:
        return f"data: {json.dumps(value)}\n\n".encode()
