"""/transcribe: by reply or attachment, in groups only when asked, before anything is paid."""

from __future__ import annotations

import pytest

from bots.commands import table
from core.values import Attachment, Job, ReplyTo
from tests.commands.rig import GROUP, PHOTO, Rig
from tests.core.test_transcribing import sound

VOICE = Attachment("audio", "voice-1", mime="audio/ogg", what="voice", size=3)


@pytest.fixture
def recorded(rig: Rig) -> Rig:
    rig.outlet.files["voice-1"] = sound(3.0)
    return rig


async def whole(rig: Rig) -> tuple[Job, list[Job]]:
    [job] = await rig.jobs()
    async with rig.store.read() as tx:
        return job, await tx.jobs.pieces(job.id)


async def test_a_recording_that_is_replied_to_is_answered(recorded: Rig) -> None:
    reply = ReplyTo("77", author_id="200", attachments=(VOICE,))
    (said,) = await recorded.message("/transcribe", GROUP, reply=reply)
    job, [piece] = await whole(recorded)
    assert (job.origin_id, job.action, piece.part_of, piece.options["seconds"]) == ("77", "words", job.id, "3")
    assert "📝" in said.text
    assert job.model in said.text
    assert said.buttons[0][0].data == f"job:{job.id}:cancel"


async def test_one_that_is_sent_along_with_times_and_a_language(recorded: Rig) -> None:
    incoming = recorded.incoming("/transcribe srt --language de --model whisper-1", attachments=(VOICE,))
    await recorded.journal(incoming)
    await recorded.handle(incoming)
    await recorded.handle(incoming)
    job, [piece] = await whole(recorded)
    assert (job.origin_id, job.options) == (incoming.message_id, {"times": "on"})
    assert piece.options == {"times": "on", "language": "de", "seconds": "3"}
    assert await recorded.open_events() == []


async def test_times_may_be_off(recorded: Rig) -> None:
    await recorded.message("/transcribe --times off", attachments=(VOICE,))
    job, [piece] = await whole(recorded)
    assert (job.options, "times" in piece.options) == ({}, False)


@pytest.mark.parametrize(
    ("text", "attachments", "said"),
    [
        ("/transcribe", (), "recording or a film"),
        ("/transcribe", (PHOTO,), ""),
        ("/transcribe srt --model gpt-4o-transcribe", (VOICE,), "whisper-1"),
        ("/transcribe --seconds 1", (VOICE,), "seconds"),
        ("/transcribe --language Klingonese", (VOICE,), "en, zh"),
    ],
)
async def test_what_cannot_be_done_is_said(
    recorded: Rig, text: str, attachments: tuple[Attachment, ...], said: str
) -> None:
    (answer,) = await recorded.message(text, attachments=attachments)
    assert said in answer.text
    assert await recorded.jobs() == []


async def test_a_voice_message_alone_in_a_group_is_left_alone(recorded: Rig) -> None:
    await recorded.message("hello")
    assert await recorded.message("", GROUP, attachments=(VOICE,)) == []
    assert await recorded.jobs() == []


def test_the_seconds_of_a_recording_are_no_option_of_the_command(rig: Rig) -> None:
    command = table.find("transcribe")
    assert command is not None
    assert {option.name for option in table.options(command, rig.catalog)} == {"times", "file", "model", "language"}
