"""The image without an engine: what goes in exists and is let in, the wheel is whole, the health check does its work."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fnmatch import fnmatch
from pathlib import Path

import pytest
from aiohttp import web

from tests.docs.pages import ROOT, text_of

DOCKERFILE = text_of("docker/Dockerfile").replace("\\\n", " ")


def test_what_is_copied_exists_and_is_let_in() -> None:
    ignored = text_of(".dockerignore").split()
    assert ignored[0] == "*"
    copied = [name for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.M) for name in line.split()[:-1]]
    assert copied
    for name in copied:
        assert (ROOT / name).exists()
        assert any(fnmatch(name, pattern.removeprefix("!")) for pattern in ignored if pattern.startswith("!"))


def test_the_wheel_holds_everything_that_is_no_python(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    said = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in ("bots", "core", "storage")
        for path in (ROOT / package).rglob("*")
        if path.suffix in {".py", ".ftl", ".toml", ".sql"}
    }
    assert wanted <= held
    assert not [name for name in held if name.startswith(("tests/", "docs/", ".env"))]


@asynccontextmanager
async def answering(status: int) -> AsyncIterator[int]:
    """A port of this machine that answers /healthz so."""
    app = web.Application()

    async def health(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    app.router.add_get("/healthz", health)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
async def test_the_health_check_asks_the_port(status: int, code: int) -> None:
    match = re.search(r"^HEALTHCHECK .*?CMD (\[.+\])$", DOCKERFILE, re.M)
    assert match
    command = json.loads(match[1])
    assert command[0] == "python"
    async with answering(status) as port:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command[1:],
            env=os.environ | {"HTTP_PORT": str(port)},
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert await process.wait() == code


def test_the_container_can_write_where_the_defaults_point() -> None:
    workdir = re.findall(r"^WORKDIR (\S+)$", DOCKERFILE, re.M)[-1]
    assert f"VOLUME {workdir}/data" in DOCKERFILE
    assert f"data:{workdir}/data" in text_of("docker/compose.yaml")
    assert not re.search(r"DATABASE_URL=|MEDIA_URL=", DOCKERFILE), "the defaults are below data/"
