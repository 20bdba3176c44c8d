"""Chat, conversations, models, personas, languages, help: what each command does and says."""

from __future__ import annotations

import json

import pytest

from bots.commands import table
from bots.commands.handlers.models import mark
from bots.commands.request import plain
from bots.markdown import utf16_length as units
from bots.pages import pages
from bots.surfaces import DISCORD, TELEGRAM
from core.values import ReplyTo, TurnState
from tests.commands.rig import ANN, BOB, BOSS, DM, GROUP, PHOTO, Rig, reply_to


def started(rig: Rig) -> list[tuple[str, str]]:
    return [(turn.model, "|".join(part.text or part.kind for part in turn.question)) for turn in rig.answers.started]


# --- /start and /help --------------------


async def test_start_shows_three_examples_with_prices_that_do_what_one_would_type(rig: Rig) -> None:
    (said,) = await rig.message("/start")
    assert said.data == ["example:ask", "example:image", "example:video"]
    assert all("credit" in label for label in said.labels)
    assert "5 credits" in said.labels[1]
    for data in said.data:
        await rig.press(data)
    assert len(rig.answers.started) == 1
    assert [job.kind for job in await rig.jobs()] == ["video", "image"]


async def test_help_lists_what_this_person_may_use(rig: Rig) -> None:
    await rig.owner()
    (said,) = await rig.message("/help")
    listed = [line.split()[0] for line in said.text.splitlines() if line.startswith("/")]
    assert listed == [f"/{command.name}" for command in table.COMMANDS if command.name != "admin"]
    (said,) = await rig.message("/help", sender=BOSS)
    assert "/admin" in said.text


async def test_help_of_one_command_has_its_options_with_their_values(rig: Rig) -> None:
    (said,) = await rig.message("/help video")
    assert "--ratio (--ar)" in said.text
    assert "9:16" in said.text
    (said,) = await rig.message("/help /chat", sender=BOB)
    assert "--model (--模型)" in said.text
    (said,) = await rig.message("/help think")
    assert said.text.startswith("/think [auto|off|low|medium|high|max]\n")
    (said,) = await rig.message("/help nonsense")
    assert "/usage" in said.text
    (said,) = await rig.message("/help admin")
    assert "grant" not in said.text


@pytest.mark.parametrize("command", table.COMMANDS, ids=lambda command: command.name)
async def test_every_command_has_details(rig: Rig, command: table.Command) -> None:
    await rig.owner()
    (said,) = await rig.message(f"/help {command.name}", sender=BOSS)
    assert said.text.startswith(f"/{command.name}")
    assert len(said.text.splitlines()) > 1


# --- chat --------------------


async def test_chat_takes_a_model_and_a_persona_before_its_words(rig: Rig) -> None:
    await rig.message("/chat --model GPT-5 --persona tutor why --me?")
    (turn,) = rig.answers.started
    assert (turn.model, turn.persona, turn.question[0].text) == ("gpt-5", "tutor", "why --me?")


async def test_plain_words_take_options_too(rig: Rig) -> None:
    await rig.message("—m gpt-5 why?")
    assert started(rig) == [("gpt-5", "why?")]


async def test_a_slash_command_keeps_its_message_open_for_the_answer(rig: Rig) -> None:
    assert await rig.slash("chat", question="why?", model="gpt-5") == []
    (turn,) = rig.answers.started
    assert (turn.opening_id, turn.model) == ("opening-1", "gpt-5")


async def test_a_picture_with_words_is_a_question_about_it(rig: Rig) -> None:
    await rig.message("what is it?", attachments=(PHOTO,))
    (turn,) = rig.answers.started
    words, picture = turn.question
    assert (words.text, picture.kind, picture.mime) == ("what is it?", "image", "image/png")
    assert await rig.media.read(picture.media) == b"png"


async def test_a_picture_alone_asks_what_to_do_and_the_next_message_says_it(rig: Rig) -> None:
    (said,) = await rig.message(attachments=(PHOTO,))
    ask, edit, animate = said.data
    assert rig.answers.started == []
    assert await rig.open_events() == []

    (question,) = await rig.press(ask)
    assert "next message" in question.text
    await rig.message("which breed?")
    assert started(rig)[-1][1] == "which breed?|image"

    (question,) = await rig.press(edit)
    assert "5 credits" in question.text
    await rig.message("make it blue --ratio 16:9")
    (job,) = await rig.jobs()
    assert (job.prompt, job.options, len(job.inputs)) == ("make it blue", {"ratio": "16:9"}, 1)

    await rig.press(animate)
    await rig.message("it jumps")
    film, _ = await rig.jobs()
    assert (film.kind, film.prompt, len(film.inputs)) == ("video", "it jumps", 1)

    await rig.message("and now just talk")
    assert len(await rig.jobs()) == 2


