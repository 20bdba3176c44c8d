"""Faults a test scripts for one request each; see `Behaviour.script`. Values only, no web server.

The line between client and gateway breaks in a few ways, and each of them is one class here: the gateway answers
something else (`Reply`), drops the line (`Drop`), says nothing (`Hang`), or streams an odd answer (`Speech`).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

HTML_PAGE = "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer this instead: a JSON value, or text (sent as HTML). The order is not taken."""

    status: int
    body: Mapping[str, object] | str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drop:
    """Close the line without an answer.

    `head`: before the body is read. `body`: after it arrived, the order is not taken. `answer`: the order is taken
    (and counted in `accepted`), only its answer is lost.
    """

    when: Literal["head", "body", "answer"] = "body"


class Hang:
    """Read the request, then say nothing until `release` is called, the client leaves or the sandbox stops.

    `arrived` is set when the body is in, so that a test waits for the moment instead of sleeping. After
    `release` the request is handled as usual.
    """

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self._released = asyncio.Event()

    def release(self) -> None:
        self._released.set()

    async def hold(self) -> None:
        self.arrived.set()
        await self._released.wait()


@dataclass(frozen=True, slots=True)
class Speech:
    """How one chat answer is spoken (gateway contract, chat 5.3 and 5.4). Chunks are counted without the role chunk.

    `pieces` and `thoughts` are the deltas, `None` = made by the sandbox. The `*_after` fields count chunks: the line is cut,
    an error is sent (as a bare JSON line or as a `data:` event) or the stream falls silent after that many.
    """

    pieces: tuple[str, ...] | None = None
    thoughts: tuple[str, ...] | None = None
    finish: str | None = "stop"
    refusal: str = ""
    usage: Literal["last", "finish", "none"] = "last"
    done: bool = True
    empty_chunk: bool = False
    cut_after: int | None = None
    error_after: int | None = None
    error_form: Literal["line", "data"] = "line"
    silent_after: int | None = None


Fault = Reply | Drop | Hang | Speech


def html_page(status: int, title: str) -> Reply:
    """The page a proxy in front of the gateway shows (gateway contract, chat 2.1)."""
    return Reply(status, HTML_PAGE.format(title=title))


def error_reply(status: int, code: str, message: str = "scripted", **headers: str) -> Reply:
    """An error in the OpenAI shape; `headers` with underscores for dashes (`Retry_After="3"`)."""
    error = {"message": message, "type": "new_api_error", "param": "", "code": code}
    return Reply(status, {"error": error}, _dashed(headers))


def task_error_reply(status: int, code: str, message: str = "scripted", **headers: str) -> Reply:
    """An error in the shape of the task routes, such as 400 `task_not_exist`."""
    return Reply(status, {"code": code, "message": message, "data": None}, _dashed(headers))


def _dashed(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
