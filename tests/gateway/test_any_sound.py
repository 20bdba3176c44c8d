"""Whatever a sound is ordered with, and whatever comes back, every row's family makes a value of it or one of our errors."""

from __future__ import annotations

from contextlib import suppress
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalog import Catalog, load_catalog
from core.errors import BadInput, GatewayError, Missing
from core.gateway.calls import as_bytes
from core.gateway.families import TASKS
from core.gateway.minimax_codes import BY_NUMBER
from core.gateway.wire import NamesTasks, PollMany, Uploads, WireReply
from core.values import Json, Kind, Order, Part, Past

CATALOG: Catalog = load_catalog()
ROWS = CATALOG.visible("audio")
NAMES = st.sampled_from(
    """code message data task_id id action status state fail_reason metadata duration error_type error_message msg audio_url
    cld2AudioUrl image_url image_large_url title prompt lyric clip_id text tags base_resp status_code status_msg audio
    extra_info audio_length music_duration file file_id input_sensitive input_sensitive_type type lyrics song_title
    style_tags segments start end error candidates content parts inlineData mimeType""".split()  # noqa: SIM905
)
WORDS = st.sampled_from(
    [
        *("", "success", "SUCCESS", "FAILURE", "IN_PROGRESS", "complete", "streaming", "error", "MUSIC", "LYRICS"),
        *("https://x.y/z", "https://audiopipe.suno.ai/?item_id=1", "4944", "494", "NaN", "1e999", "128.92"),
        *('[{"id": 1}]', "{", "[" * 2_000, "minimax error: 2042 - no", "task_1", "audio/mpeg", "9" * 5_000),
    ]
)
NUMBERS = st.sampled_from([0, -1, 2**53 + 1, *list(BY_NUMBER)[:8]]) | st.integers() | st.floats()
LEAVES = st.none() | st.booleans() | NUMBERS | WORDS | st.text(max_size=5)
VALUES: st.SearchStrategy[Json] = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=5), max_leaves=20
)
TASK = st.fixed_dictionaries({"task_id": LEAVES, "status": WORDS, "data": VALUES}, optional={"action": WORDS})
BASE = st.fixed_dictionaries(
    {"base_resp": st.fixed_dictionaries({"status_code": LEAVES}, optional={"status_msg": LEAVES})}
)
BODIES = st.one_of(
    VALUES,
    st.dictionaries(NAMES, VALUES, max_size=6),
    st.fixed_dictionaries({"code": st.just("success"), "data": TASK | st.lists(TASK, max_size=3)}),
    st.builds(lambda base, body: {**body, **base}, BASE, st.dictionaries(NAMES, VALUES, max_size=5)),
)
PARTS = st.builds(
    Part,
    st.sampled_from(get_args(Kind)),
    mime=st.sampled_from(["", "audio/ogg", "audio/mpeg", "video/mp4"]),
    data=st.sampled_from([b"", b"bytes"]),
)
PASTS = st.builds(
    Past, st.just("before"), task_id=st.sampled_from(["", "task_1"]), words=st.sampled_from(["", "[Verse]"])
)


@pytest.mark.parametrize("name", [row.name for row in ROWS])
@settings(max_examples=100, deadline=None)
@given(
    prompt=st.sampled_from(["", " ", "a song", "[Verse]\nla", "weird \ud83e", "x" * 20_000]),
    inputs=st.lists(PARTS, max_size=3).map(tuple),
    action=st.sampled_from(["", "sing", "extend", "rewrite", "nonsense"]),
    press=st.sampled_from(["", "clip 1.5", "clip", "clip nan", " "]),
    past=st.lists(PASTS, max_size=2).map(tuple),
    odd=st.dictionaries(
        st.sampled_from(["voice_id", "file_id"]), st.sampled_from(["", "x", "12", "１２", "xg7f3a91c2b04d"]), max_size=2
    ),
    pick=st.integers(0, 100),
)
def test_any_order(
    name: str,
    prompt: str,
    inputs: tuple[Part, ...],
    action: str,
    press: str,
    past: tuple[Past, ...],
    odd: dict[str, str],
    pick: int,
) -> None:
    spec = CATALOG.get(name, "audio")
    options = {key: option.values[pick % len(option.values)] for key, option in spec.options.items() if option.values}
    order = Order("audio", name, prompt, {**options, **odd}, inputs, past=past, action=action, press=press)
    adapter = TASKS[spec.family]
    with suppress(BadInput, Missing, GatewayError):
        wire = as_bytes(adapter.to_submit(order, spec))
        assert wire.method == "POST"
        assert wire.content or wire.form
    if isinstance(adapter, Uploads):
        with suppress(BadInput):
            assert adapter.to_upload(order, spec) is not None
    if isinstance(adapter, NamesTasks):
        assert adapter.task_id_of(order) == odd.get("voice_id", "")


@pytest.mark.parametrize("name", sorted({(row.family, row.sound): row.name for row in ROWS}.values()))
@settings(max_examples=400, deadline=None)
@given(body=BODIES, content=st.binary(max_size=20))
def test_any_reply(name: str, body: Json, content: bytes) -> None:
    spec = CATALOG.get(name, "audio")
    adapter, reply = TASKS[spec.family], WireReply(200, body, content=content)
    with suppress(GatewayError):
        assert adapter.parse_submit(reply, spec) is not None
    with suppress(GatewayError, NotImplementedError):
        assert adapter.parse_poll(reply, "task_1", spec) is not None
    if isinstance(adapter, PollMany):
        with suppress(GatewayError):
            assert all(isinstance(task_id, str) for task_id in adapter.parse_poll_many(reply, spec))
    if isinstance(adapter, Uploads):
        with suppress(GatewayError):
            told = adapter.parse_upload(reply, Order("audio", name, "", {"voice_id": "xg7f3a91c2b04d"}), spec)
            assert isinstance(adapter.to_submit(told, spec).json["file_id"], int)
