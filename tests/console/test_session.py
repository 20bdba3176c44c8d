"""The console as a process of its own, with the built-in sandbox behind it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

WITHIN_S = 60.0


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Nothing of the machine's own settings, and a folder of its own."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "PYTHONPATH"}}
    return kept | {"GATEWAY_BASE_URL": "sandbox:", "LANG": "C.UTF-8", "PYTHONPATH": str(Path(__file__).parents[2])}


async def console(environment: dict[str, str], tmp_path: Path, typed: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bots", "console", cwd=tmp_path, env=environment,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await asyncio.wait_for(process.communicate(typed.encode()), WITHIN_S)
    assert process.returncode is not None
    return process.returncode, out.decode()


async def test_piped_lines_are_done_in_order_and_all_results_waited_for(
    environment: dict[str, str], tmp_path: Path
) -> None:
    typed = "why is the sky blue?\n/image a red fox\n/video a cat --speed 9\n/balance\n#99\n"
    code, out = await console(environment, tmp_path, typed)
    assert code == 0, out
    (picture,) = (tmp_path / "results").iterdir()
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert f"Saved: {Path('results') / picture.name}" in out
    places = [out.index(part) for part in ("why is the sky blue?", "is drawing", "--ratio", "You are an owner", "#99")]
    assert places == sorted(places)
    assert "Traceback" not in out


async def test_a_picture_of_the_disk_is_edited_by_the_button_of_a_result(
    environment: dict[str, str], tmp_path: Path
) -> None:
    code, out = await console(environment, tmp_path, "/image a red fox\n#4\nmake it blue\n")
    assert code == 0, out
    assert len(list((tmp_path / "results").iterdir())) == 2
    assert "What shall I change?" in out
