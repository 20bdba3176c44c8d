"""The commands on a real core and a real SQLite file; the platform, the answers' conductor and the deliverer write down what
they are asked to do. Nothing is sent to a gateway: answers and orders stop where they are handed on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, cast

from bots.commands.dispatch import Dispatcher, Invocation, Press
from bots.outlet import Button, Buttons, ChatGone, Form, MediaFile, Outlet, OutletError, Rendered, SentMedia, Surface
from bots.services import Services
from bots.surfaces import TELEGRAM
from bots.texts import Texts
from core.assembly import build_assistant
from core.boards import Boards
from core.catalog import load_catalog
from core.errors import BadFile, UnclearShape
from core.fitting import Fitted, InputLimits
from core.ledger import Purse
from core.library import Library
from core.linking import Linking
from core.orders import Orders
from core.people import Directory
from core.plans import Persona, Plan, Rules
from core.ports import Store
from core.recordings import Recordings
from core.rewriting import Rewritten
from core.saying import Saying
from core.scripting import Scripting
from core.specs import ModelSpec
from core.system_voices import SystemVoices
from core.transcribing import Transcribing
from core.typical import Typical
from core.values import (
    Access,
    Artifact,
    Attachment,
    ChatEvent,
    ChatRequest,
    Ending,
    InboxEvent,
    Incoming,
    Job,
    Kind,
    Person,
    Place,
    ReplyTo,
    Role,
    Sender,
    TextDelta,
    Turn,
    TurnState,
)
from core.voices import Voices
from storage.media import ObjectMedia, open_media
from tests.clocks import FakeClock

DM = Place("telegram", "100", private=True)
GROUP = Place("telegram", "-500")
ANN = Sender("telegram", "100", "ann", "en")
BOB = Sender("telegram", "200", "bob", "zh-hans")
BOSS = Sender("telegram", "1", "boss", "en")
PHOTO = Attachment("image", "photo", mime="image/png", name="photo.png", size=3)

CONFIG = {
    "default_model": {"image": "pen", "video": "film"},
    "models": {
        "pen": {
            "kind": "image",
            "family": "images_json",
            "upstream": "pen",
            "price": {"each": 0.05},
            "options": {"ratio": {"values": ["1:1", "16:9"]}},
            "routes": {"edit": "images_multipart"},
        },
        "film": {
            "kind": "video",
            "family": "unified_video",
            "upstream": "film",
            "price": {"per_second": 0.05},
            "options": {"seconds": {"values": ["4", "8"], "default": "4"}},
        },
    },
}


class HeldClock(FakeClock):
    """While it is held, nobody who sleeps wakes up."""

    def __init__(self) -> None:
        super().__init__()
        self.free = asyncio.Event()
        self.free.set()

    async def sleep(self, seconds: float) -> None:
        await self.free.wait()
        await super().sleep(seconds)


@dataclass
class Said:
    """Something the platform showed. `edited`: the message that was changed, "" for a new one."""

    text: str
    buttons: Buttons = ()
    private: bool = False
    place: Place | None = None
    edited: str = ""
    message_id: str = ""

    @property
    def data(self) -> list[str]:
        return [button.data for row in self.buttons for button in row]

    @property
    def labels(self) -> list[str]:
        return [button.label for row in self.buttons for button in row]


class PaperOutlet:
    """`files`: what the platform has, by ref."""

    def __init__(self, surface: Surface = TELEGRAM) -> None:
        self.surface = surface
        self.said: list[Said] = []
        self.files: dict[str, bytes] = {"photo": b"png"}
        self.sent_files: list[tuple[Place, str, bytes]] = []
        self.deleted: list[str] = []
        self.forms: list[Form] = []
        self.gone = False
        self.closed = False  # to private messages, which is known when they are begun
        self.deaf = False  # the same, known when a file is sent
        self.trouble: OutletError | None = None  # with every download
        self.numbers = count(1)

    def note(self, said: Said) -> str:
        if self.gone:
            raise ChatGone("blocked")
        said.message_id = said.edited or f"m{next(self.numbers)}"
        self.said.append(said)
        return said.message_id

    async def send(
        self,
        place: Place,
        text: Rendered,
        *,
        reply_to: str = "",
        buttons: Buttons = (),
        nonce: str = "",
        ping: str = "",
    ) -> str:
        return self.note(Said(text.text, buttons, place=place))

    async def edit(self, place: Place, message_id: str, text: Rendered, *, buttons: Buttons = ()) -> None:
        self.note(Said(text.text, buttons, place=place, edited=message_id))

    async def show_media(
        self, place: Place, message_id: str, file: MediaFile, caption: Rendered, *, buttons: Buttons = ()
    ) -> str:
        self.note(Said(caption.text, buttons, place=place, edited=message_id))
        return ""

    async def delete(self, place: Place, message_id: str) -> None:
        self.deleted.append(message_id)

    async def send_media(self, place: Place, files: tuple[MediaFile, ...], caption: Rendered, **_: object) -> SentMedia:
        if self.deaf:
            raise ChatGone("no direct messages")
        for file in files:
            assert file.path is not None
            self.sent_files.append((place, file.name, file.path.read_bytes()))
        return SentMedia((self.note(Said(caption.text, place=place)),))

    async def private(self, sender_id: str) -> Place:
        if self.closed:
            raise ChatGone("no direct messages")
        return Place("telegram", sender_id, private=True)

    def start_link(self, code: str) -> str:
        return f"https://t.me/our_bot?start={code}"

    async def download(self, attachment: Attachment) -> AsyncIterator[bytes]:
        if self.trouble is not None:
            raise self.trouble
        yield self.files[attachment.ref]


class PaperExchange:
    def __init__(self, outlet: PaperOutlet, place: Place, asker: Sender, pressed: str = "") -> None:
        self._outlet = outlet
        self.place = place
        self.asker = asker
        self.pressed = pressed
        self.opened = 0
        self.opening = ""

    @property
    def outlet(self) -> Outlet:
        return cast("Outlet", self._outlet)

    async def say(self, text: Rendered, *, buttons: Buttons = (), private: bool = False) -> str:
        return self._outlet.note(Said(text.text, buttons, private, self.place))

    async def revise(self, text: Rendered, *, buttons: Buttons = ()) -> None:
        self._outlet.note(Said(text.text, buttons, place=self.place, edited=self.pressed))

    async def ask(self, text: Rendered, form: Form) -> str:
        if self._outlet.surface.forms:
            self._outlet.forms.append(form)
            return ""
        return self._outlet.note(Said(text.text, place=self.place))

    async def open(self) -> str:
        self.opened += 1
        return self.opening


class QuietGateway:
    """Listens, and never says a word."""

    async def stream_chat(self, spec: ModelSpec, request: ChatRequest) -> AsyncIterator[ChatEvent]:
        await asyncio.Event().wait()
        yield TextDelta("")


@dataclass
class PaperAnswers:
    started: list[Turn] = field(default_factory=list)

    @property
    def running(self) -> int:
        return len(self.started)

    def start(self, turn: Turn) -> None:
        self.started.append(turn)


@dataclass
class PaperDeliverer:
    """`turns`: where a call has waited for its turn."""

    outlet: PaperOutlet
    delivered: list[Job] = field(default_factory=list)
    turns: list[Place] = field(default_factory=list)
    originals_of: list[tuple[Job, int | None]] = field(default_factory=list)
    brought: list[tuple[Artifact, ...]] = field(default_factory=list)
    swept: set[str] = field(default_factory=set)

    async def paced(self, place: Place, call: Callable[[Outlet, Place], Awaitable[object]]) -> object:
        self.turns.append(place)
        return await call(cast("Outlet", self.outlet), place)

    async def deliver(self, job: Job) -> tuple[str, ...]:
        self.delivered.append(job)
        return ("m0",)

    async def originals(self, job: Job, place: Place, index: int | None, reply_to: str) -> None:
        self.originals_of.append((job, index))

    async def bring(
        self,
        place: Place,
        artifacts: Sequence[Artifact],
        caption: str,
        buttons: Buttons = (),
        reply_to: str = "",
        *,
        locale: str,
    ) -> None:
        if any(artifact.media in self.swept for artifact in artifacts):
            raise KeyError
        self.brought.append(tuple(artifacts))
        self.outlet.note(Said(caption, buttons, place=place))

    async def show(self, job: Job, place: Place, message_id: str, index: int, caption: str, buttons: Buttons) -> None:
        if job.results[index].media in self.swept:
            raise KeyError
        self.outlet.note(Said(caption, buttons, place=place, edited=message_id))


@dataclass
class PaperRewriting:
    """Puts it "better", or as it is when it is not `able`."""

    able: bool = True

    async def better(self, access: Access, spec: ModelSpec, prompt: str, files: int = 0) -> Rewritten:
        return Rewritten(f"better: {prompt}", True) if self.able else Rewritten(prompt, False)

    async def shortened(self, access: Access, texts: Sequence[str]) -> list[str]:
        return [f"short: {text[:9]}" for text in texts]


class PlainEyes:
    def __init__(self, media: ObjectMedia) -> None:
        self._media = media

    async def inspect(self, key: str, declared: str) -> Artifact:
        data = await self._media.read(key)
        if data.startswith(b"text"):
            raise BadFile(name=declared, allowed="PNG, JPEG")
        if data.startswith(b"voice"):
            return Artifact("audio", media=key, mime="audio/mpeg", duration_s=20.0, size=len(data))
        return Artifact("image", media=key, mime="image/png", width=4, height=4, size=len(data))

    async def fit(self, key: str, limits: InputLimits) -> Fitted:
        return Fitted(await self.inspect(key, ""))

    async def mask(self, key: str, region: str, shape: str, *, transparent: bool) -> str:
        if (await self._media.read(shape)).endswith(b"blank"):
            raise UnclearShape
        return (await self._media.put(b"mask", 100))[0]


def shown(key: str, name: str) -> str:
    """Where the world sees a file."""
    return f"https://bot.example/media/{key}/{name}"


class Rig:
    """Makes events as a platform would, and keeps what came of them."""

    def __init__(self, store: Store, clock: HeldClock, folder: Path, *, access_mode: Any = "open") -> None:
        numbers = count(1)

        def new_id() -> str:
            return f"id{next(numbers):014}"

        self.store, self.clock, self.new_id = store, clock, new_id
        self.media_folder = folder
        self.media = open_media(str(folder))
        self.rules = Rules(
            plans={"default": Plan(open_jobs=3), "big": Plan("big", daily=10_000_000)},
            personas={"tutor": Persona("tutor", "You explain patiently.", "Tutor")},
            access_mode=access_mode,
        )
        self.catalog = load_catalog(CONFIG)
        self.texts = Texts(self.rules.credit)
        self.outlet = PaperOutlet()
        self.answers, self.deliverer, self.rewriting = PaperAnswers(), PaperDeliverer(self.outlet), PaperRewriting()
        purse = Purse(store, self.rules, clock)
        eyes = PlainEyes(self.media)
        self.directory = Directory(store, self.rules, clock, new_id, self.media)
        self.orders = Orders(store, self.catalog, purse, self.media, cast("Any", eyes), clock, new_id)
        gateway: Any = QuietGateway()
        assistant = build_assistant(
            store, gateway, self.catalog, self.rules, purse, self.orders, self.media, cast("Any", eyes), clock, new_id,
            "owner-1",
        )  # fmt: skip
        self.turns = assistant.turns
        system = SystemVoices(None, clock)
        self.voices = Voices(store, self.orders, self.catalog, self.rules, cast("Any", eyes), system, clock, new_id)
        self.services = Services(
            store=store,
            media=self.media,
            renditions=cast("Any", eyes),
            clock=clock,
            catalog=self.catalog,
            rules=self.rules,
            gateway=gateway,
            directory=self.directory,
            purse=purse,
            orders=self.orders,
            chat=assistant.chat,
            remembering=assistant.remembering,
            summaries=assistant.summaries,
            toolbox=assistant.toolbox,
            rewriting=cast("Any", self.rewriting),
            scripting=Scripting(store, gateway, self.catalog, purse, self.rules, clock),
            boards=Boards(self.orders, store),
            library=Library(store, self.catalog, cast("Any", eyes), clock, new_id, linking=Linking(shown)),
            transcribing=Transcribing(store, self.catalog, self.orders, Recordings(self.media)),
            voices=self.voices,
            saying=Saying(self.orders, self.voices),
            keeping=assistant.keeping,
            answers=cast("Any", self.answers),
            deliverer=cast("Any", self.deliverer),
            outlets={"telegram": cast("Outlet", self.outlet)},
            texts=self.texts,
            takes=Typical(store, self.catalog, clock).seconds,
        )
        self.dispatcher = Dispatcher(self.services, new_id)
        self._messages = count(1)

    # --- events --------------------

    def incoming(self, text: str = "", place: Place = DM, sender: Sender = ANN, **more: Any) -> Incoming:
        number = f"{next(self._messages)}"
        return Incoming(place, sender, number, text, event_id=f"e{number}", received_ms=self.clock.now_ms(), **more)

    async def journal(self, *events: Incoming) -> None:
        async with self.store.begin() as tx:
            rows = [InboxEvent(e.place.platform, e.event_id, e.place.chat, "{}", self.clock.now_ms()) for e in events]
            await tx.inbox.add(rows, "owner-1", self.clock.now_ms() + 60_000)

    async def open_events(self) -> list[str]:
        """Which are not done: claimed by another a long time later."""
        later = self.clock.now_ms() + 10_000_000
        async with self.store.begin() as tx:
            return sorted(event.id for event in await tx.inbox.claim("telegram", "other", later, later, 100))

    async def message(self, text: str = "", place: Place = DM, sender: Sender = ANN, **more: Any) -> list[Said]:
        incoming = self.incoming(text, place, sender, **more)
        await self.journal(incoming)
        return await self.handle(incoming)

    async def handle(self, incoming: Incoming) -> list[Said]:
        before = len(self.outlet.said)
        await self.dispatcher.message(incoming, PaperExchange(self.outlet, incoming.place, incoming.sender))
        return self.outlet.said[before:]

    async def edit(self, incoming: Incoming, text: str) -> list[Said]:
        before = len(self.outlet.said)
        event = replace(incoming, text=text, event_id=f"{incoming.event_id}e", edited=True)
        await self.journal(event)
        exchange = PaperExchange(self.outlet, incoming.place, incoming.sender)
        await self.dispatcher.edited(event, exchange)
        return self.outlet.said[before:]

    async def press(
        self, data: str, place: Place = DM, sender: Sender = ANN, message_id: str = "m1", **fields: str
    ) -> list[Said]:
        """`fields`: of a form that was filled in."""
        before = len(self.outlet.said)
        exchange = PaperExchange(self.outlet, place, sender, message_id)
        pressed = Press(place, sender, message_id, data, f"p{next(self._messages)}", fields)
        await self.dispatcher.press(pressed, exchange)
        assert exchange.opened
        return self.outlet.said[before:]

    async def slash(
        self,
        command: str,
        place: Place = DM,
        sender: Sender = ANN,
        attachments: tuple[Attachment, ...] = (),
        **options: str,
    ) -> list[Said]:
        before = len(self.outlet.said)
        exchange = PaperExchange(self.outlet, place, sender)
        exchange.opening = "opening-1"
        number = next(self._messages)
        await self.dispatcher.command(
            Invocation(place, sender, f"slash-{number}", command, options, attachments), exchange
        )
        return self.outlet.said[before:]

    async def shown(self, turn_id: str) -> None:
        """The first word of an answer is out: nothing joins its question any more."""
        self.turns.shown(turn_id)

    # --- what is there --------------------

    async def owner(self, sender: Sender = BOSS) -> None:
        async with self.store.begin() as tx:
            await tx.people.add_person(Person(self.new_id(), Role.OWNER, name=sender.name), sender)

    async def person(self, sender: Sender = ANN) -> Person:
        async with self.store.read() as tx:
            person = await tx.people.person_of(sender.platform, sender.id)
        assert person is not None
        return person

    async def turn(self, turn_id: str) -> Turn:
        async with self.store.read() as tx:
            turn = await tx.conversations.turn(turn_id)
        assert turn is not None
        return turn

    async def answer(self, turn: Turn, text: str, ending: Ending = Ending.COMPLETE, **more: Any) -> Turn:
        """As it is when it has been answered and delivered."""
        async with self.store.begin() as tx:
            known = await tx.conversations.turn(turn.id)
            assert known is not None
            done = replace(known, answer=text, ending=ending, state=TurnState.DONE, **more)
            saved = await tx.conversations.save_turn(done, known.version)
        assert saved is not None
        self.turns.running.pop(turn.id, None)
        return saved

    async def talk(self, *questions: str, **where: Any) -> list[Turn]:
        """Questions one after the other, each answered with "re: QUESTION"."""
        turns = []
        for question in questions:
            await self.message(question, **where)
            turns.append(await self.answer(self.answers.started[-1], f"re: {question}"))
        return turns

    async def jobs(self, sender: Sender = ANN) -> list[Job]:
        async with self.store.read() as tx:
            return await tx.jobs.of_person((await self.person(sender)).id, 50)

    async def finish(self, job: Job, **changes: Any) -> Job:
        """As a worker would leave it."""
        async with self.store.begin() as tx:
            fresh = await tx.jobs.get(job.id)
            assert fresh is not None
            saved = await tx.jobs.save(replace(fresh, **changes), fresh.version)
        assert saved is not None
        return saved

    async def drain(self, job: Job) -> Job:
        """A picture, made and delivered: through every state on the way."""
        from core.values import JobState

        key, size = await self.media.put(b"png", 100)
        artifact = Artifact("image", media=key, mime="image/png", width=4, height=4, size=size)
        for state in (JobState.SENDING, JobState.READY):
            job = await self.finish(job, state=state, results=(artifact,) if state is JobState.READY else ())
        return await self.finish(job, state=JobState.DONE, result_ids=("r1",), told=True)

    def take_away(self, name: str, kind: Kind) -> None:
        """This model takes such files no more."""
        rows: dict[str, ModelSpec] = vars(self.catalog)["_rows"]
        rows[name] = replace(rows[name], inputs=rows[name].inputs - {kind})

    def button(self, said: Said, label: str) -> Button:
        return next(button for row in said.buttons for button in row if label in button.label)


def reply_to(said: Said, **more: Any) -> ReplyTo:
    return ReplyTo(said.message_id, own=True, text=said.text, **more)
