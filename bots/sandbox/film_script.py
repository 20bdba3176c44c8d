"""What is seen and heard in a film, small enough to be kept until somebody fetches it. Values only."""

import hashlib
from dataclasses import dataclass, field

from bots.sandbox.sizes import Size

_PALETTES = 24  # films of all prompts share these, so that thousands of orders cost a few encodings


def palette_of(prompt: str) -> int:
    return int.from_bytes(hashlib.sha256(prompt.encode("utf-8", "replace")).digest()[:4], "big") % _PALETTES


@dataclass(frozen=True, slots=True)
class Script:
    """Frames are JPEGs. `stills` are those of a film that is shown again, in order; `recoloured`: as an edit of it.

    `sound` is compressed; without one a `tune` may be played. Nothing of all: a landscape in the colours of `palette`.
    """

    palette: int
    size: Size
    seconds: float
    first: bytes | None = field(default=None, repr=False)
    last: bytes | None = field(default=None, repr=False)
    references: tuple[bytes, ...] = field(default=(), repr=False)
    stills: tuple[bytes, ...] = field(default=(), repr=False)
    recoloured: bool = False
    sound: bytes | None = field(default=None, repr=False)
    tune: bool = False

    @property
    def weight(self) -> int:
        """Bytes it holds."""
        return sum(len(data) for data in self._held() if data)

    @property
    def name(self) -> str:
        """The same for films that are the same."""
        digest = hashlib.sha256(repr(self).encode())
        for data in self._held():
            digest.update(hashlib.sha256(data or b"").digest())
        return f"{digest.hexdigest()}-{len(self.stills)}"

    def _held(self) -> tuple[bytes | None, ...]:
        return self.first, self.last, self.sound, *self.references, *self.stills
