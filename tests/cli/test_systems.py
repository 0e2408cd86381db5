"""Every command where only what all systems have is there: no call and no signal of POSIX alone.

Windows itself cannot be had in these tests. What it lacks is taken away, and what it does with
files that are open is done to them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from aidisclose.cli.main import COMMANDS
from aidisclose.cli.selection import Selection
from aidisclose.io import home
from aidisclose.signing.backends import command, file
from tests.cli import running
from tests.cli.running import Run
from tests.issuing import Issued
from tests.render import media
from tests.trust.test_lists import SIGNERS, mirror

#: What Windows does not have, or does otherwise. Command lines come on standard input, one a line;
#: the code of each, and what it wrote, go to standard output.
SIMULATION = r"""
import builtins, contextlib, io, json, os, re, signal, stat, sys

for module, names in {
    os: "pread preadv pwrite pwritev O_CLOEXEC O_NOFOLLOW O_NONBLOCK O_DIRECTORY O_NOCTTY"
        " fchmod fchown chown fork sched_getaffinity getuid geteuid environb fdatasync sendfile"
        " copy_file_range posix_fadvise umask set_blocking mkfifo killpg setsid getpgid"
        " posix_fallocate getgroups getpgrp forkpty openpty register_at_fork waitid",
    signal: "pthread_sigmask SIGHUP SIGPIPE SIGKILL SIGALRM alarm setitimer",
}.items():
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)
for name in ("fcntl", "pwd", "grp", "resource", "termios"):
    sys.modules[name] = None

# Names that cannot be there: of devices, of streams of other files, and with a dot at the end.
DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)

def check_name(path):
    if not isinstance(path, (str, bytes, os.PathLike)):
        return
    name = os.path.basename(os.fsdecode(path))
    if DEVICE.fullmatch(name) or set(name) & set('<>:"|?*') or name[-1:] in (".", " "):
        raise SystemExit(f"a name that Windows does not have: {path}")

# A, a: one file.
def spelled(path):
    if not isinstance(path, (str, os.PathLike)) or real_exists(path):
        return path
    folder, name = os.path.split(os.fspath(path))
    with contextlib.suppress(OSError):
        for each in os.listdir(folder or "."):
            if each.casefold() == name.casefold():
                return os.path.join(folder, each)
    return path

def real_exists(path, real=os.lstat):
    try:
        real(path)
    except (OSError, ValueError):
        return False
    return True

def respell(name):
    real = getattr(os, name)
    setattr(os, name, lambda path, *rest, **more: real(spelled(path), *rest, **more))

for name in ("stat", "lstat"):
    respell(name)

def refused(*_arguments, **_more):
    raise PermissionError(1, "Operation not permitted")

os.link = os.symlink = refused  # exFAT, and a user without the privilege

real_io_open = io.open

def io_open(path, *rest, **more):
    check_name(path)
    return real_io_open(spelled(path), *rest, **more)

io.open = builtins.open = io_open

# Before anything else is imported: text mode.
real_open, regular = os.open, stat.S_ISREG
os.O_BINARY = 1 << 40

def opened(path, flags, mode=0o777, **more):
    check_name(path)
    path = spelled(path)
    if os.path.isdir(path):
        raise PermissionError(13, "Permission denied", path)
    descriptor = real_open(path, flags & ~os.O_BINARY, mode, **more)
    if not flags & os.O_BINARY and regular(os.fstat(descriptor).st_mode):
        text.append(os.fspath(path))
    return descriptor

text = []
os.open = opened

def refuse_open(name):
    real = getattr(os, name)
    def call(path, *arguments, **more):
        for each in [path, *arguments[:1]]:
            if not isinstance(each, (str, os.PathLike)) or not os.path.isfile(each):
                continue
            status = os.stat(each)
            for number in os.listdir("/proc/self/fd"):
                with contextlib.suppress(OSError):
                    other = os.fstat(int(number))
                    if (other.st_dev, other.st_ino) == (status.st_dev, status.st_ino):
                        raise SystemExit(f"{name} of a file that is open: {each}")
        return real(path, *arguments, **more)
    return call

for name in ("replace", "rename", "unlink", "remove"):
    setattr(os, name, refuse_open(name))

def rename(source, target, renamed=os.rename):
    if os.path.exists(target):
        raise FileExistsError(17, "File exists", source, None, target)
    return renamed(source, target)

os.rename = rename

from aidisclose.cli import interrupts, terminal
from aidisclose.cli.main import main

interrupts.catch()
for line in json.load(sys.stdin):
    # As a redirected stream is there: in the code page, with CR LF.
    streams = [
        io.TextIOWrapper(io.BytesIO(), "cp1252", terminal.PLAIN_ERRORS, "\r\n") for _ in range(2)
    ]
    with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        code = main(line)
    for each in streams:
        each.flush()
    texts = [each.buffer.getvalue().decode("cp1252") for each in streams]
    print(json.dumps([int(code), *texts]), flush=True)
