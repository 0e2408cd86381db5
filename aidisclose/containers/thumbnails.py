"""Thumbnails and previews that Exif leads to, outside of its own bytes (Exif 3.0 §4.5).

They belong inside. ExifTool looks for others at their offset from the head of the Exif data, in PNG
from the start of the file, wherever that is, before it too, and shows what it finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from aidisclose import limits
from aidisclose.containers import previews
from aidisclose.containers.container import Astray, Layout, Stray
from aidisclose.containers.reach import Reach
from aidisclose.containers.tiff.dialect import DIALECTS, Dialect
from aidisclose.errors import LimitExceeded
from aidisclose.io.source import Range, Source

_DIALECTS: Final = {b"II": DIALECTS[b"II*\0"], b"MM": DIALECTS[b"MM\0*"]}
#: SubIFDs and Exif.
_DIRECTORIES: Final = frozenset({0x014A, 0x8769})
#: Offsets of strips, tiles and a JPEG picture, by the tag with their lengths.
_PIECES: Final = {0x0111: 0x0117, 0x0144: 0x0145, 0x0201: 0x0202}
#: Readers take signed numbers for offsets as well.
_NUMBERS: Final = {3: ("H", 2), 4: ("I", 4), 8: ("h", 2), 9: ("i", 4), 13: ("I", 4)}

#: What stands before the head, as ExifTool takes it.
_NAME: Final = re.compile(rb"(?is).{0,4}Exif\0.")

_Fields = dict[int, tuple[int, ...]]


def strays(source: Source, parts: Iterable[Range], layout: Layout) -> Iterator[Stray]:
    """Thumbnails that Exif data lead to, and that lie in a manifest store.

    Arguments:
        source: The file.
        parts: The places of its Exif data, from their head or the name before it on.
        layout: Of the file.
    """
    for part in islice(parts, limits.EXIF_PARTS):
        data = source.read_at(part.start, min(part.length, limits.EXIF_SIZE))
        yield from of_data(source, data, part.start, layout)


def of_data(source: Source, data: bytes, start: int, layout: Layout) -> Iterator[Stray]:
    """Thumbnails of one part that lie in a manifest store, and previews of its maker note.

    Those past the end of the file are of programs that cut thumbnails off: nothing is shown.

    Arguments:
        source: The file.
        data: The Exif data of anybody, from the head or the name before it on.
        start: Their offset in the file; 0 of data that are compressed or encoded in it.
        layout: Of the file.

    Raises:
        LimitExceeded: They have too many directories.
    """
    if name := _NAME.match(data):
        data, start = data[name.end() :], start + name.end()
    # ExifTool passes over the number that follows the letters for the order of bytes.
    dialect = _DIALECTS.get(data[:2])
    if dialect is None or not layout.stores:
        return
    reach = Reach(layout)
    places = [
        Range(origin + place.start, place.length)
        for fields in _directories(data, dialect)
        for place in _pieces(fields)
        if place.start < 0 or place.end > len(data)
        for origin in (0, start)
    ]
    found = reach.strays("a thumbnail of Exif", places)
    yield from (each for each in found if each.target is Astray.STORE)
    if previews.has_maker_note(data):
        yield from previews.strays(source, layout)


def _directories(data: bytes, dialect: Dialect) -> Iterator[_Fields]:
    """The numbers in each directory within the data, by their tags.

    Raises:
        LimitExceeded: The directories have too many entries.
    """
    waiting = list(dialect.numbers("I", data[4:8]))
    seen: set[int] = set()
    left = limits.EXIF_ENTRIES
    for at in waiting:  # grows while it is walked
        begin = at + dialect.length.size
        if (
            at in seen
            or not 0 <= at <= len(data)
            or begin > len(data)
            or len(seen) == limits.TIFF_DIRECTORIES
        ):
            continue
        seen.add(at)
        (count,) = dialect.length.unpack_from(data, at)
        end = begin + count * dialect.entry.size
        fields: _Fields = {}
        last: _Fields = {}
        entries = data[begin:end]
        whole = len(entries) // dialect.entry.size * dialect.entry.size
        left -= whole // dialect.entry.size
        if left < 0:
            raise LimitExceeded(f"Exif data of more than {limits.EXIF_ENTRIES} entries")
        for offset in range(0, whole, dialect.entry.size):
            tag, kind, number, value = dialect.entry.unpack_from(entries, offset)
            code, width = _NUMBERS.get(kind, ("B", 0))
            if not width or number > limits.TIFF_ENTRIES:
                continue
            inline = begin + offset + dialect.entry.size - dialect.width
            first = inline if number * width <= dialect.width else value
            last[tag] = dialect.numbers(code, data[first : first + number * width])
            fields.setdefault(tag, last[tag])
        # Of a tag that stands twice, some readers take the first, and others the last.
        for each in (fields, last):
            yield each
            waiting += (at for tag in _DIRECTORIES for at in each.get(tag, ()))
        waiting += dialect.numbers("I", data[end : end + dialect.width])


def _pieces(fields: _Fields) -> Iterator[Range]:
    for starts, lengths in _PIECES.items():
        pieces = zip(fields.get(starts, ()), fields.get(lengths, ()), strict=False)
        yield from (Range(start, length) for start, length in pieces)
