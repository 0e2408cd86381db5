"""Mutation testing of the code that decides verdicts, by a random sample: `make mutants`.

mutmut makes the mutants. Its runner chooses tests by function, and stops where any test fails
without a mutant; so coverage says here which tests reach a line, once, and each mutant of the
sample runs those in a fork of one process that has collected all, until one fails. A test that
fails without a mutant as well kills none. What survives is printed with its change.

A run with the same seed goes on where the last one stopped, and tries again what survived. What
code computes while it is imported is never that of the mutant.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import gc
import hashlib
import json
import math
import os
import random
import shutil
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, zip_longest
from pathlib import Path
from typing import Final, TypedDict

import pytest

TESTS: Final = [
    f"tests/{each}"
    for each in (
        *("codec", "bindings", "trust", "validate", "manifest", "identity"),
        *("cli/test_trust.py", "cli/test_trust_explain.py", "cli/test_trust_interim.py"),
        *("cli/test_doctor.py", "cli/test_stream.py", "cli/test_verify_reasons.py"),
        *("cli/test_watermark.py", "durable/test_watermark.py", "test_notebooks.py", "render"),
    )
]
"""Tests that have to do with these modules. Those of other folders are slower, and reach less."""

HANGS: Final = 4
"""Seconds of processor time that a test may take, and five times what it took without a mutant."""

HOME: Final = Path("mutants").absolute()
REACH: Final = HOME / "reach.json"
RESULTS: Final = HOME / "results.json"

OPTIONS: Final = [
    *("-p", "no:unraisableexception", "-p", "no:xdist", "-p", "no:cacheprovider"),
    *("-p", "tests.mutated", "--hypothesis-profile=mutated", "--tb=native"),
    "--ignore=tests/validate/test_cost.py",  # counts calls, of which mutants have more
]


class Result(TypedDict):
    """What became of a mutant.

    Attributes:
        by: The test that killed it, `time` or `unreached`; None if it survives.
        tests: How many tests were to be run.
        change: The lines before and after.
    """

    by: str | None
    tests: int
    change: str


def generate() -> None:
    """Make every mutant, into mutants/; those of files that did not change are kept."""
    from mutmut import __main__ as mutmut  # its commands have no other home

    HOME.mkdir(exist_ok=True)
    shutil.rmtree(HOME / "tests", ignore_errors=True)
    with contextlib.redirect_stdout(None):
        mutmut.copy_src_dir()  # type: ignore[attr-defined]
        mutmut.copy_also_copy_files()  # type: ignore[attr-defined]
        mutmut.create_mutants(1)


def state() -> str:
    """A hash of the program and of the tests: what they reach holds for this one."""
    digest = hashlib.sha256()
    for path in sorted(chain(Path("aidisclose").rglob("*.py"), Path("tests").rglob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


class Reach:
    """A plugin that records which tests reach which line, and how long they take."""

    def __init__(self) -> None:
        """Coverage begins before the program is imported, and is of what is mutated alone."""
        import coverage
        from mutmut.configuration import config

        self.coverage = coverage.Coverage(
            include=[str(Path(each).absolute()) for each in config().only_mutate],
            config_file=False,
            data_file=str(HOME / "coverage"),
        )
        self.coverage.erase()
        self.seconds: dict[str, float] = {}
        self.coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Give what runs the name of its test."""
        self.coverage.switch_context(item.nodeid)
        begin = time.process_time()
        result = yield
        self.seconds[item.nodeid] = time.process_time() - begin
        return result

    def save(self) -> None:
        """Write both to mutants/reach.json."""
        self.coverage.stop()
        data = self.coverage.get_data()
        names = sorted(self.seconds)
        number = {name: at for at, name in enumerate(names)}
        lines = {
            str(Path(file).relative_to(Path.cwd())): {
                line: [number[name] for name in tests if name in number]
                for line, tests in data.contexts_by_lineno(file).items()
            }
            for file in data.measured_files()
        }
        tests = [(name, self.seconds[name]) for name in names]
        REACH.write_text(json.dumps({"state": state(), "tests": tests, "lines": lines}))


