"""Whatever fails on Discord, neither the bot's token nor that of an interaction gets into the log."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from bots.logs import setup_logs
from bots.outlet import OutletError, Rendered
from tests.discord.rig import Rig
from tests.discord.test_exchange import AGAIN, scene, use
from tests.standins.discord_faults import Fault

log = logging.getLogger("bots.test")
CALLBACK, FOLLOW_UP, ORIGINAL = r"/interactions/.*", r"/webhooks/\d+/[^/]+", r"/webhooks/.*/messages/.*"


@pytest.fixture
def logged(rig: Rig) -> Iterator[io.StringIO]:
    """The log of the process as an operator sees it who wants everything."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = list(root.handlers), root.level
    setup_logs("json", "debug", [rig.standin.token], stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("html", status=503, times=9),
        Fault("drop_before", times=9),
        Fault("error", status=400, code=50035, times=9),
        Fault("limited"),
    ],
    ids=lambda fault: fault.kind,
)
async def test_no_token_of_discord_is_logged(rig: Rig, logged: io.StringIO, fault: Fault) -> None:
    room, ann = await scene(rig.standin)
    used = await use(rig, room, ann, "jobs")
    opening = await used.exchange.open()
    rig.standin.faults.add("*", rf"{CALLBACK}|{ORIGINAL}|{FOLLOW_UP}|/channels/.*", fault)
    for call in (
        lambda: used.exchange.say(Rendered("first")),
        lambda: used.exchange.revise(Rendered("second"), buttons=AGAIN),
        lambda: rig.front.outlet.edit(used.place, opening, Rendered("third")),
        lambda: rig.front.outlet.send(used.place, Rendered("fourth")),
    ):
        try:
            await call()
        except OutletError as error:
            log.exception("not said: %s", error)
    rig.standin.faults.clear()
    token = used.interaction.token
    assert len(token) > 8
    assert not [secret for secret in (token, rig.standin.token) if secret in logged.getvalue()]
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert any("not said" in line["event"] or "rate limited" in line["event"] for line in lines)
