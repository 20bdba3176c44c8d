"""Videos: real MP4s of the length and shape asked, by polls and by time, in all shapes of the contract."""

import base64
import io
import json
import re
from functools import partial

import av
import httpx
import pytest
from PIL import Image

from bots.sandbox.behaviour import VideoResult
from bots.sandbox.server import Sandbox

PATH = "/v1/videos"
CAT = {"model": "kling-3.0", "prompt": "a cat on the moon", "seconds": "5"}


def picture(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (250, 10, 10)).save(out, "PNG")
    return out.getvalue()


async def submit(client: httpx.AsyncClient, **more: object) -> str:
    reply = await client.post(PATH, json=CAT | more)
    assert reply.status_code == 200, reply.text
    return str(reply.json()["id"])


async def poll(client: httpx.AsyncClient, task_id: str) -> dict[str, object]:
    reply = await client.get(f"{PATH}/{task_id}")
    body = reply.json()
    assert isinstance(body, dict)
    return body


async def film(client: httpx.AsyncClient, task_id: str) -> tuple[float, tuple[int, int], str, tuple[int, ...]]:
    """Length in seconds, size, codec and the colour of the first frame's middle."""
    reply = await client.get(f"{PATH}/{task_id}/content")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "video/mp4")
    assert reply.content.index(b"moov") < reply.content.index(b"mdat")
    with av.open(io.BytesIO(reply.content), "r") as container:
        stream = container.streams.video[0]
        frame = next(container.decode(stream)).reformat(format="rgba")
        plane = frame.planes[0]
        middle = frame.height // 2 * plane.line_size + frame.width // 2 * 4
        colour = tuple(bytes(plane)[middle : middle + 3])
        assert stream.pix_fmt == "yuv420p"
        return (container.duration or 0) / av.time_base, (frame.width, frame.height), stream.codec_context.name, colour


