"""JPEG: the store is cut into APP11 segments (C2PA 2.5 §A, JPEG; ISO/IEC 18477-3 §B)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from aidisclose import limits
from aidisclose.containers import mpf
from aidisclose.containers.container import (
    KEEP,
    Addressed,
    Astray,
    Block,
    BoxMapped,
    Carrier,
    Container,
    Edits,
    EmbeddedStore,
    Layout,
    Problem,
    Stray,
)
from aidisclose.containers.reach import Reach, behind
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.change import Change, change
from aidisclose.io.search import LARGEST_LOOK, find, look
from aidisclose.io.source import Range, Source, is_blank
from aidisclose.io.splice import Splice
from aidisclose.named import NamedTuple

_SIGNATURE: Final = b"\xff\xd8\xff"

#: ITU-T T.81 table B.1, with the names that the general box hash uses.
_NAMES: Final = {
    0x01: "TEM",
    **{0xC0 + number: f"SOF{number}" for number in range(16)},
    **{0xD0 + number: f"RST{number}" for number in range(8)},
    **{0xE0 + number: f"APP{number}" for number in range(16)},
    **{0xF0 + number: f"JPG{number}" for number in range(14)},
    0xC4: "DHT",
    0xC8: "JPG",
    0xCC: "DAC",
    0xD8: "SOI",
    0xD9: "EOI",
    0xDA: "SOS",
    0xDB: "DQT",
    0xDC: "DNL",
    0xDD: "DRI",
    0xDE: "DHP",
    0xDF: "EXP",
    0xFE: "COM",
}
#: Markers without a length and content.
# TEM, RST0 to RST7, SOI and EOI.
_STANDALONE: Final = frozenset((0x01, *range(0xD0, 0xDA)))

#: What follows the image, and as much as is looked at if the image does not end.
_TAIL: Final = 64 * limits.KIB
_TRAILER: Final = "trailer"
#: Bytes between segments, which no list of boxes may pass over.
_JUNK: Final = "junk"

_FILL: Final = 0xFF
_AFTER_FILL: Final = re.compile(rb"[^\xff]")
_MARKER: Final = re.compile(rb"\xff[^\0\xff]")
#: What ends entropy-coded data. Stuffed zeros and restart markers belong to it; reserved markers
#: are damaged image data, which leaves the structure around it readable.
_AFTER_SCAN: Final = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
_RESTART: Final = re.compile(rb"\xff[\xd0-\xd7]")

#: Marker, length, CI, En and Z of an APP11 segment, LBox, TBox and XLBox, and the beginning of a
#: description box up to the four characters of its type.
_HEAD: Final = 40
_EXIF: Final = b"Exif\0\0"
#: What lenient readers look for in the first bytes, in capital or small letters.
_EXIF_NAME: Final = b"exif\0"
_EXIF_HEAD: Final = 4 + len(_EXIF_NAME)
#: Bytes of the shortest APP0 segment of which decoders take no more than it has.
_SHORTEST_APP0: Final = 17
_PACKET: Final = struct.Struct(">2sH2sHI")
_APP11: Final = b"\xff\xeb"
_IDENTIFIER: Final = b"JP"
_STORE_TYPE: Final = b"c2pa"
_TYPE_OFFSET: Final = 8

#: What an APP1 segment with an XMP packet, or a part of what did not fit into that, begins with.
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENDED: Final = b"http://ns.adobe.com/xmp/extension/\0"
#: Bytes of what stands before each part: a digest, the size of all parts, and a place among them.
_PART: Final = 32 + 4 + 4
#: The length that a segment can declare.
_LONGEST: Final = 0xFFFF

#: The box instance number and the bytes of a store in one segment, as the reference writes them.
_INSTANCE: Final = 0x0211
_CHUNK: Final = 64_000


class _Packet(NamedTuple):
    """An APP11 segment with a part of a JUMBF box.

    `identity` is what the parts of a box have in common: its instance number, and its header,
    which each of them repeats.
    """

    start: int
    length: int
    sequence: int
    identity: tuple[int, bytes]
    begins_store: bool

    @property
    def end(self) -> int:
        return self.start + self.length


def _segments(source: Source, position: int = 0) -> Iterator[tuple[Block, bytes]]:
    """The marker segments and what follows the image; each with its first bytes."""
    if source.read_at(position, len(_SIGNATURE)) != _SIGNATURE:
        raise MalformedFile("no JPEG signature", position)
    scans = False
    name = ""
    while name != "EOI" and position < source.size:
        head = source.read_at(position, _HEAD)
        if len(head) > 1 and head[0] == head[1] == _FILL:
            position = find(source, _AFTER_FILL, position) - 1
            continue
        if head[:1] != b"\xff" or head[1:2] == b"\0":
            # libjpeg skips bytes that are not a marker, and so do all decoders built on it.
            following = find(source, _MARKER, position)
            if following < source.size:
                yield Block(_JUNK, position, following - position), head[:1]
                position = following
                continue
        block = _segment(source, position, head)
        name = block.name
        scans = scans or name == "SOS"
        yield block, head[: block.length]
        position = block.end
    # Viewers show an image that breaks off, as long as some of it is there.
    if name != "EOI" and not scans:
        raise MalformedFile("the JPEG ends before its image data", position)
    if position < source.size:
        head = source.read_at(position, _HEAD)
        yield Block(_TRAILER, position, source.size - position), head


def _segment(source: Source, start: int, head: bytes) -> Block:
    name = _NAMES.get(head[1]) if len(head) > 1 and head[0] == _FILL else None
    if name is None:
        raise MalformedFile("no JPEG marker where one must be", start)
    if head[1] in _STANDALONE:
        return Block(name, start, 2)
    length = int.from_bytes(head[2:4])
    rest = source.size - start - 2
    if len(head) < 4 or length < 2 or length > rest:
        raise MalformedFile(f"a {name} segment declares {length} bytes, {rest} are there", start)
    end = start + 2 + length
    if name == "SOS":
        end = find(source, _AFTER_SCAN, end)
    return Block(name, start, end - start)


def _packet(block: Block, head: bytes) -> _Packet | None:
    """The segment as a part of a JUMBF box; None if it is something else."""
    if len(head) < _PACKET.size + 8:
        return None
    marker, _, identifier, instance, sequence = _PACKET.unpack_from(head)
    if marker != _APP11 or identifier != _IDENTIFIER:
        return None
    # LBox 1: the size stands in XLBox, eight bytes more (ISO/IEC 15444-1 §I.4).
    extended = head[_PACKET.size : _PACKET.size + 4] == b"\0\0\0\1"
    body = _PACKET.size + (16 if extended else 8)
    begins_store = head[body + _TYPE_OFFSET :].startswith(_STORE_TYPE)
    identity = (instance, head[_PACKET.size : body])
    return _Packet(block.start, block.length, sequence, identity, begins_store)


def _stores(
    source: Source, packets: list[_Packet]
) -> Iterator[tuple[EmbeddedStore, Problem | None]]:
    """Each run of segments that holds a store or a part of one, and what is wrong with it."""
    runs: list[list[_Packet]] = []
    for packet in packets:
        if runs and _continues(runs[-1][-1], packet):
            runs[-1].append(packet)
        else:
            runs.append([packet])
    identities = {run[0].identity for run in runs if run[0].begins_store}
    for run in runs:
        first = run[0]
        stray = first.sequence != 1 and first.identity in identities
        if first.begins_store or stray:
            store = _store(run)
            reason = _problem(source, store, first)
            yield store, Problem(reason=reason, offset=first.start) if reason else None


def _continues(last: _Packet, packet: _Packet) -> bool:
    return (
        packet.start == last.end
        and packet.sequence == last.sequence + 1
        # Microsoft Designer writes other bytes (`bmuj`, zeros) where later segments repeat the size
        # and the type of the box. The number of the box says what they belong to (ISO 19566-5 D.2).
        and packet.identity[0] == last.identity[0]
    )


def _store(run: list[_Packet]) -> EmbeddedStore:
    first, *others = run
    body = _PACKET.size + len(first.identity[1])
    # Only the first keeps the header of the box that all of them repeat (ISO 19566-5 D.2).
    pieces = [Range(first.start + _PACKET.size, first.length - _PACKET.size)]
    pieces += [Range(packet.start + body, packet.length - body) for packet in others]
    frame = Range(first.start, run[-1].end - first.start)
    return EmbeddedStore(frame=frame, exclusions=(frame,), pieces=tuple(pieces))


def _problem(source: Source, store: EmbeddedStore, first: _Packet) -> str | None:
    if first.sequence != 1:
        return "segments of the manifest store are not contiguous and in order"
    header = first.identity[1]
    declared = int.from_bytes(header[8:] or header[:4])
    there = sum(piece.length for piece in store.pieces)
    has_room = len(header) <= declared < there and _is_room(source, store, declared)
    if declared != there and not has_room:
        return f"the manifest store declares {declared} bytes, its segments hold {there}"
    return None


def _is_room(source: Source, store: EmbeddedStore, size: int) -> bool:
    """Whether a store holds nothing but zeros behind its first `size` bytes: room for updates."""
    for piece in store.pieces:
        used = min(size, piece.length)
        size -= used
        if not is_blank(source, Range(piece.start + used, piece.length - used)):
            return False
    return True


def _refuse_ambiguous(source: Source, layout: Layout, store: bytes) -> None:
    """Refuse a store whose segments would be told from those of another JUMBF box by nothing.

    Number and header of the box tell them apart (ISO 19566-5 D.2); readers might join them. So they
    might with a segment that continues the last one of the store, whatever its header.

    Raises:
        UnsupportedFormat: There are such segments.
    """
    following = 1 + -(-len(store) // _CHUNK)
    last: _Packet | None = None
    for block in layout.blocks:
        is_old = any(each.frame.start <= block.start < each.frame.end for each in layout.stores)
        if block.name != "APP11" or is_old:
            continue
        packet = _packet(block, source.read_at(block.start, _HEAD))
        if packet is None or packet.sequence == 1 or packet.identity[0] != _INSTANCE:
            last = packet
            continue
        is_first = last is None or not _continues(last, packet)
        last = packet
        if packet.identity[1] == store[:8] or (is_first and packet.sequence == following):
            raise UnsupportedFormat(
                f"the segment at offset {block.start} could be taken for a part of the manifest "
                "store"
            )


def _packet_changes(source: Source, layout: Layout, packet: bytes | None) -> Iterator[Change]:
    """The changes that write an XMP packet, or remove the main one and its extensions."""
    if packet is None:
        for block in layout.blocks:
            if block.name == "APP1" and _is_xmp(source.read_at(block.start + 4, len(_EXTENDED))):
                yield Change(block.start, block.length)
        return
    # The length counts its own two bytes, not the marker (ITU-T T.81 §B.1.1.4).
    length = 2 + len(_XMP) + len(packet)
    if length > _LONGEST:
        raise LimitExceeded(f"a JPEG holds XMP of {_LONGEST - 2 - len(_XMP)} bytes, not more")
    segment = b"".join((b"\xff\xe1", length.to_bytes(2), _XMP, packet))
    if layout.xmp is None:
        yield Change(_place(source, layout.blocks), 0, segment)
    else:
        framing = 4 + len(_XMP)
        yield Change(layout.xmp.start - framing, layout.xmp.length + framing, segment)


def _is_xmp(head: bytes) -> bool:
    return head.startswith((_XMP, _EXTENDED))


def _place(source: Source, blocks: tuple[Block, ...]) -> int:
    """The place of a first store: after the segments that have to follow SOI directly.

    These are JFIF's APP0 and Exif's APP1. Programs that read only the beginning of a file find
    the orientation there. Fill bytes end them: the reader of c2pa-rs does not count those in front
    of a store, and would look for it too early.
    """
    place = blocks[0].end
    for block in blocks[1:]:
        exif = block.name == "APP1" and source.read_at(block.start + 4, len(_EXIF)) == _EXIF
        if block.start > place or (block.name != "APP0" and not exif):
            break
        place = block.end
    return place


def _following_image(source: Source, last: Block) -> list[Block]:
    """The segments of an image that begins where another one ends; empty if there is none."""
    if last.name != "EOI" or source.read_at(last.end, len(_SIGNATURE)) != _SIGNATURE:
        return []
    try:
        image = [block for block, _ in islice(_segments(source, last.end), limits.BLOCKS)]
    except MalformedFile:
        return []
    names = [block.name for block in image]
    return image[: names.index("EOI") + 1] if "EOI" in names else []


def _divide(source: Source, block: Block) -> Iterator[Block]:
    """A segment; a scan as the parts that restart markers divide it into."""
    name, start = block.name, block.start
    if name == "SOS":
        data = start + 2 + int.from_bytes(source.read_at(start + 2, 2))
        for offset in _restarts(source, data, block.end):
            yield Block(name, start, offset - start)
            name, start = _NAMES[source.read_at(offset + 1, 1)[0]], offset
    yield Block(name, start, block.end - start)


def _restarts(source: Source, position: int, end: int) -> Iterator[int]:
    while position < end:
        data = look(source, position, min(LARGEST_LOOK, end - position))
        for match in _RESTART.finditer(data):
            yield position + match.start()
        position += max(1, len(data) - 1)  # a marker may lie across the end of a look


class Jpeg(BoxMapped, Addressed, Container):
    """Pictures (ITU-T T.81)."""

    name = "JPEG"
    media_types = ("image/jpeg",)
    extensions = (".jpg", ".jpeg", ".jpe", ".jfif")
    carriers = frozenset({Carrier.XMP})

    def sniff(self, head: bytes) -> bool:
        """See `Container.sniff`."""
        return head.startswith(_SIGNATURE)

    def scan(self, source: Source) -> Layout:
        """See `Container.scan`."""
        blocks: list[Block] = []
        packets: list[_Packet] = []
        problems: list[Problem] = []
        xmp: Range | None = None
        for block, head in _segments(source):
            if len(blocks) == limits.BLOCKS:
                raise LimitExceeded(f"the JPEG has more than {limits.BLOCKS} segments")
            blocks.append(block)
            if block.name == "APP11" and (packet := _packet(block, head)):
                packets.append(packet)
            elif block.name == "APP1" and xmp is None and head.startswith(_XMP, 4):
                skipped = 4 + len(_XMP)
                xmp = Range(block.start + skipped, block.length - skipped)
            elif (
                block.name == _TRAILER and (packet := _packet(block, head)) and packet.begins_store
            ):
                reason = "the manifest store stands behind the end of the picture"
                problems.append(Problem(reason=reason, offset=block.start))
        found = list(_stores(source, packets))
        return Layout(
            media_type="image/jpeg",
            size=source.size,
            blocks=tuple(blocks),
            stores=tuple(store for store, _ in found),
            problems=(*(problem for _, problem in found if problem), *problems),
            xmp=xmp,
        )

    def _frame(self, store: bytes) -> bytes:
        parts: list[bytes] = []
        for sequence, start in enumerate(range(0, len(store), _CHUNK), 1):
            repeated = store[:8] if start else b""
            data = store[start : start + _CHUNK]
            length = _PACKET.size - len(_APP11) + len(repeated) + len(data)
            parts += (
                _PACKET.pack(_APP11, length, _IDENTIFIER, _INSTANCE, sequence),
                repeated,
                data,
            )
        return b"".join(parts)

    def rewrite(self, source: Source, layout: Layout, edits: Edits) -> Splice:
        """See `Container.rewrite`."""
        changes: list[Change] = []
        if edits.xmp is not KEEP:
            changes += _packet_changes(source, layout, edits.xmp)
        if edits.store is not KEEP:
            old = [store.frame for store in layout.stores]
            if edits.store is not None:
                _refuse_ambiguous(source, layout, edits.store)
                start = old[0].start if old else _place(source, layout.blocks)
                changes.append(Change(start, 0, self.frame(edits.store)))
            changes += [Change(*frame) for frame in old]
        if not changes:
            return change(source, ())
        # What is put in comes before what is cut out at the same place.
        changes.sort(key=lambda item: (item.start, item.length > 0))
        indexes = (block for block in layout.blocks if block.name == "APP2")
        end = next((block.end for block in layout.blocks if block.name == "EOI"), layout.size)
        return change(source, [*changes, *mpf.corrections(source, indexes, end, changes)])

    def fixes_size(self, source: Source, layout: Layout) -> bool:
        """See `Container.fixes_size`: an index counts to the images behind the store."""
        indexes = (block for block in layout.blocks if block.name == "APP2")
        return any(mpf.is_index(source, block) for block in indexes)

    def boxes(self, source: Source, layout: Layout) -> Iterator[list[Block]]:
        """See `Container.boxes`; the further images of a multi-picture file follow.

        Restart markers are boxes. What follows one belongs to it; to the reference, to the scan.
        """
        blocks: list[Block] = []
        image = [block for block in layout.blocks if block.name != _TRAILER]
        while image and len(blocks) <= limits.BLOCKS:
            blocks += image
            image = _following_image(source, image[-1])
        divided = (box for block in blocks for box in _divide(source, block))
        boxes = list(islice(divided, limits.BLOCKS + 1))
        yield boxes
        if len(boxes) > len(blocks):
            scans = {block.start: block for block in blocks if block.name == "SOS"}
            markers = (box._replace(length=2) if box.name[:3] == "RST" else box for box in boxes)
            yield [scans.get(box.start, box) for box in markers]

    def strays(self, source: Source, layout: Layout) -> Iterator[Stray]:
        """See `Container.strays`."""
        indexes = (block for block in layout.blocks if block.name == "APP2")
        name = "the index of the multi-picture file"
        yield from Reach(layout).strays(name, mpf.places(source, indexes))
        segments = [block for block in layout.blocks if block.name == "APP1"]
        yield from behind(source, layout, *_further_packets(source, layout, segments))
        end = max((store.frame.start for store in layout.stores), default=0)
        if any(block.start < end and not _is_passed(block) for block in layout.blocks):
            from aidisclose.containers import markers  # stores stand before all that is searched

            yield from markers.strays(source, layout)
        last = layout.blocks[-1]
        if last.name != "EOI":  # few pictures have anything behind them
            from aidisclose.containers import appended

            start = last.start if last.name == _TRAILER else source.size - _TAIL
            places = appended.of_trailer(source, max(start, last.start))
            of_trailer = Reach(layout).strays("the trailer", places)
            yield from (each for each in of_trailer if each.target is Astray.STORE)
        parts = [
            Range(block.start + 4, block.length - 4)
            for block in segments
            if _EXIF_NAME in source.read_at(block.start + 4, _EXIF_HEAD).lower()
        ]
        if parts:
            from aidisclose.containers import thumbnails  # not every picture has Exif data

            yield from thumbnails.strays(source, parts, layout)


def _is_passed(block: Block) -> bool:
    """Whether all decoders pass over a segment as a whole, whatever is in it."""
    shortest = _SHORTEST_APP0 if block.name == "APP0" else 0
    return block.name.startswith(("APP", "COM", "SOI")) and block.length >= shortest


def _further_packets(source: Source, layout: Layout, segments: Iterable[Block]) -> Iterator[bytes]:
    """The XMP besides the main packet: further ones, and what did not fit into one segment."""
    parts: list[tuple[bytes, bytes]] = []
    left = limits.XMP_SIZE
    for block in segments:
        head = source.read_at(block.start + 4, len(_EXTENDED) + _PART)
        if not _is_xmp(head) or (layout.xmp and block.start < layout.xmp.start < block.end):
            continue
        left -= block.length
        if left < 0:
            return
        content = source.read_at(block.start + 4, block.length - 4)
        if content.startswith(_EXTENDED):
            # Its digest, and behind its size where a part belongs (XMP part 3 §1.1.3.1).
            digest, place = head[len(_EXTENDED) : -8], head[-4:]
            parts.append((digest + place, content[len(_EXTENDED) + _PART :]))
        else:
            yield content[len(_XMP) :]
    if parts:
        yield b"".join(part for _, part in sorted(parts))


CONTAINER: Final = Jpeg()
