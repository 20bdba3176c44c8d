"""Runway's own format: not found at first, progress from 0 to 1, its own states, codes and other spellings."""

import uuid
from typing import Any

import httpx
import pytest

from bots.sandbox.server import Sandbox
from tests.sandbox.films import BLUE, RED, look, movie, near, picture, put_movie, reason, uri

PICTURE, FILM = "/runwayml/v1/image_to_video", "/runwayml/v1/video_to_video"
HEADERS = {"X-Runway-Version": "2024-11-06"}
CAT = {
    "model": "gen4_turbo",
    "promptImage": "https://example.com/cat.jpg",
    "promptText": "cat dances",
    "ratio": "1280:720",
    "duration": 5,
}
WINTER = {"model": "gen4_aleph", "videoUri": "https://example.com/in.mp4", "promptText": "winter", "ratio": "1280:720"}


@pytest.fixture(autouse=True)
def versioned(client: httpx.AsyncClient) -> None:
    client.headers.update(HEADERS)


async def submit(client: httpx.AsyncClient, path: str = PICTURE, **more: Any) -> str:
    reply = await client.post(path, json=(CAT if path == PICTURE else WINTER) | more)
    assert reply.status_code == 200, reply.text
    return str(reply.json()["id"])


async def ask(client: httpx.AsyncClient, task: str) -> httpx.Response:
    return await client.get(f"/runwayml/v1/tasks/{task}")


async def test_from_unseen_to_a_film(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_polls = 2
    task = await submit(client, promptImage=uri(picture(RED)))
    assert str(uuid.UUID(task)) == task
    unseen, running, done, again = [await ask(client, task) for _ in range(4)]
    assert (unseen.status_code, unseen.json()["code"]) == (400, "task_not_exist")
    assert (running.json()["status"], running.json()["progress"]) == ("RUNNING", 0.5)
    assert done.json()["status"] == "SUCCEEDED"
    link = done.json()["output"][0]
    assert link != again.json()["output"][0]  # a fresh one at each look
    async with httpx.AsyncClient() as stranger:
        seen = look((await stranger.get(link)).content)
    assert (seen.seconds, seen.size, seen.sound, near(seen.first, RED)) == (5.0, (640, 360), False, True)
    for path in (f"/v1/videos/{task}", f"/v1/video/generations/{task}"):
        assert (await client.get(path)).json()["code"] == "task_not_exist"


async def test_a_film_keeps_its_length_in_other_colours(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_at_once, sandbox.behaviour.films.runway_unseen = True, 0
    link = put_movie(sandbox, movie(RED, BLUE, 4))
    task = await submit(client, FILM, videoUri=link, references=[{"type": "image", "uri": uri(picture(BLUE))}])
    async with httpx.AsyncClient() as stranger:
        seen = look((await stranger.get((await ask(client, task)).json()["output"][0])).content)
    assert (seen.seconds, near(seen.first, RED)) == (4.0, False)


async def test_only_gen3_takes_a_last_frame(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_at_once, sandbox.behaviour.films.runway_unseen = True, 0
    frames = [{"uri": uri(picture(BLUE)), "position": "last"}, {"uri": uri(picture(RED)), "position": "first"}]
    task = await submit(client, model="gen3a_turbo", ratio="1280:768", promptImage=frames)
    async with httpx.AsyncClient() as stranger:
        seen = look((await stranger.get((await ask(client, task)).json()["output"][0])).content)
    assert (near(seen.first, RED), near(seen.last, BLUE)) == (True, True)
    assert "no last frame" in reason(await client.post(PICTURE, json=CAT | {"promptImage": frames}))


@pytest.mark.parametrize(
    ("word", "status", "code"),
    [
        ("[refuse]", "FAILED", "SAFETY.INPUT.TEXT"),
        ("[fail]", "FAILED", "INTERNAL.BAD_OUTPUT.CODE01"),
        ("[reason INPUT_PREPROCESSING.SAFETY.TEXT]", "FAILED", "INPUT_PREPROCESSING.SAFETY.TEXT"),
        ("[cancel]", "CANCELLED", None),
    ],
)
async def test_failures(sandbox: Sandbox, client: httpx.AsyncClient, word: str, status: str, code: str | None) -> None:
    sandbox.behaviour.films.runway_unseen = 0
    task = await submit(client, promptText=f"cat {word}")
    body = (await ask(client, task)).json()
    assert (body["status"], body.get("failureCode")) == (status, code)
    assert "output" not in body


async def test_throttled_until_it_is_done(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.films.runway_unseen = 0
    task = await submit(client, promptText="cat [queued]")
    assert [(await ask(client, task)).json()["status"] for _ in range(2)] == ["THROTTLED", "SUCCEEDED"]


async def test_siblings_spell_it_otherwise(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.films.runway, sandbox.behaviour.films.runway_unseen = "sibling", 0
    reply = (await client.post(PICTURE, json=CAT)).json()
    assert (reply["state"], reply["video"]) == ("pending", None)
    running, done = [(await ask(client, reply["id"])).json() for _ in range(2)]
    assert (running["state"], running["video_raw"]) == ("processing", None)
    assert (done["state"], done["video"].startswith("http")) == ("succeeded", True)
    sandbox.behaviour.films.runway = "wrapped"
    wrapped = (await ask(client, reply["id"])).json()
    assert (wrapped["code"], wrapped["data"]["status"]) == ("success", "SUCCESS")


async def test_the_version_must_be_told(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    del client.headers["X-Runway-Version"]
    for reply in (await client.post(PICTURE, json=CAT), await ask(client, "x")):
        assert "X-Runway-Version" in reason(reply)
    assert sandbox.accepted[PICTURE] == 0


@pytest.mark.parametrize(
    ("path", "more", "words"),
    [
        (PICTURE, {"model": "gen4_aleph"}, "not available"),
        (PICTURE, {"ratio": "16:9"}, "ratio"),
        (PICTURE, {"ratio": None}, "ratio"),
        (PICTURE, {"duration": 6}, "duration"),
        (PICTURE, {"duration": "5"}, "duration"),
        (PICTURE, {"seed": -1}, "seed"),
        (PICTURE, {"promptText": "x" * 1001}, "1000"),
        (PICTURE, {"promptText": "𝒳" * 501}, "1000"),
        (PICTURE, {"model": "gen4.5", "promptText": ""}, "promptText is required"),
        (PICTURE, {"promptImage": None}, "promptImage"),
        (PICTURE, {"promptImage": "http://example.com/a.jpg"}, "public https"),
        (PICTURE, {"promptImage": uri(b"no picture")}, "Invalid image"),
        (PICTURE, {"prompt": "x"}, "unrecognized key"),
        (FILM, {"model": "gen4_turbo"}, "not available"),
        (FILM, {"videoUri": ""}, "required"),
        (FILM, {"duration": 5}, "unrecognized key"),
        (FILM, {"references": [{"type": "image", "uri": CAT["promptImage"]}] * 2}, "at most one"),
        (FILM, {"references": [{"type": "video", "uri": CAT["promptImage"]}]}, "must be image"),
    ],
)
async def test_mistakes(client: httpx.AsyncClient, path: str, more: dict[str, Any], words: str) -> None:
    assert words in reason(await client.post(path, json=(CAT if path == PICTURE else WINTER) | more))
