from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from core.gateway.uploading import UploadPlace
from core.plans import BadRules, GroupRules, Plan, Rules, load_rules


def test_an_empty_file_gives_the_defaults() -> None:
    rules = load_rules({})
    assert rules.plan("default") == Plan(daily=1_000_000)
    assert (rules.daily, rules.credit, rules.access_mode) == (0, 10_000, "closed")


def test_sums_are_micros_and_plans_inherit_from_the_default_plan() -> None:
    rules = load_rules(
        {
            "credit_usd": Decimal("0.001"),
            "limits": {"daily_usd": 5.0},
            "plans": {"gold": {"daily_credits": 5}, "default": {"turns_per_minute": 7, "daily_credits": 2}},
            "groups": {"daily_credits": 3, "member_daily_credits": Decimal("0.5")},
            "personas": {"tutor": {"system": "You explain."}},
            "chat": {"group_memory": "place", "system": "Be kind."},
            "timezone": "Europe/Berlin",
            "default_model": {"chat": "whatever"},
        },
        "open",
    )
    assert rules.plans["gold"] == Plan("gold", 5_000, 7, 3)
    assert rules.plan("long gone").name == "default"
    assert (rules.daily, rules.groups, rules.access_mode) == (5_000_000, GroupRules(3_000, 500), "open")
    assert (rules.personas["tutor"].system, rules.group_memory, rules.system) == ("You explain.", "place", "Be kind.")


def test_the_upload_of_the_gateway() -> None:
    assert load_rules({}).upload is None
    assert load_rules({"gateway": {"upload_path": "/v1/files"}}).upload == UploadPlace("/v1/files")
    told = {"upload_path": "/api/up-load", "upload_field": "it", "upload_form": {"purpose": "vision"}}
    assert load_rules({"gateway": told}).upload == UploadPlace("/api/up-load", "it", {"purpose": "vision"})


@pytest.mark.parametrize("path", ["//else.example/files", "v1/files", "/v1/files?x=1", "/v1/../files/%0a", "@else/"])
def test_a_path_of_an_upload_is_one_of_the_gateway(path: str) -> None:
    with pytest.raises(BadRules):
        load_rules({"gateway": {"upload_path": path}})


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(BadRules) as caught:
        load_rules(
            {
                "plan": {},
                "credit_usd": 0,
                "limits": {"daily_usd": -1, "dialy_usd": 1},
                "plans": {"default": {"daily_credits": "lots", "open_jobs": 0, "turns_per_minute": True}, "x": 3},
                "personas": {"mute": {}},
                "chat": {"group_memory": "all"},
                "gateway": {"upload_path": "https://else.example/files", "upload_field": "", "upload": "/v1/files"},
                "timezone": "Mars/Olympus",
            }
        )
    named = [
        "plan:",
        "credit_usd",
        "limits.daily_usd",
        "limits.dialy_usd",
        "plans.default.daily_credits",
        "plans.default.open_jobs",
        "plans.default.turns_per_minute",
        "[plans.x]",
        "personas.mute.system",
        "chat.group_memory",
        "gateway.upload_path",
        "gateway.upload_field",
        "gateway.upload:",
        "timezone",
    ]
    problems = caught.value.problems
    assert len(problems) == len(named)
    assert all(any(problem.startswith(name) for problem in problems) for name in named), problems


@pytest.mark.parametrize(
    ("micros", "up", "shown"),
    [
        (1, True, "0.01"),
        (0, True, "0"),
        (99, False, "0"),
        (50_000, True, "5"),
        (51_000, True, "5.1"),
        (51_001, True, "5.2"),
        (59_999, False, "5.9"),
        (123_400, True, "13"),
        (1_234_567, False, "123"),
        (1_000_000, True, "100"),
        (2_500, True, "0.25"),
    ],
)
def test_sums_are_shown_in_credits(micros: int, up: bool, shown: str) -> None:
    assert Rules().credits(micros, up=up) == shown


def ms(text: str, zone: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "now", "day", "renews"),
    [
        ("UTC", "2026-01-31T23:59:59", "2026-01-31", "2026-02-01T00:00:00"),
        ("Asia/Shanghai", "2026-12-31T12:00:00", "2026-12-31", "2027-01-01T00:00:00"),
        ("Europe/Berlin", "2026-03-29T01:30:00", "2026-03-29", "2026-03-30T00:00:00"),  # this day has 23 hours
        ("America/New_York", "2028-02-28T22:00:00", "2028-02-28", "2028-02-29T00:00:00"),
    ],
)
def test_days_and_their_ends_are_those_of_the_time_zone(zone: str, now: str, day: str, renews: str) -> None:
    rules = Rules(timezone=zone)
    assert rules.day(ms(now, zone)) == day
    assert rules.renews_ms(ms(now, zone)) == ms(renews, zone)
