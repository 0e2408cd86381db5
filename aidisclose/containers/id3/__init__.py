"""ID3v2 tags before MPEG audio and FLAC. The store is in a `GEOB` frame (C2PA 2.5 §A, ID3).

Versions 2.2, 2.3 and 2.4 are read. Embedding writes 2.4 without unsynchronisation, the frame last:

- The other frames of a 2.4 tag keep every byte, with two exceptions: if the tag says that all its
  frames are unsynchronised, each now says so for itself; and a frame size in eight bits a byte, an
  error that is common, becomes right. An extended header with a checksum of the tag is left out,
  for the checksum would depend on the store.
- The frames of an older tag are converted (see `v24`).
- A file without a tag gets one.
- Ten zeros end a tag with a store, unless it has a footer: ExifTool takes the last frame for
  malformed if no header fits behind it.

So removing the store gives back a file without a tag, or with a proper 2.4 tag, byte for byte. Of
what follows the tag, only further tags are looked at, directly behind it and at the very end.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from aidisclose import limits
from aidisclose.containers.container import (
    KEEP,
    Astray,
    Block,
    Comment,
    Detail,
    Edits,
    EmbeddedStore,
    Layout,
    Problem,
    Stray,
    check_size,
    compressed_xmp,
    read_store,
)
from aidisclose.containers.id3.frames import is_readable
from aidisclose.containers.id3.v24 import (
    ENCODINGS,
    RENAMED,
    UNREPLACED,
    OldFrame,
    frame_header,
    synchsafe,
    upgraded,
)
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.source import BytesSource, Range, Source
from aidisclose.io.splice import Copy, Data, Piece, Splice, whole
from aidisclose.named import NamedTuple

_HEADER: Final = 10
_ID3V1_SIZE: Final = 128

#: Tag flags. The second one has two meanings, by version.
_UNSYNCHRONISED: Final = 0x80
_EXTENDED: Final = 0x40
_COMPRESSED_22: Final = 0x40
_EXPERIMENTAL: Final = 0x20
_FOOTER: Final = 0x10

#: Flag in an extended header of 2.4.
_CHECKSUM: Final = 0x20

#: Frame flag of 2.4.
_FRAME_UNSYNCHRONISED: Final = 0x02

_NAME: Final = re.compile(rb"[A-Z0-9]{3}[A-Z0-9 ]?")
_STORE_FRAMES: Final = ("GEOB", "GEO")
#: Owner of the `PRIV` frame with an XMP packet (XMP part 3, MP3).
_XMP_OWNER: Final = b"XMP\x00"
#: Description of the `TXXX` frame with a label of GB 45438-2025.
_LABEL: Final = "AIGC"
#: Frames of text with a description, and how many bytes come before it: encoding, language.
_DESCRIBED: Final = {"TXXX": 1, "TXX": 1, "COMM": 4, "COM": 4}
_MEDIA_TYPES: Final = (b"application/c2pa", b"application/x-c2pa-manifest-store")

#: What stands before the store: text encoding (UTF-8), media type, file name and description.
_OPENING: Final = b"\x03application/c2pa\x00c2pa\x00c2pa manifest store\x00"

#: What a store behind something that is not a frame shows of itself, in a header of each version.
_TRACE: Final = re.compile(
    rb"GEOB?.{4,16}application/(?:c2pa|x-c2pa-manifest-store)\0", re.DOTALL | re.IGNORECASE
)
_LONGEST_TRACE: Final = 64

#: Padding behind a store, as FFmpeg writes it behind all frames.
_SPARE: Final = b"\0" * _HEADER

#: A description is expected to end within so many bytes.
_PROBE: Final = 4096


class Frame(NamedTuple):
    """A frame where it lies in the file.

    Attributes:
        name: Four characters, three in ID3v2.2; untrusted text.
        start: Offset of its first byte.
        body: Offset of the first byte after its header.
        end: Offset of the first byte after it.
        flags: As in its header.
        has_plain_size: It is a frame of 2.4, but the size in its header has eight bits a byte.
    """

    name: str
    start: int
    body: int
    end: int
    flags: int
    has_plain_size: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """An ID3v2 tag.

    Attributes:
        start: Offset of its first byte.
        version: 2, 3 or 4.
        revision: Of the version.
        flags: As in its header.
        frames_start: Offset after the header and the extended header.
        frames: All whole frames.
        frames_end: Offset after the last of them.
        cut: A frame after those that declares more bytes than the tag has.
        has_checksum: It has an extended header with a checksum.
        body_end: Offset after the padding.
        end: Offset after the tag.
    """

    start: int
    version: int
    revision: int
    flags: int
    frames_start: int
    frames: tuple[Frame, ...]
    frames_end: int
    cut: Frame | None
    has_checksum: bool
    body_end: int
    end: int


class Tags(NamedTuple):
    """The content of a file's tags, as in `Layout`; `end` is the offset after the leading ones."""

    blocks: tuple[Block, ...]
    stores: tuple[EmbeddedStore, ...]
    problems: tuple[Problem, ...]
    end: int
    xmp: Range | None = None

    def layout(self, media_type: str, size: int, *blocks: Block) -> Layout:
        """The layout of a file of `size` bytes with these blocks after the tags."""
        return Layout(
            media_type=media_type,
            size=size,
            blocks=(*self.blocks, *(block for block in blocks if block.length)),
            stores=self.stores,
            problems=self.problems,
            xmp=self.xmp,
        )


