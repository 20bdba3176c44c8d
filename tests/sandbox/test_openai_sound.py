"""OpenAI's speech and transcription: a reply that is the file, and words that tell recordings apart."""

import io
from typing import Any

import av
import httpx
import pytest

from bots.sandbox.melody import music

SPEECH = {"model": "tts-1", "input": "hello there", "voice": "nova"}
FORMS = {"mp3": "mp3", "opus": "ogg", "aac": "aac", "flac": "flac", "wav": "wav"}


async def test_speech_in_every_format(client: httpx.AsyncClient) -> None:
    for form, container in FORMS.items():
        reply = await client.post("/v1/audio/speech", json={**SPEECH, "response_format": form})
        assert reply.headers["content-type"].startswith("audio/")
        with av.open(io.BytesIO(reply.content), "r") as file:
            assert file.format.name == container


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"model": "nobody"}, 503),
        ({"voice": "ballad"}, 400),
        ({"input": "x" * 4097}, 400),
        ({"instructions": "softly"}, 400),
        ({"input": "hello [429]"}, 429),
    ],
)
async def test_what_is_refused(client: httpx.AsyncClient, more: dict[str, Any], status: int) -> None:
    reply = await client.post("/v1/audio/speech", json={**SPEECH, **more})
    assert reply.status_code == status
    assert reply.json()["error"]["message"]


async def heard(client: httpx.AsyncClient, data: bytes, name: str = "voice.ogg", **fields: str) -> httpx.Response:
    return await client.post(
        "/v1/audio/transcriptions", data={"model": "whisper-1", **fields}, files={"file": (name, data, "audio/ogg")}
    )


async def test_words_tell_recordings_apart(client: httpx.AsyncClient) -> None:
    short, long = music(1, 3, "mp3"), music(1, 12, "mp3")
    texts = [(await heard(client, data)).json()["text"] for data in (short, long)]
    assert texts[0] != texts[1]
    assert "12." in texts[1]
    assert (await heard(client, long, response_format="text", language="zh")).text.startswith("这段录音有12.")
    told = (await heard(client, long, response_format="verbose_json")).json()
    assert "".join(piece["text"] for piece in told["segments"]) == told["text"]
    assert told["segments"][-1]["end"] == told["duration"]


async def test_recordings_that_are_not_taken(client: httpx.AsyncClient) -> None:
    data = music(1, 3, "mp3")
    assert (await heard(client, data, name="voice.oga")).status_code == 400
    assert (await heard(client, b"no sound")).status_code == 400
    assert (await heard(client, bytes(25 * 1024 * 1024 + 1))).status_code == 413
    assert (await heard(client, data, model="tts-1")).json()["error"]["code"] == "model_not_found"
    wrong = await heard(client, data, model="gpt-4o-transcribe", response_format="verbose_json")
    assert wrong.status_code == 400
