"""How large a picture or film is to be, from the many ways to ask for it. Pure functions.

Gateway contract: images 2, 4.2 and 5.1 (ratios, 1K pixels, prompt suffixes), videos 3.1, 5.5 and 8 (sizes).
"""

import re

Size = tuple[int, int]

SIDE_MAX = 4096
PIXELS_MAX = 16_777_216

_ONE_K: dict[str, Size] = {
    "1:1": (1024, 1024),
    "2:3": (832, 1248),
    "3:2": (1248, 832),
    "3:4": (864, 1184),
    "4:3": (1184, 864),
    "4:5": (896, 1152),
    "5:4": (1152, 896),
    "9:16": (768, 1344),
    "16:9": (1344, 768),
    "21:9": (1536, 672),
    "9:21": (672, 1536),
}
_TIMES = {"512": 0.5, "1k": 1, "2k": 2, "4k": 4}
_PIXELS = re.compile(r"\s*(\d{1,5})\s*[x*]\s*(\d{1,5})\s*")
_RATIO = re.compile(r"\s*(\d{1,2})\s*:\s*(\d{1,2})\s*")
_SUFFIX = re.compile(r"-(2k|4k)\s*,\s*(\d{1,2}:\d{1,2})\s*$", re.IGNORECASE)


def pixels(text: str, side_max: int = SIDE_MAX) -> Size | None:
    """`1280x720` or `1280*720`; None when it is neither or out of all bounds."""
    match = _PIXELS.fullmatch(text)
    if not match:
        return None
    width, height = int(match[1]), int(match[2])
    if not (min(width, height) >= 16 and max(width, height) <= side_max and width * height <= PIXELS_MAX):
        return None
    return width, height


def ratio(text: str) -> tuple[int, int] | None:
    """`16:9`; None when it is none, or more extreme than 1:8."""
    match = _RATIO.fullmatch(text)
    if not match:
        return None
    wide, high = int(match[1]), int(match[2])
    return (wide, high) if wide and high and max(wide, high) <= 8 * min(wide, high) else None


def sized(wide: int, high: int, area: int) -> Size:
    """About `area` pixels in that shape, sides a multiple of 16."""
    width = max(16, round((area * wide / high) ** 0.5 / 16) * 16)
    height = max(16, round((area * high / wide) ** 0.5 / 16) * 16)
    return min(width, SIDE_MAX), min(height, SIDE_MAX)


def fit(size: Size, side_max: int) -> Size:
    """The size scaled down so that its longer side is at most `side_max`; both sides even."""
    scale = min(1.0, side_max / max(size))
    width, height = (max(2, round(side * scale / 2) * 2) for side in size)
    return width, height


def by_ratio(text: str, resolution: str) -> Size | None:
    """A picture's size from ratio and resolution (`1k`, `2k`, `4k`); None when the ratio is none."""
    shape = ratio(text)
    if shape is None:
        return None
    times = _TIMES.get(resolution.lower(), 1)
    width, height = _ONE_K.get(f"{shape[0]}:{shape[1]}") or sized(*shape, 1024 * 1024)
    scale = min(1.0, SIDE_MAX / (max(width, height) * times), (PIXELS_MAX / (width * height)) ** 0.5 / times)
    return int(width * times * scale), int(height * times * scale)


def by_suffix(prompt: str) -> Size | None:
    """即梦 has ratio and resolution at the end of the prompt: `a cat -2k, 16:9`."""
    match = _SUFFIX.search(prompt)
    return by_ratio(match[2], match[1]) if match else None
