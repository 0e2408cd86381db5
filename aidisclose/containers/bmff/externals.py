"""Content of other files that an ISO media file shows: tracks and items whose data lie there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aidisclose.containers.bmff import iloc
from aidisclose.containers.bmff.offsets import references
from aidisclose.containers.container import Layout
from aidisclose.containers.isobox import Paths, box_at, children
from aidisclose.io.source import Source

_TRACKS: Final = "/moov/trak/mdia/minf"
#: A list of other movies to play instead (QuickTime File Format, reference movies).
_OTHER_MOVIES: Final = "/moov/rmra"


def find(source: Source, layout: Layout) -> Iterator[str]:
    """See `Container.externals`."""
    blocks = [block for block in layout.blocks if block.name in ("moov", "meta")]
    paths = Paths(source, [box_at(source, block.start, block.end) for block in blocks])
    for number, media in enumerate(paths.find(_TRACKS), 1):
        if not all(references(source, children(source, media))):
            yield f"track {number}"
    for meta in paths.find("/meta"):
        inside = children(source, meta)
        own = references(source, inside)
        for box in inside:
            if box.type == b"iloc":
                for entry in iloc.read(source, box).entries():
                    if entry.reference and not all(
                        own[entry.reference - 1 : entry.reference] or (0,)
                    ):
                        yield f"item {entry.item}"
    if paths.find(_OTHER_MOVIES):
        yield "another movie"
