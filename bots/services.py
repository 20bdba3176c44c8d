"""All use cases of one process in one frozen value, built by `bots/app.py` and handed to the commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bots.answers import Answers
from bots.deliver import Deliverer
from bots.metrics import Metrics
from bots.outlet import Outlet
from bots.texts import Texts
from core.boards import Boards
from core.catalog import Catalog
from core.chat import Chat
from core.gateway.client import Gateway
from core.keeping import Keeping
from core.ledger import Purse
from core.library import Library
from core.orders import Orders
from core.people import Directory
from core.plans import Rules
from core.ports import Clock, Media, Renditions, Store
from core.remembering import Remembering
from core.rewriting import Rewriting
from core.saying import Saying
from core.scripting import Scripting
from core.summaries import Summaries
from core.tools.table import Toolbox
from core.transcribing import Transcribing
from core.typical import Takes, unknown
from core.voices import Voices


@dataclass(frozen=True, slots=True)
class Services:
    store: Store
    media: Media
    renditions: Renditions
    clock: Clock
    catalog: Catalog
    rules: Rules
    gateway: Gateway
    directory: Directory
    purse: Purse
    orders: Orders
    chat: Chat
    remembering: Remembering
    summaries: Summaries
    toolbox: Toolbox
    rewriting: Rewriting
    scripting: Scripting
    boards: Boards
    library: Library
    transcribing: Transcribing
    voices: Voices
    saying: Saying
    keeping: Keeping
    answers: Answers
    deliverer: Deliverer
    outlets: Mapping[str, Outlet]
    texts: Texts
    metrics: Metrics = field(default_factory=Metrics)
    takes: Takes = unknown
