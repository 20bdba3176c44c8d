"""The operator's rules, read once from the config file: plans, limits, personas, defaults. Pure values and their checks."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Literal

from core.gateway.uploading import UploadPlace
from core.servers import McpServer, read_servers
from core.tables import Table
from core.values import Json, Micros

MICROS = 1_000_000
"""Micros in a USD."""

_PATH = re.compile(r"(/[A-Za-z0-9_.-]+)+/?")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a person (or a group) may use. `daily`: the allowance, not saved up."""

    name: str = "default"
    daily: Micros = MICROS
    turns_per_minute: int = 20
    open_jobs: int = 3


@dataclass(frozen=True, slots=True)
class GroupRules:
    """Group purses. `daily` 0: a group has no purse and everyone pays for themselves. `member_daily`: the most that one
    member may take from it a day, 0 = no bound. `press`: who may go on with a result by its buttons; whoever presses pays."""

    daily: Micros = 0
    member_daily: Micros = 0
    press: Literal["owner", "anyone"] = "owner"


@dataclass(frozen=True, slots=True)
class Persona:
    name: str
    system: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """`daily`: everybody together, real price, 0 = no limit. `credit`: micros of one credit, the unit people see. `*_model`:
    names of models, "" = the bot chooses. `upload`: the gateway's file upload, None = not used. `minimax_prefix`: where the
    gateway serves MiniMax, "" = it is found out."""

    plans: Mapping[str, Plan] = field(default_factory=lambda: {"default": Plan()})
    groups: GroupRules = GroupRules()
    personas: Mapping[str, Persona] = field(default_factory=dict)
    daily: Micros = 0
    credit: Micros = 10_000
    timezone: str = "UTC"
    access_mode: Literal["open", "closed"] = "closed"
    group_memory: Literal["person", "place"] = "person"
    system: str = ""
    summary_model: str = ""
    rewrite_model: str = ""
    transcribe_model: str = ""
    speech_model: str = ""
    mcp: Mapping[str, McpServer] = field(default_factory=dict)
    upload: UploadPlace | None = None
    minimax_prefix: str = ""

    def plan(self, name: str) -> Plan:
        """An unknown name (a plan that the file no longer has) is the default plan."""
        return self.plans.get(name) or self.plans["default"]

    def day(self, now_ms: int) -> str:
        """The day in the operator's time zone, as YYYY-MM-DD."""
        return datetime.fromtimestamp(now_ms / 1000, zone(self.timezone)).date().isoformat()

    def renews_ms(self, now_ms: int) -> int:
        """When the next day begins there."""
        here = zone(self.timezone)
        tomorrow = datetime.fromtimestamp(now_ms / 1000, here).date() + timedelta(days=1)
        return round(datetime.combine(tomorrow, time(), here).timestamp() * 1000)

    def credits(self, micros: Micros, *, up: bool = True) -> str:
        """A sum as people read it: two significant digits, at most two decimals. Rounded up, a cost is never 0."""
        value = Decimal(micros) / self.credit
        step = "1" if abs(value) >= 10 else "0.1" if abs(value) >= 1 else "0.01"
        text = f"{value.quantize(Decimal(step), ROUND_CEILING if up else ROUND_FLOOR):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text


def zone(name: str) -> tzinfo:
    """Raises ValueError for a name that is no time zone."""
    if name == "UTC":
        return UTC  # needs no time zone database
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"no time zone {name!r}") from error


# --- from the config file --------------------

FILE_KEYS = (
    "default_model",
    "defaults",
    "models",
    "limits",
    "plans",
    "personas",
    "groups",
    "chat",
    "mcp",
    "gateway",
    "timezone",
    "credit_usd",
)
"""All that the top of the config file may hold; the first three are the catalogue's."""


