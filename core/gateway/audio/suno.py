"""Suno: songs in three ways and words for songs, as tasks of which one request tells many (gateway contract, audio 2). Pure.

A song's task makes two clips. Each offers to be gone on from, as a button whose id is the clip's and where it ends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from core.catalog import ModelSpec
from core.errors import BadOption, BadRequest, EmptyPrompt, GatewayError, SourceGone, TaskFailed, Unsure, UpstreamDown
from core.gateway.audio.suno_clips import Clip, Task, clips_of, is_task, task_of
from core.gateway.failures import from_told, from_words, told_error
from core.gateway.options import put_options
from core.gateway.video.unified import path_of
from core.gateway.wire import Accepted, Again, Broken, Polled, Ready, Submitted, WireReply, WireRequest
from core.values import Artifact, Json, Order, RemoteButton

BLOCKS = False

FETCH_S = 30.0
SECTION = re.compile(r"^[^\S\n]*\[[^\W\d_][\w \-]{1,30}\]", re.MULTILINE)
"""`[Verse]` at the beginning of a line: such words are to be sung, not to be read as a wish."""
STYLE_CHARS = 300
"""Of a style that the gateway names."""
ENDS = re.compile(r"[0-9]{1,5}(\.[0-9]{1,6})?")
"""Seconds, as a button of a clip has them."""
QUEUED, SENT, WAITS, RUNS, ONE_DONE = 5, 10, 15, 40, 80
"""Per cent: the wire's own number stays at 0 until the end (audio 2.6)."""

# --- orders --------------------


def to_submit(order: Order, spec: ModelSpec) -> WireRequest:
    """A song from a wish, from its words, or behind another one's clip; or words. Raises EmptyPrompt, BadOption for what is
    longer than the row takes, SourceGone for a clip that is not known."""
    body: dict[str, Json] = dict(spec.extra["body"])
    if spec.extra["action"] == "LYRICS":
        body["prompt"] = _said(order)
    else:
        body["mv"] = spec.upstream
        if order.press:
            body |= {**_sung(order, spec), **_behind(order, spec)}
        elif is_sung(order):
            body |= _sung(order, spec)
        else:
            wish = ", ".join(each for each in (order.options.get("style", ""), _said(order)) if each)
            body["gpt_description_prompt"] = _bounded("prompt", wish, spec.extra["wish_chars"])
    chosen = spec.chosen(order.options)
    put_options(
        body, {name: chosen[name] for name in chosen if name not in {"title", "style"}}, spec, spec.extra["fields"]
    )
    return WireRequest("POST", spec.extra["path"], json=body, timeout_s=spec.submit_s)


def is_sung(order: Order) -> bool:
    """Whether the words are the song's own."""
    return order.action == "sing" or bool(SECTION.search(order.prompt))


def _said(order: Order) -> str:
    if not order.prompt.strip():
        raise EmptyPrompt(command="music")
    return order.prompt.strip()


def _sung(order: Order, spec: ModelSpec) -> dict[str, Json]:
    """Title and style have to be there: without them the song's first line and the row's usual style."""
    words = _bounded("prompt", _said(order), spec.extra["lyrics_chars"])
    first = next((line.strip() for line in SECTION.sub("", words).splitlines() if line.strip()), "")
    style = _bounded("style", order.options.get("style", "") or spec.extra["usual_style"], spec.extra["style_chars"])
    title = order.options.get("title", "") or first
    return {"prompt": words, "title": title[: spec.extra["title_chars"]].strip() or "Song", "tags": style}


def _behind(order: Order, spec: ModelSpec) -> dict[str, Json]:
    """Where a clip goes on (audio 2.1): both its own id and its task's are needed."""
    clip_id, _, ends = order.press.partition(" ")
    task_id = order.past[-1].task_id if order.past else ""
    if not clip_id or not task_id or not ENDS.fullmatch(ends):
        raise SourceGone(f"{spec.name}: no clip to go on from")
    return {"task_id": task_id, "continue_clip_id": clip_id, "continue_at": float(ends)}


def _bounded(name: str, text: str, most: int) -> str:
    if len(text) > most:
        raise BadOption(name=name, value=f"{len(text)}", allowed=f"1–{most}")
    return text


def parse_submit(reply: WireReply, spec: ModelSpec) -> Submitted:
    """`data` is the id itself, or a task that has it. Raises Unsure when it is taken without one."""
    if told := _told(reply, spec):
        return Broken(told)
    data = reply.body.get("data") if isinstance(reply.body, dict) else None
    if is_task(data):
        data = task_of(data).id
    if not isinstance(data, str) or not data.strip():
        raise Unsure("taken, but without the id of a task")
    return Accepted(data.strip()[:191])


# --- tasks --------------------


def to_poll(task_id: str, spec: ModelSpec) -> WireRequest:
    return WireRequest("GET", path_of(spec.extra["poll_path"], task_id), timeout_s=FETCH_S)


