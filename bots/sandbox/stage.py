"""Where an answer is spoken: at its pace, streamed or whole, with the oddities of its `Speech`. The same for all wires."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

from aiohttp import web

from bots.sandbox import mind
from bots.sandbox.directives import directives
from bots.sandbox.question import Question
from bots.sandbox.refusals import LineCut, Refusal, upstream_failed
from bots.sandbox.state import SPEECH, Sandbox, silence
from bots.sandbox.turn import Item, Picture, Turn

_PICTURE_SIZE = (512, 512)
_FLUSH = 64  # at full speed, others are let in after so many pieces


class Voice(Protocol):
    """One answer in one wire's words: server-sent events, or one JSON value. Used once."""

    def opening(self) -> bytes: ...

    def deltas(self) -> Iterator[bytes]:
        """What a `Speech` counts: each piece of text, thought or call, with the events that must come before it."""

    def ending(self) -> bytes: ...

    def broken(self, *, bare: bool) -> bytes:
        """An error in mid-stream: in the wire's own words, or `bare` as a line of JSON (gateway contract, chat 2.3)."""

    def whole(self) -> dict[str, object]: ...


class Stage:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def answer(
        self,
        request: web.Request,
        question: Question,
        voice_of: Callable[[Turn], Voice],
        *,
        stream: bool,
        failed: Callable[[], Refusal] = upstream_failed,
    ) -> web.StreamResponse:
        """Answer the question. `failed`: the wire's own shape of upstream trouble. Raises `Refusal` and `LineCut`."""
        told = directives(question.text)
        self._sandbox.check_told(told)
        if "fail" in told:
            raise failed()
        speech = request.get(SPEECH, self._sandbox.behaviour.speech)
        turn = mind.turn_of(question, self._sandbox.behaviour, speech)
        turn = replace(turn, items=tuple([await self._painted(item, question) for item in turn.items]))
        if stream:
            return await self.stream(request, voice_of(turn), turn)
        return await self.whole(voice_of(turn), turn, failed)

    async def _painted(self, item: Item, question: Question) -> Item:
        if not isinstance(item, Picture):
            return item
        studio = self._sandbox.studio
        if question.references:
            data = await studio.edit(question.references, None, item.prompt, None, "png")
        else:
            data = await studio.draw(item.prompt, 0, _PICTURE_SIZE, "png")
        return replace(item, data=data)

    async def whole(self, voice: Voice, turn: Turn, failed: Callable[[], Refusal]) -> web.Response:
        """Answer in one piece. Raises `LineCut`, and what `failed` makes."""
        speech = turn.speech
        if speech.silent_after is not None:
            await silence()
        if speech.cut_after is not None:
            raise LineCut
        if speech.error_after is not None:
            raise failed()
        behaviour = self._sandbox.behaviour
        spoken_s = (turn.thought_tokens + turn.said_tokens) / turn.tokens_per_s if turn.tokens_per_s else 0.0
        if behaviour.first_token_s + spoken_s > 0:
            await behaviour.sleep(behaviour.first_token_s + spoken_s)
        return web.json_response(voice.whole())

    async def stream(self, request: web.Request, voice: Voice, turn: Turn) -> web.StreamResponse:
        """Write the answer as server-sent events. Raises `LineCut`."""
        behaviour = self._sandbox.behaviour
        if behaviour.first_token_s > 0:
            await behaviour.sleep(behaviour.first_token_s)
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        response = web.StreamResponse(headers=headers)
        self._sandbox.open_streams += 1
        try:
            with contextlib.suppress(ConnectionResetError):  # the client left
                await response.prepare(request)
                await self._speak(response, voice, turn)
        finally:
            self._sandbox.open_streams -= 1
        return response

    async def _speak(self, response: web.StreamResponse, voice: Voice, turn: Turn) -> None:
        speech = turn.speech
        if opening := voice.opening():
            await response.write(opening)
        stops = (speech.cut_after, speech.error_after, speech.silent_after)
        stop = next((stop for stop in stops if stop is not None), None)
        await self._say(response, voice.deltas(), stop, turn.tokens_per_s)
        if stop is None:
            if ending := voice.ending():
                await response.write(ending)
            return
        if speech.cut_after is not None:
            raise LineCut
        if speech.error_after is None:
            await silence()
        await response.write(voice.broken(bare=speech.error_form == "line"))

    async def _say(
        self, response: web.StreamResponse, pieces: Iterator[bytes], stop: int | None, tokens_per_s: float
    ) -> None:
        """Write the pieces at their pace. Delays are taken against the start, so that they do not add up."""
        sleep = self._sandbox.behaviour.sleep
        clock = asyncio.get_running_loop().time
        start = clock()
        for number, piece in enumerate(pieces):
            if number == stop:
                return
            if not tokens_per_s:
                if number % _FLUSH == 0:
                    await asyncio.sleep(0)
            elif (wait_s := start + number / tokens_per_s - clock()) > 0:
                await sleep(wait_s)
            await response.write(piece)
