"""Interrupted runs: nothing left behind, the source untouched, what was done is said."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aidisclose.cli import interrupts, main
from aidisclose.cli.exits import Exit
from tests.cli import running
from tests.cli.running import Run
from tests.issuing import Issued
from tests.render import media

SIZE = 3 << 30
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]


@pytest.fixture
def large(work: Path, issued: Issued) -> Path:
    """A WAV file of 3 GiB that takes no room, but seconds to copy."""
    for name in ("chain.pem", "key.pem"):
        shutil.copy(issued("es256").folder / name, work / name)
    path = work / "large.wav"
    with path.open("wb") as file:
        file.write(media.wave_head(SIZE))
        file.truncate(44 + SIZE)
    return path


@pytest.fixture
def start(work: Path, home: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the program; whatever of it is left is killed."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "aidisclose", *map(str, arguments)],
            cwd=work,
            env=running.environment(home),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def wait_for(work: Path, pattern: str) -> None:
    """Wait until a file is there."""
    end = time.monotonic() + 30
    while not any(work.rglob(pattern)):
        assert time.monotonic() < end, f"no {pattern} appeared"
        time.sleep(0.005)


def identity(path: Path) -> tuple[int, ...]:
    """What changes if a file is written or replaced."""
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


SIGN = ("sign", "--ai", "generated", "--cert", "chain.pem", "--key", "key.pem")
Start = Callable[..., subprocess.Popen[str]]


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("where", [("-o", "out.wav"), ("--in-place",)], ids=["new", "in place"])
def test_one_large_file(
    start: Start, work: Path, large: Path, number: signal.Signals, code: int, where: tuple[str, ...]
) -> None:
    before = (sorted(work.iterdir()), identity(large))
    process = start(*SIGN, "large.wav", *where)
    wait_for(work, ".*.tmp")
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (code, "", "aidisclose: interrupted\n")
    assert (sorted(work.iterdir()), identity(large)) == before


@pytest.mark.parametrize(("number", "code"), SIGNALS[:2])
def test_several_processes(
    start: Start, work: Path, large: Path, number: signal.Signals, code: int
) -> None:
    (work / "same.wav").hardlink_to(large)
    process = start(*SIGN, "large.wav", "same.wav", "--output-dir", "out", "--jobs", "2")
    wait_for(work, "out/.*.tmp")
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (code, "")
    assert err == "aidisclose: interrupted: 0 of 2 files reported\n"
    assert list((work / "out").iterdir()) == []


def test_what_was_done_is_reported(start: Start, work: Path, large: Path) -> None:
    (work / "small.png").write_bytes(media.picture())
    process = start(*SIGN, "small.png", "large.wav", "--output-dir", "out", "--format", "json")
    wait_for(work, "out/small.png")
    wait_for(work, "out/.*.tmp")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    found = json.loads(out)
    assert [each["output"] for each in found["results"]] == ["out/small.png"]
    assert found["summary"] == {"files": 1, "signed": 1, "skipped": 0, "failed": 0}
    assert err == "aidisclose: interrupted: 1 of 2 files reported\n"
    assert [each.name for each in (work / "out").iterdir()] == ["small.png"]


def test_an_ignored_signal_stays_ignored(start: Start, work: Path, large: Path) -> None:
    """As nohup and shells in the background want it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = start(*SIGN, "large.wav", "-o", "out.wav")
    finally:
        signal.signal(signal.SIGHUP, before)
    wait_for(work, ".*.tmp")
    process.send_signal(signal.SIGHUP)
    time.sleep(0.2)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 143


def test_a_killed_process_is_an_error(start: Start, work: Path, large: Path) -> None:
    """As the kernel does it when memory runs out."""
    (work / "same.wav").hardlink_to(large)
    process = start(*SIGN, "large.wav", "same.wav", "--output-dir", "out", "--jobs", "2")
    wait_for(work, "out/.*.tmp")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        pytest.skip("the children of a process are not known here")
    subprocess.run(["/bin/kill", "-KILL", children.read_text().split()[0]], check=True)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (4, "")
    assert err == (
        "aidisclose: a process was killed, perhaps for want of memory: use fewer --jobs\n"
    )


def test_a_signal_while_a_class_is_made_is_no_internal_error(
    aidisclose: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before Python 3.12, an exception in `__set_name__` becomes a `RuntimeError`."""

    def interrupt(*_arguments: object) -> Exit:
        monkeypatch.setattr(interrupts, "_came", Exit.TERMINATED)
        raise RuntimeError("Error calling __set_name__")

    monkeypatch.setattr(main, "_invoke", interrupt)
    done = aidisclose("formats")
    assert (done.code, done.err) == (Exit.TERMINATED, "aidisclose: interrupted\n")
