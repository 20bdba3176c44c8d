"""Takes server-sent events apart, fed with bytes at any cut. Pure.

Gateway contract, chat 3: lines by LF or CRLF, `:` comments, `data:` with or without a space, several data lines to one
event, a bare JSON line in place of an event (that is how some upstreams tell an error), `[DONE]`.
"""

from __future__ import annotations

_FIELDS = (b"event:", b"id:", b"retry:")


class LineTooLong(ValueError):
    """A line longer than the decoder keeps."""


class SseDecoder:
    """`feed` gives the payloads that became whole, `flush` what the end of the stream leaves. `done`: [DONE] was read."""

    def __init__(self, max_line: int) -> None:
        self._max_line = max_line
        self._rest: list[bytes] = []  # the beginning of a line whose end has not come
        self._rest_size = 0
        self._data: bytes | None = None  # data lines of an event that no blank line has ended yet
        self._begun = False
        self.done = False

    def feed(self, piece: bytes) -> list[bytes]:
        """Raises LineTooLong."""
        lines = piece.split(b"\n")
        last = lines.pop()
        payloads: list[bytes] = []
        if lines and self._rest:
            self._rest.append(lines[0])
            lines[0] = b"".join(self._rest)
            self._rest.clear()
            self._rest_size = 0
        for line in lines:
            self._take(line, payloads)
        if last:
            self._rest.append(last)
            self._rest_size += len(last)
        if self._rest_size > self._max_line:
            raise LineTooLong(f"a line of more than {self._max_line} bytes")
        return payloads

    def flush(self) -> list[bytes]:
        """The last event of a stream that ends without a blank line."""
        payloads = self.feed(b"\n") if self._rest else []
        if self._data is not None:
            payloads.append(self._data)
            self._data = None
        return payloads

    def _take(self, line: bytes, payloads: list[bytes]) -> None:
        if not self._begun:
            self._begun = True
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.endswith(b"\r"):
            line = line[:-1]
        if self.done:
            return
        if line.startswith(b"data:"):
            self._take_data(line[6:] if line.startswith(b" ", 5) else line[5:], payloads)
        elif line.startswith(b"{"):
            payloads.append(line)
        elif self._data is not None and (not line or line.startswith(_FIELDS)):
            payloads.append(self._data)
            self._data = None

    def _take_data(self, data: bytes, payloads: list[bytes]) -> None:
        if data.strip() == b"[DONE]":
            self.done = True
        elif self._data is None:
            self._data = data
        elif self._data.endswith(b"}") and data.startswith(b"{"):  # two events without the blank line between them
            payloads.append(self._data)
            self._data = data
        elif len(self._data) + len(data) > self._max_line:
            raise LineTooLong(f"an event of more than {self._max_line} bytes")
        else:
            self._data += b"\n" + data
