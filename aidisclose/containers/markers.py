"""Markers that decoders of JPEG find inside of segments (ITU-T T.81 §B.1.1).

Every segment says how long it is, but decoders do not pass over all of them: FFmpeg reads what it
knows and searches the rest for the next marker. So segments that it does not know, such as DNL, are
searched from their marker on. It takes more of some short segments than they have. What it finds
there has a length, and may lead it into the store, where another picture may be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from aidisclose.containers.container import Block, Layout, Stray
from aidisclose.containers.reach import Reach
from aidisclose.errors import LimitExceeded
from aidisclose.io.source import Range, Source

#: Segments that are longer than what is looked at do not exist.
_LONGEST: Final = 2 + 0xFFFF
_HEAD: Final = 4
_MARKER: Final = re.compile(rb"\xff(?=([\xc0-\xcf\xda-\xfe]))")
#: The names of segments that are passed over. Of SOS, the head alone is searched: coded data hold
#: no marker.
_PASSED: Final = ("APP", "COM", "DHT", "junk", "RST", "SOI", "EOI", "TEM")
_TABLE: Final = 1 + 64
#: As many bytes as are read behind the name of an APP0 segment, however short it is.
_READ: Final = {b"AVI1": 1, b"LJIF": 9}
#: Files made by programs have no such marker at all.
_STEPS: Final = 1_000


def strays(source: Source, layout: Layout) -> Iterator[Stray]:
    """The first marker in a segment that leads decoders into a manifest store.

    Arguments:
        source: A JPEG file.
        layout: Of the file; its blocks are segments, in order.

    Raises:
        LimitExceeded: There are too many such markers.
    """
    end = max((store.frame.start for store in layout.stores), default=0)
    blocks = [block for block in layout.blocks if block.start < end]
    searched = (at for block in blocks for at in _searched_from(source, block))
    waiting = list(islice(searched, _STEPS + 1))
    if not waiting:
        return
    starts = {block.start for block in layout.blocks}
    reach = Reach(layout)
    seen: set[int] = set()
    for at in waiting:  # grows while it is walked
        if len(waiting) > _STEPS:
            raise LimitExceeded(f"more than {_STEPS} markers within segments")
        if at in starts or at in seen:
            continue
        seen.add(at)
        yield from reach.strays("a marker within a segment", [Range(at, 1)])
        block = next((block for block in layout.blocks if block.start < at < block.end), None)
        if block is not None:
            found = _targets(source, at, min(block.end, at + _LONGEST))
            waiting += islice(found, _STEPS)


def _searched_from(source: Source, block: Block) -> Iterator[int]:
    """The offset from which decoders search for a marker, if that is not the end of a segment."""
    if block.name == "APP0":
        head = source.read_at(block.start + _HEAD, 4)
        missing = _HEAD + len(head) + _READ.get(head, 0) - block.length
        if missing > 0 and head in _READ:
            yield block.end + missing
    elif block.name == "DQT" and _is_whole(source, block):
        return
    elif not block.name.startswith(_PASSED):
        at = block.start + 2
        length = int.from_bytes(source.read_at(at, 2))
        yield from _targets(source, at, at + length)


def _is_whole(source: Source, block: Block) -> bool:
    """Whether a DQT segment consists of tables, each of 64 numbers of one byte or two."""
    data = source.read_at(block.start + _HEAD, block.length - _HEAD)
    at = 0
    while at < len(data):
        at += _TABLE + 64 * (data[at] >> 4 != 0)
    return at == len(data)


def _targets(source: Source, start: int, end: int) -> Iterator[int]:
    """The ends of the segments that seem to begin in a part of the file."""
    data = source.read_at(start, end - start + 3)
    for found in _MARKER.finditer(data, 0, max(end - start + 1, 0)):
        behind = found.start() + 2
        yield start + behind + int.from_bytes(data[behind : behind + 2])
