"""Buttons for whoever asked: their data ends with who that is, so that nobody else in a group presses them. What is said in
private about a conversation of a group may be read, and pressed, in another chat: such buttons name the conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bots.commands.request import Request
from core.errors import AnswerGone, JobGone, NotYours
from core.values import Access, Job, Place


def owned(request: Request, *words: str) -> str:
    """The data of a button for the person of this request."""
    return ":".join((*words, request.access.person.id))


def mine(request: Request, ref: Sequence[str]) -> list[str]:
    """The words of such data, without its verb and owner. Raises NotYours."""
    if not ref or ref[-1] != request.access.person.id:
        raise NotYours
    return list(ref[:-1])


async def there(request: Request, conversation_id: str) -> Access:
    """The person where that conversation is. Raises AnswerGone, NotYours."""
    try:
        async with request.services.store.read() as tx:
            conversation = await tx.conversations.conversation_by_id(conversation_id)
    except KeyError:
        raise AnswerGone from None
    where, _, whose = conversation.scope.partition("|")
    if whose and whose != request.access.person.id:
        raise NotYours
    platform, chat, thread = where.split(":", 2)
    place = Place(platform, chat, thread)
    return request.access if place == request.place else replace(request.access, place=place)


async def replied(request: Request) -> tuple[str, str]:
    """What the message of ours that is replied to is about: ("turn" or "job", its id), ("", "") for nothing of the kind."""
    reply = request.incoming.reply
    if reply is None or not reply.own:
        return "", ""
    async with request.services.store.read() as tx:
        ref = await tx.conversations.linked(request.place, reply.message_id) or ""
    kind, _, found_id = ref.partition(":")
    return (kind, found_id) if kind in {"turn", "job"} else ("", "")


async def carries(request: Request, job_id: str) -> bool:
    """Whether the message with the button is about this job. The data of a button is what whoever presses says it is: nobody
    is to write over a message that is about something else."""
    async with request.services.store.read() as tx:
        return await tx.conversations.linked(request.place, request.incoming.message_id) == f"job:{job_id}"


def origin_of(request: Request, job: Job) -> str:
    """What the result of a press answers: the person's own message that the job answered, because that notifies them."""
    theirs = request.pressed and job.person_id == request.access.person.id and job.place == request.place
    return (job.origin_id if theirs else "") or request.incoming.message_id


async def pressable(request: Request, job_id: str, *, theirs_alone: bool = False) -> Job:
    """The job whose result somebody wants to go on with: their own, or, where the operator allows it, anybody's in this
    group. Whoever presses pays. `theirs_alone`: this only who ordered it may do. Raises JobGone, NotYours."""
    async with request.services.store.read() as tx:
        job = await tx.jobs.get(job_id)
    if job is None:
        raise JobGone(job_id)
    person = request.access.person
    if person.is_owner or job.person_id == person.id:
        return job
    if request.place.private or job.place.chat_key != request.place.chat_key:
        raise JobGone(job_id)
    if theirs_alone or request.services.rules.groups.press != "anyone":
        raise NotYours
    return job
