"""Values between adapters and the client, and the two shapes an adapter module has. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from core.catalog import ModelSpec
from core.errors import GatewayError
from core.values import Artifact, ChatEvent, ChatRequest, Json, Order


@dataclass(frozen=True, slots=True)
class WireFile:
    """A file part of a multipart body."""

    name: str
    filename: str
    mime: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One HTTP call. `json` and (`form`, `files`) exclude each other; `timeout_s` bounds silence, not the total. `content`
    is what the client made of `json`."""

    method: str
    path: str
    json: Json = None
    form: tuple[tuple[str, str], ...] = ()
    files: tuple[WireFile, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 60.0
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class WireReply:
    """A reply whose status was read as success, with its decoded body."""

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The task was taken: poll it under this id."""

    task_id: str


@dataclass(frozen=True, slots=True)
class Again:
    """Not yet. `progress` in per cent, -1 = not told; `after_s` 0 = the family's own pace."""

    progress: int = -1
    queued: bool = False
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Ready:
    artifacts: tuple[Artifact, ...]

    @property
    def has_link(self) -> bool:
        """More than the gateway's own copy is known."""
        return any(artifact.url or artifact.data for artifact in self.artifacts)


@dataclass(frozen=True, slots=True)
class Broken:
    """The task ended without a result; the gateway does not charge for it."""

    error: GatewayError


Submitted = Accepted | Ready | Broken
Polled = Again | Ready | Broken


@dataclass(frozen=True, slots=True)
class Start:
    """The start marker of an answer. A second one with another id means that the gateway began again upstream."""

    id: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Words of a refusal: shown like text, and the answer ends as refused."""

    text: str


WireEvent = ChatEvent | Start | Refusal


class ChatAdapter(Protocol):
    """Pure. One JSON value of the stream in (`data:` decoded), our events out."""

    def to_request(self, request: ChatRequest, spec: ModelSpec) -> WireRequest: ...

    def parse_event(self, data: Json) -> tuple[WireEvent, ...]:
        """Raises GatewayError for an error told in mid-stream."""


class TaskAdapter(Protocol):
    """Pure. `order.inputs` carry their bytes in `data`. Families that never poll leave the last two out of use."""

    def to_submit(self, order: Order, spec: ModelSpec) -> WireRequest: ...

    def parse_submit(self, reply: WireReply, spec: ModelSpec) -> Submitted: ...

    def to_poll(self, task_id: str, spec: ModelSpec) -> WireRequest: ...

    def parse_poll(self, reply: WireReply, task_id: str, spec: ModelSpec) -> Polled: ...


@runtime_checkable
class SecondLook(Protocol):
    """Of a family whose finished tasks may show their link at another address only."""

    def to_second_look(self, task_id: str, spec: ModelSpec) -> WireRequest | None: ...
