"""Whose money: the names of accounts, and the allowance of a day as an account remembers it. Pure.

A person, a chat and the house have accounts. An account's `day` is a stamp: the day, how often the allowance changed in it,
and the allowance given. So a new allowance (another plan, the operator's word) counts at once, with what was spent already.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.values import Account, Micros, Place


def person_account(person_id: str) -> str:
    return f"person:{person_id}"


def group_account(place: Place) -> str:
    return f"place:{place.chat_key}"


def is_group_account(account_id: str) -> bool:
    return account_id.startswith("place:")


@dataclass(frozen=True, slots=True)
class Stamp:
    day: str = ""
    step: int = 0
    allowance: Micros = 0

    def __str__(self) -> str:
        return f"{self.day}.{self.step:03}:{self.allowance}"

    @classmethod
    def of(cls, account: Account) -> Stamp:
        day, _, rest = account.day.partition(".")
        step, _, allowance = rest.partition(":")
        return cls(day, int(step or 0), int(allowance or 0))


def top_up(account: Account, day: str, allowance: Micros) -> tuple[str, Micros] | None:
    """The stamp and the daily credits that the account should have; None when it has them. A clock that went back
    to yesterday gives nothing."""
    stamp = Stamp.of(account)
    if day < stamp.day or (day == stamp.day and allowance == stamp.allowance):
        return None
    if day > stamp.day:
        return str(Stamp(day, 0, allowance)), allowance
    left = max(0, account.daily + allowance - stamp.allowance)
    return str(Stamp(day, stamp.step + 1, allowance)), left
