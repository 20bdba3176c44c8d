"""Cuts out of an answer's text what is not text: thoughts in `<think>` tags at its beginning, and pictures as data URIs.

Both come in pieces of any length (gateway contract, chat 5.3). One `InlinedText` for each answer; no I/O.
"""

from __future__ import annotations

import re

from core.gateway.extract import decode_base64
from core.values import Artifact, ChatEvent, MediaOut, TextDelta, ThoughtDelta

_OPEN, _CLOSE = "<think>", "</think>"
_PICTURE = re.compile(r"!\[[^\]\n]{0,200}\]\(data:(image/[a-z0-9.+-]{1,40});base64,", re.IGNORECASE)
_MAYBE_PICTURE = re.compile(r"!\[[^\]\n]{0,200}(\](\([^)\s,]{0,60})?)?", re.IGNORECASE)
_MARK = "!["
_HEAVY_CHARS = 256 * 1024


class InlinedText:
    """`feed` and `flush` give events; text that might be the beginning of a tag or a picture waits inside."""

    def __init__(self, picture_chars: int) -> None:
        self._picture_chars = picture_chars
        self._feed = self._at_start
        self._held = ""
        self._picture: list[str] = []
        self._picture_size = 0
        self._mime = ""

    def heavy(self, text: str) -> bool:
        """Whether to feed this in a thread."""
        return self._picture_size + len(text) > _HEAVY_CHARS

    def feed(self, text: str) -> list[ChatEvent]:
        if self._held:
            text, self._held = self._held + text, ""
        return self._feed(text)

    def flush(self) -> list[ChatEvent]:
        """The end: what waited is text after all; half a picture is nothing."""
        held, self._held = self._held, ""
        self._picture.clear()
        if not held:
            return []
        return [ThoughtDelta(held)] if self._feed == self._in_thoughts else [TextDelta(held)]

    def _at_start(self, text: str) -> list[ChatEvent]:
        words = text.lstrip()
        if _OPEN.startswith(words.rstrip("\n")):
            self._held = text
            return []
        if words.startswith(_OPEN):
            self._feed = self._in_thoughts
            return self._in_thoughts(words.removeprefix(_OPEN).lstrip("\n"))
        self._feed = self._in_text
        return self._in_text(text)

    def _in_thoughts(self, text: str) -> list[ChatEvent]:
        thought, closed, rest = text.partition(_CLOSE)
        if closed:
            self._feed = self._in_text
            events: list[ChatEvent] = [ThoughtDelta(thought)] if thought.strip() else []
            return events + (self._in_text(rest.lstrip("\n")) if rest.strip("\n") else [])
        keep = _overlap(text, _CLOSE)
        self._held = text[len(text) - keep :]
        shown = text[: len(text) - keep]
        return [ThoughtDelta(shown)] if shown else []

    def _in_text(self, text: str) -> list[ChatEvent]:
        at = text.find("!")
        if at < 0:
            return [TextDelta(text)] if text else []
        events: list[ChatEvent] = []
        while at >= 0:
            if picture := _PICTURE.match(text, at):
                if at:
                    events.append(TextDelta(text[:at]))
                self._mime = picture[1].lower()
                self._feed = self._in_picture
                return events + self._in_picture(text[picture.end() :])
            if _MARK.startswith(text[at:]) or _is_whole(_MAYBE_PICTURE.match(text, at), text):
                self._held = text[at:]
                text = text[:at]
                break
            at = text.find("!", at + 1)
        if text:
            events.append(TextDelta(text))
        return events

    def _in_picture(self, text: str) -> list[ChatEvent]:
        data, closed, rest = text.partition(")")
        self._picture_size += len(data)
        if self._picture_size <= self._picture_chars:
            self._picture.append(data)
        else:
            self._picture.clear()
        if not closed:
            return []
        decoded = decode_base64("".join(self._picture))
        self._picture, self._picture_size = [], 0
        self._feed = self._in_text
        events: list[ChatEvent] = [MediaOut(Artifact("image", data=decoded, mime=self._mime))] if decoded else []
        return events + (self._in_text(rest) if rest else [])


def _overlap(text: str, mark: str) -> int:
    """How many characters at the end of the text may be the beginning of the mark."""
    return next((size for size in range(min(len(mark) - 1, len(text)), 0, -1) if mark.startswith(text[-size:])), 0)


def _is_whole(match: re.Match[str] | None, text: str) -> bool:
    """Whether everything to the end of the text may still become a picture."""
    return match is not None and match.end() == len(text)
