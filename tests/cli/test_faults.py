"""Faults: full disks, kills, files that change, pipes and devices. The long form is `make soak`."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import json
import os
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

import aidisclose as ad
from aidisclose.cli import files, interrupts
from aidisclose.io import descriptor, temporary
from aidisclose.policy.check import Plan
from aidisclose.policy.receipt import Chain
from tests.cli import running
from tests.cli.running import Run
from tests.issuing import Issued
from tests.render import media

SIGN: Final = ("sign", "picture.png", "--ai", "generated")
CHECK: Final = ("check", "picture.png", "--policy", "pai", "--exit-zero")
#: Larger than what is read at once.
LARGE: Final = 9 << 20


# --- outputs that are not files ------------------------------------------------------------------

#: Commands that write a file, without its name.
WRITERS: Final[dict[str, tuple[str, ...]]] = {
    "sign -o": (*SIGN, "-o"),
    "label -o": ("label", "picture.png", "-o"),
    "check -o": (*CHECK, "-o"),
    "check --receipt": (*CHECK, "--receipt"),
    "check --update-baseline": (*CHECK, "--update-baseline", "--baseline"),
    "inspect --store": ("inspect", "signed.png", "--store"),
}


@pytest.fixture
def signed(aidisclose: Run, work: Path) -> Path:
    assert aidisclose(*SIGN, "-o", "signed.png").code == 0
    return work / "signed.png"


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("force", [True, False])
def test_a_device_stays_one(name: str, force: bool, aidisclose: Run, signed: Path) -> None:
    """As root, a rename would put a file in the place of /dev/null."""
    more = ["--force"] if force and not name.startswith("check") else []
    assert aidisclose(*WRITERS[name], os.devnull, *more).code == 0
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


@pytest.mark.parametrize("name", WRITERS)
def test_a_pipe_is_written_to(name: str, aidisclose: Run, signed: Path, work: Path) -> None:
    os.mkfifo(work / "pipe")
    both = os.open(work / "pipe", os.O_RDWR | os.O_NONBLOCK)
    got: list[bytes] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            with contextlib.suppress(BlockingIOError):
                got.append(os.read(both, 1 << 16))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert aidisclose(*WRITERS[name], "pipe").code == 0
        time.sleep(0.01)
    finally:
        done.set()
        reader.join()
        os.close(both)
    assert stat.S_ISFIFO((work / "pipe").stat().st_mode)
    plain = work / "plain"
    assert aidisclose(*WRITERS[name], plain).code == 0
    assert len(b"".join(got)) == pytest.approx(len(plain.read_bytes()), rel=0.05)


@pytest.mark.parametrize("name", WRITERS)
def test_a_link_stays_one(name: str, aidisclose: Run, signed: Path, work: Path) -> None:
    (work / "folder").mkdir()
    (work / "folder" / "real").write_text("old")
    (work / "link").symlink_to("folder/real")
    more = [] if name.startswith("check") else ["--force"]
    assert aidisclose(*WRITERS[name], "link", *more).code == 0
    assert (work / "link").is_symlink()
    assert (work / "folder" / "real").read_bytes() != b"old"
    assert [each.name for each in (work / "folder").iterdir()] == ["real"]


@pytest.mark.parametrize("name", WRITERS)
def test_the_output_is_named_and_not_a_temporary_file(
    name: str, aidisclose: Run, signed: Path, work: Path
) -> None:
    done = aidisclose(*WRITERS[name], "no/such/place")
    assert done.code == 4
    assert "no/such/place: the folder that it is in does not exist" in done.err
    assert ".tmp" not in done.err


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_what_was_there(
    name: str, aidisclose: Run, signed: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / "there").write_text("old")
    before = {path: path.read_bytes() for path in work.iterdir()}

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    more = [] if name.startswith("check") else ["--force"]
    done = aidisclose(*WRITERS[name], "there", *more)
    assert done.code == 4
    assert "there: no space left on the device" in done.err
    assert {path: path.read_bytes() for path in work.iterdir()} == before


# --- files that belong together -----------------------------------------------------------------


@pytest.mark.parametrize("force", [True, False])
@pytest.mark.parametrize("at", [0, 1])
def test_a_copy_and_its_sidecar_appear_together(
    force: bool, at: int, aidisclose: Run, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = (*SIGN, "--sidecar", "-o", "copy.png")
    if force:
        assert aidisclose(*pair).code == 0
    before = {path: path.read_bytes() for path in work.iterdir()}
    calls = iter(range(10))
    real = descriptor.write_at

    def fail(number: int, view: memoryview, offset: int) -> None:
        if next(calls) == at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(number, view, offset)

    monkeypatch.setattr(descriptor, "write_at", fail)
    done = aidisclose(*pair, "--title", "Other", *(["--force"] if force else []))
    assert done.code == 4
    assert "no space left on the device; nothing was written" in done.err
    assert {path: path.read_bytes() for path in work.iterdir()} == before


# --- in place -----------------------------------------------------------------------------------


@pytest.fixture
def large(work: Path) -> Path:
    path = work / "large.wav"
    path.write_bytes(media.wave_head(LARGE) + bytes(LARGE))
    return path


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"saved meanwhile")


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(1000)
        file.write(b"saved meanwhile")


def replace(path: Path) -> None:
    path.with_suffix(".new").write_bytes(path.read_bytes() + b"saved meanwhile")
    path.with_suffix(".new").replace(path)


@pytest.mark.parametrize("edit", [append, overwrite, replace])
@pytest.mark.parametrize("name", ["picture.png", "large.wav"])
def test_what_is_saved_meanwhile_is_kept(
    edit: Callable[[Path], None], name: str, work: Path, large: Path, issued: Issued
) -> None:
    path = work / name
    saved: list[bytes] = []

    def progress(_count: int) -> None:
        if not saved:
            edit(path)
            saved.append(path.read_bytes())

    with pytest.raises(OSError, match=r"changed (meanwhile|while it was read)|became shorter"):
        ad.sign(
            path,
            path,
            disclosure=ad.Disclosure(ai="generated"),
            signer=issued("es256").signer(),
            overwrite=True,
            progress=progress,
        )
    assert path.read_bytes() == saved[0]
    assert not list(work.glob(".aidisclose-*"))


def test_of_several_in_place_at_once_one_wins(
    aidisclose: Run, work: Path, issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others say so, rather than that they signed."""
    path = work / "picture.png"
    held = threading.Barrier(4)
    found: list[str] = []

    def sign() -> None:
        waited: list[bool] = []

        def progress(_count: int) -> None:
            if not waited:
                waited.append(True)
                with contextlib.suppress(threading.BrokenBarrierError):
                    held.wait(0.5)

        try:
            ad.sign(
                path,
                path,
                disclosure=ad.Disclosure(ai="generated"),
                signer=issued("es256").signer(),
                overwrite=True,
                progress=progress,
            )
            found.append("signed")
        except OSError as error:
            found.append(str(error.strerror))

    threads = [threading.Thread(target=sign) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["another process has locked it"] * 3 + ["signed"]
    assert ad.verify(path, trust=ad.TrustConfig.none()).state is ad.State.VALID


#: Command, and what it says if the disk of the file is full.
_FULL: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "verify -o": (("verify", "signed.png", "-o"), "{}: no space left on the device"),
    "check --receipt": ((*CHECK, "--receipt"), "{}: no space left on the device"),
    "verify --results": (
        ("verify", "signed.png", "--results"),
        "{}: no further results can be written: No space left on device; then --resume",
    ),
    "publish": (
        ("publish", "signed.png", "--repository"),
        "the repository {} cannot be opened: database or disk is full",
    ),
}


