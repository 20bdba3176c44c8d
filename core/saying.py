"""A text read aloud. What one call does not take is spoken in parts, each paid and refunded by itself, and joined without a
gap (`core/handmade.py`)."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import BadOption, EmptyPrompt, NoSpeech
from core.orders import OF_JOB, Orders
from core.own_voices import VOICE
from core.placing import Piece
from core.reading_aloud import for_model, parts_of
from core.specs import ModelSpec
from core.values import Access, Job, Order, Part
from core.voices import Voices

SPLICE = "splice"
SHOWN_CHARS = 8_000
"""Of the text of a whole, by which it is shown."""


class Saying:
    def __init__(self, orders: Orders, voices: Voices) -> None:
        self._orders = orders
        self._voices = voices

    async def say(
        self,
        access: Access,
        origin_id: str,
        text: str,
        model: str = "",
        options: Mapping[str, str] | None = None,
        *,
        event_id: str = "",
    ) -> Job:
        """Order it, all parts in one commit; the same event never twice. `model` "": the person's. Without a voice among the
        options it is the one that the person has chosen, where the model knows it. Raises NoSpeech, EmptyPrompt,
        PromptTooLong, BadOption, UnknownModel, and what `Orders.place` raises; nothing has happened then."""
        spec = await self._speaker(access, model, (options or {}).get(VOICE, ""))
        words = for_model(text, spec)
        if not words:
            raise EmptyPrompt(command="say")
        chosen = dict(options or {})
        if VOICE not in chosen and (voice := await self._voices.voice_for(access, spec)):
            chosen[VOICE] = voice
        chosen = dict((await self._orders.voiced(access, Order("audio", spec.name, words, chosen))).options)
        parts = parts_of(words, spec)
        if len(parts) == 1:
            order = Order("audio", spec.name, parts[0], chosen)
            return await self._orders.place(access, origin_id, order, event_id=event_id)
        ids = self._orders.piece_ids(access, len(parts), event_id=event_id)
        pieces = [
            Piece(piece_id, Order("audio", spec.name, part, chosen)) for piece_id, part in zip(ids, parts, strict=True)
        ]
        sounds = tuple(Part("audio", media=f"{OF_JOB}{piece_id}", mime="audio/ogg") for piece_id in ids)
        whole = Order("audio", spec.name, words[:SHOWN_CHARS], chosen, sounds, action=SPLICE)
        return await self._orders.place(access, origin_id, whole, event_id=event_id, pieces=pieces)

    async def _speaker(self, access: Access, model: str, voice: str) -> ModelSpec:
        """Without a wish the usual row, or the first that has the voice which is named."""
        if model:
            return self._orders.catalog.get(model, "audio", "speech")
        spec = self._voices.model_for(access.person)
        if spec is None:
            raise NoSpeech
        if not voice:
            return spec
        try:
            await self._orders.voiced(access, Order("audio", spec.name, "", {VOICE: voice}))
        except BadOption:
            wanted = await self._voices.wanted(access, voice)
            return self._orders.catalog.get(str(wanted["model"]), "audio", "speech")
        return spec
