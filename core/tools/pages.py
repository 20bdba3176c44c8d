"""Reads a page of the open web. What it says is a stranger's word: it is fenced, and the turn is tainted from then on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol

from core.errors import GatewayError, NoResult
from core.gateway.download import Page
from core.limits import LIMITS
from core.tools.page_text import read_html, read_plain
from core.tools.table import Acting, Effect, Outcome
from core.tools.wording import bounded, shape, text_of
from core.values import Json, Micros, ToolSpec

URL_CHARS = 2_000
_HTML = frozenset(("text/html", "application/xhtml+xml"))
_SUFFIXES = ("+json", "+xml")
_PLAIN = frozenset(("application/json", "application/xml", "application/yaml", "application/javascript"))


class Fetches(Protocol):
    async def page(self, url: str) -> Page:
        """Raises GatewayError; the detail of NoResult says why."""


class FetchPage:
    spec = ToolSpec(
        "fetch_page",
        "Read a public web page, as text. Use it for an address that the person gave or that a search found.",
        shape("url", url=text_of(URL_CHARS, "The whole address, https://…")),
    )
    effect = Effect.FREE

    def __init__(self, gateway: Fetches, most_chars: int = LIMITS.tool_chars) -> None:
        self._gateway = gateway
        self._most_chars = most_chars - 1_000  # room for the frame around it

    async def price(self, acting: Acting, arguments: Mapping[str, Json]) -> Micros:
        return 0

    async def title(self, acting: Acting, arguments: Mapping[str, Json]) -> str:
        return str(arguments["url"])

    async def run(self, acting: Acting, arguments: Mapping[str, Json]) -> Outcome:
        url = str(arguments["url"]).strip()
        if acting.tainted and not _was_seen(url, acting):
            return _failed("nobody has named this address. The person can send it")
        try:
            page = await self._gateway.page(url if "://" in url else f"https://{url}")
        except NoResult as error:
            return _failed(str(error))
        except GatewayError:
            return _failed("its server cannot be reached, or gives no answer in time")
        if page.mime == "application/pdf" or page.data.startswith(b"%PDF-"):
            return _failed("it is a PDF. The person can send it as a file; then it is read")
        if page.mime not in _HTML | _PLAIN and not page.mime.startswith("text/") and not page.mime.endswith(_SUFFIXES):
            return _failed(f"it is a file of type {page.mime[:60] or 'unknown'}, not a page")
        read = read_html if page.mime in _HTML else read_plain
        text = await asyncio.to_thread(read, page.data, page.charset, page.url)
        cut = "\n[cut: the page goes on]" if page.cut else ""
        return Outcome(bounded(f"{page.url}\n\n{text or '(no text)'}", self._most_chars) + cut, untrusted=True)


def _was_seen(url: str, acting: Acting) -> bool:
    """Word for word: a stranger's text may want an address made up that carries what the person said to its owner."""
    asked = (part.text for part in acting.question)
    before = (text for turn in acting.past for text in (turn.answer, *(part.text for part in turn.question)))
    return any(url in text for text in (*asked, *before, *acting.seen))


def _failed(why: str) -> Outcome:
    """Untrusted as well: an address may be made of a stranger's words."""
    return Outcome(f"The page could not be read: {why}.", untrusted=True, failed=True)
