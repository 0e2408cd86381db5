"""The workers of the service: each verifies one file at a time, and can be killed at any moment."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import socket
import statistics
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections import deque
from typing import Final

from aidisclose import limits
from aidisclose.errors import AidiscloseError, Malformed
from aidisclose.service.answers import PREFIX, Fate, WorkerAnswer, decode, encode
from aidisclose.service.worker import Terms

_START_TIME: Final = 60.0
#: Files whose times say how long the next ones take.
_OBSERVED: Final = 32
#: What variables begin with that a worker is started with.
_VARIABLES: Final = ("PATH", "PYTHON", "LANG", "LC_", "LD_LIBRARY_PATH", "DYLD_", "VIRTUAL_ENV")
#: Seconds between attempts to start a worker; doubled up to the second.
_PAUSES: Final = (0.1, 10.0)


class Busy(AidiscloseError):
    """So many files wait for workers that another one would wait too long."""


class _Worker:
    """A process and the connection to it."""

    def __init__(
        self,
        process: Process,
        connection: socket.socket,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.process = process
        self.files = 0
        self._connection = connection
        self._reader = reader
        self._writer = writer

    @classmethod
    async def start(cls, terms: Terms) -> _Worker:
        """A worker that can be asked.

        Raises:
            OSError: It does not start.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            # -P: the working folder may be a stranger's, and not a place to import from.
            # Not forked: uvicorn has threads and sockets, which a fork would copy in any state.
            command = (sys.executable, "-P", "-m", "aidisclose.service.worker", str(number))
            # None of the rest: there may be passwords, and workers read what strangers made.
            variables = {
                name: value for name, value in os.environ.items() if name.startswith(_VARIABLES)
            }
            variables["MALLOC_ARENA_MAX"] = "2"  # each would reserve 64 MiB
            try:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=DEVNULL,
                    stdout=DEVNULL,
                    stderr=DEVNULL,  # a traceback would quote the file
                    pass_fds=(number,),
                    env=variables,
                    start_new_session=True,  # a terminal's signals are for the service
                )
            except BaseException:
                ours.close()
                raise
        ours.setblocking(False)
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        worker = cls(process, ours, reader, writer)
        try:
            # To the worker only. What it answers is JSON: unpickling a stranger's bytes would run
            # them.
            data = pickle.dumps(terms)
            writer.write(len(data).to_bytes(PREFIX, "big") + data)
            async with asyncio.timeout(_START_TIME):
                await writer.drain()
                await worker._receive()
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            await worker.kill()
            raise OSError("a worker does not start") from error
        except BaseException:
            await worker.kill()
            raise
        return worker

    async def ask(self, descriptor: int, *, language: str, time: float) -> WorkerAnswer:
        """The answer about a file; one that the worker could not give says so."""
        self.files += 1
        try:
            async with asyncio.timeout(time):
                socket.send_fds(self._connection, [encode({"language": language})], [descriptor])
                return decode(await self._receive())
        except TimeoutError:
            return WorkerAnswer(Fate.COSTLY, reason="it takes too much time")
        except (asyncio.IncompleteReadError, OSError):
            code = await self._ended()
            # The kernel ended it by `RLIMIT_CPU`: the file is too costly, the worker is not at
            # fault.
            if code == -signal.SIGXCPU:
                return WorkerAnswer(Fate.COSTLY, reason="it takes too much time")
            return WorkerAnswer(Fate.LOST, reason=f"a worker ended with {code}")
        except Malformed as error:
            return WorkerAnswer(Fate.LOST, reason=str(error))

    async def _receive(self) -> bytes:
        length = int.from_bytes(await self._reader.readexactly(PREFIX), "big")
        if length > limits.WORKER_ANSWER:
            raise Malformed("the worker answers too much")
        return await self._reader.readexactly(length)

    async def _ended(self) -> int | None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                return await self.process.wait()
        return None

    @property
    def is_spent(self) -> bool:
        """Whether it has ended, or has done so much that another one takes its place."""
        # Its end of the connection closes before its exit code is known.
        has_ended = self.process.returncode is not None or self._reader.at_eof()
        return has_ended or self.files >= limits.WORKER_FILES

    def end(self) -> None:
        """Begin to end it, whatever it does."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()

    async def kill(self) -> None:
        """End it, and wait until it has."""
        self._writer.close()
        self.end()
        await self.process.wait()


class Pool:
    """Some workers, replaced where they end; use it as an asynchronous context manager.

    Arguments:
        terms: The settings of each worker.
        workers: Number of workers.
        waiting: Files that may wait for each of them.
        time: Seconds that a file may take.

    Attributes:
        lost: Workers that ended before they had answered, or were killed.
    """

    def __init__(self, terms: Terms, *, workers: int, waiting: int, time: float) -> None:
        self.lost = 0
        self._terms = terms
        self._wanted = workers
        self._most = workers * waiting
        self._time = time
        self._waiting = 0
        self._durations: deque[float] = deque(maxlen=_OBSERVED)
        self._all: set[_Worker] = set()
        # The last one first: its memory is warm, and idle ones stay swapped out.
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        self._slots: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Pool:
        starts = (_Worker.start(self._terms) for _ in range(self._wanted))
        started = await asyncio.gather(*starts, return_exceptions=True)
        workers = [each for each in started if isinstance(each, _Worker)]
        if len(workers) < self._wanted:
            await asyncio.gather(*(worker.kill() for worker in workers))
            raise OSError("a worker does not start")
        for worker in workers:
            self._admit(worker)
        # Kept in a list: asyncio holds tasks weakly, and one that is collected ends in silence.
        self._slots = [asyncio.create_task(self._keep(worker)) for worker in workers]
        return self

    async def __aexit__(self, *_error: object) -> None:
        for slot in self._slots:
            slot.cancel()
        await asyncio.gather(*self._slots, return_exceptions=True)

    async def _keep(self, worker: _Worker) -> None:
        """Have one worker at any time: another one where one has ended."""
        while True:
            try:
                await worker.process.wait()
            finally:
                self._all.discard(worker)
                await worker.kill()
            worker = await self._next()
            self._admit(worker)

    def _admit(self, worker: _Worker) -> None:
        self._all.add(worker)
        self._idle.put_nowait(worker)

    async def _next(self) -> _Worker:
        pause, longest = _PAUSES
        while True:
            try:
                return await _Worker.start(self._terms)
            except OSError:
                await asyncio.sleep(pause)
                # Where memory is short, starting processes at once again and again makes it
                # shorter.
                pause = min(2 * pause, longest)

    @property
    def running(self) -> int:
        """Workers that run."""
        return sum(worker.process.returncode is None for worker in self._all)

    @property
    def waiting(self) -> int:
        """Files that wait."""
        return self._waiting

    @property
    def is_busy(self) -> bool:
        """Whether no other file may wait: too many do, or it would wait too long."""
        if self._waiting >= self._most:
            return True
        if self._waiting < self._wanted or not self._durations:
            return False
        # The median: one file that takes long says nothing about the others.
        usual = statistics.median(self._durations)
        return self._waiting * usual / self._wanted >= limits.WAITING_TIME

    async def check(self, descriptor: int, *, language: str) -> WorkerAnswer:
        """The findings of a worker in a file.

        Arguments:
            descriptor: Of the file, which the worker reads from its begin.
            language: Code of that in which the result is wanted as a part of a page, too; empty
                for data alone.

        Raises:
            Busy: Too many files wait already.
        """
        if self._idle.empty() and self.is_busy:
            raise Busy("too many files are being checked")
        self._waiting += 1
        try:
            worker = await self._take()
        finally:
            self._waiting -= 1
        answer = None
        began = time.monotonic()
        try:
            answer = await worker.ask(descriptor, language=language, time=self._time)
        finally:
            # Also if the visitor went away: the worker is still at the file.
            self._durations.append(time.monotonic() - began)
            is_good = answer is not None and answer.outcome not in (Fate.COSTLY, Fate.LOST)
            self.lost += not is_good
            if is_good and not worker.is_spent:
                self._idle.put_nowait(worker)
            else:
                worker.end()
        return answer

    async def _take(self) -> _Worker:
        while True:
            worker = await self._idle.get()
            await asyncio.sleep(0)  # let the end of a worker that was killed be noticed
            if worker in self._all and not worker.is_spent:
                return worker
            self.lost += 1  # somebody killed it while it waited
