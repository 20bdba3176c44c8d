"""Suno: what a stock server takes and drops, how its tasks go, and the songs that come of them."""

import io
import json
from typing import Any

import av
import httpx
import pytest

from bots.sandbox.server import Sandbox

WISH = {"gpt_description_prompt": "a folk song", "mv": "chirp-v4"}
OWN = {"prompt": "[Verse]\nstreet lights", "tags": "indie folk", "title": "Night road", "mv": "chirp-v4"}


async def submitted(client: httpx.AsyncClient, body: dict[str, Any], action: str = "music") -> str:
    reply = (await client.post(f"/suno/submit/{action}", json=body)).json()
    assert (reply["code"], reply["message"]) == ("success", "")
    return str(reply["data"])


async def look(client: httpx.AsyncClient, task_id: str) -> dict[str, Any]:
    body = (await client.get(f"/suno/fetch/{task_id}")).json()
    assert body["code"] == "success"
    task: dict[str, Any] = body["data"]
    return task


async def ended(client: httpx.AsyncClient, task_id: str) -> dict[str, Any]:
    task: dict[str, Any] = {}
    for _ in range(10):
        task = await look(client, task_id)
        if task["status"] in ("SUCCESS", "FAILURE"):
            return task
    raise AssertionError(task)


async def test_a_song_on_its_way(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.sounds.song_polls = 11
    task_id = await submitted(client, {**OWN, "negative_tags": "drums", "task": "cover"})
    seen = [await look(client, task_id) for _ in range(11)]
    assert list(dict.fromkeys(task["status"] for task in seen)) == [
        "NOT_START", "SUBMITTED", "QUEUED", "IN_PROGRESS", "SUCCESS",
    ]  # fmt: skip
    assert {task["progress"] for task in seen[:-1]} == {"0%"}
    assert seen[0]["data"] is None
    streaming = next(task for task in seen if task["data"] and task["data"][0]["status"] == "streaming")
    assert streaming["data"][0]["audio_url"].startswith("https://audiopipe.suno.ai/?item_id=")
    assert streaming["data"][1]["audio_url"] == ""
    assert [clip["status"] for clip in seen[-2]["data"]] == ["complete", "streaming"]
    assert [clip["status"] for clip in seen[-1]["data"]] == ["complete", "complete"]


async def test_two_songs_that_differ_and_their_covers(client: httpx.AsyncClient) -> None:
    clips = (await ended(client, await submitted(client, OWN)))["data"]
    async with httpx.AsyncClient() as anybody:
        songs = [(await anybody.get(clip["audio_url"])).content for clip in clips]
        covers = [(await anybody.get(clip["image_large_url"])).content for clip in clips]
    assert songs[0] != songs[1]
    for song, clip in zip(songs, clips, strict=True):
        with av.open(io.BytesIO(song), "r") as file:
            assert file.format.name == "mp3"
            assert file.duration == pytest.approx(clip["metadata"]["duration"] * 1_000_000, rel=0.01)
    assert all(cover.startswith(b"\xff\xd8\xff") for cover in covers)


async def test_a_wish_and_words(client: httpx.AsyncClient) -> None:
    wished = (await ended(client, await submitted(client, WISH)))["data"][0]
    assert wished["metadata"]["prompt"].startswith("[Verse]\na folk song")
    quiet = (await ended(client, await submitted(client, {**WISH, "make_instrumental": True})))["data"][0]
    assert quiet["metadata"]["prompt"] == ""
    words = (await ended(client, await submitted(client, {"prompt": "for a cat"}, "lyrics")))["data"]
    assert (words["title"], words["tags"]) == ("for a cat", ["pop", "bright"])
    assert "for a cat" in words["text"]


async def test_a_song_goes_on(client: httpx.AsyncClient) -> None:
    source = await submitted(client, OWN)
    clip = (await ended(client, source))["data"][0]["id"]
    more = {**OWN, "continue_clip_id": clip, "continue_at": 20.1}
    assert (await ended(client, await submitted(client, {**more, "task_id": source})))["status"] == "SUCCESS"
    stranger = {**more, "task_id": source, "continue_clip_id": "nobody's"}
    assert (await ended(client, await submitted(client, stranger)))["fail_reason"] == "clip not found"
    for body, message in ((more, "task id is empty"), ({**more, "task_id": "task_x"}, "task_origin_not_exist")):
        reply = await client.post("/suno/submit/music", json=body)
        assert (reply.status_code, reply.json()["message"], reply.json()["data"]) == (400, message, None)


async def test_how_tasks_fail(client: httpx.AsyncClient) -> None:
    refused = await ended(client, await submitted(client, {**WISH, "gpt_description_prompt": "a famous song [refuse]"}))
    assert (refused["status"], refused["fail_reason"]) == ("FAILURE", "Prompt likely copyrighted")
    assert {clip["metadata"]["error_type"] for clip in refused["data"]} == {"moderation_failure"}
    half = await ended(client, await submitted(client, {**OWN, "prompt": "[Verse] la [partial]"}))
    assert [clip["status"] for clip in half["data"]] == ["complete", "error"]
    endless = await submitted(client, {**WISH, "gpt_description_prompt": "a song [never]"})
    assert {(await look(client, endless))["status"] for _ in range(9)} <= {"NOT_START", "IN_PROGRESS"}


async def test_many_at_once(client: httpx.AsyncClient) -> None:
    ids = [await submitted(client, WISH) for _ in range(3)]
    told = (await client.post("/suno/fetch", json={"ids": [*ids, "task_x"], "action": "MUSIC"})).json()["data"]
    assert [task["task_id"] for task in told] == ids[::-1]
    assert (await client.post("/suno/fetch", json={"ids": []})).json()["data"] == []
    assert (await client.get("/suno/fetch/task_x")).json()["code"] == "task_not_exist"
    client.headers["Authorization"] = "Bearer sk-other"
    assert (await client.post("/suno/fetch", json={"ids": ids})).json()["data"] == []


@pytest.mark.parametrize(
    ("action", "body", "message"),
    [
        ("video", WISH, "invalid_action"),
        ("lyrics", {"prompt": " "}, "prompt_empty"),
        ("music", {"mv": "chirp-v4"}, "prompt_empty"),
        ("music", {**OWN, "title": ""}, "title"),
        ("music", {**OWN, "tags": "x" * 201}, "tags"),
        ("music", {**WISH, "mv": "chirp-v9"}, "mv"),
        ("music", {**WISH, "make_instrumental": "true"}, "make_instrumental"),
    ],
)
async def test_mistakes(client: httpx.AsyncClient, action: str, body: dict[str, Any], message: str) -> None:
    reply = await client.post(f"/suno/submit/{action}", json=body)
    assert (reply.status_code, reply.json()["code"]) == (400, "invalid_request")
    assert message in reply.json()["message"]


async def test_as_its_siblings_tell_it(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sounds = sandbox.behaviour.sounds
    sounds.clips, sounds.data_text, sounds.task_ids = "flat", True, "uuid"
    task_id = await submitted(client, OWN)
    assert (len(task_id), task_id.count("-")) == (36, 4)
    clips = json.loads((await ended(client, task_id))["data"])
    assert [(clip["state"], clip["task_id"]) for clip in clips] == [
        ("succeeded", f"{task_id}_1"),
        ("succeeded", f"{task_id}_2"),
    ]


async def test_a_key_whose_group_has_no_songs(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    del sandbox.behaviour.models["suno_music"]
    reply = await client.post("/suno/submit/music", json=WISH)
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "model_not_found")
