"""The buttons below the results of a job: what can be done next with a picture, and what its family itself offers. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence

from bots.format import shortened
from bots.markdown import is_blank, sanitized
from bots.outlet import Button, Buttons, Surface
from bots.sentences import Sentences
from core.boards import JOIN
from core.film_deeds import Deed
from core.jobs import WORDS
from core.songs import SongDeed, songs_of
from core.specs import ModelSpec
from core.values import Job, Micros, RemoteButton

ALL = "all"
_OF_ONE = ("vary", "edit", "upscale", "animate", "reference", "file")
"""Deeds on one picture; the others are of the whole job."""
_OF_FILMS: Mapping[Deed, str] = {"change": "edit", "longer": "longer", "sound": "sound", "upscale": "upscale"}
"""What can be ordered of a film, and what its button is called."""

NO_SONGS: Mapping[SongDeed, Micros] = {}

_UPSCALE_TILE = re.compile("U[1-4]")
_SECOND_ROW = "V1"
_LABEL_CHARS = 40
_ROW_MOST, _SHORT_ROW_MOST, _SHORT, _CLOSE_ROW = 4, 5, 3, 5
_ROW_WIDTHS = (40, 60, 80)
"""For the labels of one row, which share it evenly; a phone shows the first. A wide character counts twice."""


def buttons(
    job: Job,
    spec: ModelSpec | None,
    texts: Sentences,
    surface: Surface,
    can: Collection[Deed] = (),
    songs: Mapping[SongDeed, Micros] = NO_SONGS,
) -> Buttons:
    """Below all results of a job. `spec`: its row, None when there is none any more; `can`: of its film; `songs`: of its
    songs or their words, and for how much."""
    if job.kind == "audio" and not any(artifact.kind == "video" for artifact in job.results):
        return _laid_out([_own(job), _of_songs(job, texts, songs), _of_sounds(job, texts)], surface)
    return _laid_out(_groups(job, spec, texts, can), surface)


def picked(job: Job, spec: ModelSpec | None, texts: Sentences, surface: Surface, index: int) -> Buttons:
    """What can be done with one picture of several, and the way back. `index`: its place among the results. Raises KeyError
    when there is no picture."""
    if index not in pictures_of(job):
        raise KeyError(index)
    found = [_deed(job, texts, deed, f":{index}") for deed in _possible(spec) if deed in _OF_ONE]
    back = Button(texts(job.locale, "button-back"), f"job:{job.id}:pick:{ALL}")
    return _laid_out([found, [back]], surface)


def pictures_of(job: Job) -> list[int]:
    """The places of the pictures among the results."""
    return [index for index, artifact in enumerate(job.results) if artifact.kind == "image"]


def texts_of(job: Job) -> list[int]:
    """The places of what is words among the results."""
    return [index for index, artifact in enumerate(job.results) if artifact.kind == "text"]


def numbered(number: int) -> str:
    """How the n-th of several texts is marked, from 1: as a key of a telephone."""
    return f"{number}\ufe0f\u20e3" if number < 10 else f"{number}."


def label_of(remote: RemoteButton) -> str:
    """As its family writes it, so far as a button takes it; "" when nothing of it can be seen."""
    label = shortened(sanitized(remote.label), _LABEL_CHARS)
    return "" if is_blank(label) else label


# --- inside --------------------


def _groups(job: Job, spec: ModelSpec | None, texts: Sentences, can: Collection[Deed]) -> list[list[Button]]:
    """Buttons that belong together."""
    pictures, words = pictures_of(job), texts_of(job)
    if not pictures:
        of_all = [*_shorter(job, texts, words), *_of_all(job, texts, can)]
        return [_own(job), _draws(job, texts, words), _shots(job, texts), of_all]
    if job.buttons:
        return [_own(job), _beside_own(job, texts)]
    if len(pictures) == 1:
        index = f":{pictures[0]}" if len(job.results) > 1 else ""
        return [[_deed(job, texts, deed, index if deed in _OF_ONE else "") for deed in _possible(spec)]]
    numbers = [Button(str(number), f"job:{job.id}:pick:{index}") for number, index in enumerate(pictures, 1)]
    files = Button(texts(job.locale, "button-files"), f"job:{job.id}:file")
    return [numbers, [_deed(job, texts, "again"), files, _deed(job, texts, "delete")]]


def _own(job: Job) -> list[Button]:
    """What the gateway offers, in the family's own words."""
    return [
        Button(label_of(remote) or str(number + 1), f"mj:{job.id}:press:{number}")
        for number, remote in enumerate(job.buttons)
    ]


def _possible(spec: ModelSpec | None) -> Iterable[str]:
    """What can be done with a picture, in the order of the buttons."""
    wire = spec.routed({"edit"}) if spec is not None and "image" in spec.inputs else None
    yield "again"
    if wire is not None and wire.extra.get("vary_prompt"):
        yield "vary"
    yield "edit"
    if wire is not None and wire.extra.get("upscale"):
        yield "upscale"
    yield from ("animate", "reference", "file", "delete")


