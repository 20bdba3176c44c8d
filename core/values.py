"""The nouns of the service: frozen values that pass between front ends, use cases, adapters and stores.

Imports nothing of ours. All times are Unix milliseconds (`_ms`), all money is integer micros of a USD (`Micros`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

Micros = int
"""A millionth of a USD of the gateway's list price."""

Json = Any
"""A decoded JSON value: None, bool, int, float, str, list or dict. Never travels past an adapter or a store."""

Kind = Literal["text", "image", "document", "audio", "video"]
ModelKind = Literal["chat", "image", "video", "audio"]

HOUSE = "house"
"""The operator's account: owners' orders and what a hold did not cover are booked here; alone may go below zero."""


# --- who and where --------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message was written: a chat of a platform, and a topic or thread of it ("" = the main one)."""

    platform: str
    chat: str
    thread: str = ""
    private: bool = field(default=False, compare=False)

    @property
    def chat_key(self) -> str:
        return f"{self.platform}:{self.chat}"

    @property
    def key(self) -> str:
        return f"{self.chat_key}:{self.thread}"


@dataclass(frozen=True, slots=True)
class Sender:
    """The platform's view of who wrote. `anonymous`: a channel or an anonymous admin, who has no purse of their own."""

    platform: str
    id: str
    name: str = ""
    language: str = ""
    is_bot: bool = False
    anonymous: bool = False
    chat_admin: bool = False


class Role(StrEnum):
    OWNER = "owner"
    MEMBER = "member"  # invited
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Person:
    """One human, whatever platforms they write from. `locale` None: not chosen, the platform's language is used."""

    id: str
    role: Role = Role.STRANGER
    plan: str = "default"
    locale: str | None = None
    name: str = ""
    banned: bool = False
    created_ms: int = 0
    settings: Mapping[str, Json] = field(default_factory=dict)

    @property
    def is_owner(self) -> bool:
        return self.role is Role.OWNER


@dataclass(frozen=True, slots=True)
class Group:
    """What we keep of a chat that is not a DM. `purse`: its orders are paid from the group's account."""

    place: Place
    allowed: bool = False
    active: bool = True
    plan: str = ""
    locale: str | None = None


# --- what they say --------------------


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message that still lies on the platform. `ref` is opaque to all but the platform's own outlet."""

    kind: Kind
    ref: str
    mime: str = ""
    name: str = ""
    size: int = 0
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    what: str = ""  # the platform's own word: "voice", "video_note"; with no `ref` what we cannot use: "sticker"
    option: str = ""  # the slash command's option it was given for
    link: str = ""  # the platform's public address of it, if that holds no secret of ours
    link_until_ms: int = 0


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """The message that an incoming message answers."""

    message_id: str
    own: bool = False  # written by this bot
    author_id: str = ""
    text: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message as it came. `mentioned`: it calls the bot by name. `opening_id`: a message of ours that is open for
    the answer already (a deferred interaction). `event_id`: its row in the inbox, "" when it has none. `forwarded`: its words
    and files are somebody else's, only passed on."""

    place: Place
    sender: Sender
    message_id: str
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    reply: ReplyTo | None = None
    mentioned: bool = False
    edited: bool = False
    event_id: str = ""
    opening_id: str = ""
    album: str = ""
    received_ms: int = 0
    forwarded: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a question or an answer. Files lie in the media store under `media`; `data` is filled for calls. `link`:
    where the platform shows these very bytes to the world, until `link_until_ms`. `changed`: what was changed of what the
    person sent so that a model takes it ("scaled", "enlarged", "cropped", "converted"; "trimmed 15", to so many seconds), and
    "shaped 9:16": the film has the shape of this picture.

    Of orders, `media` may also be "job:ID", the first result of that job (with kind "image" the last frame of a film), or
    "asset:ID", a file of the person's own in the vendor's library."""

    kind: Kind
    text: str = ""
    media: str = ""
    mime: str = ""
    name: str = ""
    size: int = 0
    role: str = ""  # for tasks: "reference", "first_frame", "shape" (drawn by a person), "mask" (made of it) ...
    data: bytes = field(default=b"", repr=False, compare=False)
    url: str = field(default="", repr=False, compare=False)  # for calls: where the gateway may fetch it
    link: str = field(default="", compare=False)
    link_until_ms: int = field(default=0, compare=False)
    changed: tuple[str, ...] = field(default=(), compare=False)


KIND_OF_ROLE: Mapping[str, Kind] = {
    "image": "image",
    "first_frame": "image",
    "last_frame": "image",
    "reference": "image",
    "video": "video",
    "motion": "video",
    "audio": "audio",
    "voice": "audio",
}
"""Roles of a film's files, and what plays them; a kind is its own role. A reference may be a film or a sound too."""


