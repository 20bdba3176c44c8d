"""What is shown with an answer beside its words: the thinking, what tools do and began, pictures, notes, the price."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bots.answers import Answers
from bots.format import render
from bots.markdown import utf16_length
from bots.outlet import Entity, Rendered, Surface
from bots.pace import Pacer
from bots.splitting import settled, split
from bots.surfaces import CONSOLE, DISCORD, RATES, TELEGRAM
from core.values import Artifact, Deed, Draft, Ending, JobState, Part, Place, SentPart, Turn, TurnState, Usage
from tests.delivery.backstage import Backstage, pictures
from tests.delivery.scripted import CHANNEL, DM, GROUP, PlainTexts, Script, ScriptedTurns, turn_of
from tests.delivery.virtual import LoopClock, run, until
from tests.delivery.world import Fault, Message, StrictOutlet, World


@dataclass
class Loudspeaker:
    spoken: list[str] = field(default_factory=list)
    broken: bool = False
    grown: list[str] = field(default_factory=list)

    def begin(self, turn: Turn, keep: Callable[[], Awaitable[None]]) -> Loudspeaker:
        self.grown.append("begun")
        return self

    def push(self, draft: Draft) -> None:
        self.grown.append(draft.text)

    async def end(self) -> None:
        self.grown.append("ended")

    async def answer(self, turn: Turn) -> None:
        self.spoken.append(turn.answer)
        if self.broken:
            raise RuntimeError("hoarse")


@dataclass
class Scene:
    world: World
    turns: ScriptedTurns
    stage: Backstage
    speaker: Loudspeaker = field(default_factory=Loudspeaker)

    def ended(self, place: Any = DM, answer: str = "some words", **changes: Any) -> Turn:
        fields: dict[str, Any] = {"state": TurnState.ANSWERED, "ending": Ending.COMPLETE, "answer": answer, **changes}
        return self.turns.add(turn_of(place, **fields), Script([]))

    def play(self, turn: Turn, *, recovered: bool = False) -> None:
        async def main() -> None:
            clock = LoopClock()
            outlets = {self.world.surface.platform: StrictOutlet(self.world)}
            behind = self.stage.behind(self.speaker)
            answers = Answers(self.turns, outlets, Pacer(clock, RATES), PlainTexts(), clock, behind=behind)
            answers.start(self.turns.turns[turn.id], recovered=recovered)
            await until(lambda: not answers.running)

        run(main)
        assert self.world.problems == []
        assert self.turns.turns[turn.id].state is TurnState.DONE

    @property
    def messages(self) -> list[Message]:
        return list(self.world.messages.values())

    def data(self, number: int) -> list[str]:
        return [button.data for row in self.messages[number].buttons for button in row]


@pytest.fixture
def telegram(tmp_path: Path) -> Scene:
    return Scene(World(TELEGRAM), ScriptedTurns(), Backstage(tmp_path))


@pytest.fixture
def discord(tmp_path: Path) -> Scene:
    return Scene(World(DISCORD, dedupes=True), ScriptedTurns(), Backstage(tmp_path))


# --- cards --------------------


def test_an_order_of_a_tool_is_acknowledged_below_the_answer(telegram: Scene) -> None:
    turn = telegram.ended(GROUP)
    job = telegram.stage.order(turn)
    telegram.play(turn)
    words, card = telegram.messages
    assert words.text == "some words"
    assert card.text == "[job-accepted about=0 kind=image model=gpt_image-2 price=40000 micros]"
    assert telegram.data(1) == [f"job:{job.id}:cancel"]
    assert card.reply_to == turn.origin_id
    assert telegram.stage.jobs.rows[job.id].ack_id == card.id


def test_who_asked_is_meant_where_a_reply_is_not_possible(discord: Scene) -> None:
    turn = discord.ended(CHANNEL)
    discord.stage.order(turn)
    discord.play(turn)
    assert [message.ping for message in discord.messages] == ["", "900"]
    assert "gpt\\_image\\-2" in discord.messages[1].text


@pytest.mark.parametrize(
    "changes", [{"state": JobState.READY}, {"state": JobState.DONE}, {"ack_id": "7-9"}, {"muted": True}]
)
def test_what_is_known_or_over_gets_no_card(telegram: Scene, changes: dict[str, Any]) -> None:
    turn = telegram.ended()
    telegram.stage.order(turn, **changes)
    telegram.play(turn)
    assert telegram.world.texts() == ["some words"]


@pytest.mark.parametrize(
    ("state", "sentence"),
    [(JobState.DONE, "[deliver-done kind=image]"), (JobState.FAILED, "[deliver-failed kind=image]")],
)
def test_an_order_that_ended_while_its_card_was_sent_has_nothing_to_cancel(
    telegram: Scene, state: JobState, sentence: str
) -> None:
    turn = telegram.ended()
    telegram.stage.order(turn)
    telegram.stage.ends = state
    telegram.play(turn)
    assert telegram.messages[1].text == sentence
    assert telegram.data(1) == []


def test_what_a_tool_may_not_do_by_itself_is_asked(telegram: Scene) -> None:
    turn = telegram.ended()
    proposal = telegram.stage.propose(turn)
    telegram.stage.propose(turn, 2, tool="remember", price=0, title="likes foxes")
    telegram.play(turn)
    _, first, second = telegram.messages
    assert first.text == "[proposal-ask tool=draw_picture]\npen: a fox\n[proposal-price price=50000]"
    assert telegram.data(1) == [f"prop:{proposal.id}:yes", f"prop:{proposal.id}:no"]
    assert second.text == "[proposal-ask tool=remember]\nlikes foxes"
    assert [each.message_id for each in telegram.stage.proposals.rows.values()] == [first.id, second.id]


def test_the_words_of_a_proposal_are_data(telegram: Scene, discord: Scene) -> None:
    title = "pen: @everyone **free** [x](http://evil.example) ||y||\n# Yes\u202e " + "long " * 200
    for scene, place in ((telegram, DM), (discord, CHANNEL)):
        turn = scene.ended(place)
        scene.stage.propose(turn, title=title)
        scene.play(turn)
    asked, shown, _ = telegram.messages[1].text.split("\n")
    assert telegram.messages[1].rendered.entities == ()
    assert "@\u2060everyone" in shown and "http:\u2060//evil.\u2060example" in shown and "\u202e" not in shown
    assert len(shown) < 620
    assert asked == "[proposal-ask tool=draw_picture]"
    assert (
        "\\@everyone \\*\\*free\\*\\* \\[x\\]\\(http\\://evil\\.example\\) \\|\\|y\\|\\| \\# Yes"
        in discord.messages[1].text
    )


def test_an_answer_without_a_word_that_began_something_is_not_empty(telegram: Scene) -> None:
    turn = telegram.ended(answer="", deeds=(Deed("draw_picture", "ordered", "job:x"),))
    telegram.stage.order(turn)
    telegram.play(turn)
    assert [message.text.split()[0] for message in telegram.messages] == ["[job-accepted"]


def test_a_message_that_waits_for_the_answer_is_filled_though_there_are_no_words(discord: Scene) -> None:
    discord.world.messages["1-1"] = Message("1-1", Rendered("…"))
    turn = discord.ended(CHANNEL, answer=" \n", opening_id="1-1")
    discord.stage.order(turn)
    discord.play(turn)
    assert discord.messages[0].text == "[answer-below]"
    assert len(discord.messages) == 2


def test_cards_that_a_dead_process_showed_are_not_shown_again(telegram: Scene) -> None:
    turn = telegram.ended(answer="all of it")
    telegram.turns.written[turn.id] = {1: SentPart(1, "7-1", 0, 9, True)}
    telegram.stage.order(turn, 1, ack_id="7-2")
    telegram.stage.order(turn, 2)
    telegram.stage.propose(turn, 1, message_id="7-3")
    telegram.stage.propose(turn, 2)
    telegram.play(turn, recovered=True)
    assert [message.text.split()[0] for message in telegram.messages] == ["[job-accepted", "[proposal-ask"]


def test_a_refused_card_does_not_stop_the_next(telegram: Scene) -> None:
    turn = telegram.ended()
    telegram.stage.propose(turn)
    telegram.stage.order(turn)
    telegram.world.decide = lambda method, number: "rejected" if number == 2 else None
    telegram.play(turn)
    assert [message.text.split()[0] for message in telegram.messages] == ["some", "[proposal-ask"]


def test_a_database_that_is_away_for_a_moment_costs_no_card(telegram: Scene) -> None:
    turn = telegram.ended()
    telegram.stage.order(turn)
    telegram.stage.broken = 3  # once for the settings, twice for the cards
    telegram.play(turn)
    assert len(telegram.messages) == 2


def test_a_database_that_stays_away_costs_no_word(telegram: Scene) -> None:
    turn = telegram.ended()
    telegram.stage.order(turn)
    telegram.stage.broken = 100
    telegram.play(turn)
    assert telegram.world.texts() == ["some words"]


# --- pictures --------------------


def test_pictures_come_below_the_words_and_are_written_down(telegram: Scene) -> None:
    turn = telegram.ended(GROUP, media=pictures(2))
    telegram.play(turn)
    words, album = telegram.messages
    assert words.text == "some words"
    assert album.contents == (b"pic1", b"pic2")
    assert [file.name for file in album.files] == ["picture-turn0000-1.png", "picture-turn0000-2.png"]
    assert album.reply_to == turn.origin_id
    assert telegram.turns.written[turn.id][1_000_000] == SentPart(1_000_000, album.id, 0, 0, True)
    assert telegram.stage.media.known == {
        "pic1": "id-of-picture-turn0000-1.png",
        "pic2": "id-of-picture-turn0000-2.png",
    }


def test_an_answer_of_pictures_alone_has_no_empty_message(telegram: Scene) -> None:
    turn = telegram.ended(answer="\n", media=pictures(1))
    telegram.play(turn)
    assert [message.contents for message in telegram.messages] == [(b"pic1",)]


def test_more_pictures_than_an_album_holds_are_several(discord: Scene) -> None:
    turn = discord.ended(CHANNEL, media=pictures(23))
    discord.play(turn)
    assert [len(message.contents) for message in discord.messages] == [0, 10, 10, 3]


def test_after_a_death_the_pictures_that_are_missing_are_sent(discord: Scene) -> None:
    turn = discord.ended(CHANNEL, answer="all of it", media=pictures(12))
    discord.turns.written[turn.id] = {
        1: SentPart(1, "1-1", 0, 9, True),
        1_000_000: SentPart(1_000_000, "1-2", final=True),
    }
    discord.play(turn, recovered=True)
    assert [message.contents for message in discord.messages] == [(b"pic11", b"pic12")]


def test_a_picture_that_is_too_large_goes_smaller(discord: Scene) -> None:
    turn = discord.ended(CHANNEL, media=pictures(1, size=DISCORD.file_max_bytes + 1))
    discord.play(turn)
    (_, picture) = discord.messages
    assert picture.contents == (b"small-pic1",)
    assert picture.text.startswith("[deliver-smaller")


@pytest.mark.parametrize(("fault", "sent"), [("rejected", b"pic1"), ("too-large", b"small-pic1")])
def test_a_picture_that_is_refused_goes_in_another_form(telegram: Scene, fault: Fault, sent: bytes) -> None:
    refused: list[int] = []

    def decide(method: str, number: int) -> Fault | None:
        if method == "send_media" and not refused:
            refused.append(number)
            return fault
        return None

    telegram.world.decide = decide
    turn = telegram.ended(media=pictures(1))
    telegram.play(turn)
    assert telegram.messages[1].contents == (sent,)
    assert telegram.messages[1].files[0].as_document is (fault == "rejected")


def test_a_picture_that_nobody_keeps_any_more_holds_up_nothing(
    telegram: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    turn = telegram.ended(media=(Artifact("image", media="gone", mime="image/png", size=5),))
    telegram.stage.order(turn)
    telegram.play(turn)
    assert [message.text.split()[0] for message in telegram.messages] == ["some", "[job-accepted"]
    assert "not kept any more" in caplog.text


# --- the thinking --------------------


def test_thoughts_are_folded_above_the_answer(telegram: Scene) -> None:
    telegram.stage.people.settings["thoughts"] = True
    turn = telegram.ended(
        thoughts="**A title**\n\nHmm.\n\n  Foxes @bob are **really** `red`.", effort="high", answer="**Red**."
    )
    telegram.play(turn)
    (message,) = telegram.messages
    fold = "💭 A title\nHmm.\nFoxes @\u2060bob are really `red`."
    assert message.text == f"{fold}\nRed."
    units = utf16_length(fold)
    assert message.rendered.entities == (
        Entity("expandable_blockquote", 0, units),
        Entity("bold", units + 1, 3),
    )


def test_thoughts_on_discord_are_small_and_covered(discord: Scene) -> None:
    discord.stage.people.settings["thoughts"] = True
    turn = discord.ended(CHANNEL, thoughts="no ||way\n\nout||\n#of <@12>", effort="low")
    discord.play(turn)
    assert discord.world.texts() == ["-# 💭 ||no \\|\\|way out\\|\\| \\#of \\<\\@12\\>||\nsome words"]


@pytest.mark.parametrize(("wanted", "effort"), [(False, "high"), (True, ""), (True, "off")])
def test_thoughts_that_nobody_asked_for_are_not_shown(telegram: Scene, wanted: bool, effort: str) -> None:
    telegram.stage.people.settings["thoughts"] = wanted
    telegram.play(telegram.ended(thoughts="hmm", effort=effort))
    assert telegram.world.texts() == ["some words"]


@pytest.mark.parametrize("place", [DM, CHANNEL])
def test_long_thoughts_never_push_the_answer_out(telegram: Scene, discord: Scene, place: Any) -> None:
    scene = telegram if place is DM else discord
    scene.stage.people.settings["thoughts"] = True
    answer = " ".join(f"w{number:06}" for number in range(600))
    scene.play(scene.ended(place, thoughts="😀 thought_s. " * 5000, effort="max", answer=answer))
    head, _, rest = scene.world.texts()[0].partition("\n")
    assert utf16_length(head) <= 720
    assert head.rstrip("|").endswith("…")
    assert " ".join([rest, *scene.world.texts()[1:]]).split() == answer.split()


def test_a_failure_is_told_without_what_was_thought_before_it(telegram: Scene) -> None:
    telegram.stage.people.settings["thoughts"] = True
    telegram.play(
        telegram.ended(answer="", thoughts="hmm", effort="high", ending=Ending.FAILED, error_key="error-moderated")
    )
    assert telegram.world.texts() == ["[error-moderated]"]


def growing(scene: Scene, place: Any, *drafts: tuple[float, Draft], **changes: Any) -> Turn:
    return scene.turns.add(turn_of(place, **changes), Script([], drafts=list(drafts)))


def previews(scene: Scene) -> list[str]:
    return [call.text for call in scene.world.calls if call.method in {"draft", "send", "edit"}]


def test_while_it_thinks_a_draft_says_so_and_where_it_is(telegram: Scene) -> None:
    telegram.stage.people.settings["thoughts"] = True
    thought = "First I look.\nThen I think about foxes"
    turn = growing(
        telegram,
        DM,
        (1.0, Draft("", "First I look.")),
        (3.0, Draft("", thought)),
        (3.0, Draft("Foxes are", thought)),
        (3.0, Draft("Foxes are red.", thought)),
        effort="high",
        thoughts=thought,
    )
    telegram.play(turn)
    shown = [text for text in dict.fromkeys(previews(telegram)) if text]
    assert shown[:3] == [
        "[answer-thinking]\nFirst I look.",
        "[answer-thinking]\nThen I think about foxes",
        "💭 First I look.\nThen I think about foxes\nFoxes are",
    ]
    assert telegram.world.texts() == ["💭 First I look.\nThen I think about foxes\nFoxes are red."]


def test_thinking_is_no_word_that_was_seen(discord: Scene) -> None:
    discord.stage.people.settings["thoughts"] = True
    turn = growing(discord, CHANNEL, (1.0, Draft("", "hmm")), (9.0, Draft("Red.", "hmm")), effort="low", thoughts="hmm")
    discord.play(turn)
    assert "-# [answer-thinking]\n-# hmm" in previews(discord)
    thought = next(call.at_s for call in discord.world.calls if "answer-thinking" in call.text)
    assert discord.turns.shown_at.get(turn.id, thought + 1) > thought
    assert len(discord.messages) == 1, "the message with the thinking became the answer"
    assert discord.world.texts() == ["-# 💭 ||hmm||\nRed."]


@pytest.mark.parametrize("place", [DM, GROUP])
def test_a_tool_that_runs_is_named(telegram: Scene, place: Any) -> None:
    turn = growing(
        telegram,
        place,
        (1.0, Draft("", doing="draw_picture")),
        (9.0, Draft("One moment.\n\n", doing="")),
        (9.0, Draft("One moment.\n\n", doing="mcp_secret")),
        (9.0, Draft("One moment.\n\nDone.")),
    )
    telegram.play(turn)
    shown = [text for text in dict.fromkeys(previews(telegram)) if text]
    assert shown[0] == "[doing-draw_picture]"
    assert "One moment.\n\n[doing-tool]" in shown
    assert telegram.world.texts() == ["One moment.\n\nDone."]


def test_a_tool_behind_a_full_part_is_named_in_the_next(telegram: Scene) -> None:
    full = " ".join(f"w{number:06}" for number in range(560)) + "\n\n"
    turn = growing(
        telegram,
        GROUP,
        (1.0, Draft(full + "x" * 600)),
        (20.0, Draft(full + "x" * 600, doing="calculate")),
        (9.0, Draft(full + "x" * 600)),
    )
    telegram.play(turn)
    assert "[doing-calculate]" in previews(telegram)[-2]
    assert " ".join(telegram.world.texts()).split() == (full + "x" * 600).split()


@pytest.mark.parametrize("thoughts", [True, False])
def test_a_turn_that_only_thought_still_ends_with_a_sentence(telegram: Scene, thoughts: bool) -> None:
    telegram.stage.people.settings["thoughts"] = thoughts
    turn = growing(telegram, GROUP, (5.0, Draft("", "hmm " * 30)), (5.0, Draft("", "hmm " * 60)), effort="high")
    telegram.play(turn)
    assert telegram.world.texts() == ["[answer-empty]"]


# --- below the answer --------------------


def test_what_it_cost_is_a_quiet_line(telegram: Scene, discord: Scene) -> None:
    usage = Usage(1200, 0, 56, 12, searches=2, estimated=True)
    line = "[answer-cost about=yes input=1200 model=m output=56 price=900 searches=2 thoughts=12]"
    for scene, place, expected in (
        (telegram, DM, f"some words\n\n{line}"),
        (discord, CHANNEL, f"some words\n\n-# {line}"),
    ):
        scene.stage.people.settings["cost"] = True
        scene.play(scene.ended(place, usage=usage, cost=900))
        assert scene.world.texts() == [expected]
    assert [entity.type for entity in telegram.messages[0].rendered.entities] == ["italic"]


def test_the_line_stands_alone_below_pictures_without_words(telegram: Scene) -> None:
    telegram.stage.people.settings["cost"] = True
    telegram.play(telegram.ended(answer="", media=pictures(1)))
    assert [message.text.split()[0] if message.text else "" for message in telegram.messages] == ["[answer-cost", ""]


def test_the_answer_says_how_files_were_read(telegram: Scene) -> None:
    question = (
        Part("text", text="what is it?"),
        Part("audio", text="Tell me @bob " + "more " * 100, media="k1", mime="audio/ogg", role="voice"),
        Part("document", text="long text", media="k2", mime="application/pdf", name="report_1.pdf"),
        Part("image", media="k3", mime="image/png"),
    )
    telegram.play(telegram.ended(question=question, ending=Ending.LENGTH))
    lines = telegram.world.texts()[0].split("\n")
    assert lines[2] == "[answer-length]"
    assert lines[3].startswith("[read-voice words=Tell me @\u2060bob more") and lines[3].endswith("…]")
    assert len(lines[3]) < 240
    assert lines[4] == "[read-words files=report_1.\u2060pdf]"
    assert len(lines) == 5


def test_many_notes_leave_room_for_the_answer(discord: Scene) -> None:
    names = [f"{'n' * 200}{number}.pdf" for number in range(10)]
    question = tuple(Part("document", text="t", media="k", mime="application/pdf", name=name) for name in names)
    spoken = tuple(Part("audio", text="so " * 200, media="k", mime="audio/ogg", role="voice") for _ in range(5))
    discord.stage.people.settings["cost"] = True
    answer = " ".join(f"w{number:06}" for number in range(400))
    discord.play(discord.ended(CHANNEL, answer=answer, question=(*spoken, *question)))
    shown = " ".join(discord.world.texts())
    assert [word for word in shown.split() if word.startswith("w0")] == answer.split()


@pytest.mark.parametrize(
    ("ending", "answer", "deeds"),
    [
        (Ending.LENGTH, "a", ["retry", "continue"]),
        (Ending.CUT, "a", ["retry", "continue"]),
        (Ending.STOPPED, "a", ["retry", "continue"]),
        (Ending.INTERRUPTED, "a", ["retry", "continue"]),
        (Ending.STOPPED, " ", ["retry"]),
        (Ending.REFUSED, "a", ["retry"]),
        (Ending.COMPLETE, "a", []),
    ],
)
def test_an_answer_that_was_cut_short_can_go_on(telegram: Scene, ending: Ending, answer: str, deeds: list[str]) -> None:
    turn = telegram.ended(answer=answer, ending=ending)
    telegram.play(turn)
    assert telegram.data(0) == [f"turn:{turn.id}:{deed}" for deed in deeds]


# --- aloud --------------------


@pytest.mark.parametrize(
    ("place", "wanted", "changes", "spoken"),
    [
        (DM, True, {}, ["some words"]),
        (DM, False, {}, []),
        (GROUP, True, {}, []),
        (DM, True, {"answer": ""}, []),
        (DM, True, {"ending": Ending.FAILED}, []),
    ],
)
def test_an_answer_is_read_aloud_in_private_to_who_wants_it(
    telegram: Scene, place: Any, wanted: bool, changes: dict[str, Any], spoken: list[str]
) -> None:
    telegram.stage.people.settings["voice"] = wanted
    telegram.play(telegram.ended(place, **changes))
    assert telegram.speaker.spoken == spoken


def test_a_voice_that_breaks_costs_nothing_else(telegram: Scene, caplog: pytest.LogCaptureFixture) -> None:
    telegram.stage.people.settings["voice"] = True
    telegram.speaker.broken = True
    turn = telegram.ended()
    telegram.stage.order(turn)
    telegram.play(turn)
    assert telegram.world.texts()[0] == "some words"
    assert "hoarse" in caplog.text


def test_the_console_has_it_all_too(tmp_path: Path) -> None:
    scene = Scene(World(CONSOLE), ScriptedTurns(), Backstage(tmp_path))
    scene.stage.people.settings |= {"thoughts": True, "cost": True}
    here = Place("console", "console", private=True)
    answer = "Red [\\[1\\]](https://a.example/x)."
    turn = scene.ended(here, thoughts="one\ntwo", effort="high", answer=answer, media=pictures(1))
    scene.stage.propose(turn)
    scene.play(turn)
    words, picture, card = scene.messages
    assert words.text.startswith("  │ 💭 one\n  │ two\nRed [1].\n\n[answer-cost")
    assert picture.contents == (b"pic1",)
    assert card.buttons


@pytest.mark.parametrize(("surface", "texts"), [(TELEGRAM, []), (CONSOLE, ["[answer-below]"])])
def test_a_draft_that_does_not_fade_by_itself_is_ended(tmp_path: Path, surface: Surface, texts: list[str]) -> None:
    scene = Scene(World(surface), ScriptedTurns(), Backstage(tmp_path))
    place = Place(surface.platform, "7", private=True)
    turn = growing(scene, place, (1.0, Draft("", doing="draw_picture")), (5.0, Draft("")), media=pictures(1))
    scene.play(turn)
    assert [text for text in scene.world.texts() if text] == texts


# --- sources --------------------


def test_the_number_of_a_source_is_a_small_link_on_telegram() -> None:
    rendered = render(
        "Red [\\[1\\]](https://a.example/x?y=1&z=%282%29), sly [\\[12\\]](http://b.example/). \\[x\\]", TELEGRAM
    )
    assert rendered.text == "Red [1], sly [12]. x"
    links = [(entity.offset, entity.length, entity.extra["url"]) for entity in rendered.entities[:2]]
    assert links == [(4, 3, "https://a.example/x?y=1&z=%282%29"), (13, 4, "http://b.example/")]
    assert rendered.entities[2].type == "pre", "a formula is still one"


def test_the_number_of_a_source_has_no_preview_on_discord() -> None:
    assert render("Red [\\[1\\]](https://a.example/x).", DISCORD).text == "Red [\\[1\\]](<https://a.example/x>)."


def test_the_number_of_a_source_is_a_number_on_the_console() -> None:
    answer = "Red [\\[1\\]](https://a.example/x).\n\n1. [A](https://a.example/x)"
    assert render(answer, CONSOLE).text == "Red [1].\n\n1. [A](https://a.example/x)"


@pytest.mark.parametrize("surface", [TELEGRAM, DISCORD, CONSOLE])
def test_a_table_keeps_the_number_of_a_source(surface: Surface) -> None:
    table = "| a | b |\n|---|---|\n| red [\\[1\\]](https://a.example/x) | y |"
    assert "red [1] | y" in render(table, surface).text


def test_a_source_that_has_only_begun_is_not_shown_yet() -> None:
    whole = "Red [\\[1\\]](https://a.example/x) and"
    for end in range(5, whole.index(")") + 1):
        assert settled(whole[:end]) == "Red "
    assert settled(whole) == whole


@pytest.mark.parametrize("surface", [TELEGRAM, DISCORD])
def test_many_sources_are_split_between_them(surface: Surface) -> None:
    marks = [
        f"word{number:03} [\\[{number}\\]](https://{number}.example/{'x' * (number % 300)})" for number in range(200)
    ]
    spans = split(" ".join(marks), surface)
    assert len(spans) > 1
    shown = " ".join(span.rendered.text for span in spans)
    numbers = re.findall(r"\[\\?\[?(\d+)\\?\]", shown)
    assert [int(number) for number in numbers] == list(range(200))
    for span in spans:
        assert span.rendered.text.count("](<") == span.rendered.text.count(">)")
        if surface is TELEGRAM:
            assert "http" not in span.rendered.text


@pytest.mark.parametrize("text", ["[" * 3000, "[\\[" * 1500, "[\\[1\\]" * 800, "\\[" * 3000 + "](", "[a](" * 1500])
def test_rows_of_brackets_take_no_time(text: str) -> None:
    begun = time.process_time()
    for surface in (TELEGRAM, DISCORD, CONSOLE):
        split(settled(text), surface)
    assert time.process_time() - begun < 2


def test_an_answer_is_heard_while_it_is_written(telegram: Scene) -> None:
    telegram.stage.people.settings["voice"] = True
    turn = telegram.turns.add(turn_of(DM), Script([(0.1, "One. "), (0.1, "Two.")]))
    telegram.play(turn)
    assert telegram.speaker.grown == ["begun", "One. ", "One. Two.", "ended"]
    assert telegram.speaker.spoken == ["One. Two."]
