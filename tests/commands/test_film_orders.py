"""What is ordered from a film that is there, and portraits that speak a text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.fitting import Fitted
from core.linking import Linking
from core.plans import Plan
from core.values import Artifact, Attachment, Job, JobState, Place, ReplyTo, Sender
from tests.commands.rig import ANN, BOB, BOSS, DM, GROUP, PHOTO, Rig

RESULT = "result-1"
SPOKEN = Attachment("audio", "spoken", mime="audio/ogg", size=5, what="voice")


@pytest.fixture
def rig(rig: Rig) -> Rig:
    """The world reaches it, people can pay for films, and it knows a voice from a picture."""
    plans: Any = rig.rules.plans
    plans["default"] = Plan(daily=50_000_000, open_jobs=9)
    orders, eyes = vars(rig.orders), vars(rig.services.renditions)
    orders["_linking"] = Linking(lambda key, name: f"https://bot.example/{key}")
    rig.outlet.files["spoken"] = b"voice"
    looked: Any = rig.services.renditions.inspect

    async def inspect(key: str, declared: str) -> Artifact:
        if await rig.media.read(key) == b"voice":
            return Artifact("audio", media=key, mime="audio/ogg", duration_s=3.0, size=5)
        if await rig.media.read(key) == b"film":
            return Artifact("video", media=key, mime="video/mp4", duration_s=6.0, size=4)
        found: Artifact = await looked(key, declared)
        return found

    async def fit(key: str, limits: object) -> Any:
        return Fitted(await inspect(key, ""))

    eyes["inspect"], eyes["fit"] = inspect, fit
    return rig


async def filmed(rig: Rig, model: str = "veo3.1-lite", place: Place = DM, sender: Sender = ANN) -> Job:
    """Made and delivered, as the message RESULT."""
    await rig.message(f"/video a cat --model {model}", place, sender, mentioned=True)
    job = (await rig.jobs(sender))[0]
    key, size = await rig.media.put(b"film", 100)
    film = Artifact("video", media=key, mime="video/mp4", width=720, height=1280, duration_s=6.0, size=size)
    job = await rig.finish(job, state=JobState.SENDING)
    job = await rig.finish(job, state=JobState.READY, results=(film,), task_id="task_1")
    async with rig.store.begin() as tx:
        await tx.conversations.link(job.place, RESULT, f"job:{job.id}")
    return await rig.finish(job, state=JobState.DONE, told=True)


def reply(words: str, **more: Any) -> dict[str, Any]:
    return {"text": words, "reply": ReplyTo(RESULT, own=True), **more}


async def pieces(rig: Rig, job: Job) -> list[Job]:
    async with rig.store.read() as tx:
        return await tx.jobs.pieces(job.id)


async def held(rig: Rig, job: Job) -> int | None:
    async with rig.store.read() as tx:
        found = await tx.ledger.held(job.id)
    return found.amount if found else None


# --- longer --------------------


async def test_a_film_goes_on(rig: Rig) -> None:
    film = await filmed(rig)
    [asked] = await rig.press(f"job:{film.id}:longer")
    [said] = await rig.message("she opens the door")
    job = (await rig.jobs())[0]
    price = rig.texts.money(job.quote)
    assert "What happens next?" in asked.text and price in asked.text
    assert f"seedance-2.0 is filming · {price}" in said.text
    assert (job.model, job.action, job.prompt) == ("seedance-2.0", "extend", "she opens the door")
    assert [(part.kind, part.role, part.media) for part in job.inputs] == [("video", "video", film.results[0].media)]
    assert job.options["ratio"] == "9:16"


async def test_a_film_that_is_gone_does_not_go_on(rig: Rig) -> None:
    film = await filmed(rig)
    await rig.press(f"job:{film.id}:longer")
    await rig.media.delete([film.results[0].media])
    [said] = await rig.message("she opens the door")
    assert "any more" in said.text and len(await rig.jobs()) == 1


async def test_a_forged_press_orders_nothing(rig: Rig) -> None:
    await rig.message("/image a hat")
    [picture] = await rig.jobs()
    await rig.drain(picture)
    for deed in ("longer", "sound", "upscale:yes"):
        await rig.press(f"job:{picture.id}:{deed}")
    await rig.press("wanted:longer:turn:x", words="on")
    film = await filmed(rig)
    vars(rig.orders)["_linking"] = Linking()
    [said] = await rig.press(f"job:{film.id}:longer")
    assert "any more" in said.text
    [said] = await rig.press(f"job:{film.id}:sound", sender=BOB, place=replace(DM, chat="200"))
    assert len(await rig.jobs()) == 2


# --- changes --------------------


async def test_words_in_reply_change_a_film_of_any_model(rig: Rig) -> None:
    await rig.finish(await filmed(rig), quote=5_000_000)
    await rig.message(**reply("make it night", attachments=(PHOTO,)))
    job = (await rig.jobs())[0]
    assert (job.model, job.action, job.prompt, job.continues) == ("kling-3.0-omni", "edit", "make it night", "")
    assert [part.role for part in job.inputs] == ["video", "reference"]
    assert (job.options["seconds"], job.options["ratio"]) == ("6", "9:16")


async def test_a_change_that_is_dearer_than_the_film_is_asked_about(rig: Rig) -> None:
    film = await filmed(rig)
    [asked] = await rig.message(**reply("make it night", attachments=(PHOTO,)))
    assert len(await rig.jobs()) == 1
    [button] = asked.data
    assert await rig.press(button, sender=BOB, place=replace(DM, chat="200"))
    assert len(await rig.jobs()) == 1, "nobody else orders it"
    [said] = await rig.press(button)
    job = (await rig.jobs())[0]
    price = rig.texts.money(job.quote)
    assert f"kling-3.0-omni would change it for {price}; the film itself was 40 credits" in asked.text
    assert price in said.text and job.quote > film.quote
    assert (job.model, job.action, job.prompt) == ("kling-3.0-omni", "edit", "make it night")
    assert [(part.role, part.media == film.results[0].media) for part in job.inputs] == [
        ("video", True),
        ("reference", False),
    ]
    await rig.press(button)
    assert len(await rig.jobs()) == 2, "once"


async def test_what_was_asked_with_its_price_is_not_asked_again(rig: Rig) -> None:
    film = await filmed(rig)
    await rig.press(f"job:{film.id}:edit")
    await rig.message("make it night")
    assert (await rig.jobs())[0].action == "edit"


async def test_a_sora_film_is_made_anew_by_its_task(rig: Rig) -> None:
    film = await filmed(rig, "sora-2-4s")
    [asked] = await rig.press(f"job:{film.id}:edit")
    assert "What shall I change?" in asked.text and "40 credits" in asked.text
    await rig.message("make it night")
    job = (await rig.jobs())[0]
    assert (job.model, job.action, job.continues, job.inputs) == ("sora-2-4s", "remix", film.id, ())


async def test_in_a_group_anybody_changes_what_all_have_seen(rig: Rig) -> None:
    await rig.owner()
    await rig.message("/admin allow", GROUP, BOSS)
    await rig.finish(await filmed(rig, place=GROUP), quote=5_000_000)
    await rig.message(place=GROUP, sender=BOB, **reply("slower"))
    [job] = await rig.jobs(BOB)
    assert (job.action, job.person_id) == ("edit", (await rig.person(BOB)).id)


# --- sharper --------------------


async def test_a_dear_upscale_is_asked_about(rig: Rig) -> None:
    film = await filmed(rig)
    [asked] = await rig.press(f"job:{film.id}:upscale")
    assert "96 credits" in asked.text and "40 credits" in asked.text and len(await rig.jobs()) == 1
    [said] = await rig.press(asked.data[0])
    job = (await rig.jobs())[0]
    assert (job.model, job.action, job.options["resolution"], job.quote) == ("kling-3.0-omni", "edit", "2k", 960_000)
    assert "96 credits" in said.text


async def test_a_cheap_one_is_not(rig: Rig) -> None:
    film = await rig.finish(await filmed(rig), quote=5_000_000)
    await rig.press(f"job:{film.id}:upscale")
    assert (await rig.jobs())[0].action == "edit"


# --- another sound --------------------


async def test_ones_own_voice_is_laid_under_a_film_for_nothing(rig: Rig) -> None:
    film = await filmed(rig)
    [asked] = await rig.press(f"job:{film.id}:sound")
    assert "voice message" in asked.text and "3 credits" in asked.text
    [said] = await rig.message(attachments=(SPOKEN,))
    assert "0 credits" in said.text
    job = (await rig.jobs())[0]
    assert (job.kind, job.action, job.family, job.quote, job.prompt) == ("video", "dub", "handmade", 0, "")
    assert [part.role for part in job.inputs] == ["video", "voice"]
    assert await rig.media.read(job.inputs[1].media) == b"voice"
    assert await pieces(rig, job) == []


async def test_words_are_spoken_first(rig: Rig) -> None:
    film = await filmed(rig)
    await rig.press(f"job:{film.id}:sound")
    [said] = await rig.message("Welcome to the show.")
    assert "3 credits" in said.text
    job = (await rig.jobs())[0]
    [speech] = await pieces(rig, job)
    assert (speech.kind, speech.prompt, speech.quote) == ("audio", "Welcome to the show.", 30_000)
    assert job.inputs[1].media == f"job:{speech.id}"
    assert (await held(rig, job), await held(rig, speech)) == (0, 30_000)


async def test_lips_follow_words_where_a_row_does_that(rig: Rig) -> None:
    rows: dict[str, Any] = vars(rig.catalog)["_rows"]
    rows["kling-identify-face"] = replace(rows["kling-identify-face"], hidden=False)
    film = await filmed(rig)
    await rig.press(f"job:{film.id}:sound")
    await rig.message("Welcome to the show.")
    job = (await rig.jobs())[0]
    assert (job.model, job.action, len(await pieces(rig, job))) == ("kling-identify-face", "lip_sync", 1)


async def test_without_a_voice_of_ours_words_are_not_taken(rig: Rig) -> None:
    rows: dict[str, Any] = vars(rig.catalog)["_rows"]
    for name in [spec.name for spec in rig.catalog.visible("audio") if spec.speaks]:
        del rows[name]
    film = await filmed(rig)
    [asked] = await rig.press(f"job:{film.id}:sound")
    assert "write" not in asked.text
    [said] = await rig.message("Welcome to the show.")
    assert "reads aloud" in said.text and len(await rig.jobs()) == 1


# --- portraits that speak a text --------------------


async def test_a_portrait_speaks_a_text(rig: Rig) -> None:
    [said] = await rig.message('/video --say "Hello there, my friends." she smiles', attachments=(PHOTO,))
    assert "at most" in said.text
    job = (await rig.jobs())[0]
    assert (job.model, job.action, job.prompt) == ("kling-avatar-720p", "avatar", "she smiles")
    assert [part.role for part in job.inputs] == ["first_frame", "voice"]
    [speech] = await pieces(rig, job)
    assert (speech.prompt, job.inputs[1].media) == ("Hello there, my friends.", f"job:{speech.id}")
    assert job.quote == int(job.options["seconds"]) * 56_200 == await held(rig, job)


async def test_a_slash_command_may_only_speak(rig: Rig) -> None:
    await rig.slash("video", say="Hello there", attachments=(PHOTO,))
    [job] = await rig.jobs()
    assert (job.action, job.prompt, len(await pieces(rig, job))) == ("avatar", "", 1)
    [said] = await rig.slash("video", attachments=(PHOTO,))
    assert len(await rig.jobs()) == 1 and "/video" in said.text


async def test_the_same_message_orders_one_portrait_and_one_voice(rig: Rig) -> None:
    incoming = rig.incoming('/video --say "Hello there"', attachments=(PHOTO,))
    for _ in range(2):
        await rig.journal(incoming)
        await rig.handle(incoming)
    [job] = await rig.jobs()
    assert len(await pieces(rig, job)) == 1


async def test_once_more_speaks_again_what_was_not_spoken(rig: Rig) -> None:
    await rig.message('/video --say "Hello there"', attachments=(PHOTO,))
    [job] = await rig.jobs()
    [speech] = await pieces(rig, job)
    await rig.finish(speech, state=JobState.FAILED, told=True)
    await rig.finish(job, state=JobState.FAILED, told=True)
    await rig.press(f"job:{job.id}:again")
    again = (await rig.jobs())[0]
    [spoken] = await pieces(rig, again)
    assert spoken.id != speech.id and spoken.prompt == "Hello there"
    assert again.inputs[1].media == f"job:{spoken.id}" and again.quote == job.quote


@pytest.mark.parametrize(
    ("text", "files", "told"),
    [
        ('/video --say "Hello"', (), "picture"),
        ('/video --say "Hello" --model veo3.1-lite', (PHOTO,), "kling-avatar-720p"),
        (f'/video --say "{"1234567890 " * 160}"', (PHOTO,), "2–300"),
    ],
    ids=["nobody speaks", "the model cannot", "too long"],
)
async def test_what_nobody_can_say(rig: Rig, text: str, files: tuple[Attachment, ...], told: str) -> None:
    [said] = await rig.message(text, attachments=files)
    assert told in said.text and await rig.jobs() == []
