"""`iloc`: where the items of a picture lie (ISO/IEC 14496-12 §8.11.3).

An item is made of extents. Each lies at the sum of the item's base and its own offset: in the file,
in `idat`, or in another item, as the construction method says.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from typing import Final

from aidisclose import limits
from aidisclose.containers.isobox import Box
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.source import Range, Source
from aidisclose.named import NamedTuple

#: Construction methods: offsets count from the start of the file, or from that of `idat`.
IN_FILE: Final = 0
IN_IDAT: Final = 1


class ItemLocation(NamedTuple):
    """The entry of one item in the table.

    Attributes:
        item: Its number.
        start: The offset of the entry in the table.
        end: The offset in the table of the first byte after it.
        method: Construction method.
        reference: Index of a data reference from 1, or 0 for this file.
        base: The offset of the base in the table.
        extents: Places in the table of offsets added to it; the length of an extent follows each.
    """

    item: int
    start: int
    end: int
    method: int
    reference: int
    base: int
    extents: range


@dataclass(frozen=True, slots=True)
class Locations:
    """The content of an `iloc` box.

    Attributes:
        box: It.
        raw: The bytes that are in it, or shall be.
        offset_size: Bytes of each offset.
        length_size: Bytes of each length.
        base_size: Bytes of each base.
        index_size: Bytes of each index of an extent.
    """

    box: Box
    raw: bytes
    offset_size: int
    length_size: int
    base_size: int
    index_size: int

    @property
    def _number_size(self) -> int:
        """Bytes of the number of entries, and of that of an item."""
        # Version 2 is for more than 65,535 items.
        return 4 if self.raw[0] == 2 else 2

    @property
    def growth(self) -> int:
        """The number of bytes by which the table is longer than the content of the box."""
        return len(self.raw) - (self.box.end - self.box.body)

    @property
    def has_room(self) -> bool:
        """Whether the fields have room to say where one more item lies."""
        return bool(self.length_size and (self.offset_size or self.base_size))

    def entries(self) -> Iterator[ItemLocation]:
        """The entries in order.

        Raises:
            MalformedFile: One is cut off.
            LimitExceeded: They have too many extents.
        """
        raw, number = self.raw, self._number_size
        left = limits.ITEM_PARTS
        has_method = raw[0] > 0
        stride = self.index_size + self.offset_size + self.length_size
        # Behind version and flags (4 bytes) and the sizes of the fields (2).
        end = 6 + number
        for _ in range(int.from_bytes(raw[6:end])):
            start = end
            reference = start + number + 2 * has_method
            base = reference + 2
            extents = base + self.base_size + 2
            if extents > len(raw):
                raise MalformedFile("an iloc box is cut off", self.box.start)
            count = int.from_bytes(raw[extents - 2 : extents])
            end = extents + stride * count
            if end > len(raw):
                raise MalformedFile("an iloc box is cut off", self.box.start)
            left -= 1 + count * bool(stride)
            if left < 0:
                raise LimitExceeded(f"an iloc box with more than {limits.ITEM_PARTS} extents")
            first = extents + self.index_size
            yield ItemLocation(
                int.from_bytes(raw[start : start + number]),
                start,
                end,
                # Twelve reserved bits come before the method.
                raw[reference - 1] & 15 if has_method else IN_FILE,
                int.from_bytes(raw[reference:base]),
                base,
                range(first, end + self.index_size, stride) if stride else range(0),
            )

    def extents(self, entry: ItemLocation) -> list[Range]:
        """The ranges of an item; a length of 0 stands for all that follows."""
        base = self.number(entry.base, self.base_size)
        return [
            Range(
                base + self.number(at, self.offset_size),
                self.number(at + self.offset_size, self.length_size),
            )
            for at in entry.extents
        ]

    def number(self, at: int, size: int) -> int:
        """The number in a field of the table; 0 if it has no bytes."""
        return int.from_bytes(self.raw[at : at + size])

    def without(self, items: Container[int]) -> Locations:
        """The table without the entries of these items."""
        entries = list(self.entries())
        kept = [self.raw[entry.start : entry.end] for entry in entries if entry.item not in items]
        behind = self.raw[entries[-1].end if entries else 6 + self._number_size :]
        return self._with(b"".join(kept), len(kept), behind)

    def with_item(self, item: int, place: Range) -> Locations:
        """The table with an entry for an item that lies in the file in one piece.

        Raises:
            OverflowError: A field has no room for it.
        """
        entries = list(self.entries())
        # A field of size 0 counts as 0; the other one says where the item lies.
        base, offset = (0, place.start) if self.offset_size else (place.start, 0)
        entry = b"".join(
            (
                item.to_bytes(self._number_size),
                bytes(4 if self.raw[0] else 2),  # construction method, data reference
                base.to_bytes(self.base_size),
                (1).to_bytes(2),
                bytes(self.index_size),
                offset.to_bytes(self.offset_size),
                place.length.to_bytes(self.length_size),
            )
        )
        start = 6 + self._number_size
        end = entries[-1].end if entries else start
        return self._with(self.raw[start:end] + entry, len(entries) + 1, self.raw[end:])

    def _with(self, entries: bytes, count: int, behind: bytes) -> Locations:
        number = count.to_bytes(self._number_size)
        return replace(self, raw=b"".join((self.raw[:6], number, entries, behind)))


def read(source: Source, box: Box) -> Locations:
    """The content of an `iloc` box.

    Raises:
        MalformedFile: It is cut off, or has fields of an impossible size.
        UnsupportedFormat: It has an unknown version.
        LimitExceeded: It is larger than `limits.ITEM_TABLE`.
    """
    if box.length > limits.ITEM_TABLE:
        raise LimitExceeded(f"an iloc box has more than {limits.ITEM_TABLE} bytes")
    raw = source.read_at(box.body, box.end - box.body)
    if len(raw) < 8:
        raise MalformedFile("an iloc box is cut off", box.start)
    if raw[0] > 2:
        raise UnsupportedFormat(f"an iloc box has the unknown version {raw[0]}")
    sizes = (raw[4] >> 4, raw[4] & 15, raw[5] >> 4, raw[5] & 15 if raw[0] else 0)
    if not set(sizes) <= {0, 4, 8}:
        raise MalformedFile("an iloc box has fields of an impossible size", box.start)
    return Locations(box, raw, *sizes)
