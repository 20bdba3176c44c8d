"""MiniMax's sounds under one of the prefixes where gateways have them; at the others there is what a gateway shows for a path
that it does not know (gateway contract, audio 3)."""

from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

from bots.sandbox import minimax_songs, minimax_speech
from bots.sandbox.directives import Flags, directives
from bots.sandbox.fields import text
from bots.sandbox.minimax_shapes import MiniMaxRefusal
from bots.sandbox.minimax_voices import Voices
from bots.sandbox.models import Kind
from bots.sandbox.question import Fields
from bots.sandbox.refusals import LineCut, PageRefusal, PlainRefusal, missing_model, no_json, unknown_model
from bots.sandbox.state import SEEN, Sandbox, silence

_PREFIXES = ("/minimax/v1", "/minimaxi/v1", "/v1")
_UPLOADS = ("/files/upload", "/files")  # under /v1 they are the gateway's own uploads, and no voice can be cloned
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class MiniMax:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.voices = Voices(sandbox)

    def routes(self) -> Iterable[web.RouteDef]:
        for prefix in _PREFIXES:
            yield web.post(f"{prefix}/get_voice", self._at(prefix, self.voices.listed))
            yield web.post(f"{prefix}/t2a_v2", self._at(prefix, self._speak))
            yield web.post(f"{prefix}/voice_clone", self._at(prefix, self.voices.clone))
            yield web.post(f"{prefix}/music_generation", self._at(prefix, self._sing))
            yield web.post(f"{prefix}/lyrics_generation", self._at(prefix, self._write))
            for tail in _UPLOADS if prefix != "/v1" else ():
                yield web.post(f"{prefix}{tail}", self._at(prefix, self.voices.upload, tail))

    def _at(self, prefix: str, handler: Handler, upload: str = "") -> Handler:
        """The handler where MiniMax is served, and what a gateway does not know elsewhere (audio 1.4)."""

        async def served(request: web.Request) -> web.StreamResponse:
            sounds = self._sandbox.behaviour.sounds
            if prefix == sounds.minimax_prefix and upload in ("", sounds.minimax_upload):
                return await handler(request)
            if prefix == "/v1":
                message = f"Invalid URL (POST {request.path})"
                raise PlainRefusal(404, "", message, kind="invalid_request_error")
            raise PageRefusal(200, "", "Starlight sandbox gateway")

        return served

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        body = _body(request)
        self._check_model(body, "voice")
        await self._begin(text(body.get("text")))
        return await minimax_speech.speak(request, self._sandbox, self.voices, body)

    async def _sing(self, request: web.Request) -> web.Response:
        body = _body(request)
        self._check_model(body, "song")
        await self._begin(f"{text(body.get('prompt'))} {text(body.get('lyrics'))}")
        return await minimax_songs.sing(request, self._sandbox, body)

    async def _write(self, request: web.Request) -> web.Response:
        body, wanted = _body(request), self._sandbox.behaviour.sounds.lyrics_model
        if wanted and body.get("model") != wanted:
            raise missing_model()
        await self._begin(text(body.get("prompt")))
        return minimax_songs.write(self._sandbox, body)

    def _check_model(self, body: Fields, kind: Kind) -> None:
        model = text(body.get("model"))
        if not model:
            raise missing_model()
        if self._sandbox.behaviour.models.get(model) != kind or not model.startswith(("speech-", "music-")):
            raise unknown_model(model)

    async def _begin(self, said: str) -> Flags:
        """The directives of the words, after those that end the call were obeyed. Raises `Refusal` and `LineCut`."""
        told, sounds = directives(said), self._sandbox.behaviour.sounds
        self._sandbox.check_told(told)
        number = 1026 if "refuse" in told else 1000 if "fail" in told else told.get("code", 0)
        if number:
            raise MiniMaxRefusal(number, sounds)
        if "never" in told:
            await silence()
        if self._sandbox.behaviour.first_token_s > 0:
            await self._sandbox.behaviour.sleep(self._sandbox.behaviour.first_token_s)
        if "cut" in told:
            raise LineCut
        return told


def _body(request: web.Request) -> Fields:
    """Raises `Refusal`."""
    if not isinstance(request[SEEN].body, dict):
        raise no_json()
    return request[SEEN].json
