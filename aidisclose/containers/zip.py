"""ZIP archives and what is made of them: EPUB, Office Open XML, OpenDocument (C2PA 2.5 §A.6).

The store is an entry like the others, and stands last. An archive can be read in two ways, from its
beginning or by the directory at its end; what the two do not agree about is refused. For that alone
entries are inflated whose length stands behind them.
"""

from __future__ import annotations

import posixpath
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from aidisclose import limits
from aidisclose.containers.container import (
    Addressed,
    Astray,
    Block,
    Detail,
    Edits,
    EmbeddedStore,
    Keep,
    Layout,
    Problem,
    Stray,
    census,
    check_size,
)
from aidisclose.errors import LimitExceeded, MalformedFile, Unembeddable, UnsupportedFormat
from aidisclose.io.change import Change, change
from aidisclose.io.source import Range, Source
from aidisclose.io.splice import Splice
from aidisclose.named import NamedTuple

_STORE: Final = "META-INF/content_credential.c2pa"
#: It and its folder; some file systems know no capital letters.
_STORE_NAMES: Final = (_STORE.casefold(), _STORE.partition("/")[0].casefold())
#: What every package of the Open Packaging Conventions has.
_CONTENT_TYPES: Final = "[Content_Types].xml"

#: APPNOTE 6.3.10 §4.3.7, §4.3.12, §4.3.14 to §4.3.16.
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END64: Final = struct.Struct("<4sQ2H2I4Q")
_LOCATOR: Final = struct.Struct("<4sIQI")
_END: Final = struct.Struct("<4s4H2IH")
_LOCAL_MARK: Final = b"PK\3\4"
_CENTRAL_MARK: Final = b"PK\1\2"
_END64_MARK: Final = b"PK\6\6"
_LOCATOR_MARK: Final = b"PK\6\7"
_END_MARK: Final = b"PK\5\6"
_DESCRIPTOR_MARK: Final = b"PK\7\x08"

#: Of a central header.
_CHECKSUM: Final = 16
_OFFSET: Final = Range(42, 4)

#: The mode of a file of Unix, in a central header; that of a symbolic link.
_MODE: Final = slice(40, 42)
_TYPE: Final = 0o170000
_LINK: Final = 0o120000
#: Bytes of a path.
_LONGEST_PATH: Final = 4_096

_ENCRYPTED: Final = 1 << 0
_DESCRIBED: Final = 1 << 3
_UTF8: Final = 1 << 11
_MASKED: Final = 1 << 13
_WIDE: Final = 1
_MANY: Final = 0xFFFF
_LARGE: Final = 0xFFFFFFFF

#: The first day that there is, so that the same source gives the same bytes.
_DATE: Final = 0x0021
_STORED: Final = 10
_WITH_WIDE: Final = 45

#: By the content of the entry `mimetype`, which is the first and not compressed.
_NAMED: Final = (
    "application/epub+zip",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.graphics",
)
_MIMETYPE: Final = "mimetype"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
#: By the main part of a package.
_PARTS: Final = {
    "word/document.xml": f"{_OFFICE}.wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}.spreadsheetml.sheet",
    "ppt/presentation.xml": f"{_OFFICE}.presentationml.presentation",
}


class _Entry(NamedTuple):
    """An entry of the central directory.

    Attributes:
        name: Untrusted text.
        header: The place of its central header in the directory.
        flags: General purpose bits.
        method: Of compression.
        checksum: CRC-32 of its content.
        packed: Bytes of its content in the file.
        size: Bytes of its content.
        offset: Of its local header in the file.
        wide: The place of that offset in the central header, if it is in its extra field.
    """

    name: str
    header: Range
    flags: int
    method: int
    checksum: int
    packed: int
    size: int
    offset: int
    wide: Range | None

    def moved(self, directory: bytes, by: int) -> bytes:
        """The central header as it is when the local one lies `by` bytes earlier."""
        header = directory[self.header.start : self.header.end]
        return _replace(header, self.wide or _OFFSET, self.offset - by)


