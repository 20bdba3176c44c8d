"""What the core asks of the world, one small Protocol for each noun. Stores, the media store, the clock and the courier
implement them; `bots/app.py` brings them together.

Transactions: `async with store.begin() as tx:` is one atomic commit, serialised among writers on SQLite and READ COMMITTED
with row locks on PostgreSQL; it commits at the end of the block, rolls back on any exception, and the commit is shielded
from cancellation. `async with store.read() as tx:` never writes and never waits for a writer.
Guards live in the SQL: a method that returns None or False has changed nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Literal, Protocol

from core.assistant import Memory, Proposal, ProposalState, Reminder, Summary
from core.fitting import Fitted, InputLimits
from core.values import (
    Account,
    Artifact,
    Asset,
    Cause,
    Conversation,
    Group,
    Held,
    InboxEvent,
    Job,
    JobState,
    Json,
    Micros,
    Notice,
    Person,
    Place,
    Role,
    Sender,
    SentPart,
    Spent,
    Turn,
    Voice,
)

End = Literal["first", "last"]

NewId = Callable[[], str]
"""Makes a new id: 16 characters of [a-z0-9], random. Passed in, so that tests can count."""


class Clock(Protocol):
    def now_ms(self) -> int:
        """Unix time in ms. On PostgreSQL the database's, so that leases mean the same on every replica."""

    def monotonic(self) -> float:
        """Seconds of a clock that never goes back."""

    async def sleep(self, seconds: float) -> None: ...


# --- the store --------------------


class Inbox(Protocol):
    async def add(self, events: Sequence[InboxEvent], owner: str, lease_until_ms: int) -> list[str]:
        """Write down events, already leased to `owner`; returns the ids that were new (duplicates are dropped)."""

    async def claim(self, platform: str, owner: str, now_ms: int, lease_until_ms: int, limit: int) -> list[InboxEvent]:
        """Unfinished events whose lease has run out, oldest first; counts an attempt."""

    async def done(self, platform: str, event_id: str) -> None: ...

    async def renew(self, owner: str, lease_until_ms: int) -> None: ...

    async def release(self, owner: str) -> None:
        """Hand back all leases of this owner (a graceful stop); "" = of everybody (the only process starts)."""

    async def sweep(self, before_ms: int) -> int:
        """Forget finished events received before; returns how many."""


class People(Protocol):
    async def person_of(self, platform: str, platform_id: str) -> Person | None: ...

    async def person(self, person_id: str) -> Person | None: ...

    async def add_person(self, person: Person, sender: Sender) -> Person:
        """Create person + identity; when the identity exists already, returns its person unchanged."""

    async def note_sender(self, sender: Sender) -> None:
        """Remember the platform's display name and language."""

    async def identities(self, person_id: str) -> list[Sender]: ...

    async def find(self, platform: str, name_or_id: str) -> Person | None:
        """By platform id, or by @name (case-insensitive)."""

    async def owners(self) -> list[Person]: ...

    async def count(self) -> dict[str, int]:
        """How many persons by role, plus "banned"."""

    async def everyone(self, after_id: str, limit: int) -> list[Person]:
        """Members and owners who are not banned, by id, for a broadcast."""

    async def set_role(self, person_id: str, role: Role) -> None: ...

    async def set_plan(self, person_id: str, plan: str) -> None: ...

    async def set_banned(self, person_id: str, banned: bool) -> None: ...

    async def set_locale(self, person_id: str, locale: str | None) -> None: ...

    async def set_settings(self, person_id: str, settings: Mapping[str, Json]) -> None: ...

    async def group(self, place: Place) -> Group | None: ...

    async def save_group(self, group: Group) -> None:
        """Insert or replace the row of a chat (its thread is ignored)."""

    async def migrate_group(self, platform: str, old_chat: str, new_chat: str) -> None:
        """A group became a supergroup: everything of the old chat (group, purse, conversations, links, jobs) is the new's."""

    async def add_invite(self, code_hash: str, kind: str, uses: int, expires_ms: int, by: str) -> None: ...

    async def use_invite(self, code_hash: str, kind: str, now_ms: int) -> bool:
        """Spend one use; False when there is no such code, or it is used up or expired."""

    async def drop_invites(self, kind: str) -> None: ...

    async def export(self, person_id: str) -> dict[str, Json]:
        """All that is kept about a person, as JSON: identities, settings, conversations, turns, jobs, ledger."""

    async def forget(self, person_id: str) -> list[str]:
        """Delete conversations, turns, links, finished jobs and settings of a person; the ledger keeps sums without texts.
        Returns the media keys that nothing refers to any more."""


