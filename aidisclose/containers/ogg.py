r"""Ogg (RFC 3533): the store is a logical bitstream of its own (C2PA 2.5 §A.3.7).

Its first packet is `\0c2pa` and the store. It is written between the first pages of the other
streams and whatever follows them, and ends there, so that players skip a few pages once and nobody
has to look for the rest of it. Pages of other streams stay as they are; neither their numbers nor
their time stamps depend on their place in the file.

The clause does not say what the hash leaves out. As each page has a checksum over its content, that
is all pages of the store, headers included; they are checked, since nothing else protects them.

Reading ends where the streams that begin with the file are known: RFC 3533 §6 puts the first pages
of all of them in front. A stream that begins later belongs to another file that was appended
(chaining). A store there does not speak for the whole file, and adding one changes what the first
one hashes; so only a file without credentials can get one that is not reported.

An index of Ogg Skeleton becomes stale; players notice by the length of the file, and search.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from aidisclose import limits
from aidisclose.containers.container import (
    KEEP,
    Block,
    Container,
    Edits,
    EmbeddedStore,
    Layout,
    Problem,
)
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.change import Change, change
from aidisclose.io.source import Range, Source
from aidisclose.io.splice import Splice

_CAPTURE: Final = b"OggS"
_VERSION: Final = 0
#: Pattern, version, flags, granule position, serial number, page number, checksum, lacing values.
_HEADER: Final = struct.Struct("<4sBBQIIIB")
_CHECKSUM_AT: Final = 22
_CONTINUED, _FIRST, _LAST = 1, 2, 4
_SEGMENT: Final = 255
_SEGMENTS: Final = 255

#: The granule position of a page on which no packet ends.
_NO_PACKET_ENDS: Final = 2**64 - 1

_IDENTIFIER: Final = b"\x00c2pa"
#: A store begins with its own length.
_SIZE_FIELD: Final = 4
_MAX_SIZE: Final = 0xFFFF_FFFF
#: Serial numbers are random or count from 0; this one is `c2pa` as it stands in the file.
_SERIAL: Final = int.from_bytes(b"c2pa", "little")

_STORE: Final = "C2PA"
_UNKNOWN: Final = "unknown"
#: How the first packet of a stream begins, its name, and the kind of media.
_CODECS: Final = {
    _IDENTIFIER: (_STORE, ""),
    b"\x01vorbis": ("Vorbis", "audio"),
    b"OpusHead": ("Opus", "audio"),
    b"\x7fFLAC": ("FLAC", "audio"),
    b"fLaC": ("FLAC", "audio"),
    b"Speex   ": ("Speex", "audio"),
    b"CELT    ": ("CELT", "audio"),
    b"PCM     ": ("PCM", "audio"),
    b"\x80theora": ("Theora", "video"),
    b"BBCD": ("Dirac", "video"),
    b"OVP80": ("VP8", "video"),
    b"\x80kate": ("Kate", ""),
    b"fishead\x00": ("Skeleton", ""),
}
_LONGEST_OPENING: Final = 8

_NO_BITS: Final = 0xFFFF_FFFF
_REVERSED_BITS: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class _Page(NamedTuple):
    """The header of a page.

    Attributes:
        start: Its offset.
        body: Offset of its content.
        end: Offset of the first byte after it.
        flags: Whether it begins in the middle of a packet, begins or ends its stream.
        serial: Number of its stream.
        number: Of the page, within its stream.
        opening: The first bytes of its content.
    """

    start: int
    body: int
    end: int
    flags: int
    serial: int
    number: int
    opening: bytes


class _StoreStream:
    """A stream that holds a store, gathered page by page.

    Attributes:
        pages: All of them, also those that follow the store.
        is_read: Whether no further page belongs to the store.
        has_ended: Whether the last page was seen.
    """

    def __init__(self) -> None:
        self.pages: list[_Page] = []
        self.is_read = False
        self.has_ended = False
        self._pieces: list[Range] = []
        self._length = 0
        self._head = b""
        self._defect = ""

    @property
    def _declared(self) -> int:
        """What the store says of its length, as far as that is known."""
        return int.from_bytes(self._head) if len(self._head) == _SIZE_FIELD else _MAX_SIZE

    def add(self, source: Source, page: _Page) -> None:
        """Take in the next page."""
        if not self.is_read:
            self._add_piece(source, page)
        self.pages.append(page)
        self.has_ended = self.has_ended or bool(page.flags & _LAST)
        self.is_read = self.is_read or self.has_ended or self._length >= self._declared

    def _add_piece(self, source: Source, page: _Page) -> None:
        data = source.read_at(page.start, page.end - page.start)
        if _checksum(data) != int.from_bytes(data[_CHECKSUM_AT : _CHECKSUM_AT + 4], "little"):
            self._defect = "the checksum of a page of the manifest store is wrong"
        if self.pages and page.number != self.pages[-1].number + 1:
            self._defect = "pages of the manifest store are missing or out of order"
        start = page.body if self.pages else page.body + len(_IDENTIFIER)
        self._pieces.append(Range(start, page.end - start))
        self._length += page.end - start
        self._head += data[start - page.start :][: _SIZE_FIELD - len(self._head)]
        if self._length > limits.STORE_SIZE:
            raise LimitExceeded(f"the manifest store is larger than {limits.STORE_SIZE} bytes")

    def store(self) -> EmbeddedStore:
        """Where the store is; its pages need not be in one run."""
        runs: list[Range] = []
        for page in self.pages[: len(self._pieces)]:
            if runs and runs[-1].end == page.start:
                runs[-1] = Range(runs[-1].start, page.end - runs[-1].start)
            else:
                runs.append(Range(page.start, page.end - page.start))
        return EmbeddedStore(frame=runs[0], exclusions=tuple(runs), pieces=tuple(self._pieces))

    def problem(self) -> Problem | None:
        """Why the store cannot be used, if it cannot."""
        cut = "the manifest store is cut off" if self._length < self._declared else ""
        reason = self._defect or cut
        return Problem(reason=reason, offset=self.pages[0].start) if reason else None


class _Ogg(NamedTuple):
    """The beginning of a file.

    Attributes:
        blocks: The pages, as far as they were read.
        stores: The streams that hold a store.
        serials: Numbers of the other streams.
        place: Offset after the first pages of these.
        kinds: Of media in them.
    """

    blocks: list[Block]
    stores: list[_StoreStream]
    serials: set[int]
    place: int
    kinds: set[str]


def _sniff(head: bytes) -> bool:
    return head.startswith(_CAPTURE)


def _scan(source: Source) -> Layout:
    ogg = _parse(source)
    kind = next((kind for kind in ("video", "audio") if kind in ogg.kinds), "application")
    problems = (stream.problem() for stream in ogg.stores)
    return Layout(
        media_type=f"{kind}/ogg",
        size=source.size,
        blocks=tuple(ogg.blocks),
        stores=tuple(stream.store() for stream in ogg.stores),
        problems=tuple(problem for problem in problems if problem),
    )


def _parse(source: Source, *, to_the_end: bool = False) -> _Ogg:
    """Read the pages that begin streams, and the stores; or all pages of the stores' streams."""
    ogg = _Ogg([], [], set(), 0, set())
    streams: dict[int, tuple[str, _StoreStream | None]] = {}
    is_front = True
    for page in _pages(source):
        if page.flags & _FIRST:
            name, kind = _codec(page.opening)
            stream = _StoreStream() if name == _STORE else None
            streams[page.serial] = name, stream
            if stream:
                ogg.stores.append(stream)
            elif is_front:
                ogg.serials.add(page.serial)
                ogg.kinds.add(kind)
                ogg = ogg._replace(place=page.end)
        if not streams:
            raise MalformedFile("an Ogg file that does not begin with the beginning of a stream", 0)
        name, stream = streams.get(page.serial, (_UNKNOWN, None))
        ogg.blocks.append(Block(name, page.start, page.end - page.start))
        if stream:
            stream.add(source, page)
        elif not page.flags & _FIRST:
            is_front = False
        wanted = (item.has_ended if to_the_end else item.is_read for item in ogg.stores)
        if not is_front and all(wanted):
            break
        if len(ogg.blocks) >= limits.BLOCKS or len(ogg.stores) > limits.STORES:
            raise LimitExceeded("the Ogg file has too many pages before its streams are known")
    return ogg