_PICTURES: Final = frozenset({"APIC", "PIC"})
#: Stands for the type of a picture that is an address.
LINKED: Final = b"-->"
#: APEv2: a footer of eight letters, version, size, number of items, flags and eight zeros.
_APE_FOOTER: Final = 32
#: Lyrics3 v2 ends with its size in six digits and its name.
_LYRICS: Final = re.compile(rb"([0-9]{6})LYRICS200")
_LYRICS_END: Final = 15


def tag_size(head: bytes) -> int:
    """The size of the ID3v2 tag that a file starts with, header and footer included; 0 if none.

    Versions 2.2 to 2.4 count. Others do not exist, and a text may begin with the three letters, but
    not with such bytes behind them.

    Arguments:
        head: The first 10 bytes of the file, or more.
    """
    # Version and revision are never 0xFF (id3v2.4.0-structure §3.1).
    if len(head) < _HEADER or not head.startswith((b"ID3\2", b"ID3\3", b"ID3\4")):
        return 0
    if head[4] == 0xFF:
        return 0
    size = _synchsafe_value(head[6:_HEADER])
    if size is None:
        return 0
    has_footer = head[3] >= 4 and head[5] & _FOOTER
    return _HEADER + size + (_HEADER if has_footer else 0)


def after_tag(head: bytes) -> bytes:
    """The bytes after a leading tag, as far as `head`, given to `Container.sniff`, has them."""
    return head[_HEADER:] if tag_size(head) else head


def scan(source: Source) -> Tags:
    """The tags at the start of a file; of one at its end only what is wrong with it.

    Raises:
        MalformedFile: A tag is longer than the file, or its extended header is malformed.
        UnsupportedFormat: A tag of version 2.2 is compressed.
        LimitExceeded: There are more than `limits.ID3_FRAMES` frames.
    """
    blocks: list[Block] = []
    stores: list[EmbeddedStore] = []
    problems: list[Problem] = []
    xmp: Range | None = None
    end = 0
    while (tag := read_tag(source, end)) is not None:
        if end:
            problems += _misplaced(source, tag)
        else:
            xmp = next((found for _, found in _packets(source, tag)), None)
            for _, found in _store_frames(source, tag):
                if isinstance(found, EmbeddedStore):
                    stores.append(found)
                else:
                    problems.append(found)
        blocks += _blocks(tag)
        if len(blocks) > limits.ID3_FRAMES:
            raise LimitExceeded(f"the file has more than {limits.ID3_FRAMES} ID3v2 frames")
        end = tag.end
    if (tag := _appended_tag(source, end)) is not None:
        problems += _misplaced(source, tag)
    return Tags(tuple(blocks), tuple(stores), tuple(problems), end, xmp)


def strays(source: Source) -> Iterator[Stray]:
    """Parts of the store of a 2.4 tag that mutagen and ExifTool read.

    That is what tags at the end of the file hold if they are as long as they say. And it is frames:
    mutagen reads all sizes in one way. It takes them for numbers of eight bits a byte where it
    meets more frames so, which begin in the store then. One name there may be chance; behind it,
    another is not.

    Raises:
        LimitExceeded: There are more than `limits.ID3_FRAMES` of them.
    """
    tag = read_tag(source)
    if tag is None or tag.version != 4:
        return
    found = [each for _, each in _store_frames(source, tag) if isinstance(each, EmbeddedStore)]
    end = max((part.end for each in found for part in each.pieces), default=0)
    for place in tags_behind(source):
        if place.start < end:
            yield Stray("a tag at the end of the file", place, Astray.STORE)
            return
    position, inside = tag.frames_start, 0
    for _ in range(limits.ID3_FRAMES if found else 0):
        head = source.read_at(position, _HEADER)
        if position + _HEADER > tag.body_end or not head.strip(b"\0"):
            return
        if any(part.start <= position < part.end for each in found for part in each.pieces):
            inside += _NAME.fullmatch(head[:4]) is not None
        if inside > 1:
            name = "a frame whose size has eight bits a byte"
            yield Stray(name, Range(position, _HEADER), Astray.STORE)
            return
        position += _HEADER + int.from_bytes(head[4:8])
    if found:
        raise LimitExceeded(f"the ID3v2 tag has more than {limits.ID3_FRAMES} frames")


