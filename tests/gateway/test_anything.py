"""Whatever JSON a gateway sends, adapters answer with values or a GatewayError, never with another exception."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalog import Catalog, load_catalog
from core.errors import GatewayError
from core.gateway import account
from core.gateway.chat import openai_chat
from core.gateway.failures import from_reply, told_error
from core.gateway.families import TASKS
from core.gateway.sse import SseDecoder
from core.gateway.wire import WireReply
from core.values import Json, ModelKind

NAMES = st.sampled_from(
    """id task_id code data status state progress url video_url metadata result_url output content video fail_reason error
    message choices delta finish_reason usage tool_calls function index annotations url_citation candidates parts inlineData
    text image_url media outputs b64_json role reasoning_content refusal prompt_tokens prompt_tokens_details FileInfos
    FileUrl failureCode type success description supported_endpoint_types hard_limit_usd""".split()  # noqa: SIM905
)
WORDS = st.sampled_from(
    [
        "",
        "success",
        "completed",
        "failed",
        "queued",
        "50%",
        "https://x.y/z",
        "data:image/png;base64,AAAA",
        "SAFETY.X",
        "stop",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=5)
VALUES: st.SearchStrategy[Json] = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=5), max_leaves=20
)
BODIES = st.dictionaries(NAMES, VALUES, max_size=6) | VALUES
CATALOG: Catalog = load_catalog()
KINDS: tuple[ModelKind, ...] = ("image", "video", "audio")
OWN = [spec for kind in KINDS for spec in CATALOG.visible(kind)]
ROWS = {spec.family: spec for row in OWN for spec in (row, row.routed({"edit"}))}


@settings(max_examples=300, deadline=None)
@given(body=BODIES)
def test_chunks(body: Json) -> None:
    with suppress(GatewayError):
        assert isinstance(openai_chat.reader().parse_event(body), tuple)


@pytest.mark.parametrize("family", sorted(TASKS))
@settings(max_examples=300, deadline=None)
@given(body=BODIES)
def test_replies_of_tasks(family: str, body: Json) -> None:
    spec, adapter, reply = ROWS[family], TASKS[family], WireReply(200, body)
    with suppress(GatewayError):
        assert adapter.parse_submit(reply, spec) is not None
    with suppress(GatewayError, NotImplementedError):
        assert adapter.parse_poll(reply, "task_1", spec) is not None


@settings(max_examples=300, deadline=None)
@given(body=BODIES, status=st.integers(300, 599), order=st.booleans())
def test_errors_and_accounts(body: Json, status: int, order: bool) -> None:
    assert isinstance(from_reply(status, body, {}, order=order), GatewayError)
    told_error(body)
    account.read_billing(body, body)
    account.read_token_usage(body)
    with suppress(GatewayError):
        assert isinstance(account.read_models(body), list)


@settings(max_examples=200, deadline=None)
@given(raw=st.binary(max_size=200), cuts=st.lists(st.integers(0, 200), max_size=5))
def test_any_bytes_at_any_cut(raw: bytes, cuts: list[int]) -> None:
    whole = SseDecoder(1_000)
    expected = whole.feed(raw) + whole.flush()
    pieces, decoder, last = [], SseDecoder(1_000), 0
    for cut in sorted(cuts):
        pieces += decoder.feed(raw[last:cut])
        last = max(last, cut)
    assert pieces + decoder.feed(raw[last:]) + decoder.flush() == expected
