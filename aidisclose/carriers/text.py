"""Named texts of media files: PNG, RIFF, ID3 and Vorbis metadata, and Exif's comment.

Only what may say something about AI is kept; values are read as far as they are looked at.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple, Protocol

from aidisclose import limits
from aidisclose.io.source import Range, Source

#: What looking at one block costs, in bytes.
_COST: Final = 1024


class Block(Protocol):
    """A structural unit of a file, as its container names it."""

    @property
    def name(self) -> str:
        """Such as `iTXt` or `TXXX`."""

    @property
    def start(self) -> int:
        """Offset of its first byte."""

    @property
    def length(self) -> int:
        """Number of bytes."""


class Located(Protocol):
    """Where things are in a file, as its container found them."""

    @property
    def media_type(self) -> str:
        """As the content shows it."""

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The structural units in file order."""

    @property
    def xmp(self) -> Range | None:
        """The XMP packet."""


class Text(NamedTuple):
    """A named text; both parts are untrusted.

    Attributes:
        place: Where it stands, for people: `PNG tEXt`.
        name: Its keyword.
        value: It.
    """

    place: str
    name: str
    value: str


def read(source: Source, layout: Located) -> Iterator[Text]:
    """The named texts of a file; what cannot be read is left out."""
    if layout.media_type in ("audio/ogg", "video/ogg"):
        yield from _ogg(source)
    left = limits.TEXTS_SIZE
    for block in layout.blocks:
        reader = _READERS.get(block.name)
        if reader is None:
            continue
        data = source.read_at(block.start, min(block.length, limits.TEXT_SIZE))
        # A text that holds nothing costs something too, and one that is compressed more.
        left -= _COST + len(data)
        for text in reader(data):
            left -= len(text.value)
            yield text
        if left < 0:
            return


def _png(data: bytes) -> Iterable[Text]:
    """A text chunk: length, type, keyword, and what its type says follows."""
    kind, content = data[4:8], data[8:-4]
    keyword, _, rest = content.partition(b"\0")
    name = keyword.decode("latin-1")
    place = f"PNG {kind.decode('latin-1')}"
    if kind == b"tEXt":
        return [Text(place, name, rest.decode("latin-1"))]
    if kind == b"zTXt":
        return [Text(place, name, _inflated(rest[1:]).decode("latin-1"))]
    if name == "XML:com.adobe.xmp":
        return []
    compressed = rest[:1] == b"\1"
    value = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    return [
        Text(place, name, (_inflated(value) if compressed else value).decode("utf-8", "replace"))
    ]


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, limits.TEXT_SIZE)
    except zlib.error:
        return b""


def _riff_label(data: bytes) -> Iterable[Text]:
    return [Text("RIFF chunk", "AIGC", data[8:].rstrip(b"\0").decode("utf-8", "replace"))]


def _riff_info(data: bytes) -> Iterable[Text]:
    """`LIST` of type `INFO`: chunks of one text each."""
    position = 12
    while position + 8 <= len(data):
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        value = data[position + 8 : position + 8 + size].rstrip(b"\0")
        name = data[position : position + 4].decode("latin-1")
        yield Text("RIFF INFO", name, value.decode("utf-8", "replace"))
        position += 8 + size + (size & 1)


#: By the first byte of a text in ID3.
_ENCODINGS: Final = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}


def _id3_text(data: bytes) -> Iterable[Text]:
    """`TXXX`: encoding, description, value."""
    encoding = _ENCODINGS.get(data[10]) if len(data) > 10 else None
    if encoding is None:
        return
    name, _, value = data[11:].decode(encoding, "replace").partition("\0")
    yield Text("ID3 TXXX", name, value.rstrip("\0").removeprefix("\ufeff"))


def _id3_comment(data: bytes) -> Iterable[Text]:
    """`COMM`: encoding, language, description, value."""
    encoding = _ENCODINGS.get(data[10]) if len(data) > 13 else None
    if encoding is None:
        return
    name, _, value = data[14:].decode(encoding, "replace").partition("\0")
    yield Text("ID3 COMM", name, value.rstrip("\0").removeprefix("\ufeff"))


def _vorbis(data: bytes) -> Iterable[Text]:
    """A `VORBIS_COMMENT` block of FLAC: vendor and `NAME=value` texts (RFC 9639 §8.6)."""
    return _comments(data[4:])


def _comments(data: bytes) -> Iterator[Text]:
    position = 4 + int.from_bytes(data[:4], "little")
    count = int.from_bytes(data[position : position + 4], "little")
    position += 4
    for _ in range(min(count, limits.TEXTS)):
        size = int.from_bytes(data[position : position + 4], "little")
        comment = data[position + 4 : position + 4 + size]
        position += 4 + size
        if position > len(data):
            return
        name, _, value = comment.decode("utf-8", "replace").partition("=")
        yield Text("Vorbis comment", name.upper(), value)


#: Of the streams of an Ogg file that hold sound: how the first packet begins, and the second.
_OGG_COMMENTS: Final = {b"\x01vorbis": b"\x03vorbis", b"OpusHead": b"OpusTags"}
_OGG_HEADER: Final = 27


def _ogg(source: Source) -> Iterator[Text]:
    """The Vorbis comments of the first Vorbis or Opus stream: its second packet (RFC 3533)."""
    serial = opening = packet = b""
    position = 0
    for _ in range(limits.OGG_HEADER_PAGES):
        head = source.read_at(position, _OGG_HEADER + 255)
        if len(head) < _OGG_HEADER or not head.startswith(b"OggS"):
            return
        lacing = head[_OGG_HEADER : _OGG_HEADER + head[_OGG_HEADER - 1]]
        start = position + _OGG_HEADER + len(lacing)
        position = start + sum(lacing)
        if not serial:
            first = source.read_at(start, min(sum(lacing), 8))
            opening = next((_OGG_COMMENTS[it] for it in _OGG_COMMENTS if first.startswith(it)), b"")
            serial = head[14:18] if opening else b""
        elif head[14:18] == serial:
            ended = next((n for n, size in enumerate(lacing, 1) if size < 255), 0)
            packet += source.read_at(start, sum(lacing[: ended or None]))
            if ended or len(packet) > limits.TEXT_SIZE:
                break
    if packet.startswith(opening):
        yield from _comments(packet.removeprefix(opening))


#: What the other APP1 segments of a JPEG hold.
_XMP: Final = b"http://ns.adobe.com/x"


def _label_within(place: str) -> Callable[[bytes], Iterable[Text]]:
    """A label that stands as plain JSON inside of a structure which is not read otherwise."""

    def reader(data: bytes) -> Iterable[Text]:
        if data.startswith(_XMP, 4):
            return
        at = data.find(b'"Label"')
        start, end = data.rfind(b"{", 0, max(at, 0)), data.find(b"}", max(at, 0))
        if 0 <= start < at < end:
            yield Text(place, "AIGC", data[start : end + 1].decode("utf-8", "replace"))

    return reader


_READERS: Final[dict[str, Callable[[bytes], Iterable[Text]]]] = {
    "tEXt": _png,
    "zTXt": _png,
    "iTXt": _png,
    "AIGC": _riff_label,
    "INFO": _riff_info,
    "TXXX": _id3_text,
    "COMM": _id3_comment,
    "VORBIS_COMMENT": _vorbis,
    "APP1": _label_within("Exif UserComment"),
    "EXIF": _label_within("Exif UserComment"),
    "moov": _label_within("MP4 metadata"),
}
