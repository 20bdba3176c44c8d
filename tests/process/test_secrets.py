"""A whole run of the real process, with everything that can go wrong on the way: no log line, metric, report, message or row
holds a secret, and each line about a request says which."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import httpx
import pytest

from bots.sandbox.behaviour import Behaviour
from bots.sandbox.faults import Drop as Cut
from bots.sandbox.faults import Reply
from bots.sandbox.server import Sandbox, serve
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_chats import User
from tests.standins.telegram_faults import Drop, Page, Refuse
from tests.standins.telegram_wire import ApiError
from tests.telegram.bots import picture

TELEGRAM, DISCORD = "4242:telegram-token-VERY-secret", "discord.token-VERY-secret.abc"
KEY, HOOK, SIGNATURE = "sk-gateway-key-VERY-secret", "webhook-word-VERY-secret", "signature-VERY-secret"
SECRETS = (TELEGRAM, TELEGRAM.partition(":")[2], DISCORD, KEY, HOOK, SIGNATURE, "VERY-secret")


CONFIG = """[models."kling-3.0"]
poll = { first_s = 0.05, later_s = 0.05, max_s = 0.05 }
"""


def found_in(text: str) -> list[str]:
    """Secrets, in whatever case: platforms' words are compared in lower case."""
    return [secret for secret in SECRETS if secret.lower() in text.lower()]


@dataclass
class Run:
    """The process, and what it may leak into."""

    folder: Path
    telegram: TelegramStandIn
    gateway: Sandbox
    process: asyncio.subprocess.Process

    @property
    def report(self) -> str:
        return Path(self.folder, "out").read_text("utf-8")

    @property
    def log(self) -> str:
        return Path(self.folder, "log").read_text("utf-8")

    @property
    def database(self) -> bytes:
        return b"".join(file.read_bytes() for file in self.folder.glob("starlight.db*"))

    def said(self) -> str:
        """Everything that was sent to Telegram."""
        return "\n".join(str(call.params) for call in self.telegram.calls)

    async def metrics(self) -> str:
        found = re.search(r"http://127\.0\.0\.1:\d+", self.report)
        assert found
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{found[0]}/metrics")).text

    async def see(self, user: User, words: str) -> None:
        await self.telegram.phone.until(
            lambda: any(words in shown.text for shown in self.telegram.phone.from_bot(user)), timeout_s=20
        )


def environment(folder: Path, telegram: TelegramStandIn, gateway: Sandbox, *owners: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "LANG": "en_US.UTF-8",
        "LOG_LEVEL": "debug",
        "LOG_FORMAT": "json",
        "GATEWAY_BASE_URL": gateway.base_url,
        "GATEWAY_API_KEY": KEY,
        "TELEGRAM_BOT_TOKEN": TELEGRAM,
        "TELEGRAM_API_URL": telegram.url,
        "TELEGRAM_WEBHOOK_SECRET": HOOK,
        "DISCORD_BOT_TOKEN": DISCORD,
        "DISCORD_API_URL": f"{telegram.url}/bot-of-discord",  # answers 401 to whoever comes
        "DATABASE_URL": f"sqlite:///{folder}/starlight.db",
        "MEDIA_URL": f"{folder}/media",
        "HTTP_PORT": "0",
        "OWNERS": ",".join(f"telegram:{owner}" for owner in owners),
        "STOP_SECONDS": "0.5",
    }


def prepared(folder: Path, files: ExitStack) -> list[BinaryIO]:
    """Where the process writes its report and its log."""
    Path(folder, "starlight.toml").write_text(CONFIG, "utf-8")
    return [files.enter_context(Path(folder, name).open("wb")) for name in ("out", "log")]


@asynccontextmanager
async def living(folder: Path, telegram: TelegramStandIn, gateway: Sandbox, *owners: int) -> AsyncIterator[Run]:
    with ExitStack() as files:
        out, log = prepared(folder, files)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bots", cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=log,
            env=environment(folder, telegram, gateway, *owners),
        )  # fmt: skip
    try:
        yield Run(folder, telegram, gateway, process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramStandIn]:
    async with TelegramStandIn(token=TELEGRAM) as standin:
        yield standin


@pytest.fixture
async def gateway() -> AsyncIterator[Sandbox]:
    behaviour = replace(Behaviour.instant(), film_side_max=64, image_size=(64, 64))
    async with serve(behaviour=behaviour) as sandbox:
        yield sandbox


