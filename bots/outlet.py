"""A platform, as the delivery engine and the commands see it: its surface as data, an Outlet that sends, and what can go
wrong with a send. SDK types never pass this border."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from core.values import Attachment, Kind, Place, Sender

Pace = tuple[float, float, float]
"""Seconds between two previews: while the answer is younger than 30 s, than 120 s, and after."""


@dataclass(frozen=True, slots=True)
class Surface:
    """What a platform can do, as data. Lengths are UTF-16 units, sizes bytes, times seconds."""

    platform: str
    text_max: int  # hard limit of a message
    text_cut: int  # where we cut
    caption_max: int
    entities_max: int = 0  # 0 = text carries its own Markdown
    drafts_in_private: bool = False
    draft_pace: Pace = (0.8, 1.2, 2.0)
    draft_life_s: float = 30.0
    private_pace: Pace = (1.3, 2.0, 3.0)
    group_pace: Pace = (3.2, 4.5, 6.0)
    first_edit_s: float = 1.0  # an edited preview begins after this, or after `first_edit_chars`
    first_edit_chars: int = 200
    min_growth_chars: int = 40
    part_gap_s: float = 1.1
    parts_max: int = 5  # longer answers go as a file, with the beginning as text
    photo_max_bytes: int = 10 * 1024 * 1024
    file_max_bytes: int = 50 * 1024 * 1024
    progress_s: Pace = (10.0, 20.0, 30.0)
    private_answers: bool = True  # can answer so that only the asker reads, in a group
    media_stays: bool = False  # a message that carries a file cannot be without one again
    forms: bool = False  # a press can be answered with a form of several fields
    button_rows_max: int = 20


@dataclass(frozen=True, slots=True)
class Entity:
    """A styled stretch of a text; offsets in UTF-16 units. `extra`: url, language ..."""

    type: str
    offset: int
    length: int
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text in the platform's own form: plain text with entities, or Markdown as the platform reads it."""

    text: str
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True)
class Button:
    """`data`: at most 60 bytes of [A-Za-z0-9:._-]. `url` instead of data makes it a link."""

    label: str
    data: str = ""
    url: str = ""
    style: Literal["", "primary", "success", "danger"] = ""


Buttons = tuple[tuple[Button, ...], ...]
"""Rows of buttons."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form. `choices`: at most 25 (value, label) pairs, () = free text of at most `most` characters. `value`:
    what stands in it, or is chosen, at first."""

    name: str
    label: str  # at most 45 characters
    choices: tuple[tuple[str, str], ...] = ()
    value: str = ""
    required: bool = True
    most: int = 4000


@dataclass(frozen=True, slots=True)
class Form:
    """Questions that a press is answered with. What is filled in comes as a press with this `data` and its `fields`: of each
    name the words or the chosen value, "" where nothing was filled in."""

    title: str  # at most 45 characters
    data: str  # as a button's
    fields: tuple[Field, ...]  # at most 5; none = what is wanted fits no field (a file): always asked in words


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A result to send. `path` is local while the call runs; `file_id`: the platform has it already, nothing is uploaded.
    `voice`: spoken words, shown as a voice message where the platform has such. `title`, `performer`: of a song; its
    `thumbnail` is its cover."""

    kind: Kind
    name: str
    mime: str
    path: Path | None = None
    file_id: str = ""
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    thumbnail: Path | None = None
    as_document: bool = False
    voice: bool = False
    title: str = ""
    performer: str = ""


@dataclass(frozen=True, slots=True)
class SentMedia:
    message_ids: tuple[str, ...]
    file_ids: tuple[str, ...] = ()  # one for each file, "" when the platform has none


# --- what can go wrong with a call --------------------


class OutletError(Exception):
    """Base. The text is for the log; it never holds a token."""


class Flooded(OutletError):
    """429: nothing was done; come again after `retry_after_s`."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"flooded, {retry_after_s} s")
        self.retry_after_s = retry_after_s


class ChatGone(OutletError):
    """Blocked, kicked, deleted, no rights to write: not without the person doing something."""


