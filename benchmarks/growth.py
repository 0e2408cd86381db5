"""How time and memory grow with what there is more of: files, manifests, ingredients, assertions.

`make bench` prints it behind its table. Each figure is of a process of its own, the median of
alternating runs, and counts the processor time of the work itself, not the start of Python. The
exponent is the slope of a line through the logarithms of size and time: 1 is linear, 2 quadratic.

    python benchmarks/growth.py [--runs N] [AXIS …]
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import aidisclose as ad  # noqa: E402
from benchmarks import media  # noqa: E402

SOURCE_TYPE: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


class Axis(NamedTuple):
    """What there is more of.

    Attributes:
        name: What is counted.
        sizes: How many there are, each twice the one before.
        prepare: Makes the work for a size, which is not measured; returns the work.
    """

    name: str
    sizes: tuple[int, ...]
    prepare: Callable[[int, ad.Signer, Path], Callable[[], object]]


def _signed(source: bytes, signer: ad.Signer, **options: object) -> bytes:
    out = io.BytesIO()
    given = {"disclosure": ad.Disclosure(ai="edited")} | options
    ad.sign(source, out, signer=signer, **given)  # type: ignore[arg-type]
    return out.getvalue()


def _generations(count: int, signer: ad.Signer) -> bytes:
    """A picture that was edited and signed `count` times."""
    data = media.jpeg(20_000)
    for _ in range(count):
        data = _signed(data, signer)
    return data


def _of_assertions(count: int) -> dict[str, object]:
    """A manifest definition with this many assertions."""
    created = {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE}
    own = [
        {"label": f"com.example.note{number}", "data": {"text": "x" * 200}}
        for number in range(count)
    ]
    return {"assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created]}}, *own]}


def _verify(data: bytes) -> Callable[[], object]:
    return lambda: ad.verify(data, trust=ad.TrustConfig.none())


def verify_generations(count: int, signer: ad.Signer, _folder: Path) -> Callable[[], object]:
    """Verify a picture with a history."""
    return _verify(_generations(count, signer))


def sign_again(count: int, signer: ad.Signer, _folder: Path) -> Callable[[], object]:
    """Sign a picture with a history once more."""
    data = _generations(count, signer)
    return lambda: _signed(data, signer)


def sign_ingredients(count: int, signer: ad.Signer, folder: Path) -> Callable[[], object]:
    """Sign a picture that was composed of others with credentials."""
    parts: list[ad.Component] = []
    for number in range(count):
        path = folder / f"{number}.jpg"
        path.write_bytes(_signed(media.jpeg(20_000, seed=number), signer))
        parts.append(ad.Component(path))
    data = media.jpeg(20_000, seed=9_999)
    composite = ad.Disclosure(ai="composite")
    return lambda: _signed(data, signer, disclosure=composite, ingredients=parts)


def verify_ingredients(count: int, signer: ad.Signer, folder: Path) -> Callable[[], object]:
    """Verify a picture that was composed of others with credentials."""
    made = sign_ingredients(count, signer, folder)()
    assert isinstance(made, bytes)
    return _verify(made)


def sign_assertions(count: int, signer: ad.Signer, _folder: Path) -> Callable[[], object]:
    """Sign a picture with many assertions."""
    data, manifest = media.jpeg(20_000), _of_assertions(count)
    return lambda: _signed(data, signer, disclosure=None, manifest=manifest)


def verify_assertions(count: int, signer: ad.Signer, folder: Path) -> Callable[[], object]:
    """Verify a picture with many assertions."""
    made = sign_assertions(count, signer, folder)()
    assert isinstance(made, bytes)
    return _verify(made)


def verify_files(count: int, signer: ad.Signer, folder: Path) -> Callable[[], object]:
    """Verify a folder of pictures with the command, in one process."""
    data = _signed(media.jpeg(20_000), signer)
    for number in range(count):
        (folder / f"{number:06}.jpg").write_bytes(data)
    command = [sys.executable, "-m", "aidisclose", "--isolated", "verify", "--no-default-trust"]
    wanted = [*command, "--jobs", "1", "--format", "jsonl", str(folder)]
    return lambda: subprocess.run(wanted, stdout=subprocess.DEVNULL, check=False)


AXES: Final = (
    Axis("verify: files", (500, 1_000, 2_000, 4_000), verify_files),
    Axis("verify: manifests", (8, 16, 32, 64), verify_generations),
    Axis("sign: manifests", (8, 16, 32, 64), sign_again),
    Axis("verify: ingredients", (16, 32, 64, 128), verify_ingredients),
    Axis("sign: ingredients", (16, 32, 64, 128), sign_ingredients),
    Axis("verify: assertions", (1_000, 2_000, 4_000, 8_000), verify_assertions),
    Axis("sign: assertions", (1_000, 2_000, 4_000, 8_000), sign_assertions),
)


def work(axis: Axis, size: int) -> None:
    """Print the seconds that the work of one size takes, and its peak memory in MiB."""
    signer = ad.Signer.test()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as first:
        # What is imported and remembered once is not what grows.
        axis.prepare(axis.sizes[0], signer, Path(first))()
        run = axis.prepare(size, signer, Path(folder))
        start = _used()
        run()
        seconds = _used() - start
    peaks = (resource.getrusage(who).ru_maxrss for who in _WHO)
    print(json.dumps([seconds, max(peaks) / 1024]))


_WHO: Final = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def _used() -> float:
    """The processor time of this process and its children, in seconds: others do not count."""
    return sum(sum(resource.getrusage(who)[:2]) for who in _WHO)


def measure(axis: Axis, runs: int) -> list[tuple[float, float]]:
    """Median seconds and largest memory of each size, by alternating runs."""
    found: list[list[list[float]]] = [[] for _ in axis.sizes]
    for _ in range(runs):
        for number, size in enumerate(axis.sizes):
            command = [sys.executable, __file__, "--work", str(size), axis.name]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found[number].append(json.loads(done.stdout))
    return [
        (statistics.median(seconds for seconds, _ in each), max(memory for _, memory in each))
        for each in found
    ]


def exponent(sizes: Sequence[int], values: Sequence[float]) -> float:
    """The slope of the best line through the logarithms of both (least squares)."""
    slope, _ = statistics.linear_regression(
        [math.log(size) for size in sizes], [math.log(value) for value in values]
    )
    return slope


def show(axis: Axis, costs: Sequence[tuple[float, float]]) -> str:
    """The line of the table."""
    times, peaks = zip(*costs, strict=True)
    cells = "  ".join(
        f"{size:>6} {seconds * 1000:8.0f} ms"
        for size, seconds in zip(axis.sizes, times, strict=True)
    )
    return (
        f"{axis.name:<22} {cells}  time ∝ n^{exponent(axis.sizes, times):.2f}, "
        f"peak {peaks[0]:.0f} → {peaks[-1]:.0f} MiB"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--work", type=int, help=argparse.SUPPRESS)
    parser.add_argument("only", nargs="*", metavar="AXIS", help="axes whose name contains this")
    options = parser.parse_args()
    os.environ.setdefault("PYTHONPATH", str(HERE.parent))
    for axis in AXES:
        if options.work is not None:
            if axis.name in options.only:
                work(axis, options.work)
        elif not options.only or any(word in axis.name for word in options.only):
            print(show(axis, measure(axis, options.runs)), flush=True)


if __name__ == "__main__":
    main()
