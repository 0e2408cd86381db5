"""What people see at a terminal: a real one, of a fixed size; pipes never import rich."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.cli.running import ROOT, environment

Watch = Callable[..., str]

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")


def plain(text: str) -> str:
    """The text without colours and links."""
    return _ESCAPES.sub("", text).replace("\r\n", "\n")


@pytest.fixture
def watch(home: Path, work: Path) -> Watch:
    """Runs a command at a terminal, and returns all that it writes there."""

    def run(*arguments: object, columns: int = 80, **variables: str) -> str:
        own = {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **variables}
        seen = environment(home, **own)
        seen.pop("COLUMNS", None)
        command = [sys.executable, "-m", "aidisclose", *map(str, arguments)]
        controller, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=subprocess.DEVNULL,
            cwd=work,
            env=seen,
        )
        os.close(terminal)
        parts: list[bytes] = []
        try:
            while part := os.read(controller, 65_536):
                parts.append(part)
        except OSError:  # the other end is closed
            pass
        process.wait(timeout=60)
        os.close(controller)
        return b"".join(parts).decode()

    return run


@pytest.fixture
def folder(work: Path) -> Path:
    """Files of two folders, of several states."""
    for name in ("generated.png", "generated.jpg", "altered.png", "unsigned.jpg", "edited.jpg"):
        for place in ("one", "two/三つの写真"):
            (work / place).mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / "fixtures" / name, work / place / name)
    return work


@pytest.mark.parametrize("columns", [40, 80, 100, 132])
def test_many_files_fit_the_width(columns: int, watch: Watch, folder: Path) -> None:
    text = plain(watch("verify", ".", columns=columns))
    lines = text.splitlines()
    assert max(map(cell_len, lines)) <= columns
    assert sum(line.startswith("one") for line in lines) == 1
    assert "11 files: 6 valid, 2 invalid, 3 none" in text
    assert text.count("generated.png") == 2
    assert "assertion.dataHash.mismatch" in text.replace("\n", "")


def test_what_files_share_is_said_once(watch: Watch, folder: Path) -> None:
    text = plain(watch("verify", "one", columns=200))
    assert text.count("aidisclose fixtures") == 1


def test_one_file_is_a_card(watch: Watch, folder: Path) -> None:
    lines = plain(watch("verify", "one/generated.png")).splitlines()
    assert lines[0].startswith("╭─ one/generated.png ─")
    assert {cell_len(line) for line in lines} == {80}
    assert any("declared AI-generated, model Fixture 1.0" in line for line in lines)


def test_a_picture_is_shown_where_colours_allow(watch: Watch, folder: Path) -> None:
    shown = watch("verify", "one/generated.png", columns=120, COLORTERM="truecolor")
    assert "▀" in shown
    assert "▀" not in watch("verify", "one/generated.png", columns=120)
    assert "▀" not in watch("verify", "one/generated.png", COLORTERM="truecolor")


@pytest.mark.parametrize(
    "arguments",
    [
        ("inspect", "one/edited.jpg"),
        ("check", "--policy", "iptc,pai", "one", "--show", "all"),
        ("diff", "one/generated.png", "one/altered.png"),
        ("doctor", "home/credentials/default/chain.pem"),
        ("rule", "EU-001"),
        ("rule",),
        ("law", "list"),
        ("formats",),
        ("trust", "list"),
    ],
    ids=lambda item: " ".join(item[:1]),
)
@pytest.mark.parametrize("columns", [60, 80])
def test_a_command_fits_the_width(
    arguments: tuple[str, ...], columns: int, watch: Watch, folder: Path
) -> None:
    if arguments[0] == "doctor":
        arguments = ("doctor", str(folder.parent / arguments[1]))
    text = plain(watch(*arguments, columns=columns))
    assert text
    assert max(map(cell_len, text.splitlines())) <= columns


def test_ascii_where_the_encoding_has_no_more(watch: Watch, folder: Path) -> None:
    for arguments in (
        ("verify", "."),
        ("verify", "one/generated.png"),
        ("inspect", "one/edited.jpg"),
    ):
        assert watch(*arguments, PYTHONIOENCODING="ascii").isascii()
        assert "\\u2" not in watch(*arguments, PYTHONIOENCODING="ascii")


def test_markup_of_a_name_stays_text(watch: Watch, work: Path) -> None:
    name = "[bold red]x[/] [link=https://evil.example]y[/].png"
    path = work / name.replace("/", "∕")  # a slash cannot be in a name
    shutil.copy(ROOT / "fixtures" / "generated.png", path)
    for arguments in (("verify", path.name), ("verify", path.name, path.name)):
        shown = watch(*arguments, columns=150)
        assert "[bold red]x[" in plain(shown)
        assert "evil.example\x1b" not in shown


def test_colours_can_be_chosen(watch: Watch, folder: Path) -> None:
    file = "one/generated.png"
    assert "\x1b[" in watch("verify", file)
    for quiet in (watch("verify", file, NO_COLOR="1"), watch("--color", "never", "verify", file)):
        assert "\x1b[" not in quiet
    assert "\x1b[" in watch("--color", "always", "verify", file, NO_COLOR="1")


@pytest.mark.parametrize("variables", [{"FORCE_COLOR": "1"}, {"CLICOLOR_FORCE": "1"}, {}])
def test_a_pipe_is_coloured_if_asked_for(
    variables: dict[str, str], home: Path, folder: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "aidisclose", "verify", "one/generated.png"],
        cwd=folder,
        env=environment(home, **variables),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ("\x1b[" in done.stdout) == bool(variables)
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", "one"],
        ["verify", "one", "--format", "json"],
        ["inspect", "one/edited.jpg"],
        ["check", "--policy", "iptc", "one"],
        ["formats"],
    ],
    ids=" ".join,
)
def test_a_pipe_never_imports_rich(arguments: list[str], home: Path, folder: Path) -> None:
    code = (
        "import sys; from aidisclose.cli.main import main; "
        f"main({arguments!r}); sys.exit('rich' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment(home),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_what_is_known_is_a_link(watch: Watch, folder: Path) -> None:
    shown = watch("verify", "one/altered.png", columns=120)
    assert "\x1b\\\x1b[1;31mone/altered.png" in shown
    assert (folder / "one" / "altered.png").as_uri() in shown
    assert "C2PA_Specification.html#:~:text=assertion.dataHash.mismatch\x1b\\" in shown
    judged = watch("check", "--policy", "eu-ai-act", "one/altered.png", columns=120)
    assert "https://eur-lex.europa.eu/eli/reg/2024/1689/oj\x1b\\EU-001" in judged
    assert "\x1b]8" not in watch("verify", "one/altered.png", NO_COLOR="1")


def test_sorted_results_name_their_folders(watch: Watch, folder: Path) -> None:
    lines = plain(watch("verify", "one", "two", "--sort", "state")).splitlines()
    named = [line.split()[1] for line in lines if line.startswith(("invalid", "none", "valid"))]
    assert named[:2] == ["one/altered.png", "two/三つの写真/altered.png"]
    assert max(map(cell_len, lines)) <= 80
