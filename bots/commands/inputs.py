"""The files of a request: checked before they are fetched, brought into the media store, and known by their content."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection

from bots.commands.request import Request
from bots.outlet import OutletError, TooLarge
from core.errors import CannotRead, FileLost, FileTooLarge
from core.limits import LIMITS
from core.values import Attachment, Kind, Part


async def read(request: Request, kinds: Collection[Kind]) -> tuple[Part, ...]:
    """The files of a message, or of the message it replies to, or those that lie in the store already.

    Raises CannotRead for a kind that is not understood here, FileTooLarge, FileLost, BadFile."""
    if request.inputs:
        return request.inputs
    own, replied = request.incoming.attachments, request.incoming.reply
    for attachment in own:
        _check(attachment, kinds)
    wanted = own or tuple(each for each in (replied.attachments if replied else ()) if _readable(each, kinds))
    return tuple([await _keep(request, each) for each in wanted[: LIMITS.inputs_per_order]])


def _readable(attachment: Attachment, kinds: Collection[Kind]) -> bool:
    return attachment.kind in kinds and not attachment.what


def _check(attachment: Attachment, kinds: Collection[Kind]) -> None:
    if not _readable(attachment, kinds):
        raise CannotRead(what=attachment.what or attachment.kind)
    if attachment.size > LIMITS.input_bytes:
        raise FileTooLarge(size=attachment.size, limit=LIMITS.input_bytes)


async def _keep(request: Request, attachment: Attachment) -> Part:
    _check(attachment, {attachment.kind})
    declared = attachment.name or attachment.mime
    return await request.services.orders.keep_input(_fetched(request, attachment), declared, attachment.kind)


async def _fetched(request: Request, attachment: Attachment) -> AsyncIterator[bytes]:
    """The platform's trouble with a file is the asker's to know: without it there is nothing to be done."""
    try:
        async for chunk in request.exchange.outlet.download(attachment):
            yield chunk
    except TooLarge:
        raise FileTooLarge(size=attachment.size or LIMITS.input_bytes, limit=LIMITS.input_bytes) from None
    except OutletError as error:
        raise FileLost(f"{type(error).__name__}: {error}") from error