async def test_the_waiting_for_words_can_be_called_off_and_ends_by_itself(rig: Rig) -> None:
    (said,) = await rig.message(attachments=(PHOTO,))
    await rig.press(said.data[1])
    (nothing,) = await rig.message("/cancel")
    assert "Never mind" in nothing.text
    await rig.press(said.data[1])
    rig.clock.advance(601)
    await rig.message("hello")
    assert await rig.jobs() == []
    assert started(rig)[0][1] == "hello"


async def test_somebody_elses_picture_is_not_theirs_to_use(rig: Rig) -> None:
    (said,) = await rig.message(attachments=(PHOTO,))
    (refused,) = await rig.press(said.data[0], sender=BOB)
    assert "不在" in refused.text


async def test_a_later_message_is_queued_and_told_so(rig: Rig) -> None:
    await rig.message("first")
    (turn,) = rig.answers.started
    await rig.shown(turn.id)
    (said,) = await rig.message("second")
    assert "next" in said.text
    assert len(rig.answers.started) == 1


async def test_new_and_stop(rig: Rig) -> None:
    (said,) = await rig.message("/stop")
    assert "nothing running" in said.text
    await rig.message("first")
    assert await rig.message("/stop") == []
    assert (await rig.turn(rig.answers.started[0].id)).stopping
    (said,) = await rig.message("/new")
    assert "afresh" in said.text


async def test_stop_by_slash_command_has_to_say_something(rig: Rig) -> None:
    await rig.message("first")
    (said,) = await rig.slash("stop")
    assert said.private


async def test_the_buttons_of_an_answer_work_for_its_asker_only(rig: Rig) -> None:
    await rig.message("first")
    (turn,) = rig.answers.started
    (refused,) = await rig.press(f"turn:{turn.id}:stop", sender=BOB)
    assert refused.private
    assert not (await rig.turn(turn.id)).stopping
    assert await rig.press(f"turn:{turn.id}:stop") == []
    assert (await rig.turn(turn.id)).stopping
    await rig.press(f"turn:{turn.id}:retry")
    assert [each.question for each in rig.answers.started] == [turn.question, turn.question]


async def test_retry_of_the_last_answer_with_another_model(rig: Rig) -> None:
    (said,) = await rig.message("/retry")
    assert "nothing running" in said.text
    await rig.message("why?")
    await rig.message("/retry --model gpt-5")
    await rig.message("/retry gpt-4o")
    assert [model for model, _ in started(rig)] == ["gpt-5-mini", "gpt-5", "gpt-4o"]


async def test_retry_of_the_answer_that_is_replied_to(rig: Rig) -> None:
    await rig.message("first")
    (turn,) = rig.answers.started
    async with rig.store.begin() as tx:
        await tx.conversations.link(DM, "answer-1", f"turn:{turn.id}")
    await rig.message("/new")
    await rig.message("/retry", reply=ReplyTo("answer-1", own=True))
    assert started(rig)[-1][1] == "first"


# --- models and personas --------------------


async def test_the_picker_pages_and_chooses(rig: Rig) -> None:
    (said,) = await rig.message("/model")
    assert "page 1 of 2" in said.text
    assert said.labels[0].startswith("✓ gpt-5-mini · ")
    (turned,) = await rig.press(said.data[-1], message_id=said.message_id)
    assert turned.edited == said.message_id
    assert turned.data[-1] == "models:0"
    (chosen,) = await rig.press(f"model:{mark('gpt-4o')}")
    assert "gpt-4o answers you here" in chosen.text
    await rig.message("why?")
    assert started(rig)[0][0] == "gpt-4o"
    assert all(len(data.encode()) <= 60 for data in said.data)


async def test_a_model_by_name_and_an_unknown_one(rig: Rig) -> None:
    (said,) = await rig.message("/model --model GPT-5")
    assert said.text.startswith("gpt-5 answers")
    (said,) = await rig.message("/model gemni-2.5-pro")
    assert "gemini-2.5-pro" in said.text
    assert "claude" not in said.text
    (said,) = await rig.press("model:ffff")
    assert "gpt-5-mini" in said.text


