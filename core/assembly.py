"""Puts the parts of the assistant together: chat, its turns, tools, memory and summaries. Opens nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.catalog import Catalog
from core.chat import Chat
from core.gateway.client import Gateway
from core.keeping import Keeping
from core.lanes import Lanes
from core.ledger import Purse
from core.limits import LIMITS, Limits
from core.listening import Listening
from core.orders import Orders
from core.plans import Rules
from core.ports import Clock, Media, NewId, Renditions, Store
from core.reading import Reading
from core.remembering import Remembering
from core.rounds import Rounds
from core.summaries import Summaries
from core.tools.built_in import BuiltIn
from core.tools.table import Source, Toolbox
from core.turns import Turns


@dataclass(frozen=True, slots=True)
class Assistant:
    chat: Chat
    turns: Turns
    toolbox: Toolbox
    remembering: Remembering
    summaries: Summaries
    listening: Listening
    keeping: Keeping


def build_assistant(
    store: Store,
    gateway: Gateway,
    catalog: Catalog,
    rules: Rules,
    purse: Purse,
    orders: Orders,
    media: Media,
    renditions: Renditions,
    clock: Clock,
    new_id: NewId,
    owner: str,
    limits: Limits = LIMITS,
    *,
    sources: Sequence[Source] = (),
) -> Assistant:
    """`sources`: of tools, besides the built-in ones."""
    remembering = Remembering(store, clock, new_id, limits)
    reading = Reading(store, media, catalog, limits=limits)
    listening = Listening(catalog, rules, gateway, reading, media)
    built_in = BuiltIn(store, gateway, catalog, rules, purse, orders, remembering, clock, limits)
    toolbox = Toolbox(store, rules, clock, (built_in, *sources), limits)
    lanes = Lanes(catalog, purse, rules, toolbox, listening, clock, owner, limits)
    rounds = Rounds(store, gateway, catalog, lanes, toolbox, listening, media, limits)
    summaries = Summaries(store, gateway, catalog, purse, rules, clock, limits)
    keeping = Keeping(store, media, renditions, clock, limits)
    turns = Turns(store, lanes, rounds, purse, keeping, clock, owner, limits, ended=summaries.after)
    chat = Chat(store, turns, reading, catalog, rules, clock, new_id, limits)
    return Assistant(chat, turns, toolbox, remembering, summaries, listening, keeping)
