"""Hash plans: which bytes of a file, in which order, and their digest in one pass."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple, Protocol

from aidisclose import limits
from aidisclose.io.source import Range, Source, Viewable

#: Called with the number of bytes done since the last call.
Progress = Callable[[int], None]

#: Reads ahead of the hash: one buffer being hashed, one full, one being filled.
_BUFFERS: Final = 3


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
    hasher = hashlib.new(plan.alg)
    for part in plan.parts:
        if isinstance(part, bytes):
            hasher.update(part)
            continue
        for view in _views(source, part):
            hasher.update(view)
            if progress:
                progress(len(view))
    return hasher.digest()


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
