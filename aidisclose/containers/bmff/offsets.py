"""Absolute file offsets in ISO media files, and keeping them right when bytes move.

What addresses bytes from the start of the file (ISO/IEC 14496-12):

- `stco`, `co64`: chunks of a track, unless the track's data lies in another file
- `iloc`: items, where the construction method is 0
- `tfhd`: the base of a fragment, where its flags say that it has one
- `tfra`: `moof` boxes, from an index at the end of the file
- `saio`: auxiliary information of samples, in `stbl`; in `traf` it counts from the fragment

`sidx` does not, but it holds distances, which change when bytes between their ends come or go.
`mfro` is the size of `mfra` and does not change. Everything else is relative to something that
moves along.
"""

from __future__ import annotations

import struct
import sys
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from aidisclose import limits
from aidisclose.containers.bmff import iloc
from aidisclose.containers.bmff.iloc import Locations
from aidisclose.containers.container import Block
from aidisclose.containers.isobox import SHORTEST, Box, box_at, children, walk
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.change import Change, change
from aidisclose.io.source import Source
from aidisclose.io.splice import Splice
from aidisclose.named import NamedTuple

_MAX_31: Final = 0x7FFFFFFF
_MAX_32: Final = 0xFFFFFFFF
_TYPECODE: Final = {4: "I", 8: "Q"}

#: Where boxes with offsets belong. So a `moov` within a `moov`, or a chain of a thousand of them,
#: is not looked into, and no way is longer than six boxes. `misplaced` looks for them elsewhere.
_WITHIN: Final = {
    b"moov": (b"trak", b"meta", b"cmov"),
    b"trak": (b"mdia", b"meta"),
    b"mdia": (b"minf",),
    b"minf": (b"stbl",),
    b"stbl": (b"stco", b"co64", b"saio"),
    b"moof": (b"traf", b"meta"),
    b"traf": (b"tfhd", b"meta"),
    b"mfra": (b"tfra",),
    b"meta": (b"iloc",),
}
_ROOTS: Final = frozenset(("moov", "moof", "mfra", "meta", "sidx"))


class _Moves:
    """The new offset of each byte of a file after ranges of it were replaced.

    Arguments:
        growth: For each range, where it ends and by how many bytes its replacement is longer.
    """

    def __init__(self, growth: Iterable[tuple[int, int]]) -> None:
        self._cuts: list[int] = []
        self._shifts = [0]
        for end, longer in sorted(growth):
            if longer:
                self._cuts.append(end)
                self._shifts.append(self._shifts[-1] + longer)

    @property
    def last(self) -> int:
        """All bytes from this offset on move alike; -1 if none moves."""
        return self._cuts[-1] if self._cuts else -1

    @property
    def total(self) -> int:
        """The number of bytes by which the whole file grows."""
        return self._shifts[-1]

    def shift(self, offset: int) -> int:
        return self._shifts[bisect_right(self._cuts, offset)]

    def new(self, offset: int) -> int:
        return offset + self.shift(offset)

    def pack(self, offsets: array[int], width: int) -> bytes:
        """The new offset of each, of `width` bytes.

        Raises:
            OverflowError: One needs more bytes.
        """
        alike = _added(offsets, self.total, least=self.last) if self._cuts else None
        if alike is not None and width == offsets.itemsize:
            return alike
        return _packed(array(_TYPECODE[width], map(self.new, offsets)))


def _added(numbers: array[int], summand: int, *, least: int) -> bytes | None:
    """All numbers with another one added, packed; None if one is below `least`, or near overflow.

    A film has a million, and nearly always all its chunks lie behind what is written. Together they
    are one long number, whose parts are compared and added at once. The highest bit of each part,
    which no number may need, shows a part that is too small, and keeps it from borrowing.
    """
    bits = 8 * numbers.itemsize
    packed = _packed(numbers)
    ones = int.from_bytes((1).to_bytes(numbers.itemsize) * len(numbers))
    highest = ones << (bits - 1)
    joined = int.from_bytes(packed)
    if joined & highest or least >> (bits - 1):
        return None
    if ((joined | highest) - least * ones) & highest != highest:
        return None
    added = joined + summand * ones
    return None if added & highest else added.to_bytes(len(packed))


