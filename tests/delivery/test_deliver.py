"""Results, ends, notices and progress of jobs, brought to people on strict platforms in memory; store and files are real."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bots.format import shortened
from bots.outlet import Rendered, Unavailable
from bots.surfaces import DISCORD, TELEGRAM
from core.ports import Courier, DeliverLater, Undeliverable
from core.values import Group, JobState, Notice, Person, Place, Sender
from tests.clocks import FakeClock
from tests.delivery.bench import JOB_ID, Bench
from tests.delivery.scripted import CHANNEL, DM, GROUP
from tests.delivery.world import Fault

# --- results --------------------


async def test_a_picture_is_a_reply_with_the_next_steps_and_the_acknowledgement_becomes_one_line(bench: Bench) -> None:
    ack = bench.see_ack()
    ids = await bench.deliverer.deliver(bench.job(await bench.artifact()))
    await bench.deliverer.close()
    sent = bench.last
    assert ids == (sent.id,)
    assert sent.contents == (b"x" * 100,)
    assert (sent.reply_to, sent.ping) == ("11", "7")
    (file,) = sent.files
    assert (file.kind, file.name, file.width, file.height) == ("image", "image-job00000.png", 4, 3)
    assert [button.data for row in sent.buttons for button in row] == [
        f"job:{JOB_ID}:{verb}" for verb in ("again", "edit", "animate", "reference", "file", "delete")
    ]
    assert sent.text == "[deliver-caption model=gpt_image-2 price=40000 prompt=a *red* fox]"
    assert (ack.text, ack.buttons) == ("[deliver-done kind=image]", ())


async def test_speech_is_a_voice_message_without_its_words(bench: Bench) -> None:
    spoken = await bench.artifact(kind="audio", mime="audio/ogg")
    await bench.deliverer.deliver(bench.job(spoken, kind="audio", model="gemini-2.5-flash-preview-tts"))
    (file,) = bench.last.files
    assert (file.kind, file.name, file.voice, file.duration_s) == ("audio", "audio-job00000.ogg", True, 5.0)
    assert bench.last.text == "[deliver-caption model=gemini-2.5-flash-preview-tts price=40000 prompt=]"


async def test_music_is_none(bench: Bench) -> None:
    song = await bench.artifact(kind="audio", mime="audio/mpeg")
    await bench.deliverer.deliver(bench.job(song, kind="audio", model="lyria-3-clip-preview"))
    assert not bench.last.files[0].voice
    assert "fox" in bench.last.text


async def test_what_is_missing_of_an_order_is_said_with_the_rest(bench: Bench) -> None:
    partly = {"error_key": "deliver-partly", "error_params": {"found": 1, "made": 4, "paid": "less"}}
    await bench.deliverer.deliver(bench.job(await bench.artifact(), quote=10_000, **partly))
    first, second = bench.last.text.splitlines()
    assert "price=10000" in first
    assert second == "[deliver-partly found=1 made=4 paid=less]"


async def test_several_pictures_are_one_album_with_the_words_on_it_and_the_buttons_below(bench: Bench) -> None:
    results = [await bench.artifact(mark=mark) for mark in "abc"]
    ids = await bench.deliverer.deliver(bench.job(*results))
    album, below = list(bench.world.messages.values())[-2:]
    assert ids == (album.id, below.id)
    assert [content[:1] for content in album.contents] == [b"a", b"b", b"c"]
    assert album.text.startswith("[deliver-caption") and album.buttons == ()
    assert (album.reply_to, album.ping) == ("11", "7")
    assert below.text == "[deliver-pick count=3]"
    data = [button.data.removeprefix(f"job:{JOB_ID}:") for row in below.buttons for button in row]
    assert data == ["pick:0", "pick:1", "pick:2", "again", "file", "delete"]
    assert [button.label for button in below.buttons[0]] == ["1", "2", "3"]


async def test_pictures_that_are_there_are_not_sent_again_for_their_buttons(bench: Bench) -> None:
    faults: dict[str, list[Fault]] = {"send": ["flood", "lost"]}
    bench.world.decide = lambda method, number: faults[method].pop() if faults.get(method) else None
    results = [await bench.artifact(mark=mark) for mark in "ab"]
    ids = await bench.deliverer.deliver(bench.job(*results, ack_id=""))
    assert len(ids) == len(bench.world.messages) == 2 and bench.last.buttons
    bench.world.messages.clear()
    bench.world.decide = lambda method, number: "rejected" if method == "send" else None
    ids = await bench.deliverer.deliver(bench.job(*results, ack_id=""))
    assert ids == (bench.last.id,) and bench.last.files


async def test_links_stay_when_one_of_several_is_picked(discord_bench: Bench) -> None:
    bench = discord_bench
    large = [await bench.artifact(size=DISCORD.file_max_bytes + 1, mark=mark) for mark in "ab"]
    await bench.deliverer.deliver(bench.job(*large, place=CHANNEL, ack_id=""))
    links, below = bench.world.messages.values()
    assert links.text.count("[deliver-link") == 2 and links.buttons == ()
    assert below.buttons[0][0].data == f"job:{JOB_ID}:pick:0"


async def test_what_the_platform_has_is_not_uploaded_again(bench: Bench) -> None:
    artifact = await bench.artifact()
    await bench.deliverer.deliver(bench.job(artifact))
    await bench.media.delete([artifact.media])  # swept; the platform's own id stays
    await bench.deliverer.deliver(bench.job(artifact, id="job0000000000002"))
    (file,) = bench.last.files
    assert (file.file_id, file.path) == ("id-of-image-job00000.png", None)


async def test_a_result_that_is_shown_once_more_is_a_message_of_its_own(discord_bench: Bench) -> None:
    bench = discord_bench
    job = bench.job(await bench.artifact(), place=CHANNEL, ack_id="1-1")
    ack = bench.see_ack("1")
    await bench.deliverer.deliver(job)
    await bench.deliverer.close()
    ack.rendered = Rendered("as it was")
    await bench.deliverer.deliver(replace(job, state=JobState.DONE, origin_id=""))
    await bench.deliverer.close()
    assert len(bench.world.messages) == 3
    assert ack.text == "as it was"


async def test_an_id_that_the_platform_no_longer_knows_is_uploaded_instead(bench: Bench) -> None:
    artifact = await bench.artifact()
    await bench.deliverer.deliver(bench.job(artifact))
    tries: list[str] = []

    def decide(method: str, number: int) -> Fault | None:
        if method == "send_media":
            tries.append(method)
            return "rejected" if len(tries) == 1 else None
        return None

    bench.world.decide = decide
    await bench.deliverer.deliver(bench.job(artifact, id="job0000000000002"))
    assert bench.last.contents == (b"x" * 100,)


async def test_discord_shows_the_persons_words_and_the_model_as_they_are(discord_bench: Bench) -> None:
    bench = discord_bench
    await bench.deliverer.deliver(bench.job(await bench.artifact(), place=CHANNEL, person_id="p2", ack_id=""))
    assert "model=gpt\\_image\\-2" in bench.last.text and "prompt=a \\*red\\* fox" in bench.last.text
    assert bench.last.ping == "900"


# --- the ladder --------------------


async def test_too_large_becomes_smaller_with_a_word_on_why(discord_bench: Bench) -> None:
    bench = discord_bench
    bench.shrinker.size = 9 * 1024 * 1024
    large = await bench.artifact(size=DISCORD.file_max_bytes + 1, kind="video", mime="video/mp4")
    await bench.deliverer.deliver(bench.job(large, place=CHANNEL, kind="video"))
    assert len(bench.last.contents[0]) == bench.shrinker.size
    assert bench.shrinker.asked[0] < DISCORD.file_max_bytes
    assert "[deliver-smaller" in bench.last.text and f"size={large.size}" in bench.last.text
    deeds = [button.data.rpartition(":")[2] for row in bench.last.buttons for button in row]
    assert deeds == ["again", "still", "gif", "file", "delete"]


async def test_what_cannot_be_made_smaller_goes_by_link(discord_bench: Bench) -> None:
    bench = discord_bench
    large = await bench.artifact(size=DISCORD.file_max_bytes + 1, kind="video", mime="video/mp4")
    ids = await bench.deliverer.deliver(bench.job(large, place=CHANNEL, kind="video"))
    assert ids == (bench.last.id,)
    assert bench.links == [(large.media, "video-job00000.mp4")]
    assert "url=https://me.example/video-job00000.mp4" in bench.last.text
    assert bench.last.files == ()


async def test_without_a_link_the_person_is_told_where_it_is(bench: Bench) -> None:
    bench.deliverer._ladder._link = None
    large = await bench.artifact(size=TELEGRAM.file_max_bytes + 1)
    await bench.deliverer.deliver(bench.job(large))
    assert "[deliver-unsendable" in bench.last.text


async def test_each_rung_is_tried_once(bench: Bench) -> None:
    bench.world.file_bytes = 10  # less than the platform says
    bench.shrinker.size = 40
    await bench.deliverer.deliver(bench.job(await bench.artifact(size=100)))
    assert bench.world.methods().count("send_media") == 2
    assert "[deliver-link" in bench.last.text

    bench.world.calls.clear()
    bench.world.file_bytes = 60
    await bench.deliverer.deliver(bench.job(await bench.artifact(size=101), id="job0000000000002"))
    assert bench.world.methods().count("send_media") == 2
    assert len(bench.last.contents[0]) == 40


async def test_a_form_that_is_refused_goes_as_a_plain_file_then_by_link(bench: Bench) -> None:
    tries: list[int] = []

    def decide(method: str, number: int) -> Fault | None:
        tries.append(number)
        return "rejected" if method == "send_media" and len(tries) < refusals else None

    bench.world.decide = decide
    for refusals, job_id in ((3, "job0000000000001"), (99, "job0000000000002")):
        tries.clear()
        await bench.deliverer.deliver(bench.job(await bench.artifact(mark=job_id[-1]), id=job_id))
        assert bool(bench.last.files) is (refusals == 3)
    assert bench.world.methods().count("send_media") == 4
    assert [message.files[0].as_document for message in bench.world.messages.values() if message.files] == [True]


async def test_a_file_that_is_not_kept_any_more_is_a_sentence(bench: Bench) -> None:
    artifact = await bench.artifact()
    await bench.media.delete([artifact.media])
    await bench.deliverer.deliver(bench.job(artifact))
    assert bench.last.text == "[deliver-gone]"


async def test_a_long_prompt_is_shortened_until_the_caption_fits(bench: Bench) -> None:
    await bench.deliverer.deliver(bench.job(await bench.artifact(), prompt="word " * 2000))
    assert 150 < len(bench.last.text) < TELEGRAM.caption_max
    assert shortened("a  b\nc", 10) == "a b c"
    assert shortened("abcdef", 3) == "abc…"
    assert shortened("abcdef", 0) == ""


# --- trouble --------------------


@pytest.mark.parametrize(
    ("fault", "after_s"),
    [("flood", 3.0), ("lost", 3.0), ("done-lost", 3.0), ("away", 10.0)],
)
async def test_trouble_that_passes_is_left_to_the_worker(bench: Bench, fault: Fault, after_s: float) -> None:
    bench.world.decide = lambda method, number: fault if method == "send_media" else None
    job = bench.job(await bench.artifact())
    with pytest.raises(DeliverLater) as later:
        await bench.deliverer.deliver(job)
    assert later.value.after_s == after_s
    assert bench.world.methods().count("send_media") == 1


async def test_flood_control_is_remembered(bench: Bench) -> None:
    bench.deliverer._post.pacer.flooded(DM, 40)
    with pytest.raises(DeliverLater) as later:
        await bench.deliverer.deliver(bench.job(await bench.artifact()))
    assert later.value.after_s > 40
    assert bench.world.calls == []


async def test_a_closed_chat_is_undeliverable(bench: Bench) -> None:
    bench.world.decide = lambda method, number: "gone-chat"
    with pytest.raises(Undeliverable):
        await bench.deliverer.deliver(bench.job(await bench.artifact()))


async def test_a_group_that_moved_gets_its_result_and_is_kept_under_its_new_id(bench: Bench) -> None:
    async with bench.store.begin() as tx:
        await tx.people.save_group(Group(GROUP, allowed=True))
    bench.world.moved_to = "-200"
    bench.world.decide = lambda method, number: "moved" if method == "send_media" else None
    await bench.deliverer.deliver(bench.job(await bench.artifact(), place=GROUP, ack_id=""))
    assert bench.last.id.startswith("-200-")
    async with bench.store.read() as tx:
        group = await tx.people.group(replace(GROUP, chat="-200"))
    assert group is not None and group.allowed


async def test_a_repeated_delivery_is_dropped_by_a_platform_that_can(discord_bench: Bench) -> None:
    bench = discord_bench
    job = bench.job(await bench.artifact(), place=CHANNEL, ack_id="")
    bench.world.decide = lambda method, number: "done-lost" if method == "send_media" else None
    with pytest.raises(DeliverLater):
        await bench.deliverer.deliver(job)
    bench.world.decide = lambda method, number: None
    assert len(await bench.deliverer.deliver(job)) == 1
    assert len(bench.world.messages) == 1


# --- ends --------------------


async def test_a_failure_is_a_reply_with_another_try(bench: Bench) -> None:
    ack = bench.see_ack()
    job = bench.job(state=JobState.FAILED, error_key="error-gateway-model", error_params={"model": "m"})
    await bench.deliverer.tell(job)
    await bench.deliverer.close()
    assert bench.last.text == "[error-gateway-model model=m]"
    assert bench.last.reply_to == "11" and bench.last.ping == "7"
    assert bench.last.buttons[0][0].data == f"job:{JOB_ID}:again"
    assert (ack.text, ack.buttons) == ("[deliver-failed kind=image]", ())


async def test_an_order_that_may_have_been_lost_says_so(bench: Bench) -> None:
    await bench.deliverer.tell(bench.job(state=JobState.UNSURE, ack_id=""))
    assert bench.last.text == "[error-unsure]"


async def test_what_was_cancelled_is_said_in_its_place(bench: Bench) -> None:
    ack = bench.see_ack()
    await bench.deliverer.tell(bench.job(state=JobState.CANCELLED))
    assert ack.text == "[job-cancelled]" and len(bench.world.messages) == 1
    bench.world.messages.clear()
    await bench.deliverer.tell(bench.job(state=JobState.CANCELLED))  # its acknowledgement was deleted
    assert bench.last.text == "[job-cancelled]"


# --- progress --------------------


async def test_progress_is_edited_at_its_pace_and_on_change_only(bench: Bench) -> None:
    ack = bench.see_ack()
    job = bench.job(state=JobState.QUEUED)
    await bench.deliverer.progress(job)
    assert "state=queued" in ack.text and ack.buttons[0][0].data == f"job:{JOB_ID}:cancel"
    job = replace(job, state=JobState.WAITING, progress=30)
    bench.clock.advance(1.5)
    await bench.deliverer.progress(job)  # another stage: at once
    assert "bar=▰▰▰▱▱▱▱▱▱▱" in ack.text and "known=yes" in ack.text
    for _ in range(9):
        bench.clock.advance(1)
        await bench.deliverer.progress(replace(job, progress=60))
    assert "percent=30" in ack.text
    bench.clock.advance(1)
    await bench.deliverer.progress(replace(job, progress=60))
    assert "percent=60" in ack.text
    assert len(bench.world.calls) == 3


async def test_progress_never_raises_and_is_dropped_when_refused(bench: Bench) -> None:
    faults: list[Fault] = ["flood", "away", "gone-chat", "gone-message", "rejected", "lost"]
    for fault in faults:
        bench.world.decide = lambda method, number, fault=fault: fault  # type: ignore[misc]
        await bench.deliverer.progress(bench.job(state=JobState.WAITING, id=f"job-{fault}"))
        bench.clock.advance(60)
    assert len(bench.world.calls) == len(faults)
    calls = len(bench.world.calls)
    await bench.deliverer.progress(bench.job(state=JobState.MODAL, id="job-gone-message"))  # not asked for again
    await bench.deliverer.progress(bench.job(state=JobState.WAITING, ack_id="", id="other"))
    await bench.deliverer.progress(bench.job(state=JobState.WAITING, muted=True, id="other"))
    await bench.deliverer.progress(bench.job(state=JobState.WAITING, place=CHANNEL, id="other"))
    assert len(bench.world.calls) == calls


async def test_progress_gives_way_to_answers(bench: Bench) -> None:
    while bench.deliverer._post.pacer.preview(DM):
        pass
    await bench.deliverer.progress(bench.job(state=JobState.WAITING))
    assert bench.world.calls == []


# --- notices --------------------


async def test_a_notice_reaches_a_person_in_their_language(bench: Bench) -> None:
    assert await bench.deliverer.notify(Notice("n", "notice-broadcast", {"text": "hi"}, person_id="p1"))
    assert bench.last.text == "[notice-broadcast text=hi]"
    assert bench.last.id.startswith("7-")
    assert not await bench.deliverer.notify(Notice("n", "k", {}, person_id="p2"))  # no way from here
    assert not await bench.deliverer.notify(Notice("n", "k", {}, person_id="nobody"))
    assert not await bench.deliverer.notify(Notice("n", "k", {}, place=CHANNEL))


async def test_a_notice_to_a_place(bench: Bench) -> None:
    assert await bench.deliverer.notify(Notice("n", "k", {}, place=GROUP))
    assert bench.last.id.startswith("-100-")


async def test_a_notice_to_a_person_in_a_place_answers_their_message(bench: Bench) -> None:
    notice = Notice("n", "reminder", {"text": "tea", "reply_to": "11"}, "p1", GROUP)
    assert await bench.deliverer.notify(notice)
    assert bench.last.id.startswith("-100-")
    assert bench.last.text.startswith("[reminder ")
    assert (bench.last.reply_to, bench.last.ping) == ("11", "7")
    assert not await bench.deliverer.notify(replace(notice, place=CHANNEL))
    async with bench.store.begin() as tx:
        await tx.people.set_banned("p1", True)
    with pytest.raises(Undeliverable):
        await bench.deliverer.notify(notice)


async def test_a_person_whose_chats_are_closed_is_undeliverable(bench: Bench) -> None:
    async with bench.store.begin() as tx:
        await tx.people.add_person(Person("p3"), Sender("telegram", "closed-1", "Cem"))
    with pytest.raises(Undeliverable):
        await bench.deliverer.notify(Notice("n", "k", {}, person_id="p3"))
    bench.world.decide = lambda method, number: "gone-chat"
    with pytest.raises(Undeliverable):
        await bench.deliverer.notify(Notice("n", "k", {}, person_id="p1"))
    with pytest.raises(Undeliverable):
        await bench.deliverer.notify(Notice("n", "k", {}, place=Place("telegram", "-5")))


async def test_a_notice_waits_for_a_platform_that_is_away(bench: Bench) -> None:
    bench.world.decide = lambda method, number: "away"
    with pytest.raises(DeliverLater):
        await bench.deliverer.notify(Notice("n", "k", {}, person_id="p1"))


async def test_it_serves_the_platforms_it_has(bench: Bench) -> None:
    courier: Courier = bench.deliverer
    assert courier.platforms == {"telegram"}


async def test_a_stop_does_not_wait_for_an_acknowledgement_that_cannot_be_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried for half a minute; the result itself has been sent."""
    ack, resting = bench.see_ack(), asyncio.Event()

    async def rest(_: FakeClock, seconds: float) -> None:
        resting.set()
        await asyncio.Event().wait()

    bench.world.decide = lambda method, number: "away" if method == "edit" else None
    await bench.deliverer.deliver(bench.job(await bench.artifact()))
    monkeypatch.setattr(FakeClock, "sleep", rest)
    await resting.wait()
    async with asyncio.timeout(5):
        await bench.deliverer.close(0.01)
    assert ack.text == "working"
    assert bench.last.text.startswith("[deliver-caption")


async def test_a_call_beside_an_exchange_has_the_same_pace(bench: Bench) -> None:
    begun = bench.clock.monotonic()
    for _ in range(6):
        await bench.deliverer.paced(DM, lambda outlet, there: outlet.send(there, Rendered("hi")))
    assert [message.text for message in bench.world.messages.values()] == ["hi"] * 6
    assert bench.clock.monotonic() - begun > 2  # three at once, then one a second
    bench.world.decide = lambda method, number: "away"
    with pytest.raises(Unavailable):
        await bench.deliverer.paced(DM, lambda outlet, there: outlet.send(there, Rendered("never")))