@pytest.mark.parametrize("name", _FULL)
def test_a_full_disk_is_said_of_the_file_on_it(
    name: str, aidisclose: Run, signed: Path, work: Path
) -> None:
    disk = work / "disk"
    disk.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk))
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        with contextlib.suppress(OSError), (disk / "full").open("wb", 0) as file:
            while file.write(bytes(4096)):
                pass
        command, said = _FULL[name]
        done = aidisclose(*command, "disk/out")
        assert done.code == 4
        assert said.format("disk/out") in done.err
        assert done.err.count("\n") == 1
        assert not [each for each in disk.iterdir() if temporary.is_temporary(each.name)]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


# --- receipts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["picture.png", "large.wav"])
def test_a_receipt_is_about_the_bytes_that_were_checked(
    name: str, aidisclose: Run, work: Path, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = work / name
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    real = Plan.judge

    def swap(self: Plan, *arguments: Any, **more: Any) -> Any:
        replace(path)
        return real(self, *arguments, **more)

    monkeypatch.setattr(Plan, "judge", swap)
    check = ("check", path, "--policy", "pai", "--exit-zero", "--receipt", "receipt.json")
    assert aidisclose(*check).code == 0
    [entry] = json.loads((work / "receipt.json").read_bytes())["entries"]
    assert entry["sha256"] == expected


def test_a_file_that_changes_while_it_is_read_is_not_judged(
    aidisclose: Run, work: Path, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = ("sign", large, "--ai", "generated", "--in-place")
    assert aidisclose(*signed).code == 0
    real = os.preadv
    calls = iter(range(1_000))

    def change(number: int, buffers: list[memoryview], offset: int) -> int:
        if next(calls) == 2:
            overwrite(large)
        return real(number, buffers, offset)

    monkeypatch.setattr(os, "preadv", change)
    done = aidisclose("verify", large)
    assert (done.code, done.err) == (4, f"aidisclose: {large}: it was changed while it was read\n")


@pytest.mark.parametrize("edit", [append, overwrite, replace])
def test_a_file_that_changes_while_it_is_copied_is_not_signed(
    edit: Callable[[Path], None], large: Path, work: Path, issued: Issued
) -> None:
    """The signature would hold, over a mixture of two versions that never was a file."""
    calls = itertools.count()

    def progress(_count: int) -> None:
        if not next(calls):
            edit(large)

    with pytest.raises(OSError, match=r"changed while it was read|became shorter") as caught:
        ad.sign(
            large,
            work / "copy.wav",
            disclosure=ad.Disclosure(ai="generated"),
            signer=issued("es256").signer(),
            progress=progress,
        )
    assert caught.value.filename == str(large)
    assert not (work / "copy.wav").exists()


def test_a_small_file_that_changes_while_it_is_read_is_not_judged(
    aidisclose: Run, signed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pread

    def change(number: int, length: int, offset: int) -> bytes:
        data = real(number, length // 2, offset)
        overwrite(signed)
        return data

    monkeypatch.setattr(os, "pread", change)
    done = aidisclose("verify", signed)
    assert (done.code, done.err) == (4, f"aidisclose: {signed}: it was changed while it was read\n")


def test_the_hash_of_a_file_is_there_if_asked_for(aidisclose: Run, work: Path) -> None:
    data = (work / "picture.png").read_bytes()
    [plain] = aidisclose("verify", "picture.png", "--format", "json").json["results"]
    [hashed] = aidisclose("verify", "picture.png", "--format", "json", "--sha256").json["results"]
    assert (plain["size"], plain["sha256"]) == (len(data), None)
    assert (hashed["size"], hashed["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())


# --- names, folders and pipes that are read -----------------------------------------------------


@pytest.mark.parametrize("length", [251, 255])
def test_names_may_be_as_long_as_names_can_be(aidisclose: Run, work: Path, length: int) -> None:
    name = "a" * (length - 4) + ".png"
    (work / name).write_bytes(media.picture())
    assert aidisclose("verify", name).code == 1
    assert aidisclose("sign", name, "--ai", "generated", "--in-place").code == 0
    assert aidisclose("verify", name).code == 0
    assert aidisclose("inspect", name).code == 0
    assert aidisclose("check", name, "--policy", "pai", "--exit-zero").code == 0


def test_a_pipe_with_a_certificate_is_read(aidisclose: Run, work: Path, issued: Issued) -> None:
    os.mkfifo(work / "pipe")
    chain = (issued("es256").folder / "chain.pem").read_bytes()
    writer = threading.Thread(target=(work / "pipe").write_bytes, args=(chain,))
    writer.start()
    key = issued("es256").folder / "key.pem"
    done = aidisclose(*SIGN, "--cert", "pipe", "--key", key, "-o", "o.png")
    writer.join()
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize(
    "arguments",
    [
        (*SIGN, "--key", "key.pem", "--cert"),
        ("verify", "picture.png", "--trust"),
        (*CHECK, "--baseline"),
    ],
    ids=["cert", "trust", "baseline"],
)
def test_nobody_waits_for_a_pipe_for_ever(
    arguments: tuple[str, ...],
    aidisclose: Run,
    work: Path,
    issued: Issued,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "_PATIENCE", 0.05)
    shutil.copy(issued("es256").folder / "key.pem", work)
    os.mkfifo(work / "pipe")
    done = aidisclose(*arguments, "pipe")
    assert (done.code, done.out) == (2, "")
    assert done.err == "aidisclose: pipe: nothing was written to it within 0.05 s\n"


# --- processes ----------------------------------------------------------------------------------


@pytest.fixture
def many(work: Path) -> Path:
    folder = work / "many"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.png").write_bytes(media.picture())
    return folder


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(work: Path, home: Path) -> Iterator[Start]:
    """Starts the program in a group of its own; whatever of it is left is killed."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: object, **more: Any) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "aidisclose", *map(str, arguments)],
            cwd=work,
            env=running.environment(home),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **more,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def children(process: subprocess.Popen[str]) -> list[int]:
    try:
        path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        return [int(each) for each in path.read_text().split()]
    except OSError:
        return []


def is_running(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def wait_until(holds: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_processes_end_with_the_program(start: Start, work: Path, many: Path) -> None:
    """Also if it was killed; what they were at work on is removed by the next run."""
    process = start("sign", many, "--ai", "generated", "--output-dir", "out", "--jobs", "2")
    wait_until(lambda: len(children(process)) == 2 and (work / "out").exists())
    workers = children(process)
    process.kill()
    wait_until(lambda: not any(map(is_running, workers)))
    process.communicate()
    (work / "out" / f".aidisclose-{7:016x}.tmp").write_bytes(b"left")
    again = start("sign", many, "--ai", "generated", "--output-dir", "out", "--force")
    assert (again.communicate(timeout=60), again.returncode)[1] == 0
    assert len(list((work / "out").iterdir())) == 40


#: Who is killed, and with what.
KILLS: Final = [
    ("program", signal.SIGINT),
    ("all", signal.SIGINT),
    ("all", signal.SIGTERM),
    ("program", signal.SIGHUP),
    ("a worker", signal.SIGKILL),
    ("a worker", signal.SIGTERM),
]


def kill(process: subprocess.Popen[str], who: str, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        if who == "all":
            os.killpg(process.pid, number)
        elif who == "program":
            process.send_signal(number)
        elif workers := children(process):
            os.kill(workers[0], number)


@pytest.mark.parametrize(("who", "number"), KILLS)
def test_a_killed_run_ends(
    who: str, number: signal.Signals, start: Start, work: Path, many: Path
) -> None:
    """At any moment, in time, with one line, and without a broken file."""
    seed = random.Random(f"{who} {number}")
    arguments = ("sign", many, "--ai", "generated", "--output-dir", "out", "--jobs", "4")
    process = start(*arguments, "--force")
    wait_until(lambda: (work / "out").exists() or process.poll() is not None)
    time.sleep(seed.uniform(0, 0.2))
    kill(process, who, number)
    _, err = process.communicate(timeout=8)
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    if process.returncode != 0:  # it was not done before
        expected = {128 + number} if who != "a worker" else {4}
        assert process.returncode in expected, err
        assert err.count("\n") <= 2
    assert not list((work / "out").glob(".aidisclose-*")) or number is signal.SIGKILL
    for path in (work / "out").glob("*.png"):
        assert ad.verify(path, trust=ad.TrustConfig.none()).state is ad.State.VALID


@pytest.mark.parametrize("delay", [0, 0.01, 0.02, 0.04, 0.08, 0.12])
def test_an_interruption_has_one_line_from_the_start(start: Start, delay: float) -> None:
    """While modules are imported as well; before that, Python itself would show a traceback."""
    process = start("verify", "picture.png")
    # Its own modules are what it maps after those of the interpreter.
    wait_until(lambda: "Cgt" in _caught(process.pid) or process.poll() is not None, 5)
    time.sleep(delay)
    kill(process, "program", signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert (process.returncode, err) in [(130, "aidisclose: interrupted\n"), (1, "")]


def _caught(number: int) -> str:
    """`Cgt` once a process handles SIGTERM, which the interpreter by itself does not."""
    try:
        status = Path(f"/proc/{number}/status").read_text()
    except OSError:
        return "Cgt"
    mask = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return "Cgt" if int(mask, 16) >> (signal.SIGTERM - 1) & 1 else ""


@pytest.mark.parametrize("most", [24, 40])
def test_few_descriptors_mean_fewer_processes(
    start: Start, work: Path, many: Path, most: int
) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    arguments = ("verify", many, "--jobs", "32", "--format", "json")
    process = start(*arguments, preexec_fn=limit)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1, err
    assert json.loads(out)["summary"]["none"] == 40


def test_a_temporary_file_at_work_is_not_removed(work: Path, start: Start, large: Path) -> None:
    number = temporary.create(work / f".aidisclose-{9:016x}.tmp", 0o600)
    assert temporary.claim(number, work / f".aidisclose-{9:016x}.tmp")
    process = start(*SIGN, "-o", "o.png")
    process.communicate(timeout=30)
    assert (work / f".aidisclose-{9:016x}.tmp").exists()
    os.close(number)
    process = start(*SIGN, "-o", "o.png", "--force")
    process.communicate(timeout=30)
    assert not list(work.glob(".aidisclose-*"))


@pytest.mark.parametrize("moment", ["first byte", "head", "seal"])
def test_what_an_interrupted_check_leaves_is_whole(
    moment: str, aidisclose: Run, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A receipt is sealed, or not there; a report has its end."""
    monkeypatch.setattr(interrupts, "_came", None)
    real = Chain.__init__ if moment == "head" else Chain.seal

    def interrupted(self: Chain, *arguments: Any, **more: Any) -> None:
        interrupts._interrupt(signal.SIGINT, None)
        real(self, *arguments, **more)

    if moment == "first byte":
        monkeypatch.setattr(
            "aidisclose.cli.check.receipt_head.head",
            lambda *_, **__: interrupts._interrupt(signal.SIGINT, None),
        )
    else:
        monkeypatch.setattr(Chain, "__init__" if moment == "head" else "seal", interrupted)
    done = aidisclose(*CHECK, "--receipt", "r.json", "-o", "o.json", "--format", "json")
    assert done.code == 130
    for name in ("r.json", "o.json"):
        if (work / name).exists():
            json.loads((work / name).read_bytes())
    assert (work / "r.json").exists() == (moment != "first byte")
    if moment != "first byte":
        monkeypatch.setattr(interrupts, "_came", None)
        assert aidisclose("receipt", "verify", "r.json").code == 0


@pytest.mark.parametrize("results", ["results.jsonl", "results.parquet"])
def test_no_file_is_passed_over_for_one_of_another_name(
    results: str, aidisclose: Run, signed: Path, work: Path
) -> None:
    """In JSON, a name that is not UTF-8 reads as another one of ASCII alone."""
    folder = work / "many"
    folder.mkdir()
    shutil.copy(signed, folder / os.fsdecode(b"\xff.png"))
    line = ("verify", folder, "--results", results)
    assert aidisclose(*line).code == 0
    (folder / "\\udcff.png").write_bytes(signed.read_bytes()[:-1])
    (folder / "\\xff.png").write_bytes(signed.read_bytes()[:-1])
    assert aidisclose(*line, "--resume").code != 0
