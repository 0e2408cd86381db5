"""OpenDML indexes of AVI files (OpenDML AVI file format extensions 1.02, §4.0).

An AVI beyond 1 GiB has further RIFF chunks after the first. What finds the frames in them counts
from the start of the file, so whatever is inserted before them would make it point elsewhere: each
stream's super index names the offset of every chunk index, and each chunk index the offset that its
entries are relative to. (`idx1`, the index of older AVI files, covers the first RIFF chunk only.)
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from aidisclose import limits
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.change import Change
from aidisclose.io.source import Range, Source
from aidisclose.named import NamedTuple

_CHUNK_HEADER: Final = 8
_OFFSET_SIZE: Final = 8

#: Words per entry, subtype, type, entries in use, chunk id, base offset, reserved; a super index
#: has reserved bytes where the base offset is.
_HEADER: Final = struct.Struct("<HBBI4sQI")
_BASE: Final = 12
_OF_INDEXES: Final = 0
_OF_CHUNKS: Final = 1

#: Offset of a chunk index, its size and its duration.
_SUPER_ENTRY: Final = struct.Struct("<QII")

#: Offset of the data of a chunk, and its size.
_CHUNK_ENTRY: Final = struct.Struct("<II")
_WORDS: Final = 2


class _Index(NamedTuple):
    """One index; `table` is where its entries in use are."""

    body: int
    kind: int
    base: int
    words: int
    table: Range


def shift(changes: Iterable[Change], offset: int) -> int:
    """The number of bytes by which the byte at `offset` moves when `changes` are made."""
    return sum(len(data) - length for start, length, data in changes if start + length <= offset)


def repaired(source: Source, indexes: Iterable[Range], changes: Sequence[Change]) -> list[Change]:
    """The changes that let the indexes of a file find the same bytes after `changes`.

    Arguments:
        source: The file before the changes.
        indexes: The data of the `indx` chunk of each stream.
        changes: The insertions and removals.

    Raises:
        MalformedFile: An index is cut off, or overlaps another or what is changed.
        UnsupportedFormat: A chunk index spans the place of a change.
        LimitExceeded: There are more than `limits.AVI_INDEXES` indexes or
            `limits.AVI_INDEX_ENTRIES` entries.
    """
    offsets: dict[int, int] = {}
    chunk_indexes: dict[int, _Index] = {}
    for data in indexes:
        index = _index(source, data)
        if index.kind == _OF_CHUNKS:
            chunk_indexes[index.body] = index
        elif index.kind == _OF_INDEXES:
            for position, offset in _super_entries(source, index):
                offsets[position] = offset + shift(changes, offset)
                if (named := _chunk_index(source, offset)) is not None:
                    chunk_indexes[named.body] = named
            if len(offsets) > limits.AVI_INDEXES:
                raise LimitExceeded(f"the AVI has more than {limits.AVI_INDEXES} indexes")
    left = limits.AVI_INDEX_ENTRIES
    for index in chunk_indexes.values():
        left -= index.table.length // (4 * index.words)
        if left < 0:
            raise LimitExceeded(f"the AVI has more than {limits.AVI_INDEX_ENTRIES} index entries")
        offsets[index.body + _BASE] = index.base + _media_shift(source, index, changes)
    _check_apart(offsets, changes)
    return [
        # A base may lie before the file: offsets are added to it modulo 2^64.
        Change(at, _OFFSET_SIZE, (value % 2**64).to_bytes(_OFFSET_SIZE, "little"))
        for at, value in offsets.items()
    ]


def places(source: Source, indexes: Iterable[Range]) -> Iterator[Range]:
    """The targets of a file's indexes: other indexes, and the chunks with the media.

    Arguments:
        source: The file.
        indexes: The data of the `indx` chunk of each stream.

    Raises:
        MalformedFile: An index is cut off.
        LimitExceeded: There are more than `limits.AVI_INDEXES` indexes or
            `limits.AVI_INDEX_ENTRIES` entries.
    """
    chunk_indexes: dict[int, _Index] = {}
    count = 0
    for data in indexes:
        index = _index(source, data)
        if index.kind == _OF_CHUNKS:
            chunk_indexes[index.body] = index
        elif index.kind == _OF_INDEXES:
            for _, offset in _super_entries(source, index):
                count += 1
                if count > limits.AVI_INDEXES:
                    raise LimitExceeded(f"the AVI has more than {limits.AVI_INDEXES} indexes")
                yield Range(offset, _CHUNK_HEADER)
                if (named := _chunk_index(source, offset)) is not None:
                    chunk_indexes[named.body] = named
    left = limits.AVI_INDEX_ENTRIES
    for index in chunk_indexes.values():
        left -= index.table.length // (4 * index.words)
        if left < 0:
            raise LimitExceeded(f"the AVI has more than {limits.AVI_INDEX_ENTRIES} index entries")
        if index.words == _WORDS:
            table = source.read_at(*index.table)
            for offset, size in _CHUNK_ENTRY.iter_unpack(table[: len(table) // 8 * 8]):
                # The highest bit says that it is not a key frame.
                yield Range(index.base + offset, size & 0x7FFFFFFF)


def _index(source: Source, data: Range) -> _Index:
    head = source.read_at(data.start, min(data.length, _HEADER.size))
    if len(head) < _HEADER.size:
        raise MalformedFile("an AVI index is cut off", data.start)
    words, _, kind, used, _, base, _ = _HEADER.unpack(head)
    if words == 0:
        raise MalformedFile("an AVI index has entries of no size", data.start)
    entries = min(used, (data.length - _HEADER.size) // (4 * words))
    table = Range(data.start + _HEADER.size, entries * 4 * words)
    return _Index(data.start, kind, base, words, table)


def _super_entries(source: Source, index: _Index) -> list[tuple[int, int]]:
    """The place of each offset in a super index, and the offset."""
    size = _SUPER_ENTRY.size
    count = min(index.table.length // size, limits.AVI_INDEXES + 1)
    table = source.read_at(index.table.start, count * size)
    table = table[: len(table) // size * size]
    return [
        (index.table.start + number * size, offset)
        for number, (offset, _, _) in enumerate(_SUPER_ENTRY.iter_unpack(table))
    ]


def _chunk_index(source: Source, offset: int) -> _Index | None:
    """The chunk index that starts at an offset, if one does."""
    if offset + _CHUNK_HEADER > source.size:
        return None
    head = source.read_at(offset, _CHUNK_HEADER)
    # “ix” and the number of the stream (OpenDML AVI 1.02); a super index may also name something
    # else.
    if not head.startswith(b"ix"):
        return None
    body = offset + _CHUNK_HEADER
    size = min(int.from_bytes(head[4:], "little"), source.size - body)
    index = _index(source, Range(body, size))
    return index if index.kind == _OF_CHUNKS else None


def _media_shift(source: Source, index: _Index, changes: Sequence[Change]) -> int:
    """The number of bytes by which all chunks of a chunk index move."""
    entries = array("I", source.read_at(index.table.start, index.table.length))
    if sys.byteorder == "big":
        entries.byteswap()
    offsets = entries[:: index.words]
    if not offsets:
        return shift(changes, index.base)
    first = shift(changes, index.base + min(offsets))
    if first != shift(changes, index.base + max(offsets)):
        raise UnsupportedFormat(
            f"the AVI index at offset {index.body} spans several RIFF chunks; "
            "rewrite the file first (for example with FFmpeg, -c copy)"
        )
    return first


def _check_apart(offsets: Iterable[int], changes: Iterable[Change]) -> None:
    ranges = [Range(offset, _OFFSET_SIZE) for offset in offsets]
    ranges += [Range(start, length) for start, length, _ in changes]
    end = 0
    for item in sorted(ranges):
        if item.start < end:
            raise MalformedFile("an AVI index overlaps another structure", item.start)
        end = item.end
