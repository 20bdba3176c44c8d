"""The buttons under a film: its last frame as a picture to go on with, and the film as a GIF."""

from __future__ import annotations

from bots.commands import owned, parking
from bots.commands.request import Request
from bots.outlet import Button, Buttons
from core.errors import BadFile, JobGone
from core.values import Artifact, Job, Part

DEEDS = frozenset({"still", "gif"})
_NEXT = ("ask", "edit", "animate")


async def press(request: Request, job_id: str, deed: str) -> None:
    """`job:ID:still|gif`. Raises JobGone, NotYours, BadFile."""
    job = await owned.pressable(request, job_id)
    await request.exchange.open()
    try:
        if deed == "still":
            await _still(request, _film(job))
        else:
            await _gif(request, _film(job))
    except KeyError:
        await request.tell("deliver-gone", private=True)


def _film(job: Job) -> Artifact:
    film = next((artifact for artifact in job.results if artifact.kind == "video" and artifact.media), None)
    if film is None:
        raise JobGone(job.id)
    return film


async def _still(request: Request, film: Artifact) -> None:
    """With buttons for what can be done with a picture."""
    still = await request.services.keeping.still(film)
    part = Part("image", media=still.media, mime=still.mime, size=still.size)
    turn = await parking.park(request, (part,))
    buttons: Buttons = (tuple(Button(request.words(f"button-{deed}"), f"park:{turn.id}:{deed}") for deed in _NEXT),)
    await _bring(request, still, request.words("film-still"), buttons)


async def _gif(request: Request, film: Artifact) -> None:
    outlet = request.exchange.outlet
    gif = await request.services.keeping.gif(film, await outlet.file_limit(request.place))
    if gif is None:
        raise BadFile(f"{film.media}: no GIF of it", name="GIF", allowed="MP4")
    await _bring(request, gif, request.words("film-gif"))


async def _bring(request: Request, made: Artifact, caption: str, buttons: Buttons = ()) -> None:
    await request.services.deliverer.bring(
        request.place, (made,), caption, buttons, request.incoming.message_id, locale=request.locale
    )
