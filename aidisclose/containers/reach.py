"""Offsets of a format that lead where nothing of the media is.

A reader that follows an offset into the manifest store shows bytes that no hash covers: signatures
hold padding and other fields that anybody can change. One that points past the end of the file
today may lead into a store tomorrow. Honest files have neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Final

from aidisclose import limits
from aidisclose.containers.container import Astray, Layout, Stray
from aidisclose.io.source import Range, Source

#: Beyond every offset.
_FAR: Final = 2**80


class Reach:
    """The ranges that the offsets of one file may lead to.

    Arguments:
        layout: Of the file. What belongs to a manifest store is what its hash leaves out.
        unsigned: Further parts that the hash leaves out.
    """

    def __init__(self, layout: Layout, *, unsigned: Iterable[Range] = ()) -> None:
        self._size = layout.size
        self._stores = [
            part
            for store in layout.stores
            for part in {store.frame, *store.exclusions, *store.pieces}
            if part.length
        ]
        self._unsigned = tuple(unsigned)

    def strays(self, name: str, places: Iterable[Range]) -> Iterator[Stray]:
        """Those of some parts of the file that an offset must not lead to.

        Arguments:
            name: A name for what leads there.
            places: The parts; one of length 0 is not read.
        """
        for place in places:
            if place.length and _overlaps(place, self._stores):
                yield Stray(name, place, Astray.STORE)
            elif place.length and _overlaps(place, self._unsigned):
                yield Stray(name, place, Astray.UNSIGNED)
            elif place.length and place.end > self._size:
                yield Stray(name, place, Astray.END)

    def first_stray(
        self, name: str, starts: Sequence[int], lengths: Sequence[int] | None
    ) -> Stray | None:
        """As `strays` for millions of parts, at the speed of one comparison each.

        Arguments:
            name: A name for what leads there.
            starts: The offset of each part.
            lengths: Of each part, 1 if None; those beyond the shorter of the two are not read.
        """
        forbidden = (
            *((part, Astray.STORE) for part in self._stores),
            *((part, Astray.UNSIGNED) for part in self._unsigned),
            (Range(self._size, _FAR), Astray.END),
        )
        # In most films, all of them lie behind the store, which is ten times as quick to see.
        lowest = min(starts, default=0)
        highest = max(starts, default=0) + max(lengths or (1,), default=0)
        for (first, size), target in forbidden:
            end = first + size
            if end <= lowest or highest <= first:
                continue
            found = next(
                (
                    Range(start, length)
                    for start, length in zip(starts, lengths or repeat(1), strict=False)
                    if start < end and start + length > first and length
                ),
                None,
            )
            if found:
                return Stray(name, found, target)
        return None

    def into_stores(self, name: str, starts: Sequence[int], length: int) -> Iterator[Stray]:
        """The first part of a file that reaches a manifest store, if readers take this length.

        Arguments:
            name: A name for what leads there.
            starts: The offset of each part.
            length: Of each part.
        """
        for part in (*self._stores, *self._unsigned):
            found = next((at for at in starts if part.start - length < at < part.end), None)
            if found is not None:
                yield Stray(name, Range(found, length), Astray.STORE)
                return


def _overlaps(place: Range, parts: Iterable[Range]) -> bool:
    return any(place.start < part.end and part.start < place.end for part in parts)


def behind(source: Source, layout: Layout, *more: bytes) -> Iterator[Stray]:
    """The items that XMP places behind a picture, and that begin in a manifest store or reach it.

    More bytes than the file has are those of a film that was removed: readers find nothing.

    Arguments:
        source: The file.
        layout: Of the file, with its main packet.
        more: Its other packets.
    """
    if not layout.stores:
        return
    xmp = layout.xmp
    main = [] if xmp is None or xmp.length > limits.XMP_SIZE else [source.read_at(*xmp)]
    for packet in (*main, *more):
        yield from _behind(packet.replace(b"\0", b""), layout)  # as in text of 16 bits


def _behind(packet: bytes, layout: Layout) -> Iterator[Stray]:
    if b"MicroVideoOffset" not in packet and b":Item" not in packet:
        return
    from aidisclose.containers import appended  # few pictures have any

    starts = (layout.size - each for each in appended.distances(packet) if each <= layout.size)
    places = (Range(start, layout.size - start) for start in starts)
    yield from Reach(layout).strays("what the XMP says is behind the picture", places)
