"""Two processes on one PostgreSQL: one of them dies, and the other takes its work over when the lease has run out."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from bots.sandbox.faults import Hang
from tests.crash.child import Death
from tests.crash.door import Hold
from tests.crash.lives import Life, Nursery, until
from tests.crash.plays import Play, Seen, together
from tests.crash.scene import Scene, open_scene, words
from tests.crash.test_answers import CHAT, LONG, judge_bill, judge_delivery, paused, said, unrecorded, written
from tests.crash.test_answers import judge as judge_answer
from tests.crash.test_jobs import FILM, UNSURE, judge
from tests.standins import telegram_faults
from tests.stores import postgres_trouble, store_url

LEASE_MS = 3_000
LIMITS: dict[str, float] = {
    "job_lease_ms": LEASE_MS,
    "job_renew_s": 0.5,
    "turn_lease_ms": LEASE_MS,
    "checkpoint_s": 0.5,
    "inbox_lease_ms": LEASE_MS,
}
PACES = {"bots.app.RECOVER_EVERY_S": 0.5, "bots.telegram.intake.CLAIM_S": 0.5}
HOOK = "/hook"


class Replicas:
    """`one` gets the updates, as a load balancer would have it; `two` runs beside it."""

    def __init__(self, scene: Scene, one: Life, two: Life) -> None:
        self.scene = scene
        self.one = one
        self.two = two

    def holder(self, route: str) -> tuple[Life, Life]:
        """Whose request the gateway got last, told by its key; and the other one."""
        seen = self.scene.door.sandbox.requests.to(route)[-1]
        one = seen.headers["Authorization"].endswith("-one")
        return (self.one, self.two) if one else (self.two, self.one)


@asynccontextmanager
async def replicas(
    nursery: Nursery, folder: Path, death: Death | None = None, *, limits: dict[str, float] = LIMITS
) -> AsyncIterator[Replicas]:
    with store_url("postgres", folder) as url:
        async with open_scene(nursery, folder, database=url) as scene:
            scene.limits, scene.paces = limits, PACES
            scene.settings |= {
                "TELEGRAM_WEBHOOK_URL": f"https://bot.example{HOOK}",
                "TELEGRAM_WEBHOOK_SECRET": "secret",
            }
            one = await scene.start(death, GATEWAY_API_KEY="sk-one")
            two = await scene.start(GATEWAY_API_KEY="sk-two")
            calls = scene.telegram.of
            await until(lambda: sum(call.status == 200 for call in calls("setWebhook")) == 2, "both are listening")
            said_port = re.escape(words("start-http", host="127.0.0.1", port="PORT")).replace("PORT", r"(\d+)")
            port = re.search(said_port, one.log)
            assert port is not None
            scene.telegram.updates.webhook = f"http://127.0.0.1:{port[1]}{HOOK}"  # a proxy ends the TLS in front of it
            yield Replicas(scene, one, two)


async def test_one_dies_and_the_other_goes_on(nursery: Nursery, tmp_path: Path) -> None:
    """Most of the time they wait for a lease to run out, so all of them wait together."""
    if trouble := postgres_trouble():
        pytest.skip(trouble)
    plays: dict[str, Play[None]] = {play.__name__: partial(play, nursery) for play in PLAYS}
    for when in ("as it arrives", "as it is taken"):
        plays[f"an order, {when}"] = partial(_an_order_in_sending, nursery, when)
    await together(tmp_path, plays)


async def _an_order_in_sending(nursery: Nursery, when: str, folder: Path) -> None:
    async with replicas(nursery, folder) as pair:
        scene, route = pair.scene, "POST /v1/videos"
        arrives, taken = Hang(), Hold()
        if when == "as it arrives":
            scene.door.behaviour.script(route, arrives)
        else:
            scene.door.held[route] = taken
        scene.say(FILM)
        await (arrives.arrived if when == "as it arrives" else taken.reached).wait()
        dying, other = pair.holder(route)
        await dying.killed()
        scene.door.held.clear()
        seen = Seen.of(scene)
        await scene.finish(other)
        judge(scene, dying, seen)
        assert scene.saying(UNSURE)


async def _a_film_in_the_making(nursery: Nursery, folder: Path) -> None:
    async with replicas(nursery, folder) as pair:
        scene, route = pair.scene, "GET /v1/videos/{id}"
        arrives = Hang()
        scene.door.behaviour.script(route, arrives)
        scene.say(FILM)
        await arrives.arrived.wait()
        dying, other = pair.holder(route)
        await dying.killed()
        seen = Seen.of(scene)
        await scene.finish(other)
        assert scene.books.row("SELECT state FROM jobs") == ("done",)
        assert (scene.door.sandbox.submits.total(), len(scene.media), len(seen.messages)) == (1, 1, 1)


async def _a_film_that_is_handed_over(nursery: Nursery, folder: Path) -> None:
    """SIGTERM: nobody waits for a lease, which is longer than this test may take."""
    async with replicas(nursery, folder, limits={}) as pair:
        scene, route = pair.scene, "GET /v1/videos/{id}"
        arrives = Hang()
        scene.door.behaviour.script(route, arrives)
        scene.say(FILM)
        await arrives.arrived.wait()
        leaving, other = pair.holder(route)
        leaving.terminate()
        assert await leaving.ended() == 0
        await scene.finish(other)
        assert (scene.door.sandbox.accepted.total(), len(scene.media)) == (1, 1)


async def _a_message_that_was_only_written_down(nursery: Nursery, folder: Path) -> None:
    async with replicas(nursery, folder, Death("before", word="add_turn")) as pair:
        pair.scene.say(f"[long {LONG}]")
        await pair.one.ended()
        seen = Seen.of(pair.scene)
        await pair.scene.finish(pair.two)
        judge_answer(pair.scene, pair.one, seen)
        assert pair.scene.books.row("SELECT ending FROM turns") == ("complete",)


async def _an_answer_in_mid_stream(nursery: Nursery, folder: Path) -> None:
    async with replicas(nursery, folder) as pair:
        scene = pair.scene
        scene.door.behaviour.script(CHAT, paused(after=900))
        scene.say("hello")
        last = said(900)[-1]
        await until(lambda: scene.telegram.phone.draft(scene.ann) and last in written(scene), "a checkpoint")
        await pair.one.killed()
        seen = Seen.of(scene)
        await scene.finish(pair.two)
        judge_answer(scene, pair.one, seen)
        assert last in scene.messages[-1].text


async def _an_answer_between_its_parts(nursery: Nursery, folder: Path) -> None:
    async with replicas(nursery, folder) as pair:
        scene = pair.scene
        hold = telegram_faults.Hold()
        scene.telegram.faults.script("sendMessage", None, hold)
        scene.say(f"[long {LONG}]")
        await hold.reached.wait()
        await until(lambda: pair.one.has("save_turn:answered"), "the end of the model")
        await pair.one.killed()
        seen = Seen.of(scene)
        await scene.finish(pair.two)
        turn_id, answer, ending = scene.books.row("SELECT id, answer, ending FROM turns")
        assert (answer.split(), ending) == (said(LONG), "complete")
        judge_delivery(scene.messages, answer, ending, unrecorded(pair.one, seen))
        judge_bill(scene, turn_id)


PLAYS = (
    _a_film_in_the_making,
    _a_film_that_is_handed_over,
    _a_message_that_was_only_written_down,
    _an_answer_in_mid_stream,
    _an_answer_between_its_parts,
)