def tags_behind(source: Source) -> Iterator[Range]:
    """The tags that end the file or come before an ID3v1 tag, as long as they say.

    APE, Lyrics3 and ID3v2 tags are read from their ends on. The footer of an APE tag may come
    before a Lyrics3 tag.
    """
    start = max(0, source.size - _ID3V1_SIZE - _APE_FOOTER)
    data = source.read_at(start, source.size - start)
    ends = [len(data)]
    if data[-_ID3V1_SIZE:].startswith(b"TAG"):
        ends.append(len(data) - _ID3V1_SIZE)
    for end in ends:
        if lyrics := _LYRICS.fullmatch(data[max(0, end - _LYRICS_END) : end]):
            length = int(lyrics[1]) + _LYRICS_END + _APE_FOOTER
            yield _before(start + end, length)
        footer = data[max(0, end - _APE_FOOTER) : end]
        if footer.startswith(b"APETAGEX"):
            # What the header has, which is no part of the size, begins with the same word.
            yield _before(start + end, int.from_bytes(footer[12:16], "little"))
        if footer[-_HEADER:].startswith(b"3DI"):
            yield _before(start + end, tag_size(b"ID3" + footer[-_HEADER + 3 :]))


def _before(end: int, length: int) -> Range:
    start = max(0, end - length)
    return Range(start, end - start)


def externals(source: Source) -> Iterator[str]:
    """Pictures in the first tag that are in other files (id3v2.4.0-frames §4.14).

    Of one that is encrypted, nobody can tell.

    Raises:
        LimitExceeded: There are more than `limits.ID3_FRAMES` frames.
    """
    tag = read_tag(source)
    if tag is None:
        return
    for item in tag.frames:
        if item.name not in _PICTURES:
            continue
        wrapping = _wrapping(tag, item)
        head = source.read_at(item.body, min(_PROBE, item.end - item.body))
        if wrapping.is_unsynchronised:
            head = _synchronised(head)
        head = head[wrapping.fields :]
        head = _inflated(head) if wrapping.is_compressed else head
        # The encoding of the description comes first.
        if head[1:].startswith(LINKED):
            yield "a picture of another file"


def _misplaced(source: Source, tag: Tag) -> Iterator[Problem]:
    for frame, _ in _store_frames(source, tag):
        reason = "a C2PA manifest store in an ID3v2 tag that is not the first"
        yield Problem(reason=reason, offset=frame.start)


def _blocks(tag: Tag) -> Iterator[Block]:
    yield Block("ID3", tag.start, tag.frames_start - tag.start)
    for frame in tag.frames:
        yield Block(frame.name, frame.start, frame.end - frame.start)
    if tag.frames_end < tag.body_end:
        yield Block("padding", tag.frames_end, tag.body_end - tag.frames_end)
    if tag.body_end < tag.end:
        yield Block("3DI", tag.body_end, tag.end - tag.body_end)


def _appended_tag(source: Source, start: int) -> Tag | None:
    """The tag whose footer ends the file, or comes before an ID3v1 tag; not one before `start`."""
    for end in (source.size, source.size - _ID3V1_SIZE):
        if end - _HEADER < start:
            break
        footer = source.read_at(end - _HEADER, _HEADER)
        position = end - tag_size(b"ID3" + footer[3:])
        if footer.startswith(b"3DI") and start <= position < end:
            try:
                return read_tag(source, position)
            except (MalformedFile, UnsupportedFormat):
                return None  # no footer but audio that looks like one
    return None


def further(source: Source, blocks: Sequence[Block]) -> Iterator[Layout]:
    """The tags that are not at the start of a file, each as a layout: in its chunks, at its end."""
    starts = [block.start + 8 for block in blocks if block.name.lower() == "id3 "]
    starts += [tag.start] if (tag := _appended_tag(source, 0)) else []
    for start in starts[: limits.PACKETS]:
        try:
            found = read_tag(source, start)
        except (MalformedFile, UnsupportedFormat, LimitExceeded):
            continue  # players show nothing of it either
        if found is not None:
            yield Layout("audio/mpeg", found.end - found.start, tuple(_blocks(found)))


