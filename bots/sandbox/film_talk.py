"""What models that film through chat write: four ways to tell progress and where the film lies (gateway contract, chat 6.4).

Each film's address is sealed over the whole text around it, so that a changed text is known when it comes back (6.3).
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bots.sandbox.seals import short

Variant = Literal["A", "B", "C", "D"]

_SEALED = re.compile(r"/films/[0-9a-f]{24}-([0-9a-f]{24})\.mp4")
_PROGRESS = (12, 36, 58, 76, 93)


@dataclass(frozen=True, slots=True)
class Talk:
    """`thoughts` come first, as `reasoning_content`; `pieces` joined are the answer. `failed`: they tell of no film;
    `trouble`: then an error is sent."""

    variant: Variant
    thoughts: tuple[str, ...] = ()
    pieces: tuple[str, ...] = ()
    failed: bool = False
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Film:
    """`stem`: 24 hexadecimal letters of its own. `address` makes a link of a name such as `films/….mp4`."""

    stem: str
    prompt: str
    shape: str  # landscape, portrait or square
    address: Callable[[str], str]


def variant_of(model: str) -> Variant:
    if model.startswith("veo"):
        return "C"
    if model.startswith("grok"):
        return "D"
    return "B" if "pro" in model else "A"


def tell(film: Film, variant: Variant, *, failure: str = "", linked: bool = True) -> Talk:
    """The whole talk of a film that is made, of one that fails, or of one whose link is forgotten."""
    before, ends = _BEFORE[variant](film), _ENDS[variant]
    if failure and variant == "C":
        return Talk(variant, before.thoughts, before.pieces, failed=True, trouble=failure)
    if failure:
        return Talk(variant, before.thoughts, (*before.pieces, _FAILURES[variant].format(failure)), failed=True)
    if not linked:
        return Talk(variant, before.thoughts, (*before.pieces, "> 生成完成 ✅"), failed=True)
    return _sealed(film, lambda url: Talk(variant, before.thoughts, (*before.pieces, *ends(film, url))))


def link_only(film: Film) -> Talk:
    """The answer of a call that does not stream (6.5)."""
    return _sealed(film, lambda url: Talk("D", (), (url,)))


def is_whole(text: str) -> bool:
    """Whether it is, byte for byte, what was written of a film."""
    found = _SEALED.search(text)
    return found is not None and short("film", text.replace(found[1], "")) == found[1]


def _sealed(film: Film, talk_of: Callable[[str], Talk]) -> Talk:
    bare = talk_of(film.address(f"films/{film.stem}-.mp4"))
    seal = short("film", "".join(bare.pieces))
    return talk_of(film.address(f"films/{film.stem}-{seal}.mp4"))


# --- before the end --------------------


def _before_a(film: Film) -> Talk:
    order = json.dumps({"prompt": film.prompt, "orientation": film.shape}, ensure_ascii=False)
    links = [film.address(f"{place}/task_{film.stem}") for place in ("preview", "raw")]
    pieces = ["```json\n", *re.findall(r".{1,12}", order), "\n```", f"\n\n> ID: `task_{film.stem}`"]
    pieces += [f"\n\n> [数据预览]({links[0]}) | [原始数据]({links[1]})", "\n\n> 排队中", *"......", "\n\n> 生成中."]
    pieces += [f"\n\n> 🏃 进度 {per_cent}.0%" for per_cent in _PROGRESS]
    return Talk("A", (), (*pieces, "."))


def _before_b(_: Film) -> Talk:
    begin = "**Generation Process Begins**\n\nInitializing generation request...\n"
    return Talk("B", (begin, *(f"\n**Video Generation Progress**: {n}% (processing)\n" for n in _PROGRESS)))


def _before_c(_: Film) -> Talk:
    return Talk("C", ("✨ 视频生成任务已启动\n", "初始化生成环境...\n", "视频生成中...\n"))


def _before_d(_: Film) -> Talk:
    lines = (f"正在生成视频中，当前进度{per_cent}%\n" for per_cent in _PROGRESS)
    return Talk("D", (), ("<think>\n", *lines, "</think>\n"))


# --- the end --------------------


def _ends_a(film: Film, url: str) -> tuple[str, ...]:
    return (
        "\n\n> 生成完成 ✅",
        f"\n\n> sid: s_{film.stem}",
        f"\n\n[▶️ 在线播放]({url}) | [⏬ 下载视频]({url})",
    )


def _ends_b(_: Film, url: str) -> tuple[str, ...]:
    return (f"```html\n<video src='{url}' controls></video>\n```",)


def _ends_c(_: Film, url: str) -> tuple[str, ...]:
    return (f"<video src='{url}' controls style='max-width:100%'></video>",)


def _ends_d(film: Film, url: str) -> tuple[str, ...]:
    """Three habits of the same back end."""
    poster = film.address(f"posters/{film.stem}.jpg")
    shown = f'<video controls poster="{poster}"><source src="{url}" type="video/mp4"></video>'
    return ((url, shown, f"🎬 视频已生成：[点击下载]({url})")[len(film.prompt) % 3],)


_BEFORE: dict[Variant, Callable[[Film], Talk]] = {"A": _before_a, "B": _before_b, "C": _before_c, "D": _before_d}
_ENDS: dict[Variant, Callable[[Film, str], tuple[str, ...]]] = {"A": _ends_a, "B": _ends_b, "C": _ends_c, "D": _ends_d}
_FAILURES = {
    "A": "\n\n> 生成失败 ❌\n\n> {}",
    "B": "❌ 生成失败: {}",
    "D": "❌ Generation failed: {}",
}
