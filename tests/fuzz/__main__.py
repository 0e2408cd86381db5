"""Coverage-guided input for every parser: `python -m tests.fuzz`, with `--seconds` and names.

The targets are those of `tests.property.targets`. Needs atheris, which is not there for every
version of Python; a pass without it says so. What a parser does not survive is left in the working
directory as `crash-…` or `timeout-…`, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

#: Seconds that one input may take, and memory of the process in MiB.
HANG: Final = 10
MEMORY: Final = 1_024
_EXECUTED: Final = re.compile(r"stat::number_of_executed_units:\s+(\d+)")


def run(name: str, seconds: int) -> tuple[int, str]:
    """How many inputs a target survived, and what it did not survive."""
    command = [sys.executable, "-m", "tests.fuzz", "--only", name, "--seconds", str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, errors="replace")
    found = _EXECUTED.search(done.stderr)
    failure = "" if done.returncode == 0 and found else done.stderr[-4_000:]
    return int(found[1]) if found else 0, failure


def fuzz(name: str, seconds: int) -> None:
    """Fuzz one parser in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=["aidisclose"], enable_loader_override=False):
        from tests.property.targets import TARGETS
    target = next(item for item in TARGETS if item.name == name)
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(target.seeds()):
            (Path(folder) / str(number)).write_bytes(seed)
        options = [f"-max_total_time={seconds}", f"-timeout={HANG}", f"-rss_limit_mb={MEMORY}"]
        arguments = [sys.argv[0], *options, "-print_final_stats=1", "-verbosity=0", folder]
        atheris.Setup(arguments, lambda data: target.survives(bytes(data)) and None)
        atheris.Fuzz()


def main() -> int:
    """Fuzz the parsers that are named, or all, one after the other."""
    parser = argparse.ArgumentParser(description="coverage-guided input for every parser")
    parser.add_argument("names", nargs="*", metavar="NAME", help="parsers; all if none is named")
    parser.add_argument("--seconds", type=int, default=60, help="for each (default: 60)")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not importlib.util.find_spec("atheris"):
        print("atheris is not installed: no coverage-guided fuzzing")
        return 0
    if options.only:
        fuzz(options.only, options.seconds)
        return 0
    from tests.property.targets import TARGETS

    failed = False
    for name in options.names or [target.name for target in TARGETS]:
        count, failure = run(name, options.seconds)
        failed = failed or bool(failure)
        print(
            f"{'FAILED ' if failure else ''}{name}: {count} inputs\n{failure}".rstrip(), flush=True
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
