"""PDF: the store is an embedded file of the catalog (C2PA 2.5 §A.4).

What is edited is appended as one update: the catalog; the store and its file specification, which
the catalog has among its associated files and in the tree of embedded files; the XMP packet, which
is the catalog's metadata; and the Info dictionary with the label of GB 45438-2025. All bytes before
stay as they are, so PDF signatures over them stay valid. The next edit cuts that update off and
appends one that says all of it. A store that another program embedded stays in its place when a new
one is embedded, as the clause wants it, and is made unrecognisable where none is to be left.

Of several stores the one of the newest update counts; those of older updates are read before it, as
if they were one. Two in the same update are two stores (C2PA 2.5 §14.5.2.2). An update that takes
the store out of the catalog does not hide it: the catalogs of all updates are looked at.

A certified file is not changed. The clause wants an annotation on a page there, which only the most
permissive kind of certification allows, and which would show in the document. Neither is an
encrypted one: what is new would have to be encrypted, with a key that is not known here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from aidisclose import limits
from aidisclose.codec.pdf_object import Name, PDFObject, Ref
from aidisclose.containers.container import (
    KEEP,
    Addressed,
    Block,
    Carrier,
    Composed,
    Container,
    Detail,
    Edits,
    EmbeddedStore,
    Keep,
    Layout,
    Problem,
    Stray,
    check_size,
    compressed_xmp,
)
from aidisclose.containers.pdf import extents, externals, names, rebuilt
from aidisclose.containers.pdf.document import REPAIR, TAIL, Document, Stream
from aidisclose.containers.pdf.increment import SEPARATOR, IncrementalUpdate
from aidisclose.containers.reach import Reach
from aidisclose.errors import (
    AidiscloseError,
    LimitExceeded,
    MalformedFile,
    Unembeddable,
    UnsupportedFormat,
)
from aidisclose.io.change import Change, change
from aidisclose.io.source import Range, Source
from aidisclose.io.splice import Splice
from aidisclose.named import NamedTuple

_SIGNATURE: Final = b"%PDF-"

#: Readers look for the header in so many bytes, and count offsets from it, or from the beginning.
_HEADER_ROOM: Final = 1024
#: With a version, and in a line of its own: else any text about PDF would be taken for one.
_LATE_HEADER: Final = re.compile(rb"[\r\n]%PDF-[12]\.[0-9][\r\n]")

_RELATIONSHIP: Final = b"AFRelationship"
_MANIFEST: Final = Name(b"C2PA_Manifest")
_IDENTITY: Final = Name(b"Identity")
_FILE_NAME: Final = b"content_credential.c2pa"
_DESCRIPTION: Final = b"C2PA manifest store (Content Credentials)"

_METADATA: Final = b"Metadata"
_INFO: Final = b"Info"
_AIGC: Final = b"AIGC"

_ENCRYPTED: Final = "the manifest store is encrypted"

#: Behind a name stands white space or a delimiter (ISO 32000-2 §7.2.3); a longer name is another.
_MANIFEST_VALUE: Final = re.compile(rb"/C2PA_Manifest(?![^\x00\t\n\f\r ()<>\[\]{}/%])")
#: A relationship that says nothing, as long as the one of a store.
_NO_RELATIONSHIP: Final = b"/Unspecified  "

#: What stands near a store.
#: A slash within a name is written #2F (ISO 32000-2 §7.3.5).
_TRACES: Final = (b"/C2PA_Manifest", b"/application#2Fc2pa")


class _Attachment(NamedTuple):
    """A store, as a catalog of the file refers to it.

    Attributes:
        update: Number of the update that the store came with; the newest is 0.
        specification: The place of the file specification; None if it is not an object of its own.
        data: The place of the store; empty if it is not there.
        defect: The reason why it cannot be read, if it cannot.
    """

    update: int
    specification: Range | None
    data: Range
    defect: str | None


def _prefix(head: bytes) -> int:
    """The number of bytes before the header of a PDF; 0 if it begins with it, or has none."""
    if head.startswith(_SIGNATURE):
        return 0
    found = _LATE_HEADER.search(head[:_HEADER_ROOM])
    return found.start() + 1 if found else 0


def _prefixed(source: Source) -> Layout:
    """The layout of a file that does not begin with its header.

    Where its objects are is a matter of opinion, so a store in it is found, and not read.
    """
    late = MalformedFile("it does not begin with its header")
    return CONTAINER.damaged(source, late) or Layout("application/pdf", source.size, ())


def _marks(document: Document) -> Iterator[Block]:
    """Other marks about AI. Broken ones must not keep a reader from the store."""
    for name, locate in (("Metadata", _packet), ("Info", _information)):
        try:
            found = locate(document)
        except (MalformedFile, UnsupportedFormat):
            continue
        if found and found.length:
            yield Block(name, *found)


def _packet(document: Document) -> Range | None:
    """The place of the document's XMP packet; None also if it is compressed or encrypted."""
    stream = _metadata(document)
    if stream is None or _is_left_clear(document, stream):
        return stream and stream.data
    encryption = document.dictionary(document.trailer.get(b"Encrypt"))
    is_clear = not document.is_encrypted or encryption.get(b"EncryptMetadata") is False
    return stream.data if is_clear and document.encoding(stream)[0] is None else None


