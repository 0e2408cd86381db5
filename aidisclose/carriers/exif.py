"""Texts that generators write into Exif: the comment of the user, and fields for other things.

CIPA DC-008 (Exif 3.0) §4.6; only what is looked for is read.
"""

from __future__ import annotations

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
#: Directories that are looked at: of further pictures, and of a thumbnail.
_DIRECTORIES: Final = 64
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
        found = list(_directory(data, start, is_little=is_little))
        pointers = [value for tag, value in found if tag in (_EXIF, _NEXT)]
        for pointer in pointers:
            place = _number(pointer, is_little=is_little)
            if place and place not in starts and len(starts) < _DIRECTORIES:
                starts.append(place)
        for tag, value in found:
            if value and tag in _NAMES:
                text = _comment(value) if tag == _COMMENT else value.decode("utf-8", "replace")
                yield Field(_NAMES[tag], text.strip("\0 "))


def _number(data: bytes, *, is_little: bool) -> int:
    return int.from_bytes(data, "little" if is_little else "big")


def _directory(data: Bytes, start: int, *, is_little: bool) -> Iterator[tuple[int, bytes]]:
    """Tag and value of the entries that are looked for, and the offset of the next directory."""
    count = _number(data[start : start + 2], is_little=is_little)
    behind = start + 2 + count * _ENTRY_SIZE
    yield _NEXT, data[behind : behind + 4]
    for index in range(min(count, _ENTRIES)):
        place = start + 2 + index * _ENTRY_SIZE
        entry = data[place : place + _ENTRY_SIZE]
        tag = _number(entry[:2], is_little=is_little)
        if len(entry) < _ENTRY_SIZE or (tag not in _NAMES and tag != _EXIF):
            continue
        width = _WIDTHS.get(_number(entry[2:4], is_little=is_little), 0)
        length = width * _number(entry[4:8], is_little=is_little)
        value = entry[8:12]
        # Up to four bytes stand in the entry instead of an offset (TIFF 6.0 §2).
        if length > len(value):
            offset = _number(value, is_little=is_little)
            value = data[offset : offset + min(length, limits.TEXT_SIZE)]
        yield tag, value[:length]


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