class Ledger(Protocol):
    async def account(self, account_id: str) -> Account: ...

    async def top_up(self, account_id: str, day: str, allowance: Micros, now_ms: int) -> Account:
        """Set the day's allowance once a day: one entry (`account:day`); later calls of the day change nothing."""

    async def hold(self, ref: str, account_id: str, amount: Micros, cause: Cause, now_ms: int) -> bool:
        """Take `amount`, daily first. False: not enough, nothing changed. A second hold of a `ref` raises ValueError.
        The house account is never short."""

    async def hold_up_to(
        self, ref: str, account_id: str, ceiling: Micros, floor: Micros, cause: Cause, now_ms: int
    ) -> Micros | None:
        """Take min(ceiling, balance), if that is at least `floor`; returns what was taken, or None."""

    async def settle(self, ref: str, real: Micros, now_ms: int) -> Micros | None:
        """End a hold once: min(real, hold) stays taken, the rest goes back where it came from, what `real` has beyond the
        hold is booked to house. Returns what was taken, or None when it had ended already (nothing changes then).
        A refund is `settle(ref, 0)`."""

    async def held(self, ref: str) -> Held | None:
        """The hold of `ref` as long as it has not ended; None when there is none or it was settled."""

    async def credit(self, ref: str, account_id: str, amount: Micros, cause: Cause, now_ms: int) -> bool:
        """Add to `kept` (negative: take, never below zero); once per `ref`."""

    async def book_house(self, ref: str, amount: Micros, cause: Cause, now_ms: int) -> None:
        """A cost that nobody holds for (a late result, delivered free); once per `ref`."""

    async def meter(self, key: str, window: str, amount: int, limit: int | None, now_ms: int) -> int | None:
        """Count `amount` under (key, window), unless that would pass `limit`; returns the new total, or None if refused.
        A negative amount gives back."""

    async def metered(self, key: str, window: str) -> int: ...

    async def spent(self, since_ms: int, *, person_id: str = "", account_id: str = "") -> list[Spent]:
        """What settled orders cost, by what and model, largest first."""

    async def entries_sum(self, account_id: str) -> Micros: ...

    async def open_holds(self) -> list[str]: ...

    async def sweep_meters(self, before_ms: int) -> None: ...


