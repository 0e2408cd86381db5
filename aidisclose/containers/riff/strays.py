"""Parts of a manifest store that players of an AVI take for frames.

FFmpeg reads the frames of an AVI one after another, and where none begins it looks for the next
byte by byte: behind the media too, to the end of the file, the store included. What the store holds
is hashed in part only, so that nothing in it may look like a frame, or like what leads to one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from aidisclose import limits
from aidisclose.codec import jumbf
from aidisclose.containers.container import Astray, Layout, Stray
from aidisclose.errors import Unreadable
from aidisclose.io.source import Range, Source

#: What is passed over with as many bytes as it says, so that what follows counts as a beginning.
_SKIPPED: Final = re.compile(rb"(?=(JUNK|idx1|indx|LIST|ix[0-9]{2}|[0-9]{2}(?:ix|wc)))")
#: The number of a stream in decimal, and two characters for what is in the chunk.
_FRAME: Final = re.compile(rb"(?=([0-9]{2})([\x00-\x7f]{2}))")
#: A new palette for the frames that follow.
_PALETTE: Final = b"pc"
_HEADER: Final = 8
#: A frame behind a label that ends before the signature begins.
_SMALL: Final = 256
#: Stands before the label in a description box, with one byte of flags.
_UUID: Final = 16
#: From so many chunks of one kind on, players take none of another kind for the stream.
_SETTLED: Final = 6
#: Numbers of streams have two digits.
_STREAMS: Final = 100
#: A `RIFF` of this size is taken for one without end.
_ENDLESS: Final = 8


def find(source: Source, layout: Layout, media: Range | None) -> Iterator[Stray]:
    """The first such part of each piece of the stores.

    Arguments:
        source: The file.
        layout: Its layout.
        media: The place of the content of the `movi` list, None if there is none where one belongs.
    """
    if not layout.stores:
        return
    streams = _streams(source, media)
    settled = _settled(source, media) if media is not None else {}
    declared = int.from_bytes(source.read_at(4, 4), "little")
    most = 2**32 if declared == _ENDLESS else max(source.size, declared)
    for store in layout.stores:
        for piece in store.pieces:
            data = source.read_at(piece.start, piece.length)
            labels = _labels(data)
            for at in _starts(data, streams, settled):
                size = int.from_bytes(data[at + 4 : at + _HEADER], "little")
                if size < _SMALL and any(at in label for label in labels):
                    continue
                if piece.start + at + size <= most:
                    place = Range(piece.start + at, _HEADER)
                    yield Stray("what players take for a frame", place, Astray.STORE)
                    break


def _starts(data: bytes, streams: int, settled: dict[int, bytes]) -> Iterator[int]:
    """Positions of everything that may be taken for a frame, whatever its size."""
    for found in _SKIPPED.finditer(data):
        yield found.start()
    for found in _FRAME.finditer(data):
        number, code = int(found[1]), found[2]
        if number < streams and code in (settled.get(number, code), _PALETTE):
            yield found.start()


def _labels(data: bytes) -> tuple[range, ...]:
    """The labels of manifests. Random digits look like a frame once in hundred short films.

    Assertions or a claim stand behind them, which are hashed, so that nobody can write a small
    frame there.
    """
    try:
        manifests = jumbf.parse(data).superboxes
        return tuple(
            range(box.body, box.body + _HEADER + _UUID + 1 + len(box.label) + 1)
            for box in manifests
        )
    except Unreadable:
        return ()


def _streams(source: Source, media: Range | None) -> int:
    """At least the number of streams that players know."""
    if media is None or media.start > limits.MIB:
        return _STREAMS
    return source.read_at(0, media.start).count(b"strh")


def _settled(source: Source, media: Range) -> dict[int, bytes]:
    """The code of the chunks of each stream that begins with enough of one kind."""
    seen: dict[int, Counter[bytes]] = {}
    at, left = media.start, limits.AVI_FRAMES
    while at + _HEADER <= media.end and left:
        head = source.read_at(at, _HEADER)
        left -= 1
        if head[:4] == b"LIST":  # a cluster: its chunks follow the type of the list
            at += _HEADER + 4
            continue
        if head[:2].isdigit():
            seen.setdefault(int(head[:2]), Counter())[head[2:4]] += 1
        size = int.from_bytes(head[4:], "little")
        at += _HEADER + size + (size & 1)
    return {
        number: code
        for number, codes in seen.items()
        for code, count in codes.items()
        if len(codes) == 1 and count >= _SETTLED
    }
