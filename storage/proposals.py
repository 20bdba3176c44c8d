"""Tool calls that wait for a press (core.ports.Proposals)."""

from __future__ import annotations

from core.assistant import Proposal, ProposalState
from storage.codec import PLACE_COLUMNS, dump, load, place_values, take_place
from storage.session import Row, Session, Value

PROPOSAL_COLUMNS = (
    "id",
    "turn_id",
    "person_id",
    "account_id",
    *PLACE_COLUMNS,
    "locale",
    "tool",
    "arguments",
    "price",
    "created_ms",
    "state",
    "message_id",
    "title",
    "origin_id",
)
PROPOSAL = ", ".join(PROPOSAL_COLUMNS)

ADD = f"""INSERT INTO proposals ({PROPOSAL}) VALUES ({", ".join(f":{column}" for column in PROPOSAL_COLUMNS)})
    ON CONFLICT (id) DO NOTHING RETURNING id"""


class ProposalTable:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, proposal: Proposal) -> bool:
        """False also when the person had everything deleted while the turn ran: no words of it are written any more."""
        turn = await self._session.row(
            "SELECT forgotten FROM turns WHERE id = :turn {for_update}", turn=proposal.turn_id
        )
        if turn and turn[0]:
            return False
        return await self._session.changed(ADD, **proposal_values(proposal))

    async def get(self, proposal_id: str) -> Proposal | None:
        row = await self._session.row(f"SELECT {PROPOSAL} FROM proposals WHERE id = :id", id=proposal_id)
        return read_proposal(row) if row else None

    async def of_turn(self, turn_id: str) -> list[Proposal]:
        rows = await self._session.rows(
            f"SELECT {PROPOSAL} FROM proposals WHERE turn_id = :turn ORDER BY number", turn=turn_id
        )
        return [read_proposal(row) for row in rows]

    async def end(self, proposal_id: str, state: ProposalState) -> bool:
        return await self._session.changed(
            "UPDATE proposals SET state = :state WHERE id = :id AND state = 'open' RETURNING id",
            id=proposal_id,
            state=state.value,
        )

    async def shown(self, proposal_id: str, message_id: str) -> None:
        await self._session.rows(
            "UPDATE proposals SET message_id = :message WHERE id = :id", id=proposal_id, message=message_id
        )

    async def sweep(self, before_ms: int) -> int:
        return len(
            await self._session.rows("DELETE FROM proposals WHERE created_ms < :before RETURNING id", before=before_ms)
        )


def proposal_values(proposal: Proposal) -> dict[str, Value]:
    return {
        "id": proposal.id,
        "turn_id": proposal.turn_id,
        "person_id": proposal.person_id,
        "account_id": proposal.account_id,
        **place_values(proposal.place),
        "locale": proposal.locale,
        "tool": proposal.tool,
        "arguments": dump(dict(proposal.arguments)),
        "price": proposal.price,
        "created_ms": proposal.created_ms,
        "state": proposal.state.value,
        "message_id": proposal.message_id,
        "title": proposal.title,
        "origin_id": proposal.origin_id,
    }


def read_proposal(row: Row) -> Proposal:
    values = dict(zip(PROPOSAL_COLUMNS, row, strict=True))
    return Proposal(
        place=take_place(values),
        arguments=load(values.pop("arguments")),
        state=ProposalState(values.pop("state")),
        **values,
    )
