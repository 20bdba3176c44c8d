"""The entries of the contract on Midjourney (images 0, entries 11 to 19): tasks that are submitted and looked at."""

from __future__ import annotations

import base64
import io
import re

from PIL import Image

from tests.whole.hands import File, Hands, Seen
from tests.whole.things import other_photo, photo, sides, uri
from tests.whole.wire import CHAT, asked, mj, only, paths

CONFIG = """
[models.midjourney]
poll = { first_s = 0.05, later_s = 0.05, max_s = 0.05 }

[models.niji]
poll = { first_s = 0.05, later_s = 0.05, max_s = 0.05 }

[models.midjourney-relax]
hidden = false
poll = { first_s = 0.05, later_s = 0.05, max_s = 0.05 }
"""

UPLOAD = mj("upload-discord-images")
GRID = ("U1", "U2", "U3", "U4", "🔄", "V1", "V2", "V3", "V4")
BESIDE = ("Tiles", "Original", "Animate", "Reference", "Seed", "Delete")
SINGLE = (
    "Upscale (Subtle)",
    "Upscale (Creative)",
    "🪄 Vary (Subtle)",
    "🪄 Vary (Strong)",
    "🖌️ Vary (Region)",
    "🔍 Zoom Out 2x",
    "🔍 Zoom Out 1.5x",
    "🔍 Custom Zoom",
    "⬅️",
    "➡️",
    "⬆️",
    "⬇️",
)


async def grid(ann: Hands, words: str, *files: File, **options: str) -> Seen:
    """Four pictures in one, with the family's own buttons and ours behind them."""
    await ann.uses("mj", words, *files, **options)
    made = await ann.gets(words.partition(" --")[0])
    assert made.kinds == ("photo",) and made.buttons == GRID + BESIDE
    return made


async def deed(ann: Hands, action: str, text: str = "", *files: File) -> list[Seen]:
    """`/mj blend`: typed, or chosen from the menu."""
    if ann.platform == "discord":
        return await ann.uses("mj", text, *files, action=action)
    return await ann.uses("mj", f"{action} {text}".strip(), *files)


async def pressed(ann: Hands, made: Seen, label: str) -> Seen:
    await ann.press(made, label)
    return await ann.gets(f"midjourney · {label} · ")


def task_of(ann: Hands, number: int = 0) -> str:
    """What the gateway calls the n-th task of this scene that was looked at."""
    looks = [seen.path for seen in ann.house.gateway.requests if seen.method == "GET" and seen.path.endswith("/fetch")]
    return list(dict.fromkeys(path.split("/")[-2] for path in looks))[number]


# --- drawing --------------------


async def imagined(ann: Hands) -> None:
    """Pasted flags are options; phones make one dash of two hyphens."""
    made = await grid(ann, f"a lighthouse in a storm --ar 16:9 {'—' if ann.platform == 'telegram' else '--'}s 250")
    assert made.text.split("\n")[0] == "midjourney · 10 credits"
    assert only(ann, mj("imagine")) == {
        "botType": "MID_JOURNEY",
        "prompt": "a lighthouse in a storm --ar 16:9 --s 250",
        "base64Array": [],
        "state": "",
    }


async def looked_at(ann: Hands) -> None:
    """One task is asked for by itself, three looks until it is done."""
    await grid(ann, "a lone tree")
    looks = [seen for seen in ann.house.gateway.requests if seen.path == f"/mj/task/{task_of(ann)}/fetch"]
    assert len(looks) == 3 and paths(ann) == [mj("imagine")]


async def seed(ann: Hands) -> None:
    """By a command as a reply, or by the button."""
    made = await grid(ann, "a lone tree --seed 77")
    if ann.platform == "telegram":
        await ann.write("/mj seed", reply_to=made)
    else:
        await ann.press(made, "Seed")
    assert "--seed 77" in (await ann.hears("The seed is 77.")).text
    assert any(seen.path == f"/mj/task/{task_of(ann)}/image-seed" for seen in ann.house.gateway.requests)


async def styled(ann: Hands) -> None:
    """The picture goes up first, and only its style is taken."""
    await grid(ann, "a lone tree", photo(), use="style")
    assert paths(ann) == [UPLOAD, mj("imagine")]
    assert asked(ann, UPLOAD)[0]["base64Array"] == [uri(photo())]
    (order,) = asked(ann, mj("imagine"))
    assert re.fullmatch(r"a lone tree --sref http\S+/files/\S+", order["prompt"]) and order["base64Array"] == []


