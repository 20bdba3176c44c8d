"""What can be done with a film that is there: gone on from, changed, made sharper, given another sound; by which row, and as
which order. Pure: `sends` says whether a row gets a film at all, for some fetch it from an address that the world can reach.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.film_modes import FILM, modes_of
from core.jobs import HANDMADE
from core.measuring import SECONDS, length_near
from core.sources import can_be_continued, coming, is_made, knows_its_films
from core.specs import ModelSpec
from core.values import Artifact, Job, Order, Part

Deed = Literal["change", "longer", "sound", "upscale"]
Sends = Callable[[ModelSpec, Part], bool]

_KEPT = ("ratio", "resolution")
"""Options of a film that hold for what is made of it, too."""
_UPSCALE = frozenset({"words", "options", "below"})
_OF_THE_FIRST = frozenset({"count", "only"})


@dataclass(frozen=True, slots=True)
class Way:
    """How a deed is done: by this row, as this action of an order. `remembers`: its model is told which film is meant; any
    other is sent it."""

    spec: ModelSpec
    action: str = ""
    remembers: bool = False


def ways(job: Job, rows: Sequence[ModelSpec], sends: Sends) -> Mapping[Deed, Way]:
    """Everything that can be done with the film of this job, now or when it is made, by the first of the visible `rows` that
    can: its own, if that can. A sound of one's own is laid under every film that is there."""
    if job.kind != "video":
        return {}
    own = [row for row in rows if row.name == job.model]
    found: dict[Deed, Way | None] = {"change": change(job, rows, sends)}
    film = film_of(job)
    if film is not None:
        able = [row for row in (*own, *rows) if sends(row, film)]
        found["longer"] = next((Way(row, "extend") for row in able if "extend" in modes_of(row)), None)
        found["sound"] = next((Way(row, "lip_sync") for row in able if "lip_sync" in modes_of(row)), by_hand(job, rows))
        found["upscale"] = next((Way(row, "edit") for row in able if _sharpens(row, job)), None)
    return {deed: way for deed, way in found.items() if way is not None}


def change(job: Job, rows: Sequence[ModelSpec], sends: Sends, *, pictures: bool = False) -> Way | None:
    """By words, and with `pictures` beside them, which a model that knows the film by its number alone does not take."""
    own = next((row for row in rows if row.name == job.model), None)
    if own is not None and can_be_continued(job, own):
        if not knows_its_films(own):
            return Way(own, remembers=True)
        if not pictures:
            return Way(own, "remix", remembers=True)
    film = film_of(job)
    if film is None:
        return None
    able = (row for row in (*([own] if own else []), *rows) if "edit" in modes_of(row) and sends(row, film))
    return next((Way(row, "edit") for row in able), None)


def by_hand(job: Job, rows: Sequence[ModelSpec]) -> Way | None:
    """Another sound, by ourselves; a film whose own row is gone goes by the name of another."""
    spec = next((row for row in rows if row.name == job.model), next(iter(rows), None))
    return Way(spec, "dub") if spec is not None and is_made(job) else None


def film_of(job: Job) -> Part | None:
    """The first film of a job as the file of an order; that of a job on its way by its number. None: there is none."""
    if is_made(job):
        return next((_as_file(made) for made in job.results if made.kind == "video" and made.media), None)
    wanted = job.kind == "video" and coming(job) and not job.muted
    return Part("video", media=f"job:{job.id}", role=FILM) if wanted else None


def order_of(way: Way, job: Job, words: str, more: tuple[Part, ...] = ()) -> Order:
    """What is ordered, unchecked. `more`: files beside the film."""
    if way.remembers:
        options = {name: value for name, value in job.options.items() if name in way.spec.options}
        options = {name: value for name, value in options.items() if name not in _OF_THE_FIRST}
        return Order("video", way.spec.name, words, options, more, job.id, action=way.action)
    film = film_of(job)
    files = (*([film] if film else []), *more)
    if way.action in HANDMADE:
        return Order("video", way.spec.name, words, {}, files, action=way.action)
    return Order("video", way.spec.name, words, options_for(way, job), files, action=way.action)


def sharper(way: Way, job: Job) -> Order:
    """The same film, as the row makes it sharper."""
    table = way.spec.extra["upscale"]
    order = order_of(way, job, table["words"])
    return Order("video", order.model, order.prompt, {**order.options, **table["options"]}, order.inputs, action="edit")


def options_for(way: Way, job: Job) -> dict[str, str]:
    """The shape of the film; its resolution, where the same row makes it; and, of a film that is changed, its length."""
    spec, film = way.spec, next((made for made in job.results if made.kind == "video"), None)
    kept = {name: job.options[name] for name in _KEPT if name in job.options and spec.name == job.model}
    options = {name: value for name, value in kept.items() if name in spec.options and spec.options[name].match(value)}
    shape = spec.ratio_near(film.width, film.height) if film else ""
    if shape and "ratio" not in options:
        options["ratio"] = shape
    length = length_near(spec, film.duration_s, "video") if film and way.action == "edit" else ""
    return {**options, SECONDS: length} if length else options


def _sharpens(row: ModelSpec, job: Job) -> bool:
    """Whether it makes this film sharper than it is."""
    table, film = row.extra.get("upscale"), next((made for made in job.results if made.kind == "video"), None)
    if not table or not table.keys() >= _UPSCALE or film is None or "edit" not in modes_of(row):
        return False
    return bool(0 < min(film.width, film.height) < table["below"])


def _as_file(made: Artifact) -> Part:
    return Part(made.kind, media=made.media, mime=made.mime, size=made.size, role=FILM)