class Conversations(Protocol):
    async def conversation(self, scope: str, new_id: str) -> Conversation:
        """The conversation of a scope, created when new."""

    async def find(self, scope: str) -> Conversation | None:
        """The conversation of a scope, if there is one."""

    async def conversation_by_id(self, conversation_id: str) -> Conversation: ...

    async def set_head(self, conversation_id: str, turn_id: str) -> None: ...

    async def set_model(self, conversation_id: str, model: str) -> None: ...

    async def set_persona(self, conversation_id: str, persona: str) -> None: ...

    async def set_effort(self, conversation_id: str, effort: str) -> None: ...

    async def set_search(self, conversation_id: str, search: bool) -> None: ...

    async def set_system(self, conversation_id: str, system: str) -> None: ...

    async def add_turn(self, turn: Turn) -> bool:
        """Insert. False when `state` is RUNNING and the lane has a running or undelivered turn (of a live lease) already."""

    async def turn(self, turn_id: str) -> Turn | None: ...

    async def save_turn(self, turn: Turn, version: int) -> Turn | None:
        """Write all fields if the row still has `version` (fence); returns it with the next version, or None."""

    async def taint(self, turn_id: str) -> None:
        """Words of strangers are being read in it. Its version stays."""

    async def history(self, turn_id: str, limit: int, *, to_summary: bool = False) -> list[Turn]:
        """The turn and its ancestors, oldest first, at most `limit`. `to_summary`: no further back than to the last turn that
        has a summary, which is the first then."""

    async def summary(self, turn_ids: Sequence[str]) -> Summary | None:
        """The summary of the last of these turns (oldest first) that has one."""

    async def save_summary(self, summary: Summary) -> None:
        """Insert, or replace the text of that turn."""

    async def search(
        self, person_id: str, conversation_id: str, words: Sequence[str], limit: int
    ) -> list[tuple[str, int, str, str]]:
        """Answered turns of this person in a conversation with all `words` (case-insensitive, literally) in question or
        answer, newest first: (turn id, created_ms, question's text, answer)."""

    async def lane(self, lane: str) -> list[Turn]:
        """Queued, running and answered turns of a lane, oldest first."""

    async def checkpoint(
        self, owner: str, texts: Mapping[str, tuple[str, bool]], delivering: Collection[str], lease_until_ms: int
    ) -> set[str]:
        """Save running answers so far (turn id -> text, shown) of many streams at once, and renew their leases and those of
        the answered turns in `delivering`. Does not touch versions. Returns the running ids whose `stopping` flag is set or
        which are no longer ours."""

    async def request_stop(self, *, place: Place | None = None, turn_id: str = "", person_id: str = "") -> list[str]:
        """Flag running turns and drop queued ones, of a place (with its thread) or one turn, and of that person if given;
        returns their ids."""

    async def finish(self, turn_id: str) -> None:
        """ANSWERED -> DONE: all is delivered, the lane is free. Anything else is left as it is."""

    async def claim_turns(
        self, platforms: Collection[str], owner: str, now_ms: int, lease_until_ms: int, limit: int
    ) -> list[Turn]:
        """Running or answered turns whose lease has run out: a dead process's. Now leased to `owner`."""

    async def queued_lanes(self, platforms: Collection[str], limit: int) -> list[str]:
        """Lanes that have queued turns and nothing running."""

    async def release(self, owner: str) -> None:
        """Hand back the leases of this owner; "" = of everybody (the only process of an embedded database starts)."""

    async def save_part(self, turn_id: str, part: SentPart) -> None:
        """Record a message that carries a part (insert, or replace the part of that number), and link it to the turn."""

    async def parts(self, turn_id: str) -> list[SentPart]: ...

    async def link(self, place: Place, message_id: str, ref: str) -> None:
        """`ref`: "turn:ID" or "job:ID"."""

    async def linked(self, place: Place, message_id: str) -> str | None: ...

    async def turn_of_question(self, place: Place, origin_id: str) -> Turn | None:
        """The latest turn that answers this message of a person (for edits)."""


