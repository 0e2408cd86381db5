"""Sound behind sound of odd length.

FFmpeg up to 7 plays the `data` chunks of a WAV one after another. It looks for the next one where
the last one ends by its size, and does not count the pad byte. So behind sound of odd length it
takes other bytes for headers, and what those say leads it anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aidisclose import limits
from aidisclose.errors import LimitExceeded
from aidisclose.io.source import Range, Source

_HEADER: Final = 8


def find(source: Source, end: int) -> Iterator[Range]:
    """The sound that follows, by headers that are not where they belong.

    Arguments:
        source: A WAV.
        end: The offset where sound ends, its pad byte not counted.

    Raises:
        LimitExceeded: There are more headers than a file may have chunks.
    """
    for _ in range(limits.BLOCKS):
        head = source.read_at(end, _HEADER)
        if len(head) < _HEADER:
            return
        size = int.from_bytes(head[4:], "little")
        end += _HEADER + size
        if head[:4] == b"data":
            yield Range(end - size, size)
        else:
            end += size & 1
    raise LimitExceeded(f"more than {limits.BLOCKS} headers follow sound of odd length")
