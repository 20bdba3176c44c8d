"""/assets: files of one's own under names, and films that name them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bots.commands.handlers.assets import PER_PAGE
from core.library import ASSETS_MOST
from core.mentions import OF_ASSET
from core.specs import ModelSpec
from core.values import Asset, ReplyTo
from tests.commands.rig import ANN, BOB, GROUP, PHOTO, Rig


async def assets(rig: Rig) -> list[Asset]:
    async with rig.store.read() as tx:
        return await tx.assets.of_person((await rig.person(ANN)).id)


async def added(rig: Rig, *names: str, state: Any = "active") -> list[Asset]:
    """As they are when the vendor has looked at them."""
    for name in names:
        await rig.message(f"/assets {name}", attachments=(PHOTO,))
    async with rig.store.begin() as tx:
        for asset in await tx.assets.of_person((await rig.person(ANN)).id):
            if asset.name in names:
                await tx.assets.save(replace(asset, state=state, remote_id=f"asset-{asset.name}"), asset.version)
    return await assets(rig)


# --- adding --------------------


async def test_a_picture_with_a_name(rig: Rig) -> None:
    incoming = rig.incoming("/assets 小猫", GROUP, attachments=(PHOTO,))
    await rig.journal(incoming)
    (said,) = await rig.handle(incoming)
    assert "“小猫”" in said.text and said.private
    (asset,) = await assets(rig)
    assert (asset.name, asset.kind, asset.state, asset.place) == ("小猫", "image", "new", GROUP)
    assert await rig.media.read(asset.media) == b"png"
    assert await rig.open_events() == []
    await rig.handle(incoming)
    assert await assets(rig) == [asset]


async def test_by_reply_to_a_message_and_to_a_result(rig: Rig) -> None:
    await rig.message("/assets cat", reply=ReplyTo("7", attachments=(PHOTO,)))
    await rig.message("/image a fox")
    job = await rig.drain((await rig.jobs())[0])
    async with rig.store.begin() as tx:
        await tx.conversations.link(job.place, "r1", f"job:{job.id}")
    rig.outlet.files.clear()  # what is stored is taken, not what the platform made of it
    await rig.message("/assets @fox", reply=ReplyTo("r1", own=True, attachments=(PHOTO,)))
    assert [each.name for each in await assets(rig)] == ["cat", "fox"]
    assert (await assets(rig))[1].media == job.results[0].media


async def test_on_discord_it_is_an_option(rig: Rig) -> None:
    await rig.slash("assets", name="cat", attachments=(replace(PHOTO, option="file"),))
    assert [each.name for each in await assets(rig)] == ["cat"]


@pytest.mark.parametrize("name", ["two words", "7", "Image1", "图1", "a.b", "x" * 33, "a:b"])
async def test_what_is_no_name(rig: Rig, name: str) -> None:
    (said,) = await rig.message(f"/assets {name}", attachments=(PHOTO,))
    assert f"I cannot call it “{name}”" in said.text
    assert await assets(rig) == []


async def test_what_is_missing_or_too_much(rig: Rig) -> None:
    (said,) = await rig.message("/assets", attachments=(PHOTO,))
    assert "How shall I call it?" in said.text
    (said,) = await rig.message("/assets cat", attachments=(PHOTO, PHOTO))
    assert "number of files" in said.text
    (said,) = await rig.message("/assets cat")
    assert "I need a picture" in said.text
    (said,) = await rig.message("/assets cat", attachments=(replace(PHOTO, kind="document"),))
    assert await assets(rig) == []


async def test_a_name_is_taken_once_and_a_failed_one_gives_way(rig: Rig) -> None:
    await added(rig, "cat", state="failed")
    await rig.message("/assets CAT", attachments=(PHOTO,))
    (asset,) = await assets(rig)
    assert (asset.name, asset.state) == ("CAT", "new")
    (said,) = await rig.message("/assets cat", attachments=(PHOTO,))
    assert "already have a file called “CAT”" in said.text
    await rig.message("/assets cat", attachments=(PHOTO,), sender=BOB)
    assert len(await assets(rig)) == 1


async def test_only_so_many(rig: Rig) -> None:
    await rig.message("/assets cat", attachments=(PHOTO,))
    (first,) = await assets(rig)
    async with rig.store.begin() as tx:
        for number in range(1, ASSETS_MOST):
            await tx.assets.add(replace(first, id=f"a{number}", name=f"cat{number}x"), ASSETS_MOST)
    (said,) = await rig.message("/assets dog", attachments=(PHOTO,))
    assert "50 files" in said.text
    assert len(await assets(rig)) == ASSETS_MOST


# --- the list --------------------


async def test_the_list_is_ones_own_and_deletes_when_sure(rig: Rig) -> None:
    names = [f"cat-{letter}" for letter in "abcdefg"]
    await added(rig, *names)
    (said,) = await rig.message("/assets", GROUP)
    assert said.private and "7 files" in said.text and "cat-a: picture, ready" in said.text
    assert len(said.labels) == PER_PAGE + 1
    assert all(len(data.encode()) <= 60 for data in said.data)
    (second,) = await rig.press(rig.button(said, "›").data, message_id=said.message_id)
    assert second.labels == ["Delete cat-f", "Delete cat-g", "‹"]
    (sure,) = await rig.press(rig.button(second, "cat-g").data, message_id=said.message_id)
    assert "Delete “cat-g”?" in sure.text and len(await assets(rig)) == 7
    (kept,) = await rig.press(rig.button(sure, "keep").data, message_id=said.message_id)
    assert kept.labels == second.labels
    (refused,) = await rig.press(rig.button(sure, "Yes").data, sender=BOB)
    assert refused.private and len(await assets(rig)) == 7
    (left,) = await rig.press(rig.button(sure, "Yes").data, message_id=said.message_id)
    assert left.labels == ["Delete cat-f", "‹"]
    assert [each.name for each in await assets(rig)] == names[:-1]
    (said,) = await rig.message("/assets", sender=BOB)
    assert "你还没有素材" in said.text


async def test_where_no_model_has_a_library(rig: Rig) -> None:
    rows: dict[str, ModelSpec] = vars(rig.catalog)["_rows"]
    for name in [name for name, row in rows.items() if row.family == "seedance"]:
        rows[name] = replace(rows[name], extra={**rows[name].extra, "asset_create": ""})
    for text, files in (("/assets", ()), ("/assets cat", (PHOTO,))):
        (said,) = await rig.message(text, attachments=files)
        assert "can keep files of your own" in said.text
    assert await assets(rig) == []


# --- in films --------------------


async def test_a_film_names_them(rig: Rig) -> None:
    cat, dog = await added(rig, "cat", "dog")
    words = "/video @dog and @Cat, like bob@cat.com and @category, as @dog --model seedance-2.0"
    await rig.message(words, attachments=(PHOTO, PHOTO, PHOTO))
    (job,) = await rig.jobs()
    assert job.prompt == "image 4 and image 5, like bob@cat.com and @category, as image 4"
    assert [part.media for part in job.inputs[3:]] == [f"{OF_ASSET}{dog.id}", f"{OF_ASSET}{cat.id}"]
    assert {part.role for part in job.inputs} == {"reference"}


async def test_the_first_model_that_takes_them_is_chosen(rig: Rig) -> None:
    await added(rig, "小猫")
    await rig.message("/video 让@小猫跑起来")
    (job,) = await rig.jobs()
    assert (rig.catalog.get(job.model, "video").family, job.prompt) == ("seedance", "让image 1跑起来")


@pytest.mark.parametrize("model", ["kling-3.0", "sdance2-fast-15s"])
async def test_a_model_that_takes_none_says_who_does(rig: Rig, model: str) -> None:
    await added(rig, "cat")
    (said,) = await rig.message(f"/video @cat runs --model {model}")
    assert f"{model} cannot work with the files of /assets" in said.text and "seedance-2.0" in said.text
    await rig.message(f"/video @somebody runs --model {model}")
    (job,) = await rig.jobs()
    assert (job.prompt, job.inputs) == ("@somebody runs", ())


@pytest.mark.parametrize(("state", "told"), [("checking", "is not ready yet"), ("failed", "did not work")])
async def test_one_that_cannot_be_used(rig: Rig, state: str, told: str) -> None:
    await added(rig, "cat", state=state)
    (said,) = await rig.message("/video @cat runs")
    assert told in said.text
    assert await rig.jobs() == []


async def test_another_persons_are_but_words(rig: Rig) -> None:
    await added(rig, "cat")
    await rig.message("/video @cat runs", GROUP, BOB)
    (job,) = await rig.jobs(BOB)
    assert (job.prompt, job.inputs) == ("@cat runs", ())


async def test_the_same_film_again_has_the_same_files(rig: Rig) -> None:
    (cat,) = await added(rig, "cat")
    await rig.message("/video @cat runs --model seedance-2.0-fast --resolution 480p --seconds 4")
    await rig.message("/retry")
    again, first = await rig.jobs()
    assert (again.prompt, again.inputs) == (first.prompt, first.inputs) == ("image 1 runs", first.inputs)
    assert [part.media for part in again.inputs] == [f"{OF_ASSET}{cat.id}"]