def _packed(numbers: array[int]) -> bytes:
    """Big-endian numbers."""
    if sys.byteorder == "little":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


class _Found(NamedTuple):
    """A box with offsets, and the boxes around it, outermost first."""

    box: Box
    parents: tuple[Box, ...]


class _Table(NamedTuple):
    """Offsets at regular distances in a box.

    Attributes:
        start: The place of the first entry.
        entries: The number of entries.
        width: Bytes of an offset, 4 or 8.
        stride: Bytes of an entry.
        column: The place of the offset in an entry.
    """

    start: int
    entries: int
    width: int
    stride: int
    column: int = 0


def relocate(
    source: Source,
    blocks: Sequence[Block],
    changes: Sequence[Change],
    *,
    grown: Mapping[Box, int] = MappingProxyType({}),
    locations: Locations | None = None,
) -> Splice:
    """The changed file, in which every absolute offset still points at the same bytes.

    A `stco` that could no longer hold its offsets becomes a `co64` (C2PA 2.2 §A.5.9).

    Arguments:
        source: The file.
        blocks: All its top-level boxes.
        changes: All other changes: whole boxes, insertions between them, and bytes of the same
            length.
        grown: Boxes within which that is, by how many bytes they become longer; their sizes are
            changed.
        locations: A new table of items, which still says where they are in the unchanged file.

    Raises:
        MalformedFile: A box with offsets cannot be read.
        UnsupportedFormat: Offsets are kept in a way that cannot be changed.
        LimitExceeded: A field is too small for its new offset, or there are too many offsets.
    """
    longer = Counter(grown)
    growth = [(start + length, len(data) - length) for start, length, data in changes]
    if locations:
        growth.append((locations.box.end, locations.growth))
    moves = _Moves(growth)
    if moves.last < 0 and locations is None:
        return change(source, changes)
    _check_fragments(blocks, moves)
    boxes = offset_boxes(source, blocks)
    result = list(changes)
    if source.size + moves.total > _MAX_32:
        wide = _overflowing(source, boxes, moves)
        for box, parents in wide:
            more = _widening(source, box)
            growth.append((box.end, more))
            longer.update(dict.fromkeys(parents, more))
        moves = _Moves(growth)
        result += _widened(source, wide, moves)
        boxes = [found for found in boxes if found not in wide]
    for box, parents in boxes:
        try:
            if box.type == b"iloc":
                given = locations if locations and locations.box == box else None
                table = given or iloc.read(source, box)
                result += _items(source, table, parents[-1], moves)
            elif box.type == b"sidx":
                result += _segments(source, box, moves)
            else:
                result += _offsets(source, box, moves)
        except OverflowError:
            reason = f"an offset in a box of type {box.type!r} at offset {box.start} has no room"
            raise LimitExceeded(f"{reason} for its new value; remux the file first") from None
    for box, more in longer.items():
        result += _resized(source, box, more)
    return change(source, result)


def _check_fragments(blocks: Sequence[Block], moves: _Moves) -> None:
    """A `moof` says how far from itself its samples lie, so both must move alike."""
    moof: Block | None = None
    for block in blocks:
        if block.name == "moof":
            moof = block
        elif block.name == "mdat" and moof:
            if moves.shift(moof.start) != moves.shift(block.start):
                reason = f"a C2PA box lies between the fragment at offset {moof.start} and its data"
                raise UnsupportedFormat(reason)
            moof = None


