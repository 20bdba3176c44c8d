"""Text to speech by MiniMax, in one call (gateway contract, audio 3.2, 3.3). One blocking call, no task; where the row says
`stream`, its sound comes in pieces, so that no proxy takes a long one for dead. Pure."""

from __future__ import annotations

from copy import deepcopy

from core.catalog import ModelSpec
from core.errors import GatewayError, NoResult, PromptTooLong, Unsure
from core.gateway.audio.minimax import PREFIX, error_of, made, sound_of
from core.gateway.extract import is_url
from core.gateway.options import put, put_options, worded_prompt
from core.gateway.wire import Broken, News, Polled, Ready, Submitted, WireReply, WireRequest
from core.values import Json, Order

BLOCKS = True


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    """Raises PromptTooLong."""
    extra, chosen = spec.extra, spec.chosen(order.options)
    text = worded_prompt(order.prompt, chosen, spec)
    if len(text) > extra["text_chars"]:
        raise PromptTooLong(limit=extra["text_chars"], length=len(text))
    streams = bool(extra["stream"])
    body: dict[str, Json] = {"model": spec.upstream, "text": text, "stream": streams}
    if streams:
        body["stream_options"] = {"exclude_aggregated_audio": True}
    body |= deepcopy(extra["body"])
    put(body, "output_format", "hex" if streams else extra["output_format"])
    put_options(body, chosen, spec, extra["fields"])
    return WireRequest("POST", f"{PREFIX}{extra['path']}", json=body, timeout_s=spec.submit_s)


def parse_submit(reply: WireReply, spec: ModelSpec) -> Submitted:
    return made(reply, spec, _form(spec))


def order_reader(order: Order, spec: ModelSpec) -> SpeechReader | None:
    return SpeechReader(spec) if spec.extra["stream"] else None


class SpeechReader:
    """Each piece is hex of its own. The last event has nothing, all of it once more, or the last piece."""

    def __init__(self, spec: ModelSpec) -> None:
        self._spec = spec
        self._pieces: list[str] = []
        self._last: Json = None
        self._error: GatewayError | None = None

    def feed(self, data: Json) -> None:
        self._error = self._error or error_of(data, self._spec)
        if not isinstance(data, dict) or self.finished:
            return
        inner = data.get("data")
        told = inner if isinstance(inner, dict) else {}
        audio = told.get("audio")
        if told.get("status") == 2 or is_url(audio):
            self._last = data
        elif isinstance(audio, str):
            self._pieces.append(audio)

    @property
    def finished(self) -> bool:
        return self._error is not None or self._last is not None

    def news(self) -> News:
        """It tells nothing on the way."""
        return News()

    def outcome(self, *, complete: bool) -> Submitted:
        """Raises Unsure for speech that breaks off."""
        if self._error is not None:
            return Broken(self._error)
        if not complete and self._last is None:
            raise Unsure("the speech broke off")
        sound = sound_of(self._whole(), _form(self._spec))
        return Ready((sound,)) if sound else Broken(NoResult(f"{self._spec.name}: no sound in the stream"))

    def _whole(self) -> Json:
        heard, last = "".join(self._pieces), self._last or {}
        told = last.get("data") or {}
        audio = told.get("audio")
        rest = audio if isinstance(audio, str) else ""
        all_of_it = is_url(rest) or rest.casefold().startswith(heard.casefold())
        return {**last, "data": {**told, "audio": rest if all_of_it else heard + rest}}


def _form(spec: ModelSpec) -> str:
    return str(spec.extra["body"].get("audio_setting", {}).get("format", "mp3"))


def to_poll(task_id: str, spec: ModelSpec) -> WireRequest:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id}")


def parse_poll(reply: WireReply, task_id: str, spec: ModelSpec) -> Polled:
    raise NotImplementedError(f"{spec.family} answers at once; there is no task {task_id} to get {reply.status} for")
