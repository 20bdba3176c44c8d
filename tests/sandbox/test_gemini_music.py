"""Music in Gemini's format: words and a file that plays."""

import base64
import io
from typing import Any

import av
import httpx
import pytest

from bots.sandbox.server import Sandbox
from tests.sandbox.wires import png

CLIP = "/v1beta/models/lyria-3-clip-preview:generateContent"
SONG = "/v1beta/models/lyria-3-pro-preview:generateContent"


def asked(text: str, *more: object, **config: object) -> dict[str, Any]:
    config = {"responseModalities": ["AUDIO", "TEXT"], **config}
    return {"contents": [{"role": "user", "parts": [{"text": text}, *more]}], "generationConfig": config}


async def test_a_clip_has_words_and_thirty_seconds(client: httpx.AsyncClient) -> None:
    words, sound = (await client.post(CLIP, json=asked("lofi"))).json()["candidates"][0]["content"]["parts"]
    assert words["text"].startswith("[Intro]")
    assert sound["inlineData"]["mimeType"] == "audio/mpeg"
    with av.open(io.BytesIO(base64.b64decode(sound["inlineData"]["data"])), "r") as file:
        assert file.format.name == "mp3"
        assert file.duration == pytest.approx(30_000_000, rel=0.01)


async def test_a_song_is_as_long_as_it_is_asked_for_and_wav_on_request(client: httpx.AsyncClient) -> None:
    body = asked("a 5-second song", responseFormat={"audio": {"mimeType": "audio/wav"}})
    parts = (await client.post(SONG, json=body)).json()["candidates"][0]["content"]["parts"]
    assert parts[1]["inlineData"]["mimeType"] == "audio/wav"
    with av.open(io.BytesIO(base64.b64decode(parts[1]["inlineData"]["data"])), "r") as file:
        assert file.duration == 5_000_000


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (asked(" "), "prompt is required"),
        (asked("a", *[{"inlineData": {"mimeType": "image/png", "data": png()}}] * 11), "At most 10"),
        (asked("a", responseModalities=["IMAGE"]), "modalities"),
        ({"contents": [*asked("a")["contents"] * 3]}, "Multi-turn"),
    ],
)
async def test_mistakes(client: httpx.AsyncClient, body: dict[str, Any], words: str) -> None:
    reply = await client.post(CLIP, json=body)
    assert reply.status_code == 400
    assert words in reply.json()["error"]["message"]


async def test_what_is_blocked_has_no_candidates(client: httpx.AsyncClient) -> None:
    reply = (await client.post(CLIP, json=asked("like a famous singer [refuse]"))).json()
    assert reply["promptFeedback"] == {"blockReason": "PROHIBITED_CONTENT"}
    assert "candidates" not in reply


async def test_music_is_listed_and_is_no_chat(client: httpx.AsyncClient, sandbox: Sandbox) -> None:
    listed = {model["id"] for model in (await client.get("/v1/models")).json()["data"]}
    assert "lyria-3-pro-preview" in listed
    body = {"model": "lyria-3-pro-preview", "messages": [{"role": "user", "content": "hi"}]}
    assert (await client.post("/v1/chat/completions", json=body)).status_code == 503
