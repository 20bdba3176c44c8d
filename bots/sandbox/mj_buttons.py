"""The buttons below Midjourney's pictures, and what each of them asks for (gateway contract, images 7.7). Pure functions."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bots.sandbox.mj_flags import Wish
from bots.sandbox.mj_plans import Plan

_NORMAL, _USED = 2, 3
_WAYS = {"left": "⬅️", "right": "➡️", "up": "⬆️", "down": "⬇️"}
_HD = {"7": "v7_2x", "6.1": "v6r1_2x", "6": "v6_2x"}
_DEEDS = (
    (re.compile(r"MJ::JOB::upsample::(\d)::"), "UPSCALE"),
    (re.compile(r"MJ::JOB::upsample_v\w+?_(subtle|creative|2x|4x)::"), "UPSCALE_HD"),
    (re.compile(r"MJ::JOB::variation::(\d)::"), "VARIATION"),
    (re.compile(r"MJ::JOB::(low)_variation::"), "LOW_VARIATION"),
    (re.compile(r"MJ::JOB::(high)_variation::"), "HIGH_VARIATION"),
    (re.compile(r"MJ::JOB::(reroll)::"), "REROLL"),
    (re.compile(r"MJ::JOB::pan_(left|right|up|down)::"), "PAN"),
    (re.compile(r"MJ::Outpaint::(\d+)::"), "ZOOM"),
    (re.compile(r"MJ::(CustomZoom)::"), "CUSTOM_ZOOM"),
    (re.compile(r"MJ::(Inpaint)::"), "INPAINT"),
)


@dataclass(frozen=True, slots=True)
class Deed:
    """`action` as tasks name it; `detail`: which picture, which way, how far."""

    action: str
    detail: str


def deed(custom_id: str) -> Deed | None:
    """What a press asks for; None where the stock relay knows no such action (favourite, animate, describe's picks)."""
    for pattern, action in _DEEDS:
        if match := pattern.match(custom_id):
            return Deed(action, match[1])
    return None


def buttons(plan: Plan, wish: Wish, job: str, used: Collection[str]) -> list[dict[str, object]]:
    """Those of a finished task; `used` are the ids of those that were pressed."""
    kind = _described() if plan.manner == "describe" else _alone(plan, wish, job) if plan.single else _grid(job)
    return [
        {
            "customId": custom_id,
            "emoji": emoji,
            "label": label,
            "type": 2,
            "style": _USED if custom_id in used else _NORMAL,
        }
        for custom_id, label, emoji in kind
    ]


def _grid(job: str) -> Iterator[tuple[str, str, str]]:
    for number in range(1, 5):
        yield f"MJ::JOB::upsample::{number}::{job}", f"U{number}", ""
    yield f"MJ::JOB::reroll::0::{job}::SOLO", "", "🔄"
    for number in range(1, 5):
        yield f"MJ::JOB::variation::{number}::{job}", f"V{number}", ""


def _alone(plan: Plan, wish: Wish, job: str) -> Iterator[tuple[str, str, str]]:
    if wish.version == "5.2":
        yield f"MJ::JOB::upsample_v5_2x::1::{job}::SOLO", "Upscale (2x)", "upscale_1"
        yield f"MJ::JOB::upsample_v5_4x::1::{job}::SOLO", "Upscale (4x)", "upscale_1"
    else:
        model = _HD.get(wish.version, "v6_2x")
        yield f"MJ::JOB::upsample_{model}_subtle::1::{job}::SOLO", "Upscale (Subtle)", "upscale_1"
        yield f"MJ::JOB::upsample_{model}_creative::1::{job}::SOLO", "Upscale (Creative)", "upscale_1"
    yield f"MJ::JOB::low_variation::1::{job}::SOLO", "Vary (Subtle)", "🪄"
    yield f"MJ::JOB::high_variation::1::{job}::SOLO", "Vary (Strong)", "🪄"
    yield f"MJ::Inpaint::1::{job}::SOLO", "Vary (Region)", "🖌️"
    yield f"MJ::Outpaint::50::1::{job}::SOLO", "Zoom Out 2x", "🔍"
    yield f"MJ::Outpaint::75::1::{job}::SOLO", "Zoom Out 1.5x", "🔍"
    yield f"MJ::CustomZoom::{job}", "Custom Zoom", "🔍"
    if plan.size[0] != plan.size[1]:
        yield f"MJ::Outpaint::100::1::{job}::SOLO", "Make Square", "↔️"
    for way, arrow in _WAYS.items():
        yield f"MJ::JOB::pan_{way}::1::{job}::SOLO", "", arrow
    yield f"MJ::JOB::animate_high::1::{job}::SOLO", "Animate (High motion)", "🎞️"
    yield f"MJ::JOB::animate_low::1::{job}::SOLO", "Animate (Low motion)", "🎞️"
    yield f"MJ::BOOKMARK::{job}", "", "❤️"


def _described() -> Iterator[tuple[str, str, str]]:
    for number in range(1, 5):
        yield f"MJ::Job::PicReader::{number}", "", f"{number}️⃣"
    yield "MJ::Job::PicReader::all", "Imagine all", "🎉"
    yield "MJ::Picread::Retry", "", "🔄"
