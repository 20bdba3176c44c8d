"""Speech as it is brought: one voice message however many parts it had, and a way back to a voice that is gone."""

from __future__ import annotations

from core.errors import PartFailed, VoiceGone
from core.values import JobState, Voice
from tests.delivery.bench import JOB_ID, Bench
from tests.delivery.scripted import DM

MINIMAX = "speech-2.8-hd"


async def gone_voice(bench: Bench, *, gone: bool = True) -> None:
    voice = Voice("v1", "p1", "Mum", "sl1", "voice-clone", "a" * 64, "audio/mpeg", 9, DM, "j1", 5, used_ms=5)
    async with bench.store.begin() as tx:
        assert await tx.voices.add(voice, 5)
        if gone:
            await tx.voices.set_gone("v1")


async def test_parts_are_one_voice_message(bench: Bench) -> None:
    spoken = await bench.artifact(kind="audio", mime="audio/ogg")
    await bench.deliverer.deliver(bench.job(spoken, kind="audio", model=MINIMAX, action="splice", quote=0))
    (file,) = bench.last.files
    assert (file.kind, file.voice) == ("audio", True)
    assert "fox" not in bench.last.text


async def test_a_voice_that_was_made_says_its_first_words(bench: Bench) -> None:
    sample = await bench.artifact(kind="audio", mime="audio/ogg")
    await bench.deliverer.deliver(bench.job(sample, kind="audio", model="voice-clone", prompt=""))
    assert bench.last.files[0].voice


async def test_a_voice_that_is_gone_can_be_cloned_again(bench: Bench) -> None:
    await gone_voice(bench)
    why = {"made": 0, "count": 2, "numbers": "1, 2", "total": 2, "why": VoiceGone.key}
    own = {"kind": "audio", "model": MINIMAX, "state": JobState.FAILED, "options": {"voice": "own:mum"}}
    for error in ({"error_key": VoiceGone.key}, {"error_key": PartFailed.key, "error_params": why}):
        await bench.deliverer.tell(bench.job(**own, **error, ack_id=""))
        data = [button.data for row in bench.last.buttons for button in row]
        assert data == ["voice:again:v1:p1", f"job:{JOB_ID}:again"]
    assert f"why=[{VoiceGone.key}" in bench.last.text


async def test_one_that_is_there_is_not_offered(bench: Bench) -> None:
    await gone_voice(bench, gone=False)
    for voice in ("own:mum", "female-tianmei"):
        failed = {"state": JobState.FAILED, "error_key": VoiceGone.key, "options": {"voice": voice}}
        await bench.deliverer.tell(bench.job(kind="audio", model=MINIMAX, ack_id="", **failed))
        assert [button.data for row in bench.last.buttons for button in row] == [f"job:{JOB_ID}:again"]
