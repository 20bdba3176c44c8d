"""Seedance's own route: its content items checked strictly, its envelope with all its traps, films made of what was sent."""

from typing import Any

import httpx
import pytest

from bots.sandbox.server import Sandbox
from tests.reading.samples import film as slow_film
from tests.sandbox.films import BLUE, GREEN, RED, content, movie, near, picture, put_movie, put_voice, reason, uri

PATH = "/v1/video/generations"
MODEL = "doubao-seedance-2-0-260128-720p"
WORDS = {"type": "text", "text": "she opens her eyes"}
LINK = "https://example.com/a.jpg"
Item = dict[str, Any]


def item(role: str, link: str = LINK) -> Item:
    kind = {"reference_video": "video_url", "reference_audio": "audio_url"}.get(role, "image_url")
    return {"type": kind, "url": link, "role": role}


def order(*items: Item, words: str = "she opens her eyes", **more: Any) -> dict[str, Any]:
    return {"model": MODEL, "content": [{"type": "text", "text": words}, *items], "duration": 5, **more}


async def submit(client: httpx.AsyncClient, body: dict[str, Any]) -> str:
    reply = await client.post(PATH, json=body)
    assert reply.status_code == 200, reply.text
    return str(reply.json()["id"])


async def ask(client: httpx.AsyncClient, task_id: str) -> dict[str, Any]:
    body = (await client.get(f"{PATH}/{task_id}")).json()
    assert body["code"] == "success"
    return dict(body["data"])


