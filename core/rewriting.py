"""Help with the words for a picture or a film: a cheap chat model puts them better, or shorter. The person sees them before
anything is drawn, and waits for them, so it is quick or it is left: then they keep their own words. The house pays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.catalog import ModelSpec
from core.cheap import Desk, shape_of
from core.fence import fenced
from core.flags import as_flags, defused, parted
from core.values import Access

CHARS_MOST = 1_500
ANSWER_TOKENS = 1_500
WORDS_SHORT, CHARS_SHORT = 12, 80
TOLD_CHARS = 4_000

BETTER = (
    "You improve what people write for a model that makes {what}. Write it again so that the model makes what the person "
    "means: say what is seen, the setting, light, colours, composition and style{more} where they left it open. Add nothing "
    "that changes what they want. Keep the language they write in. Keep names, numbers and everything in quotation marks "
    "exactly as they stand. One paragraph of at most 120 words; no parameters such as --ar, no links, no dashes, no words "
    "about yourself."
)
MOVING = ", and how everything and the camera move,"
EDITING = (
    " The person attaches pictures ({files}), which you do not see: they say what shall become of them. Do not invent what "
    "is in them, and do not describe what shall stay as it is."
)
SHORTER = (
    "Below are {count} descriptions of pictures. Make each of them short: at most {words} words that say the most of how the "
    "picture looks, in the language of the description. No parameters such as --ar, no links, no dashes. Answer with as many "
    "as there are, in the same order."
)
_URL = r"https?://[^\s\"'<>]*[\w/]"
_QUOTED = r"“[^”]+”|„[^“”]+[“”]|\"[^\"]+\"|(?<!\w)'[^']+'(?!\w)|‘[^’]+’|«[^»]+»|「[^」]+」|『[^』]+』|《[^》]+》"
_KEPT = re.compile(f"{_QUOTED}|{_URL}")
"""What must be in the new words as it was in the old ones."""
_ADDED = re.compile(rf"{_URL}|www\.|--+[a-z]+", re.IGNORECASE)
"""What must not be in the new words unless it was in the old ones."""

PROMPT = shape_of("prompt", {"type": "string"})
DESCRIPTIONS = shape_of("descriptions", {"type": "array", "items": {"type": "string"}})


@dataclass(frozen=True, slots=True)
class Rewritten:
    """`changed` False: it is as it was, because it could not be made better."""

    prompt: str
    changed: bool


class Rewriting(Desk):
    async def better(self, access: Access, spec: ModelSpec, prompt: str, files: int = 0) -> Rewritten:
        """Better words for this model, at most 1,500 characters and what the row takes; its flags stay behind them as they
        were. `files`: so many pictures come along. Raises TooFast, and never what the gateway raises."""
        own, options = parted(spec, prompt)
        if not own or not _fits(spec, prompt):
            return Rewritten(prompt, False)
        found = await self._asked(
            access, _order(spec, files), fenced("what the person wants", own), PROMPT, ANSWER_TOKENS
        )
        words = _tidied(spec, found["prompt"]) if found else ""
        better = f"{words} {as_flags(spec, options)}" if options else words
        if not words or words == own or not _fits(spec, better) or not _faithful(own, words):
            return Rewritten(prompt, False)
        return Rewritten(better, True)

    async def shortened(self, access: Access, texts: Sequence[str]) -> list[str]:
        """Each in at most 12 words, on one line; simply cut off where no model helps."""
        order = SHORTER.format(count=len(texts), words=WORDS_SHORT)
        told = "\n".join(fenced(f"description {number}", text[:TOLD_CHARS]) for number, text in enumerate(texts, 1))
        found = await self._asked(access, order, told, DESCRIPTIONS, ANSWER_TOKENS) if texts else None
        short = found["descriptions"] if found else []
        if len(short) != len(texts):
            short = texts
        return [_cut(one) or _cut(text) for one, text in zip(short, texts, strict=True)]


def _order(spec: ModelSpec, files: int) -> str:
    film = spec.kind == "video"
    order = BETTER.format(what="films" if film else "pictures", more=MOVING if film else "")
    return order + EDITING.format(files=files) if files else order


def _fits(spec: ModelSpec, prompt: str) -> bool:
    size = len(prompt.encode("utf-8", "replace"))
    return len(prompt) <= CHARS_MOST and (not spec.prompt_bytes or size <= spec.prompt_bytes)


def _tidied(spec: ModelSpec, words: str) -> str:
    """Without dashes where a model would take them for flags."""
    return defused(words) if spec.extra.get("flags") and not _ADDED.search(words) else words.strip()


def _faithful(prompt: str, words: str) -> bool:
    return all(quoted in words for quoted in _KEPT.findall(prompt)) and adds_nothing(prompt, words)


def adds_nothing(prompt: str, words: str) -> bool:
    """Whether no link and no flag is in the new words that was not in the old ones."""
    known = {found.lower() for found in _ADDED.findall(prompt)}
    return {found.lower() for found in _ADDED.findall(words)} <= known


def _cut(text: str) -> str:
    return " ".join(defused(text).split()[:WORDS_SHORT])[:CHARS_SHORT].rstrip()
