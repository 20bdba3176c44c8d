"""A job has one holder at a time, a late write is refused, and nothing that is due is missed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from core.values import Artifact, JobState, Part, Place, RemoteButton
from storage.engine import OpenStore
from tests.storage.examples import PLACE, job

QUEUED, WAITING, READY, DONE, FAILED = (
    JobState.QUEUED,
    JobState.WAITING,
    JobState.READY,
    JobState.DONE,
    JobState.FAILED,
)
NEVER = 2**53


async def test_a_job_comes_back_as_it_was(store: OpenStore) -> None:
    whole = job(
        options={"ratio": "9:16"},
        inputs=(Part("image", media="a" * 64, role="first_frame", data=b"not stored"),),
        error_params={"limit": 3},
        parent_id="j0",
        locale="zh",
        place=replace(PLACE, private=True),
        action="inpaint",
        press="MJ::Inpaint::1::0b1c::SOLO",
    )
    async with store.begin() as tx:
        await tx.jobs.add(whole)
    async with store.read() as tx:
        kept = await tx.jobs.get("j1")
        assert kept == whole
        assert kept
        assert kept.place.private
        assert kept.inputs[0].data == b""
        assert await tx.jobs.get("j2") is None


async def test_a_save_is_fenced(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.jobs.add(job())
        sent = replace(
            job(),
            state=WAITING,
            due_ms=50,
            owner="me",
            attempts=2,
            task_id="task",
            sent_ms=40,
            progress=30,
            results=(Artifact("video", media="b" * 64, thumbnail="c" * 64, width=3, duration_s=1.5, data=b"x"),),
            error_key="error",
            error_params={"a": [1]},
            ack_id="77",
            result_ids=("78", "79"),
            muted=True,
            told=True,
            deadline_ms=60,
            buttons=(
                RemoteButton("MJ::JOB::upsample::1::0b1c", "U1", "upscale"),
                RemoteButton("i", "区域", "inpaint", "region"),
            ),
            confirmed_ms=45,
        )
        saved = await tx.jobs.save(sent, 0)
        assert saved == replace(sent, version=1, results=(replace(sent.results[0]),))
        assert await tx.jobs.save(replace(sent, state=DONE), 0) is None
        assert await tx.jobs.save(job("other"), 0) is None
        kept = await tx.jobs.get("j1")
        assert kept == replace(sent, version=1, results=(replace(sent.results[0], data=b""),))


async def test_what_is_put_back_together_is_fenced_one_by_one(store: OpenStore) -> None:
    async with store.begin() as tx:
        for id_ in ("a", "b", "c"):
            await tx.jobs.add(job(id_, state=JobState.MODAL, due_ms=0))
        a, b, c = await tx.jobs.claim("me", [JobState.MODAL], 0, 900, 9)
        touched = await tx.jobs.save(replace(b, muted=True), b.version)
        changed = replace(a, state=WAITING, due_ms=70, deadline_ms=80, owner="", attempts=3, progress=40, version=2)
        back = [
            replace(c, due_ms=72, owner="", version=2),
            replace(b, due_ms=71, owner="", version=2),
            replace(changed, ack_id="no field of these"),
            replace(a, id="gone", version=2),
        ]
        assert await tx.jobs.put_back(back) == {"a", "c"}
        assert await tx.jobs.put_back(back) == frozenset()
        assert await tx.jobs.put_back([]) == frozenset()
    async with store.read() as tx:
        assert await tx.jobs.get("a") == changed
        assert await tx.jobs.get("b") == touched
        assert await tx.jobs.get("c") == back[0]


async def test_what_is_put_back_and_touched_at_once_is_written_once(store: OpenStore) -> None:
    async with store.begin() as tx:
        for number in range(20):
            await tx.jobs.add(job(f"j{number}", state=WAITING, due_ms=0))
        held = await tx.jobs.claim("me", [WAITING], 0, 900, 99)

    async def touch(job_id: str) -> bool:
        async with store.begin() as tx:
            found = await tx.jobs.get(job_id)
            assert found is not None
            return await tx.jobs.save(replace(found, muted=True), held[0].version) is not None

    async def put_back() -> frozenset[str]:
        async with store.begin() as tx:
            return await tx.jobs.put_back([replace(each, due_ms=5, version=each.version + 1) for each in held])

    touches = [asyncio.create_task(touch(each.id)) for each in held]
    saved = await put_back()
    touched = {each.id for each, task in zip(held, touches, strict=True) if await task}
    assert saved.isdisjoint(touched)
    assert saved | touched == {each.id for each in held}


async def test_unknown_states_are_refused(store: OpenStore) -> None:
    wrong = replace(job(), state="flying")  # type: ignore[arg-type] # what the check is for
    with pytest.raises(AttributeError):
        async with store.begin() as tx:
            await tx.jobs.add(wrong)
    with pytest.raises(Exception, match=r"(?i)check"):
        async with store.begin() as tx:
            await tx.jobs.add(job(quote=-1))


async def test_due_jobs_are_claimed_in_order_once(store: OpenStore) -> None:
    async with store.begin() as tx:
        for id_, due in (("late", 300), ("b", 200), ("a", 200), ("soon", 100), ("waits", 50)):
            await tx.jobs.add(job(id_, due_ms=due, state=WAITING if id_ == "waits" else QUEUED))
        claimed = await tx.jobs.claim("me", [QUEUED], 200, 900, 2)
        assert [each.id for each in claimed] == ["b", "soon"]  # the two most due, as they were made
        assert claimed[1] == job("soon", due_ms=900, owner="me", version=1)
        assert [each.id for each in await tx.jobs.claim("me", [QUEUED, WAITING], 200, 900, 9)] == ["a", "waits"]
        assert await tx.jobs.claim("me", [QUEUED, WAITING], 299, 900, 9) == []
        assert await tx.jobs.claim("me", [], 999, 900, 9) == []
        assert len(await tx.jobs.claim("you", [QUEUED, WAITING], 900, 1_800, 9)) == 5


async def test_a_process_without_the_platform_leaves_the_job(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.jobs.add(job(state=READY))
        assert await tx.jobs.claim("me", [READY], 5_000, 9_000, 9, platforms=["discord"]) == []
        assert await tx.jobs.claim("me", [READY], 5_000, 9_000, 9, platforms=[]) == []
        assert await tx.jobs.next_due_ms([READY], ["discord"]) is None
        assert await tx.jobs.next_due_ms([READY], ["telegram", "discord"]) == 1_000
        assert len(await tx.jobs.claim("me", [READY], 5_000, 9_000, 9, platforms=["discord", "telegram"])) == 1


async def test_whose_seats_are_taken_is_left(store: OpenStore) -> None:
    async with store.begin() as tx:
        for id_, family, person_id in (
            ("a", "flux", "p1"),
            ("b", "flux", "p2"),
            ("c", "gemini", "p1"),
            ("d", "gemini", "p2"),
            ("e", "fluxgemini", "p1"),
        ):
            await tx.jobs.add(job(id_, family=family, person_id=person_id))

    async def claimed(**but: Any) -> list[str]:
        async with store.begin() as tx:
            jobs = await tx.jobs.claim("me", [QUEUED], 5_000, 9_000, 9, **but)
            await tx.jobs.release("me", 5_000)
            return [each.id for each in jobs]

    assert await claimed(not_families=["flux"]) == ["c", "d", "e"]
    assert await claimed(not_pairs=[("flux", "p1"), ("gemini", "p2")]) == ["b", "c", "e"]
    assert await claimed(not_families={"gemini"}, not_pairs={("flux", "p2")}) == ["a", "e"]
    assert await claimed(not_families=["p1"], not_pairs=[("p1", "flux"), ("flux", "")]) == ["a", "b", "c", "d", "e"]
    async with store.begin() as tx:  # what is left out takes no place of the limit
        assert [each.id for each in await tx.jobs.claim("me", [QUEUED], 5_000, 9_000, 1, not_families=["flux"])] == [
            "c"
        ]


async def test_who_was_not_told_is_told(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.jobs.add(job("untold", state=FAILED))
        await tx.jobs.add(job("told", state=FAILED, told=True))
        await tx.jobs.add(job("unsure", state=JobState.UNSURE))
        await tx.jobs.add(job("never", state=JobState.CANCELLED, due_ms=NEVER))
        await tx.jobs.add(job("done", state=DONE))
        await tx.jobs.add(job("ready", state=READY))
        assert await tx.jobs.claim("me", [QUEUED], 5_000, 9_000, 9) == []
        claimed = await tx.jobs.claim("me", [READY], 5_000, 9_000, 9, untold=True)
        assert [each.id for each in claimed] == ["untold", "unsure", "ready"]
        assert [each.id for each in await tx.jobs.claim("me", [FAILED], 5_000, 9_000, 9)] == ["told"]


async def test_leases_are_renewed_handed_back_and_lost(store: OpenStore) -> None:
    async with store.begin() as tx:
        for id_ in ("a", "b", "c"):
            await tx.jobs.add(job(id_, due_ms=0))
        a, b, _ = await tx.jobs.claim("me", [QUEUED], 0, 100, 9)
        await tx.jobs.renew("me", [("a", a.version), ("b", b.version - 1), ("gone", 1)], 500)
        await tx.jobs.renew("other", [("c", 1)], 500)
        taken = await tx.jobs.claim("you", [QUEUED], 100, 600, 9)
        assert [each.id for each in taken] == ["b", "c"]
        assert await tx.jobs.save(replace(b, state=FAILED), b.version) is None
        await tx.jobs.release("me", 100)
        assert [each.id for each in await tx.jobs.claim("third", [QUEUED], 100, 600, 9)] == ["a"]
        assert await tx.jobs.save(replace(a, state=FAILED), a.version) is None
        await tx.jobs.release("", 100)
        assert len(await tx.jobs.claim("last", [QUEUED], 100, 600, 9)) == 3


async def test_a_released_job_that_has_ended_stays_ended(store: OpenStore) -> None:
    async with store.begin() as tx:
        await tx.jobs.add(job(state=FAILED, owner="me", due_ms=NEVER))
        await tx.jobs.release("me", 100)
        assert await tx.jobs.claim("me", [FAILED], 5_000, 9_000, 9) == []


async def test_the_next_one_due(store: OpenStore) -> None:
    async with store.begin() as tx:
        assert await tx.jobs.next_due_ms([]) is None
        assert await tx.jobs.next_due_ms([QUEUED]) is None
        await tx.jobs.add(job("a", due_ms=300))
        await tx.jobs.add(job("b", due_ms=200, state=WAITING))
        await tx.jobs.add(job("c", due_ms=100, state=DONE))
        assert await tx.jobs.next_due_ms([QUEUED, WAITING, READY]) == 200
        assert await tx.jobs.next_due_ms([QUEUED]) == 300


async def test_lists_and_counts(store: OpenStore) -> None:
    async with store.begin() as tx:
        for id_, state in (("a", QUEUED), ("b", DONE), ("c", WAITING), ("d", READY)):
            await tx.jobs.add(job(id_, state=state))
        await tx.jobs.add(job("e", person_id="p2"))
        assert [each.id for each in await tx.jobs.of_person("p1", 3)] == ["d", "c", "b"]
        assert [each.id for each in await tx.jobs.of_person("p1", 9, open_only=True)] == ["d", "c", "a"]
        assert await tx.jobs.count_open("p1") == 3
        assert await tx.jobs.count_open("p3") == 0
        counts = await tx.jobs.counts()
        assert counts == {**dict.fromkeys(map(str, JobState), 0), "queued": 2, "done": 1, "waiting": 1, "ready": 1}


async def test_pieces_stand_behind_their_whole(store: OpenStore) -> None:
    async with store.begin() as tx:
        for id_, whole, state in (
            ("a", "", DONE),
            ("whole", "", QUEUED),
            ("one", "whole", DONE),
            ("two", "whole", WAITING),
            ("b", "", WAITING),
        ):
            await tx.jobs.add(job(id_, part_of=whole, state=state))
        await tx.jobs.add(job("theirs", person_id="p2"))
        of_person, pieces = tx.jobs.of_person, tx.jobs.pieces
        assert [each.id for each in await of_person("p1", 9)] == ["b", "whole", "a"]
        assert [each.id for each in await of_person("p1", 9, pieces=True)] == ["b", "two", "one", "whole", "a"]
        assert [each.id for each in await of_person("p1", 1, skip=1)] == ["whole"]
        assert [each.id for each in await of_person("p1", 9, skip=2)] == ["a"]
        assert await of_person("p1", 9, skip=3) == []
        assert [each.id for each in await of_person("p1", 9, open_only=True, skip=1)] == ["whole"]
        assert [each.id for each in await pieces("whole")] == ["one", "two"]
        assert await pieces("a") == await pieces("") == []
        assert await tx.jobs.count_open("p1") == 2
        assert [each.id for each in await tx.jobs.made("p1", None, 0, 9)] == ["a"]


async def test_how_long_the_last_orders_of_a_model_took(store: OpenStore) -> None:
    async with store.begin() as tx:
        for id_, sent_ms, made_ms, action in (
            ("a", 100, 400, ""),
            ("b", 100, 900, "extend"),
            ("unmade", 100, 0, ""),
            ("joined", 100, 950, "join"),
            ("dubbed", 100, 960, "dub"),
            ("c", 500, 700, ""),
        ):
            await tx.jobs.add(job(id_, state=DONE, sent_ms=sent_ms, made_ms=made_ms, action=action))
        await tx.jobs.add(job("other", model="other", state=DONE, sent_ms=1, made_ms=2))
        assert await tx.jobs.durations("kling-3.0", 9) == [800, 200, 300]  # as they were made, the newest first
        assert await tx.jobs.durations("kling-3.0", 2) == [800, 200]
        assert await tx.jobs.durations("nothing", 9) == []


async def test_what_a_person_has_had_made(store: OpenStore) -> None:
    elsewhere = Place("discord", PLACE.chat)
    async with store.begin() as tx:
        for id_, state, place in (
            ("a", DONE, PLACE),
            ("b", JobState.UNDELIVERED, elsewhere),
            ("c", READY, replace(PLACE, thread="8")),
            ("d", DONE, replace(PLACE, chat="-200")),
            ("e", WAITING, PLACE),
            ("f", FAILED, PLACE),
            ("g", JobState.CANCELLED, PLACE),
            ("h", JobState.UNSURE, PLACE),
        ):
            await tx.jobs.add(job(id_, state=state, place=place))
        await tx.jobs.add(job("words", state=DONE, action="describe"))
        await tx.jobs.add(job("theirs", person_id="p2", state=DONE))

    async def made(person_id: str, place: Place | None, skip: int = 0, limit: int = 9) -> str:
        async with store.read() as tx:
            return "".join(each.id for each in await tx.jobs.made(person_id, place, skip, limit))

    assert await made("p1", None) == "dcba"
    assert await made("p1", None, skip=1, limit=2) == "cb"
    assert await made("p1", None, skip=4) == ""
    assert await made("p1", None, limit=0) == ""
    assert await made("p1", PLACE) == "ca"  # a chat with all its topics
    assert await made("p1", PLACE, skip=1) == "a"
    assert await made("p1", elsewhere) == "b"
    assert await made("p2", None) == "theirs"
    async with store.begin() as tx:
        await tx.people.migrate_group("telegram", "-200", PLACE.chat)
    assert await made("p1", PLACE) == "dca"


async def test_claims_at_once_share_the_work(store: OpenStore) -> None:
    async with store.begin() as tx:
        for number in range(60):
            await tx.jobs.add(job(f"j{number}"))

    async def claim(owner: str) -> list[str]:
        async with store.begin() as tx:
            return [each.id for each in await tx.jobs.claim(owner, [QUEUED], 5_000, 9_000, 10)]

    claims = await asyncio.gather(*(claim(f"w{number}") for number in range(8)))
    taken = [id_ for claim in claims for id_ in claim]
    assert len(taken) == len(set(taken)) == 60
