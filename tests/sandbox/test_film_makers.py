"""The other makers on `POST /v1/videos`: remixes, the bargain Seedance, Grok, Sora, unified Runway; links that it follows."""

from typing import Any

import httpx
import pytest
from aiohttp import web

from bots.sandbox.film_inputs import is_public, medium_of
from bots.sandbox.server import Sandbox
from bots.sandbox.viewing import compact, heard_s, view
from tests.sandbox.films import BLUE, GREEN, RED, content, movie, near, picture, put, put_movie, reason, uri

PATH = "/v1/videos"
LINK = "https://example.com/a.jpg"
MP4 = "https://example.com/b.mp4"


async def submit(client: httpx.AsyncClient, model: str, **more: Any) -> str:
    reply = await client.post(PATH, json={"model": model, "prompt": "waves", **more})
    assert reply.status_code == 200, reply.text
    return str(reply.json()["id"])


async def test_a_remix_is_the_same_film_in_other_colours(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    frame = {"input_reference": ("a.png", picture(RED, 1280, 720), "image/png")}
    form = {"model": "sora-2", "prompt": "waves", "seconds": "4", "size": "1280x720"}
    past = (await client.post(PATH, data=form, files=frame)).json()["id"]
    path = f"{PATH}/{past}/remix"
    assert "not completed" in reason(await client.post(path, json={"prompt": "at night"}))
    sandbox.behaviour.video_at_once = True
    past = (await client.post(PATH, data=form, files=frame)).json()["id"]
    path = f"{PATH}/{past}/remix"
    reply = await client.post(path, json={"prompt": "at night"})
    body = reply.json()
    assert (body["model"], body["remixed_from_video_id"], body["seconds"]) == ("sora-2", past, "4")
    before, after = await content(client, past), await content(client, body["id"])
    assert (near(before.first, RED), near(after.first, RED)) == (True, False)
    assert (after.seconds, after.size) == (before.seconds, before.size)
    assert "prompt" in reason(await client.post(path, json={"prompt": " "}))
    assert (await client.post(f"{PATH}/task_x/remix", json={"prompt": "x"})).json()["code"] == "task_not_exist"


async def test_two_pictures_of_the_bargain_are_its_ends(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_at_once = True
    model = "sdance2-fast-15s"
    ends = [uri(picture(RED)), uri(picture(BLUE))]
    both = await content(client, await submit(client, model, images=ends, size="1280*720"))
    assert (both.seconds, near(both.first, RED), near(both.last, BLUE), both.sound) == (15.0, True, True, True)
    film = put_movie(sandbox, movie(RED, BLUE, 3))
    mixed = await content(client, await submit(client, model, prompt="@1 in @图2", images=[*ends[:1], film]))
    assert not near(mixed.first, RED)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"size": "1280x720"}, "1280*720"),
        ({"prompt": "@2 waves", "images": [LINK]}, "was not sent"),
        ({"images": [LINK] * 10}, "too many"),
        ({"images": [MP4] * 4}, "too many"),
        ({"images": ["https://example.com/a.mp3"]}, "audio needs"),
        ({"images": ["ftp://example.com/a.jpg"]}, "public https"),
        ({"images": [uri(b"film", "video/mp4")]}, "must be URLs"),
    ],
)
async def test_mistakes_of_the_bargain(client: httpx.AsyncClient, more: dict[str, Any], words: str) -> None:
    body = {"model": "sdance2-fast-15s", "prompt": "waves", **more}
    assert words in reason(await client.post(PATH, json=body))


