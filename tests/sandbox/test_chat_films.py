"""Films through chat: four ways to tell of them, failures, pictures, and changes to what was filmed before."""

import json
from typing import Any

import httpx
import pytest

from bots.sandbox.server import Sandbox
from tests.sandbox.wires import CHAT, is_data, png

FENCE = '```json\n{"prompt": "a cat surfing", "orientation": "landscape"}\n```'


def ask(content: object, model: str = "sora-2", **more: object) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": content}], "stream": True, **more}


async def told(client: httpx.AsyncClient, body: dict[str, Any]) -> tuple[str, str, list[dict[str, Any]]]:
    """Answer, progress told as thinking, and the chunks."""
    lines = await CHAT.lines(client, body)
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines if is_data(line)]
    deltas = [choice["delta"] for chunk in chunks for choice in chunk.get("choices", [])]
    texts = ["".join(delta.get(name) or "" for delta in deltas) for name in ("content", "reasoning_content")]
    return texts[0], texts[1], chunks


def link_in(text: str) -> str:
    start = text.rindex("http://127.0.0.1")
    return text[start : text.index(".mp4", start) + 4]


async def test_progress_and_a_film_as_text(client: httpx.AsyncClient) -> None:
    text, thoughts, chunks = await told(client, ask("a cat surfing"))
    assert text.startswith(FENCE)
    assert "> ID: `task_" in text
    assert "> 🏃 进度 36.0%" in text
    assert "[⏬ 下载视频](" in text
    assert (thoughts, chunks[-1]["choices"][0]["finish_reason"]) == ("", "stop")
    film = await client.get(link_in(text))
    assert (film.headers["content-type"], film.content[4:8]) == ("video/mp4", b"ftyp")
    assert (await client.get(link_in(text).replace("films/", "films/0"))).status_code == 404


async def test_the_other_ways_to_tell(client: httpx.AsyncClient) -> None:
    text, thoughts, chunks = await told(client, ask("a cat", "sora-2-pro"))
    assert text.startswith("```html\n<video src='http")
    assert "**Video Generation Progress**: 36%" in thoughts
    assert len({chunk["id"] for chunk in chunks}) == len(chunks)
    assert chunks[-1]["choices"][0]["finish_reason"] == "STOP"
    text, thoughts, _ = await told(client, ask("a cat", "veo3.1-lite"))
    assert text.startswith("<video src='")
    assert thoughts.startswith("✨ 视频生成任务已启动")
    ends = [(await told(client, ask("a cat" + "!" * n, "grok-imagine-1.0-video")))[0] for n in range(3)]
    assert all(end.startswith("<think>\n正在生成视频中，当前进度12%") for end in ends)
    shapes = ("🎬 视频已生成：[点击下载](", "</think>\nhttp", "<source src=")
    assert all(any(shape in end for end in ends) for shape in shapes)
    text, _, _ = await told(client, ask("a cat [variant C]"))
    assert text.startswith("<video src='")


@pytest.mark.parametrize("model", ["sora-2", "sora-2-pro", "grok-imagine-1.0-video"])
async def test_failures(client: httpx.AsyncClient, model: str) -> None:
    for word in ("fail", "refuse"):
        text, _, _ = await told(client, ask(f"a cat [{word}]", model))
        assert "失败" in text or "failed" in text
        assert ".mp4" not in text
    text, _, _ = await told(client, ask("a cat [no-link]", model))
    assert ".mp4" not in text
    for word in ("fail", "error"):
        _, _, chunks = await told(client, ask(f"a cat [{word}] [variant C]", model))
        assert chunks[-1]["error"]["code"] == "generation_failed"
    with pytest.raises(httpx.RemoteProtocolError):
        await told(client, ask("a cat [cut]", model))


async def test_a_film_is_changed_by_the_whole_text_of_before(client: httpx.AsyncClient) -> None:
    for model in ("sora-2", "sora-2-pro", "grok-imagine-1.0-video"):
        text, _, _ = await told(client, ask("a cat surfing", model))
        body = ask("a cat surfing", model)
        body["messages"] += [{"role": "assistant", "content": text}, {"role": "user", "content": "slower"}]
        second, _, _ = await told(client, body)
        assert link_in(second) != link_in(text)
        third = {**body, "messages": [*body["messages"], {"role": "assistant", "content": second}, CHAT.user("bluer")]}
        assert link_in((await told(client, third))[0])
        for changed in (text.strip() + "\n", text[1:], text.replace("%", " %"), "https://example.com/a.mp4"):
            if changed == text:
                continue
            body["messages"][1]["content"] = changed
            reply = await client.post("/v1/chat/completions", json=body)
            assert (reply.status_code, "unchanged" in reply.json()["error"]["message"]) == (400, True)


async def test_a_picture_begins_to_move(client: httpx.AsyncClient) -> None:
    def parts(*urls: str) -> list[dict[str, object]]:
        pictures: list[dict[str, object]] = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
        return [{"type": "text", "text": "make it move"}, *pictures]

    uri = f"data:image/png;base64,{png(64, 64)}"
    text, _, _ = await told(client, ask(parts(uri)))
    assert (await client.get(link_in(text))).content[4:8] == b"ftyp"
    two = await client.post("/v1/chat/completions", json=ask(parts(uri, uri)))
    none = await client.post("/v1/chat/completions", json=ask(parts("data:image/png;base64,AAAA")))
    assert (two.status_code, none.status_code) == (400, 500)
    assert none.json()["error"]["code"] == "convert_request_failed"


async def test_without_streaming(client: httpx.AsyncClient) -> None:
    sora = (await client.post("/v1/chat/completions", json=ask("a cat", stream=False))).json()
    assert sora["choices"][0]["message"]["content"].startswith("sora-2 is available")
    grok = (await client.post("/v1/chat/completions", json=ask("a cat", "grok-imagine-1.0-video", stream=False))).json()
    assert (await client.get(grok["choices"][0]["message"]["content"])).content[4:8] == b"ftyp"


@pytest.mark.parametrize(
    ("config", "field", "code"),
    [
        ({"aspect_ratio": "4:3"}, "aspect_ratio", "invalid_aspect_ratio"),
        ({"video_length": 7}, "video_length", "invalid_video_length"),
        ({"video_length": "6"}, "video_length", "invalid_video_length"),
        ({"resolution_name": "8k"}, "resolution_name", "invalid_resolution"),
    ],
)
async def test_groks_own_field(client: httpx.AsyncClient, config: dict[str, object], field: str, code: str) -> None:
    body = ask("a cat", "grok-imagine-1.0-video", video_config=config)
    reply = await client.post("/v1/chat/completions", json=body)
    error = reply.json()["error"]
    assert (reply.status_code, error["param"], error["code"]) == (400, f"video_config.{field}", code)


async def test_a_film_takes_its_time(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    sandbox.behaviour.sleep, sandbox.behaviour.video_polls, sandbox.behaviour.video_s = sleep, None, 600
    await told(client, ask("a cat"))
    assert max(waits) == pytest.approx(600, rel=0.1)
    assert waits == sorted(waits)


async def test_other_films_are_not_made_here(client: httpx.AsyncClient) -> None:
    reply = await client.post("/v1/chat/completions", json=ask("a cat", "kling-3.0"))
    assert reply.status_code == 503
