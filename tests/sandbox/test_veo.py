"""Veo: JSON and forms with their frames, a state without a link, the link in a shape of its own, the film with the key."""

from typing import Any

import httpx
import pytest

from bots.sandbox.server import Sandbox
from tests.sandbox.films import BLUE, GREEN, RED, content, near, picture, reason, uri

PATH = "/v1/videos"
MODEL = "veo-3.1-fast-generate-preview"
CAT = {"model": MODEL, "prompt": "a lighthouse in a storm"}
Files = list[tuple[str, tuple[str, bytes, str]]]


def files(*names: str) -> Files:
    colours = {"input_reference": RED, "last_frame": BLUE, "reference_image": GREEN}
    return [(name, ("a.png", picture(colours.get(name, GREEN)), "image/png")) for name in names]


async def test_state_link_and_film_have_an_address_each(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_polls = 3
    order = {
        **CAT,
        "duration": 8,
        "size": "1280x720",
        "metadata": {"resolution": "720p", "aspectRatio": "16:9", "seed": 4},
    }
    task = (await client.post(PATH, json=order)).json()["id"]
    running = (await client.get(f"{PATH}/{task}")).json()
    assert (running["status"], running["progress"]) == ("in_progress", 50)
    simple = (await client.get(f"/v1/video/generations/{task}")).json()["data"]
    assert (simple["status"], simple["url"], simple["error"]) == ("processing", "", None)
    done = (await client.get(f"{PATH}/{task}")).json()
    assert (done["status"], done["progress"]) == ("completed", 100)
    assert not {"url", "video_url", "metadata"} & done.keys()
    simple = (await client.get(f"/v1/video/generations/{task}")).json()["data"]
    assert (simple["status"], simple["url"]) == ("succeeded", f"{sandbox.base_url}{PATH}/{task}/content")
    seen = await content(client, task)
    assert (seen.seconds, seen.size, seen.sound) == (8.0, (640, 360), True)


async def test_the_second_query_may_fall_back(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.films.veo_query = "T"
    task = (await client.post(PATH, json=CAT)).json()["id"]
    assert (await client.get(f"/v1/video/generations/{task}")).json()["data"]["status"] == "IN_PROGRESS"


async def test_filtered_films_are_done_and_not_there(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_at_once = True
    task = (await client.post(PATH, json={**CAT, "prompt": "cat [filtered]"})).json()["id"]
    assert (await client.get(f"{PATH}/{task}")).json()["status"] == "completed"
    gone = await client.get(f"{PATH}/{task}/content")
    assert (gone.status_code, gone.json()["error"]["type"]) == (502, "server_error")


@pytest.mark.parametrize(
    ("names", "first", "last"),
    [
        (("input_reference",), RED, None),
        (("input_reference", "last_frame"), RED, BLUE),
        (("reference_image", "reference_image", "reference_image"), None, None),
    ],
)
async def test_frames_of_a_form(
    sandbox: Sandbox, client: httpx.AsyncClient, names: tuple[str, ...], first: Any, last: Any
) -> None:
    sandbox.behaviour.video_at_once = True
    form = {**CAT, "seconds": "8", "resolution": "1080p", "aspectRatio": "16:9"}
    reply = await client.post(PATH, data=form, files=files(*names))
    assert reply.status_code == 200, reply.text
    seen = await content(client, reply.json()["id"])
    assert first is None or near(seen.first, first)
    assert last is None or near(seen.last, last)


async def test_in_json_links_are_passed_over_and_bytes_are_not(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_at_once = True
    tasks = [
        (await client.post(PATH, json={**CAT, "image": image})).json()["id"]
        for image in ("http://example.com/a.jpg", uri(picture(RED)))
    ]
    link, inline = [await content(client, task) for task in tasks]
    assert (near(link.first, RED), near(inline.first, RED)) == (False, True)


@pytest.mark.parametrize(
    ("form", "names", "words"),
    [
        ({}, ("last_frame",), "needs input_reference"),
        ({}, ("reference_image",) * 4, "at most 3"),
        ({}, ("reference_image", "input_reference"), "cannot be combined"),
        ({}, ("input_reference", "input_reference"), "only one first"),
        ({"seconds": "4"}, ("reference_image",), "must be 8"),
        ({"seconds": "6"}, ("input_reference", "last_frame"), "must be 8"),
        ({"seconds": "4", "resolution": "1080p"}, (), "must be 8"),
        ({"resolution": "8k"}, (), "resolution"),
        ({"aspectRatio": "1:1"}, (), "aspectRatio"),
        ({"seed": "-1"}, (), "seed"),
        ({"seconds": "5"}, (), "seconds"),
        ({"model": "veo-3.0-generate-001", "resolution": "4k"}, (), "4k"),
        ({}, ("image",), "unknown file field"),
    ],
)
async def test_mistakes(client: httpx.AsyncClient, form: dict[str, str], names: tuple[str, ...], words: str) -> None:
    fields: Any = [(name, (None, value)) for name, value in {**CAT, **form}.items()]
    assert words in reason(await client.post(PATH, files=[*fields, *files(*names)]))