async def test_grok_may_be_done_at_once(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_result = "url"
    body = {"model": "grok-video-3-10s", "prompt": "waves [done]", "seconds": "10", "size": "16:9", "quality": "high"}
    told = (await client.post(PATH, json=body)).json()
    assert (told["status"], told["url"].endswith(".mp4")) == ("completed", True)
    assert "quality" in reason(await client.post(PATH, json=body | {"quality": "720p"}))
    assert "size" in reason(await client.post(PATH, json=body | {"size": "1000x1000"}))
    assert "one reference" in reason(await client.post(PATH, json=body | {"images": [LINK, LINK]}))


async def test_sora_has_two_sizes_and_its_better_one_four(client: httpx.AsyncClient) -> None:
    body = {"model": "sora-2", "prompt": "waves", "size": "1792x1024"}
    assert "size must be" in reason(await client.post(PATH, json=body))
    assert (await client.post(PATH, json=body | {"model": "sora-2-pro"})).status_code == 200


async def test_runway_by_the_unified_route(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_at_once = True
    words = await content(client, await submit(client, "gen4.5", seconds="5", size="720:1280"))
    assert (words.seconds, words.size) == (5.0, (360, 640))
    metadata = {"videoUri": put_movie(sandbox, movie(RED, BLUE, 3)), "ratio": "1280:720"}
    film = await content(client, await submit(client, "gen4_aleph", metadata=metadata))
    assert (film.seconds, film.size, near(film.first, RED)) == (3.0, (640, 360), False)
    assert "videoUri" in reason(await client.post(PATH, json={"model": "gen4_aleph", "prompt": "x"}))


# --- links --------------------


async def test_own_results_are_followed(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_at_once = True
    told = (await client.post(PATH, json={"model": "sora-2", "prompt": "waves"})).json()
    metadata = {"videoUri": told["video_url"], "ratio": "720:1280"}
    edited = await content(client, await submit(client, "gen4_aleph", metadata=metadata))
    assert (edited.seconds, edited.sound) == (4.0, True)


async def test_hosts_nearby_are_followed_and_others_are_not_taken(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    async def serve(request: web.Request) -> web.Response:
        return web.Response(body=picture(GREEN)) if request.path == "/green.png" else web.Response(status=404)

    app = web.Application()
    app.router.add_get("/{name}", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host = f"127.0.0.1:{runner.addresses[0][1]}"
        body = {"model": "kling-3.0", "prompt": "waves", "image": f"http://{host}/green.png"}
        assert "public https" in reason(await client.post(PATH, json=body))
        sandbox.behaviour.films.near_hosts.add(host)
        sandbox.behaviour.video_at_once = True
        task = (await client.post(PATH, json=body)).json()["id"]
        assert near((await content(client, task)).first, GREEN)
        assert "download" in reason(await client.post(PATH, json=body | {"image": f"http://{host}/none.png"}))
    finally:
        await runner.cleanup()
    assert "download" in reason(await client.post(PATH, json=body))


@pytest.mark.parametrize(
    ("link", "public"),
    [
        ("https://example.com/a.jpg", True),
        ("https://8.8.8.8/a.jpg", True),
        ("http://example.com/a.jpg", False),
        ("https://127.0.0.1/a.jpg", False),
        ("https://10.1.2.3/a.jpg", False),
        ("https://[::1]/a.jpg", False),
        ("https://localhost/a.jpg", False),
        ("https://router.local/a.jpg", False),
        ("https://intranet/a.jpg", False),
        ("https://user:secret@example.com/a.jpg", False),
        ("https://example.com:99999/a.jpg", False),
        ("https://" + "a" * 9000 + ".com/", False),
        ("http://near:8080/a.jpg", True),
        ("ftp://near:8080/a.jpg", False),
        ("", False),
    ],
)
def test_what_counts_as_public(link: str, public: bool) -> None:
    assert is_public(link, frozenset({"near:8080"})) is public


def test_kinds_of_links() -> None:
    links = (LINK, MP4, "https://x.com/a.MP3?x=1", uri(b"", "video/mp4"), uri(b"", "audio/wav"), "https://[broken")
    assert [medium_of(link) for link in links] == ["image", "video", "audio", "video", "audio", "image"]


# --- looking into files --------------------


@pytest.mark.parametrize("data", [b"", b"no film", movie(RED, BLUE, 1)[:300], picture(RED)[:40]])
def test_what_is_no_film_is_none(data: bytes) -> None:
    assert (view(data, stills=True), heard_s(data), compact(data, 5)) == (None, None, None)


def test_stills_end_with_the_last_frame() -> None:
    seen = view(movie(RED, BLUE, 9), stills=True)
    assert seen is not None
    assert (len(seen.stills), seen.seconds, seen.sound) == (24, 9.0, False)
    one = view(movie(RED, BLUE, 0.04), stills=True)
    assert one is not None
    assert len(one.stills) == 1


async def test_tasks_give_way_when_they_hold_too_much(
    sandbox: Sandbox, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.sandbox.film_tasks._BYTES_MAX", 1)
    image = put(sandbox, "a.png", picture(RED), "image/png")
    tasks = [await submit(client, "kling-3.0", image=image) for _ in range(2)]
    assert [(await client.get(f"{PATH}/{task}")).status_code for task in tasks] == [400, 200]
