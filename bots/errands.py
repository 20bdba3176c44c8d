"""The small commands of the command line: open what they need, do one thing, say it. They work beside a running bot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import get_args

from bots.app import new_id, open_core, open_database, read_config
from bots.doctor import Finding, examine
from bots.pricing import price_line
from bots.report import Words
from bots.sandbox.server import serve
from bots.settings import BadSettings, Settings
from bots.texts import Texts
from core.accounts import person_account
from core.catalog import Catalog
from core.gateway.account import Listed
from core.values import Cause, ModelKind

OPENERS = {"start-database": "database", "start-media": "media"}
"""What stops a doctor before the first look, and the topic it belongs to."""


class GrantRefused(Exception):
    """The account has less than was to be taken away."""


async def diagnose(settings: Settings) -> list[Finding]:
    try:
        async with open_core(settings) as core:
            return await examine(settings, core.store, core.media, core.gateway, core.rules)
    except BadSettings as error:
        topics = [(OPENERS.get(problem.key, "settings"), problem) for problem in error.problems]
        return [Finding(topic, problem.key, problem.params, f"hint-{topic}") for topic, problem in topics]


async def migrated(settings: Settings) -> int:
    """Opening a database brings it to this version."""
    async with open_database(settings) as store:
        return store.schema


async def grant_credits(settings: Settings, person: str, wanted: Decimal) -> str | None:
    """The new balance in credits, or None when nobody is known by that name. Raises GrantRefused."""
    platform, _, name = person.partition(":")
    rules = read_config(settings).rules
    async with open_database(settings) as store, store.begin() as tx:
        found = await tx.people.find(platform, name) if name else None
        if found is None:
            return None
        account_id, cause = person_account(found.id), Cause(found.id, "grant")
        micros = round(wanted * rules.credit)
        if not await tx.ledger.credit(f"grant:{new_id()}", account_id, micros, cause, store.clock.now_ms()):
            raise GrantRefused
        account = await tx.ledger.account(account_id)
    return Texts(rules.credit).credits(account.balance, "down")


async def compare_models(settings: Settings, words: Words, locale: str) -> list[str]:
    """One line for each row, and for each model that only the gateway names. Raises GatewayError."""
    async with open_core(settings) as core:
        listed = await core.gateway.listing()
        texts = Texts(core.rules.credit)
        lines = _rows(core.catalog, {model.name.casefold() for model in listed}, words, texts, locale)
        return lines + [_unknown(model, words) for model in listed if core.catalog.find(model.name) is None]


def _rows(catalog: Catalog, names: set[str], words: Words, texts: Texts, locale: str) -> list[str]:
    lines = []
    for kind in get_args(ModelKind):
        for row in catalog.visible(kind):
            key = "cli-models-both" if row.upstream.casefold() in names else "cli-models-unlisted"
            price = price_line(words, lambda micros: texts.money(micros, locale), row)
            lines.append(words(key, name=row.name, kind=kind, price=price))
    return lines


def _unknown(model: Listed, words: Words) -> str:
    return words("cli-models-new" if model.chat else "cli-models-rowless", name=model.name)


async def serve_sandbox(port: int, started: Callable[[str], None]) -> None:
    """Until it is interrupted. Raises OSError when the port is taken."""
    async with serve(port=port) as sandbox:
        started(sandbox.base_url)
        await asyncio.Event().wait()
