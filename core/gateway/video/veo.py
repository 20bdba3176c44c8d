"""Veo by `POST /v1/videos`: JSON for words alone, a form for pictures; its state is asked at one address, its film shown at
another (gateway contract, videos 2 and 6). Pure.

A picture always travels as a file: a link in JSON is silently ignored, and the film would be made without it.
"""

from __future__ import annotations

from dataclasses import replace

from core.catalog import ModelSpec
from core.errors import WrongInput
from core.gateway.options import as_text, check_together, form_file, put, put_options, put_size, worded_prompt
from core.gateway.video.cast import cast
from core.gateway.video.unified import parse_poll, parse_submit, to_poll, to_second_look
from core.gateway.wire import WireRequest
from core.values import Json, Order

BLOCKS = False

__all__ = ["BLOCKS", "parse_poll", "parse_submit", "to_poll", "to_second_look", "to_submit"]


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    """Raises BadInput for files and options that do not go together: some films come in one length only, which is not simply
    changed, for it is priced by the second."""
    extra = spec.extra
    files = cast(order, spec)
    for part in files:
        if part.kind != "image" or not part.data or part.role not in extra["file_fields"]:
            raise WrongInput(model=spec.name, kind=part.kind, allowed="none")
    check_together(replace(order, inputs=files), spec)
    chosen = spec.chosen(order.options)
    words = order.prompt.strip() or extra["no_words"]
    body: dict[str, Json] = {"model": spec.upstream, "prompt": worded_prompt(words, chosen, spec)}
    for name, value in extra["body"].items():
        put(body, name, value)
    if not files:
        put_size(body, chosen, spec)
        put_options(body, chosen, spec, extra["fields"])
        return WireRequest("POST", extra["path"], json=body, timeout_s=spec.submit_s)
    put_options(body, chosen, spec, extra["form_fields"])
    form = tuple((name, as_text(value)) for name, value in body.items())
    uploads = tuple(form_file(extra["file_fields"][part.role], at, part) for at, part in enumerate(files, 1))
    return WireRequest("POST", extra["path"], form=form, files=uploads, timeout_s=spec.submit_s)
