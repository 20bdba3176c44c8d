"""The Discord outlet through the stand-in: what people see of a send, an edit, a file, and what every failure becomes."""

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bots.discord import payloads
from bots.discord.waveform import waveform
from bots.outlet import (
    AnswerLost,
    Button,
    ChatGone,
    Flooded,
    MediaFile,
    MessageGone,
    OutletError,
    Rejected,
    Rendered,
    SentMedia,
    TooLarge,
    Unavailable,
)
from core.values import Attachment, Place
from tests.discord.rig import Rig, at
from tests.standins.discord_faults import Fault, FaultKind
from tests.standins.discord_world import Channel

SENDS = r"/channels/\d+/messages"
AGAIN = ((Button("Again", "job:1:again"),),)


async def a_room(rig: Rig) -> Channel:
    phone = rig.standin.phone
    guild = phone.guild("club", phone.person("owner"))
    room = phone.channel(guild)
    await phone.add_bot(guild)
    return room


async def test_a_reply_pings_whom_it_may_and_nobody_else(rig: Rig) -> None:
    phone, outlet = rig.standin.phone, rig.front.outlet
    room, ann, bob = await a_room(rig), phone.person("ann"), phone.person("bob")
    question = await phone.say(room, ann, "a fox please", mention=True)
    text = Rendered(f"here, not for {bob.mention} @everyone")
    sent = await outlet.send(at(room), text, reply_to=str(question.id), ping=str(ann.id))
    shown = rig.standin.world.messages[int(sent)]
    assert (shown.text, shown.reply_to, shown.pings) == (text.text, question, {ann.id})
    answer = await outlet.send(at(room), text, reply_to=str(question.id))  # for whoever asked
    assert rig.standin.world.messages[int(answer)].pings == {ann.id}
    silent = await outlet.send(at(room), text)
    assert rig.standin.world.messages[int(silent)].pings == set()


@pytest.mark.parametrize("reply_to", ["", "slash-123"])
async def test_without_a_message_to_reply_to_the_person_is_named(rig: Rig, reply_to: str) -> None:
    room, ann = await a_room(rig), rig.standin.phone.person("ann")
    sent = await rig.front.outlet.send(at(room), Rendered("your film"), reply_to=reply_to, ping=str(ann.id))
    shown = rig.standin.world.messages[int(sent)]
    assert (shown.text, shown.pings) == (f"{ann.mention} your film", {ann.id})


async def test_a_full_message_is_sent_without_the_name(rig: Rig) -> None:
    room, ann = await a_room(rig), rig.standin.phone.person("ann")
    text = "😀" * 1000
    sent = await rig.front.outlet.send(at(room), Rendered(text), ping=str(ann.id))
    assert rig.standin.world.messages[int(sent)].text == text


async def test_in_a_direct_message_nobody_is_named_and_a_deleted_question_is_no_trouble(rig: Rig) -> None:
    phone = rig.standin.phone
    ann = phone.person("ann")
    dm = phone.dm(ann)
    question = await phone.say(dm, ann, "hi")
    await phone.delete(question)
    place = await rig.front.outlet.private(str(ann.id))
    assert place == at(dm) and place.private
    await rig.front.outlet.send(place, Rendered("hello"), reply_to=str(question.id), ping=str(ann.id))
    assert [m.text for m in phone.visible(dm)] == ["hello"]


async def test_buttons_edits_and_deletes(rig: Rig) -> None:
    phone, outlet = rig.standin.phone, rig.front.outlet
    dm = phone.dm(phone.person("ann"))
    rows = ((Button("Again", "job:1:again", style="primary"), Button("Site", url="https://example.com")),)
    sent = await outlet.send(at(dm), Rendered("one"), buttons=rows)
    shown = rig.standin.world.messages[int(sent)]
    assert [(c["label"], c.get("custom_id"), c["style"]) for c in shown.controls] == [
        ("Again", "job:1:again", 1),
        ("Site", None, 5),
    ]
    await outlet.edit(at(dm), sent, Rendered("two"))
    assert (shown.text, shown.labels) == ("two", [])
    await outlet.delete(at(dm), sent)
    await outlet.delete(at(dm), sent)
    assert phone.visible(dm) == []


