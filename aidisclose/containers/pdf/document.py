"""A PDF file as its cross-reference sections show it (ISO 32000-2 §7.5): objects by number.

Nothing is repaired. Where the sections do not lead to an object, the file is malformed: a reader
that searches for objects by itself may find others than the next one.
"""

from __future__ import annotations

import re
import sys
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Final, TypeGuard

from aidisclose import limits
from aidisclose.codec import pdf_object
from aidisclose.codec.pdf_object import Name, PDFObject, Ref
from aidisclose.errors import LimitExceeded, Malformed, MalformedFile, UnsupportedFormat
from aidisclose.io.source import Range, Source
from aidisclose.named import NamedTuple

REPAIR: Final = "repair it first, for example with `qpdf FILE OUT`"

#: Where the last `startxref` has to be.
TAIL: Final = 2048
_START: Final = re.compile(rb"startxref\s+([0-9]{1,19})")

_LOOK: Final = 2048
_HEADER_ROOM: Final = 64
_KEYWORD_ROOM: Final = 16

_SPACES: Final = rb"[\x00\t\n\f\r ]"
_HEADER: Final = re.compile(rb"%b*+([0-9]{1,10})%b++([0-9]{1,5})%b++obj" % ((_SPACES,) * 3))
_STREAM: Final = re.compile(rb"(?:%b++|%%[^\r\n]*+)*+stream(?:\r\n|\n|\r)" % _SPACES)
_STREAM_END: Final = re.compile(rb"%b{0,4}endstream" % _SPACES)

_SUBSECTION: Final = re.compile(
    rb"%b*+([0-9]{1,10}) ++([0-9]{1,10})[ \t]*+(?:\r\n|\n|\r)" % _SPACES
)
_TRAILER: Final = re.compile(rb"%b*+trailer" % _SPACES)
#: ISO 32000-2 §7.5.4.
_ENTRY_SIZE: Final = 20
_ENTRY: Final = re.compile(rb"([0-9]{10}) ([0-9]{5}) ([nf])(?: \r| \n|\r\n)")
#: As readers take it: programs leave out one of the two bytes that end it, or write more.
_LOOSE_ENTRY: Final = re.compile(rb"[ \t\r\n]*+([0-9]{1,10}) ++([0-9]{1,5}) ++([nf])")
_LOOSE_WIDTHS: Final = (1, 8, 4)
_LOOSE_ROOM: Final = 64

#: Widths of a field, and object numbers.
_WIDEST: Final = 8
_MOST: Final = 2**31

#: Bits of a generation, and of number and generation, in one number with the offset.
_GENERATED: Final = 16
_GENERATIONS: Final = (1 << _GENERATED) - 1
_NUMBERED: Final = 64

#: Types of entries; 0 is for deleted objects.
_IN_USE, _COMPRESSED = 1, 2

_TIFF_PREDICTOR: Final = 2
_PNG_PREDICTORS: Final = range(10, 16)
#: The PNG filter that programs use for cross-references; 0 means no filter.
_UP: Final = 2
_LOW_BYTE: Final = 0 if sys.byteorder == "little" else -8


def packed(offset: int, number: int, generation: int) -> int:
    """An object that is in use, as one number: there may be millions."""
    return offset << _NUMBERED | number << _GENERATED | generation & _GENERATIONS


def offset_of(found: int) -> int:
    """The offset in what `packed` returns."""
    return found >> _NUMBERED


class Place(NamedTuple):
    """The place of an object.

    Attributes:
        section: Index of the section that says so.
        offset: Of the object in the file; of its number in an object stream.
        container: Number of the object stream that it is in, or None.
    """

    section: int
    offset: int
    container: int | None = None


class Stream(NamedTuple):
    """A stream object: its dictionary, and its data as it lies in the file."""

    fields: dict[bytes, PDFObject]
    data: Range


class _Objects(NamedTuple):
    """A decoded object stream: its data, and number and position of each object in it.

    `positions` has those of each number.
    """

    data: bytes
    entries: list[tuple[int, int]]
    positions: dict[int, list[int]]


class _Run(NamedTuple):
    """Entries for consecutive object numbers.

    Attributes:
        first: Number of the first object.
        length: The number of entries.
        offset: Of the first entry, in the file or in the decoded stream.
        width: Bytes of each entry.
    """

    first: int
    length: int
    offset: int
    width: int

    @property
    def end(self) -> int:
        """The offset behind the last entry."""
        return self.offset + self.length * self.width

    def place(self, number: int) -> int:
        """The offset of the entry for an object."""
        return self.offset + (number - self.first) * self.width


