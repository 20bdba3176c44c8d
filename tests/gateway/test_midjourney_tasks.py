"""Midjourney: what tasks and their buttons mean, as recorded (gateway contract, images 7.4 to 7.8)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalog import Catalog, ModelSpec, load_catalog
from core.errors import (
    Declined,
    GatewayError,
    Moderated,
    NoResult,
    TaskExpired,
    TaskFailed,
    UpstreamDown,
)
from core.gateway.image import midjourney
from core.gateway.wire import Again, Broken, Parked, Polled, Ready, WireReply
from core.values import Artifact, Json, RemoteButton

LINK = "https://cdn.example/attachments/x_pig_3785da15.png?ex=1&is=2&hm=3"
JOB = "3785da15-4f70-4034-9128-f3ff1ac634fa"
TASK = "1730621826053455"
DONE: dict[str, Json] = {
    "id": TASK,
    "action": "IMAGINE",
    "customId": "",
    "botType": "",
    "prompt": "pig --v 6.1",
    "promptEn": "pig --v 6.1",
    "description": "Submit success",
    "state": "",
    "submitTime": 1730621826053,
    "startTime": 1730621828024,
    "finishTime": 1730621855817,
    "imageUrl": LINK,
    "status": "SUCCESS",
    "progress": "100%",
    "failReason": "",
    "buttons": [
        {"customId": f"MJ::JOB::upsample::1::{JOB}", "emoji": "", "label": "U1", "type": 2, "style": 2},
        {"customId": f"MJ::JOB::reroll::0::{JOB}::SOLO", "emoji": "🔄", "label": "", "type": 2, "style": 2},
        {"customId": f"MJ::JOB::variation::1::{JOB}", "emoji": "", "label": "V1", "type": 2, "style": 2},
    ],
    "maskBase64": "",
    "properties": {"finalPrompt": "", "finalZhPrompt": ""},
}


@pytest.fixture
def spec(catalog: Catalog) -> ModelSpec:
    return catalog.get("midjourney", "image")


def polled(spec: ModelSpec, **changes: Json) -> Polled:
    return midjourney.parse_poll(WireReply(200, DONE | changes), TASK, spec)


# --- tasks --------------------


def test_a_grid(spec: ModelSpec) -> None:
    own = f"/mj/image/{TASK}"
    assert polled(spec) == Ready(
        (Artifact("image", url=LINK, content=own),),
        buttons=(
            RemoteButton(f"MJ::JOB::upsample::1::{JOB}", "U1", "upscale"),
            RemoteButton(f"MJ::JOB::reroll::0::{JOB}::SOLO", "🔄", "reroll"),
            RemoteButton(f"MJ::JOB::variation::1::{JOB}", "V1", "variation"),
        ),
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"status": "", "progress": ""}, Again(queued=True)),
        ({"status": "NOT_START", "progress": "0%"}, Again(queued=True)),
        ({"status": None, "progress": "100%"}, Again(queued=True)),
        ({"status": "SUBMITTED", "progress": "0%"}, Again(0)),
        ({"status": "IN_PROGRESS", "progress": "46%"}, Again(46, preview=LINK)),
        ({"status": "in_progress", "progress": "100%"}, Again(100, preview=LINK)),
        ({"status": "IN_PROGRESS", "progress": "", "imageUrl": ""}, Again()),
        ({"status": "IN_PROGRESS", "progress": "paused", "imageUrl": None}, Again()),
        ({"status": "IN_PROGRESS", "progress": "Stopped", "imageUrl": "/x.png"}, Again()),
        ({"status": "IN_PROGRESS", "progress": 46}, Again(preview=LINK)),
        ({"status": "IN_PROGRESS", "progress": "999%"}, Again(100, preview=LINK)),
        ({"status": "SUBMITTED", "progress": "0%", "code": 24, "failReason": "x"}, Again(0)),
        ({"status": "SOMETHING_NEW", "progress": "7%"}, Again(7)),
        ({"status": "MODAL", "progress": "0%", "buttons": None}, Parked()),
    ],
)
def test_the_status_decides(spec: ModelSpec, told: dict[str, Json], expected: Polled) -> None:
    assert polled(spec, **told) == expected


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("[Invalid parameter] Invalid value provided for argument --ar", Declined),
        ("Unrecognized parameter(s): `--foo`", Declined),
        ("[Banned prompt detected] The word is prohibited", Moderated),
        ("可能包含敏感词", Moderated),
        ("上游任务超时（超过1小时）", TaskFailed),
        ("提交失败", TaskFailed),
        ("", TaskFailed),
        (None, TaskFailed),
    ],
)
def test_a_failure_at_a_hundred_per_cent(spec: ModelSpec, reason: Json, kind: type[GatewayError]) -> None:
    outcome = polled(spec, status="FAILURE", progress="100%", failReason=reason, buttons=None)
    assert isinstance(outcome, Broken)
    assert type(outcome.error) is kind
    if isinstance(outcome.error, Declined):
        assert "`" not in outcome.error.params["words"]
        assert outcome.error.params["words"].startswith(reason[:20])


def test_cancelled(spec: ModelSpec) -> None:
    outcome = polled(spec, status="CANCEL")
    assert isinstance(outcome, Broken)
    assert type(outcome.error) is TaskFailed


def test_times_in_seconds_or_none_change_nothing(spec: ModelSpec) -> None:
    assert polled(spec, submitTime=1730621826, startTime=0, finishTime=None) == polled(spec)


def test_pictures_elsewhere(spec: ModelSpec) -> None:
    tiles = [{"url": "https://x.y/1.png"}, "https://x.y/2.png", None, {"url": 7}, "x"]
    ready = polled(spec, imageUrl="", imageUrls=tiles, buttons=None)
    assert ready == Ready((Artifact("image", url="https://x.y/1.png"), Artifact("image", url="https://x.y/2.png")))
    assert polled(spec, imageUrl="/mj/image/x", buttons=[]) == Ready((Artifact("image", content=f"/mj/image/{TASK}"),))
    for nothing in ("", None, 7):
        outcome = polled(spec, imageUrl=nothing)
        assert isinstance(outcome, Broken)
        assert type(outcome.error) is NoResult


TEXTS = "1️⃣ a pig, [oil](https://x.y/z) --ar 3:2\n\n2️⃣ two pigs\n\n3️⃣ three\npigs\n\n4️⃣ four"


@pytest.mark.parametrize(
    "fields",
    [
        {"promptEn": TEXTS, "prompt": "other"},
        {"promptEn": "", "prompt": TEXTS},
        {"promptEn": None, "prompt": " ", "properties": {"finalPrompt": TEXTS}},
        {"action": "", "promptEn": TEXTS},
        {"promptEn": TEXTS.replace("\ufe0f", "")},
    ],
)
def test_a_description(spec: ModelSpec, fields: dict[str, Json]) -> None:
    buttons = [{"customId": f"MJ::Job::PicReader::{number}", "emoji": f"{number}️⃣", "label": ""} for number in (1, 2)]
    ready = polled(spec, **({"action": "DESCRIBE", "buttons": buttons} | fields))
    texts = ("a pig, oil --ar 3:2", "two pigs", "three pigs", "four")
    assert ready == Ready(tuple(Artifact("text", text=text) for text in texts))


def test_descriptions_are_bounded(spec: ModelSpec) -> None:
    ready = polled(spec, action="DESCRIBE", promptEn="1️⃣ " + "x" * 50_000 + " 2️⃣ y", buttons=None)
    assert isinstance(ready, Ready)
    assert [len(artifact.text) for artifact in ready.artifacts] == [2_000]
    plain = polled(spec, action="DESCRIBE", promptEn="just words", buttons=None)
    assert plain == Ready((Artifact("text", text="just words"),))
    nothing = polled(spec, action="DESCRIBE", promptEn="", prompt="", properties=None)
    assert isinstance(nothing, Broken)
    drawn = polled(spec, promptEn="1️⃣ is a prompt too", prompt="1️⃣ is a prompt too")
    assert isinstance(drawn, Ready)
    assert drawn.artifacts[0].kind == "image"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"description": "task_no_found ", "type": "upstream_error", "code": 4}, TaskExpired),
        ({"error": {"message": "x", "code": "do_request_failed"}}, UpstreamDown),
        ({}, UpstreamDown),
        ([], UpstreamDown),
        (None, UpstreamDown),
        ("<html>", UpstreamDown),
    ],
)
def test_no_task(spec: ModelSpec, body: Json, kind: type[GatewayError]) -> None:
    with pytest.raises(GatewayError) as caught:
        midjourney.parse_poll(WireReply(200, body), TASK, spec)
    assert type(caught.value) is kind
    if not isinstance(body, list):
        with pytest.raises(GatewayError):
            midjourney.parse_poll_many(WireReply(200, body), spec)


def test_a_list_in_any_order(spec: ModelSpec) -> None:
    listed = [
        DONE | {"id": "3", "status": "MODAL"},
        DONE | {"id": 1, "status": "SUBMITTED", "progress": "0%"},
        {"id": "4"},
        {"status": "SUCCESS"},
        DONE | {"id": "../x"},
        None,
        "x",
    ]
    assert midjourney.parse_poll_many(WireReply(200, listed), spec) == {"3": Parked(), "1": Again(0)}
    assert midjourney.parse_poll_many(WireReply(200, []), spec) == {}


# --- buttons --------------------


@pytest.mark.parametrize(
    ("custom_id", "emoji", "label", "shown", "action", "asks"),
    [
        (f"MJ::JOB::upsample::4::{JOB}", "", "U4", "U4", "upscale", ""),
        (f"MJ::JOB::variation::4::{JOB}", None, "V4", "V4", "variation", ""),
        (
            f"MJ::JOB::upsample_v6_2x_subtle::1::{JOB}::SOLO",
            "upscale_1",
            "Upscale (Subtle)",
            "Upscale (Subtle)",
            "upscale",
            "",
        ),
        (
            f"MJ::JOB::upsample_v7_2x_creative::1::{JOB}::SOLO",
            "upscale_1",
            "Upscale (Creative)",
            "Upscale (Creative)",
            "upscale",
            "",
        ),
        (f"MJ::JOB::upsample_v5_4x::1::{JOB}::SOLO", "", "Upscale (4x)", "Upscale (4x)", "upscale", ""),
        (f"MJ::JOB::low_variation::1::{JOB}::SOLO", "🪄", "Vary (Subtle)", "🪄 Vary (Subtle)", "variation", ""),
        (f"MJ::JOB::high_variation::1::{JOB}::SOLO", "🪄", "Vary (Strong)", "🪄 Vary (Strong)", "variation", ""),
        (f"MJ::Inpaint::1::{JOB}::SOLO", "🖌️", "Vary (Region)", "🖌️ Vary (Region)", "inpaint", "region"),
        (f"MJ::Outpaint::50::1::{JOB}::SOLO", "🔍", "Zoom Out 2x", "🔍 Zoom Out 2x", "zoom", ""),
        (f"MJ::Outpaint::100::1::{JOB}::SOLO", "↔️", "Make Square", "↔️ Make Square", "zoom", ""),
        (f"MJ::CustomZoom::{JOB}", "🔍", "Custom Zoom", "🔍 Custom Zoom", "custom_zoom", "words"),
        (f"MJ::CustomZoom::1::{JOB}", "🔍", "Custom Zoom", "🔍 Custom Zoom", "custom_zoom", "words"),
        (f"MJ::JOB::pan_left::1::{JOB}::SOLO", "⬅️", "", "⬅️", "pan", ""),
        (f"MJ::JOB::reroll::0::{JOB}::SOLO", {"name": "x"}, "Reroll", "Reroll", "reroll", ""),
        ("MJ::SomethingNew::1", "", "Redo\n now ", "Redo now", "other", ""),
    ],
)
def test_buttons(spec: ModelSpec, custom_id: str, emoji: Json, label: str, shown: str, action: str, asks: str) -> None:
    ready = polled(spec, buttons=[{"customId": custom_id, "emoji": emoji, "label": label, "type": 2, "style": 3}])
    assert isinstance(ready, Ready)
    assert ready.buttons == (RemoteButton(custom_id, shown, action, asks),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "custom_id",
    [
        f"MJ::BOOKMARK::{JOB}",
        f"MJ::JOB::animate_high::1::{JOB}::SOLO",
        "MJ::Job::PicReader::all",
        "MJ::Picread::Retry",
        "",
        "x" * 400,
        "MJ::\n",
        7,
        None,
    ],
)
def test_buttons_that_are_hidden(spec: ModelSpec, custom_id: Json) -> None:
    ready = polled(spec, buttons=[{"customId": custom_id, "emoji": "❤️", "label": "Favourite"}])
    assert isinstance(ready, Ready)
    assert ready.buttons == ()


def test_every_action_of_a_button_has_its_price(spec: ModelSpec) -> None:
    assert {
        "upscale",
        "variation",
        "reroll",
        "zoom",
        "pan",
        "inpaint",
        "custom_zoom",
        "other",
    } <= spec.price.actions.keys()


NO_BUTTONS: list[Json] = [None, {}, "x", 7, [[]]]


def test_buttons_are_bounded(spec: ModelSpec) -> None:
    many = [{"customId": f"MJ::X::{number // 2}", "label": "z" * 500} for number in range(200)]
    ready = polled(spec, buttons=[*many, {"label": "no id"}, {"customId": "MJ::Y", "label": ""}, "x", None])
    assert isinstance(ready, Ready)
    assert len(ready.buttons) == 25
    assert {len(button.label) for button in ready.buttons} == {40}
    for nothing in NO_BUTTONS:
        again = polled(spec, buttons=nothing)
        assert isinstance(again, Ready)
        assert again.buttons == ()


# --- whatever comes --------------------

NAMES = st.sampled_from(
    """id code description result properties status progress imageUrl imageUrls url failReason buttons customId emoji label
    bannedWord promptEn prompt finalPrompt action error""".split()  # noqa: SIM905
)
WORDS = st.sampled_from(
    ["", "SUCCESS", "FAILURE", "MODAL", "IN_PROGRESS", "DESCRIBE", "50%", LINK, "1️⃣ x", "MJ::Inpaint::1"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=4)
VALUES: st.SearchStrategy[Json] = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=6), max_leaves=25
)
SPEC = load_catalog().get("midjourney", "image")


@settings(max_examples=500, deadline=None)
@given(VALUES | st.dictionaries(NAMES, VALUES, max_size=9))
def test_anything_is_a_value_or_a_gateway_error(body: Json) -> None:
    reply = WireReply(200, body)
    for read in (
        lambda: midjourney.parse_submit(reply, SPEC),
        lambda: midjourney.parse_poll(reply, "1", SPEC),
        lambda: midjourney.parse_poll_many(reply, SPEC),
        lambda: midjourney.parse_poll_many(WireReply(200, [body, body]), SPEC),
        lambda: midjourney.parse_seed(reply),
    ):
        with suppress(GatewayError):
            assert read() is not None
