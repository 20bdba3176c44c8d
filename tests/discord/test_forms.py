"""Forms: the window that a press opens, what comes of it, and the words that are said where no window can be opened."""

import asyncio
from dataclasses import replace

import pytest

from bots.discord.book import Book
from bots.outlet import Exchange, Field, Form, Rendered
from tests.discord.rig import MemoryInbox, Rig, front_end
from tests.discord.test_exchange import AGAIN, Used, holding, pressing, scene, use
from tests.standins.discord import DiscordStandin
from tests.standins.discord_faults import Fault

DEFER_UPDATE, MODAL = 6, 9
PLACES = (("left", "the left half"), ("right", "the right half"))
FORM = Form(
    "Vary a region of this picture, whichever it may be",
    "mj:7:region:1",
    (
        Field("prompt", "What should be there?", value="a red fox", most=20),
        Field("only", "Where", choices=PLACES, value="right"),
        Field("note", "Anything else?", required=False),
    ),
)


async def submitting(rig: Rig, used: Used, fields: dict[str, str]) -> Used:
    ready, done = holding(rig)
    submitted = await rig.standin.phone.submit(used.interaction, fields)
    return Used(rig, submitted, await asyncio.wait_for(ready, 10), done)


async def test_a_fresh_press_opens_a_form_and_what_is_filled_in_comes_as_a_press(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    used = await pressing(rig, room, ann)
    assert await used.exchange.ask(Rendered("What should be there?"), FORM) == ""
    modal = used.interaction.modal
    assert modal is not None and (len(modal["title"]), modal["custom_id"]) == (45, "mj:7:region:1")
    await used.end()
    sent = await submitting(rig, used, {"only": "the left half"})
    press = rig.commands.presses[-1]
    assert (press.data, press.place, press.sender.id) == ("mj:7:region:1", used.place, str(ann.id))
    assert dict(press.fields) == {"prompt": "a red fox", "only": "left", "note": ""}
    assert used.interaction.message is not None and press.message_id == str(used.interaction.message.id)
    await sent.exchange.revise(Rendered("drawing"), buttons=AGAIN)
    await sent.exchange.say(Rendered("only you"), private=True)
    assert used.interaction.message.text == "drawing"
    assert [m.text for m in rig.standin.phone.visible(room, ann)] == ["drawing", "only you"]


async def test_after_the_form_more_can_be_said(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    used = await pressing(rig, room, ann)
    await used.exchange.ask(Rendered("?"), FORM)
    await used.exchange.revise(Rendered("filling in"))
    await used.exchange.say(Rendered("take your time"), private=True)
    await used.exchange.open()
    await used.end()
    assert [m.text for m in rig.standin.phone.visible(room, ann)] == ["filling in", "take your time"]


async def test_the_watch_does_not_answer_before_the_form(rig: Rig) -> None:
    """The window is on its way when the 1.5 s are over: it stays the first and only answer."""
    room, ann = await scene(rig.standin)
    used = await pressing(rig, room, ann)
    slow = Fault("hold")
    rig.standin.faults.add("POST", r"/interactions/.*", slow)
    asking = asyncio.create_task(used.exchange.ask(Rendered("?"), FORM))
    await slow.arrived.wait()
    rig.clock.advance(1.6)
    await asyncio.sleep(0)
    slow.release.set()
    assert await asking == "" and used.interaction.answer == MODAL
    await used.end()
    assert [c.body.get("type") for c in rig.standin.phone.calls if c.path.endswith("/callback")] == [MODAL]


async def test_a_form_that_comes_too_late_is_asked_for_in_words(rig: Rig) -> None:
    """As an ordinary message that names the person: what is replied to an interaction's own would come without its words."""
    room, ann = await scene(rig.standin)
    used = await pressing(rig, room, ann)
    rig.clock.advance(1.6)
    await rig.standin.phone.until(lambda: used.interaction.answer == DEFER_UPDATE)
    asked = await used.exchange.ask(Rendered("What should be there?"), FORM)
    question = rig.standin.phone.visible(room)[-1]
    assert (str(question.id), question.text, question.pings) == (
        asked,
        f"{ann.mention} What should be there?",
        {ann.id},
    )
    assert not question.from_interaction
    await used.end()
    rig.commands.act = None
    await rig.standin.phone.say(room, ann, "a blue fox", reply_to=question)
    await rig.commands.until(lambda: bool(rig.commands.incoming))
    reply = rig.commands.incoming[0].reply
    assert (rig.commands.incoming[0].text, reply and (reply.message_id, reply.own)) == ("a blue fox", (asked, True))


async def test_what_fits_no_form_is_asked_for_in_words(rig: Rig) -> None:
    """A drawing is a file of an ordinary reply; the button does not look failed."""
    room, ann = await scene(rig.standin)
    used = await pressing(rig, room, ann)
    assert await used.exchange.ask(Rendered("Your drawing, please."), Form("Drawing", "mj:7:region:1", ()))
    await used.end()
    await rig.standin.phone.until(lambda: used.interaction.answer == DEFER_UPDATE)
    question = rig.standin.phone.visible(room)[-1]
    assert question.text == f"{ann.mention} Your drawing, please." and not question.from_interaction


async def test_a_form_that_discord_takes_for_too_late_is_asked_for_in_words(
    standin: DiscordStandin, book: Book
) -> None:
    async with front_end(standin, book) as rig:
        room, ann = await scene(standin)
        used = await pressing(rig, room, ann)
        standin.clock.advance(3.5)
        assert await used.exchange.ask(Rendered("What?"), FORM)
        assert standin.phone.visible(room)[-1].text == f"{ann.mention} What?"
    assert len(standin.phone.violations) == 1  # the one late answer


async def test_a_slash_command_can_show_a_form_too(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    used = await use(rig, room, ann, "jobs")
    assert await used.exchange.ask(Rendered("?"), FORM) == ""
    await used.end()
    sent = await submitting(rig, used, {})
    assert rig.commands.presses[-1].message_id == ""
    await sent.exchange.revise(Rendered("drawing"))
    assert [m.text for m in rig.standin.phone.visible(room)] == ["drawing"]


async def test_a_slow_handler_of_a_form_is_deferred_in_time(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    used = await pressing(rig, room, ann)
    await used.exchange.ask(Rendered("?"), FORM)
    await used.end()
    sent = await submitting(rig, used, {})
    rig.clock.advance(1.6)
    await rig.standin.phone.until(lambda: sent.interaction.answer == DEFER_UPDATE)
    await sent.exchange.revise(Rendered("drawing"))
    assert used.interaction.message is not None and used.interaction.message.text == "drawing"


async def test_a_message_is_asked_back_by_a_reply(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    asked: list[str] = []

    async def ask(exchange: Exchange) -> None:
        asked.append(await exchange.ask(Rendered("What else?"), FORM))

    rig.commands.act = ask
    said = await rig.standin.phone.say(room, ann, "/mj", mention=True)
    question = await rig.standin.phone.shows(room, "What else?")
    await rig.inbox.until(lambda: not rig.inbox.undone())
    assert (question.reply_to, asked) == (said, [str(question.id)])


@pytest.mark.parametrize("command", [True, False])
async def test_a_form_of_a_dead_process_is_asked_for_in_words_by_the_next(
    standin: DiscordStandin, book: Book, command: bool
) -> None:
    """Nobody knows what was answered: no window opens, and no command thinks for ever."""
    inbox = MemoryInbox()
    async with front_end(standin, book, inbox=inbox) as first:
        room, ann = await scene(standin)
        used = await use(first, room, ann, "jobs") if command else await pressing(first, room, ann)
        await used.exchange.open()
        kept = replace(next(iter(inbox.rows.values())))
        await used.end()
    inbox.rows = {kept.event.id: replace(kept, until_ms=0, done=False)}
    act = lambda exchange: exchange.ask(Rendered("What else?"), FORM)  # noqa: E731
    async with front_end(standin, book, inbox=inbox, owner="p2", act=act):
        question = await standin.phone.shows(room, "What else?")
        await inbox.until(lambda: inbox.rows[kept.event.id].done)
        assert question.text == f"{ann.mention} What else?"
    assert all(not message.loading for message in standin.phone.visible(room))


async def test_a_filled_in_form_of_a_dead_process_is_done_by_the_next(standin: DiscordStandin, book: Book) -> None:
    inbox = MemoryInbox()
    async with front_end(standin, book, inbox=inbox) as first:
        room, ann = await scene(standin)
        used = await pressing(first, room, ann)
        await used.exchange.ask(Rendered("?"), FORM)
        await used.end()
        sent = await submitting(first, used, {"prompt": "一只狐狸 🦊"})
        event_id = f"interaction-{sent.interaction.id}"
        kept = replace(inbox.rows[event_id])
        await sent.end()
    inbox.rows = {event_id: replace(kept, until_ms=0, done=False)}
    async with front_end(standin, book, inbox=inbox, owner="p2") as second:
        await second.commands.until(lambda: bool(second.commands.presses))
        assert second.commands.presses[0].fields["prompt"] == "一只狐狸 🦊"
        assert second.commands.presses == first.commands.presses[-1:]


async def test_what_is_too_long_for_a_form_is_cut_as_discord_counts(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    used = await pressing(rig, room, ann)
    many = tuple((f"v{n}", "label " * 30) for n in range(30))
    fields = (Field("prompt", "😀" * 40, value="😀" * 3000), Field("model", "Which?", choices=many, required=False))
    await used.exchange.ask(Rendered("?"), Form("😀" * 40, "x:1", fields))
    assert used.interaction.modal is not None
    words, menu = (label["component"] for label in used.interaction.modal["components"])
    assert len(words["value"]) == 2000 and len(menu["options"]) == 25
