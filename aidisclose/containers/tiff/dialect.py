"""The encoding of numbers in a TIFF file: its byte order, and the widths of TIFF or BigTIFF."""

from __future__ import annotations

import struct
from typing import Final

from aidisclose.named import NamedTuple


class Dialect(NamedTuple):
    """The encoding of numbers in a file: its byte order, and the widths of TIFF or BigTIFF.

    Attributes:
        pointer: An offset; the count in an entry is as wide.
        length: The number of entries of a directory.
        entry: Tag, type, count, and offset of the data (or the data, where it is not longer).
        header_size: Bytes of the file header, which ends in the offset of the first directory.
    """

    pointer: struct.Struct
    length: struct.Struct
    entry: struct.Struct
    header_size: int

    @property
    def width(self) -> int:
        """Bytes of an offset."""
        return self.pointer.size

    def directory(self, fields: bytes, following: int) -> bytes:
        """A directory of packed entries; `following` is the offset of the next one, or 0."""
        count = len(fields) // self.entry.size
        return self.length.pack(count) + fields + self.pointer.pack(following)

    def numbers(self, code: str, data: bytes) -> tuple[int, ...]:
        """All whole numbers in some bytes, as `struct` calls their kind."""
        order = self.pointer.format[0]
        size = struct.calcsize(order + code)
        return struct.unpack(f"{order}{len(data) // size}{code}", data[: len(data) // size * size])

    def without(self, left_out: int, fields: bytes) -> bytes:
        """The packed entries that are not for the tag `left_out`."""
        size = self.entry.size
        kept = [
            fields[index * size : (index + 1) * size]
            for index, (tag, *_) in enumerate(self.entry.iter_unpack(fields))
            if tag != left_out
        ]
        return b"".join(kept)


def _dialect(order: str, *, big: bool) -> Dialect:
    pointer, length = ("Q", "Q") if big else ("I", "H")
    return Dialect(
        struct.Struct(order + pointer),
        struct.Struct(order + length),
        struct.Struct(f"{order}HH{pointer}{pointer}"),
        16 if big else 8,
    )


#: By the first bytes of a file; those of BigTIFF include the width of its offsets.
DIALECTS: Final = {
    b"II*\x00": _dialect("<", big=False),
    b"MM\x00*": _dialect(">", big=False),
    b"II+\x00\x08\x00\x00\x00": _dialect("<", big=True),
    b"MM\x00+\x00\x08\x00\x00": _dialect(">", big=True),
}
