"""OpenAI-style pictures: `POST /v1/images/generations` and `/v1/images/edits` (gateway contract, images 2, 3, 5, 6 and 8)."""

import asyncio
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiohttp import web

from bots.sandbox import image_families as families
from bots.sandbox.answers import count_tokens
from bots.sandbox.directives import Flags
from bots.sandbox.fields import text
from bots.sandbox.image_families import Fields, user_error
from bots.sandbox.painter import Canvas, Painter
from bots.sandbox.record import Part, Seen
from bots.sandbox.refusals import Refusal, invalid_request, missing_model
from bots.sandbox.sizes import Size
from bots.sandbox.state import SEEN, Sandbox

_PROMPT_MAX = 32_000
_MASK_MAX = 4 * 1024 * 1024
_OUTPUT_TOKENS = 1056
_BLOCKED = {
    "code": "OutputImageSensitiveContentDetected",
    "message": "The output image may contain sensitive information.",
}


@dataclass(frozen=True, slots=True)
class PictureOrder:
    """A checked order; `told` are the words it chose."""

    model: str
    count: int
    canvas: Canvas
    inline: bool
    told: Mapping[str, str]


class Images:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._painter = Painter(sandbox)

    def routes(self) -> Iterable[web.RouteDef]:
        yield web.post("/v1/images/generations", self._generate)
        yield web.post("/v1/images/edits", self._edit)

    async def _generate(self, request: web.Request) -> web.Response:
        seen = request[SEEN]
        if not isinstance(seen.body, dict):
            raise Refusal(400, "", "无效的请求，请求体不是 JSON")
        model = self._checked_model(seen.json)
        listed, references = await self._listed(model, seen.json.get("image"))
        return await self._fill(request, self._order(seen.json, references, None, edits=bool(references)), listed)

    async def _edit(self, request: web.Request) -> web.Response:
        """Multipart only: anything else is `convert_request_failed` (images 3)."""
        seen = request[SEEN]
        if not seen.parts or seen.broken:
            raise Refusal(500, "convert_request_failed", "failed to parse multipart form")
        fields = {part.name: part.text for part in seen.parts if part.filename is None}
        references = await self._references(seen, families.family_of(text(fields.get("model"))))
        mask = await self._mask(seen, references[0][1])
        self._checked_model(fields)
        order = self._order(fields, tuple(data for data, _ in references), mask, edits=True)
        return await self._fill(request, order, len(references))

    # --- pictures that come along --------------------

    async def _listed(self, model: str, value: object) -> tuple[int, tuple[bytes, ...]]:
        """How many references stand in the JSON, and those among them that are no links: the sandbox goes nowhere."""
        listed = value if isinstance(value, list) else [] if value is None else [value]
        family = families.family_of(model)
        if listed and not family.listed:
            raise user_error("unknown_parameter", "Unknown parameter: 'image'.")
        words = [one for one in listed if isinstance(one, str) and one]
        if len(listed) > family.references_max or len(words) < len(listed):
            message = f"image must be one picture or a list of at most {family.references_max}."
            raise user_error("invalid_value", message)
        inline = [word for word in words if not word.startswith(("http://", "https://"))]
        found = [await self._sandbox.studio.decode(word) for word in inline]
        for data in found:
            if not data or len(data) > family.file_max or await self._sandbox.studio.measure(data) is None:
                raise user_error("invalid_image_file", "Invalid image data.")
        return len(listed), tuple(data for data in found if data)

    async def _references(self, seen: Seen, family: families.Family) -> list[tuple[bytes, Size]]:
        files = seen.files("image", "image[]")
        if not files:
            raise invalid_request("image is required")
        if len(files) > family.references_max:
            raise user_error("invalid_value", f"Too many images: at most {family.references_max}.")
        if any(len(file.data) > family.file_max for file in files):
            raise user_error("invalid_image_file", "Image file is too large.")
        return [(file.data, await self._measured(file)) for file in files]

    async def _mask(self, seen: Seen, expected: Size) -> bytes | None:
        """A PNG with an alpha channel, of the first picture's size (images 3)."""
        files = seen.files("mask")
        if not files:
            return None
        mask = files[0]
        if await self._measured(mask) != expected:
            raise user_error("invalid_value", "Mask size does not match the first image.")
        if not mask.data.startswith(b"\x89PNG") or len(mask.data) > _MASK_MAX:
            raise user_error("invalid_mask_image_format", "Mask must be a PNG of less than 4 MB.")
        if not await self._sandbox.studio.has_alpha(mask.data):
            raise user_error("invalid_mask_image_format", "Mask must have an alpha channel.")
        return mask.data

    async def _measured(self, file: Part) -> Size:
        size = await self._sandbox.studio.measure(file.data)
        if size is None:
            raise user_error("invalid_image_file", f"Invalid image file: {(file.filename or '')[:80]}")
        return size

    # --- the order and its answer --------------------

    def _checked_model(self, fields: Fields) -> str:
        model = text(fields.get("model"))
        if not model:
            raise missing_model()
        self._sandbox.check_model(model, "image")
        return model

    def _order(self, fields: Fields, references: tuple[bytes, ...], mask: bytes | None, *, edits: bool) -> PictureOrder:
        model, prompt = text(fields.get("model")), text(fields.get("prompt"))
        if not prompt.strip():
            raise invalid_request("prompt is required")
        if len(prompt) > _PROMPT_MAX:
            raise user_error("string_above_max_length", f"Prompt is longer than {_PROMPT_MAX} characters.")
        families.check_fields(model, fields)
        behaviour = self._sandbox.behaviour
        gpt = model.startswith("gpt-image")
        canvas = Canvas(
            prompt=prompt,
            size=behaviour.image_size or families.size_of(model, fields, edits=edits),
            form=text(fields.get("output_format")),
            references=references,
            mask=mask,
            seed=_seed(fields),
            clear=gpt and families.clears(fields, allowed=behaviour.transparent),
            marked=families.is_official(model) and fields.get("watermark") is not False,
        )
        asked = behaviour.image_result if behaviour.image_result != "asked" else text(fields.get("response_format"))
        official = gpt and behaviour.image_official
        told = {name: text(fields.get(name)) for name in ("background", "quality")}
        return PictureOrder(model, families.count_of(model, fields), canvas, official or asked == "b64_json", told)

    async def _fill(self, request: web.Request, order: PictureOrder, references: int) -> web.Response:
        told = await self._painter.begin(order.canvas.prompt, lambda: families.refusal_of(order.model))
        data = [await self._item(request, order, index) for index in range(_made(order, told))]
        if "partial" in told:
            data.append({"error": dict(_BLOCKED)})
        body: dict[str, object] = {"created": int(time.time()), "data": data}
        body |= self._frame(order, _made(order, told), references)
        encoded = await asyncio.to_thread(json.dumps, body) if order.inline else json.dumps(body)
        return web.Response(text=encoded, content_type="application/json")

    async def _item(self, request: web.Request, order: PictureOrder, index: int) -> dict[str, object]:
        """One picture; the unused one of the two fields is an empty string, as seen in the field (images 1.3)."""
        canvas = order.canvas
        if families.is_official(order.model):
            size = canvas.size or (2048, 2048)
            shown = {"size": f"{size[0]}x{size[1]}"}
            if order.inline:
                return {"b64_json": await self._painter.inline(canvas, index), **shown}
            return {"url": await self._painter.linked(request, canvas, index), **shown}
        if order.inline:
            encoded = await self._painter.inline(canvas, index)
            return {"b64_json": encoded} if self._vendors(order) else {"url": "", "b64_json": encoded}
        return {"url": await self._painter.linked(request, canvas, index), "b64_json": "", "revised_prompt": ""}

    def _vendors(self, order: PictureOrder) -> bool:
        return self._sandbox.behaviour.image_official and order.model.startswith("gpt-image")

    def _frame(self, order: PictureOrder, count: int, references: int) -> dict[str, object]:
        """What stands beside the pictures."""
        shows = self._sandbox.behaviour.usage
        if families.is_official(order.model):
            tokens = 16_384 * count
            usage = {"generated_images": count, "output_tokens": tokens, "total_tokens": tokens}
            return {"model": order.model} | ({"usage": usage} if shows else {})
        if not self._vendors(order):
            return {"usage": _usage(order, count)} if shows else {}
        canvas = order.canvas
        frame: dict[str, object] = {
            "background": order.told["background"] or "opaque",
            "output_format": canvas.chosen,
            "quality": order.told["quality"] or "medium",
            "size": "x".join(map(str, canvas.size or (1024, 1024))),
        }
        return frame | ({"usage": _vendors_usage(canvas, count, references)} if shows else {})