def read_tag(source: Source, start: int = 0) -> Tag | None:
    """The tag at an offset, None if none is there.

    Raises:
        MalformedFile: It is longer than the file, or its extended header is malformed.
        UnsupportedFormat: It is of version 2.2 and compressed.
        LimitExceeded: It has more than `limits.ID3_FRAMES` frames.
    """
    head = source.read_at(start, _HEADER)
    size = tag_size(head)
    if not size:
        return None
    version, revision, flags = head[3:6]
    if version == 2 and flags & _COMPRESSED_22:
        raise UnsupportedFormat("compressed ID3v2.2 tags are not supported")
    end = start + size
    if end > source.size:
        reason = f"the ID3v2 tag declares {size} bytes, {source.size - start} are there"
        raise MalformedFile(reason, start)
    body_end = end - _HEADER if version == 4 and flags & _FOOTER else end
    is_unsynchronised = version < 4 and bool(flags & _UNSYNCHRONISED)
    body = _Body(source, start + _HEADER, body_end, is_unsynchronised=is_unsynchronised)
    frames_start, has_checksum = body.start, False
    if version > 2 and flags & _EXTENDED:
        frames_start, has_checksum = _extended_header(body, version)
    frames, cut = _read_frames(body, frames_start, version)
    return Tag(
        start=start,
        version=version,
        revision=revision,
        flags=flags,
        frames_start=frames_start,
        frames=frames,
        frames_end=frames[-1].end if frames else frames_start,
        cut=cut,
        has_checksum=has_checksum,
        body_end=body_end,
        end=end,
    )


class _Body:
    """The inside of a tag as it was before unsynchronisation of the whole tag (2.2 and 2.3).

    Offsets are those in the file.
    """

    def __init__(self, source: Source, start: int, end: int, *, is_unsynchronised: bool) -> None:
        self.start = start
        self.end = end
        self._source = source
        self._raw = source.read_at(start, end - start) if is_unsynchronised else None

    def read(self, position: int, length: int) -> bytes:
        """`length` bytes, fewer where the tag ends."""
        if self._raw is None:
            return self._source.read_at(position, max(min(length, self.end - position), 0))
        index = position - self.start
        return _synchronised(self._raw[index : index + 2 * length])[:length]

    def skip(self, position: int, length: int) -> int:
        """The offset `length` bytes further; it may be after the end."""
        if self._raw is None:
            return position + length
        return position + _raw_length(self._raw, position - self.start, length)


def _synchronised(raw: bytes) -> bytes:
    return raw.replace(b"\xff\x00", b"\xff")


def _raw_length(raw: bytes, start: int, length: int) -> int:
    """The number of unsynchronised bytes from `start` that stand for `length` bytes."""
    position = start
    while length > 0:
        end = position + length
        if raw[end - 1 : end + 1] == b"\xff\x00":
            end += 1
        length -= end - position - raw.count(b"\xff\x00", position, end)
        position = end
    return position - start


def _synchsafe_value(data: bytes) -> int | None:
    """The number in bytes of seven bits; None if one of them has eight."""
    number = 0
    for byte in data:
        if byte > 0x7F:
            return None
        number = number << 7 | byte
    return number


def _extended_header(body: _Body, version: int) -> tuple[int, bool]:
    """The end of the extended header, and whether it has a checksum that covers the frames.

    Some programs set the flag and write none; mutagen looks for a frame there as well.
    """
    head = body.read(body.start, 6)
    if _NAME.fullmatch(head[:4]):
        return body.start, False
    # Version 2.3 does not count the four bytes of the size itself, 2.4 does.
    size = _synchsafe_value(head[:4]) if version == 4 else 4 + int.from_bytes(head[:4])
    end = body.skip(body.start, size or 0)
    if len(head) < 6 or size is None or size < 6 or end > body.end:
        raise MalformedFile("the extended header of the ID3v2 tag is malformed", body.start)
    return end, version == 4 and bool(head[5] & _CHECKSUM)


def _read_frames(body: _Body, start: int, version: int) -> tuple[tuple[Frame, ...], Frame | None]:
    """All whole frames up to the padding, or to what is not a frame; and one that is cut off there.

    Old programs wrote names such as `Date`, or three letters and a NUL, and most readers skip
    those. They count as frames if their sizes lead to a proper frame, the padding or the end.
    """
    frames: list[Frame] = []
    odd: list[Frame] = []
    width, header = (3, 6) if version == 2 else (4, _HEADER)
    while len(head := body.read(start, header)) == header and head[0]:
        is_proper = _NAME.fullmatch(head[:width]) is not None
        if is_proper:
            frames += odd
            odd = []
        elif version == 2:
            break
        if len(frames) + len(odd) == limits.ID3_FRAMES:
            raise LimitExceeded(f"the ID3v2 tag has more than {limits.ID3_FRAMES} frames")
        content = body.skip(start, header)
        if version == 4:
            size, has_plain_size = _frame_size(body, content, head[4:8])
        else:
            size, has_plain_size = int.from_bytes(head[width : 2 * width]), False
        end = body.skip(content, size)
        frame = Frame(
            name=head[:width].decode("latin-1"),
            start=start,
            body=content,
            end=min(end, body.end),
            flags=int.from_bytes(head[2 * width :]),
            has_plain_size=has_plain_size,
        )
        if end > body.end:
            return tuple(frames), frame if is_proper else None
        (frames if is_proper else odd).append(frame)
        start = end
    if odd and not body.read(start, header).strip(b"\0"):
        frames += odd
    return tuple(frames), None


