"""Every command where only what all systems have is there: no call and no signal of POSIX alone.

Windows itself cannot be had in these tests. What it lacks is taken away, and what it does with
files that are open is done to them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from aidisclose.cli.main import COMMANDS
from aidisclose.io import home
from aidisclose.signing.backends import command
from tests.cli import running
from tests.issuing import Issued
from tests.render import media
from tests.trust.test_lists import SIGNERS, mirror

#: What Windows does not have, or does otherwise. Command lines come on standard input, one a line;
#: the code of each, and what it wrote, go to standard output.
SIMULATION = r"""
import contextlib, io, json, os, signal, stat, sys

for module, names in {
    os: "pread preadv pwrite pwritev O_CLOEXEC O_NOFOLLOW O_NONBLOCK O_DIRECTORY O_NOCTTY"
        " fchmod fchown chown fork sched_getaffinity getuid geteuid environb fdatasync sendfile"
        " copy_file_range posix_fadvise umask set_blocking mkfifo killpg setsid getpgid",
    signal: "pthread_sigmask SIGHUP SIGPIPE SIGKILL SIGALRM alarm setitimer",
}.items():
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)
for name in ("fcntl", "pwd", "grp", "resource", "termios"):
    sys.modules[name] = None

# Before anything else is imported: text mode.
real_open, regular = os.open, stat.S_ISREG
os.O_BINARY = 1 << 40

def opened(path, flags, mode=0o777, **more):
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

from aidisclose.cli import interrupts
from aidisclose.cli.main import main

interrupts.catch()
for line in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(line)
    print(json.dumps([int(code), out.getvalue(), err.getvalue()]), flush=True)
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
    assert {line[0] for line, _ in LINES} == set(COMMANDS) - ELSEWHERE


def test_no_file_is_opened_as_text(results: list[object]) -> None:
    assert results[len(LINES)] == []


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
