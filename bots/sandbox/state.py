"""What one running sandbox knows, and what every wire is given."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NoReturn, Protocol

from aiohttp import web

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.faults import Speech
from bots.sandbox.film_tasks import Tasks
from bots.sandbox.models import Kind
from bots.sandbox.record import Record, Seen
from bots.sandbox.refusals import PageRefusal, unknown_model, upstream_status
from bots.sandbox.shelf import File, Shelf
from bots.sandbox.studio import Studio

FILES_BYTES_MAX = 64 * 1024 * 1024

SEEN = web.RequestKey("seen", Seen)
SPEECH = web.RequestKey("speech", Speech)
KEY = web.RequestKey("key", str)


class Sandbox:
    """One running sandbox. Tests read `requests`, `submits` and `accepted`, and steer `behaviour`.

    `submits` counts, by path pattern, the POSTs that arrived whole and with a good key; `accepted` those of them that were
    taken (and would have been charged), also when their answer was lost.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self.base_url = ""  # known once it is served
        self.behaviour = behaviour
        self.requests = Record(behaviour.requests_kept)
        self.submits: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()
        self.open_streams = 0
        self.files = Shelf(FILES_BYTES_MAX)
        self.films = Tasks(behaviour.tasks_kept)
        self.studio = Studio()

    def publish(self, request: web.Request, name: str, file: File) -> str:
        """Put a result where anyone can fetch it, and give its address."""
        self.files.put(name, file)
        return self.file_url(request, name)

    def file_url(self, request: web.Request, name: str) -> str:
        base = self.behaviour.files_base_url or str(request.url.origin())
        return f"{base}/files/{name}"

    def check_model(self, name: str, *kinds: Kind) -> None:
        """Raises the 503 of the distributor when no channel of these kinds serves the model."""
        if self.behaviour.models.get(name) not in kinds:
            raise unknown_model(name)

    def check_told(self, told: Mapping[str, int]) -> None:
        """Raises what the directives for every wire ask for; `[fail]` is left to the wire."""
        if "html" in told:
            raise PageRefusal(504, "", "504 Gateway Time-out")
        if "status" in told:
            raise upstream_status(told["status"], self.behaviour.retry_after_s)


async def silence() -> NoReturn:
    """Never an answer: ends only when the client leaves or the sandbox stops."""
    await asyncio.Event().wait()
    raise AssertionError("nobody sets this event")


class Wire(Protocol):
    """One module of endpoints. It keeps its own bounded state, made anew for each sandbox."""

    def __init__(self, sandbox: Sandbox) -> None: ...

    def routes(self) -> Iterable[web.RouteDef]: ...
