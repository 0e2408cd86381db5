"""Hash plans: which bytes of a file, in which order, and their digest in one pass."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final

from aidisclose import limits, sha2
from aidisclose.io.source import Range, Source, Viewable
from aidisclose.named import NamedTuple

#: Called with the number of bytes done since the last call.
Progress = Callable[[int], None]

#: Reads ahead of the hash: one buffer being hashed, one full, one being filled.
_BUFFERS: Final = 3

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


def digest(source: Source, plan: DigestPlan, *, progress: Progress | None = None) -> bytes:
    """The digest of what `plan` names in `source`.

    Bytes past the end of the source are not there and are not hashed; the caller compares the
    plan with the size first.
    """
    return _digest(plan, lambda part: _views(source, part), progress)


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
    source: Source, plans: Iterable[DigestPlan], *, progress: Progress | None = None
) -> list[bytes]:
    """The digest of each plan, in their order, made on all processors if there are several.

    The plans are drawn a few ahead of the one that is begun. `progress` is called by the caller's
    thread.
    """
    drawn = iter(plans)
    # A lone plan gains nothing from threads: one hash is one chain of steps.
    first = list(islice(drawn, 2))
    threads = min(processors(), _MOST_THREADS)
    if len(first) < 2 or threads == 1 or source.size <= limits.IN_MEMORY:
        return [digest(source, plan, progress=progress) for plan in chain(first, drawn)]
    return _digests(source, chain(first, drawn), threads, progress)


def processors() -> int:
    """The number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not the processors of a machine that a container shares
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _digests(
    source: Source, plans: Iterable[DigestPlan], threads: int, progress: Progress | None
) -> list[bytes]:
    """As `digests`, in threads: while one reads, the others hash."""
    from concurrent.futures import Future, ThreadPoolExecutor

    own = threading.local()
    stop = threading.Event()

    def views(part: Range) -> Iterator[memoryview]:
        if isinstance(source, Viewable):
            yield from source.views(part)
            return
        if not hasattr(own, "buffer"):
            own.buffer = memoryview(bytearray(limits.CHUNK))
        for view in _in_turn(source, part, own.buffer):
            if stop.is_set():
                return  # nobody wants the digest any more
            yield view

    def work(group: Sequence[DigestPlan]) -> list[bytes]:
        return [_digest(plan, views, None) for plan in group]

    values: list[bytes] = []
    waiting: deque[tuple[int, Future[list[bytes]]]] = deque()

    def collect() -> None:
        length, future = waiting.popleft()
        values.extend(future.result())
        if progress:
            progress(length)

    with ThreadPoolExecutor(threads, "aidisclose-hash") as pool:
        try:
            for group, length in _groups(plans):
                try:
                    future = pool.submit(work, group)
                except RuntimeError:  # the system gives no more threads
                    future = Future()
                    future.set_result(work(group))
                waiting.append((length, future))
                if len(waiting) > 2 * threads:
                    collect()
            while waiting:
                collect()
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return values


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


def _views(source: Source, part: Range) -> Iterator[memoryview]:
    """The bytes of `part` in consecutive views, each valid until the next is asked for."""
    if isinstance(source, Viewable):
        yield from source.views(part)
    elif part.length <= limits.CHUNK:
        yield memoryview(source.read_at(part.start, part.length))
    else:
        yield from _read_ahead(source, part)


def _in_turn(source: Source, part: Range, buffer: memoryview) -> Iterator[memoryview]:
    """As `_views`; each is read into the same buffer when it is asked for."""
    position = part.start
    while position < part.end:
        count = source.read_into(position, buffer[: part.end - position])
        if count == 0:
            break
        yield buffer[:count]
        position += count


def _read_ahead(source: Source, part: Range) -> Iterator[memoryview]:
    """As `_views`; a second thread reads while the caller hashes."""
    import queue

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
    try:
        reader.start()
    except RuntimeError:  # the system gives no more threads
        yield from _in_turn(source, part, memoryview(bytearray(limits.CHUNK)))
        return
    try:
        while (item := full.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
            # The whole buffer again: the view may have been the short last piece.
            free.put(memoryview(item.obj))
    finally:
        free.put(None)
        reader.join()
