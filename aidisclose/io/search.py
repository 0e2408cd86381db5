"""The search for a pattern of bytes in a source, without copying what is in memory."""

from __future__ import annotations

import re
from typing import Final

from aidisclose import limits
from aidisclose.io.source import BytesSource, Source
from aidisclose.io.splice import Contents, Copy, Splice

#: Looks double in size: a match near by costs little, and the largest look still fits the
#: processor's cache.
_FIRST_LOOK: Final = limits.KIB
LARGEST_LOOK: Final = 256 * limits.KIB
#: Bytes of the longest match of a pattern.
_LONGEST: Final = 2


def look(source: Source, offset: int, length: int) -> bytes | memoryview:
    """As `Source.read_at`, without copying what is in memory: to search it, not to keep it."""
    if isinstance(source, Splice) and len(source.pieces) == 1:
        piece = source.pieces[0]
        if isinstance(piece, Copy):
            length = max(0, min(length, piece.length - offset))
            return look(source.source, piece.start + offset, length)
    if isinstance(source, BytesSource):
        return source.view[offset : offset + length]
    return source.read_at(offset, length)


def find(source: Source, pattern: re.Pattern[bytes], position: int) -> int:
    """The next offset of a pattern of at most two bytes; the end of the file if there is none.

    Offsets found in bytes that do not change are remembered, also for what is copied from them: a
    picture is scanned before it is edited and after it, and most of that time is this search.
    """
    if isinstance(source, Splice) and source.pieces == (Copy(0, source.source.size),):
        source = source.source
    if isinstance(source, Contents):
        return _find_copied(source, pattern, position)
    if not isinstance(source, BytesSource) or not source.view.readonly:
        return _find(source, pattern, position)
    found = source.matches.get((pattern, position))
    if found is None:
        found = source.matches[pattern, position] = _find(source, pattern, position)
    return found


def _find_copied(contents: Contents, pattern: re.Pattern[bytes], position: int) -> int:
    splice = contents.splice
    original = splice.source
    if position < splice.size and isinstance(original, BytesSource):
        piece, skip = splice.locate(position)
        if isinstance(piece, Copy):
            start = piece.start + skip
            found = original.matches.get((pattern, start))
            # A match that reaches into the next piece, or beyond, is not one of the copy.
            if found is not None and found + _LONGEST <= piece.start + piece.length:
                return position + found - start
    return _find(contents, pattern, position)


def _find(source: Source, pattern: re.Pattern[bytes], position: int) -> int:
    length = _FIRST_LOOK
    last = b""
    while position < source.size:
        data = look(source, position, length)
        # A match may lie across two looks. No byte is read twice: storage is read as one stream.
        if last and pattern.match(last + bytes(data[:1])):
            return position - 1
        if match := pattern.search(data):
            return position + match.start()
        if len(data) < length:
            break
        last = bytes(data[-1:])
        position += length
        length = min(2 * length, LARGEST_LOOK)
    return source.size
