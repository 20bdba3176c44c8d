"""Where MiniMax is: found by a free call, kept, asked for again after a while, and never guessed of trouble."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.errors import BadKey, BadRequest, GatewayError, NoResult, NotOffered, UpstreamDown
from core.gateway.calls import RawReply
from core.gateway.prefixes import AGAIN_MS, Prefixes
from core.gateway.wire import WireRequest
from tests.clocks import FakeClock

VOICES = b'{"system_voice":[],"base_resp":{"status_code":0,"status_msg":"success"}}'
PAGE = b"<!DOCTYPE html><html></html>"
SPEECH = WireRequest("POST", "{minimax}/t2a_v2")


class Line:
    """Answers by path; what is not named gets the console's page."""

    def __init__(self, **answers: bytes | GatewayError) -> None:
        self.answers = {name.replace("_", "/"): answer for name, answer in answers.items()}
        self.asked: list[str] = []

    async def exchange(self, wire: WireRequest) -> RawReply:
        assert wire.content == b'{"voice_type":"system"}'
        path = wire.path.removesuffix("/get_voice").strip("/")
        self.asked.append(path)
        answer = self.answers.get(path, PAGE)
        if isinstance(answer, GatewayError):
            raise answer
        return RawReply(200, answer, {})


async def place(prefixes: Prefixes) -> str:
    return (await prefixes.placed(SPEECH)).path


async def test_the_second_serves_and_is_kept() -> None:
    line = Line(minimaxi_v1=VOICES)
    prefixes = Prefixes(line.exchange, FakeClock())
    assert [await place(prefixes) for _ in range(3)] == ["/minimaxi/v1/t2a_v2"] * 3
    assert line.asked == ["minimax/v1", "minimaxi/v1"]
    other = WireRequest("GET", "/v1/models")
    assert await prefixes.placed(other) is other


async def test_what_the_operator_says_is_not_asked_for() -> None:
    line = Line()
    assert await place(Prefixes(line.exchange, FakeClock(), "/own/v2")) == "/own/v2/t2a_v2"
    assert line.asked == []


async def test_none_serves_and_is_not_asked_again_for_ten_minutes() -> None:
    line, clock = Line(v1=NoResult("HTTP 404"), minimaxi_v1=BadRequest("HTTP 400: no")), FakeClock()
    prefixes = Prefixes(line.exchange, clock)
    for _ in range(3):
        with pytest.raises(NotOffered):
            await place(prefixes)
    assert line.asked == ["minimax/v1", "minimaxi/v1", "v1"]
    line.answers["v1"] = VOICES
    clock.advance(AGAIN_MS / 1000)
    assert await place(prefixes) == "/v1/t2a_v2"


@pytest.mark.parametrize("trouble", [UpstreamDown, BadKey])
async def test_trouble_says_nothing(trouble: Callable[[str], GatewayError]) -> None:
    line = Line(minimax_v1=trouble("down"), minimaxi_v1=VOICES)
    prefixes = Prefixes(line.exchange, FakeClock())
    with pytest.raises(GatewayError) as caught:
        await place(prefixes)
    assert type(caught.value) is trouble
    line.answers["minimax/v1"] = VOICES
    assert await place(prefixes) == "/minimax/v1/t2a_v2"


@pytest.mark.parametrize(
    "answer",
    [
        b'{"base_resp":{"status_code":2013,"status_msg":"invalid params"}}',
        BadRequest("HTTP 400: minimax error: 2013 - invalid params"),
    ],
)
async def test_its_own_errors_say_that_it_is_there(answer: bytes | GatewayError) -> None:
    assert await place(Prefixes(Line(minimax_v1=answer).exchange, FakeClock())) == "/minimax/v1/t2a_v2"


@pytest.mark.parametrize("answer", [b"[]", b"3", b"{}", b'{"base_resp":3}', b'{"code":"success","data":[]}', b"{"])
async def test_other_json_is_nobody(answer: bytes) -> None:
    line = Line(minimax_v1=answer, v1=VOICES)
    assert await place(Prefixes(line.exchange, FakeClock())) == "/v1/t2a_v2"