# --- chat --------------------


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A function that a model may call. `parameters`: a JSON Schema of type object; `name`: at most 64 of [A-Za-z0-9_-]."""

    name: str
    description: str
    parameters: Json


@dataclass(frozen=True, slots=True)
class Call:
    """A whole call of a tool. `arguments`: JSON text as the model wrote it ("" = {})."""

    id: str
    name: str
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class CallResult:
    """What a tool answered: text for the model."""

    call_id: str
    name: str
    text: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Echo:
    """What a family wants back exactly as it came when a turn goes on after tool calls (signed thoughts, call items): the
    whole of what the model said in that round, in the family's own form. As an event it comes once, before `Finished`."""

    family: str
    items: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """`assistant`: words and `calls`, or, for its own family, `echo` in place of both. `tool`: `results` only, one for each
    call of the assistant message before it."""

    role: Literal["user", "assistant", "tool"]
    parts: tuple[Part, ...] = ()
    calls: tuple[Call, ...] = ()
    results: tuple[CallResult, ...] = ()
    echo: Echo | None = None


EFFORTS = ("off", "low", "medium", "high", "max")
"""How hard a model thinks, as people say it; "" = as the model does by itself."""

Need = Literal["search", "thinking", "tools", "schema", "document", "audio", "video", "edit"]
"""What a request wants beyond words and pictures, for which a row may name another wire. "edit": an order with pictures."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The answer is to be JSON of this shape. Every property is required and no other is allowed (strict in all wires)."""

    name: str
    schema: Json


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A question with its context, for one model. `max_tokens` counts the answer, thinking included. `effort`: one of
    EFFORTS that the row allows, or "". `thoughts`: words of the thinking are wanted. `search`: the model may search the
    web by itself."""

    messages: tuple[ChatMessage, ...]
    system: str = ""
    max_tokens: int = 4096
    effort: str = ""
    thoughts: bool = False
    search: bool = False
    tools: tuple[ToolSpec, ...] = ()
    schema: Schema | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a turn. Zero: not told. `input_tokens` includes `cached_tokens`, `output_tokens` the thinking. `searches`:
    of the web, by the vendor. `estimated`: the gateway told nothing, or not all."""

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    thought_tokens: int = 0
    searches: int = 0
    estimated: bool = False

    def __or__(self, later: Usage) -> Usage:
        """Running totals: the larger stands."""
        return Usage(
            max(self.input_tokens, later.input_tokens),
            max(self.cached_tokens, later.cached_tokens),
            max(self.output_tokens, later.output_tokens),
            max(self.thought_tokens, later.thought_tokens),
            max(self.searches, later.searches),
            self.estimated or later.estimated,
        )

    def __add__(self, other: Usage) -> Usage:
        """Two calls of one turn."""
        return Usage(
            self.input_tokens + other.input_tokens,
            self.cached_tokens + other.cached_tokens,
            self.output_tokens + other.output_tokens,
            self.thought_tokens + other.thought_tokens,
            self.searches + other.searches,
            self.estimated or other.estimated,
        )


