"""Claude's own format: `POST /v1/messages`, streamed and whole (gateway contract, chat 9)."""

from collections.abc import Iterable

from aiohttp import web

from bots.sandbox import claude_asked
from bots.sandbox.claude_said import Message
from bots.sandbox.refusals import ClaudeRefusal
from bots.sandbox.stage import Stage
from bots.sandbox.state import SEEN, Sandbox


class Claude:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._stage = Stage(sandbox)

    def routes(self) -> Iterable[web.RouteDef]:
        yield web.post("/v1/messages", self._messages)

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        seen = request[SEEN]
        body = claude_asked.checked(seen, self._sandbox)
        question = await claude_asked.question_of(body, self._sandbox.studio)
        return await self._stage.answer(
            request, question, Message, stream=body.get("stream") is True, failed=_upstream_failed
        )


def _upstream_failed() -> ClaudeRefusal:
    return ClaudeRefusal("Internal server error", kind="api_error", status=500)
