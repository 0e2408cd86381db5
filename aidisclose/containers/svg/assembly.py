"""The text of an SVG as viewers put it together, with entities replaced and comments left out.

A style `fill: u<!-- -->rl(a.svg#p)` leads elsewhere, and so does `fill: &u;rl(a.svg#p)`. expat
reads the markup; references to what is in other files stay unresolved, as they do in viewers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

from aidisclose import limits
from aidisclose.containers.svg.parser import Parser
from aidisclose.errors import LimitExceeded, MalformedFile
from aidisclose.io.source import Source

#: What stands for other text, or for attributes that nobody wrote.
_DECLARED: Final = re.compile(rb"<!(?:ENTITY|ATTLIST)")
#: What may divide the words of a style.
_STYLE: Final = re.compile(rb"[<:]style[\s>]")
_LONGEST: Final = len(b"<!ATTLIST")
_END: Final = object()


def windows(source: Source, overlap: int) -> Iterator[bytes]:
    """The styles of a file, piece by piece; all tags and text of one with declarations.

    What is an attribute or a text of one piece without entities stands in the file as it is.
    A viewer shows a file that is not well-formed up to the fault.

    Arguments:
        source: An SVG file.
        overlap: Number of bytes of each piece that the next one begins with.

    Raises:
        MalformedFile: The file is not well-formed.
        LimitExceeded: There are too many elements, or entities make too much of little.
    """
    declares, has_style = _kind(source)
    if not declares and not has_style:
        return
    text = _Text(source.size if declares else 0)
    last = b""
    fed = text.parser.feed(source)
    fault: str | None = None
    while fault is None:
        try:
            if next(fed, _END) is _END:
                return
        except (expat.ExpatError, LookupError, ValueError) as error:
            fault = str(error)
        last = last[-overlap:] + "".join(text.parts).encode("utf-8", "replace")
        text.parts.clear()
        yield last
    raise MalformedFile(f"markup that is not well-formed: {fault}")


def _kind(source: Source) -> tuple[bool, bool]:
    """Whether a file declares entities or attributes, and whether it has a style."""
    has_style = False
    for start in range(0, source.size, limits.CHUNK):
        data = source.read_at(start, limits.CHUNK + _LONGEST)
        if _DECLARED.search(data):
            return True, has_style
        has_style = has_style or bool(_STYLE.search(data))
    return False, has_style


class _Text:
    """Takes what expat finds, and puts the text of each element together.

    Arguments:
        size: Of a file that declares any: all its tags and text are taken. Of another one, 0:
            the text of styles is enough.
    """

    def __init__(self, size: int) -> None:
        self.parts: list[str] = []
        self.parser = Parser()
        self.parser.expat.buffer_text = True
        self.parser.expat.StartElementHandler = self._start
        self.parser.expat.EndElementHandler = self._end
        self._depth = 0
        self._tags = limits.XML_MARKUP
        self._takes_all = bool(size)
        self._left = size + limits.XML_EXPANSION
        self._elements = limits.XML_ELEMENTS
        #: The text of each open element, from the first on of which it is taken.
        self._open: list[list[str]] = []

    def _start(self, name: str, attributes: list[str]) -> None:
        if self._depth == limits.XML_DEPTH:
            raise LimitExceeded(f"elements are nested more than {limits.XML_DEPTH} deep")
        self._depth += 1
        self._tags -= 1
        if self._tags < 0:
            raise LimitExceeded(f"the SVG has more than {limits.XML_MARKUP} tags")
        if not self._takes_all and not self._open and not name.endswith("style"):
            return
        if not self._open:
            self.parser.expat.CharacterDataHandler = self._data
        self._open.append([])
        self._elements -= 1
        if self._elements < 0:
            raise LimitExceeded(
                f"the SVG has more than {limits.XML_ELEMENTS} elements with entities or styles"
            )
        self._count(name, *attributes)
        pairs = zip(attributes[::2], attributes[1::2], strict=True)
        written = (f' {key}="{_escaped(value, quotes="&quot;")}"' for key, value in pairs)
        self.parts.append(f"<{name}{''.join(written)}>")

    def _data(self, text: str) -> None:
        self._count(text)
        self._open[-1].append(text)

    def _end(self, _name: str) -> None:
        self._depth -= 1
        if not self._open:
            return
        # Viewers do not take what children say for a part of a style.
        self.parts.append(_escaped("".join(self._open.pop())) + "\n")
        if not self._open:
            self.parser.expat.CharacterDataHandler = None

    def _count(self, *texts: str) -> None:
        self._left -= sum(map(len, texts))
        if self._left < 0:
            raise LimitExceeded("the entities of the SVG make too much text of little")


def _escaped(text: str, *, quotes: str = '"') -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', quotes)
