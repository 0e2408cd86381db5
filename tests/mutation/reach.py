"""What tests reach: which run which line of the modules that are changed, and for how long."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.mutation.mutant import Mutant, sources

TESTS: Final = [
    f"tests/{each}"
    for each in (
        *("codec", "bindings", "trust", "validate", "manifest", "identity", "attacks"),
        *("cli/test_trust.py", "cli/test_trust_explain.py", "cli/test_trust_interim.py"),
        *("cli/test_doctor.py", "cli/test_stream.py", "cli/test_verify_reasons.py"),
        *("cli/test_watermark.py", "durable/test_watermark.py", "test_notebooks.py", "render"),
        "signing/test_redaction.py",
    )
]
"""Tests that have to do with these modules. Those of other folders are slower, and reach less."""

IMPORT: Final = "import"
"""In the place of a test: what runs while modules are imported."""

HOME: Final = Path("mutants").absolute()
_STORED: Final = HOME / "reach.json"

OPTIONS: Final = [
    *("-p", "no:unraisableexception", "-p", "no:xdist", "-p", "no:cacheprovider"),
    *("-p", "tests.mutation.settings", "--hypothesis-profile=mutated", "--tb=native"),
    "--ignore=tests/validate/test_cost.py",  # counts calls, of which mutants have more
]


class Reach(NamedTuple):
    """What every test reaches.

    Attributes:
        program: A hash of the modules that are changed.
        files: The hash of each file of tests.
        seconds: Processor time of each test.
        lines: The tests by source, function and line of the function.
        imports: Modules that tests import while they run.
    """

    program: str
    files: dict[str, str]
    seconds: dict[str, float]
    lines: dict[str, dict[str, list[str]]]
    imports: list[str]

    def _lines(self, mutant: Mutant) -> dict[str, list[str]]:
        owner = f"{mutant.owner}." if mutant.owner else ""
        return self.lines.get(f"{mutant.file}:{owner}{mutant.name}", {})

    def is_of_import(self, mutant: Mutant) -> bool:
        """Whether its function runs while modules are imported, and at no other time."""
        lines = self._lines(mutant)
        inside = {each for at, tests in lines.items() if at != "0" for each in tests}
        return inside == {IMPORT}

    def tests(self, mutant: Mutant) -> set[str]:
        """Those that reach a mutant, or the nearest line above: a statement has but one."""
        lines = self._lines(mutant)
        if mutant.is_default:  # evaluated once, and seen by each call
            return {each for tests in lines.values() for each in tests} - {IMPORT}
        return self._at(mutant, lines) - {IMPORT}

    def functions(self, mutant: Mutant) -> int:
        """How many functions of tests reach it, whatever their parameters are."""
        return len({name.partition("[")[0] for name in self.tests(mutant)})

    def _at(self, mutant: Mutant, lines: dict[str, list[str]]) -> set[str]:
        first, last = (each - mutant.first for each in mutant.lines)
        found = {test for at in range(first, last + 1) for test in lines.get(str(at), ())}
        while not found and first > 0:
            first -= 1
            found = set(lines.get(str(first), ()))
        return found


def _digest(paths: list[str]) -> str:
    return hashlib.sha256(b"".join(Path(each).read_bytes() for each in paths)).hexdigest()


def _test_files() -> dict[str, str]:
    every = [Path(each) for each in TESTS]
    paths = [
        path for each in every for path in (each.rglob("test_*.py") if each.is_dir() else [each])
    ]
    return {str(path): _digest([str(path)]) for path in sorted(paths)}


def _functions(file: str) -> dict[int, tuple[str, int]]:
    """The function of each line of a source, and its first line."""
    found = {}
    for each in ast.parse(Path(file).read_text()).body:
        owner = f"{each.name}." if isinstance(each, ast.ClassDef) else ""
        for inner in each.body if isinstance(each, ast.ClassDef) else [each]:
            if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                assert inner.end_lineno
                for line in range(inner.lineno, inner.end_lineno + 1):
                    found[line] = (f"{file}:{owner}{inner.name}", inner.lineno)
    return found


class _Recorder:
    """A plugin that records which tests reach which line, and how long they take."""

    def __init__(self) -> None:
        """Coverage begins before the program is imported, and is of what is changed alone."""
        import coverage

        self.coverage = coverage.Coverage(
            include=[str(Path(each).absolute()) for each in sources()],
            config_file=False,
            data_file=None,
        )
        self.seconds: dict[str, float] = {IMPORT: 0.0}
        self.coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Give what runs the name of its test."""
        self.coverage.switch_context(item.nodeid)
        begin = time.process_time()
        result = yield
        self.seconds[item.nodeid] = time.process_time() - begin
        return result

    def lines(self) -> dict[str, dict[str, list[str]]]:
        """The tests by function and line."""
        self.coverage.stop()
        data = self.coverage.get_data()
        lines: dict[str, dict[str, list[str]]] = defaultdict(dict)
        for path in data.measured_files():
            functions = _functions(str(Path(path).relative_to(Path.cwd())))
            for line, tests in data.contexts_by_lineno(path).items():
                if line in functions:
                    name, first = functions[line]
                    known = {each or IMPORT for each in tests}
                    lines[name][str(line - first)] = sorted(known & self.seconds.keys())
        return lines