class StopReason(StrEnum):
    STOP = "stop"
    LENGTH = "length"
    TOOLS = "tools"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ThoughtDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A piece of a call. Pieces with one `index` belong together: id and name come once, arguments are joined."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """A page the answer rests on; it stands behind the text that came before it."""

    url: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class MediaOut:
    artifact: Artifact


@dataclass(frozen=True, slots=True)
class UsageReport:
    usage: Usage


@dataclass(frozen=True, slots=True)
class AnsweredBy:
    """The upstream's own name of the model that answers; may differ from the one that was asked."""

    model: str


@dataclass(frozen=True, slots=True)
class Restarted:
    """The gateway began the answer again upstream: what came before it is void."""


@dataclass(frozen=True, slots=True)
class Finished:
    reason: StopReason


ChatEvent = (
    TextDelta | ThoughtDelta | ToolCall | Citation | MediaOut | UsageReport | AnsweredBy | Restarted | Echo | Finished
)


# --- conversations --------------------


@dataclass(frozen=True, slots=True)
class Conversation:
    """A scope (place + person, or a place) with a head: the turn that a plain message continues. "" = none yet. `system`: a
    person's own words in place of a persona's. `search`: every question may search the web."""

    id: str
    scope: str
    head: str = ""
    model: str = ""
    persona: str = ""
    effort: str = ""
    search: bool = False
    system: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """What a tool did in a turn: kept for the turns after it. `text`: one short line; `ref`: "job:ID" or ""."""

    tool: str
    text: str
    ref: str = ""


class TurnState(StrEnum):
    """queued -> running -> answered -> done; queued -> dropped. The end's flavour is `Turn.ending`."""

    QUEUED = "queued"
    RUNNING = "running"
    ANSWERED = "answered"  # the text is final and stored; its parts are being delivered
    DONE = "done"
    DROPPED = "dropped"