def _frame_size(body: _Body, content: int, field: bytes) -> tuple[int, bool]:
    """The size of a 2.4 frame, and whether it is written in eight bits a byte.

    Old versions of iTunes wrote all sizes so, and FFmpeg does for chapters. What follows the frame
    decides, and the standard if that fits both.
    """
    size, plain_size = _synchsafe_value(field), int.from_bytes(field)
    if size is None:
        return plain_size, True
    if size == plain_size or _is_boundary(body, content + size):
        return size, False
    # No garbage behind a frame of ours may make its size look wrong.
    is_ours = body.read(content, len(_OPENING)).startswith((_OPENING, _XMP_OWNER))
    if is_ours or not _is_boundary(body, content + plain_size):
        return size, False
    return plain_size, True


def _is_boundary(body: _Body, position: int) -> bool:
    """Whether a frame, padding or nothing is at an offset."""
    head = body.read(position, _HEADER)
    return position <= body.end and (
        not head.strip(b"\x00") or _NAME.fullmatch(head[:4]) is not None
    )


def _store_frames(source: Source, tag: Tag) -> Iterator[tuple[Frame, EmbeddedStore | Problem]]:
    for frame in tag.frames:
        if frame.name in _STORE_FRAMES and (found := _find(source, tag, frame)) is not None:
            yield frame, found
    cut = tag.cut
    if cut is not None and cut.name in _STORE_FRAMES and _find(source, tag, cut) is not None:
        yield cut, Problem(reason="the C2PA frame is cut off", offset=cut.start)
    elif (start := _trace(source, tag)) is not None:
        reason = "a C2PA frame behind what is not a frame of the ID3v2 tag"
        yield Frame("GEOB", start, start, tag.body_end, 0), Problem(reason=reason, offset=start)


def _trace(source: Source, tag: Tag) -> int | None:
    """The offset of a store behind the frames, which end where one of them has no name.

    Other readers go on there, and find it.
    """
    for start in range(tag.frames_end, tag.body_end, limits.MIB):
        length = min(limits.MIB + _LONGEST_TRACE, tag.body_end - start)
        if found := _TRACE.search(source.read_at(start, length)):
            return start + found.start()
    return None


def _packets(source: Source, tag: Tag) -> Iterator[tuple[Frame, Range | None]]:
    """The frames with an XMP packet; None for one that is not there byte for byte."""
    for frame in tag.frames:
        if frame.name != "PRIV" or source.read_at(frame.body, len(_XMP_OWNER)) != _XMP_OWNER:
            continue
        start = frame.body + len(_XMP_OWNER)
        is_plain = not (frame.flags & 0xFF or tag.flags & _UNSYNCHRONISED)
        yield frame, Range(start, frame.end - start) if is_plain and frame.end > start else None


def _find(source: Source, tag: Tag, frame: Frame) -> EmbeddedStore | Problem | None:
    """The store in a `GEOB`, or what prevents reading it; None if the `GEOB` is of another type."""
    wrapping = _wrapping(tag, frame)
    start = frame.body + wrapping.fields
    if wrapping.is_unsynchronised and tag.version == 3:
        start = frame.body + _raw_length(source.read_at(frame.body, _PROBE), 0, wrapping.fields)
    # Unsynchronisation doubles a text of 0xFF at most.
    raw = source.read_at(start, max(min(frame.end - start, 2 * _PROBE), 0))
    head = _synchronised(raw) if wrapping.is_unsynchronised else raw
    if wrapping.is_compressed:
        head = _inflated(head)
    if head[1:].partition(b"\x00")[0].lower() not in _MEDIA_TYPES:
        return None
    if wrapping.is_compressed or wrapping.is_encrypted:
        how = "compressed" if wrapping.is_compressed else "encrypted"
        return Problem(reason=f"the C2PA frame is {how}", offset=frame.start)
    length = _opening_length(head)
    if length is None:
        return Problem(reason="the description in the C2PA frame has no end", offset=frame.start)
    start += _raw_length(raw, 0, length) if wrapping.is_unsynchronised else length
    content = Range(start, frame.end - start)
    return EmbeddedStore(
        frame=Range(frame.start, frame.end - frame.start),
        # As the reference has it: the header of the frame, with its size, is hashed.
        exclusions=(content,),
        pieces=(content,),
        encoding="unsynchronised" if wrapping.is_unsynchronised else "raw",
    )


