"""File uploads at the places where siblings of the gateway have them; one of them is on, the others answer as a gateway does
that does not serve them (gateway contract, audio 7 and 1.4).
"""

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath

from aiohttp import web

from bots.sandbox.record import Part
from bots.sandbox.refusals import PlainRefusal, Refusal
from bots.sandbox.shelf import File
from bots.sandbox.state import SEEN, Sandbox

IMAGE_MAX = 10 * 1024 * 1024
OTHER_MAX = 20 * 1024 * 1024
_DAYS_S = 3 * 24 * 3600


class UploadRefusal(Refusal):
    """`{"error": "…", "code": 415}`."""

    def body(self, request_id: str) -> dict[str, object]:
        return {"error": self.message, "code": self.status}


class Uploads:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> Iterable[web.RouteDef]:
        for path in _SHAPES:
            yield web.post(path, self._upload)

    async def _upload(self, request: web.Request) -> web.Response:
        path = request.path
        if path != self._sandbox.behaviour.upload_path:
            status, message = (
                (501, "API not implemented") if path == "/v1/files" else (404, f"Invalid URL (POST {path})")
            )
            raise PlainRefusal(status, "", message, kind="invalid_request_error")
        files = request[SEEN].files("file")
        if len(files) != 1 or not files[0].data:
            raise UploadRefusal(400, "", "one file is wanted, as the part `file`")
        if path == "/v1/files" and not request[SEEN].field("purpose"):
            raise UploadRefusal(400, "", "purpose is required")
        file = files[0]
        picture = file.content_type.startswith("image/")
        if path == "/api/upload" and not picture:
            raise UploadRefusal(415, "", "only images are taken")
        if len(file.data) > (IMAGE_MAX if picture else OTHER_MAX):
            raise UploadRefusal(413, "", "the file is too large")
        ending = PurePosixPath(file.filename or "").suffix[:8]
        url = self._sandbox.publish(
            request, f"upload-{secrets.token_hex(8)}{ending}", File(file.data, file.content_type)
        )
        return web.json_response(_SHAPES[path](url, file))


def _of_openai(url: str, file: Part) -> Mapping[str, object]:
    named = {"id": f"file-{secrets.token_hex(8)}", "object": "file", "filename": file.filename}
    return {**named, "bytes": len(file.data), "created_at": int(time.time()), "url": url}


def _plain(url: str, file: Part) -> Mapping[str, object]:
    return {"url": url, "created": int(time.time() * 1000)}


def _wrapped(url: str, file: Part) -> Mapping[str, object]:
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + _DAYS_S))
    return {"code": 200, "data": {"file_url": url, "expires_at": until}}


_SHAPES: Mapping[str, Callable[[str, Part], Mapping[str, object]]] = {
    "/v1/files": _of_openai,
    "/api/upload": _plain,
    "/v1/upload": _wrapped,
    "/v1/files/upload": _wrapped,
}