async def test_a_task_from_submit_to_film(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_polls = 4
    reply = await client.post(PATH, json=CAT)
    first = reply.json()
    assert re.fullmatch(r"task_[A-Za-z0-9]{32}", first["id"])
    assert first == {
        "id": first["id"],
        "task_id": first["id"],
        "object": "video",
        "model": "kling-3.0",
        "status": "queued",
        "progress": 0,
        "created_at": first["created_at"],
        "seconds": "5",
        "size": "1280x720",
    }
    assert json.loads(reply.headers["X-New-Api-Other-Ratios"]) == {"seconds": 5, "size": 1}
    early = await client.get(f"{PATH}/{first['id']}/content")
    assert early.status_code == 400
    assert early.json()["error"] == {
        "message": "Task is not completed yet, current status: QUEUED",
        "type": "invalid_request_error",
    }
    polled = [await poll(client, first["id"]) for _ in range(4)]
    assert [(one["status"], one["progress"]) for one in polled] == [
        ("in_progress", 25),
        ("in_progress", 50),
        ("in_progress", 75),
        ("completed", 100),
    ]
    length, size, codec, _ = await film(client, first["id"])
    assert (length, size) == (5.0, (640, 360))
    assert codec in ("h264", "mpeg4")


@pytest.mark.parametrize(
    ("order", "length", "size"),
    [
        ({"model": "sora-2"}, 4.0, (360, 640)),
        ({"model": "sora-2-12s", "duration": 12, "size": "1280x720"}, 12.0, (640, 360)),
        (
            {"model": "veo-3.1-generate-preview", "metadata": {"durationSeconds": 6, "aspectRatio": "9:16"}},
            6.0,
            (360, 640),
        ),
        ({"model": "grok-video-3-10s", "size": "1:1"}, 10.0, (640, 640)),
        ({"model": "grok-video-3(线路W)", "seconds": "6"}, 6.0, (640, 360)),
        (
            {"model": "kling-3.0", "metadata": {"output_config": {"duration": 3, "aspect_ratio": "1:1"}}},
            3.0,
            (640, 640),
        ),
        ({"model": "kling-2.5", "seconds": "10", "size": "1080P"}, 10.0, (640, 360)),
        ({"model": "sdance2-fast-15s", "width": 1280, "height": 720}, 15.0, (640, 360)),
        ({"model": "sdance2-fast-15s", "size": "720*1280"}, 15.0, (360, 640)),
    ],
)
async def test_length_and_shape_are_what_was_asked(
    sandbox: Sandbox, client: httpx.AsyncClient, order: dict[str, object], length: float, size: tuple[int, int]
) -> None:
    sandbox.behaviour.video_at_once = True
    reply = await client.post(PATH, json={"prompt": "waves", **order})
    assert (reply.status_code, reply.json()["status"]) == (200, "completed"), reply.text
    real_length, real_size, _, _ = await film(client, reply.json()["id"])
    assert (real_length, real_size) == (length, size)


async def test_films_can_have_the_full_size(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_at_once, sandbox.behaviour.film_side_max = True, 4096
    _, size, _, _ = await film(client, await submit(client, seconds="3"))
    assert size == (1280, 720)


async def test_progress_by_time(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.clock = partial(float, 100)
    sandbox.behaviour.video_polls, sandbox.behaviour.video_s = None, 20
    task, slow, never = [await submit(client, prompt=f"cat {word}") for word in ("", "[slow]", "[never]")]
    for now, progress in ((101.0, 5), (110.0, 50), (120.0, 100)):
        sandbox.behaviour.clock = partial(float, now)
        assert (await poll(client, task))["progress"] == progress
    assert (await poll(client, slow))["progress"] == 10
    sandbox.behaviour.clock = partial(float, 1e9)
    assert (await poll(client, slow))["status"] == "completed"
    assert (await poll(client, never))["status"] == "in_progress"


@pytest.mark.parametrize(
    ("word", "error"),
    [
        ("[fail]", {"message": "ModelGenerateFailed", "code": "failed"}),
        ("[refuse]", {"message": "content policy violation", "code": "failed"}),
    ],
)
async def test_failures_come_while_polling(client: httpx.AsyncClient, word: str, error: dict[str, str]) -> None:
    task = await submit(client, prompt=f"cat {word}")
    body = await poll(client, task)
    assert (body["status"], body["progress"], body["error"]) == ("failed", 100, error)
    envelope = (await client.get(f"/v1/video/generations/{task}")).json()["data"]
    assert (envelope["status"], envelope["fail_reason"]) == ("FAILURE", error["message"])
    assert (await client.get(f"{PATH}/{task}/content")).status_code == 400


@pytest.mark.parametrize(
    ("model", "result"),
    [
        ("sora-2", "video_url"),
        ("kling-3.0", "metadata.url"),
        ("veo3.1-lite", "content"),
    ],
)
async def test_each_family_keeps_its_link_elsewhere(
    sandbox: Sandbox, client: httpx.AsyncClient, model: str, result: VideoResult
) -> None:
    sandbox.behaviour.video_polls = 1
    reply = await client.post(PATH, json={"model": model, "prompt": "x"})
    for place in ("family", result, "url"):
        sandbox.behaviour.video_result = place
        body = await poll(client, reply.json()["id"])
        expected = result if place == "family" else place
        metadata = body.get("metadata")
        link = metadata["url"] if isinstance(metadata, dict) else body.get(expected)
        assert ("video_url" in body, "metadata" in body, "url" in body) == (
            expected == "video_url",
            expected == "metadata.url",
            expected == "url",
        )
        if expected != "content":
            async with httpx.AsyncClient() as stranger:
                assert (await stranger.get(str(link))).headers["content-type"] == "video/mp4"


async def test_envelopes(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    task = await submit(client)
    running = (await client.get(f"/v1/video/generations/{task}")).json()
    done = (await client.get(f"/v1/video/generations/{task}")).json()
    assert (running["code"], running["data"]["status"], running["data"]["progress"]) == (
        "success",
        "IN_PROGRESS",
        "50%",
    )
    link = f"{sandbox.base_url}/files/videos/{task}.mp4"
    assert (done["data"]["status"], done["data"]["data"]) == ("SUCCESS", [{"url": link}])
    assert done["data"]["result_url"] == f"{sandbox.base_url}{PATH}/{task}/content"
    veo = await submit(client, model="veo3.1-lite", seconds="4")
    refused = await submit(client, model="veo3.1-lite", seconds="4", prompt="[refuse]")
    await poll(client, veo)
    simple = (await client.get(f"/v1/video/generations/{veo}")).json()["data"]
    failed = (await client.get(f"/v1/video/generations/{refused}")).json()["data"]
    assert (simple["status"], simple["url"]) == ("succeeded", f"{sandbox.base_url}{PATH}/{veo}/content")
    assert (failed["status"], failed["url"], failed["error"]) == ("failed", "content policy violation", None)


async def test_content_needs_the_key_and_links_do_not_lie(client: httpx.AsyncClient, sandbox: Sandbox) -> None:
    task = await submit(client)
    async with httpx.AsyncClient(base_url=sandbox.base_url) as stranger:
        assert (await stranger.get(f"{PATH}/{task}/content")).status_code == 401
        assert (await stranger.get(f"/files/videos/{task}.mp4")).status_code == 404


async def test_unknown_ids(client: httpx.AsyncClient) -> None:
    for path in (f"{PATH}/task_x", "/v1/video/generations/task_x"):
        reply = await client.get(path)
        assert reply.status_code == 400
        assert reply.json() == {"code": "task_not_exist", "message": "task_not_exist", "data": None}
    assert (await client.get(f"{PATH}/task_x/content")).json()["error"]["message"] == "Task not found"


async def test_old_tasks_are_forgotten() -> None:
    from bots.sandbox.behaviour import Behaviour
    from bots.sandbox.server import serve

    async with (
        serve(behaviour=Behaviour(tasks_kept=2)) as sandbox,
        httpx.AsyncClient(base_url=sandbox.base_url, headers={"Authorization": "Bearer k"}) as client,
    ):
        tasks = [await submit(client) for _ in range(3)]
        found = [(await client.get(f"{PATH}/{task}")).status_code for task in tasks]
    assert found == [400, 200, 200]


@pytest.mark.parametrize(
    ("order", "status", "code"),
    [
        ({"prompt": "x"}, 400, "missing_model"),
        ({"model": "kling-3.0", "prompt": "  "}, 400, "invalid_request"),
        ({"model": "kling-3.0", "prompt": "x", "seconds": 5}, 400, "invalid_json"),
        ({"model": "kling-3.0", "prompt": "x", "seconds": "16"}, 400, "invalid_request"),
        ({"model": "kling-2.5", "prompt": "x", "seconds": "7"}, 400, "invalid_request"),
        ({"model": "sora-2-8s", "prompt": "x", "seconds": "4"}, 400, "invalid_request"),
        ({"model": "veo3.1-lite", "prompt": "x", "duration": 5}, 400, "invalid_request"),
        ({"model": "kling-3.0", "prompt": "x", "size": "huge"}, 400, "invalid_size"),
        ({"model": "kling-3.0", "prompt": "x", "size": "99999x99999"}, 400, "invalid_size"),
        ({"model": "kling-3.0", "prompt": "x", "metadata": {"aspectRatio": "?"}}, 400, "invalid_size"),
        ([], 400, "invalid_json"),
    ],
)
async def test_mistakes(client: httpx.AsyncClient, sandbox: Sandbox, order: object, status: int, code: str) -> None:
    reply = await client.post(PATH, json=order)
    assert (reply.status_code, reply.json()["code"], reply.json()["data"]) == (status, code, None)
    assert (sandbox.submits[PATH], sandbox.accepted[PATH]) == (1, 0)


async def test_the_distributors_error_has_the_other_shape(client: httpx.AsyncClient) -> None:
    reply = await client.post(PATH, json=CAT | {"model": "sora-9"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "model_not_found")


async def test_a_lost_submit_answer_still_makes_a_task(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await submit(client, prompt="[cut]")
    assert (sandbox.submits[PATH], sandbox.accepted[PATH]) == (1, 1)


async def test_multipart_with_a_first_frame(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_at_once = True
    fields = {"model": "veo-3.1-fast-generate-preview", "prompt": "x", "seconds": "4", "aspectRatio": "9:16"}
    files = {"input_reference": ("ref.png", picture(300, 500), "image/png")}
    reply = await client.post(PATH, data=fields, files=files)
    assert reply.status_code == 200, reply.text
    length, size, _, colour = await film(client, reply.json()["id"])
    assert (length, size) == (4.0, (360, 640))
    assert colour[0] > 200
    assert max(colour[1:]) < 60  # the red of the picture, not a landscape
    inner = {"model": "kling-3.0", "prompt": "x", "metadata": '{"output_config": {"duration": 3}}'}
    assert (await client.post(PATH, data=inner, files=files)).json()["seconds"] == "3"
    assert (await client.post(PATH, data=inner | {"metadata": "{"}, files=files)).json()["code"] == "invalid_json"
    text_only = await client.post(PATH, files={"model": (None, "sora-2"), "prompt": (None, "x")})
    assert text_only.status_code == 200


async def test_an_inline_first_frame(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    sandbox.behaviour.video_at_once = True
    uri = "data:image/png;base64," + base64.b64encode(picture(64, 36)).decode()
    _, _, _, colour = await film(client, await submit(client, seconds="3", images=[uri]))
    assert colour[0] > 200


@pytest.mark.parametrize(
    ("data", "reason"), [(b"no picture", "Invalid image file."), (picture(300, 300), "must match the requested")]
)
async def test_the_vendors_own_error_is_text_inside_ours(client: httpx.AsyncClient, data: bytes, reason: str) -> None:
    files = {"input_reference": ("ref.png", data, "image/png")}
    reply = await client.post(PATH, data={"model": "sora-2", "prompt": "x", "size": "1280x720"}, files=files)
    assert (reply.status_code, reply.json()["code"]) == (400, "fail_to_fetch_task")
    assert reason in json.loads(reply.json()["message"])["error"]["message"]


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"--x\r\nbroken", "multipart/form-data; boundary=x", "invalid_multipart_form"),
        (b"{broken", "application/json", "invalid_json"),
    ],
)
async def test_broken_bodies(client: httpx.AsyncClient, content: bytes, kind: str, code: str) -> None:
    reply = await client.post(PATH, content=content, headers={"Content-Type": kind})
    assert (reply.status_code, reply.json()["code"]) == (400, code)
