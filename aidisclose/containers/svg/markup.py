"""The markup of an SVG as expat reads it, so that it can be compared before and after an edit."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final
from xml.parsers import expat

from aidisclose import limits
from aidisclose.containers.container import Detail
from aidisclose.containers.svg.parser import Parser
from aidisclose.errors import LimitExceeded
from aidisclose.io.source import Range, Source

_DECLARATION: Final = ("xmlns:c2pa", "http://c2pa.org/manifest")
_MARK: Final = "BOM"


def details(source: Source, leaving: Sequence[Range]) -> Iterator[Detail]:
    """A hash of the drawing, and of each `metadata` child of the root that says something.

    Of a file that is not well-formed, the reason is all there is.

    Arguments:
        source: The file.
        leaving: The parts of it that editing adds, removes or changes: stores, and the packet.

    Raises:
        LimitExceeded: There is too much markup.
    """
    markup = _Markup(source.size, leaving)
    try:
        deque(markup.parser.feed(source), maxlen=0)
    except (expat.ExpatError, LookupError, ValueError) as error:
        code = getattr(error, "code", 0)
        yield Detail("markup that is not well-formed", str(code).encode())
        return
    yield Detail("the drawing", markup.drawing.digest())
    for digest in markup.metadata:
        yield Detail("metadata", digest)


class _Markup:
    """Takes what expat finds. Entities stay references, so that none can explode."""

    def __init__(self, size: int, leaving: Sequence[Range]) -> None:
        self.drawing = hashlib.sha256()
        self.metadata: list[bytes] = []
        self._leaving = leaving
        self._left = limits.XML_MARKUP
        self._depth = 0
        # The hash of the `metadata` child that is open, and whether there is anything in it.
        self._open: hashlib._Hash | None = None
        self._says_something = False
        self._room = size + limits.XML_EXPANSION
        self.parser = Parser(self._entity)
        reader = self.parser.expat
        reader.StartElementHandler = self._start
        reader.EndElementHandler = self._end
        reader.CharacterDataHandler = self._text
        reader.CommentHandler = self._comment
        reader.ProcessingInstructionHandler = self._instruction
        # With this one, references to entities come as they stand.
        reader.DefaultHandler = self._text

    def _is_left(self) -> bool:
        place = self.parser.expat.CurrentByteIndex
        return any(part.start <= place < part.end for part in self._leaving)

    def _add(self, *texts: str, says_something: bool = True) -> None:
        text = "\0".join(texts)
        self._left -= 1
        self._room -= len(text)
        if self._left < 0:
            raise LimitExceeded(f"more than {limits.XML_MARKUP} pieces of markup to compare")
        if self._room < 0:
            raise LimitExceeded("declarations of the SVG make too much text of little")
        if self._leaving and self._is_left():
            return
        self._says_something = self._says_something or says_something
        digest = self._open or self.drawing
        # A picture in an attribute is not copied whole.
        for start in range(0, len(text), limits.CHUNK):
            piece = text[start : start + limits.CHUNK]
            digest.update(piece.encode("utf-8", "surrogatepass"))

    def _start(self, name: str, attributes: list[str]) -> None:
        if len(attributes) > 2 * limits.XML_ATTRIBUTES:
            raise LimitExceeded(f"an element has more than {limits.XML_ATTRIBUTES} attributes")
        if self._depth == limits.XML_DEPTH:
            raise LimitExceeded(f"elements are nested more than {limits.XML_DEPTH} deep")
        if self._depth == 0:
            pairs = zip(attributes[::2], attributes[1::2], strict=True)
            attributes = [text for pair in pairs if pair != _DECLARATION for text in pair]
        elif self._depth == 1 and name.rpartition(":")[2] == "metadata":
            self._open, self._says_something = hashlib.sha256(), bool(attributes)
        self._depth += 1
        opens = self._depth == 2 and self._open is not None
        self._add("\1", name, *attributes, "\2", says_something=not opens)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth == 1 and self._open is not None:
            if self._says_something:
                self.metadata.append(self._open.digest())
            self._open = None
        else:
            self._add("\3", name)

    def _text(self, text: str) -> None:
        # Text comes in pieces, which are cut elsewhere afterwards.
        self._add(text, says_something=not text.isspace())

    def _entity(self, *texts: str) -> None:
        self._add("\6", *texts, "\2")

    def _comment(self, text: str) -> None:
        if text != _MARK:
            self._add("\4", text, "\2")

    def _instruction(self, target: str, text: str) -> None:
        self._add("\5", target, text, "\2")
