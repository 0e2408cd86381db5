"""The long form of tests/cli/test_faults.py: `make soak`.

Kills, full disks, sources that change, servers that misbehave, several runs at once and many files,
at random and many times. Prints a table, and returns 1 if anything was not as it should be:

    python -m tests.soak --kills 400 --files 50000 --seed 1
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import aidisclose as ad
from aidisclose import limits
from aidisclose.cli.exits import Exit
from aidisclose.signing import credentials
from tests.cli import running
from tests.render import media
from tests.servers import Behaviour, Reply, serve

#: Seconds after which a run counts as hung: workers have 10 to undo what is half done.
HUNG: Final = 15.0
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)
LARGE: Final = 24 * limits.MIB
POLICY: Final = ("--policy", "pai")


class Row(NamedTuple):
    """A line of the table."""

    what: str
    runs: int
    faults: int
    figures: str = ""


class Bench:
    """A folder with a user's credentials and files, and the program run in it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.home = folder / "a" / "home"
        self.work = folder / "a" / "work"
        self.pristine = folder / "a" / "pristine"
        self.pristine.mkdir(parents=True)
        credentials.create(self.home / "credentials" / "default")
        (self.pristine / "many").mkdir()
        for number in range(48):
            (self.pristine / "many" / f"{number:02}.png").write_bytes(media.picture())
        (self.pristine / "picture.png").write_bytes(media.picture())
        (self.pristine / "large.wav").write_bytes(media.wave_head(LARGE) + bytes(LARGE))
        self.reset()
        assert self.run("sign", "picture.png", "--ai", "generated", "-o", "signed.png")[0] == 0
        shutil.copy(self.work / "signed.png", self.pristine)
        self.reset()

    def reset(self) -> None:
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.pristine, self.work)

    def start(self, *arguments: object, **more: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "aidisclose", *map(str, arguments)],
            cwd=self.work,
            env=running.environment(self.home),
            start_new_session=True,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more},
        )

    def run(self, *arguments: object, **more: Any) -> tuple[int, str]:
        """The exit code, and standard error; a run that hangs is killed and raises."""
        process = self.start(*arguments, **more)
        try:
            _, err = process.communicate(timeout=20 * HUNG)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        return process.returncode, err.decode()

    def faults(self, *, is_killed: bool = False) -> Iterator[str]:
        """What is wrong in the folder: a source that changed, an output that is broken."""
        for path in self.work.rglob("*"):
            if path.name.startswith(".aidisclose-"):
                if not is_killed:
                    yield f"left behind: {path.name}"
            elif path.suffix in (".png", ".wav"):
                original = self.pristine / path.relative_to(self.work)
                if original.exists() and original.read_bytes() == path.read_bytes():
                    continue
                report = ad.verify(path, trust=ad.TrustConfig.none())
                if report.state is not ad.State.VALID and "labelled" not in path.name:
                    yield f"{path.name} is {report.state.value}"
            elif path.suffix == ".json":
                try:
                    json.loads(path.read_bytes())
                except ValueError:
                    yield f"{path.name} is broken"


#: What is killed: commands that write, and one that only reads.
KILLED: Final[tuple[tuple[str, ...], ...]] = (
    ("sign", "picture.png", "--ai", "generated", "-o", "out.png"),
    ("sign", "large.wav", "--ai", "generated", "-o", "out.wav"),
    ("sign", "large.wav", "--ai", "generated", "--in-place"),
    ("sign", "signed.png", "--ai", "edited", "--sidecar", "-o", "out.png"),
    ("sign", "many", "--ai", "generated", "--output-dir", "out", "--jobs", "2"),
    ("sign", "many", "--ai", "generated", "--in-place", "--jobs", "4"),
    ("verify", "many", "signed.png", "--jobs", "2", "--format", "json"),
    ("label", "picture.png", "-o", "labelled.png", "--force"),
    ("check", "many", "--policy", "pai", "--jobs", "2", "--receipt", "r.json", "-o", "o.txt"),
    ("check", "many", "--policy", "pai", "--update-baseline", "--baseline", "b.json"),
    ("inspect", "signed.png", "--store", "store.c2pa"),
    ("credentials", "new", "--dir", "new"),
    ("credentials", "csr", "--dir", "csr", "--name", "N", "--organization", "O", "--country", "DE"),
)


