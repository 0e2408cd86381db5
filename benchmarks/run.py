"""`make bench`: one table of aidisclose, the reference implementation, and the floor.

The floor is one SHA-256 pass of OpenSSL over the same file. Each figure is of a whole process, the
median of runs that alternate between the three; "warm" figures are medians inside a process. Files
lie in memory where there is room, so that no disk's write-back is measured.

    python benchmarks/run.py [--runs N] [--size MIB] [ROW …]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import media

HERE = Path(__file__).resolve().parent
MEMORY = Path("/dev/shm")


class Cost(NamedTuple):
    """Of one process: wall time in seconds, and peak memory in MiB."""

    seconds: float
    memory: float


class Row(NamedTuple):
    """One line of the table; a command per column, None where a column does not apply."""

    name: str
    ours: list[str]
    reference: list[str] | None
    floor: list[str] | None
    target: str
    is_warm: bool = False
    clean: Path | None = None
    runs: int | None = None


def run(command: list[str]) -> tuple[Cost, str]:
    """Run a command to its end, with the operating system's own account of it."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, error = process.communicate()
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit {process.returncode}: {error.decode()[-500:]}")
    return Cost(seconds, 0), out.decode()


def measure(command: list[str], *, is_warm: bool) -> Cost:
    """One run; peak memory through a child of its own, so that runs do not mix."""
    code = (
        "import os, resource, subprocess, sys, time\n"
        "start = time.perf_counter()\n"
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE)\n"
        "seconds = time.perf_counter() - start\n"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024\n"
        "print(seconds, peak, done.returncode, done.stdout.decode().strip() or '-')\n"
    )
    _, out = run([sys.executable, "-c", code, *command])
    seconds, peak, status, printed = out.split(maxsplit=3)
    if status != "0":
        raise SystemExit(f"{' '.join(command)}: exit {status}")
    return Cost(float(printed) if is_warm else float(seconds), float(peak))


def median(costs: list[Cost]) -> Cost:
    """The median time and the largest memory."""
    times = [cost.seconds for cost in costs]
    return Cost(statistics.median(times), max(cost.memory for cost in costs))


def evaluate(row: Row, runs: int) -> dict[str, Cost]:
    """Alternate the columns `runs` times after one warm-up each."""
    columns = {"ours": row.ours, "reference": row.reference, "floor": row.floor}
    present = {name: command for name, command in columns.items() if command}
    costs: dict[str, list[Cost]] = {name: [] for name in present}
    for turn in range((row.runs or runs) + 1):
        for name, command in present.items():
            if row.clean:
                row.clean.unlink(missing_ok=True)
            cost = measure(command, is_warm=row.is_warm and name != "floor")
            if turn:
                costs[name].append(cost)
    return {name: median(found) for name, found in costs.items()}


def show(row: Row, costs: dict[str, Cost]) -> str:
    """The line of the table."""
    ours = costs["ours"]
    cells = [f"{row.name:<44}", f"{ours.seconds * 1000:10.1f} ms"]
    for name in ("reference", "floor"):
        other = costs.get(name)
        ratio = f"{ours.seconds / other.seconds:5.2f} ×" if other else ""
        cells.append(f"{other.seconds * 1000:10.1f} ms {ratio:>8}" if other else " " * 22)
    reference = costs.get("reference")
    cells.append(
        f"{ours.memory:6.0f} / {reference.memory:6.0f} MiB"
        if reference
        else f"{ours.memory:6.0f} MiB"
    )
    return "  ".join(cells) + f"   {row.target}"


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder in memory if there is one with room, else on disk."""
    base = MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 4 << 30 else None
    with tempfile.TemporaryDirectory(dir=base, prefix="aidisclose-bench-") as folder:
        yield Path(folder)


@contextmanager
def busy() -> Iterator[None]:
    """Another process that takes a whole processor, until the block ends."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def touch(folder: Path, size: int) -> None:
    """Have the machine hand over as much memory as the files will take.

    A virtual one does so page by page when it is first written to, which takes longer than all
    that is measured here, and whoever comes first pays for it.
    """
    path = folder / "touched"
    with path.open("wb") as file:
        file.writelines(media.noise(size))
    path.unlink()


