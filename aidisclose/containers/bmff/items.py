"""The XMP packet of a picture: an item that describes the primary one (ISO/IEC 23008-12 annex A).

Three tables in `meta` speak of it: `iinf` says what it is, `iref` what it describes, and `iloc`
where it lies. A new packet lies in an `mdat` of its own directly behind `meta`, so that it can go
without a trace. One that shares its box with other things is overwritten with zeros when it goes:
programs that search a file for packets must not find what it does not say any more.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from aidisclose import limits
from aidisclose.containers.bmff import iloc
from aidisclose.containers.bmff.iloc import ItemLocation, Locations
from aidisclose.containers.bmff.offsets import relocate
from aidisclose.containers.container import Block, Detail, compressed_xmp
from aidisclose.containers.isobox import Box, box_at, boxed, children, top, walk
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.change import Change
from aidisclose.io.source import BytesSource, Range, Source
from aidisclose.io.splice import Splice
from aidisclose.named import NamedTuple

_XMP: Final = b"application/rdf+xml"
#: What XMP begins with in JPEG; some cameras copy it into the item.
_JPEG: Final = b"http://ns.adobe.com/xap/1.0/\0"
_EXIF: Final = b"Exif"
_DESCRIBES: Final = b"cdsc"
#: Item numbers that every version of the tables can hold.
_NUMBERS: Final = range(1, 1 << 16)
#: Bytes of a version and flags, and of the header of a box.
_FULL: Final = 4
#: Bytes of an item that tell it from others.
_ENOUGH: Final = 64
_HEADER: Final = 8


class Items(NamedTuple):
    """The parts of a picture, as its `meta` box lists them.

    Attributes:
        meta: The box.
        primary: Number of the item that is shown.
        iinf: The box that says what each item is.
        iloc: The box that says where each lies.
        iref: The box with their references to each other, if there are any.
        idat: Items within `meta`, if there are any.
    """

    meta: Box
    primary: int
    iinf: Box
    iloc: Box
    iref: Box | None
    idat: Box | None


class _Info(NamedTuple):
    """An entry of `iinf`.

    Attributes:
        item: Number of the item.
        raw: The entry.
        is_xmp: Whether it is an XMP packet.
        is_exif: Whether it is Exif data.
        is_plain: Whether that is neither encoded nor encrypted.
    """

    item: int
    raw: bytes
    is_xmp: bool = False
    is_exif: bool = False
    is_plain: bool = False


class _Reference(NamedTuple):
    """An entry of `iref`.

    Attributes:
        item: Number of the item that refers to others.
        raw: The entry.
        described: The items that it describes; empty if it is something else to them.
    """

    item: int
    raw: bytes
    described: tuple[int, ...]


def find(source: Source, blocks: Sequence[Block]) -> Items | None:
    """The tables of a picture; None if the file has no item that a packet could describe.

    Arguments:
        source: The file.
        blocks: All its top-level boxes.

    Raises:
        MalformedFile: The boxes in `meta` do not fit into it.
        LimitExceeded: There are too many, or too long ones.
    """
    block = next((block for block in blocks if block.name == "meta"), None)
    if block is None:
        return None
    meta = box_at(source, block.start, block.end)
    # The first box of each type counts, so it is put in last.
    boxes = {box.type: box for box in reversed(children(source, meta, count=limits.ITEMS))}
    hdlr, pitm, iinf, iloc = (boxes.get(code) for code in (b"hdlr", b"pitm", b"iinf", b"iloc"))
    if not (hdlr and pitm and iinf and iloc) or _content(source, hdlr)[8:12] != b"pict":
        return None
    number = _content(source, pitm)
    width = 2 if number[:1] == b"\0" else 4
    primary = int.from_bytes(number[_FULL : _FULL + width])
    return Items(meta, primary, iinf, iloc, boxes.get(b"iref"), boxes.get(b"idat"))


def packet(source: Source, blocks: Sequence[Block]) -> Range | None:
    """The XMP packet of a picture; None also where it is compressed, split or out of reach.

    A picture whose tables cannot be read has no packet: it is a file all the same.
    """
    try:
        items = find(source, blocks)
        # Most pictures have none, and need not be looked at further.
        if items is None or _XMP not in _content(source, items.iinf):
            return None
        packets = _packets(source, items)
        place = _places(source, items, packets).get(packets[0].item) if packets else None
    except (MalformedFile, UnsupportedFormat, LimitExceeded):
        return None
    if place and source.read_at(place.start, len(_JPEG)) == _JPEG:
        return Range(place.start + len(_JPEG), place.length - len(_JPEG))
    return place


def exif(source: Source, blocks: Sequence[Block]) -> Iterator[Range]:
    """The Exif data of a picture, from the head on (ISO/IEC 23008-12 annex A).

    Raises:
        MalformedFile, UnsupportedFormat, LimitExceeded: The tables cannot be read.
    """
    items = find(source, blocks)
    if items is None or _EXIF not in _content(source, items.iinf):
        return
    numbers = {info.item for info in _infos(source, items) if info.is_exif}
    locations = iloc.read(source, items.iloc)
    for entry in locations.entries():
        if entry.item in numbers:
            for start, length in _extents(source, items, locations, entry):
                # A number says how far behind itself the head is.
                head = 4 + int.from_bytes(source.read_at(start, 4))
                if head < length:
                    yield Range(start + head, length - head)


def details(source: Source, items: Items, *, all_of_them: bool) -> Iterator[Detail]:
    """The entries of the tables, and the first bytes of every item; without packets unless all.

    Raises:
        MalformedFile, UnsupportedFormat, LimitExceeded: The tables cannot be read.
    """
    left_out = set() if all_of_them else {info.item for info in _packets(source, items)}
    yield Detail("primary item", items.primary.to_bytes(4))
    for info in _infos(source, items):
        if info.item not in left_out:
            yield Detail(f"item {info.item}", info.raw)
    for entry in _references(source, items):
        if entry.item not in left_out:
            yield Detail(f"reference of item {entry.item}", entry.raw)
    table = iloc.read(source, items.iloc)
    for location in table.entries():
        if location.item in left_out:
            continue
        for place in table.extents(location):
            start = place.start
            if location.method == iloc.IN_IDAT and items.idat:
                start += items.idat.body
            elif location.method != iloc.IN_FILE or location.reference:
                start = source.size  # in another item, or in another file
            head = source.read_at(start, min(place.length or _ENOUGH, _ENOUGH))
            yield Detail(f"content of item {location.item}", head + place.length.to_bytes(8))


def has_packet(source: Source, items: Items) -> bool:
    """Whether a packet is among the items, readable or not.

    Raises:
        MalformedFile, LimitExceeded: The tables cannot be read.
    """
    return bool(_packets(source, items))


def has_room(source: Source, items: Items) -> bool:
    """Whether the tables can say where one more item lies.

    Raises:
        MalformedFile, UnsupportedFormat, LimitExceeded: They cannot be read.
    """
    return iloc.read(source, items.iloc).has_room


def rewrite(
    source: Source, blocks: Sequence[Block], data: bytes | None, changes: Sequence[Change] = ()
) -> Splice:
    """The picture with an XMP packet in place of the one that it has, or without any.

    Arguments:
        source: The file; `find` finds its items.
        blocks: All its top-level boxes.
        data: The packet; None to remove all there are.
        changes: Other top-level boxes that go.

    Raises:
        MalformedFile: The tables cannot be read, or contradict each other.
        UnsupportedFormat: The present packet cannot be read as it lies, so that it would be lost.
        LimitExceeded: A table is too large, or has no room.
    """
    items = _items(source, blocks)
    packets = _packets(source, items)
    places = _places(source, items, packets)
    changes = [*changes, *_cleared(source, blocks, items, [*places.values()])]
    if data is not None:
        if packets and packets[0].item not in places:
            raise compressed_xmp(items.iinf.start)
        if source.read_at(items.meta.start, 4) == bytes(4):
            raise UnsupportedFormat("the meta box has no end of its own; remux the file first")
        changes.append(Change(items.meta.end, 0, boxed(b"mdat", data)))
    # A table can name only what is in the file already.
    placed = relocate(source, blocks, changes)
    return _listed(placed, None if data is None else len(data))


def _items(source: Source, blocks: Sequence[Block]) -> Items:
    items = find(source, blocks)
    if items is None:
        raise UnsupportedFormat("the file has no picture that an XMP packet could describe")
    return items


def _listed(source: Source, size: int | None) -> Splice:
    """The picture with tables that name the packet of this size behind `meta`, or none at all."""
    blocks = [Block(box.name, box.start, box.length) for box in top(source)]
    items = _items(source, blocks)
    infos = list(_infos(source, items))
    packets = [info.item for info in _packets(source, items)]
    gone = set(packets) - set(packets[: size is not None])
    locations = iloc.read(source, items.iloc).without(packets)
    entries = [info.raw for info in infos if info.item not in gone]
    references = [entry.raw for entry in _references(source, items) if entry.item not in gone]
    try:
        if size is not None:
            item = packets[0] if packets else _unused(infos, locations)
            locations = locations.with_item(item, Range(items.meta.end + _HEADER, size))
            if not packets:
                entries.append(_info(item))
                references.append(_reference(source, items, item))
        return _with_tables(source, blocks, items, locations, entries, references)
    except OverflowError:
        raise LimitExceeded("the tables of items have no room for XMP; leave it out") from None


def _with_tables(
    source: Source,
    blocks: Sequence[Block],
    items: Items,
    locations: Locations,
    entries: Sequence[bytes],
    references: Sequence[bytes],
) -> Splice:
    meta, iinf, iref = items.meta, items.iinf, items.iref
    count = len(entries).to_bytes(_count_size(source, iinf))
    new = {iinf: b"".join((source.read_at(iinf.body, _FULL), count, *entries))}
    changes: list[Change] = []
    if references and iref:
        new[iref] = b"".join((source.read_at(iref.body, _FULL), *references))
    elif references:
        # Not at the end, where a box may go on to the end of `meta`, however far that is.
        changes.append(Change(iinf.start, 0, boxed(b"iref", _head(items), *references)))
    elif iref:
        changes.append(Change(iref.start, iref.length))
    changes += [Change(box.body, box.end - box.body, content) for box, content in new.items()]
    longer = sum(len(data) - length for _, length, data in changes) + locations.growth
    grown = {box: len(content) - (box.end - box.body) for box, content in new.items()}
    grown |= {items.iloc: locations.growth, meta: longer}
    return relocate(source, blocks, changes, grown=grown, locations=locations)


def _unused(infos: Sequence[_Info], locations: Locations) -> int:
    used = {info.item for info in infos} | {entry.item for entry in locations.entries()}
    number = next((number for number in _NUMBERS if number not in used), None)
    if number is None:
        raise LimitExceeded("the picture has a number for every item already; leave XMP out")
    return number


def _info(item: int) -> bytes:
    """An entry of `iinf` for a packet; it is hidden, since it is nothing to look at."""
    content = (b"\2\0\0\1", item.to_bytes(2), bytes(2), b"mime", b"\0", _XMP, b"\0")
    return boxed(b"infe", *content)


def _head(items: Items) -> bytes:
    """The head of a new `iref`, of a version that has room for the primary item."""
    return bytes([items.primary not in _NUMBERS, 0, 0, 0])


def _reference(source: Source, items: Items, item: int) -> bytes:
    """An entry of `iref`: the item describes the primary one."""
    head = source.read_at(items.iref.body, _FULL) if items.iref else _head(items)
    width = 4 if head[0] else 2
    one = (1).to_bytes(2)
    return boxed(_DESCRIBES, item.to_bytes(width), one, items.primary.to_bytes(width))


def _packets(source: Source, items: Items) -> list[_Info]:
    """The XMP packets, but for those that describe other items only."""
    described: dict[int, list[int]] = {}
    for entry in _references(source, items):
        if entry.described:
            described.setdefault(entry.item, []).extend(entry.described)
    return [
        info
        for info in _infos(source, items)
        if info.is_xmp and items.primary in described.get(info.item, [items.primary])
    ]


def _infos(source: Source, items: Items) -> Iterator[_Info]:
    """The entries of `iinf`.

    Raises:
        MalformedFile: One is cut off, or there are not as many as it says.
    """
    raw = _content(source, items.iinf)
    first = _FULL + _count_size(source, items.iinf)
    left = int.from_bytes(raw[_FULL:first])
    for box in walk(BytesSource(raw), first, count=limits.ITEMS):
        left -= 1
        body = raw[box.body : box.end]
        # Version 3 is for more than 65,535 items.
        width = 4 if body[:1] == b"\3" else 2
        kind = _FULL + width + 2
        if len(body) < kind:
            raise MalformedFile("an entry of an iinf box is cut off", items.iinf.start)
        # The index of its protection; 0 for none (ISO/IEC 14496-12 §8.11.6).
        is_encrypted = any(body[_FULL + width : kind])
        # Name, content type and its encoding, which may be missing.
        texts = body[kind + 4 :].split(b"\0", 3)
        yield _Info(
            int.from_bytes(body[_FULL : _FULL + width]),
            raw[box.start : box.end],
            is_xmp=body[:1] in (b"\2", b"\3")
            and body[kind : kind + 4] == b"mime"
            and texts[1:2] == [_XMP],
            is_exif=body[kind : kind + 4] == _EXIF,
            is_plain=not is_encrypted and not any(texts[2:3]),
        )
    if left or len(raw) < first:
        raise MalformedFile("an iinf box has more or fewer entries than it says", items.iinf.start)


def _references(source: Source, items: Items) -> Iterator[_Reference]:
    """The entries of `iref`.

    Raises:
        MalformedFile: One is cut off.
        LimitExceeded: There are too many, or they describe too many items.
    """
    if items.iref is None:
        return
    raw = _content(source, items.iref)
    if len(raw) < _FULL:
        raise MalformedFile("an iref box is cut off", items.iref.start)
    width, left = 4 if raw[0] else 2, limits.ITEM_PARTS
    for box in walk(BytesSource(raw), _FULL, count=limits.ITEMS):
        # The number of the item, and how many it refers to.
        first = box.body + width + 2
        if first > box.end:
            raise MalformedFile("an entry of an iref box is cut off", items.iref.start)
        places = range(first, box.end, width) if box.type == _DESCRIBES else ()
        left -= len(places)
        if left < 0:
            raise LimitExceeded(f"an iref box with more than {limits.ITEM_PARTS} descriptions")
        yield _Reference(
            int.from_bytes(raw[box.body : box.body + width]),
            raw[box.start : box.end],
            tuple(int.from_bytes(raw[at : at + width]) for at in places),
        )


def _count_size(source: Source, iinf: Box) -> int:
    """Bytes of the number of entries."""
    return 2 if source.read_at(iinf.body, 1) == b"\0" else 4


def _content(source: Source, box: Box) -> bytes:
    if box.length > limits.ITEM_TABLE:
        raise LimitExceeded(f"a box of type {box.type!r} has more than {limits.ITEM_TABLE} bytes")
    return source.read_at(box.body, box.end - box.body)


def _places(source: Source, items: Items, packets: Sequence[_Info]) -> dict[int, Range]:
    """The ranges of packets by the numbers of their items; unreadable ones are left out."""
    plain = {info.item for info in packets if info.is_plain}
    locations = iloc.read(source, items.iloc)
    found: dict[int, Range] = {}
    for entry in locations.entries():
        if entry.item in plain:
            parts = _extents(source, items, locations, entry)
            plain.remove(entry.item)  # the first entry counts
            if len(parts) == 1 and parts[0].length:
                found[entry.item] = parts[0]
    return found


def _extents(
    source: Source, items: Items, locations: Locations, entry: ItemLocation
) -> list[Range]:
    """The ranges of an item in the file; empty if a part of it is elsewhere."""
    if entry.method == iloc.IN_FILE and not entry.reference:
        start, end = 0, source.size
    elif entry.method == iloc.IN_IDAT and items.idat:
        start, end = items.idat.body, items.idat.end
    else:
        return []
    found = [Range(start + at, length) for at, length in locations.extents(entry)]
    return found if all(part.end <= end for part in found) else []


def _cleared(
    source: Source, blocks: Sequence[Block], items: Items, places: Sequence[Range]
) -> Iterator[Change]:
    """The changes that take packets out of the file; the tables still name them.

    Raises:
        MalformedFile: The bytes of one are those of another item as well.
        LimitExceeded: They are larger than `limits.XMP_SIZE` together.
    """
    if not places:
        return
    if sum(place.length for place in places) > limits.XMP_SIZE:
        raise LimitExceeded(f"the XMP packets are larger than {limits.XMP_SIZE} bytes")
    locations = iloc.read(source, items.iloc)
    parts = sorted(
        part
        for entry in locations.entries()
        for part in _extents(source, items, locations, entry)
        if part.length
    )
    ends = [0, *accumulate((part.end for part in parts), max)]
    starts = [block.start for block in blocks]
    for place in places:
        index = bisect_left(parts, place)
        following = parts[index + 1 : index + 2]
        if ends[index] > place.start or any(part.start < place.end for part in following):
            raise MalformedFile("the XMP packet shares its bytes with another item", place.start)
        block = blocks[bisect_right(starts, place.start) - 1]
        body = box_at(source, block.start, block.end).body
        shared = [Range(body, block.end - body)] if block.name == "mdat" else []
        if shared == [place]:
            yield Change(block.start, block.length)
            continue
        if items.idat:
            shared.append(Range(items.idat.body, items.idat.end - items.idat.body))
        # Elsewhere may be anything, such as a table that is about to change.
        if any(part.start <= place.start and place.end <= part.end for part in shared):
            yield Change(*place, bytes(place.length))
