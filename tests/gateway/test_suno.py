"""Suno: orders, replies and looks as recorded, and what it must never do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.catalog import Catalog, ModelSpec
from core.errors import BadOption, EmptyPrompt, GatewayError, SourceGone
from core.gateway.client import Gateway
from core.gateway.families import TASKS
from core.gateway.wire import WireReply
from core.values import Json, Order, Past
from tests.gateway import sounds
from tests.gateway.conftest import Scripted

CASES = sounds.recorded("suno")
LOOKED_AT = [path for path in CASES if "looks" in sounds.read(path)]
FIELDS = {
    "gpt_description_prompt", "prompt", "title", "tags", "mv", "make_instrumental", "continue_clip_id", "continue_at",
    "task_id",
}  # fmt: skip
"""All that a stock server reads of an order (gateway contract, audio 2.1); it drops any other, and bills the song."""
ROWS = ["suno-v3.5", "suno-v4", "suno-v4.5", "suno-v4.5-plus", "suno-v5", "suno-lyrics"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
async def test_orders(path: Path, gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    await sounds.is_answered(sounds.read(path), gateway, scripted, catalog)


@pytest.mark.parametrize("path", LOOKED_AT, ids=lambda path: path.stem)
async def test_looks(path: Path, gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    await sounds.is_looked_at(sounds.read(path), gateway, scripted, catalog)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("prompt", ["a song", "[Verse]\nla la"])
@pytest.mark.parametrize("press", ["", "clip-1 12.5"])
@pytest.mark.parametrize("action", ["", "sing", "extend", "rewrite"])
def test_no_field_goes_out_that_a_stock_server_drops(
    catalog: Catalog, name: str, prompt: str, press: str, action: str
) -> None:
    spec = catalog.get(name, "audio")
    options = {option: row.values[0] if row.values else "words" for option, row in spec.options.items()}
    past = (Past("a song", task_id="task_1"),)
    for chosen in ({}, options, *({option: word} for option, word in options.items())):
        wire = TASKS["suno"].to_submit(
            Order("audio", name, prompt, chosen, past=past, press=press, action=action), spec
        )
        assert wire.json.keys() <= ({"prompt"} if name == "suno-lyrics" else FIELDS)
        assert wire.json.get("mv") == (None if name == "suno-lyrics" else spec.upstream)


@pytest.mark.parametrize(("name", "words", "style"), [("suno-v4", 3_000, 200), ("suno-v5", 5_000, 1_000)])
def test_bounds_of_the_rows(catalog: Catalog, name: str, words: int, style: int) -> None:
    spec = catalog.get(name, "audio")

    def body(prompt: str, action: str = "sing", **options: str) -> dict[str, str]:
        told: dict[str, str] = TASKS["suno"].to_submit(Order("audio", name, prompt, options, action=action), spec).json
        return told

    assert len(body("x" * words, style="s" * style, title="t" * 100)["title"]) == 80
    for order in (("x" * (words + 1), "sing", {}), ("x", "sing", {"style": "s" * (style + 1)}), ("x" * 401, "", {})):
        with pytest.raises(BadOption):
            body(order[0], order[1], **order[2])
    with pytest.raises(EmptyPrompt):
        body(" ")


@pytest.mark.parametrize("press", ["clip-1", "clip-1 ", " 12", "clip-1 nan", "clip-1 1e9", "clip-1 12 13"])
def test_a_button_of_nothing(catalog: Catalog, press: str) -> None:
    order = Order("audio", "suno-v4", "[Verse]\nla", past=(Past("", task_id="task_1"),), press=press)
    with pytest.raises(SourceGone):
        TASKS["suno"].to_submit(order, catalog.get("suno-v4", "audio"))


def test_many_in_one_reply(catalog: Catalog) -> None:
    spec = catalog.get("suno-v4", "audio")
    looks = sounds.read(sounds.SOUNDS / "suno_wish.json")["looks"]
    told = [{**look["body"]["data"], "task_id": f"task_{at}"} for at, look in enumerate(looks) if _is_task(look)]
    reply = WireReply(200, {"code": "success", "message": "", "data": [*told[::-1], None, {"status": "SUCCESS"}, 3]})
    found = TASKS["suno"].parse_poll_many(reply, spec)  # type: ignore[attr-defined] # it is a PollMany
    meant = [look["is"] for look in looks if _is_task(look)]
    assert [sounds.told(found[f"task_{at}"]) for at in range(len(told))] == meant
    bodies: list[Json] = [
        {"code": "success", "data": None},
        {"code": "task_not_exist", "message": "x", "data": None},
        [],
    ]
    for body in bodies:
        with pytest.raises(GatewayError):
            TASKS["suno"].parse_poll_many(WireReply(200, body), spec)  # type: ignore[attr-defined] # as above


def _is_task(look: dict[str, object]) -> bool:
    return "raises" not in json.dumps(look["is"])


def test_rows_are_told_apart_by_their_versions(catalog: Catalog) -> None:
    specs: list[ModelSpec] = [catalog.get(name, "audio") for name in ROWS[:-1]]
    assert len({spec.upstream for spec in specs}) == len(specs)