def parse_poll(reply: WireReply, task_id: str, spec: ModelSpec) -> Polled:
    """Raises GatewayError when the reply tells an error of the query, or of no task."""
    data = reply.body.get("data") if isinstance(reply.body, dict) else None
    if is_task(data):
        return _polled(task_of(data), spec)
    raise _told(reply, spec) or UpstreamDown(f"HTTP {reply.status} without a task")


def to_poll_many(task_ids: Sequence[str], spec: ModelSpec) -> WireRequest:
    body = {"ids": list(task_ids), "action": spec.extra["action"]}
    return WireRequest("POST", spec.extra["many_path"], json=body, timeout_s=FETCH_S)


def parse_poll_many(reply: WireReply, spec: ModelSpec) -> Mapping[str, Polled]:
    """Unknown tasks are missing, and the order is any. Raises BadRequest for what is no list."""
    listed = reply.body.get("data") if isinstance(reply.body, dict) else None
    if not isinstance(listed, list):
        raise _told(reply, spec) or BadRequest(f"HTTP {reply.status} without a list")
    tasks = [task_of(data) for data in listed if is_task(data)]
    return {task.id: _polled(task, spec) for task in tasks if task.id}


def _told(reply: WireReply, spec: ModelSpec) -> GatewayError | None:
    """Success is HTTP 200 and the word (audio 1.4)."""
    body = reply.body if isinstance(reply.body, dict) else {}
    if body.get("code") == "success" or ("code" not in body and "error" not in body):
        return None
    told = told_error({**body, "data": None})
    return from_told(told, BadRequest, model=spec.upstream) if told else BadRequest(f"HTTP {reply.status}")


def _polled(task: Task, spec: ModelSpec) -> Polled:
    if spec.extra["action"] == "LYRICS":
        return _words(task, spec)
    clips = clips_of(task.data)
    done = [clip for clip in clips if clip.is_done]
    if task.state == "failed":
        # the charge is given back even when one clip is good (audio 2.6)
        return _ready(done, task, spec, refunded=True) if done else Broken(_reason(task, clips, spec))
    if task.state == "done":
        return _ready(done, task, spec) if done else Broken(TaskFailed("finished without a song"))
    progress = ONE_DONE if done else {"NOT_START": QUEUED, "SUBMITTED": SENT, "QUEUED": WAITS}.get(task.word, RUNS)
    return Again(progress=progress, listen=_listen(clips, spec))


def _ready(clips: Sequence[Clip], task: Task, spec: ModelSpec, *, refunded: bool = False) -> Ready:
    songs = tuple(
        Artifact(
            "audio",
            url=clip.audio,
            duration_s=clip.seconds,
            text=clip.lyrics,
            title=clip.title,
            performer=spec.extra["performer"],
            cover=clip.picture,
            remote_id=clip.id,
        )
        for clip in clips
    )
    buttons = tuple(
        RemoteButton(f"{clip.id} {clip.seconds:g}", f"⏩ {number}", "extend", asks="words")
        for number, clip in enumerate(clips, 1)
        if clip.id and clip.seconds
    )
    return Ready(songs, buttons=buttons, refunded=refunded)


def _words(task: Task, spec: ModelSpec) -> Polled:
    """Lyrics with their title and style, as one value that a button can sing."""
    if task.state == "failed":
        return Broken(_reason(task, clips_of(task.data), spec))
    if task.state != "done":
        return Again(progress=SENT)
    data = task.data if isinstance(task.data, dict) else {}
    words, tags = data.get("text"), data.get("tags")
    if not isinstance(words, str) or not words.strip():
        return Broken(TaskFailed("finished without words"))
    listed = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    style = tags if isinstance(tags, str) else ", ".join(listed)
    title = data.get("title") if isinstance(data.get("title"), str) else ""
    told = json.dumps({"title": str(title)[:200], "style": style[:STYLE_CHARS]}, ensure_ascii=False)
    return Ready((Artifact("text", text=words.strip(), title=str(title)[:200]),), transcript=told)


def _reason(task: Task, clips: Sequence[Clip], spec: ModelSpec) -> GatewayError:
    told = next((clip for clip in clips if clip.error), None)
    code, message = (told.code, told.error) if told else ("", task.reason)
    if not code and "copyright" in message.casefold():
        code = "content_policy_violation"
    return from_words(code, message or task.reason, TaskFailed, model=spec.upstream)


def _listen(clips: Sequence[Clip], spec: ModelSpec) -> str:
    """The link of a song that is still being made, only of a host that the row says is safe to show."""
    for clip in clips:
        host = clip.audio.removeprefix("https://").partition("/")[0]
        if clip.status == "streaming" and clip.audio.startswith("https://") and host in spec.extra["listen_hosts"]:
            return clip.audio
    return ""
