"""Other files that an OME-TIFF takes pictures from (OME-TIFF specification, `TiffData`).

A picture may belong to a set of files: the XML in its description says which planes are in which
of them, and readers such as tifffile and Bio-Formats open those by their names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

_ROOT: Final = "OME"
_ELSEWHERE: Final = "UUID"
_COMPANION: Final = "BinaryOnly"
#: As much of a name as is told.
_TOLD: Final = 80


def find(description: bytes) -> Iterator[str]:
    """The files that a description names besides the one that it stands in, as untrusted text.

    Arguments:
        description: The description of the first picture, of anybody.
    """
    text = description.rstrip(b"\0 \t\r\n")
    if not text.endswith(b"OME>"):
        return
    found = _Found()
    try:
        found.parser.Parse(text, True)
    except (expat.ExpatError, LookupError, ValueError):
        return  # readers take it for no OME-XML
    yield from (repr(name[:_TOLD]) for name in found.names)


class _Found:
    """Takes what expat finds."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self._own = ""
        self._named = ""
        self._said: list[str] = []

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == _ROOT:
            self._own = self._own or attributes.get("UUID", "")
        elif local == _COMPANION and attributes.get("MetadataFile"):
            self.names.append(attributes["MetadataFile"])
        elif local == _ELSEWHERE and attributes.get("FileName"):
            self._named = attributes["FileName"]
            self._said.clear()
            self.parser.CharacterDataHandler = self._said.append
            self.parser.EndElementHandler = self._end

    def _end(self, _name: str) -> None:
        # A file may have got another name since; by its number it is still the same.
        said = "".join(self._said).strip()
        if said != self._own and self._named not in self.names:
            self.names.append(self._named)
        self.parser.CharacterDataHandler = None
        self.parser.EndElementHandler = None
