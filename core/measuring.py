"""How long a film becomes whose length another file decides: a driving clip, a voice, a film that is changed. It is measured
before anything is paid, because the length is the price; that of a voice which has yet to be spoken is guessed, rather too
long than too short."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import replace

from core.errors import BadOption, NeedsInput
from core.film_modes import FILM, MOTION, VOICE
from core.fitting import WITHIN
from core.ports import Renditions
from core.specs import ModelSpec
from core.values import Kind, Order

SECONDS = "seconds"
DECIDES = {"motion": MOTION, "avatar": VOICE, "lip_sync": VOICE, "edit": FILM}
"""What is done, and the role of the file whose length the result has."""


async def measured(renditions: Renditions, spec: ModelSpec, order: Order) -> Order:
    """With the seconds of that file, rounded up, where the row takes any number of them; of a film that is changed the
    nearest length, unless the person has chosen one. Raises BadOption for a file that is too short or too long, BadFile,
    NeedsInput for one that is swept."""
    option, role = spec.options.get(SECONDS), DECIDES.get(order.action, "")
    file = next((part for part in order.inputs if part.role == role and part.role), None)
    if option is None or file is None or ":" in file.media:  # another job is still at it
        return order
    if not option.most and (role != FILM or SECONDS in order.options):
        return order
    try:
        found = await renditions.inspect(file.media, file.mime)
    except KeyError as error:
        raise NeedsInput(f"{file.media} is swept", command="video") from error
    if not option.most:
        length = length_near(spec, found.duration_s, "video")
        return replace(order, options={**order.options, SECONDS: length}) if length else order
    seconds = option.match(str(math.ceil(found.duration_s - WITHIN)))
    if seconds is None:
        raise BadOption(name="length", value=f"{found.duration_s:.0f}", allowed=option.allowed)
    return replace(order, options={**order.options, SECONDS: seconds})


def length_near(spec: ModelSpec, duration_s: float, kind: Kind) -> str:
    """The shortest of the row's lengths that holds so many whole seconds, else the longest that it films with such a file; ""
    when it has no choice of them."""
    option = spec.options.get(SECONDS)
    words = option.values if option else ()
    allowed = spec.extra.get("only", {}).get(kind, {}).get(SECONDS, words)
    lengths = sorted(int(word) for word in words if word in allowed)
    if not lengths or not duration_s:
        return ""
    return str(next((each for each in lengths if each >= math.floor(duration_s)), lengths[-1]))


# --- words that have yet to be spoken --------------------

_WIDE_S, _DIGIT_S, _LETTER_S, _PAUSE_S, _EDGES_S = 0.36, 0.5, 0.1, 0.6, 1.0
"""Of slow speech: a sign of Chinese, Japanese or Korean, a digit, any other letter, a stop, and the silence around all."""
_PAUSES = frozenset(".!?;:,。！？；：，、…\n")
_QUICK = 0.4
"""Of that, quick speech takes so much at least."""


def spoken_s(words: str) -> float:
    """Seconds that it takes to speak these words, slowly and with pauses."""
    return _EDGES_S + sum(_sign_s(sign) for sign in words)


def expected(spec: ModelSpec, order: Order, words: str) -> Order:
    """With the seconds that a voice will have at most, where they are the length of the film, within what the row films.
    Raises BadOption when even quick speech is longer."""
    option = spec.options.get(SECONDS)
    if option is None or not option.most or DECIDES.get(order.action) != VOICE:
        return order
    slow_s = spoken_s(words)
    if slow_s * _QUICK > option.most:
        raise BadOption(name="length", value=f"{slow_s * _QUICK:.0f}", allowed=option.allowed)
    seconds = max(int(option.least), min(math.ceil(slow_s), int(option.most)))
    return replace(order, options={**order.options, SECONDS: str(seconds)})


def _sign_s(sign: str) -> float:
    if sign in _PAUSES:
        return _PAUSE_S
    if sign.isdecimal():
        return _DIGIT_S
    if unicodedata.east_asian_width(sign) in "WF":
        return _WIDE_S
    return _LETTER_S if not sign.isspace() else 0.0
