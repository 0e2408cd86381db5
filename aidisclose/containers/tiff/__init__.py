"""TIFF, BigTIFF and DNG: the store is the data of a tag in the last directory (C2PA 2.5 §A, TIFF).

Nothing in a TIFF file can be moved, for an offset may stand anywhere. So embedding leaves every
byte where it is and appends a directory and the store: a file of one directory gets a copy of it
with one more tag, so that it still shows one image; a file of several gets one that holds only the
tag. One pointer in the file changes to lead there. What it was, and how long the file was, is
recorded in front of the new directory, so that removing the store gives back every byte.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator
from typing import Final

from aidisclose import limits
from aidisclose.containers.container import (
    KEEP,
    Addressed,
    Block,
    Carrier,
    Composed,
    Detail,
    Edits,
    EmbeddedStore,
    InTurn,
    Layout,
    Problem,
    Stray,
)
from aidisclose.containers.tiff import externals, strays
from aidisclose.containers.tiff.dialect import DIALECTS, Dialect
from aidisclose.errors import LimitExceeded, MalformedFile, Unembeddable
from aidisclose.io.change import Change, change
from aidisclose.io.source import Range, Source
from aidisclose.io.splice import Splice
from aidisclose.named import NamedTuple

_NEW_SUBFILE_TYPE: Final = 0x00FE
_DESCRIPTION: Final = 0x010E
_SUB_IFDS: Final = 0x014A
_DNG_VERSION: Final = 0xC612
_XMP: Final = 0x02BC
_C2PA: Final = 0xCD41
_BYTE: Final = 1
_UNDEFINED: Final = 7

#: Directories begin at even offsets; BigTIFF recommends multiples of 8.
_ALIGNMENT: Final = 8

_DNG: Final = "image/x-adobe-dng"
#: Camera raw files that are TIFF in structure: programs find things in them in undocumented ways.
_RAW: Final = "image/x-dcraw"


class _Directory(NamedTuple):
    """One image file directory of the main chain.

    Attributes:
        start: Its offset.
        end: Offset of the first byte after it.
        fields: Its entries as they stand.
        following: Offset of the next directory, 0 after the last.
    """

    start: int
    end: int
    fields: bytes
    following: int


class _Tag(NamedTuple):
    """An entry that is for a manifest store.

    Attributes:
        directory: Index of the directory that it stands in.
        type: Its field type.
        length: Number of bytes of the store.
        value: Offset of the store.
        length_at: The offset of `length` itself.
    """

    directory: int
    type: int
    length: int
    value: int
    length_at: int


class _Tiff(NamedTuple):
    """The structure of a file.

    Attributes:
        dialect: The encoding of numbers in it.
        directories: The main chain; never empty.
        tags: Those for manifest stores, in order.
    """

    dialect: Dialect
    directories: list[_Directory]
    tags: list[_Tag]


def _parse(source: Source) -> _Tiff:
    head = source.read_at(0, 16)
    dialect = DIALECTS.get(head[:4]) or DIALECTS.get(head[:8])
    if dialect is None or len(head) < dialect.header_size:
        raise MalformedFile("no TIFF header", 0)
    (following,) = dialect.pointer.unpack_from(head, dialect.header_size - dialect.width)
    if not following:
        raise MalformedFile("the TIFF has no directory", dialect.header_size - dialect.width)
    directories: list[_Directory] = []
    tags: list[_Tag] = []
    taken = [Range(0, dialect.header_size)]
    left = limits.TIFF_FIELDS
    while following:
        if len(directories) == limits.TIFF_DIRECTORIES:
            raise LimitExceeded(f"the TIFF has more than {limits.TIFF_DIRECTORIES} directories")
        extent = _extent(source, dialect, following)
        left -= extent.length // dialect.entry.size
        if left < 0:
            raise LimitExceeded(f"the TIFF has more than {limits.TIFF_FIELDS} entries")
        if not _take(extent, taken):
            raise MalformedFile("TIFF directories overlap or form a loop", following)
        directory = _directory(source, dialect, extent)
        tags += _tags(dialect, directory, len(directories))
        if len(tags) > limits.STORES:
            raise LimitExceeded(f"the file has more than {limits.STORES} manifest stores")
        directories.append(directory)
        following = directory.following
    return _Tiff(dialect, directories, tags)


def _extent(source: Source, dialect: Dialect, start: int) -> Range:
    """The bytes of the directory at `start`."""
    (count,) = dialect.length.unpack(_read(source, start, dialect.length.size))
    if count > limits.TIFF_ENTRIES:
        raise LimitExceeded(f"a TIFF directory has {count} entries (at offset {start})")
    return Range(start, dialect.length.size + count * dialect.entry.size + dialect.width)


def _read(source: Source, start: int, length: int) -> bytes:
    data = source.read_at(start, length) if start <= source.size - length else b""
    if len(data) < length:
        raise MalformedFile("a TIFF directory reaches beyond the end of the file", start)
    return data


def _take(extent: Range, taken: list[Range]) -> bool:
    """Whether `extent` overlaps none of `taken` (ascending); adds it then."""
    index = bisect(taken, extent)
    if index and taken[index - 1].end > extent.start:
        return False
    if index < len(taken) and taken[index].start < extent.end:
        return False
    taken.insert(index, extent)
    return True


def _directory(source: Source, dialect: Dialect, extent: Range) -> _Directory:
    data = _read(source, *extent)
    fields = data[dialect.length.size : -dialect.width]
    (following,) = dialect.pointer.unpack(data[-dialect.width :])
    return _Directory(extent.start, extent.end, fields, following)


def _tags(dialect: Dialect, directory: _Directory, index: int) -> Iterator[_Tag]:
    # Tag and field type, two bytes each, come before the count.
    length_at = directory.start + dialect.length.size + 4
    for tag, kind, length, value in dialect.entry.iter_unpack(directory.fields):
        if tag == _C2PA:
            yield _Tag(index, kind, length, value, length_at)
        length_at += dialect.entry.size


def _defect(tag: _Tag, tiff: _Tiff, size: int, taken: list[Range]) -> str | None:
    """The reason why no store can be at a tag's offset; None if one can, then added to `taken`."""
    if tag.type != _UNDEFINED:
        return f"the C2PA tag has field type {tag.type}, not {_UNDEFINED}"
    # A value that is no longer than an offset stands in the entry instead of one.
    if tag.length <= tiff.dialect.width:
        return f"the manifest store has only {tag.length} bytes"
    if tag.length > limits.STORE_SIZE:
        return f"the manifest store has {tag.length} bytes, more than {limits.STORE_SIZE}"
    if tag.value > size - tag.length:
        return "the manifest store reaches beyond the end of the file"
    if not _take(Range(tag.value, tag.length), taken):
        return "the manifest store overlaps a directory or another store"
    return None