async def good_use(run: Run, ann: User) -> None:
    phone = run.telegram.phone
    phone.say(ann, ann, "/start")
    await run.see(ann, "Hello!")
    phone.say(ann, ann, "What is a fox?")
    await run.see(ann, "What is a fox?")
    phone.photo(ann, ann, picture(), "/edit make it blue")
    await phone.until(lambda: run.telegram.of("sendPhoto"), timeout_s=20)
    phone.say(ann, ann, "/admin stats")
    await run.see(ann, "Spent today")


async def bad_day(run: Run, *people: User) -> None:
    """Each of these has an address with a secret at hand when it fails. Several people, because each chat has its pace."""
    ann, bob, cyd = people
    phone, faults, gateway = run.telegram.phone, run.telegram.faults, run.gateway.behaviour
    refused = Refuse(ApiError(400, f"Bad Request: /bot{TELEGRAM}/sendMessage"))
    lost: tuple[Page | Drop | Refuse, ...] = (Page(502), Drop(applied=False), refused)
    for person, fault in zip(people, lost, strict=True):
        faults.script("sendMessage", fault)
        before = len(run.telegram.of("sendMessage"))
        phone.say(person, person, "/balance")
        await phone.until(lambda: len(run.telegram.of("sendMessage")) > before)  # noqa: B023 # waited for in this round
    faults.script("getFile", Drop(applied=False))
    phone.photo(bob, bob, picture(), "/edit make it red")
    await run.see(bob, "could not fetch")
    gateway.files_base_url = f"https://127.0.0.1:1/x?X-Amz-Signature={SIGNATURE}&at="
    phone.say(cyd, cyd, "/video a cat")  # its film is fetched by another way
    await phone.until(lambda: run.telegram.of("sendVideo"), timeout_s=20)
    phone.say(bob, bob, "/image a cat")
    await run.see(bob, "nobody else can fetch it")
    await run.see(ann, "gave a link to 127.0.0.1:1, which is not public")
    gateway.files_base_url = f"{run.gateway.base_url}/gone?X-Amz-Signature={SIGNATURE}&at="
    phone.say(cyd, cyd, "/image a fox")
    await run.see(cyd, "sent no result")
    gateway.script("POST /v1/images/generations", Cut("answer"))
    phone.say(bob, bob, "/image a lost fox")
    await run.see(bob, "cannot tell whether it arrived")
    told = {"error": {"message": f"Incorrect API key provided: {KEY}", "code": "invalid_api_key"}}
    gateway.script("POST /v1/chat/completions", Reply(401, told))
    phone.say(ann, ann, "And a bear?")
    await run.see(ann, "does not accept my key")
    await run.see(ann, "Put a valid GATEWAY_API_KEY")


async def test_no_secret_leaves_the_process(telegram: TelegramStandIn, gateway: Sandbox, tmp_path: Path) -> None:
    ann, bob, cyd = (telegram.phone.person(name) for name in ("Ann", "Bob", "Cyd"))
    async with living(tmp_path, telegram, gateway, ann.id, bob.id, cyd.id) as run:
        await good_use(run, ann)
        await bad_day(run, ann, bob, cyd)
        metrics = await run.metrics()
        telegram.token = "4242:another"  # the token is withdrawn: the process ends by itself
        telegram.faults.script("getUpdates", Drop(applied=False))
        telegram.phone.say(ann, ann, "hello?")
        assert await asyncio.wait_for(run.process.wait(), 30) == 1
    places = {"report": run.report, "log": run.log, "metrics": metrics, "messages": run.said()}
    for name, text in places.items():
        assert len(text) > 100, name
        assert found_in(text) == [], name
    assert not any(secret.encode() in run.database for secret in (TELEGRAM, DISCORD, KEY, HOOK))
    assert 'starlight_errors_total{key="error-file-lost"} 1.0' in metrics
    assert 'starlight_commands_total{name="edit"} 2.0' in metrics
    assert "Discord cannot start: the token is refused" in run.report
    assert "Telegram cannot go on: the token is refused" in run.report
    lines = [json.loads(line) for line in run.log.splitlines()]
    refused = [line for line in lines if line["event"].startswith("refused: ")]
    assert refused and all(line["request"] for line in refused)


async def test_the_doctor_shows_no_token(telegram: TelegramStandIn, gateway: Sandbox, tmp_path: Path) -> None:
    telegram.faults.script("getMe", Page(502))
    gateway.behaviour.script("GET /v1/models", Reply(401, {"error": {"message": f"no such key: {KEY}"}}))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bots", "doctor", cwd=tmp_path, env=environment(tmp_path, telegram, gateway, 1),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output = (await process.communicate())[0].decode()
    assert process.returncode == 1
    assert "✗ Telegram: HTTP 502" in output
    assert "✗ Gateway" in output
    assert found_in(output) == []
