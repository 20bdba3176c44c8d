"""Seedance's library of assets: `POST /api/asset/createMedia`, `GET /api/asset/get` (gateway contract, videos 5.3, 5.4)."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

from bots.sandbox.directives import directives, worded
from bots.sandbox.fields import text
from bots.sandbox.film_inputs import Medium, link_of, wrong
from bots.sandbox.film_orders import fields_of
from bots.sandbox.footage import hosts_of, upstream
from bots.sandbox.refusals import ArkRefusal, ark_metadata
from bots.sandbox.state import KEY, SEEN, Sandbox

_KINDS: dict[str, Medium] = {"Image": "image", "Video": "video", "Audio": "audio"}
_KEPT = 1000
_NAME_MAX = 200


def _new_id() -> str:
    tail = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(5))
    return f"asset-{time.strftime('%Y%m%d%H%M%S')}-{tail}"


@dataclass(slots=True)
class Asset:
    """One file of the library. `failure`: why it never becomes active; `endless`: it is never done."""

    name: str
    kind: str
    link: str
    owner: str
    failure: str = ""
    endless: bool = False
    looks: int = 0
    id: str = field(default_factory=_new_id)
    created: str = field(default_factory=lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))

    def status(self, looks: int) -> Literal["Processing", "Active", "Failed"]:
        if self.looks < looks or self.endless:
            return "Processing"
        return "Failed" if self.failure else "Active"


class Assets:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._assets: OrderedDict[str, Asset] = OrderedDict()

    def routes(self) -> Iterable[web.RouteDef]:
        yield web.post("/api/asset/createMedia", self._create)
        yield web.post("/api/asset/create", self._create)
        yield web.get("/api/asset/get", self._get)

    def link(self, asset_id: str, medium: Medium, owner: str) -> str:
        """The link behind `asset://ID`. Raises `TaskRefusal` when it is none, not active, or of another kind."""
        asset = self._assets.get(asset_id)
        if asset is None or asset.owner != owner:
            raise upstream(f"The specified asset {asset_id[:60]} is not found.")
        if asset.status(self._sandbox.behaviour.films.asset_looks) != "Active":
            raise upstream(f"The specified asset {asset_id} is not active.")
        if _KINDS[asset.kind] != medium:
            raise upstream(f"The specified asset {asset_id} is no {medium}.")
        return asset.link

    async def _create(self, request: web.Request) -> web.Response:
        body = fields_of(request[SEEN])
        only_images = request.path.endswith("/create")
        name, kind = text(body.get("name")), "Image" if only_images else text(body.get("assetType"))
        told, words = directives(name), worded(name)
        self._sandbox.check_told(told)
        if kind not in _KINDS:
            raise wrong(f"assetType must be one of: {', '.join(_KINDS)}")
        if not name.strip() or len(name) > _NAME_MAX:
            raise wrong("name is required")
        link = link_of(body.get("url"), hosts_of(self._sandbox, request), inline=False)
        asset = Asset(name, kind, link, request[KEY], endless="never" in told)
        if "fail" in told or "reason" in words:
            asset.failure = words.get("reason", "InvalidMedia")
        self._assets[asset.id] = asset
        while len(self._assets) > _KEPT:
            self._assets.popitem(last=False)
        return web.json_response({"Result": {"Id": asset.id}} if self._sandbox.behaviour.films.asset_told else {})

    async def _get(self, request: web.Request) -> web.Response:
        asset_id = request.query.get("id", "")
        asset = self._assets.get(asset_id)
        if asset is None or asset.owner != request[KEY]:
            code = "NotFound.Asset" if asset_id else "MissingParameter.Id"
            raise ArkRefusal(code, f"The specified asset {asset_id[:60]!r} is not found.")
        asset.looks += 1
        return web.json_response({"ResponseMetadata": ark_metadata(), "Result": self._shown(asset)})

    def _shown(self, asset: Asset) -> dict[str, object]:
        status = asset.status(self._sandbox.behaviour.films.asset_looks)
        shown: dict[str, object] = {
            "Id": asset.id,
            "Name": asset.name,
            "URL": asset.link,
            "AssetType": asset.kind,
            "GroupId": "group-sandbox",
            "Status": status,
            "CreateTime": asset.created,
            "UpdateTime": asset.created,
            "ProjectName": "default",
        }
        if status == "Failed":
            shown["Error"] = {"Code": asset.failure, "Message": asset.failure}
        return shown
