"""Tables of an ISO media file where no specification has them, and players find them all the same.

FFmpeg opens boxes of many types wherever they stand, and takes the first table that it meets: a
`stco` directly in `trak`, or in its `udta`, counts in place of the one in `stbl`. So tables are
looked for in whatever players open, cut off boxes included, and each may stand in its own place
only, once (ISO/IEC 14496-12, table 1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from aidisclose import limits
from aidisclose.containers.container import Block
from aidisclose.containers.isobox import SHORTEST, Box, is_full_meta
from aidisclose.errors import LimitExceeded, MalformedFile
from aidisclose.io.source import BytesSource, Source

_Path = tuple[bytes, ...]

_STBL: Final = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
_TRAF: Final = (b"moof", b"traf")
_METAS: Final = frozenset(
    (*above, b"meta") for above in ((), _STBL[:1], _STBL[:2], _TRAF[:1], _TRAF)
)
#: Where each table, and what leads to it, may stand.
_PLACES: Final[dict[bytes, frozenset[_Path]]] = {
    **dict.fromkeys((b"stco", b"co64", b"stsc", b"stsz", b"stz2"), frozenset({_STBL})),
    b"saio": frozenset({_STBL, _TRAF}),
    b"trun": frozenset({_TRAF}),
    b"tfhd": frozenset({_TRAF}),
    b"traf": frozenset({_TRAF[:1]}),
    b"trex": frozenset({(b"moov", b"mvex")}),
    b"tfra": frozenset({(b"mfra",)}),
    b"cmov": frozenset({_STBL[:1]}),
    b"iloc": _METAS,
    **{_STBL[depth]: frozenset({_STBL[:depth]}) for depth in range(1, len(_STBL))},
}
#: What stands once in its parent. Chunks have one table of offsets, and one of sizes.
_ONCE: Final = {
    **{code: code for code in (b"mdia", b"minf", b"stbl", b"stsc", b"tfhd", b"iloc")},
    b"stco": b"stco",
    b"co64": b"stco",
    b"stsz": b"stsz",
    b"stz2": b"stsz",
}
#: What players open.
_OPENED: Final = frozenset(
    b"moov trak mdia minf stbl moof traf mfra edts udta dinf tref mvex meta schi sinf ilst wave "
    b"gmhd strk strd iprp ipco".split()
)
#: Sample entries hold boxes behind fields of their own: there they are searched.
_DESCRIPTIONS: Final = b"stsd"
#: What players pass over at the top of a file.
_PASSED: Final = frozenset(
    ["mdat", "idat", "imda", "free", "skip", "wide", "uuid", "ftyp", "styp", "sidx", "jumb"]
)
#: FFmpeg opens no box deeper than that.
_DEPTH: Final = 12


def refuse(source: Source, blocks: Sequence[Block]) -> None:
    """Check that no table stands where only players look for it.

    Raises:
        MalformedFile: One does, or there are two of a kind.
        LimitExceeded: There are too many boxes.
    """
    left = limits.BLOCKS
    for block in blocks:
        if block.name in _PASSED or len(block.name) != 4:
            continue
        root = Box(block.name.encode("latin-1"), block.start, block.start + SHORTEST, block.end)
        inside, shift = source, 0
        if block.name == "moof" and block.length <= limits.CHUNK:  # there may be thousands
            inside, shift = BytesSource(source.read_at(block.start, block.length)), block.start
            root = root._replace(start=0, body=SHORTEST, end=block.length)
        left = _look(inside, root, shift, left)


def _look(source: Source, root: Box, shift: int, left: int) -> int:
    """The number of boxes that may still be looked at after a box of the top level."""
    waiting: list[tuple[Box, _Path]] = [(root, ())]
    while waiting:
        box, above = waiting.pop()
        at = f"(at offset {box.start + shift})"
        places = _PLACES.get(box.type)
        if places is not None and above not in places:
            raise MalformedFile(f"a box of type {box.type!r} outside of its place {at}")
        if box.type == _DESCRIPTIONS:
            if box.length > limits.OFFSET_TABLES:
                raise LimitExceeded(f"more than {limits.OFFSET_TABLES} bytes of sample entries")
            entries = source.read_at(box.body, box.end - box.body)
            if code := next((each for each in _PLACES if each in entries), b""):
                raise MalformedFile(f"a box of type {code!r} in a sample description {at}")
        if box.type not in _OPENED or len(above) == _DEPTH:
            continue
        seen: set[bytes] = set()
        path = (*above, box.type)
        for child in _boxes(source, box):
            left -= 1
            if left < 0:
                raise LimitExceeded(f"more than {limits.BLOCKS} boxes")
            kind = _ONCE.get(child.type)
            if kind in seen:
                raise MalformedFile(f"two boxes of type {child.type!r} in one {at}")
            if kind is not None:
                seen.add(kind)
            if child.type in _OPENED or child.type in _PLACES or child.type == _DESCRIPTIONS:
                waiting.append((child, path))
    return left


def _boxes(source: Source, box: Box) -> Iterator[Box]:
    """The boxes in a box as players walk along them: one that is too long ends with its parent."""
    start = box.body
    if box.type == b"meta" and is_full_meta(source, box):
        start += 4
    while box.end - start >= SHORTEST:
        head = source.read_at(start, min(2 * SHORTEST, box.end - start))
        size, body = int.from_bytes(head[:4]), start + SHORTEST
        if size == 1 and len(head) == 2 * SHORTEST:
            size, body = int.from_bytes(head[8:]), body + SHORTEST
        end = min(start + size, box.end) if size else box.end
        if end < body:
            return
        yield Box(head[4:8], start, body, end)
        start = end
