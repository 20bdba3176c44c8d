"""Films through chat: Sora, Veo and Grok on `POST /v1/chat/completions` (gateway contract, chat 6)."""

import secrets
from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from aiohttp import web

from bots.sandbox import sizes
from bots.sandbox.answers import count_tokens
from bots.sandbox.attachments import IMAGES, uri_mime
from bots.sandbox.chat_rules import check_messages_there
from bots.sandbox.directives import Flags, directives, troubled, worded
from bots.sandbox.faults import Speech
from bots.sandbox.fields import below, mapping, objects, text
from bots.sandbox.film_desk import Desk
from bots.sandbox.film_orders import FilmOrder
from bots.sandbox.film_script import Script, palette_of
from bots.sandbox.film_talk import Film, Talk, Variant, is_whole, link_only, tell, variant_of
from bots.sandbox.film_tasks import Task
from bots.sandbox.film_voice import FilmVoice
from bots.sandbox.question import Fields
from bots.sandbox.refusals import Refusal, VendorRefusal, upstream_failed
from bots.sandbox.stage import Stage
from bots.sandbox.state import SPEECH, Sandbox
from bots.sandbox.turn import Turn

_SERVED = ("sora-2", "veo", "grok-imagine")
_SLOW = 10
_PICTURE_SIDE_MAX = 640
_AREA = 1280 * 720
_AREAS = {"480p": 864 * 480, "720p": _AREA}
_RATIOS = ("16:9", "9:16", "1:1", "2:3", "3:2")
_LENGTHS = (6, 10, 15)
_PORTRAIT = ("竖屏", "portrait", "vertical")
_REFUSED = "content policy violation"


class ChatFilms:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._stage = Stage(sandbox)
        self._desk = Desk(sandbox)

    def routes(self) -> Iterable[web.RouteDef]:
        yield web.get("/files/films/{name}.mp4", self._file)

    def serves(self, model: str) -> bool:
        return self._sandbox.behaviour.models.get(model) == "video" and model.startswith(_SERVED)

    async def answer(self, request: web.Request, body: Fields) -> web.StreamResponse:
        """Raises `Refusal`, and `LineCut` where the line is to break."""
        order, link, past = _order(body)
        told = directives(order.prompt)
        self._sandbox.check_told(told)
        speech = request.get(SPEECH, self._sandbox.behaviour.speech)
        streams = body.get("stream") is True
        if not streams and not order.model.startswith("grok"):
            available = Talk("A", (), (f"{order.model} is available. Set stream to true to make a film.",))
            return web.json_response(self._voice(available, order, speech).whole())
        film = Film(
            secrets.token_hex(12), order.prompt, _shape(order), lambda name: self._sandbox.file_url(request, name)
        )
        talk = self._talk(film, order.model, told, streams=streams)
        chunks = len(talk.thoughts) + len(talk.pieces)
        speech = troubled(speech, told, chunks)
        if talk.trouble:
            speech = replace(speech, error_after=chunks, error_form="data")
        order = replace(order, prompt="\n".join([*past, order.prompt]))
        size = sizes.fit(order.size, self._sandbox.behaviour.film_side_max)
        script = Script(palette_of(order.prompt), size, order.seconds, first=await self._picture(link), tune=True)
        if not talk.failed:
            self._sandbox.films.add(Task(order, script, 0.0, at_once=True, id=film.stem))
        takes_s = self._takes_s(told)
        turn = Turn(order.model, (), speech, tokens_per_s=chunks / takes_s if takes_s > 0 else 0.0)
        voice = self._voice(talk, order, speech)
        if streams:
            return await self._stage.stream(request, voice, turn)
        if takes_s > 0:
            await self._sandbox.behaviour.sleep(takes_s)
        return await self._stage.whole(voice, turn, upstream_failed)

    def _talk(self, film: Film, model: str, told: Flags, *, streams: bool) -> Talk:
        words = worded(film.prompt).get("variant", "")
        variant = cast(Variant, words) if words in ("A", "B", "C", "D") else variant_of(model)
        failure = self._sandbox.behaviour.video_failure[0] if "fail" in told else _REFUSED if "refuse" in told else ""
        if not streams and not failure and "no-link" not in told:
            return link_only(film)
        return tell(film, variant, failure=failure, linked="no-link" not in told)

    def _voice(self, talk: Talk, order: FilmOrder, speech: Speech) -> FilmVoice:
        return FilmVoice(talk, order.model, prompt_tokens=count_tokens(order.prompt), done=speech.done)

    def _takes_s(self, told: Flags) -> float:
        """The whole talk takes as long as a film does."""
        behaviour = self._sandbox.behaviour
        return 0.0 if behaviour.video_polls is not None else behaviour.video_s * (_SLOW if "slow" in told else 1)

    async def _picture(self, link: str) -> bytes | None:
        """The first frame, made small. A link is not followed: the sandbox goes nowhere."""
        if not link.startswith("data:"):
            return None
        studio = self._sandbox.studio
        data = await studio.decode(link) if uri_mime(link) in IMAGES else None
        if not data or await studio.measure(data) is None:
            raise Refusal(500, "convert_request_failed", "failed to decode image")
        return await studio.shrink(data, _PICTURE_SIDE_MAX)

    async def _file(self, request: web.Request) -> web.Response:
        """The film by its link, for anyone who has it."""
        task = self._sandbox.films.get(request.match_info["name"].partition("-")[0])
        return web.Response(status=404, text="gone") if task is None else await self._desk.film(task)


