"""Hash plans: which bytes of a file, in which order, and their digest in one pass."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, cycle, islice
from typing import Final

from aidisclose import limits, sha2
from aidisclose.io.source import Range, Source, Viewable
from aidisclose.named import NamedTuple

#: Called with the number of bytes done since the last call.
Progress = Callable[[int], None]

#: Chunks that a thread reads ahead of the hash. Beside a program that never rests it waits for some
#: milliseconds now and then, in which several are hashed.
_BUFFERS: Final = 4

#: Hashing is as fast as memory on some 16 processors; each thread beyond costs a buffer.
_MOST_THREADS: Final = 16


class DigestPlan(NamedTuple):
    """The ranges that one digest covers.

    Attributes:
        alg: Name of the algorithm: sha256, sha384 or sha512.
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


def digest(
    source: Source, plan: DigestPlan, *, readers: int = 1, progress: Progress | None = None
) -> bytes:
    """The digest of what `plan` names in `source`.

    Bytes past the end of the source are not there and are not hashed; the caller compares the
    plan with the size first.

    Arguments:
        source: The file.
        plan: The bytes of it.
        readers: Threads that read what is large, at different places at once.
        progress: Called by the caller's thread.
    """
    return _digest(plan, lambda part: _views(source, part, readers), progress)


def _digest(
    plan: DigestPlan, views: Callable[[Range], Iterator[memoryview]], progress: Progress | None
) -> bytes:
    def chunks() -> Iterator[bytes | memoryview]:
        for part in plan.parts:
            if isinstance(part, bytes):
                yield part
                continue
            for view in views(part):
                yield view
                if progress:
                    progress(len(view))

    size = sum(part.length for part in plan.parts if isinstance(part, Range))
    return sha2.digest_all(plan.alg, chunks(), size=size)


def digests(
    source: Source,
    plans: Iterable[DigestPlan],
    *,
    readers: int = 1,
    progress: Progress | None = None,
) -> list[bytes]:
    """The digest of each plan, in their order, made on all processors if there are several.

    Plans are drawn as threads become free. See `digest` for the arguments.
    """
    drawn = iter(plans)
    # A lone plan gains nothing from threads: one hash is one chain of steps.
    first = list(islice(drawn, 2))
    threads = min(processors(), _MOST_THREADS)
    if len(first) < 2 or threads == 1 or source.size <= limits.IN_MEMORY:
        return [
            digest(source, plan, readers=readers, progress=progress) for plan in chain(first, drawn)
        ]
    return _digests(source, chain(first, drawn), threads, progress)


def processors() -> int:
    """The number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not the processors of a machine that a container shares
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _digests(
    source: Source, plans: Iterable[DigestPlan], threads: int, progress: Progress | None
) -> list[bytes]:
    """As `digests`, in threads: while one reads, the others hash. The caller's is one of them."""
    shared = _Shared(source, plans)
    others: list[threading.Thread] = []
    try:
        with contextlib.suppress(RuntimeError):  # the system gives no more threads
            for _ in range(threads - 1):
                other = threading.Thread(target=shared.assist, name="aidisclose-hash", daemon=True)
                other.start()
                others.append(other)
        shared.work(progress)
        for other in others:
            other.join()
    except BaseException as error:
        # Before the caller closes the files that the others read and write.
        shared.errors.append(error)
        for other in others:
            other.join()
        raise
    if shared.errors:
        raise shared.errors[0]
    if progress:
        shared.report(progress)
    return [value for _, values in sorted(shared.values.items()) for value in values]


class _Shared:
    """Plans that several threads draw from.

    Arguments:
        source: The file that they read.
        plans: The plans, drawn by whichever thread has nothing to do.

    Attributes:
        values: The digests of each group of plans, by its number.
        errors: Errors that ended threads; none draws any more.
    """

    def __init__(self, source: Source, plans: Iterable[DigestPlan]) -> None:
        self.values: dict[int, list[bytes]] = {}
        self.errors: list[BaseException] = []
        self._source = source
        self._groups = enumerate(_groups(plans))
        self._drawing = threading.Lock()
        self._lengths: deque[int] = deque()

    def work(self, progress: Progress | None = None) -> None:
        """Hash groups until none is left."""
        buffer = memoryview(b"" if isinstance(self._source, Viewable) else bytearray(limits.CHUNK))

        def views(part: Range) -> Iterator[memoryview]:
            if isinstance(self._source, Viewable):
                yield from self._source.views(part)
                return
            for view in _in_turn(self._source, part, buffer):
                if self.errors:
                    return  # nobody wants the digest any more
                yield view

        while not self.errors:
            with self._drawing:
                drawn = next(self._groups, None)
            if drawn is None:
                return
            number, (group, length) = drawn
            self.values[number] = [_digest(plan, views, None) for plan in group]
            self._lengths.append(length)
            if progress:
                self.report(progress)

    def assist(self) -> None:
        """As `work`, in another thread than the caller's."""
        try:
            self.work()
        except BaseException as error:
            self.errors.append(error)

    def report(self, progress: Progress) -> None:
        """Call `progress` for groups that were finished since the last time."""
        while self._lengths:
            progress(self._lengths.popleft())


