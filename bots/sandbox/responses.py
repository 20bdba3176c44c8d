"""OpenAI Responses: `POST /v1/responses`, streamed and whole (gateway contract, chat 7)."""

from collections.abc import Iterable

from aiohttp import web

from bots.sandbox import responses_asked
from bots.sandbox.responses_said import Response
from bots.sandbox.stage import Stage
from bots.sandbox.state import SEEN, Sandbox
from bots.sandbox.turn import Turn


class Responses:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._stage = Stage(sandbox)

    def routes(self) -> Iterable[web.RouteDef]:
        yield web.post("/v1/responses", self._respond)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        body = responses_asked.checked(request[SEEN], self._sandbox)
        question = await responses_asked.question_of(body, self._sandbox.studio)

        def voice(turn: Turn) -> Response:
            return Response(turn, body)

        return await self._stage.answer(request, question, voice, stream=body.get("stream") is True)