class _Wrapping(NamedTuple):
    """The encoding of a frame's content; `fields` bytes that flags announce come before it."""

    fields: int
    is_compressed: bool
    is_encrypted: bool
    is_unsynchronised: bool


def _wrapping(tag: Tag, frame: Frame) -> _Wrapping:
    """The encoding that the flags of a frame name (id3v2.3.0 §3.3.1, id3v2.4.0-structure §4.1)."""
    is_unsynchronised = bool(tag.flags & _UNSYNCHRONISED)
    if tag.version == 2:
        return _Wrapping(0, False, False, is_unsynchronised)
    if tag.version == 3:
        compressed, encrypted, grouped = (bool(frame.flags & bit) for bit in (0x80, 0x40, 0x20))
        fields = 4 * compressed + encrypted + grouped
        return _Wrapping(fields, compressed, encrypted, is_unsynchronised)
    bits = (0x40, 0x08, 0x04, _FRAME_UNSYNCHRONISED, 0x01)
    grouped, compressed, encrypted, unsynchronised, indicated = (
        bool(frame.flags & bit) for bit in bits
    )
    fields = grouped + encrypted + 4 * indicated
    return _Wrapping(fields, compressed, encrypted, is_unsynchronised or unsynchronised)


def _inflated(head: bytes) -> bytes:
    """The start of what a compressed frame holds; empty if it is not compressed after all."""
    try:
        return zlib.decompressobj().decompress(head, _PROBE)
    except zlib.error:
        return b""


def _opening_length(head: bytes) -> int | None:
    """The length before the object in a `GEOB`; None if not all of it is in `head`."""
    end = head.find(b"\x00", 1) + 1
    is_wide = head[0] in (1, 2)
    for _ in ("file name", "description"):
        end = _text_end(head, end, is_wide=is_wide)
        if not end:
            return None
    return end


def _text_end(data: bytes, start: int, *, is_wide: bool) -> int:
    """The offset after a terminated text; 0 if it is not terminated."""
    if not is_wide:
        return data.find(b"\x00", start) + 1
    end = data.find(b"\x00\x00", start)
    # Two zero bytes at an odd place are halves of two characters: a text in UTF-16 that goes on.
    while end >= 0 and (end - start) & 1:
        end = data.find(b"\x00\x00", end + 1)
    return end + 2 if end >= 0 else 0


def frame(store: bytes) -> bytes:
    """The ID3v2.4 frame that embeds a store.

    Raises:
        LimitExceeded: The store is larger than `limits.STORE_SIZE`, or than ID3v2 permits.
    """
    check_size(len(store))
    return _whole("GEOB", _OPENING + store)


def rewrite(source: Source, layout: Layout, edits: Edits) -> Splice:
    """See `Container.rewrite`. What follows the first tag is copied.

    Raises:
        MalformedFile: A store is in a tag that is not the first, or a frame of an old tag is cut.
        UnsupportedFormat: The tag has a frame that ID3v2.4 cannot hold.
        LimitExceeded: ID3v2 cannot hold so many bytes.
    """
    is_bare = not layout.stores and not layout.problems
    same_store = edits.store is KEEP or (edits.store is None and is_bare)
    if same_store and edits == Edits(edits.store):
        return whole(source)
    tag = read_tag(source)
    if edits.store is KEEP and not is_bare:
        edits = edits._replace(store=read_store(source, _only_store(layout)))
    new = [Data(frame) for frame in _new_frames(edits)]
    packets = dict(_packets(source, tag)) if tag and edits.xmp is not KEEP else {}
    if edits.xmp is not None and None in packets.values():
        raise compressed_xmp(next(iter(packets)).start)
    texts = set(_replaced_texts(source, tag, edits)) if tag else set()
    old = {} if tag is None else dict(_store_frames(source, tag))
    for problem in layout.problems:
        if problem.offset not in {frame.start for frame in old}:
            raise MalformedFile(f"{problem.reason} cannot be replaced or removed", problem.offset)
    spare = [Data(_SPARE)] if isinstance(edits.store, bytes) else []
    if tag is None:
        return Splice(source, [*_tag(0, 0, [*new, *spare]), Copy(0, source.size)])
    replaced = {*old, *packets, *texts}
    # The reader of c2pa-rs stops at an empty frame, and finds no store behind it.
    kept = [frame for frame in tag.frames if frame not in replaced and frame.end > frame.body]
    rest = tag.frames_end if old.keys() <= {*tag.frames} else tag.body_end
    if tag.version == 4:
        revision = tag.revision
        flags = _kept_flags(tag, [] if new else kept)
        frames = list(_kept_frames(tag, kept))
    else:
        revision = 0
        flags = tag.flags & _EXPERIMENTAL
        frames = [Data(_upgraded_frames(source, tag, kept))]
    end = tag.body_end - (_spare_length(source, tag) if old else 0)
    if flags & _FOOTER:
        spare = []  # a tag with a footer has no padding (ID3v2.4 §3.3)
    behind = Copy(rest, max(end - rest, 0))
    pieces = _tag(revision, flags, [*frames, *new, behind, *spare])
    return Splice(source, [*pieces, Copy(tag.end, source.size - tag.end)])


