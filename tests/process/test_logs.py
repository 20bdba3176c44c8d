"""Logs: JSON for machines, request ids, and no secret in any field, message or traceback."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bots.logs import setup_logs

SECRET = "123456:TOP-SECRET-TOKEN"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.contextvars.clear_contextvars()


def line(form: str) -> str:
    stream = io.StringIO()
    setup_logs("json" if form == "json" else "console", "info", [SECRET], stream)
    structlog.contextvars.bind_contextvars(request="r-1")
    try:
        raise ValueError(f"call to /bot{SECRET}/getMe failed")
    except ValueError:
        logging.getLogger("bots.x").exception("asked %s", SECRET, extra={"deep": {"url": [f"https://h/{SECRET}"]}})
    return stream.getvalue()


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_secret_in_any_part_of_a_line(form: str) -> None:
    text = line(form)
    assert SECRET not in text
    assert "TOP-SECRET" not in text
    assert "ValueError" in text
    assert "r-1" in text


def test_a_secret_in_another_case() -> None:
    stream = io.StringIO()
    setup_logs("json", "info", [SECRET, ""], stream)
    logging.getLogger("core").info("bad request: /bot%s/x", SECRET.lower())
    assert "bad request: /bot***/x" in stream.getvalue()


def test_addresses_that_are_secrets_by_themselves() -> None:
    stream = io.StringIO()
    setup_logs("json", "info", [], stream)
    for path in (
        "webhooks/12/aW50ZXJh_c-t/messages/@original",
        "interactions/12/aW50ZXJh_c-t/callback?with_response=1",
    ):
        logging.getLogger("discord.http").warning("%s %s responded with 429", "POST", f"https://h/api/v10/{path}")
    assert "aW50" not in stream.getvalue()
    assert "/webhooks/12/***/messages/@original" in stream.getvalue()


def test_json_lines_are_json() -> None:
    event = json.loads(line("json"))
    assert event["request"] == "r-1"
    assert event["level"] == "error"
    assert event["deep"] == {"url": ["https://h/***"]}


def test_an_object_whose_repr_holds_a_secret() -> None:
    class Holder:
        def __repr__(self) -> str:
            return f"Holder({SECRET})"

    stream = io.StringIO()
    setup_logs("json", "info", [SECRET], stream)
    logging.getLogger("core").info("seen", extra={"what": Holder()})
    assert SECRET not in stream.getvalue()
