"""Named texts of media files: PNG, RIFF, ID3, Vorbis, MP4 and PDF metadata, and Exif's comment.

Only what may say something about AI is kept; values are read as far as they are looked at.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, Protocol

from aidisclose import limits
from aidisclose.carriers.box import BoxSpan, boxes, inside
from aidisclose.errors import Unreadable
from aidisclose.io.source import Range, Source
from aidisclose.named import NamedTuple

if TYPE_CHECKING:
    from aidisclose.carriers import exif

#: What looking at one block costs, in bytes.
_COST: Final = 1024
#: A compressed text may cost a hundred times as much and hold nothing; files have a few.
_COSTS: Final = {"zTXt": 64 * limits.KIB}
#: Bytes that are decompressed at once.
STEP: Final = 64 * limits.KIB


class Unit(Protocol):
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
    """The places of texts in a file, as its container found them."""

    @property
    def media_type(self) -> str:
        """As the content shows it."""

    @property
    def blocks(self) -> tuple[Unit, ...]:
        """The structural units in file order."""

    @property
    def xmp(self) -> Range | None:
        """The XMP packet."""


class Text(NamedTuple):
    """A named text; both parts are untrusted.

    Attributes:
        place: Its place in the file, for people: `PNG tEXt`.
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
        if left < 0:
            return
        if block.name == "moov":
            # It may have megabytes of tables: it is not read, only looked through.
            left -= _COST * limits.TEXTS
            texts: Iterable[Text] = _movie(source, block)
        elif reader := _READERS.get(block.name):
            data = source.read_at(block.start, min(block.length, limits.TEXT_SIZE))
            # A text that holds nothing costs something too, and one that is compressed more.
            left -= _COSTS.get(block.name, _COST) + len(data)
            texts = reader(data)
        else:
            continue
        for text in texts:
            left -= len(text.value) + _COST // 16
            yield text
            if left < 0:
                return


def may_hold(block: Unit) -> bool:
    """Whether `read` would read a block from its beginning on, up to `limits.TEXT_SIZE`."""
    return block.name in _READERS


def _png(data: bytes) -> Iterable[Text]:
    """A text chunk: length, type, keyword, and what its type says follows."""
    # The checksum at the end is not looked at: a text that decoders may drop was said all the same.
    kind, content = data[4:8], data[8:-4]
    keyword, _, rest = content.partition(b"\0")
    name = keyword.decode("latin-1")
    place = f"PNG {kind.decode('latin-1')}"
    if name in _PROFILES and kind in (b"tEXt", b"zTXt"):
        found = profile(rest if kind == b"tEXt" else _inflated(rest[1:])) or b""
        return of_exif(found.removeprefix(_EXIF))
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
    return inflate(data, limits.TEXT_SIZE)[0]


def inflate(data: bytes, most: int) -> tuple[bytes, bool]:
    """The beginning of what is compressed, and whether nothing broken ended it.

    What is broken is left out from the step of `STEP` bytes on in which it is.

    Arguments:
        data: A zlib stream.
        most: The length at which to stop.
    """
    inflater = zlib.decompressobj()
    parts: list[bytes] = []
    left = most
    for start in range(0, len(data), STEP):
        # A step at a time: what is left over of the whole would be copied at each.
        rest = data[start : start + STEP]
        while rest and left > 0 and not inflater.eof:
            try:
                parts.append(inflater.decompress(rest, min(STEP, left)))
            except zlib.error:
                return b"".join(parts), False
            left -= len(parts[-1])
            rest = inflater.unconsumed_tail
    return b"".join(parts), True


def profile(text: bytes) -> bytes | None:
    """The content of a raw profile of ImageMagick: hexadecimal digits behind name and length."""
    # Spaces are left out of the rest at once: to divide it at each takes fifty times the memory.
    digits = b"".join(text.split(None, 2)[2:]).translate(None, b" \t\n\r\v\f")
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        return None


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


def _riff_broadcast(data: bytes) -> Iterable[Text]:
    """`bext`: who or what made the sound, and how it was coded (EBU Tech 3285 §2.3)."""
    for start, end in ((256, 288), (602, len(data))):
        value = data[8 + start : 8 + end].decode("utf-8", "replace")
        yield Text("RIFF bext", "Software", value.strip("\0"))


#: By the first byte of a text in ID3.
_ENCODINGS: Final = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}


def _id3_text(data: bytes) -> Iterable[Text]:
    """`TXXX`: encoding, description, value; the header of the frame has 10 bytes."""
    encoding = _ENCODINGS.get(data[10]) if len(data) > 10 else None
    if encoding is None:
        return
    name, _, value = data[11:].decode(encoding, "replace").partition("\0")
    yield Text("ID3 TXXX", name, value.rstrip("\0").removeprefix("\ufeff"))


def _id3_comment(data: bytes) -> Iterable[Text]:
    """`COMM`: encoding, language (3 bytes), description, value; the frame's header has 10 bytes."""
    encoding = _ENCODINGS.get(data[10]) if len(data) > 13 else None
    if encoding is None:
        return
    name, _, value = data[14:].decode(encoding, "replace").partition("\0")
    yield Text("ID3 COMM", name, value.rstrip("\0").removeprefix("\ufeff"))


