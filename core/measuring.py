"""How long a film becomes whose length another file decides: a driving clip, a voice, a film that is changed. It is measured
before anything is paid, because the length is the price."""

from __future__ import annotations

import math
from dataclasses import replace

from core.errors import BadOption, NeedsInput
from core.film_modes import FILM, MOTION, VOICE
from core.ports import Renditions
from core.specs import ModelSpec
from core.values import Order

SECONDS = "seconds"
DECIDES = {"motion": MOTION, "avatar": VOICE, "lip_sync": VOICE, "edit": FILM}
"""What is done, and the role of the file whose length the result has."""


async def measured(renditions: Renditions, spec: ModelSpec, order: Order) -> Order:
    """With the seconds of that file, rounded up, where the row takes any number of them. Raises BadOption for a file that is
    too short or too long, BadFile, NeedsInput for one that is swept."""
    option, role = spec.options.get(SECONDS), DECIDES.get(order.action, "")
    file = next((part for part in order.inputs if part.role == role and part.role), None)
    if option is None or not option.most or file is None or ":" in file.media:  # another job is still at it
        return order
    try:
        found = await renditions.inspect(file.media, file.mime)
    except KeyError as error:
        raise NeedsInput(f"{file.media} is swept", command="video") from error
    seconds = option.match(str(math.ceil(found.duration_s)))
    if seconds is None:
        raise BadOption(name="length", value=f"{found.duration_s:.0f}", allowed=option.allowed)
    return replace(order, options={**order.options, SECONDS: seconds})
