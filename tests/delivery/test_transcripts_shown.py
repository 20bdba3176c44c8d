"""What was written down of a recording, as people see it: a message, or a file with its beginning, and what it cost."""

from __future__ import annotations

import pytest

from bots.ladder import files_of
from core.jobs import BY_HAND, WORDS
from core.values import Artifact, Job
from tests.delivery.bench import Bench
from tests.delivery.test_results import deeds


def transcript(bench: Bench, *made: Artifact, **changes: object) -> Job:
    return bench.job(
        *made, kind="audio", model="whisper-1", family=BY_HAND, action=WORDS, prompt="", quote=0, origin_id="77", **changes
    )  # fmt: skip


async def test_a_short_text_is_a_message_that_answers_the_recording(bench: Bench) -> None:
    bench.see_ack()
    text = "Good *morning* @all. " * 20
    await bench.deliverer.deliver(transcript(bench, Artifact("text", text=text)))
    message = bench.last
    assert message.reply_to == "77"
    assert "whisper" in message.text
    assert "morning" in message.text
    assert "@all" not in message.text  # nobody is called by what a recording says
    assert deeds(message.buttons) == ["job delete"]


@pytest.mark.parametrize(("mime", "name"), [("text/plain", "transcript-"), ("application/x-subrip", "transcript-")])
async def test_a_long_one_is_one_message_with_a_file_and_its_beginning(bench: Bench, mime: str, name: str) -> None:
    bench.see_ack()
    file = await bench.artifact(500, "document", mime)
    job = transcript(bench, Artifact("text", text="How it begins. " * 60), file)
    await bench.deliverer.deliver(job)
    sent = [message for message in bench.world.messages.values() if message.files]
    assert len(sent) == 1 and len(bench.world.messages) == 2
    assert sent[0].text.count("How it begins.") > 20
    assert len(sent[0].text) <= 1_024
    [(_, called)] = files_of(job)
    assert called.startswith(name) and called.endswith(".txt" if mime == "text/plain" else ".srt")


async def test_what_is_missing_is_said(bench: Bench) -> None:
    bench.see_ack()
    job = transcript(
        bench,
        Artifact("text", text="a [… 0:10:00–0:20:00 …] b"),
        error_key="transcript-gaps",
        error_params={"gone": 1, "made": 3},
    )
    await bench.deliverer.deliver(job)
    assert "gone=1" in bench.last.text or "1 of 3" in bench.last.text