class ChatMoved(OutletError):
    def __init__(self, new_chat: str) -> None:
        super().__init__(f"moved to {new_chat}")
        self.new_chat = new_chat


class MessageGone(OutletError):
    """The message to edit or to reply to is not there any more, or cannot be edited."""


class TooLarge(OutletError):
    pass


class Rejected(OutletError):
    """The platform refuses this content for good (a bug of ours or its rule)."""


class AnswerLost(OutletError):
    """The call may have worked and nobody knows (time-out, line dropped, 5xx)."""


class Unavailable(OutletError):
    """Surely not done (connection refused, DNS); may be repeated."""


class Outlet(Protocol):
    """Sends to one platform. Every method raises OutletError only. Calls are NOT paced here: `pace.py` does that."""

    @property
    def surface(self) -> Surface: ...

    async def send(
        self,
        place: Place,
        text: Rendered,
        *,
        reply_to: str = "",
        buttons: Buttons = (),
        nonce: str = "",
        ping: str = "",
    ) -> str:
        """A new message; returns its id. `reply_to` a deleted message sends without reply. `nonce`: a repeated send with
        it is dropped by the platform where it can. A reply notifies whoever it answers; `ping`: the platform id of the
        one person it may notify besides."""

    async def edit(
        self, place: Place, message_id: str, text: Rendered, *, buttons: Buttons = (), drop_media: bool = False
    ) -> None:
        """Unchanged content is success. Of a message with media the words change, so far as a caption takes them, and the
        media stays; `drop_media`: it goes where the platform can take it away."""

    async def draft(self, place: Place, draft_id: int, text: Rendered, *, stop: bool = True) -> None:
        """A native streaming preview (private chats of Telegram). Empty text: "thinking"."""

    async def typing(self, place: Place, what: Literal["typing", "photo", "video", "audio"] = "typing") -> None: ...

    async def send_media(
        self,
        place: Place,
        files: tuple[MediaFile, ...],
        caption: Rendered,
        *,
        reply_to: str = "",
        buttons: Buttons = (),
        nonce: str = "",
        ping: str = "",
    ) -> SentMedia:
        """Files in their native form, several as albums, with the caption on the first; the buttons stand where the platform
        lets them. `message_ids`: those with files, in their order, then one that only carries the buttons, if it could be
        sent: no files come twice for their buttons."""

    async def show_media(
        self, place: Place, message_id: str, file: MediaFile, caption: Rendered, *, buttons: Buttons = ()
    ) -> str:
        """Let a message of ours carry this one file, these words and these buttons in place of what it carries, text or
        media; returns the platform's id of the file ("" when it has none). Unchanged content is success."""

    async def delete(self, place: Place, message_id: str) -> None: ...

    async def private(self, sender_id: str) -> Place:
        """The DM with a person of this platform. Raises ChatGone when closed."""

    def start_link(self, code: str) -> str:
        """A link that opens the private chat and says `/start CODE` there; "" where the platform has none."""

    async def file_limit(self, place: Place) -> int:
        """Bytes of one uploaded file in this chat."""

    def download(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """The bytes of a file that somebody sent."""


class Exchange(Protocol):
    """One request of a person (a message, a slash command, a press), and the way to answer it on the spot."""

    @property
    def outlet(self) -> Outlet: ...

    @property
    def asker(self) -> Sender: ...

    async def say(self, text: Rendered, *, buttons: Buttons = (), private: bool = False) -> str:
        """Answer the request; returns the message id ("" when it has none, e.g. ephemeral). `private`: only the asker
        reads it: ephemeral in a group where possible, else in the DM, else nothing but a pointer."""

    async def revise(self, text: Rendered, *, buttons: Buttons = ()) -> None:
        """For presses: change the message that carries the button. For others: the same as say."""

    async def ask(self, text: Rendered, form: Form) -> str:
        """Ask for words. Where a form can be shown, it is, and this returns "": the answer comes as a press. Else `text` is
        said so that the person's next message is a reply to it where the platform can do that; returns its message id."""

    async def open(self) -> str:
        """Make sure the platform knows we are at it (defer an interaction, answer a callback); returns the id of a message
        that is open for the answer, or "". Idempotent."""
