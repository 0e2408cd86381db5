"""GIF: the store is an application extension before the first image (C2PA 2.5 §A, GIF)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from aidisclose import limits
from aidisclose.containers.container import (
    Addressed,
    Astray,
    Block,
    BoxMapped,
    Carrier,
    Detail,
    Edits,
    EmbeddedStore,
    InTurn,
    Layout,
    Problem,
    Stray,
    census,
    compressed_xmp,
)
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.change import Change, change
from aidisclose.io.source import Range, Source
from aidisclose.io.splice import Splice

_SIGNATURES: Final = (b"GIF87a", b"GIF89a")
_SIGNATURE_SIZE: Final = 6
_HEADER_SIZE: Final = 13
_VERSION_DIGIT: Final = 4

_EXTENSION: Final = 0x21
_IMAGE: Final = 0x2C
_TRAILER: Final = 0x3B
_IMAGE_DESCRIPTOR_SIZE: Final = 10

_APPLICATION: Final = b"\x21\xff\x0bC2PA_GIF"
#: The "authentication code" is the version of the embedding: 1.0.
_OPENING: Final = _APPLICATION + b"\x01\x00\x00"
_SUB_BLOCK: Final = 255

#: An XMP packet is written without sub-blocks. Wherever a reader that knows only those steps out
#: of it, the bytes behind lead it to the terminator (XMP part 3, GIF).
_XMP: Final = b"\x21\xff\x0bXMP DataXMP"
_XMP_END: Final = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"

#: Bytes of the first sub-block of a graphic control, a plain text and an application extension
#: (GIF89a §23, §25, §26).
_FIRST_SUB_BLOCKS: Final = {"21F9": 4, "2101": 12, "21FF": 11}
#: An extension without any sub-block, and one without those that its kind has.
_EMPTY: Final = 3
_LOOP: Final = b"\x21\xff\x0bNETSCAPE2.0\x00"

#: A comment after the store or packet. Extensions need GIF89a; removing them from what was a
#: GIF87a file must give that file back.
_COMMENT: Final = "21FE"
_WAS_87A: Final = b"\x21\xfe\x06GIF87a\x00"

#: Image data is mostly full sub-blocks; this skips a run of them many times faster than a loop.
_FULL_SUB_BLOCKS: Final = re.compile(rb"(?s:\xff.{255})++")


class _Window:
    """The bytes of a file around the offset that is looked at, `limits.CHUNK` at a time."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._start = 0
        self._data = source.read_at(0, limits.CHUNK)
        self._left = limits.GIF_SUB_BLOCKS

    def read(self, offset: int, length: int) -> bytes:
        """`length` bytes at `offset`, far fewer than a window."""
        index = offset - self._start
        data = self._data[index : index + length] if index >= 0 else b""
        if len(data) < length:
            self._start = offset
            self._data = self._source.read_at(offset, limits.CHUNK)
            data = self._data[:length]
            if len(data) < length:
                raise MalformedFile("the file ends inside a block", offset)
        return data

    def skip_sub_blocks(self, offset: int) -> int:
        """The offset after the chain of sub-blocks that starts at `offset`."""
        while True:
            self.read(offset, 1)
            data = self._data
            index = offset - self._start
            left = self._left
            while index < len(data):
                if run := _FULL_SUB_BLOCKS.match(data, index):
                    index = run.end()
                    continue
                length = data[index]
                index += 1 + length
                left -= 1
                if not length:
                    self._keep(left)
                    return self._start + index
            self._keep(left)
            offset = self._start + index

    def _keep(self, left: int) -> None:
        """Note how many sub-blocks may still be looked at."""
        if left < 0:
            raise LimitExceeded(f"the GIF has more than {limits.GIF_SUB_BLOCKS} sub-blocks")
        self._left = left


