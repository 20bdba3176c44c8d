"""The pages for operators against the process: metrics, states, numbers."""

from __future__ import annotations

import configparser
import json
import re

import pytest
from prometheus_client.metrics import MetricWrapperBase

from bots.metrics import Metrics
from bots.settings import Settings
from core.limits import LIMITS
from core.values import Ending, JobState
from storage.postgres import READERS, WRITERS
from tests.docs.pages import blocks, text_of

RUNNING = ["docs/running.md", "docs/running.zh.md"]


def exposed() -> dict[str, set[str]]:
    """Every metric as Prometheus sees it, with its labels."""
    metrics = (value for value in vars(Metrics()).values() if isinstance(value, MetricWrapperBase))
    return {_name(metric): set(metric._labelnames) for metric in metrics}


def _name(metric: MetricWrapperBase) -> str:
    (family,) = metric.describe()
    return f"{family.name}_total" if family.type == "counter" else family.name


@pytest.mark.parametrize("page", RUNNING)
def test_every_metric_is_described_with_its_labels(page: str) -> None:
    rows = re.findall(r"^\| `(starlight_\w+)` \| ([^|]*)\|", text_of(page), re.MULTILINE)
    assert {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows} == exposed()


@pytest.mark.parametrize("page", RUNNING)
def test_labels_in_examples_have_values_that_exist(page: str) -> None:
    values = re.findall(r'\{(ending|state)="(\w+)"\}', text_of(page))
    assert values
    for label, value in values:
        assert value in {str(each) for each in (Ending if label == "ending" else JobState)}


@pytest.mark.parametrize("page", RUNNING)
def test_numbers(page: str) -> None:
    text = text_of(page)
    assert f"`STOP_SECONDS`（{Settings.model_fields['stop_seconds'].default:g}" in text.replace(" (", "（")
    assert f" {READERS + WRITERS + 1} " in text
    for keep_ms in (LIMITS.input_keep_ms, LIMITS.inbox_keep_ms):
        assert re.search(rf"\b{keep_ms // 3_600_000} (hours|小时)", text)
    assert re.search(rf"\b{LIMITS.result_keep_ms // 86_400_000} (days|天)", text)
    assert re.search(rf"\b{LIMITS.checkpoint_s:g} (s\b|秒)", text)


@pytest.mark.parametrize("page", RUNNING)
def test_the_unit_and_the_lifecycle_rule_are_well_formed(page: str) -> None:
    (unit,), (rule,) = blocks(text_of(page), "ini"), blocks(text_of(page), "json")
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign] # its documented way to keep the case
    parser.read_string(unit)
    assert parser["Service"]["ExecStart"].endswith("starlight run")
    assert int(parser["Service"]["TimeoutStopSec"]) >= 2 * Settings.model_fields["stop_seconds"].default
    assert {each["Status"] for each in json.loads(rule)["Rules"]} == {"Enabled"}


def test_the_drawing_of_a_job_has_every_state() -> None:
    drawing = next(block for block in blocks(text_of("docs/architecture.md"), "") if "queued" in block)
    assert {str(state) for state in JobState} <= set(re.findall(r"[a-z]+", drawing))
