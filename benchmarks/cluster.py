"""`make bench-cluster`: many small files, with processes and on a cluster of this machine.

    python benchmarks/cluster.py [--files N] [--runs N] [--kill SECONDS]

Rates are of whole processes, start and end included, in turn. The last part kills a worker every
few seconds while another run goes on, and counts how often each file is in its results.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import media
from benchmarks.run import workplace

CLI = [sys.executable, "-m", "aidisclose", "--isolated"]
SIZE = 140_000


def make(folder: Path, files: int) -> None:
    """Signed JPEGs; a hundred different ones, under many names."""
    credentials, plain, signed = folder / "credentials", folder / "plain", folder / "signed"
    subprocess.run(
        [*CLI, "credentials", "new", "--dir", credentials], check=True, stderr=-3, stdout=-3
    )
    plain.mkdir()
    for index in range(100):
        (plain / f"{index:03}.jpg").write_bytes(media.jpeg(SIZE, seed=index))
    command = [*CLI, "sign", str(plain), "--output-dir", str(signed), "--ai", "generated", "-q"]
    command += ["--cert", str(credentials / "chain.pem"), "--key", str(credentials / "key.pem")]
    subprocess.run(
        command,
        check=True,
    )
    many = folder / "many"
    for index in range(files):
        target = many / f"{index // 1000:03}" / f"{index:06}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.link(signed / f"{index % 100:03}.jpg", target)


def verify(folder: Path, *options: str) -> subprocess.Popen[bytes]:
    """A run over all files, with results in a file."""
    results = folder / "results.jsonl"
    results.unlink(missing_ok=True)
    command = [*CLI, "verify", str(folder / "many"), "--results", str(results), *options]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def measure(folder: Path, *options: str) -> tuple[float, float, float]:
    """Seconds of a run, seconds to its first result, and its peak memory in MiB."""
    start = time.perf_counter()
    process = verify(folder, *options)
    first, peak = 0.0, 0.0
    while process.poll() is None:
        if not first:
            with contextlib.suppress(OSError):
                first = time.perf_counter() - start if _results(folder).stat().st_size else 0.0
        peak = max(peak, _memory(process.pid))
        time.sleep(0.02)
    if process.returncode not in (0, 1):
        raise SystemExit(f"exit {process.returncode}")
    return time.perf_counter() - start, first, peak


def _results(folder: Path) -> Path:
    return folder / "results.jsonl"


def _memory(process: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0


def workers(process: int) -> Iterator[int]:
    """The processes at work for a run, without those that watch them."""
    children: dict[int, list[int]] = collections.defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            fields = path.read_text().rpartition(")")[2].split()
            children[int(fields[1])].append(int(path.parent.name))
    for child in children[process]:
        with contextlib.suppress(OSError):
            if b"dask worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                yield child


def survive(folder: Path, every: float) -> str:
    """How often files are in the results of a run whose workers are killed."""
    process = verify(folder, "--cluster", "local:2")
    killed, next_kill = 0, time.monotonic() + every
    while process.poll() is None:
        if not _results(folder).exists() or not _results(folder).stat().st_size:
            next_kill = time.monotonic() + every
        elif time.monotonic() > next_kill and (found := list(workers(process.pid))):
            os.kill(random.choice(found), signal.SIGKILL)
            killed += 1
            next_kill = time.monotonic() + every
        time.sleep(0.05)
    lines = [json.loads(line) for line in _results(folder).read_text().splitlines()]
    counts = collections.Counter(line["file"] for line in lines)
    lost = sum(line["error"] is not None for line in lines)
    twice = sum(count > 1 for count in counts.values())
    return f"{killed} workers killed: {len(counts):,} files, {twice} twice, {lost} without result"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--kill", type=float, default=10.0, help="seconds between two kills")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.setdefault("PYTHONPATH", str(Path(__file__).parent.parent))
    ways = {"--jobs 2": ("--jobs", "2"), "--cluster local:2": ("--cluster", "local:2")}
    with workplace() as folder:
        make(folder, options.files)
        found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in ways}
        for _ in range(options.runs):
            for name, arguments in ways.items():
                found[name].append(measure(folder, *arguments))
        for name, costs in found.items():
            seconds, first, peak = (statistics.median(each) for each in zip(*costs, strict=True))
            rate = options.files / seconds
            print(
                f"verify {options.files:,} JPEGs of 145 kB, {name:<18} {seconds:6.1f} s "
                f"{rate:7.0f} /s, first result after {first:.1f} s, driver {peak:.0f} MiB",
                flush=True,
            )
        pairs = zip(found["--jobs 2"], found["--cluster local:2"], strict=True)
        ratio = statistics.median(jobs[0] / cluster[0] for jobs, cluster in pairs)
        print(f"rate of the cluster: {ratio:.2f} × that of --jobs 2   ≥ 0.9 ×", flush=True)
        print(survive(folder, options.kill), flush=True)
        shutil.rmtree(folder / "many")


if __name__ == "__main__":
    main()