def kills(bench: Bench, count: int) -> Iterator[Row]:
    faults: list[str] = []
    codes: Counter[int] = Counter()
    slowest = 0.0
    for number in range(count):
        line = KILLED[number % len(KILLED)]
        victim = bench.random.choice(("program", "all", "worker"))
        name = bench.random.choice(SIGNALS)
        bench.reset()
        process = bench.start(*line)
        time.sleep(bench.random.uniform(0.02, 0.5))
        workers = _children(process.pid)
        with contextlib.suppress(ProcessLookupError):
            if victim == "all":
                os.killpg(process.pid, name)
            elif victim == "program" or not workers:
                process.send_signal(name)
            else:
                os.kill(bench.random.choice(workers), name)
        began = time.monotonic()
        where = f"{' '.join(line)}: {victim}, {name.name}"
        try:
            _, err = process.communicate(timeout=HUNG)
        except subprocess.TimeoutExpired:
            faults.append(f"{where}: hung")
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            continue
        slowest = max(slowest, time.monotonic() - began)
        codes[process.returncode] += 1
        if process.returncode == Exit.BUG:
            faults.append(f"{where}: {err.decode()[-300:]}")
        shows = b"Traceback" in err or b"Exception ignored" in err
        if shows and b"<frozen" not in err:  # the interpreter itself, before the program
            faults.append(f"{where}: {err.decode()[-300:]}")
        deadline = time.monotonic() + 5
        while any(map(_is_running, workers)) and time.monotonic() < deadline:
            time.sleep(0.01)
        if any(map(_is_running, workers)):
            faults.append(f"{where}: workers are left")
        is_killed = name is signal.SIGKILL
        faults += (f"{where}: {each}" for each in bench.faults(is_killed=is_killed))
        if is_killed and any(bench.work.rglob(".aidisclose-*")):
            bench.run(*line, *(["--force"] if line[0] == "sign" else []))
            if left := [each.name for each in bench.work.rglob(".aidisclose-*")]:
                faults.append(f"{where}: left after the next run: {left}")
    figures = f"slowest end {slowest:.1f} s; exit codes {dict(sorted(codes.items()))}"
    yield _row("kills at random, 13 commands", count, faults, figures)


def _children(number: int) -> list[int]:
    try:
        text = Path(f"/proc/{number}/task/{number}/children").read_text()
    except OSError:
        return []
    return [int(each) for each in text.split()]


def _is_running(number: int) -> bool:
    try:
        text = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] not in "ZX"


#: What meets a full disk; each is run over what it wrote itself before.
FULL: Final[tuple[tuple[str, ...], ...]] = (
    ("sign", "picture.png", "--ai", "generated", "-o", "out.png", "--force"),
    ("sign", "picture.png", "--ai", "generated", "--sidecar", "-o", "copy.png", "--force"),
    ("sign", "large.wav", "--ai", "generated", "--in-place"),
    ("label", "picture.png", "-o", "labelled.png", "--force"),
    ("check", "many", "--policy", "pai", "--receipt", "receipt.json", "-o", "report.txt"),
    ("check", "many", "--policy", "pai", "--update-baseline", "--baseline", "base.json"),
    ("inspect", "signed.png", "--store", "store.c2pa", "--force"),
    ("credentials", "new", "--dir", "new", "--force"),
)


