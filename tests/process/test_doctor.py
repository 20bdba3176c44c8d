"""What the doctor finds out about the gateway's file upload and its MiniMax."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.doctor import DOT, Finding
from bots.errands import diagnose
from bots.sandbox.behaviour import Behaviour
from bots.sandbox.faults import html_page
from bots.sandbox.server import Sandbox, serve
from bots.settings import Settings
from bots.texts import Texts
from core.gateway.uploading import CANDIDATES, UploadPlace
from core.plans import load_rules
from core.renditions import FileRenditions
from storage.media import open_media


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serve(behaviour=Behaviour.instant()) as running:
        yield running


async def found(folder: Path, gateway_url: str, config: str = "", topic: str = "upload") -> Finding:
    file = folder / "starlight.toml"
    file.write_text(config, "utf-8")
    settings = Settings.model_validate(
        {
            "gateway_base_url": gateway_url,
            "gateway_api_key": "sk-good" if gateway_url else "",
            "database_url": f"sqlite:///{folder}/starlight.db",
            "media_url": str(folder / "media"),
            "config_file": str(file),
        }
    )
    return next(finding for finding in await diagnose(settings) if finding.topic == topic)


@pytest.mark.parametrize("place", CANDIDATES, ids=lambda place: place.path)
async def test_it_finds_the_path_and_says_what_to_write(sandbox: Sandbox, tmp_path: Path, place: UploadPlace) -> None:
    sandbox.behaviour.upload_path = place.path
    finding = await found(tmp_path, sandbox.base_url)
    assert finding.well and finding.key == "doctor-upload-found"
    lines = str(finding.params["lines"])
    assert lines in Texts()("en", finding.key, **finding.params)
    assert load_rules(tomllib.loads(lines)).upload == place
    assert (await found(tmp_path, sandbox.base_url, lines)).key == "doctor-upload"


async def test_what_is_configured_and_does_not_work_needs_the_operator(sandbox: Sandbox, tmp_path: Path) -> None:
    wrong = '[gateway]\nupload_path = "/v1/upload"\n'
    finding = await found(tmp_path, sandbox.base_url, wrong)
    assert (finding.key, finding.hint) == ("doctor-upload-failed", "hint-upload")
    assert finding.params["path"] == "/v1/upload" and "404" in str(finding.params["why"])
    assert sandbox.submits["/v1/files"] == 0  # where nobody asked for it nothing is tried


async def test_a_gateway_without_an_upload_is_well(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.behaviour.upload_path = ""
    sandbox.behaviour.script("POST /api/upload", html_page(200, "console"))
    finding = await found(tmp_path, sandbox.base_url)
    assert finding.well and finding.key == "doctor-upload-unfound"


async def test_the_sandbox_takes_files_by_itself(tmp_path: Path) -> None:
    finding = await found(tmp_path, "")
    assert (finding.well, finding.key, finding.params) == (True, "doctor-upload", {"path": "/v1/files"})


async def test_the_dot_is_a_picture(tmp_path: Path) -> None:
    media = open_media(str(tmp_path))
    key, _ = await media.put(DOT, 1000)
    dot = await FileRenditions(media).inspect(key, "")
    assert (dot.kind, dot.mime, dot.width, dot.height) == ("image", "image/png", 1, 1)


# --- MiniMax --------------------


@pytest.mark.parametrize("prefix", ["/minimax/v1", "/minimaxi/v1", "/v1"])
async def test_it_says_where_minimax_is(sandbox: Sandbox, tmp_path: Path, prefix: str) -> None:
    sandbox.behaviour.sounds.minimax_prefix = prefix
    for config in ("", f'[gateway]\nminimax_prefix = "{prefix}"\n'):
        finding = await found(tmp_path, sandbox.base_url, config, "minimax")
        assert (finding.well, finding.key, finding.params["path"]) == (True, "doctor-minimax", prefix)
        assert prefix in Texts()("en", finding.key, **finding.params)


async def test_a_gateway_without_minimax_is_well_unless_it_was_configured(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.behaviour.sounds.minimax_prefix = ""
    finding = await found(tmp_path, sandbox.base_url, "", "minimax")
    assert (finding.well, finding.key) == (True, "doctor-minimax-none")
    configured = '[gateway]\nminimax_prefix = "/minimax/v1"\n'
    finding = await found(tmp_path, sandbox.base_url, configured, "minimax")
    assert (finding.key, finding.hint) == ("doctor-minimax-failed", "hint-minimax")


async def test_trouble_of_the_gateway_is_told_as_such(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.behaviour.bad_keys.add("sk-good")
    assert (await found(tmp_path, sandbox.base_url, "", "minimax")).key == "doctor-minimax-unasked"
