"""OpenAI-style pictures: `POST /v1/images/generations` and `/v1/images/edits` (gateway contract, images 2, 3, 6 and 8)."""

import asyncio
import base64
import json
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiohttp import web

from bots.sandbox import sizes
from bots.sandbox.answers import count_tokens
from bots.sandbox.directives import directives
from bots.sandbox.record import Part, Seen
from bots.sandbox.refusals import LineCut, Refusal, invalid_request, missing_model, upstream_failed
from bots.sandbox.shelf import File
from bots.sandbox.state import SEEN, Sandbox, silence

_SLOW = 10
_REFERENCES_MAX = 16
_PROMPT_MAX = 32_000
_FORMS = ("png", "jpeg", "webp")
_QUALITIES_GPT = ("auto", "low", "medium", "high")
_QUALITIES_GEMINI = ("1k", "2k", "4k")
_OUTPUT_TOKENS = 1056


@dataclass(frozen=True, slots=True)
class PictureOrder:
    """A checked order; `size` is None when the input picture decides."""

    model: str
    prompt: str
    count: int
    size: tuple[int, int] | None
    form: str
    inline: bool
    references: tuple[bytes, ...] = ()
    mask: bytes | None = None


class Images:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> Iterable[web.RouteDef]:
        yield web.post("/v1/images/generations", self._generate)
        yield web.post("/v1/images/edits", self._edit)

    async def _generate(self, request: web.Request) -> web.Response:
        seen = request[SEEN]
        if not isinstance(seen.body, dict):
            raise Refusal(400, "", "无效的请求，请求体不是 JSON")
        order = self._order(seen.json, (), None)
        return await self._fill(request, order)

    async def _edit(self, request: web.Request) -> web.Response:
        """Multipart only: anything else is `convert_request_failed` (images 3)."""
        seen = request[SEEN]
        if not seen.parts or seen.broken:
            raise Refusal(500, "convert_request_failed", "failed to parse multipart form")
        fields = {part.name: part.text for part in seen.parts if part.filename is None}
        references = await self._references(seen)
        mask = await self._mask(seen, references[0][1])
        order = self._order(fields, tuple(data for data, _ in references), mask)
        return await self._fill(request, order)

    async def _references(self, seen: Seen) -> list[tuple[bytes, tuple[int, int]]]:
        files = seen.files("image", "image[]")
        if not files:
            raise invalid_request("image is required")
        if len(files) > _REFERENCES_MAX:
            raise _user_error("invalid_value", f"Too many images: at most {_REFERENCES_MAX}.")
        return [(file.data, await self._measured(file)) for file in files]

    async def _mask(self, seen: Seen, expected: tuple[int, int]) -> bytes | None:
        files = seen.files("mask")
        if not files:
            return None
        if await self._measured(files[0]) != expected:
            raise _user_error("invalid_value", "Mask size does not match the first image.")
        return files[0].data

    async def _measured(self, file: Part) -> tuple[int, int]:
        size = await self._sandbox.studio.measure(file.data)
        if size is None:
            raise _user_error("invalid_image_file", f"Invalid image file: {(file.filename or '')[:80]}")
        return size

    def _order(self, fields: Mapping[str, object], references: tuple[bytes, ...], mask: bytes | None) -> PictureOrder:
        model, prompt = _text(fields, "model"), _text(fields, "prompt")
        if not model:
            raise missing_model()
        self._sandbox.check_model(model, "image")
        if not prompt.strip():
            raise invalid_request("prompt is required")
        if len(prompt) > _PROMPT_MAX:
            raise _user_error("string_above_max_length", f"Prompt is longer than {_PROMPT_MAX} characters.")
        _check_quality(model, _text(fields, "quality"))
        form = _text(fields, "output_format") or "png"
        if form not in _FORMS:
            raise _user_error("invalid_value", f"output_format must be one of: {', '.join(_FORMS)}")
        behaviour = self._sandbox.behaviour
        asked = behaviour.image_result if behaviour.image_result != "asked" else _text(fields, "response_format")
        return PictureOrder(
            model=model,
            prompt=prompt,
            count=_count(fields),
            size=behaviour.image_size or _size(model, fields, edits=bool(references)),
            form=form,
            inline=asked == "b64_json",
            references=references,
            mask=mask,
        )

    async def _fill(self, request: web.Request, order: PictureOrder) -> web.Response:
        told = directives(order.prompt)
        self._sandbox.check_told(told)
        if "fail" in told:
            raise upstream_failed()
        if "refuse" in told:
            raise _user_error("moderation_blocked", "Your request was rejected by the safety system.")
        if "never" in told:
            await silence()
        behaviour = self._sandbox.behaviour
        if behaviour.image_s > 0:
            await behaviour.sleep(behaviour.image_s * (_SLOW if "slow" in told else 1))
        if "cut" in told:
            raise LineCut
        count = 0 if "noimage" in told else order.count
        data = [await self._item(request, order, index) for index in range(count)]
        body: dict[str, object] = {"created": int(time.time()), "data": data}
        if behaviour.usage:
            body["usage"] = _usage(order, count)
        text = await asyncio.to_thread(json.dumps, body) if order.inline else json.dumps(body)
        return web.Response(text=text, content_type="application/json")

    async def _item(self, request: web.Request, order: PictureOrder, index: int) -> dict[str, str]:
        """One picture; the unused one of the two fields is an empty string, as seen in the field (images 1.3)."""
        studio = self._sandbox.studio
        if order.references:
            prompt = order.prompt + " " * index
            picture = await studio.edit(order.references, order.mask, prompt, order.size, order.form)
        else:
            picture = await studio.draw(order.prompt, index, order.size or (1024, 1024), order.form)
        if order.inline:
            encoded = (await asyncio.to_thread(base64.b64encode, picture)).decode()
            return {"url": "", "b64_json": encoded}
        name = f"{secrets.token_hex(8)}.{order.form}"
        url = self._sandbox.publish(request, name, File(picture, f"image/{order.form}"))
        return {"url": url, "b64_json": "", "revised_prompt": ""}


