"""Processes that work on files: threads would share one processor, as most of it is Python.

Each process has pipes of its own, and nothing is shared between them: no queue, no lock and no
counter that one of them could hold while it is killed. The end of a pipe says that the process at
its other end has ended, in whatever way.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from aidisclose import limits
from aidisclose.cli import interrupts
from aidisclose.cli.exits import Exit
from aidisclose.cli.files import File
from aidisclose.cli.interrupts import Interrupted
from aidisclose.cli.progress import LocalMeter
from aidisclose.cli.work import Done, Work, perform
from aidisclose.errors import AidiscloseError
from aidisclose.io import children, waiting
from aidisclose.named import NamedTuple
from aidisclose.render.renderer import Activity

if TYPE_CHECKING:
    from multiprocessing.context import ForkContext, SpawnContext

#: Portions for each process that may be done, or in work, ahead of what was written.
_AHEAD: Final = 4

#: Seconds that processes have to undo what is half done, and between two signals to do so.
_PATIENCE: Final = 10.0
_REMINDED: Final = 0.02

#: Bytes of which a process says that they are done.
_STEP: Final = 8 * limits.MIB

#: Processes that give their descriptors back where no more can be started.
_SPARE: Final = 2


class _Worker(NamedTuple):
    """A process, the pipe to it, and the one from it."""

    process: BaseProcess
    tasks: Connection
    results: Connection

    def close(self) -> None:
        """Close the pipes."""
        self.tasks.close()
        self.results.close()


class Workers:
    """Some processes; leaving the block ends them, after an exception at once.

    Where not so many can be started (few descriptors, few processes), there are fewer.

    Arguments:
        work: The work that they do on each file.
        jobs: Number of processes.

    Raises:
        OSError: Not even one can be started.
    """

    def __init__(self, work: Work[Any], jobs: int) -> None:
        self.meter = LocalMeter()
        self._work = work
        self._jobs = jobs
        self._workers: list[_Worker] = []
        #: What each process told last that it is doing, by its pipe.
        self._activities: dict[Connection, Activity] = {}
        # A forked process has the modules loaded. Elsewhere than on Linux, forking is not safe
        # with the libraries of the system.
        # Once storage was listed, opendal has threads, which a forked process would miss.
        self._is_forked = (
            sys.platform == "linux" and hasattr(os, "fork") and "opendal" not in sys.modules
        )
        # Its end tells the processes that this one has ended, in whatever way.
        self._lifeline: Connection | None = None

    def __enter__(self) -> Self:
        try:
            # A signal in a process that is half started would be nobody's.
            with interrupts.held():
                self._start_all()
        except BaseException:
            self._stop(at_once=True)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop(at_once=kind is not None)

    def _start_all(self) -> None:
        get = multiprocessing.get_context
        context = get("fork") if self._is_forked else get("spawn")
        watched, self._lifeline = context.Pipe(duplex=False)
        try:
            for _ in range(self._jobs):
                self._workers.append(self._start(context, watched))
        except OSError:
            if not self._workers:
                raise
            for each in self._workers[1:][-_SPARE:]:
                self._workers.remove(each)
                _end([each], at_once=True)
        finally:
            watched.close()

    def _start(self, context: ForkContext | SpawnContext, watched: Connection) -> _Worker:
        with contextlib.ExitStack() as theirs, contextlib.ExitStack() as mine:
            todo, tasks = context.Pipe(duplex=False)
            theirs.callback(todo.close)
            mine.callback(tasks.close)
            results, done = context.Pipe(duplex=False)
            theirs.callback(done.close)
            mine.callback(results.close)
            # A forked process has these as well: it must not keep them open.
            others = [self._lifeline, tasks, results]
            others += [pipe for each in self._workers for pipe in (each.tasks, each.results)]
            arguments = (self._work, todo, done, watched, others if self._is_forked else [])
            # Ended by `multiprocessing` too, if this process is left by an exception that nobody
            # foresaw.
            process = context.Process(target=_serve, args=arguments, daemon=True)
            with _without_main(), children.apart():
                process.start()
            mine.pop_all()
            return _Worker(process, tasks, results)

    def _stop(self, *, at_once: bool) -> None:
        _end(self._workers, at_once=at_once)
        if self._lifeline:
            self._lifeline.close()

    def run(self, portions: Iterator[list[File]]) -> Iterator[Done]:
        """The outcomes of all files in their order.

        Raises:
            AidiscloseError: A process was killed.
        """
        numbered = enumerate(portions)
        idle = list(self._workers)
        busy: dict[Connection, tuple[_Worker, int]] = {}
        done: dict[int, list[Done]] = {}
        written = 0
        is_last = False
        while busy or done or not is_last:
            # One slow file at the front would otherwise let results of all others pile up in
            # memory.
            while idle and len(busy) + len(done) < _AHEAD * len(self._workers):
                number, portion = next(numbered, (-1, None))
                if portion is None:
                    is_last = True
                    break
                worker = idle.pop()
                busy[worker.results] = worker, number
                with _of_process():
                    worker.tasks.send(portion)
            while written in done:
                yield from done.pop(written)
                written += 1
            for ready in wait(list(busy)) if busy else ():
                assert isinstance(ready, Connection)  # noqa: S101 - for the type checker
                with _of_process():
                    count, outcomes, activity = ready.recv()
                self.meter.value += count
                self._activities[ready] = activity
                self.meter.activities = tuple(self._activities.values())
                if outcomes is not None:
                    worker, number = busy.pop(ready)
                    done[number] = outcomes
                    idle.append(worker)


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Keep a process that is not forked from importing the main script, which it does not need.

    It would run a script that does not guard against that a second time.
    """
    main = sys.modules["__main__"]
    hidden = {name: vars(main).pop(name, None) for name in ("__spec__", "__file__")}
    main.__spec__ = None
    try:
        yield
    finally:
        vars(main).update({name: value for name, value in hidden.items() if value is not None})


