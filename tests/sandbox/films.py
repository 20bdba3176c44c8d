"""Pictures, films and sounds to order from, and a look into the films that come back."""

import base64
import io
import json
from dataclasses import dataclass

import av
import httpx
from PIL import Image

from bots.sandbox.film_script import Script
from bots.sandbox.filming import play
from bots.sandbox.melody import music
from bots.sandbox.server import Sandbox
from bots.sandbox.shelf import File

RED, GREEN, BLUE = (230, 20, 20), (20, 200, 20), (20, 20, 230)
Colour = tuple[int, int, int]


def picture(colour: Colour, width: int = 640, height: int = 360, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, form)
    return out.getvalue()


def movie(
    first: Colour, last: Colour, seconds: float = 5, *, sound: bool = False, size: tuple[int, int] = (640, 360)
) -> bytes:
    """A film that goes from one colour to the other."""
    return play(Script(0, size, seconds, first=picture(first), last=picture(last), tune=sound))


def uri(data: bytes, mime: str = "image/png") -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def put(sandbox: Sandbox, name: str, data: bytes, mime: str) -> str:
    """The file's link on the sandbox itself, which counts as public."""
    sandbox.files.put(name, File(data, mime))
    return f"{sandbox.base_url}/files/{name}"


def put_movie(sandbox: Sandbox, data: bytes, name: str = "in.mp4") -> str:
    return put(sandbox, name, data, "video/mp4")


def put_voice(sandbox: Sandbox, seconds: int, name: str = "voice.mp3") -> str:
    return put(sandbox, name, music(1, seconds, "mp3"), "audio/mpeg")


@dataclass(frozen=True, slots=True)
class Look:
    seconds: float
    size: tuple[int, int]
    first: Colour  # of the first frame's middle
    last: Colour
    sound: bool


def look(data: bytes) -> Look:
    with av.open(io.BytesIO(data), "r") as container:
        frames = [frame.reformat(format="rgb24") for frame in container.decode(container.streams.video[0])]
        seconds = (container.duration or 0) / av.time_base
        sound = bool(container.streams.audio)
    return Look(seconds, (frames[0].width, frames[0].height), _middle(frames[0]), _middle(frames[-1]), sound)


def near(one: Colour, other: Colour) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(one, other, strict=True))


def _middle(frame: av.VideoFrame) -> Colour:
    plane = frame.planes[0]
    at = frame.height // 2 * plane.line_size + frame.width // 2 * 3
    red, green, blue = bytes(plane)[at : at + 3]
    return red, green, blue


async def content(client: httpx.AsyncClient, task_id: str) -> Look:
    """The film of a task, by its `/content`."""
    reply = await client.get(f"/v1/videos/{task_id}/content")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "video/mp4"), reply.text
    return look(reply.content)


def reason(reply: httpx.Response) -> str:
    """Why an order was refused, also where the vendor's own words are text inside the gateway's."""
    assert reply.status_code == 400, reply.text
    message = str(reply.json()["message"])
    return str(json.loads(message)["error"]["message"]) if message.startswith("{") else message
