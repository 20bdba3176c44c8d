"""Names for the files of a film, written in the words: `/video first: last: the door opens` with two pictures. Pure.

Each name stands for the next file, in the order in which they were sent; what is replied to comes before them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.errors import BadOption
from core.values import Part

ROLES: Mapping[str, str] = {
    "first": "first_frame",
    "last": "last_frame",
    "ref": "reference",
    "film": "video",
    "motion": "motion",
    "voice": "voice",
    "首帧": "first_frame",
    "尾帧": "last_frame",
    "参考": "reference",
    "视频": "video",
    "动作": "motion",
    "声音": "voice",
}
"""What people write, and the role it means; the first six are options of slash commands too."""

OPTIONS = ("first", "last", "ref", "film", "motion", "voice")
_NAME = re.compile(rf"(?<!\S)({'|'.join(ROLES)})[:：](?=\s|$)", re.IGNORECASE)


def named(text: str, files: Sequence[Part]) -> tuple[str, tuple[Part, ...]]:
    """The words without the names, and the files with their roles. Without files such words are words. Raises BadOption when
    there are more names than files."""
    names = [match[1].lower() for match in _NAME.finditer(text)]
    free = [at for at, part in enumerate(files) if not part.role]
    if not files or not names:
        return text, tuple(files)
    if len(names) > len(free):
        raise BadOption(name="files", value=str(len(free)), allowed=str(len(names)))
    roles = dict(zip(free, names, strict=False))
    parts = [replace(part, role=ROLES[roles[at]]) if at in roles else part for at, part in enumerate(files)]
    return _squeezed(text), tuple(parts)


def _squeezed(text: str) -> str:
    """Without the names, and without the gaps that they leave."""
    lines = (" ".join(line.split()) for line in _NAME.sub("", text).split("\n"))
    return "\n".join(lines).strip()
