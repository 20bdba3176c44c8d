"""A reply to a film with words changes the film; a reply to anything else is a question."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.catalog import load_catalog
from core.values import Artifact, Attachment, Job, JobState, Place, ReplyTo, Sender
from tests.commands.rig import ANN, BOB, BOSS, CONFIG, DM, GROUP, PHOTO, Rig

FILM: dict[str, Any] = {
    "kind": "video",
    "family": "chat_video",
    "upstream": "sora-2",
    "price": {"each": 0.2},
    "options": {"ratio": {"values": ["16:9", "9:16"]}},
}
RESULT = "result-1"


@pytest.fixture
def rig(rig: Rig) -> Rig:
    """With a film that can be changed, and one that cannot."""
    models = {"talkie": {**FILM, "extra": {"continues": True}}, "mute": FILM}
    built_in: Any = CONFIG["models"]
    rows = vars(load_catalog({"models": built_in | models}))["_rows"]
    vars(rig.catalog)["_rows"].update({name: rows[name] for name in models})
    return rig


async def film(rig: Rig, model: str = "talkie", place: Place = DM, sender: Sender = ANN) -> Job:
    await rig.message(f"/video a cat surfing --model {model} --ratio 9:16", place, sender, mentioned=True)
    return (await rig.jobs(sender))[0]


async def finished(rig: Rig, job: Job, transcript: str = "words", state: JobState = JobState.DONE) -> Job:
    """Made and delivered, as the message RESULT."""
    job = await rig.finish(job, state=JobState.SENDING)
    job = await rig.finish(
        job, state=JobState.READY, results=(Artifact("video", media="0" * 64),), transcript=transcript
    )
    async with rig.store.begin() as tx:
        await tx.conversations.link(job.place, RESULT, f"job:{job.id}")
    return await rig.finish(job, state=state, told=True)


def reply(message_id: str = RESULT, **more: Any) -> dict[str, Any]:
    return {"reply": replace(ReplyTo(message_id, own=True), **more)}


async def test_words_change_the_film(rig: Rig) -> None:
    first = await finished(rig, await film(rig))
    said = await rig.message("make it sunset -- and slower", **reply())
    job, source = await rig.jobs()
    assert source.id == first.id
    assert (job.kind, job.model, job.prompt) == ("video", "talkie", "make it sunset -- and slower")
    assert (job.continues, job.options, job.quote, job.state) == (first.id, {"ratio": "9:16"}, 200_000, JobState.QUEUED)
    assert said[0].data == [f"job:{job.id}:cancel"]
    async with rig.store.read() as tx:
        assert await tx.conversations.linked(DM, said[0].message_id) == f"job:{job.id}"
        assert await tx.ledger.held(job.id) is not None
    assert rig.answers.started == []
    assert await rig.open_events() == []


async def test_a_film_that_is_still_being_made_can_be_changed_too(rig: Rig) -> None:
    first = await film(rig)
    acknowledgement = rig.outlet.said[-1].message_id
    await rig.message("slower", **reply(acknowledgement))
    assert (await rig.jobs())[0].continues == first.id


async def test_a_picture_may_come_along(rig: Rig) -> None:
    await finished(rig, await film(rig))
    await rig.message("with this dog", attachments=(PHOTO,), **reply())
    [picture] = (await rig.jobs())[0].inputs
    assert (picture.kind, picture.mime) == ("image", "image/png")


@pytest.mark.parametrize("why", ["nobody can", "failed", "not ours", "no result", "nothing said", "document"])
async def test_everything_else_is_a_question_as_ever(rig: Rig, why: str) -> None:
    job = await film(rig, "mute" if why == "nobody can" else "talkie")
    if why == "nobody can":
        for name in [spec.name for spec in rig.catalog.visible("video")]:
            rig.take_away(name, "video")
    if why == "failed":
        await rig.finish(job, state=JobState.FAILED, told=True)
        async with rig.store.begin() as tx:
            await tx.conversations.link(job.place, RESULT, f"job:{job.id}")
    else:
        await finished(rig, job)
    replied = reply("elsewhere" if why == "no result" else RESULT, own=why != "not ours")
    paper = Attachment("document", "photo", mime="application/pdf", name="a.pdf", size=3)
    files = (paper,) if why == "document" else ()
    await rig.message("" if why == "nothing said" else "what is this?", attachments=files, **replied)
    assert len(await rig.jobs()) == 1
    assert len(rig.answers.started) == (why != "nothing said")


async def test_a_command_in_a_reply_stays_a_command(rig: Rig) -> None:
    await finished(rig, await film(rig))
    await rig.message("/image a hat", **reply())
    assert [job.kind for job in await rig.jobs()] == ["image", "video"]


async def test_in_a_group_the_replier_pays(rig: Rig) -> None:
    await rig.owner()
    await rig.message("/admin allow", GROUP, BOSS)
    first = await finished(rig, await film(rig, place=GROUP))
    await rig.message("slower", GROUP, BOB, **reply())
    [job] = await rig.jobs(BOB)
    assert (job.continues, job.person_id) == (first.id, (await rig.person(BOB)).id)
    assert job.account_id != first.account_id


async def test_the_same_message_orders_once(rig: Rig) -> None:
    await finished(rig, await film(rig))
    incoming = rig.incoming("slower", **reply())
    for _ in range(2):
        await rig.journal(incoming)
        await rig.handle(incoming)
    assert len(await rig.jobs()) == 2