class BadRules(Exception):
    """All that is wrong with the rules of the config file, one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def load_rules(
    config: Mapping[str, Json],
    access_mode: Literal["open", "closed"] = "closed",
    environment: Mapping[str, str] | None = None,
) -> Rules:
    """The rules of a config file (TOML, decoded; numbers may be Decimal). `environment`: where "env:NAME" is to be found,
    None = it is not looked for. Raises BadRules with every problem at once."""
    problems: list[str] = []
    top = Table(config, "", problems, FILE_KEYS)
    credit = top.amount("credit_usd", 10_000, MICROS)
    if credit < 1:
        top.wrong("credit_usd", "must be more than 0")
        credit = 10_000
    chat = top.table(
        "chat", "group_memory", "system", "summary_model", "rewrite_model", "transcribe_model", "speech_model"
    )
    gateway = top.table("gateway", "upload_path", "upload_field", "upload_form", "minimax_prefix")
    groups = top.table("groups", "daily_credits", "member_daily_credits", "press")
    plans = _plans(top, credit)
    rules = Rules(
        plans=plans,
        groups=GroupRules(
            groups.amount("daily_credits", 0, credit), groups.amount("member_daily_credits", 0, credit), _press(groups)
        ),
        personas=_personas(top),
        daily=top.table("limits", "daily_usd").amount("daily_usd", 0, MICROS),
        credit=credit,
        timezone=_timezone(top),
        access_mode=access_mode,
        group_memory=_memory(chat),
        system=chat.text("system"),
        summary_model=chat.text("summary_model", most=200),
        rewrite_model=chat.text("rewrite_model", most=200),
        transcribe_model=chat.text("transcribe_model", most=200),
        speech_model=chat.text("speech_model", most=200),
        mcp=read_servers(top, plans, environment),
        upload=_upload(gateway),
        minimax_prefix=_minimax_prefix(gateway),
    )
    if problems:
        raise BadRules(problems)
    return rules


def _plans(top: Table, credit: Micros) -> dict[str, Plan]:
    """What a plan does not say, it has from the default plan."""
    rows = top.rows("plans", "daily_credits", "turns_per_minute", "open_jobs")
    plans: dict[str, Plan] = {}
    base = Plan(daily=100 * credit)
    for name in sorted(rows, key=lambda name: name != "default"):
        row = rows[name]
        plans[name] = Plan(
            name=name,
            daily=row.amount("daily_credits", base.daily, credit),
            turns_per_minute=row.whole("turns_per_minute", base.turns_per_minute, 1, 10_000),
            open_jobs=row.whole("open_jobs", base.open_jobs, 1, 10_000),
        )
        base = plans[name] if name == "default" else base
    return {"default": base} | plans


def _personas(top: Table) -> dict[str, Persona]:
    personas = {}
    for name, row in top.rows("personas", "system", "title").items():
        personas[name] = Persona(name, row.text("system"), row.text("title", most=60))
        if not personas[name].system:
            row.wrong("system", "is missing")
    return personas


def _upload(gateway: Table) -> UploadPlace | None:
    path, file_field = gateway.text("upload_path", most=200), gateway.text("upload_field", "file", 60)
    form = gateway.pairs("upload_form")
    if path and not _PATH.fullmatch(path):
        gateway.wrong("upload_path", 'must be a path of the gateway, such as "/v1/files"')
    if not file_field.isprintable() or not file_field:
        gateway.wrong("upload_field", "must be the name of a form's field")
    return UploadPlace(path, file_field, form) if path else None


def _minimax_prefix(gateway: Table) -> str:
    path = gateway.text("minimax_prefix", most=200)
    if path and not _PATH.fullmatch(path):
        gateway.wrong("minimax_prefix", 'must be a path of the gateway, such as "/minimax/v1"')
    return path.rstrip("/")


def _timezone(top: Table) -> str:
    name = top.text("timezone", "UTC", 60)
    try:
        zone(name)
    except ValueError:
        top.wrong("timezone", f"{name!r} is no time zone; write one like Europe/Berlin")
        return "UTC"
    return name


def _press(groups: Table) -> Literal["owner", "anyone"]:
    match groups.text("press", "owner"):
        case "anyone":
            return "anyone"
        case "owner":
            return "owner"
        case _:
            groups.wrong("press", 'must be "owner" or "anyone"')
            return "owner"


def _memory(chat: Table) -> Literal["person", "place"]:
    match chat.text("group_memory", "person"):
        case "place":
            return "place"
        case "person":
            return "person"
        case _:
            chat.wrong("group_memory", 'must be "person" or "place"')
            return "person"