def _id3_program(data: bytes) -> Iterable[Text]:
    """`TSSE` and `TENC`: encoding, and who or what encoded it; the frame's header has 10 bytes."""
    encoding = _ENCODINGS.get(data[10]) if len(data) > 10 else None
    if encoding is not None:
        kind, value = data[:4].decode("latin-1"), data[11:].decode(encoding, "replace")
        yield Text(f"ID3 {kind}", "Software", value.strip("\0\ufeff"))


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


def _pdf_info(data: bytes) -> Iterable[Text]:
    """The Info dictionary, from the number of its object on (ISO 32000-2 §14.3.3)."""
    from aidisclose.codec import pdf_object

    try:
        entries, _ = pdf_object.parse(data, data.find(b"obj") + len(b"obj"))
    except Unreadable:
        return
    yield from of_information(entries if isinstance(entries, dict) else {})


def of_information(entries: Mapping[bytes, object]) -> Iterator[Text]:
    """The texts of an Info dictionary."""
    for name, value in entries.items():
        if type(value) is bytes:
            yield Text("PDF Info", name.decode("utf-8", "replace"), _pdf_text(value))


#: By what a text string begins with (ISO 32000-2 §7.9.2.2).
_PDF_ENCODINGS: Final = {b"\xfe\xff": "utf-16-be", b"\xef\xbb\xbf": "utf-8"}


def _pdf_text(value: bytes) -> str:
    for mark, encoding in _PDF_ENCODINGS.items():
        if value.startswith(mark):
            return value.removeprefix(mark).decode(encoding, "replace")
    # PDFDocEncoding, which differs from it in control characters and typographic signs only.
    return value.decode("latin-1")


#: Of the streams of an Ogg file, how the first packet begins, and the second; of FLAC, that is the
#: head of a block, whose first bit says whether it is the last one.
_OGG_COMMENTS: Final = {
    b"\x01vorbis": (b"\x03vorbis",),
    b"OpusHead": (b"OpusTags",),
    b"\x80theora": (b"\x81theora",),
    b"Speex   ": (b"",),
    b"\x7fFLAC": (b"\4", b"\x84"),
}
#: What stands between that and the comments.
_OGG_BETWEEN: Final = {b"\4": 3, b"\x84": 3}
_OGG_HEADER: Final = 27


def _ogg(source: Source) -> Iterator[Text]:
    """The comments of each stream: its second packet, which may go over pages (RFC 3533).

    Labels and lines for people are those of the first Vorbis or Opus stream, as players have it.
    """
    leads: dict[bytes, tuple[bytes, ...]] = {}
    packets: dict[bytes, bytes] = {}
    position, is_first = 0, True
    for _ in range(limits.OGG_HEADER_PAGES):
        head = source.read_at(position, _OGG_HEADER + 255)
        if len(head) < _OGG_HEADER or not head.startswith(b"OggS"):
            return
        lacing = head[_OGG_HEADER : _OGG_HEADER + head[_OGG_HEADER - 1]]
        start = position + _OGG_HEADER + len(lacing)
        position = start + sum(lacing)
        serial = head[14:18]
        if serial not in leads:
            first = source.read_at(start, min(sum(lacing), 8))
            known = next((each for each in _OGG_COMMENTS if first.startswith(each)), None)
            if known is not None:
                leads[serial], packets[serial] = _OGG_COMMENTS[known], b""
        elif serial in packets:
            ended = next((n for n, size in enumerate(lacing, 1) if size < 255), 0)
            packets[serial] += source.read_at(start, sum(lacing[: ended or None]))
            if ended or len(packets[serial]) > limits.TEXT_SIZE:
                packet = packets.pop(serial)
                is_usual = is_first and leads[serial][0].endswith((b"vorbis", b"Tags"))
                is_first = is_first and not is_usual
                for lead in leads[serial]:
                    if packet.startswith(lead):
                        skipped = len(lead) + _OGG_BETWEEN.get(lead, 0)
                        found = _comments(packet[skipped:])
                        yield from found if is_usual else _of_further_streams(found)
                        break
        if leads and not packets:
            # All streams begin before any goes on (RFC 3533 §4).
            return


def _of_further_streams(comments: Iterable[Text]) -> Iterator[Text]:
    for item in comments:
        if item.name != "AIGC":
            yield item._replace(place="Ogg comment")


#: What the other APP1 segments of a JPEG hold.
_XMP: Final = b"http://ns.adobe.com/x"
_EXIF: Final = b"Exif\0\0"
#: Texts of PNG in which ImageMagick kept it, before there was a chunk for it.
_PROFILES: Final = ("Raw profile type exif", "Raw profile type APP1")
#: By the beginning of a text in Exif, the keyword under which PNG files have the same text.
_KEYWORDS: Final = {"workflow:": "workflow", "prompt:": "prompt"}


