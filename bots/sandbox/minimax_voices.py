"""MiniMax's voices: the system's, and those cloned of a recording that was put there before (gateway contract, audio
3.4-3.6)."""

import re
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TypeVar

from aiohttp import web

from bots.sandbox.minimax_shapes import Json, MiniMaxRefusal, well
from bots.sandbox.state import SEEN, Sandbox

K = TypeVar("K")
T = TypeVar("T")

SYSTEM = (
    "male-qn-qingse", "male-qn-jingying", "male-qn-badao", "male-qn-daxuesheng", "female-shaonv", "female-yujie",
    "female-chengshu", "female-tianmei", "Chinese (Mandarin)_Reliable_Executive", "Chinese (Mandarin)_News_Anchor",
    "Chinese (Mandarin)_Lyrical_Voice", "Chinese (Mandarin)_HK_Flight_Attendant", "English_Graceful_Lady",
    "English_Insightful_Speaker", "English_radiant_girl", "English_Persuasive_Man", "English_Lucky_Robot",
    "English_expressive_narrator", "English_CalmWoman", "Japanese_Whisper_Belle", "Cantonese_GentleLady",
)  # fmt: skip
_TYPES = ("system", "voice_cloning", "voice_generation", "all")
_PURPOSES = ("voice_clone", "prompt_audio")
_ENDINGS = (".mp3", ".m4a", ".wav")
_FILE_MAX = 20 * 1024 * 1024
_LEAST_S, _MOST_S = 10.0, 300.0
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{6,254}[A-Za-z0-9]")
_KEPT = 1000


@dataclass(slots=True)
class Voice:
    """`used`: it has spoken, and so is listed."""

    used: bool = False
    created: str = field(default_factory=lambda: time.strftime("%Y-%m-%d"))


class Voices:
    """Clones are the account's at the vendor, so they are everybody's who uses this gateway."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._samples: OrderedDict[int, float] = OrderedDict()  # number of an upload -> its seconds
        self._clones: OrderedDict[str, Voice] = OrderedDict()

    def knows(self, name: str) -> bool:
        lost = self._sandbox.behaviour.sounds.clones_lost
        return name in SYSTEM or (name in self._clones and not lost)

    def used(self, name: str) -> None:
        if name in self._clones:
            self._clones[name].used = True

    async def listed(self, request: web.Request) -> web.Response:
        kind = request[SEEN].json.get("voice_type")
        if kind not in _TYPES:
            raise self._refused(2013)
        body: Json = {}
        if kind in ("system", "all"):
            body["system_voice"] = [_shown(name, "1970-01-01") for name in SYSTEM]
        if kind in ("voice_cloning", "all"):
            told = [_shown(name, voice.created) for name, voice in self._clones.items() if voice.used]
            body["voice_cloning"] = told or None
        return web.json_response(well(**body))

    async def upload(self, request: web.Request) -> web.Response:
        seen = request[SEEN]
        files, purpose = seen.files("file"), seen.field("purpose")
        if purpose not in _PURPOSES or len(files) != 1 or not files[0].data:
            raise self._refused(2013, empty="file")
        name = PurePosixPath(files[0].filename or "")
        if len(files[0].data) > _FILE_MAX or name.suffix.lower() not in _ENDINGS:
            raise self._refused(2013, "invalid params, file", empty="file")
        seconds = await self._sandbox.studio.heard_s(files[0].data)
        if seconds is None:
            raise self._refused(2013, "invalid params, no sound in the file", empty="file")
        number = 2**53 + secrets.randbelow(2**60) * 2 + 1  # as a float it would be another one
        _keep(self._samples, number, seconds)
        told = {"bytes": len(files[0].data), "created_at": int(time.time()), "filename": name.name, "purpose": purpose}
        return web.json_response(well(file={"file_id": number, **told}))

    async def clone(self, request: web.Request) -> web.Response:
        body = request[SEEN].json
        number, name = body.get("file_id"), body.get("voice_id")
        if not isinstance(number, int) or isinstance(number, bool):
            raise self._refused(2013, "invalid params, file_id must be an int64")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise self._refused(2013, "invalid params, voice_id")
        if body.get("text") and not body.get("model"):
            raise self._refused(2013, "invalid params, model")
        if number not in self._samples:
            raise self._refused(20132, "invalid samples, file_id")
        if not _LEAST_S <= self._samples[number] <= _MOST_S:
            raise self._refused(2037)
        if self.knows(name):
            raise self._refused(2039)
        match self._sandbox.behaviour.sounds.clone_refused:
            case "flag":
                told: Json = {"input_sensitive": True, "input_sensitive_type": 0}
            case "kind":
                told = {"input_sensitive": False, "input_sensitive_type": 3}
            case "table":
                told = {"input_sensitive": {"type": 3}}
            case _:
                _keep(self._clones, name, Voice())
                told = {"input_sensitive": False, "input_sensitive_type": 0}
        return web.json_response(well(**told, demo_audio="", extra_info=None))

    def _refused(self, number: int, message: str = "", empty: str = "") -> MiniMaxRefusal:
        return MiniMaxRefusal(number, self._sandbox.behaviour.sounds, message, empty)


def _keep(shelf: OrderedDict[K, T], name: K, value: T) -> None:
    shelf[name] = value
    while len(shelf) > _KEPT:
        shelf.popitem(last=False)


def _shown(name: str, created: str) -> Json:
    return {"voice_id": name, "voice_name": name, "description": [], "created_time": created}