def _descriptions(source: Source) -> Iterator[Range]:
    """The descriptions of the first picture that do not stand in the directory itself."""
    head = source.read_at(0, 16)
    dialect = DIALECTS.get(head[:4]) or DIALECTS[head[:8]]
    (start,) = dialect.pointer.unpack_from(head, dialect.header_size - dialect.width)
    first = _directory(source, dialect, _extent(source, dialect, start))
    for tag, _, length, value in dialect.entry.iter_unpack(first.fields):
        if tag == _DESCRIPTION and length > dialect.width:
            yield Range(value, min(length, source.size))


def _store(tag: _Tag, dialect: Dialect) -> EmbeddedStore:
    data = Range(tag.value, tag.length)
    length = Range(tag.length_at, dialect.width)
    return EmbeddedStore(frame=data, exclusions=tuple(sorted((length, data))), pieces=(data,))


def _media_type(source: Source, tiff: _Tiff) -> str:
    fields = tiff.dialect.entry.iter_unpack(tiff.directories[0].fields)
    values = {tag: value for tag, _, _, value in fields}
    if _DNG_VERSION in values:
        return _DNG
    # NEF, ARW and others begin with a small preview and keep the picture in a sub-directory.
    preview = values.get(_NEW_SUBFILE_TYPE) == 1 and _SUB_IFDS in values
    # CR2 has a mark of its own behind the header of TIFF.
    canon = source.read_at(8, 4) == b"CR\x02\x00"
    return _RAW if preview or canon else "image/tiff"