def _metadata(document: Document) -> Stream | None:
    found = document.dictionary(document.trailer.get(b"Root")).get(_METADATA)
    return document.stream(found) if isinstance(found, Ref) else None


def _information(document: Document) -> Range | None:
    """The Info dictionary; None if it is in an object stream or encrypted."""
    info = document.trailer.get(_INFO)
    return document.extent(info) if isinstance(info, Ref) and not document.is_encrypted else None


def informations(source: Source) -> Iterator[dict[bytes, PDFObject]]:
    """The Info dictionaries that a document has and had, also those in object streams.

    Raises:
        UnsupportedFormat: They are encrypted.
    """
    document = Document(source)
    for since in document.updates:
        found = document.dictionary(document.sections[since].trailer.get(_INFO), since)
        if found and document.is_encrypted:
            raise UnsupportedFormat("the Info dictionary is encrypted")
        yield {name: document.resolve(value, since) for name, value in found.items()}


def _stores(usable: dict[Range, int]) -> Iterator[EmbeddedStore]:
    """The stores that count; `usable` says which update each came with."""
    ordered = sorted(usable)
    alone = {update for update, count in Counter(usable.values()).items() if count == 1}
    newest = min(usable.values(), default=0)
    earlier = [data for data in ordered if usable[data] in alone - {newest}]
    for data in ordered:
        if usable[data] != newest:
            continue
        pieces = (data,) if newest not in alone else (*earlier, data)
        if sorted(pieces) != list(pieces):
            raise MalformedFile("the updates of a PDF are not in order", data.start)
        yield EmbeddedStore(frame=data, exclusions=(data,), pieces=pieces)


def _attachments(document: Document) -> list[_Attachment]:
    """Those in all catalogs that the file had, newest first."""
    found: dict[tuple[Range | None, Range], _Attachment] = {}
    for since in document.updates:
        catalog = document.dictionary(document.sections[since].trailer.get(b"Root"), since)
        for item in _associated(document, catalog, since):
            if document.dictionary(item, since).get(_RELATIONSHIP) == _MANIFEST:
                attachment = _attachment(document, item, since)
                found.setdefault((attachment.specification, attachment.data), attachment)
                if len(found) > limits.STORES:
                    raise LimitExceeded(f"the PDF has more than {limits.STORES} manifest stores")
    return list(found.values())


def _associated(
    document: Document, catalog: dict[bytes, PDFObject], since: int = 0
) -> list[PDFObject]:
    """The associated files of the document, as the catalog has them."""
    files = document.resolve(catalog.get(b"AF"), since)
    if isinstance(files, list):
        return files
    return [] if files is None else [catalog[b"AF"]]


def _attachment(document: Document, item: PDFObject, since: int) -> _Attachment:
    extent = document.extent(item, since) if isinstance(item, Ref) else None
    files = document.dictionary(document.dictionary(item, since).get(b"EF"), since)
    # Both name the same file, in PDF's encoding and in Unicode (ISO 32000-2 §7.11.3).
    file = files.get(b"F", files.get(b"UF"))
    stream = document.stream(file, since) if isinstance(file, Ref) else None
    place = document.locate(file, since) if isinstance(file, Ref) else None
    if stream is None or place is None:
        return _Attachment(0, extent, Range(0, 0), "the manifest store is not there")
    update = bisect_right(document.updates, place.section) - 1
    return _Attachment(update, extent, stream.data, _defect(document, stream))


