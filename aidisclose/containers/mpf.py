"""The Multi-Picture Format's index (CIPA DC-007 §5.2): where the images of a JPEG file lie.

It stands in an APP2 segment of the first image, and counts from its own header to the others. So
bytes that come or go between the two would make previews, depth and gain maps unfindable.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final

from aidisclose.containers.container import Block
from aidisclose.io.change import Change
from aidisclose.io.source import Range, Source

#: Bytes of the marker, the segment's length and `MPF\0`; offsets count from what follows them.
_PREFIX: Final = 8
#: Readers look at the letters for the order of bytes: Pillow takes the number behind them in any.
_NAME: Final = b"MPF\0"
_ORDERS: Final = {b"II": "<", b"MM": ">"}
_MP_ENTRY: Final = 0xB002
_ENTRY_SIZE: Final = 16


def corrections(
    source: Source, segments: Iterable[Block], end: int, changes: Sequence[Change]
) -> Iterator[Change]:
    """The changes that keep every index as true as it is when a file is changed.

    An index that cannot be read, or that points further than 4 GiB, is left as it is.

    Arguments:
        source: The unchanged file.
        segments: APP2 segments of the first image, whatever they hold.
        end: Offset of the first byte after the first image.
        changes: In ascending order; none of them in these segments.
    """
    ends = [start + length for start, length, _ in changes]
    shifts = [0, *accumulate(len(data) - length for _, length, data in changes)]

    def moved(offset: int) -> int:
        return offset + shifts[bisect_right(ends, offset)]

    for segment in segments:
        order = _order(source, segment)
        if order is None:
            continue
        origin = segment.start + _PREFIX
        number = struct.Struct(order + "I")
        data = source.read_at(origin, segment.length - _PREFIX)
        for entry, size, offset in _entries(data, order):
            if offset:
                field, old, new = entry + 8, offset, moved(origin + offset) - moved(origin)
            elif size == end:
                # The first image, which starts the file and holds what is changed. Programs that
                # embed a store leave this size as it was, so that it may be true without it.
                field, old, new = entry + 4, size, moved(size)
            else:
                continue
            if old != new and 0 <= new < 1 << 32:
                yield Change(origin + field, number.size, number.pack(new))


def is_index(source: Source, segment: Block) -> bool:
    """Whether an APP2 segment holds an index."""
    return _order(source, segment) is not None


def _order(source: Source, segment: Block) -> str | None:
    """The order of bytes of an index; None of a segment that holds something else."""
    head = source.read_at(segment.start + 4, 8)
    return _ORDERS.get(head[4:6]) if len(head) == 8 and head.startswith(_NAME) else None


def places(source: Source, segments: Iterable[Block]) -> Iterator[Range]:
    """The places of the images after the first one, as far as they are in the file.

    Programs that cut off the further images leave the index as it was, and readers then show none.

    Arguments:
        source: The file.
        segments: APP2 segments of the first image, whatever they hold.
    """
    for segment in segments:
        order = _order(source, segment)
        if order is not None:
            origin = segment.start + _PREFIX
            data = source.read_at(origin, segment.length - _PREFIX)
            found = list(_entries(data, order))
            if order == ">" and data[:4] != b"MM\0*":
                found += _entries(data, order, within="<")  # as Pillow reads them then
            for _, size, offset in found:
                # Readers that count with 32 bits come to what stands before the index.
                start = (origin + offset) % 2**32
                if offset and start < source.size:
                    yield Range(start, min(max(size, 1), source.size - start))


def _entries(data: bytes, order: str, within: str = "") -> Iterator[tuple[int, int, int]]:
    """The place of each image's entry in the index, and the size and offset that it states.

    Arguments:
        data: The index.
        order: Of bytes.
        within: Of bytes of the entries, if another.
    """
    seen: set[int] = set()
    try:
        (directory,) = struct.unpack_from(order + "I", data, 4)
        (count,) = struct.unpack_from(order + "H", data, directory)
        for field in range(directory + 2, directory + 2 + 12 * count, 12):
            tag, _, length, start = struct.unpack_from(order + "HHII", data, field)
            if tag == _MP_ENTRY:
                for entry in range(start, start + length, _ENTRY_SIZE):
                    size, offset = struct.unpack_from((within or order) + "4xII4x", data, entry)
                    if entry not in seen:
                        seen.add(entry)
                        yield entry, size, offset
    except struct.error:
        return  # it reaches beyond its segment