class Ending(StrEnum):
    COMPLETE = "complete"
    LENGTH = "length"  # the model's limit was reached
    REFUSED = "refused"
    CUT = "cut"  # the line broke in mid-stream; what came is kept
    STOPPED = "stopped"  # by the person
    INTERRUPTED = "interrupted"  # by a crash or a restart of ours
    FAILED = "failed"  # nothing came; `error_key` says why


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer, a node of the conversation's tree. While it runs, its row is its lane's lock.

    `effort`, `search`, `system`: as they held when it was asked. `thoughts`: the beginning of the model's thinking. `media`:
    pictures that the model put into its answer, in the media store. `tainted`: words of strangers (pages, files, tool
    servers) were read in it or before it in its branch, so nothing that costs or changes is done on its word alone."""

    id: str
    conversation_id: str
    lane: str
    parent_id: str
    person_id: str
    account_id: str
    place: Place
    origin_id: str
    model: str
    persona: str
    question: tuple[Part, ...]
    state: TurnState
    created_ms: int
    answer: str = ""
    ending: Ending | None = None
    error_key: str = ""
    error_params: Mapping[str, Json] = field(default_factory=dict)
    usage: Usage = Usage()
    hold: Micros = 0
    cost: Micros = 0
    locale: str = "en"
    opening_id: str = ""
    owner: str = ""
    lease_ms: int = 0
    version: int = 0
    stopping: bool = False
    shown: bool = False
    effort: str = ""
    search: bool = False
    system: str = ""
    thoughts: str = ""
    media: tuple[Artifact, ...] = ()
    deeds: tuple[Deed, ...] = ()
    tainted: bool = False


@dataclass(frozen=True, slots=True)
class SentPart:
    """A message of ours that carries `answer[start:end]` of a turn. Not `final`: a preview, to be edited further."""

    number: int
    message_id: str
    start: int = 0
    end: int = 0
    final: bool = False


# --- orders and jobs --------------------


@dataclass(frozen=True, slots=True)
class Artifact:
    """A result. From a wire: a `url`, or `data`, or `content` (the gateway's own download path, key needed). Once
    stored: `media` and `thumbnail` are keys of the media store, with real sizes (pixels, seconds, bytes). Of kind "text" it
    is words and nothing else: `text`. `title`, `performer`: of a song; `cover`: its picture, from a wire a link, once
    stored a key, and the thumbnail is made of it; `remote_id`: what the gateway calls it, where that can be gone on from."""

    kind: Kind
    url: str = ""
    data: bytes = field(default=b"", repr=False)
    content: str = ""
    media: str = ""
    mime: str = ""
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    size: int = 0
    thumbnail: str = ""
    text: str = ""  # a caption the model wrote
    title: str = ""
    performer: str = ""
    cover: str = ""
    remote_id: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """A button of a result: what it does, and to which of the job's artifacts. Its id is job + index, no payload."""

    name: str
    artifact: int = 0


@dataclass(frozen=True, slots=True)
class RemoteButton:
    """A button that the gateway offers under a finished task. `id`: its own name of it, sent back exactly as it came;
    `label`: as its family shows it; `action`: what it does, a word of the row's `price.actions`; `asks`: what the person has
    to say before it can be pressed: new words, or words and a region of the picture."""

    id: str
    label: str
    action: str
    asks: Literal["", "words", "region"] = ""


@dataclass(frozen=True, slots=True)
class Past:
    """A job that an order continues: what was asked, what came, and the gateway's own id of it. `action`, `options`: as in
    its Order, for they change what was said. `words`: the first of its results that is words."""

    prompt: str
    transcript: str = ""
    task_id: str = ""
    inputs: tuple[Part, ...] = ()
    results: tuple[Part, ...] = ()
    action: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    words: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """What a person wants made, checked and priced by `orders.py` before any money moves. `continues`: the job whose result
    it changes; `past`: that job and those before it, oldest first, filled in for calls. `action`: what is done when it is not
    the family's usual making (a word of the row's `price.actions`); `press`: the id of the RemoteButton of `past[-1]`
    that is pressed."""

    kind: ModelKind
    model: str
    prompt: str
    options: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[Part, ...] = ()
    continues: str = ""
    past: tuple[Past, ...] = ()
    action: str = ""
    press: str = ""


class JobState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    WAITING = "waiting"
    MODAL = "modal"
    READY = "ready"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNSURE = "unsure"
    UNDELIVERED = "undelivered"


OPEN_STATES = frozenset({JobState.QUEUED, JobState.SENDING, JobState.WAITING, JobState.MODAL, JobState.READY})


@dataclass(frozen=True, slots=True)
class Job:
    """An order on its way. `due_ms` is both "not before" and, while claimed, the end of the lease; `version` fences
    late writes. `told`: the person has been told how it ended. `muted`: cancelled after sending, so do not deliver.
    `quote`: its price; less than at first when some of its results could not be had. `error_key`: why it failed, or what is
    missing of its results. `turn_id`: of the answer whose tool ordered it, "" = a command did. `continues`: the job whose
    result this one changes; `transcript`: what the model wrote, byte for byte, for the job that continues this one. An input
    whose `media` is "job:ID" is the first result of that job, which may still be under way. `action`, `press`: as in Order.
    `buttons`: what the gateway offers under its result. `confirmed_ms`: when we set about answering the window in which
    the gateway's task waits (state MODAL); it is answered once. `part_of`: the job that this one is a piece of (a shot of a
    storyboard, the voice of a portrait); a piece is paid and refunded by itself, but only the whole is shown and told.
    `made_ms`: when its results were ours. `behind`: its result is brought only when that job has ended: sentences of one
    answer come in their order."""

    id: str
    person_id: str
    account_id: str
    place: Place
    origin_id: str
    kind: ModelKind
    model: str
    family: str
    prompt: str
    state: JobState
    quote: Micros
    created_ms: int
    deadline_ms: int
    due_ms: int
    options: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[Part, ...] = ()
    parent_id: str = ""
    locale: str = "en"
    version: int = 0
    owner: str = ""
    attempts: int = 0
    task_id: str = ""
    sent_ms: int = 0
    progress: int = -1  # per cent; -1 = not known
    results: tuple[Artifact, ...] = ()
    error_key: str = ""
    error_params: Mapping[str, Json] = field(default_factory=dict)
    ack_id: str = ""
    result_ids: tuple[str, ...] = ()
    muted: bool = False
    told: bool = False
    turn_id: str = ""
    continues: str = ""
    transcript: str = ""
    action: str = ""
    press: str = ""
    buttons: tuple[RemoteButton, ...] = ()
    confirmed_ms: int = 0
    part_of: str = ""
    made_ms: int = 0
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of a person's in the vendor's library, called `@name` in their prompts. `remote_id`: the vendor's own id of it,
    "" while it has none. `state`: "new" before it was sent there, "checking" while the vendor looks at it, "active", "failed"
    with `error_key`. `due_ms`: when it is looked at next, or the end of the lease of the process that does. `link`: as of a
    Part."""

    id: str
    person_id: str
    name: str
    kind: Kind
    media: str
    mime: str
    size: int
    place: Place
    created_ms: int
    state: Literal["new", "checking", "active", "failed"] = "new"
    remote_id: str = ""
    error_key: str = ""
    due_ms: int = 0
    version: int = 0
    link: str = field(default="", repr=False)
    link_until_ms: int = 0


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that was cloned for a person, who alone may use it. `remote_id`: what the gateway calls it, chosen by us and
    not to be guessed; `sample`: the stored recording it was made of. It is there once `job_id` (the order to clone it) is
    done. `keep`: it is used from time to time, at the person's expense, so that the vendor does not delete it; `gone`: it
    was found to be deleted."""

    id: str
    person_id: str
    name: str
    remote_id: str
    model: str
    sample: str
    sample_mime: str
    sample_size: int
    place: Place
    job_id: str
    created_ms: int
    used_ms: int = 0
    keep: bool = False
    gone: bool = False
    locale: str = "en"


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence to be brought to a person or place once, by any process that can. `key` and `params`: the text."""

    id: str
    key: str
    params: Mapping[str, Json]
    person_id: str = ""
    place: Place | None = None
    due_ms: int = 0
    version: int = 0
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class InboxEvent:
    """An update as the platform sent it (`payload`: its JSON text), before anything was done about it."""

    platform: str
    id: str
    chat: str
    payload: str
    received_ms: int
    attempts: int = 0


# --- money --------------------


@dataclass(frozen=True, slots=True)
class Account:
    """`daily`: what is left of the day's allowance; `kept`: granted or bought, does not expire."""

    id: str
    daily: Micros = 0
    kept: Micros = 0
    day: str = ""

    @property
    def balance(self) -> Micros:
        return self.daily + self.kept


@dataclass(frozen=True, slots=True)
class Cause:
    """Why money moves: whose order, of which kind and model. Shown by /usage."""

    person_id: str
    what: str  # "chat", "image", "video", "audio", "grant", "allowance"
    model: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A hold that has not ended yet."""

    account_id: str
    amount: Micros
    cause: Cause
    at_ms: int


@dataclass(frozen=True, slots=True)
class Spent:
    what: str
    model: str
    micros: Micros
    times: int


@dataclass(frozen=True, slots=True)
class Access:
    """Who asks, where, in which language, and from which account it is paid. Made by `people.py` for each request."""

    person: Person
    sender: Sender
    place: Place
    account_id: str
    locale: str
    group: Group | None = None

    @property
    def unlimited(self) -> bool:
        return self.person.is_owner


# --- what the use cases of chat answer --------------------


@dataclass(frozen=True, slots=True)
class Started:
    """The turn holds its money and its lane: run it now."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class Joined:
    """The words joined the running turn, which had shown nothing yet and begins again with both."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class Queued:
    """Behind the running answer, at this place of the queue (1 = next)."""

    turn: Turn
    position: int


Asked = Started | Joined | Queued


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer so far: always the whole text, never a delta. `restarted`: it began again, shorter text is meant. `doing`:
    the tool that runs now, "" = none."""

    text: str
    thoughts: str = ""
    restarted: bool = False
    doing: str = ""
