"""The use case of chat: which branch a message continues, what may join it, and the settings of a conversation.

What has been started is the business of turns.py.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import replace

from core import questions
from core.catalog import Catalog, ModelSpec
from core.errors import AnswerGone, BadOption, NoEffort, NothingToContinue, PromptTooLong, QueueFull
from core.lanes import LaneTaken
from core.limits import LIMITS, Limits
from core.plans import Rules
from core.ports import Clock, Contended, NewId, Store, Tx
from core.questions import CONTINUE, Question
from core.reading import Reading
from core.turns import Turns
from core.values import Access, Asked, Conversation, Ending, Incoming, Part, Place, Queued, Turn, TurnState

ATTEMPTS = 4
"""How often a message looks for its place when others are faster."""

GO_ON = "Go on exactly where your last answer broke off. Repeat nothing and say nothing about the break."
ABLE_NAMED = 8
BRANCH_TURNS = 1_000
CUT_SHORT = frozenset({Ending.LENGTH, Ending.CUT, Ending.STOPPED, Ending.INTERRUPTED})


class Chat:
    def __init__(
        self,
        store: Store,
        turns: Turns,
        reading: Reading,
        catalog: Catalog,
        rules: Rules,
        clock: Clock,
        new_id: NewId,
        limits: Limits = LIMITS,
    ) -> None:
        self._store = store
        self._turns = turns
        self._reading = reading
        self._lanes = turns.lanes
        self._catalog = catalog
        self._rules = rules
        self._clock = clock
        self._new_id = new_id
        self._limits = limits

    # --- asking --------------------

    async def ask(
        self,
        access: Access,
        incoming: Incoming,
        parts: Question,
        *,
        model: str = "",
        persona: str = "",
        search: bool = False,
    ) -> Asked:
        """A message becomes a turn: at once, joined to one that has shown nothing yet, or behind the running one. `search`:
        this question may search the web.

        Raises BadInput and OverLimit kinds; nothing is kept then."""
        questions.check(parts, self._limits)
        parts = await self._read(access, parts, model)
        chosen = bool(model or persona or search)
        for attempt in range(ATTEMPTS):
            with suppress(LaneTaken, Contended), ExitStack() as after:
                async with self._store.begin() as tx:
                    turn = await self._asked(tx, access, incoming, parts, model, persona, search)
                    asked = await self._place(tx, after, access, turn, chosen=chosen, last=attempt == ATTEMPTS - 1)
                    await self._note(tx, incoming)
                return self._turns.own(asked)
        raise QueueFull(limit=self._limits.queue_turns)

    async def _asked(
        self, tx: Tx, access: Access, incoming: Incoming, parts: Question, model: str, persona: str, search: bool
    ) -> Turn:
        """The question with its branch and its lane."""
        conversation = await self._conversation(tx, access)
        spec = self._lanes.choose(model, conversation.model)
        search = search or conversation.search
        if search:
            spec = self._lanes.searching(spec)
        self._check_persona(persona)
        self._lanes.check_sight(spec, parts)
        parent_id = await self._parent(tx, incoming, conversation)
        turn = self._turn(access, conversation, parts, parent_id, incoming.message_id, incoming.opening_id)
        turn = replace(turn, model=spec.name, persona=persona or conversation.persona, search=search)
        turn = replace(turn, effort=conversation.effort, system="" if persona else conversation.system)
        turn = self._with_care(access, turn)
        if parent_id == conversation.head:
            turn = replace(turn, lane=await self._lane(tx, access, conversation))
        return turn

    async def _read(self, access: Access, parts: Question, model: str) -> Question:
        """Documents as text, for a model that cannot read them. Raises BadFile and its like."""
        if all(part.kind in {"text", "image"} for part in parts):
            return parts
        async with self._store.read() as tx:
            known = await tx.conversations.find(self._scope(access))
        spec = self._lanes.choose(model, known.model if known else "")
        return await self._reading.ready(parts, spec)

    async def go_on(self, access: Access, incoming: Incoming) -> Asked:
        """Ask for the rest of an answer that was cut short: the one that is replied to, else the last. Raises
        NothingToContinue and OverLimit kinds."""
        async with self._store.begin() as tx:
            conversation = await self._conversation(tx, access)
            parent = await tx.conversations.turn(await self._parent(tx, incoming, conversation))
        if parent is None or parent.ending not in CUT_SHORT or not parent.answer.strip():
            raise NothingToContinue
        return await self.ask(access, incoming, (Part("text", text=GO_ON, role=CONTINUE),), model=parent.model)

    async def edited(self, access: Access, incoming: Incoming, parts: Question) -> Asked | None:
        """An edited question is answered again: in place while nobody has seen a word of its answer, else as a sibling. None
        when that message was no question of this person, has not changed, or still waits (with its new words)."""
        parts = await self._read(access, parts, "")
        for _ in range(ATTEMPTS):
            with suppress(LaneTaken, Contended), ExitStack() as after:
                async with self._store.begin() as tx:
                    found = await self._edited(tx, after, access, incoming, parts)
                if isinstance(found, Turn):
                    return await self._anew(access, found, incoming.event_id)
                return self._turns.own(found) if found else None
        return None

    async def _edited(
        self, tx: Tx, after: ExitStack, access: Access, incoming: Incoming, parts: Question
    ) -> Asked | Turn | None:
        """A turn: it is to be asked anew."""
        old = await tx.conversations.turn_of_question(access.place, incoming.message_id)
        if old is None or old.person_id != access.person.id or old.state is TurnState.DROPPED:
            return None
        question = questions.reworded(old.question, parts)
        if questions.same(question, old.question):
            return None
        questions.check(parts, self._limits)
        spec = self._lanes.choose("", old.model)
        self._lanes.check_sight(spec, parts)
        if old.state is TurnState.QUEUED:
            if not await tx.conversations.save_turn(replace(old, question=question), old.version):
                raise LaneTaken
            await self._note(tx, incoming)
            return None
        if asked := await self._turns.reword(tx, after, old, question):
            await self._note(tx, incoming)
            return asked
        return replace(old, question=question, model=spec.name, opening_id=incoming.opening_id)

    async def again(
        self, access: Access, turn_id: str, *, model: str = "", origin_id: str = "", event_id: str = ""
    ) -> Asked:
        """Ask the same question once more, of another model if named. Raises AnswerGone, FileLost, NoVision, UnknownModel and
        OverLimit kinds."""
        async with self._store.read() as tx:
            old = await tx.conversations.turn(turn_id)
        if old is None or old.person_id != access.person.id or not old.question:
            raise AnswerGone
        spec = self._lanes.choose(model, old.model)
        self._lanes.check_sight(spec, old.question)
        question = await self._reading.ready(old.question, spec)
        turn = replace(old, model=spec.name, question=question, origin_id=origin_id or old.origin_id, opening_id="")
        return await self._anew(access, turn, event_id)

    async def _anew(self, access: Access, old: Turn, event_id: str) -> Asked:
        """A sibling of a turn starts at once, in a lane of its own; the old one ends first, which frees its money."""
        await self._turns.halt(old)
        async with self._store.begin() as tx:
            conversation = await self._conversation(tx, access)
            turn = self._turn(access, conversation, old.question, old.parent_id, old.origin_id, old.opening_id)
            asked = await self._turns.start(tx, access, self._with_care(access, questions.like(turn, old)))
            if event_id:
                await tx.inbox.done(access.place.platform, event_id)
        return self._turns.own(asked)

    # --- where it belongs --------------------

    async def _conversation(self, tx: Tx, access: Access) -> Conversation:
        return await tx.conversations.conversation(self._scope(access), self._new_id())

    def _scope(self, access: Access) -> str:
        return access.place.key if self._is_shared(access) else f"{access.place.key}|{access.person.id}"

    def _is_shared(self, access: Access) -> bool:
        """Whether everybody in the place goes on with the same conversation."""
        return self._rules.group_memory == "place" and not access.place.private

    async def _parent(self, tx: Tx, incoming: Incoming, conversation: Conversation) -> str:
        """A reply to any answer of ours continues from that answer, whoever asked for it; all else continues the head."""
        if incoming.reply and incoming.reply.own:
            ref = await tx.conversations.linked(incoming.place, incoming.reply.message_id)
            if ref and ref.startswith("turn:"):
                return ref.removeprefix("turn:")
        return conversation.head

    async def _lane(self, tx: Tx, access: Access, conversation: Conversation) -> str:
        """Of a message that continues the head: behind the head while that is under way, if it is this person's own."""
        head = await tx.conversations.turn(conversation.head) if conversation.head else None
        if head and head.person_id == access.person.id and head.state in {TurnState.RUNNING, TurnState.ANSWERED}:
            return head.lane
        return f"{conversation.id}:{access.person.id}"

    def _turn(
        self,
        access: Access,
        conversation: Conversation,
        question: Question,
        parent_id: str,
        origin_id: str,
        opening_id: str,
    ) -> Turn:
        """Not in the store yet, in a lane of its own."""
        turn_id = self._new_id()
        return Turn(
            id=turn_id,
            conversation_id=conversation.id,
            lane=f"turn:{turn_id}",
            parent_id=parent_id,
            person_id=access.person.id,
            account_id=access.account_id,
            place=access.place,
            origin_id=origin_id,
            model="",
            persona="",
            question=question,
            state=TurnState.QUEUED,
            created_ms=self._clock.now_ms(),
            locale=access.locale,
            opening_id=opening_id,
        )

    def _with_care(self, access: Access, turn: Turn) -> Turn:
        """Own words for the model are a stranger's where everybody may write them."""
        return replace(turn, tainted=True) if turn.system and self._is_shared(access) else turn

    async def _note(self, tx: Tx, incoming: Incoming) -> None:
        if incoming.event_id:
            await tx.inbox.done(incoming.place.platform, incoming.event_id)

    # --- queueing, joining --------------------

    async def _place(self, tx: Tx, after: ExitStack, access: Access, turn: Turn, *, chosen: bool, last: bool) -> Asked:
        """`chosen`: its model or persona was named in the message. Raises LaneTaken, if this is not the `last` look, for a
        running turn that is too new to be joined."""
        busy = await tx.conversations.lane(turn.lane)
        if not busy:
            return await self._turns.start(tx, access, turn)
        running = busy[0]
        same = not chosen or questions.asked_of(turn) == questions.asked_of(running)
        if same and len(busy) == 1 and not turn.opening_id:
            if self._turns.is_new(running) and not last:
                raise LaneTaken
            if joined := await self._join(tx, after, turn, running):
                return joined
        return await self._queue(tx, turn)

    async def _join(self, tx: Tx, after: ExitStack, turn: Turn, running: Turn) -> Asked | None:
        """Words that come before the running answer has shown any join its question, and it begins again; None when they
        have to wait."""
        question = questions.joined(running.question, turn.question)
        if questions.length_of(question) > self._limits.joined_chars:
            return None
        self._lanes.check_sight(self._lanes.spec_of(running), turn.question)
        return await self._turns.reword(tx, after, running, question)

    async def _queue(self, tx: Tx, turn: Turn) -> Queued:
        """The lane is looked at again: the first look locked it, and may have waited for another one to come in."""
        busy = await tx.conversations.lane(turn.lane)
        waiting = sum(other.state is TurnState.QUEUED for other in busy)
        if waiting >= self._limits.queue_turns:
            raise QueueFull(limit=self._limits.queue_turns)
        await tx.conversations.add_turn(turn)
        return Queued(turn, waiting + 1)

    # --- stopping --------------------

    async def stop(self, access: Access, *, turn_id: str = "") -> int:
        """Stop this person's running answers in this place (or one answer of theirs) and drop what waits; returns
        how many."""
        place = None if turn_id else access.place
        return await self._turns.stop(place=place, turn_id=turn_id, person_id=access.person.id)

    async def stop_place(self, place: Place) -> int:
        """The Stop button of a private chat, which names no person."""
        return await self._turns.stop(place=place)

    # --- the conversation --------------------

    async def conversation(self, access: Access) -> Conversation:
        async with self._store.begin() as tx:
            return await self._conversation(tx, access)

    async def new(self, access: Access) -> None:
        """Forget the thread: the next message begins a tree of its own. Model and persona stay."""
        async with self._store.begin() as tx:
            conversation = await self._conversation(tx, access)
            await tx.conversations.set_head(conversation.id, "")

    async def choose_model(self, access: Access, name: str) -> ModelSpec:
        """Raises UnknownModel."""
        spec = self._catalog.get(name, "chat")
        async with self._store.begin() as tx:
            conversation = await self._conversation(tx, access)
            await tx.conversations.set_model(conversation.id, spec.name)
        return spec

    async def choose_effort(self, access: Access, effort: str) -> ModelSpec:
        """ "" leaves it to the model. Raises NoEffort when the conversation's model knows no such effort."""
        async with self._store.begin() as tx:
            conversation = await self._conversation(tx, access)
            spec = self._lanes.choose("", conversation.model)
            if effort and effort not in spec.efforts:
                able = [row.name for row in self._catalog.visible("chat") if effort in row.efforts]
                allowed, models = ", ".join(spec.efforts), ", ".join(able[:ABLE_NAMED])
                raise NoEffort(model=spec.name, value=effort, allowed=allowed or "none", models=models or "none")
            await tx.conversations.set_effort(conversation.id, effort)
        return spec

    async def switch_search(self, access: Access, on: bool) -> ModelSpec:
        """Whether every question of the conversation may search the web; returns the model that will answer. Raises
        NoSearch."""
        async with self._store.begin() as tx:
            conversation = await self._conversation(tx, access)
            spec = self._lanes.choose("", conversation.model)
            if on:
                spec = self._lanes.searching(spec)
            await tx.conversations.set_search(conversation.id, on)
        return spec

    async def set_system(self, access: Access, text: str) -> None:
        """The person's own words in place of a persona's; "" takes them back. Raises PromptTooLong."""
        if len(text) > self._limits.system_chars:
            raise PromptTooLong(limit=self._limits.system_chars, length=len(text))
        async with self._store.begin() as tx:
            conversation = await self._conversation(tx, access)
            await tx.conversations.set_system(conversation.id, text.strip())

    async def choose_persona(self, access: Access, name: str) -> None:
        """ "" goes back to none; own words go with it. Raises BadOption."""
        self._check_persona(name)
        async with self._store.begin() as tx:
            conversation = await self._conversation(tx, access)
            await tx.conversations.set_persona(conversation.id, name)
            await tx.conversations.set_system(conversation.id, "")

    def _check_persona(self, name: str) -> None:
        if name and name not in self._rules.personas:
            raise BadOption(name="persona", value=name, allowed=", ".join(self._rules.personas))

    async def branch(self, access: Access, limit: int = BRANCH_TURNS) -> list[Turn]:
        """The conversation as it stands, oldest first: the head and what came before it."""
        async with self._store.begin() as tx:
            conversation = await self._conversation(tx, access)
            return await tx.conversations.history(conversation.head, limit) if conversation.head else []

    async def last_turn(self, access: Access) -> Turn | None:
        """The head of the conversation, for /retry."""
        async with self._store.begin() as tx:
            conversation = await self._conversation(tx, access)
            return await tx.conversations.turn(conversation.head) if conversation.head else None
