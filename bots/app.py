"""Builds the process from its parts and runs it: the one place that knows bots, core and storage together.

Importing this file opens nothing. `open_core` is what every command needs, `open_services` what a bot needs besides, and
`run_bot` / `run_console` are the two ways to live.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bots.answers import Answers
from bots.beside import Behind
from bots.commands.dispatch import Dispatcher
from bots.deliver import Deliverer
from bots.front import Front, Opener
from bots.http import server
from bots.http.links import Links
from bots.logs import setup_logs
from bots.metrics import Metrics
from bots.net import gateway_transports
from bots.outlet import Outlet
from bots.pace import Pacer, Rates
from bots.post import following
from bots.report import Reporter, Say, Words
from bots.services import Services
from bots.settings import BadSettings, Problem, Settings, environment, load_config
from bots.supervise import Supervisor
from bots.surfaces import RATES
from bots.texts import Texts
from bots.troubles import Troubles
from core import film_deeds, songs
from core.assembly import build_assistant
from core.boards import Boards
from core.catalog import BadCatalog, Catalog, load_catalog
from core.errors import BotError
from core.gateway.client import Gateway, open_gateway
from core.ledger import Purse
from core.library import Library
from core.limits import LIMITS
from core.linking import Linking, uploading
from core.orders import Orders
from core.people import Directory
from core.plans import BadRules, Rules, load_rules
from core.ports import Clock
from core.recordings import Recordings
from core.renditions import FileRenditions
from core.rewriting import Rewriting
from core.saying import Saying
from core.scripting import Scripting
from core.shelving import Shelving
from core.speaking import Speaking
from core.system_voices import SystemVoices
from core.tools.mcp_servers import McpServers
from core.transcribing import Transcribing
from core.turns import Turns
from core.typical import Typical
from core.values import Json, Kind, ModelKind
from core.voice_keeping import VoiceKeeping
from core.voices import Voices
from core.worker import Worker
from storage.backup import backup
from storage.clock import SystemClock
from storage.engine import BadStore, OpenStore, open_store
from storage.lock import Locked, exclusive
from storage.media import BadMedia, ObjectMedia, open_media

log = logging.getLogger(__name__)

RECOVER_EVERY_S = 15.0
DELIVERING_S = 5.0
"""Of the time that a stop has, so much is kept for sending what the running answers came to."""

MODELS_EVERY_S = 900.0
MODELS_AGAIN_S = 20.0
SANDBOX_KEY = "sk-sandbox"
SANDBOX_PACE = {"poll": {"first_s": 1, "later_s": 1, "max_s": 2}}
SANDBOX_FILE: Mapping[str, Json] = {
    "defaults": dict.fromkeys(("unified_video", "seedance", "veo", "runway", "suno"), SANDBOX_PACE),
    "gateway": {"upload_path": "/v1/files", "upload_form": {"purpose": "user_data"}},
}
"""What starlight.toml says where it is silent: the sandbox works in seconds, so it is looked at often, and it takes files."""


def new_id() -> str:
    return secrets.token_hex(8)


# --- what the file says --------------------


@dataclass(frozen=True, slots=True)
class Config:
    catalog: Catalog
    rules: Rules


def read_config(settings: Settings) -> Config:
    """Raises BadSettings with the problems of models and rules together."""
    table = load_config(settings)
    if settings.sandbox:
        table = {**SANDBOX_FILE, **table}
    problems: list[str] = []
    catalog = rules = None
    try:
        catalog = load_catalog(table)
    except BadCatalog as error:
        problems += error.problems
    try:
        rules = load_rules(table, settings.access_mode, environment())
    except BadRules as error:
        problems += error.problems
    if catalog and rules:
        problems += _wrong_models(catalog, rules)
    if catalog is None or rules is None or problems:
        path = settings.config_file or "starlight.toml"
        raise BadSettings([Problem("setting-config", {"path": path, "problem": problem}) for problem in problems])
    return Config(catalog, rules)


def _wrong_models(catalog: Catalog, rules: Rules) -> list[str]:
    """The models that `[chat]` names for work behind the scenes must be rows that can do it."""
    wanted: tuple[tuple[str, str, ModelKind, Kind], ...] = (
        ("summary_model", rules.summary_model, "chat", "text"),
        ("rewrite_model", rules.rewrite_model, "chat", "text"),
        ("transcribe_model", rules.transcribe_model, "chat", "audio"),
        ("speech_model", rules.speech_model, "audio", "text"),
    )
    problems = []
    for key, name, kind, file in wanted:
        able = [row.name for row in catalog.visible(kind) if file in row.inputs]
        found = catalog.find(name) if name else None
        if name and (found is None or found.kind != kind or file not in found.inputs):
            problems.append(f"chat.{key}: {name!r} is none of: {', '.join(able) or 'no model'}")
    return problems


# --- what every command needs --------------------


@dataclass(frozen=True, slots=True)
class Core:
    """`alone`: this process is surely the only bot on its database, so what others left behind is free to take."""

    settings: Settings
    catalog: Catalog
    rules: Rules
    clock: Clock
    store: OpenStore
    media: ObjectMedia
    gateway: Gateway
    troubles: Troubles
    owner: str
    alone: bool = False


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[OpenStore]:
    """Brings the schema up to date. Raises BadSettings."""
    async with AsyncExitStack() as stack:
        try:
            store = await stack.enter_async_context(open_store(settings.database_url, SystemClock()))
        except (BadStore, OSError) as error:
            where = _shown(settings.database_url)
            raise BadSettings([Problem("start-database", {"database": where, "why": str(error)})]) from error
        yield store


class BackupFailed(Exception):
    """No file was made; the message says why."""


async def copy_database(settings: Settings, file: Path) -> None:
    """A whole copy beside the running bot. Raises BackupFailed."""
    try:
        await backup(settings.database_url, file)
    except BadStore as error:
        raise BackupFailed(str(error)) from error


@asynccontextmanager
async def open_core(settings: Settings, lock: Literal["no", "if free", "must"] = "no") -> AsyncIterator[Core]:
    """Database, media store and gateway (the sandbox when nothing else is set). `lock`: a bot must be the only one on an
    SQLite file, a console may stand beside it. Raises BadSettings."""
    config = read_config(settings)
    async with AsyncExitStack() as stack:
        try:
            alone = _lock(stack, settings, lock)
            store = await stack.enter_async_context(open_database(settings))
            media = open_media(settings.media_url)
        except Locked:
            raise BadSettings([Problem("start-locked", {"database": _shown(settings.database_url)})]) from None
        except BadMedia as error:
            raise BadSettings([Problem("start-media", {"media": settings.media_url, "why": str(error)})]) from error
        troubles = Troubles(store.clock)
        gateway = await _gateway(stack, settings, media, store.clock, troubles, config.rules.minimax_prefix)
        yield Core(
            settings, config.catalog, config.rules, store.clock, store, media, gateway, troubles, new_id(), alone
        )


def _lock(stack: AsyncExitStack, settings: Settings, lock: Literal["no", "if free", "must"]) -> bool:
    """True: no other bot is on this database. Raises Locked."""
    if lock == "no":
        return False
    try:
        return stack.enter_context(exclusive(settings.database_url))
    except Locked:
        if lock == "must":
            raise
        return False


async def _gateway(
    stack: AsyncExitStack,
    settings: Settings,
    media: ObjectMedia,
    clock: Clock,
    troubles: Troubles,
    minimax_prefix: str,
) -> Gateway:
    url, key = settings.gateway_url, settings.gateway_api_key.get_secret_value()
    if settings.sandbox:
        from bots.sandbox.server import serve as serve_stand_in  # noqa: PLC0415 # most processes never need it

        url, key = (await stack.enter_async_context(serve_stand_in())).base_url, SANDBOX_KEY
    try:
        return await stack.enter_async_context(
            open_gateway(
                url,
                key,
                media=media,
                transports=gateway_transports(settings.gateway_proxy.get_secret_value()),
                clock=clock,
                limits=LIMITS,
                allow_hosts=settings.allow_hosts,
                on_trouble=troubles.note,
                minimax_prefix=minimax_prefix,
            )
        )
    except ValueError as error:
        raise BadSettings([Problem("why-other", {"detail": str(error)})]) from None


def _shown(database_url: str) -> str:
    """Without the password."""
    scheme, separator, rest = database_url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


# --- what a bot needs besides --------------------


@dataclass(frozen=True, slots=True)
class Bot:
    """The use cases, and the loops behind them."""

    core: Core
    services: Services
    turns: Turns
    worker: Worker
    shelving: Shelving
    servers: McpServers
    dispatcher: Dispatcher
    pacer: Pacer
    metrics: Metrics
    outlets: dict[str, Outlet]


def build_bot(core: Core, rates: Mapping[str, Rates] = RATES) -> Bot:
    """Put the parts together; opens nothing. Front ends add their outlets. `rates`: how fast each platform may be called."""
    store, clock, rules, catalog = core.store, core.clock, core.rules, core.catalog
    settings = core.settings
    outlets: dict[str, Outlet] = {}
    texts = Texts(rules.credit, rules.timezone)
    metrics = Metrics()
    takes = Typical(store, catalog, clock).seconds
    renditions = FileRenditions(core.media)
    purse = Purse(store, rules, clock)
    directory = Directory(store, rules, clock, new_id, core.media)
    links = Links(settings.public_url, settings.secrets, clock)
    upload = uploading(core.gateway.upload, core.media, rules.upload) if rules.upload else None
    linking = Linking(links.link, upload, core.troubles.note)
    system_voices = SystemVoices(core.gateway.system_voices, clock)
    orders = Orders(
        store, catalog, purse, core.media, renditions, clock, new_id, linking=linking, voices=system_voices
    )  # fmt: skip
    voices = Voices(store, orders, catalog, rules, renditions, system_voices, clock, new_id)
    servers = McpServers(rules.mcp.values(), clock, environment())
    assistant = build_assistant(
        store, core.gateway, catalog, rules, purse, orders, core.media, renditions, clock, new_id, core.owner,
        sources=(servers,),
    )  # fmt: skip
    turns = assistant.turns
    rewriting = Rewriting(store, core.gateway, catalog, purse, rules, clock)
    scripting = Scripting(store, core.gateway, catalog, purse, rules, clock)
    pacer = Pacer(clock, rates, metrics.flooded)
    behind = Behind(
        store, core.media, renditions, orders, texts.money, links.link, Speaking(store, orders, catalog, rules),
        takes,
    )  # fmt: skip
    answers = Answers(turns, outlets, pacer, texts, clock, moved=following(store), gauges=metrics, behind=behind)
    deliverer = Deliverer(
        outlets, pacer, texts, clock, store=store, media=core.media, renditions=renditions, link=links.link,
        find=catalog.find, takes=takes, can=lambda job: film_deeds.ways(job, catalog.visible("video"), orders.sends).keys(),
        songs=lambda job: songs.deeds(job, catalog),
    )  # fmt: skip
    worker = Worker(
        store, core.gateway, catalog, purse, core.media, renditions, deliverer, clock, core.owner,
        media_max_bytes=int(settings.media_max_gb * 1024**3), linking=linking,
    )  # fmt: skip
    services = Services(
        store, core.media, renditions, clock, catalog, rules, core.gateway, directory, purse, orders, assistant.chat,
        assistant.remembering, assistant.summaries, assistant.toolbox, rewriting, scripting, Boards(orders, store),
        Library(store, catalog, renditions, clock, new_id, linking=linking, preparing=orders.preparing),
        Transcribing(store, catalog, orders, Recordings(core.media)), voices, Saying(orders, voices),
        assistant.keeping, answers, deliverer, outlets, texts, metrics, takes,
    )  # fmt: skip
    shelving = Shelving(store, core.gateway, catalog, clock, linking)
    return Bot(core, services, turns, worker, shelving, servers, Dispatcher(services), pacer, metrics, outlets)


# --- the loops --------------------


async def _take_over(bot: Bot) -> None:
    """At the start of the only process: leases of dead ones are free at once."""
    if bot.core.alone:
        async with bot.core.store.begin() as tx:
            await tx.inbox.release("")
            await tx.conversations.release("")
            await tx.jobs.release("", bot.core.clock.now_ms())


async def _recovering(bot: Bot) -> None:
    while True:
        try:
            await bot.services.answers.recover()
        except Exception:
            log.exception("recovering answers failed")  # the next round may work; what is left is in the database
        await bot.core.clock.sleep(RECOVER_EVERY_S)


async def learn_models(core: Core) -> tuple[list[str], BotError | None]:
    """Ask the gateway what it offers; its chat models work even without a row."""
    try:
        listed = await core.gateway.listing()
    except BotError as error:
        return [], error
    core.catalog.learn([model.name for model in listed if model.chat])
    core.catalog.note(model.name for model in listed)
    return [model.name for model in listed], None


async def _learning(core: Core) -> None:
    while True:
        _, error = await learn_models(core)
        await core.clock.sleep(MODELS_AGAIN_S if error else MODELS_EVERY_S)


def _start_loops(bot: Bot, supervisor: Supervisor) -> None:
    supervisor.start("worker", bot.worker.run())
    supervisor.start("assets", bot.shelving.run())
    supervisor.start(
        "voices", VoiceKeeping(bot.core.store, bot.services.orders, bot.core.catalog, bot.core.clock).run()
    )
    supervisor.start("checkpoints", bot.turns.run_checkpoints())
    supervisor.start("recovery", _recovering(bot))
    supervisor.start("summaries", bot.services.summaries.run())
    supervisor.start("servers", bot.servers.run())
    supervisor.start("models", _learning(bot.core))
    supervisor.start("troubles", bot.core.troubles.run(bot.services.directory))


async def _stop_loops(bot: Bot, supervisor: Supervisor, seconds: float) -> None:
    """No new work; running answers finish or are closed with a note; what cannot be delivered in time is handed back."""
    supervisor.stop()
    await bot.dispatcher.close()
    delivering_s = min(DELIVERING_S, seconds / 2)
    await bot.turns.close(seconds - delivering_s)
    await asyncio.gather(bot.services.answers.close(delivering_s), bot.worker.stop(delivering_s))
    await bot.services.deliverer.close()
    await supervisor.cancel()
    await bot.turns.release()


# --- the bot on its platforms --------------------


async def run_bot(settings: Settings, say: Say, words: Words) -> int:
    """Until SIGTERM or SIGINT, or until a loop dies (exit code 1)."""
    setup_logs(settings.log_format, settings.log_level, settings.secrets)
    report = Reporter(say, words)
    report.title()
    supervisor = Supervisor()
    supervisor.listen()
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(open_core(settings, lock="must"))
        bot = build_bot(core)
        setup_logs(settings.log_format, settings.log_level, (*settings.secrets, *bot.servers.secrets))
        await _take_over(bot)
        listing = asyncio.create_task(learn_models(core))
        opener = Opener(
            settings, core.store, core.clock, core.owner, bot.services.texts, core.catalog, core.rules, bot.pacer
        )
        fronts, failures = await opener.open(stack)
        bot.outlets.update({front.platform: front.outlet for front in fronts})
        claim = await _settle_owners(bot) if fronts else None
        await _open_port(stack, bot, fronts, report)
        report.gateway(settings, core.catalog, *await listing)
        report.line(Problem("start-data", {"database": _shown(settings.database_url), "media": settings.media_url}))
        report.fronts(fronts, failures)
        report.owners(settings, await _count_owners(core), claim)
        if not fronts:
            return 1
        _start_loops(bot, supervisor)
        for front in fronts:
            supervisor.start(front.platform, _hear(front, bot, report))
        await supervisor.wait()
        report.line(Problem("start-stopping", {"seconds": settings.stop_seconds}))
        for front in fronts:
            front.stop()
        await _stop_loops(bot, supervisor, settings.stop_seconds)
        await asyncio.gather(*(front.close() for front in fronts))
    report.line(Problem("start-stopped"))
    return 1 if supervisor.failed else 0


async def _hear(front: Front, bot: Bot, report: Reporter) -> None:
    try:
        await front.run(bot.dispatcher)
    except BadSettings as error:
        for problem in error.problems:
            report.ended(front.platform.capitalize(), problem)
        raise


async def _settle_owners(bot: Bot) -> str | None:
    """Owners of the settings are owners; with none at all, a one-time code is made. Returns the code."""
    if bot.core.settings.owner_list:
        await bot.services.directory.set_owners(bot.core.settings.owner_list)
    return await bot.services.directory.claim_code()


async def _count_owners(core: Core) -> int:
    async with core.store.read() as tx:
        return len(await tx.people.owners())


async def _open_port(stack: AsyncExitStack, bot: Bot, fronts: list[Front], report: Reporter) -> None:
    """A taken port stops the start: a health check that asks the wrong process is worse than none."""
    core, settings = bot.core, bot.core.settings

    async def problems() -> list[str]:
        try:
            await core.store.check()
        except Exception as error:
            log.warning("the database does not answer: %s", error)
            return ["database"]
        return []

    async def metrics() -> bytes:
        spent = (await bot.services.purse.stats()).spent
        return await bot.metrics.render(core.store, bot.services.answers.running, spent)

    routes = {path: route for front in fronts for path, route in front.routes.items()}
    links = Links(settings.public_url, settings.secrets, core.clock)
    port = server.Port(problems, metrics, core.media, links, routes)
    try:
        number = await stack.enter_async_context(server.serve(port, settings.http_host, settings.http_port))
    except OSError as error:
        why = error.strerror or str(error)
        raise BadSettings([Problem("start-http-taken", {"port": str(settings.http_port), "why": why})]) from None
    report.line(Problem("start-http", {"host": settings.http_host, "port": str(number)}))


# --- the bot in a terminal --------------------


async def run_console(settings: Settings, say: Say, words: Words) -> int:
    """Until the input ends or the person leaves; what was ordered is waited for at the end of a piped input."""
    from bots.console.front import Console  # noqa: PLC0415 # a bot never needs it

    setup_logs("console", "warning", settings.secrets)
    supervisor = Supervisor()
    async with open_core(settings, lock="if free") as core:
        bot = build_bot(core)
        setup_logs("console", "warning", (*settings.secrets, *bot.servers.secrets))
        await _take_over(bot)
        console = Console(bot.services.texts)
        report = Reporter(console.say, words)
        report.title()
        bot.outlets[console.name] = console.outlet
        report.gateway(settings, core.catalog, *await learn_models(core))
        if not _has_token(settings):
            report.line(Problem("start-console"))
        _start_loops(bot, supervisor)
        code = await console.run(bot.services, bot.dispatcher)
        await _stop_loops(bot, supervisor, settings.stop_seconds)
    return 1 if supervisor.failed else code


def _has_token(settings: Settings) -> bool:
    tokens = (settings.telegram_bot_token, settings.discord_bot_token)
    return any(token.get_secret_value() for token in tokens)
