"""/summary and /export: what is known of a conversation, shown to whoever asks."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bots.commands import exporting
from bots.texts import Texts
from core.assistant import Summary
from core.values import Artifact, Deed, Ending, Part, Place
from tests.commands.rig import BOB, DM, GROUP, PHOTO, Rig

# --- /summary --------------------


async def summarised(rig: Rig, place: Place = DM) -> None:
    first, _, _ = await rig.talk("one", "two", "three", place=place, mentioned=True)
    async with rig.store.begin() as tx:
        await tx.conversations.save_summary(Summary(first.id, "They spoke of one.", 1))


async def test_the_summary_is_shown_and_forgotten_when_sure(rig: Rig) -> None:
    (said,) = await rig.message("/summary")
    assert "There is no summary" in said.text
    await summarised(rig, GROUP)
    (said,) = await rig.message("/summary", GROUP)
    assert said.private
    assert "They spoke of one." in said.text
    (refused,) = await rig.press(said.data[0], GROUP, BOB)
    assert refused.private
    (sure,) = await rig.press(said.data[0], GROUP, message_id=said.message_id)
    (kept,) = await rig.press(sure.data[1], GROUP, message_id=said.message_id)
    assert "stays" in kept.text
    assert "They spoke" in (await rig.message("/summary", GROUP))[0].text
    (gone,) = await rig.press(sure.data[0], DM, message_id=said.message_id)  # where Telegram shows it
    assert gone.edited == said.message_id
    assert "There is no summary" in (await rig.message("/summary", GROUP))[0].text


async def test_the_summary_in_chinese_by_slash_command(rig: Rig) -> None:
    (said,) = await rig.slash("summary", sender=BOB)
    assert said.text.startswith("没有摘要")


# --- /export --------------------


async def test_the_conversation_as_markdown(rig: Rig) -> None:
    await rig.message("what is it?", attachments=(PHOTO,))
    await rig.answer(rig.answers.started[0], "A *fox*.", thoughts="secret thoughts")
    await rig.talk("and that?")
    (said,) = await rig.message("/export")
    assert said.text == "This conversation, as it stands."
    ((place, name, data),) = rig.outlet.sent_files
    assert (place, name) == (DM, f"conversation-{rig.rules.day(rig.clock.now_ms())}.md")
    text = data.decode()
    assert text.index("what is it?") < text.index("[photo.png]") < text.index("A *fox*.") < text.index("re: and that?")
    assert "**You** · " in text
    assert "**gpt-5-mini**" in text
    assert "secret" not in text


async def test_the_conversation_as_json_for_its_person_alone(rig: Rig) -> None:
    await rig.talk("a question", place=GROUP, mentioned=True)
    await rig.answer(
        rig.answers.started[0], "an answer", thoughts="hm", deeds=(Deed("balance", "looked"),), model="gpt-5"
    )
    pointer = (await rig.message("/export JSON", GROUP))[-1]
    assert pointer.private
    ((place, name, data),) = rig.outlet.sent_files
    assert (place.private, name.endswith(".json")) == (True, True)
    (turn,) = json.loads(data)["turns"]
    assert (turn["question"], turn["answer"]) == ([{"text": "a question", "role": ""}], "an answer")
    assert (turn["thoughts"], turn["tools"], turn["model"]) == ("hm", [{"tool": "balance", "did": "looked"}], "gpt-5")
    assert turn["asked_by_you"]


async def test_the_whole_branch_is_exported_and_no_other(rig: Rig) -> None:
    await rig.talk("forgotten")
    await rig.message("/new")
    (said,) = await rig.message("/export")
    assert "nothing to export" in said.text
    await rig.talk("kept")
    await rig.slash("export", format="json")
    questions = [turn["question"][0]["text"] for turn in json.loads(rig.outlet.sent_files[0][2])["turns"]]
    assert questions == ["kept"]


async def test_another_format_is_none(rig: Rig) -> None:
    (said,) = await rig.message("/export pdf", sender=BOB)
    assert said.text == "“pdf”不能用于“格式”。可以用：md, json"
    assert said.private


@pytest.mark.parametrize("command", ["/export", "/export json"])
async def test_a_person_who_cannot_be_written_to_is_told_how(rig: Rig, command: str) -> None:
    """Some platforms say so when the chat is opened, others when something is sent."""
    await rig.talk("a question", place=GROUP, mentioned=True)
    rig.outlet.closed, rig.outlet.deaf = command == "/export", command != "/export"
    (said,) = await rig.message(command, GROUP)
    assert "Open a private chat" in said.text
    assert said.private
    assert rig.outlet.sent_files == []


async def test_every_kind_of_piece_is_named(rig: Rig) -> None:
    (turn,) = await rig.talk("look")
    question = (
        Part("text", text="a\nb", role="quoted"),
        Part("audio", text="what I said", media="m", role="voice"),
        Part("document", text="what it says", media="m", name="report.pdf", mime="application/pdf", size=5),
        Part("text", text="Go on", role="continue"),
    )
    told = replace(turn, question=question, answer="", media=(Artifact("image", media="m", mime="image/png", size=7),))
    texts = Texts()

    def words(key: str, **params: object) -> str:
        return texts("zh", key, **params)

    text = exporting.as_markdown([told], turn.person_id, words, texts.moment)
    assert "> a\n> b" in text
    assert "[录音] what I said" in text
    assert "[report.pdf]" in text
    assert "what it says" not in text
    assert "*继续*" in text
    assert text.rstrip().endswith("**gpt-5-mini**\n\n[图片]")
    (kept,) = json.loads(exporting.as_json([told], "somebody"))["turns"]
    assert [piece.get("said") for piece in kept["question"]] == [None, "what I said", "", None]
    assert kept["pictures"] == [{"mime": "image/png", "size": 7}]
    assert not kept["asked_by_you"]


@pytest.mark.parametrize("form", ["md", "json"])
async def test_a_file_is_bounded_and_says_what_it_leaves_out(rig: Rig, form: str) -> None:
    (turn,) = await rig.talk("long")
    half = "ü" * (exporting.FILE_BYTES // 4 - 1000)  # two bytes each
    turns = [replace(turn, id=str(number), answer=half, ending=Ending.COMPLETE) for number in range(4)]
    texts = Texts()
    if form == "md":
        text = exporting.as_markdown(turns, "", lambda key, **params: texts("en", key, **params), texts.moment)
        assert "The oldest 2 questions are left out" in text
    else:
        text = exporting.as_json(turns, "")
        assert json.loads(text)["left_out"] == 2
    assert len(text.encode()) <= exporting.FILE_BYTES + 1000
