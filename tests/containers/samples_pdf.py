"""PDF files made by code: with tables, streams and both, linearized, with trees of file names."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Final

from aidisclose.codec import pdf_object
from aidisclose.codec.pdf_object import Name, Ref
from aidisclose.containers import Edits, Layout, read_store
from aidisclose.containers import pdf as pdf_format
from aidisclose.containers.pdf.document import Document
from aidisclose.containers.pdf.increment import IncrementalUpdate
from aidisclose.io.source import BytesSource

Objects = Mapping[int, bytes]

PAGE: Final = b"BT /F1 24 Tf 20 20 Td (A page) Tj ET"
OBJECTS: Final[Objects] = {
    1: b"<</Type/Catalog/Pages 2 0 R>>",
    2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<<"
    b"/F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
    4: b"<</Length %d>>\nstream\n%b\nendstream" % (len(PAGE), PAGE),
}
TRAILER: Final = b"/Root 1 0 R/ID[<00112233><44556677>]"


def catalog(entries: bytes, others: Objects | None = None) -> Objects:
    """The objects of a page, with entries in the catalog, and other objects."""
    return {**OBJECTS, 1: b"<</Type/Catalog/Pages 2 0 R%b>>" % entries, **(others or {})}


def pdf(objects: Objects = OBJECTS, *, form: str = "table", trailer: bytes = TRAILER) -> bytes:
    """A file; `form` is that of its cross-references: table, stream, hybrid or packed.

    In a packed one, all objects but streams are in an object stream; in a hybrid one they are too,
    but the table has those that it needs.
    """
    return appended(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", objects, form=form, trailer=trailer)


def appended(
    data: bytes, objects: Objects, *, form: str = "table", trailer: bytes = TRAILER
) -> bytes:
    """A file with an update."""
    if data.rfind(b"startxref") >= 0:
        trailer += b"/Prev %d" % start_of(data)
    if form in ("packed", "hybrid"):
        packed = {n: value for n, value in objects.items() if b"stream" not in value}
        free = _first_free(data)
        places = {number: (2, free, index) for index, number in enumerate(packed)}
        kept = {n: value for n, value in objects.items() if n not in packed}
        data, offsets = _written(data, {**kept, free: _object_stream(packed)})
        places |= {number: (1, offset, 0) for number, offset in offsets.items()}
        if form == "packed":
            return _with_stream(data, places, trailer)
        start = len(data)
        data = _with_stream(data, places, trailer)[: -len(_end(start))]
        return _with_table(data, offsets, trailer + b"/XRefStm %d" % start)
    data, offsets = _written(data, objects)
    if form == "stream":
        return _with_stream(data, {n: (1, offset, 0) for n, offset in offsets.items()}, trailer)
    return _with_table(data, offsets, trailer)


def start_of(data: bytes) -> int:
    """The offset of the newest cross-reference section."""
    return int(data[data.rindex(b"startxref") + 9 :].split()[0])


def _first_free(data: bytes) -> int:
    """A number above those of all objects, 20 for each update."""
    return 20 * (1 + data.count(b"startxref")) + 1


def _end(start: int) -> bytes:
    return b"startxref\n%d\n%%%%EOF\n" % start


def _written(data: bytes, objects: Objects) -> tuple[bytes, dict[int, int]]:
    offsets = {}
    for number, value in objects.items():
        offsets[number] = len(data)
        data += b"%d 0 obj\n%b\nendobj\n" % (number, value)
    return data, offsets


def _object_stream(objects: Objects) -> bytes:
    index, content = b"", b""
    for number, value in objects.items():
        index += b"%d %d " % (number, len(content))
        content += value + b" "
    packed = zlib.compress(index + content)
    fields = (len(objects), len(index), len(packed))
    dictionary = b"<</Type/ObjStm/N %d/First %d/Filter/FlateDecode/Length %d>>" % fields
    return dictionary + b"\nstream\n" + packed + b"\nendstream"


def _with_table(data: bytes, offsets: Mapping[int, int], trailer: bytes) -> bytes:
    start = len(data)
    data += b"xref\n0 1\n0000000000 65535 f \n"
    for number, offset in sorted(offsets.items()):
        data += b"%d 1\n%010d 00000 n \n" % (number, offset)
    size = max(offsets, default=0) + 1
    return data + b"trailer\n<</Size %d%b>>\n" % (size, trailer) + _end(start)


def _with_stream(data: bytes, places: Mapping[int, tuple[int, ...]], trailer: bytes) -> bytes:
    start = len(data)
    own = max(max(places), _first_free(data)) + 1
    places = {**places, own: (1, start, 0)}
    rows = [
        bytes((kind,)) + second.to_bytes(4) + bytes((third & 0xFF,))
        for _, (kind, second, third) in sorted(places.items())
    ]
    filtered, above = b"", bytes(6)
    for row in rows:
        filtered += b"\x02" + bytes((a - b) & 255 for a, b in zip(row, above, strict=True))
        above = row
    packed = zlib.compress(filtered)
    index = b" ".join(b"%d 1" % number for number in sorted(places))
    return (
        b"%b%d 0 obj\n<</Type/XRef/W[1 4 1]/Index[%b]/Size %d/Filter/FlateDecode%b%b/Length %d>>%b"
        % (
            data,
            own,
            index,
            own + 1,
            b"/DecodeParms<</Predictor 12/Columns 6>>",
            trailer,
            len(packed),
            b"\nstream\n" + packed + b"\nendstream\nendobj\n" + _end(start),
        )
    )


def linearized() -> bytes:
    """Two sections, of which the first in the file is the newer one."""
    objects = dict(OBJECTS)
    blank = b"xref\n3 2\n" + b"0000000000 00000 n \n" * 2
    for end in (0, 0):
        head = b"%PDF-1.7\n"
        trailer = b"trailer\n<</Size 5%b/Prev %010d>>\nstartxref\n0\n%%%%EOF\n" % (TRAILER, end)
        data, offsets = _written(head + blank + trailer, {n: objects[n] for n in (3, 4, 1, 2)})
    rows = b"".join(b"%010d 00000 n \n" % offsets[number] for number in (3, 4))
    end = len(data)
    table = b"xref\n0 3\n0000000000 65535 f \n"
    table += b"".join(b"%010d 00000 n \n" % offsets[number] for number in (1, 2))
    table += b"trailer\n<</Size 3>>\n" + _end(len(head))
    data = data.replace(blank, b"xref\n3 2\n" + rows).replace(
        b"/Prev %010d" % 0, b"/Prev %010d" % end
    )
    return data + table


_FILE: Final = b"<</Type/Filespec/F(a.txt)/EF<</F 11 0 R>>>>"
_CONTENT: Final = b"<</Type/EmbeddedFile/Length 3>>\nstream\nabc\nendstream"

#: With an attachment; the tree is a part of the catalog, or in objects of its own, in two levels.
FLAT_TREE: Final = catalog(
    b"/Names<</EmbeddedFiles<</Names[(a.txt)10 0 R]>>>>/AF[10 0 R]", {10: _FILE, 11: _CONTENT}
)
DEEP_TREE: Final = catalog(
    b"/Names 12 0 R/AF 17 0 R",
    {
        10: _FILE,
        11: _CONTENT,
        12: b"<</EmbeddedFiles 13 0 R/Dests<</Names[]>>>>",
        13: b"<</Kids[14 0 R 15 0 R 16 0 R]>>",
        14: b"<</Limits[(A)(B)]/Names[(A)10 0 R(B)10 0 R]>>",
        15: b"<</Limits[(C)(D)]/Names[(C)10 0 R(D)10 0 R]>>",
        16: b"<</Limits[(a)(z)]/Names[(a)10 0 R(z)10 0 R]>>",
        17: b"[10 0 R]",
    },
)


_PACKET: Final = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="a book"/></rdf:RDF>'
    b'</x:xmpmeta><?xpacket end="w"?>'
)


def metadata(
    info: bytes = rb"<</Title(A \(small\) page)/Author<FEFF005A006F00EB>/Trapped/False>>",
    *,
    form: str = "table",
    filtered: bytes = b"",
    packet: bytes = _PACKET,
) -> bytes:
    """A file with an XMP packet, whose stream may have more entries, and an Info dictionary."""
    fields = b"<</Type/Metadata/Subtype/XML%b/Length %d>>" % (filtered, len(packet))
    objects = {5: fields + b"\nstream\n" + packet + b"\nendstream", 6: info}
    return pdf(
        catalog(b"/Lang(en)/Metadata 5 0 R", objects), form=form, trailer=TRAILER + b"/Info 6 0 R"
    )


def with_stores(data: bytes, *stores: bytes) -> bytes:
    """An update with several stores."""
    document = Document(BytesSource(data))
    update = IncrementalUpdate(document, len(data))
    files: list[pdf_object.PDFObject] = []
    for store in stores:
        stream = update.new({}, store)
        files.append(update.new({b"AFRelationship": Name(b"C2PA_Manifest"), b"EF": {b"F": stream}}))
    root = document.trailer[b"Root"]
    update.replaced(root, {**document.dictionary(root), b"AF": files})
    assert isinstance(root, Ref)
    return data + update.finish()


def with_second_store(data: bytes, layout: Layout, frame: bytes) -> bytes:
    """A file with one store, with both in one update instead."""
    source = BytesSource(data)
    bare = pdf_format.CONTAINER.rewrite(source, layout, Edits(store=None))
    return with_stores(bare.read_at(0, bare.size), read_store(source, layout.stores[0]), frame)


def large(size: int) -> bytes:
    """A page with much content."""
    content = b"% nothing\n" * (size // 10 + 1)
    return pdf({**OBJECTS, 4: b"<</Length %d>>\nstream\n%b\nendstream" % (len(content), content)})
