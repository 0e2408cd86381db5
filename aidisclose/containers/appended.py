"""Content behind a picture that is found from the end of the file: by its XMP, or by a trailer.

A moving picture has its film there, an Ultra HDR picture its gain map. Google's Container
(https://developer.android.com/media/platform/motion-photo-format) lists the lengths of all of them
in order; its predecessor says in `MicroVideoOffset` how far from the end the film begins. Samsung's
cameras write a directory behind all that, as ExifTool and their gallery read it. AFCP, of older
programs, has one with offsets from the start of the file: to previews, and to what IPTC says.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Final

from aidisclose import limits
from aidisclose.io.source import Range, Source

#: How a directory begins. In the first kind entries count back from its beginning.
_DIRECTORY: Final = re.compile(rb"SEFH|AXS[!*]")
_SAMSUNG: Final = b"SEFH"
_ENTRY: Final = struct.Struct("<4xII")
_HEAD: Final = 12
#: The order of bytes of the second kind, and its head: a version and the number of entries. What
#: ends it begins as its head does, with the offset of that.
_ORDERS: Final = {b"AXS!": ">", b"AXS*": "<"}
#: As many directories, and as much of one, as is read: it has some dozen entries.
_DIRECTORIES: Final = 16
_MOST: Final = 64 * limits.KIB

_ITEM: Final = re.compile(rb"<[\w.-]+:Item\b([^<>]*+)>")
_FILM: Final = re.compile(rb"\bMicroVideoOffset\s*+(?:=\s*+[\"']|[^<>=]{0,200}+>)\s*+([0-9]{1,19})")
#: As an attribute of the item or as an element in it; `rdf:li` may have the attributes instead.
_LENGTH: Final = re.compile(rb"\b(?:Length|Padding)\s*+(?:=\s*+[\"']|>)\s*+([0-9]{1,19})")
#: A digit by its number, as XML may write it.
_DIGIT: Final = re.compile(rb"&#(?:x0{0,6}(3[0-9])|0{0,6}(4[89]|5[0-7]));")
_PRIMARY: Final = re.compile(rb"\bSemantic\s*+(?:=\s*+[\"']|>)\s*+Primary\b")


def distances(packet: bytes) -> Iterator[int]:
    """The distance from the end of the file of each content, by an XMP packet of anybody."""
    packet = _DIGIT.sub(_digit, packet)
    yield from (int(found[1]) for found in _FILM.finditer(packet))
    yield from accumulate(reversed(list(_lengths(packet))))


def of_trailer(source: Source, start: int) -> Iterator[Range]:
    """The places that directories behind a picture name.

    Several trailers may stand behind each other, so directories are looked for, up to a number.

    Arguments:
        source: The file.
        start: Offset of what stands behind the picture.
    """
    found: list[tuple[int, bytes]] = []
    while start < source.size and len(found) < _DIRECTORIES:
        data = source.read_at(start, limits.CHUNK + _HEAD)
        found += ((start + each.start(), each[0]) for each in _DIRECTORY.finditer(data))
        start += limits.CHUNK
    for at, mark in found[:_DIRECTORIES]:
        if mark == _SAMSUNG:
            yield from _of_samsung(source, at)
        else:
            yield from _of_afcp(source, at, _ORDERS[mark])
            # If it is the end of one: where that begins, and where it was before it was moved.
            (begin,) = struct.unpack(_ORDERS[mark] + "I", source.read_at(at + 4, 4).ljust(4, b"\0"))
            yield Range(begin, _HEAD)
            yield from _of_afcp(source, begin, _ORDERS[mark])
            for other, _ in found[:_DIRECTORIES]:
                yield from _of_afcp(source, other, _ORDERS[mark], moved=other - begin)


def _of_samsung(source: Source, start: int) -> Iterator[Range]:
    data = source.read_at(start + _HEAD, _MOST)
    for back, size in _ENTRY.iter_unpack(data[: len(data) // _ENTRY.size * _ENTRY.size]):
        if back <= start:
            yield Range(start - back, size)


def _of_afcp(source: Source, start: int, order: str, *, moved: int = 0) -> Iterator[Range]:
    head = source.read_at(start, _HEAD).ljust(_HEAD, b"\0")
    (count,) = struct.unpack_from(order + "H", head, 6)
    entry = struct.Struct(order + "4xII")
    data = source.read_at(start + _HEAD, min(count * entry.size, _MOST))
    for size, at in entry.iter_unpack(data[: len(data) // entry.size * entry.size]):
        if at + moved >= 0:
            yield Range(at + moved, size)


def _digit(match: re.Match[bytes]) -> bytes:
    return bytes((int(match[1], 16) if match[1] else int(match[2]),))


def _lengths(packet: bytes) -> Iterator[int]:
    """Bytes that each item but the picture itself takes, in order."""
    starts = [item.start() for item in _ITEM.finditer(packet)]
    for start, end in pairwise((*starts, len(packet))):
        fields = packet[start:end]
        if not _PRIMARY.search(fields):
            yield sum(int(found[1]) for found in _LENGTH.finditer(fields))
