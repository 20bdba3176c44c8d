"""Films by `POST /v1/chat/completions`: one long call whose words tell how it goes and, at their end, where the film lies
(gateway contract, chat 6; videos 4.1). Pure.

What differs between the upstreams (how length and shape are said, whether they stream, whether a film can be changed by the
next message) is in their rows.
"""

from __future__ import annotations

import re
from dataclasses import replace

from core.catalog import ModelSpec
from core.errors import GatewayError, Moderated, NoResult, TaskExpired, TaskFailed, Unsure, UpstreamDown
from core.gateway.failures import from_told, from_words, told_error
from core.gateway.options import link_of, put, put_options, worded_prompt
from core.gateway.video.film_links import behind_echo, failure, film_link, without_thoughts
from core.gateway.wire import Broken, News, Polled, Ready, Submitted, WireReply, WireRequest
from core.values import Artifact, Json, Order

BLOCKS = True
TRANSCRIPT_BYTES = 64 * 1024
TEXT_CHARS = 400_000
TAIL_CHARS = 4_000
"""Progress is looked for in so much of the end."""
REASON_CHARS = 300

# --- order --------------------


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    """The films it continues are said again as turns, what the model wrote then byte for byte (chat 6.3)."""
    extra = spec.extra
    order = order if extra["continues"] else replace(order, past=())
    chosen = spec.chosen(order.options)
    messages: list[Json] = []
    for past in order.past:
        messages.append({"role": "user", "content": worded_prompt(past.prompt, chosen, spec)})
        messages.append({"role": "assistant", "content": past.transcript})
    messages.append({"role": "user", "content": _content(order, worded_prompt(order.prompt, chosen, spec), spec)})
    body: dict[str, Json] = {"model": spec.upstream, "messages": messages, "stream": extra["stream"]}
    for name, value in extra["body"].items():
        put(body, name, value)
    put_options(body, chosen, spec, extra["fields"])
    return WireRequest("POST", extra["path"], json=body, timeout_s=spec.submit_s)


def _content(order: Order, prompt: str, spec: ModelSpec) -> Json:
    """Plain text, or with pictures a list of parts. Some upstreams want the id of the film to be changed in the words."""
    if order.past and (film_id := _film_id(order)):
        prompt += str(spec.extra["past_id"]).replace("{id}", film_id)
    pictures = [part for part in order.inputs if part.data or part.url]
    if not pictures:
        return prompt
    shown = [{"type": "image_url", "image_url": {"url": link_of(part)}} for part in pictures]
    return [*([{"type": "text", "text": prompt}] if prompt else []), *shown]


def _film_id(order: Order) -> str:
    """The `s_…` id of the latest film, "" when none was told."""
    for past in reversed(order.past):
        if found := _FILM_ID.findall(past.transcript + " "):
            return str(found[-1])
    return ""


# --- answer --------------------

_FILM_ID = re.compile(r"(?<![0-9A-Za-z_])s_[0-9a-f]{8,64}(?=[^0-9A-Za-z_])")
_TASK_ID = re.compile(r"(?<![0-9A-Za-z_])task_[0-9A-Za-z]{4,100}(?=[^0-9A-Za-z_])")
_PREVIEW = re.compile(r"\[(?:数据预览|preview)\]\((https?://[^)\s<>\[\]]{1,190})\)", re.IGNORECASE)
_PER_CENT = re.compile(r"(?<![\d.])(\d{1,3})(?:\.\d{1,6})?\s{0,3}%|进度\D{0,3}(\d{1,3})")
_TAG = re.compile(r"<(?:video|source)\b[^<>]*")  # its style is full of per cents
_MODERATED = re.compile(
    r"guardrail|violat|similarity|real (?:person|people|human)|third.party|nsfw|违反|真人|不合规|内容政策",
    re.IGNORECASE,
)
_MODERATING = {"content_filter", "safety"}


