"""Every entry of the contract's table of pictures but Midjourney's: `recorded/pictures/*.json` has an order, the request that
it makes, a reply with what is to be read out of it, and what goes wrong."""

from __future__ import annotations

import base64
import json
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from urllib.parse import unquote

import pytest

from core.catalog import Catalog, ModelSpec, load_catalog
from core.errors import GatewayError
from core.gateway.client import Gateway
from core.gateway.families import TASKS
from core.gateway.wire import Broken, Ready, Submitted
from core.values import Artifact, Json, Order, Part
from tests.gateway.conftest import Scripted, Seen

RECORDED = sorted((Path(__file__).parent / "recorded" / "pictures").glob("*.json"))
DRAWING = {"images_json", "images_multipart", "chat_image", "gemini_native"}


def read(path: Path) -> dict[str, Json]:
    case: dict[str, Json] = json.loads(path.read_text("utf-8"))
    return case


ERRORS = [(path, number) for path in RECORDED for number in range(len(read(path)["errors"]))]


def spec_of(case: dict[str, Json], catalog: Catalog) -> ModelSpec:
    if "row" in case:
        catalog = load_catalog({"models": {"a row of a test": case["row"]}})
    found = catalog.find(case.get("model", "a row of a test"))
    assert found is not None
    return found


def order_of(case: dict[str, Json], spec: ModelSpec) -> Order:
    told = case["order"]
    inputs = tuple(
        Part("image", mime=each["mime"], role=each.get("role", ""), data=base64.b64decode(each["data"]))
        for each in told.get("inputs", [])
    )
    return Order("image", spec.name, told["prompt"], told.get("options", {}), inputs)


async def submitted(gateway: Gateway, case: dict[str, Json], catalog: Catalog) -> Submitted:
    spec = spec_of(case, catalog)
    order = order_of(case, spec)
    return await gateway.submit(spec.for_files(order.inputs), order)


def parts_of(seen: Seen) -> tuple[dict[str, str], list[list[str]]]:
    """The fields and the files of a form."""
    head = f"Content-Type: {seen.headers['content-type']}\r\n\r\n".encode()
    form, files = {}, []
    for part in message_from_bytes(head + seen.body).get_payload():
        assert isinstance(part, Message)
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        name = str(part.get_param("name", header="content-disposition"))
        if filename := part.get_filename():
            files.append([name, filename, part.get_content_type(), base64.b64encode(content).decode()])
        else:
            form[name] = content.decode()
    return form, files


def picture_of(told: str) -> Artifact:
    """`base64:…`, a link, or "missing": one of a group that failed by itself."""
    if told.startswith("base64:"):
        return Artifact("image", data=base64.b64decode(told.removeprefix("base64:")))
    return Artifact("image", url="" if told == "missing" else told)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_the_request_goes_out(path: Path, gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    case = read(path)
    scripted.reply(200, case["reply"])
    await submitted(gateway, case, catalog)
    (seen,) = scripted.seen
    assert (seen.method, unquote(seen.path)) == ("POST", case["path"])
    if "json" in case:
        assert json.loads(seen.body) == case["json"]
    else:
        assert parts_of(seen) == (case["form"], case["files"])


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_the_reply_comes_in(path: Path, gateway: Gateway, scripted: Scripted, catalog: Catalog) -> None:
    case = read(path)
    scripted.reply(200, case["reply"])
    outcome = await submitted(gateway, case, catalog)
    assert isinstance(outcome, Ready)
    found = [Artifact("image", url=each.url, data=each.data) for each in outcome.artifacts]
    assert found == [picture_of(told) for told in case["pictures"]]
    assert (json.loads(outcome.transcript) if outcome.transcript else None) == case.get("transcript")


@pytest.mark.parametrize(("path", "number"), ERRORS, ids=lambda value: getattr(value, "stem", str(value)))
async def test_the_error_is_understood(
    path: Path, number: int, gateway: Gateway, scripted: Scripted, catalog: Catalog
) -> None:
    case = read(path)
    error = case["errors"][number]
    scripted.reply(error["status"], error["body"])
    try:
        outcome = await submitted(gateway, case, catalog)
    except GatewayError as raised:
        assert type(raised).__name__ == error["is"]
    else:
        assert isinstance(outcome, Broken)
        assert type(outcome.error).__name__ == error["is"]
    assert len(scripted.seen) == 1, "an order is sent once"


def test_every_entry_of_the_table_is_recorded() -> None:
    numbers = {int(path.stem[:2]) for path in RECORDED if path.stem[:2].isdecimal()}
    assert numbers == {*range(1, 11), 20, 21}
    assert all(read(path)["errors"] for path in RECORDED)


def test_drawing_blocks() -> None:
    assert all(TASKS[family].BLOCKS for family in DRAWING)
