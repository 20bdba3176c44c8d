"""`/v1/images/*` as a raw HTTP client sees it: pictures to send, results fetched by their links."""

import io

import httpx
from PIL import Image

MAKE = "/v1/images/generations"
EDIT = "/v1/images/edits"
FOX = {"model": "gpt-image-2", "prompt": "a red fox"}


def picture(width: int = 64, height: int = 48) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(out, "PNG")
    return out.getvalue()


def upload(data: bytes, name: str = "image") -> tuple[str, tuple[str, bytes, str]]:
    return name, ("a.png", data, "image/png")


async def fetch(client: httpx.AsyncClient, reply: httpx.Response, index: int = 0) -> Image.Image:
    """The picture behind the link, fetched without a key."""
    assert reply.status_code == 200, reply.text
    async with httpx.AsyncClient() as stranger:
        data = (await stranger.get(reply.json()["data"][index]["url"])).content
    image = Image.open(io.BytesIO(data))
    image.load()
    return image
