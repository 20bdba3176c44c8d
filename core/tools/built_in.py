"""The tools that every house has, by place and preferences of the person."""

from __future__ import annotations

from collections.abc import Sequence

from core.catalog import Catalog
from core.ledger import Purse
from core.limits import LIMITS, Limits
from core.orders import Orders
from core.plans import Rules
from core.ports import Clock, Store
from core.remembering import Remembering
from core.tools.making import making_tools
from core.tools.memory import Forget, Remember, may_name_facts, may_remember
from core.tools.own import Balance, Calculate, ListJobs, SearchHistory
from core.tools.pages import Fetches, FetchPage
from core.tools.reminders import CancelReminder, ListReminders, SetReminder
from core.tools.table import Tool
from core.values import Access


class BuiltIn:
    """A source of tools for the toolbox. What makes something is there when a model for it is offered."""

    def __init__(
        self,
        store: Store,
        gateway: Fetches,
        catalog: Catalog,
        rules: Rules,
        purse: Purse,
        orders: Orders,
        remembering: Remembering,
        clock: Clock,
        limits: Limits = LIMITS,
    ) -> None:
        making = making_tools(catalog, orders, rules, limits)
        self._always: tuple[Tool, ...] = (
            *making,
            *((ListJobs(store, orders, rules, clock),) if making else ()),
            Balance(purse, rules),
            SetReminder(store, clock, purse, rules, limits),
            ListReminders(store, rules),
            CancelReminder(store, rules),
            SearchHistory(store),
            FetchPage(gateway, limits.tool_chars),
            Calculate(),
        )
        self._remember = Remember(remembering, limits)
        self._forget = Forget(store, remembering)

    async def tools(self, access: Access) -> Sequence[Tool]:
        remember = (self._remember,) if may_remember(access) else ()
        forget = (self._forget,) if may_name_facts(access) else ()
        return (*self._always, *remember, *forget)
