"""What the assistant keeps of a person beside their conversations: likes and dislikes, facts, what waits for a press.

Frozen values; imports values only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Literal

from core.values import Json, Micros, Person, Place

CREDITS_ASKED = (0, 5, 20, 100, 500)
"""What /settings offers for `ask_above`."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What /settings can change. `ask_above`: in credits; what the assistant orders in one answer beyond that waits for a
    press (0 = everything that costs). `memories`: where the person's facts are shown to the model."""

    thoughts: bool = True
    cost: bool = False
    voice: bool = False
    tools: bool = True
    ask_above: int = 20
    memories: Literal["private", "everywhere", "nowhere"] = "private"

    def as_settings(self) -> dict[str, Json]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


def preferences(person: Person) -> Preferences:
    """Of a person's stored settings; what is missing or of the wrong type is as by default."""
    default = Preferences()
    found: dict[str, Json] = {}
    for each in fields(Preferences):
        value, usual = person.settings.get(each.name), getattr(default, each.name)
        if type(value) is type(usual):
            found[each.name] = value
    if found.get("memories") not in {"private", "everywhere", "nowhere"}:
        found.pop("memories", None)
    return Preferences(**found)


@dataclass(frozen=True, slots=True)
class Memory:
    """A fact about a person that they want to be remembered."""

    id: str
    person_id: str
    text: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The branch up to and including a turn, in few words. Empty text: the person wants all of that forgotten."""

    turn_id: str
    text: str
    created_ms: int


class ProposalState(StrEnum):
    OPEN = "open"
    DONE = "done"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A tool call that waits for its person's press. `arguments`: checked, as the tool takes them. `price`: what was shown;
    0 = it changes something. `message_id`: of the message with the button, "" = not shown yet."""

    id: str
    turn_id: str
    person_id: str
    account_id: str
    place: Place
    locale: str
    tool: str
    arguments: Mapping[str, Json]
    price: Micros
    created_ms: int
    state: ProposalState = ProposalState.OPEN
    message_id: str = ""
    title: str = ""
    origin_id: str = ""


@dataclass(frozen=True, slots=True)
class Reminder:
    """Lies among the notices until it is due."""

    id: str
    text: str
    due_ms: int
    place: Place = field(default_factory=lambda: Place("", ""))
