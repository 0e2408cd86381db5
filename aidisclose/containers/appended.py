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

from aidisclose import limits
from aidisclose.containers.container import Layout, Stray
from aidisclose.containers.reach import Reach
from aidisclose.io.source import Range, Source

_ITEM: Final = re.compile(rb"<[\w.-]+:Item\b([^<>]*+)>")
_FILM: Final = re.compile(rb"\bMicroVideoOffset\s*+(?:=\s*+[\"']|>)\s*+([0-9]{1,19})")
#: As an attribute of the item or as an element in it; `rdf:li` may have the attributes instead.
_LENGTH: Final = re.compile(rb"\b(?:Length|Padding)\s*+(?:=\s*+[\"']|>)\s*+([0-9]{1,19})")
_PRIMARY: Final = re.compile(rb"\bSemantic\s*+(?:=\s*+[\"']|>)\s*+Primary\b")


def strays(source: Source, layout: Layout) -> Iterator[Stray]:
    """What begins in a manifest store, or before one and does not end there.

    Lengths beyond the whole file are those of a film that was removed; readers find nothing.
    """
    if layout.xmp is None or layout.xmp.length > limits.XMP_SIZE or not layout.stores:
        return
    packet = source.read_at(layout.xmp.start, layout.xmp.length)
    if b"MicroVideoOffset" not in packet and b":Item" not in packet:
        return
    lengths = [int(found[1]) for found in _FILM.finditer(packet)]
    lengths += accumulate(reversed(list(_lengths(packet))))
    starts = (layout.size - each for each in lengths if each <= layout.size)
    places = (Range(start, layout.size - start) for start in starts)
    yield from Reach(layout).strays("what the XMP says is behind the picture", places)


def _lengths(packet: bytes) -> Iterator[int]:
    """Bytes that each item but the picture itself takes, in order."""
    starts = [item.start() for item in _ITEM.finditer(packet)]
    for start, end in pairwise((*starts, len(packet))):
        fields = packet[start:end]
        if not _PRIMARY.search(fields):
            yield sum(int(found[1]) for found in _LENGTH.finditer(fields))
