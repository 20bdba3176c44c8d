"""Pictures by `POST /v1/images/generations` with JSON: the generic form, gpt-image-2, Flux, and 即梦, which takes pictures
in it as data URIs (gateway contract, images 2, 5.1, 5.3, 6.1 and 8.1). One blocking call, no task. Pure.
"""

from __future__ import annotations

from core.catalog import ModelSpec
from core.gateway.image.bodies import body_of, pictures_of
from core.gateway.image.replies import parse_poll, parse_submit, to_poll
from core.gateway.options import data_uri
from core.gateway.wire import WireRequest
from core.values import Order

BLOCKS = True

__all__ = ["BLOCKS", "parse_poll", "parse_submit", "to_poll", "to_submit"]


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    extra = spec.extra
    links = [data_uri(part) for part in pictures_of(order)]
    body = body_of(order, spec)
    if links:
        body[extra["json_field"]] = links[0] if len(links) == 1 else links
    else:
        body = extra["generation_body"] | body
    return WireRequest("POST", extra["path"], json=body, timeout_s=spec.submit_s)
