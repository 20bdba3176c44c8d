"""What can be done with films on every front end: changed, gone on from and given another sound, by buttons and by plain
replies; portraits that speak; files that are kept under a name, made to fit, or fetched where the platform shows them."""

from __future__ import annotations

import re
import time

import pytest

from bots.discord import reading
from core import shelving
from tests.core.footage import BLUE, RED, Camera, Shot
from tests.whole import scenes_film_families
from tests.whole.footage import measures, portrait, voice
from tests.whole.hands import File, Hands, Seen
from tests.whole.scenes_film_families import FILMS, MP4, SEEDANCE, UPLOAD, VIDEO_TO_VIDEO, content, linked, paid
from tests.whole.scenes_films import shown
from tests.whole.wire import asked, filled, paths

pytestmark = pytest.mark.asyncio(loop_scope="package")

CONFIG = scenes_film_families.CONFIG
FAST = {"model": "seedance-2.0-fast", "seconds": "4", "resolution": "480p", "sound": "off", "ratio": "16:9"}


async def filmed(ann: Hands, words: str, **options: str) -> Seen:
    await ann.use("video", words, **(options or FAST))
    return await ann.gets(words)


# --- films of films --------------------


async def test_changed_by_a_button_and_by_a_reply(ann: Hands) -> None:
    """By a model that is sent the film."""
    made = await filmed(ann, "a cat on a wall")
    await ann.tells(made, "Edit", "make it winter", asked="What shall I change?")
    changed = await ann.gets("make it winter")
    shown(changed)
    if ann.can_reply:
        await ann.write("now at night", reply_to=changed)
        shown(await ann.gets("now at night"))
    orders = [linked(body)["content"] for body in asked(ann, SEEDANCE)[1:]]
    film = ("video", MP4, "reference_video")
    assert orders == [content("make it winter", film), content("now at night", film)][: len(orders)]
    assert len(orders) == 1 + ann.can_reply
    assert next(part.data for form in filled(ann, UPLOAD) for part in form.parts if part.filename) == made.files[0]


async def test_remixed(ann: Hands) -> None:
    """By a model that knows its films by number."""
    made = await filmed(ann, "a cat in the sun", model="sora-2-4s", ratio="16:9")
    if ann.can_reply:
        await ann.write("now at night", reply_to=made)
    else:
        await ann.tells(made, "Edit", "now at night", asked="What shall I change?")
    shown(await ann.gets("now at night"))
    first, second = paths(ann)
    assert first == FILMS and re.fullmatch(r"/v1/videos/task_\w+/remix", second)
    assert asked(ann, second) == [{"prompt": "now at night"}]
    paid(ann, "40")


async def test_it_goes_on(ann: Hands) -> None:
    made = await filmed(ann, "a cat at a door")
    await ann.tells(made, "Go on", "it begins to rain", asked="What happens next?")
    longer = await ann.gets("it begins to rain")
    assert "continued" in longer.text.split("\n")[0]
    (body,) = asked(ann, SEEDANCE)[1:]
    assert linked(body)["content"] == content("it begins to rain", ("video", MP4, "reference_video"))


async def test_another_sound_by_voice_message(ann: Hands) -> None:
    """Laid under it by ourselves, for nothing: the gateway is not asked."""
    made = await filmed(ann, "a silent cat", model="kling-2.5", seconds="5", sound="off")
    assert not measures(made.files[0]).sound
    before = ann.house.spent()
    await ann.presses(made, "New sound", "How shall it sound?")
    await ann.write("", voice())
    await ann.until(lambda: any("with a new sound" in seen.text and seen.kinds for seen in ann.sees()), "the new film")
    await ann.house.at_rest()
    dubbed = next(seen for seen in reversed(ann.sees()) if seen.kinds)
    found = measures(dubbed.files[0])
    assert found.sound and found[:3] == measures(made.files[0])[:3]
    assert ann.house.spent() == before and paths(ann) == [FILMS]


async def test_another_sound_by_words(ann: Hands) -> None:
    """They are spoken first; only that is paid."""
    made = await filmed(ann, "a shy cat", model="kling-2.5", seconds="5", sound="off")
    await ann.presses(made, "New sound", "How shall it sound?")
    await ann.write("Hello, I am a cat.")
    dubbed = await ann.gets("Hello, I am a cat.")
    assert dubbed.kinds == ("video",) and measures(dubbed.files[0]).sound
    assert len(paths(ann)) == 2 and paths(ann)[0] == FILMS


async def test_a_portrait_that_says_something(ann: Hands) -> None:
    """Its words are spoken first, as a piece of the order that nobody is shown."""
    await ann.use("video", "a friendly presenter", portrait(), model="kling-avatar-720p", say='"Hello and welcome"')
    made = await ann.gets("a friendly presenter")
    shown(made)
    assert measures(made.files[0]).sound
    assert [seen for seen in ann.sees() if seen.kinds] == [made]
    (body,) = asked(ann, FILMS)
    extras = linked(body)["metadata"]["ext_info"]
    assert re.search(r"sound_file\W+LINK\.\w+", extras), extras


# --- files --------------------


async def test_a_file_kept_under_a_name(ann: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelving, "LOOK_EVERY_MS", 20)
    name = f"cat-{ann.platform}"
    await ann.use("assets", name, portrait())
    await ann.hears(f"I have your file and call it “{name}”")
    await ann.hears(f"“{name}” is ready")
    await ann.use("video", f"@{name} runs over the roofs", **FAST)
    shown(await ann.gets("runs over the roofs"))
    (body,) = asked(ann, SEEDANCE)
    words, picture = body["content"]
    assert words["text"] == "image 1 runs over the roofs"
    assert re.fullmatch(r"asset://asset-\d+-\w+", picture["url"]) and picture["role"] == "reference_image"


async def test_a_film_that_is_too_long_is_cut_and_the_person_told(ann: Hands) -> None:
    film = File("video", "long.mp4", "video/mp4", Camera((320, 180)).film(Shot(RED, 4), Shot(BLUE, 3)))
    await ann.use("video", "make it winter", film, model="gen4_aleph", ratio="16:9")
    made = await ann.gets("make it winter")
    await ann.hears("Adjusted for this model: video shortened to 5 s.")
    assert asked(ann, VIDEO_TO_VIDEO)
    (form,) = filled(ann, UPLOAD)
    (sent,) = form.files("file")
    assert 4.8 < measures(sent.data).seconds < 5.2 and 4.8 < measures(made.files[0]).seconds < 5.2


@pytest.mark.parametrize("platform", ["discord"], indirect=True)
async def test_discords_own_address_of_a_file(ann: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is signed and lives for a day: nothing has to be uploaded. Our stand-in cannot have that host, so its addresses are
    read as if it had."""
    ends, real = f"{int(time.time()) + 86_400:x}", reading._shown

    def as_by_discord(address: str) -> tuple[str, int]:
        path = re.sub(r"^http://[^/]+", "https://cdn.discordapp.com", address)
        return real(path.replace("ex=1&", f"ex={ends}&"))

    monkeypatch.setattr(reading, "_shown", as_by_discord)
    await ann.use("video", "she opens her eyes", portrait(), **FAST)
    shown(await ann.gets("she opens her eyes"))
    (body,) = asked(ann, SEEDANCE)
    link = body["content"][1]["url"]
    assert link.startswith("https://cdn.discordapp.com/attachments/") and f"ex={ends}" in link
    assert paths(ann) == [SEEDANCE]
