"""Songs and words for songs: which words are sung as they are, what a row takes of them, and what can be done next with a
song or with its words. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.catalog import Catalog
from core.errors import NoModels, OptionTooLong, PromptTooLong, SungInstrumental
from core.gateway.audio.suno import SECTION
from core.jobs import HANDMADE
from core.prices import quote
from core.specs import ModelSpec
from core.values import Artifact, Job, Micros, Order, Part

SING, REWRITE, CLIP, EXTEND = "sing", "rewrite", "clip", "extend"
"""Actions of orders: the words are the song's own, they are changed by others, a song becomes a film, a song goes on."""
COVER = "cover"
"""The role of the picture that a film of a song shows."""
TITLE_CHARS, STYLE_CHARS = 200, 300

SongDeed = Literal["words", "clip", "sing", "rewrite"]


@dataclass(frozen=True, slots=True)
class Lyrics:
    """Words for a song, with its title and style where they are known."""

    text: str
    title: str = ""
    style: str = ""


# --- before anything is paid --------------------


def is_sung(text: str, action: str = "") -> bool:
    """Whether words are a song's own: they say so by their sections, "[Verse]". Else they are a wish."""
    return action in {SING, EXTEND} or bool(SECTION.search(text))


def check_song(spec: ModelSpec, prompt: str, options: Mapping[str, str], action: str = "") -> None:
    """As the wire will take it. Raises PromptTooLong, OptionTooLong, SungInstrumental; for other models nothing."""
    if spec.sound not in {"music", "lyrics"}:
        return
    sung = spec.sound == "music" and is_sung(prompt, action)
    for name in ("title", "style"):
        most = spec.extra.get(f"{name}_chars", 0)
        if most and len(options.get(name, "")) > most:
            raise OptionTooLong(name=name, limit=most, length=len(options[name]))
    if sung and options.get("instrumental") == "on" and action != EXTEND:
        raise SungInstrumental
    said = prompt if sung else ", ".join(each for each in (options.get("style", ""), prompt) if each)
    most = spec.extra.get("lyrics_chars" if sung else "wish_chars", 0)
    if most and len(said) > most:
        raise PromptTooLong(limit=most, length=len(said))


# --- words --------------------


def lyrics_of(job: Job) -> Lyrics | None:
    """The words that a job wrote, or that its first song with words sings; None: there are none."""
    found = next((made for made in job.results if made.text.strip()), None)
    if found is None or job.kind != "audio" or found.kind not in {"text", "audio"}:
        return None
    title, style = _told(job.transcript) if found.kind == "text" else ("", job.options.get("style", ""))
    return Lyrics(found.text.strip(), title or found.title, style)


def _told(transcript: str) -> tuple[str, str]:
    """Title and style, as the adapters of lyrics tell them."""
    try:
        told = json.loads(transcript)
    except (ValueError, RecursionError):
        return "", ""
    fields = told if isinstance(told, dict) else {}
    title, style = (fields.get(name) for name in ("title", "style"))
    return (
        " ".join(title.split())[:TITLE_CHARS] if isinstance(title, str) else "",
        " ".join(style.split())[:STYLE_CHARS] if isinstance(style, str) else "",
    )


def sung_by(spec: ModelSpec, lyrics: Lyrics) -> dict[str, str]:
    """Title and style as options, as far as the row has such and takes so much."""
    found: dict[str, str] = {}
    for name, value in (("title", lyrics.title), ("style", lyrics.style)):
        most = spec.extra.get(f"{name}_chars", STYLE_CHARS)
        if name in spec.options and (short := value[:most].strip()):
            found[name] = short
    return found


# --- what can be done next --------------------


def is_lyrics(job: Job, catalog: Catalog) -> bool:
    """Whether it writes words for a song, now or when it is made."""
    spec = catalog.find(job.model) if job.kind == "audio" else None
    return spec is not None and spec.sound == "lyrics"


def deeds(job: Job, catalog: Catalog) -> Mapping[SongDeed, Micros]:
    """With what each costs, in the order of the buttons."""
    spec = catalog.find(job.model) if job.kind == "audio" else None
    if spec is None or spec.hidden or job.action in HANDMADE:
        return {}
    found: dict[SongDeed, Micros] = {}
    if spec.sound == "music" and songs_of(job):
        found["clip"] = 0
        if lyrics_of(job):
            found["words"] = 0
    if spec.sound == "lyrics" and lyrics_of(job):
        if singer := _usual(catalog):
            found["sing"] = quote(singer, {}, SING)
        if writer := rewriter(job, catalog):
            found["rewrite"] = quote(writer, {}, REWRITE)
    return found


def songs_of(job: Job) -> list[int]:
    """The places of the songs among the results."""
    return [index for index, made in enumerate(job.results) if made.kind == "audio" and made.media]


def rewriter(job: Job, catalog: Catalog) -> ModelSpec | None:
    """The row that changes these words: its own, else the first that changes any."""
    able = [row for row in catalog.visible("audio") if row.sound == "lyrics" and row.extra.get("continues")]
    own = next((row for row in able if row.name == job.model), None)
    return own or next(iter(able), None)


def _usual(catalog: Catalog) -> ModelSpec | None:
    try:
        return catalog.default("audio", "music")
    except NoModels:
        return None


def clip_of(job: Job, index: int) -> Order | None:
    """One song of a job as a film of its cover, made by ourselves; None: there is no such song."""
    if index not in songs_of(job):
        return None
    song = job.results[index]
    sound = Part("audio", media=song.media, mime=song.mime, size=song.size)
    return Order("audio", job.model, title_of(song) or job.prompt, {}, (sound, *_cover(song)), action=CLIP)


def _cover(song: Artifact) -> tuple[Part, ...]:
    return (Part("image", media=song.cover, role=COVER),) if song.cover else ()


def title_of(song: Artifact) -> str:
    """On one line."""
    return " ".join(song.title.split())[:TITLE_CHARS]