def _before_packet(source: Source, tiff: _Tiff) -> Splice | None:
    """The file that `_with_packet` made this one of, None if something else wrote the packet."""
    dialect, first = tiff.dialect, tiff.directories[0]
    packet = _packet(tiff, source.size)
    record_at = first.start - 2 * dialect.width
    if packet is None or packet.start != first.end or packet.end != source.size:
        return None
    if record_at < dialect.header_size:
        return None
    record = source.read_at(record_at, 2 * dialect.width)
    (pointer,), (size,) = dialect.pointer.iter_unpack(record)
    # Only what `_with_packet` writes has both: fewer than 8 bytes of padding, and an old directory
    # in front.
    if not (size <= record_at < size + _ALIGNMENT and dialect.header_size <= pointer < size):
        return None
    old = _directory(source, dialect, _extent(source, dialect, pointer))
    if (dialect.without(_XMP, old.fields), old.following) != (
        dialect.without(_XMP, first.fields),
        first.following,
    ):
        return None
    pointer_at = dialect.header_size - dialect.width
    changes = (
        Change(pointer_at, dialect.width, dialect.pointer.pack(pointer)),
        Change(size, source.size - size),
    )
    return change(source, changes)


def _without_packet(source: Source, tiff: _Tiff) -> Splice:
    """The file without a packet that somebody else wrote, which becomes zeros."""
    dialect, first = tiff.dialect, tiff.directories[0]
    left = dialect.without(_XMP, first.fields)
    if left == first.fields:
        return change(source, ())
    length = first.end - first.start
    packed = dialect.directory(left, first.following).ljust(length, b"\x00")
    changes = [Change(first.start, length, packed)]
    packet = _packet(tiff, source.size)
    overlaps = packet and any(
        packet.start < item.end and item.start < packet.end for item in tiff.directories
    )
    if packet and not overlaps:
        changes.append(Change(*packet, bytes(packet.length)))
    return change(source, changes)


def _packet(tiff: _Tiff, size: int) -> Range | None:
    """The XMP packet of the first directory."""
    for tag, kind, length, value in tiff.dialect.entry.iter_unpack(tiff.directories[0].fields):
        if tag == _XMP:
            is_whole = tiff.dialect.width < length <= size and value <= size - length
            return Range(value, length) if is_whole and kind in (_BYTE, _UNDEFINED) else None
    return None


def _ends_in_store(layout: Layout, tiff: _Tiff) -> bool:
    """Whether the only store is where one belongs, so that a longer one fits there too."""
    return (
        len(tiff.tags) == len(layout.stores) == 1
        and layout.stores[0].frame.end == layout.size
        and tiff.tags[0].directory == len(tiff.directories) - 1
    )


def _replaced(source: Source, tiff: _Tiff, store: bytes) -> Splice:
    tag = tiff.tags[0]
    length = tiff.dialect.pointer.pack(_fitting(tiff.dialect, tag.value, store))
    changes = (
        Change(tag.length_at, tiff.dialect.width, length),
        Change(tag.value, tag.length, store),
    )
    return change(source, changes)


def _appended(source: Source, tiff: _Tiff, store: bytes) -> Splice:
    dialect = tiff.dialect
    first, last = tiff.directories[0], tiff.directories[-1]
    alone = first is last
    pointer_at = (dialect.header_size if alone else last.end) - dialect.width
    old_pointer = first.start if alone else 0
    # What is needed to take it back: where the pointer led before, and how long the file was.
    record = dialect.pointer.pack(old_pointer) + dialect.pointer.pack(source.size)
    padding = bytes(-source.size % _ALIGNMENT)
    start = source.size + len(padding) + len(record)
    others = first.fields if alone else b""
    value = start + len(dialect.directory(others, 0)) + dialect.entry.size
    length = _fitting(dialect, value, store)
    fields = _with_tag(dialect, others, dialect.entry.pack(_C2PA, _UNDEFINED, length, value))
    appended = padding + record + dialect.directory(fields, 0) + store
    changes = (
        Change(pointer_at, dialect.width, dialect.pointer.pack(start)),
        Change(source.size, 0, appended),
    )
    return change(source, changes)


def _fitting(dialect: Dialect, value: int, store: bytes) -> int:
    """The length of a store that can stand at offset `value`."""
    if len(store) <= dialect.width:
        raise ValueError(f"{len(store)} bytes are not a manifest store")
    if value + len(store) >= 1 << (8 * dialect.width):
        raise LimitExceeded("a TIFF file cannot reach 4 GiB; convert it to BigTIFF")
    return len(store)


def _with_tag(dialect: Dialect, fields: bytes, packed: bytes) -> bytes:
    """Packed entries and one more, in ascending order of their tags."""
    (added, *_) = dialect.entry.unpack(packed)
    for index, (tag, *_) in enumerate(dialect.entry.iter_unpack(fields)):
        if tag > added:
            at = index * dialect.entry.size
            return fields[:at] + packed + fields[at:]
    return fields + packed


