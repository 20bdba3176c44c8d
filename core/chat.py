"""The use case of chat: which branch a message continues, what may join it, and the settings of a conversation.

What has been started is the business of turns.py.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import replace

from core import questions
from core.catalog import Catalog, ModelSpec
from core.errors import AnswerGone, BadOption, QueueFull
from core.lanes import LaneTaken
from core.limits import LIMITS, Limits
from core.plans import Rules
from core.ports import Clock, NewId, Store, Tx
from core.questions import Question
from core.turns import Turns
from core.values import Access, Asked, Conversation, Incoming, Place, Queued, Turn, TurnState

ATTEMPTS = 4
"""How often a message looks for its place when others are faster."""


class Chat:
    def __init__(
        self,
        store: Store,
        turns: Turns,
        catalog: Catalog,
        rules: Rules,
        clock: Clock,
        new_id: NewId,
        limits: Limits = LIMITS,
    ) -> None:
        self._store = store
        self._turns = turns
        self._lanes = turns.lanes
        self._catalog = catalog
        self._rules = rules
        self._clock = clock
        self._new_id = new_id
        self._limits = limits

    # --- asking --------------------

    async def ask(
        self, access: Access, incoming: Incoming, parts: Question, *, model: str = "", persona: str = ""
    ) -> Asked:
        """A message becomes a turn: at once, joined to one that has shown nothing yet, or behind the running one.

        Raises BadInput and OverLimit kinds; nothing is kept then."""
        questions.check(parts, self._limits)
        chosen = bool(model or persona)
        for attempt in range(ATTEMPTS):
            with suppress(LaneTaken), ExitStack() as after:
                async with self._store.begin() as tx:
                    turn = await self._asked(tx, access, incoming, parts, model, persona)
                    asked = await self._place(tx, after, access, turn, chosen=chosen, last=attempt == ATTEMPTS - 1)
                    await self._note(tx, incoming)
                return self._turns.own(asked)
        raise QueueFull(limit=self._limits.queue_turns)

    async def _asked(
        self, tx: Tx, access: Access, incoming: Incoming, parts: Question, model: str, persona: str
    ) -> Turn:
        """The question with its branch and its lane."""
        conversation = await self._conversation(tx, access)
        spec = self._lanes.choose(model, conversation.model)
        self._check_persona(persona)
        self._lanes.check_sight(spec, parts)
        parent_id = await self._parent(tx, incoming, conversation)
        turn = self._turn(access, conversation, parts, parent_id, incoming.message_id, incoming.opening_id)
        turn = replace(turn, model=spec.name, persona=persona or conversation.persona)
        if parent_id == conversation.head:
            turn = replace(turn, lane=await self._lane(tx, access, conversation))
        return turn

    async def edited(self, access: Access, incoming: Incoming, parts: Question) -> Asked | None:
        """An edited question is answered again: in place while nobody has seen a word of its answer, else as a sibling. None
        when that message was no question of this person, has not changed, or still waits (with its new words)."""
        for _ in range(ATTEMPTS):
            with suppress(LaneTaken), ExitStack() as after:
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
        if question == old.question:
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
        """Ask the same question once more, of another model if named. Raises AnswerGone, NoVision, UnknownModel and OverLimit
        kinds."""
        async with self._store.read() as tx:
            old = await tx.conversations.turn(turn_id)
        if old is None or old.person_id != access.person.id or not old.question:
            raise AnswerGone
        spec = self._lanes.choose(model, old.model)
        self._lanes.check_sight(spec, old.question)
        turn = replace(old, model=spec.name, origin_id=origin_id or old.origin_id, opening_id="")
        return await self._anew(access, turn, event_id)

    async def _anew(self, access: Access, old: Turn, event_id: str) -> Asked:
        """A sibling of a turn starts at once, in a lane of its own; the old one ends first, which frees its money."""
        await self._turns.halt(old)
        async with self._store.begin() as tx:
            conversation = await self._conversation(tx, access)
            turn = self._turn(access, conversation, old.question, old.parent_id, old.origin_id, old.opening_id)
            asked = await self._turns.start(tx, access, replace(turn, model=old.model, persona=old.persona))
            if event_id:
                await tx.inbox.done(access.place.platform, event_id)
        return self._turns.own(asked)

    # --- where it belongs --------------------

    async def _conversation(self, tx: Tx, access: Access) -> Conversation:
        return await tx.conversations.conversation(self._scope(access), self._new_id())

    def _scope(self, access: Access) -> str:
        if self._rules.group_memory == "place" and not access.place.private:
            return access.place.key
        return f"{access.place.key}|{access.person.id}"

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
        same = not chosen or (turn.model, turn.persona) == (running.model, running.persona)
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

    async def choose_persona(self, access: Access, name: str) -> None:
        """ "" goes back to none. Raises BadOption."""
        self._check_persona(name)
        async with self._store.begin() as tx:
            conversation = await self._conversation(tx, access)
            await tx.conversations.set_persona(conversation.id, name)

    def _check_persona(self, name: str) -> None:
        if name and name not in self._rules.personas:
            raise BadOption(name="persona", value=name, allowed=", ".join(self._rules.personas))

    async def last_turn(self, access: Access) -> Turn | None:
        """The head of the conversation, for /retry."""
        async with self._store.begin() as tx:
            conversation = await self._conversation(tx, access)
            return await tx.conversations.turn(conversation.head) if conversation.head else None
