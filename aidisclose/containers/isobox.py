"""ISO boxes (ISO/IEC 14496-12 §4.2): what ISO media files and JPEG XL containers are made of."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from typing import Final

from aidisclose import limits
from aidisclose.errors import LimitExceeded, Malformed, MalformedFile
from aidisclose.io.source import Source
from aidisclose.named import NamedTuple

_HEADER: Final = struct.Struct(">I4s")
SHORTEST: Final = _HEADER.size

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
    if len(head) < SHORTEST:
        raise MalformedFile("a box header is cut off", start)
    size, code = _HEADER.unpack_from(head)
    header = SHORTEST
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


def top(source: Source) -> Iterator[Box]:
    """The boxes of a whole file; see `walk`.

    Bytes behind the last one that are too few for a box are passed over, as players do: some muxers
    leave them there.
    """
    return walk(source, padding=SHORTEST - 1)


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
        padding: Up to so many bytes after the last box are not an error.
        count: Most boxes.

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


def boxed(code: bytes, *content: bytes) -> bytes:
    """A box of this type; `content` has less than 4 GiB."""
    size = SHORTEST + sum(map(len, content))
    return b"".join((_HEADER.pack(size, code), *content))


#: Boxes that hold only boxes, and `meta`. Others that contain boxes after fields of their own are
#: leaves: a path may not lead into them (C2PA 2.2 §18.6.2). `meta` is the exception
#: that the reference makes as well.
_CONTAINERS: Final = frozenset(
    b"moov trak mdia minf stbl moof traf mfra edts udta dinf tref treg mvex meta schi".split()
)

#: Boxes that begin with a version and flags: ISO/IEC 14496-12, its item properties left out
#: because no path leads to them, and 23001-7.
_FULL_BOXES: Final = frozenset(
    code.ljust(4)
    for code in b"""
        assp bxml chnl co64 cprt csch cslg csgp ctts dmix dref elng elst emsg fecr fiin fire fpar
        gitn hdlr hmhd iinf iloc imdt infe ipma ipro iref kind leva mdhd medc mehd meta mfhd mfro
        mime mvhd nmhd padb pdin pitm prft pssh saio saiz sbgp schm sdtp senc sgpd sidx smhd srat
        srpp ssix stco stdp sthd stri stsc stsd stsg stsh stss stsz stts stvi stz2 subs tenc tfdt
        tfhd tfra tkhd trep trex trun tsel txtC uri uriI url urn vmhd vvhd xml
    """.split()
)

#: A C2PA box is a full box although it is of type `uuid`.
C2PA: Final = bytes.fromhex("D8FEC3D61B0E483C92975828877EC481")

# Ten digits hold the index of any box of a file, and stay cheap for `int`.
_NODE: Final = re.compile(r"/([\0-\xff]{4})(?:\[([1-9][0-9]{0,9})\])?")


def version_and_flags(source: Source, box: Box) -> tuple[int, int] | None:
    """The version and flags of a full box; None for other boxes and those too short for them."""
    if box.type not in _FULL_BOXES and box.uuid != C2PA:
        return None
    if box.type == b"meta" and not is_full_meta(source, box):
        return None
    head = source.read_at(box.body, min(4, box.end - box.body))
    return (head[0], int.from_bytes(head[1:])) if len(head) == 4 else None


def children(source: Source, box: Box, *, count: int = limits.BLOCKS) -> tuple[Box, ...]:
    """The boxes in a box; empty if boxes of its type hold no boxes.

    Raises:
        MalformedFile: One of them does not fit into `box`.
        LimitExceeded: More than `count`.
    """
    if box.type not in _CONTAINERS:
        return ()
    start = box.body
    if box.type == b"meta" and is_full_meta(source, box):
        start += 4
    # QuickTime ends some lists of boxes with a zero where a size would be.
    return tuple(walk(source, start, box.end, padding=SHORTEST - 1, count=count))


def is_full_meta(source: Source, box: Box) -> bool:
    """Whether a `meta` box has a version; in QuickTime it has none, and a box follows at once."""
    head = source.read_at(box.body, min(SHORTEST, box.end - box.body))
    return head[:4] == bytes(4) or not (head[4:].isascii() and head[4:].isalnum())


class Paths:
    """The boxes of a file by their paths; what a path leads through is read once.

    Arguments:
        source: The file.
        roots: Its top-level boxes, from `walk`.
    """

    def __init__(self, source: Source, roots: Iterable[Box]) -> None:
        self._source = source
        self._left = limits.BLOCKS
        self._passed = limits.PATH_BOXES
        self._roots = _by_type(roots)
        self._inside: dict[int, dict[bytes, list[Box]]] = {}

    def find(self, xpath: str) -> tuple[Box, ...]:
        """The boxes at a path such as `/moov/trak[2]/tkhd`, in file order.

        An index counts the boxes of that type within their parent, from 1.

        Arguments:
            xpath: Full path of four-character codes (C2PA 2.2 §18.6.2).

        Raises:
            Malformed: `xpath` has another form.
            MalformedFile: Boxes on the way do not fit into their parents.
            LimitExceeded: Too many levels, or boxes on the way, those of earlier paths included.
        """
        groups = [self._roots]
        found: list[Box] = []
        for depth, (code, index) in enumerate(_nodes(xpath)):
            if depth:
                # Read once, they are still looked into by each of ten thousand paths.
                self._passed -= len(found)
                if self._passed < 0:
                    reason = f"paths of boxes lead through more than {limits.PATH_BOXES} boxes"
                    raise LimitExceeded(reason)
                groups = [self._children(box) for box in found]
            same = [group.get(code, []) for group in groups]
            chosen = same if index is None else [boxes[index - 1 : index] for boxes in same]
            found = [box for boxes in chosen for box in boxes]
        return tuple(found)

    def _children(self, box: Box) -> dict[bytes, list[Box]]:
        if box.start not in self._inside:
            boxes = children(self._source, box, count=self._left)
            self._left -= len(boxes)
            self._inside[box.start] = _by_type(boxes)
        return self._inside[box.start]


def _by_type(boxes: Iterable[Box]) -> dict[bytes, list[Box]]:
    found: dict[bytes, list[Box]] = {}
    for box in boxes:
        found.setdefault(box.type, []).append(box)
    return found


def _nodes(xpath: str) -> list[tuple[bytes, int | None]]:
    nodes: list[tuple[bytes, int | None]] = []
    position = 0
    while match := _NODE.match(xpath, position):
        if len(nodes) == limits.CONTAINER_DEPTH:
            raise LimitExceeded(f"a box path with more than {limits.CONTAINER_DEPTH} levels")
        code, index = match.groups()
        nodes.append((code.encode("latin-1"), int(index) if index else None))
        position = match.end()
    if position != len(xpath) or not nodes:
        raise Malformed(f"{xpath[:80]!r} is not a path of boxes")
    return nodes