def _blocks(window: _Window, size: int) -> Iterator[Block]:
    """The blocks, with the names that the general box hash gives them (C2PA 2.5 §16, GIF)."""
    header = window.read(0, _HEADER_SIZE)
    if not header.startswith(_SIGNATURES):
        raise MalformedFile("no GIF signature", 0)
    position = _HEADER_SIZE + _colour_table_size(header[10])
    window.read(position - 1, 1)
    yield Block(header[:_SIGNATURE_SIZE].decode("ascii"), 0, _SIGNATURE_SIZE)
    yield Block("LSD", _SIGNATURE_SIZE, position - _SIGNATURE_SIZE)
    images = False
    while position < size:
        start = position
        introducer = window.read(start, 1)[0]
        if introducer == _EXTENSION:
            label = window.read(start, 2)[1]
            position = window.skip_sub_blocks(start + 2)
            yield Block(f"21{label:02X}", start, position - start)
        elif introducer == _IMAGE:
            images = True
            descriptor = window.read(start, _IMAGE_DESCRIPTOR_SIZE)
            data = start + _IMAGE_DESCRIPTOR_SIZE + _colour_table_size(descriptor[9])
            yield Block("2C", start, data - start)
            # The sub-blocks follow one byte with the size of the LZW codes (GIF89a §22).
            position = window.skip_sub_blocks(data + 1)
            yield Block("TBID", data, position - data)
        elif introducer == _TRAILER:
            yield Block("3B", start, 1)
            return
        elif images:
            # Viewers end here as if there were a trailer; so nothing beyond is part of the GIF.
            return
        else:
            raise MalformedFile(f"unknown GIF block 0x{introducer:02X}", start)


def _colour_table_size(packed: int) -> int:
    return 3 << ((packed & 7) + 1) if packed & 0x80 else 0


def _packet(window: _Window, block: Block) -> Range | None:
    length = block.length - len(_XMP) - len(_XMP_END)
    if length <= 0:
        return None
    start = block.start + len(_XMP)
    ends = window.read(start + length, len(_XMP_END)) == _XMP_END
    return Range(start, length) if ends else None


def _store(window: _Window, block: Block) -> EmbeddedStore:
    if block.length > limits.STORE_SIZE:
        raise LimitExceeded(f"the manifest store is larger than {limits.STORE_SIZE} bytes")
    pieces: list[Range] = []
    position = block.start + len(_OPENING)
    while length := window.read(position, 1)[0]:
        pieces.append(Range(position + 1, length))
        position += 1 + length
    frame = Range(block.start, block.length)
    return EmbeddedStore(frame=frame, exclusions=(frame,), pieces=tuple(pieces))


def _embedded(source: Source, position: int, frame: bytes) -> Iterator[Change]:
    """The store and the version that permits it; `position` is where extensions may begin."""
    while source.read_at(position, len(_WAS_87A)) == _WAS_87A:
        # Not ours, for no store stands before it; it must not look so afterwards.
        position += len(_WAS_87A)
    if source.read_at(0, _SIGNATURE_SIZE) == b"GIF87a":
        yield Change(_VERSION_DIGIT, 1, b"9")
        frame += _WAS_87A
    yield Change(position, 0, frame)


def _resumed(window: _Window, block: Block) -> Iterator[int]:
    """The offsets from which readers go on with sub-blocks after an extension that is too short."""
    if not block.name.startswith("21") or block.name == _COMMENT:
        return
    needed = _FIRST_SUB_BLOCKS.get(block.name, 0)
    if window.read(block.start + 2, 1)[0] < needed:
        yield block.start + 3 + needed
    is_loop = block.length == len(_LOOP) and window.read(block.start, len(_LOOP)) == _LOOP
    if block.length == _EMPTY or is_loop:
        yield block.end


def _restored_version(source: Source, frames: list[Range]) -> Iterator[Change]:
    """The changes that restore the GIF87a file that one of these stores was embedded in."""
    for frame in frames:
        if source.read_at(frame.end, len(_WAS_87A)) == _WAS_87A:
            yield Change(frame.end, len(_WAS_87A))
            yield Change(_VERSION_DIGIT, 1, b"7")
            return