class _Directory(NamedTuple):
    """The end of an archive.

    Attributes:
        place: Of the central headers.
        entries: The number of entries.
        end64: Offset of the ZIP64 record behind them, None if there is none.
        end: Offset of the last record.
    """

    place: Range
    entries: int
    end64: int | None
    end: int


def _replace(data: bytes, place: Range, number: int) -> bytes:
    return data[: place.start] + number.to_bytes(place.length, "little") + data[place.end :]


def _defect(source: Source, entry: _Entry, central: bytes, content: Range) -> str | None:
    """The defect of a store's entry; None if it has none.

    Its local header and its checksum are in no hash, so they are compared with what is.
    """
    if entry.flags & _ENCRYPTED:
        return "the manifest store is encrypted"
    if entry.method or entry.flags or entry.packed != entry.size:
        return "the manifest store is compressed, or of unknown length"
    local = source.read_at(entry.offset, content.start - entry.offset)
    # Flags to sizes, and the length of the name, have one order in both headers.
    expected = central[8:28] + struct.pack("<2H", len(_STORE), 0) + _STORE.encode()
    # Only the directory may need ZIP64, to say how far behind the entry lies.
    versions = (central[6:8], _STORED.to_bytes(2, "little"))
    if local[4:6] not in versions or local[6:] != expected:
        return "the manifest store and the directory of the archive contradict each other"
    check_size(entry.packed)
    if zlib.crc32(source.read_at(*content)) != entry.checksum:
        return "the checksum of the manifest store is wrong"
    return None


