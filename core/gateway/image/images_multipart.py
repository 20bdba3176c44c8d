"""Pictures from pictures by `POST /v1/images/edits`: a form of real file parts, which is all that this address reads (gateway
contract, images 3, 6.2 and 8.2). One blocking call, no task. Pure.
"""

from __future__ import annotations

from core.catalog import ModelSpec
from core.gateway.image.bodies import body_of, pictures_of
from core.gateway.image.replies import parse_poll, parse_submit, to_poll
from core.gateway.options import as_text, form_file
from core.gateway.wire import WireFile, WireRequest
from core.values import Order

BLOCKS = True

__all__ = ["BLOCKS", "parse_poll", "parse_submit", "to_poll", "to_submit"]


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    """The mask belongs to the first picture; there is at most one."""
    extra = spec.extra
    files = [form_file(extra["file_field"], number, part) for number, part in enumerate(pictures_of(order), 1)]
    masks = [part for part in order.inputs if part.data and part.role == "mask"]
    if masks and extra["mask"]:
        files.append(WireFile(extra["mask_field"], "mask.png", "image/png", masks[0].data))
    form = tuple((name, as_text(value)) for name, value in body_of(order, spec).items())
    return WireRequest("POST", extra["path"], form=form, files=tuple(files), timeout_s=spec.submit_s)
