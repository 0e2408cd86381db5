"""An update of a PDF file: objects that are appended to it (ISO 32000-2 §7.5.6)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from aidisclose.codec import pdf_object
from aidisclose.codec.pdf_object import Name, PDFObject, Ref
from aidisclose.containers.pdf.document import REPAIR, Document
from aidisclose.errors import LimitExceeded, MalformedFile

#: In front of the first object, for files that do not end with a line.
SEPARATOR: Final = b"\n"

#: A table has ten digits for an offset.
_TABLE_LIMIT: Final = 10**10
#: What a trailer says of its own section only.
_OF_SECTION: Final = frozenset(
    {b"Size", b"Prev", b"XRefStm", b"Type", b"W", b"Index", b"Length", b"Filter", b"DecodeParms"}
)


class IncrementalUpdate:
    """Gathers the objects that are new or changed.

    Arguments:
        document: The file as it is.
        size: Of the file, in bytes.
    """

    def __init__(self, document: Document, size: int) -> None:
        self._document = document
        self._parts = [SEPARATOR]
        self._position = size + len(SEPARATOR)
        self._objects: dict[Ref, tuple[PDFObject, bytes | None]] = {}
        self._offsets: dict[Ref, int] = {}
        # `Size` is one more than the highest number that an object of the file has (§7.5.5).
        self._next = document.size

    def number(self) -> Ref:
        """A number that no object has."""
        self._next += 1
        return Ref(self._next - 1, 0)

    def add(self, ref: Ref, value: PDFObject, data: bytes | None = None) -> None:
        """Take an object as it is in the end: a stream, with a dictionary, if there is data.

        Raises `MalformedFile` if there is one of this number already.
        """
        if ref in self._objects:
            raise MalformedFile(f"the PDF object {ref.number} is two things at once; {REPAIR}")
        self._objects[ref] = (value, data)

    def new(self, value: PDFObject, data: bytes | None = None) -> Ref:
        """A reference to a new object; see `add`."""
        ref = self.number()
        self.add(ref, value, data)
        return ref

    def replaced(self, old: PDFObject, new: PDFObject) -> PDFObject:
        """The bytes to write in place of `old`: `new`, or a reference to its object."""
        if isinstance(old, Ref) and self._document.locate(old):
            self.add(old, new)
            return old
        return new

    def finish(self, trailer: dict[bytes, PDFObject] | None = None) -> bytes:
        """All that is appended to the file; `trailer` has what changes in the file's."""
        for ref, (value, data) in self._objects.items():
            self._append_object(ref, value, data)
        previous = self._document.sections[0]
        start = self._position
        fields = {
            name: value for name, value in previous.trailer.items() if name not in _OF_SECTION
        }
        fields |= self._identified(fields.get(b"ID")) | {b"Prev": previous.offset}
        fields |= trailer or {}
        # In the form of the section before it: who can read the file as it is can read the update,
        # and a reader from before PDF 1.5 knows tables only.
        if previous.widths:
            self._append_stream(fields)
        else:
            self._append_table(fields)
        self._append(b"startxref\n%d\n%%%%EOF\n" % start)
        return b"".join(self._parts)

    def _append_object(self, ref: Ref, value: PDFObject, data: bytes | None) -> None:
        self._offsets[ref] = self._position
        if isinstance(value, dict) and data is not None:
            value = value | {b"Length": len(data)}
        self._append(b"%d %d obj\n%b\n" % (*ref, pdf_object.write(value)))
        if data is not None:
            # The line end before `endstream` does not count to the length (§7.3.8.1).
            self._append(b"stream\n%b\nendstream\n" % data)
        self._append(b"endobj\n")

    def _append(self, data: bytes) -> None:
        self._parts.append(data)
        self._position += len(data)

    def _identified(self, identifiers: PDFObject) -> dict[bytes, PDFObject]:
        """The identifiers of the file, the second of which stands for its present content."""
        match identifiers:
            case [bytes(first), bytes(second)]:
                # Derived, not drawn at random: the same edit makes the same bytes, by which it is
                # known as ours.
                seed = second + self._position.to_bytes(8)
                return {b"ID": [first, hashlib.sha256(seed).digest()[:16]]}
        return {}

    def _runs(self) -> Iterator[list[Ref]]:
        """The objects of this update by number, those that follow each other together."""
        run: list[Ref] = []
        for ref in sorted(self._offsets):
            if run and ref.number != run[-1].number + 1:
                yield run
                run = []
            run.append(ref)
        yield run

    def _append_table(self, fields: dict[bytes, PDFObject]) -> None:
        if self._position >= _TABLE_LIMIT:
            raise LimitExceeded("a PDF with a cross-reference table cannot exceed 10 GB")
        self._append(b"xref\n")
        for run in self._runs():
            self._append(b"%d %d\n" % (run[0].number, len(run)))
            for ref in run:
                # 20 bytes each: the space is the first half of a line end of two (§7.5.4).
                self._append(b"%010d %05d n \n" % (self._offsets[ref], ref.generation))
        fields |= {b"Size": self._next}
        self._append(b"trailer\n" + pdf_object.write(fields) + b"\n")

    def _append_stream(self, fields: dict[bytes, PDFObject]) -> None:
        # The stream lists itself, too.
        own = self.number()
        self._offsets[own] = self._position
        width = 4 if self._position < 2**32 else 8
        runs = list(self._runs())
        entries = b"".join(
            # 1: an object in use that is not in a stream of objects (§7.5.8.3).
            b"\x01" + self._offsets[ref].to_bytes(width) + ref.generation.to_bytes(2)
            for run in runs
            for ref in run
        )
        index: list[PDFObject] = [number for run in runs for number in (run[0].number, len(run))]
        fields |= {
            b"Type": Name(b"XRef"),
            b"Size": self._next,
            b"W": [1, width, 2],
            b"Index": index,
        }
        self._append_object(own, fields, entries)
