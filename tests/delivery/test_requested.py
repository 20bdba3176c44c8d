"""Results that somebody asks to see again: originals as files, one in a message that is turned like a page, loose files."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots.outlet import Button, MessageGone, Rejected, Unavailable
from bots.surfaces import DISCORD, TELEGRAM
from core.values import Artifact
from tests.delivery.bench import Bench
from tests.delivery.scripted import CHANNEL, DM
from tests.delivery.world import Fault

BUTTONS = ((Button("next", "gal:1"),),)


async def known(bench: Bench, platform: str, artifact: Artifact) -> str | None:
    async with bench.store.read() as tx:
        return await tx.media.file_id(platform, artifact.media)


# --- originals --------------------


async def test_the_original_comes_as_a_file_byte_for_byte(bench: Bench) -> None:
    artifact = await bench.artifact(size=300, mark="o")
    job = bench.job(artifact)
    await bench.deliverer.deliver(job)
    ids = await bench.deliverer.originals(job, DM, 0, "55")
    assert ids == (bench.last.id,)
    assert bench.last.contents == (b"o" * 300,)  # not by the id of the picture, which is pressed
    assert bench.last.files[0].as_document and bench.last.files[0].name == "image-job00000.png"
    assert bench.last.reply_to == "55"
    assert await known(bench, "telegram", artifact) == await known(
        bench, "telegram:file", artifact
    )  # by their names here


async def test_an_original_is_uploaded_once_and_both_ids_are_kept_apart(bench: Bench) -> None:
    job = bench.job(await bench.artifact())
    await bench.deliverer.originals(job, DM, None, "")
    assert await known(bench, "telegram", job.results[0]) is None
    await bench.media.delete([job.results[0].media])
    await bench.deliverer.originals(job, DM, None, "")
    assert (bench.last.files[0].path, bench.last.files[0].file_id) == (None, "id-of-image-job00000.png")
    with pytest.raises(KeyError):  # as a picture it was never sent
        await bench.deliverer.show(job, DM, "7-1", 0, "page", BUTTONS)


async def test_all_originals_or_one_of_them(bench: Bench) -> None:
    words = Artifact("text", text="a fox")
    job = bench.job(await bench.artifact(mark="a"), words, await bench.artifact(mark="b"))
    await bench.deliverer.originals(job, DM, None, "")
    assert [content[:1] for content in bench.last.contents] == [b"a", b"b"]
    await bench.deliverer.originals(job, DM, 2, "")
    assert [file.file_id for file in bench.last.files] == ["id-of-image-job00000-3.png"]
    for index in (1, 3, -1):
        with pytest.raises(KeyError):
            await bench.deliverer.originals(job, DM, index, "")
    with pytest.raises(KeyError):
        await bench.deliverer.originals(bench.job(words), DM, None, "")


async def test_an_original_that_is_too_large_is_not_made_smaller_but_linked(discord_bench: Bench) -> None:
    bench = discord_bench
    bench.shrinker.size = 50
    large, small = await bench.artifact(size=DISCORD.file_max_bytes + 1, mark="l"), await bench.artifact(mark="s")
    await bench.deliverer.originals(bench.job(large, small), CHANNEL, None, "")
    assert [content[:1] for content in bench.last.contents] == [b"s"]
    assert "url=https://me.example/image-job00000-1.png" in bench.last.text
    assert bench.shrinker.asked == []
    bench.world.file_bytes = 10
    await bench.deliverer.originals(bench.job(small), CHANNEL, None, "")
    assert bench.last.files == () and "[deliver-link" in bench.last.text


async def test_an_id_of_a_file_that_the_platform_forgot_is_uploaded_instead(bench: Bench) -> None:
    job = bench.job(await bench.artifact())
    await bench.deliverer.originals(job, DM, 0, "")
    tries: list[int] = []

    def decide(method: str, number: int) -> Fault | None:
        tries.append(number)
        return "rejected" if len(tries) == 1 else None

    bench.world.decide = decide
    await bench.deliverer.originals(job, DM, 0, "")
    assert bench.last.contents == (b"x" * 100,)
    bench.world.decide = lambda method, number: "rejected"
    with pytest.raises(Rejected):
        await bench.deliverer.originals(bench.job(await bench.artifact(mark="n")), DM, 0, "")


async def test_an_original_that_is_kept_no_more(bench: Bench) -> None:
    job = bench.job(await bench.artifact())
    await bench.media.delete([job.results[0].media])
    with pytest.raises(KeyError):
        await bench.deliverer.originals(job, DM, 0, "")
    assert bench.world.messages == {}


# --- pages --------------------


async def test_a_message_is_turned_to_a_result_that_the_platform_has(bench: Bench) -> None:
    page, artifact = bench.see_ack(), await bench.artifact()
    job = bench.job(artifact)
    await bench.deliverer.deliver(replace(job, ack_id=""))
    await bench.media.delete([artifact.media])
    await bench.deliverer.show(job, DM, "7-1", 0, "page 1", BUTTONS)
    assert (page.text, page.buttons) == ("page 1", BUTTONS)
    assert (page.files[0].file_id, page.files[0].path) == ("id-of-image-job00000.png", None)


async def test_else_from_our_own_store_and_smaller_when_it_must_be(bench: Bench) -> None:
    page, bench.shrinker.size = bench.see_ack(), 40
    large = await bench.artifact(size=TELEGRAM.photo_max_bytes + 1)
    job = bench.job(await bench.artifact(mark="a"), large)
    await bench.deliverer.show(job, DM, "7-1", 0, "page 1", BUTTONS)
    assert page.contents == (b"a" * 100,)
    assert await known(bench, "telegram", job.results[0]) == "id-of-image-job00000-1.png"
    await bench.deliverer.show(job, DM, "7-1", 1, "page 2", BUTTONS)  # as a file it would pass, but not as a picture
    assert page.contents == (b"s" * 40,)
    bench.shrinker.size = 0
    with pytest.raises(KeyError):
        await bench.deliverer.show(job, DM, "7-1", 1, "page 2", BUTTONS)


async def test_what_cannot_be_shown_any_more_leaves_the_page_as_it_was(bench: Bench) -> None:
    page, artifact = bench.see_ack(), await bench.artifact()
    await bench.media.delete([artifact.media])
    job = bench.job(artifact, Artifact("text", text="words"))
    for index in (0, 1, 2, -1):
        with pytest.raises(KeyError):
            await bench.deliverer.show(job, DM, "7-1", index, "page", BUTTONS)
    assert page.text == "working" and bench.world.calls == []


async def test_a_page_whose_file_id_is_stale_is_uploaded(bench: Bench) -> None:
    page, job = bench.see_ack(), bench.job(await bench.artifact(), ack_id="")
    await bench.deliverer.deliver(job)
    tries: list[str] = []

    def decide(method: str, number: int) -> Fault | None:
        tries.append(method)
        return "rejected" if tries == ["show_media"] else None

    bench.world.decide = decide
    await bench.deliverer.show(job, DM, "7-1", 0, "page", BUTTONS)
    assert page.contents == (b"x" * 100,)
    await bench.media.delete([job.results[0].media])
    tries.clear()
    with pytest.raises(KeyError):
        await bench.deliverer.show(job, DM, "7-1", 0, "page", BUTTONS)


async def test_trouble_with_a_page_is_the_handlers(bench: Bench) -> None:
    job = bench.job(await bench.artifact())
    with pytest.raises(MessageGone):
        await bench.deliverer.show(job, DM, "7-404", 0, "page", BUTTONS)
    bench.world.decide = lambda method, number: "away"
    with pytest.raises(Unavailable):  # it was tried for a minute
        await bench.deliverer.show(job, DM, "7-1", 0, "page", BUTTONS)
    assert len(bench.world.calls) > 3


# --- loose files --------------------


async def test_loose_files_are_one_album(bench: Bench) -> None:
    tiles = [await bench.artifact(mark=mark) for mark in "abcd"]
    ids = await bench.deliverer.bring(DM, tiles, "the four", (), "55")
    assert ids == (bench.last.id,) and len(bench.world.messages) == 1
    assert [content[:1] for content in bench.last.contents] == [b"a", b"b", b"c", b"d"]
    assert [file.name for file in bench.last.files] == [f"image-{number}.png" for number in range(1, 5)]
    assert (bench.last.text, bench.last.reply_to) == ("the four", "55")


async def test_one_file_carries_the_buttons(bench: Bench) -> None:
    await bench.deliverer.bring(DM, [await bench.artifact()], "", BUTTONS)
    assert (bench.last.text, bench.last.buttons) == ("", BUTTONS)


async def test_words_are_no_files(bench: Bench) -> None:
    for artifacts in ((), (await bench.artifact(), Artifact("text", text="words"))):
        with pytest.raises(KeyError):
            await bench.deliverer.bring(DM, artifacts, "page")
    assert bench.world.calls == []


async def test_loose_files_go_down_the_ladder(discord_bench: Bench) -> None:
    bench = discord_bench
    bench.shrinker.size = 50
    large = await bench.artifact(size=DISCORD.file_max_bytes + 1)
    await bench.deliverer.bring(CHANNEL, [large], "one")
    assert len(bench.last.contents[0]) == 50
    assert bench.last.text.startswith("one\n[deliver-smaller")
    bench.shrinker.size = 0
    await bench.deliverer.bring(CHANNEL, [large], "one", BUTTONS)
    assert bench.last.files == () and bench.last.buttons == BUTTONS
    assert bench.last.text.startswith("one\n[deliver-link")
    await bench.media.delete([large.media])
    with pytest.raises(KeyError):
        await bench.deliverer.bring(CHANNEL, [await bench.artifact(mark="a"), replace(large, size=5)], "two")


async def test_what_is_asked_for_waits_its_turn(bench: Bench) -> None:
    begun = bench.clock.monotonic()
    artifact = await bench.artifact()
    for _ in range(5):
        await bench.deliverer.bring(DM, [artifact], "one")
    assert bench.clock.monotonic() - begun > 1.5
