"""A core that talks: a real store, the real purse and gateway client, and the sandbox gateway behind a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image

from bots.net import gateway_transports
from bots.sandbox.behaviour import Behaviour
from bots.sandbox.faults import Fault, Hang, Speech
from bots.sandbox.record import Seen
from bots.sandbox.server import Sandbox, serve
from core.accounts import group_account, person_account
from core.assembly import Assistant, build_assistant
from core.catalog import Catalog, load_catalog
from core.chat import Chat
from core.gateway.client import Gateway, open_gateway
from core.ledger import Purse
from core.limits import LIMITS, Limits
from core.orders import Orders
from core.plans import Persona, Plan, Rules
from core.ports import Media
from core.renditions import FileRenditions
from core.turns import Turns
from core.values import (
    HOUSE,
    Access,
    Asked,
    Cause,
    Draft,
    Ending,
    Incoming,
    Part,
    Person,
    Place,
    ReplyTo,
    Role,
    Sender,
    SentPart,
    Started,
    Turn,
    TurnState,
)
from storage.engine import OpenStore
from storage.media import open_media
from tests.clocks import FakeClock
from tests.stores import open_test_store

CHAT_ROUTE = "POST /v1/chat/completions"
DM = Place("telegram", "100", private=True)
GROUP = Place("telegram", "-500", "7")
MODEL = "plain"
PLATFORMS = ["telegram"]

CONFIG = {
    "default_model": {"chat": MODEL},
    "models": {
        # a token of input is a micro, a token of output are ten
        MODEL: {
            "kind": "chat",
            "family": "openai_chat",
            "upstream": "gpt-4o",
            "max_output": 1_000,
            "price": {"input_per_million": 1.0, "output_per_million": 10.0},
        },
        "blind": {
            "kind": "chat",
            "family": "openai_chat",
            "upstream": "gpt-5",
            "inputs": ["text"],
            "price": {"input_per_million": 1.0, "output_per_million": 10.0},
        },
    },
}
RULES = Rules(
    plans={"default": Plan(daily=10_000_000, turns_per_minute=1_000)},
    personas={"tutor": Persona("tutor", "You explain patiently.")},
)

T = TypeVar("T")


def words(*texts: str) -> tuple[Part, ...]:
    return tuple(Part("text", text=text) for text in texts)


def past(question: str, answer: str, ending: Ending = Ending.COMPLETE) -> Turn:
    return Turn(
        id=question,
        conversation_id="c",
        lane="l",
        parent_id="",
        person_id="p",
        account_id="person:p",
        place=DM,
        origin_id="1",
        model=MODEL,
        persona="",
        question=words(question),
        state=TurnState.DONE,
        created_ms=0,
        answer=answer,
        ending=ending,
    )


async def until(condition: Callable[[], bool]) -> None:
    """Let everybody run until it is so."""
    for _ in range(200_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to be")


@dataclass
class Talk:
    store: OpenStore
    clock: FakeClock
    sandbox: Sandbox
    gateway: Gateway
    catalog: Catalog
    rules: Rules
    purse: Purse
    media: Media
    new_id: Callable[[], str]
    limits: Limits = LIMITS
    owner: str = "process-1"
    orders: Orders = field(init=False)
    assistant: Assistant = field(init=False)
    turns: Turns = field(init=False)
    chat: Chat = field(init=False)
    _messages: Any = field(default_factory=lambda: count(1))
    _tasks: list[asyncio.Task[Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        renditions = FileRenditions(self.media)
        orders = Orders(
            self.store, self.catalog, self.purse, self.media, renditions, self.clock, self.new_id, self.limits
        )
        self.orders = orders
        self.assistant = build_assistant(
            self.store,
            self.gateway,
            self.catalog,
            self.rules,
            self.purse,
            orders,
            self.media,
            renditions,
            self.clock,
            self.new_id,
            self.owner,
            self.limits,
        )
        self.turns, self.chat = self.assistant.turns, self.assistant.chat

    def another(self, owner: str = "process-2") -> Talk:
        """Another process on the same store."""
        return replace(self, owner=owner, _tasks=[])

    # --- who talks --------------------

    async def member(
        self, name: str = "ann", place: Place = DM, *, account_id: str = "", role: Role = Role.MEMBER
    ) -> Access:
        sender = Sender("telegram", name, name, "en")
        async with self.store.begin() as tx:
            person = await tx.people.add_person(Person(f"person-{name}", role, name=name), sender)
        account_id = account_id or (HOUSE if role is Role.OWNER else person_account(person.id))
        return Access(person, sender, place, account_id, "en")

    async def of_group(self, name: str, place: Place = GROUP) -> Access:
        """Somebody who is served from the chat's purse."""
        return await self.member(name, place, account_id=group_account(place))

    async def credit(self, account_id: str, micros: int) -> None:
        async with self.store.begin() as tx:
            cause = Cause("", "grant")
            assert await tx.ledger.credit(f"grant:{self.new_id()}", account_id, micros, cause, self.clock.now_ms())

    # --- what they say --------------------

    def incoming(self, access: Access, *, reply_to: str = "", message_id: str = "", **more: Any) -> Incoming:
        reply = ReplyTo(reply_to, own=True) if reply_to else None
        return Incoming(access.place, access.sender, message_id or f"m{next(self._messages)}", reply=reply, **more)

    async def ask(self, access: Access, text: str, *, reply_to: str = "", model: str = "", **more: Any) -> Asked:
        return await self.chat.ask(access, self.incoming(access, reply_to=reply_to, **more), words(text), model=model)

    async def started(self, access: Access, text: str, **more: Any) -> Turn:
        asked = await self.ask(access, text, **more)
        assert isinstance(asked, Started), asked
        return asked.turn

    async def picture(self) -> Part:
        file = BytesIO()
        Image.new("RGB", (4, 3), "red").save(file, "PNG")
        key, size = await self.media.put(file.getvalue(), 1 << 20)
        return Part("image", media=key, mime="image/png", name="fox.png", size=size)

    # --- as answers.py does it --------------------

    async def run(self, turn: Turn) -> list[Draft]:
        return [draft async for draft in self.turns.run(turn)]

    async def answer(self, turn: Turn) -> Turn:
        """Run a turn to its end and deliver it, as message "a:ID"."""
        await self.run(turn)
        ended = await self.turns.outcome(turn.id)
        assert ended is not None
        await self.deliver(ended)
        return ended

    async def deliver(self, turn: Turn) -> None:
        end = len(turn.answer)
        await self.turns.done(turn.id, SentPart(1, f"a:{turn.id}", 0, end, final=True))

    async def talk(self, access: Access, text: str, **more: Any) -> Turn:
        return await self.answer(await self.started(access, text, **more))

    def later(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """In a task that the end of the test cancels."""
        task = asyncio.create_task(work)
        self._tasks.append(task)
        return task

    async def shut(self) -> None:
        for running in self.turns.running.values():
            running.end(Ending.INTERRUPTED)
            await running.settled()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- the gateway --------------------

    def script(self, *faults: Fault | None) -> None:
        self.sandbox.behaviour.script(CHAT_ROUTE, *faults)

    def say(self, *pieces: str, **more: Any) -> None:
        """What the next answer is."""
        self.script(Speech(pieces=pieces, **more))

    def asked(self) -> list[Seen]:
        return self.sandbox.requests.to(CHAT_ROUTE)

    def told(self, number: int = -1) -> list[str]:
        """The words of a request, without the system's."""
        messages: Any = self.asked()[number].json["messages"]
        return [str(message["content"]) for message in messages if message["role"] != "system"]

    async def until_said(self, turn: Turn, text: str) -> None:
        await until(lambda: self.turns.running[turn.id].text == text)

    # --- what is left --------------------

    async def row(self, turn: Turn | str) -> Turn:
        async with self.store.read() as tx:
            found = await tx.conversations.turn(turn if isinstance(turn, str) else turn.id)
        assert found is not None
        return found

    async def balance(self, account_id: str) -> int:
        async with self.store.read() as tx:
            return (await tx.ledger.account(account_id)).balance

    async def sums(self, *account_ids: str) -> list[str]:
        """Checks that every account is the sum of its entries; returns the holds that are open."""
        async with self.store.read() as tx:
            for account_id in (*account_ids, HOUSE):
                assert await tx.ledger.entries_sum(account_id) == (await tx.ledger.account(account_id)).balance
            return await tx.ledger.open_holds()


def counted() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"id{next(numbers):014}"


@asynccontextmanager
async def talking(engine: str, tmp_path: Path, rules: Rules = RULES, limits: Limits = LIMITS) -> AsyncIterator[Talk]:
    clock = FakeClock()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_test_store(engine, tmp_path, clock))
        sandbox = await stack.enter_async_context(serve(behaviour=Behaviour.instant()))
        media = open_media(str(tmp_path / "media"))
        gateway = await stack.enter_async_context(
            open_gateway(
                sandbox.base_url,
                "sk-good",
                media=media,
                transports=gateway_transports(""),
                clock=clock,
                limits=limits,
            )
        )
        purse = Purse(store, rules, clock)
        talk = Talk(
            store, clock, sandbox, gateway, load_catalog(CONFIG), rules, purse, media, counted(), limits
        )  # fmt: skip
        stack.push_async_callback(talk.shut)
        yield talk