def offset_boxes(source: Source, blocks: Sequence[Block]) -> list[_Found]:
    """The boxes with offsets into this file, and `sidx`, each with the boxes around it.

    Raises:
        MalformedFile: A box on the way to them does not fit into its parent.
        UnsupportedFormat: Offsets are kept in a way that is not understood.
        LimitExceeded: There are too many boxes, or offsets.
    """
    found: list[_Found] = []
    size = 0
    left = limits.BLOCKS
    stack: list[_Found] = []
    for block in reversed(blocks):
        if block.name not in _ROOTS:
            continue
        boxes = _plain_boxes(source, block)
        if boxes is None:
            stack.append(_Found(box_at(source, block.start, block.end), ()))
        elif (left := left - boxes) < 0:
            raise LimitExceeded(f"too many boxes (at offset {block.start})")
    while stack:
        box, parents = stack.pop()
        wanted = _WITHIN.get(box.type)
        if wanted is None:
            size += box.length
            found.append(_Found(box, parents))
            if box.type == b"cmov":
                raise UnsupportedFormat("the movie header is compressed; remux the file first")
            if size > limits.OFFSET_TABLES:
                reason = f"more than {limits.OFFSET_TABLES} bytes of offsets"
                raise LimitExceeded(f"{reason} would have to be rewritten")
            continue
        inside = children(source, box, count=left)
        left -= len(inside)
        if box.type == b"minf" and not _has_own_data(source, inside):
            continue
        stack += [_Found(child, (*parents, box)) for child in inside if child.type in wanted]
    return found


def _plain_boxes(source: Source, block: Block) -> int | None:
    """The number of boxes in a fragment without offsets, as nearly all are; None for all others.

    There may be a hundred thousand, of which each box would be read on its own.
    """
    if block.name != "moof" or block.length > limits.CHUNK:
        return None
    data = source.read_at(block.start, block.length)
    if int.from_bytes(data[:4]) != len(data):
        return None
    return _count_plain(data, SHORTEST, len(data))


def _count_plain(data: bytes, position: int, end: int) -> int | None:
    boxes = 0
    while position < end:
        size, code = (
            int.from_bytes(data[position : position + 4]),
            data[position + 4 : position + 8],
        )
        content, position = position + SHORTEST, position + size
        boxes += 1
        if size < SHORTEST or position > end or code == b"meta":
            return None
        if code == b"tfhd" and (size < SHORTEST + 4 or data[content + 3] & 1):
            return None
        if code == b"traf":
            inside = _count_plain(data, content, position)
            if inside is None:
                return None
            boxes += inside
    return boxes


def _has_own_data(source: Source, boxes: Sequence[Box]) -> bool:
    """Whether the offsets of a track, whose `minf` holds these boxes, are ones of this file."""
    own = references(source, boxes)
    if any(own) and not all(own):
        raise UnsupportedFormat("a track has data in this file and in others; remux it first")
    return all(own)


def references(source: Source, boxes: Sequence[Box]) -> tuple[bool, ...]:
    """For each data reference below these boxes, whether it stands for this file as a whole.

    None at all if there is no list of them.
    """
    for dinf in boxes:
        if dinf.type == b"dinf":
            for dref in children(source, dinf):
                if dref.type == b"dref":
                    # Version, flags and a count come first. QuickTime may end a list of boxes with
                    # a zero.
                    entries = walk(source, dref.body + 8, dref.end, padding=7)
                    return tuple(_is_this_file(source, entry) for entry in entries)
    return ()


def _is_this_file(source: Source, entry: Box) -> bool:
    if entry.type in (b"imdt", b"snim"):  # offsets within an `imda` box or a track
        return False
    head = source.read_at(entry.body, min(5, entry.end - entry.body))
    # Some writers forget the flag; without a location there is no other file.
    return len(head) < 5 or bool(head[3] & 1)


