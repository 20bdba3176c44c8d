"""One-time codes: the claim of the first owner, and invitations. Only their hashes are stored, wrong tries are counted."""

from __future__ import annotations

import hashlib
import secrets
from typing import Literal

from core.errors import Banned, TooFast
from core.ports import NewId, Tx
from core.values import Person, Role, Sender

HOUR_MS = 3_600_000
WRONG_PER_HOUR = 5
WRONG_PER_HOUR_ALL = 500
LENGTH = 20
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"

Became = Literal["owner", "member"]


class WrongCodes(TooFast):
    """Five of them in this hour."""


class AlreadyIn(Exception):
    """Rolls back the use of an invitation by somebody who needs none."""


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def hash_of(code: str) -> str:
    return hashlib.sha256(code.strip().lower().encode()).hexdigest()


async def use(tx: Tx, sender: Sender, code: str, new_id: NewId, now_ms: int) -> Became | None:
    """Each try is counted before the code is looked at, and given back when it was right, so that no number of tries
    at once passes the limit. Raises Banned, WrongCodes, AlreadyIn."""
    person = await tx.people.person_of(sender.platform, sender.id)
    if person is not None and person.banned:
        raise Banned(person.id)
    hour = str(now_ms // HOUR_MS)
    meters = (f"wrong:{sender.platform}:{sender.id}", WRONG_PER_HOUR), ("wrong", WRONG_PER_HOUR_ALL)
    for key, most in meters:
        if await tx.ledger.meter(key, hour, 1, most, now_ms) is None:
            raise WrongCodes("wrong codes", seconds=max(1, (HOUR_MS - now_ms % HOUR_MS) // 1000))
    role = await _spend(tx, person, hash_of(code), now_ms)
    if role is None:
        return None
    for key, _ in meters:
        await tx.ledger.meter(key, hour, -1, None, now_ms)
    if person is None:
        person = await tx.people.add_person(Person(new_id(), role, name=sender.name, created_ms=now_ms), sender)
    if person.role is not role:
        await tx.people.set_role(person.id, role)
    return "owner" if role is Role.OWNER else "member"


async def _spend(tx: Tx, person: Person | None, code_hash: str, now_ms: int) -> Role | None:
    if await tx.people.use_invite(code_hash, "claim", now_ms):
        await tx.people.drop_invites("claim")
        return Role.OWNER
    if not await tx.people.use_invite(code_hash, "invite", now_ms):
        return None
    if person is not None and person.role is not Role.STRANGER:
        raise AlreadyIn
    return Role.MEMBER
