"""Mutants that no test notices, but mypy does: `make types` refuses them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tests.mutation.mutant import Mutant
from tests.mutation.reach import HOME

_PLACE: Final = HOME / "types"

_ERROR: Final = re.compile(
    r"(aidisclose/\S+\.py):(\d+): error:(?!.*\[(?:redundant-expr|truthy-bool)\]$)", re.M
)
"""Of an error. How mutmut writes an arm of a condition, `x and False`, is itself one of the two."""


def refused(mutants: Iterable[Mutant]) -> Iterator[str]:
    """The keys of mutants that mypy refuses, going by an error within their function."""
    _PLACE.mkdir(exist_ok=True)
    shutil.copy("pyproject.toml", _PLACE)
    for batch in _batches(mutants):
        shutil.copytree("aidisclose", _PLACE / "aidisclose", dirs_exist_ok=True)
        spans = [each for file, found in batch.items() for each in _write(file, found)]
        command = [sys.executable, "-m", "mypy", "--package", "aidisclose", "--no-error-summary"]
        said = subprocess.run(command, cwd=_PLACE, capture_output=True, text=True, check=False)
        errors = {(file, int(line)) for file, line in _ERROR.findall(said.stdout)}
        for mutant, first, last in spans:
            if any((mutant.file, line) in errors for line in range(first, last)):
                yield mutant.key


def _batches(mutants: Iterable[Mutant]) -> list[dict[str, list[Mutant]]]:
    """Mutants by file, none of a function that another one of the batch changes."""
    batches: list[dict[str, list[Mutant]]] = []
    counts: dict[tuple[str, int], int] = defaultdict(int)
    for mutant in mutants:
        function = mutant.file, mutant.first
        if counts[function] == len(batches):
            batches.append(defaultdict(list))
        batches[counts[function]][mutant.file].append(mutant)
        counts[function] += 1
    return batches


def _write(file: str, mutants: list[Mutant]) -> list[tuple[Mutant, int, int]]:
    """Put mutants into a file; returns each with its first line there, and the one behind it."""
    spans = []
    lines = Path(file).read_text().split("\n")
    moved = 0
    for mutant in sorted(mutants, key=lambda each: each.first):
        head = 1 if mutant.owner else 0
        before = mutant.source(mutant.function).rstrip("\n").split("\n")[head:]
        after = mutant.source().rstrip("\n").split("\n")[head:]
        first = mutant.first - 1 - len(mutant.function.decorators) + moved
        assert lines[first : first + len(before)] == before, mutant.key
        lines[first : first + len(before)] = after
        moved += len(after) - len(before)
        spans.append((mutant, first + 1, first + 1 + len(after)))
    (_PLACE / file).write_text("\n".join(lines))
    return spans