# --- turns in the middle of their lives --------------------

SILENT = Speech(silent_after=0)


async def thinking(talk: Talk, access: Access, text: str = "Q1") -> tuple[Turn, asyncio.Task[list[Draft]]]:
    """A turn whose model has not said a word yet."""
    hang = Hang()
    talk.script(hang)
    turn = await talk.started(access, text, message_id="m-first")
    task = talk.later(talk.run(turn))
    await hang.arrived.wait()
    return turn, task


async def speaking(
    talk: Talk, access: Access, text: str = "Q1", *, said: str = "so", **more: str
) -> tuple[Turn, asyncio.Task[list[Draft]]]:
    """A turn that has shown a word and goes on."""
    talk.say(said, silent_after=1)
    turn = await talk.started(access, text, message_id="m-first", **more)
    task = talk.later(talk.run(turn))
    await talk.until_said(turn, said)
    talk.turns.shown(turn.id)
    return turn, task


async def finish(talk: Talk, turn: Turn) -> Turn:
    """End a turn that would go on, and deliver it."""
    await talk.turns.stop(turn_id=turn.id)
    ended = await talk.turns.outcome(turn.id)
    assert ended is not None
    await talk.deliver(ended)
    return ended


async def drained(talk: Talk, turn: Turn) -> list[tuple[str, str, str]]:
    """Let everything run that waits: text, model, opening of each."""
    await finish(talk, turn)
    found = []
    while following := await talk.turns.next_in_lane(turn.lane):
        found.append((" ".join(part.text for part in following.question), following.model, following.opening_id))
        await talk.answer(following)
    return found


class Failing:
    """A store whose next transactions fail."""

    def __init__(self, talk: Talk, times: int) -> None:
        self.store, self.times = talk.store, times

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)

    def begin(self) -> object:
        if self.times:
            self.times -= 1
            raise ConnectionError("the database is away")
        return self.store.begin()