async def test_personas(rig: Rig) -> None:
    (said,) = await rig.message("/persona")
    assert said.labels == ["✓ none", "Tutor"]
    (chosen,) = await rig.press(said.data[1])
    assert "tutor" in chosen.text
    await rig.message("/persona NONE")
    await rig.message("/persona Tutor")
    await rig.message("why?")
    assert rig.answers.started[0].persona == "tutor"
    (said,) = await rig.message("/persona pirate")
    assert "tutor" in said.text


# --- language, settings --------------------


async def test_the_language_is_the_persons_own_until_they_choose(rig: Rig) -> None:
    (said,) = await rig.message("/new", sender=BOB)
    assert said.text.startswith("好的")
    (said,) = await rig.message("/language english", sender=BOB)
    assert "English it is" in said.text
    (said,) = await rig.message("/new", sender=BOB)
    assert said.text.startswith("Done")
    (said,) = await rig.message("/language auto", sender=BOB)
    assert "跟随" in said.text
    (said,) = await rig.message("/language klingon")
    assert "en, zh, auto" in said.text


async def test_settings_by_buttons(rig: Rig) -> None:
    (said,) = await rig.message("/settings", GROUP)
    assert said.private
    assert "gpt-5-mini" in said.text
    assert "none" in said.text
    assert said.data[:3] == ["languages", "models:0", "personas"]
    (languages,) = await rig.press("languages")
    (chosen,) = await rig.press(rig.button(languages, "中文").data)
    assert chosen.text == "好的，以后说中文。"
    (personas,) = await rig.press("personas")
    assert personas.edited


# --- privacy --------------------


async def test_privacy_exports_to_the_private_chat_and_deletes_when_sure(rig: Rig) -> None:
    await rig.message("a secret question", GROUP, mentioned=True)
    (said,) = await rig.message("/privacy", GROUP)
    assert said.private
    assert "24 hours" in said.text
    assert "30 days" in said.text
    _, pointer = await rig.press("privacy:export", GROUP)
    assert pointer.private
    ((place, name, data),) = rig.outlet.sent_files
    assert (place, name) == (DM, "starlight-export.json")
    assert "a secret question" in data.decode()
    assert json.loads(data)
    (sure,) = await rig.press("privacy:erase", GROUP)
    (kept,) = await rig.press(sure.data[1], GROUP)
    assert "stays" in kept.text
    await rig.press(sure.data[0], GROUP)
    await rig.press("privacy:export")
    assert "a secret question" not in rig.outlet.sent_files[-1][2].decode()


# --- how long texts go --------------------


def test_long_answers_of_commands_are_cut_between_lines() -> None:
    text = "\n".join(f"line {number} 🎬" for number in range(500))
    found = pages(text, 1000)
    assert all(units(page) <= 1000 for page in found)
    assert "\n".join(found) == text
    assert pages("", 10) == [""]
    assert "".join(pages("🎬" * 50, 10)) == "🎬" * 50


def test_stars_of_a_prompt_are_no_style_where_text_is_markdown() -> None:
    assert plain("a_b *c*", DISCORD).text == r"a\_b \*c\*"
    assert plain("a_b *c*", TELEGRAM).text == "a_b *c*"


async def test_a_parked_question_is_never_asked_by_itself(rig: Rig) -> None:
    (said,) = await rig.message(attachments=(PHOTO,))
    turn = await rig.turn(said.data[0].split(":")[1])
    assert turn.state is TurnState.DROPPED
    await rig.message("hello")
    assert rig.answers.started[0].parent_id == ""


async def test_words_for_a_picture_in_a_group_come_as_a_reply(rig: Rig) -> None:
    (said,) = await rig.message(attachments=(PHOTO,))
    turn_id = said.data[0].split(":")[1]
    (question,) = await rig.press(f"park:{turn_id}:ask", GROUP)
    assert "Reply" in question.text
    await rig.message("which breed?", GROUP, reply=reply_to(question))
    assert started(rig) == [("gpt-5-mini", "which breed?|image")]


async def test_owners_are_told_apart_from_others_only_by_what_they_may(rig: Rig) -> None:
    await rig.owner()
    (said,) = await rig.message("/balance", sender=BOSS)
    assert "owner" in said.text
    (said,) = await rig.message("/balance", sender=ANN)
    assert "100 credits" in said.text
