"""Orders on their way (core.ports.Jobs). `due_ms` is "not before" and, while a process holds the job, the end of its lease;
the version fences late writes. Which moves a state allows is core/jobs.py's table; here a job only has one of the states."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from core.values import OPEN_STATES, Job, JobState, Place
from storage.codec_jobs import JOB_COLUMNS, job_values, read_job
from storage.media_index import note_references
from storage.session import Session, Value

JOB = ", ".join(JOB_COLUMNS)
ADD = f"INSERT INTO jobs ({JOB}) VALUES ({', '.join(f':{column}' for column in JOB_COLUMNS)})"

FIXED = frozenset(
    [
        "id",
        "person_id",
        "account_id",
        "platform",
        "chat",
        "thread",
        "private",
        "origin_id",
        "kind",
        "prompt",
        "options",
        "created_ms",
        "parent_id",
        "locale",
        "version",
        "turn_id",
        "continues",
        "action",
        "press",
        "part_of",
        "behind",
    ]
)
"""Written once."""
SAVED = tuple(column for column in JOB_COLUMNS if column not in FIXED)
SAVE = f"""UPDATE jobs SET version = version + 1, {", ".join(f"{column} = :{column}" for column in SAVED)}
    WHERE id = :id AND version = :version RETURNING version"""

PUT_BACK = """UPDATE jobs SET version = version + 1, state = :state, due_ms = :due_ms, deadline_ms = :deadline_ms,
    owner = :owner, attempts = :attempts, progress = :progress WHERE id = :id AND version = :version - 1"""
"""What a look that found nothing new changes."""

FAR_MS = 2**53
"""A due time that does not come is no lease."""

NOT_THESE = "NOT (family {in families}) AND NOT (family || ' ' || person_id {in pairs})"
"""A pair is one text here; a family's name has no space in it."""

TO_TELL = (JobState.FAILED, JobState.CANCELLED, JobState.UNSURE)


def one_of(states: Iterable[JobState]) -> str:
    """As text of the statement, so that the planner sees them."""
    return "state IN ({})".format(", ".join(f"'{JobState(state).value}'" for state in sorted(states)))


OPEN = one_of(OPEN_STATES)
MADE = one_of((JobState.READY, JobState.DONE, JobState.UNDELIVERED))
"""Both are, in these very words, conditions of indexes too."""
WHOLE = " AND part_of = ''"
"""A piece of another job is not shown by itself, nor counted."""


