"""The entries of the contract on films that are tasks (videos 0): what a person sends, on which wire the gateway gets it, and
what it costs. The gateway's upload is configured, so files travel as links to it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from core.values import Json
from tests.whole.footage import clip, measures, portrait, scenery, song, voice
from tests.whole.hands import File, Hands, Seen

FILMS, SEEDANCE = "/v1/videos", "/v1/video/generations"
TO_VIDEO, VIDEO_TO_VIDEO = "/runwayml/v1/image_to_video", "/runwayml/v1/video_to_video"
UPLOAD = "/v1/files"
WIDE, TALL, SQUARE = (64, 36), (36, 64), (64, 64)
"""Films of the sandbox are this small here, whatever was asked for."""

_LINK = re.compile(r"http://127\.0\.0\.1:\d+/files/upload-[0-9a-f]+(\.\w+)")

QUICK = (
    *("sora-2-4s", "grok-video-3", "sdance2-fast-15s", "seedance-2.0", "seedance-2.0-fast"),
    *("veo-3.1-fast-generate-preview", "gen4_turbo", "gen4_aleph", "kling-3.0-omni", "kling-2.6", "kling-2.5"),
    *("kling-2.1", "kling-avatar-720p"),
)
CONFIG = f"""
[gateway]
upload_path = "{UPLOAD}"
upload_form = {{ purpose = "user_data" }}
""" + "".join(f'\n[models."{name}"]\npoll = {{ first_s = 0.05, later_s = 0.05, max_s = 0.05 }}\n' for name in QUICK)


@dataclass(frozen=True, slots=True)
class Film:
    """`words`: of the order, none are like another's. `body`: what comes to `path`, with LINK.ext for an uploaded file, of a
    form its texts; `parts`: the fields of its files. `price`: in credits, exactly; people see them rounded up."""

    name: str
    model: str
    words: str
    path: str
    body: Mapping[str, Json]
    price: str
    size: tuple[int, int] = WIDE
    seconds: float = 5
    sound: bool = False
    files: Sequence[File] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    parts: Sequence[str] = ()


async def plays(ann: Hands, film: Film) -> Seen:
    """Ordered, made and brought; what was held is what was paid."""
    await ann.use("video", film.words, *film.files, model=film.model, **film.options)
    made = await ann.gets(film.words.partition("@")[0])  # which names nobody here
    assert made.kinds == ("video",)
    done = " · continued" if film.options.get("mode") == "extend" else ""
    caption = f"{film.model}{done} · {ceil(float(film.price))} credits\n{film.words}"
    text = made.text.replace("\u2060", "")
    assert text == caption if ann.platform != "console" else caption in text, text
    found = measures(made.files[0])
    assert found[:2] == film.size and found.sound is film.sound, found
    assert abs(found.seconds - film.seconds) < 0.2, found
    if ann.platform == "telegram":
        assert shown_measures(made) == (*film.size, ceil(found.seconds)), made.whose.media.details
    (order,) = [seen for seen in ann.house.gateway.requests if seen.method == "POST" and seen.path != UPLOAD]
    assert order.path == film.path
    if film.parts:
        assert {part.name: part.text for part in order.parts if part.filename is None} == film.body
        assert [part.name for part in order.parts if part.filename] == list(film.parts)
    else:
        assert linked(order.body) == film.body, linked(order.body)
    paid(ann, film.price)
    return made


def shown_measures(made: Seen) -> tuple[int, int, int]:
    """What Telegram was told of the film: without it, phones show a square that is black."""
    told = made.whose.media.details
    return int(told["width"]), int(told["height"]), int(told["duration"])


def linked(body: Any) -> Any:
    """The body with LINK.ext in place of the addresses that the upload gave."""
    return json.loads(_LINK.sub(r"LINK\1", json.dumps(body)))


def paid(ann: Hands, price: str) -> None:
    """The last order of all was held and settled at this price."""
    [(job_id, quote)] = ann.house.rows("SELECT id, quote FROM jobs WHERE part_of = '' ORDER BY number DESC LIMIT 1")
    assert quote == round(float(price) * 10_000)
    entries = ann.house.rows("SELECT step, SUM(daily + kept) FROM entries WHERE ref = ? GROUP BY step", str(job_id))
    steps = {str(step): int(amount) for step, amount in entries}
    assert steps["hold"] == -quote and sum(steps.values()) == -quote, steps


def content(words: str, *files: tuple[str, str, str]) -> list[Json]:
    """Seedance's: kind, link and role of each file."""
    listed = [{"type": f"{kind}_url", "url": link, "role": role} for kind, link, role in files]
    return [{"type": "text", "text": words}, *listed]


def seedance(words: str, *files: tuple[str, str, str], seconds: int = 4) -> dict[str, Json]:
    return {
        "model": "doubao-seedance-2-0-fast-260128-480p",
        "content": content(words, *files),
        "duration": seconds,
        "aspect_ratio": "16:9",
        "extra_body": {"watermark": False, "generate_audio": False},
    }