def _find(source: Source) -> _Directory:
    """The end of the archive, which readers search for from the end of the file."""
    # A comment of up to 65,535 bytes may follow the record.
    start = max(0, source.size - _END.size - _MANY)
    tail = source.read_at(start, source.size - start)
    found = list(_ends(tail))
    if not found:
        raise MalformedFile("the archive is cut off: it has no directory at its end", source.size)
    if len(found) > 1:
        raise MalformedFile("the archive has two ends: readers differ", start + found[0])
    end = start + found[0]
    fields = _END.unpack_from(tail, found[0])
    numbers = fields[1:7]
    end64 = None
    locator = source.read_at(end - _LOCATOR.size, _LOCATOR.size) if end >= _LOCATOR.size else b""
    if locator.startswith(_LOCATOR_MARK):
        end64 = _LOCATOR.unpack(locator)[2]
        numbers = _read_end64(source, end64, end - _LOCATOR.size, numbers)
    disk, first, here, count, length, offset = numbers
    if disk or first or here != count:
        raise UnsupportedFormat("the archive is split into several files")
    place = Range(offset, length)
    if place.end != (end if end64 is None else end64):
        reason = "the directory of the archive is not where it says"
        raise MalformedFile(f"{reason}: something stands before or behind the entries", end)
    # More entries than its bytes can be are an error, which is told when they end.
    entries = min(count, length // _CENTRAL.size)
    if length > limits.ZIP_DIRECTORY or entries > limits.ZIP_ENTRIES:
        raise LimitExceeded(f"an archive of {count} entries, with a directory of {length} bytes")
    return _Directory(place, count, end64, end)


def _ends(tail: bytes) -> Iterator[int]:
    """The offsets of last records whose comment ends the file."""
    at = tail.find(_END_MARK)
    while at >= 0:
        if at + _END.size <= len(tail):
            [comment] = struct.unpack_from("<H", tail, at + _END.size - 2)
            if at + _END.size + comment == len(tail):
                yield at
        at = tail.find(_END_MARK, at + 1)


def _read_end64(source: Source, start: int, end: int, narrow: tuple[int, ...]) -> tuple[int, ...]:
    """The numbers of the ZIP64 record; those that fit into the other one must be the same."""
    data = source.read_at(start, _END64.size)
    if len(data) < _END64.size or not data.startswith(_END64_MARK):
        raise MalformedFile("the ZIP64 record of the archive is not where it says", end)
    _, size, _, _, *numbers = _END64.unpack(data)
    # The size leaves out the mark and itself (APPNOTE §4.3.14.1).
    if start + 12 + size != end:
        raise MalformedFile("the ZIP64 record of the archive has another length", start)
    for wide, other, full in zip(numbers, narrow, [_MANY] * 4 + [_LARGE] * 2, strict=True):
        if other not in (wide, full):
            raise MalformedFile("the two ends of the archive contradict each other", start)
    return tuple(numbers)


def _entries(data: bytes, directory: _Directory) -> Iterator[_Entry]:
    """The entries in the order of the directory."""
    position = 0
    for _ in range(directory.entries):
        entry = _entry(data, position, directory.place.start)
        yield entry
        position = entry.header.end
    if position != len(data):
        place = directory.place.start + position
        raise MalformedFile("the directory of the archive is longer than its entries", place)


def _entry(data: bytes, position: int, start: int) -> _Entry:
    if not data.startswith(_CENTRAL_MARK, position) or position + _CENTRAL.size > len(data):
        raise MalformedFile("the directory of the archive is cut off", start + position)
    fields = _CENTRAL.unpack_from(data, position)
    _, _, _, flags, method, _, _, checksum, packed, size, *lengths, _, _, _, offset = fields
    name_end = _CENTRAL.size + lengths[0]
    extra_end = name_end + lengths[1]
    header = data[position : position + extra_end + lengths[2]]
    if len(header) < extra_end + lengths[2]:
        raise MalformedFile("the directory of the archive is cut off", start + position)
    if flags & _MASKED:
        raise UnsupportedFormat("the directory of the archive is encrypted")
    try:
        # APPNOTE §D.1: names are in IBM code page 437 unless bit 11 says UTF-8.
        name = header[_CENTRAL.size : name_end].decode("utf-8" if flags & _UTF8 else "cp437")
    except UnicodeDecodeError:
        raise MalformedFile("the name of an entry is not UTF-8", start + position) from None
    # Those of the three that do not fit stand in the extra field, in this order.
    numbers = (size, packed, offset)
    left = _wide_places(header, name_end, extra_end)
    places = [next(left, None) if number == _LARGE else None for number in numbers]
    size, packed, offset = (
        int.from_bytes(header[place.start : place.end], "little") if place else number
        for number, place in zip(numbers, places, strict=True)
    )
    place = Range(position, len(header))
    return _Entry(name, place, flags, method, checksum, packed, size, offset, places[2])


def _wide_places(header: bytes, start: int, end: int) -> Iterator[Range]:
    """The places of the numbers in the ZIP64 part of an extra field."""
    while start + 4 <= end:
        kind, length = struct.unpack_from("<2H", header, start)
        start += 4
        if kind == _WIDE:
            yield from (Range(at, 8) for at in range(start, min(start + length, end) - 7, 8))
            return
        start += length


def _place(source: Source, entry: _Entry) -> tuple[Block, Range]:
    """The range of an entry from its local header to its last byte, and that of its content."""
    header = source.read_at(entry.offset, _LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(_LOCAL_MARK):
        raise MalformedFile("an entry of the archive is not where its directory says", entry.offset)
    fields = _LOCAL.unpack(header)
    # The lengths of the local header, which may differ from those in the directory.
    flags, name, extra = fields[2], fields[9], fields[10]
    content = Range(entry.offset + _LOCAL.size + name + extra, entry.packed)
    end = content.end
    if flags & _DESCRIBED:
        end += _descriptor_size(source, entry, end)
    if end > source.size:
        raise MalformedFile("an entry of the archive is cut off", entry.offset)
    return Block(entry.name, entry.offset, end - entry.offset), content


def _descriptor_size(source: Source, entry: _Entry, start: int) -> int:
    """The length of the descriptor behind the content: its mark or all of it may be left out.

    Which of the forms it has, nothing says; what it must hold is known (APPNOTE §4.3.9).
    """
    found = source.read_at(start, 24)
    for numbers in ("<3I", "<I2Q"):
        try:
            expected = struct.pack(numbers, entry.checksum, entry.packed, entry.size)
        except struct.error:
            continue
        for form in (_DESCRIPTOR_MARK + expected, expected):
            if found.startswith(form):
                return len(form)
    return 0


#: Info-ZIP Unicode Path (APPNOTE §4.6.9): version, CRC-32 of the name, the name in UTF-8.
_UNICODE_PATH: Final = 0x7075
_DEFLATED: Final = 8
#: Of flags, what decides how the content is read.
_CODED: Final = _ENCRYPTED | _MASKED


def _contradiction(source: Source, entry: _Entry, central: bytes) -> str:
    """The point on which the local header and the directory differ; empty if there is none.

    Readers that go from the beginning know the local header only, and find the next one by its
    lengths: it decides whether they go into the manifest store.
    """
    header = source.read_at(entry.offset, _LOCAL.size)
    _, _, flags, method, _, _, *numbers, named, extended = _LOCAL.unpack(header)
    found = source.read_at(entry.offset + _LOCAL.size, named + extended)
    [length] = struct.unpack_from("<H", central, 28)
    if found[:named] != central[_CENTRAL.size : _CENTRAL.size + length]:
        return "another name"
    if method != entry.method or (flags ^ entry.flags) & _CODED:
        return "another way of coding"
    expected = [entry.checksum, entry.packed, entry.size]
    if flags & _DESCRIBED:
        content = entry.offset + _LOCAL.size + named + extended
        end = content + entry.packed
        if not _descriptor_size(source, entry, end):
            return "a descriptor that is not there"
        if numbers[1:] in ([0, 0], [_LARGE, _LARGE], expected[1:]):
            return ""
    wide = _wide_places(found, named, len(found))
    for index in (2, 1):  # the length of the content stands before that of its bytes in the file
        if numbers[index] == _LARGE and (place := next(wide, None)):
            numbers[index] = int.from_bytes(found[place.start : place.end], "little")
    return "" if numbers == expected else "another checksum or length"


def _names(entry: _Entry, central: bytes) -> Iterator[str]:
    """The names of an entry: some readers take the one in the extra field (APPNOTE §4.6.9)."""
    yield entry.name
    named, extended = struct.unpack_from("<2H", central, 28)
    name = central[_CENTRAL.size : _CENTRAL.size + named]
    for kind, content in _fields(central[_CENTRAL.size + named :][:extended]):
        if kind == _UNICODE_PATH and content[1:5] == zlib.crc32(name).to_bytes(4, "little"):
            other = content[5:].decode("utf-8", "replace")
            if other != entry.name:
                yield other


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and content of the parts of an extra field."""
    start = 0
    while start + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, start)
        yield kind, extra[start + 4 : start + 4 + length]
        start += 4 + length


def _links(source: Source) -> Iterator[tuple[str, str]]:
    """The symbolic links of an archive, and the path in it that each leads to.

    Not told is the target of one that is encrypted, or coded in another way than deflated.
    """
    directory = _find(source)
    listed = source.read_at(*directory.place)
    for entry in _entries(listed, directory):
        central = listed[entry.header.start : entry.header.end]
        if int.from_bytes(central[_MODE], "little") & _TYPE != _LINK:
            continue
        _, content = _place(source, entry)
        data = source.read_at(content.start, min(content.length, _LONGEST_PATH))
        if entry.method == _DEFLATED:
            try:
                data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, _LONGEST_PATH)
            except zlib.error:
                data = b""
        target = data.decode("utf-8", "replace")
        folder = posixpath.dirname(entry.name)
        yield entry.name, posixpath.normpath(posixpath.join(folder, target))


def _is_described(source: Source, entry: _Entry) -> bool:
    """Whether the length of an entry stands behind its content, which readers decode to get there.

    What is encrypted they cannot decode.
    """
    flags = int.from_bytes(source.read_at(entry.offset + 6, 2), "little")
    return bool(flags & _DESCRIBED) and not flags & _ENCRYPTED


def _inflated(source: Source, content: Range, most: int) -> int | None:
    """The length of what is deflated there, looked at up to `most`; None if it ends elsewhere.

    Readers that go from the beginning find its end by decoding, and go on from there.
    """
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    length = 0
    for start in range(content.start, content.end, limits.MIB):
        data = source.read_at(start, min(limits.MIB, content.end - start))
        while data:
            try:
                length += len(inflater.decompress(data, limits.MIB))
            except zlib.error:
                return length  # readers stop here
            if inflater.eof:
                is_all = not inflater.unused_data and content.end <= start + limits.MIB
                return length if is_all else None
            if length > most:
                return length
            data = inflater.unconsumed_tail
    return None


def _common(mark: bytes, store: bytes, version: int) -> tuple[bytes, *tuple[int, ...]]:
    size = len(store)
    return mark, version, 0, 0, 0, _DATE, zlib.crc32(store), size, size


def _central(store: bytes, offset: int) -> bytes:
    """The central header of a store whose local header lies at this offset."""
    extra = struct.pack("<2HQ", _WIDE, 8, offset) if offset >= _LARGE else b""
    version = _WITH_WIDE if extra else _STORED
    mark, *numbers = _common(_CENTRAL_MARK, store, version)
    lengths = (len(_STORE), len(extra), 0)
    place = (0, 0, 0, min(offset, _LARGE))
    return _CENTRAL.pack(mark, version, *numbers, *lengths, *place) + _STORE.encode() + extra


def _moved_end(source: Source, directory: _Directory, start: int, length: int, count: int) -> bytes:
    """The records behind the central headers, for others."""
    end = source.read_at(directory.end, source.size - directory.end)
    wide = b""
    if directory.end64 is not None:
        wide = source.read_at(directory.end64, directory.end - directory.end64)
        # Entries on this disk, entries in all, length and offset of the directory (APPNOTE
        # §4.3.14).
        for at, number in ((24, count), (32, count), (40, length), (48, start)):
            wide = _replace(wide, Range(at, 8), number)
        # The locator at the end says where the record begins (APPNOTE §4.3.15).
        wide = _replace(wide, Range(len(wide) - 12, 8), start + length)
    elif count >= _MANY or start >= _LARGE or length >= _LARGE:
        raise LimitExceeded("the archive would exceed what ZIP holds without ZIP64")
    for place, number in (
        (Range(8, 2), count),
        (Range(10, 2), count),
        (Range(12, 4), length),
        (Range(16, 4), start),
    ):
        full = b"\xff" * place.length
        # A number of all ones refers to the ZIP64 record, and goes on doing so.
        if end[place.start : place.end] != full or not wide:
            number = min(number, int.from_bytes(full))
            end = _replace(end, place, number)
    return wide + end


class Zip(Addressed):
    """Archives, and documents that are archives (APPNOTE 6.3)."""

    name = "ZIP"
    media_types = ("application/zip", *_NAMED, *_PARTS.values())
    extensions = (".zip", ".epub", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".odg")
    binding = "c2pa.hash.collection.data"
    is_archive = True
    traces = (_STORE.encode(),)
    signs_size = True

    def sniff(self, head: bytes) -> bool:
        """See `Container.sniff`."""
        return head.startswith((_LOCAL_MARK, _END_MARK))

    def scan(self, source: Source) -> Layout:
        """See `Container.scan`."""
        directory = _find(source)
        blocks: list[Block] = []
        stores: list[EmbeddedStore] = []
        problems: list[Problem] = []
        media_type = CONTAINER.media_types[0]
        listed = source.read_at(*directory.place)
        for entry in sorted(_entries(listed, directory), key=lambda entry: entry.offset):
            block, content = _place(source, entry)
            if blocks and block.start < blocks[-1].end:
                raise MalformedFile("two entries of the archive overlap", block.start)
            blocks.append(block)
            central = listed[entry.header.start : entry.header.end]
            if entry.name == _STORE and (reason := _defect(source, entry, central, content)):
                is_encrypted = bool(entry.flags & _ENCRYPTED)
                problems.append(Problem(reason, block.start, is_encrypted=is_encrypted))
            elif entry.name == _STORE:
                checksum = Range(directory.place.start + entry.header.start + _CHECKSUM, 4)
                frame = Range(block.start, block.length)
                stores.append(
                    EmbeddedStore(frame, (frame, checksum), (content,), checksum=checksum)
                )
            elif entry.name == _MIMETYPE and len(blocks) == 1 and not entry.method:
                text = source.read_at(content.start, min(content.length, 80)).decode(
                    "ascii", "replace"
                )
                media_type = text if text in _NAMED else media_type
            else:
                media_type = _PARTS.get(entry.name, media_type)
        if len(stores) + len(problems) > limits.STORES:
            raise LimitExceeded(f"more than {limits.STORES} manifest stores in one archive")
        place = directory.place
        if blocks and blocks[-1].end > place.start:
            raise MalformedFile(
                "an entry of the archive reaches into its directory", blocks[-1].start
            )
        blocks.append(Block("central directory", place.start, source.size - place.start))
        return Layout(media_type, source.size, tuple(blocks), tuple(stores), tuple(problems))

    def strays(self, source: Source, layout: Layout) -> Iterator[Stray]:
        """See `Addressed.strays`: entries that readers go past when they go from the beginning.

        Decoded are those alone of which nothing but their coding says where they end.

        Raises:
            MalformedFile: The two headers of an entry contradict each other, or two entries have
                one name.
        """
        directory = _find(source)
        listed = source.read_at(*directory.place)
        owners: dict[str, int] = {}
        left = limits.ZIP_INFLATED
        for entry in _entries(listed, directory):
            central = listed[entry.header.start : entry.header.end]
            if reason := _contradiction(source, entry, central):
                text = f"the entry {entry.name[:80]!r} has {reason} in the directory"
                raise MalformedFile(text, entry.offset)
            for name in _names(entry, central):
                if owners.setdefault(name, entry.offset) != entry.offset:
                    raise MalformedFile(f"two entries are called {name[:80]!r}", entry.offset)
            _, content = _place(source, entry)
            if entry.method == _DEFLATED and left > 0 and _is_described(source, entry):
                length = _inflated(source, content, left)
                if length is None:
                    name = f"the coding of {entry.name[:80]!r}"
                    yield Stray(name, content, Astray.UNSIGNED)
                    return
                left -= length
        for name, target in _links(source):
            if layout.stores and target.casefold() in _STORE_NAMES:
                yield Stray(f"the link {name[:80]!r}", layout.stores[0].frame, Astray.STORE)
                return

    def details(self, source: Source, layout: Layout, edits: Edits) -> Iterable[Detail]:  # noqa: ARG002
        """See `Container.details`: the files by name; the directory lists one more."""
        return census(layout, edits, leaving=frozenset({layout.blocks[-1].name}))

    def _frame(self, store: bytes) -> bytes:
        if len(store) > limits.STORE_SIZE:
            raise LimitExceeded(f"a manifest store of {len(store)} bytes")
        header = _LOCAL.pack(*_common(_LOCAL_MARK, store, _STORED), len(_STORE), 0)
        return header + _STORE.encode() + store

    def rewrite(self, source: Source, layout: Layout, edits: Edits) -> Splice:
        """See `Container.rewrite`."""
        store = edits.store
        if isinstance(store, Keep):
            return change(source, ())
        names = {block.name for block in layout.blocks}
        if store is not None and _CONTENT_TYPES in names:
            # §A.6.3: readers may take a package for damaged that does not declare the type of a
            # part, and offer to repair it, which removes the store.
            document = "an Office or XPS document"
            raise Unembeddable(
                f"{document} would have to declare the store among its content types"
            )
        directory = _find(source)
        old = source.read_at(*directory.place)
        removed = [block for block in layout.blocks[:-1] if block.name == _STORE]
        headers = [
            entry.moved(old, sum(block.length for block in removed if block.start < entry.offset))
            for entry in _entries(old, directory)
            if entry.name != _STORE
        ]
        start = directory.place.start - sum(block.length for block in removed)
        frame = b""
        if store is not None:
            frame = self.frame(store)
            headers.append(_central(store, start))
            start += len(frame)
        listed = b"".join(headers)
        end = _moved_end(source, directory, start, len(listed), len(headers))
        changes = [Change(block.start, block.length) for block in removed]
        last = layout.blocks[-1]
        changes.append(Change(last.start, last.length, frame + listed + end))
        return change(source, changes)


CONTAINER: Final = Zip()
