"""What the tools of an answer began, shown below it: orders on their way, and what waits for the person's press."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from bots.fit_told import fit_told
from bots.format import inert, shortened
from bots.outlet import Button, Buttons, MessageGone, Rejected, Rendered, TooLarge
from bots.post import Post
from bots.progress import cancel_button
from bots.sentences import Sentences
from core.assistant import Proposal, ProposalState
from core.ports import Store, Tx
from core.typical import Takes, spoken_s, takes_s, unknown
from core.values import OPEN_STATES, Job, JobState, Micros, Turn

log = logging.getLogger(__name__)

TITLE_CHARS = 600
_ON_THEIR_WAY = OPEN_STATES - {JobState.READY}  # a result that comes this moment needs no word before it


class Accepted(Protocol):
    """What is asked of `core.orders.Orders`."""

    async def acknowledged(self, job_id: str, message_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Cards:
    """What nobody has been shown yet. `ping`: the platform's id of who asked."""

    jobs: tuple[Job, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    ping: str = ""

    def __bool__(self) -> bool:
        return bool(self.jobs or self.proposals)


class Dealer:
    """Each card is written down when it is on the screen, so that another process shows the ones that are missing."""

    def __init__(
        self,
        post: Post,
        texts: Sentences,
        money: Callable[[Micros, str], str],
        store: Store,
        orders: Accepted,
        takes: Takes = unknown,
    ) -> None:
        self._post = post
        self._texts = texts
        self._money = money
        self._store = store
        self._orders = orders
        self._takes = takes

    async def of(self, turn: Turn) -> Cards:
        async with self._store.read() as tx:
            jobs = tuple(job for job in await tx.jobs.of_turn(turn.id) if _is_open(job) and not job.ack_id)
            proposals = tuple(each for each in await tx.proposals.of_turn(turn.id) if _waits(each))
            ping = await _ping(tx, turn) if jobs or proposals else ""
        return Cards(jobs, proposals, ping)

    async def show(self, turn: Turn, cards: Cards) -> None:
        """Raises OutletError when the platform stays away or the chat is gone."""
        for job in cards.jobs:
            await self._accept(turn, job, cards.ping)
        for proposal in cards.proposals:
            await self._ask(turn, proposal, cards.ping)

    # --- an order --------------------

    async def _accept(self, turn: Turn, job: Job, ping: str) -> None:
        """The same word as below an order by command, with the button that calls it off."""
        model = inert(job.model, self._post.surface(turn.place))
        price = self._money(job.quote, job.locale)
        about = spoken_s(await takes_s(self._takes, job))
        sentence = self._texts(job.locale, "job-accepted", kind=str(job.kind), model=model, price=price, about=about)
        if changes := fit_told(partial(self._texts, job.locale), job.inputs):
            sentence = f"{sentence}\n{changes}"
        buttons = cancel_button(self._texts, job)
        message_id = await self._send(turn, sentence, buttons, f"{job.id[:18]}:a", ping)
        if message_id:
            await self._orders.acknowledged(job.id, message_id)
            await self._unless_over(job, message_id)

    async def _unless_over(self, job: Job, message_id: str) -> None:
        """It may have ended before anybody knew of the message that tells how it goes."""
        async with self._store.read() as tx:
            now = await tx.jobs.get(job.id)
        if now is None or now.state in OPEN_STATES:
            return
        done = now.state is JobState.DONE
        sentence = Rendered(self._texts(job.locale, "deliver-done" if done else "deliver-failed", kind=str(job.kind)))
        try:
            await self._post.must(job.place, lambda out, there: out.edit(there, message_id, sentence))
        except (MessageGone, Rejected, TooLarge) as error:
            log.info("a card stays as it was: %s", error)

    # --- a question --------------------

    async def _ask(self, turn: Turn, proposal: Proposal, ping: str) -> None:
        """The title is data: what a model wants, perhaps because a stranger told it to."""
        locale = proposal.locale
        title = inert(shortened(proposal.title or proposal.tool, TITLE_CHARS), self._post.surface(turn.place))
        lines = [self._texts(locale, "proposal-ask", tool=proposal.tool), title]
        if proposal.price:
            lines.append(self._texts(locale, "proposal-price", price=proposal.price))
        buttons = (
            Button(self._texts(locale, "button-yes"), f"prop:{proposal.id}:yes", style="success"),
            Button(self._texts(locale, "button-no"), f"prop:{proposal.id}:no"),
        )
        message_id = await self._send(turn, "\n".join(lines), (buttons,), f"{proposal.id[:22]}:p", ping)
        if message_id:
            async with self._store.begin() as tx:
                await tx.proposals.shown(proposal.id, message_id)

    # --- both --------------------

    async def _send(self, turn: Turn, sentence: str, buttons: Buttons, nonce: str, ping: str) -> str:
        """A message that answers the question, so that it notifies who asked and nobody else; "" when it is refused."""
        rendered = Rendered(sentence)

        async def sent(reply_to: str) -> str:
            return await self._post.must(
                turn.place,
                lambda out, there: out.send(
                    there, rendered, reply_to=reply_to, buttons=buttons, nonce=nonce, ping=ping
                ),
            )

        try:
            try:
                return await sent(turn.origin_id)
            except MessageGone:
                return await sent("")
        except (Rejected, TooLarge, MessageGone) as error:
            log.error("a card was refused: %s", error, extra={"turn": turn.id})
            return ""


def _is_open(job: Job) -> bool:
    return job.state in _ON_THEIR_WAY and not job.muted


def _waits(proposal: Proposal) -> bool:
    return proposal.state is ProposalState.OPEN and not proposal.message_id


async def _ping(tx: Tx, turn: Turn) -> str:
    senders = await tx.people.identities(turn.person_id)
    return next((sender.id for sender in senders if sender.platform == turn.place.platform), "")