def full_disks(bench: Bench, count: int) -> Iterator[Row]:
    """Files may not grow beyond a size: it is met like a full disk, as EFBIG."""
    faults: list[str] = []
    runs = 0
    for line in FULL:
        bench.reset()
        bench.run(*line)
        before = _contents(bench.work)
        largest = max(len(data) for data in before.values())
        for number in range(count):
            size = 1 + (largest + 4_000) * number // count if number else 0
            code, err = bench.run(*line, preexec_fn=_limited(size))
            runs += 1
            where = f"{' '.join(line)}, {size} bytes"
            if "Traceback" in err or "bug" in err:
                faults.append(f"{where}: {err[-300:]}")
            after = _contents(bench.work)
            if code not in (0, 1, 3) and after != before:
                changed = [each for each in before | after if before.get(each) != after.get(each)]
                faults.append(f"{where}: {code}, changed {[each.name for each in changed]}")
            if after != before:
                faults += (f"{where}: {each}" for each in bench.faults())
                before = after
    yield _row("full disk at every size", runs, faults)


def _limited(size: int) -> Callable[[], None]:
    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def changing_sources(bench: Bench, count: int) -> Iterator[Row]:
    """A receipt is about bytes that the file had; what is saved while it is signed is not lost."""
    bench.reset()
    path = bench.work / "large.wav"
    first = path.read_bytes()
    saved = first + b"saved meanwhile"
    known = {hashlib.sha256(each).hexdigest() for each in (first, saved)}
    faults: list[str] = []
    codes: Counter[str] = Counter()
    for number in range(count):
        is_receipt = number % 2 == 0
        line: tuple[str, ...] = ("sign", "large.wav", "--ai", "generated", "--in-place")
        if is_receipt:
            line = ("check", "large.wav", *POLICY, "--receipt", "r.json", "--exit-zero")
        path.write_bytes(first)
        process = bench.start(*line)
        time.sleep(bench.random.uniform(0.05, 0.45))
        if bench.random.random() < 0.5:
            (bench.work / "new").write_bytes(saved)
            (bench.work / "new").replace(path)
        else:
            with path.open("ab") as file:
                file.write(b"saved meanwhile")
        process.communicate(timeout=60)
        codes[f"{line[0]} {process.returncode}"] += 1
        if is_receipt and process.returncode == 0:
            [entry] = json.loads((bench.work / "r.json").read_bytes())["entries"]
            if entry["sha256"] not in known:
                faults.append("a receipt is about bytes that the file never had")
        if not is_receipt and b"saved meanwhile" not in path.read_bytes():
            faults.append(f"in place: what was saved is lost, exit code {process.returncode}")
    yield _row("sources that change", count, faults, str(dict(codes)))
    yield _mixtures(bench, first, count)