def _removed(source: Source, layout: Layout, tiff: _Tiff) -> Splice:
    if not tiff.tags:
        return change(source, ())
    return _original(source, tiff) or _cleared(source, layout, tiff)


def _original(source: Source, tiff: _Tiff) -> Splice | None:
    """The file that `_appended` made this one of, None if something else wrote the store."""
    dialect = tiff.dialect
    *others, last = tiff.directories
    tag = tiff.tags[0]
    record_at = last.start - 2 * dialect.width
    if tag.value != last.end or tag.value + tag.length != source.size or len(tiff.tags) > 1:
        return None
    if record_at < dialect.header_size:
        return None
    record = source.read_at(record_at, 2 * dialect.width)
    (pointer,), (size,) = dialect.pointer.iter_unpack(record)
    if not size <= record_at < size + _ALIGNMENT:
        return None
    replaced = dialect.directory(dialect.without(_C2PA, last.fields), 0)
    if others:
        pointer_at = others[-1].end - dialect.width
        known = not pointer and all(directory.end <= size for directory in others)
    else:
        # The copy of the directory proves that the record is one.
        pointer_at = dialect.header_size - dialect.width
        known = (
            dialect.header_size <= pointer <= size - len(replaced)
            and source.read_at(pointer, len(replaced)) == replaced
        )
    if not known:
        return None
    changes = (
        Change(pointer_at, dialect.width, dialect.pointer.pack(pointer)),
        Change(size, source.size - size),
    )
    return change(source, changes)


def _cleared(source: Source, layout: Layout, tiff: _Tiff) -> Splice:
    """The file without stores, whoever wrote them; what cannot be cut off becomes zeros."""
    dialect = tiff.dialect
    fields = [dialect.without(_C2PA, directory.fields) for directory in tiff.directories]
    # A TIFF has one directory at least, even an empty one.
    kept = [index for index, left in enumerate(fields) if left] or [0]
    changes: list[Change] = []
    unused = [store.frame for store in layout.stores]
    for index, directory in enumerate(tiff.directories):
        extent = Range(directory.start, directory.end - directory.start)
        if index not in kept:
            unused.append(extent)
            continue
        following = next((tiff.directories[k].start for k in kept if k > index), 0)
        packed = dialect.directory(fields[index], following)
        # It stays where it is, shorter: offsets to it may stand anywhere.
        changes.append(Change(*extent, packed.ljust(extent.length, b"\x00")))
    first = dialect.pointer.pack(tiff.directories[kept[0]].start)
    changes.append(Change(dialect.header_size - dialect.width, dialect.width, first))
    end = source.size
    unused.sort()
    while unused and unused[-1].end == end:
        end = unused.pop().start
    changes += [Change(*extent, bytes(extent.length)) for extent in unused]
    return change(source, [*changes, Change(end, source.size - end)])


