"""The files of a request: checked before they are fetched, brought into the media store, and known by their content."""

from __future__ import annotations

from collections.abc import Collection

from bots.commands.request import Request
from core.errors import CannotRead, FileTooLarge
from core.limits import LIMITS
from core.values import Attachment, Kind, Part


async def read(request: Request, kinds: Collection[Kind]) -> tuple[Part, ...]:
    """The files of a message, or of the message it replies to, or those that lie in the store already.

    Raises CannotRead for a kind that is not understood here, FileTooLarge, BadFile."""
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
    chunks = request.exchange.outlet.download(attachment)
    declared = attachment.name or attachment.mime
    return await request.services.orders.keep_input(chunks, declared, attachment.kind)
