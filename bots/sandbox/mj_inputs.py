"""The pictures in Midjourney's bodies: as data URIs, as bare base64, or behind links (gateway contract, images 7.3, 7.8)."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from bots.sandbox.attachments import IMAGES, uri_mime
from bots.sandbox.fields import text
from bots.sandbox.refusals import SubmitRefusal
from bots.sandbox.state import Sandbox

BAD_BASE64 = "base64格式错误"
PICTURE_MAX = 10 * 1024 * 1024  # bytes (images 1.5)
_PICTURES_MAX = 16
_SIDE_MAX = 640


class Inputs:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def several(self, value: object) -> tuple[bytes, ...]:
        """The pictures of a `base64Array`, small copies of them. Raises `SubmitRefusal`."""
        listed = value if isinstance(value, list) else [] if value is None else [value]
        if len(listed) > _PICTURES_MAX:
            raise SubmitRefusal(4, "base64 参数错误")
        return tuple([await self._small(await self.one(each)) for each in listed])

    async def one(self, value: object) -> bytes:
        """The bytes of one picture. Raises `SubmitRefusal` for what is none."""
        told = text(value)
        if told.startswith(("https://", "http://")) and self._sandbox.behaviour.mj.newer:
            return await self._linked(told)
        if told.startswith("data:"):
            told = told.partition(",")[2] if uri_mime(told) in IMAGES else ""
        studio = self._sandbox.studio
        data = await studio.unpack(told) if told else None
        if not data or len(data) > PICTURE_MAX or await studio.measure(data) is None:
            raise SubmitRefusal(4, BAD_BASE64)
        return data

    async def behind(self, links: Iterable[str]) -> tuple[bytes, ...]:
        """The pictures behind links that are the sandbox's own. Others are not followed: it goes nowhere."""
        found = [self._own(link) for link in links]
        return tuple([await self._small(data) for data in found if data])

    async def _linked(self, link: str) -> bytes:
        return self._own(link) or await self._sandbox.studio.draw(link, 0, (512, 512), "jpeg")

    def _own(self, link: str) -> bytes | None:
        try:
            name = urlsplit(link).path.rpartition("/")[2]
        except ValueError:
            return None
        file = self._sandbox.files.get(name)
        return file.data if file and file.content_type in IMAGES else None

    async def _small(self, data: bytes) -> bytes:
        return await self._sandbox.studio.shrink(data, _SIDE_MAX)
