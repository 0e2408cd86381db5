"""Content behind a picture that its XMP finds, counted from the end of the file.

A moving picture has its film there, an Ultra HDR picture its gain map. Google's Container
(https://developer.android.com/media/platform/motion-photo-format) lists the lengths of all of them
in order; its predecessor says in `MicroVideoOffset` how far from the end the film begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Final

_ITEM: Final = re.compile(rb"<[\w.-]+:Item\b([^<>]*+)>")
_FILM: Final = re.compile(rb"\bMicroVideoOffset\s*+(?:=\s*+[\"']|>)\s*+([0-9]{1,19})")
#: As an attribute of the item or as an element in it; `rdf:li` may have the attributes instead.
_LENGTH: Final = re.compile(rb"\b(?:Length|Padding)\s*+(?:=\s*+[\"']|>)\s*+([0-9]{1,19})")
_PRIMARY: Final = re.compile(rb"\bSemantic\s*+(?:=\s*+[\"']|>)\s*+Primary\b")


def distances(packet: bytes) -> Iterator[int]:
    """The distance from the end of the file of each content, by an XMP packet of anybody."""
    yield from (int(found[1]) for found in _FILM.finditer(packet))
    yield from accumulate(reversed(list(_lengths(packet))))


def _lengths(packet: bytes) -> Iterator[int]:
    """Bytes that each item but the picture itself takes, in order."""
    starts = [item.start() for item in _ITEM.finditer(packet)]
    for start, end in pairwise((*starts, len(packet))):
        fields = packet[start:end]
        if not _PRIMARY.search(fields):
            yield sum(int(found[1]) for found in _LENGTH.finditer(fields))
