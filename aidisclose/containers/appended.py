"""Content behind a picture that is found from the end of the file: by its XMP, or by a trailer.

A moving picture has its film there, an Ultra HDR picture its gain map. Google's Container
(https://developer.android.com/media/platform/motion-photo-format) lists the lengths of all of them
in order; its predecessor says in `MicroVideoOffset` how far from the end the film begins. Samsung's
cameras write a directory behind all that, as ExifTool and their gallery read it.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Final

from aidisclose import limits
from aidisclose.io.source import Range, Source

#: How the directory begins and ends; its entries count back from its beginning.
_DIRECTORY: Final = b"SEFH"
_END: Final = b"SEFT"
_ENTRY: Final = struct.Struct("<4xII")
_ENTRIES_AT: Final = 12
#: As much of a directory as is read: it has some dozen entries.
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


def of_trailer(source: Source) -> Iterator[Range]:
    """The places that Samsung's directory at the end of a file names."""
    length, end = struct.unpack("<I4s", source.read_at(max(source.size - 8, 0), 8).rjust(8, b"\0"))
    start = source.size - 8 - length
    if end != _END or start < 0 or source.read_at(start, len(_DIRECTORY)) != _DIRECTORY:
        return
    data = source.read_at(start + _ENTRIES_AT, min(length, _MOST))
    for back, size in _ENTRY.iter_unpack(data[: len(data) // _ENTRY.size * _ENTRY.size]):
        if back <= start:
            yield Range(start - back, size)


def _digit(match: re.Match[bytes]) -> bytes:
    return bytes((int(match[1], 16) if match[1] else int(match[2]),))


def _lengths(packet: bytes) -> Iterator[int]:
    """Bytes that each item but the picture itself takes, in order."""
    starts = [item.start() for item in _ITEM.finditer(packet)]
    for start, end in pairwise((*starts, len(packet))):
        fields = packet[start:end]
        if not _PRIMARY.search(fields):
            yield sum(int(found[1]) for found in _LENGTH.finditer(fields))
