"""The press under "May I …?": what the assistant wants to do by itself, and its person says yes or no to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from weakref import WeakValueDictionary

from bots.commands.handlers import media
from bots.commands.request import Request
from core.assistant import Proposal, ProposalState
from core.errors import BotError, JobGone, NotYours, OverLimit
from core.orders import call_id
from core.tools.table import Outcome
from core.values import Job

_PRESSED: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""One press of a question after the other, so that each knows what the one before it has done."""


async def press(request: Request, ref: Sequence[str]) -> None:
    """`prop:ID:yes`, `prop:ID:no`."""
    proposal_id, answer = (*ref, "", "")[:2]
    async with _PRESSED.setdefault(proposal_id, asyncio.Lock()):
        await _press(request, proposal_id, answer)


async def _press(request: Request, proposal_id: str, answer: str) -> None:
    async with request.services.store.read() as tx:
        proposal = await tx.proposals.get(proposal_id)
    if proposal is not None and proposal.person_id != request.access.person.id:
        raise NotYours
    elsewhere = proposal is not None and proposal.place.chat_key != request.place.chat_key  # forged
    if proposal is None or elsewhere or proposal.state is ProposalState.DECLINED or answer not in {"yes", "no"}:
        await request.tell("button-gone", private=True)
    elif answer == "yes":
        await _confirm(request, proposal)
    else:
        await _decline(request, proposal)


async def _confirm(request: Request, proposal: Proposal) -> None:
    """What runs into a limit may be pressed again later; all else ends here, done or not."""
    try:
        outcome = await request.services.toolbox.confirm(request.access, proposal)
    except OverLimit:
        raise
    except JobGone:
        await _gone(request, proposal)
    except BotError as error:
        with suppress(JobGone):
            await request.services.toolbox.decline(request.access, proposal)
        await request.revise(f"{proposal.title}\n{request.explained(error)}".strip())
    else:
        await _done(request, proposal, outcome)


async def _done(request: Request, proposal: Proposal, outcome: Outcome) -> None:
    if outcome.failed:
        await request.revise(request.words("proposal-failed", title=proposal.title))
        return
    ref = outcome.deed.ref if outcome.deed else ""
    await _show_done(request, proposal, await _job(request, ref.removeprefix("job:")) if ref else None)


async def _show_done(request: Request, proposal: Proposal, job: Job | None) -> None:
    await request.revise(request.words("proposal-done", title=proposal.title))
    if job is not None and not job.ack_id:
        await media.acknowledge(request, job)


async def _gone(request: Request, proposal: Proposal) -> None:
    """Answered already, or impossible by now. A process may have died between the deed and its word."""
    async with request.services.store.read() as tx:
        now = await tx.proposals.get(proposal.id)
    state = now.state if now else ProposalState.DECLINED
    number = proposal.id.rpartition("-")[2]
    if state is ProposalState.OPEN:
        await request.revise(request.words("proposal-gone", title=proposal.title))
    elif number.isdecimal() and (job := await _job(request, call_id(proposal.turn_id, int(number)))):
        await _show_done(request, proposal, job)
    else:
        await request.tell("button-gone", private=True)


async def _job(request: Request, job_id: str) -> Job | None:
    async with request.services.store.read() as tx:
        return await tx.jobs.get(job_id)


async def _decline(request: Request, proposal: Proposal) -> None:
    try:
        await request.services.toolbox.decline(request.access, proposal)
    except JobGone:
        await request.tell("button-gone", private=True)
    else:
        await request.revise(request.words("proposal-left", title=proposal.title))
