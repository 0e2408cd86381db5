"""PDF: the store is an embedded file of the catalog (C2PA 2.5 §A.4).

Embedding appends an update: the store, its file specification, and the catalog with both in its
associated files and in the tree of embedded files. All bytes before stay as they are, so PDF
signatures over them stay valid. Removing the store cuts that update off again. A store that
another program embedded stays in its place when a new one is embedded, as the clause wants it, and
is made unrecognisable where none is to be left.

Of several stores the one of the newest update counts; those of older updates are read before it, as
if they were one. Two in the same update are two stores (C2PA 2.5 §14.5.2.2). An update that takes
the store out of the catalog does not hide it: the catalogs of all updates are looked at.

A certified file is not changed. The clause wants an annotation on a page there, which only the most
permissive kind of certification allows, and which would show in the document.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from aidisclose import limits
from aidisclose.containers import pdf_object
from aidisclose.containers.container import (
    KEEP,
    Block,
    Container,
    Edits,
    EmbeddedStore,
    Layout,
    Problem,
)
from aidisclose.containers.pdf_document import REPAIR, TAIL, Document, Stream
from aidisclose.containers.pdf_object import Name, Ref, Value
from aidisclose.containers.pdf_update import SEPARATOR, Update, insert
from aidisclose.errors import AidiscloseError, LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.change import Change, change
from aidisclose.io.source import Range, Source
from aidisclose.io.splice import Splice

_SIGNATURE: Final = b"%PDF-"

_RELATIONSHIP: Final = b"AFRelationship"
_MANIFEST: Final = Name(b"C2PA_Manifest")
_IDENTITY: Final = Name(b"Identity")
_FILE_NAME: Final = b"content_credential.c2pa"
_DESCRIPTION: Final = b"C2PA manifest store (Content Credentials)"

_ENCRYPTED: Final = "the manifest store is encrypted"

_MANIFEST_VALUE: Final = re.compile(rb"/C2PA_Manifest(?![^\x00\t\n\f\r ()<>\[\]{}/%])")
#: A relationship that says nothing, as long as the one of a store.
_NO_RELATIONSHIP: Final = b"/Unspecified  "

#: What stands near a store, for a file that is cut off inside it.
_TRACES: Final = (b"/C2PA_Manifest", b"/application#2Fc2pa")


class _Attachment(NamedTuple):
    """A store, as a catalog of the file refers to it.

    Attributes:
        update: Number of the update that the store came with; the newest is 0.
        specification: Where the file specification is; None if it is no object of its own.
        data: Where the store is; empty if it is not there.
        defect: Why it cannot be read, if it cannot.
    """

    update: int
    specification: Range | None
    data: Range
    defect: str | None


def _sniff(head: bytes) -> bool:
    return head.startswith(_SIGNATURE)


def _scan(source: Source) -> Layout:
    if source.read_at(0, len(_SIGNATURE)) != _SIGNATURE:
        raise MalformedFile("no PDF header", 0)
    attachments = _attachments(Document(source))
    problems = [
        Problem(
            reason=item.defect,
            offset=(item.specification or item.data).start,
            is_encrypted=item.defect == _ENCRYPTED,
        )
        for item in attachments
        if item.defect
    ]
    tail = source.read_at(max(0, source.size - TAIL), TAIL)
    if any(trace in tail[tail.rindex(b"startxref") :] for trace in _TRACES):
        problems.append(Problem(reason="a manifest store behind the PDF", offset=source.size))
    usable = {item.data: item.update for item in attachments if not item.defect}
    return Layout(
        media_type="application/pdf",
        size=source.size,
        blocks=tuple(Block("C2PA", *data) for data in sorted(usable)),
        stores=tuple(_stores(usable)),
        problems=tuple(problems),
    )


def _stores(usable: dict[Range, int]) -> Iterator[EmbeddedStore]:
    """The stores that count; `usable` says which update each came with."""
    ordered = sorted(usable)
    if any(data.end > other.start for data, other in pairwise(ordered)):
        raise MalformedFile("manifest stores of a PDF overlap", ordered[0].start)
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


def _associated(document: Document, catalog: dict[bytes, Value], since: int = 0) -> list[Value]:
    """The associated files of the document, as the catalog has them."""
    files = document.resolve(catalog.get(b"AF"), since)
    if isinstance(files, list):
        return files
    return [] if files is None else [catalog[b"AF"]]


def _attachment(document: Document, item: Value, since: int) -> _Attachment:
    extent = document.extent(item, since) if isinstance(item, Ref) else None
    files = document.dictionary(document.dictionary(item, since).get(b"EF"), since)
    file = files.get(b"F", files.get(b"UF"))
    stream = document.stream(file, since) if isinstance(file, Ref) else None
    place = document.locate(file, since) if isinstance(file, Ref) else None
    if stream is None or place is None:
        return _Attachment(0, extent, Range(0, 0), "the manifest store is not there")
    update = bisect_right(document.updates, place.section) - 1
    return _Attachment(update, extent, stream.data, _defect(document, stream))


def _defect(document: Document, stream: Stream) -> str | None:
    name, parameters = document.encoding(stream)
    identity = name == Name(b"Crypt") and parameters.get(b"Name", _IDENTITY) == _IDENTITY
    if document.is_encrypted and not identity:
        return _ENCRYPTED
    if name is not None and not identity:
        return f"the manifest store is behind the filter {name!r}"
    return None if stream.data.length else "the manifest store is empty"


def _frame(store: bytes) -> bytes:
    if len(store) > limits.STORE_SIZE:
        raise LimitExceeded(f"the manifest store is larger than {limits.STORE_SIZE} bytes")
    return store


def _rewrite(source: Source, layout: Layout, edits: Edits) -> Splice:
    if edits.store is KEEP or (edits.store is None and not (layout.stores or layout.problems)):
        return change(source, ())
    end = _end_before_ours(source, layout)
    bare = _up_to(source, end)
    if edits.store is None:
        return change(source, (*_cleared(bare), Change(end, source.size - end)))
    return change(source, (Change(end, source.size - end, _update(bare, _frame(edits.store))),))


def _up_to(source: Source, end: int) -> Source:
    return change(source, (Change(end, source.size - end),))


def _end_before_ours(source: Source, layout: Layout) -> int:
    """Size of the file before a store was embedded here; its own size if none was.

    That an update is ours is proved by making it once more.
    """
    if len(layout.stores) != 1:
        return source.size
    store = layout.stores[0].frame
    for item in _attachments(Document(source)):
        if item.data == store and item.specification:
            end = item.specification.start - len(SEPARATOR)
            try:
                update = _update(_up_to(source, end), source.read_at(*store)) if end > 0 else b""
            except AidiscloseError:
                continue
            if source.read_at(end, source.size - end) == update:
                return end
    return source.size


def _cleared(source: Source) -> Iterator[Change]:
    """What makes the stores of other programs none, with everything in its place."""
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


def _update(source: Source, store: bytes) -> bytes:
    """What is appended to a file to embed a store."""
    document = Document(source)
    root = document.trailer.get(b"Root")
    catalog = dict(document.dictionary(root))
    if not isinstance(root, Ref) or not catalog:
        raise MalformedFile(f"the PDF has no catalog; {REPAIR}")
    _refuse(document, catalog)
    update = Update(document, source.size)
    stream, specification = update.number(), update.number()
    # In this order, so that of a file that is cut off in the store something tells of it.
    update.add(specification, pdf_object.write(_specification(stream)))
    update.add(stream, _stream(store))
    others = (
        item
        for item in _associated(document, catalog)
        if document.dictionary(item).get(_RELATIONSHIP) != _MANIFEST
    )
    catalog[b"AF"] = [*others, specification]
    names = dict(document.dictionary(catalog.get(b"Names")))
    tree = dict(document.dictionary(names.get(b"EmbeddedFiles")))
    insert(update, document, tree, b"Content Credentials %d" % stream.number, specification)
    names[b"EmbeddedFiles"] = update.replaced(names.get(b"EmbeddedFiles"), tree)
    catalog[b"Names"] = update.replaced(catalog.get(b"Names"), names)
    update.replaced(root, catalog)
    return update.finish()


def _refuse(document: Document, catalog: dict[bytes, Value]) -> None:
    aside = "keep the manifest store beside the file instead"
    if document.is_encrypted:
        raise UnsupportedFormat(
            f"the PDF is encrypted; decrypt it first with `qpdf --decrypt`, or {aside}"
        )
    if document.dictionary(catalog.get(b"Perms")).get(b"DocMDP") is not None:
        raise UnsupportedFormat(f"the PDF is certified, which permits no new catalog; {aside}")


def _specification(stream: Ref) -> dict[bytes, Value]:
    return {
        b"Type": Name(b"Filespec"),
        b"F": _FILE_NAME,
        b"UF": _FILE_NAME,
        b"Desc": _DESCRIPTION,
        _RELATIONSHIP: _MANIFEST,
        b"EF": {b"F": stream, b"UF": stream},
    }


def _stream(store: bytes) -> bytes:
    fields: dict[bytes, Value] = {
        b"Type": Name(b"EmbeddedFile"),
        b"Length": len(store),
        b"Params": {b"Size": len(store)},
        b"Subtype": Name(b"application/c2pa"),
    }
    return pdf_object.write(fields) + b"\nstream\n" + store + b"\nendstream"


CONTAINER: Final = Container(
    name="PDF",
    media_types=("application/pdf",),
    extensions=(".pdf",),
    sniff=_sniff,
    scan=_scan,
    frame=_frame,
    rewrite=_rewrite,
)