def extras(**values: Json) -> str:
    """JSON in a text in JSON in a text."""
    inner = json.dumps(values, separators=(",", ":"))
    return json.dumps({"AdditionalParameters": inner}, separators=(",", ":"))


def _seedance(
    name: str, words: str, *files: tuple[File, str, str, str], mode: str = "", price: str, sound: bool = False
) -> Film:
    """With files as (what is sent, kind, link, role)."""
    body = seedance(words, *(each[1:] for each in files))
    options = {
        "resolution": "480p",
        "seconds": "4",
        "sound": "off",
        "ratio": "16:9",
        **({"mode": mode} if mode else {}),
    }
    sent = [each[0] for each in files]
    return Film(name, "seedance-2.0-fast", words, SEEDANCE, body, price, WIDE, 4, sound, sent, options)


SORA, VEO, OMNI = "sora-2-4s", "veo-3.1-fast-generate-preview", "kling-3.0-omni"
PNG, MP4, MP3 = "LINK.png", "LINK.mp4", "LINK.mp3"

ENTRIES = (
    Film(
        "统一接口 / 创建视频", SORA, "a fox in snow", FILMS,
        {"model": "sora-2", "prompt": "a fox in snow", "seconds": "4", "size": "1280x720"},
        "40", WIDE, 4, True, options={"ratio": "16:9"},
    ),
    Film(
        "统一接口 / 创建视频, 带图片", SORA, "the face smiles", FILMS,
        {"model": "sora-2", "prompt": "the face smiles", "seconds": "4", "size": "720x1280"},
        "40", TALL, 4, True, files=[portrait()], options={"ratio": "9:16"}, parts=["input_reference"],
    ),
    Film(
        "Grok / 创建视频任务 (async)", "grok-video-3", "the clouds drift", FILMS,
        {"model": "grok-video-3", "prompt": "the clouds drift", "seconds": "6", "size": "16:9", "image": PNG},
        "30", WIDE, 6, True, files=[portrait()], options={"ratio": "16:9", "seconds": "6"},
    ),
    Film(
        "SD2特价 / 创建视频任务", "sdance2-fast-15s", "the face walks into @2", FILMS,
        {"model": "sdance2-fast-15s", "prompt": "the face walks into @2", "size": "1280*720", "images": [PNG, MP4]},
        "53", WIDE, 15, True, files=[portrait(), clip()], options={"ratio": "16:9"},
    ),
    _seedance("文生视频", "daisies under a blue sky", price="20.8"),
    _seedance("单图", "she opens her eyes", (portrait(), "image", PNG, "image"), price="20.8"),
    _seedance(
        "首尾帧", "an orbit of 360 degrees", (portrait(), "image", PNG, "first_frame"),
        (scenery(), "image", PNG, "last_frame"), price="20.8",
    ),
    _seedance(
        "多图参考", "both walk in the rain", (portrait(), "image", PNG, "reference_image"),
        (scenery(), "image", PNG, "reference_image"), mode="references", price="20.8",
    ),
    _seedance(
        "全能参考", "as audio 1 sounds", (portrait(), "image", PNG, "reference_image"),
        (clip(), "video", MP4, "reference_video"), (song(), "audio", MP3, "reference_audio"), price="27.2",
        sound=True,
    ),
    _seedance("视频编辑", "make it winter", (clip(), "video", MP4, "reference_video"), mode="edit", price="27.2", sound=True),
    _seedance("视频延长", "next it rains", (clip(), "video", MP4, "reference_video"), mode="extend", price="27.2"),
    Film(
        "Veo / 文生视频", VEO, "a lighthouse in a storm", FILMS,
        {"model": VEO, "prompt": "a lighthouse in a storm", "duration": 4, "size": "1280x720",
         "metadata": {"aspectRatio": "16:9", "resolution": "720p"}},
        "60", WIDE, 4, True, options={"ratio": "16:9", "seconds": "4", "resolution": "720p"},
    ),
    Film(
        "Veo / 图生视频, 首尾帧", VEO, "day becomes night", FILMS,
        {"model": VEO, "prompt": "day becomes night", "seconds": "8", "aspectRatio": "16:9", "resolution": "720p"},
        "120", WIDE, 8, True, files=[portrait(), scenery()],
        options={"ratio": "16:9", "seconds": "8", "resolution": "720p"}, parts=["input_reference", "last_frame"],
    ),
    Film(
        "Veo / 图生视频, 参考", VEO, "all of them dance", FILMS,
        {"model": VEO, "prompt": "all of them dance", "seconds": "8", "aspectRatio": "16:9", "resolution": "720p"},
        "120", WIDE, 8, True, files=[portrait(), scenery()],
        options={"ratio": "16:9", "seconds": "8", "resolution": "720p", "mode": "references"},
        parts=["reference_image", "reference_image"],
    ),
    Film(
        "RunWay 官方 / 图生视频", "gen4_turbo", "the cat dances", TO_VIDEO,
        {"model": "gen4_turbo", "promptImage": PNG, "promptText": "the cat dances", "ratio": "960:960", "duration": 5},
        "25", SQUARE, 5, files=[portrait()], options={"ratio": "1:1", "seconds": "5"},
    ),
    Film(
        "RunWay 官方 / 视频生视频", "gen4_aleph", "now in winter", VIDEO_TO_VIDEO,
        {"model": "gen4_aleph", "videoUri": MP4, "promptText": "now in winter", "ratio": "1280:720"},
        "75", WIDE, 3.2, True, files=[clip()], options={"ratio": "16:9"},
    ),
    Film(
        "可灵 / 文生", "kling-2.5", "a whale breaches", FILMS,
        {"model": "kling-2.5", "prompt": "a whale breaches", "seconds": "5", "metadata": {"output_config": {
            "aspect_ratio": "16:9", "resolution": "720P", "audio_generation": "Enabled"}}},
        "42", WIDE, 5, True, options={"ratio": "16:9", "seconds": "5", "resolution": "720p", "sound": "on"},
    ),
    Film(
        "可灵 / 首尾帧", "kling-2.1", "one becomes the other", FILMS,
        {"model": "kling-2.1", "prompt": "one becomes the other", "seconds": "5", "image": PNG, "metadata": {
            "last_frame_url": PNG, "output_config": {"resolution": "1080P", "aspect_ratio": "16:9"}}},
        "49", WIDE, 5, files=[portrait(), scenery()],
        options={"resolution": "1080p", "seconds": "5", "ratio": "16:9"},
    ),
    Film(
        "可灵 / 多图", OMNI, "<<<image_1>>> meets <<<image_2>>>", FILMS,
        {"model": OMNI, "prompt": "<<<image_1>>> meets <<<image_2>>>", "seconds": "3", "images": [PNG, PNG],
         "metadata": {"output_config": {
             "aspect_ratio": "16:9", "resolution": "720P", "audio_generation": "Disabled"}}},
        "25.2", WIDE, 3, files=[portrait(), scenery()],
        options={"mode": "references", "seconds": "3", "resolution": "720p", "sound": "off", "ratio": "16:9"},
    ),
    Film(
        "可灵 / file_infos", OMNI, "like <<<video_1>>>", FILMS,
        {"model": OMNI, "prompt": "like <<<video_1>>>", "seconds": "3", "metadata": {
            "output_config": {"aspect_ratio": "16:9", "resolution": "720P", "audio_generation": "Disabled"},
            "file_infos": [
                {"type": "Url", "category": "Video", "url": MP4, "reference_type": "feature",
                 "keep_original_sound": "Disabled"},
                {"type": "Url", "category": "Image", "url": PNG, "usage": "Reference"},
            ]}},
        "25.2", WIDE, 3, files=[portrait(), clip()],
        options={"mode": "omni", "seconds": "3", "resolution": "720p", "sound": "off", "ratio": "16:9",
                 "keep_sound": "off"},
    ),
    Film(
        "可灵 / file_infos, 编辑", OMNI, "a winter night in <<<video_1>>>", FILMS,
        {"model": OMNI, "prompt": "a winter night in <<<video_1>>>", "seconds": "3", "metadata": {
            "output_config": {"aspect_ratio": "16:9", "resolution": "720P", "audio_generation": "Disabled"},
            "file_infos": [{"type": "Url", "category": "Video", "url": MP4, "reference_type": "base",
                            "keep_original_sound": "Enabled"}]}},
        "25.2", WIDE, 3.2, True, files=[clip()],
        options={"resolution": "720p", "sound": "off", "ratio": "16:9", "keep_sound": "on"},
    ),
    Film(
        "可灵 / 动作控制", "kling-2.6", "she follows the dance", FILMS,
        {"model": "kling-2.6", "prompt": "she follows the dance", "image": PNG, "mode": "std", "metadata": {
            "scene_type": "motion_control", "motion_level": "std", "video_url": MP4,
            "ext_info": extras(character_orientation="image", keep_original_sound="no")}},
        "28", WIDE, 3.2, files=[portrait(), clip()],
        options={"level": "std", "facing": "image", "keep_sound": "off"},
    ),
    Film(
        "可灵 / 数字人", "kling-avatar-720p", "a friendly presenter", FILMS,
        {"model": "kling-avatar-720p", "prompt": "a friendly presenter", "image": PNG, "metadata": {
            "scene_type": "avatar_i2v", "ext_info": extras(sound_file=MP3)}},
        "16.86", WIDE, 2.5, True, files=[portrait(), voice()],
    ),
)  # fmt: skip
