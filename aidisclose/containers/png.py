"""PNG: the store is a `caBX` chunk before the image data (C2PA 2.5 §A, PNG)."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from aidisclose import limits
from aidisclose.containers.container import (
    KEEP,
    Addressed,
    Astray,
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
from aidisclose.containers.reach import Reach
from aidisclose.errors import LimitExceeded, MalformedFile
from aidisclose.io.change import Change, change
from aidisclose.io.source import Range, Source
from aidisclose.io.splice import Splice

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_STORE: Final = "caBX"
#: What follows the last chunk.
_TRAILER: Final = "trailer"
_PARALLEL: Final = "iDOT"
_FRAME: Final = "fcTL"
_EXIF: Final = ("eXIf", "zxIf", "tEXt", "zTXt")
#: The keyword of a text with Exif data, and their digits behind a name and a length.
_PROFILE: Final = re.compile(rb"(?i)Raw profile type (?:exif|APP1)\0")
_DIGITS: Final = re.compile(rb"\s*+\w{1,16}\s++[0-9]{1,10}\s++([0-9A-Fa-f\s]*+)")
_HEADER: Final = struct.Struct(">I4s")
_CRC: Final = struct.Struct(">I")
_KEYWORD: Final = b"XML:com.adobe.xmp\0"
#: An uncompressed text chunk with a packet: keyword, flags, language and translated keyword.
_XMP: Final = re.compile(
    rb"XML:com\.adobe\.xmp\x00\x00.[^\x00]{0,80}\x00[^\x00]{0,80}\x00", re.DOTALL
)
# The longest beginning that `_XMP` matches has 182 bytes: language and keyword end within 80.
_XMP_HEAD: Final = 192

#: Length, type and checksum of a chunk.
_FRAMING: Final = _HEADER.size + _CRC.size


def _until(blocks: Iterator[Block], damage: list[MalformedFile]) -> Iterator[Block]:
    """The blocks up to the first that cannot be read; why goes to `damage`."""
    try:
        yield from blocks
    except MalformedFile as error:
        damage.append(error)


def _blocks(source: Source) -> Iterator[Block]:
    """The signature, the chunks and what follows them; named as in the general box hash."""
    if source.read_at(0, len(_SIGNATURE)) != _SIGNATURE:
        raise MalformedFile("no PNG signature", 0)
    yield Block("PNGh", 0, len(_SIGNATURE))
    position = len(_SIGNATURE)
    name = ""
    while name != "IEND":
        block = _chunk(source, position)
        # Xcode puts CgBI first, and its decoders want it there.
        if name in ("", "CgBI") and block.name != "IHDR" and (name or block.name != "CgBI"):
            raise MalformedFile("the first PNG chunk is not IHDR", position)
        name = block.name
        yield block
        position = block.end
    if position < source.size:
        yield Block(_TRAILER, position, source.size - position)


def _chunk(source: Source, start: int) -> Block:
    head = source.read_at(start, _HEADER.size)
    if len(head) < _HEADER.size:
        raise MalformedFile("the PNG ends before its IEND chunk", start)
    length, code = _HEADER.unpack(head)
    if not (code.isalpha() and code.isascii()):
        raise MalformedFile(f"invalid PNG chunk type {code!r}", start)
    rest = source.size - start - _FRAMING
    if length > rest:
        raise MalformedFile(f"a PNG chunk declares {length} bytes, {max(0, rest)} are there", start)
    return Block(code.decode("ascii"), start, length + _FRAMING)


def _store(block: Block) -> EmbeddedStore:
    frame = Range(block.start, block.length)
    piece = Range(block.start + _HEADER.size, block.length - _FRAMING)
    return EmbeddedStore(frame=frame, exclusions=(frame,), pieces=(piece,))


def _packet(source: Source, block: Block) -> Range | None:
    """The XMP packet in a text chunk, if it has one."""
    start, length = block.start + _HEADER.size, block.length - _FRAMING
    found = _XMP.match(source.read_at(start, min(length, _XMP_HEAD)))
    return Range(start + found.end(), length - found.end()) if found else None


def _problem(source: Source, block: Block) -> str | None:
    if block.length - _FRAMING > limits.STORE_SIZE:
        raise LimitExceeded(f"the manifest store is larger than {limits.STORE_SIZE} bytes")
    # Decoders may drop a chunk with a wrong checksum, so its content was not meant to be there.
    checked = source.read_at(block.start + 4, block.length - 4)
    view = memoryview(checked)
    if zlib.crc32(view[: -_CRC.size]) != _CRC.unpack(view[-_CRC.size :])[0]:
        return "the checksum of the manifest store's chunk is wrong"
    return None


def _chunk_of(code: bytes, content: bytes) -> bytes:
    crc = zlib.crc32(content, zlib.crc32(code))
    return b"".join((_HEADER.pack(len(content), code), content, _CRC.pack(crc)))


def _place(layout: Layout) -> int:
    """Directly before the image data: ExifTool shows no eXIf chunk that follows the store.

    Apple's iDOT says how far behind itself image data begin, so nothing comes between them. Nor
    does anything between them and the head of the first frame, for FFmpeg finds no picture then.
    """
    behind = (_PARALLEL, _FRAME, "IDAT", "IEND")
    return next(block.start for block in layout.blocks if block.name in behind)


def _packet_changes(source: Source, layout: Layout, packet: bytes | None) -> Iterator[Change]:
    """The changes that write an XMP packet, or remove all packets."""
    old = [
        block
        for block in layout.blocks
        if block.name == "iTXt"
        and source.read_at(block.start + _HEADER.size, len(_KEYWORD)) == _KEYWORD
    ]
    if packet is None:
        yield from (Change(block.start, block.length) for block in old)
        return
    # Not compressed, and without a language and a translated keyword.
    new = _chunk_of(b"iTXt", _KEYWORD + bytes(4) + packet)
    if layout.xmp is None and old:
        raise compressed_xmp(old[0].start)
    if layout.xmp is None:
        header = next(block for block in layout.blocks if block.name == "IHDR")
        yield Change(header.end, 0, new)
    else:
        replaced = next(block for block in old if block.end > layout.xmp.start)
        yield Change(replaced.start, replaced.length, new)


def _restarts(source: Source, layout: Layout) -> Iterator[Range]:
    """The chunks that iDOT leads to: where each of two decoders at once begins.

    Apple writes it, and says nowhere what is in it: seven numbers, of which the fourth and the last
    are distances from the beginning of the chunk. With them, one picture is shown on its systems,
    and another one elsewhere.
    """
    for block in layout.blocks:
        if block.name == _PARALLEL:
            content = source.read_at(block.start + _HEADER.size, 28)
            for at in (12, 24):
                distance = int.from_bytes(content[at : at + 4])
                yield Range(block.start + distance, _FRAMING)


def _exif(source: Source, chunks: Iterable[Block]) -> Iterator[tuple[bytes, int]]:
    """The Exif data of a file, and their offset; 0 of compressed or encoded ones.

    Programs wrote them as a text in hexadecimal digits before there was a chunk for them, and
    compressed, as it was drafted first.

    Raises:
        LimitExceeded: More than `limits.EXIF_PARTS` texts claim to be such data.
    """
    left = limits.EXIF_PARTS
    for block in chunks:
        start, length = block.start + _HEADER.size, block.length - _FRAMING
        data = source.read_at(start, min(length, limits.EXIF_SIZE))
        if block.name == "eXIf":
            yield data, start
        elif block.name == "zxIf":
            yield _inflated(data[5:]), 0
        elif found := _PROFILE.match(data):
            left -= 1
            if left < 0:
                raise LimitExceeded(f"more than {limits.EXIF_PARTS} texts with Exif data")
            text = data[found.end() :]
            text = _inflated(text[1:]) if block.name == "zTXt" else text
            if digits := _DIGITS.match(text):
                packed = digits[1].translate(None, b"\r\n\t ")
                yield bytes.fromhex(packed[: len(packed) & ~1].decode("ascii")), 0


def _inflated(data: bytes) -> bytes:
    """As much as can be decompressed, and is looked at."""
    try:
        return zlib.decompressobj().decompress(data, limits.EXIF_SIZE)
    except zlib.error:
        return b""


class Png(BoxMapped, Addressed, StayingPut):
    """Pictures (PNG, third edition)."""

    name = "PNG"
    media_types = ("image/png",)
    extensions = (".png", ".apng")
    carriers = frozenset({Carrier.XMP})

    def sniff(self, head: bytes) -> bool:
        """See `Container.sniff`."""
        return head.startswith(_SIGNATURE)

    def scan(self, source: Source) -> Layout:
        """See `Container.scan`."""
        blocks: list[Block] = []
        stores: list[EmbeddedStore] = []
        problems: list[Problem] = []
        xmp: Range | None = None
        damage: list[MalformedFile] = []
        for block in _until(_blocks(source), damage):
            if len(blocks) == limits.BLOCKS:
                raise LimitExceeded(f"the PNG has more than {limits.BLOCKS} chunks")
            blocks.append(block)
            if block.name == _STORE:
                stores.append(_store(block))
                # It has to stand before the picture since C2PA 2.5 (§A.3.2); 2.2 only recommends
                # it, and files with a store behind it exist.
                if reason := _problem(source, block):
                    problems.append(Problem(reason=reason, offset=block.start))
            elif block.name == "iTXt" and xmp is None:
                xmp = _packet(source, block)
            elif block.name == _TRAILER and source.read_at(block.start + 4, 4) == _STORE.encode():
                reason = "the manifest store stands behind the end of the picture"
                problems.append(Problem(reason=reason, offset=block.start))
        if damage and not stores:
            raise damage[0]
        problems += (Problem(reason=each.reason, offset=each.offset or 0) for each in damage)
        return Layout(
            media_type="image/png",
            size=source.size,
            blocks=tuple(blocks),
            stores=tuple(stores),
            problems=tuple(problems),
            xmp=xmp,
        )

    def caveats(self, source: Source, layout: Layout) -> Iterator[str]:  # noqa: ARG002
        """See `Container.caveats`."""
        names = [block.name for block in layout.blocks]
        if "eXIf" in names and "IDAT" in names[: names.index("eXIf")]:
            yield (
                "Exif behind the image data: ExifTool shows no eXIf chunk that follows a manifest "
                "store; write the file anew first, for example with "
                "`exiftool -all= -tagsFromFile @ -all FILE`, or use --sidecar"
            )
        if "acTL" in names:
            yield (
                "a PNG that moves: FFmpeg takes it for one that does not, if the manifest store "
                "stands in front of the pictures; play it with `ffplay -f apng FILE`, or use "
                "--sidecar"
            )

    def _frame(self, store: bytes) -> bytes:
        return _chunk_of(_STORE.encode("ascii"), store)

    def rewrite(self, source: Source, layout: Layout, edits: Edits) -> Splice:
        """See `Container.rewrite`."""
        changes: list[Change] = []
        if not any(block.name == "IEND" for block in layout.blocks):
            raise MalformedFile("the PNG is cut off or damaged", layout.blocks[-1].end)
        if edits.xmp is not KEEP:
            changes += _packet_changes(source, layout, edits.xmp)
        if edits.store is not KEEP:
            changes += [Change(*store.frame) for store in layout.stores]
            if edits.store is not None:
                changes.append(Change(_place(layout), 0, self.frame(edits.store)))
        return change(source, changes)

    def boxes(self, _source: Source, layout: Layout) -> list[list[Block]]:
        """See `Container.boxes`."""
        return [[block for block in layout.blocks if block.name != _TRAILER]]

    def strays(self, source: Source, layout: Layout) -> Iterator[Stray]:
        """See `Addressed.strays`: thumbnails of Exif data, and image data of iDOT."""
        places = _restarts(source, layout)
        found = Reach(layout).strays("an iDOT chunk", places)
        yield from (each for each in found if each.target is Astray.STORE)
        chunks = [block for block in layout.blocks if block.name in _EXIF]
        if chunks:
            from aidisclose.containers import thumbnails  # few pictures have any

            for data, start in islice(_exif(source, chunks), limits.EXIF_PARTS):
                yield from thumbnails.of_data(source, data, start, layout)


CONTAINER: Final = Png()
