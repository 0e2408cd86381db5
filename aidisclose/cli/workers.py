"""Processes that work on files: threads would share one processor, as most of it is Python."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
from types import FrameType, TracebackType
from typing import Final, Self

from aidisclose.cli.batch import Outcome, Work, perform
from aidisclose.cli.exits import Exit
from aidisclose.cli.files import File
from aidisclose.cli.interrupts import Interrupted
from aidisclose.errors import AidiscloseError

#: Portions that each process may be ahead of what was written.
_AHEAD: Final = 4

#: Seconds that processes have to undo what is half done, and between two words to do so.
_PATIENCE: Final = 10.0
_REMINDED: Final = 0.02


class SharedMeter:
    """A meter for several processes."""

    def __init__(self) -> None:
        self._count = multiprocessing.Value("q", 0)

    @property
    def value(self) -> int:
        """See `Meter.value`; takes no lock, which a killed process might hold."""
        count: int = self._count.get_obj().value
        return count

    def add(self, count: int) -> None:
        """See `Meter.add`."""
        with self._count.get_lock():
            self._count.get_obj().value += count


class Workers:
    """Some processes; leaving the block after an exception stops them at once.

    Arguments:
        work: What they do with each file.
        jobs: How many of them.
    """

    def __init__(self, work: Work, jobs: int) -> None:
        self.meter = SharedMeter()
        self._jobs = jobs
        # A forked process has the modules loaded. Elsewhere than on Linux, forking is not safe
        # with the libraries of the system.
        context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
        self._pool = ProcessPoolExecutor(jobs, context, _start, (work, self.meter))

    def __enter__(self) -> Self:
        self._pool.submit(int)  # starts the processes, before there are threads
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            _stop_all(multiprocessing.active_children())
        self._pool.shutdown(wait=True, cancel_futures=True)

    def run(self, portions: Iterator[list[File]]) -> Iterator[Outcome]:
        """The outcomes of all files in their order.

        Raises:
            AidiscloseError: A process was killed.
        """
        waiting: deque[Future[list[Outcome]]] = deque()
        try:
            for portion in portions:
                waiting.append(self._pool.submit(_perform, portion))
                if len(waiting) >= _AHEAD * self._jobs:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        except BrokenProcessPool:
            message = "a process was killed, perhaps for want of memory: use fewer --jobs"
            raise AidiscloseError(message) from None


def _stop_all(processes: Sequence[BaseProcess]) -> None:
    """End processes, which undo what is half done.

    A signal that comes in the moment before a process waits for its pipe does not wake it, so it is
    sent until it is heard.
    """
    deadline = time.monotonic() + _PATIENCE
    while any(process.is_alive() for process in processes) and time.monotonic() < deadline:
        for process in processes:
            process.terminate()
        time.sleep(_REMINDED)
    for process in processes:
        process.kill()


# What follows happens in the processes.

_work: Work
_meter: SharedMeter
_is_busy = False


def _start(work: Work, meter: SharedMeter) -> None:
    global _work, _meter
    _work, _meter = work, meter
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it as well, and decides
    signal.signal(signal.SIGTERM, _stop)


def _stop(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if not _is_busy:
        os._exit(Exit.TERMINATED)
    raise Interrupted(Exit.TERMINATED)


def _perform(files: list[File]) -> list[Outcome]:
    global _is_busy
    _is_busy = True
    try:
        return [perform(_work, file, _meter) for file in files]
    except Interrupted:
        os._exit(Exit.TERMINATED)  # what was half done is undone by now
    finally:
        _is_busy = False
