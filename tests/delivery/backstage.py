"""What stands behind the cards and pictures of an answer, in memory: the ports of a store that they use, and a folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from bots.beside import Behind, Speaker
from core.assistant import Proposal
from core.ports import Media, Renditions, Store
from core.values import Artifact, Job, JobState, Person, Sender, Turn

WANTED: dict[str, Any] = {"thoughts": False, "cost": False, "voice": False}


@dataclass(slots=True)
class People:
    settings: dict[str, Any]

    async def person(self, person_id: str) -> Person | None:
        return Person(person_id, settings=self.settings)

    async def identities(self, person_id: str) -> list[Sender]:
        return [Sender("telegram", "7"), Sender("discord", "900")]


@dataclass(slots=True)
class Jobs:
    rows: dict[str, Job] = field(default_factory=dict)

    async def of_turn(self, turn_id: str) -> list[Job]:
        return [job for job in self.rows.values() if job.turn_id == turn_id]

    async def get(self, job_id: str) -> Job | None:
        return self.rows.get(job_id)


@dataclass(slots=True)
class Proposals:
    rows: dict[str, Proposal] = field(default_factory=dict)

    async def of_turn(self, turn_id: str) -> list[Proposal]:
        return [each for each in self.rows.values() if each.turn_id == turn_id]

    async def shown(self, proposal_id: str, message_id: str) -> None:
        self.rows[proposal_id] = replace(self.rows[proposal_id], message_id=message_id)


@dataclass(slots=True)
class FileIds:
    known: dict[str, str] = field(default_factory=dict)

    async def file_id(self, platform: str, key: str) -> str | None:
        return self.known.get(key)

    async def set_file_id(self, platform: str, key: str, file_id: str) -> None:
        self.known[key] = file_id


@dataclass(slots=True)
class Backstage:
    """`broken`: so many looks into the store fail. `ends`: what a job has become by the time its card is out."""

    folder: Path
    people: People = field(default_factory=lambda: People(dict(WANTED)))
    jobs: Jobs = field(default_factory=Jobs)
    proposals: Proposals = field(default_factory=Proposals)
    media: FileIds = field(default_factory=FileIds)
    broken: int = 0
    ends: JobState | None = None

    def behind(self, speaker: Speaker | None = None) -> Behind:
        store, media, renditions = cast(Store, self), cast(Media, self), cast(Renditions, self)
        return Behind(store, media, renditions, self, lambda micros, locale: f"{micros} micros", speaker=speaker)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Backstage]:
        if self.broken:
            self.broken -= 1
            raise ConnectionError("the database is away")
        yield self

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Backstage]:
        yield self

    async def acknowledged(self, job_id: str, message_id: str) -> None:
        job = self.jobs.rows[job_id]
        self.jobs.rows[job_id] = replace(job, ack_id=message_id, state=self.ends or job.state)

    @asynccontextmanager
    async def as_file(self, key: str) -> AsyncIterator[Path]:
        if key.startswith("gone"):
            raise KeyError(key)
        path = self.folder / key
        path.write_bytes(key.encode())
        yield path

    async def smaller(self, artifact: Artifact, max_bytes: int) -> Artifact | None:
        return replace(artifact, media=f"small-{artifact.media}", size=max_bytes)

    # --- what an answer left --------------------

    def order(self, turn: Turn, number: int = 1, **changes: Any) -> Job:
        job = Job(
            id=f"job{number:013}",
            person_id=turn.person_id,
            account_id=turn.account_id,
            place=turn.place,
            origin_id=turn.origin_id,
            kind="image",
            model="gpt_image-2",
            family="f",
            prompt="a fox",
            state=JobState.WAITING,
            quote=40_000,
            created_ms=0,
            deadline_ms=2**50,
            due_ms=0,
            turn_id=turn.id,
        )
        self.jobs.rows[job.id] = replace(job, **changes)
        return self.jobs.rows[job.id]

    def propose(self, turn: Turn, number: int = 1, **changes: Any) -> Proposal:
        proposal = Proposal(
            id=f"{turn.id}-{number}",
            turn_id=turn.id,
            person_id=turn.person_id,
            account_id=turn.account_id,
            place=turn.place,
            locale=turn.locale,
            tool="draw_picture",
            arguments={},
            price=50_000,
            created_ms=number,
            title="pen: a fox",
        )
        self.proposals.rows[proposal.id] = replace(proposal, **changes)
        return self.proposals.rows[proposal.id]


def pictures(count: int, size: int = 100) -> tuple[Artifact, ...]:
    return tuple(
        Artifact("image", media=f"pic{number}", mime="image/png", size=size, width=4, height=3)
        for number in range(1, count + 1)
    )
