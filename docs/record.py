"""Records the pictures of the READMEs: a real session of the console against the sandbox, as docs/console.svg and
docs/console.zh.svg. Run it as `python docs/record.py` after `make run` or `make test`; it takes half a minute."""

from __future__ import annotations

import html
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
COLUMNS = 96
TITLE = "make run"
BRISK = "[defaults.unified_video]\npoll = { first_s = 1, later_s = 1, max_s = 1 }\n"
"""The sandbox films in seconds: looked at every second, so that the progress is seen."""

SESSIONS = {
    "console.svg": ("en_US.UTF-8", "What shall I try first?", "/image a red fox", "/video a cat on the moon"),
    "console.zh.svg": ("zh_CN.UTF-8", "我可以先试什么？", "/image 一只红狐狸", "/video 月球上的猫"),
}
STYLES = (
    (r"^✦.*", "bold cyan"),
    (r"^⚠.*", "yellow"),
    (r"^› .*", "bold green"),
    (r"^#+ .*|\*\*[^*]+\*\*", "bold"),
    (r"`[^`]+`", "cyan"),
    (r"#\d+(?= )", "magenta"),
    (r"[▰▱]+", "green"),
    (r"results/\S+", "underline"),
)


def session(language: str, *typed: str) -> list[str]:
    """What a terminal shows: the start, and each line that is typed with all that comes of it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "starlight.toml").write_text(BRISK, "utf-8")
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
        process = subprocess.Popen(
            [sys.executable, "-m", "bots", "console"],
            cwd=folder,
            env=kept | {"LC_ALL": language, "PYTHONPATH": str(HERE.parent), "GATEWAY_BASE_URL": "sandbox:"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        with process:
            if process.stdin is None or process.stdout is None:
                raise RuntimeError("no pipes")
            shown = heard(process.stdout, r"/help")
            for line in typed:
                process.stdin.write(line + "\n")
                process.stdin.flush()
                end = r"^  #\d.* #\d" if line.startswith("/") else r"`\.env`"
                shown += [f"› {line}", *heard(process.stdout, end)]
    return shown


def heard(stream: Iterable[str], end: str) -> list[str]:
    """The lines up to the one that holds `end`."""
    lines: list[str] = []
    for line in stream:
        lines.append(line.rstrip())
        if re.search(end, line):
            break
    return lines


def drawn(lines: list[str]) -> str:
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for line in lines:
        text = Text(line)
        for pattern, style in STYLES:
            text.highlight_regex(pattern, style)
        console.print(text)
    svg = console.export_svg(title=TITLE, unique_id="starlight")
    svg = re.sub(r"\s*@font-face \{[^}]*\}", "", svg)  # a picture in a page may load nothing
    svg = svg.replace("font-family: Fira Code, monospace", "font-family: ui-monospace, Menlo, Consolas, monospace")
    svg = svg.replace("font-family: arial", "font-family: Arial, sans-serif")
    return re.sub(r'textLength="([\d.]+)"([^>]*)>([^<]*)<', widened, svg)


def widened(found: re.Match[str]) -> str:
    """Chinese characters and emoji take two columns; the export counts one."""
    text = html.unescape(found[3])
    length = float(found[1]) * cell_len(text) / max(1, len(text))
    return f'textLength="{length:.4g}"{found[2]}>{found[3]}<'


if __name__ == "__main__":
    for name, (language, *typed) in SESSIONS.items():
        (HERE / name).write_text(drawn(session(language, *typed)), "utf-8")