def reach() -> None:
    """Run every test once in a fork, and record the lines that it reaches."""
    process = os.fork()
    if process == 0:
        recorder = Reach()
        pytest.main([*OPTIONS, *TESTS], plugins=[recorder])
        recorder.save()
        os._exit(0)
    os.waitpid(process, 0)


class Mutant:
    """A change of one function.

    Attributes:
        key: mutmut's name of it.
        file: The path of the source.
        lines: Those of the source that it changes.
        first: The first line of the function.
        change: The lines before and after.
    """

    def __init__(self, key: str, file: str, functions: dict[str, int]) -> None:
        """The mutant `key` of `file`, with the first lines of functions in it."""
        from mutmut.mutation.data import MutantLineSpans
        from mutmut.mutation.diff_apply import generated_function_names
        from mutmut.utils.format_utils import orig_function_and_class_names_from_key

        self.key, self.file = key, file
        spans = MutantLineSpans.load(file)
        assert spans is not None
        names = generated_function_names(key)
        sources = spans.read_function_sources(names)
        before, after = (
            text.replace(name, "_").strip("\n").split("\n")
            for text, name in zip(sources, names, strict=True)
        )
        changed = [at for at, (a, b) in enumerate(zip_longest(before, after)) if a != b]
        begin = next(
            at for at, each in enumerate(before) if each.lstrip().startswith(("def ", "async def "))
        )
        name, owner = orig_function_and_class_names_from_key(key)
        self.first = functions[f"{owner}.{name}" if owner else name]
        self.lines = [self.first + at - begin for at in changed]
        removed = (f"- {before[at].strip()}" for at in changed if at < len(before))
        added = (f"+ {after[at].strip()}" for at in changed if at < len(after))
        self.change = "\n".join(chain(removed, added))


def functions_of(file: str) -> dict[str, int]:
    """The first line of each function of a source, and of each method, by name."""
    found = {}
    for each in ast.parse(Path(file).read_text()).body:
        if isinstance(each, ast.ClassDef):
            for inner in each.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    found[f"{each.name}.{inner.name}"] = inner.lineno
        elif isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            found[each.name] = each.lineno
    return found


def sample(seed: int, count: int, modules: list[str]) -> tuple[list[Mutant], int]:
    """`count` mutants of `modules` (of all without) chosen by `seed`, and how many there are."""
    every = [
        (key, str(meta.relative_to(HOME)).removesuffix(".meta"))
        for meta in sorted(HOME.rglob("*.py.meta"))
        for key in json.loads(meta.read_text())["exit_code_by_key"]
        if not modules or any(key.startswith(f"aidisclose.{each}.") for each in modules)
    ]
    chosen = random.Random(seed).sample(every, min(count, len(every)))
    functions = {file: functions_of(file) for file in {file for _, file in chosen}}
    return [Mutant(key, file, functions[file]) for key, file in chosen], len(every)


