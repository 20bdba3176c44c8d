"""What several tests ask: how far a job has come, how it must end, who is served."""

from __future__ import annotations

from core.accounts import group_account, person_account
from core.errors import BotError
from core.gateway.wire import Ready
from core.limits import LIMITS
from core.values import HOUSE, Access, Artifact, Job, JobState, Place, Sender
from tests.core.house import House

ALL = 1_000_000
"""What a person has to spend."""

FILE = Artifact("video", url="https://files/film.mp4", text="a fox runs")
LEASE_S = LIMITS.job_lease_ms / 1000


async def waiting(house: House, ann: Access) -> Job:
    job = await house.place(ann)
    await house.worker.step()
    return await house.settled(job, JobState.WAITING)


async def ready(house: House, access: Access) -> Job:
    """The next step makes a picture of it."""
    job = await house.place(access, "image")
    house.gateway.submits.append(Ready((Artifact("image", data=b"one"),)))
    return job


async def refunded(house: House, ann: Access, job: Job, state: JobState, key: str) -> None:
    found = await house.settled(job, state)
    assert (found.error_key, found.told) == (key, True)
    assert [told.id for told in house.courier.told] == [job.id]
    assert await house.left(ann.account_id) == ALL
    await house.balanced(ann.account_id, HOUSE)


async def verdict(house: House, place: Place, sender: Sender) -> str:
    """Whose account pays for this person here, or the error they get."""
    try:
        access = await house.directory.meet(place, sender)
    except BotError as error:
        return type(error).__name__
    own = {HOUSE: "house", person_account(access.person.id): "own", group_account(place): "chat"}
    return own[access.account_id]
