"""ISO boxes (ISO/IEC 14496-12 §4.2): what ISO media files and JPEG XL containers are made of."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from aidisclose import limits
from aidisclose.errors import LimitExceeded, MalformedFile
from aidisclose.io.source import Source

_HEADER: Final = struct.Struct(">I4s")
_SHORTEST: Final = _HEADER.size

#: Size, type, 64-bit size and extended type: one read gets every form of header.
_LONGEST: Final = 32


class Box(NamedTuple):
    """One box.

    Attributes:
        type: Four-character code; untrusted bytes.
        start: Offset of its first byte.
        body: Offset of the first byte after its header.
        end: Offset of the first byte after the box.
        uuid: The 16-byte extended type of a `uuid` box, part of the header; empty for others.
    """

    type: bytes
    start: int
    body: int
    end: int
    uuid: bytes = b""

    @property
    def name(self) -> str:
        """The type as text; each byte is one character."""
        return self.type.decode("latin-1")

    @property
    def length(self) -> int:
        """Number of bytes, header included."""
        return self.end - self.start


def box_at(source: Source, start: int, limit: int) -> Box:
    """The box at offset `start`, checked to end at or before offset `limit`.

    A box of size 0 ends at `limit`.

    Raises:
        MalformedFile: Its header is cut off, or declares more or fewer bytes than can be there.
    """
    head = source.read_at(start, min(_LONGEST, limit - start))
    if len(head) < _SHORTEST:
        raise MalformedFile("a box header is cut off", start)
    size, code = _HEADER.unpack_from(head)
    header = _SHORTEST
    if size == 1:
        header += 8
        size = int.from_bytes(head[8:16])
    elif size == 0:
        size = limit - start
    uuid = b""
    if code == b"uuid":
        uuid = head[header : header + 16]
        header += 16
    if size < header or size > limit - start or header > len(head):
        reason = f"a box of type {code!r} declares {size} bytes, {limit - start} are there"
        raise MalformedFile(reason, start)
    return Box(code, start, start + header, start + size, uuid)


def walk(
    source: Source,
    start: int = 0,
    end: int | None = None,
    *,
    padding: int = 0,
    count: int = limits.BLOCKS,
) -> Iterator[Box]:
    """The boxes between two offsets, one after the other; what they contain is not looked at.

    Arguments:
        source: The file.
        start: Offset of the first box.
        end: Offset where the last box ends; None for the end of the file.
        padding: Up to so many bytes after the last box are no error.
        count: How many boxes are too many.

    Raises:
        MalformedFile: See `box_at`.
        LimitExceeded: More than `count` boxes.
    """
    end = source.size if end is None else end
    while end - start > padding:
        if count == 0:
            raise LimitExceeded(f"too many boxes (at offset {start})")
        count -= 1
        box = box_at(source, start, end)
        yield box
        start = box.end
