"""Finds the film in what a model wrote about it, or the reason why there is none (gateway contract, chat 6.4 and 6.6). Pure.

The words are a stranger's: every pattern is bounded and runs in linear time.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection

_TAG = re.compile(r"<(?:video|source)\b[^<>]{0,12000}", re.IGNORECASE)
_SRC = re.compile(r"(?<![\w-])src\s{0,3}=\s{0,3}(?:'([^'\s]{1,8192})'|\"([^\"\s]{1,8192})\")", re.IGNORECASE)
_LINKED = re.compile(r"\[([^\[\]\n]{0,200})\]\(([^)\s<>\[\]]{1,8192})\)")
_BARE = re.compile(r"https?://[^\s)'\"<>`\]，。；！？、）】」]{1,8192}", re.IGNORECASE)
_BARE_PATH = re.compile(r"^[^\S\n]{0,20}(/[^\s'\"<>()\[\]`]{1,2000})(?=\s|\Z)", re.MULTILINE)
_ADDRESS = re.compile(r"https?://.|/[^/]", re.IGNORECASE)
_TRAILING = ".,;:!?*|"

FILMS = (".mp4", ".webm", ".mov")
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".svg")
_TO_THE_FILM = re.compile(r"下载|播放|download|play|click here", re.IGNORECASE)
_NOT_THE_FILM = re.compile(r"数据预览|原始数据|preview|\braw\b", re.IGNORECASE)
_NOT_ITS_PATH = re.compile(r"/(?:preview|raw)/", re.IGNORECASE)

_FAILED = re.compile(
    r"❌|生成失败|失败[:：]|generation failed|failed to generate|^\W{0,8}error\b", re.IGNORECASE | re.MULTILINE
)
_DRESSING = " \t\r\n:：>*❌。"
REASON_CHARS = 300
FAILURE_CHARS = 8_000
"""A failure is told at the end."""


def film_link(text: str, *, complete: bool, not_these: Collection[str] = ()) -> str:
    """The address of the film, absolute or a path of the gateway; "" when there is none. What is not `complete` may end in
    the middle of an address: then only those count that something follows."""
    linked = [(label, html.unescape(url)) for label, url in _LINKED.findall(text)]
    left_out = {url for label, url in linked if _NOT_THE_FILM.search(label)}.union(not_these)

    def usable(urls: list[str]) -> list[str]:
        return [
            url
            for url in urls
            if _ADDRESS.match(url)
            and url not in left_out
            and not _NOT_ITS_PATH.search(url)
            and not _path(url).endswith(PICTURES)
        ]

    sources = usable(_sources(text))
    links = usable([url for _, url in linked])
    bare = usable(_bare(text, complete))
    for found in (sources, links, bare):
        films = [url for url in found if _path(url).endswith(FILMS)]
        if films:
            return films[-1]
    named = [url for label, url in linked if _TO_THE_FILM.search(label) and url in links]
    plain = bare if complete and failure(text) is None else []
    return (sources or named or plain or [""])[-1]


def _sources(text: str) -> list[str]:
    found = (match for tag in _TAG.finditer(text) for match in _SRC.finditer(tag[0]))
    return [html.unescape(match[1] or match[2]) for match in found]


def _bare(text: str, complete: bool) -> list[str]:
    """Addresses as they stand in the text, in their order, and lines that are nothing but a path."""
    found = sorted([(m.start(), m.end(), m[0]) for m in _BARE.finditer(text)] + _paths(text))
    return [url.rstrip(_TRAILING) for _, end, url in found if complete or end < len(text)]


def _paths(text: str) -> list[tuple[int, int, str]]:
    return [(m.start(1), m.end(1), m[1]) for m in _BARE_PATH.finditer(text)]


def _path(url: str) -> str:
    return url.partition("#")[0].partition("?")[0].lower()


def failure(text: str) -> str | None:
    """Why the text says that it failed, "" when it gives no reason; None when it says nothing of the kind."""
    text = text[-FAILURE_CHARS:]
    marks = list(_FAILED.finditer(text))
    return text[marks[-1].end() :].strip(_DRESSING)[:REASON_CHARS] if marks else None


def without_thoughts(text: str) -> str:
    """The text without its `<think>` blocks; one that is not closed goes to the end."""
    pieces, at = [], 0
    while (begin := text.find("<think>", at)) >= 0:
        pieces.append(text[at:begin])
        end = text.find("</think>", begin)
        if end < 0:
            return "".join(pieces)
        at = end + len("</think>")
    return "".join([*pieces, text[at:]])


def behind_echo(text: str) -> int:
    """Where the words begin that are not the echo of the order: some upstreams repeat it at the head as fenced JSON."""
    head = len(text) - len(text.lstrip())
    if not text.startswith("```json", head):
        return 0
    end = text.find("```", head + 7)
    return len(text) if end < 0 else end + 3
