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
from aidisclose.codec.jumbf import Superbox
from aidisclose.containers.container import Astray, Layout, Stray, read_store
from aidisclose.errors import Unreadable
from aidisclose.io.source import Range, Source
from aidisclose.sha2 import digest

#: The tag of a maker note, and that of DNG for what cameras wrote elsewhere.
TAGS: Final = frozenset({0x927C, 0xC634})
_FIELD: Final = re.compile(rb"\x92\x7c\0\x07|\x7c\x92\x07\0")
#: What a picture begins with, and the frame and the scan without which it shows nothing (ITU-T
#: T.81 §B.2).
_START: Final = b"\xff\xd8\xff"
_FRAME: Final = re.compile(rb"\xff[\xc0-\xcf]\0")
_SCAN: Final = b"\xff\xda\0"
#: Boxes in these are hashed, so that nobody can change a thumbnail there.
_HASHED: Final = frozenset({"c2pa.assertions", "c2pa.databoxes", "c2pa.credentials"})
_SIGNATURE: Final = "c2pa.signature"
_CLAIM: Final = "c2pa.claim"
_ALGORITHMS: Final = ("sha256", "sha384", "sha512")
#: As CBOR has a digest of 32, 48 or 64 bytes.
_DIGEST: Final = re.compile(rb"(?=\x58(?:\x20(.{32})|\x30(.{48})|\x40(.{64})))", re.DOTALL)


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
    """The parts of a manifest store between those to which hashes lead from the active claim."""
    at = 0
    covered = (Range(box.start, box.end - box.start) for box in _hashed(jumbf.parse(data)))
    for part in sorted(covered):
        yield data[at : part.start]
        at = max(at, part.end)
    yield data[at:]


def _hashed(store: Superbox) -> Iterator[Superbox]:
    """Boxes whose hash is in the active claim, or in a box whose hash is.

    Whether claims and references are valid is for others to say.
    """
    manifests = list(store.superboxes)
    claims: dict[int, list[Superbox]] = {}
    waiting: dict[bytes, list[Superbox]] = {}
    for manifest in manifests:
        boxes = [manifest]
        for box in manifest.superboxes:
            if box.label in _HASHED:
                boxes += box.superboxes
            elif box.label == _SIGNATURE:
                boxes.append(box)
                claims[box.start] = [
                    each for each in manifest.superboxes if each.label.startswith(_CLAIM)
                ]
        for box in boxes:
            for alg in _ALGORITHMS:
                waiting.setdefault(digest(alg, box.payload), []).append(box)
    reached = [
        box
        for manifest in manifests[-1:]
        for box in manifest.superboxes
        if box.label.startswith(_CLAIM)
    ]
    for box in reached:  # grows while it is walked
        for found in _DIGEST.finditer(box.payload):
            for each in waiting.pop(found[1] or found[2] or found[3], ()):
                # Whatever a signature's hash is there for, the claim is what it signs.
                reached += [each, *claims.get(each.start, ())]
                yield each


def _has_picture(data: bytes) -> bool:
    start = data.find(_START)
    frame = _FRAME.search(data, start) if start >= 0 else None
    return frame is not None and data.find(_SCAN, frame.end()) >= 0
