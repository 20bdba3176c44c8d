"""What is said in a recording, written down: measured before anything is paid, cut into pieces that a model can listen to,
each an order of its own, and joined by ourselves (`core/transcripts.py`). Without a wish of the person's the first model is
taken that the gateway lists, and the next one where it turns out not to be offered."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from core.catalog import Catalog
from core.errors import BadOption, NeedsInput, NoTimes, NoTranscription, UnknownModel
from core.jobs import WORDS
from core.limits import LIMITS
from core.measuring import SECONDS
from core.orders import Orders
from core.placing import Piece
from core.ports import Store
from core.prices import quote
from core.recordings import MIME, Recording, Recordings
from core.specs import ModelSpec
from core.transcripts import TIMES, USUAL, part_of
from core.values import Access, Job, Order, Part

MOST_S = 3 * 3600.0
LANGUAGE = "language"
LANGUAGES = "en, zh, de, fr, es, ja, …"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}")


class Transcribing:
    def __init__(self, store: Store, catalog: Catalog, orders: Orders, recordings: Recordings) -> None:
        self._store = store
        self._catalog = catalog
        self._orders = orders
        self._recordings = recordings
        self._preparing = orders.preparing

    async def place(
        self,
        access: Access,
        origin_id: str,
        file: Part,
        *,
        model: str = "",
        times: bool = False,
        language: str = "",
        event_id: str = "",
    ) -> Job:
        """Order what is said in a stored sound or film. `times`: as subtitles; `language`: that is spoken, ISO 639, "" = to
        be heard. Raises NoTranscription, NoTimes, UnknownModel, BadOption, BadFile, SoundTooLong, FilesBusy, NeedsInput, and
        what orders raise; nothing has happened then."""
        options = self._options(times, language)
        spec = self._row(model, options)
        async with self._preparing.turn(access.person.id):
            try:
                found = await self._recordings.of(file.media, _piece_s(self._catalog, spec), MOST_S)
            except KeyError as error:
                raise NeedsInput(f"{file.media} is swept", command="transcribe") from error
            await self._index(found)
        ids = self._orders.piece_ids(access, len(found), event_id=event_id)
        pieces = [Piece(piece_id, _order(spec, options, each)) for piece_id, each in zip(ids, found, strict=True)]
        parts = [
            part_of(piece_id, each.start_s, each.end_s, usual=not model)
            for piece_id, each in zip(ids, found, strict=True)
        ]
        told = {TIMES: "on"} if times else {}
        whole = Order("audio", spec.name, "", told, tuple(parts), action=WORDS)
        return await self._orders.place(access, origin_id, whole, event_id=event_id, pieces=pieces)

    def _options(self, times: bool, language: str) -> dict[str, str]:
        if language and not _LANGUAGE.fullmatch(language):
            raise BadOption(name=LANGUAGE, value=language[:60], allowed=LANGUAGES)
        told = {TIMES: "on"} if times else {}
        return {**told, LANGUAGE: language.lower()} if language else told

    def _row(self, model: str, options: Mapping[str, str]) -> ModelSpec:
        every = hearing(self._catalog)
        able = [spec for spec in every if options.keys() <= spec.options.keys()]
        if not every:
            raise NoTranscription
        if model:
            chosen = self._catalog.get(model, "audio")
            if chosen not in every:
                raise UnknownModel(f"{model} hears nothing", name=model[:100], allowed=_names(every))
            if TIMES in options and TIMES not in chosen.options:
                raise NoTimes(model=chosen.name, allowed=_names([row for row in every if TIMES in row.options]))
            return chosen
        if not able:
            raise NoTimes(model=every[0].name, allowed="none")
        if (usual := self._catalog.usual("transcript")) in able:
            return usual
        there = [spec for spec in able if self._catalog.is_there(spec)]
        sure = [spec for spec in able if spec.family == "gemini_hearing"]
        return (*there, *sure, *able)[0]

    async def _index(self, found: Sequence[Recording]) -> None:
        now = self._store.clock.now_ms()
        async with self._store.begin() as tx:
            for each in found:
                await tx.media.add(each.media, MIME, each.size, now, now + LIMITS.input_keep_ms)


def hearing(catalog: Catalog) -> list[ModelSpec]:
    """All that write down what is said, in the order in which they are tried: the operator's default before all others."""
    found = [spec for spec in catalog.visible("audio") if spec.sound == "transcript"]
    usual = catalog.usual("transcript")
    return sorted(found, key=lambda spec: spec != usual)


def next_row(catalog: Catalog, piece: Job, whole: Job | None) -> ModelSpec | None:
    """Who writes a piece down when its model is not offered after all: the first behind it that does the same for no more.
    None: nobody, or the person wants that very model."""
    if whole is None or whole.action != WORDS or all(part.role != USUAL for part in whole.inputs):
        return None
    rows = hearing(catalog)
    names = [spec.name for spec in rows]
    behind = rows[names.index(piece.model) + 1 :] if piece.model in names else []
    able = (spec for spec in behind if piece.options.keys() <= spec.options.keys())
    return next((spec for spec in able if quote(spec, piece.options) <= piece.quote), None)


def _piece_s(catalog: Catalog, spec: ModelSpec) -> float:
    """So that whoever takes over can listen to it too."""
    return float(min(row.extra["seconds_most"] for row in (spec, *hearing(catalog))))


def _order(spec: ModelSpec, options: Mapping[str, str], recording: Recording) -> Order:
    seconds = str(max(1, math.ceil(recording.end_s - recording.start_s)))
    file = Part("audio", media=recording.media, mime=MIME, name="recording.mp3", size=recording.size)
    known = {name: value for name, value in options.items() if name in spec.options}
    return Order("audio", spec.name, "", {**known, SECONDS: seconds}, (file,))


def _names(rows: Sequence[ModelSpec]) -> str:
    return ", ".join(spec.name for spec in rows) or "none"
