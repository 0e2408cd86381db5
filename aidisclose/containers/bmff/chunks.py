"""The targets of the offsets of tracks, to compare them before and after the offsets change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from aidisclose.containers.bmff.offsets import offset_boxes, offsets_of
from aidisclose.containers.container import Block, Detail
from aidisclose.io.source import Source

_TABLES: Final = (b"stco", b"co64")
#: Of a table with more offsets, as many are looked at, from the first to the last; all are moved
#: by the same arithmetic.
_LOOKED_AT: Final = 16
#: Bytes at each of them.
_ENOUGH: Final = 16


def details(source: Source, blocks: Sequence[Block]) -> Iterator[Detail]:
    """The first bytes of chunks of every track.

    Raises:
        MalformedFile: A box does not fit into its parent, or is too short for its offsets.
        UnsupportedFormat: Offsets are kept in a way that is not understood.
        LimitExceeded: There are too many boxes, or offsets.
    """
    number = 0
    films = [block for block in blocks if block.name == "moov"]
    for box, _ in offset_boxes(source, films):
        if box.type not in _TABLES:
            continue
        offsets = offsets_of(source, box)
        number += 1
        step = max(1, len(offsets) // _LOOKED_AT)
        for index in {*range(0, len(offsets), step), len(offsets) - 1} if offsets else ():
            start = source.read_at(offsets[index], _ENOUGH) if offsets[index] < source.size else b""
            yield Detail(f"chunk {index} of track {number}", start)
