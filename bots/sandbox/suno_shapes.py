"""How Suno's tasks and clips are shown: as the stock server does, and as its siblings do (gateway contract, audio 2.4, 2.6).
Pure functions."""

import json
from collections.abc import Callable

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.suno_tasks import LENGTHS_S, ClipState, Task

Json = dict[str, object]
Link = Callable[[str], str]

_LISTEN = "https://audiopipe.suno.ai/?item_id={id}"
_FLAT_STATES = {"complete": "succeeded", "streaming": "running", "error": "failed"}


def shape(task: Task, behaviour: Behaviour, link: Link) -> Json:
    """The task object. `link` makes the address of a file's name."""
    status = task.status(behaviour)
    data = _words(task, status) if task.order.action == "LYRICS" else _clips(task, behaviour, link)
    return {
        "task_id": task.id,
        "action": task.order.action,
        "status": status,
        "fail_reason": task.failure[0] if task.failure and status == "FAILURE" else "",
        "submit_time": task.submitted_s,
        "start_time": task.started_s,
        "finish_time": task.finished_s,
        "progress": "100%" if status in ("SUCCESS", "FAILURE") else "0%",
        "data": json.dumps(data, ensure_ascii=False) if behaviour.sounds.data_text and data else data,
    }


def lyrics_of(prompt: str) -> str:
    theme = " ".join(prompt.split())[:200]
    return f"[Verse]\n{theme}\nthe stars are near\n\n[Chorus]\nla la, {theme}\n"


def _words(task: Task, status: str) -> Json | None:
    if status == "FAILURE" and task.failure:
        return {"id": task.clips[0], "status": "error", "text": "", "error_message": task.failure[0]}
    if status != "SUCCESS":
        return None
    title, tags = " ".join(task.order.prompt.split())[:40], ["pop", "bright"]
    text = "" if task.silent else lyrics_of(task.order.prompt)
    told = {"id": task.clips[0], "title": title, "text": text, "status": "complete"}
    return {**told, "tags": tags, "error_message": ""}


def _clips(task: Task, behaviour: Behaviour, link: Link) -> list[Json] | None:
    shown = _flat if behaviour.sounds.clips == "flat" else _stock
    return [shown(task, number, state, link) for number, state in enumerate(task.states(behaviour))] or None


def _stock(task: Task, number: int, state: ClipState, link: Link) -> Json:
    order, clip_id = task.order, task.clips[number]
    done, failed = state == "complete", state == "error"
    pictured = done or state == "streaming"
    return {
        "id": clip_id,
        "title": title_of(task),
        "status": state,
        "audio_url": _audio(task, number, state, link),
        "video_url": "",
        "image_url": link(f"{clip_id}.jpeg") if pictured else "",
        "image_large_url": link(f"{clip_id}-large.jpeg") if pictured else "",
        "model_name": order.mv,
        "major_model_version": order.mv.removeprefix("chirp-"),
        "metadata": {
            "tags": order.tags,
            "prompt": sung(task),
            "gpt_description_prompt": order.wish or None,
            "duration": length_s(number) if done else None,
            "error_type": task.failure[1] if failed and task.failure else None,
            "error_message": task.failure[0] if failed and task.failure else None,
        },
    }


def _flat(task: Task, number: int, state: ClipState, link: Link) -> Json:
    done = state == "complete"
    return {
        "clip_id": task.clips[number],
        "task_id": f"{task.id}_{number + 1}",
        "state": _FLAT_STATES.get(state, state),
        "title": title_of(task),
        "mv": task.order.mv,
        "tags": task.order.tags,
        "prompt": sung(task),
        "audio_url": _audio(task, number, state, link),
        "image_url": link(f"{task.clips[number]}.jpeg") if done else "",
        "duration": f"{length_s(number):g}" if done else "",
        "msg": task.failure[0] if state == "error" and task.failure else "",
    }


def _audio(task: Task, number: int, state: ClipState, link: Link) -> str:
    if task.silent:
        return ""
    clip_id = task.clips[number]
    return link(f"{clip_id}.mp3") if state == "complete" else _LISTEN.format(id=clip_id) if state == "streaming" else ""


def title_of(task: Task) -> str:
    return task.order.title or " ".join(task.order.said.split())[:40]


def sung(task: Task) -> str:
    """The song's words: its own, or those that were made of a wish."""
    if task.order.instrumental:
        return ""
    return task.order.prompt or lyrics_of(task.order.wish)


def length_s(number: int) -> float:
    return LENGTHS_S[number] + 0.08
