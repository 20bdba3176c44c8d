"""Clones a voice with MiniMax: the recording goes up first, then the voice is made under a name of ours, and then it speaks
once, for the vendor forgets a voice that never does (gateway contract, audio 3.4, 3.6). Pure.

The task's id is the voice's own, and looking at it is that first speech.
"""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace

from core.catalog import ModelSpec
from core.errors import BadRequest, NeedsInput, NoResult, RateLimited, UpstreamDown
from core.gateway.audio.minimax import PREFIX, error_of, sound_of
from core.gateway.failures import from_minimax
from core.gateway.options import form_file, put_options
from core.gateway.wire import Accepted, Broken, Polled, Ready, Submitted, WireReply, WireRequest
from core.values import Json, Order, Part

BLOCKS = False

FILE_ID, VOICE_ID = "file_id", "voice_id"
"""Names under which the upload's number and the voice's name travel with the order's options."""
_NUMBER = re.compile(r"[0-9]{1,20}")


def to_upload(order: Order, spec: ModelSpec) -> WireRequest | None:
    """Raises NeedsInput without a recording."""
    path = f"{PREFIX}{spec.extra['upload_path']}"
    file = replace(form_file("file", 1, _recording(order)), filename=_named(_recording(order)))
    return WireRequest("POST", path, form=(("purpose", "voice_clone"),), files=(file,), timeout_s=spec.submit_s)


def _recording(order: Order) -> Part:
    found = next((part for part in order.inputs if part.kind == "audio" and part.data), None)
    if found is None:
        raise NeedsInput(command="voice")
    return found


def _named(part: Part) -> str:
    return f"voice.{'mp3' if part.mime == 'audio/mpeg' else 'm4a' if part.mime == 'audio/mp4' else 'wav'}"


def parse_upload(reply: WireReply, order: Order, spec: ModelSpec) -> Order:
    """The number may be larger than 2**53, and stays whole. Raises GatewayError."""
    if error := error_of(reply.body, spec):
        raise error
    file = reply.body.get("file") if isinstance(reply.body, dict) else None
    file_id = file.get("file_id") if isinstance(file, dict) else None
    if isinstance(file_id, bool) or not _NUMBER.fullmatch(str(file_id or "")):
        raise NoResult(f"{spec.name}: an upload without a number")
    return replace(order, options={**order.options, FILE_ID: str(file_id)}, inputs=())


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    """Raises BadRequest without an upload or a name."""
    told, named = order.options.get(FILE_ID, ""), order.options.get(VOICE_ID, "")
    if not _NUMBER.fullmatch(told) or not named:
        raise BadRequest(f"{spec.name}: nothing to clone")
    body: dict[str, Json] = {"file_id": int(told), "voice_id": named, **deepcopy(spec.extra["body"])}
    chosen = {name: value for name, value in spec.chosen(order.options).items() if name not in {FILE_ID, VOICE_ID}}
    put_options(body, chosen, spec, spec.extra["fields"])
    return WireRequest("POST", f"{PREFIX}{spec.extra['path']}", json=body, timeout_s=spec.submit_s)


def parse_submit(reply: WireReply, spec: ModelSpec) -> Submitted:
    """What was refused for its content says so in a success too, as a flag or as a kind."""
    if error := error_of(reply.body, spec):
        return Broken(error)
    body = reply.body if isinstance(reply.body, dict) else {}
    flag = body.get("input_sensitive")
    kind = flag.get("type") if isinstance(flag, dict) else body.get("input_sensitive_type")
    if flag is True or (isinstance(kind, int) and kind):
        return Broken(from_minimax(1026, "input_sensitive"))
    return Accepted("")


def task_id_of(order: Order) -> str:
    """The voice's name, which the reply does not repeat."""
    return order.options.get(VOICE_ID, "")


def to_poll(task_id: str, spec: ModelSpec) -> WireRequest:
    """`task_id`: the voice's name."""
    body: dict[str, Json] = deepcopy(spec.extra["first_words"])
    voice = body.get("voice_setting")
    body["voice_setting"] = {**(voice if isinstance(voice, dict) else {}), "voice_id": task_id}
    return WireRequest("POST", f"{PREFIX}{spec.extra['speech_path']}", json=body, timeout_s=spec.submit_s)


def parse_poll(reply: WireReply, task_id: str, spec: ModelSpec) -> Polled:
    """Raises RateLimited and UpstreamDown: the voice is made, so its first words are tried again, a few times."""
    error = error_of(reply.body, spec)
    if isinstance(error, RateLimited | UpstreamDown):
        raise error
    if error:
        return Broken(error)
    sound = sound_of(reply.body, "mp3")
    return Ready((sound,)) if sound else Broken(NoResult(f"{spec.name}: it spoke, and nothing came"))
