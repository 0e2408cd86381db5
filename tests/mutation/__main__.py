"""Try mutants, and print those that no test notices: `python -m tests.mutation`."""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import json
import math
import os
import random
import signal
from collections import defaultdict
from itertools import chain, zip_longest
from typing import Final, TypedDict

import pytest

from tests.mutation.mutant import Mutant, mutants, sources
from tests.mutation.reach import HOME, OPTIONS, TESTS, Reach, reach
from tests.mutation.types import refused

HANGS: Final = 4
"""Seconds of processor time that a test may take, and five times what it took without a mutant."""

RESULTS: Final = HOME / "results.json"


class Result(TypedDict):
    """What became of a mutant.

    Attributes:
        by: The test that killed it, `time` or `unreached`; None if it survives.
        tests: How many tests were to be run.
        line: The first line that it changes.
        change: The lines before and after.
    """

    by: str | None
    tests: int
    line: int
    change: str


class Trial:
    """A plugin that runs each mutant against the tests that reach it, and no test as such."""

    def __init__(
        self, mutants: list[Mutant], results: dict[str, Result], reach: Reach, most: float
    ) -> None:
        """`mutants` to try for `most` seconds, but those killed before, as `results` say."""
        self.mutants, self.results, self.reach, self.most = mutants, results, reach, most
        self.fit: dict[str, bool] = {}

    def chosen(self, mutant: Mutant) -> list[str]:
        """Tests that reach a mutant: of its module, of its package, of others; quick ones first.

        Behind those of the module one of each function comes first, then a second one, and so on.
        """
        seconds = self.reach.seconds
        groups = defaultdict(list)
        own = f"tests/{mutant.file.removeprefix('aidisclose/').replace('/', '/test_')}"
        for name in sorted(self.reach.tests(mutant), key=lambda each: seconds[each]):
            groups[name.partition("[")[0]].append(name)
        near = [name for group in groups.values() for name in group if name.startswith(own)]
        package = f"{own.rpartition('/')[0]}/"
        ordered = sorted(groups.values(), key=lambda group: seconds[group[0]])
        inside = [group for group in ordered if group[0].startswith(package)]
        rows = chain(zip_longest(*inside), zip_longest(*ordered))
        spent = 0.0
        names: list[str] = []
        for name in dict.fromkeys(chain(near, filter(None, chain.from_iterable(rows)))):
            spent += seconds[name]
            if names and spent > self.most:
                break
            names.append(name)
        return names

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try every mutant, and write down the result of each at once."""
        items = {item.nodeid: item for item in session.items}
        for name in self.reach.imports:  # or each fork imports them again
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        gc.collect()
        gc.freeze()  # or each fork looks through all tests, again and again
        for at, mutant in enumerate(self.mutants):
            change = mutant.change
            before = self.results.get(mutant.key)
            if before and before["change"] == change and before["by"] not in (None, "unreached"):
                continue
            chosen = [items[name] for name in self.chosen(mutant) if name in items]
            by = self.killer(chosen, mutant) if chosen else "unreached"
            line = mutant.lines[0]
            self.results[mutant.key] = Result(by=by, tests=len(chosen), line=line, change=change)
            if at % 20 == 0:
                save(self.results)
            print(f"{at + 1}/{len(self.mutants)} {mutant.key} {by}", flush=True)
        save(self.results)
        return True

    def killer(self, items: list[pytest.Item], mutant: Mutant) -> str | None:
        """The first test that fails with a mutant and not without one, `time`, or None."""
        while True:
            items = [item for item in items if self.fit.get(item.nodeid, True)]
            failed = self.failing(items, mutant)
            if failed is None or failed == "time" or self.fit.get(failed):
                return failed
            until = [item.nodeid for item in items].index(failed) + 1
            self.fit[failed] = self.failing(items[:until], None) != failed

    def failing(self, items: list[pytest.Item], mutant: Mutant | None) -> str | None:
        """The first test that fails in a fork, where a function is the mutant; `time`, or None."""
        from _pytest.runner import runtestprotocol

        receive, send = os.pipe()
        process = os.fork()
        if process == 0:
            signal.alarm(600)  # for what waits without working
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            if mutant:
                mutant.plant()
            failed = b"\0"
            for item, following in zip_longest(items, items[1:]):
                signal.setitimer(signal.ITIMER_PROF, HANGS + 5 * self.reach.seconds[item.nodeid])
                try:
                    reports = runtestprotocol(item, nextitem=following, log=False)
                except BaseException:
                    reports = []  # whatever it is, it was noticed
                if not reports or any(report.failed for report in reports):
                    failed = item.nodeid.encode()
                    break
            os.write(send, failed)
            os._exit(0)
        os.close(send)
        with os.fdopen(receive, "rb") as stream:
            said = stream.read()
        os.waitpid(process, 0)
        return None if said == b"\0" else said.decode() or "time"


def save(results: dict[str, Result]) -> None:
    """Write results to mutants/results.json."""
    RESULTS.write_text(json.dumps(results, indent=1))


def interval(part: int, whole: int) -> tuple[float, float]:
    """The interval of confidence of 95 % of the share that `part` is of `whole` (Wilson 1927)."""
    z = 1.96
    share, scale = part / whole, 1 + z * z / whole
    middle = (share + z * z / (2 * whole)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole**2))
    return middle - half, middle + half


def main() -> None:
    """Record what tests reach, try the sample, print what survives."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--sample", type=int, default=300, help="how many mutants; 0 for all")
    parser.add_argument("--seconds", type=float, default=8, help="of tests for one that survives")
    parser.add_argument(
        "--stale", action="store_true", help="believe what tests reached before the program changed"
    )
    parser.add_argument(
        "--few", type=int, help="only those that at most so many functions of tests reach"
    )
    parser.add_argument("modules", nargs="*", help="only of these, such as codec or trust.path")
    options = parser.parse_args()
    print("seed", options.seed, flush=True)
    reached = reach(stale=options.stale)
    every = [
        mutant
        for file in sources()
        if not options.modules or any(_is_of(file, each) for each in options.modules)
        for mutant in mutants(file)
        if not reached.is_of_import(mutant)
        and (options.few is None or reached.functions(mutant) <= options.few)
    ]
    random.Random(options.seed).shuffle(every)  # so that a larger sample goes on where one ended
    chosen = every[: options.sample or None]
    results: dict[str, Result] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    pytest.main(
        ["-s", *OPTIONS, *TESTS], plugins=[Trial(chosen, results, reached, options.seconds)]
    )
    alive = [each for each in chosen if results[each.key]["by"] in (None, "unreached")]
    ill_typed = set(refused(alive))
    for each in sorted(alive, key=lambda each: (each.file, each.lines)):
        fate = "mypy" if each.key in ill_typed else results[each.key]["by"] or "survives"
        print(f"\n{each.file}:{each.lines[0]}: {fate}\n{each.change}")
    killed = len(chosen) - len(alive)
    print(f"\nseed {options.seed}: of {len(chosen)} mutants out of {len(every)}")
    for what, count in (("tests", killed), ("tests and mypy", killed + len(ill_typed))):
        low, high = interval(count, len(chosen))
        share = count / len(chosen)
        print(f"{count} ({share:.1%}, {low:.1%} to {high:.1%}) are killed by {what}")


def _is_of(file: str, module: str) -> bool:
    return f"{file.removesuffix('.py')}/".startswith(f"aidisclose/{module.replace('.', '/')}/")


if __name__ == "__main__":
    main()
