"""The targets of an ISO media file's tables: the chunks, items and samples that players show.

See `offsets` for the boxes with offsets. How much is fetched from there is said by others:
sizes of samples in `stsz` and `trun`, lengths of items in `iloc`.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, islice
from operator import le, sub
from typing import Final

from aidisclose import limits
from aidisclose.containers.bmff import iloc, misplaced, sound
from aidisclose.containers.bmff.offsets import count_of, offset_boxes, offsets_of, references
from aidisclose.containers.container import Block, Layout, Stray
from aidisclose.containers.isobox import Box, box_at, children
from aidisclose.containers.reach import Reach
from aidisclose.errors import LimitExceeded, MalformedFile
from aidisclose.io.source import BytesSource, Range, Source
from aidisclose.named import NamedTuple

#: Flags of `tfhd` and `trun` (ISO/IEC 14496-12 §8.8.7, §8.8.8).
_HAS_BASE: Final = 0x1
_HAS_DEFAULT_SIZE: Final = 0x10
_BASE_IS_MOOF: Final = 0x20000
_HAS_OFFSET: Final = 0x1
_HAS_FIRST_FLAGS: Final = 0x4
_HAS_DURATION: Final = 0x100
_HAS_SIZE: Final = 0x200
#: Of each sample, by the flag that says that it is there; the size is the second.
_FIELDS: Final = (_HAS_DURATION, _HAS_SIZE, 0x400, 0x800)
#: Optional fields of `tfhd` before the default size, by their flags.
_BEFORE_SIZE: Final = {_HAS_BASE: 8, 0x2: 4, 0x8: 4}

#: Bits of a size in `stz2` (§8.7.3.3).
_COMPACT: Final = (4, 8, 16)

_MAX_63: Final = 2**63 - 1

#: The index of fragments, which hashes leave out. That the numbers of samples in it are right,
#: nothing shows, so that media could be written there.
_INDEX: Final = "mfra"


def _reach(layout: Layout, unsigned: Iterable[Range] = ()) -> Reach:
    indexes = (block for block in layout.blocks if block.name == _INDEX)
    ranges = (Range(block.start, block.length) for block in indexes)
    return Reach(layout, unsigned=(*ranges, *unsigned))


def find(source: Source, layout: Layout) -> Iterator[Stray]:
    """See `Container.strays`."""
    misplaced.refuse(source, layout.blocks)
    reach = _reach(layout)
    left = limits.SAMPLES
    for box, parents in offset_boxes(source, layout.blocks):
        name = f"the {box.name} box at offset {box.start}"
        if box.type in (b"stco", b"co64"):
            tables = {item.type: item for item in children(source, parents[-1])}
            left -= count_of(source, box) + _count(source, tables)
            if left < 0:
                raise LimitExceeded(f"tracks of more than {limits.SAMPLES} samples and chunks")
            track = _Track(source, box, tables)
            if stray := reach.first_stray(name, track.starts, track.lengths()):
                yield stray
        elif box.type == b"iloc":
            yield from reach.strays(name, _items(source, box, parents[-1]))
        elif box.type == b"sidx":
            if stray := reach.first_stray(name, *_segments(source, box)):
                yield stray
        elif box.type == b"tfra":
            # An initialization segment may keep the index of the file that it was cut out of.
            there = array("Q", (at for at in offsets_of(source, box) if at < source.size))
            if stray := reach.first_stray(name, there, None):
                yield stray
        elif box.type != b"tfhd" and (  # that is the base of what a fragment holds
            stray := reach.first_stray(name, offsets_of(source, box), None)
        ):
            yield stray
    fragments = _Fragments(source, sample_sizes(source, layout.blocks))
    for block in layout.blocks:
        if block.name == "moof":
            name = f"the fragment at offset {block.start}"
            yield from reach.strays(name, fragments.samples(block))


def of_samples(
    source: Source, layout: Layout, sizes: Mapping[bytes, bytes], unsigned: Iterable[Range]
) -> Iterator[Stray]:
    """See `Fragmented.sample_strays`."""
    found = samples(source, layout.blocks, sizes)
    yield from _reach(layout, unsigned).strays("a sample of the fragment", found)


def samples(
    source: Source, blocks: Sequence[Block], sizes: Mapping[bytes, bytes]
) -> Iterator[Range]:
    """See `Fragmented.samples`."""
    fragments = _Fragments(source, sizes)
    for block in blocks:
        if block.name == "moof":
            yield from fragments.samples(block)


class _Track:
    """The chunks of a track.

    Arguments:
        source: The file.
        box: Its table of offsets.
        tables: The boxes beside it, by their type, which say how long each chunk is.

    Attributes:
        starts: The offset of each chunk.
    """

    def __init__(self, source: Source, box: Box, tables: Mapping[bytes, Box]) -> None:
        self.starts = offsets_of(source, box)
        self._sizes = _sizes(source, tables)
        self._runs = _runs(source, tables.get(b"stsc"), len(self.starts))
        self._frame = sound.frame(source, tables)

    def lengths(self) -> array[int] | None:
        """The length of each chunk; None if the tables that say it are not there.

        Of sound it is the longer one of two: by the sizes of samples, and by their description.
        That each has a size of 1 says nothing in QuickTime: of coded sound it is less.
        """
        if self._runs is None:
            return None
        lengths = self._by_sizes(self._runs)
        if self._frame is None:
            return lengths
        described = array("Q")
        for run in self._runs.each():
            length = min(self._frame.length(run.samples), _MAX_63)
            described.extend(array("Q", (length,)) * run.chunks)
        if lengths is None or self._sizes == 1:
            return described
        return array("Q", map(max, lengths, described))

    def _by_sizes(self, runs: _Runs) -> array[int] | None:
        if self._sizes is None:
            return None
        lengths = array("Q")
        if isinstance(self._sizes, int):
            for run in runs.each():
                lengths.extend(array("Q", (min(run.samples * self._sizes, _MAX_63),)) * run.chunks)
            return lengths
        sums = array("Q", accumulate(self._sizes, initial=0))
        view = memoryview(sums)  # its parts are not copied
        last, position = len(sums) - 1, 0
        for run in runs.each():
            end = position + run.samples * run.chunks
            if end <= last and run.samples:
                edges = view[position : end + 1 : run.samples]
                lengths.extend(map(sub, edges[1:], edges))
                position = end
                continue
            for _ in range(run.chunks):
                end = min(position + run.samples, last)
                lengths.append(sums[end] - sums[position])
                position = end
        return lengths


class _Run(NamedTuple):
    """Chunks that hold the same number of samples."""

    chunks: int
    samples: int


class _Runs(NamedTuple):
    """The two numbers of each run: there may be as many as chunks."""

    chunks: array[int]
    samples: array[int]

    def each(self) -> Iterator[_Run]:
        """The runs in order."""
        return map(_Run, self.chunks, self.samples)


def _runs(source: Source, box: Box | None, count: int) -> _Runs | None:
    """`stsc` says from which chunk on how many samples are in each.

    What is out of order, or stands for nothing, FFmpeg replaces by what stands beside it.
    """
    if box is None:
        return None
    raw = _numbers(source, box, start=8, stride=3, count_at=4)
    firsts, samples = raw[::3], raw[1::3]
    if not raw:
        return None
    if firsts[0] != 1 or 0 in samples or 0 in raw[2::3]:
        raise MalformedFile("an stsc box leaves out chunks", box.start)
    if any(map(le, islice(firsts, 1, None), firsts)):
        raise MalformedFile("the chunks of an stsc box are out of order", box.start)
    # Chunks that the table of offsets does not have are nowhere.
    there = bisect_right(firsts, count)
    ends = chain(firsts[1:there], (count + 1,))
    return _Runs(array("I", map(sub, ends, firsts[:there])), samples[:there])


def _count(source: Source, tables: Mapping[bytes, Box]) -> int:
    """Entries of the tables of a track as they declare them, read before these are.

    A sample that has the size of all has no entry. A run of chunks has three numbers.
    """
    count = 0
    if box := tables.get(b"stsz"):
        head = source.read_at(box.body + 4, 8)
        count += 0 if any(head[:4]) else int.from_bytes(head[4:])
    elif box := tables.get(b"stz2"):
        count += int.from_bytes(source.read_at(box.body + 8, 4))
    if box := tables.get(b"stsc"):
        count += 3 * int.from_bytes(source.read_at(box.body + 4, 4))
    return count


def _sizes(source: Source, tables: Mapping[bytes, Box]) -> array[int] | int | None:
    """The size of each sample, or the one that all have."""
    if box := tables.get(b"stsz"):
        [size] = _numbers(source, box, start=4, stride=1, count=1)
        return size or _numbers(source, box, start=12, stride=1, count_at=8)
    if box := tables.get(b"stz2"):
        head = source.read_at(box.body + 7, 5)
        bits, count = head[0] if head else 0, int.from_bytes(head[1:])
        if bits not in _COMPACT:
            raise MalformedFile(f"sizes of {bits} bits in a stz2 box", box.start)
        length = (count * bits + 7) // 8
        if box.body + 12 + length > box.end:
            raise MalformedFile("a stz2 box is too short for its entries", box.start)
        raw = source.read_at(box.body + 12, length)
        if bits == 16:
            return array("I", (int.from_bytes(raw[n : n + 2]) for n in range(0, len(raw), 2)))
        if bits == 8:
            return array("I", iter(raw))
        # Two in each byte, the higher half first (§8.7.3.3).
        return array("I", (n for byte in raw for n in (byte >> 4, byte & 15)))[:count]
    return None


def _numbers(
    source: Source, box: Box, *, start: int, stride: int, count: int = 0, count_at: int = 0
) -> array[int]:
    """32-bit numbers of a table; their count stands at an offset, if that is given."""
    if count_at:
        count = int.from_bytes(source.read_at(box.body + count_at, 4))
    length = 4 * stride * count
    if box.body + start + length > box.end:
        raise MalformedFile(f"a box of type {box.type!r} is too short for its entries", box.start)
    found = array("I")
    found.frombytes(source.read_at(box.body + start, length))
    if sys.byteorder == "little":
        found.byteswap()
    return found


def _items(source: Source, box: Box, meta: Box) -> Iterator[Range]:
    table = iloc.read(source, box)
    idat = next((item for item in children(source, meta) if item.type == b"idat"), None)
    own = references(source, children(source, meta))
    primary = _primary(source, meta)
    for entry in table.entries():
        if entry.item == primary and entry.method != iloc.IN_FILE:
            # FFmpeg 5 and 6 do not look at the method, and take the offsets for those of the file.
            yield from table.extents(entry)
        # Of an item of this file, some writers and readers pass over the reference that says so.
        is_here = not entry.reference or all(own[entry.reference - 1 : entry.reference] or (0,))
        if not is_here or entry.method not in (iloc.IN_FILE, iloc.IN_IDAT):
            continue
        origin, end = 0, source.size
        if entry.method == iloc.IN_IDAT:
            origin, end = (idat.body, idat.end) if idat else (source.size, source.size)
        for start, length in table.extents(entry):
            place = origin + start
            # A length of 0 stands for all that follows (§8.11.3).
            yield Range(place, length or max(end - place, 1))


def _primary(source: Source, meta: Box) -> int | None:
    """The item that is shown, by `pitm` (§8.11.4); its number is longer in version 1."""
    box = next((item for item in children(source, meta) if item.type == b"pitm"), None)
    if box is None:
        return None
    content = source.read_at(box.body, min(8, box.end - box.body))
    return int.from_bytes(content[4:8] if content[:1] == b"\1" else content[4:6])


def _segments(source: Source, box: Box) -> tuple[array[int], array[int]]:
    """The starts and lengths of the segments that `sidx` names: they follow one another."""
    raw = source.read_at(box.body, box.end - box.body)
    width = 8 if raw[:1] == b"\1" else 4
    entries = 12 + 2 * width + 4
    first = box.end + int.from_bytes(raw[12 + width : 12 + 2 * width])
    count = int.from_bytes(raw[entries - 2 : entries])
    fields = array("I")
    fields.frombytes(raw[entries : entries + (len(raw) - entries) // 12 * 12][: 12 * count])
    if sys.byteorder == "little":
        fields.byteswap()
    # The highest bit says whether it is another index (§8.16.3).
    lengths = array("Q", map((2**31 - 1).__and__, fields[::3]))
    starts = array("Q", (min(at, _MAX_63) for at in accumulate(lengths, initial=first)))
    return starts[:-1], lengths


def sample_sizes(source: Source, blocks: Sequence[Block]) -> dict[bytes, bytes]:
    """The size of samples of which nothing else says it, by the id of the track (§8.8.3)."""
    found: dict[bytes, bytes] = {}
    for block in blocks:
        if block.name == "moov":
            for mvex in children(source, box_at(source, block.start, block.end)):
                for box in children(source, mvex) if mvex.type == b"mvex" else ():
                    fields = source.read_at(box.body, min(20, box.end - box.body))
                    if box.type == b"trex" and len(fields) == 20:
                        # Players take the first of several for one track.
                        found.setdefault(fields[4:8], fields[16:20])
    return found


class _Fragments:
    """The fragments of one file, and how much of them may still be looked at.

    Arguments:
        source: The file.
        sizes: Of samples of which nothing else says it, by the id of the track.
    """

    def __init__(self, source: Source, sizes: Mapping[bytes, bytes]) -> None:
        self._source = source
        self._sizes = sizes
        self._boxes = limits.BLOCKS
        self._samples = limits.SAMPLES

    def samples(self, block: Block) -> Iterator[Range]:
        """The samples of a `moof` box."""
        if block.length > limits.OFFSET_TABLES:
            raise LimitExceeded(f"a moof box has more than {limits.OFFSET_TABLES} bytes")
        raw = BytesSource(self._source.read_at(block.start, block.length))
        end = block.start
        for traf in self._children(raw, box_at(raw, 0, block.length)):
            if traf.type != b"traf":
                continue
            base: int | None = None
            position = size = 0
            for box in self._children(raw, traf):
                content = raw.read_at(box.body, box.end - box.body)
                flags = int.from_bytes(content[1:4])
                if box.type == b"tfhd":
                    size = _default_size(flags, content, self._sizes)
                    base = end
                    if flags & _HAS_BASE:
                        base = int.from_bytes(content[8:16])
                    elif flags & _BASE_IS_MOOF:
                        base = block.start
                    position = base
                elif box.type == b"trun":
                    if base is None:
                        # Players would take what the one before says.
                        raise MalformedFile("a trun box without a tfhd box", block.start)
                    length = self._length(content, flags, size)
                    if flags & _HAS_OFFSET:
                        position = base + int.from_bytes(content[8:12], signed=True)
                    elif position != base:
                        # It follows the one before (§8.8.8); FFmpeg begins at the base again.
                        yield Range(base, max(length, 1))
                    # One before the beginning of the file is nowhere either.
                    yield Range(position if position >= 0 else _MAX_63, max(length, 1))
                    end = position = position + length

    def _children(self, raw: Source, box: Box) -> tuple[Box, ...]:
        found = children(raw, box)
        self._boxes -= len(found)
        if self._boxes < 0:
            raise LimitExceeded(f"fragments of more than {limits.BLOCKS} boxes")
        return found

    def _length(self, content: bytes, flags: int, default: int) -> int:
        """Of all samples of a `trun` box together."""
        count = int.from_bytes(content[4:8])
        if not flags & _HAS_SIZE:
            return count * default
        at = 8 + 4 * bool(flags & _HAS_OFFSET) + 4 * bool(flags & _HAS_FIRST_FLAGS)
        at += 4 * bool(flags & _HAS_DURATION)
        stride = 4 * sum(bool(flags & flag) for flag in _FIELDS)
        self._samples -= count
        if self._samples < 0:
            raise LimitExceeded(f"fragments of more than {limits.SAMPLES} samples")
        if at - 4 * bool(flags & _HAS_DURATION) + stride * count > len(content):
            # Players would go on in what follows.
            raise MalformedFile("a trun box is too short for its samples")
        fields = array("I")
        fields.frombytes(content[at : at + stride * count].ljust(stride * count, b"\0"))
        if sys.byteorder == "little":
            fields.byteswap()
        return sum(fields[:: stride // 4])


def _default_size(flags: int, content: bytes, defaults: Mapping[bytes, bytes]) -> int:
    """The size of samples of which `trun` does not say it."""
    if not flags & _HAS_DEFAULT_SIZE:
        return int.from_bytes(defaults.get(content[4:8], b""))
    at = 8 + sum(size for flag, size in _BEFORE_SIZE.items() if flags & flag)
    return int.from_bytes(content[at : at + 4])
