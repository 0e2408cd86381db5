"""Hash plans: which bytes of a file, in which order, and their digest in one pass."""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Final, NamedTuple, Protocol

from aidisclose import limits
from aidisclose.io.source import Range, Source, Viewable

#: Called with the number of bytes done since the last call.
Progress = Callable[[int], None]

#: Reads ahead of the hash: one buffer being hashed, one full, one being filled.
_BUFFERS: Final = 3

#: Hashing is as fast as memory on some 16 processors; each thread beyond costs a buffer.
_MOST_THREADS: Final = 16


class Hasher(Protocol):
    """What `hashlib` objects have in common."""

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        """Feed bytes."""

    def digest(self) -> bytes:
        """The digest of all bytes so far."""


class Plan(NamedTuple):
    """What one digest covers.

    Attributes:
        alg: Name of the algorithm as `hashlib` spells it: sha256, sha384 or sha512.
        parts: In hashing order: ranges of the file, and literal bytes that are hashed in between.
    """

    alg: str
    parts: tuple[Range | bytes, ...]


def complement(size: int, exclusions: Iterable[Range]) -> tuple[Range, ...]:
    """The ranges of a file of `size` bytes that `exclusions` (ascending, disjoint) leave over."""
    position = 0
    kept: list[Range] = []
    for start, length in exclusions:
        if start > position:
            kept.append(Range(position, start - position))
        position = max(position, start + length)
    if position < size:
        kept.append(Range(position, size - position))
    return tuple(kept)


def digest(source: Source, plan: Plan, *, progress: Progress | None = None) -> bytes:
    """The digest of what `plan` names in `source`.

    Bytes past the end of the source are not there and are not hashed; the caller compares the
    plan with the size first.
    """
    return _digest(plan, lambda part: _views(source, part), progress)


def _digest(
    plan: Plan, views: Callable[[Range], Iterator[memoryview]], progress: Progress | None
) -> bytes:
    hasher = hashlib.new(plan.alg)
    for part in plan.parts:
        if isinstance(part, bytes):
            hasher.update(part)
            continue
        for view in views(part):
            hasher.update(view)
            if progress:
                progress(len(view))
    return hasher.digest()


def digests(
    source: Source, plans: Iterable[Plan], *, progress: Progress | None = None
) -> list[bytes]:
    """The digest of each plan, in their order, made on all processors if there are several.

    The plans are begun in their order, and each is drawn only when it is begun. `progress` is
    called by the caller's thread.
    """
    drawn = iter(plans)
    first = list(islice(drawn, 2))
    threads = min(_processors(), _MOST_THREADS)
    if len(first) < 2 or threads == 1 or source.size <= limits.IN_MEMORY:
        return [digest(source, plan, progress=progress) for plan in chain(first, drawn)]
    return _Team(source, chain(first, drawn)).run(threads, progress)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):  # not the processors of a machine that a container shares
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Team:
    """Threads that share the work of several plans."""

    def __init__(self, source: Source, plans: Iterator[Plan]) -> None:
        self._source = source
        self._plans = enumerate(plans)
        self._drawing = threading.Lock()
        self._stop = False
        #: Which plan, its digest, and how many bytes that took; an error; None as a thread ends.
        self._done: queue.SimpleQueue[tuple[int, bytes, int] | BaseException | None] = (
            queue.SimpleQueue()
        )

    def run(self, count: int, progress: Progress | None) -> list[bytes]:
        threads = [
            threading.Thread(target=self._work, name="aidisclose-hash", daemon=True)
            for _ in range(count)
        ]
        for thread in threads:
            thread.start()
        found: dict[int, bytes] = {}
        try:
            while count:
                match self._done.get():
                    case None:
                        count -= 1
                    case BaseException() as error:
                        raise error
                    case index, value, length:
                        found[index] = value
                        if progress:
                            progress(length)
        finally:
            self._stop = True
            for thread in threads:
                thread.join()
        return [found[index] for index in range(len(found))]

    def _work(self) -> None:
        views = self._looker()
        try:
            while not self._stop:
                with self._drawing:
                    index, plan = next(self._plans, (-1, None))
                if plan is None:
                    break
                value = _digest(plan, views, None)
                length = sum(part.length for part in plan.parts if isinstance(part, Range))
                self._done.put((index, value, length))
            self._done.put(None)
        except BaseException as error:  # handed to the caller's thread, which raises it
            self._done.put(error)

    def _looker(self) -> Callable[[Range], Iterator[memoryview]]:
        """As `_views`, for one thread: while it reads, the others hash."""
        source = self._source
        if isinstance(source, Viewable):
            return source.views
        buffer = memoryview(bytearray(limits.CHUNK))

        def views(part: Range) -> Iterator[memoryview]:
            position = part.start
            while position < part.end:
                count = source.read_into(position, buffer[: part.end - position])
                if count == 0:
                    break
                yield buffer[:count]
                position += count

        return views


def _views(source: Source, part: Range) -> Iterator[memoryview]:
    """The bytes of `part` in consecutive views, each valid until the next is asked for."""
    if isinstance(source, Viewable):
        yield from source.views(part)
    elif part.length <= limits.CHUNK:
        yield memoryview(source.read_at(part.start, part.length))
    else:
        yield from _read_ahead(source, part)


def _read_ahead(source: Source, part: Range) -> Iterator[memoryview]:
    """As `_views`; a second thread reads while the caller hashes."""
    free: queue.SimpleQueue[memoryview | None] = queue.SimpleQueue()
    full: queue.SimpleQueue[memoryview | BaseException | None] = queue.SimpleQueue()
    for _ in range(_BUFFERS):
        free.put(memoryview(bytearray(limits.CHUNK)))

    def read() -> None:
        position = part.start
        try:
            while position < part.end and (buffer := free.get()) is not None:
                count = source.read_into(position, buffer[: part.end - position])
                if count == 0:
                    break
                full.put(buffer[:count])
                position += count
            full.put(None)
        except BaseException as error:  # handed to the caller's thread, which raises it
            full.put(error)

    reader = threading.Thread(target=read, name="aidisclose-read", daemon=True)
    reader.start()
    try:
        while (item := full.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
            free.put(memoryview(item.obj))
    finally:
        free.put(None)
        reader.join()
