"""Content of other files that a PDF file shows: streams with external data, other documents.

Streams are never in compressed objects, so their dictionaries are searched for in the file itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from aidisclose import limits
from aidisclose.codec import pdf_object
from aidisclose.codec.pdf_object import Name, Ref
from aidisclose.containers.pdf.document import Document
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.io.source import Source

#: The entry of a stream that names another file (ISO 32000-2 §7.3.8.2); of other dictionaries it
#: is a number, or the name of the file that they describe.
_FILE: Final = re.compile(
    rb"/(?:F|#46)(?=[\x00\t\n\f\r (<\[]|\d)\s*+(?:[(<]|\d{1,10}\s+\d{1,5}\s+R)"
)
_OBJECT: Final = re.compile(rb"\d\s+obj\b")
_STREAM: Final = re.compile(rb"[\x00\t\n\f\r ]*stream[\r\n]")
#: How far before such an entry its dictionary may begin, and how far after it end.
_ROOM: Final = 4 * limits.KIB

#: Actions on opening that show something else, or whatever a script does (§12.6.4).
_ACTIONS: Final = {
    Name(b"GoToR"): "another file that opens",
    Name(b"GoToE"): "another file that opens",
    Name(b"Launch"): "what a program shows",
    Name(b"URI"): "an address that opens",
    Name(b"ImportData"): "data of another file",
    Name(b"JavaScript"): "what a script shows",
    Name(b"Rendition"): "media that plays",
}


def find(source: Source, _layout: object) -> Iterator[str]:
    """See `Container.externals`."""
    document = Document(source)
    action = document.dictionary(
        document.dictionary(document.trailer.get(b"Root")).get(b"OpenAction")
    )
    seen: list[object] = []
    while action and len(seen) < limits.PDF_DEPTH:
        kind = action.get(b"S")
        if isinstance(kind, Name) and kind in _ACTIONS:
            yield _ACTIONS[kind]
        following = action.get(b"Next")
        seen.append(following)
        action = document.dictionary(following) if isinstance(following, Ref | dict) else {}
    yield from _streams(source)


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
            if isinstance(value, dict) and b"F" in value and _STREAM.match(data, seen):
                yield "a stream of another file"


def _before(match: re.Match[bytes]) -> int:
    return max(0, match.start() - _ROOM)