async def test_from_a_row_just_made_to_a_film(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_polls = 3
    reply = await client.post(PATH, json=order(aspect_ratio="9:16"))
    body = reply.json()
    assert (body["object"], body["status"], body["seconds"], body["size"]) == ("video", "queued", "5", "720x1280")
    task = body["id"]
    early = await client.get(f"/v1/videos/{task}/content")
    assert early.json()["error"]["message"].endswith("NOT_START")
    fresh, running, done = [await ask(client, task) for _ in range(3)]
    assert (fresh["status"], fresh["progress"]) == ("NOT_START", "0%")
    assert (running["status"], running["progress"]) == ("IN_PROGRESS", "66%")
    assert (done["status"], done["progress"]) == ("SUCCESS", "100%")
    assert done["result_url"] == f"{sandbox.base_url}/v1/videos/{task}/content"
    async with httpx.AsyncClient() as stranger:
        film = await stranger.get(done["data"][0]["url"])
    assert film.headers["content-type"] == "video/mp4"
    seen = await content(client, task)
    assert (seen.seconds, seen.size, seen.sound) == (5.0, (360, 640), True)
    other = (await client.get(f"/v1/videos/{task}")).json()
    assert (other["status"], other["metadata"]["url"]) == ("completed", done["data"][0]["url"])


async def test_a_fresh_row_is_unknown_in_the_other_shape(client: httpx.AsyncClient) -> None:
    body = (await client.get(f"/v1/videos/{await submit(client, order())}")).json()
    assert (body["status"], body["progress"]) == ("unknown", 0)


async def test_the_link_stands_in_other_places_too(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_at_once = True
    task = await submit(client, order())
    link = f"{sandbox.base_url}/files/videos/{task}.mp4"
    sandbox.behaviour.films.task_result = "object"
    raw = (await ask(client, task))["data"]
    assert (raw["status"], raw["content"]["video_url"], raw["usage"]["total_tokens"]) == ("succeeded", link, 108_900)
    sandbox.behaviour.films.task_result = "fail_reason"
    told = await ask(client, task)
    assert (told["status"], told["fail_reason"], told["data"]) == ("SUCCESS", link, {})
    sandbox.behaviour.films.task_result = "content"
    told = await ask(client, task)
    assert (told["data"], told["result_url"].endswith("/content")) == ({}, True)


@pytest.mark.parametrize(
    ("word", "told"),
    [("[refuse]", "InputTextRisk"), ("[reason RejectFace]", "RejectFace"), ("[fail]", "ModelGenerateFailed")],
)
async def test_reasons_lie_where_links_should_be(client: httpx.AsyncClient, word: str, told: str) -> None:
    task = await submit(client, order(words=f"cat {word}"))
    await ask(client, task)
    failed = await ask(client, task)
    assert (failed["status"], failed["fail_reason"], failed["result_url"]) == ("FAILURE", told, told)
    assert failed["data"]["error"]["code"] == told
    other = (await client.get(f"/v1/videos/{task}")).json()
    assert (other["status"], other["error"]["message"], other["metadata"]["url"]) == ("failed", told, told)


async def test_frames_are_seen(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_at_once = True
    first, last = uri(picture(RED)), uri(picture(BLUE))
    both = await content(client, await submit(client, order(item("first_frame", first), item("last_frame", last))))
    assert (near(both.first, RED), near(both.last, BLUE)) == (True, True)
    alone = await content(
        client, await submit(client, order(item("image", first), extra_body={"generate_audio": False}))
    )
    assert (near(alone.first, RED), alone.sound) == (True, False)


async def test_a_film_is_changed_or_gone_on_from(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_at_once = True
    film = item("reference_video", put_movie(sandbox, movie(RED, BLUE, sound=True)))
    edited = await content(client, await submit(client, order(film, words="make it winter", duration=6)))
    assert (edited.seconds, edited.sound, near(edited.first, RED)) == (6.0, True, False)
    longer = await content(client, await submit(client, order(film, words="Continue: she leaves", duration=4)))
    assert (longer.seconds, near(longer.first, BLUE)) == (4.0, True)


async def test_everything_at_once(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_at_once = True
    files = [
        item("reference_image", uri(picture(GREEN))),
        item("reference_video", put_movie(sandbox, movie(RED, BLUE))),
        item("reference_audio", put_voice(sandbox, 3)),
    ]
    seen = await content(client, await submit(client, order(*files, words="the camera of video 1", duration=8)))
    assert (seen.seconds, seen.sound) == (8.0, True)


async def test_nested_links_are_a_switch(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    flat = order(item("image"))
    nested = order({"type": "image_url", "image_url": {"url": LINK}, "role": "image"})
    assert [(await client.post(PATH, json=body)).status_code for body in (flat, nested)] == [200, 400]
    sandbox.behaviour.films.content = "nested"
    assert [(await client.post(PATH, json=body)).status_code for body in (flat, nested)] == [400, 200]
    sandbox.behaviour.films.content = "both"
    assert [(await client.post(PATH, json=body)).status_code for body in (flat, nested)] == [200, 200]


async def test_a_prompt_on_top_may_be_wanted(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.films.prompt_too = True
    assert reason(await client.post(PATH, json=order())) == "prompt is required"
    assert (await client.post(PATH, json=order(prompt="she opens her eyes"))).status_code == 200


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"model": MODEL, "content": []}, "list of objects"),
        ({"model": MODEL, "content": "words"}, "list of objects"),
        ({"model": MODEL, "content": [item("image"), WORDS]}, "first item"),
        ({"model": MODEL, "content": [{"type": "text", "text": " "}]}, "first item"),
        ({"model": MODEL, "content": [WORDS, WORDS]}, "not supported"),
        (order(item("actor")), "role 'actor'"),
        (order({"type": "video_url", "url": LINK, "role": "reference_image"}), "role 'reference_image'"),
        (order({"type": "image_url", "url": LINK}), "role ''"),
        (order(item("first_frame")), "both needed"),
        (order(item("image"), item("image")), "at most 1"),
        (order(item("image"), item("reference_image")), "cannot be mixed"),
        (order(item("image"), item("first_frame"), item("last_frame")), "cannot be mixed"),
        (order(item("first_frame"), item("last_frame"), item("reference_audio")), "cannot be mixed"),
        (order(item("reference_audio")), "needs a reference image or video"),
        (order(*[item("reference_image")] * 10), "at most 9"),
        (order(*[item("reference_image")] * 9, *[item("reference_video")] * 4), "at most 12"),
        (order(*[item("reference_video")] * 4), "at most 3"),
        (order(item("image", "http://example.com/a.jpg")), "public https"),
        (order(item("image", "https://192.168.1.4/a.jpg")), "public https"),
        (order(item("image", "https://localhost/a.jpg")), "public https"),
        (order(item("image", "data:image/png;base64,")), ""),
        (order(item("reference_video", uri(b"film", "video/mp4"))), "public https"),
        (order(item("image", "asset://asset-1")), "not found"),
        (order(duration=3), "duration"),
        (order(duration="5"), "duration"),
        (order(duration=5.5), "duration"),
        (order(aspect_ratio="2:1"), "aspect_ratio"),
        (order(resolution="720p"), "part of the model's name"),
        (order(seed=4), "unknown field"),
        (order(extra_body={"seed": "4"}), "seed"),
        (order(extra_body={"generate_audio": "on"}), "boolean"),
        (order(extra_body={"sound": True}), "unknown field in extra_body"),
        (order(extra_body=[]), "must be an object"),
        (order(item("image", uri(picture(RED, 200, 200)))), "out of the allowed range"),
        (order(item("image", uri(picture(RED, 1200, 400)))), "out of the allowed range"),
        (order(item("image", uri(b"no picture"))), "Invalid image"),
    ],
)
async def test_mistakes(client: httpx.AsyncClient, sandbox: Sandbox, body: dict[str, Any], words: str) -> None:
    assert words in reason(await client.post(PATH, json=body))
    assert (sandbox.submits[PATH], sandbox.accepted[PATH]) == (1, 0)


async def test_names_carry_the_resolution(client: httpx.AsyncClient) -> None:
    bare = order(resolution="480p", aspect_ratio="1:1") | {"model": "doubao-seedance-2-0-fast-260128"}
    assert (await client.post(PATH, json=bare)).json()["size"] == "640x640"
    assert "resolution" in reason(await client.post(PATH, json=bare | {"resolution": "1080p"}))
    other = await client.post(PATH, json=order() | {"model": "kling-3.0"})
    assert (other.status_code, other.json()["error"]["code"]) == (503, "model_not_found")


async def test_films_and_sounds_have_limits(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    short, long, nine = (movie(RED, BLUE, seconds, size=(320, 180)) for seconds in (1, 17, 9))
    links = [put_movie(sandbox, data, f"{at}.mp4") for at, data in enumerate((short, long, nine))]
    for link in links[:2]:
        assert "between 2 and 15" in reason(await client.post(PATH, json=order(item("reference_video", link))))
    twice = order(item("reference_video", links[2]), item("reference_video", links[2]))
    assert "total duration" in reason(await client.post(PATH, json=twice))
    slow = put_movie(sandbox, slow_film(3, sound=False), "slow.mp4")
    assert "between 24 and 60" in reason(await client.post(PATH, json=order(item("reference_video", slow))))
    gone = order(item("reference_video", f"{sandbox.base_url}/files/nothing.mp4"))
    assert "failed to download" in reason(await client.post(PATH, json=gone))