def _made(order: PictureOrder, told: Flags) -> int:
    if "noimage" in told:
        return 0
    return order.count - 1 if "partial" in told and order.count > 1 else order.count


def _seed(fields: Fields) -> int:
    value = str(fields.get("seed"))[:10]
    return int(value) if value.isdecimal() else 0


def _usage(order: PictureOrder, count: int) -> dict[str, object]:
    """The chat layout of tokens, as the gateway's page shows it (images 2)."""
    asked, drawn = count_tokens(order.canvas.prompt), _OUTPUT_TOKENS * count
    return {
        "prompt_tokens": asked,
        "completion_tokens": drawn,
        "total_tokens": asked + drawn,
        "prompt_tokens_details": {"audio_tokens": 0, "cached_tokens": 0},
        "completion_tokens_details": {"audio_tokens": 0, "reasoning_tokens": 0},
    }


def _vendors_usage(canvas: Canvas, count: int, references: int) -> dict[str, object]:
    """The vendor's own layout (images 6.1)."""
    words, shown, drawn = count_tokens(canvas.prompt), 323 * references, _OUTPUT_TOKENS * count
    return {
        "input_tokens": words + shown,
        "input_tokens_details": {"text_tokens": words, "image_tokens": shown},
        "output_tokens": drawn,
        "output_tokens_details": {"image_tokens": drawn, "text_tokens": 0},
        "total_tokens": words + shown + drawn,
    }
