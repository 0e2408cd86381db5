"""The progress bar: what it says, and that it never tears data."""

from __future__ import annotations

import os
import pty
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.cells import cell_len

from aidisclose.cli.files import File
from aidisclose.cli.work import portions
from aidisclose.render.renderer import Activity, Screen
from aidisclose.render.renderer import Run as Rendering
from aidisclose.render.terminal import gauge
from aidisclose.render.terminal.gauge import Gauge
from tests.cli import running
from tests.render import media


@pytest.mark.parametrize(
    ("done", "total", "seconds", "text"),
    [
        (0, 1000, 0.0, "0 B of 1 kB, 0 B/s, … left"),
        (500, 1000, 1.0, "500 B of 1 kB, 500 B/s, 0:01 left"),
        (10**9, 4 * 10**9, 2.0, "1 GB of 4 GB, 500 MB/s, 0:06 left"),
        (10**6, 10**12, 1.0, "1 MB of 1.0 TB, 1 MB/s, 99:59:59 left"),
        (10**12, 10**13, 1.0, "1.0 TB of 10.0 TB, 1.0 TB/s, 0:09 left"),
        (2000, 1000, 1.0, "1 kB"),
    ],
)
def test_describe(done: int, total: int, seconds: float, text: str) -> None:
    assert gauge.describe(done, total, seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (12_345, "12.3 kB"), (123_456, "123 kB")],
)
def test_size(count: int, text: str) -> None:
    assert gauge.size(count) == text


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
    plain = re.sub("\x1b\\[[0-9;]*m|\x1b]8;[^\x1b]*\x1b\\\\", "", seen)
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
    assert "0 of 2 files" in seen
    assert "1 of 2 files ━" in seen
    assert "  picture.png" in seen
    shown = [line.rpartition("\x1b[J")[2] for line in seen.split("\r\n")]
    assert shown[-2].startswith("aidisclose: done in 0.")
    heads = [line.split("  ")[0] for line in shown[-7:-2]]
    assert [head for head in heads if head in ("none", "2 files: 2 none")] == [
        *("none", "none", "2 files: 2 none"),
    ]


NOW = datetime(2026, 8, 2, tzinfo=UTC)


def shown(width: int = 80, *activities: Activity, **screen: bool) -> list[str]:
    """The lines of a run that is half done."""
    drawn = gauge.draw(
        Gauge(
            done=10**9,
            total=2 * 10**9,
            files_done=412,
            files=2040,
            seconds=10.0,
            activities=activities,
        ),
        Rendering(NOW, screen=Screen(width=width, **screen)),
    )
    return drawn.splitlines()


def test_files_and_bytes_are_counted() -> None:
    [line] = shown()
    assert line.startswith("412 of 2,040 files ━━━")
    assert line.endswith(" 1 GB of 2 GB, 100 MB/s, 0:10 left")


def test_each_process_has_a_bar_for_a_large_file() -> None:
    [_, first, second] = shown(
        60,
        Activity("写真/大きい.wav", size=10**9, done=61 * 10**7),
        Activity("small.png", size=1000),
        Activity("other.wav", size=10**9, done=0),
    )
    assert first.startswith("  写真/大きい.wav ")
    assert "━━━━━━━ " in first
    assert first.endswith(" 61%")
    assert second.startswith("  other.wav ")
    assert max(map(cell_len, (first, second))) <= 60


def test_one_process_names_its_file() -> None:
    assert shown(40, Activity("a/" * 60 + "x.png", size=10))[1].startswith("  a/a/a/")
    assert max(map(cell_len, shown(40, Activity("a/" * 60 + "x.png", size=10)))) <= 40


@pytest.mark.parametrize("is_ascii", [False, True])
def test_a_server_is_named_while_it_is_waited_for(is_ascii: bool) -> None:
    lines = shown(80, Activity("x.png", host="tsa.example\x1b[2J"), is_ascii=is_ascii)
    assert "waiting for tsa.example\\x1b[2J  x.png" in lines[1]
    assert "".join(lines).isascii() is is_ascii


def test_a_wait_outside_of_work_is_shown(work: Path, home: Path) -> None:
    (work / "sitecustomize.py").write_text(
        "import time\n"
        "from aidisclose.cli import progress\n"
        "progress._PATIENCE = 0.0\nprogress._INTERVAL = 0.01\n"
        "from aidisclose.io import http\n"
        "def slow(*arguments):\n"
        "    time.sleep(0.3)\n"
        "    raise http.Unreachable('no answer')\n"
        "http._within = slow\n"
    )
    path = f"{work}:{running.ROOT}"
    options = ("trust", "add", "https://lists.example/x.pem")
    seen = in_terminal(work, home, *options, PYTHONPATH=path, TERM="xterm")
    assert "waiting for lists.example" in seen
    assert seen.rpartition("\x1b[J")[2].startswith(
        "aidisclose: https://lists.example/x.pem: no answer"
    )