class Trial:
    """A plugin that runs each mutant against the tests that reach it, and no test as such."""

    def __init__(self, mutants: list[Mutant], results: dict[str, Result], most: float) -> None:
        """`mutants` to try for `most` seconds, but those killed before, as `results` say."""
        stored = json.loads(REACH.read_text())
        self.tests: list[tuple[str, float]] = stored["tests"]
        self.seconds = dict(self.tests)
        self.lines: dict[str, dict[str, list[int]]] = stored["lines"]
        self.mutants, self.results, self.most = mutants, results, most
        self.fit: dict[str, bool] = {}

    def chosen(self, mutant: Mutant) -> list[str]:
        """Tests that reach a mutant: one of each function first, the quick before the slow."""
        lines = self.lines.get(mutant.file, {})
        numbers = {each for line in mutant.lines for each in lines.get(str(line), ())}
        if not numbers:  # coverage knows only the first line of a statement
            above = (lines.get(str(at)) for at in range(min(mutant.lines), mutant.first, -1))
            numbers = set(next(filter(None, above), ()))
        groups = defaultdict(list)
        for name, seconds in sorted((self.tests[at] for at in numbers), key=lambda each: each[1]):
            groups[name.partition("[")[0]].append((name, seconds))
        rows = zip_longest(*sorted(groups.values(), key=lambda group: group[0][1]))
        spent = 0.0
        names: list[str] = []
        for name, seconds in filter(None, chain.from_iterable(rows)):
            spent += seconds
            if names and spent > self.most:
                break
            names.append(name)
        return names

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try every mutant, and write down the result of each at once."""
        import aidisclose

        assert Path(aidisclose.__file__).is_relative_to(HOME)
        items = {item.nodeid: item for item in session.items}
        gc.freeze()  # or each fork looks through all tests, again and again
        for at, mutant in enumerate(self.mutants):
            before = self.results.get(mutant.key)
            if before and before["change"] == mutant.change and before["by"]:
                continue
            chosen = [items[name] for name in self.chosen(mutant) if name in items]
            by = self.killer(chosen, mutant.key) if chosen else "unreached"
            self.results[mutant.key] = Result(by=by, tests=len(chosen), change=mutant.change)
            RESULTS.write_text(json.dumps(self.results, indent=1))
            print(f"{at + 1}/{len(self.mutants)} {mutant.key} {by}", flush=True)
        return True

    def killer(self, items: list[pytest.Item], key: str) -> str | None:
        """The first test that fails with a mutant and not without one, `time`, or None."""
        while True:
            items = [item for item in items if self.fit.get(item.nodeid, True)]
            failed = self.failing(items, key)
            if failed is None or failed == "time" or self.fit.get(failed):
                return failed
            until = [item.nodeid for item in items].index(failed) + 1
            self.fit[failed] = self.failing(items[:until], "") != failed

    def failing(self, items: list[pytest.Item], key: str) -> str | None:
        """The first test that fails in a fork where `key` is the mutant, `time`, or None."""
        from _pytest.runner import runtestprotocol
        from mutmut.mutation.trampoline import set_mutant_under_test

        receive, send = os.pipe()
        process = os.fork()
        if process == 0:
            signal.alarm(600)  # for what waits without working
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            set_mutant_under_test(key)
            failed = b"\0"
            for item, following in zip_longest(items, items[1:]):
                signal.setitimer(signal.ITIMER_PROF, HANGS + 5 * self.seconds[item.nodeid])
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


def interval(part: int, whole: int) -> tuple[float, float]:
    """The interval of confidence of 95 % of the share that `part` is of `whole` (Wilson 1927)."""
    z = 1.96
    share, scale = part / whole, 1 + z * z / whole
    middle = (share + z * z / (2 * whole)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole**2))
    return middle - half, middle + half


def main() -> None:
    """Make the mutants, record what tests reach, try the sample, print what survives."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--sample", type=int, default=300, help="how many mutants")
    parser.add_argument("--seconds", type=float, default=4, help="of tests for one that survives")
    parser.add_argument("modules", nargs="*", help="only of these, such as codec or trust.path")
    options = parser.parse_args()
    print("seed", options.seed, flush=True)
    generate()
    if not REACH.exists() or json.loads(REACH.read_text())["state"] != state():
        reach()
    mutants, every = sample(options.seed, options.sample, options.modules)
    results: dict[str, Result] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    os.chdir(HOME)
    sys.path[:] = [str(HOME), *(each for each in sys.path if Path(each).absolute() != HOME.parent)]
    pytest.main(["-s", *OPTIONS, *TESTS], plugins=[Trial(mutants, results, options.seconds)])
    alive = [each for each in mutants if results[each.key]["by"] in (None, "unreached")]
    for each in alive:
        print(f"\n{each.key}: {results[each.key]['by'] or 'survives'}\n{each.change}")
    killed = len(mutants) - len(alive)
    low, high = interval(killed, len(mutants))
    print(
        f"\nseed {options.seed}: {killed} of {len(mutants)} killed, {low:.1%} to {high:.1%}", end=""
    )
    print(f" of all {every}")


if __name__ == "__main__":
    main()
