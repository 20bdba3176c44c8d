"""Whatever a film is ordered with, every row's family makes a request of it or says what is wrong with the order."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalog import Catalog, load_catalog
from core.errors import BadInput, Missing
from core.gateway.calls import as_bytes
from core.gateway.families import TASKS
from core.specs import Mode
from core.values import Kind, Order, Part, Past

CATALOG: Catalog = load_catalog()
ROWS = CATALOG.visible("video")
ROLES = ["", "first_frame", "last_frame", "reference", "video", "motion", "voice", "shape", "nonsense"]
SHOTS = json.dumps([{"prompt": "a", "seconds": 2}, {"prompt": "b", "seconds": 3}])

PARTS = st.builds(
    Part,
    st.sampled_from(get_args(Kind)),
    mime=st.sampled_from(["", "image/png", "video/mp4", "audio/mpeg"]),
    role=st.sampled_from(ROLES),
    data=st.sampled_from([b"", b"bytes"]),
    url=st.sampled_from(["", "https://files.example/a", "asset://asset-1"]),
)
PASTS = st.builds(
    Past, st.just("before"), task_id=st.sampled_from(["", "task_1"]), results=st.lists(PARTS, max_size=2).map(tuple)
)
OPTIONS = st.fixed_dictionaries({}, optional={"shots": st.sampled_from(["", "[]", "{", "3", SHOTS])})


@pytest.mark.parametrize("name", [row.name for row in ROWS])
@settings(max_examples=120, deadline=None)
@given(
    prompt=st.sampled_from(["", " ", "a whale", "weird \ud83e"]),
    inputs=st.lists(PARTS, max_size=5).map(tuple),
    action=st.sampled_from(["", *get_args(Mode), "nonsense"]),
    past=st.lists(PASTS, max_size=2).map(tuple),
    options=OPTIONS,
)
def test_any_order(
    name: str, prompt: str, inputs: tuple[Part, ...], action: str, past: tuple[Past, ...], options: dict[str, str]
) -> None:
    spec = CATALOG.get(name, "video")
    order = Order("video", name, prompt, options, inputs, past=past, action=action)
    try:
        wire = as_bytes(TASKS[spec.family].to_submit(order, spec))
    except (BadInput, Missing):
        return
    assert wire.method == "POST"
    assert wire.content or wire.form