# --- the order --------------------


def _order(body: Fields) -> tuple[FilmOrder, str, list[str]]:
    """What is to be filmed, the link of its picture, and the prompts of the films that it changes. Raises `Refusal`."""
    check_messages_there(body)
    messages, model = objects(body["messages"]), text(body["model"])
    roles = [message["role"] for message in messages if message["role"] not in ("system", "developer")]
    if roles != ["user", "assistant"] * (len(roles) // 2) + ["user"]:
        raise VendorRefusal("messages must alternate between user and assistant, and end with user.", param="messages")
    for message in messages:
        if message["role"] == "assistant" and not is_whole(text(message.get("content"))):
            raise VendorRefusal("The previous answer must be sent back unchanged.", param="messages")
    prompts = [_words(message) for message in messages if message["role"] == "user"]
    if not prompts[-1].strip():
        raise VendorRefusal("prompt is required", param="messages")
    pictures = [part for part in objects(messages[-1].get("content")) if part.get("type") == "image_url"]
    if len(pictures) > 1:
        raise VendorRefusal("only one image is supported", param="messages")
    size, seconds = _config(body, model, prompts[-1])
    link = text(below(pictures[0], "image_url", "url")) if pictures else ""
    return FilmOrder(model, prompts[-1], seconds, size), link, prompts[:-1]


def _words(message: Fields) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "\n".join(text(part.get("text")) for part in objects(content) if part.get("type") == "text")


def _config(body: Fields, model: str, prompt: str) -> tuple[sizes.Size, int]:
    """Size and length: Grok's by its own field (6.5), the others' by name and by words of the prompt (6.1)."""
    if not model.startswith("grok"):
        wide, high = (9, 16) if any(word in prompt.lower() for word in _PORTRAIT) else (16, 9)
        return sizes.sized(wide, high, _AREA), 15 if "pro" in model else 10
    config = mapping(body.get("video_config"))
    ratio, length = config.get("aspect_ratio", "3:2"), config.get("video_length", 6)
    lines = config.get("resolution_name", "480p")
    for name, value, allowed, code in (
        ("aspect_ratio", ratio, _RATIOS, "invalid_aspect_ratio"),
        ("video_length", length, _LENGTHS, "invalid_video_length"),
        ("resolution_name", lines, tuple(_AREAS), "invalid_resolution"),
    ):
        if isinstance(value, bool) or value not in allowed:
            message = f"{name} must be one of: {', '.join(map(str, allowed))}"
            raise VendorRefusal(message, param=f"video_config.{name}", code=code)
    wide, high = sizes.ratio(str(ratio)) or (3, 2)
    return sizes.sized(wide, high, _AREAS[str(lines)]), int(str(length))


def _shape(order: FilmOrder) -> str:
    width, height = order.size
    return "landscape" if width > height else "portrait" if width < height else "square"