def _pages(source: Source) -> Iterator[_Page]:
    position = 0
    longest = _HEADER.size + _SEGMENTS + _LONGEST_OPENING
    while position < source.size or not position:
        head = source.read_at(position, longest)
        if len(head) < _HEADER.size or not head.startswith(_CAPTURE):
            raise MalformedFile("no Ogg page where one must be", position)
        _, version, flags, _, serial, number, _, count = _HEADER.unpack_from(head)
        lacing = head[_HEADER.size : _HEADER.size + count]
        body = position + _HEADER.size + count
        end = body + sum(lacing)
        if version != _VERSION:
            raise MalformedFile(f"an Ogg page of the unknown version {version}", position)
        if len(lacing) < count or end > source.size:
            raise MalformedFile("an Ogg page is cut off", position)
        opening = head[body - position : min(end, body + _LONGEST_OPENING) - position]
        yield _Page(position, body, end, flags, serial, number, opening)
        position = end


def _codec(opening: bytes) -> tuple[str, str]:
    """Name of a stream that begins like this, and the kind of media in it."""
    return next((_CODECS[known] for known in _CODECS if opening.startswith(known)), (_UNKNOWN, ""))


def _checksum(page: bytes) -> int:
    """The checksum of a page, whatever stands in its place.

    It is the one of Ethernet with all bits the other way round, from 0 and not inverted, so what
    `zlib` computes in its own speed can be turned into it.
    """
    data = page[:_CHECKSUM_AT] + bytes(4) + page[_CHECKSUM_AT + 4 :]
    mirrored = zlib.crc32(data.translate(_REVERSED_BITS), _NO_BITS) ^ _NO_BITS
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_REVERSED_BITS))


