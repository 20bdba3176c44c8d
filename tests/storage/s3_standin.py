"""As much of S3 as a media store needs, over HTTP: objects, multipart uploads, copies, and the bulk delete."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


class Bucket:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.uploads: defaultdict[str, dict[int, bytes]] = defaultdict(dict)
        self.aborted = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        key, query, body = request.match_info["key"], request.query, await request.read()
        match request.method:
            case "POST" if "uploads" in query:
                return xml(
                    f"<InitiateMultipartUploadResult {NAMESPACE}><UploadId>u{key}</UploadId></InitiateMultipartUploadResult>"
                )
            case "PUT" if "uploadId" in query:
                self.uploads[query["uploadId"]][int(query["partNumber"])] = body
                return web.Response(headers={"ETag": f'"{query["partNumber"]}"'})
            case "POST" if "uploadId" in query:
                parts = self.uploads.pop(query["uploadId"])
                self.objects[key] = b"".join(parts[number] for number in sorted(parts))
                return xml(
                    f'<CompleteMultipartUploadResult {NAMESPACE}><ETag>"whole"</ETag></CompleteMultipartUploadResult>'
                )
            case "POST" if "delete" in query:
                return self.delete(body.decode())
            case "DELETE" if "uploadId" in query:
                self.uploads.pop(query["uploadId"], None)
                self.aborted += 1
                return web.Response(status=204)
            case "PUT" if source := request.headers.get("x-amz-copy-source"):
                self.objects[key] = self.objects[source.lstrip("/").partition("/")[2]]
                return xml(f'<CopyObjectResult {NAMESPACE}><ETag>"copy"</ETag></CopyObjectResult>')
            case "PUT":
                self.objects[key] = body
                return web.Response(headers={"ETag": '"one"'})
            case "DELETE":
                self.objects.pop(key, None)
                return web.Response(status=204)
            case _:
                return self.get(key)

    def get(self, key: str) -> web.Response:
        """HEAD too: aiohttp leaves the body out."""
        if key not in self.objects:
            return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>")
        body = self.objects[key]
        headers = {"ETag": '"one"', "Last-Modified": "Wed, 01 Jul 2026 00:00:00 GMT", "Content-Length": str(len(body))}
        return web.Response(body=body, headers=headers)

    def delete(self, body: str) -> web.Response:
        keys = re.findall("<Key>(.*?)</Key>", body)
        for key in keys:
            self.objects.pop(key, None)
        deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        return xml(f"<DeleteResult {NAMESPACE}>{deleted}</DeleteResult>")


def xml(text: str) -> web.Response:
    return web.Response(text=f'<?xml version="1.0" encoding="UTF-8"?>{text}', content_type="application/xml")


@asynccontextmanager
async def s3_standin() -> AsyncIterator[tuple[str, Bucket]]:
    """Its address and what is in it; all paths belong to one bucket."""
    bucket = Bucket()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", r"/bucket{slash:/?}{key:.*}", bucket.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}", bucket
    finally:
        await runner.cleanup()