class FilmReader:
    """Two buffers, as the upstreams write their progress in either (chat 6.4): the answer's words and the thinking's."""

    def __init__(self, order: Order, spec: ModelSpec) -> None:
        self._asked = frozenset(re.findall(r"https?://\S+", order.prompt))
        self._model = spec.upstream
        self._content = ""
        self._thoughts = ""
        self._progress = -1
        self._names = ["", "", ""]  # the task's id, the film's, a link to look at it
        self._error: GatewayError | None = None
        self._finished = False

    @property
    def finished(self) -> bool:
        return self._finished

    def feed(self, data: Json) -> None:
        if told := told_error(data):
            self._error = self._error or from_told(told, TaskFailed, model=self._model)
            self._finished = True
            return
        choices = data.get("choices") if isinstance(data, dict) else None
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return
        whole = choice.get("message")
        said = whole if isinstance(whole, dict) else choice.get("delta")
        if isinstance(said, dict):
            self._hear(_text(said.get("content")), said.get("reasoning_content") or said.get("reasoning"))
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason:
            self._finished = True
            if reason.lower() in _MODERATING:
                self._error = self._error or Moderated(f"finish reason {reason}")
        elif isinstance(whole, dict):
            self._finished = True

    def _hear(self, words: str, thoughts: Json) -> None:
        if words:
            self._content = (self._content + words)[-TEXT_CHARS:]
            self._note_names(len(words))
        if isinstance(thoughts, str) and thoughts:
            self._thoughts = (self._thoughts + thoughts)[-TAIL_CHARS:]

    def _note_names(self, fresh: int) -> None:
        """An id counts when something follows it: before that there may be more of it to come."""
        window = self._content[-fresh - TAIL_CHARS :]
        for at, pattern in enumerate((_TASK_ID, _FILM_ID, _PREVIEW)):
            if not self._names[at] and (match := pattern.search(window)):
                self._names[at] = match[1] if pattern is _PREVIEW else match[0]

    def news(self) -> News:
        begin = max(behind_echo(self._content), len(self._content) - TAIL_CHARS)
        for text in (self._content[begin:], self._thoughts):
            told = [int(match[1] or match[2]) for match in _PER_CENT.finditer(_TAG.sub("", text))]
            if told:
                self._progress = max(self._progress, min(told[-1], 99))
        return News(self._progress, next((name for name in self._names if name), ""))

    def outcome(self, *, complete: bool) -> Submitted:
        if self._error is not None:
            return Broken(_final(self._error))
        text = without_thoughts(self._content[behind_echo(self._content) :])
        if url := film_link(text, complete=complete, not_these=self._asked):
            # a path is the gateway's own: it is asked there, with the key
            film = Artifact("video", content=url) if url.startswith("/") else Artifact("video", url=url)
            return Ready((film,), transcript=_transcript(self._content))
        reason = failure(text)
        if reason is None and not complete:
            raise Unsure("the answer ended before its film came")
        return Broken(self._reason(reason, text))

    def _reason(self, reason: str | None, text: str) -> GatewayError:
        """Of a film that did not come: what is said behind a mark of failure, or the last words."""
        told = reason or text.strip()[-REASON_CHARS:]
        if not told:
            return NoResult("an empty answer")
        error = _final(from_words("", told, TaskFailed, model=self._model))
        return Moderated(str(error)) if type(error) is TaskFailed and _MODERATED.search(told) else error


def _text(content: Json) -> str:
    """The words of a content: text, or a list of parts."""
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        return "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def _final(error: GatewayError) -> GatewayError:
    """There is no task that could be looked at later, and the gateway was not down: it has said so itself."""
    return TaskFailed(str(error)) if isinstance(error, TaskExpired | UpstreamDown) else error


def _transcript(text: str) -> str:
    """As it came, but for what no store keeps: halves of characters that came in two pieces are put together."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "")
    return whole.encode()[-TRANSCRIPT_BYTES:].decode("utf-8", "ignore")


def order_reader(order: Order, spec: ModelSpec) -> FilmReader:
    return FilmReader(order, spec)


def parse_submit(reply: WireReply, spec: ModelSpec) -> Submitted:
    """A whole answer in one piece. Raises Unsure when it is none."""
    reader = FilmReader(Order("video", spec.name, ""), spec)
    reader.feed(reply.body)
    return reader.outcome(complete=reader.finished)


def to_poll(task_id: str, spec: ModelSpec) -> WireRequest:
    raise NotImplementedError(f"{spec.family} answers in one call; there is no task {task_id}")


def parse_poll(reply: WireReply, task_id: str, spec: ModelSpec) -> Polled:
    raise NotImplementedError(
        f"{spec.family} answers in one call; there is no task {task_id} to get {reply.status} for"
    )
