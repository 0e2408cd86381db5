"""Parts of a manifest store that readers of a damaged PDF take for objects.

Where a cross-reference leads to nothing, readers search the whole file for objects and trailers, of
which the last counts. What the store holds is hashed in part only, so it must hold neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from aidisclose.containers.container import Astray, Layout, Stray
from aidisclose.io.source import Range, Source

#: qpdf takes a vertical tab for white space, and a number with a sign.
_SPACE: Final = rb"[\x00\t\n\v\f\r ]"
_TAKEN: Final = re.compile(
    rb"[0-9]%b++[+-]?[0-9]++%b*+obj(?![A-Za-z])|trailer%b*+<<" % (_SPACE, _SPACE, _SPACE)
)
#: Some readers pass over comments between numbers and keyword.
_COMMENT: Final = re.compile(rb"%[^\r\n]*+")


def find(source: Source, layout: Layout) -> Iterator[Stray]:
    """The first object or trailer in each piece of the stores."""
    for store in layout.stores:
        for piece in store.pieces:
            data = source.read_at(piece.start, piece.length)
            if b"obj" not in data and b"trailer" not in data:
                continue
            found = _TAKEN.search(data) or _TAKEN.search(_COMMENT.sub(b" ", data))
            if found:
                place = Range(piece.start, piece.length)
                name = "what readers of a damaged PDF take for an object"
                yield Stray(name, place, Astray.STORE)