class Gif(BoxMapped, Addressed, InTurn):
    """Pictures (GIF89a)."""

    name = "GIF"
    media_types = ("image/gif",)
    extensions = (".gif",)
    carriers = frozenset({Carrier.XMP})

    def sniff(self, head: bytes) -> bool:
        """See `Container.sniff`."""
        return head.startswith(_SIGNATURES)

    def scan(self, source: Source) -> Layout:
        """See `Container.scan`."""
        window = _Window(source)
        blocks: list[Block] = []
        stores: list[EmbeddedStore] = []
        problems: list[Problem] = []
        xmp: Range | None = None
        images = False
        for block in _blocks(window, source.size):
            if len(blocks) == limits.BLOCKS:
                raise LimitExceeded(f"the GIF has more than {limits.BLOCKS} blocks")
            blocks.append(block)
            images = images or block.name == "2C"
            if block.name != "21FF" or block.length <= len(_OPENING):
                continue
            opening = window.read(block.start, len(_OPENING))
            if xmp is None and opening == _XMP:
                xmp = _packet(window, block)
            if not opening.startswith(_APPLICATION):
                continue
            if len(stores) == limits.STORES:
                raise LimitExceeded(f"the file has more than {limits.STORES} manifest stores")
            stores.append(_store(window, block))
            if opening != _OPENING:
                problems.append(Problem(reason="unknown C2PA block version", offset=block.start))
            if images:
                reason = "the manifest store stands after the first image"
                problems.append(Problem(reason=reason, offset=block.start))
        return Layout(
            media_type="image/gif",
            size=source.size,
            blocks=tuple(blocks),
            stores=tuple(stores),
            problems=tuple(problems),
            xmp=xmp,
        )

    def details(self, source: Source, layout: Layout, edits: Edits) -> Iterable[Detail]:  # noqa: ARG002
        """See `Container.details`; extensions need the newer version in the header."""
        yield from census(layout, edits, leaving=frozenset({"GIF87a", "GIF89a", _COMMENT}))
        for block in layout.blocks:
            # Our own comment comes and goes with the store.
            if block.name == _COMMENT and block.length != len(_WAS_87A):
                yield Detail("comment", block.length.to_bytes(8))

    def _frame(self, store: bytes) -> bytes:
        parts = [_OPENING]
        for start in range(0, len(store), _SUB_BLOCK):
            data = store[start : start + _SUB_BLOCK]
            parts += (bytes((len(data),)), data)
        parts.append(b"\x00")
        return b"".join(parts)

    def boxes(self, _source: Source, layout: Layout) -> list[list[Block]]:
        """See `Container.boxes`; the header has the same name in both versions."""
        header, *others = layout.blocks
        return [[header._replace(name="GIF89a"), *others]]

    def strays(self, source: Source, layout: Layout) -> Iterator[Stray]:
        """See `Addressed.strays`: extensions in which readers come to lose their way.

        Some take as many bytes as the kind of extension has, whatever it says, and go on from there
        with sub-blocks (Mozilla's reader and those that are made of it). Pillow goes on with them
        behind one that has none, but for comments.
        """
        end = max((store.frame.start for store in layout.stores), default=0)
        starts = {block.start for block in layout.blocks if block.start <= end}
        window = _Window(source)
        for block in layout.blocks:
            if block.start >= end:
                return
            for at in _resumed(window, block):
                at = window.skip_sub_blocks(at) if at < source.size else at
                if at not in starts:
                    yield Stray("an extension that is too short", Range(at, 1), Astray.STORE)

    def _with_packet(self, source: Source, layout: Layout, packet: bytes | None) -> Splice:
        old = [
            Range(block.start, block.length)
            for block in layout.blocks
            if block.name == "21FF" and source.read_at(block.start, len(_XMP)) == _XMP
        ]
        if packet is None:
            cuts = [Change(*item) for item in old]
            return change(source, [*cuts, *_restored_version(source, old)])
        # A zero would end the chain early for readers that know sub-blocks only.
        if b"\0" in packet:
            raise UnsupportedFormat("a GIF holds XMP in UTF-8 only")
        frame = _XMP + packet + _XMP_END
        if layout.xmp is None and old:
            raise compressed_xmp(old[0].start)
        if layout.xmp is not None:
            start = layout.xmp.start - len(_XMP)
            length = len(_XMP) + layout.xmp.length + len(_XMP_END)
            return change(source, [Change(start, length, frame)])
        return change(source, _embedded(source, layout.blocks[1].end, frame))

    def _with_store(self, source: Source, layout: Layout, store: bytes | None) -> Splice:
        first_image = next((b.start for b in layout.blocks if b.name == "2C"), layout.size)
        frames = [found.frame for found in layout.stores]
        placed = [frame for frame in frames if frame.start < first_image]
        cuts = [Change(*frame) for frame in frames]
        if store is None:
            return change(source, [*cuts, *_restored_version(source, placed)])
        frame = self.frame(store)
        if placed:
            kept = [cut for cut in cuts if cut.start != placed[0].start]
            return change(source, [*kept, Change(placed[0].start, placed[0].length, frame)])
        return change(source, [*cuts, *_embedded(source, layout.blocks[1].end, frame)])


CONTAINER: Final = Gif()