def _run(paths: list[str], files: dict[str, str], program: str) -> None:
    """Run tests once in a fork, and store what they reach."""
    process = os.fork()
    if process == 0:
        recorder = _Recorder()
        pytest.main([*OPTIONS, *paths], plugins=[recorder])
        imports = [name for name in sys.modules if name.startswith(("aidisclose", "cryptography"))]
        found = Reach(program, files, recorder.seconds, recorder.lines(), imports)
        _save(found)
        os._exit(0)
    os.waitpid(process, 0)


def _save(found: Reach) -> None:
    """Write it to mutants/reach.json, with numbers in the place of names of tests."""
    names = sorted(found.seconds)
    number = {name: at for at, name in enumerate(names)}
    lines = {
        function: {at: [number[name] for name in tests] for at, tests in inner.items()}
        for function, inner in found.lines.items()
    }
    stored = found._replace(seconds={}, lines={})
    seconds = [found.seconds[name] for name in names]
    _STORED.write_text(json.dumps([stored, names, seconds, lines]))


def _load() -> Reach | None:
    if not _STORED.exists():
        return None
    stored, names, seconds, lines = json.loads(_STORED.read_text())
    named = {
        function: {at: [names[each] for each in tests] for at, tests in inner.items()}
        for function, inner in lines.items()
    }
    return Reach(*stored)._replace(seconds=dict(zip(names, seconds, strict=True)), lines=named)


def reach(*, stale: bool = False) -> Reach:
    """What tests reach; only files of tests that changed since the last time are run again.

    Arguments:
        stale: Believe what was recorded before the program itself was changed.
    """
    HOME.mkdir(exist_ok=True)
    files, program, old = _test_files(), _digest(sources()), _load()
    if old is None or (old.program != program and not stale):
        _run(TESTS, files, program)
        new = _load()
        assert new
        return new
    changed = {path for path, digest in files.items() if old.files.get(path) != digest}
    if changed or old.files.keys() - files.keys():
        if changed:
            _run(sorted(changed), files, old.program)
        new = _load()
        assert new
        old = _merge(old, new, changed | (old.files.keys() - files.keys()))
        old = old._replace(files=files)
        _save(old)
    return old


def _merge(old: Reach, new: Reach, changed: set[str]) -> Reach:
    """What was recorded, with what is new of files that changed."""

    def stays(test: str) -> bool:
        return test.partition("::")[0] not in changed

    lines: dict[str, dict[str, list[str]]] = {}
    for name in old.lines.keys() | new.lines.keys():
        before, after = old.lines.get(name, {}), new.lines.get(name, {})
        lines[name] = {
            at: [*filter(stays, before.get(at, ())), *after.get(at, ())]
            for at in before.keys() | after.keys()
        }
    seconds = {test: each for test, each in old.seconds.items() if stays(test)} | new.seconds
    return new._replace(seconds=seconds, lines=lines, imports=[*{*old.imports, *new.imports}])
