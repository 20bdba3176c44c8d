"""A web page as text: title, headings, paragraphs, lists and links; no scripts, no menus, nothing that is hidden. Pure, slow
for large pages (run it in a thread), and of bounded time for any bytes: what is hard to parse is left out.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from html.parser import HTMLParser
from urllib.parse import urljoin

PIECE_CHARS = 16_384
READ_S = 3.0
LINK_CHARS = 300
_HEAD_BYTES = 4_096

_ENCODINGS = re.compile(
    r"utf-?8|utf-?16(le|be)?|iso-?8859-?\d{1,2}|latin-?1|windows-?\d{3,4}|cp\d{3,4}|gb2312|gbk|gb18030|big5(-?hkscs)?"
    r"|shift[_-]?jis|sjis|euc-?(jp|kr)|iso-2022-jp|koi8-[ru]|(us-)?ascii|macintosh|tis-620"
)
_SAME = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "latin1": "cp1252", "ascii": "cp1252"}
"""What browsers read these names as."""
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,20})", re.IGNORECASE)
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

_DROPPED = "script|style|svg|template|noscript|iframe|object|textarea|math|canvas"
_OPENS = re.compile(rf"<!--|<({_DROPPED})(?=[\s/>])", re.IGNORECASE)
_CLOSES = {name: re.compile(rf"</{name}[^>]{{0,100}}>", re.IGNORECASE) for name in _DROPPED.split("|")}
_COMMENT_END = re.compile("-->")

_SKIPPED = frozenset(("nav", "select", "button", "dialog", "datalist"))
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905 - a list of words
_BLOCKS = frozenset(
    "p div section article main header footer aside ul ol li table tr h1 h2 h3 h4 h5 h6 pre blockquote dl dt dd br hr form "  # noqa: SIM905
    "figure figcaption address details summary".split()
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])", re.I
)


def read_html(data: bytes, charset: str, url: str) -> str:
    text = _without_code(_decoded(data, charset or _named(data)))
    reader = _Reader(url)
    ends = time.monotonic() + READ_S
    for start in range(0, len(text), PIECE_CHARS):
        reader.feed(text[start : start + PIECE_CHARS])
        # what waits for its end is no text when it is that long, and is looked through again with every piece
        if len(reader.rawdata) > PIECE_CHARS or time.monotonic() > ends:
            break
    else:
        reader.close()
    return reader.text()


def read_plain(data: bytes, charset: str, url: str) -> str:
    return _decoded(data, charset).strip()


def _decoded(data: bytes, charset: str) -> str:
    """Never raises; an unknown name is UTF-8."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    if not encoding:
        named = charset.strip().lower()
        encoding = _SAME.get(named, named) if _ENCODINGS.fullmatch(named) else "utf-8"
    try:
        return data.decode(encoding, "replace").replace("\0", "")
    except LookupError:
        return data.decode("utf-8", "replace").replace("\0", "")


def _named(data: bytes) -> str:
    found = _META.search(data[:_HEAD_BYTES])
    return found[1].decode("ascii") if found else ""


def _without_code(text: str) -> str:
    """Without scripts, styles and comments, in one pass; what is not closed goes on to the end."""
    kept, at = [], 0
    while opened := _OPENS.search(text, at):
        kept.append(text[at : opened.start()])
        ends = _CLOSES[opened[1].lower()] if opened[1] else _COMMENT_END
        closed = ends.search(text, opened.end())
        if closed is None:
            return " ".join(kept)
        at = closed.end()
    kept.append(text[at:])
    return " ".join(kept)


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self._url = url
        self._parts: list[str] = []
        self._title: list[str] = []
        self._in_title = False
        self._skipped = ""
        self._depth = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if self._skipped:
            self._depth += tag == self._skipped
            return
        named = dict(attrs)
        if tag not in _VOID and (tag in _SKIPPED or _is_hidden(named)):
            self._skipped, self._depth = tag, 1
        elif tag == "title":
            self._in_title = True
        elif tag in {"td", "th"}:
            self._parts.append(" | ")
        elif tag == "a":
            self._links.append(self._address(named.get("href") or ""))
        elif tag in _BLOCKS:
            self._parts.append(
                "\n" + ("- " if tag == "li" else "#" * int(tag[1]) + " " if tag[0] == "h" and tag[1:].isdigit() else "")
            )

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            self._depth -= tag == self._skipped
            if self._depth == 0:
                self._skipped = ""
        elif tag == "title":
            self._in_title = False
        elif tag == "a" and self._links:
            address = self._links.pop()
            self._parts.append(f" ({address})" if address else "")
        elif tag in _BLOCKS:
            self._parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            (self._title if self._in_title else self._parts).append(data.replace("\n", " "))

    def text(self) -> str:
        lines = (" ".join(line.split()) for line in "".join(self._parts).split("\n"))
        body = "\n".join(line for line in lines if line.strip("-#| "))
        title = " ".join("".join(self._title).split())
        return f"{title}\n\n{body}".strip() if title else body

    def _address(self, href: str) -> str:
        try:
            address = urljoin(self._url, href.strip()) if href and len(href) <= LINK_CHARS else ""
        except ValueError:
            return ""
        return address if address.startswith(("http://", "https://")) and not href.startswith("#") else ""


def _is_hidden(named: dict[str, str | None]) -> bool:
    style = named.get("style") or ""
    return "hidden" in named or named.get("aria-hidden") == "true" or bool(style and _HIDDEN.search(style[:1_000]))