def _table(source: Source, box: Box) -> _Table:
    """The place of the offsets in a box.

    Raises:
        MalformedFile: It is shorter than its number of offsets requires.
        UnsupportedFormat: It has an unknown version.
    """
    # What is cut off reads as zero here and is noticed at the end.
    head = source.read_at(box.body, min(16, box.end - box.body)).ljust(16, b"\0")
    version, flags = head[0], int.from_bytes(head[1:4])
    width = 8 if version else 4
    if version > 1:
        raise UnsupportedFormat(f"a box of type {box.type!r} has the unknown version {version}")
    if box.type == b"tfhd":
        # The id of the track comes before the base, which only a flag announces (§8.8.7).
        table = _Table(box.body + 8, flags & 1, 8, 8)
    elif box.type == b"tfra":
        numbers = head[11]
        # Three numbers follow time and offset; of each, two bits say how many bytes above one it
        # has (§8.8.10).
        trailing = (numbers >> 4 & 3) + (numbers >> 2 & 3) + (numbers & 3) + 3
        count = int.from_bytes(head[12:16])
        table = _Table(box.body + 16, count, width, 2 * width + trailing, width)
    elif box.type == b"saio":
        # The flag announces the type of the information and its parameter (§8.7.9).
        skip = 8 * (flags & 1)
        count = int.from_bytes(head[4 + skip : 8 + skip])
        table = _Table(box.body + 8 + skip, count, width, width)
    else:
        width = 8 if box.type == b"co64" else 4
        table = _Table(box.body + 8, int.from_bytes(head[4:8]), width, width)
    if table.start + table.entries * table.stride > box.end:
        raise MalformedFile(f"a box of type {box.type!r} is too short for its offsets", box.start)
    return table


def _offsets(source: Source, box: Box, moves: _Moves) -> Iterator[Change]:
    table = _table(source, box)
    raw = _read(source, table.start, table.entries * table.stride)
    packed = moves.pack(_unpack(raw, table), table.width)
    data = bytearray(raw)
    for byte in range(table.width):
        data[table.column + byte :: table.stride] = packed[byte :: table.width]
    if data != raw:
        yield Change(table.start, len(raw), bytes(data))


def count_of(source: Source, box: Box) -> int:
    """The number of offsets in such a box; see `offsets_of`."""
    return _table(source, box).entries


def offsets_of(source: Source, box: Box) -> array[int]:
    """The offsets in a `stco`, `co64`, `tfhd`, `tfra` or `saio` box.

    Raises:
        MalformedFile: It is shorter than its number of offsets requires.
        UnsupportedFormat: It has an unknown version.
    """
    table = _table(source, box)
    return _unpack(_read(source, table.start, table.entries * table.stride), table)


def _unpack(raw: bytes, table: _Table) -> array[int]:
    offsets = array(_TYPECODE[table.width])
    if table.stride == table.width:
        offsets.frombytes(raw)
    else:
        column = bytearray(table.entries * table.width)
        for byte in range(table.width):
            column[byte :: table.width] = raw[table.column + byte :: table.stride]
        offsets.frombytes(column)
    if sys.byteorder == "little":
        offsets.byteswap()
    return offsets


def _read(source: Source, start: int, length: int) -> bytes:
    data = source.read_at(start, length)
    if len(data) < length:
        raise MalformedFile("the file became shorter while it was read", start)
    return data


def _overflowing(source: Source, boxes: Iterable[_Found], moves: _Moves) -> set[_Found]:
    """The `stco` boxes to replace by `co64`.

    Replacing one moves what lies behind it further, so that another may have to follow; where one
    must, all are that would if all were.
    """
    last: dict[_Found, int] = {}
    for found in boxes:
        if found.box.type == b"stco":
            table = _table(source, found.box)
            raw = _read(source, table.start, table.entries * table.stride)
            last[found] = moves.new(max(_unpack(raw, table), default=0))
    if all(offset <= _MAX_32 for offset in last.values()):
        return set()
    further = sum(_widening(source, found.box) for found in last)
    return {found for found, offset in last.items() if offset + further > _MAX_32}


