"""Words that are spoken before a film is made: the speech is ordered with the film, as a piece of it."""

from __future__ import annotations

from dataclasses import dataclass

from bots.commands.request import Request
from core.errors import NoSpeech
from core.film_modes import VOICE
from core.orders import OF_JOB
from core.own_voices import VOICE as SPEAKS
from core.placing import Piece
from core.prices import quote
from core.values import Micros, Part

SOME_CHARS = 200
"""What a person may want to have said in a film, about."""


@dataclass(frozen=True, slots=True)
class Voice:
    """`file`: the voice as a file of the film's order, though it is not spoken yet."""

    file: Part
    piece: Piece


async def voice_of(request: Request, words: str) -> Voice:
    """Of these words, by the model and the voice that read aloud for this person. Raises NoSpeech, EmptyPrompt, and
    PromptTooLong."""
    services = request.services
    spec = services.voices.model_for(request.access.person)
    if spec is None:
        raise NoSpeech
    chosen = await services.voices.voice_for(request.access, spec)
    order, *_ = services.orders.check("audio", spec.name, words, {SPEAKS: chosen} if chosen else {})
    [piece_id] = services.orders.piece_ids(request.access, 1, event_id=request.incoming.event_id)
    file = Part("audio", media=f"{OF_JOB}{piece_id}", mime="audio/ogg", role=VOICE)
    return Voice(file, Piece(piece_id, order))


def price(request: Request) -> Micros | None:
    """Of a few sentences that are spoken; None: there is no model for it."""
    spec = request.services.voices.model_for(request.access.person)
    return None if spec is None else quote(spec, {}, text="x" * SOME_CHARS)
