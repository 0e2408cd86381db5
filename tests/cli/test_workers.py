"""Processes that work on files: every outcome once and in order, whatever happens to them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from aidisclose.cli.exits import Exit
from aidisclose.cli.files import File
from aidisclose.cli.progress import LocalMeter
from aidisclose.cli.work import Work
from aidisclose.cli.workers import Workers
from aidisclose.errors import AidiscloseError
from aidisclose.frozen import dataclass
from aidisclose.io.digest import Progress
from aidisclose.render.json import no_end
from aidisclose.render.renderer import Renderer, Run, nothing

RUN = Run(datetime(2026, 1, 1, tzinfo=UTC))


class Worked(NamedTuple):
    """The result for one file."""

    outcome: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Slow(Work[Worked]):
    """Work that takes some time for some files, or ends its process."""

    form: str = "text"
    run: Run = RUN
    slow: frozenset[str] = frozenset()
    deadly: frozenset[str] = frozenset()

    def do(self, file: File, progress: Progress) -> Worked:
        if file.path in self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        if file.path in self.slow:
            time.sleep(0.1)
        progress(file.size)
        return Worked("done", file.path)

    def failed(self, file: File, reason: str) -> Worked:
        return Worked("failed", f"{file.path}: {reason}")

    def code(self, result: Worked) -> Exit:
        return Exit.OK

    @property
    def renderer(self) -> Renderer[Worked]:
        return Renderer(nothing, lambda worked, _: worked.text, no_end)


def portions(count: int, size: int = 1) -> Iterator[list[File]]:
    for number in range(count):
        yield [File(f"{number}-{index}", size=20 << 20) for index in range(size)]


@pytest.mark.parametrize("count", [0, 1, 9, 40])
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("slow", [(), ("0-0", "9-1")], ids=["none", "two"])
def test_every_outcome_once_and_in_order(count: int, jobs: int, slow: tuple[str, ...]) -> None:
    with Workers(Slow(slow=frozenset(slow)), jobs) as workers:
        found = [each.text for each in workers.run(portions(count, 2))]
    assert found == [f"{number}-{index}" for number in range(count) for index in (0, 1)]
    assert workers.meter.value == count * 2 * (20 << 20)


def test_a_killed_process_ends_the_run() -> None:
    found: list[str] = []

    def run() -> None:
        with Workers(Slow(deadly=frozenset({"5-0"})), 2) as workers:
            found.extend(each.text for each in workers.run(portions(40)))

    with pytest.raises(AidiscloseError, match="a process was killed"):
        run()
    assert found == [f"{number}-0" for number in range(len(found))]


def test_leaving_early_ends_the_processes() -> None:
    with Workers(Slow(), 2) as workers:
        assert next(workers.run(portions(40))).text == "0-0"
        processes = [each.process for each in workers._workers]
    assert not any(each.is_alive() for each in processes)


class Remembering(LocalMeter):
    """A meter that keeps the names of all files that were in work."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        super().__init__()

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "activities":
            self.seen.update(each.file for each in self.activities)


def test_large_files_are_known_while_they_are_in_work() -> None:
    files = [File(name, size=9 << 20) for name in ("a", "b", "c")]
    with Workers(Slow(), jobs=2) as workers:
        workers.meter = meter = Remembering()
        assert len(list(workers.run(iter([[each] for each in files])))) == 3
    assert meter.value == 27 << 20
    assert meter.seen == {"a", "b", "c", ""}
