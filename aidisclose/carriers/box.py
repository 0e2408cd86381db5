"""Boxes of ISO media files, in which names and values stand (ISO/IEC 14496-12 §4.2).

What is malformed ends the list: the container says so, and a text or packet in it is not found.
"""

from __future__ import annotations

from collections.abc import Iterator

from aidisclose import limits
from aidisclose.io.source import Source
from aidisclose.named import NamedTuple


class BoxSpan(NamedTuple):
    """A box of an ISO media file.

    Attributes:
        type: Four characters.
        start: The offset of its content.
        end: The offset of the first byte after that.
    """

    type: bytes
    start: int
    end: int


def boxes(source: Source, start: int, end: int, *, count: int = limits.TEXTS) -> Iterator[BoxSpan]:
    """The boxes between two offsets, as far as they can be read, at most `count`."""
    for _ in range(count):
        head = source.read_at(start, 16)
        size, header = int.from_bytes(head[:4]), 8
        if size == 1:
            size, header = int.from_bytes(head[8:]), 16
        elif size == 0:
            size = end - start
        if not header <= size <= end - start:
            return
        yield BoxSpan(head[4:8], start + header, start + size)
        start += size


def inside(source: Source, box: BoxSpan | None, code: bytes) -> BoxSpan | None:
    """The first box of a type in another one."""
    inner = boxes(source, box.start, box.end) if box else ()
    return next((found for found in inner if found.type == code), None)
