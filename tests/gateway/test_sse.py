"""The decoder of event streams: any cut of the same bytes gives the same payloads."""

from __future__ import annotations

import pytest

from core.gateway.sse import LineTooLong, SseDecoder

RAW = (
    '\ufeff: PING\r\n\r\nevent: message\r\ndata: {"a":"早上好 🦊"}\r\n\r\n'
    'data:{"b":1}\n\nid: 7\nretry: 10\n: comment\ndata: {"c":\ndata: 2}\n\n'
    'nonsense\n\n{"error":{"message":"bare"}}\ndata: {"d":3}\ndata: {"e":4}\n\ndata: [DONE]\n\ndata: {"late":true}\n\n'
).encode()
PAYLOADS = [
    '{"a":"早上好 🦊"}'.encode(),
    b'{"b":1}',
    b'{"c":\n2}',
    b'{"error":{"message":"bare"}}',
    b'{"d":3}',
    b'{"e":4}',
]


def decode(*pieces: bytes) -> list[bytes]:
    decoder = SseDecoder(1_000)
    return [payload for piece in pieces for payload in decoder.feed(piece)] + decoder.flush()


@pytest.mark.parametrize("cut", range(len(RAW) + 1))
def test_any_cut_gives_the_same_payloads(cut: int) -> None:
    assert decode(RAW[:cut], RAW[cut:]) == PAYLOADS


def test_byte_by_byte() -> None:
    assert decode(*(bytes([byte]) for byte in RAW)) == PAYLOADS


def test_the_end_of_the_stream_ends_the_last_event() -> None:
    assert decode(b'data: {"a":1}') == [b'{"a":1}']
    assert decode(b'data: {"a":1}\n') == [b'{"a":1}']
    assert decode(b'{"error":"x"}') == [b'{"error":"x"}']


def test_done_is_seen_and_nothing_after_it() -> None:
    decoder = SseDecoder(1_000)
    assert decoder.feed(b"data: [DONE]\n\ndata: {}\n\n") == []
    assert decoder.done


def test_events_come_as_soon_as_they_are_whole() -> None:
    decoder = SseDecoder(1_000)
    assert decoder.feed(b'data: {"a":1}\n\nda') == [b'{"a":1}']
    assert decoder.feed(b'ta: {"b":2}\n\n') == [b'{"b":2}']


def test_lines_and_events_are_bounded() -> None:
    with pytest.raises(LineTooLong):
        SseDecoder(100).feed(b"data: " + b"x" * 200)
    decoder = SseDecoder(100)
    with pytest.raises(LineTooLong):
        for _ in range(50):
            decoder.feed(b"data: xxxx\n")
