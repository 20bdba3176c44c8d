"""Answering on the spot: in time, once, where it should be read, and after restarts, all as people see it on the stand-in."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bots.discord.book import Book
from bots.outlet import Button, Exchange, MediaFile, Rendered
from tests.discord.rig import MemoryInbox, Rig, at, front_end
from tests.standins.discord import DiscordStandin
from tests.standins.discord_faults import Fault, FaultKind
from tests.standins.discord_world import Channel, Interaction, Message, Person

DEFER = 5
AGAIN = ((Button("Again", "job:1:again"),),)


async def scene(standin: DiscordStandin) -> tuple[Channel, Person]:
    phone = standin.phone
    ann = phone.person("ann")
    guild = phone.guild("club", ann)
    room = phone.channel(guild)
    await phone.add_bot(guild)
    return room, ann


async def button(rig: Rig, room: Channel) -> Message:
    sent = await rig.front.outlet.send(at(room), Rendered("a film"), buttons=AGAIN)
    return rig.standin.world.messages[int(sent)]


async def use(rig: Rig, room: Channel, person: Person, command: str) -> "Used":
    """Uses a command whose handler waits for the test."""
    ready, done = holding(rig)
    interaction = await rig.standin.phone.slash(room, person, command)
    return Used(rig, interaction, await asyncio.wait_for(ready, 10), done)


def holding(rig: Rig) -> tuple[asyncio.Future[Exchange], asyncio.Event]:
    ready: asyncio.Future[Exchange] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def hold(exchange: Exchange) -> None:
        ready.set_result(exchange)
        await done.wait()

    rig.commands.act = hold
    rig.held.append(done)
    return ready, done


class Used:
    def __init__(self, rig: Rig, interaction: Interaction, exchange: Exchange, done: asyncio.Event) -> None:
        self.rig, self.interaction, self.exchange, self._done = rig, interaction, exchange, done
        self.place = at(interaction.channel)

    async def end(self) -> None:
        """The handler returns and everything that follows has happened."""
        self._done.set()
        await self.rig.inbox.until(lambda: not self.rig.inbox.undone())


async def test_an_answer_at_once_and_more(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    used = await use(rig, room, ann, "jobs")
    first = await used.exchange.say(Rendered("none yet"), buttons=AGAIN)
    second = await used.exchange.say(Rendered("try /video"))
    hidden = await used.exchange.say(Rendered("only you"), private=True)
    shown = rig.standin.phone.visible(room)
    assert [(str(m.id), m.text, m.labels) for m in shown] == [
        (first, "none yet", ["Again"]),
        (second, "try /video", []),
    ]
    assert hidden == ""
    assert [m.text for m in rig.standin.phone.visible(room, ann)][-1] == "only you"
    await rig.front.outlet.edit(used.place, first, Rendered("one"))
    assert shown[0].text == "one"
    assert [c.path.split("/")[1] for c in rig.standin.phone.calls if c.method == "PATCH"] == ["webhooks"]


async def test_a_slow_handler_is_deferred_in_time_and_fills_that_message(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    used = await use(rig, room, ann, "jobs")
    rig.clock.advance(1.6)
    await rig.standin.phone.until(lambda: used.interaction.answer == DEFER)
    original = used.interaction.original
    assert original is not None and original.loading
    assert await used.exchange.say(Rendered("here")) == str(original.id)
    assert [m.text for m in rig.standin.phone.visible(room)] == ["here"]


async def test_a_slow_store_does_not_cost_the_three_seconds(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    rig.inbox.gate = asyncio.Event()
    interaction = await rig.standin.phone.slash(room, ann, "jobs")
    await rig.standin.phone.until(lambda: len(rig.commands.joins) >= 0)
    while interaction.answer is None:
        rig.clock.advance(0.5)
        await asyncio.sleep(0)
    assert interaction.answer == DEFER
    rig.inbox.gate.set()
    await rig.commands.until(lambda: len(rig.commands.invocations) == 1)


async def test_an_opened_message_is_filled_by_edits(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    used = await use(rig, room, ann, "jobs")
    opening = await used.exchange.open()
    assert await used.exchange.open() == opening
    await rig.front.outlet.edit(used.place, opening, Rendered("the ans"))
    await rig.front.outlet.edit(used.place, opening, Rendered("the answer"))
    await used.end()
    assert [(str(m.id), m.text) for m in rig.standin.phone.visible(room)] == [(opening, "the answer")]


async def test_what_is_private_stays_private(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    used = await use(rig, room, ann, "balance")  # a private command: deferred for the asker alone
    assert await used.exchange.open() == ""
    assert await used.exchange.say(Rendered("7 credits"), private=True) == ""
    assert rig.standin.phone.visible(room) == []
    assert [m.text for m in rig.standin.phone.visible(room, ann)] == ["7 credits"]


async def test_a_private_word_after_a_public_defer(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    used = await use(rig, room, ann, "jobs")
    await used.exchange.open()
    assert await used.exchange.say(Rendered("no credits left"), private=True) == ""
    assert rig.standin.phone.visible(room) == []
    assert [m.text for m in rig.standin.phone.visible(room, ann)] == ["no credits left"]


async def test_in_a_direct_message_everything_is_an_ordinary_message(rig: Rig) -> None:
    ann = rig.standin.phone.person("ann")
    dm = rig.standin.phone.dm(ann)
    used = await use(rig, dm, ann, "balance")
    sent = await used.exchange.say(Rendered("7 credits"), private=True)
    assert [str(m.id) for m in rig.standin.phone.visible(dm)] == [sent]


async def test_a_command_that_says_nothing_does_not_think_forever(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    used = await use(rig, room, ann, "jobs")
    rig.clock.advance(1.6)
    await rig.standin.phone.until(lambda: used.interaction.answer == DEFER)
    await used.end()
    await rig.standin.phone.until(lambda: rig.standin.phone.visible(room) == [])


async def test_when_the_token_is_over_the_answer_comes_as_a_message(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    used = await use(rig, room, ann, "jobs")
    first = await used.exchange.say(Rendered("working"))
    rig.standin.clock.advance(901)
    await used.exchange.say(Rendered("done"))
    await used.exchange.say(Rendered("secret"), private=True)
    assert [m.text for m in rig.standin.phone.visible(room)] == ["working", f"{ann.mention} done"]
    assert [m.text for m in rig.standin.phone.visible(rig.standin.phone.dm(ann))] == ["secret"]
    await rig.front.outlet.edit(used.place, first, Rendered("edited as the bot"))
    assert rig.standin.phone.visible(room)[0].text == "edited as the bot"


async def test_a_late_first_answer_is_a_message_too(standin: DiscordStandin, book: Book) -> None:
    async with front_end(standin, book) as rig:
        room, ann = await scene(standin)
        used = await use(rig, room, ann, "jobs")
        standin.clock.advance(3.5)
        await used.exchange.say(Rendered("sorry, slow"))
        assert [m.text for m in standin.phone.visible(room)] == [f"{ann.mention} sorry, slow"]
    assert len(standin.phone.violations) == 1  # the one late answer


# -- presses -----------------------------------------------------------------------------------------------------


async def pressing(rig: Rig, room: Channel, person: Person) -> Used:
    message = await button(rig, room)
    ready, done = holding(rig)
    interaction = await rig.standin.phone.press(message, "Again", person)
    return Used(rig, interaction, await asyncio.wait_for(ready, 10), done)


async def test_a_press_changes_its_message_or_says_more(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    used = await pressing(rig, room, ann)
    press = rig.commands.presses[0]
    assert (press.data, press.sender.id, press.place) == ("job:1:again", str(ann.id), used.place)
    await used.exchange.revise(Rendered("pressed"), buttons=AGAIN)
    await used.exchange.revise(Rendered("pressed twice"))
    await used.exchange.say(Rendered("only you"), private=True)
    said = await used.exchange.say(Rendered("a new one"))
    message = used.interaction.message
    assert message is not None and (message.text, message.labels) == ("pressed twice", [])
    assert press.message_id == str(message.id)
    assert [m.text for m in rig.standin.phone.visible(room, ann)][-3:] == ["pressed twice", "only you", "a new one"]
    assert said == str(rig.standin.phone.visible(room)[-1].id)


async def test_a_press_is_acknowledged_even_if_nothing_is_said(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    used = await pressing(rig, room, ann)
    await used.end()
    await rig.standin.phone.until(lambda: used.interaction.answer == 6)
    assert used.interaction.message is not None and used.interaction.message.text == "a film"


async def test_an_opened_press_still_changes_its_message(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    used = await pressing(rig, room, ann)
    assert await used.exchange.open() == ""
    await used.exchange.revise(Rendered("later"))
    assert used.interaction.message is not None and used.interaction.message.text == "later"
    rig.standin.clock.advance(901)
    await used.exchange.revise(Rendered("much later"))
    assert used.interaction.message.text == "much later"


async def test_a_message_of_an_interaction_takes_a_file_by_its_token_while_that_lives(rig: Rig, tmp_path: Path) -> None:
    """Later the bot does it itself, with the file read anew."""
    room, ann = await scene(rig.standin)
    used = await use(rig, room, ann, "jobs")
    ack = await used.exchange.say(Rendered("accepted"))
    path = tmp_path / "preview.jpg"
    path.write_bytes(b"jpeg")
    file = MediaFile("image", "preview.jpg", "image/jpeg", path)
    await rig.front.outlet.show_media(used.place, ack, file, Rendered("40 %"), buttons=AGAIN)
    rig.standin.clock.advance(901)  # over at Discord, which we only learn by trying
    await rig.front.outlet.show_media(used.place, ack, file, Rendered("80 %"), buttons=AGAIN)
    (shown,) = rig.standin.phone.visible(room)
    assert (shown.text, [each.data for each in shown.files], shown.labels) == ("80 %", [b"jpeg"], ["Again"])
    patches = [(c.path.split("/")[1], c.status) for c in rig.standin.phone.calls if c.method == "PATCH"]
    assert patches == [("webhooks", 200), ("webhooks", 401), ("channels", 200)]


# -- messages ----------------------------------------------------------------------------------------------------


async def test_a_message_is_answered_by_a_reply_that_pings(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    rig.commands.act = lambda exchange: exchange.say(Rendered("hello"), buttons=AGAIN)
    said = await rig.standin.phone.say(room, ann, "hi", mention=True)
    answer = await rig.standin.phone.shows(room, "hello")
    assert (answer.reply_to, answer.pings, answer.labels) == (said, {ann.id}, ["Again"])


async def test_a_private_answer_to_a_message_goes_to_the_dm_or_says_why_not(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    rig.commands.act = lambda exchange: exchange.say(Rendered("7 credits"), private=True)
    await rig.standin.phone.say(room, ann, "/balance", mention=True)
    await rig.standin.phone.shows(rig.standin.phone.dm(ann), "7 credits")
    assert rig.standin.phone.from_bot(room) == []
    ann.dms_open = False
    await rig.standin.phone.say(room, ann, "/balance", mention=True)
    told = await rig.standin.phone.shows(room, "only for you")
    assert "7 credits" not in told.text


# -- restarts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deferred", [True, False])
async def test_a_command_of_a_dead_process_is_answered_by_the_next(
    standin: DiscordStandin, book: Book, deferred: bool
) -> None:
    """Killed after the journal: the next process has only the row, and finds out from Discord what was answered."""
    inbox = MemoryInbox()
    async with front_end(standin, book, inbox=inbox) as first:
        room, ann = await scene(standin)
        used = await use(first, room, ann, "jobs")
        if deferred:
            await used.exchange.open()
        row = next(iter(inbox.rows.values()))
        kept = replace(row)
        await used.end()
    inbox.rows = {kept.event.id: replace(kept, until_ms=0, done=False)}
    async with front_end(
        standin, book, inbox=inbox, owner="p2", act=lambda exchange: exchange.say(Rendered("done"))
    ) as second:
        await second.commands.until(lambda: len(second.commands.invocations) == 1)
        answer = await standin.phone.shows(room, "done")
        assert (answer is used.interaction.original) == deferred
        await inbox.until(lambda: inbox.rows[kept.event.id].done)
    assert [m.text for m in standin.phone.visible(room) if m.text.endswith("done")] == [answer.text]


async def test_stopping_finishes_what_runs_and_leaves_the_rest_written_down(
    standin: DiscordStandin, book: Book
) -> None:
    inbox = MemoryInbox()
    async with front_end(standin, book, inbox=inbox) as rig:
        room, ann = await scene(standin)
        used = await use(rig, room, ann, "jobs")
        rig.front.stop()
        await used.exchange.say(Rendered("finished"))
        await used.end()
        await rig.running
        late = await standin.phone.slash(room, ann, "jobs")
        await standin.phone.until(lambda: late.answer == DEFER)
        await standin.phone.say(room, ann, "and this?", mention=True)
        await inbox.until(lambda: len(inbox.rows) == 3)
    assert [event_id.split("-")[0] for event_id in inbox.undone()] == ["interaction", "message"]
    async with front_end(
        standin, book, inbox=inbox, owner="p2", act=lambda exchange: exchange.say(Rendered("back again"))
    ) as second:
        await second.commands.until(lambda: len(second.commands.incoming) == 1)
        await standin.phone.answered(late)
        assert late.original is not None and late.original.text == "back again"


async def test_a_failing_callback_becomes_an_ordinary_message(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    used = await use(rig, room, ann, "jobs")
    rig.standin.faults.add("POST", r"/interactions/.*", Fault("error", status=404, code=10062))
    await used.exchange.say(Rendered("anyway"))
    assert [m.text for m in rig.standin.phone.visible(room)] == [f"{ann.mention} anyway"]


# -- lost answers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
async def test_a_message_whose_answer_was_lost_is_shown_once(rig: Rig, fault: FaultKind) -> None:
    room, ann = await scene(rig.standin)
    rig.commands.act = lambda exchange: exchange.say(Rendered("hello"))
    rig.standin.faults.add("POST", r"/channels/\d+/messages", Fault(fault))
    await rig.standin.phone.say(room, ann, "hi", mention=True)
    await rig.inbox.until(lambda: bool(rig.inbox.rows) and not rig.inbox.undone())
    assert [m.text for m in rig.standin.phone.from_bot(room)] == ["hello"]


async def test_an_interaction_whose_calls_are_lost_gets_its_words(rig: Rig) -> None:
    room, ann = await scene(rig.standin)
    used = await use(rig, room, ann, "jobs")
    for method, path in (("POST", r"/interactions/.*"), ("POST", r"/webhooks/\d+/[^/]+"), ("PATCH", r"/webhooks/.*")):
        rig.standin.faults.add(method, path, Fault("drop_before"))
    first = await used.exchange.say(Rendered("none yet"))
    await used.exchange.say(Rendered("try /video"))
    assert [m.text for m in rig.standin.phone.visible(room)] == ["none yet", "try /video"]
    assert str(rig.standin.phone.visible(room)[0].id) == first
