"""What becomes of the files of a question for the model that answers it: sent as they are where its wire takes them, else the
text of documents is put beside them, and sound is left to be written down (`core/listening.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from core.catalog import Catalog, ModelSpec
from core.documents import PDF, PLAIN, Documents
from core.errors import BadFile, FileLost, FilesTooLarge, FileTooLarge, SoundTooLong, WrongInput
from core.fence import fenced
from core.limits import LIMITS, Limits
from core.ports import Media, Store
from core.prices import estimate_tokens
from core.questions import VOICE, Question
from core.signatures import ALLOWED
from core.values import Json, Kind, Need, Part

THREADS = 2
NAMED = 8
"""So many models are named in a sentence."""
CONTEXT_SHARE = 0.6
"""Of what a model can be shown, the most that the text of documents may fill."""

MP3 = "audio/mpeg"

TYPES: Mapping[tuple[str, Kind], frozenset[str]] = {
    ("openai_chat", "audio"): frozenset({MP3, "audio/wav"}),
    ("gemini", "audio"): frozenset({MP3, "audio/wav", "audio/aac", "audio/ogg", "audio/flac"}),
    ("gemini", "video"): frozenset({"video/mp4", "video/webm", "video/quicktime"}),
    ("openai_responses", "audio"): frozenset(),
    ("claude", "audio"): frozenset(),
}
"""What a family's wire takes of a kind, of the types that are known here (gateway contract, chat 5.2, 7.2, 8.5, 9.1).
Documents are PDF everywhere; what is not named is as the row says."""
ROOM = {"gemini": 14 * 1024 * 1024}
"""Bytes of files in one request, where that is less than what a question may have: 20 MB in base64 (contract, chat 8.1)."""

CUT = "[The file goes on. The rest of it was left out.]"

_FILES: tuple[Need, ...] = ("document", "audio", "video")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Note:
    """What an answer says about how its files were read: a Fluent id with its parameters."""

    key: str
    params: Mapping[str, Json]


class Reading:
    def __init__(
        self,
        store: Store,
        media: Media,
        catalog: Catalog,
        texts: Documents | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        self._store = store
        self._media = media
        self._catalog = catalog
        self._documents = texts or Documents()
        self._limits = limits
        self._threads = asyncio.Semaphore(THREADS)

    # --- before anything is paid

    async def ready(self, parts: Question, spec: ModelSpec, needs: Collection[Need] = ()) -> Question:
        """The question as this model can be asked it. Documents that it does not read as they are have their `text` now, and
        keep their file for a model that does. `needs`: what else is wanted, for these choose the wire.

        Raises UnreadableFile, BadFile, FileLost, FileTooLarge, FilesTooLarge, SoundTooLong, WrongInput. Pictures for a model
        that sees none are not its business (`Lanes.check_sight`)."""
        if not any(part.media for part in parts):
            return parts
        wire = wire_of(spec, parts, needs)
        room = self._room(parts, wire)
        tokens = int(CONTEXT_SHARE * (spec.context - min(spec.max_output, spec.context // 2)))
        chars = self._limits.document_chars
        done: list[Part] = []
        for part in parts:
            if part.text or not part.media or part.kind == "image":
                done.append(part)
            elif part.kind == "document" and not (reads(wire, part) and part.size <= room):
                done.append(await self._with_text(part, tokens, chars))
                tokens -= estimate_tokens(done[-1].text)
                chars -= len(done[-1].text)
            elif not reads(wire, part):
                done.append(await self._with_sound(part, wire))
            else:
                room -= part.size if part.kind == "document" else 0
                done.append(part)
        return tuple(done)

    def _room(self, parts: Question, wire: ModelSpec) -> int:
        """Bytes that are left for documents in a request; those that find no room go as text. Raises FileTooLarge,
        FilesTooLarge."""
        most = self._limits.question_bytes
        whole = sum(part.size for part in parts)
        if whole > most:
            raise FilesTooLarge(size=whole, limit=most)
        room = min(most, ROOM.get(wire.family, most))
        sent = [part.size for part in parts if part.media and part.kind != "document" and reads(wire, part)]
        largest = max(sent, default=0)
        if largest > room:
            raise FileTooLarge(size=largest, limit=room)
        if sum(sent) > room:
            raise FilesTooLarge(size=sum(sent), limit=room)
        return room - sum(sent)

    async def _with_text(self, part: Part, tokens: int, chars: int) -> Part:
        """As much of it as there is room for."""
        if tokens <= 0 or chars <= 0:
            return replace(part, text=CUT)
        try:
            async with self._media.as_file(part.media) as path:
                found = await self._documents.text_of(path, part.name, chars)
        except KeyError as error:
            raise FileLost(part.media) from error
        most = len(found.text) * tokens // max(tokens, estimate_tokens(found.text))
        cut = found.cut or most < len(found.text)
        return replace(part, text=f"{found.text[:most]}\n\n{CUT}" if cut else found.text)

    async def _with_sound(self, part: Part, wire: ModelSpec) -> Part:
        """In a form that the model hears; else checked, so that it can be written down later."""
        seconds = await self._on_file(part, _seconds)
        if seconds is None:
            raise WrongInput(model=wire.name, kind=part.kind, allowed=self._taking(part.kind))
        if part.kind == "audio" and reads(wire, replace(part, mime=MP3)):
            return await self._as_mp3(part)
        if seconds > self._limits.spoken_s:
            raise SoundTooLong(length=round(seconds), limit=round(self._limits.spoken_s))
        return part

    async def _as_mp3(self, part: Part) -> Part:
        data = await self._mp3(part, 2 * self._limits.spoken_s)
        key, size = await self._media.put(data, self._limits.input_bytes)
        now = self._store.clock.now_ms()
        async with self._store.begin() as tx:
            await tx.media.add(key, MP3, size, now, now + self._limits.input_keep_ms)
        return replace(part, media=key, mime=MP3, size=size)

    def _taking(self, kind: Kind) -> str:
        names = [spec.name for spec in self._catalog.visible("chat") if kind in spec.inputs]
        return ", ".join(names[:NAMED]) or "none"

    # --- writing down what is said

    def to_write_down(self, parts: Question, spec: ModelSpec) -> tuple[int, ...]:
        """The numbers of the parts with sound that this model cannot take and that nobody has written down yet."""
        wire = wire_of(spec, parts)
        return tuple(
            number
            for number, part in enumerate(parts)
            if part.kind in {"audio", "video"} and part.media and not part.text and not reads(wire, part)
        )

    async def sound_of(self, part: Part) -> Part:
        """The sound of a recording or a film, in a form that every listener takes. Raises BadFile when there is none,
        FileLost when it is no longer kept."""
        if part.kind == "audio" and part.mime in {MP3, "audio/wav"}:
            return part
        data = await self._mp3(part, self._limits.spoken_s)
        return Part("audio", mime=MP3, name=part.name, size=len(data), role=part.role, data=data)

    async def _mp3(self, part: Part, most_s: float) -> bytes:
        data = await self._on_file(part, lambda path: _mp3(path, most_s))
        if data is None:
            raise BadFile(f"{part.media} has no sound", name=part.name[:100] or "?", allowed=ALLOWED)
        return data

    async def _on_file(self, part: Part, work: Callable[[Path], Made]) -> Made:
        try:
            async with self._threads, self._media.as_file(part.media) as path:
                return await asyncio.to_thread(work, path)
        except KeyError as error:
            raise FileLost(part.media) from error


def _seconds(path: Path) -> float | None:
    from core import sounds  # noqa: PLC0415 - PyAV, when there is something to hear

    return sounds.seconds_of(path)


def _mp3(path: Path, most_s: float) -> bytes | None:
    from core import sounds  # noqa: PLC0415 - PyAV, when there is something to hear

    return sounds.as_mp3(path, most_s)


# --- what a model takes --------------------


def wire_of(spec: ModelSpec, parts: Question, needs: Collection[Need] = ()) -> ModelSpec:
    """The row as the wire for such a question sees it."""
    return spec.routed({*needs, *(need for need in files_of(parts) if need in spec.inputs)})


def room_of(spec: ModelSpec, limits: Limits) -> int:
    """Bytes of files that every wire of the model takes in one request, those of earlier questions included."""
    families = (spec.family, *(route.family for route in spec.routes.values()))
    return min(ROOM.get(family, limits.question_bytes) for family in families)


def files_of(parts: Question) -> frozenset[Need]:
    """The kinds of files beyond pictures that are in it and have not become text."""
    kinds = {part.kind for part in parts if part.media and not part.text}
    return frozenset(need for need in _FILES if need in kinds)


def reads(wire: ModelSpec, part: Part) -> bool:
    """Whether the model takes this file as it is, by the wire that was chosen."""
    if part.kind not in wire.inputs:
        return False
    if part.kind == "document":
        return part.mime == PDF
    return part.mime in TYPES.get((wire.family, part.kind), {part.mime})


# --- what people and models are told --------------------


def in_words(part: Part) -> str:
    """The text of a file for a model: what the person said themselves stands as it is, all else is fenced."""
    if VOICE in part.role:
        return part.text
    return fenced(f"{part.kind} {part.name}".strip(), part.text)


def notes(question: Question) -> tuple[Note, ...]:
    """What the answer says about how its files were read."""
    found: dict[str, list[str]] = {}
    for part in question:
        if part.media and part.text and (key := _note(part)):
            found.setdefault(key, []).append(part.name or part.mime.rpartition("/")[2])
    return tuple(Note(key, {"files": ", ".join(names)}) for key, names in found.items())


def _note(part: Part) -> str:
    if part.kind == "video":
        return "read-film"
    if part.kind == "audio":
        return "read-sound"
    if part.text.endswith(CUT):
        return "read-beginning"
    return "" if part.mime == PLAIN else "read-words"