class Jobs(Protocol):
    async def add(self, job: Job) -> None: ...

    async def get(self, job_id: str) -> Job | None: ...

    async def of_person(
        self, person_id: str, limit: int, open_only: bool = False, skip: int = 0, pieces: bool = False
    ) -> list[Job]:
        """Newest first, `skip` of them left out; with `pieces` those too that are part of another."""

    async def pieces(self, job_id: str) -> list[Job]:
        """The jobs that are part of this one, oldest first."""

    async def durations(self, model: str, limit: int) -> list[int]:
        """How long the last orders of this model took, from sending to the result, in ms; the newest first."""

    async def of_turn(self, turn_id: str) -> list[Job]:
        """Ordered by the tools of an answer, oldest first."""

    async def made(self, person_id: str, place: Place | None, skip: int, limit: int) -> list[Job]:
        """This person's jobs that have results (READY, DONE, UNDELIVERED), newest first, `skip` of them left out; only those
        of a chat when a place is given."""

    async def count_open(self, person_id: str) -> int:
        """Pieces of others do not count, nor what is brought behind another."""

    async def claim(
        self,
        owner: str,
        states: Collection[JobState],
        now_ms: int,
        lease_until_ms: int,
        limit: int,
        platforms: Collection[str] | None = None,
        untold: bool = False,
        not_families: Collection[str] = (),
        not_pairs: Collection[tuple[str, str]] = (),
    ) -> list[Job]:
        """Due jobs of these states, now leased (due_ms = lease end, version + 1, owner). `untold`: also finished ones whose
        person has not been told. `platforms`: only jobs of these. `not_families`: none of these; `not_pairs`: none of this
        (family, person id)."""

    async def save(self, job: Job, version: int) -> Job | None:
        """Write all mutable fields if the row still has `version`; returns it with the next version, or None: somebody
        else has it. Moves that core/jobs.py does not list are refused by a CHECK or raise."""

    async def put_back(self, jobs: Sequence[Job]) -> frozenset[str]:
        """Write `state`, `due_ms`, `deadline_ms`, `owner`, `attempts` and `progress` of jobs (no other field) whose rows
        still have the version before theirs, all at once; returns the ids of those that were written."""

    async def renew(self, owner: str, ids: Iterable[tuple[str, int]], lease_until_ms: int) -> None:
        """Push the lease of (id, version) that are still ours."""

    async def release(self, owner: str, now_ms: int) -> None:
        """Hand back the leases of this owner; "" = of everybody (the only process of an embedded database starts)."""

    async def next_due_ms(
        self, states: Collection[JobState], platforms: Collection[str] | None = None
    ) -> int | None: ...

    async def counts(self) -> dict[str, int]: ...


class Notices(Protocol):
    async def add(self, notices: Sequence[Notice]) -> None:
        """Ids that exist already are left as they are (told once)."""

    async def claim(self, now_ms: int, lease_until_ms: int, limit: int) -> list[Notice]: ...

    async def done(self, notice_id: str) -> None: ...

    async def retry(self, notice_id: str, due_ms: int) -> None: ...

    async def reminders(self, person_id: str) -> list[Reminder]:
        """Notices with the key "reminder" of this person that are not done, soonest first; `text` is their parameter."""

    async def drop_reminder(self, person_id: str, notice_id: str) -> bool:
        """False: there is none of theirs."""


class Memories(Protocol):
    async def add(self, memory: Memory, most: int) -> bool:
        """False: the person has `most` already. A text that is known already changes nothing and is True."""

    async def of_person(self, person_id: str) -> list[Memory]:
        """Oldest first."""

    async def drop(self, person_id: str, memory_id: str) -> bool: ...


class Proposals(Protocol):
    async def add(self, proposal: Proposal) -> bool:
        """False: an id that is known (the same call again); nothing changes."""

    async def get(self, proposal_id: str) -> Proposal | None: ...

    async def of_turn(self, turn_id: str) -> list[Proposal]:
        """Oldest first."""

    async def end(self, proposal_id: str, state: ProposalState) -> bool:
        """OPEN -> DONE or DECLINED, once; False when somebody was faster."""

    async def shown(self, proposal_id: str, message_id: str) -> None: ...

    async def sweep(self, before_ms: int) -> int: ...


class MediaIndex(Protocol):
    async def add(self, key: str, mime: str, size: int, now_ms: int, expires_ms: int) -> None:
        """An existing key keeps the later expiry."""

    async def prolong(self, keys: Collection[str], expires_ms: int) -> frozenset[str]:
        """Keep these at least so long; returns those that are there."""

    async def expired(self, now_ms: int, limit: int) -> list[str]:
        """Those that a job which is under way needs are left out, here and in `oldest`."""

    async def oldest(self, limit: int) -> list[tuple[str, int]]:
        """(key, size), oldest first."""

    async def total_bytes(self) -> int: ...

    async def drop(self, keys: Sequence[str]) -> None: ...

    async def file_id(self, platform: str, key: str) -> str | None: ...

    async def set_file_id(self, platform: str, key: str, file_id: str) -> None:
        """The platform's own id of this file; kept when the file is swept."""