def _exif(data: bytes) -> Iterable[Text]:
    """A segment of a JPEG, or a chunk of WebP or PNG, with Exif: a label, and texts."""
    if data.startswith(_XMP, 4):
        return
    at = data.find(b'"Label"')
    # No Exif tag is meant for the label, so the JSON itself is searched in all of the block.
    start, end = data.rfind(b"{", 0, max(at, 0)), data.find(b"}", max(at, 0))
    if 0 <= start < at < end:
        yield Text("Exif UserComment", "AIGC", data[start : end + 1].decode("utf-8", "replace"))
    content = data[8:]
    if data.startswith(_EXIF, 4):  # in a JPEG
        content = data[4 + len(_EXIF) :]
    yield from of_exif(content.removeprefix(_EXIF))


def of_exif(data: exif.Bytes) -> Iterator[Text]:
    """The texts of a block of Exif, which begins as a TIFF file does."""
    from aidisclose.carriers import exif

    for name, value in exif.read(data):
        lead = next((each for each in _KEYWORDS if value.lower().startswith(each)), "")
        if lead:
            yield Text(f"Exif {name}", _KEYWORDS[lead], value[len(lead) :])
        elif name == "UserComment":
            yield Text(f"Exif {name}", "parameters", value)
        elif name == "ImageDescription":
            yield Text(f"Exif {name}", "Description", value)
        else:  # a program, or what stands there for a camera
            yield Text(f"Exif {name}", "Software", value)


#: Of a value that is text: its type.
_UTF8: Final = b"\0\0\0\1"
#: Boxes of a value (`mean`, `name`, `data`), and how much of a name is looked at.
_PARTS: Final = 8
_NAME_SIZE: Final = 256


def _movie(source: Source, block: Unit) -> Iterator[Text]:
    """`moov`: a `meta` box is in its `udta`, in itself, or in both."""
    movie = next(boxes(source, block.start, block.start + block.length), None)
    yield from _user_data(source, inside(source, movie, b"udta"))
    for track in boxes(source, movie.start, movie.end) if movie else ():
        if track.type == b"trak":
            yield from _user_data(source, inside(source, track, b"udta"))
    for parent in (inside(source, movie, b"udta"), movie):
        meta = inside(source, parent, b"meta")
        if meta:
            # In QuickTime it has no version: another box follows at once.
            has_version = not source.read_at(meta.start + 4, 4).isalnum()
            yield from _metadata(source, meta._replace(start=meta.start + 4 * has_version))


def _user_data(source: Source, place: BoxSpan | None) -> Iterator[Text]:
    """Texts of QuickTime, each a list of length, language and text (QuickTime File Format)."""
    for item in boxes(source, place.start, place.end) if place else ():
        if item.type[:1] != b"\xa9":
            continue
        position = item.start
        for _ in range(_PARTS):
            size = int.from_bytes(source.read_at(position, 2)) if position < item.end else 0
            position += 4
            if not 0 < size <= item.end - position:
                break
            value = source.read_at(position, size).decode("utf-8", "replace")
            yield Text("QuickTime user data", item.type.decode("latin-1"), value)
            position += size


def _metadata(source: Source, meta: BoxSpan) -> Iterator[Text]:
    """`ilst`: values that `keys` names by their index, or iTunes by a type or a text of its own."""
    keys, ilst = inside(source, meta, b"keys"), inside(source, meta, b"ilst")
    entries = boxes(source, keys.start + 8, keys.end) if keys else ()
    names = [_string(source, entry, 0, _NAME_SIZE) for entry in entries]
    for item in boxes(source, ilst.start, ilst.end) if ilst else ():
        parts = {part.type: part for part in boxes(source, item.start, item.end, count=_PARTS)}
        data, own_name = parts.get(b"data"), parts.get(b"name")
        if data is None or source.read_at(data.start, 4) != _UTF8:
            continue
        place, name = "MP4 iTunes", item.type.decode("latin-1")
        if 0 < (index := int.from_bytes(item.type)) <= len(names):
            place, name = "MP4 metadata", names[index - 1]
        elif own_name:
            name = _string(source, own_name, 4, _NAME_SIZE)
        yield Text(place, name, _string(source, data, 8, limits.TEXT_SIZE))


def _string(source: Source, box: BoxSpan, start: int, most: int) -> str:
    """The text from an offset in a box, as far as it is looked at."""
    size = min(box.end - box.start - start, most)
    return source.read_at(box.start + start, max(0, size)).decode("utf-8", "replace")


_READERS: Final[dict[str, Callable[[bytes], Iterable[Text]]]] = {
    "tEXt": _png,
    "zTXt": _png,
    "iTXt": _png,
    "AIGC": _riff_label,
    "INFO": _riff_info,
    "bext": _riff_broadcast,
    "TXXX": _id3_text,
    "COMM": _id3_comment,
    "TSSE": _id3_program,
    "TENC": _id3_program,
    "VORBIS_COMMENT": _vorbis,
    "Info": _pdf_info,
    "APP1": _exif,
    "EXIF": _exif,
    "eXIf": _exif,
}
