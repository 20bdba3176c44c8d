"""Calls of functions in a stream of Responses (gateway contract, chat 7.4, 7.5). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from core.gateway.chat.openai_parts import number, text
from core.gateway.wire import WireEvent
from core.values import Json, ToolCall


class Calls:
    """Calls of functions under our own count; the wire names a call by place, by item and by call."""

    def __init__(self) -> None:
        self._by_name: dict[str, int] = {}
        self._ids: list[str] = []
        self._arguments: list[list[str]] = []

    @property
    def any(self) -> bool:
        return bool(self._ids)

    def item(self, item: dict[str, Json], index: str) -> Iterator[WireEvent]:
        """A call as it begins, ends, or stands in the whole answer."""
        item_id, call_id = text(item.get("id")), text(item.get("call_id"))
        names = [f"{kind}:{name}" for kind, name in (("call", call_id), ("item", item_id), ("at", index)) if name]
        arguments = text(item.get("arguments"))
        call = next((self._by_name[name] for name in names if name in self._by_name), None)
        if call is None or (call_id and self._ids[call] != call_id):
            call = len(self._ids)
            self._ids.append(call_id or item_id or f"call_{call}")
            self._arguments.append([arguments])
            yield ToolCall(call, self._ids[call], text(item.get("name")), arguments)
        else:
            yield from self._rest(call, arguments)
        self._by_name |= dict.fromkeys(names, call)

    def piece(self, data: dict[str, Json], piece: str) -> Iterator[WireEvent]:
        call = self._known(data)
        if call is not None and piece:
            self._arguments[call].append(piece)
            yield ToolCall(call, arguments=piece)

    def whole(self, data: dict[str, Json], arguments: str) -> Iterator[WireEvent]:
        call = self._known(data)
        if call is not None:
            yield from self._rest(call, arguments)

    def _known(self, data: dict[str, Json]) -> int | None:
        names = (f"at:{number(data.get('output_index'))}", f"item:{text(data.get('item_id'))}")
        return next((self._by_name[name] for name in names if name in self._by_name), None)

    def _rest(self, call: int, arguments: str) -> Iterator[WireEvent]:
        before = "".join(self._arguments[call])
        if len(arguments) > len(before) and arguments.startswith(before):
            self._arguments[call].append(arguments[len(before) :])
            yield ToolCall(call, arguments=arguments[len(before) :])