class Assets(Protocol):
    async def add(self, asset: Asset, most: int) -> bool:
        """False: the person has one of that name (case-insensitive), or `most` already."""

    async def get(self, asset_id: str) -> Asset | None: ...

    async def of_person(self, person_id: str) -> list[Asset]:
        """Oldest first."""

    async def claim(self, now_ms: int, lease_until_ms: int) -> Asset | None:
        """One that is "new" or "checking" and due, now leased (due_ms = lease end, version + 1)."""

    async def next_due_ms(self) -> int | None: ...

    async def save(self, asset: Asset, version: int) -> bool:
        """State, remote_id, error_key and due_ms, if the row still has `version`."""

    async def drop(self, person_id: str, asset_id: str) -> bool: ...


class Voices(Protocol):
    async def add(self, voice: Voice, most: int) -> bool:
        """False: the person has one of that name (case-insensitive), or `most` already."""

    async def get(self, voice_id: str) -> Voice | None: ...

    async def of_person(self, person_id: str) -> list[Voice]:
        """Oldest first."""

    async def used(self, voice_id: str, now_ms: int) -> None: ...

    async def set_keep(self, person_id: str, voice_id: str, keep: bool) -> bool: ...

    async def set_gone(self, voice_id: str) -> None: ...

    async def made(self, voice_id: str, job_id: str, now_ms: int) -> None:
        """The order to clone it is done: it is there, and has spoken once."""

    async def not_made(self, voice_id: str, job_id: str) -> None:
        """The order to clone it has failed: one that never was is dropped, one that was before is gone."""

    async def again(self, person_id: str, voice_id: str, remote_id: str, job_id: str, *, before: str) -> bool:
        """One that is gone is cloned once more, under this id, by this order, in place of that order `before`; False: it is
        not gone, or not theirs, or another order has come first."""

    async def unused(self, before_ms: int, limit: int, skip: int = 0) -> list[Voice]:
        """Those to be kept that were last used before, but for the first `skip`."""

    async def drop(self, person_id: str, voice_id: str) -> bool: ...


class Tx(Protocol):
    """One transaction: every store port, on one connection."""

    @property
    def inbox(self) -> Inbox: ...
    @property
    def people(self) -> People: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def conversations(self) -> Conversations: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def memories(self) -> Memories: ...
    @property
    def proposals(self) -> Proposals: ...
    @property
    def assets(self) -> Assets: ...
    @property
    def voices(self) -> Voices: ...
    @property
    def media(self) -> MediaIndex: ...


class Contended(Exception):
    """Two transactions wanted the same rows in different orders, and this one gave way: nothing was done, try again."""


class Store(Protocol):
    @property
    def clock(self) -> Clock: ...

    def begin(self) -> AbstractAsyncContextManager[Tx]:
        """Raises Contended (PostgreSQL)."""

    def read(self) -> AbstractAsyncContextManager[Tx]: ...

    def wake(self, topic: str) -> None:
        """Tell every process that something is due ("jobs", "deliver", "turns", "notices"); also after a commit of ours."""

    async def woken(self, topic: str, timeout_s: float) -> bool:
        """Wait until somebody calls `wake(topic)`, at most `timeout_s`; True if woken. NOTIFY on PostgreSQL."""


# --- files --------------------


class Media(Protocol):
    """Content-addressed files: a key is the SHA-256 (hex) of the bytes."""

    async def put(self, chunks: AsyncIterator[bytes] | bytes, max_bytes: int) -> tuple[str, int]:
        """Store a file; returns (key, size). Raises FileTooLarge and keeps nothing when it is longer than `max_bytes`."""

    async def read(self, key: str) -> bytes:
        """Raises KeyError when it is gone."""

    def stream(self, key: str) -> AsyncIterator[bytes]: ...

    def as_file(self, key: str) -> AbstractAsyncContextManager[Path]:
        """The file on a local disk, for libraries that want a path."""

    async def delete(self, keys: Sequence[str]) -> None: ...


# --- the front ends, as the core sees them --------------------


class Undeliverable(Exception):
    """The chat is gone for good: blocked, kicked, deleted."""