class Tiff(Addressed, Composed, InTurn):
    """Pictures (TIFF 6.0, DNG 1.7)."""

    name = "TIFF"
    media_types = ("image/tiff", _DNG, "image/dng")
    extensions = (".tif", ".tiff", ".dng")
    carriers = frozenset({Carrier.XMP})

    def sniff(self, head: bytes) -> bool:
        """See `Container.sniff`."""
        return head[:4] in DIALECTS or head[:8] in DIALECTS

    def scan(self, source: Source) -> Layout:
        """See `Container.scan`."""
        tiff = _parse(source)
        blocks = [Block("header", 0, tiff.dialect.header_size)]
        for index, (start, end, *_) in enumerate(tiff.directories):
            blocks.append(Block(f"IFD{index}", start, end - start))
        taken = sorted(Range(block.start, block.length) for block in blocks)
        stores: list[EmbeddedStore] = []
        problems: list[Problem] = []
        for tag in tiff.tags:
            if reason := _defect(tag, tiff, source.size, taken):
                problems.append(Problem(reason=reason, offset=tag.length_at - 4))
                continue
            stores.append(_store(tag, tiff.dialect))
            blocks.append(Block("C2PA", tag.value, tag.length))
            # C2PA 2.5 §A wants the last directory; the reference looks into the first one too.
            if tag.directory not in (0, len(tiff.directories) - 1):
                reason = "the manifest store belongs to a directory that is not the last"
                problems.append(Problem(reason=reason, offset=tag.length_at - 4))
        return Layout(
            media_type=_media_type(source, tiff),
            size=source.size,
            blocks=tuple(sorted(blocks, key=lambda block: block.start)),
            stores=tuple(sorted(stores, key=lambda store: store.frame.start)),
            problems=tuple(problems),
            xmp=_packet(tiff, source.size),
        )

    def _frame(self, store: bytes) -> bytes:
        return store

    def details(self, source: Source, layout: Layout, edits: Edits) -> Iterable[Detail]:  # noqa: ARG002
        """See `Container.details`: the tags of every directory; nothing that they name moves."""
        dialect, directories, _ = _parse(source)
        number = 0
        for directory in directories:
            fields = dialect.without(_C2PA, directory.fields)
            if edits.xmp is not KEEP and not number:
                fields = dialect.without(_XMP, fields)
            for packed in dialect.entry.iter_unpack(fields):
                yield Detail(f"tag {packed[0]}", number.to_bytes(4) + dialect.entry.pack(*packed))
            # One that holds nothing but a store counts for nothing.
            number += bool(fields) or directory is directories[0]

    def rewrite(self, source: Source, layout: Layout, edits: Edits) -> Splice:
        """See `Container.rewrite`."""
        if layout.media_type == _RAW and edits != Edits():
            raise Unembeddable(
                "camera raw files cannot be changed safely",
                remedy="sign a DNG instead, or keep the store beside the file: --sidecar",
            )
        # What is appended would lie where an offset past the end leads.
        if isinstance(edits.store, bytes) and not layout.stores:
            for stray in strays.find(source, layout):
                raise Unembeddable(
                    str(stray),
                    remedy="repair the file, or keep the store beside it: --sidecar",
                )
        return super().rewrite(source, layout, edits)

    def caveats(self, source: Source, layout: Layout) -> Iterable[str]:  # noqa: ARG002
        """See `Container.caveats`."""
        # The store gets a directory of its own behind the last page (C2PA 2.5 §A, TIFF).
        pages = sum(block.name.startswith("IFD") for block in layout.blocks)
        if pages > 1 and not layout.stores:
            yield (
                f"a TIFF of {pages} pages: Pillow and tiff2pdf fail at the directory with the "
                "manifest store, behind the last page; --sidecar leaves the file as it is"
            )

    def strays(self, source: Source, layout: Layout) -> Iterable[Stray]:
        """See `Addressed.strays`."""
        return strays.find(source, layout)

    def externals(self, source: Source, layout: Layout) -> Iterable[str]:  # noqa: ARG002
        """See `Composed.externals`: pictures that an OME-TIFF has in other files."""
        for place in _descriptions(source):
            if place.length > limits.XML_TAG:
                raise LimitExceeded(f"a description of more than {limits.XML_TAG} bytes")
            yield from externals.find(source.read_at(*place))

    def _with_packet(self, source: Source, _layout: Layout, packet: bytes | None) -> Splice:
        """The first directory is written anew behind everything, with the packet after it."""
        tiff = _parse(source)
        bare: Source = _before_packet(source, tiff) or source
        if packet is None:
            return _without_packet(bare, _parse(bare))
        tiff = _parse(bare)
        dialect, first = tiff.dialect, tiff.directories[0]
        if len(packet) <= dialect.width:
            raise ValueError(f"{len(packet)} bytes are not an XMP packet")
        record = dialect.pointer.pack(first.start) + dialect.pointer.pack(bare.size)
        padding = bytes(-bare.size % _ALIGNMENT)
        start = bare.size + len(padding) + len(record)
        others = dialect.without(_XMP, first.fields)
        value = start + len(dialect.directory(others, 0)) + dialect.entry.size
        _fitting(dialect, value, packet)
        fields = _with_tag(dialect, others, dialect.entry.pack(_XMP, _BYTE, len(packet), value))
        appended = padding + record + dialect.directory(fields, first.following) + packet
        pointer_at = dialect.header_size - dialect.width
        changes = (
            Change(pointer_at, dialect.width, dialect.pointer.pack(start)),
            Change(bare.size, 0, appended),
        )
        return change(bare, changes)

    def _with_store(self, source: Source, layout: Layout, new: bytes | None) -> Splice:
        tiff = _parse(source)
        if new is None:
            return _removed(source, layout, tiff)
        store = self.frame(new)
        if _ends_in_store(layout, tiff):
            return _replaced(source, tiff, store)
        bare = _removed(source, layout, tiff)
        return _appended(bare, _parse(bare), store)


CONTAINER: Final = Tiff()