def rows(folder: Path, size: int) -> Iterator[Callable[[], Row]]:
    """The measurements; the files of each are made when its turn comes."""
    credentials = folder / "credentials"
    cli = [sys.executable, "-m", "aidisclose"]
    run([*cli, "credentials", "new", "--dir", str(credentials)])
    root = str(credentials / "root.pem")

    def work(who: str, name: str, *paths: Path) -> list[str]:
        return [
            sys.executable,
            str(HERE / "work.py"),
            who,
            name,
            str(credentials),
            *map(str, paths),
        ]

    def floor(path: Path) -> list[str]:
        return ["openssl", "dgst", "-sha256", str(path)]

    def large(name: str, make: Callable[[Path], None]) -> Iterator[Callable[[], Row]]:
        source, output = folder / name, folder / f"signed-{name}"

        def sign() -> Row:
            make(source)
            ours, reference = (work(who, "sign", source, output) for who in ("ours", "reference"))
            target = "≤ 1.1 × floor, ≤ 64 MiB"
            return Row(f"sign {name}", ours, reference, floor(source), target, clean=output)

        def verify() -> Row:
            run(work("ours", "sign", source, output))
            source.unlink()
            ours, reference = (work(who, "verify", output) for who in ("ours", "reference"))
            target = "≤ 0.95 × floor, ≤ 64 MiB"
            return Row(f"verify {name}", ours, reference, floor(output), target)

        yield sign
        yield verify

    mib = media.MIB
    yield from large("1g.wav", lambda path: media.write_wav(path, size * mib))
    yield from large(
        "1g-moov-first.mp4", lambda path: media.write_mp4(path, size * mib, moov_first=True)
    )
    yield from large(
        "1g-moov-last.mp4", lambda path: media.write_mp4(path, size * mib, moov_first=False)
    )
    yield from large("1g.avi", lambda path: media.write_avi(path, size * mib))

    def sparse() -> Row:
        source, output = folder / "10g-sparse.mp4", folder / "signed-10g-sparse.mp4"
        media.write_mp4(source, 10 * size * mib, moov_first=True, sparse=True)
        ours, target = work("ours", "sign", source, output), "≤ 96 MiB"
        return Row("sign 10g-sparse.mp4", ours, None, floor(source), target, clean=output, runs=1)

    yield sparse

    small, signed = folder / "small.jpg", folder / "small.signed.jpg"
    small.write_bytes(media.jpeg())
    run(work("ours", "sign", small, signed))

    def warm(name: str) -> Callable[[], Row]:
        ours, reference = (work(who, name, small) for who in ("ours", "reference"))
        title = f"{name.removesuffix('-warm')} a 184 kB JPEG, warm"
        most = "0.6" if name.startswith("verify") else "0.9"
        return lambda: Row(title, ours, reference, None, f"≤ {most} × reference", is_warm=True)

    yield warm("verify-warm")
    yield warm("sign-warm")
    yield lambda: Row(
        "check it against three profiles, beside verify",
        work("ours", "check-warm", small),
        work("ours", "verify-warm", small),
        None,
        "≤ 1.3 × verify",
        is_warm=True,
    )
    yield lambda: Row(
        "aidisclose verify small.jpg, cold process",
        [*cli, "verify", "--trust", root, str(signed)],
        work("reference", "verify", signed),
        None,
        "≤ 1.0 × reference",
    )

    many, out = folder / "many", folder / "many-signed"

    def sign_all() -> Row:
        many.mkdir()
        out.mkdir()
        for index in range(1000):
            (many / f"{index:04}.jpg").write_bytes(media.jpeg(20_000, seed=index))
        pair = ["--cert", str(credentials / "chain.pem"), "--key", str(credentials / "key.pem")]
        ours = [*cli, "sign", str(many), "--output-dir", str(out), "--ai", "generated", "--force"]
        return Row(
            "sign 1,000 JPEGs, --jobs 2",
            [*ours, "--jobs", "2", *pair],
            work("reference", "sign-all", many, out),
            None,
            "≤ 0.6 × two reference threads",
        )

    def verify_all() -> Row:
        return Row(
            "verify 1,000 JPEGs, --jobs 2",
            [*cli, "verify", str(out), "--jobs", "2", "--trust", root],
            work("reference", "verify-all", out),
            None,
            "≤ 0.3 × two reference threads",
        )

    yield sign_all
    yield verify_all


def imports(command: list[str]) -> str:
    """What importing costs in a cold process: modules, and the time of each part, in ms.

    The measuring itself costs about as much as it measures: compare these figures with each other.
    """
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *command[1:]], capture_output=True, text=True
    )
    found: dict[str, list[int]] = {}
    for line in done.stderr.splitlines():
        name = line.rpartition("|")[2].strip()
        own = line.removeprefix("import time:").partition("|")[0].strip()
        if line.startswith("import time:") and own.isdigit():
            found.setdefault(name.partition(".")[0], []).append(int(own))
    parts = sorted(found.items(), key=lambda item: -sum(item[1]))[:4]
    shown = ", ".join(f"{name} {len(each)} in {sum(each) / 1000:.0f}" for name, each in parts)
    count = sum(map(len, found.values()))
    return f"{count} modules in {sum(map(sum, found.values())) / 1000:.0f} ms: {shown}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--size", type=int, default=1024, help="of the large files, in MiB")
    parser.add_argument("--busy", action="store_true", help="beside a process that never rests")
    parser.add_argument("only", nargs="*", metavar="ROW", help="rows whose name contains this")
    options = parser.parse_args()
    # Bytecode belongs to what a user runs; without it every cold figure would measure a compiler.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.setdefault("PYTHONPATH", str(HERE.parent))
    header = ["ours", "reference", "ratio", "floor", "ratio", "peak ours / reference"]
    print(" " * 46 + "{:>13}  {:>13} {:>8}  {:>13} {:>8}  {}".format(*header))
    # Not in the project's own folder, whose settings would be read.
    with workplace() as folder, chdir(folder), busy() if options.busy else nullcontext():
        touch(folder, 4 * options.size * media.MIB)
        for make in rows(folder, options.size):
            row = make()
            if not options.only or any(word in row.name for word in options.only):
                print(show(row, evaluate(row, options.runs)), flush=True)
                if row.name.endswith("cold process"):
                    print(f"  imports: {imports(row.ours)}", flush=True)
            if row.clean:
                row.clean.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
