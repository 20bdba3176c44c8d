"""MiniMax: where it is served, voices from the recording to the first words, speech, songs and words."""

import io
import json
from typing import Any

import av
import httpx
import pytest

from bots.sandbox.melody import music
from bots.sandbox.server import Sandbox

SPEECH: dict[str, Any] = {
    "model": "speech-2.8-hd",
    "text": "你好, hello",
    "voice_setting": {"voice_id": "female-tianmei"},
}


async def cloned(client: httpx.AsyncClient, name: str, seconds: int = 12) -> dict[str, Any]:
    sample = {"file": ("voice.mp3", music(1, seconds, "mp3"), "audio/mpeg")}
    sent = await client.post("/minimax/v1/files/upload", data={"purpose": "voice_clone"}, files=sample)
    number = sent.json()["file"]["file_id"]
    assert number > 2**53
    assert int(float(number)) != number
    body = {"file_id": number, "voice_id": name}
    told: dict[str, Any] = (await client.post("/minimax/v1/voice_clone", json=body)).json()
    return told


async def speak(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = (await client.post("/minimax/v1/t2a_v2", json={**SPEECH, **more})).json()
    return told


async def test_one_prefix_is_on(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    asked = {"voice_type": "system"}
    for prefix in ("/minimax/v1", "/minimaxi/v1", "/v1"):
        sandbox.behaviour.sounds.minimax_prefix = prefix
        replies = {
            each: await client.post(f"{each}/get_voice", json=asked) for each in ("/minimax/v1", "/minimaxi/v1", "/v1")
        }
        served = [each for each, reply in replies.items() if "json" in reply.headers["content-type"]]
        assert [each for each in served if "base_resp" in replies[each].json()] == [prefix]
        for other, status in (("/minimax/v1", 200), ("/minimaxi/v1", 200), ("/v1", 404)):
            assert other == prefix or replies[other].status_code == status


async def test_a_voice_from_its_recording_to_its_first_words(client: httpx.AsyncClient) -> None:
    mine = {"voice_setting": {"voice_id": "xg7f3a91c2b04d"}}
    assert (await speak(client, **mine))["base_resp"]["status_code"] == 2042
    assert (await cloned(client, "xg7f3a91c2b04d"))["base_resp"]["status_code"] == 0
    listed = {"voice_type": "voice_cloning"}
    assert (await client.post("/minimax/v1/get_voice", json=listed)).json()["voice_cloning"] is None
    assert (await speak(client, **mine))["base_resp"]["status_code"] == 0
    told = (await client.post("/minimax/v1/get_voice", json=listed)).json()["voice_cloning"]
    assert [voice["voice_id"] for voice in told] == ["xg7f3a91c2b04d"]
    assert (await cloned(client, "xg7f3a91c2b04d"))["base_resp"]["status_code"] == 2039
    assert (await cloned(client, "xg7f3a91c2b04e", seconds=5))["base_resp"]["status_code"] == 2037
    assert (await cloned(client, "short"))["base_resp"]["status_code"] == 2013


@pytest.mark.parametrize(
    ("how", "field", "value"),
    [
        ("flag", "input_sensitive", True),
        ("kind", "input_sensitive_type", 3),
        ("table", "input_sensitive", {"type": 3}),
    ],
)
async def test_a_refused_sample_makes_no_voice(
    sandbox: Sandbox, client: httpx.AsyncClient, how: Any, field: str, value: object
) -> None:
    sandbox.behaviour.sounds.clone_refused = how
    told = await cloned(client, "xg7f3a91c2b04d")
    assert (told["base_resp"]["status_code"], told[field]) == (0, value)
    assert (await speak(client, voice_setting={"voice_id": "xg7f3a91c2b04d"}))["base_resp"]["status_code"] == 2042


async def test_speech_as_hex_as_a_link_and_in_pieces(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    told = await speak(client)
    data = bytes.fromhex(told["data"]["audio"])
    with av.open(io.BytesIO(data), "r") as file:
        assert file.duration == pytest.approx(told["extra_info"]["audio_length"] * 1000, rel=0.2)
    assert told["extra_info"]["usage_characters"] == 2 * 2 + 7
    link = (await speak(client, output_format="url"))["data"]["audio"]
    assert (await client.get(link)).content == data
    sandbox.behaviour.sounds.upper_hex = True
    assert (await speak(client))["data"]["audio"] == data.hex().upper()
    for options, last in (({}, data), ({"exclude_aggregated_audio": True}, b"")):
        reply = await client.post("/minimax/v1/t2a_v2", json={**SPEECH, "stream": True, "stream_options": options})
        events = [json.loads(line.removeprefix("data: ")) for line in reply.text.splitlines() if line]
        pieces = [bytes.fromhex(event["data"]["audio"]) for event in events]
        assert (b"".join(pieces[:-1]), pieces[-1]) == (data, last)
        assert [event["data"]["status"] for event in events] == [1, 1, 1, 2]


@pytest.mark.parametrize(
    ("more", "number"),
    [
        ({"text": "hello [refuse]"}, 1026),
        ({"text": "hello [code 1008]"}, 1008),
        ({"text": "x" * 10_000}, 2013),
        ({"voice_setting": {"voice_id": "female-tianmei", "speed": 3}}, 2013),
        ({"voice_setting": {"voice_id": "female-tianmei", "emotion": "whisper"}}, 2013),
        ({"audio_setting": {"format": "mp4"}}, 2013),
    ],
)
async def test_errors_by_number(sandbox: Sandbox, client: httpx.AsyncClient, more: dict[str, Any], number: int) -> None:
    told = await speak(client, **more)
    assert (told["data"], told["base_resp"]["status_code"]) == (None, number)
    sandbox.behaviour.sounds.minimax_errors = "relay"
    reply = await client.post("/minimax/v1/t2a_v2", json={**SPEECH, **more})
    assert reply.status_code == 400
    assert f": {number} - " in reply.json()["error"]["message"]


async def test_songs(client: httpx.AsyncClient) -> None:
    async def sung(**body: Any) -> dict[str, Any]:
        told: dict[str, Any] = (await client.post("/minimax/v1/music_generation", json=body)).json()
        return told

    told = await sung(model="music-2.6", prompt="folk", lyrics="", lyrics_optimizer=True, output_format="url")
    assert (await client.get(told["data"]["audio"])).headers["content-type"] == "audio/mpeg"
    assert told["extra_info"]["music_duration"] == 20_000
    assert (await sung(model="music-2.6", prompt="folk"))["base_resp"]["status_code"] == 2013
    assert (await sung(model="music-2.5", prompt="folk", is_instrumental=True))["base_resp"]["status_code"] == 2013
    assert (await sung(model="suno_music", prompt="folk"))["error"]["code"] == "model_not_found"


async def test_words(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    async def written(**body: Any) -> dict[str, Any]:
        told: dict[str, Any] = (await client.post("/minimax/v1/lyrics_generation", json=body)).json()
        return told

    words = await written(mode="write_full_song", prompt="the sea")
    assert (words["song_title"], words["style_tags"]) == ("the sea", "Mandopop, Summer")
    changed = await written(mode="edit", prompt="sadder", lyrics=words["lyrics"], title="Sea")
    assert changed["lyrics"].startswith(words["lyrics"])
    assert "sadder" in changed["lyrics"]
    assert (await written(mode="edit", prompt="sadder"))["base_resp"]["status_code"] == 2013
    sandbox.behaviour.sounds.lyrics_model = "lyrics_generation"
    assert "error" in await written(mode="write_full_song", prompt="the sea")
    told = await written(mode="write_full_song", prompt="the sea", model="lyrics_generation")
    assert told["base_resp"]["status_code"] == 0
