"""expat, fed so that it never holds more of a hostile file than a drawing has in one tag.

It gathers all attributes of a tag, with entities replaced, before it calls anybody: 800,000 of them
take 400 MB, and so does one that is made of references to a long entity.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final
from xml.parsers import expat

from aidisclose import limits
from aidisclose.errors import LimitExceeded
from aidisclose.io.source import Source

#: Pieces that crowded markup is fed in: 13,000 attributes fit into one.
_PIECE: Final = 64 * limits.KIB
#: Entities are known before anything refers to them only if little is fed with their declarations.
_ENTITY: Final = b"<!ENTITY"
#: References to entities that somebody declared.
_REFERENCE: Final = re.compile(r"&(?!#)([^;&\s]{1,200}+);")
_NAMED: Final = re.compile(rb"&(?!#|amp;|lt;|gt;|quot;|apos;)")
#: Entities of entities of so many levels are added up; drawings have none.
_LEVELS: Final = 8
#: A reference to what may be a character beyond Latin-1, with which a text takes four bytes for
#: each.
_WIDE: Final = re.compile(rb"&(?!#(?:x0*+[0-9A-Fa-f]{1,2}|0*+[0-9]{1,2});)")
_WIDTH: Final = 4


class Parser:
    """A parser of expat, and how much of a file it holds.

    Arguments:
        declared: The function that is told of each declared entity: its name, text and address.

    Attributes:
        expat: The parser. Its handler for declared entities is taken.
    """

    def __init__(self, declared: Callable[..., None] | None = None) -> None:
        self._declared = declared
        self.expat = expat.ParserCreate()
        self.expat.ordered_attributes = True
        self.expat.EntityDeclHandler = self._declare
        #: The texts of entities, and the length of the longest one with all entities in it.
        self._entities: dict[str, str] = {}
        self._longest: int | None = 0
        #: Equals signs and references in what is held, and whether it may have wide characters.
        self._equals = self._references = 0
        self._is_wide = False

    def feed(self, source: Source) -> Iterator[None]:
        """Parse a file; yields behind each `limits.CHUNK` of it, and at the end.

        Raises:
            LimitExceeded: A tag, comment or instruction is too long, or has too many attributes,
                or entities make too much of it.
            ExpatError: The file is not well-formed.
            LookupError, ValueError: Its encoding is unknown.
        """
        before = b""
        for start in range(0, source.size, limits.CHUNK):
            data = source.read_at(start, limits.CHUNK)
            is_crowded = max(data.count(b"="), data.count(b"&")) > limits.XML_ATTRIBUTES
            declares = _ENTITY in data or _ENTITY in before + data[: len(_ENTITY)]
            before = data[-len(_ENTITY) :]
            step = _PIECE if is_crowded or declares else limits.CHUNK
            for begin in range(0, len(data), step):
                piece = data[begin : begin + step]
                self._feed(piece, start + begin + len(piece))
            yield
        self.expat.Parse(b"", True)
        yield

    def _feed(self, piece: bytes, end: int) -> None:
        """Parse a piece of the file that ends at `end`."""
        references = len(_NAMED.findall(piece)) if self._entities else 0
        if self._longest is None:
            self._longest = self._length()
        if (self._references + references) * self._longest > limits.XML_EXPANSION:
            raise LimitExceeded("the entities of the SVG make too much text of little")
        place = self.expat.CurrentByteIndex
        self.expat.Parse(piece, False)
        if self.expat.CurrentByteIndex != place:
            self._equals = self._references = 0
            self._is_wide = False
        if len(self.expat.intern) > limits.XML_NAMES:
            raise LimitExceeded(f"the SVG has more than {limits.XML_NAMES} names of elements")
        self._equals += piece.count(b"=")
        self._references += references
        is_wide = not piece.isascii() or (b"&" in piece and _WIDE.search(piece) is not None)
        self._is_wide = self._is_wide or is_wide
        if self._equals > 2 * limits.XML_ATTRIBUTES:
            raise LimitExceeded(f"an element has more than {limits.XML_ATTRIBUTES} attributes")
        longest = limits.XML_TAG // (_WIDTH if self._is_wide else 1)
        if end - self.expat.CurrentByteIndex > longest:
            raise LimitExceeded(f"a tag is longer than {longest} bytes")

    def _declare(
        self,
        name: str,
        is_parameter: int,
        value: str | None,
        *elsewhere: str | None,
    ) -> None:
        """Take in the declaration of an entity. Of several of one name the first counts."""
        self._entities.setdefault(name, value or "")
        if self._declared:
            kind = "%" if is_parameter else "&"
            self._declared(kind, name, *(text or "" for text in (value, *elsewhere)))
        self._longest = None  # told once, for thousands of declarations

    def _length(self) -> int:
        """The length of the longest entity; more than is permitted if that takes long to tell."""
        texts = self._entities
        lengths = {name: len(text) for name, text in texts.items()}
        for _ in range(_LEVELS):
            longer = {
                name: len(text) + sum(lengths.get(inner, 0) for inner in _REFERENCE.findall(text))
                for name, text in texts.items()
            }
            if longer == lengths:
                return max(lengths.values())
            lengths = longer
        return limits.XML_EXPANSION + 1