def _beside_own(job: Job, texts: Sentences) -> list[Button]:
    """In the order in which they would be missed, but for the last."""
    grid = any(_UPSCALE_TILE.fullmatch(remote.label) for remote in job.buttons)
    tiles = [_remote_deed(job, texts, "tiles")] if grid else []
    deeds = [_deed(job, texts, deed) for deed in ("file", "animate", "reference")]
    seed = [_remote_deed(job, texts, "seed")] if job.task_id else []
    return [*tiles, *deeds, *seed, _deed(job, texts, "delete")]


def _draws(job: Job, texts: Sentences, words: Sequence[int]) -> list[Button]:
    """Each text can be drawn."""
    labels = [texts(job.locale, "button-draw", number=number) for number in range(1, len(words) + 1)]
    return [Button(label, f"mj:{job.id}:draw:{number}") for number, label in enumerate(labels)]


def _shots(job: Job, texts: Sentences) -> list[Button]:
    """Each shot of a film that was joined can be filmed anew."""
    count = len(job.inputs) if job.action == JOIN else 0
    labels = [texts(job.locale, "button-redo", number=number) for number in range(1, count + 1)] if count > 1 else []
    return [Button(label, f"job:{job.id}:redo:{number}") for number, label in enumerate(labels, 1)]


def _shorter(job: Job, texts: Sentences, words: Sequence[int]) -> list[Button]:
    return [_remote_deed(job, texts, "short")] if words else []


def _of_all(job: Job, texts: Sentences, can: Collection[Deed]) -> list[Button]:
    """A film that words can change says so: not everywhere can one reply to it."""
    ordered = [name for deed, name in _OF_FILMS.items() if deed in can]
    filmed = ("still", "gif", "file") if any(artifact.kind == "video" for artifact in job.results) else ()
    return [_deed(job, texts, name) for name in (*ordered, "again", *filmed, "delete")]


def _of_songs(job: Job, texts: Sentences, songs: Mapping[SongDeed, Micros]) -> list[Button]:
    """A film can be made of each song; words are sung and changed for a price."""
    places = songs_of(job)
    found: list[Button] = []
    for deed, price in songs.items():
        numbers = [number + 1 if len(places) > 1 else 0 for number in range(len(places))] if deed == "clip" else [0]
        for at, number in enumerate(numbers):
            label = texts(job.locale, f"button-{deed}", number=number, price=price)
            index = f":{places[at]}" if deed == "clip" else ""
            found.append(Button(label, f"job:{job.id}:{deed}{index}"))
    return found


def _of_sounds(job: Job, texts: Sentences) -> list[Button]:
    if job.action == WORDS:
        return [_deed(job, texts, "delete")]
    filed = ("file",) if any(artifact.media for artifact in job.results) else ()
    return [_deed(job, texts, name) for name in ("again", *filed, "delete")]


def _deed(job: Job, texts: Sentences, deed: str, index: str = "") -> Button:
    return Button(texts(job.locale, f"button-{deed}"), f"job:{job.id}:{deed}{index}")


def _remote_deed(job: Job, texts: Sentences, deed: str) -> Button:
    return Button(texts(job.locale, f"button-{deed}"), f"mj:{job.id}:{deed}")


def _laid_out(groups: Sequence[Sequence[Button]], surface: Surface) -> Buttons:
    """Each group in rows of its own; the rows are wider where there would be too many. What stands last is left out."""
    for width in _ROW_WIDTHS:
        rows = tuple(row for group in groups for row in _rows(group, width))
        if len(rows) <= surface.button_rows_max:
            return rows
    flat = [button for group in groups for button in group]
    close = [tuple(flat[at : at + _CLOSE_ROW]) for at in range(0, len(flat), _CLOSE_ROW)]
    return tuple(close[: surface.button_rows_max])


def _rows(found: Sequence[Button], width: int) -> Buttons:
    """As many in a row as can be read, in their order; short labels (U1, arrows) and long ones apart."""
    rows: list[list[Button]] = []
    for button in found:
        if rows and button.label != _SECOND_ROW and _fits([*rows[-1], button], width):
            rows[-1].append(button)
        else:
            rows.append([button])
    return tuple(tuple(row) for row in rows)


def _fits(row: Sequence[Button], width: int) -> bool:
    widths = [_width(button.label) for button in row]
    widest = max(widths)
    if widest <= _SHORT:
        return len(row) <= _SHORT_ROW_MOST
    return min(widths) > _SHORT and len(row) <= _ROW_MOST and widest * len(row) <= width


def _width(label: str) -> int:
    return sum(2 if unicodedata.east_asian_width(symbol) in "WF" else 1 for symbol in label)
