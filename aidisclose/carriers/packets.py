"""XMP packets besides the first of a file, which only some programs read.

They may say AI where the first one does not: a second packet or Extended XMP of a JPEG file (XMP
specification part 3 §1.1.3), the packets of its further pictures, packets of PNG that are a second
one, compressed or in the wrong kind of chunk, metadata streams of PDF other than the catalog's,
the user data of QuickTime films, where ExifTool and Adobe's programs put it, compressed boxes of
JPEG XL. docs/formats.md says where programs put XMP in each format.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final

from aidisclose import limits
from aidisclose.carriers.box import boxes, inside
from aidisclose.carriers.text import Located, Unit, inflate, profile
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.io.source import Range, Source
from aidisclose.named import NamedTuple

_HEAD: Final = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENDED: Final = b"http://ns.adobe.com/xmp/extension/\0"
#: After that: what the parts have in common, the length of all, the place of this one.
_DIGEST: Final = 32
_KEYWORD: Final = b"XML:com.adobe.xmp\0"
_PROFILE: Final = b"Raw profile type xmp\0"
_METADATA: Final = re.compile(rb"/Type\s*/Metadata\b")
#: How the header of an entry of an archive begins, its size, and the method that is common.
_LOCAL: Final = b"PK\3\4"
_LOCAL_SIZE: Final = 30
_DEFLATED: Final = b"\x08\0"
#: Bytes that looking at one entry costs, and those that are looked at twice.
_ENTRY_COST: Final = 256
_AROUND: Final = 1_024
#: Where the dictionary of a stream and the stream itself are, around its type.
_DICTIONARY: Final = 512
#: Bytes that are read of a metadata stream at first.
_STREAM_COST: Final = 4 * limits.KIB
#: The name of a frame of ID3, and the flags of all that are not compressed, in 2.3 and in 2.4.
_FRAME: Final = re.compile("[A-Z0-9]{4}")
_NOT_COMPRESSED: Final = bytes(flags for flags in range(256) if not flags & 0x88)


class FoundPacket(NamedTuple):
    """A packet.

    Attributes:
        place: Its place in the file, for people.
        data: Its bytes; None if it cannot be read.
    """

    place: str
    data: bytes | None


def find(source: Source, layout: Located) -> Iterator[FoundPacket]:
    """The packets of a file besides the one that its container found, up to `limits.PACKETS`.

    Of other formats than those in `_READERS` nothing is looked at.
    """
    reader = _READERS.get(layout.media_type)
    if reader is not None:
        for count, packet in enumerate(reader(source, layout)):
            if count == limits.PACKETS:
                yield FoundPacket("further packets", None)
                return
            yield packet


def decoded(source: Source, layout: Located) -> Iterator[bytes]:
    """Text that stands in a file in a form that a search of its bytes does not find, as it is read.

    Compressed texts and raw profiles of PNG, compressed boxes of JPEG XL, compressed metadata of
    PDF, compressed frames of ID3, headers of Ogg without the pages around them; all together up to
    `limits.XMP_SIZE` bytes. Parts of an archive that are deflated, up to `limits.PACKET_SEARCH`.

    Raises:
        LimitExceeded: There is more.
        Malformed: A compressed text of a PNG breaks off.
    """
    left = limits.XMP_SIZE
    for block in layout.blocks:
        text = b""
        data: bytes | None = b""
        if layout.media_type == "image/png" and block.name in ("iTXt", "tEXt", "zTXt"):
            content = source.read_at(block.start + 8, min(block.length - 12, limits.XMP_SIZE))
            name, _, rest = content.partition(b"\0")
            packed, is_compressed = _packed(block.name, rest)
            text, is_whole = inflate(packed, limits.XMP_SIZE) if is_compressed else (packed, True)
            if not is_whole:
                raise Malformed("a compressed text breaks off", block.start)
            data = profile(text) if name.startswith(b"Raw profile") else text
        elif layout.media_type == "image/jxl" and block.name == "brob":
            content = source.read_at(block.start + 12, min(block.length - 12, limits.XMP_SIZE))
            data = _unbrotlied(content)
        elif layout.media_type in ("audio/mpeg", "audio/flac") and _FRAME.fullmatch(block.name):
            data = _frame(source, block)
        if data:
            yield data
        left -= max(len(text), len(data or b""))
        if left < 0:
            raise LimitExceeded(f"more than {limits.XMP_SIZE // limits.MIB} MiB of decoded texts")
    if layout.media_type == "application/pdf":
        yield from (packet.data for packet in _pdf(source, layout) if packet.data)
    if layout.media_type in ("audio/ogg", "video/ogg", "application/ogg"):
        yield from _streams(source)
    if source.read_at(0, len(_LOCAL)) == _LOCAL:
        yield from _entries(source, layout)


def _frame(source: Source, block: Unit) -> bytes | None:
    """A frame of ID3 that its flags call compressed, as zlib does.

    Up to six bytes stand before that (id3v2.4.0-structure §4.1).
    """
    if not source.read_at(block.start + 8, 2)[1:].translate(None, _NOT_COMPRESSED):
        return None
    content = source.read_at(block.start + 10, min(block.length - 10, limits.XMP_SIZE))
    start = content.find(b"\x78", 0, 7)
    return _inflated(content[start:]) or _inflated(content[start:].replace(b"\xff\0", b"\xff"))


def _streams(source: Source) -> Iterator[bytes]:
    """The first bytes of each stream of an Ogg file, where its comments are."""
    streams: dict[bytes, bytearray] = {}
    position, left = 0, limits.XMP_SIZE
    for _ in range(limits.OGG_HEADER_PAGES):
        head = source.read_at(position, 27 + 255)
        if not head.startswith(b"OggS") or len(head) < 27:
            break
        lacing = head[27 : 27 + head[26]]
        start = position + 27 + len(lacing)
        position = start + sum(lacing)
        left -= sum(lacing)
        if left < 0:
            break
        streams.setdefault(head[14:18], bytearray()).extend(source.read_at(start, sum(lacing)))
    yield from map(bytes, streams.values())


def _entries(source: Source, layout: Located) -> Iterator[bytes]:
    """The content of the deflated entries of an archive, a piece at a time (APPNOTE §4.3.7)."""
    left = limits.PACKET_SEARCH
    for block in layout.blocks:
        head = source.read_at(block.start, _LOCAL_SIZE)
        if not head.startswith(_LOCAL) or head[8:10] != _DEFLATED:
            continue
        start = block.start + _LOCAL_SIZE + sum(struct.unpack_from("<2H", head, 26))
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        before = b""
        for place in range(start, block.start + block.length, limits.CHUNK):
            length = min(limits.CHUNK, block.start + block.length - place)
            data = source.read_at(place, length)
            while data and left > 0:
                try:
                    found = inflater.decompress(data, limits.CHUNK)
                except zlib.error:
                    break
                left -= len(found) + _ENTRY_COST
                yield before + found
                # So that nothing is missed between two pieces.
                before, data = found[-_AROUND:], inflater.unconsumed_tail
        if left <= 0:
            return


def _is_first(layout: Located, start: int, end: int) -> bool:
    return layout.xmp is not None and start <= layout.xmp.start < end


def _jpeg(source: Source, layout: Located) -> Iterator[FoundPacket]:
    parts: dict[bytes, list[tuple[bytes, bytes]]] = {}
    room = limits.XMP_SIZE
    for block in layout.blocks:
        if block.name == "trailer":
            yield from _further_pictures(source, Range(block.start, block.length))
        if block.name != "APP1" or _is_first(layout, block.start, block.start + block.length):
            continue
        data = source.read_at(block.start + 4, block.length - 4)
        room -= len(data)
        if room < 0:
            yield FoundPacket("further packets", None)
            break
        if data.startswith(_HEAD):
            yield FoundPacket("a second packet", data.removeprefix(_HEAD))
        elif data.startswith(_EXTENDED):
            rest = data.removeprefix(_EXTENDED)
            part = (rest[_DIGEST + 4 : _DIGEST + 8], rest[_DIGEST + 8 :])
            parts.setdefault(rest[:_DIGEST], []).append(part)
    for found in parts.values():
        # Parts may stand in any order: each begins with its place in the whole, most significant
        # byte first.
        yield FoundPacket("Extended XMP", b"".join(data for _, data in sorted(found)))


def _further_pictures(source: Source, part: Range) -> Iterator[FoundPacket]:
    """Packets in APP1 segments anywhere in what follows the first picture."""
    for start in _occurrences(source, part, re.compile(re.escape(_HEAD))):
        marker = source.read_at(start - 4, 4)
        if marker[:2] == b"\xff\xe1":
            # The length of a segment counts its own two bytes.
            length = int.from_bytes(marker[2:]) - 2 - len(_HEAD)
            yield FoundPacket(
                "a further picture", source.read_at(start + len(_HEAD), max(0, length))
            )
    if part.length > limits.PACKET_SEARCH:
        yield FoundPacket("the further pictures", None)


def _occurrences(source: Source, part: Range, pattern: re.Pattern[bytes]) -> Iterator[int]:
    """The offsets of a pattern in a part of a file, as far as it is searched."""
    end = min(part.end, part.start + limits.PACKET_SEARCH)
    for start in range(part.start, end, limits.CHUNK):
        # A little more, so that nothing is missed between two pieces.
        data = source.read_at(start, min(limits.CHUNK + len(_HEAD), end - start))
        for match in pattern.finditer(data):
            if match.start() < limits.CHUNK:
                yield start + match.start()


def _png(source: Source, layout: Located) -> Iterator[FoundPacket]:
    left = limits.XMP_SIZE
    for block in layout.blocks:
        if block.name not in ("iTXt", "tEXt", "zTXt"):
            continue
        if not source.read_at(block.start + 8, len(_PROFILE)).startswith((_PROFILE, _KEYWORD)):
            continue
        data = source.read_at(block.start + 8, min(block.length - 12, limits.XMP_SIZE))
        if data.startswith(_PROFILE):
            content = data.removeprefix(_PROFILE)
            text = _inflated(content[1:]) if block.name == "zTXt" else content
            left -= len(text or b"")
            if left < 0:
                yield FoundPacket("further profiles", None)
                return
            yield FoundPacket(f"a profile in {block.name}", profile(text or b""))
        elif data.startswith(_KEYWORD) and not _is_first(
            layout, block.start, block.start + block.length
        ):
            yield FoundPacket(f"a packet in {block.name}", _text(block.name, data[len(_KEYWORD) :]))


def _packed(kind: str, content: bytes) -> tuple[bytes, bool]:
    """The text of a chunk behind its keyword, as it stands, and whether it is compressed."""
    if kind == "tEXt":
        return content, False
    if kind == "zTXt":
        return content[1:], True
    # Flag and method of the compression, language, translated keyword, text (PNG §11.3.3.4).
    return content[2:].partition(b"\0")[2].partition(b"\0")[2], content[:1] == b"\1"


def _text(kind: str, content: bytes) -> bytes | None:
    packed, is_compressed = _packed(kind, content)
    return _inflated(packed) if is_compressed else packed


def _inflated(data: bytes) -> bytes | None:
    found, is_whole = inflate(data, limits.XMP_SIZE)
    return found if is_whole else None


def _pdf(source: Source, layout: Located) -> Iterator[FoundPacket]:
    part = Range(0, source.size)
    left = limits.XMP_SIZE
    for start in _occurrences(source, part, _METADATA):
        around = source.read_at(max(0, start - _DICTIONARY), 2 * _DICTIONARY)
        place = min(start, _DICTIONARY)
        opening = around.find(b"stream", place)
        begin = max(0, start - _DICTIONARY) + opening + len(b"stream")
        if opening < 0:
            yield FoundPacket("a metadata stream", None)
        elif not _is_first(layout, begin, begin + 4):
            fields = around[around.rfind(b"obj", 0, place) + 3 : opening]
            data = _stream(source, begin, left)
            left -= len(data) + _STREAM_COST
            if left < 0:
                yield FoundPacket("further metadata streams", None)
                return
            yield FoundPacket("a metadata stream", _decoded(fields, data.lstrip(b"\r\n")))
    if source.size > limits.PACKET_SEARCH:
        yield FoundPacket("metadata streams further on", None)


def _stream(source: Source, start: int, most: int) -> bytes:
    """A stream up to its end, or `most` bytes of it."""
    length = _STREAM_COST
    while True:
        data = source.read_at(start, min(length, most))
        end = data.find(b"endstream")
        if end >= 0 or len(data) < length:
            return data[:end] if end >= 0 else data
        length *= 4


def _decoded(fields: bytes, data: bytes) -> bytes | None:
    if b"/Filter" not in fields:
        return data
    only_flate = re.search(rb"/Filter\s*\[?\s*/FlateDecode\s*[\]/>]", fields)
    return _inflated(data) if only_flate and b"/DecodeParms" not in fields else None


def _film(source: Source, layout: Located) -> Iterator[FoundPacket]:
    """`XMP_` in the user data of a film (XMP specification part 3, QuickTime)."""
    for block in layout.blocks:
        if block.name == "moov":
            movie = next(boxes(source, block.start, block.start + block.length), None)
            found = inside(source, inside(source, movie, b"udta"), b"XMP_")
            if found is not None:
                data = source.read_at(found.start, min(found.end - found.start, limits.XMP_SIZE))
                yield FoundPacket("the user data of the film", data)


def _jxl(source: Source, layout: Located) -> Iterator[FoundPacket]:
    """`xml ` in a `brob` box, compressed by Brotli (ISO/IEC 18181-2 §9.2)."""
    for block in layout.blocks:
        if block.name == "brob" and source.read_at(block.start + 8, 4) == b"xml ":
            # The box header, and the type of the box that was compressed.
            data = source.read_at(block.start + 12, min(block.length - 12, limits.XMP_SIZE))
            yield FoundPacket("a compressed box", _unbrotlied(data))


def _unbrotlied(data: bytes) -> bytes | None:
    from aidisclose.codec import brotli

    try:
        return brotli.decompress(data, most=limits.XMP_SIZE)
    except (Malformed, LimitExceeded):
        return None  # also where the optional package is not installed


_READERS: Final = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "application/pdf": _pdf,
    "image/jxl": _jxl,
    **dict.fromkeys(("video/quicktime", "video/mp4", "audio/mp4"), _film),
}
