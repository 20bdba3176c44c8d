"""The assistant's tools on a real store, with real orders and a real purse. Files are whatever bytes are put in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from core.assistant import Proposal
from core.catalog import Catalog
from core.errors import NoResult
from core.gateway.download import Page
from core.ledger import Purse
from core.limits import LIMITS, Limits
from core.orders import Orders, call_id
from core.people import Directory
from core.plans import Plan, Rules
from core.ports import Store
from core.remembering import Remembering
from core.specs import ModelSpec, OptionSpec, Price
from core.tools.built_in import BuiltIn
from core.tools.table import Acting, Outcome, Source, Toolbox
from core.values import (
    Access,
    Artifact,
    Call,
    Job,
    JobState,
    Json,
    Part,
    Person,
    Place,
    Role,
    Sender,
    ToolSpec,
    Turn,
    TurnState,
)
from storage.media import ObjectMedia, open_media
from tests.clocks import FakeClock
from tests.core.house import PlainEyes

DM = Place("telegram", "100", private=True)
GROUP = Place("telegram", "-500")
ANN = Sender("telegram", "100", "ann", "en")
BOB = Sender("telegram", "200", "bob", "de")
BOSS = Sender("telegram", "1", "boss", "en")
CREDIT = 10_000
PEN, FILM, SONG, VOICE = 5 * CREDIT, 40 * CREDIT, 10 * CREDIT, CREDIT
EVERYTHING = frozenset({"tools"})


def row(name: str, kind: str, each: int, **more: object) -> ModelSpec:
    return ModelSpec(name, kind, "f", name, Price(each=each), **more)  # type: ignore[arg-type] # any field


RATIO = {"ratio": OptionSpec("ratio", ("1:1", "16:9"))}
ONLY = {"only": OptionSpec("only", ("left", "background", "shape"))}
ROWS = (
    row("talker", "chat", 0, can=EVERYTHING),
    row("mute", "chat", 0),
    row("pen", "image", PEN, options={**RATIO, "size": OptionSpec("size", ("2k", "4k"))}),
    row("brush", "image", PEN, inputs=frozenset({"text", "image"}), max_inputs=2, options={**RATIO, **ONLY}),
    row("secret", "image", PEN, hidden=True),
    row("film", "video", FILM, inputs=frozenset({"text", "image"})),
    row("band", "audio", SONG),
    row("reader", "audio", VOICE, options={"voice": OptionSpec("voice", ("Anna", "Ben"), "Anna")}),
)
TALKER, MUTE = ROWS[0], ROWS[1]


def catalog(*names: str) -> Catalog:
    """Of these rows only, all of them when none is named."""
    return Catalog([each for each in ROWS if not names or each.name in names], {}, TALKER)


@dataclass
class Kit:
    store: Store
    clock: FakeClock
    rules: Rules
    purse: Purse
    orders: Orders
    media: ObjectMedia
    directory: Directory
    toolbox: Toolbox
    new_id: Callable[[], str]

    async def meet(self, sender: Sender = ANN, place: Place = DM, role: Role = Role.MEMBER, **settings: Json) -> Access:
        """Somebody who is let in, with these preferences."""
        async with self.store.begin() as tx:
            person = await tx.people.person_of(sender.platform, sender.id)
            if person is None:
                person = await tx.people.add_person(Person(self.new_id(), role, name=sender.name), sender)
            await tx.people.set_role(person.id, role)
            await tx.people.set_settings(person.id, settings)
        self.directory._people.outdate()
        return await self.directory.meet(place, sender)

    async def turn(self, access: Access, question: tuple[Part, ...] = (), **changes: object) -> Turn:
        """A running one, in the store."""
        async with self.store.begin() as tx:
            scope = f"{access.place.key}|{access.person.id}"
            conversation = await tx.conversations.conversation(scope, self.new_id())
            turn = Turn(
                id=self.new_id(),
                conversation_id=conversation.id,
                lane=self.new_id(),
                parent_id="",
                person_id=access.person.id,
                account_id=access.account_id,
                place=access.place,
                origin_id="question-1",
                model="talker",
                persona="",
                question=question or (Part("text", text="a question"),),
                state=TurnState.RUNNING,
                created_ms=self.clock.now_ms(),
            )
            turn = replace(turn, **changes)  # type: ignore[arg-type] # any field
            await tx.conversations.add_turn(turn)
        return turn

    async def call(
        self,
        access: Access,
        turn: Turn,
        name: str,
        number: int = 0,
        *,
        tainted: bool = False,
        past: tuple[Turn, ...] = (),
        **arguments: Json,
    ) -> Outcome:
        acting = Acting(access, turn, number, turn.question, past, tainted)
        return await self.toolbox.run(acting, Call("c1", name, json.dumps(arguments)))

    async def spec(self, access: Access, name: str) -> ToolSpec:
        return {spec.name: spec for spec in await self.toolbox.offered(access, TALKER)}[name]

    async def picture(self, data: bytes = b"a picture") -> Part:
        return await self.orders.keep_input(data, "a.png", "image")

    async def done(self, job: Job, data: bytes = b"drawn") -> Job:
        """As if the worker had made it."""
        key, size = await self.media.put(data, 10**6)
        made = replace(job, state=JobState.SENDING)
        async with self.store.begin() as tx:
            sending = await tx.jobs.save(made, job.version)
            assert sending is not None
            result = Artifact("image", media=key, mime="image/png", size=size)
            saved = await tx.jobs.save(replace(sending, state=JobState.READY, results=(result,)), sending.version)
        assert saved is not None
        return saved

    async def proposals(self, turn: Turn) -> list[Proposal]:
        async with self.store.read() as tx:
            return await tx.proposals.of_turn(turn.id)

    async def jobs(self, turn: Turn) -> list[Job]:
        return await self.orders.of_turn(turn.id)

    async def job(self, turn: Turn, number: int = 0) -> Job:
        async with self.store.read() as tx:
            job = await tx.jobs.get(call_id(turn.id, number))
        assert job is not None
        return job

    async def left(self, access: Access) -> int:
        balance = await self.purse.balance(access)
        return balance.daily + balance.kept

    async def holds(self) -> int:
        async with self.store.read() as tx:
            return len(await tx.ledger.open_holds())


class NoPages:
    """No web here: pages have tests of their own."""

    async def page(self, url: str) -> Page:
        raise NoResult("no web here")


def build(
    store: Store,
    clock: FakeClock,
    folder: Path,
    *,
    rules: Rules | None = None,
    limits: Limits = LIMITS,
    models: Catalog | None = None,
    sources: tuple[Source, ...] = (),
) -> Kit:
    numbers = count(1)

    def new_id() -> str:
        return f"id{next(numbers):014}"

    rules = rules or Rules(plans={"default": Plan(daily=1000 * CREDIT, open_jobs=100)}, credit=CREDIT)
    models = models or catalog()
    media, purse = open_media(str(folder)), Purse(store, rules, clock)
    orders = Orders(store, models, purse, media, PlainEyes(media), clock, new_id, limits)
    remembering = Remembering(store, clock, new_id, limits)
    built_in = BuiltIn(store, NoPages(), models, rules, purse, orders, remembering, clock, limits)
    toolbox = Toolbox(store, rules, clock, (built_in, *sources), limits)
    return Kit(store, clock, rules, purse, orders, media, Directory(store, rules, clock, new_id), toolbox, new_id)
