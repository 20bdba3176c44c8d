"""Orders for songs and for words: what the stock server reads of a body, and what it refuses (gateway contract, audio
2.1-2.3, 2.7). No web server here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bots.sandbox.fields import is_number, text
from bots.sandbox.question import Fields
from bots.sandbox.refusals import TaskRefusal

Action = Literal["MUSIC", "LYRICS"]

_OLD, _NEW = (3000, 200), (5000, 1000)  # letters of words and of styles
BOUNDS: Mapping[str, tuple[int, int]] = {
    "chirp-v3-0": _OLD,
    "chirp-v3-5": _OLD,
    "chirp-v4": _OLD,
    **dict.fromkeys(("chirp-auk", "chirp-v4-5", "chirp-bluejay", "chirp-v4-5-plus"), _NEW),
    **dict.fromkeys(("chirp-crow", "chirp-v5", "chirp-fenix"), _NEW),
}
WISH_MAX, TITLE_MAX = 400, 80
_TEXTS = ("gpt_description_prompt", "prompt", "title", "tags", "mv", "continue_clip_id", "task_id")


@dataclass(frozen=True, slots=True)
class SunoOrder:
    """`prompt`: what is sung, or what words are wanted for. `wish` set = all the rest of the words is ignored."""

    action: Action
    prompt: str = ""
    wish: str = ""
    title: str = ""
    tags: str = ""
    mv: str = "chirp-v3-0"
    instrumental: bool = False
    clip_id: str = ""
    at_s: float = 0.0
    task_id: str = ""

    @property
    def said(self) -> str:
        return self.wish or self.prompt


def order_of(action: str, body: Fields) -> SunoOrder:
    """Fields that nobody knows are dropped without a word. Raises `TaskRefusal`."""
    match action.lower():
        case "music":
            return _song(body)
        case "lyrics":
            if not text(body.get("prompt")).strip():
                raise invalid("prompt_empty")
            return SunoOrder("LYRICS", prompt=text(body["prompt"]))
    raise invalid("invalid_action")


def invalid(message: str) -> TaskRefusal:
    return TaskRefusal(400, "invalid_request", message)


def lost(message: str = "task_not_exist") -> TaskRefusal:
    return TaskRefusal(400, "task_not_exist", message)


def _song(body: Fields) -> SunoOrder:
    for name in _TEXTS:
        if not isinstance(body.get(name, ""), str):
            raise invalid(f"json: cannot unmarshal {name} into Go struct field of type string")
    if not isinstance(body.get("make_instrumental", False), bool):
        raise invalid("json: cannot unmarshal make_instrumental into Go struct field of type bool")
    at_s = body.get("continue_at", 0.0)
    if not is_number(at_s, 0, 3600):
        raise invalid("json: cannot unmarshal continue_at into Go struct field of type float64")
    told = {name: text(body.get(name)) for name in _TEXTS}
    order = SunoOrder(
        "MUSIC",
        prompt="" if told["gpt_description_prompt"] else told["prompt"],
        wish=told["gpt_description_prompt"],
        title=told["title"],
        tags=told["tags"],
        mv=told["mv"] or "chirp-v3-0",
        instrumental=body.get("make_instrumental") is True,
        clip_id=told["continue_clip_id"],
        at_s=float(at_s) if isinstance(at_s, int | float) else 0.0,
        task_id=told["task_id"],
    )
    _check(order)
    return order


def _check(order: SunoOrder) -> None:
    if order.mv not in BOUNDS:
        raise invalid(f"mv {order.mv[:40]} is not supported")
    if not order.said.strip():
        raise invalid("prompt_empty")
    if order.clip_id and not order.task_id:
        raise invalid("task id is empty")
    if order.wish:
        if len(order.wish) > WISH_MAX:
            raise invalid("gpt_description_prompt is too long")
        return
    words, styles = BOUNDS[order.mv]
    for name, told, most in (("prompt", order.prompt, words), ("tags", order.tags, styles)):
        if not told.strip() or len(told) > most:
            raise invalid(f"{name} must have 1 to {most} characters")
    if not order.title.strip() or len(order.title) > TITLE_MAX:
        raise invalid(f"title must have 1 to {TITLE_MAX} characters")
