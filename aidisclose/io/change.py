"""Changes to a file: ranges that give way to new bytes, applied all at once as a `Splice`."""

from __future__ import annotations

from collections.abc import Iterable

from aidisclose.io.source import Source
from aidisclose.io.splice import Copy, Data, Piece, Splice
from aidisclose.named import NamedTuple


class Change(NamedTuple):
    """`length` bytes from offset `start` give way to `data`; a length of 0 inserts."""

    start: int
    length: int
    data: bytes = b""


def _order(item: Change) -> tuple[int, bool]:
    return item.start, item.length > 0


def change(source: Source, changes: Iterable[Change]) -> Splice:
    """`source` with all changes made; their offsets are those of the unchanged file.

    Changes may come in any order. Insertions at the same offset are made in the order given, and
    before what stands there is replaced.

    Raises:
        ValueError: Two changes overlap, or one reaches outside the source.
    """
    pieces: list[Piece] = []
    position = 0
    for start, length, data in sorted(changes, key=_order):
        if start < position:
            raise ValueError(f"the change at offset {start} overlaps the one before it")
        pieces += (Copy(position, start - position), Data(data))
        position = start + length
    if position > source.size:
        raise ValueError(f"a change reaches beyond a source of {source.size} bytes")
    pieces.append(Copy(position, source.size - position))
    return Splice(source, pieces)
