"""The progress bar: what it says, and that it never tears data."""

from __future__ import annotations

import os
import pty
import re
import sys
from pathlib import Path

import pytest

from aidisclose.cli import progress
from aidisclose.cli.files import File
from aidisclose.cli.work import portions
from tests.cli import running
from tests.render import media


@pytest.mark.parametrize(
    ("done", "total", "seconds", "text"),
    [
        (0, 1000, 0.0, "  0% ···················· 0 B of 1 kB, 0 B/s, … left"),
        (500, 1000, 1.0, " 50% ━━━━━━━━━━·········· 500 B of 1 kB, 500 B/s, 0:01 left"),
        (10**9, 4 * 10**9, 2.0, " 25% ━━━━━··············· 1 GB of 4 GB, 500 MB/s, 0:06 left"),
        (10**6, 10**12, 1.0, "  0% ···················· 1 MB of 1.0 TB, 1 MB/s, 99:59:59 left"),
        (10**12, 10**13, 1.0, " 10% ━━·················· 1.0 TB of 10.0 TB, 1.0 TB/s, 0:09 left"),
        (2000, 1000, 1.0, "100% ━━━━━━━━━━━━━━━━━━━━ 2 kB of 1 kB, 2 kB/s, … left"),
    ],
)
def test_describe(done: int, total: int, seconds: float, text: str) -> None:
    assert progress.describe(done, total, seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (12_345, "12.3 kB"), (123_456, "123 kB")],
)
def test_size(count: int, text: str) -> None:
    assert progress.size(count) == text


def test_portions_have_a_limit_in_files_and_bytes() -> None:
    small = [File(str(number), size=1) for number in range(40)]
    assert [len(each) for each in portions(small)] == [16, 16, 8]
    large = [File(str(number), size=20 << 20) for number in range(3)]
    assert [len(each) for each in portions(large)] == [1, 1, 1]
    assert list(portions([])) == []


def in_terminal(work: Path, home: Path, *arguments: str, **variables: str) -> str:
    """What a person sees of a command."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(work)
        command = [sys.executable, "-m", "aidisclose", *arguments]
        os.execve(sys.executable, command, running.environment(home, **variables))
    seen = b""
    try:
        while data := os.read(terminal, 65_536):
            seen += data
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(terminal)
        os.waitpid(child, 0)
    return seen.decode()


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, True)],
)
def test_colour_on_a_terminal(
    work: Path, home: Path, variables: dict[str, str], coloured: bool
) -> None:
    seen = in_terminal(work, home, "verify", "picture.png", **{"TERM": "xterm", **variables})
    assert ("\x1b[" in seen) is coloured
    plain = re.sub("\x1b\\[[0-9;]*m", "", seen)
    is_drawn = variables.get("TERM") != "dumb"
    assert plain.startswith(
        "╭─ picture.png ─" if is_drawn else "none        picture.png  no Content"
    )


def test_a_bar_shows_when_work_is_long_and_leaves_nothing_behind(work: Path, home: Path) -> None:
    (work / "sitecustomize.py").write_text(
        "import time\n"
        "from aidisclose.cli import progress\n"
        "progress._DELAY = 0.0\nprogress._INTERVAL = 0.01\n"
        "from aidisclose.validate import verify\n"
        "original = verify.verify\n"
        "def slow(*arguments, **options):\n"
        "    time.sleep(0.2)\n"
        "    return original(*arguments, **options)\n"
        "verify.verify = slow\n"
    )
    (work / "b.png").write_bytes(media.picture())
    path = f"{work}:{running.ROOT}"
    options = ("verify", "picture.png", "b.png")
    seen = in_terminal(work, home, *options, PYTHONPATH=path, TERM="dumb")
    assert "━" not in seen
    seen = in_terminal(work, home, *options, PYTHONPATH=path, TERM="xterm", NO_COLOR="1")
    assert "0% ····" in seen
    assert " 50% ━━━" in seen
    shown = [line.rpartition("\x1b[K")[2] for line in seen.split("\r\n")]
    heads = [line.split("  ")[0] for line in shown]
    assert [head for head in heads if head] == ["none", "none", "2 files: 2 none"]
