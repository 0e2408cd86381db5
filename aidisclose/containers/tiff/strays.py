"""The targets of a TIFF file's directories: values, further directories, strips and tiles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import zip_longest
from math import prod
from typing import Final

from aidisclose import limits
from aidisclose.containers import previews
from aidisclose.containers.container import Layout, Stray
from aidisclose.containers.reach import Reach
from aidisclose.containers.tiff.dialect import DIALECTS, Dialect
from aidisclose.errors import LimitExceeded, MalformedFile
from aidisclose.io.source import Range, Source
from aidisclose.named import NamedTuple

#: Bytes of a value of each field type, BigTIFF and the offsets of directories included.
_SIZES: Final = {
    **dict.fromkeys((1, 2, 6, 7), 1),
    **dict.fromkeys((3, 8), 2),
    **dict.fromkeys((4, 9, 11, 13), 4),
    **dict.fromkeys((5, 10, 12, 16, 17, 18), 8),
}
#: Readers take signed numbers for offsets as well; a negative one leads nowhere.
_NUMBERS: Final = {
    1: "B",
    3: "H",
    4: "I",
    13: "I",
    16: "Q",
    18: "Q",
    6: "b",
    8: "h",
    9: "i",
    17: "q",
}
#: Types whose values are offsets of directories.
_DIRECTORY_TYPES: Final = (13, 18)

_C2PA: Final = 0xCD41
#: SubIFDs, Exif, GPS, Interoperability and global parameters.
_DIRECTORIES: Final = frozenset({0x014A, 0x8769, 0x8825, 0xA005, 0x0190})
#: What a single offset leads to, and as much of it as readers take at most: tables of quantization
#: and of Huffman codes (TIFF 6.0 §22), camera profiles (DNG 1.7, ExtraCameraProfiles).
_TABLES: Final = {0x0207: 64, 0x0208: 16 + 17, 0x0209: 16 + 256, 0xC6F5: 8}
#: Offsets of strips, tiles and a JPEG picture, by the tag with their lengths.
_PIECES: Final = {0x0111: 0x0117, 0x0144: 0x0145, 0x0201: 0x0202}


#: Strips and tiles.
_PICTURES: Final = (0x0111, 0x0144)
_WIDTH, _HEIGHT, _BITS, _COMPRESSION = 0x0100, 0x0101, 0x0102, 0x0103
_SAMPLES, _ROWS, _PLANES, _TILE_WIDTH, _TILE_HEIGHT = 0x0115, 0x0116, 0x011C, 0x0142, 0x0143
_SEPARATE: Final = 2
_OLD_JPEG: Final = 6

_DESCRIPTION: Final = 0x010E
#: Of a stack of MetaMorph: what says that it is one, and as many numbers as it has pictures.
_META_MORPH, _PLANES_OF_STACK = 0x835C, (0x835D, 0x835E)
#: The number of pictures in the text of ImageJ, and the numbers of them along all axes in the JSON
#: of tifffile.
_STACK: Final = re.compile(rb"\bimages=\s*+([0-9]++)")
_SHAPE: Final = re.compile(rb"\s*+\{[^{}]*?\"shape\"\s*+:\s*+\[([0-9,\s]*+)\]")
#: Of a number that is believed, and axes of a stack.
_DIGITS: Final = 12
_AXES: Final = 16


class _Field(NamedTuple):
    """An entry of a directory.

    Attributes:
        type: Of its values.
        place: Their place in the file.
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
    entries = limits.TIFF_FIELDS
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
        entries -= len(fields)
        if entries < 0:
            raise LimitExceeded(f"more than {limits.TIFF_FIELDS} entries of directories")
        for tag, field in fields.items():
            if tag == _C2PA:
                continue
            if not field.is_inline:
                yield from reach.strays(f"tag {tag} of {name}", [field.place])
            if tag in _DIRECTORIES or field.type in _DIRECTORY_TYPES:
                waiting += _values(source, dialect, field)
        if previews.TAGS & fields.keys():
            yield from previews.strays(source, layout)
        for tag, length in _TABLES.items():
            found_at = (at for at in _values(source, dialect, fields.get(tag)) if at > 0)
            yield from reach.strays(f"tag {tag} of {name}", (Range(at, length) for at in found_at))
        for tag, lengths_tag in _PIECES.items():
            if tag in fields:
                if tag in _PICTURES and fields[tag].type not in _NUMBERS:
                    raise MalformedFile(f"the offsets of tag {tag} are not whole numbers", start)
                starts = _values(source, dialect, fields[tag])
                lengths = _values(source, dialect, fields.get(lengths_tag))
                left -= len(starts) + len(lengths)
                if left < 0:
                    raise LimitExceeded(f"more than {limits.TIFF_PIECES} strips and tiles")
                label = f"tag {tag} of {name}"
                if stray := reach.first_stray(label, starts, lengths or None):
                    yield stray
                    continue
                if tag in _PICTURES:
                    shown = _shown(source, dialect, fields, tag)
                    yield from reach.into_stores(label, starts, shown)
                    stack = _stack(source, dialect, fields)
                    # Of a stack that is not all there, readers show the first picture only.
                    places = [at for at in starts[:1] if at + stack <= source.size]
                    yield from reach.into_stores(label, places, stack)
                elif _number(source, dialect, fields, _COMPRESSION, 1) != _OLD_JPEG:
                    continue  # the length of a thumbnail says all
                ends = zip_longest(starts, lengths[: len(starts)], fillvalue=0)
                # Readers estimate a length of 0: up to the end of the file, if compressed.
                if _number(source, dialect, fields, _COMPRESSION, 1) != 1:
                    open_ended = [at for at, size in ends if at and not size]
                    yield from reach.into_stores(label, open_ended, source.size)


