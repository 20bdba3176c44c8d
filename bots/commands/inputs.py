"""The files of a request: checked before they are fetched, brought into the media store, and known by their content."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace

from bots.commands.request import Request
from bots.commands.roles import ROLES
from bots.commands.table import SHAPE
from bots.outlet import OutletError, TooLarge
from core.errors import BadOption, CannotRead, FileLost, FilesTooLarge, FileTooLarge, NeedsInput
from core.limits import LIMITS
from core.questions import QUOTED, VOICE
from core.values import Attachment, Kind, Part

ASKED: frozenset[Kind] = frozenset({"image", "document", "audio", "video"})
"""What a question may be about; whether a model reads it by itself is seen to later."""
SPOKEN = frozenset({"voice", "video_note"})
"""The platforms' words for what people say into the chat."""
NAME_CHARS = 100


async def read(
    request: Request, kinds: Collection[Kind], *, shape: bool = False, beside: bool = False
) -> tuple[Part, ...]:
    """The files of an order, or of the message it replies to, or those that lie in the store already. One that was given as
    the shape has that role; with `shape`, the last of them has, and of the message that is replied to come the others. With
    `beside`, files of other kinds of the message that is replied to come before its own: a voice message takes no caption.

    Raises CannotRead for a kind that is not understood here, NeedsInput without a picture to a shape, BadOption for too many,
    FileTooLarge, FilesTooLarge, FileLost, BadFile."""
    own, replied = request.incoming.attachments, request.incoming.reply
    for attachment in own:
        _check(attachment, kinds)
    quoted = tuple(each for each in (replied.attachments if replied else ()) if _readable(each, kinds))
    given = tuple(each for each in own if each.option != SHAPE)
    drawn = tuple(each for each in own if each.option == SHAPE)
    if shape and not drawn:
        given, drawn = given[:-1], given[-1:]
    wanted = given or (() if request.inputs else quoted)
    if beside and given:
        sent = {each.kind for each in given}
        wanted = (*(each for each in quoted if each.kind not in sent), *given)
    if len(wanted) > LIMITS.inputs_per_order:
        raise BadOption(name="files", value=str(len(wanted)), allowed=str(LIMITS.inputs_per_order))
    _fit(sum(each.size for each in (*wanted, *drawn)), LIMITS.order_bytes)
    kept = [replace(await _keep(request, each), role=ROLES.get(each.option, "")) for each in wanted]
    parts = (*request.inputs, *kept)
    if shape and not (parts and drawn):
        raise NeedsInput(command=SHAPE)
    return (*parts, *[replace(await _keep(request, each), role=SHAPE) for each in drawn[:1]])


async def asked(request: Request) -> tuple[Part, ...]:
    """The files of a question: those that lie in the store already and its own; when it has none, those of the message it
    replies to. What people say into the chat has the role VOICE, somebody else's file QUOTED.

    Raises CannotRead, BadOption for too many, FileTooLarge, FilesTooLarge, FileLost, BadFile."""
    own, reply = request.incoming.attachments, request.incoming.reply
    for attachment in own:
        _check(attachment, ASKED)
    if own or request.inputs or reply is None:
        passed_on = QUOTED if request.incoming.forwarded else ""
        return (*request.inputs, *(_quoted(part, passed_on) for part in await _all(request, own)))
    theirs = reply.author_id != request.incoming.sender.id
    wanted = [each for each in reply.attachments if _readable(each, ASKED) and not (reply.own and each.what in SPOKEN)]
    role = QUOTED if theirs and not reply.own else ""
    return tuple(_quoted(part, role) for part in await _all(request, wanted))


def spoken(attachments: Sequence[Attachment]) -> bool:
    """Whether they are words by themselves: a voice message needs no others."""
    return any(each.what in SPOKEN and each.ref for each in attachments)


async def _all(request: Request, attachments: Sequence[Attachment]) -> list[Part]:
    """Together they are bounded too: by what the platform says, and by what comes."""
    if len(attachments) > LIMITS.inputs_per_question:
        raise BadOption(name="files", value=str(len(attachments)), allowed=str(LIMITS.inputs_per_question))
    for attachment in attachments:
        _check(attachment, ASKED)
    _fit(sum(attachment.size for attachment in attachments), LIMITS.question_bytes)
    parts: list[Part] = []
    for attachment in attachments:
        part = await _keep(request, attachment)
        parts.append(replace(part, role=VOICE) if attachment.what in SPOKEN else part)
        _fit(sum(each.size for each in parts), LIMITS.question_bytes)
    return parts


def _fit(size: int, limit: int) -> None:
    if size > limit:
        raise FilesTooLarge(size=size, limit=limit)


def _quoted(part: Part, role: str) -> Part:
    return replace(part, role=role) if role else part


def _readable(attachment: Attachment, kinds: Collection[Kind]) -> bool:
    return attachment.kind in kinds and bool(attachment.ref)


def _check(attachment: Attachment, kinds: Collection[Kind]) -> None:
    if not _readable(attachment, kinds):
        raise CannotRead(what=attachment.what or attachment.kind)
    if attachment.size > LIMITS.input_bytes:
        raise FileTooLarge(size=attachment.size, limit=LIMITS.input_bytes)


async def _keep(request: Request, attachment: Attachment) -> Part:
    _check(attachment, {attachment.kind})
    name = "" if attachment.what in SPOKEN else _name(attachment.name)
    declared = name or attachment.mime
    part = await request.services.orders.keep_input(_fetched(request, attachment), declared, attachment.kind)
    return replace(part, link=attachment.link, link_until_ms=attachment.link_until_ms)


def _name(name: str) -> str:
    """As it may stand in a sentence and in a request: no folders, no marks that are not seen."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[-NAME_CHARS:].strip()


async def _fetched(request: Request, attachment: Attachment) -> AsyncIterator[bytes]:
    """The platform's trouble with a file is the asker's to know: without it there is nothing to be done."""
    try:
        async for chunk in request.exchange.outlet.download(attachment):
            yield chunk
    except TooLarge:
        raise FileTooLarge(size=attachment.size or LIMITS.input_bytes, limit=LIMITS.input_bytes) from None
    except OutletError as error:
        raise FileLost(f"{type(error).__name__}: {error}") from error
