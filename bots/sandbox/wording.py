"""What the sandbox's little model makes of words for pictures and films: more of them, fewer, or shots. Pure functions."""

import re
from itertools import pairwise

from bots.sandbox.answers import is_chinese
from bots.sandbox.question import Fields

_DATA = re.compile(r"^([0-9a-f]{16})\n\[[^\n]*\]\n(.*?)\n\1$", re.DOTALL | re.MULTILINE)
"""Between two marks, behind a line that says what it is."""
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])\s*|\s*\n\s*")
_WORDS, _LETTERS = 6, 12
_SHOTS, _SHOT_SIGNS, _SHOT_S = 6, 500, 4


def worded(schema: object, text: str) -> Fields | None:
    """The value for a question that wants a better `prompt`, short `descriptions` or `shots`; None for any other."""
    wanted = schema.get("properties") if isinstance(schema, dict) else None
    given = [match[2].strip() for match in _DATA.finditer(text)]
    if not isinstance(wanted, dict) or not given:
        return None
    match list(wanted):
        case ["prompt"]:
            return {"prompt": _better(given[0])}
        case ["descriptions"]:
            return {"descriptions": [_short(one) for one in given]}
        case ["shots"]:
            return {"shots": _shots(given[0])}
    return None


def _better(prompt: str) -> str:
    if is_chinese(prompt):
        return f"{prompt}，傍晚柔和的光线，细节丰富，背景虚化"
    return f"{prompt}, in soft evening light, rich in detail, with a calm background"


def _short(text: str) -> str:
    return text[:_LETTERS] if is_chinese(text) else " ".join(text.split()[:_WORDS])


def _shots(script: str) -> list[Fields]:
    """Its sentences, neighbours together where there are too many."""
    sentences = [sentence for sentence in _SENTENCE.split(script) if sentence.strip()]
    count = min(_SHOTS, len(sentences))
    cuts = [len(sentences) * at // count for at in range(count + 1)] if count else [0]
    groups = [" ".join(sentences[start:end]) for start, end in pairwise(cuts)]
    return [{"prompt": group[:_SHOT_SIGNS], "seconds": _SHOT_S} for group in groups]
