"""/say: a text, a message or an answer read aloud."""

from __future__ import annotations

from core.values import Artifact, JobState, ReplyTo
from tests.commands.rig import ANN, BOB, DM, GROUP, Rig


async def test_a_text(rig: Rig) -> None:
    incoming = rig.incoming("/say Good morning --voice puck --model gemini-2.5-flash-preview-tts")
    await rig.journal(incoming)
    (said,) = await rig.handle(incoming)
    [job] = await rig.jobs()
    assert (job.kind, job.prompt, dict(job.options)) == ("audio", "Good morning", {"voice": "Puck"})
    assert rig.texts.money(job.quote) in said.text
    assert said.data == [f"job:{job.id}:cancel"]
    assert await rig.open_events() == []
    await rig.handle(incoming)
    assert len(await rig.jobs()) == 1


async def test_as_a_slash_command(rig: Rig) -> None:
    await rig.slash("say", text="Good morning", model="tts-1", speed="1.5", voice="nova")
    [job] = await rig.jobs()
    assert (job.model, job.prompt, dict(job.options)) == ("tts-1", "Good morning", {"voice": "nova", "speed": "1.5"})


async def test_what_the_model_has_not(rig: Rig) -> None:
    for words in ("--voice Nobody", "--emotion sad --model tts-1", "--model suno-v4", "--model voice-clone"):
        (said,) = await rig.message(f"/say Hello {words}")
        assert said.text
    assert await rig.jobs() == []


async def test_somebodys_message(rig: Rig) -> None:
    await rig.message("/say", GROUP, reply=ReplyTo("9", author_id=BOB.id, text="See you <#1.5#> at nine"))
    [job] = await rig.jobs()
    assert job.prompt == "See you at nine"


async def test_an_answer_as_it_is_heard_and_whole(rig: Rig) -> None:
    [turn] = await rig.talk("tell me")
    turn = await rig.answer(turn, "# Foxes\n\nThey are **red**, see [1](https://example.com/fox).\n\n" + "Yes. " * 900)
    async with rig.store.begin() as tx:
        await tx.conversations.link(DM, "m77", f"turn:{turn.id}")
    await rig.message("/say", reply=ReplyTo("m77", own=True, text="Foxes"))
    [job] = await rig.jobs()
    assert job.prompt.startswith("Foxes.\nThey are red")
    assert "https" not in job.prompt
    assert len(job.prompt) > 4_000


async def test_words_that_were_made(rig: Rig) -> None:
    await rig.message("/image a fox")
    [job] = await rig.jobs()
    for state in (JobState.SENDING, JobState.READY):
        job = await rig.finish(job, state=state, results=(Artifact("text", text="A song of foxes"),))
    async with rig.store.begin() as tx:
        await tx.conversations.link(DM, "m77", f"job:{job.id}")
    await rig.message("/say", reply=ReplyTo("m77", own=True, text="cut …"))
    assert (await rig.jobs())[0].prompt == "A song of foxes"


async def test_nothing_to_say(rig: Rig) -> None:
    (said,) = await rig.message("/say")
    assert "/say Good morning" in said.text
    assert await rig.jobs() == []


async def test_a_long_text_has_one_price(rig: Rig) -> None:
    text = "The fox runs through the snow. " * 270
    (said,) = await rig.message("/say --model tts-1", reply=ReplyTo("9", author_id=BOB.id, text=text))
    [whole] = await rig.jobs(ANN)
    async with rig.store.read() as tx:
        pieces = await tx.jobs.pieces(whole.id)
    assert len(pieces) == 3
    assert whole.quote == 0
    assert rig.texts.money(sum(piece.quote for piece in pieces)) in said.text
    (refused,) = await rig.message("/say", reply=ReplyTo("9", author_id=BOB.id, text="a" * 30_000))
    assert "20,000" in refused.text
    assert len(await rig.jobs()) == 1
