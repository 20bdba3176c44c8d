"""Values between adapters and the client, and the two shapes an adapter module has. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from core.catalog import ModelSpec
from core.errors import GatewayError
from core.values import Artifact, ChatEvent, ChatRequest, Json, Order, RemoteButton


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
    """A reply whose status was read as success, with its decoded body. `content`: what is no JSON, for those who take it."""

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The task was taken: poll it under this id."""

    task_id: str


@dataclass(frozen=True, slots=True)
class Again:
    """Not yet. `progress` in per cent, -1 = not told; `after_s` 0 = the family's own pace; `preview`: a link to what it looks
    like so far; `listen`: one that people may follow, to what it sounds like."""

    progress: int = -1
    queued: bool = False
    after_s: float = 0.0
    preview: str = ""
    listen: str = ""


@dataclass(frozen=True, slots=True)
class Parked:
    """The task waits in a window of its own for words of ours (`Confirms`), and does not go on without them."""


@dataclass(frozen=True, slots=True)
class Ready:
    """`transcript`: what the model wrote, where its results can be changed further; bounded. `buttons`: what the gateway
    offers to do with the result. `refunded`: the gateway takes nothing for it, because not all of it came about."""

    artifacts: tuple[Artifact, ...]
    transcript: str = ""
    buttons: tuple[RemoteButton, ...] = ()
    refunded: bool = False

    @property
    def has_link(self) -> bool:
        """More than the gateway's own copy is known."""
        return any(artifact.url or artifact.data for artifact in self.artifacts)


@dataclass(frozen=True, slots=True)
class Broken:
    """The task ended without a result; the gateway does not charge for it."""

    error: GatewayError


Submitted = Accepted | Ready | Broken
Polled = Again | Parked | Ready | Broken


@dataclass(frozen=True, slots=True)
class News:
    """What an order tells while it is made in one long call. `progress` in per cent, -1 = not told; `task_id`: the gateway's
    own name of it, an id or a link ("" = none yet). Nothing can be asked with it: it is for the operator."""

    progress: int = -1
    task_id: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """The start marker of an answer. A second one with another id means that the gateway began again upstream. `model`: the
    upstream's name of what answers, "" = not told. `once`: this family has one marker to an answer, never one to a chunk."""

    id: str
    model: str = ""
    once: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Words of a refusal: shown like text, and the answer ends as refused."""

    text: str


WireEvent = ChatEvent | Start | Refusal


class EventReader(Protocol):
    """What one stream has to be remembered of while it is read; made anew for each answer. No I/O."""

    def parse_event(self, data: Json) -> tuple[WireEvent, ...]:
        """One JSON value of the stream in (`data:` decoded), our events out; a whole answer of an upstream that does not
        stream as well. `Finished` only when the family's own end marker was read. Raises GatewayError for an error told
        in mid-stream, and nothing else, whatever comes."""


class ChatAdapter(Protocol):
    """Pure. `spec` is routed: its `family` and `extra` are this module's. `REFUSABLE`: fields of the body (dotted places)
    that newer models refuse by name, and what takes their place: "" = nothing, else another field's name."""

    REFUSABLE: Mapping[str, str]

    def to_request(self, request: ChatRequest, spec: ModelSpec) -> WireRequest: ...

    def reader(self) -> EventReader: ...


class TaskAdapter(Protocol):
    """Pure. `order.inputs`, and the inputs and results of `order.past`, carry their bytes in `data`. Families that never poll
    leave the last two out of use. `BLOCKS`: the submit is all of the work and may take minutes, so few run at once."""

    BLOCKS: bool

    def to_submit(self, order: Order, spec: ModelSpec) -> WireRequest: ...

    def parse_submit(self, reply: WireReply, spec: ModelSpec) -> Submitted: ...

    def to_poll(self, task_id: str, spec: ModelSpec) -> WireRequest: ...

    def parse_poll(self, reply: WireReply, task_id: str, spec: ModelSpec) -> Polled: ...


@runtime_checkable
class SecondLook(Protocol):
    """Of a family whose finished tasks may show their link at another address only."""

    def to_second_look(self, task_id: str, spec: ModelSpec) -> WireRequest | None: ...


@runtime_checkable
class OtherForm(Protocol):
    """Of a family whose upstreams disagree about the form of an order. One that is refused as a bad request was surely not
    taken, so it may be sent once more."""

    def to_other_form(self, order: Order, spec: ModelSpec, refusal: str) -> WireRequest | None:
        """`refusal`: what the gateway said. None: this order has no other form."""


@runtime_checkable
class PollMany(Protocol):
    """Of a family that tells of many tasks in one reply. A task that the reply leaves out is asked for by itself."""

    def to_poll_many(self, task_ids: Sequence[str], spec: ModelSpec) -> WireRequest: ...

    def parse_poll_many(self, reply: WireReply, spec: ModelSpec) -> Mapping[str, Polled]: ...


@runtime_checkable
class TakesBytes(Protocol):
    """Of a family whose reply may be the file itself."""

    TAKES_BYTES: bool


@runtime_checkable
class NamesTasks(Protocol):
    """Of a family whose tasks have the name that the order gives them."""

    def task_id_of(self, order: Order) -> str: ...


@runtime_checkable
class Uploads(Protocol):
    """Of a family that wants some files on the gateway before an order names them. An upload costs nothing and may be
    repeated."""

    def to_upload(self, order: Order, spec: ModelSpec) -> WireRequest | None:
        """None: this order needs none."""

    def parse_upload(self, reply: WireReply, order: Order, spec: ModelSpec) -> Order:
        """The order, with links in place of files. Raises GatewayError."""


@runtime_checkable
class Confirms(Protocol):
    """Of a family whose tasks may wait in a window (`Parked`)."""

    def to_confirm(self, order: Order, task_id: str, spec: ModelSpec) -> WireRequest: ...

    def parse_confirm(self, reply: WireReply, spec: ModelSpec) -> Submitted: ...


@runtime_checkable
class TellsSeed(Protocol):
    """Of a family that says, on request, which seed a finished task had."""

    def to_seed(self, task_id: str, spec: ModelSpec) -> WireRequest: ...

    def parse_seed(self, reply: WireReply) -> str:
        """Raises GatewayError; NoResult when there is none."""


class OrderReader(Protocol):
    """What one order's long answer has told so far; made anew for each order. No I/O."""

    def feed(self, data: Json) -> None:
        """One JSON value of the stream, or the whole answer of an upstream that does not stream. Raises nothing."""

    @property
    def finished(self) -> bool:
        """The answer has said that it is at its end."""

    def news(self) -> News: ...

    def outcome(self, *, complete: bool) -> Submitted:
        """After the last value. `complete`: it is sure that nothing is missing; else only what cannot be misread counts.
        Raises Unsure when nobody can know."""


@runtime_checkable
class LongCall(Protocol):
    """Of a family whose orders are one long call that tells how it goes, in place of a task that is polled."""

    def order_reader(self, order: Order, spec: ModelSpec) -> OrderReader | None:
        """None: an order of this row is answered at once."""
