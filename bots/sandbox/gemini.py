"""Gemini's own format: `generateContent` and `streamGenerateContent` (gateway contract, chat 8)."""

from collections.abc import Iterable

from aiohttp import web

from bots.sandbox import gemini_asked, gemini_music, gemini_pictures, gemini_speech
from bots.sandbox.gemini_said import Candidate
from bots.sandbox.refusals import GeminiRefusal
from bots.sandbox.stage import Stage
from bots.sandbox.state import SEEN, Sandbox


class Gemini:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._stage = Stage(sandbox)

    def routes(self) -> Iterable[web.RouteDef]:
        yield web.post("/v1beta/models/{model}:generateContent", self._whole)
        yield web.post("/v1beta/models/{model}:streamGenerateContent", self._stream)

    async def _whole(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, stream=False)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        """Always server-sent events, whatever `alt` says (gateway contract, chat 8)."""
        return await self._answer(request, stream=True)

    async def _answer(self, request: web.Request, *, stream: bool) -> web.StreamResponse:
        model = request.match_info["model"]
        body = gemini_asked.checked(request[SEEN], model, self._sandbox)
        if gemini_music.wanted(model):
            return await gemini_music.play(self._sandbox, model, body)
        if gemini_speech.wanted(body):
            return await gemini_speech.speak(request, self._sandbox, model, body, stream=stream)
        if gemini_pictures.wanted(model, self._sandbox.behaviour.models.get(model), body, stream=stream):
            return await gemini_pictures.paint(request, self._sandbox, model, body, stream=stream)
        question = await gemini_asked.question_of(body, model, self._sandbox.studio)
        return await self._stage.answer(request, question, Candidate, stream=stream, failed=_upstream_failed)


def _upstream_failed() -> GeminiRefusal:
    return GeminiRefusal("An internal error has occurred.", state="INTERNAL", status=500)
