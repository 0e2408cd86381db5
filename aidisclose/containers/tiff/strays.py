"""The targets of a TIFF file's directories: values, further directories, strips and tiles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aidisclose import limits
from aidisclose.containers.container import Layout, Stray
from aidisclose.containers.reach import Reach
from aidisclose.containers.tiff.dialect import DIALECTS, Dialect
from aidisclose.errors import LimitExceeded
from aidisclose.io.source import Range, Source
from aidisclose.named import NamedTuple

#: Bytes of a value of each field type, BigTIFF and the offsets of directories included.
_SIZES: Final = {
    **dict.fromkeys((1, 2, 6, 7), 1),
    **dict.fromkeys((3, 8), 2),
    **dict.fromkeys((4, 9, 11, 13), 4),
    **dict.fromkeys((5, 10, 12, 16, 17, 18), 8),
}
_NUMBERS: Final = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
#: Types whose values are offsets of directories.
_DIRECTORY_TYPES: Final = (13, 18)

_C2PA: Final = 0xCD41
#: SubIFDs, Exif, GPS, Interoperability and global parameters.
_DIRECTORIES: Final = frozenset({0x014A, 0x8769, 0x8825, 0xA005, 0x0190})
#: Offsets of strips, tiles and a JPEG picture, by the tag with their lengths.
_PIECES: Final = {0x0111: 0x0117, 0x0144: 0x0145, 0x0201: 0x0202}


class _Field(NamedTuple):
    """An entry of a directory.

    Attributes:
        type: Of its values.
        place: Where they are.
        is_inline: Whether that is the entry itself.
    """

    type: int
    place: Range
    is_inline: bool


def find(source: Source, layout: Layout) -> Iterator[Stray]:
    """See `Container.strays`."""
    reach = Reach(layout)
    head = source.read_at(0, 16)
    dialect = DIALECTS.get(head[:4]) or DIALECTS[head[:8]]
    at = dialect.header_size - dialect.width
    waiting = list(_pointer(source, dialect, at))
    seen: set[int] = set()
    left = limits.TIFF_PIECES
    for start in waiting:  # grows while it is walked
        if not start or start in seen:
            continue
        seen.add(start)
        if len(seen) > limits.TIFF_DIRECTORIES:
            raise LimitExceeded(f"more than {limits.TIFF_DIRECTORIES} directories")
        name = f"the directory at offset {start}"
        found = list(reach.strays("a directory", [Range(start, dialect.length.size)]))
        # Those of the main chain were found to be apart from the store, whose length one holds.
        yield from found
        if found:
            continue
        fields, following = _directory(source, dialect, start)
        waiting += following
        for tag, field in fields.items():
            if tag == _C2PA:
                continue
            if not field.is_inline:
                yield from reach.strays(f"tag {tag} of {name}", [field.place])
            if tag in _DIRECTORIES or field.type in _DIRECTORY_TYPES:
                waiting += _values(source, dialect, field)
        for tag, lengths_tag in _PIECES.items():
            if tag in fields:
                starts = _values(source, dialect, fields[tag])
                lengths = _values(source, dialect, fields.get(lengths_tag))
                left -= len(starts) + len(lengths)
                if left < 0:
                    raise LimitExceeded(f"more than {limits.TIFF_PIECES} strips and tiles")
                stray = reach.first_stray(f"tag {tag} of {name}", starts, lengths or None)
                if stray:
                    yield stray


def _pointer(source: Source, dialect: Dialect, at: int) -> Iterator[int]:
    """The offset that stands there, if one does."""
    data = source.read_at(at, dialect.width)
    if len(data) == dialect.width:
        yield dialect.pointer.unpack(data)[0]


def _directory(
    source: Source, dialect: Dialect, start: int
) -> tuple[dict[int, _Field], tuple[int, ...]]:
    """The fields of a directory by their tags, and the offset of the directory after it."""
    (count,) = dialect.length.unpack(source.read_at(start, dialect.length.size))
    if count > limits.TIFF_ENTRIES:
        raise LimitExceeded(f"a TIFF directory has {count} entries (at offset {start})")
    at = start + dialect.length.size
    size = dialect.entry.size
    data = source.read_at(at, count * size)
    fields: dict[int, _Field] = {}
    for tag, kind, number, value in dialect.entry.iter_unpack(data[: len(data) // size * size]):
        length = number * _SIZES.get(kind, 1)
        inline = length <= dialect.width
        place = Range(at + size - dialect.width if inline else value, length)
        fields.setdefault(tag, _Field(kind, place, inline))
        at += size
    return fields, tuple(_pointer(source, dialect, start + dialect.length.size + count * size))


def _values(source: Source, dialect: Dialect, field: _Field | None) -> tuple[int, ...]:
    """The numbers of a field; none if it holds something else."""
    code = _NUMBERS.get(field.type) if field else None
    if field is None or code is None:
        return ()
    if field.place.length > 8 * limits.TIFF_PIECES:
        raise LimitExceeded(f"more than {limits.TIFF_PIECES} strips and tiles")
    return dialect.numbers(code, source.read_at(*field.place))