@dataclass(frozen=True, slots=True)
class Section:
    """A cross-reference section: a table, or a stream.

    Attributes:
        offset: Its own.
        trailer: The entries that describe the file.
        runs: Its entries by object number.
        widths: Of the fields of an entry in a stream; empty in a table.
        entries: The decoded stream.
        hidden: The stream of a hybrid file, whose entries follow those of the table.
    """

    offset: int
    trailer: dict[bytes, PDFObject]
    runs: tuple[_Run, ...]
    widths: tuple[int, ...] = ()
    entries: bytes = field(default=b"", repr=False)
    hidden: Section | None = None

    @property
    def size(self) -> int:
        """One more than the highest object number."""
        own = max((run.first + run.length for run in self.runs), default=0)
        return max(own, self.hidden.size) if self.hidden else own


class Document:
    """The objects of a PDF file.

    Arguments:
        source: The file.

    Raises:
        MalformedFile: The cross-reference sections cannot be followed.
        LimitExceeded: There are too many.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._left = limits.PDF_PARSED
        self._parsable = limits.PDF_PACKED
        self._object_streams: dict[int, _Objects] = {}
        self.sections: tuple[Section, ...] = ()
        self.sections = tuple(self._sections())

    @property
    def trailer(self) -> dict[bytes, PDFObject]:
        """The trailer of the newest section."""
        return self.sections[0].trailer

    @property
    def is_encrypted(self) -> bool:
        """Whether strings and streams are encrypted."""
        return any(section.trailer.get(b"Encrypt") is not None for section in self.sections)

    @property
    def is_signed(self) -> bool:
        """Whether a PDF signature covers the file or a part of it."""
        form = self.dictionary(self.dictionary(self.trailer.get(b"Root")).get(b"AcroForm"))
        flags = form.get(b"SigFlags")
        # SignaturesExist (ISO 32000-2 §12.7.3).
        return isinstance(flags, int) and bool(flags & 1)

    @property
    def size(self) -> int:
        """One more than the highest number that an object can have."""
        declared = self.trailer.get(b"Size")
        highest = max(section.size for section in self.sections)
        return max(highest, declared if _is_count(declared, _MOST) else 0)

    @property
    def updates(self) -> tuple[int, ...]:
        """The index of the newest section of each update, newest first.

        A file has one section for each update, and for what it was before any. Of a linearized
        file, that has two: one for the first page in front of the one it refers to.
        """
        offsets = [section.offset for section in self.sections]
        follows = [new > old for new, old in pairwise(offsets)]
        return (0, *(index for index, is_older in enumerate(follows, 1) if is_older))

    def offsets(self) -> Iterator[int]:
        """The offsets of objects in the file, as all sections state them; unordered, some twice.

        An entry that a newer section replaces counts too: it is what readers of an older revision
        follow.
        """
        yield from (section.offset for section in self._all_sections())
        yield from (offset_of(entry) for entry in self.entries())

    def entries(self) -> Iterator[int]:
        """Offset, number and generation of objects as in `offsets`, each `packed`."""
        for section in self._all_sections():
            for run in section.runs:
                yield from self._entries(section, run)

    def _all_sections(self) -> Iterator[Section]:
        for newest in self.sections:
            section: Section | None = newest
            while section:
                yield section
                section = section.hidden

    def _entries(self, section: Section, run: _Run) -> Iterator[int]:
        if not section.widths:
            for found in _ENTRY.finditer(self._read(run.offset, run.end - run.offset)):
                if found[3] == b"n":
                    number = run.first + found.start() // run.width
                    yield packed(int(found[1]), number, int(found[2]))
            return
        # Without a field for it, the type is 1; millions of entries leave no time for the others.
        kind, width, last = section.widths
        at = run.offset + kind
        for number in range(run.first, run.first + run.length):
            if not kind or int.from_bytes(section.entries[at - kind : at]) == _IN_USE:
                offset = int.from_bytes(section.entries[at : at + width])
                generation = int.from_bytes(section.entries[at + width : at + width + last])
                yield packed(offset, number, generation)
            at += run.width

    # --- Objects --------------------------------------------------------------------------------

    def resolve(self, value: PDFObject, since: int = 0) -> PDFObject:
        """An object itself, if this is a reference to one.

        Arguments:
            value: Any object.
            since: Index of a section: the file as it was before all newer ones.
        """
        for _ in range(limits.PDF_DEPTH):
            if not isinstance(value, Ref):
                return value
            place = self.locate(value, since)
            value = self.read(value, place, since) if place else None
        raise MalformedFile("a PDF reference leads to references only")

    def dictionary(self, value: PDFObject, since: int = 0) -> dict[bytes, PDFObject]:
        """A dictionary, direct or referred to; empty where there is none."""
        found = self.resolve(value, since)
        return found if isinstance(found, dict) else {}

    def array(self, value: PDFObject, since: int = 0) -> list[PDFObject]:
        """An array, direct or referred to; empty where there is none."""
        found = self.resolve(value, since)
        return found if isinstance(found, list) else []

    def locate(self, ref: Ref, since: int = 0) -> Place | None:
        """The place of the object that a reference means; None if it is deleted or never was."""
        for index in range(since, len(self.sections)):
            section: Section | None = self.sections[index]
            while section:
                entry = self._entry(section, ref.number)
                if entry:
                    return _place(index, entry, ref.generation)
                section = section.hidden
        return None

    def places(self, number: int) -> Iterator[Place]:
        """The places of an object by all sections, of any generation: PDFium does not ask."""
        for index, newest in enumerate(self.sections):
            section: Section | None = newest
            while section:
                entry = self._entry(section, number)
                if entry and (place := _place(index, entry, None)):
                    yield place
                section = section.hidden

    def read(self, ref: Ref, place: Place, since: int = 0) -> PDFObject:
        """The object at a place; of a stream its dictionary."""
        if place.container is not None:
            return self._compressed(ref, place, since)
        return self._indirect(ref, place.offset)[0]

    def extent(self, ref: Ref, since: int = 0) -> Range | None:
        """From the number to the end of the object that a reference means.

        None if it is in an object stream, or is not there.
        """
        place = self.locate(ref, since)
        if place is None or place.container is not None:
            return None
        return Range(place.offset, self._indirect(ref, place.offset)[1] - place.offset)

    def stream(self, ref: Ref, since: int = 0) -> Stream | None:
        """The stream that a reference means; None if it means something else."""
        place = self.locate(ref, since)
        if place is None or place.container is not None:
            return None
        return self._stream(ref, place.offset, since)

    def _stream(self, ref: Ref | None, offset: int, since: int) -> Stream | None:
        fields, end = self._indirect(ref, offset)
        opening = _STREAM.match(self._read(end, _LOOK))
        if opening is None or not isinstance(fields, dict):
            return None
        start = end + opening.end()
        length = self.resolve(fields.get(b"Length"), since)
        there = self._source.size - start
        if type(length) is not int or not 0 <= length <= there:
            raise MalformedFile(f"a PDF stream of {length!r} bytes, {there} are there", offset)
        if not _STREAM_END.match(self._read(start + length, _KEYWORD_ROOM)):
            raise MalformedFile("a PDF stream does not end where it says", offset)
        return Stream(fields, Range(start, length))

    def _indirect(self, ref: Ref | None, offset: int) -> tuple[PDFObject, int]:
        """The object that begins with its number at an offset, and the offset after it."""
        header = _HEADER.match(self._read(offset, _HEADER_ROOM))
        if not header or ref not in (None, Ref(int(header[1]), int(header[2]))):
            raise MalformedFile(f"no PDF object where one must be; {REPAIR}", offset)
        return self._direct(offset + header.end())

    def _direct(self, offset: int) -> tuple[PDFObject, int]:
        """The object at an offset, and the offset after it."""
        length = _LOOK
        while True:
            data = self._read(offset, length)
            is_all = offset + len(data) >= self._source.size
            if length > _LOOK:
                self._spend(len(data))  # to parse it takes longer than to read it
            try:
                value, end = pdf_object.parse(data)
            except Malformed as error:
                if is_all:
                    raise MalformedFile(error.reason, offset + (error.offset or 0)) from None
            else:
                # Something has to follow, or what was read may be the beginning of something.
                if is_all or end < len(data):
                    return value, offset + end
            # Four times as much each time, so that all looks together cost little more than the
            # last.
            length *= 4

    def _compressed(self, ref: Ref, place: Place, since: int) -> PDFObject:
        if self.is_encrypted:
            raise UnsupportedFormat("the PDF is encrypted; decrypt it first with `qpdf --decrypt`")
        # The generation of an object stream is always 0 (ISO 32000-2 §7.5.8.3, table 18).
        stream = self.stream(Ref(place.container or 0, 0), since)
        if stream is None:
            raise MalformedFile(f"no PDF object stream {place.container}; {REPAIR}")
        start = stream.data.start
        if start not in self._object_streams:
            self._object_streams[start] = self._object_stream(stream, since)
        data, entries, positions = self._object_streams[start]
        number, position = entries[place.offset] if place.offset < len(entries) else (-1, 0)
        if number != ref.number:
            # The index of a large stream does not fit into the field for it: readers look for the
            # number instead.
            found = positions.get(ref.number, [])
            number, position = (ref.number, found[0]) if len(found) == 1 else (-1, 0)
        if number != ref.number or position > len(data):
            raise MalformedFile(f"no object {ref.number} in a PDF object stream; {REPAIR}", start)
        try:
            value, end = pdf_object.parse(data, position)
        except Malformed as error:
            raise MalformedFile(f"{error.reason}, in an object stream", start) from None
        # Any number of entries may lead to one large object.
        self._parsable -= end - position
        if self._parsable < 0:
            raise LimitExceeded(f"more than {limits.PDF_PACKED} bytes in PDF object streams")
        return value

    def _object_stream(self, stream: Stream, since: int) -> _Objects:
        data = self._decode(stream)
        count, first = (self.resolve(stream.fields.get(name), since) for name in (b"N", b"First"))
        if not (_is_count(count, len(data)) and _is_count(first, len(data))):
            raise MalformedFile("a PDF object stream without an index", stream.data.start)
        fields = data[:first].split(None, 2 * count)[: 2 * count]
        if len(fields) < 2 * count or not all(map(bytes.isdigit, fields)):
            raise MalformedFile("a broken index of a PDF object stream", stream.data.start)
        # `int` takes quadratic time for long numbers; twenty digits exceed every position.
        numbers = iter([int(text[:20]) for text in fields])
        entries = [(number, first + next(numbers)) for number in numbers]
        positions: dict[int, list[int]] = {}
        for number, position in entries:
            positions.setdefault(number, []).append(position)
        return _Objects(data, entries, positions)

    def _decode(self, stream: Stream) -> bytes:
        """The data of a stream that holds objects or cross-references."""
        name, parameters = self.encoding(stream)
        data = self._read(*stream.data)
        if name is None:
            return data
        # The short name is for inline images only, but readers take it everywhere.
        if name not in (Name(b"FlateDecode"), Name(b"Fl")):
            raise UnsupportedFormat(f"PDF objects behind the filter {name!r}; {REPAIR}")
        try:
            data = zlib.decompressobj().decompress(data, self._left + 1)
        except zlib.error as error:
            raise MalformedFile(
                f"a PDF stream cannot be read: {error}", stream.data.start
            ) from None
        self._spend(len(data))
        return _unpredicted(data, parameters)

    def _read(self, offset: int, length: int) -> bytes:
        if not 0 <= offset <= self._source.size:
            raise MalformedFile(f"the PDF refers to the offset {offset}, which it does not have")
        data = self._source.read_at(offset, length)
        # One more than there is, so that looks at nothing are counted too.
        self._spend(len(data) + 1)
        return data

    def _spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise LimitExceeded(f"more than {limits.PDF_PARSED} bytes of PDF objects to look at")

    def encoding(self, stream: Stream) -> tuple[PDFObject, dict[bytes, PDFObject]]:
        """The name of the filter of a stream, or None, and its parameters.

        Of several filters, an array of them instead of a name.
        """
        name, parameters = (
            _only(self.resolve(stream.fields.get(key))) for key in (b"Filter", b"DecodeParms")
        )
        return name, self.dictionary(parameters)

    # --- Sections -------------------------------------------------------------------------------

    def _sections(self) -> Iterator[Section]:
        start = max(0, self._source.size - TAIL)
        found = _START.findall(self._source.read_at(start, TAIL))
        if not found:
            raise MalformedFile(f"the PDF does not end as it should; {REPAIR}", self._source.size)
        # The last one: readers search from the end, and an update brings its own.
        offset: PDFObject = int(found[-1])
        seen: set[int] = set()
        while offset is not None:
            if type(offset) is not int or not 0 <= offset < self._source.size or offset in seen:
                raise MalformedFile(f"no PDF cross-reference section at {offset!r}; {REPAIR}")
            if len(seen) == limits.PDF_SECTIONS:
                raise LimitExceeded(f"the PDF has more than {limits.PDF_SECTIONS} updates")
            seen.add(offset)
            section = self._section(offset)
            yield section
            offset = section.trailer.get(b"Prev")

    def _section(self, offset: int) -> Section:
        if self._read(offset, _LOOK).lstrip(b"\0\t\n\f\r ").startswith(b"xref"):
            return self._table(offset)
        return self._cross_reference_stream(offset)

    def _table(self, offset: int) -> Section:
        runs: list[_Run] = []
        is_strict = True
        position = offset + self._read(offset, _LOOK).index(b"xref") + len(b"xref")
        while header := _SUBSECTION.match(self._read(position, 64)):
            first, count = int(header[1]), int(header[2])
            run = _Run(first, count, position + header.end(), _ENTRY_SIZE)
            is_strict = is_strict and self._is_strict(run)
            runs.append(run)
            position = run.end
        keyword = _TRAILER.match(self._read(position, 64)) if is_strict else None
        widths: tuple[int, ...] = ()
        entries = b""
        if keyword is None:
            runs, entries, position = self._loose_runs(offset)
            widths = _LOOSE_WIDTHS
            keyword = _TRAILER.match(self._read(position, 64))
        if keyword is None:
            raise MalformedFile(f"a PDF cross-reference table is not closed; {REPAIR}", position)
        trailer, _ = self._direct(position + keyword.end())
        if not isinstance(trailer, dict):
            raise MalformedFile(f"a PDF trailer is not a dictionary; {REPAIR}", position)
        stream = trailer.get(b"XRefStm")
        if stream is not None and type(stream) is not int:  # some readers follow those as well
            raise MalformedFile(f"no PDF cross-reference section at {stream!r}; {REPAIR}")
        hidden = None if stream is None else self._cross_reference_stream(stream)
        return Section(offset, trailer, _disjoint(runs, offset), widths, entries, hidden)

    def _is_strict(self, run: _Run) -> bool:
        """Whether the first and the last entry have 20 bytes."""
        # The others are checked when one of them is read; all would cost a pass over the table.
        ends = (run.offset, run.end - run.width) if run.length else ()
        return all(
            start < self._source.size and _ENTRY.fullmatch(self._read(start, run.width))
            for start in ends
        )

    def _loose_runs(self, offset: int) -> tuple[list[_Run], bytes, int]:
        """A table whose entries are not 20 bytes long, as a stream would have it, and its end."""
        runs: list[_Run] = []
        entries = bytearray()
        width = sum(_LOOSE_WIDTHS)
        position = offset + self._read(offset, _LOOK).index(b"xref") + len(b"xref")
        while header := _SUBSECTION.match(self._read(position, _LOOSE_ROOM)):
            first, count = int(header[1]), int(header[2])
            runs.append(_Run(first, count, len(entries), width))
            position += header.end()
            for _ in range(count):
                entry = _LOOSE_ENTRY.match(self._read(position, _LOOSE_ROOM))
                if entry is None:
                    reason = f"a broken PDF cross-reference entry; {REPAIR}"
                    raise MalformedFile(reason, position)
                kind = _IN_USE if entry[3] == b"n" else 0
                entries += b"".join((kind.to_bytes(1), *_encoded(entry)))
                position += entry.end()
        return runs, bytes(entries), position

    def _cross_reference_stream(self, offset: int) -> Section:
        stream = self._stream(None, offset, 0)
        if stream is None or stream.fields.get(b"Type") != Name(b"XRef"):
            raise MalformedFile(f"no PDF cross-reference section; {REPAIR}", offset)
        fields = stream.fields
        widths = fields.get(b"W")
        # Without an index, one run begins with object 0 (ISO 32000-2 §7.5.8.2, table 17).
        numbers = fields.get(b"Index", [0, fields.get(b"Size")])
        if not (_are_counts(widths, _WIDEST) and len(widths) == 3 and any(widths)):
            raise MalformedFile(f"a PDF cross-reference stream without fields; {REPAIR}", offset)
        if not _are_counts(numbers, _MOST):
            raise MalformedFile(f"a broken PDF cross-reference stream; {REPAIR}", offset)
        entries = self._decode(stream)
        runs: list[_Run] = []
        position = 0
        for first, count in zip(numbers[::2], numbers[1::2], strict=False):
            runs.append(_Run(first, count, position, sum(widths)))
            position = runs[-1].end
        if position > len(entries):
            raise MalformedFile(f"a PDF cross-reference stream is too short; {REPAIR}", offset)
        return Section(offset, fields, _disjoint(runs, offset), tuple(widths), entries)

    def _entry(self, section: Section, number: int) -> tuple[int, int, int] | None:
        """Type and two more fields of the entry for an object, as a stream has them."""
        index = bisect_right(section.runs, number, key=lambda run: run.first) - 1
        if index < 0 or number >= section.runs[index].first + section.runs[index].length:
            return None
        run = section.runs[index]
        position = run.place(number)
        if section.widths:
            return _stream_entry(section, position)
        entry = _ENTRY.match(self._read(position, run.width))
        if entry is None:
            raise MalformedFile(f"a broken PDF cross-reference entry; {REPAIR}", position)
        return _IN_USE if entry[3] == b"n" else 0, int(entry[1]), int(entry[2])


def _encoded(entry: re.Match[bytes]) -> tuple[bytes, bytes]:
    return int(entry[1]).to_bytes(8), int(entry[2]).to_bytes(4)


def _place(section: int, entry: tuple[int, int, int], generation: int | None) -> Place | None:
    """The place that an entry states; None if it is for another generation than the given one."""
    kind, second, third = entry
    if kind == _COMPRESSED:
        return None if generation else Place(section, third, second)
    is_meant = kind == _IN_USE and generation in (None, third)
    return Place(section, second) if is_meant else None


def _stream_entry(section: Section, position: int) -> tuple[int, int, int]:
    fields: list[int] = []
    for width in section.widths:
        fields.append(int.from_bytes(section.entries[position : position + width]))
        position += width
    kind, second, third = fields
    # Without a field for it, the type is 1 (ISO 32000-2 §7.5.8.2).
    return kind if section.widths[0] else _IN_USE, second, third


def _disjoint(runs: list[_Run], offset: int) -> tuple[_Run, ...]:
    """The runs in order; of two entries for one object, readers would choose differently."""
    ordered = sorted(run for run in runs if run.length)
    if any(run.first + run.length > other.first for run, other in pairwise(ordered)):
        raise MalformedFile(f"PDF cross-references for one object twice; {REPAIR}", offset)
    return tuple(ordered)


def _is_count(value: PDFObject, most: int) -> TypeGuard[int]:
    return type(value) is int and 0 <= value <= most


def _are_counts(value: PDFObject, most: int) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(_is_count(item, most) for item in value)


def _only(value: PDFObject) -> PDFObject:
    """The element of an array of at most one; any other value itself."""
    if isinstance(value, list) and len(value) < 2:
        return value[0] if value else None
    return value


def _unpredicted(data: bytes, values: dict[bytes, PDFObject]) -> bytes:
    """Data in rows, each of which begins with the type of its PNG filter."""
    predictor, columns = values.get(b"Predictor", 1), values.get(b"Columns", 1)
    if predictor == 1:
        return data
    one_byte = values.get(b"Colors", 1) == 1 and values.get(b"BitsPerComponent", 8) == 8
    if predictor == _TIFF_PREDICTOR and one_byte and _is_count(columns, len(data)) and columns:
        starts = range(0, len(data), columns)
        sums = (accumulate(data[start : start + columns]) for start in starts)
        return bytes([value & 0xFF for row in sums for value in row])
    if predictor not in _PNG_PREDICTORS or not one_byte or not _is_count(columns, len(data)):
        raise UnsupportedFormat(f"PDF objects behind the predictor {predictor!r}; {REPAIR}")
    width = columns + 1
    kinds = data[: len(data) // width * width : width]
    if kinds == bytes((_UP,)) * len(kinds):
        return _all_up(data, width, len(kinds))
    rows = [bytes(columns)]
    for start in range(0, len(kinds) * width, width):
        row = data[start + 1 : start + width]
        if data[start] == _UP:
            row = bytes([(byte + above) & 0xFF for byte, above in zip(row, rows[-1], strict=True)])
        elif data[start]:
            raise UnsupportedFormat(f"PDF objects behind the PNG filter {data[start]}; {REPAIR}")
        rows.append(row)
    return b"".join(rows[1:])


def _all_up(data: bytes, width: int, count: int) -> bytes:
    """Rows that all use the filter Up: in each column, the low bytes of the sums so far."""
    rows = bytearray(count * (width - 1))
    for column in range(1, width):
        sums = array("Q", accumulate(data[column : count * width : width]))
        rows[column - 1 :: width - 1] = sums.tobytes()[_LOW_BYTE :: sums.itemsize]
    return bytes(rows)