def _widening(source: Source, box: Box) -> int:
    """The number of bytes by which a `stco` grows when it becomes a `co64`."""
    # A header of 8 bytes, version and flags, and the count.
    return 16 + 8 * _table(source, box).entries - box.length


def _widened(source: Source, wide: Iterable[_Found], moves: _Moves) -> Iterator[Change]:
    for box, _ in wide:
        table = _table(source, box)
        raw = _read(source, table.start, table.entries * table.stride)
        packed = moves.pack(_unpack(raw, table), 8)
        head = struct.pack(">I4s", 16 + len(packed), b"co64") + _read(source, box.body, 8)
        yield Change(box.start, box.length, head + packed)


def _resized(source: Source, box: Box, longer: int) -> Iterator[Change]:
    declared = int.from_bytes(_read(source, box.start, 4))
    size = box.length + longer
    if declared == 1:
        yield Change(box.start + 8, 8, size.to_bytes(8))
    elif size > _MAX_32:
        raise LimitExceeded(f"a box of type {box.type!r} would become larger than 4 GiB")
    elif declared:
        yield Change(box.start, 4, size.to_bytes(4))


def _items(source: Source, table: Locations, meta: Box, moves: _Moves) -> Iterator[Change]:
    """The changed `iloc`: an item lies at the sum of its base and the offset of each extent."""
    own: tuple[bool, ...] | None = None
    data = bytearray(table.raw)
    for item in table.entries():
        if item.method != iloc.IN_FILE:
            continue
        if item.reference:
            own = references(source, children(source, meta)) if own is None else own
            if item.reference > len(own) or not own[item.reference - 1]:
                continue
        base = table.number(item.base, table.base_size)
        places = item.extents if table.offset_size else range(0)
        starts = [base + table.number(at, table.offset_size) for at in places] or [base]
        shifts = {moves.shift(start) for start in starts}
        moved = base + max(shifts)
        fits = 0 <= moved < 256**table.base_size
        # The base is changed where it can say it all: a base that is 0 stays, and each offset
        # moves.
        if len(shifts) == 1 and (not table.offset_size or (base and fits)):
            data[item.base : item.base + table.base_size] = moved.to_bytes(table.base_size)
        else:
            for at, start in zip(places, starts, strict=False):
                offset = moves.new(start) - base
                data[at : at + table.offset_size] = offset.to_bytes(table.offset_size)
    yield Change(table.box.body, table.box.end - table.box.body, bytes(data))


def _segments(source: Source, box: Box, moves: _Moves) -> Iterator[Change]:
    """The changed `sidx`: a chain of distances that begins where the box ends."""
    if moves.last <= box.end:
        return
    raw = _read(source, box.body, box.end - box.body)
    version = raw[0] if raw else 0
    if version > 1:
        raise UnsupportedFormat(f"a sidx box has the unknown version {version}")
    width = 8 if version else 4
    first = 12 + width
    entries = first + width + 4
    end = entries + 12 * int.from_bytes(raw[entries - 2 : entries])
    if max(entries, end) > len(raw):
        raise MalformedFile("a sidx box is cut off", box.start)
    position = box.end + int.from_bytes(raw[first : first + width])
    new = moves.new(position)
    data = bytearray(raw)
    # The distance counts from the end of the box, at which something may have been put in.
    anchor = moves.new(box.start) + box.length
    data[first : first + width] = (new - anchor).to_bytes(width)
    for at in range(entries, end, 12):
        word = int.from_bytes(raw[at : at + 4])
        position += word & _MAX_31
        # The highest bit says what the entry refers to (§8.16.3); 31 are left for its size.
        size = moves.new(position) - new
        if not 0 <= size <= _MAX_31:
            raise OverflowError
        data[at : at + 4] = (word & ~_MAX_31 | size).to_bytes(4)
        new += size
    if data != raw:
        yield Change(box.body, len(raw), bytes(data))
