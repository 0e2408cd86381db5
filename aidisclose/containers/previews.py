"""Previews that the maker notes of a camera lead to.

Each maker has its own way to say where a preview is: as fields of a directory, in a list of
numbers, from the head of the Exif data or from another place. ExifTool knows most, and guesses
where offsets count from in files that were edited. So beside a maker note nothing in a manifest
store that no hash covers may be a picture, whatever leads there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from aidisclose.codec import jumbf
from aidisclose.containers.container import Astray, Layout, Stray, read_store
from aidisclose.errors import Unreadable
from aidisclose.io.source import Range, Source

#: The tag of a maker note, and that of DNG for what cameras wrote elsewhere.
TAGS: Final = frozenset({0x927C, 0xC634})
_FIELD: Final = re.compile(rb"\x92\x7c\0\x07|\x7c\x92\x07\0")
#: What a picture begins with, and the frame and the scan without which it shows nothing (ITU-T
#: T.81 §B.2).
_START: Final = b"\xff\xd8\xff"
_FRAME: Final = re.compile(rb"\xff[\xc0-\xcf]\0")
_SCAN: Final = b"\xff\xda\0"
#: Every box in these is hashed, so that nobody can change a thumbnail there.
_HASHED: Final = frozenset({"c2pa.assertions", "c2pa.databoxes", "c2pa.credentials"})


def has_maker_note(exif: bytes) -> bool:
    """Whether a maker note seems to be in Exif data."""
    return bool(_FIELD.search(exif))


def strays(source: Source, layout: Layout) -> Iterator[Stray]:
    """The manifest stores with a picture that no hash covers.

    Arguments:
        source: A file with a maker note.
        layout: Of the file.
    """
    for store in layout.stores:
        try:
            data = read_store(source, store)
            if _START in data and any(map(_has_picture, _unhashed(data))):
                yield Stray("what a maker note may lead to", store.frame, Astray.STORE)
        except Unreadable:
            continue  # nothing can be signed by such a store


def _unhashed(data: bytes) -> Iterator[bytes]:
    """The parts of a manifest store between those that the claims have hashes of."""
    at = 0
    hashed = (
        Range(box.start, box.end - box.start)
        for manifest in jumbf.parse(data).superboxes
        for box in manifest.superboxes
        if box.label in _HASHED
    )
    for part in sorted(hashed):
        yield data[at : part.start]
        at = part.end
    yield data[at:]


def _has_picture(data: bytes) -> bool:
    start = data.find(_START)
    frame = _FRAME.search(data, start) if start >= 0 else None
    return frame is not None and data.find(_SCAN, frame.end()) >= 0