class DeliverLater(Exception):
    """Not now; try again after `after_s`."""

    def __init__(self, after_s: float) -> None:
        super().__init__(f"after {after_s} s")
        self.after_s = after_s


class Courier(Protocol):
    """Brings results and notices to people, on all platforms that this process has a token for."""

    @property
    def platforms(self) -> frozenset[str]: ...

    async def deliver(self, job: Job) -> tuple[str, ...]:
        """Post the results of a READY job as a reply; returns the message ids. Raises Undeliverable or DeliverLater."""

    async def tell(self, job: Job) -> None:
        """Say how a FAILED, UNSURE or CANCELLED job ended. Raises Undeliverable or DeliverLater."""

    async def progress(self, job: Job, preview: Artifact | None = None, listen: str = "") -> None:
        """Refresh the acknowledgement of a running job; lossy, at the platform's pace, never raises. `preview`: what it looks
        like so far, a small picture in the media store; `listen`: a link to what it sounds like, which people may follow."""

    async def notify(self, notice: Notice) -> bool:
        """Say a notice; False when this process has no way to its reader. Raises Undeliverable or DeliverLater."""


class Renditions(Protocol):
    """Looks into files and makes others of them. Works in threads, each bounded in time. What is made lies in the media
    store, but in no index yet: that is the caller's, as is that of its thumbnail."""

    async def inspect(self, key: str, declared: str) -> Artifact:
        """Real kind, MIME, size and measures of a stored file, with a thumbnail for pictures and video. Raises BadFile."""

    async def smaller(self, artifact: Artifact, max_bytes: int) -> Artifact | None:
        """A rendition of at most `max_bytes`, or None when there is no way."""

    async def mask(self, key: str, region: str, shape: str, *, transparent: bool) -> str:
        """A PNG mask for the stored picture `key`, of its size; returns its key. `region`: one of REGIONS, or "shape": what
        is drawn in the stored picture `shape`, black and white or onto a copy of the picture itself. What is to change is
        transparent (the rest opaque), or white (the rest black). Raises BadFile, UnclearShape."""

    async def tiles(self, artifact: Artifact) -> tuple[Artifact, ...]:
        """The four quarters of a stored picture, left to right and top to bottom, with thumbnails. Raises BadFile."""

    async def voiced(self, artifact: Artifact) -> Artifact | None:
        """A stored sound in the form of voice messages, OGG/Opus in one channel, or None when there is no way."""

    async def streamable(self, artifact: Artifact) -> Artifact:
        """A stored film that can be shown while it loads: its index in front, nothing encoded anew; itself when it is so
        already, or there is no way."""

    async def frame(self, artifact: Artifact, at: End) -> Artifact:
        """The first or the very last frame of a stored film as PNG, upright. Raises BadFile."""

    async def gif(self, artifact: Artifact, max_bytes: int) -> Artifact | None:
        """The first ten seconds of a stored film as a GIF of at most `max_bytes`, at most 480 pixels wide and high; None when
        there is no way."""

    async def joined(self, artifacts: Sequence[Artifact]) -> Artifact:
        """Stored films one after the other in one MP4, of the first one's size and rate, with silence where one has no sound.
        Raises BadFile when one is no film, or all together are too long."""

    async def dubbed(self, film: Artifact, sound: str) -> Artifact:
        """A stored film with the stored sound `sound` (a key) in place of its own, as long as the film: what is longer is cut
        off, behind what is shorter there is silence. Raises BadFile."""

    async def clip(self, song: str, cover: str) -> Artifact:
        """The stored sound `song` (a key) as an MP4 that shows the stored picture `cover`, "" = a plain one. Raises
        BadFile."""

    async def spliced(self, sounds: Sequence[str]) -> Artifact:
        """Stored sounds (keys) one after the other, without a gap, in the form of voice messages. Raises BadFile."""

    async def fit(self, key: str, limits: InputLimits) -> Fitted:
        """A stored file as a wire takes it, with what had to be changed. Raises BadFile for what it is not, UnfitFile and
        FileTooLarge for what no safe change helps."""