def _groups(plans: Iterable[DigestPlan]) -> Iterator[tuple[list[DigestPlan], int]]:
    """Plans of some size together, with it: to hand over small ones takes longer than hashing."""
    group: list[DigestPlan] = []
    size = 0
    for plan in plans:
        group.append(plan)
        size += sum(part.length for part in plan.parts if isinstance(part, Range))
        if size >= limits.CHUNK:
            yield group, size
            group, size = [], 0
    if group:
        yield group, size


def _views(source: Source, part: Range, readers: int) -> Iterator[memoryview]:
    """The bytes of `part` in consecutive views, each valid until the next is asked for."""
    if isinstance(source, Viewable):
        yield from source.views(part)
    elif part.length <= limits.CHUNK:
        yield memoryview(source.read_at(part.start, part.length))
    else:
        yield from _read_ahead(source, part, readers)


def _in_turn(source: Source, part: Range, buffer: memoryview) -> Iterator[memoryview]:
    """As `_views`; each is read into the same buffer when it is asked for."""
    position = part.start
    while position < part.end:
        count = source.read_into(position, buffer[: part.end - position])
        if count == 0:
            break
        yield buffer[:count]
        position += count


def _read_ahead(source: Source, part: Range, readers: int) -> Iterator[memoryview]:
    """As `_views`; other threads read while the caller hashes."""
    threads = [_Reader(source, part, number, readers) for number in range(readers)]
    try:
        try:
            for thread in threads:
                thread.start()
        except RuntimeError:  # the system gives no more threads
            yield from _in_turn(source, part, memoryview(bytearray(limits.CHUNK)))
            return
        for thread in cycle(threads):
            view = thread.next()
            if view is None:
                return
            yield view
            thread.give_back(view)
    finally:
        for thread in threads:
            thread.end()


class _Reader(threading.Thread):
    """A thread that reads its share of the chunks of a part ahead of the hash.

    Arguments:
        source: The file that it reads.
        part: The part of it.
        first: The number of its first chunk, from 0.
        step: Chunks from one of its own to the next: as many as there are readers.
    """

    def __init__(self, source: Source, part: Range, first: int, step: int) -> None:
        import queue

        super().__init__(name="aidisclose-read", daemon=True)
        self._source = source
        self._part = part
        self._first = first
        self._step = step
        self._free: queue.SimpleQueue[memoryview | None] = queue.SimpleQueue()
        self._full: queue.SimpleQueue[memoryview | BaseException | None] = queue.SimpleQueue()
        for _ in range(_BUFFERS):
            self._free.put(memoryview(bytearray(limits.CHUNK)))

    def run(self) -> None:
        """Read until the part ends, the source does, or nobody wants more."""
        start, end = self._part.start + self._first * limits.CHUNK, self._part.end
        try:
            for position in range(start, end, self._step * limits.CHUNK):
                buffer = self._free.get()
                if buffer is None:
                    return
                count = self._source.read_into(position, buffer[: end - position])
                if count == 0:
                    break
                self._full.put(buffer[:count])
            self._full.put(None)
        except BaseException as error:  # handed to the caller's thread, which raises it
            self._full.put(error)

    def next(self) -> memoryview | None:
        """The next of its chunks; None after the last."""
        found = self._full.get()
        if isinstance(found, BaseException):
            raise found
        return found

    def give_back(self, view: memoryview) -> None:
        """Take a buffer for a later chunk."""
        # The whole buffer again: the view may have been the short last piece.
        self._free.put(memoryview(view.obj))

    def end(self) -> None:
        """Wait until it reads no more."""
        self._free.put(None)
        if self.ident is not None:
            self.join()