def _spare_length(source: Source, tag: Tag) -> int:
    """The length of the zeros that were added with a store, if they are there."""
    start = tag.body_end - len(_SPARE)
    is_there = start >= tag.frames_end and source.read_at(start, len(_SPARE)) == _SPARE
    return len(_SPARE) if is_there else 0


def caveats(source: Source) -> Iterator[str]:
    """Parts of the first tag at which some readers give up, as a warning: see `Container.caveats`.

    The reader of c2pa-rs is one of them.
    """
    tag = read_tag(source)
    if tag is None:
        if _has_id3v1(source):
            yield (
                "an ID3v1 tag only, from which FFmpeg reads nothing where an ID3v2 tag is, such as "
                "that of the manifest store: write ID3v2 first, for example with "
                "`ffmpeg -i OLD.mp3 -codec copy NEW.mp3`, or use --sidecar"
            )
        return
    old = sorted({frame.name for frame in tag.frames} & UNREPLACED)
    if old and tag.version < 4:
        yield (
            f"{', '.join(old)} of an ID3v2.{tag.version} tag, which are not in ID3v2.4, the "
            "version that holds a manifest store: the bytes stay, but most programs will not show "
            "them; --sidecar leaves the file as it is"
        )
    bad = dict.fromkeys(frame.name for frame in tag.frames if not _is_readable(source, tag, frame))
    behind = source.read_at(tag.frames_end, min(tag.body_end - tag.frames_end, _PROBE))
    what = [f"malformed {name} frames" for name in bad]
    if tag.cut is not None or behind.strip(b"\0"):
        what.append("bytes behind its frames that are none")
    if what:
        yield (
            f"an ID3v2 tag with {', '.join(what)}: readers that stop there, such as that of "
            "c2pa-rs, find no manifest store in it; write the tag anew first, for example with "
            "`ffmpeg -i OLD.mp3 -codec copy NEW.mp3`, or use --sidecar"
        )


def _has_id3v1(source: Source) -> bool:
    """Whether an ID3v1 tag ends the file, and says something."""
    said = source.read_at(max(source.size - _ID3V1_SIZE, 0), _ID3V1_SIZE)
    return said.startswith(b"TAG") and bool(said[3:127].strip(b"\0 "))


def _is_readable(source: Source, tag: Tag, frame: Frame) -> bool:
    """Whether a frame has its fields, also those of its flags; empty ones are left out."""
    name = RENAMED.get(frame.name, frame.name) if tag.version == 2 else frame.name
    if frame.end > frame.body and frame.flags & 0xFF:
        return frame.end - frame.body > _wrapping(tag, frame).fields
    if (
        frame.end == frame.body
        or tag.flags & _UNSYNCHRONISED
        or (name == "APIC" and tag.version == 2)
    ):
        return True
    return is_readable(name, source.read_at(frame.body, min(_PROBE, frame.end - frame.body)))


def details(source: Source, edits: Edits) -> Iterator[Detail]:
    """The frames of the first tag as ID3v2.4 has them, but for what is edited, and the store.

    Raises:
        MalformedFile: A frame of an old tag is cut off.
        UnsupportedFormat: The tag has a frame that ID3v2.4 cannot hold.
    """
    tag = read_tag(source)
    if tag is None:
        return
    changed = {frame for frame, _ in _store_frames(source, tag)}
    changed |= set(_replaced_texts(source, tag, edits))
    if edits.xmp is not KEEP:
        changed |= {frame for frame, _ in _packets(source, tag)}
    kept = [frame for frame in tag.frames if frame not in changed and frame.end > frame.body]
    if tag.version < 4:
        source = BytesSource(_upgraded_frames(source, tag, kept))
        body = _Body(source, 0, source.size, is_unsynchronised=False)
        kept = list(_read_frames(body, 0, 4)[0])
    for frame in kept:
        flags = frame.flags if tag.version < 4 else _kept_frame_flags(tag, frame)
        content = source.read_at(frame.body, frame.end - frame.body)
        yield Detail(frame.name, flags.to_bytes(2) + hashlib.sha256(content).digest())


def _only_store(layout: Layout) -> EmbeddedStore:
    if layout.problems or len(layout.stores) != 1:
        raise MalformedFile("the manifest store is damaged, so that it cannot be kept")
    return layout.stores[0]


