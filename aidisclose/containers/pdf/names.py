"""Name trees of a PDF file: strings in order, and what they stand for (ISO 32000-2 §7.9.6)."""

from __future__ import annotations

from collections.abc import Iterator

from aidisclose import limits
from aidisclose.codec.pdf_object import PDFObject, Ref
from aidisclose.containers.pdf.document import REPAIR, Document
from aidisclose.containers.pdf.increment import IncrementalUpdate
from aidisclose.errors import LimitExceeded, MalformedFile

_KIDS, _LIMITS, _NAMES = b"Kids", b"Limits", b"Names"


def entries(document: Document, root: PDFObject) -> Iterator[tuple[PDFObject, PDFObject]]:
    """The strings of a tree and what they stand for, in any order, each node once.

    Arguments:
        document: The file.
        root: Of the tree, or a reference to it.

    Raises:
        MalformedFile: A reference leads nowhere.
        LimitExceeded: There are more than `limits.PDF_NODES` nodes.
    """
    waiting, seen = [root], set[Ref]()
    for _ in range(limits.PDF_NODES):
        if not waiting:
            return
        value = waiting.pop()
        if isinstance(value, Ref):
            if value in seen:
                continue
            seen.add(value)
        node = document.dictionary(value)
        names = document.array(node.get(_NAMES))
        yield from zip(names[::2], names[1::2], strict=False)
        waiting += document.array(node.get(_KIDS))
    raise LimitExceeded(f"a PDF name tree has more than {limits.PDF_NODES} nodes")


def insert(
    update: IncrementalUpdate,
    document: Document,
    node: dict[bytes, PDFObject],
    key: bytes,
    value: PDFObject,
) -> None:
    """Add an entry to a name tree.

    Arguments:
        update: Takes the nodes below that change or are new.
        document: The file as it is.
        node: The root; it is changed.
        key: A string.
        value: The object that it stands for.

    Raises:
        MalformedFile: The tree cannot be followed.
        LimitExceeded: It is too deep.
    """
    for _ in range(limits.PDF_DEPTH):
        if _KIDS not in node:
            names = list(document.array(node.get(_NAMES)))
            later = (at for at in range(0, len(names), 2) if _string(names[at]) > key)
            place = next(later, len(names))
            node[_NAMES] = [*names[:place], key, value, *names[place:]]
            return
        kids = list(document.array(node[_KIDS]))
        node[_KIDS] = kids
        place, kid = _kid_for(document, kids, key)
        if kid is None:
            kids.insert(place, update.new({_LIMITS: [key, key], _NAMES: [key, value]}))
            return
        kids[place] = update.replaced(kids[place], kid)
        node = kid
    raise LimitExceeded(f"a PDF name tree is more than {limits.PDF_DEPTH} deep")


def _kid_for(
    document: Document, kids: list[PDFObject], key: bytes
) -> tuple[int, dict[bytes, PDFObject] | None]:
    """The index of the kid that a key belongs in, and a copy of it; None if there is a gap."""
    for index, kid in enumerate(kids):
        node = document.dictionary(kid)
        low, high = (
            _string(bound) for bound in (document.array(node.get(_LIMITS)) + [None] * 2)[:2]
        )
        if key <= high:
            return index, dict(node) if low <= key else None
    return len(kids), None


def _string(value: PDFObject) -> bytes:
    if not isinstance(value, bytes):
        raise MalformedFile(f"a PDF name tree with {type(value).__name__} for a key; {REPAIR}")
    return value
