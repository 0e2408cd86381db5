"""Boxes that signatures leave out, because programs rewrite them: is there anything else in them?

Until C2PA 2.4 a BMFF hash had to leave out `ftyp`, and it leaves out `mfra` still (§A.5.5). Nobody
vouches for what stands in them, so they must hold what their type is for, stand where it belongs,
and agree with the rest of the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from aidisclose.containers.container import Block, Layout
from aidisclose.containers.isobox import Box, Paths, box_at, children, top, version_and_flags
from aidisclose.errors import LimitExceeded, MalformedFile
from aidisclose.io.source import Source

#: Brands of a file; real ones have below 20.
_BRANDS: Final = 64
#: Major brand, version and compatible brands; QuickTime pads its list with zeros.
_BRAND_LIST: Final = re.compile(rb"[ -~]{4}.{4}(?:[ -~]{4}|\0{4})*", re.DOTALL)
_HEADER: Final = 8

_ENABLED: Final = 1


def surplus(source: Source, layout: Layout, box: Block) -> str | None:
    """The reason why a top-level box holds more than its type is for; None if it does not.

    Arguments:
        source: The file.
        layout: Its layout.
        box: A box `ftyp` or `mfra`.
    """
    try:
        if box.name == "ftyp":
            return _brands(source, layout, box)
        return _index(source, layout.blocks, box)
    except (MalformedFile, LimitExceeded):
        return f"{box.name} cannot be read"


def _brands(source: Source, layout: Layout, box: Block) -> str | None:
    if box.start:
        return "a further ftyp box"
    head = source.read_at(0, _HEADER)
    # A size in 64 bits, or none, would shift the brands from where a file is recognised by them.
    if int.from_bytes(head[:4]) != box.length or box.length > 4 * _BRANDS:
        return "ftyp does not list some brands"
    if not _BRAND_LIST.fullmatch(source.read_at(_HEADER, box.length - _HEADER)):
        return "ftyp holds something other than brands"
    return _contradiction(source, layout)


def _contradiction(source: Source, layout: Layout) -> str | None:
    """The kind of file that the brands wrongly claim."""
    names = {block.name for block in layout.blocks}
    kind = layout.media_type.split("/")[0]
    if kind == "image" and names.isdisjoint({"meta", "moov"}):
        return f"ftyp says {layout.media_type}, and there is no picture"
    if kind in ("audio", "video") and names.isdisjoint({"moov", "moof", "sidx"}):
        return f"ftyp says {layout.media_type}, and there is no movie"
    if kind == "audio" and any(_is_film(source, box) for box in _tracks(source)):
        return f"ftyp says {layout.media_type}, and there is a film"
    return None


def _tracks(source: Source) -> Sequence[Box]:
    return Paths(source, top(source)).find("/moov/trak")


def _is_film(source: Source, track: Box) -> bool:
    """Whether players show the pictures of a track; those of chapters are not enabled."""
    paths = Paths(source, children(source, track))
    headers = [version_and_flags(source, box) for box in paths.find("/tkhd")]
    if not any(found and found[1] & _ENABLED for found in headers):
        return False
    # Version, flags and a reserved number come before the kind of media (ISO/IEC 14496-12 §8.4.3).
    return any(source.read_at(box.body + 8, 4) == b"vide" for box in paths.find("/mdia/hdlr"))


def _index(source: Source, blocks: Sequence[Block], box: Block) -> str | None:
    """`mfra` holds where fragments begin, and how long it is itself (ISO/IEC 14496-12 §8.8.9)."""
    if box.end != source.size:
        return "mfra does not end the file"
    inside = children(source, box_at(source, box.start, box.end))
    if not inside or inside[-1].type != b"mfro" or inside[-1].end != box.end:
        return "mfra does not end in its size"
    *tables, size = inside
    # One byte more is asked for than there is: so nothing follows the size.
    if source.read_at(size.body + 4, 5) != box.length.to_bytes(4) or size.length != 16:
        return "mfra states another size"
    moofs = {block.start for block in blocks if block.name == "moof"}
    if not all(_is_table(source, table, moofs) for table in tables):
        return "mfra holds something other than where fragments begin"
    return None


def _is_table(source: Source, box: Box, moofs: set[int]) -> bool:
    found = version_and_flags(source, box)
    if box.type != b"tfra" or found is None or found not in ((0, 0), (1, 0)):
        return False
    raw = source.read_at(box.body, box.end - box.body)
    # 26 reserved bits come before the widths: something could be hidden in them.
    if len(raw) < 16 or int.from_bytes(raw[8:12]) >> 6:
        return False
    width = 8 if found[0] else 4
    sizes = raw[11]
    stride = 2 * width + 3 + (sizes >> 4 & 3) + (sizes >> 2 & 3) + (sizes & 3)
    if len(raw) != 16 + stride * int.from_bytes(raw[12:16]):
        return False
    last = (0, 0)
    for at in range(16, len(raw), stride):
        time, offset = (int.from_bytes(raw[n : n + width]) for n in (at, at + width))
        # Both only ascend, so that little can be written with them.
        if offset not in moofs or (time, offset) < last or offset < last[1]:
            return False
        last = (time, offset)
    return True
