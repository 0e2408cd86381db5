"""Other files that an OME-TIFF takes pictures from (OME-TIFF specification, `TiffData`).

A picture may belong to a set of files: the XML in its description says which planes are in which
of them, and readers such as tifffile and Bio-Formats open those by their names.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

from aidisclose import limits
from aidisclose.containers.svg.parser import Parser
from aidisclose.errors import LimitExceeded
from aidisclose.io.source import BytesSource

_ROOT: Final = "OME"
_ELSEWHERE: Final = "UUID"
_COMPANION: Final = "BinaryOnly"
#: As much of a name as is told.
_TOLD: Final = 80


def find(description: bytes) -> Iterator[str]:
    """The files that a description names besides the one that it stands in, as untrusted text.

    Arguments:
        description: The description of the first picture, of anybody.

    Raises:
        LimitExceeded: It has more elements, deeper ones or longer tags than an SVG may have.
    """
    text = description.rstrip(b"\0 \t\r\n")
    if not text.endswith(b"OME>"):
        return
    found = _Found()
    try:
        deque(found.parser.feed(BytesSource(text)), maxlen=0)
    except (expat.ExpatError, LookupError, ValueError):
        return  # readers take it for no OME-XML
    yield from (repr(name[:_TOLD]) for name in found.names)


class _Found:
    """Takes what expat finds."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self.parser = Parser()
        self.parser.expat.ordered_attributes = False
        self.parser.expat.StartElementHandler = self._start
        self.parser.expat.EndElementHandler = self._end
        self._depth = 0
        self._left = limits.XML_MARKUP
        self._own = ""
        self._named = ""
        self._said: list[str] = []

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._left -= 1
        if self._depth > limits.XML_DEPTH or self._left < 0:
            raise LimitExceeded("a description of too many or too deep elements")
        local = name.rpartition(":")[2]
        if local == _ROOT:
            self._own = self._own or attributes.get("UUID", "")
        elif local == _COMPANION and attributes.get("MetadataFile"):
            self.names[attributes["MetadataFile"]] = None
        elif local == _ELSEWHERE and attributes.get("FileName"):
            self._named = attributes["FileName"]
            self._said.clear()
            self.parser.expat.CharacterDataHandler = self._said.append

    def _end(self, _name: str) -> None:
        self._depth -= 1
        if not self._named:
            return
        # A file may have got another name since; by its number it is still the same.
        said = "".join(self._said).strip()
        if said != self._own:
            self.names[self._named] = None
        self._named = ""
        self.parser.expat.CharacterDataHandler = None
