"""What a Midjourney task is to paint: made from a prompt, or from a press of a button. Values and pure functions.

A plan holds small copies of the pictures it starts from, so that it can be painted at any time and by itself.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from bots.sandbox import sizes
from bots.sandbox.sizes import Size

TILE_AREA = 512 * 512
_SIDE_MAX = 2048

Manner = Literal["imagine", "blend", "upscale", "vary", "zoom", "pan", "inpaint", "describe"]


@dataclass(frozen=True, slots=True)
class Plan:
    """`size` is that of one picture: of each of the four, or of the single one.

    `words` without flags. `pictures`: what it starts from: the parent's picture for everything but imagine, blend and
    describe. `amount`: how much a picture is varied (0 to 1), how far it is zoomed out, how much an upscale adds. `way` of
    a pan. `fresh`: its words are not those of the parent, so they are written onto it. `mask`: white = repaint; it must have
    the size of the `canvas`, the picture that the person saw.
    """

    manner: Manner
    words: str
    seed: int
    size: Size
    pictures: tuple[bytes, ...] = field(default=(), repr=False)
    likeness: tuple[bytes, ...] = field(default=(), repr=False)
    amount: float = 0.0
    way: str = ""
    fresh: bool = False
    canvas: Size = (0, 0)
    mask: bytes | None = field(default=None, repr=False)

    @property
    def single(self) -> bool:
        return self.manner in ("upscale", "describe")

    @property
    def weight(self) -> int:
        """Bytes it keeps alive."""
        return sum(map(len, (*self.pictures, *self.likeness))) + len(self.mask or b"")


def tile_size(wide: int, high: int) -> Size:
    return sizes.sized(wide, high, TILE_AREA)


def upscaled(parent: Plan, picture: bytes, times: int, amount: float = 0.0) -> Plan:
    width, height = parent.size
    size = sizes.fit((width * times, height * times), _SIDE_MAX)
    return Plan("upscale", parent.words, parent.seed, size, (picture,), amount=amount)


def varied(parent: Plan, picture: bytes, seed: int, amount: float) -> Plan:
    return Plan("vary", parent.words, seed, tile_size(*parent.size), (picture,), amount=amount)


def rerolled(parent: Plan, seed: int) -> Plan:
    return replace(parent, seed=seed)


def zoomed(parent: Plan, picture: bytes, seed: int, times: float, *, square: bool = False) -> Plan:
    size = tile_size(1, 1) if square else tile_size(*parent.size)
    return Plan("zoom", parent.words, seed, size, (picture,), amount=1.0 if square else times)


def panned(parent: Plan, picture: bytes, seed: int, way: str) -> Plan:
    """Half as wide again, or half as high again."""
    width, height = parent.size
    size = tile_size(width * 3, height * 2) if way in ("left", "right") else tile_size(width * 2, height * 3)
    return Plan("pan", parent.words, seed, size, (picture,), way=way)


def inpainted(parent: Plan, picture: bytes, seed: int) -> Plan:
    """The mask comes later."""
    return Plan("inpaint", parent.words, seed, tile_size(*parent.size), (picture,), canvas=parent.size)


def reworded(plan: Plan, words: str) -> Plan:
    """The plan with the words that were given in its window."""
    return plan if words == plan.words else replace(plan, words=words, fresh=plan.manner != "imagine")
