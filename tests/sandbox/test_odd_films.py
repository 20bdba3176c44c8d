"""Orders of films whose fields are of any type: always answered in the gateway's shapes, never by an accident."""

import json
from typing import Any

import httpx
import pytest

from bots.sandbox.server import Sandbox
from tests.sandbox import test_kling as kling
from tests.sandbox import test_runway as runway
from tests.sandbox.films import RED, picture, uri
from tests.sandbox.test_odd_orders import JUNK, spoiled
from tests.sandbox.test_seedance import item, order

VIDEOS, SEEDANCE = "/v1/videos", "/v1/video/generations"
SMALL = uri(picture(RED, 300, 300))
FILES = [kling.info("Video", kling.FILM, reference_type="base"), kling.info("Image", SMALL, usage="Reference")]
EXTRAS: dict[str, Any] = {
    "character_orientation": "video",
    "multi_shot": True,
    "shot_type": "customize",
    "multi_prompt": [{"index": 1, "prompt": "x", "duration": "5"}],
    "session_id": "1",
    "face_choose": [{"face_id": "0", "sound_file": kling.SOUND, "sound_start_time": 0, "sound_end_time": 5000}],
}
BODIES: list[tuple[str, dict[str, Any]]] = [
    (SEEDANCE, order(item("reference_image", SMALL), aspect_ratio="1:1", extra_body={"seed": 1, "watermark": True})),
    (SEEDANCE, order(item("first_frame", SMALL), item("last_frame", SMALL), resolution="720p")),
    (
        VIDEOS,
        kling.order(seconds="5", size="16:9", image=SMALL, metadata={"last_frame_url": SMALL, "output_config": {}}),
    ),
    (VIDEOS, kling.order("kling-3.0-omni", metadata={"file_infos": FILES, "output_config": {"duration": 5}})),
    *[
        (VIDEOS, kling.order(image=SMALL, metadata={"scene_type": scene, "ext_info": {"AdditionalParameters": EXTRAS}}))
        for scene in ("", "motion_control", "avatar_i2v", "lip_sync")
    ],
    (VIDEOS, {"model": "veo3.1-lite", "prompt": "x", "image": SMALL, "metadata": {"seed": 1, "resolution": "720p"}}),
    (
        VIDEOS,
        {"model": "sdance2-fast-15s", "prompt": "@1", "images": [SMALL, kling.FILM], "width": 1280, "height": 720},
    ),
    (VIDEOS, {"model": "sora-2", "prompt": "x", "duration": 4, "input_reference": kling.LINK, "size": "1280x720"}),
    (VIDEOS, {"model": "gen4_aleph", "prompt": "x", "metadata": {"videoUri": kling.FILM, "ratio": "1280:720"}}),
    (runway.PICTURE, runway.CAT | {"seed": 1, "contentModeration": {"publicFigureThreshold": "low"}}),
    (runway.PICTURE, runway.CAT | {"promptImage": [{"uri": SMALL, "position": "first"}]}),
    (runway.FILM, runway.WINTER | {"references": [{"type": "image", "uri": SMALL}]}),
    ("/api/asset/createMedia", {"url": kling.LINK, "name": "cat", "assetType": "Image"}),
    ("/v1/videos/task_x/remix", {"prompt": "x"}),
]


@pytest.mark.parametrize("place", range(len(BODIES)))
async def test_nothing_breaks(sandbox: Sandbox, client: httpx.AsyncClient, place: int) -> None:
    client.headers.update(runway.HEADERS)
    sandbox.behaviour.films.ext_info = "both"
    path, whole = BODIES[place]
    for junk in JUNK:
        for body in spoiled(whole, junk):
            reply = await client.post(path, content=json.dumps(body))
            answer = reply.json()  # an accident would be a page of text
            if reply.status_code >= 400:
                assert answer.get("error") or (answer["code"] and answer["message"]), (body, answer)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/videos/%2e%2e",
        "/v1/video/generations/x",
        "/runwayml/v1/tasks/task_x",
        "/api/asset/get?id=%00",
        "/runwayml/v1/x",
    ],
)
async def test_odd_names(client: httpx.AsyncClient, path: str) -> None:
    client.headers.update(runway.HEADERS)
    reply = await client.get(path)
    assert reply.status_code in (400, 404)
    assert reply.json()


async def test_odd_files_of_a_form(client: httpx.AsyncClient) -> None:
    form = {"model": "veo3.1-lite", "prompt": "x"}
    for name in ("input_reference", "last_frame", "metadata", "prompt", "image"):
        for data in (b"", b"{", b"\x89PNG", picture(RED)[:80]):
            reply = await client.post(VIDEOS, data=form, files={name: ("a.png", data, "image/png")})
            assert reply.json()["code"], (name, data)
