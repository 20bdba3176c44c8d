"""Signed links to results that are too large for a platform. A link names one file, dies by itself, and cannot be guessed."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import quote, urlencode

from core.ports import Clock

LIFE_S = 7 * 24 * 3600
MEDIA_PATH = "/media"
UNTIL_DIGITS = 12


class Links:
    """`public_url` empty: there is no way in from outside, so no links. The secret is derived from the process's tokens, so
    that replicas agree and nothing more has to be kept."""

    def __init__(self, public_url: str, secrets: tuple[str, ...], clock: Clock) -> None:
        self._public_url = public_url
        self._secret = hashlib.sha256("\n".join(("starlight links", *sorted(secrets))).encode()).digest()
        self._clock = clock

    def link(self, key: str, name: str) -> str | None:
        """Where the world can fetch a stored file under this name for a week."""
        if not self._public_url:
            return None
        until_s = self._clock.now_ms() // 1000 + LIFE_S
        query = urlencode({"until": until_s, "sign": self._sign(key, name, until_s)})
        return f"{self._public_url}{MEDIA_PATH}/{key}/{quote(name)}?{query}"

    def valid(self, key: str, name: str, until: str, sign: str) -> bool:
        if not until.isdecimal() or len(until) > UNTIL_DIGITS or int(until) * 1000 < self._clock.now_ms():
            return False
        return hmac.compare_digest(self._sign(key, name, int(until)).encode(), sign.encode("utf-8", "replace"))

    def _sign(self, key: str, name: str, until_s: int) -> str:
        return hmac.new(self._secret, f"{key}\n{name}\n{until_s}".encode(), hashlib.sha256).hexdigest()
