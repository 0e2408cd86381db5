"""Content of other files that a PDF file shows: streams with external data, other documents.

Streams are never in compressed objects, so their dictionaries are searched for in the file itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from aidisclose import limits, sha2
from aidisclose.codec import pdf_object
from aidisclose.codec.pdf_object import Name, PDFObject
from aidisclose.containers.pdf.document import Document
from aidisclose.errors import LimitExceeded, Malformed, MalformedFile
from aidisclose.io.source import Source

#: The entry of a stream that names another file (ISO 32000-2 §7.3.8.2); of other dictionaries it
#: is a number, or the name of the file that they describe. A form may stand for a page of another
#: file, which `Ref` names (§8.10.4), a picture for one that is printed instead (`OPI`, §14.11.7).
_FILE: Final = re.compile(
    rb"/(?:F|#46)(?=[\x00\t\n\f\r (<\[%]|\d)(?:[\x00\s]|%[^\r\n]{0,200}+[\r\n])*+"
    rb"(?:[(<]|\d{1,10}\s+\d{1,5}\s+R)"
)
_ELSEWHERE: Final = frozenset({b"F", b"Ref", b"OPI"})
_OBJECT: Final = re.compile(rb"\d\s+obj\b")
_STREAM: Final = re.compile(rb"[\x00\t\n\f\r ]*stream[\r\n]")
#: How far before such an entry its dictionary may begin, and how far after it end.
_ROOM: Final = 4 * limits.KIB

#: An article, of another file if one is named (§12.6.4.7).
_THREAD: Final = Name(b"Thread")
#: Actions on opening that show something else, or whatever a script does (§12.6.4).
_ACTIONS: Final = {
    Name(b"GoToR"): "another file that opens",
    Name(b"GoToE"): "another file that opens",
    Name(b"Launch"): "what a program shows",
    Name(b"URI"): "an address that opens",
    _THREAD: "another file that opens",
    Name(b"ImportData"): "data of another file",
    Name(b"SubmitForm"): "what a server answers",
    Name(b"JavaScript"): "what a script shows",
    Name(b"Rendition"): "media that plays",
    Name(b"RichMediaExecute"): "media that plays",
    Name(b"Movie"): "media that plays",
}
#: The script that Acrobat puts into documents with attachments. It shows where to find them, in
#: versions before 7.
_HARMLESS: Final = "e5e41afb7f942e91fd1e435126519404fd27a01e704d436478efe1c7ee834cbc"
#: Triggers of an annotation that need nobody's hand: its page opens, or is visible.
_COMING_INTO_VIEW: Final = (b"PO", b"PV")
#: Annotations whose content is another file or a player's, which obeys a script of its own.
_PLAYED: Final = (Name(b"Movie"), Name(b"RichMedia"), Name(b"3D"))


def find(source: Source, _layout: object) -> Iterator[str]:
    """See `Container.externals`."""
    yield from _shown_on_opening(Document(source))
    yield from _streams(source)


def _shown_on_opening(document: Document) -> Iterator[str]:
    """Content that actions and scripts show which run without being asked (ISO 32000-2 §12.6.3).

    When the document opens or is printed, and when a page or an annotation on it comes into view.
    """
    catalog = document.dictionary(document.trailer.get(b"Root"))
    yield from _of_actions(document, [catalog.get(b"OpenAction")])
    yield from _of_actions(document, document.dictionary(catalog.get(b"AA")).values())
    scripts = document.dictionary(document.dictionary(catalog.get(b"Names")).get(b"JavaScript"))
    if b"Kids" in scripts or not all(
        _is_harmless(document, item) for item in document.array(scripts.get(b"Names"))[1::2]
    ):
        yield _ACTIONS[Name(b"JavaScript")]
    if b"Navigator" in document.dictionary(catalog.get(b"Collection")):
        yield "a collection that draws itself"
    if b"XFA" in document.dictionary(catalog.get(b"AcroForm")):
        yield "a form that draws itself"
    for page in _pages(document, catalog.get(b"Pages")):
        yield from _of_actions(document, document.dictionary(page.get(b"AA")).values())
        for item in document.array(page.get(b"Annots")):
            annotation = document.dictionary(item)
            actions = document.dictionary(annotation.get(b"AA"))
            yield from _of_actions(document, [actions.get(name) for name in _COMING_INTO_VIEW])
            if annotation.get(b"Subtype") in _PLAYED:
                yield _ACTIONS[Name(b"Rendition")]


def _is_harmless(document: Document, action: PDFObject) -> bool:
    text = document.resolve(document.dictionary(action).get(b"JS"))
    return isinstance(text, bytes) and sha2.digest("sha256", text).hex() == _HARMLESS


def _of_actions(document: Document, found: Iterable[PDFObject]) -> Iterator[str]:
    waiting = list(found)
    for count, value in enumerate(waiting):  # grows while it is walked
        if count == limits.PDF_NODES:
            raise MalformedFile("a chain of actions without end")
        action = document.dictionary(value)
        kind = action.get(b"S")
        is_own = kind == _THREAD and b"F" not in action
        if isinstance(kind, Name) and kind in _ACTIONS and not is_own:
            yield _ACTIONS[kind]
        following = document.resolve(action.get(b"Next"))
        waiting += following if isinstance(following, list) else [following] * bool(following)


def _pages(document: Document, root: PDFObject) -> Iterator[dict[bytes, PDFObject]]:
    """The pages, and the nodes of their tree; of a loop, as many as a document may have."""
    waiting = [root]
    for count, value in enumerate(waiting):  # grows while it is walked
        if count == limits.PDF_PAGES:
            raise LimitExceeded(f"a PDF of more than {limits.PDF_PAGES} pages")
        page = document.dictionary(value)
        yield page
        waiting += document.array(page.get(b"Kids"))


def _streams(source: Source) -> Iterator[str]:
    left = limits.PDF_PARSED
    for position in range(0, source.size, limits.CHUNK):
        data = source.read_at(position, limits.CHUNK + 2 * _ROOM)
        seen = 0
        for match in _FILE.finditer(data):
            # The nearest object in front is the one that holds the entry.
            begins = [item.end() for item in _OBJECT.finditer(data, _before(match), match.start())]
            if match.start() < seen or not begins:
                continue
            start = begins[-1]
            try:
                value, end = pdf_object.parse(data[start : match.end() + _ROOM])
            except Malformed:
                value, end = None, _ROOM
            seen = start + end
            left -= end
            if left < 0:
                raise LimitExceeded(f"more than {limits.PDF_PARSED} bytes of PDF objects")
            is_elsewhere = isinstance(value, dict) and not _ELSEWHERE.isdisjoint(value)
            if is_elsewhere and _STREAM.match(data, seen):
                yield "a stream of another file"


def _before(match: re.Match[bytes]) -> int:
    return max(0, match.start() - _ROOM)