async def test_many_buttons_are_broken_into_rows(rig: Rig) -> None:
    dm = rig.standin.phone.dm(rig.standin.phone.person("ann"))
    row = tuple(Button(f"{n}" + "x" * 90, f"pick:{n}") for n in range(12))
    sent = await rig.front.outlet.send(at(dm), Rendered("pick"), buttons=(row,))
    shown = rig.standin.world.messages[int(sent)]
    assert [len(each["components"]) for each in shown.components] == [5, 5, 2]


@pytest.mark.parametrize("nonce", ["part-1", "a-very-long-nonce-of-a-job-and-its-part-number-0"])
async def test_a_repeated_send_is_shown_once(rig: Rig, nonce: str) -> None:
    dm = rig.standin.phone.dm(rig.standin.phone.person("ann"))
    first = await rig.front.outlet.send(at(dm), Rendered("x"), nonce=nonce)
    assert await rig.front.outlet.send(at(dm), Rendered("x"), nonce=nonce) == first
    assert await rig.front.outlet.send(at(dm), Rendered("x")) != await rig.front.outlet.send(at(dm), Rendered("x"))


async def test_typing_is_shown(rig: Rig) -> None:
    dm = rig.standin.phone.dm(rig.standin.phone.person("ann"))
    await rig.front.outlet.typing(at(dm))
    assert len(dm.typing) == 1


async def test_a_notice_to_a_whole_server_goes_to_its_first_channel(rig: Rig) -> None:
    room = await a_room(rig)
    await rig.commands.until(lambda: bool(rig.commands.joins))
    await rig.front.outlet.send(Place("discord", at(room).chat), Rendered("news"))
    assert [m.text for m in rig.standin.phone.visible(room)] == ["news"]


# -- files -------------------------------------------------------------------------------------------------------


def files(folder: Path, count: int, size: int = 3) -> tuple[MediaFile, ...]:
    made = []
    for number in range(count):
        path = folder / f"{number}.bin"
        path.write_bytes(b"x" * size)
        made.append(MediaFile("image", f"{number}.png", "image/png", path))
    return tuple(made)


async def test_files_arrive_with_words_first_and_buttons_last(rig: Rig, tmp_path: Path) -> None:
    phone = rig.standin.phone
    room, ann = await a_room(rig), phone.person("ann")
    buttons = ((Button("Again", "job:1:again"),),)
    sent = await rig.front.outlet.send_media(
        at(room), files(tmp_path, 12), Rendered("twelve"), buttons=buttons, nonce="job-1", ping=str(ann.id)
    )
    first, second = (rig.standin.world.messages[int(one)] for one in sent.message_ids)
    assert (first.text, len(first.files), first.labels) == (f"{ann.mention} twelve", 10, [])
    assert (second.text, len(second.files), second.labels) == ("", 2, ["Again"])
    assert first.files[0].name == "0.png" and first.files[0].data == b"xxx"
    assert sent.file_ids == ("",) * 12
    assert await rig.front.outlet.send_media(at(room), files(tmp_path, 1), Rendered("a"), nonce="job-2")


