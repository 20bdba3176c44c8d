"""What MiniMax's numbers mean (gateway contract, audio 3.1). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.errors import (
    BadKey,
    BadRequest,
    BadSample,
    GatewayError,
    Moderated,
    NoFunds,
    NoSuchModel,
    RateLimited,
    UpstreamDown,
    VoiceGone,
    Withheld,
)

BY_NUMBER: Mapping[int, type[GatewayError]] = {
    number: kind
    for numbers, kind in (
        ((1000, 1001, 1013, 1024, 1033), UpstreamDown),
        ((1002, 1039, 1041, 2045), RateLimited),
        ((1004, 2049), BadKey),
        ((1008, 2056), NoFunds),
        ((1026,), Moderated),
        ((1027,), Withheld),
        ((1042, 2013, 2039), BadRequest),
        ((1043, 1044, 2037, 2048), BadSample),
        ((2038,), NoSuchModel),
        ((2042, 20132), VoiceGone),
    )
    for number in numbers
}
WRAPPED = re.compile(r"(?:^|[:\s])(\d{4,5}) - ")
"""As a relay passes it on in the words of an error of its own."""


def number_in(message: str) -> int:
    """The number that such words tell; 0 = none that is known."""
    found = WRAPPED.search(message[:500])
    number = int(found[1]) if found else 0
    return number if number in BY_NUMBER else 0
