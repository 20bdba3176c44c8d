"""What waits for a person's next word: a message that came while we were away, a picture that came without words, a text that
an owner has yet to confirm, a button that asks "what shall I change?".

The waiting thing is a turn that is never asked (DROPPED, in no lane, under no head), so it lives and is deleted with the
conversation; buttons name it by its id and survive restarts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bots.commands import kept, owned
from bots.commands.request import Request
from core.errors import AnswerGone, JobGone
from core.values import Json, Part, Turn, TurnState

NEXT = "next"
"""The key in a person's settings."""
BY = "by"
"""In what is kept under it: the event that has ended the waiting."""
NEXT_MS = 600_000
"""So long a private message after such a button is taken as its answer."""
DEEDS = frozenset(
    {"ask", "edit", "animate", "reference", "longer", "sound", "mj", "shot", "newshot", "redo", "rewrite"}
)


async def park(request: Request, parts: tuple[Part, ...], event_ids: Sequence[str] = ()) -> Turn:
    """Write it down, and its inbox events as done, in one commit."""
    conversation = await request.services.chat.conversation(request.access)
    turn_id = request.new_id()
    turn = Turn(
        id=turn_id,
        conversation_id=conversation.id,
        lane=f"parked:{turn_id}",
        parent_id="",
        person_id=request.access.person.id,
        account_id=request.access.account_id,
        place=request.place,
        origin_id=request.incoming.message_id,
        model="",
        persona="",
        question=parts,
        state=TurnState.DROPPED,
        created_ms=request.services.clock.now_ms(),
        locale=request.locale,
    )
    async with request.services.store.begin() as tx:
        await tx.conversations.add_turn(turn)
        for event_id in event_ids:
            await tx.inbox.done(request.place.platform, event_id)
    return turn


async def parked(request: Request, turn_id: str) -> Turn:
    """Raises AnswerGone when it is not there, or somebody else's."""
    async with request.services.store.read() as tx:
        turn = await tx.conversations.turn(turn_id)
    if turn is None or turn.person_id != request.access.person.id:
        raise AnswerGone
    return turn


# --- a question of ours that the next message answers --------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the next words are for: `deed` with the picture of `ref` ("job:ID:INDEX" or "turn:ID")."""

    deed: str
    ref: str

    @classmethod
    def parse(cls, text: str | None) -> Wanted | None:
        deed, _, ref = (text or "").partition(":")
        return cls(deed, ref) if deed in DEEDS and ref else None

    def __str__(self) -> str:
        return f"{self.deed}:{self.ref}"


async def want(request: Request, wanted: Wanted, message_id: str) -> None:
    """The next message of this person in this private chat, or a reply to `message_id`, is the answer."""
    if message_id:
        async with request.services.store.begin() as tx:
            await tx.conversations.link(request.place, message_id, str(wanted))
    if request.place.private:
        until = request.services.clock.now_ms() + NEXT_MS
        mark = {"what": str(wanted), "place": request.place.key, "until": until}
        await kept.save(request, {**await kept.settings(request), NEXT: mark})


async def answered(request: Request) -> Wanted | None:
    """What this plain message answers, if anything. Ends the waiting."""
    reply = request.incoming.reply
    if reply and reply.own:
        async with request.services.store.read() as tx:
            replied = Wanted.parse(await tx.conversations.linked(request.place, reply.message_id))
        if replied:
            await forget(request)
            return replied
    mark = _mark(request)
    if mark is None:
        return None
    await _taken(request, mark)
    fresh = mark.get("place") == request.place.key and mark.get("until", 0) > request.services.clock.now_ms()
    return Wanted.parse(mark.get("what")) if fresh and reply is None else None


async def forget(request: Request) -> bool:
    """End the waiting; True if anything waited."""
    if _mark(request) is None:
        return False
    await kept.save(request, {key: value for key, value in (await kept.settings(request)).items() if key != NEXT})
    return True


async def _taken(request: Request, mark: Mapping[str, Json]) -> None:
    """This message ends the waiting, and still does when it comes again because we died before it was done with."""
    event_id = request.incoming.event_id
    if not event_id:
        await forget(request)
    elif mark.get(BY) != event_id:
        await kept.save(request, {**await kept.settings(request), NEXT: {**mark, BY: event_id}})


def _mark(request: Request) -> Mapping[str, Json] | None:
    """What waits, unless another message has ended that."""
    mark = request.access.person.settings.get(NEXT)
    if not isinstance(mark, Mapping) or mark.get(BY, request.incoming.event_id) != request.incoming.event_id:
        return None
    return mark


# --- the picture it is about --------------------


async def picture(request: Request, ref: str) -> tuple[Part, ...]:
    """The files that a reference names. Raises JobGone, AnswerGone, NotYours."""
    kind, _, rest = ref.partition(":")
    if kind == "turn":
        return tuple(part for part in (await parked(request, rest)).question if part.media)
    job_id, _, index = rest.partition(":")
    job = await owned.pressable(request, job_id)
    number = int(index) if index.isdecimal() else 0
    if number >= len(job.results) or not job.results[number].media:
        raise JobGone
    artifact = job.results[number]
    return (Part(artifact.kind, media=artifact.media, mime=artifact.mime, size=artifact.size),)


def messages(turn: Turn) -> list[tuple[Part, tuple[Part, ...]]]:
    """The parked messages: each begins with its text, its files follow."""
    found: list[tuple[Part, tuple[Part, ...]]] = []
    for part in turn.question:
        if part.kind == "text":
            found.append((part, ()))
        elif found:
            words, files = found[-1]
            found[-1] = (words, (*files, part))
    return found