async def test_files_that_are_sent_once_more_are_not_shown_twice(rig: Rig, tmp_path: Path) -> None:
    room, ann = await a_room(rig), rig.standin.phone.person("ann")
    question = await rig.standin.phone.say(room, ann, "twelve foxes", mention=True)
    refused = Fault("error", status=403, code=50013, when=lambda body: bool(body["components"]))
    rig.standin.faults.add("POST", SENDS, refused)

    async def send() -> SentMedia:
        return await rig.front.outlet.send_media(
            at(room),
            files(tmp_path, 12),
            Rendered("foxes"),
            reply_to=str(question.id),
            buttons=AGAIN,
            nonce="0123456789abcdefgh:r",
            ping=str(ann.id),
        )

    with pytest.raises(ChatGone):  # the second half, with the buttons
        await send()
    sent = await send()
    assert await send() == sent
    first, second = rig.standin.phone.from_bot(room)
    assert sent.message_ids == (str(first.id), str(second.id))
    assert [(each.text, len(each.files), each.labels) for each in (first, second)] == [
        ("foxes", 10, []),
        ("", 2, ["Again"]),
    ]
    assert (first.pings, second.pings) == ({ann.id}, set())


async def test_a_message_takes_a_file_in_place_of_what_it_carries(rig: Rig, tmp_path: Path) -> None:
    dm = rig.standin.phone.dm(rig.standin.phone.person("ann"))
    outlet = rig.front.outlet
    sent = await outlet.send(at(dm), Rendered("accepted"), buttons=AGAIN)
    shown = rig.standin.world.messages[int(sent)]
    for number, file in enumerate(files(tmp_path, 2)):
        assert await outlet.show_media(at(dm), sent, file, Rendered(f"{number} %"), buttons=AGAIN) == ""
        assert (shown.text, [each.name for each in shown.files], shown.labels) == (
            f"{number} %",
            [file.name],
            ["Again"],
        )
    await outlet.edit(at(dm), sent, Rendered("almost"))
    assert (shown.text, [each.name for each in shown.files]) == ("almost", ["1.png"])  # words do not touch the file
    await outlet.edit(at(dm), sent, Rendered("ready"), drop_media=True)
    assert (shown.text, shown.files, len(rig.standin.phone.visible(dm))) == ("ready", [], 1)


async def test_a_file_that_cannot_be_shown(rig: Rig, tmp_path: Path) -> None:
    dm = rig.standin.phone.dm(rig.standin.phone.person("ann"))
    outlet, (file,) = rig.front.outlet, files(tmp_path, 1)
    sent = await outlet.send(at(dm), Rendered("accepted"))
    with pytest.raises(Rejected):
        await outlet.show_media(at(dm), sent, replace(file, path=None, file_id="x"), Rendered("x"))
    rig.standin.faults.add("PATCH", r"/channels/.*", Fault("error", status=413, code=40005))
    with pytest.raises(TooLarge):
        await outlet.show_media(at(dm), sent, file, Rendered("x"))
    rig.standin.faults.add("PATCH", r"/channels/.*", Fault("drop_before"))
    with pytest.raises(AnswerLost):
        await outlet.show_media(at(dm), sent, file, Rendered("x"))
    with pytest.raises(MessageGone):
        await outlet.show_media(at(dm), "1", file, Rendered("x"))
    assert rig.standin.world.messages[int(sent)].text == "accepted"


def spoken(folder: Path, data: bytes = b"", **changes: Any) -> MediaFile:
    path = folder / "voice.ogg"
    path.write_bytes(data or ogg([2, 2, 10, 200, 300, 20]))
    return replace(MediaFile("audio", "voice.ogg", "audio/ogg", path, duration_s=3.2, voice=True), **changes)


