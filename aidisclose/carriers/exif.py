"""Texts that generators write into Exif: the comment of the user, and fields for other things.

CIPA DC-008 (Exif 3.0) §4.6; only what is looked for is read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, Protocol

from aidisclose import limits
from aidisclose.named import NamedTuple

_ENTRIES: Final = 256
_ENTRY_SIZE: Final = 12
_ORDERS: Final = {b"II*\0": "little", b"MM\0*": "big"}
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
    order = _ORDERS.get(data[:4])
    if order is None:
        return
    is_little = order == "little"
    starts = [_number(data[4:8], is_little=is_little)]
    for start in starts:  # more are added meanwhile
        for tag, value in _directory(data, start, is_little=is_little):
            if tag in _NAMES:
                text = _comment(value) if tag == _COMMENT else value.decode("utf-8", "replace")
                if text := text.strip("\0 "):
                    yield Field(_NAMES[tag], text)
                continue
            # Of further pictures, of a thumbnail, and those that only Exif has.
            place = _number(value, is_little=is_little)
            if place and place not in starts and len(starts) < limits.EXIF_DIRECTORIES:
                starts.append(place)


def _number(data: bytes, *, is_little: bool) -> int:
    return int.from_bytes(data, "little" if is_little else "big")


def _directory(data: Bytes, start: int, *, is_little: bool) -> Iterator[tuple[int, bytes]]:
    """Tag and value of the entries that are looked for, and the offset of the next directory."""
    count = _number(data[start : start + 2], is_little=is_little)
    begin, size = start + 2, _ENTRY_SIZE * min(count, _ENTRIES)
    entries = data[begin : begin + size]
    entries = entries[: len(entries) // _ENTRY_SIZE * _ENTRY_SIZE]
    form = "<HHI4s" if is_little else ">HHI4s"
    for tag, kind, number, value in struct.iter_unpack(form, entries):
        if tag not in _NAMES and tag != _EXIF:
            continue
        length = _WIDTHS.get(kind, 0) * number
        # Up to four bytes stand in the entry instead of an offset (TIFF 6.0 §2).
        if length > len(value):
            offset = _number(value, is_little=is_little)
            yield tag, data[offset : offset + min(length, limits.TEXT_SIZE)]
        else:
            yield tag, value[:length]
    behind = begin + _ENTRY_SIZE * count
    yield _NEXT, data[behind : behind + 4]


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
