"""Songs by MiniMax, from a wish or from their words, with or without singing (gateway contract, audio 3.7). One blocking
call, no task. Pure."""

from __future__ import annotations

from copy import deepcopy

from core.catalog import ModelSpec
from core.errors import BadOption, EmptyPrompt
from core.gateway.audio.minimax import PREFIX, made
from core.gateway.audio.suno import SECTION
from core.gateway.options import put_options
from core.gateway.wire import Polled, Submitted, WireReply, WireRequest
from core.values import Json, Order

BLOCKS = True


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    """Words to be sung are marked by their sections or by the order's action; else they are a wish, whose words the model
    writes itself where the row says that it can. Raises EmptyPrompt, BadOption for what is too long."""
    extra, chosen = spec.extra, spec.chosen(order.options)
    said = order.prompt.strip()
    if not said:
        raise EmptyPrompt(command="music")
    body: dict[str, Json] = {"model": spec.upstream, **deepcopy(extra["body"]), "output_format": extra["output_format"]}
    instrumental = chosen.get("instrumental") == "on"
    wish = ", ".join(each for each in (chosen.get("style", ""), said) if each)
    if instrumental:
        body |= {"prompt": _bounded("prompt", wish, extra["wish_chars"]), "is_instrumental": True}
    elif order.action == "sing" or SECTION.search(said):
        body |= {
            "prompt": chosen.get("style") or extra["usual_style"],
            "lyrics": _bounded("prompt", said, extra["lyrics_chars"]),
        }
    else:
        body |= {"prompt": _bounded("prompt", wish, extra["wish_chars"]), "lyrics": "", "lyrics_optimizer": True}
    rest = {name: value for name, value in chosen.items() if name not in {"instrumental", "style"}}
    put_options(body, rest, spec, extra["fields"])
    return WireRequest("POST", f"{PREFIX}{extra['path']}", json=body, timeout_s=spec.submit_s)


def _bounded(name: str, text: str, most: int) -> str:
    if len(text) > most:
        raise BadOption(name=name, value=str(len(text)), allowed=f"1–{most}")
    return text


def parse_submit(reply: WireReply, spec: ModelSpec) -> Submitted:
    return made(reply, spec, str(spec.extra["body"].get("audio_setting", {}).get("format", "mp3")))


def to_poll(task_id: str, spec: ModelSpec) -> WireRequest:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id}")


def parse_poll(reply: WireReply, task_id: str, spec: ModelSpec) -> Polled:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id} to get {reply.status} for")