def _mixtures(bench: Bench, first: bytes, count: int) -> Row:
    """A copy is of one version of its source, which is overwritten all the time."""
    path, copy = bench.work / "large.wav", bench.work / "copy.wav"
    head = first[:1000]  # with all that is not sound
    second = head + bytes(255 - each for each in first[1000:])
    faults: list[str] = []
    codes: Counter[str] = Counter()
    for _ in range(count // 4):
        bench.reset()
        path.write_bytes(first)
        is_over = threading.Event()
        writer = threading.Thread(target=_overwrite, args=(path, (second, first), is_over))
        writer.start()
        code, err = bench.run("sign", "large.wav", "--ai", "generated", "-o", "copy.wav")
        is_over.set()
        writer.join()
        codes[f"sign -o {code}"] += 1
        if code not in (0, 4) or (code and "while it was" not in err):
            faults.append(f"exit code {code}: {err[-200:]}")
        if code == 0 and not any(each[1000:] in copy.read_bytes() for each in (first, second)):
            faults.append("a mixture of two versions was signed")
        path.write_bytes(first)
        faults += bench.faults()
    return _row("sources that are overwritten", count // 4, faults, str(dict(codes)))


def _overwrite(path: Path, versions: tuple[bytes, ...], is_over: threading.Event) -> None:
    with path.open("r+b", 0) as file:
        while not is_over.is_set():
            for version in versions:
                for start in range(0, len(version), limits.MIB):
                    file.seek(start)
                    file.write(version[start : start + limits.MIB])


#: How time stamp authorities misbehave.
SERVERS: Final[dict[str, Behaviour]] = {
    "hangs": lambda _: Reply(delay=60),
    "errors": lambda _: Reply(b"", status=503),
    "web page": lambda _: Reply(b"<html>", "text/html"),
    "garbage": lambda _: Reply(os.urandom(3_000), "application/timestamp-reply"),
    "nothing": lambda _: Reply(b"", "application/timestamp-reply"),
    "drips": lambda _: Reply(bytes(5_000), "application/timestamp-reply", trickle=0.5),
    "huge": lambda _: Reply(bytes(64 * limits.MIB), "application/timestamp-reply"),
    "cut off": lambda _: Reply(bytes(100), "application/timestamp-reply", length=9_000),
}
#: Those of them whom another attempt may reach.
PASSING: Final = {"hangs", "errors", "drips", "huge", "cut off"}


def servers(bench: Bench) -> Iterator[Row]:
    faults: list[str] = []
    slowest = 0.0
    for name, behaviour in SERVERS.items():
        for required in (False, True):
            bench.reset()
            more = ["--require-timestamp"] if required else []
            with serve(behaviour) as server:
                began = time.monotonic()
                code, err = bench.run(
                    *("sign", "many", "--ai", "generated", "--output-dir", "out", "--jobs", "2"),
                    *("--tsa", server.url, "--tsa-timeout", "1", *more),
                )
                took = time.monotonic() - began
            slowest = max(slowest, took)
            where = f"authority {name}, {'required' if required else 'not required'}"
            made = len(list((bench.work / "out").glob("*.png")))
            lost = 4 if name in PASSING else 2
            if (code, made) != ((lost, 0) if required else (0, 48)):
                faults.append(f"{where}: exit code {code}, {made} files: {err[-200:]}")
            if took > 45:
                faults.append(f"{where}: {took:.0f} s")
            faults += (f"{where}: {each}" for each in bench.faults())
    figures = f"48 files each, slowest run {slowest:.1f} s"
    yield _row("servers that misbehave", 2 * len(SERVERS), faults, figures)


def at_once(bench: Bench, count: int) -> Iterator[Row]:
    faults: list[str] = []
    lines = {
        "one output": (("sign", "picture.png", "--ai", "generated", "-o", "out.png"), 2),
        "in place": (("sign", "large.wav", "--ai", "generated", "--in-place"), 4),
        "credentials": (("credentials", "new", "--dir", "new"), 2),
        "baseline": (("check", "many", *POLICY, "--update-baseline", "--baseline", "b"), 0),
    }
    for _ in range(count):
        for name, (line, lost) in lines.items():
            bench.reset()
            processes = [bench.start(*line) for _ in range(8)]
            codes: Counter[int] = Counter()
            for each in processes:
                _, err = each.communicate(timeout=120)
                codes[each.returncode] += 1
                if b"Traceback" in err or b"bug" in err:
                    faults.append(f"{name}: {err.decode()[-300:]}")
            # In place, one after the other may sign what is signed.
            wins = codes[0] if name == "in place" else 1 if lost else 8
            if codes != Counter({0: wins} | ({lost: 8 - wins} if wins < 8 else {})) or not codes[0]:
                faults.append(f"{name}: exit codes {dict(codes)}")
            faults += (f"{name}: {each}" for each in bench.faults())
    yield _row("eight at once", count * len(lines), faults)


def many_files(bench: Bench, count: int) -> Iterator[Row]:
    bench.reset()
    folder = bench.work / "thousands"
    for number in range(count):
        place = folder / f"{number // 1000:03}"
        if number % 1000 == 0:
            place.mkdir(parents=True)
        os.link(bench.work / "signed.png", place / f"{number:06}.png")
    for line in (
        ("verify", "thousands", "--jobs", "2", "--format", "jsonl"),
        ("check", "thousands", *POLICY, "--jobs", "2", "--exit-zero", "--receipt", "r.json"),
    ):
        faults: list[str] = []
        most = 0
        began = time.monotonic()
        with (bench.work / "out.jsonl").open("wb") as out:
            process = bench.start(*line, stdout=out)
            while process.poll() is None:
                most = max(most, *map(_memory, (process.pid, *_children(process.pid))), 0)
                time.sleep(0.2)
        process.communicate()
        took = time.monotonic() - began
        if line[0] == "verify":
            lines = (bench.work / "out.jsonl").read_bytes().splitlines()
            names = [json.loads(each)["file"] for each in lines]
            if names != sorted(set(names)) or len(names) != count:
                faults.append(f"{len(names)} results, or not in their order")
        else:
            # The end of the run is also the test that a receipt of this size can be read.
            code, err = bench.run("receipt", "verify", "r.json")
            if code != 0:
                faults.append(f"receipt verify: {err}")
        figures = f"{count / took:,.0f} files/s, at most {most >> 20} MiB in one process"
        yield _row(f"{line[0]} {count:,} files", 1, faults, figures)


def _memory(number: int) -> int:
    try:
        text = Path(f"/proc/{number}/status").read_text()
    except OSError:
        return 0
    found = next((line for line in text.splitlines() if line.startswith("VmHWM")), None)
    return int(found.split()[1]) << 10 if found else 0


def threads(bench: Bench, count: int) -> Iterator[Row]:
    """One process, many threads: no error, no other result, no growth."""
    data = (bench.pristine / "signed.png").read_bytes()
    faults: list[str] = []
    trust = ad.TrustConfig.none()

    def work(times: int) -> None:
        for _ in range(times):
            if ad.verify(data, trust=trust).state is not ad.State.VALID:
                faults.append("another result")

    work(200)
    before = _memory(os.getpid()), len([*Path("/proc/self/fd").iterdir()])
    running_ = [threading.Thread(target=work, args=(count // 8,)) for _ in range(8)]
    for each in running_:
        each.start()
    for each in running_:
        each.join()
    after = _memory(os.getpid()), len([*Path("/proc/self/fd").iterdir()])
    if after[0] - before[0] > 32 * limits.MIB or after[1] != before[1]:
        faults.append(f"grew from {before} to {after}")
    yield _row("8 threads in one process", count, faults, f"{after[0] >> 20} MiB")


def _row(what: str, runs: int, faults: list[str], figures: str = "") -> Row:
    for each in faults:
        print(f"FAULT  {what}: {each}", file=sys.stderr, flush=True)
    return Row(what, runs, len(faults), figures)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=400)
    parser.add_argument("--sizes", type=int, default=20, help="sizes of a full disk, by command")
    parser.add_argument("--changes", type=int, default=60)
    parser.add_argument("--races", type=int, default=5)
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="aidisclose-soak-") as folder:
        bench = Bench(Path(folder), options.seed)
        for part in (
            kills(bench, options.kills),
            full_disks(bench, options.sizes),
            changing_sources(bench, options.changes),
            servers(bench),
            at_once(bench, options.races),
            threads(bench, options.calls),
            many_files(bench, options.files),
        ):
            for row in part:
                rows.append(row)
                counts = f"{row.runs:>6} runs {row.faults:>4} faults"
                print(f"{row.what:<32} {counts}  {row.figures}", flush=True)
    print(f"\n{sum(row.runs for row in rows):,} runs, {sum(row.faults for row in rows)} faults")
    return int(any(row.faults for row in rows))


if __name__ == "__main__":
    sys.exit(main())