def ogg(sizes: list[int]) -> bytes:
    """One page with packets of these sizes."""
    table = b"".join(bytes([255] * (size // 255) + [size % 255]) for size in sizes)
    return b"OggS" + bytes(22) + bytes([len(table)]) + table + bytes(sum(sizes))


async def test_spoken_words_are_a_voice_message_with_the_rest_below(rig: Rig, tmp_path: Path) -> None:
    ann = rig.standin.phone.person("ann")
    dm = rig.standin.phone.dm(ann)
    buttons = ((Button("Again", "job:1:again"),),)
    sent = await rig.front.outlet.send_media(
        at(dm), (spoken(tmp_path),), Rendered("said"), buttons=buttons, nonce="job"
    )
    voice, words = (rig.standin.world.messages[int(one)] for one in sent.message_ids)
    assert voice.flags == payloads.VOICE_MESSAGE
    assert voice.files[0].content_type == "audio/ogg"
    assert voice.files[0].extra["duration_secs"] == 3.2
    assert list(base64.b64decode(voice.files[0].extra["waveform"])) == [0, 167, 255, 9]
    assert (words.text, words.labels) == ("said", ["Again"])
    alone = await rig.front.outlet.send_media(at(dm), (spoken(tmp_path),), Rendered(""))
    assert len(alone.message_ids) == 1


@pytest.mark.parametrize("fault", [Fault("error", status=403, code=50013), Fault("error", status=400, code=50161)])
async def test_where_voice_messages_are_not_allowed_it_is_a_file(rig: Rig, tmp_path: Path, fault: Fault) -> None:
    dm = rig.standin.phone.dm(rig.standin.phone.person("ann"))
    rig.standin.faults.add("POST", SENDS, fault)
    sent = await rig.front.outlet.send_media(at(dm), (spoken(tmp_path),), Rendered("said"))
    (shown,) = (rig.standin.world.messages[int(one)] for one in sent.message_ids)
    assert (shown.text, shown.files[0].name, shown.flags & payloads.VOICE_MESSAGE) == ("said", "voice.ogg", 0)


@pytest.mark.parametrize("changes", [{"voice": False}, {"mime": "audio/mpeg"}, {"duration_s": 0.0}])
async def test_other_sounds_are_files(rig: Rig, tmp_path: Path, changes: dict[str, Any]) -> None:
    dm = rig.standin.phone.dm(rig.standin.phone.person("ann"))
    sent = await rig.front.outlet.send_media(at(dm), (spoken(tmp_path, **changes),), Rendered(""))
    assert not rig.standin.world.messages[int(sent.message_ids[0])].flags & payloads.VOICE_MESSAGE


async def test_songs_come_with_their_covers_beside_them(rig: Rig, tmp_path: Path) -> None:
    dm, cover = rig.standin.phone.dm(rig.standin.phone.person("ann")), tmp_path / "cover"
    cover.write_bytes(b"jpeg")
    files_of = [MediaFile("audio", f"夜路 {number}.mp3", "audio/mpeg", cover, thumbnail=cover) for number in range(9)]
    sent = await rig.front.outlet.send_media(at(dm), tuple(files_of[:2]), Rendered("songs"), buttons=AGAIN)
    (shown,) = (rig.standin.world.messages[int(one)] for one in sent.message_ids)
    assert [each.name for each in shown.files] == ["夜路 0.mp3", "夜路 1.mp3", "夜路 0 cover.jpg", "夜路 1 cover.jpg"]
    assert shown.labels == ["Again"] and len(sent.file_ids) == 2
    many = await rig.front.outlet.send_media(at(dm), tuple(files_of), Rendered("songs"))
    assert len(rig.standin.world.messages[int(many.message_ids[0])].files) == 10


@pytest.mark.parametrize(
    "data", [b"", b"no sound", b"OggS", ogg([5, 5, 5])[:29], b"OggS" + bytes(22) + b"\xff" + b"\xff" * 255]
)
def test_any_bytes_have_a_waveform(data: bytes) -> None:
    assert len(base64.b64decode(waveform(data))) <= 256


async def test_the_size_limit_is_the_servers(rig: Rig) -> None:
    room = await a_room(rig)
    assert await rig.front.outlet.file_limit(at(rig.standin.phone.dm(rig.standin.phone.person("a")))) == 10 << 20
    assert room.guild is not None
    boosted = rig.standin.phone.guild("boosted", rig.standin.phone.person("b"), joined=False)
    boosted.file_limit = 50 << 20
    channel = rig.standin.phone.channel(boosted)
    await rig.standin.phone.add_bot(boosted)
    await rig.commands.until(lambda: len(rig.commands.joins) == 2)
    assert await rig.front.outlet.file_limit(at(room)) == 10 << 20
    assert await rig.front.outlet.file_limit(at(channel)) == 50 << 20


async def test_a_persons_file_is_read_while_its_link_lives(rig: Rig) -> None:
    phone = rig.standin.phone
    ann = phone.person("ann")
    said = await phone.say(phone.dm(ann), ann, "look", attachments=[("cat.png", b"p" * 200_000)])
    await rig.commands.until(lambda: bool(rig.commands.incoming))
    attachment = rig.commands.incoming[0].attachments[0]
    data = b"".join([chunk async for chunk in rig.front.outlet.download(attachment)])
    assert data == b"p" * 200_000
    said.files[0].expired = True
    with pytest.raises(MessageGone):
        await anext(rig.front.outlet.download(attachment))


@pytest.mark.parametrize(
    "ref", ["http://127.0.0.1:1/x.png", "https://example.com/x.png", "http://cdn.discordapp.com/x"]
)
async def test_nothing_but_discords_files_is_fetched(rig: Rig, ref: str) -> None:
    with pytest.raises(Rejected):
        await anext(rig.front.outlet.download(Attachment("image", ref)))


# -- failures ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("error", status=403, code=50007), ChatGone),
        (Fault("error", status=403, code=50013), ChatGone),
        (Fault("error", status=404, code=10003), ChatGone),
        (Fault("error", status=413, code=40005), TooLarge),
        (Fault("error", status=400, code=50035), Rejected),
        (Fault("error", status=429, code=30046), Flooded),
        (Fault("html", status=503), AnswerLost),
        (Fault("limited", via=False, retry_after_s=2), Flooded),
        (Fault("limited", retry_after_s=600), Flooded),
        (Fault("drop_before"), AnswerLost),
        (Fault("drop_after"), AnswerLost),
    ],
    ids=lambda value: f"{value.kind}-{value.status}-{value.code}" if isinstance(value, Fault) else "",
)
async def test_failures_of_a_send(rig: Rig, fault: Fault, expected: type[OutletError]) -> None:
    dm = rig.standin.phone.dm(rig.standin.phone.person("ann"))
    fault.times = 1
    rig.standin.faults.add("POST", SENDS, fault)
    with pytest.raises(expected) as caught:
        await rig.front.outlet.send(at(dm), Rendered("x"), nonce="n")
    assert rig.standin.token not in str(caught.value)
    if isinstance(caught.value, Flooded):
        assert caught.value.retry_after_s >= 2
    await rig.front.outlet.send(
        at(dm), Rendered("x"), nonce="n"
    )  # the same nonce: once on the screen, whatever happened
    assert [m.text for m in rig.standin.phone.visible(dm)] == ["x"]


@pytest.mark.parametrize("kind", ["limited", "error"])
async def test_short_waits_are_waited_out(rig: Rig, kind: FaultKind) -> None:
    """A short 429 and a 5xx that the library repeats: the send succeeds, once."""
    dm = rig.standin.phone.dm(rig.standin.phone.person("ann"))
    rig.standin.faults.add("POST", SENDS, Fault(kind, status=502, retry_after_s=0.01))
    await rig.front.outlet.send(at(dm), Rendered("x"))
    assert [m.text for m in rig.standin.phone.visible(dm)] == ["x"]


async def test_a_message_that_is_gone_and_a_host_that_is_not_there(rig: Rig) -> None:
    dm = rig.standin.phone.dm(rig.standin.phone.person("ann"))
    with pytest.raises(MessageGone):
        await rig.front.outlet.edit(at(dm), "1", Rendered("x"))
    with pytest.raises(Rejected):
        await rig.front.outlet.draft(at(dm), 1, Rendered("x"))
    rig.front.stop()
    await rig.running
    await rig.front.close()
    await rig.standin.stop()
    with pytest.raises(Unavailable):
        await rig.front.outlet.send(at(dm), Rendered("x"))
