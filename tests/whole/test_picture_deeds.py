"""What can be done with pictures, played on every front end: the buttons below results, a part that is changed, changes of
changes, better words, refusals, a line that breaks, the gallery, and other people's hands."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bots.sandbox.faults import Drop
from tests.whole.conftest import somebody
from tests.whole.hands import Hands, Seen, text_of
from tests.whole.rig import Whole
from tests.whole.scenes_pictures import BANANA, DRAW, drawn, pictures
from tests.whole.things import drawing, other_photo, photo, sides, uri
from tests.whole.wire import CHAT, EDITS, PICTURES, asked, fields, filled, gemini, inline, only, paths

pytestmark = pytest.mark.asyncio(loop_scope="package")

FILMS = "/v1/videos"
LOST = "The line broke while I was sending your order"


async def an_image(ann: Hands, words: str, **options: str) -> Seen:
    await ann.uses("image", words, **options)
    return await ann.gets(words)


# --- one picture --------------------


async def test_the_same_once_more_and_varied_and_larger(ann: Hands) -> None:
    made = await an_image(ann, "a red fox", ratio="16:9", quality="low")
    await ann.press(made, "Again")
    await ann.until(
        lambda: len([seen for seen in ann.sees() if "a red fox" in seen.text and seen.kinds]) == 2, "another"
    )
    first, second = asked(ann, PICTURES)
    assert first == second
    await ann.press(made, "Vary")
    await ann.behind_the_scenes(lambda: len(filled(ann, EDITS)) == 1)
    await ann.press(made, "Upscale")
    await ann.behind_the_scenes(lambda: len(filled(ann, EDITS)) == 2)
    await ann.until(
        lambda: len([seen for seen in ann.sees() if "a red fox" in seen.text and seen.kinds]) == 4, "all four"
    )
    varied, larger = filled(ann, EDITS)
    assert any("gpt-image-2 · varied · " in seen.text for seen in ann.sees())
    assert any("gpt-image-2 · upscaled · " in seen.text for seen in ann.sees())
    assert pictures(varied) == pictures(larger) == [made.files[0]]
    assert "another composition" in fields(varied)["prompt"] and fields(varied)["size"] == "2048x1152"
    assert "larger" in fields(larger)["prompt"] and fields(larger)["size"] == "3840x2160"


async def test_the_original_as_a_file(ann: Hands) -> None:
    made = await an_image(ann, "a red fox")
    await ann.press(made, "Original")
    if ann.platform == "console":
        await ann.until(lambda: len([seen for seen in ann.sees() if seen.kinds]) == 2, "the file")
        assert ann.sees()[-1].files == made.files
        return
    await ann.until(lambda: len([seen for seen in ann.sees() if seen.kinds]) == 2, "the file")
    file = [seen for seen in ann.sees() if seen.kinds][-1]
    assert file.files == made.files and (ann.platform == "discord" or file.kinds == ("document",))


async def test_as_a_model_and_brought_to_life(ann: Hands) -> None:
    made = await an_image(ann, "a red fox")
    await ann.tells(made, "Reference", "the same fox asleep", asked="What shall I draw with it as a reference?")
    drawn(await ann.gets("the same fox asleep"), "the same fox asleep")
    (form,) = filled(ann, EDITS)
    assert pictures(form) == [made.files[0]] and fields(form)["prompt"] == "the same fox asleep"
    await ann.tells(made, "Animate", "the fox wakes up", asked="What shall happen in the video?")
    film = await ann.gets("the fox wakes up")
    assert film.kinds == ("video",)
    (order,) = asked(ann, FILMS)
    assert order["model"] == "kling-3.0" and inline(made.files[0]) in str(order)


async def test_it_is_taken_away(ann: Hands) -> None:
    made = await an_image(ann, "a red fox")
    await ann.press(made, "Delete")
    if ann.platform == "console":
        await ann.hears("Deleted")
        assert not any(seen.files for seen in ann.sees())
    else:
        await ann.until(lambda: not any(seen.kinds for seen in ann.sees()), "that it is gone")


# --- several --------------------


async def test_several_come_as_an_album_and_one_is_chosen(ann: Hands) -> None:
    made = await an_image(ann, "three owls", count="3", quality="low")
    drawn(made if ann.platform != "telegram" else _first_of_album(ann), "three owls", count=3)
    below = await ann.hears("3 pictures. Choose one")
    assert below.buttons == ("1", "2", "3", "Again", "Originals", "Delete")
    chosen = await ann.presses(below, "2", "Picture 2 of 3:")
    assert {"Vary", "Edit", "Upscale", "Animate", "Reference", "Original", "« All"} <= {*chosen.buttons}
    await ann.tells(chosen, "Edit", "at night", asked="What shall I change?")
    drawn(await ann.gets("at night"), "at night")
    (form,) = filled(ann, EDITS)
    second = [data for seen in ann.sees() for data in seen.files][1]
    assert pictures(form) == [second]
    if ann.platform == "telegram":  # where each picture of an album can be replied to
        third = [seen for seen in ann.sees() if seen.kinds][2]
        await ann.write("in spring", reply_to=third)
        drawn(await ann.gets("in spring"), "in spring")
        assert pictures(filled(ann, EDITS)[-1]) == [third.files[0]]
    again = await ann.presses(chosen, "« All", "3 pictures. Choose one")
    assert again.buttons == below.buttons
    files = len([data for seen in ann.sees() for data in seen.files])
    await ann.press(again, "Originals")
    await ann.until(lambda: len([data for seen in ann.sees() for data in seen.files]) == files + 3, "three files")


def _first_of_album(ann: Hands) -> Seen:
    album = [seen for seen in ann.sees() if seen.kinds]
    assert len(album) == 3 and len({seen.whose.album for seen in album}) == 1
    assert [seen.text for seen in album[1:]] == ["", ""] and not any(seen.buttons for seen in album)
    return album[0]


# --- a part of it --------------------


def _clear(mask: bytes) -> tuple[bool, bool]:
    """Whether the left and the right edge of a mask are transparent."""
    with Image.open(io.BytesIO(mask)) as opened:
        assert opened.format == "PNG"
        alpha = opened.getchannel("A")
        return alpha.getpixel((2, 15)) == 0, alpha.getpixel((37, 15)) == 0


async def test_only_a_part_is_changed(ann: Hands) -> None:
    """By its name, by a drawing, and in words where the model takes no mask."""
    await ann.uses("edit", "a tree there", photo(), only="left")
    drawn(await ann.gets("a tree there"), "a tree there")
    await ann.uses("edit", "a lamp there", photo(), drawing())
    drawn(await ann.gets("a lamp there"), "a lamp there")
    assert paths(ann) == [EDITS, EDITS]
    left, shape = filled(ann, EDITS)
    assert [pictures(form) for form in (left, shape)] == [[photo().data]] * 2
    (first,), (second,) = left.files("mask"), shape.files("mask")
    assert sides(first.data) == sides(second.data) == sides(photo().data)
    assert (_clear(first.data), _clear(second.data)) == ((True, False), (False, True))
    await ann.uses("edit", "a star there", photo(), model="flux-kontext-pro", only="right")
    drawn(await ann.gets("a star there"), "a star there")
    worded = filled(ann, EDITS)[-1]
    assert "Change only the right half" in fields(worded)["prompt"] and not worded.files("mask")


async def test_a_drawing_for_a_model_that_takes_none(ann: Hands) -> None:
    said = text_of(await ann.uses("edit", "a tree there", photo(), drawing(), model="flux-kontext-pro"))
    assert "shape" in said and "left, right, top, bottom, centre, background" in said
    assert paths(ann) == []


# --- changed again --------------------


async def test_a_picture_is_changed_in_the_talk_that_made_it(ann: Hands) -> None:
    """The gateway refuses turns that do not come back as they were, with their signatures."""
    made = await an_image(ann, "a red fox [thinking]", model=BANANA)
    await change(ann, made, "now in winter")
    winter = await ann.gets("now in winter")
    await change(ann, winter, "and at night")
    drawn(await ann.gets("and at night"), "and at night")
    first, second, third = asked(ann, gemini(BANANA, DRAW))
    assert second["contents"][0] == first["contents"][0]
    assert [turn["role"] for turn in third["contents"]] == ["user", "model", "user", "model", "user"]
    assert third["contents"][:3] == second["contents"]
    answer = [part for part in second["contents"][1]["parts"] if "inlineData" in part]
    assert answer[-1]["inlineData"]["data"] == inline(made.files[0]) and answer[-1]["thoughtSignature"]
    assert third["contents"][-1] == {"role": "user", "parts": [{"text": "and at night"}]}


async def change(ann: Hands, made: Seen, words: str) -> None:
    """By a reply to it, or by its button where nobody can reply."""
    if ann.can_reply:
        await ann.write(words, reply_to=made)
    else:
        await ann.tells(made, "Edit", words, asked="What shall I change?")


async def test_a_picture_of_a_model_without_memory_is_changed_as_it_is(ann: Hands) -> None:
    made = await an_image(ann, "a red fox")
    await change(ann, made, "now in winter")
    drawn(await ann.gets("now in winter"), "now in winter")
    (form,) = filled(ann, EDITS)
    assert pictures(form) == [made.files[0]] and fields(form)["prompt"] == "now in winter"


async def test_models_in_their_order(ann: Hands) -> None:
    await ann.uses("image", "these two in a boat", other_photo(), photo(), model="seedream-5.0", ratio="4:3")
    drawn(await ann.gets("these two in a boat"), "these two in a boat", count=1)
    body = only(ann, PICTURES)
    assert body["image"] == [uri(other_photo()), uri(photo())] and body["prompt"] == "these two in a boat -2k, 4:3"


# --- better words --------------------


async def test_better_words_are_offered_before_anything_is_drawn(ann: Hands) -> None:
    spent = ann.house.spent()
    (offer,) = [
        seen for seen in await ann.uses("image", "a fox", rewrite="on") if "I would put it like this" in seen.text
    ]
    better = offer.text.split("\n")[1]
    assert better != "a fox" and "Drawing it costs 5.3 credits" in offer.text
    assert offer.buttons == ("Draw this", "My own words")
    assert paths(ann) == [CHAT] and asked(ann, PICTURES) == []
    await ann.press(offer, "Draw this")
    drawn(await ann.gets(better), better)
    await ann.press(offer, "My own words")
    await ann.until(lambda: len([seen for seen in ann.sees() if seen.files]) == 2, "the other one")
    drawn(ann.sees()[-1], "a fox")
    assert [order["prompt"] for order in asked(ann, PICTURES)] == [better, "a fox"]
    assert ann.house.spent() - spent > 2 * 53_000  # the better words cost the house a little


# --- what goes wrong --------------------


@pytest.mark.parametrize(
    ("model", "words", "sentence"),
    [
        ("gpt-image-2", "a fox [refuse]", "refused this request because of its content rules"),
        (BANANA, "a fox [blocked SAFETY]", "refused this request because of its content rules"),
        (BANANA, "a fox [finish IMAGE_SAFETY]", "refused this request because of its content rules"),
        ("nano-banana-2-4k", "a fox [prose I only draw owls.]", "wrote: “I only draw owls.”"),
        ("gpt-image-2", "a fox [noimage]", "finished but sent no result"),
        ("flux-kontext-pro", "a fox [refuse]", "refused this request because of its content rules"),
    ],
)
async def test_a_refusal_is_one_sentence_and_costs_nothing(ann: Hands, model: str, words: str, sentence: str) -> None:
    spent = ann.house.spent()
    seen = await ann.uses("image", words, model=model)
    said = await ann.hears(sentence)
    assert "othing was charged" in said.text and "Try again" in said.buttons
    assert ann.platform == "console" or "\n" not in said.text
    assert len([each for each in ann.sees() if sentence in each.text]) == 1 and not any(each.kinds for each in seen)
    assert len(paths(ann)) == 1 and ann.house.spent() == spent


async def test_an_order_that_was_lost_on_the_way_is_not_repeated_by_itself(ann: Hands) -> None:
    spent = ann.house.spent()
    ann.house.gateway.behaviour.script(f"POST {PICTURES}", Drop("answer"))
    await ann.uses("image", "a red fox")
    lost = await ann.hears(LOST)
    assert "Your credits are back; I did not send it twice." in lost.text and ann.house.spent() == spent
    assert paths(ann) == [PICTURES]
    await ann.press(lost, "Try again")
    drawn(await ann.gets("a red fox"), "a red fox")
    first, second = asked(ann, PICTURES)
    assert first == second and ann.house.spent() - spent == 53_000
    assert len([seen for seen in ann.sees() if LOST in seen.text]) == 1


# --- all of them --------------------


def newest(ann: Hands) -> tuple[bytes, ...]:
    return [seen.files for seen in ann.sees() if seen.files][-1]


async def test_the_gallery_is_turned(ann: Hands) -> None:
    assert "There is nothing to show yet" in text_of(await ann.uses("gallery"))
    one = await an_image(ann, "the first", quality="low")
    two = await an_image(ann, "the second", quality="low")
    await ann.uses("gallery")
    page = await ann.hears("1. gpt-image-2 · 0.6 credits · ")
    assert "the second" in page.text and page.kinds == ("photo",) and newest(ann) == two.files
    assert page.buttons == ("Older ▶", "Again", "Edit", "Animate", "Original")
    before = len(ann.sees())
    page = await ann.presses(page, "Older", "2. gpt-image-2")
    assert "the first" in page.text and "◀ Newer" in page.buttons and newest(ann) == one.files
    await ann.press(page, "Older")
    await ann.is_told("nothing more in this direction")
    assert len(ann.sees()) == before + {"telegram": 0, "discord": 1, "console": 3}[ann.platform]
    await ann.press(page, "Newer")
    await ann.until(lambda: newest(ann) == two.files, "the newer one")


# --- with others --------------------


@pytest.mark.parametrize("platform", ["telegram", "discord"], indirect=True)
async def test_the_buttons_are_for_whoever_ordered(ann: Hands, whole: Whole, platform: str) -> None:
    """But to a picture that all have seen anybody may reply, and pays."""
    bob = somebody(whole, platform)
    await ann.meets(bob)
    made = await an_image(ann, "a red fox")
    await bob.press(made, "Vary")
    await bob.is_told("These buttons are for whoever asked")
    assert paths(ann) == [PICTURES]
    await bob.write("now in winter", reply_to=made)
    drawn(await bob.gets("now in winter"), "now in winter")
    assert paths(ann) == [PICTURES, EDITS]
    (first,), (second,) = ann.house.rows("SELECT person_id FROM jobs ORDER BY number DESC LIMIT 2")
    assert first != second
