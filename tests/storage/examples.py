"""Values for the tests of the store."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.assistant import Proposal
from core.values import Cause, Job, JobState, Part, Person, Place, Sender, Turn, TurnState

PLACE = Place("telegram", "-100", "7")
CAUSE = Cause("p1", "image", "gpt-image-2")


def job(id_: str = "j1", **changes: Any) -> Job:
    plain = Job(
        id=id_,
        person_id="p1",
        account_id="person:p1",
        place=PLACE,
        origin_id="55",
        kind="video",
        model="kling-3.0",
        family="unified",
        prompt="a cat on the moon",
        state=JobState.QUEUED,
        quote=250_000,
        created_ms=1_000,
        deadline_ms=9_000_000,
        due_ms=1_000,
    )
    return replace(plain, **changes)


def turn(id_: str = "t1", **changes: Any) -> Turn:
    plain = Turn(
        id=id_,
        conversation_id="c1",
        lane="lane",
        parent_id="",
        person_id="p1",
        account_id="person:p1",
        place=PLACE,
        origin_id="55",
        model="gpt-5-mini",
        persona="",
        question=(Part("text", "why is the sky blue?"),),
        state=TurnState.RUNNING,
        created_ms=1_000,
        owner="me",
        lease_ms=1_800_000_060_000,
    )
    return replace(plain, **changes)


def person(id_: str = "p1", **changes: Any) -> Person:
    return replace(Person(id_, name=f"name of {id_}", created_ms=5), **changes)


def sender(id_: str = "1", name: str = "@Ada", platform: str = "telegram") -> Sender:
    return Sender(platform, id_, name, "en")


def proposal(id_: str = "o1", **changes: Any) -> Proposal:
    plain = Proposal(
        id=id_,
        turn_id="t1",
        person_id="p1",
        account_id="person:p1",
        place=PLACE,
        locale="zh",
        tool="film",
        arguments={"prompt": "a cat", "seconds": 5},
        price=250_000,
        created_ms=1_000,
        title="kling-3.0",
        origin_id="55",
    )
    return replace(plain, **changes)