def _user_error(code: str, message: str) -> Refusal:
    return Refusal(400, code, message, kind="image_generation_user_error")


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _count(fields: Mapping[str, object]) -> int:
    value = fields.get("n")
    if value is None:
        return 1
    if str(value) not in map(str, range(1, 11)):
        raise _user_error("invalid_value", "n must be between 1 and 10")
    return int(str(value))


def _check_quality(model: str, quality: str) -> None:
    """The lists differ by family; the wrong one was seen to fail in the field (images 2)."""
    allowed = _QUALITIES_GPT if model.startswith("gpt-image") else _QUALITIES_GEMINI
    checked = model.startswith(("gpt-image", "gemini", "nano-banana"))
    if checked and quality and quality not in allowed:
        raise Refusal(400, "invalid_request", f"quality must be one of: {', '.join(allowed)}")


def _size(model: str, fields: Mapping[str, object], *, edits: bool) -> tuple[int, int] | None:
    """`size` over `aspect_ratio` over the prompt's suffix; else square, or for edits the input's own size."""
    size, shape = _text(fields, "size"), _text(fields, "aspect_ratio")
    if size and size != "auto":
        return _checked_size(model, size)
    if shape:
        found = sizes.by_ratio(shape, _resolution(model, fields))
        if found is None:
            raise _user_error("invalid_value", f"aspect_ratio is invalid: {shape[:20]}")
        return found
    if model.startswith("flux") and not edits:
        raise Refusal(400, "invalid_request", "aspect_ratio is required")
    suffix = sizes.by_suffix(_text(fields, "prompt"))
    return suffix or (None if edits else sizes.by_ratio("1:1", _resolution(model, fields)))


def _resolution(model: str, fields: Mapping[str, object]) -> str:
    return "4k" if model.endswith("-4k") else _text(fields, "quality")


def _checked_size(model: str, text: str) -> tuple[int, int]:
    """gpt-image-2 has rules of its own (images 6.1)."""
    size = sizes.pixels(text)
    if size is not None and model.startswith("gpt-image"):
        width, height = size
        fine = width % 16 == 0 and height % 16 == 0 and max(size) <= min(3840, 3 * min(size))
        size = size if fine and 655_360 <= width * height <= 8_294_400 else None
    if size is None:
        raise _user_error("invalid_value", f"Invalid size '{text[:20]}'.")
    return size


def _usage(order: PictureOrder, count: int) -> dict[str, object]:
    """The chat layout of tokens, as the gateway's page shows it (images 2)."""
    asked, drawn = count_tokens(order.prompt), _OUTPUT_TOKENS * count
    return {
        "prompt_tokens": asked,
        "completion_tokens": drawn,
        "total_tokens": asked + drawn,
        "prompt_tokens_details": {"audio_tokens": 0, "cached_tokens": 0},
        "completion_tokens_details": {"audio_tokens": 0, "reasoning_tokens": 0},
    }
