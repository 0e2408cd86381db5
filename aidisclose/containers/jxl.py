"""JPEG XL: the store is a `jumb` box of the file, as it stands (C2PA 2.5 §A, JPEG XL)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from aidisclose import limits
from aidisclose.codec import brotli
from aidisclose.containers import isobox
from aidisclose.containers.container import (
    KEEP,
    Addressed,
    Block,
    BoxMapped,
    Carrier,
    Edits,
    EmbeddedStore,
    Layout,
    Problem,
    StayingPut,
    Stray,
    compressed_xmp,
)
from aidisclose.containers.isobox import Box
from aidisclose.errors import LimitExceeded, Malformed, MalformedFile, UnsupportedFormat
from aidisclose.io.change import Change, change
from aidisclose.io.source import BytesSource, Range, Source
from aidisclose.io.splice import Copy, Data, Splice

_SIGNATURE: Final = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
#: The brand, version 0, and compatible with it.
_BRANDS: Final = b"\x00\x00\x00\x14ftypjxl \x00\x00\x00\x00jxl "
_CODESTREAM: Final = b"\xff\x0a"

#: Type and label of a manifest store in its description box (C2PA 2.5 §11.1.4.2).
_STORE_TYPE: Final = b"c2pa" + bytes.fromhex("00110010800000AA00389B71")
_STORE_LABEL: Final = b"c2pa\x00"
#: The shortest signature of C2PA: ECDSA with P-256, or Ed25519.
_SIGNATURE_SIZE: Final = 64


def _boxes(source: Source) -> list[Box]:
    if source.read_at(0, len(_SIGNATURE)) != _SIGNATURE:
        raise MalformedFile("no JPEG XL signature", 0)
    boxes = list(isobox.walk(source, count=limits.JXL_BOXES))
    if len(boxes) < 2 or boxes[1].type != b"ftyp":
        raise MalformedFile("the JPEG XL signature is not followed by ftyp", len(_SIGNATURE))
    if source.read_at(boxes[1].start, 4) == bytes(4):
        # It has no end but the file's: whatever was put behind it would be part of it.
        raise MalformedFile("the JPEG XL file has no image", boxes[1].start)
    return boxes


def _is_bare(source: Source) -> bool:
    """Whether the file is a codestream without boxes, which is what cjxl writes by default."""
    return source.read_at(0, len(_CODESTREAM)) == _CODESTREAM


def _may_hold(box: Box) -> bool:
    """Whether a compressed box is large enough for a manifest store.

    The signature alone is random bytes, which nothing makes smaller. libjxl writes an empty box
    where it has nothing to compress.
    """
    # A `brob` box begins with the four characters of the type that it compresses.
    return box.end - box.body - 4 >= _SIGNATURE_SIZE


def _content(source: Source, box: Box, length: int) -> bytes:
    """At most `length` bytes of what a box contains."""
    return source.read_at(box.body, min(length, box.end - box.body))


def _is_store(source: Source, box: Box) -> bool:
    """Whether the type or the label of a JUMBF superbox says that it is a manifest store."""
    description = _content(source, box, 8 + len(_STORE_TYPE) + 1 + len(_STORE_LABEL))[8:]
    # The label follows the type (16 bytes) and the toggles. Either is enough: a store with one of
    # them changed is a damaged one, not no store.
    return description.startswith(_STORE_TYPE) or description[17:] == _STORE_LABEL


def _packet_changes(
    source: Source, layout: Layout, packet: bytes | None, position: int
) -> Iterator[Change]:
    """The changes that write an XMP packet, or remove all packets."""
    old = [block for block in layout.blocks if block.name == "xml "]
    hidden = [
        block
        for block in layout.blocks
        if block.name == "brob" and source.read_at(block.start + 8, 4) == b"xml "
    ]
    if packet is None:
        yield from (Change(block.start, block.length) for block in (*old, *hidden))
        return
    new = (8 + len(packet)).to_bytes(4) + b"xml " + packet
    if hidden and not old:
        raise compressed_xmp(hidden[0].start)
    if old:
        yield Change(old[0].start, old[0].length, new)
    else:
        yield Change(position, 0, new)


class Jxl(BoxMapped, Addressed, StayingPut):
    """Pictures (ISO/IEC 18181-2)."""

    name = "JPEG XL"
    media_types = ("image/jxl",)
    extensions = (".jxl",)
    carriers = frozenset({Carrier.XMP})

    def sniff(self, head: bytes) -> bool:
        """See `Container.sniff`."""
        return head.startswith((_SIGNATURE, _CODESTREAM))

    def scan(self, source: Source) -> Layout:
        """See `Container.scan`."""
        if _is_bare(source):
            whole = Block("codestream", 0, source.size)
            return Layout(media_type="image/jxl", size=source.size, blocks=(whole,))
        boxes = _boxes(source)
        frames: list[Range] = []
        problems: list[Problem] = []
        for box in boxes:
            if box.type == b"jumb" and _is_store(source, box):
                if len(frames) == limits.STORES:
                    raise LimitExceeded(f"the file has more than {limits.STORES} manifest stores")
                if box.length > limits.STORE_SIZE:
                    raise LimitExceeded(
                        f"the manifest store has more than {limits.STORE_SIZE} bytes"
                    )
                frames.append(Range(box.start, box.length))
            elif box.type == b"brob" and _content(source, box, 4) == b"jumb" and _may_hold(box):
                reason = "a compressed JUMBF box, in which there must be no manifest store"
                problems.append(Problem(reason=reason, offset=box.start))
        packets = (Range(box.body, box.end - box.body) for box in boxes if box.type == b"xml ")
        return Layout(
            media_type="image/jxl",
            size=source.size,
            blocks=tuple(Block(box.name, box.start, box.length) for box in boxes),
            stores=tuple(
                EmbeddedStore(frame=frame, exclusions=(frame,), pieces=(frame,)) for frame in frames
            ),
            problems=tuple(problems),
            xmp=next(packets, None),
        )

    def _frame(self, store: bytes) -> bytes:
        return store

    def wrap(self, source: Source, layout: Layout) -> Splice | None:  # noqa: ARG002
        """See `Container.wrap`: a codestream in boxes (ISO/IEC 18181-2 §9), as cjxl writes them."""
        if not _is_bare(source):
            return None
        size = source.size + 8
        if size < 1 << 32:
            head = size.to_bytes(4) + b"jxlc"
        else:
            head = b"\0\0\0\1jxlc" + (size + 8).to_bytes(8)
        return Splice(source, [Data(_SIGNATURE + _BRANDS + head), Copy(0, source.size)])

    def rewrite(self, source: Source, layout: Layout, edits: Edits) -> Splice:
        """See `Container.rewrite`."""
        if _is_bare(source):
            if not isinstance(edits.store, bytes) and not isinstance(edits.xmp, bytes):
                return change(source, ())
            raise UnsupportedFormat(
                "a bare JPEG XL codestream has no place for it; --wrap puts it into a container, "
                "without loss, and --sidecar keeps the store beside it"
            )
        # The level of the codestream is declared directly behind ftyp.
        _, brands, *others = layout.blocks
        level = others[0] if others and others[0].name == "jxll" else brands
        # A box without a length ends with the file: behind it, a store would be in it.
        position = brands.end if source.read_at(level.start, 4) == bytes(4) else level.end
        changes: list[Change] = []
        if edits.xmp is not KEEP:
            changes += _packet_changes(source, layout, edits.xmp, position)
        if edits.store is not KEEP:
            changes += [Change(*store.frame) for store in layout.stores]
        if isinstance(edits.store, bytes):
            box = isobox.box_at(BytesSource(edits.store), 0, len(edits.store))
            if box.type != b"jumb" or box.end != len(edits.store):
                raise ValueError("the manifest store is not one JUMBF superbox")
            changes.append(Change(position, 0, self.frame(edits.store)))
        return change(source, changes)

    def boxes(self, _source: Source, layout: Layout) -> Iterable[Sequence[Block]]:
        """See `BoxMapped.boxes`."""
        return [layout.blocks]

    def strays(self, source: Source, layout: Layout) -> Iterator[Stray]:
        """See `Addressed.strays`: thumbnails of Exif data; a codestream has no offsets."""
        if not layout.stores or not any(box.name in ("Exif", "brob") for box in layout.blocks):
            return
        from aidisclose.containers import thumbnails  # not every picture has Exif data

        for data, start in islice(_exif(source), limits.EXIF_PARTS):
            yield from thumbnails.of_data(source, data, start, layout)


def _exif(source: Source) -> Iterator[tuple[bytes, int]]:
    """The Exif data of a file from the head on, and their offset; 0 of compressed ones."""
    for box in _boxes(source):
        start = box.body
        if box.type == b"Exif":
            data = _content(source, box, limits.EXIF_SIZE)
        elif box.type == b"brob" and _content(source, box, 4) == b"Exif":
            start = 0
            try:
                data = brotli.decompress(
                    _content(source, box, limits.EXIF_SIZE)[4:], most=limits.EXIF_SIZE
                )
            except (Malformed, LimitExceeded):
                continue  # readers have no more of it
        else:
            continue
        # A number says how far behind itself the head is (ISO/IEC 18181-2 §9.6).
        head = 4 + int.from_bytes(data[:4])
        yield data[head:], start + head if start else 0


CONTAINER: Final = Jxl()