def _defect(document: Document, stream: Stream) -> str | None:
    is_left_clear = _is_left_clear(document, stream)
    if document.is_encrypted and not is_left_clear:
        return _ENCRYPTED
    name, _ = document.encoding(stream)
    if name is not None and not is_left_clear:
        return f"the manifest store is behind the filter {name!r}"
    return None if stream.data.length else "the manifest store is empty"


def _is_left_clear(document: Document, stream: Stream) -> bool:
    """Whether a stream says of itself that it is not encrypted (ISO 32000-2 §7.6.6)."""
    name, parameters = document.encoding(stream)
    return name == Name(b"Crypt") and parameters.get(b"Name", _IDENTITY) == _IDENTITY


def _up_to(source: Source, end: int) -> Source:
    return change(source, (Change(end, source.size - end),))


def _ours(source: Source) -> tuple[int, Edits]:
    """Size of the file before it was edited here, and the edits; its own size if it never was.

    That an update is ours is proved by making it once more.
    """
    document = Document(source)
    root = document.trailer.get(b"Root")
    catalog = document.extent(root) if isinstance(root, Ref) else None
    end = catalog.start - len(SEPARATOR) if catalog else -1
    if end >= 0:
        try:
            edits = _edits_since(source, document, end)
            update = _update(_up_to(source, end), edits)
        except AidiscloseError:
            update = b""
        if len(update) == source.size - end and source.read_at(end, len(update)) == update:
            return end, edits
    return source.size, Edits()


def _edits_since(source: Source, document: Document, end: int) -> Edits:
    """The edits in the update that begins at `end`, if it is ours."""
    stores = (
        source.read_at(*item.data)
        for item in _attachments(document)
        if item.data.start > end and item.data.length <= limits.STORE_SIZE
    )
    new = {block.name: block for block in _marks(document) if block.start > end}
    packet = new.get("Metadata")
    xmp: bytes | Keep | None = KEEP
    if _METADATA not in document.dictionary(document.trailer.get(b"Root")):
        xmp = None
    elif packet and packet.length <= limits.XMP_SIZE:
        xmp = source.read_at(packet.start, packet.length)
    aigc: bytes | Keep | None = KEEP
    if "Info" in new:
        label = document.dictionary(document.trailer.get(_INFO)).get(_AIGC)
        aigc = label if isinstance(label, bytes) else None
    return Edits(store=next(stores, KEEP), xmp=xmp, aigc=aigc)


def _cleared(source: Source) -> Iterator[Change]:
    """The changes that disable the stores of other programs, with everything in its place."""
    document = Document(source)
    attachments = _attachments(document)
    if attachments and document.is_signed:
        raise UnsupportedFormat(
            "the manifest store is under a PDF signature and cannot be taken out of the file"
        )
    for specification in {item.specification for item in attachments}:
        text = source.read_at(*specification) if specification else b""
        relationship = _MANIFEST_VALUE.search(text)
        if specification is None or relationship is None:
            raise UnsupportedFormat(
                "the manifest store is attached in a compressed object; "
                "write the PDF anew without it, for example with `qpdf --remove-attachment`"
            )
        yield Change(
            specification.start + relationship.start(), len(_NO_RELATIONSHIP), _NO_RELATIONSHIP
        )
    for data in {item.data for item in attachments}:
        yield Change(*data, bytes(data.length))


def _update(source: Source, edits: Edits) -> bytes:
    """The update that edits a file; empty if it would change nothing."""
    document = Document(source)
    root = document.trailer.get(b"Root")
    old_catalog = document.dictionary(root)
    catalog = dict(old_catalog)
    update = IncrementalUpdate(document, source.size)
    # The first object, by which `_ours` finds where the update begins.
    update.replaced(root, catalog)
    if isinstance(edits.store, bytes):
        check_size(len(edits.store))
        _attach(update, document, catalog, edits.store)
    if edits.xmp is not KEEP:
        catalog.pop(_METADATA, None)
    if isinstance(edits.xmp, bytes):
        fields: dict[bytes, PDFObject] = {b"Type": Name(_METADATA), b"Subtype": Name(b"XML")}
        catalog[_METADATA] = update.new(fields, edits.xmp)
    info = _labelled(document, edits.aigc)
    if info is None and catalog == old_catalog:
        return b""
    _refuse(document, old_catalog, edits)
    if info is None:
        return update.finish()
    place = update.replaced(document.trailer.get(_INFO), info)
    return update.finish({_INFO: place if isinstance(place, Ref) else update.new(info)})