def _frame(store: bytes) -> bytes:
    if len(store) > limits.STORE_SIZE:
        raise LimitExceeded(f"the manifest store is larger than {limits.STORE_SIZE} bytes")
    packet = _IDENTIFIER + store
    # A segment of fewer than 255 bytes ends the packet.
    lacing = b"\xff" * (len(packet) // _SEGMENT) + bytes((len(packet) % _SEGMENT,))
    last = (len(lacing) - 1) // _SEGMENTS
    return b"".join(
        _page(
            number,
            lacing[number * _SEGMENTS :][:_SEGMENTS],
            packet[number * _SEGMENTS * _SEGMENT :][: _SEGMENTS * _SEGMENT],
            flags=(_CONTINUED if number else _FIRST) | (_LAST if number == last else 0),
        )
        for number in range(last + 1)
    )


def _page(number: int, lacing: bytes, content: bytes, *, flags: int) -> bytes:
    position = 0 if flags & _LAST else _NO_PACKET_ENDS
    fields = (_CAPTURE, _VERSION, flags, position, _SERIAL, number)
    page = _HEADER.pack(*fields, 0, len(lacing)) + lacing + content
    return _HEADER.pack(*fields, _checksum(page), len(lacing)) + page[_HEADER.size :]


def _rewrite(source: Source, layout: Layout, edits: Edits) -> Splice:
    if edits.store is KEEP or (edits.store is None and not layout.stores):
        return change(source, ())
    ogg = _parse(source, to_the_end=True)
    changes = [
        Change(page.start, page.end - page.start) for stream in ogg.stores for page in stream.pages
    ]
    if edits.store is not None:
        if _SERIAL in ogg.serials:
            raise UnsupportedFormat("the Ogg file has another stream with the number of ours")
        changes.insert(0, Change(ogg.place, 0, _frame(edits.store)))
    return change(source, changes)


CONTAINER: Final = Container(
    name="Ogg",
    media_types=("audio/ogg", "video/ogg", "application/ogg", "audio/opus"),
    extensions=(".ogg", ".oga", ".opus", ".ogv", ".spx"),
    sniff=_sniff,
    scan=_scan,
    frame=_frame,
    rewrite=_rewrite,
)
