"""The search for a pattern of bytes in a source, without copying what is in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from aidisclose import limits
from aidisclose.io.source import BytesSource, Range, Source, Viewable
from aidisclose.io.splice import Copy, Held

#: Looks double in size: a match near by costs little, and the largest look still fits the
#: processor's cache.
_FIRST_LOOK: Final = limits.KIB
LARGEST_LOOK: Final = 256 * limits.KIB
#: Bytes of the longest match of a pattern.
_LONGEST: Final = 2


def look(source: Source, offset: int, length: int) -> bytes | memoryview:
    """As `Source.read_at`, without copying what is in memory: to search it, not to keep it."""
    if isinstance(source, BytesSource):
        return source.view[offset : offset + length]
    if isinstance(source, Held) and offset < source.size:
        piece, skip = source.locate(offset)
        if isinstance(piece, Copy) and skip + length <= piece.length:
            return look(source.source, piece.start + skip, length)
    return source.read_at(offset, length)


def find(source: Source, pattern: re.Pattern[bytes], position: int) -> int:
    """The next offset of a pattern of at most two bytes; the end of the file if there is none.

    Offsets found in bytes that do not change are remembered, also for what is copied from them: a
    picture is scanned before it is edited and after it, and most of that time is this search.
    """
    if isinstance(source, Held) and position < source.size:
        piece, skip = source.locate(position)
        if isinstance(piece, Copy):
            start = piece.start + skip
            found = source.source.matches.get((pattern, start))
            # A match that reaches into the next piece, or beyond, is not one of the copy.
            if found is not None and found + _LONGEST <= piece.start + piece.length:
                return position + found - start
    if not isinstance(source, BytesSource) or not source.is_fixed:
        return _find(source, pattern, position)
    found = source.matches.get((pattern, position))
    if found is None:
        found = source.matches[pattern, position] = _find(source, pattern, position)
    return found


def _find(source: Source, pattern: re.Pattern[bytes], position: int) -> int:
    last = b""
    for data in _looks(source, position):
        # A match may lie across two looks. No byte is read twice: storage is read as one stream.
        if last and pattern.match(last + bytes(data[:1])):
            return position - 1
        if match := pattern.search(data):
            return position + match.start()
        last = bytes(data[-1:])
        position += len(data)
    return source.size


def _looks(source: Source, position: int) -> Iterator[bytes | memoryview]:
    """The bytes from `position` on, in consecutive pieces."""
    if isinstance(source, Viewable):
        yield from source.views(Range(position, max(0, source.size - position)))
        return
    length = _FIRST_LOOK
    while data := source.read_at(position, length):
        yield data
        position += len(data)
        length = min(2 * length, LARGEST_LOOK)