@contextlib.contextmanager
def _of_process() -> Iterator[None]:
    """Say what it means if a pipe ends."""
    try:
        yield
    except (EOFError, OSError):
        message = "a process was killed, perhaps for want of memory: use fewer --jobs"
        raise AidiscloseError(message) from None


def _end(workers: Sequence[_Worker], *, at_once: bool) -> None:
    """End processes: idle ones by the end of their pipe, others undo what is half done.

    A signal that comes in the moment before a process waits for its pipe does not wake it, so it is
    sent until it is heard.
    """
    for worker in workers:
        worker.close()
    # Closing the pipes above ends those that wait for work.
    processes = [worker.process for worker in workers]
    deadline = time.monotonic() + _PATIENCE
    while any(each.is_alive() for each in processes) and time.monotonic() < deadline:
        if at_once:
            for each in processes:
                each.terminate()
        wait([each.sentinel for each in processes if each.is_alive()], _REMINDED)
    for each in processes:
        if each.is_alive():
            each.kill()
        each.join()


# What follows happens in the processes.


class _Reported:
    """A meter whose bytes are told to the other process from time to time.

    Files and waits are told as well, if they are long enough to be seen.
    """

    def __init__(self, connection: Connection) -> None:
        self.value = 0
        self._connection = connection
        self._activity = Activity()

    @property
    def activities(self) -> tuple[Activity, ...]:
        """See `Meter.activities`."""
        return (self._activity,)

    def begin(self, file: str, size: int) -> None:
        """See `Meter.begin`."""
        self._activity = Activity(file, size)
        if size >= _STEP:
            self._tell()

    def wait(self, host: str) -> None:
        """See `Meter.wait`."""
        self._activity = self._activity._replace(host=host)
        self._tell()

    def add(self, count: int) -> None:
        """See `Meter.add`."""
        self.value += count
        self._activity = self._activity._replace(done=self._activity.done + count)
        if self.value >= _STEP:
            self._tell()

    def _tell(self) -> None:
        self._connection.send((self.take(), None, self._activity))

    def take(self) -> int:
        """The bytes that have not been told yet."""
        count, self.value = self.value, 0
        return count


def _serve(
    work: Work[Any],
    todo: Connection,
    done: Connection,
    watched: Connection,
    others: Sequence[Connection],
) -> None:
    children.forget()
    try:
        interrupts.catch_from_parent()
        for each in others:
            each.close()
        threading.Thread(target=_watch, args=(watched,), daemon=True).start()
        meter = _Reported(done)
        waiting.listen(meter.wait)
        with contextlib.suppress(EOFError, OSError):  # the other process has ended, or is done
            while True:
                outcomes = [perform(work, file, meter) for file in todo.recv()]
                done.send((meter.take(), outcomes, Activity()))
    except Interrupted:
        # Without the handlers that it has inherited: `atexit` of the other process would run twice.
        os._exit(Exit.TERMINATED)  # what was half done is undone by now
    os._exit(Exit.OK)


def _watch(watched: Connection) -> None:
    """End this process when the one that it works for has ended: nobody waits for the results."""
    with contextlib.suppress(EOFError, OSError):
        watched.recv()
    # Windows cannot send itself SIGTERM: `os.kill` ends the process there, as this does.
    if os.name == "nt":
        os._exit(Exit.TERMINATED)
    while True:
        # As a signal, not `os._exit`: temporary files are removed by what the main thread does
        # then.
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_REMINDED)
