"""Objects of a PDF that begin in front of the manifest store and do not end there.

A stream may say that it is longer than it is, and a string, an array or a dictionary may have no
end: readers go on until they find one, in bytes of the store that no hash covers. So each object
has to be complete in front of the store (ISO 32000-2 §7.3).

Readers of a damaged PDF search the file for objects, and find those to which no cross-reference
leads. MuPDF and qpdf take one that is not where its cross-reference says for damage enough.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from aidisclose import limits
from aidisclose.codec import pdf_object
from aidisclose.codec.pdf_object import PDFObject, Real, Ref
from aidisclose.containers.container import Astray, Layout, Stray
from aidisclose.containers.pdf.document import Document, offset_of, packed
from aidisclose.errors import LimitExceeded, Malformed, MalformedFile
from aidisclose.io.source import Range, Source

#: qpdf takes a vertical tab for white space, and a generation with a sign.
_SPACES: Final = rb"(?:[\x00\t\n\v\f\r ]++|%[^\r\n]*+)++"
_SPACE: Final = rb"(?:%b)?+" % _SPACES
_ATOMS: Final = rb"[^()<>\[\]%]++"
_PLAIN: Final = rb"[^()\\]++|\\."
_STRING: Final = rb"\((?:%b|\((?:%b)*+\))*+\)" % (_PLAIN, _PLAIN)
_HEX: Final = rb"<[0-9A-Fa-f\x00\t\n\f\r ]*+>"
_COMMENT: Final = rb"%[^\r\n]*+"
#: Collections in collections that are looked at without parsing them.
_DEPTH: Final = 5
#: How much of an object is looked at so.
_ROOM: Final = 8 * limits.KIB
#: Every spelling of a name (§7.3.5).
_LENGTH: Final = re.compile(
    rb"/(?:L|#4[Cc])(?:e|#65)(?:n|#6[Ee])(?:g|#67)(?:t|#74)(?:h|#68)"
    rb"(?![^\x00\t\n\f\r ()<>\[\]{}/%])"
)
_NUMBER: Final = re.compile(rb"%b([0-9]{1,19})%b(?:/|>>)" % (_SPACE, _SPACE))
_HEAD: Final = re.compile(rb"%b[0-9]{1,10}%b[+-]?[0-9]{1,5}%bobj" % (_SPACE, _SPACES, _SPACE))
#: The keyword of an object wherever it stands, and what is in front of it.
_KEYWORD: Final = re.compile(rb"(?<!d)obj(?![A-Za-z])")
_SOUGHT: Final = re.compile(rb"(?<![0-9])([0-9]{1,10})%b[+-]?[0-9]{1,5}%b\Z" % (_SPACES, _SPACE))
_NUMBERS: Final = re.compile(rb"%b([0-9]{1,10})%b([0-9]{1,5})%bobj" % (_SPACE, _SPACES, _SPACE))
_INTEGER: Final = re.compile(rb"%b%b[0-9.+-]++%bendobj" % (_HEAD.pattern, _SPACE, _SPACE))
#: How far in front of its keyword an object begins: in most files, and at most.
_NEAR: Final = 24
_LEAD: Final = 512
_OPENING: Final = re.compile(rb"%bstream(?:\r\n|\n|\r)?" % _SPACE)
#: What may go on as an object behind what was looked at.
_FILLER: Final = re.compile(rb"(?:[0-9\x00\t\n\f\r ]++|%[^\r\n]*+)++")
_BRACKET: Final = re.compile(rb"<<|>>|\[|\]")
_CLOSED: Final = {b">>": b"<<", b"]": b"["}
#: Where brackets mean nothing. A string without an end takes all that follows: looking for
#: others behind each of its parentheses would take the square of its length.
_LITERAL: Final = re.compile(rb"%b|%b|(\().*+" % (_STRING, _COMMENT), re.DOTALL)
#: What looking for an object in one section costs, in bytes.
_LOOK: Final = 16
#: What an object costs at least: some are looked at in full whatever their size.
_LEAST: Final = 128
#: Of an object that is a number.
_NUMBER_ROOM: Final = 256
#: What readers take for a number that is not written as one: PDFium and poppler pass over signs.
_LENIENT: Final = re.compile(rb"%b([0-9.+-]{1,40})" % _SPACE)


def _collection(depth: int) -> bytes:
    inner = b"|" + _collection(depth - 1) if depth > 1 else b""
    content = rb"(?:%b|%b|%b|%b%b)*+" % (_ATOMS, _STRING, _HEX, _COMMENT, inner)
    return rb"(?:<<%b>>|\[%b\])" % (content, content)


#: An object whose end is plain to see, up to what follows it.
_COMPLETE: Final = re.compile(
    rb"%b%b(?:%b|%b|%b|[^()<>\[\]%%]{0,200}?)%b(endobj|stream)"
    % (_HEAD.pattern, _SPACE, _collection(_DEPTH), _STRING, _HEX, _SPACE),
    re.DOTALL,
)


def find(
    source: Source,
    layout: Layout,
    document: Document,
    offsets: Sequence[int],
    entries: AbstractSet[int],
) -> Iterator[Stray]:
    """The objects that go on into the store, or could.

    Arguments:
        source: The file.
        layout: Of the file, with a store.
        document: Its objects.
        offsets: The places where they begin, ordered.
        entries: See `Document.entries`.

    Raises:
        LimitExceeded: There is too much to look at.
    """
    stores = [part for store in layout.stores for part in (store.frame, *store.pieces)]
    limit = min(part.start for part in stores)
    hidden = _hidden(source, limit, offsets)
    reader = _Reader(source, document, stores, hidden)
    ends = [(offset, reader.end(offset)) for offset in offsets if offset < limit]
    if hidden:
        is_damaged = reader.is_damaged or not _are_there(source, entries)
        reader = _Reader(source, document, stores, hidden)
        ends += [
            (offset, reader.end(offset))
            for offset in sorted(each for places in hidden.values() for each in places)
            if is_damaged or reader.is_plain(offset)
        ]
        if is_damaged and reader.has_streams_of_objects:
            raise MalformedFile("an object stream of the PDF to which no cross-reference leads")
    for offset, end in ends:
        if end > limit:
            place = Range(offset, end - offset)
            yield Stray(f"the object of the PDF at offset {offset}", place, Astray.STORE)


def _are_there(source: Source, entries: AbstractSet[int]) -> bool:
    """Whether each object is where its cross-reference says."""
    for each in entries:
        offset = offset_of(each)
        head = _NUMBERS.match(source.read_at(offset, _LEAD))
        if not head or packed(offset, int(head[1]), int(head[2])) != each:
            return False
    return True


def _hidden(source: Source, limit: int, offsets: Sequence[int]) -> dict[int, list[int]]:
    """By number, the places of objects in front of an offset to which no cross-reference leads.

    Raises:
        LimitExceeded: There are too many.
    """
    hidden: dict[int, list[int]] = {}
    known = set(offsets)
    left = limits.PDF_HIDDEN
    for start in range(0, limit, limits.CHUNK):
        begin = max(start - _LEAD, 0)
        data = source.read_at(begin, min(limits.CHUNK, limit - start) + start - begin + 2)
        for keyword in _KEYWORD.finditer(data, start - begin):
            at = keyword.start()
            found = _SOUGHT.search(data, max(at - _NEAR, 0), at)
            if not found:
                found = _SOUGHT.search(data, max(at - _LEAD, 0), at)
            if found and begin + found.start() in known:
                continue
            left -= 1
            if left < 0:
                raise LimitExceeded(
                    f"the PDF has more than {limits.PDF_HIDDEN} unreferenced objects"
                )
            if found and not _is_known(source, begin + found.start(), offsets):
                hidden.setdefault(int(found[1]), []).append(begin + found.start())
    return hidden


def _is_known(source: Source, begin: int, offsets: Sequence[int]) -> bool:
    """Whether only white space lies between the place before, that is known, and this one."""
    index = bisect_right(offsets, begin) - 1
    if index < 0 or begin - offsets[index] > _LEAD:
        return False
    between = source.read_at(offsets[index], begin - offsets[index])
    return bool(_FILLER.fullmatch(between))


def _last(source: Source, text: bytes, limit: int) -> int:
    """The last place of a text in front of an offset, -1 without one."""
    end = limit
    while end > 0:
        start = max(0, end - limits.CHUNK)
        data = source.read_at(start, min(end + len(text), limit) - start)
        if (found := data.rfind(text)) >= 0:
            return start + found
        end = start
    return -1


class _Reader:
    """Finds the ends of objects that begin in front of the store.

    Arguments:
        source: The file.
        document: Its objects.
        stores: The parts of the store, which is an object itself.
        hidden: By number, the places of objects to which no cross-reference leads.

    Attributes:
        limit: The offset where the store begins.
        is_damaged: Whether an object was not well formed.
        has_streams_of_objects: Whether an object was a stream of objects.
    """

    def __init__(
        self,
        source: Source,
        document: Document,
        stores: list[Range],
        hidden: Mapping[int, Iterable[int]],
    ) -> None:
        self.limit = min(part.start for part in stores)
        self._source = source
        self._document = document
        self._stores = stores
        self._hidden = hidden
        self.is_damaged = False
        self.has_streams_of_objects = False
        self._last_end = _last(source, b"endstream", self.limit)
        self._left = limits.PDF_UNUSUAL
        self._seen = 0

    def is_plain(self, offset: int) -> bool:
        """Whether the end of what stands in front of an object's data is plain to see."""
        data = self._source.read_at(offset, min(_ROOM, self.limit - offset))
        return bool(_COMPLETE.match(data))

    def end(self, offset: int) -> int:
        """The end of an object; beyond the limit if it may go on. Offsets must not fall.

        Raises:
            LimitExceeded: There was too much to look at.
        """
        data = self._source.read_at(offset, min(_ROOM, self.limit - offset))
        head = _HEAD.match(data)
        if not head:  # readers find nothing here, unless they pass over as much
            return self.limit + 1 if _FILLER.fullmatch(data) else offset
        if found := _COMPLETE.match(data):
            if offset < self._seen:  # objects in one another would be looked at time and again
                self._spend(found.end())
            self._seen = max(self._seen, offset + found.end())
            if found[1] == b"endobj":
                return offset + found.end()
            self.has_streams_of_objects |= data.find(b"ObjStm", 0, found.end()) >= 0
            names = [item.end() for item in _LENGTH.finditer(data, 0, found.end())]
            number = _NUMBER.match(data, names[0]) if len(names) == 1 else None
            if number:
                return self._stream_end(offset + found.start(1), int(number[1]))
        return self._parsed_end(offset, head.end())

    def _parsed_end(self, offset: int, start: int) -> int:
        size = _ROOM
        while True:
            data = self._source.read_at(offset, min(size, self._left + 1, self.limit - offset))
            is_all = len(data) == self.limit - offset
            try:
                _, end = pdf_object.parse(data, start)
            except (Malformed, LimitExceeded):
                self.is_damaged = True
                self._spend(len(data))
                if not _is_open(data):  # readers go on with what follows
                    end = max(data.find(b"stream", 0, data.find(b"endobj")), 0)
                    return self._stream_end(offset + end, self._longest(data[:end]))
                if is_all:
                    return self.limit + 1
            else:
                self._spend(max(end, _LEAST))
                if is_all or end < len(data):
                    return self._stream_end(offset + end, self._longest(data[:end]))
            size *= 8

    def _spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise LimitExceeded(f"more than {limits.PDF_UNUSUAL} bytes of unusual PDF objects")

    def _longest(self, data: bytes) -> int:
        """The largest length in a dictionary: of two, readers take one or the other."""
        found = [0]
        for name in _LENGTH.finditer(data):
            try:
                value, _ = pdf_object.parse(data, name.end())
                if isinstance(value, Ref):
                    found += self._referred(value)
                    value = self._document.resolve(value)
            except Malformed:
                found.append(_lenient(data, name.end()))
            except MalformedFile:
                continue
            else:
                found.append(_whole(value))
        return max(found)

    def _referred(self, ref: Ref) -> Iterator[int]:
        """The lengths that an object states in all revisions, whatever its generation."""
        offsets = list(self._hidden.get(ref.number, ()))
        self._spend(_LOOK * (len(self._document.sections) + len(offsets)))
        for offset in offsets:
            # Nobody can tell which length another object leads to.
            if not _INTEGER.match(self._source.read_at(offset, _NUMBER_ROOM)):
                yield self.limit
        for place in self._document.places(ref.number):
            if place.container is not None:
                yield _whole(self._document.read(ref, place, place.section))
            else:
                offsets.append(place.offset)
        for offset in offsets:
            data = self._source.read_at(offset, _NUMBER_ROOM)
            head = _HEAD.match(data)
            yield _lenient(data, head.end()) if head else 0

    def _stream_end(self, end: int, length: int) -> int:
        """The end of the stream whose dictionary ends at an offset; the offset if it has none.

        Readers look for the end of a stream if it is not where its length says.
        """
        data = self._source.read_at(end, _ROOM)
        opening = _OPENING.match(data)
        if not opening:
            return self.limit + 1 if _FILLER.fullmatch(data[: self.limit - end]) else end
        begin = end + opening.end()
        if Range(begin, length) in self._stores:
            return begin
        if begin + length > self.limit or begin > self._last_end:
            return max(begin + length, self.limit + 1)
        return begin + length


def _whole(value: PDFObject) -> int:
    """The length that a number states; 0 if it is none."""
    if isinstance(value, Real):
        return _lenient(value, 0)
    return value if type(value) is int else 0


def _lenient(data: bytes, start: int) -> int:
    """The largest length that any reader takes from what stands there; 0 without one.

    They pass over a fraction and over signs within.
    """
    found = _LENIENT.match(data, start)
    digits = found[1].partition(b".")[0] if found else b""
    parts = [digits.translate(None, b"+-"), *re.split(rb"[+-]", digits)]
    return max(int(part or b"0") for part in parts)


def _is_open(data: bytes) -> bool:
    """Whether an object that is not well formed may go on behind its end."""
    rest = _LITERAL.sub(rb"\1", data)
    object_, keyword, _ = rest.partition(b"endobj")
    opened: list[bytes] = []
    for bracket in _BRACKET.findall(object_):
        if bracket not in _CLOSED:
            opened.append(bracket)
        elif not opened or opened.pop() != _CLOSED[bracket]:
            return True
    return bool(opened) or not keyword or b"(" in object_
