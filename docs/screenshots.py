"""Draw what a terminal shows of commands, as SVG for README and docs/: `make screenshots`.

The commands run in a real terminal of a fixed width, on files of fixtures/ and at a fixed time, so
that only a change of the program changes a picture.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

_DOCS: Final = Path(__file__).parent
_FIXTURES: Final = _DOCS.parent / "fixtures"
_COLUMNS: Final = 100
_AT: Final = ("--trust", "root.pem", "--no-default-trust", "--at", "2026-11-27T12:00:00Z")
#: By the name of the picture: the command as a reader types it, and what is added so that the
#: result is the same everywhere.
SHOTS: Final = {
    "verify-one": ("verify generated.jpg", _AT),
    "verify-many": ("verify .", _AT),
    "inspect": ("inspect generated.jpg", _AT),
}


def path(name: str) -> Path:
    """Where a picture is."""
    return _DOCS / f"terminal-{name}.svg"


def shoot(name: str) -> Console:
    """A console that has printed what the command of a picture prints."""
    line, further = SHOTS[name]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(_FIXTURES, folder, dirs_exist_ok=True, ignore=_is_no_file)
        printed = _run([*line.split(), *further], Path(folder))
    console = Console(record=True, width=_COLUMNS, file=io.StringIO(), color_system="truecolor")
    console.print(Text(f"$ aidisclose {line}", style="bold"))
    console.print(Text.from_ansi(printed))
    return console


def draw(name: str) -> str:
    """A picture as SVG, without anything that is fetched from elsewhere."""
    console = shoot(name)
    svg = console.export_svg(title="aidisclose", theme=MONOKAI, unique_id=f"shot-{name}")
    start, end = svg.index("    @font-face"), svg.index(f"    .shot-{name}-matrix")
    return svg[:start] + svg[end:].replace("Fira Code, monospace", "monospace")


def _is_no_file(_folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name.endswith(".py") or name.startswith("__")}


def _run(arguments: list[str], folder: Path) -> str:
    """What the program writes to a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, _COLUMNS, 0, 0))
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIDISCLOSE_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "CI"))
    }
    variables = {
        "AIDISCLOSE_HOME": str(folder / ".home"),
        "PYTHONPATH": str(_DOCS.parent),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
    }
    process = subprocess.Popen(  # noqa: S603 -- our own program
        [sys.executable, "-m", "aidisclose", *arguments],
        cwd=folder,
        env={**kept, **variables},
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,  # progress
    )
    os.close(theirs)
    written = bytearray()
    try:
        while part := os.read(ours, 1 << 16):
            written += part
    except OSError:  # Linux says so where nobody has the terminal open any more
        pass
    os.close(ours)
    process.wait()
    return written.decode().replace("\r\n", "\n").strip("\n")


if __name__ == "__main__":
    for each in SHOTS:
        path(each).write_text(draw(each), "utf-8")
