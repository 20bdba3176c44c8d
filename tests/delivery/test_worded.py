"""Words with results and as results: what was pressed, descriptions of pictures, and what models and strangers wrote, which
calls nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots.captions import fitting, worded
from bots.markdown import utf16_length
from bots.outlet import Surface
from bots.surfaces import DISCORD, TELEGRAM
from core.ports import DeliverLater
from core.values import Artifact, Job, JobState, RemoteButton
from tests.delivery.bench import JOB_ID, Bench
from tests.delivery.scripted import CHANNEL
from tests.delivery.world import Fault

DESCRIBED = tuple(Artifact("text", text=f"{word} fox, *oil* on canvas") for word in ("red", "blue", "grey", "old"))


async def parent(bench: Bench) -> Job:
    job = bench.job(id="parent0000000001", buttons=(RemoteButton("MJ::U2", "U2", "upscale"),), state=JobState.DONE)
    async with bench.store.begin() as tx:
        await tx.jobs.add(job)
    return job


# --- what was pressed --------------------


async def test_the_caption_tells_which_button_was_pressed(bench: Bench) -> None:
    child = bench.job(await bench.artifact(), continues=(await parent(bench)).id, press="MJ::U2", action="upscale")
    await bench.deliverer.deliver(child)
    assert bench.last.text == "[deliver-caption model=gpt_image-2 · U2 price=40000 prompt=a *red* fox]"


@pytest.mark.parametrize("continues", ["parent0000000001", "gone000000000001"])
async def test_without_its_label_it_tells_what_was_done(bench: Bench, continues: str) -> None:
    await parent(bench)
    child = bench.job(await bench.artifact(), continues=continues, press="MJ::other", action="upscale")
    await bench.deliverer.deliver(child)
    assert "model=gpt_image-2 · [deliver-action action=upscale] price" in bench.last.text


# --- words as results --------------------


async def test_a_description_is_a_message_that_answers_and_offers_to_draw(bench: Bench) -> None:
    ack = bench.see_ack()
    ids = await bench.deliverer.deliver(bench.job(*DESCRIBED, action="describe", prompt=""))
    await bench.deliverer.close()
    said = bench.last
    assert ids == (said.id,) and said.files == ()
    head, *texts = said.text.split("\n\n")
    assert head.startswith("[deliver-caption model=gpt_image-2 · [deliver-action action=describe]")
    assert texts == [f"{number}\ufe0f\u20e3 {each.text}" for number, each in enumerate(DESCRIBED, 1)]
    assert (said.reply_to, said.ping) == ("11", "7")
    assert [button.data for row in said.buttons for button in row][:4] == [f"mj:{JOB_ID}:draw:{n}" for n in range(4)]
    assert ack.text == "[deliver-done kind=text]"


async def test_long_descriptions_are_several_messages_of_which_the_last_has_the_buttons(discord_bench: Bench) -> None:
    bench = discord_bench
    texts = [Artifact("text", text=f"{number} " + "fox " * 300) for number in range(4)]
    job = bench.job(*texts, place=CHANNEL, person_id="p2", action="describe", ack_id="")
    await bench.deliverer.deliver(job)
    said = list(bench.world.messages.values())
    assert [each.text.count("fox") for each in said] == [301, 300, 300, 300]  # one is in the prompt
    assert [bool(each.buttons) for each in said] == [False, False, False, True]
    assert [each.ping for each in said] == ["900", "", "", ""]
    await bench.deliverer.deliver(job)  # the worker did not hear that it was done
    assert len(bench.world.messages) == 4


async def test_of_several_messages_a_later_one_that_fails_does_not_double_the_first(bench: Bench) -> None:
    faults: dict[int, Fault] = {2: "away", 3: "lost"}
    bench.world.decide = lambda method, number: faults.get(number)
    await bench.deliverer.deliver(bench.job(*[Artifact("text", text="fox " * 900) for _ in range(2)], ack_id=""))
    assert [message.text.count("fox") for message in bench.world.messages.values()] == [901, 900]
    assert len(bench.world.calls) == 4


async def test_pictures_and_words_both_arrive(bench: Bench) -> None:
    picture, words = await bench.artifact(), Artifact("text", text="this is what I drew")
    ids = await bench.deliverer.deliver(bench.job(picture, words))
    first, second = bench.world.messages.values()
    assert ids == (first.id, second.id)
    assert first.contents and first.buttons and not second.buttons
    assert second.text == "this is what I drew"


async def test_the_first_message_is_left_to_the_worker(bench: Bench) -> None:
    bench.world.decide = lambda method, number: "away"
    with pytest.raises(DeliverLater):
        await bench.deliverer.deliver(bench.job(*DESCRIBED))
    assert bench.world.methods() == ["send"]


@pytest.mark.parametrize("surface", [TELEGRAM, DISCORD], ids=lambda surface: surface.platform)
@pytest.mark.parametrize(
    "text", ["fox " * 5_000, "*" * 9_000, "🦊" * 9_000, "@you http://x.example/a /start\x00\ud800"]
)
def test_no_text_is_too_much_for_a_message(surface: Surface, text: str) -> None:
    messages = worded("head", [text, "short", text], surface)
    assert all(0 < utf16_length(message) <= surface.text_cut for message in messages)
    assert messages[0].startswith("head")
    assert "2\ufe0f\u20e3 short" in "\n".join(messages)


# --- harmless --------------------

HOSTILE = "I will not, @everyone. See http://evil.example or /start, \u202eabc\x07"


async def test_what_a_model_wrote_in_place_of_a_picture_calls_nobody(bench: Bench) -> None:
    job = bench.job(state=JobState.FAILED, error_key="error-declined", error_params={"words": HOSTILE * 20, "n": 3})
    await bench.deliverer.tell(job)
    text = bench.last.text
    assert text.startswith("[error-declined n=3 words=I will not, @\u2060everyone.")
    assert "http:\u2060//evil" in text and "/\u2060start" in text
    assert "\u202e" not in text and "\x07" not in text
    assert len(text) < 600


async def test_nor_on_discord(discord_bench: Bench) -> None:
    bench = discord_bench
    params = {"word": "<@900> **@here** [x](http://evil.example)"}
    job = bench.job(place=CHANNEL, state=JobState.FAILED, error_key="error-banned-word", error_params=params)
    await bench.deliverer.tell(job)
    assert r"\<\@900\>" in bench.last.text and r"\*\*\@here\*\*" in bench.last.text and r"\[x\]" in bench.last.text


async def test_nor_with_a_result_and_in_a_prompt_that_a_model_wrote(bench: Bench) -> None:
    job = bench.job(await bench.artifact(), prompt=HOSTILE, error_key="deliver-partly", error_params={"paid": "@bob"})
    await bench.deliverer.deliver(replace(job, model="@model"))
    for word in ("everyone", "bob", "model"):
        assert f"@\u2060{word}" in bench.last.text and f"@{word}" not in bench.last.text


def test_lines_that_do_not_fit_are_left_out() -> None:
    assert fitting(["a", "a", "bb", "c"], 4) == "a\nbb"
    assert fitting(["abcde"], 4) == ""
