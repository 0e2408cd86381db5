"""Texts that generators write into Exif: the comment of the user, and fields for other things.

CIPA DC-008 (Exif 3.0) §4.6; only what is looked for is read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, Literal, Protocol

from aidisclose import limits
from aidisclose.named import NamedTuple

_ENTRIES: Final = 256
_EXIF, _COMMENT = 0x8769, 0x9286
_NAMES: Final = {
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x000B: "ProcessingSoftware",
    _COMMENT: "UserComment",
    0xA43A: "RAWDevelopingSoftware",
    0xA43B: "ImageEditingSoftware",
    0xA43C: "MetadataEditingSoftware",
}
#: Bytes of a value, by its type: BYTE, ASCII, SHORT, LONG, SBYTE, UNDEFINED, IFD, and UTF-8.
_WIDTHS: Final = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 13: 4, 129: 1}
_CHARSET: Final = 8
#: Stands for the offset behind a directory: no tag has this number.
_NEXT: Final = -1


class _Form(NamedTuple):
    """The form of a block: of TIFF, or of BigTIFF.

    Attributes:
        order: Of the bytes of a number.
        head: Bytes of the number of entries.
        entry: An entry: tag, type, number of values, and the value or its offset.
        offset: Bytes of an offset.
    """

    order: Literal["little", "big"]
    head: int = 2
    entry: str = "<HHI4s"
    offset: int = 4

    def number(self, data: bytes) -> int:
        return int.from_bytes(data, self.order)


_FORMS: Final = {
    b"II*\0": _Form("little"),
    b"MM\0*": _Form("big", entry=">HHI4s"),
    b"II+\0": _Form("little", head=8, entry="<HHQ8s", offset=8),
    b"MM\0+": _Form("big", head=8, entry=">HHQ8s", offset=8),
}


class Field(NamedTuple):
    """A text of Exif, untrusted.

    Attributes:
        name: Of the tag.
        value: The text.
    """

    name: str
    value: str


class Bytes(Protocol):
    """Bytes, or what is read only where it is looked at."""

    def __getitem__(self, part: slice, /) -> bytes:
        """A part of them."""


def read(data: Bytes) -> Iterator[Field]:
    """The texts in an Exif block, which begins as a TIFF file does; none if it is damaged.

    Those of all its directories, and all of one name: readers differ in which they show.
    """
    form = _FORMS.get(data[:4])
    if form is None:
        return
    # BigTIFF has the size of offsets before the first one.
    starts = [form.number(data[form.offset : 2 * form.offset])]
    for start in starts:  # more are added meanwhile
        for tag, value in _directory(data, start, form):
            if tag in _NAMES:
                text = _comment(value) if tag == _COMMENT else value.decode("utf-8", "replace")
                if text := text.strip("\0 "):
                    yield Field(_NAMES[tag], text)
                continue
            # Of further pictures, of a thumbnail, and those that only Exif has.
            place = form.number(value)
            if place and place not in starts and len(starts) < limits.EXIF_DIRECTORIES:
                starts.append(place)


def _directory(data: Bytes, start: int, form: _Form) -> Iterator[tuple[int, bytes]]:
    """Tag and value of the entries that are looked for, and the offset of the next directory."""
    begin = start + form.head
    count, width = form.number(data[start:begin]), struct.calcsize(form.entry)
    entries = data[begin : begin + width * min(count, _ENTRIES)]
    entries = entries[: len(entries) // width * width]
    for tag, kind, number, value in struct.iter_unpack(form.entry, entries):
        if tag not in _NAMES and tag != _EXIF:
            continue
        length = _WIDTHS.get(kind, 0) * number
        # Up to four bytes, or eight, stand in the entry instead of an offset (TIFF 6.0 §2).
        if length > len(value):
            offset = form.number(value)
            yield tag, data[offset : offset + min(length, limits.TEXT_SIZE)]
        else:
            yield tag, value[:length]
    behind = begin + width * count
    yield _NEXT, data[behind : behind + form.offset]


def _comment(value: bytes) -> str:
    """The text behind the name of its character set.

    UNICODE does not say in which order the bytes are: programs differ, whatever the order of the
    file is, so the zeros of Latin letters tell.
    """
    charset, text = value[:_CHARSET], value[_CHARSET:]
    if charset.startswith(b"UNICODE"):
        is_big = text[0::2].count(0) >= text[1::2].count(0)
        return text.decode("utf-16-be" if is_big else "utf-16-le", "replace")
    return text.decode("utf-8", "replace")
