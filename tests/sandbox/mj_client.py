"""Midjourney as a raw HTTP client sees it: submit, look until it is done, press a button, look at the picture."""

from __future__ import annotations

import base64
import io
from typing import Any

import httpx
from PIL import Image, ImageChops, ImageStat

Json = dict[str, Any]

IMAGINE, ACTION, MODAL, BLEND, DESCRIBE, UPLOAD = (
    f"/mj/submit/{name}" for name in ("imagine", "action", "modal", "blend", "describe", "upload-discord-images")
)
_LOOKS_MAX = 20


class Midjourney:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def submit(self, path: str, **body: object) -> Json:
        reply = await self.client.post(path, json=body)
        assert reply.status_code == 200, reply.text
        told: Json = reply.json()
        return told

    async def look(self, task_id: str) -> Json:
        reply = await self.client.get(f"/mj/task/{task_id}/fetch")
        assert reply.status_code == 200, reply.text
        told: Json = reply.json()
        return told

    async def until(self, task_id: str, *wanted: str) -> Json:
        for _ in range(_LOOKS_MAX):
            task = await self.look(task_id)
            if task["status"] in (wanted or ("SUCCESS", "FAILURE", "CANCEL")):
                return task
        raise AssertionError(f"{task_id} never came so far")

    async def imagine(self, prompt: str, **more: object) -> Json:
        return await self.until((await self.submit(IMAGINE, prompt=prompt, botType="MID_JOURNEY", **more))["result"])

    async def pressed(self, task: Json, name: str, **more: object) -> Json:
        return await self.submit(ACTION, taskId=task["id"], customId=button(task, name), chooseSameChannel=True, **more)

    async def press(self, task: Json, name: str) -> Json:
        return await self.until((await self.pressed(task, name))["result"])

    async def picture(self, url: str) -> Image.Image:
        """Fetched without a key."""
        async with httpx.AsyncClient() as stranger:
            reply = await stranger.get(url)
        assert reply.status_code == 200, reply.text
        image = Image.open(io.BytesIO(reply.content))
        image.load()
        return image

    async def shown(self, task: Json) -> Image.Image:
        assert task["status"] == "SUCCESS", task
        return await self.picture(task["imageUrl"])


def button(task: Json, name: str) -> str:
    """The id of the button with that label or sign."""
    found = next(one for one in task["buttons"] if name in (one["label"], one["emoji"]))
    custom_id: str = found["customId"]
    return custom_id


def tiles(grid: Image.Image) -> list[Image.Image]:
    width, height = grid.width // 2, grid.height // 2
    corners = [(0, 0), (width, 0), (0, height), (width, height)]
    return [grid.crop((left, top, left + width, top + height)) for left, top in corners]


def distance(one: Image.Image, other: Image.Image) -> float:
    """How different two pictures are, from 0 to 255; the second is brought to the size of the first."""
    resized = other.convert("RGB").resize(one.size, Image.Resampling.LANCZOS)
    means = ImageStat.Stat(ImageChops.difference(one.convert("RGB"), resized)).mean
    return sum(means) / len(means)


def uri(image: Image.Image, form: str = "PNG") -> str:
    out = io.BytesIO()
    image.save(out, form)
    return f"data:image/{form.lower()};base64,{base64.b64encode(out.getvalue()).decode()}"


def plain(colour: str, size: tuple[int, int] = (64, 48)) -> str:
    return uri(Image.new("RGB", size, colour))