def _stack(source: Source, dialect: Dialect, fields: dict[int, _Field]) -> int:
    """Bytes of the pictures that stand behind each other at the first strip, by what is said.

    ImageJ and tifffile write large stacks without a directory for each picture, and read them so;
    MetaMorph has one directory for all. Neither stacks what it compresses.
    """
    number = partial(_number, source, dialect, fields)
    if number(_COMPRESSION, 1) != 1:
        return 0
    samples = number(_SAMPLES, 1)
    is_apart = number(_PLANES, 1) == _SEPARATE
    row = (number(_WIDTH, 0) * (1 if is_apart else samples) * number(_BITS, 1) + 7) // 8
    picture = row * number(_HEIGHT, 0) * (samples if is_apart else 1)
    if _META_MORPH in fields:
        planes = (fields[tag] for tag in _PLANES_OF_STACK if tag in fields)
        return picture * max((each.place.length // _SIZES[5] for each in planes), default=0)
    if _DESCRIPTION not in fields:
        return 0
    place = fields[_DESCRIPTION].place
    text = source.read_at(place.start, min(place.length, limits.TEXT_SIZE))
    if text.startswith(b"ImageJ=") and (found := _STACK.search(text)):
        return _count(found[1]) * picture
    if found := _SHAPE.match(text):
        values = prod(_count(each) for each in found[1].split(b",", _AXES)[:_AXES])
        return values * _number(source, dialect, fields, _BITS, 8) // 8
    return 0


def _count(digits: bytes) -> int:
    return int(digits.strip()[:_DIGITS] or 0)


def _shown(source: Source, dialect: Dialect, fields: dict[int, _Field], tag: int) -> int:
    """The bytes of each strip or tile that readers show whatever its length is, at least one.

    Those of a picture that is not compressed follow from its size, and Pillow looks at nothing
    else; libtiff does where a length is 0. Colours count in full, as Pillow takes them.
    """
    number = partial(_number, source, dialect, fields)
    if number(_COMPRESSION, 1) != 1:
        return 1
    is_tiled = tag != _PICTURES[0]
    width = number(_TILE_WIDTH if is_tiled else _WIDTH, 0)
    height = number(_HEIGHT, 0)
    rows = number(_TILE_HEIGHT, 0) if is_tiled else min(number(_ROWS, height), height)
    samples = 1 if number(_PLANES, 1) == _SEPARATE else number(_SAMPLES, 1)
    return max(1, (width * samples * number(_BITS, 1) + 7) // 8 * rows)


def _number(
    source: Source, dialect: Dialect, fields: dict[int, _Field], tag: int, otherwise: int
) -> int:
    """The first number of a tag, of a short list."""
    field = fields.get(tag)
    if field is None or field.place.length > limits.KIB:
        return otherwise
    return next(iter(_values(source, dialect, field)), otherwise)


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
        # Of two, one reader takes the first, and another one the last.
        if tag in fields and (tag in _PIECES or tag in _DIRECTORIES or tag in _TABLES):
            raise MalformedFile(f"tag {tag} stands twice in a directory", start)
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
