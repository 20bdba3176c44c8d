"""Rules about the families: what the files name exists, and adapters know nothing of the line."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

import core.gateway
from core.catalog import Catalog
from core.gateway.families import CHAT, TASKS

GATEWAY = Path(core.gateway.__file__).parent
MODELS = GATEWAY.parent / "models"
ADAPTERS = sorted(path for path in GATEWAY.glob("*/*.py") if path.name != "__init__.py")
ALLOWED = {"core.catalog", "core.errors", "core.values", "core.gateway.wire", "core.gateway.options"}
ALLOWED |= {"core.gateway.extract", "core.gateway.failures", "core.flags"}


def defaults() -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = {}
    for path in MODELS.glob("*.toml"):
        found |= tomllib.loads(path.read_text("utf-8")).get("defaults", {})
    return found


def test_every_family_of_the_rows_has_an_adapter_and_the_other_way_round(catalog: Catalog) -> None:
    assert set(defaults()) == CHAT.keys() | TASKS.keys() == catalog.families


@pytest.mark.parametrize("path", ADAPTERS, ids=lambda path: path.name)
def test_adapters_import_values_and_wire_types_only(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    ours = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    known = {name for name in ours if name.split(".")[0] in {"core", "bots", "storage"}}
    neighbours = ("core.gateway.chat.", "core.gateway.image.", "core.gateway.video.", "core.gateway.audio.")
    assert {name for name in known if not name.startswith(neighbours)} <= ALLOWED


def test_every_field_of_the_defaults_is_read_and_every_field_read_has_a_default() -> None:
    """Most by the family's module; what can be done with a result, also by who offers it."""
    root = GATEWAY.parent.parent
    paths = [*(root / "core").rglob("*.py"), root / "bots" / "results.py", *(root / "bots" / "commands").rglob("*.py")]
    sources = "".join(path.read_text("utf-8") for path in paths)
    read = set(re.findall(r"extra(?:\[|\.get\()[\"'](\w+)[\"']", sources))
    assert read == {field for family in defaults().values() for field in family["extra"]}