def _attach(
    update: IncrementalUpdate, document: Document, catalog: dict[bytes, PDFObject], store: bytes
) -> None:
    """Make a store an associated file of the document."""
    stream, specification = update.number(), update.number()
    # In this order, so that of a file that is cut off in the store something tells of it.
    update.add(specification, _specification(stream))
    update.add(stream, _embedded_file(store), store)
    others = (
        item
        for item in _associated(document, catalog)
        if document.dictionary(item).get(_RELATIONSHIP) != _MANIFEST
    )
    catalog[b"AF"] = [*others, specification]
    trees = dict(document.dictionary(catalog.get(b"Names")))
    tree = dict(document.dictionary(trees.get(b"EmbeddedFiles")))
    # The number makes the name unlike that of an earlier store, which may stay in the tree.
    names.insert(update, document, tree, b"Content Credentials %d" % stream.number, specification)
    trees[b"EmbeddedFiles"] = update.replaced(trees.get(b"EmbeddedFiles"), tree)
    catalog[b"Names"] = update.replaced(catalog.get(b"Names"), trees)


def _labelled(document: Document, label: bytes | Keep | None) -> dict[bytes, PDFObject] | None:
    """The Info dictionary with this label in it; None if it stays as it is."""
    if label is KEEP:
        return None
    old = document.dictionary(document.trailer.get(_INFO))
    new = {name: value for name, value in old.items() if name.upper() != _AIGC}
    if label is not None:
        new[_AIGC] = label
    return None if new == old else new


def _refuse(document: Document, catalog: dict[bytes, PDFObject], edits: Edits) -> None:
    """Raise why a file cannot be edited, if it cannot."""
    if not isinstance(document.trailer.get(b"Root"), Ref) or not catalog:
        raise MalformedFile(f"the PDF has no catalog; {REPAIR}")
    embeds = isinstance(edits.store, bytes)
    aside = ", or keep the manifest store beside the file" if embeds else ""
    if document.is_encrypted:
        raise UnsupportedFormat(
            f"the PDF is encrypted; decrypt it first with `qpdf --decrypt`{aside}"
        )
    if document.dictionary(catalog.get(b"Perms")).get(b"DocMDP") is not None:
        raise UnsupportedFormat(f"the PDF is certified, which permits no new catalog{aside}")
    old = _metadata(document) if isinstance(edits.xmp, bytes) else None
    if old and old.data.length and not _packet(document):
        raise compressed_xmp(old.data.start)


def _specification(stream: Ref) -> dict[bytes, PDFObject]:
    return {
        b"Type": Name(b"Filespec"),
        b"F": _FILE_NAME,
        b"UF": _FILE_NAME,
        b"Desc": _DESCRIPTION,
        _RELATIONSHIP: _MANIFEST,
        b"EF": {b"F": stream, b"UF": stream},
    }


def _embedded_file(store: bytes) -> dict[bytes, PDFObject]:
    return {
        b"Type": Name(b"EmbeddedFile"),
        b"Params": {b"Size": len(store)},
        b"Subtype": Name(b"application/c2pa"),
    }


