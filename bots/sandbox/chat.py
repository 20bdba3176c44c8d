"""OpenAI Chat Completions: `POST /v1/chat/completions`, streamed and whole (gateway contract, chat 5).

Every chat model is spoken to here, and some models of films (chat 6) and of pictures (images 4.1 and 5.1) too.
"""

from collections.abc import Iterable

from aiohttp import web

from bots.sandbox import chat_asked, chat_rules
from bots.sandbox.chat_films import ChatFilms
from bots.sandbox.chat_pictures import ChatPictures
from bots.sandbox.chat_said import Completion
from bots.sandbox.stage import Stage
from bots.sandbox.state import SEEN, Sandbox


class Chat:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._stage = Stage(sandbox)
        self._films = ChatFilms(sandbox)
        self._pictures = ChatPictures(sandbox)

    def routes(self) -> Iterable[web.RouteDef]:
        yield web.post("/v1/chat/completions", self._complete)
        yield from self._films.routes()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = chat_rules.checked(request[SEEN])
        if self._films.serves(str(body["model"])):
            return await self._films.answer(request, body)
        if self._pictures.serves(str(body["model"])):
            return await self._pictures.answer(request, body)
        chat_rules.check(body, self._sandbox)
        question = await chat_asked.question_of(body, self._sandbox.studio)
        return await self._stage.answer(request, question, Completion, stream=bool(body.get("stream")))