class JobTable:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, job: Job) -> None:
        await self._session.rows(ADD, **job_values(job))
        await note_references(self._session, f"job:{job.id}", _files(job))

    async def get(self, job_id: str) -> Job | None:
        row = await self._session.row(f"SELECT {JOB} FROM jobs WHERE id = :id", id=job_id)
        return read_job(row) if row else None

    async def of_person(
        self, person_id: str, limit: int, open_only: bool = False, skip: int = 0, pieces: bool = False
    ) -> list[Job]:
        which = f"{' AND ' + OPEN if open_only else ''}{'' if pieces else WHOLE}"
        rows = await self._session.rows(
            f"""SELECT {JOB} FROM jobs WHERE person_id = :person{which}
            ORDER BY number DESC LIMIT :limit OFFSET :skip""",
            person=person_id,
            limit=limit,
            skip=skip,
        )
        return [read_job(row) for row in rows]

    async def pieces(self, job_id: str) -> list[Job]:
        rows = await self._session.rows(
            f"SELECT {JOB} FROM jobs WHERE part_of = :whole AND part_of <> '' ORDER BY number", whole=job_id
        )
        return [read_job(row) for row in rows]

    async def durations(self, model: str, limit: int) -> list[int]:
        rows = await self._session.rows(
            """SELECT made_ms - sent_ms FROM jobs WHERE model = :model AND made_ms > 0
            AND action NOT IN ('join', 'dub', 'clip', 'splice', 'words')
            ORDER BY made_ms DESC LIMIT :limit""",
            model=model,
            limit=limit,
        )
        return [int(row[0]) for row in rows]

    async def of_turn(self, turn_id: str) -> list[Job]:
        rows = await self._session.rows(
            f"SELECT {JOB} FROM jobs WHERE turn_id = :turn AND turn_id <> '' ORDER BY number", turn=turn_id
        )
        return [read_job(row) for row in rows]

    async def made(self, person_id: str, place: Place | None, skip: int, limit: int) -> list[Job]:
        here = " AND platform = :platform AND chat = :chat" if place else ""
        where: dict[str, Value] = {"platform": place.platform, "chat": place.chat} if place else {}
        rows = await self._session.rows(
            f"""SELECT {JOB} FROM jobs WHERE person_id = :person{here} AND {MADE}{WHOLE}
            AND action NOT IN ('describe', 'words') ORDER BY number DESC LIMIT :limit OFFSET :skip""",
            person=person_id,
            limit=limit,
            skip=skip,
            **where,
        )
        return [read_job(row) for row in rows]

    async def count_open(self, person_id: str) -> int:
        row = await self._session.row(
            f"SELECT COUNT(*) FROM jobs WHERE person_id = :person AND {OPEN}{WHOLE} AND behind = ''",
            person=person_id,
        )
        return int(row[0]) if row else 0

    # --- leases --------------------

    async def claim(
        self,
        owner: str,
        states: Collection[JobState],
        now_ms: int,
        lease_until_ms: int,
        limit: int,
        platforms: Collection[str] | None = None,
        untold: bool = False,
        not_families: Collection[str] = (),
        not_pairs: Collection[tuple[str, str]] = (),
    ) -> list[Job]:
        which = one_of(states) if states else "FALSE"
        if untold:
            which = f"{one_of({*states, *TO_TELL})} AND ({which} OR NOT told)"
        rows = await self._session.rows(
            f"""WITH picked AS MATERIALIZED (
                SELECT number FROM jobs WHERE {which} AND due_ms <= :now{_on(platforms)} AND {NOT_THESE}
                ORDER BY due_ms, number LIMIT :limit {{skip_locked}})
            UPDATE jobs SET due_ms = :lease, owner = :owner, version = version + 1
            WHERE number IN (SELECT number FROM picked) RETURNING number, {JOB}""",
            owner=owner,
            now=now_ms,
            lease=lease_until_ms,
            limit=limit,
            **_platforms(platforms),
            families=sorted(not_families),
            pairs=sorted(" ".join(pair) for pair in not_pairs),
        )
        return [read_job(row[1:]) for row in sorted(rows, key=lambda row: int(row[0]))]

    async def save(self, job: Job, version: int) -> Job | None:
        values = job_values(job)
        row = await self._session.row(SAVE, id=job.id, version=version, **{column: values[column] for column in SAVED})
        if row is None:
            return None
        await note_references(self._session, f"job:{job.id}", _files(job))
        return replace(job, version=row[0])

    async def put_back(self, jobs: Sequence[Job]) -> frozenset[str]:
        rows = await self._session.rows(
            "SELECT id, version FROM jobs WHERE id {in ids} ORDER BY number {for_update}", ids=[job.id for job in jobs]
        )
        there: dict[str, int] = dict(rows)
        ours = [job for job in jobs if there.get(job.id) == job.version - 1]
        await self._session.each(
            PUT_BACK,
            [
                {
                    "id": job.id,
                    "version": job.version,
                    "state": job.state.value,
                    "due_ms": job.due_ms,
                    "deadline_ms": job.deadline_ms,
                    "owner": job.owner,
                    "attempts": job.attempts,
                    "progress": job.progress,
                }
                for job in ours
            ],
        )
        return frozenset(job.id for job in ours)

    async def renew(self, owner: str, ids: Iterable[tuple[str, int]], lease_until_ms: int) -> None:
        await self._session.each(
            "UPDATE jobs SET due_ms = :lease WHERE id = :id AND version = :version AND owner = :owner",
            [{"id": id_, "version": version, "owner": owner, "lease": lease_until_ms} for id_, version in sorted(ids)],
        )

    async def release(self, owner: str, now_ms: int) -> None:
        await self._session.rows(
            """UPDATE jobs SET due_ms = :now, owner = '', version = version + 1
            WHERE owner <> '' AND (owner = :owner OR :owner = '') AND due_ms < :far""",
            owner=owner,
            far=FAR_MS,
            now=now_ms,
        )

    async def next_due_ms(self, states: Collection[JobState], platforms: Collection[str] | None = None) -> int | None:
        """One look into the index for each state."""
        soonest = " UNION ALL ".join(
            f"""SELECT due_ms FROM (SELECT due_ms FROM jobs WHERE {one_of({state})}{_on(platforms)}
            ORDER BY due_ms LIMIT 1) AS {JobState(state).value}"""
            for state in sorted(states)
        )
        if not soonest:
            return None
        row = await self._session.row(f"SELECT MIN(due_ms) FROM ({soonest}) AS soonest", **_platforms(platforms))
        return None if row is None or row[0] is None else int(row[0])

    async def counts(self) -> dict[str, int]:
        counts = dict.fromkeys(map(str, JobState), 0)
        counts.update(dict(await self._session.rows("SELECT state, COUNT(*) FROM jobs GROUP BY state")))
        return counts


def _on(platforms: Collection[str] | None) -> str:
    return "" if platforms is None else " AND platform {in platforms}"


def _platforms(platforms: Collection[str] | None) -> dict[str, Value]:
    return {} if platforms is None else {"platforms": sorted(platforms)}


def _files(job: Job) -> list[str]:
    results = [key for artifact in job.results for key in (artifact.media, artifact.thumbnail, artifact.cover)]
    return [*(part.media for part in job.inputs), *results]