def _replaced_texts(source: Source, tag: Tag, edits: Edits) -> Iterator[Frame]:
    """The frames that give way to a label or a comment, by their description.

    FFmpeg makes a `TXXX` of a comment that has one.
    """
    label = _LABEL if edits.aigc is not KEEP else None
    remark = edits.comment.name if isinstance(edits.comment, Comment) else None
    for frame in tag.frames:
        if frame.name in _DESCRIBED:
            description = _description(source, tag, frame)
            is_label = frame.name in ("TXXX", "TXX") and description.upper() == label
            if is_label or (description and description == remark):
                yield frame


def _description(source: Source, tag: Tag, frame: Frame) -> str:
    """The description in a `TXXX` or `COMM`; empty if it cannot be read."""
    wrapping = _wrapping(tag, frame)
    if wrapping.is_compressed or wrapping.is_encrypted:
        return ""
    head = source.read_at(frame.body, min(_PROBE, frame.end - frame.body))
    if wrapping.is_unsynchronised:
        head = _synchronised(head)
    head = head[wrapping.fields :]
    encoding = head[0] if head else len(ENCODINGS)
    if encoding >= len(ENCODINGS):
        return ""
    text = head[_DESCRIBED[frame.name] :].decode(ENCODINGS[encoding], "replace")
    return text.partition("\0")[0].removeprefix("\ufeff")


def _new_frames(edits: Edits) -> Iterator[bytes]:
    if isinstance(edits.comment, Comment) and edits.comment.text is not None:
        name, text = edits.comment
        yield _whole("COMM", b"\x03eng" + f"{name}\0{text}".encode())
    if isinstance(edits.aigc, bytes):
        yield _whole("TXXX", b"\x03" + _LABEL.encode() + b"\0" + edits.aigc)
    if isinstance(edits.xmp, bytes):
        yield _whole("PRIV", _XMP_OWNER + edits.xmp)
    if isinstance(edits.store, bytes):
        yield frame(edits.store)


def _whole(name: str, content: bytes) -> bytes:
    return frame_header(name, len(content)) + content


def _tag(revision: int, flags: int, body: Sequence[Piece]) -> Iterator[Piece]:
    """An ID3v2.4 tag; nothing if its body is empty."""
    size = sum(piece.length for piece in body)
    if not size:
        return
    header = bytes((4, revision, flags)) + synchsafe(size)
    yield Data(b"ID3" + header)
    yield from body
    if flags & _FOOTER:
        yield Data(b"3DI" + header)


def _kept_flags(tag: Tag, all_frames: Sequence[Frame]) -> int:
    """The flags of a 2.4 tag; `all_frames` is empty if a frame of ours will be among them."""
    flags = tag.flags & (_EXPERIMENTAL | _FOOTER)
    if not tag.has_checksum and tag.frames_start > tag.start + _HEADER:
        # An extended header of 2.4 that only has restrictions or “is an update” is kept as it
        # stands.
        flags |= tag.flags & _EXTENDED
    # The flag of the tag says that each frame has its own (id3v2.4.0-structure §3.1): it stays only
    # where that remains true.
    common = _FRAME_UNSYNCHRONISED if all_frames else 0
    for frame in all_frames:
        common &= _kept_frame_flags(tag, frame)
    return flags | (_UNSYNCHRONISED if common else 0)


def _kept_frame_flags(tag: Tag, frame: Frame) -> int:
    return frame.flags | (_FRAME_UNSYNCHRONISED if tag.flags & _UNSYNCHRONISED else 0)


def _kept_frames(tag: Tag, frames: Sequence[Frame]) -> Iterator[Piece]:
    """The extended header and the frames of a 2.4 tag."""
    if not tag.has_checksum:
        start = tag.start + _HEADER
        yield Copy(start, tag.frames_start - start)
    for frame in frames:
        flags = _kept_frame_flags(tag, frame)
        if flags == frame.flags and not frame.has_plain_size:
            yield Copy(frame.start, frame.end - frame.start)
        else:
            size = frame.end - frame.body
            yield Data(frame_header(frame.name, size, flags))
            yield Copy(frame.body, size)


def _upgraded_frames(source: Source, tag: Tag, frames: Sequence[Frame]) -> bytes:
    if tag.cut is not None:
        reason = f"frame {tag.cut.name} of the ID3v2.{tag.version} tag is cut off"
        raise MalformedFile(reason, tag.cut.start)
    contents = [source.read_at(frame.body, frame.end - frame.body) for frame in frames]
    if tag.flags & _UNSYNCHRONISED:
        contents = [_synchronised(content) for content in contents]
    old = [
        OldFrame(frame.name, frame.flags, content)
        for frame, content in zip(frames, contents, strict=True)
    ]
    return upgraded(old, version=tag.version)