print(json.dumps(text))
"""

SIGN = ("sign", "picture.png", "--ai", "generated")
CHECK = ("check", "signed.png", "--policy", "pai")

#: A command line, and the exit code of it where all is well.
LINES: tuple[tuple[tuple[str, ...], int], ...] = (
    (("credentials", "new"), 0),
    (("credentials", "new", "--force"), 0),
    (("credentials", "list"), 0),
    (
        (
            "credentials",
            "csr",
            "--dir",
            "csr",
            "--name",
            "N",
            "--organization",
            "O",
            "--country",
            "DE",
        ),
        0,
    ),
    ((*SIGN, "-o", "signed.png"), 0),
    ((*SIGN, "-o", "signed.png", "--force"), 0),
    (("sign", "lines.png", "--ai", "generated", "--in-place"), 0),
    ((*SIGN, "--output-dir", "out", "--signer", "env:KEY", "--cert", "chain.pem"), 0),
    (("sign", "large.wav", "--ai", "generated", "--in-place"), 0),
    (("sign", "large.wav", "--ai", "edited", "--in-place"), 0),
    (("sign", "odd.bin", "--ai", "generated", "--sidecar"), 0),
    (("sign", "many", "--ai", "generated", "--output-dir", "many-out", "--jobs", "2"), 0),
    (("verify", "signed.png", "lines.png", "large.wav", "--require", "trusted"), 0),
    (("verify", "many-out", "--jobs", "2", "--format", "json"), 0),
    (("verify", "picture.png"), 1),
    (("inspect", "signed.png", "--store", "store.c2pa"), 0),
    ((*CHECK, "-o", "report.txt", "--exit-zero"), 0),
    ((*CHECK, "--receipt", "receipt.json", "--exit-zero"), 0),
    ((*CHECK, "--baseline", "base.json", "--update-baseline"), 0),
    ((*CHECK, "--baseline", "base.json", "--exit-zero"), 0),
    (("receipt", "verify", "receipt.json"), 0),
    (("rule", "EU-001"), 0),
    (("diff", "picture.png", "signed.png"), 0),
    (("label", "picture.png"), 0),
    (("doctor", "chain.pem", "--key", "key.pem"), 0),
    (("trust", "add", "root.pem"), 0),
    (("trust", "list"), 0),
    (("trust", "update", "--from", "mirror"), 0),
    (("trust", "project", "."), 0),
    (("trust", "project", "--list"), 0),
    (("trust", "remove", "root"), 0),
    (("formats",), 0),
    (("law", "list"), 0),
    (("trust", "explain", "signed.png"), 0),
    (("verify", "signed.png", "many-out", "--results", "found.jsonl"), 0),
    (("verify", "signed.png", "many-out", "--results", "found.jsonl", "--resume"), 0),
    (("stream", "verify", "signed.png"), 1),
    (("summarize", "found.jsonl"), 0),
    (("sign", "signed.png", "--update", "--published", "--in-place"), 0),
    (("sign", "noise.png", "--ai", "generated", "--fingerprint", "--in-place"), 0),
    (("publish", "noise.png"), 0),
    (("recover", "stripped.png"), 0),
    (("repository", "list"), 0),
    (("repository", "check"), 0),
    (("watermark", "list"), 0),
    (("repository", "export", "-o", "export.zip"), 0),
    (("repository", "import", "export.zip"), 0),
    (("completion", "powershell"), 0),
    # One file, whatever the case of its letters.
    ((*SIGN, "-o", "SIGNED.png"), 2),
    (("verify", "SIGNED.PNG", "Picture.png", "--jobs", "1"), 1),
    (("trust", "add", "root.pem", "--name", "Partner"), 0),
    (("trust", "add", "root.pem", "--name", "partner"), 2),
    # What no code page has is shown in another way, and the name of a device is no list.
    (("sign", "画像😀.png", "--ai", "generated", "--model", "模型"), 0),
    (("verify", "画像😀.signed.png"), 0),
    (("verify", "画像😀.signed.png", "--format", "csv"), 0),
    (("inspect", "画像😀.signed.png"), 0),
    (("check", "画像😀.signed.png", "--policy", "pai", "--format", "markdown"), 0),
    (("trust", "add", "root.pem", "--name", "con"), 2),
    (("help", "sign"), 0),
    (("version",), 0),
)
#: It says on Windows that it does not run there: its workers are limited by calls of POSIX.
ELSEWHERE = {"serve"}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, issued: Issued) -> list[tuple[int, str, str]]:
    """What each line of `LINES` returned and wrote; then the files that were opened as text."""
    work = tmp_path_factory.mktemp("systems") / "a" / "work"
    (work / "many").mkdir(parents=True)
    # Bytes that text mode would change: line ends, and the end of a text.
    (work / "picture.png").write_bytes(media.picture())
    (work / "画像😀.png").write_bytes(media.picture())
    (work / "lines.png").write_bytes(media.picture() + b"\r\n\x1a\r\n" * 100)
    (work / "odd.bin").write_bytes(b"\r\n\x1a\r\n" * 100)
    noise = Image.effect_mandelbrot((160, 120), (-2.2, -1.2, 1, 1.2), 60)
    for name in ("noise.png", "stripped.png"):
        noise.save(work / name)
    for number in range(4):
        (work / "many" / f"{number}.png").write_bytes(media.picture())
    with (work / "large.wav").open("wb") as file:
        file.write(media.wave_head(9 << 20))
        file.truncate(44 + (9 << 20))
    for path in issued("es256").folder.iterdir():
        shutil.copy(path, work)
    (work / "aidisclose.toml").write_text("jobs = 2")
    mirror(work / "mirror", C2PA_TRUST_LIST=SIGNERS, C2PA_TSA_TRUST_LIST=SIGNERS)
    done = subprocess.run(
        [sys.executable, "-c", SIMULATION],
        input=json.dumps([line for line, _ in LINES]),
        cwd=work,
        env=running.environment(work.parent / "home", KEY=(work / "key.pem").read_text()),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not list(work.rglob(".aidisclose-*"))
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("number", range(len(LINES)), ids=[" ".join(line) for line, _ in LINES])
def test_a_command(number: int, results: list[tuple[int, str, str]]) -> None:
    code, out, err = results[number]
    assert code == LINES[number][1], err
    assert "bug" not in err
    assert "Traceback" not in out + err


def test_every_command_is_tried() -> None:
    tried = {line[0] for line, _ in LINES} - {"help", "version"}
    assert tried == set(COMMANDS) - ELSEWHERE


def test_no_file_is_opened_as_text(results: list[object]) -> None:
    assert results[len(LINES)] == []


def test_what_a_code_page_lacks_is_shown_in_another_way(
    results: list[tuple[int, str, str]],
) -> None:
    lines = [" ".join(line) for line, _ in LINES]
    _, out, _ = results[lines.index("inspect 画像😀.signed.png")]
    assert out.startswith(r"\u753b\u50cf\U0001f600.signed.png  image/png")
    assert "+- title: " in out
    _, out, _ = results[lines.index("verify 画像😀.signed.png")]
    assert " intact · signed by " in out, "what the code page has stays"
    _, _, err = results[lines.index("trust add root.pem --name con")]
    assert "'con' cannot be the name of a trust list" in err
    _, _, err = results[lines.index("trust add root.pem --name partner")]
    assert "it exists already" in err


def test_a_command_of_a_signer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert command._split(r"'/a b/signer' --slot 1") == ["/a b/signer", "--slot", "1"]
    monkeypatch.setattr("os.name", "nt")
    assert command._split(r'"C:\a b\signer.exe" --slot 1') == [r"C:\a b\signer.exe", "--slot", "1"]


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("win32", {"APPDATA": "/roaming"}, "/roaming/aidisclose"),
        ("win32", {}, "/me/AppData/Roaming/aidisclose"),
        ("darwin", {}, "/me/Library/Application Support/aidisclose"),
        ("darwin", {"XDG_CONFIG_HOME": "/xdg"}, "/xdg/aidisclose"),
        ("freebsd14", {}, "/me/.config/aidisclose"),
    ],
)
def test_the_folder_of_the_user(
    platform: str, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AIDISCLOSE_HOME", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/me", **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert home.home() == Path(expected)


@pytest.mark.parametrize(
    ("platform", "named", "expected"),
    [
        ("win32", "///C:/my%20keys/key.pem", "C:/my keys/key.pem"),
        ("win32", "C:/keys/key.pem", "C:/keys/key.pem"),
        ("linux", "///keys/key.pem", "/keys/key.pem"),
        ("linux", "///C:/key.pem", "/C:/key.pem"),
    ],
)
def test_the_address_of_a_key_file(
    platform: str, named: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert file._path(named) == Path(expected)


def test_what_is_to_be_typed_suits_the_shell(
    aidisclose: Run, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / "my files").mkdir()
    made = aidisclose("credentials", "new", "--dir", "my files/new").out
    assert "Next: aidisclose sign picture.png --ai generated --cert '" in made
    assert "icacls" not in made
    monkeypatch.setattr(sys, "platform", "win32")
    made = aidisclose("credentials", "new", "--dir", "my files/other").out
    assert '--cert "' in made
    assert "icacls" in made


def test_a_folder_on_another_drive_is_excluded_by_its_own_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def relpath(path: str, start: str = os.curdir, real: Any = os.path.relpath) -> str:
        if start == os.curdir and path.startswith("/d/"):
            raise ValueError("path is on mount 'D:', start on mount 'C:'")
        found: str = real(path, start)
        return found

    monkeypatch.setattr("os.path.relpath", relpath)
    chosen = Selection(("raw/",)).open("/d/photos")
    assert not chosen.takes("/d/photos/raw", is_folder=True)
    assert chosen.takes("/d/photos/a.png")
