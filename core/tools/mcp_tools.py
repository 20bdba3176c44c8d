"""The tools of a tool server as rows of our table: names, descriptions and answers of strangers, bounded."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from core.servers import McpServer
from core.tools.mcp_schema import NotPlain, plain
from core.tools.table import Acting, Effect, Outcome
from core.tools.wording import bounded, one_line
from core.values import Deed, Json, Micros, ToolSpec

log = logging.getLogger(__name__)

TOOLS_PER_SERVER = 64
NAME_CHARS = 64
WORDS_CHARS = 1_000
TITLE_CHARS = 600


class Lost(Exception):
    """The line broke, or cannot be used: whether the call was carried out is not known."""


class Forgotten(Lost):
    """The server knows nothing of the session (it was started anew): the call was surely not carried out."""


class Declined(Exception):
    """The server answered with an error. The message is a stranger's."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server says of one of its tools."""

    name: str
    description: str
    schema: Mapping[str, Json]
    reads_only: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What it answered: its content blocks, without the bytes of pictures and sounds, and the same as a JSON value."""

    blocks: Sequence[Mapping[str, Json]]
    structured: Json
    failed: bool


Ask = Callable[[str, Mapping[str, Json]], Awaitable[Outcome]]
"""(the tool's own name, arguments) -> what it answered. Raises nothing but CancelledError."""


@dataclass(frozen=True, slots=True)
class McpTool:
    """`name`: as the server calls it."""

    spec: ToolSpec
    effect: Effect
    name: str
    ask: Ask

    async def price(self, acting: Acting, arguments: Mapping[str, Json]) -> Micros:
        return 0

    async def title(self, acting: Acting, arguments: Mapping[str, Json]) -> str:
        return _line(self.spec.name, arguments)

    async def run(self, acting: Acting, arguments: Mapping[str, Json]) -> Outcome:
        outcome = await self.ask(self.name, arguments)
        if self.effect is Effect.FREE or outcome.failed:
            return outcome
        return Outcome(outcome.text, outcome.untrusted, deed=Deed(self.spec.name, _line(self.spec.name, arguments)))


def _line(name: str, arguments: Mapping[str, Json]) -> str:
    return one_line(f"{name} {json.dumps(arguments, ensure_ascii=False)}", TITLE_CHARS)


def rows(server: McpServer, offers: Sequence[Offer], ask: Ask) -> tuple[McpTool, ...]:
    """What of it can be used. What cannot is left out, and the log says why."""
    found: dict[str, McpTool] = {}
    for offer in offers:
        if server.tools and offer.name not in server.tools:
            continue
        name = tool_name(server.name, offer.name)
        if name in found:
            _left_out(server, offer, f"another one is called {name} too")
            continue
        if len(found) == TOOLS_PER_SERVER:
            _left_out(server, offer, f"there are more than {TOOLS_PER_SERVER}; the file can name the few that matter")
            break
        try:
            parameters = plain(offer.schema)
        except NotPlain as error:
            _left_out(server, offer, str(error))
            continue
        description = one_line(f"[{server.name}] {offer.description}", WORDS_CHARS)
        found[name] = McpTool(ToolSpec(name, description, parameters), _effect(server, offer), offer.name, ask)
    return tuple(found.values())


def _effect(server: McpServer, offer: Offer) -> Effect:
    """As the operator says; else what does not say that it only reads may change something."""
    return Effect(server.effect or ("free" if offer.reads_only else "changes"))


def _left_out(server: McpServer, offer: Offer, why: str) -> None:
    log.warning("a tool of a server is left out", extra={"server": server.name, "tool": offer.name[:64], "why": why})


def tool_name(server: str, tool: str) -> str:
    """`server__tool`, in letters that every wire takes."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", f"{server}__{tool}")[:NAME_CHARS]


# --- answers --------------------


def words(answer: Answer, most: int) -> str:
    """An answer as text. What is no text is named."""
    parts = [part for block in answer.blocks if (part := _block(block))]
    if not parts and answer.structured is not None:
        parts = [json.dumps(answer.structured, ensure_ascii=False)]
    return bounded("\n".join(parts), most) if parts else "(the tool answered nothing)"


def _block(block: Mapping[str, Json]) -> str:
    match block:
        case {"type": "text", "text": str(text)}:
            return text
        case {"type": "image" | "audio" as kind}:
            return f"[{kind} of type {str(block.get('mimeType', '?'))[:60]}, left out]"
        case {"type": "resource_link", "uri": str(uri)}:
            return f"[link: {str(block.get('name', ''))[:200]} {uri[:2_000]}]"
        case {"type": "resource", "resource": {"text": str(text)}}:
            return text
        case {"type": kind}:
            return f"[{str(kind)[:60]}, left out]"
        case _:
            return ""
