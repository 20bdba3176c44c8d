"""The entries of the contract on films that one long chat call makes."""

from __future__ import annotations

from tests.whole.hands import Hands, Seen
from tests.whole.things import photo
from tests.whole.wire import CHAT, asked, inline, only


async def film(ann: Hands) -> None:
    await ann.uses("video", "a cat surfing", model="sora-2")
    shown(await ann.hears("a cat surfing"))
    body = only(ann, CHAT)
    assert body == {
        "model": "sora-2",
        "max_tokens": 1000,
        "messages": [{"role": "user", "content": "a cat surfing"}],
        "stream": True,
    }


def shown(result: Seen) -> None:
    assert result.kinds == ("video",) and result.files[0][4:8] == b"ftyp"


async def film_told_in_thoughts(ann: Hands) -> None:
    """The other variant of the text, and a shape that goes by words of the prompt."""
    await ann.uses("video", "a golden retriever in space", model="sora-2-pro", ratio="9:16")
    shown(await ann.hears("a golden retriever"))
    body = only(ann, CHAT)
    assert body["model"] == "sora-2-pro" and body["stream"] is True
    assert "portrait" in body["messages"][0]["content"]


async def film_with_picture(ann: Hands) -> None:
    await ann.uses("video", "the cat waves", photo(), model="sora-2")
    shown(await ann.hears("the cat waves"))
    words, picture = only(ann, CHAT)["messages"][0]["content"]
    assert words == {"type": "text", "text": "the cat waves"}
    assert picture["image_url"]["url"] == f"data:image/png;base64,{inline(photo().data)}"


async def film_changed(ann: Hands) -> None:
    """By a reply to it, or by its button where nobody can reply."""
    await ann.uses("video", "a cat surfing", model="sora-2")
    made = await ann.hears("a cat surfing")
    if ann.can_reply:
        await ann.write("make it sunset and slower", reply_to=made)
    else:
        await ann.presses(made, "Edit", "What shall I change?")
        await ann.write("make it sunset and slower")
    shown(await ann.hears("100 credits\nmake it sunset"))
    first, second = asked(ann, CHAT)
    said, told, wanted = second["messages"]
    assert said == first["messages"][0]
    assert told["role"] == "assistant" and "生成完成" in told["content"]  # all that the model wrote of the first film
    assert wanted["content"].startswith("make it sunset and slower")


async def grok_film(ann: Hands) -> None:
    options = {"model": "grok-imagine-1.0-video", "ratio": "16:9", "seconds": "10", "resolution": "720p"}
    await ann.uses("video", "the cat waves", photo(), **options)
    shown(await ann.hears("the cat waves"))
    body = only(ann, CHAT)
    assert body["video_config"] == {"aspect_ratio": "16:9", "video_length": 10, "resolution_name": "720p"}
    assert [part["type"] for part in body["messages"][0]["content"]] == ["text", "image_url"]