class Pdf(Addressed, Composed, Container):
    """Documents (ISO 32000-2)."""

    name = "PDF"
    media_types = ("application/pdf",)
    extensions = (".pdf",)
    traces = _TRACES
    carriers = frozenset({Carrier.XMP, Carrier.AIGC})
    signs_size = True

    def sniff(self, head: bytes) -> bool:
        """See `Container.sniff`."""
        return head.startswith(_SIGNATURE) or _prefix(head) > 0

    def scan(self, source: Source) -> Layout:
        """See `Container.scan`."""
        head = source.read_at(0, _HEADER_ROOM)
        if _prefix(head):
            return _prefixed(source)
        if not head.startswith(_SIGNATURE):
            raise MalformedFile("no PDF header", 0)
        document = Document(source)
        attachments = _attachments(document)
        problems = [
            Problem(
                reason=item.defect,
                offset=(item.specification or item.data).start,
                is_encrypted=item.defect == _ENCRYPTED,
            )
            for item in attachments
            if item.defect
        ]
        # `Document` has found `startxref` there; nothing but an end of file belongs behind it.
        tail = source.read_at(max(0, source.size - TAIL), TAIL)
        if any(trace in tail[tail.rindex(b"startxref") :] for trace in _TRACES):
            problems.append(Problem(reason="a manifest store behind the PDF", offset=source.size))
        usable = {item.data: item.update for item in attachments if not item.defect}
        blocks = [*(Block("C2PA", *data) for data in usable), *_marks(document)]
        blocks.sort(key=lambda block: block.start)
        for block, other in pairwise(blocks):
            # What lies inside of a store would be signed by nobody.
            if block.end > other.start:
                raise MalformedFile(f"{block.name} and {other.name} of a PDF overlap", other.start)
        packets = (Range(block.start, block.length) for block in blocks if block.name == "Metadata")
        return Layout(
            media_type="application/pdf",
            size=source.size,
            blocks=tuple(blocks),
            stores=tuple(_stores(usable)),
            problems=tuple(problems),
            xmp=next(packets, None),
        )

    def details(self, source: Source, layout: Layout, edits: Edits) -> Iterable[Detail]:  # noqa: ARG002
        """See `Container.details`: the entries of catalog, Info and trailer, and embedded files."""
        document = Document(source)
        root = document.trailer.get(b"Root")
        catalog = document.dictionary(root)
        trees = document.dictionary(catalog.pop(b"Names", None))
        for name, file in names.entries(document, trees.pop(b"EmbeddedFiles", None)):
            if document.dictionary(file).get(_RELATIONSHIP) != _MANIFEST:
                yield Detail(f"embedded file {name!r}", repr(file).encode())
        info = document.dictionary(document.trailer.get(_INFO))
        if edits.aigc is not KEEP:
            info = {name: value for name, value in info.items() if name.upper() != _AIGC}
        for item in _associated(document, catalog):
            if document.dictionary(item).get(_RELATIONSHIP) != _MANIFEST:
                yield Detail("AF", repr(item).encode())
        catalog.pop(b"AF", None)
        if edits.xmp is not KEEP:
            catalog.pop(_METADATA, None)
        for place, entries in (("catalog", catalog), ("Names", trees), ("Info", info)):
            for name, value in entries.items():
                yield Detail(f"{place} {name!r}", repr(value).encode())
        yield Detail("Root", repr(root).encode())

    def _frame(self, store: bytes) -> bytes:
        return store

    def rewrite(self, source: Source, layout: Layout, edits: Edits) -> Splice:
        """See `Container.rewrite`."""
        if edits == Edits():
            return change(source, ())
        if length := _prefix(source.read_at(0, _HEADER_ROOM)):
            raise Unembeddable(
                f"{length} bytes stand before the header of the PDF",
                remedy="write it anew with `qpdf OLD NEW`, or keep the store beside it: --sidecar",
            )
        if edits.store is KEEP and layout.problems:
            raise MalformedFile("the manifest store is damaged, so that it cannot be kept")
        end, present = _ours(source)
        bare = _up_to(source, end)
        wanted = Edits(
            store=present.store if edits.store is KEEP else edits.store,
            xmp=present.xmp if edits.xmp is KEEP else edits.xmp,
            aigc=present.aigc if edits.aigc is KEEP else edits.aigc,
        )
        cleared = _cleared(bare) if edits.store is None else ()
        return change(source, (*cleared, Change(end, source.size - end, _update(bare, wanted))))

    def strays(self, source: Source, layout: Layout) -> Iterator[Stray]:
        """See `Container.strays`."""
        if _prefix(source.read_at(0, _HEADER_ROOM)):
            return
        document = Document(source)
        # An update may name all objects anew, and there are hundreds of updates.
        entries = set(document.entries())
        offsets = sorted(set(document.offsets()))
        if found := Reach(layout).first_stray("a cross-reference of the PDF", offsets, None):
            yield found
        if layout.stores:
            yield from rebuilt.find(source, layout)
            yield from extents.find(source, layout, document, offsets, entries)

    def externals(self, source: Source, layout: Layout) -> Iterable[str]:
        """See `Composed.externals`."""
        return externals.find(source, layout)


CONTAINER: Final = Pdf()