async def blended(ann: Hands) -> None:
    await deed(ann, "blend", "", photo(), other_photo())
    made = await ann.gets("midjourney · blended · 10 credits")
    assert made.buttons == GRID + BESIDE
    body = only(ann, mj("blend"))
    assert body["base64Array"] == [uri(photo()), uri(other_photo())]
    assert (body["botType"], body["dimensions"]) == ("MID_JOURNEY", "SQUARE")


async def described(ann: Hands) -> None:
    """Four texts, each of which can be drawn, and made short."""
    await deed(ann, "describe", "", photo())
    told = await ann.hears("midjourney · described · 5 credits")
    assert [mark in told.text for mark in ("1️⃣ ", "2️⃣ ", "3️⃣ ", "4️⃣ ")] == [True] * 4
    assert told.buttons[:5] == ("Draw 1", "Draw 2", "Draw 3", "Draw 4", "Shorten") and not told.kinds
    assert only(ann, mj("describe")) == {
        "botType": "MID_JOURNEY",
        "base64": uri(photo()),
        "language": "en",
        "state": "",
    }
    second = re.split(r"\d️⃣ ", told.text)[2].strip()
    await ann.press(told, "Draw 2")
    await ann.gets(second[:40])
    (order,) = asked(ann, mj("imagine"))
    assert order["prompt"].startswith(second[:40])
    await ann.press(told, "Shorten")
    short = await ann.hears("In short; each costs 10 credits:")
    assert short.buttons == ("Draw 1", "Draw 2", "Draw 3", "Draw 4") and "\n4. " in short.text
    assert paths(ann).count(CHAT) == 1


# --- what is pressed --------------------


async def acted(ann: Hands) -> None:
    """A tile is made large, which then has buttons of its own; another is varied."""
    made = await grid(ann, "a lone tree")
    large = await pressed(ann, made, "U1")
    assert large.text.split("\n")[:2] == ["midjourney · U1 · 5 credits", "a lone tree"]
    assert large.buttons[: len(SINGLE)] == SINGLE
    assert not any("Animate (" in label or "❤" in label for label in large.buttons)
    varied = await pressed(ann, made, "V2")
    assert varied.buttons[:9] == GRID
    first, second = asked(ann, mj("action"))
    assert first["taskId"] == second["taskId"] == task_of(ann) and first["chooseSameChannel"] is True
    assert first["customId"].startswith("MJ::JOB::upsample::1::")
    assert second["customId"].startswith("MJ::JOB::variation::2::")
    assert asked(ann, mj("modal")) == []


async def windows(ann: Hands) -> None:
    """Vary (Region) asks which part and for what; Custom Zoom for the words. The gateway's window is answered once."""
    large = await pressed(ann, await grid(ann, "a lone tree"), "U1")
    await ann.tells(large, "Vary (Region)", "a red kite", asked="What shall be there?", region="Left half")
    changed = await ann.gets("Vary (Region) · 10 credits\na red kite")
    assert changed.buttons[:9] == GRID
    await ann.tells(large, "Custom Zoom", "a lone tree on a hill --zoom 1.8", asked="How shall it be now?")
    wider = await ann.gets("Custom Zoom · 10 credits\na lone tree on a hill")
    assert wider.buttons[:9] == GRID
    _, region, zoom = asked(ann, mj("action"))
    assert region["customId"].startswith("MJ::Inpaint::1::") and zoom["customId"].startswith("MJ::CustomZoom::")
    inpainted, zoomed = asked(ann, mj("modal"))
    assert inpainted["prompt"] == "a red kite" and not zoomed.get("maskBase64")
    assert zoomed["prompt"] == "a lone tree on a hill --zoom 1.8"
    assert_mask(inpainted["maskBase64"], large, left=True)


def assert_mask(mask: str, large: Seen, *, left: bool) -> None:
    """White on one side, black on the other, and as large as the picture."""
    data = base64.b64decode(mask.removeprefix("data:image/png;base64,"))
    width, height = sides(data)
    assert (width, height) == sides(large.files[0])
    with Image.open(io.BytesIO(data)) as opened:
        plane = opened.convert("L")
        ends = plane.getpixel((2, height // 2)), plane.getpixel((width - 3, height // 2))
    assert ends == ((255, 0) if left else (0, 255))
