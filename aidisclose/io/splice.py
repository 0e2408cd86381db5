"""`Splice`: a file that is not written yet, as pieces of another file and new bytes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

from aidisclose import limits
from aidisclose.io.source import BytesSource, Range, Source, Viewable
from aidisclose.named import NamedTuple

#: With more pieces, to find one takes longer than to copy a small file.
_FEW: Final = 16


class Copy(NamedTuple):
    """`length` bytes of the original, from its offset `start`."""

    start: int
    length: int


class Data(NamedTuple):
    """New bytes."""

    data: bytes

    @property
    def length(self) -> int:
        """Number of bytes."""
        return len(self.data)


Piece = Copy | Data


def whole(source: Source) -> Splice:
    """All of a source."""
    return Splice(source, [Copy(0, source.size)])


class Splice:
    """Pieces of `source` and new bytes in output order; itself a `Source`.

    Arguments:
        source: The source of the `Copy` pieces.
        pieces: In output order; empty pieces are dropped.

    Raises:
        ValueError: A copy reaches outside the source.
    """

    def __init__(self, source: Source, pieces: Iterable[Piece]) -> None:
        kept = tuple(piece for piece in pieces if piece.length)
        for piece in kept:
            if isinstance(piece, Copy) and not (
                piece.start >= 0 and 0 < piece.length <= source.size - piece.start
            ):
                raise ValueError(f"{piece} lies outside a source of {source.size} bytes")
        if isinstance(source, Splice):
            # What is copied from a splice is copied from its source, so that reading never nests
            # and the kernel can still copy.
            kept = tuple(inner for piece in kept for inner in source.part(piece))
            source = source.source
        self.source: Source = source
        self.pieces = kept
        self._ends = tuple(accumulate(piece.length for piece in self.pieces))
        self.size = self._ends[-1] if self._ends else 0

    def part(self, piece: Piece) -> Iterator[Piece]:
        """`piece` of this splice, as pieces of its source."""
        if isinstance(piece, Data):
            yield piece
            return
        offset, end = piece.start, piece.start + piece.length
        index = bisect_right(self._ends, offset)
        while offset < end:
            inner = self.pieces[index]
            skip = offset - (self._ends[index] - inner.length)
            count = min(inner.length - skip, end - offset)
            if isinstance(inner, Copy):
                yield Copy(inner.start + skip, count)
            else:
                yield Data(inner.data[skip : skip + count])
            offset += count
            index += 1

    def locate(self, offset: int) -> tuple[Piece, int]:
        """The piece with the byte at `offset`, and how many of its bytes come before that one."""
        index = bisect_right(self._ends, offset)
        piece = self.pieces[index]
        return piece, offset - (self._ends[index] - piece.length)

    def read_at(self, offset: int, length: int) -> bytes:
        """See `Source.read_at`."""
        if len(self.pieces) == 1 and isinstance(piece := self.pieces[0], Copy):
            return self.source.read_at(
                piece.start + offset, max(0, min(length, self.size - offset))
            )
        end = min(offset + length, self.size)
        parts: list[bytes] = []
        index = bisect_right(self._ends, offset)
        while offset < end:
            piece = self.pieces[index]
            skip = offset - (self._ends[index] - piece.length)
            count = min(piece.length - skip, end - offset)
            if isinstance(piece, Copy):
                parts.append(self.source.read_at(piece.start + skip, count))
            else:
                parts.append(piece.data[skip : skip + count])
            offset += count
            index += 1
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """See `Source.read_into`."""
        done = 0
        for piece in self.part(Copy(offset, min(len(buffer), self.size - offset))):
            target = buffer[done : done + piece.length]
            if isinstance(piece, Data):
                target[:] = piece.data
            elif (count := self.source.read_into(piece.start, target)) < piece.length:
                return done + count
            done += piece.length
        return done


class Held(Splice, Viewable):
    """A splice whose bytes are all in memory, and do not change."""

    source: BytesSource

    def views(self, part: Range) -> Iterator[memoryview]:
        """See `Viewable.views`."""
        for piece in self.part(Copy(part.start, min(part.length, self.size - part.start))):
            if isinstance(piece, Data):
                yield memoryview(piece.data)
            else:
                yield self.source.view[piece.start : piece.start + piece.length]


def became_shorter() -> OSError:
    """Somebody cuts the source off while it is read."""
    return OSError("the source became shorter while it was copied")


def hold(splice: Splice) -> Held:
    """The same file in memory; nothing of it is copied unless it may change or has many pieces.

    Raises:
        OSError: The source became shorter.
    """
    source = splice.source
    if len(splice.pieces) <= _FEW and isinstance(source, BytesSource) and source.is_fixed:
        return Held(source, splice.pieces)
    data = splice.read_at(0, splice.size)
    if len(data) != splice.size:
        raise became_shorter()
    return Held(BytesSource(data), [Copy(0, splice.size)])


def in_memory(splice: Splice) -> Splice:
    """The same file; a small one is held in memory, where it is quicker to parse and copy."""
    return splice if splice.size > limits.IN_MEMORY else hold(splice)
