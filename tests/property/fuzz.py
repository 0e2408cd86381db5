"""Feed each parser mutated input for a while: `make fuzz`, or with `--seconds` and names.

What a parser does not survive is written beside this file's working directory, with the seed of
the random numbers that made it, and the exit code is 1. Taking longer than HANG seconds is failing.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import signal
import sys
import time
import traceback
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Final

from tests.property.targets import TARGETS, mutate

HANG: Final = 10


class Hung(Exception):
    """One input took too long."""


def _raise(_number: int, _frame: FrameType | None) -> None:
    raise Hung(f"more than {HANG} seconds")


def fuzz(name: str, seconds: float, start: int) -> str:
    """One line on what became of a parser in that time."""
    target = next(item for item in TARGETS if item.name == name)
    signal.signal(signal.SIGALRM, _raise)
    seeds = target.seeds()
    end = time.monotonic() + seconds
    number, accepted = start, 0
    while time.monotonic() < end:
        dice = random.Random(number)
        data = mutate(dice.choice(seeds), dice, seeds)
        signal.alarm(HANG)
        try:
            accepted += target.survives(data)
        except Exception:
            path = Path(f"fuzz-{hashlib.sha256(data).hexdigest()[:12]}.bin")
            path.write_bytes(data)
            return f"FAILED {name} (number {number}, {path}):\n{traceback.format_exc()}"
        finally:
            signal.alarm(0)
        number += 1
    return f"{name}: {number - start} inputs, {accepted} of them accepted"


def main() -> int:
    """Fuzz the parsers that are named, or all."""
    parser = argparse.ArgumentParser(description="mutated input for every parser")
    parser.add_argument("names", nargs="*", metavar="NAME", help="parsers; all if none is named")
    parser.add_argument("--seconds", type=float, default=60, help="for each (default: 60)")
    parser.add_argument("--start", type=int, default=None, help="first random number")
    options = parser.parse_args()
    names = options.names or [target.name for target in TARGETS]
    start = random.SystemRandom().randrange(1 << 32) if options.start is None else options.start
    with ProcessPoolExecutor() as pool:
        count = len(names)
        lines = pool.map(fuzz, names, [options.seconds] * count, [start] * count)
        failed = False
        for line in lines:
            print(line, flush=True)
            failed = failed or line.startswith("FAILED")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
