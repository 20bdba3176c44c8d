"""Signatures of what a client must bring back unchanged. The sandbox remembers nothing: a fixed key tells its own words."""

import base64
import hashlib
import hmac
import json

_KEY = b"starlight sandbox"


def seal(purpose: str, *words: str) -> str:
    """Base64 text, the same for the same words."""
    text = json.dumps([purpose, *words]).encode()
    return base64.b64encode(hmac.digest(_KEY, text, hashlib.sha256)).decode()


def holds(sealed: object, purpose: str, *words: str) -> bool:
    return isinstance(sealed, str) and hmac.compare_digest(
        sealed.encode("utf-8", "replace"), seal(purpose, *words).encode()
    )


def short(purpose: str, *words: str) -> str:
    """24 hexadecimal letters, for ids and names of files."""
    return base64.b64decode(seal(purpose, *words)).hex()[:24]
