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

The label and the comment are Vorbis comments of the first Vorbis or Opus stream, in its second
packet. No page may be added for them, since all that follow would need another number: the pages of
its headers are filled anew, and hold what fits in as many as there are. Where the page on which the
comments end has room, no other changes.

An index of Ogg Skeleton becomes stale; players notice by the length of the file, and search.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final

from aidisclose import limits
from aidisclose.containers import id3, vorbis_comment
from aidisclose.containers.container import (
    KEEP,
    Addressed,
    Astray,
    Block,
    Carrier,
    Detail,
    Edits,
    EmbeddedStore,
    Layout,
    Problem,
    Stray,
)
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.change import Change, change
from aidisclose.io.source import Range, Source
from aidisclose.io.splice import Splice
from aidisclose.named import NamedTuple

_CAPTURE: Final = b"OggS"
_VERSION: Final = 0
#: Pattern, version, flags, granule position, serial number, page number, checksum, lacing values.
_HEADER: Final = struct.Struct("<4sBBQIIIB")
_CHECKSUM_AT: Final = 22
_CONTINUED, _FIRST, _LAST = 1, 2, 4
#: The flags of a page that begins a stream, as a class of bytes.
_BEGINS: Final = b"[%b]" % re.escape(bytes(flags for flags in range(256) if flags & _FIRST))
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
_SHARED: Final = "the manifest store has the stream number of something else"
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

#: How the packet with the comments begins, and how many packets of headers follow the first; the
#: last of them ends a page (Vorbis I specification §A.2, RFC 7845 §3).
_HEADERS: Final = {b"\x01vorbis": (b"\x03vorbis", 2), b"OpusHead": (b"OpusTags", 1)}

_NO_BITS: Final = 0xFFFF_FFFF
_REVERSED_BITS: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))

#: Room for the whole last page, the longest of which has 65,307 bytes (RFC 3533 §6).
_TAIL: Final = 128 * limits.KIB


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
        defect: The reason why the store cannot be used; empty if nothing is wrong so far.
    """

    def __init__(self) -> None:
        self.pages: list[_Page] = []
        self.is_read = False
        self.has_ended = False
        self._pieces: list[Range] = []
        self._length = 0
        self._head = b""
        self.defect = ""

    @property
    def _declared(self) -> int:
        """The length that the store declares, as far as it is known."""
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
            self.defect = "the checksum of a page of the manifest store is wrong"
        if self.pages and page.number != self.pages[-1].number + 1:
            self.defect = "pages of the manifest store are missing or out of order"
        start = page.body if self.pages else page.body + len(_IDENTIFIER)
        self._pieces.append(Range(start, page.end - start))
        self._length += page.end - start
        self._head += data[start - page.start :][: _SIZE_FIELD - len(self._head)]
        if self._length > limits.STORE_SIZE:
            raise LimitExceeded(f"the manifest store is larger than {limits.STORE_SIZE} bytes")

    def store(self) -> EmbeddedStore:
        """The place of the store; its pages need not be in one run."""
        runs: list[Range] = []
        for page in self.pages[: len(self._pieces)]:
            if runs and runs[-1].end == page.start:
                runs[-1] = Range(runs[-1].start, page.end - runs[-1].start)
            else:
                runs.append(Range(page.start, page.end - page.start))
        return EmbeddedStore(frame=runs[0], exclusions=tuple(runs), pieces=tuple(self._pieces))

    def problem(self) -> Problem | None:
        """The reason why the store cannot be used; None if it can."""
        cut = "the manifest store is cut off" if self._length < self._declared else ""
        reason = self.defect or cut
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


def _shared(source: Source, openings: Sequence[_Page]) -> set[int]:
    """The numbers of stores that a stream has which is appended to the file.

    No hash covers the number of the store. Players take its pages for the beginning of the other
    stream, and play nothing of that any more. To give a store our own number helps nobody: a file
    in which something else has it is not signed, or was like that when it was.
    """
    starts = {page.start for page in openings}
    numbers = [page.serial for page in openings if page.serial != _SERIAL]
    if not numbers:
        return set()
    written = b"|".join(re.escape(number.to_bytes(4, "little")) for number in set(numbers))
    pattern = re.compile(rb"%b(?=.%b.{8}(%b))" % (_CAPTURE, _BEGINS, written), re.DOTALL)
    found = {number for number in numbers if numbers.count(number) > 1}
    # Players find the next page behind whatever stands between. One pass looks for all of them.
    for start in range(0, source.size, limits.CHUNK):
        for match in pattern.finditer(source.read_at(start, limits.CHUNK + _HEADER.size)):
            if start + match.start() not in starts:
                found.add(int.from_bytes(match[1], "little"))
    return found


def _page_within(source: Source, store: EmbeddedStore) -> Range | None:
    """A place in the pages of a store where another one seems to begin; None if none does."""
    mark = _CAPTURE + bytes((_VERSION,))
    for run in store.exclusions:
        data = source.read_at(run.start, run.length)
        start = 0
        while start < len(data):
            lacing = data[start + _HEADER.size :][: data[start + _HEADER.size - 1]]
            end = start + _HEADER.size + len(lacing) + sum(lacing)
            # It may begin in one page and go on in the next.
            found = data.find(mark, start + 1, end + len(mark) - 1)
            if start < found < end:
                return Range(run.start + found, _HEADER.size)
            start = end
    return None


def _parse(source: Source, *, to_the_end: bool = False) -> _Ogg:
    """Read the pages that begin streams, and the stores; or all pages of the stores' streams."""
    ogg = _Ogg([], [], set(), 0, set())
    streams: dict[int, tuple[str, _StoreStream | None]] = {}
    is_front = True
    for page in _pages(source):
        if page.flags & _FIRST:
            name, kind = _codec(page.opening)
            stream = _StoreStream() if name == _STORE else None
            _, namesake = streams.get(page.serial, ("", None))
            if page.serial in streams and (shared := stream or namesake):
                shared.defect = _SHARED
            streams[page.serial] = name, stream
            if stream:
                ogg.stores.append(stream)
            elif is_front:
                if len(ogg.serials) == limits.OGG_STREAMS:
                    raise LimitExceeded(f"the Ogg file has more than {limits.OGG_STREAMS} streams")
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
        # To verify, the store is enough; to remove it, every page of its stream has to go.
        wanted = (item.has_ended if to_the_end else item.is_read for item in ogg.stores)
        if not is_front and all(wanted):
            break
        if len(ogg.blocks) >= limits.BLOCKS or len(ogg.stores) > limits.STORES:
            raise LimitExceeded("the Ogg file has too many pages before its streams are known")
    return ogg


def _pages(source: Source) -> Iterator[_Page]:
    position = 0
    # One read gets the longest header and what tells the codec.
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


def _lacing(packet: bytes) -> bytes:
    """The lengths of its segments; one of fewer than 255 bytes ends it."""
    # A packet of 255 bytes has a segment of 0 behind it (RFC 3533 §5).
    return b"\xff" * (len(packet) // _SEGMENT) + bytes((len(packet) % _SEGMENT,))


def _page(
    lacing: bytes, content: bytes, *, flags: int, position: int, serial: int, number: int
) -> bytes:
    fields = (_CAPTURE, _VERSION, flags, position, serial, number)
    page = _HEADER.pack(*fields, 0, len(lacing)) + lacing + content
    return _HEADER.pack(*fields, _checksum(page), len(lacing)) + page[_HEADER.size :]


class _HeaderPage(NamedTuple):
    """A page of the headers of a stream, and what is in it.

    Attributes:
        page: Its header, with its offsets.
        position: Its granule position.
        lacing: Lengths of its segments.
        content: Of these.
    """

    page: _Page
    position: int
    lacing: bytes
    content: bytes


def _changed_headers(source: Source, edits: Edits) -> list[Change]:
    """The changes that put label and comment into the first Vorbis or Opus stream."""
    if edits.aigc is KEEP and edits.comment is KEEP:
        return []
    found = _headers(source)
    if found is None:
        if edits.aigc in (KEEP, None) and (edits.comment is KEEP or edits.comment.text is None):
            return []
        raise UnsupportedFormat("in Ogg, comments can be written into Vorbis and Opus only")
    opening, pages = found
    comments, *others = _packets(pages)
    if not comments.startswith(opening):
        raise MalformedFile(
            "no comments in the second packet of an Ogg stream", pages[0].page.start
        )
    new = opening + vorbis_comment.edited(comments.removeprefix(opening), edits)
    if new == comments:
        return []
    counts = _counts(pages, len(_lacing(comments)), len(_lacing(new)))
    return list(_filled(pages, counts, [new, *others]))


def _headers(source: Source) -> tuple[bytes, list[_HeaderPage]] | None:
    """The beginning of the first Vorbis or Opus stream's comments, and the place of its headers.

    The page with the first of them, which holds nothing else, is left out. None if there is no such
    stream.
    """
    pages: list[_HeaderPage] = []
    serial, opening, left = None, b"", 0
    for number, page in enumerate(_pages(source)):
        if number == limits.BLOCKS or len(pages) == limits.OGG_HEADER_PAGES:
            raise LimitExceeded("the comments of the Ogg file take too many pages to be rewritten")
        if serial is None:
            if not page.flags & _FIRST:
                return None
            known = next((item for item in _HEADERS if page.opening.startswith(item)), None)
            if known is not None:
                serial = page.serial
                opening, left = _HEADERS[known]
        elif page.serial == serial:
            pages.append(_header_page(source, page, number=len(pages) + 1))
            left -= sum(size < _SEGMENT for size in pages[-1].lacing)
            if left < 0 or (left == 0 and pages[-1].lacing.endswith(b"\xff")):
                raise MalformedFile("sound on a page with headers of an Ogg stream", page.start)
            if left == 0:
                return opening, pages
    if serial is None:
        return None
    raise MalformedFile("an Ogg stream ends before its headers are complete", source.size)


def _header_page(source: Source, page: _Page, *, number: int) -> _HeaderPage:
    data = source.read_at(page.start, page.end - page.start)
    position, *_, checksum, _ = _HEADER.unpack_from(data)[3:]
    if checksum != _checksum(data):
        raise MalformedFile("the checksum of a page with headers is wrong", page.start)
    if page.number != number:
        raise MalformedFile("pages with headers are missing or out of order", page.start)
    body = page.body - page.start
    return _HeaderPage(page, position, data[_HEADER.size : body], data[body:])


def _packets(pages: Sequence[_HeaderPage]) -> Iterator[bytes]:
    content = b"".join(page.content for page in pages)
    start = end = 0
    for size in b"".join(page.lacing for page in pages):
        end += size
        if size < _SEGMENT:
            yield content[start:end]
            start = end


def _counts(pages: Sequence[_HeaderPage], old: int, new: int) -> list[int]:
    """The number of segments in each page, when the first packet has `new` instead of `old`."""
    counts = [len(page.lacing) for page in pages]
    end = next(index for index, total in enumerate(accumulate(counts)) if total >= old)
    counts[end] += new - old
    if 0 < counts[end] <= _SEGMENTS:
        return counts
    left = sum(counts)
    if not len(counts) <= left <= len(counts) * _SEGMENTS:
        raise LimitExceeded(
            f"the comments do not fit into the {len(counts)} pages that the Ogg stream has for "
            "its headers; remove some from it first, for example a picture"
        )
    for index in range(len(counts)):
        # One segment is left for each later page, so that none becomes empty.
        counts[index] = min(_SEGMENTS, left - (len(counts) - 1 - index))
        left -= counts[index]
    return counts


def _filled(
    pages: Sequence[_HeaderPage], counts: Sequence[int], packets: Sequence[bytes]
) -> Iterator[Change]:
    """Each page with as many of the segments of the packets as it is to hold."""
    lacing, content = b"".join(map(_lacing, packets)), b"".join(packets)
    first = start = 0
    is_continued = False
    for (page, position, old, _), count in zip(pages, counts, strict=True):
        sizes = lacing[first : first + count]
        end = start + sum(sizes)
        has_end = any(size < _SEGMENT for size in sizes)
        # A page on which no packet ends has the position -1 (RFC 3533 §6), one of headers else 0.
        if has_end != any(size < _SEGMENT for size in old):
            position = 0 if has_end else _NO_PACKET_ENDS
        flags = page.flags & ~_CONTINUED | is_continued * _CONTINUED
        data = _page(
            sizes,
            content[start:end],
            flags=flags,
            position=position,
            serial=page.serial,
            number=page.number,
        )
        yield Change(page.start, page.end - page.start, data)
        if sizes:
            is_continued = sizes.endswith(b"\xff")
        first, start = first + count, end


class Ogg(Addressed):
    """Sound and films (RFC 3533)."""

    name = "Ogg"
    media_types = ("audio/ogg", "video/ogg", "application/ogg", "audio/opus")
    extensions = (".ogg", ".oga", ".opus", ".ogv", ".spx")
    carriers = frozenset({Carrier.AIGC, Carrier.COMMENT})

    def sniff(self, head: bytes) -> bool:
        """See `Container.sniff`."""
        return head.startswith(_CAPTURE)

    def scan(self, source: Source) -> Layout:
        """See `Container.scan`."""
        ogg = _parse(source)
        shared = _shared(source, [store.pages[0] for store in ogg.stores])
        for store in ogg.stores:
            if store.pages[0].serial in shared:
                store.defect = _SHARED
        kind = next((kind for kind in ("video", "audio") if kind in ogg.kinds), "application")
        problems = (stream.problem() for stream in ogg.stores)
        return Layout(
            media_type=f"{kind}/ogg",
            size=source.size,
            blocks=tuple(ogg.blocks),
            stores=tuple(stream.store() for stream in ogg.stores),
            problems=tuple(problem for problem in problems if problem),
        )

    def strays(self, source: Source, layout: Layout) -> Iterator[Stray]:
        """See `Addressed.strays`: pages in a store, and pages before it that are none to players.

        They look for the next one byte by byte then, within such a page too. It may reach into the
        store, whose free bytes make its checksum right (RFC 3533 §6). They look so in the middle
        and at the end of a file in any case.
        """
        for store in layout.stores:
            if found := _page_within(source, store):
                yield Stray("what players take for a page", found, Astray.STORE)
        for place in id3.tags_behind(source):  # ExifTool looks for them here as well
            if any(place.start < store.exclusions[-1].end for store in layout.stores):
                yield Stray("a tag at the end of the file", place, Astray.STORE)
        end = max((store.exclusions[-1].end for store in layout.stores), default=0)
        for block in layout.blocks:
            if block.end > end:
                return
            data = source.read_at(block.start, block.length)
            if _checksum(data) != int.from_bytes(data[_CHECKSUM_AT : _CHECKSUM_AT + 4], "little"):
                place = Range(block.start, block.length)
                yield Stray("a page with a wrong checksum", place, Astray.STORE)

    def caveats(self, source: Source, layout: Layout) -> Iterable[str]:
        """See `Container.caveats`."""
        first = _parse(source).serials
        # The last page shows whether a further stream was appended, without reading all before it.
        tail = source.read_at(max(0, source.size - _TAIL), _TAIL)
        place = tail.rfind(_CAPTURE)
        last = int.from_bytes(tail[place + 14 : place + 18], "little")
        if place >= 0 and last not in first and not layout.stores:
            yield (
                "a chained Ogg: with a manifest store in it, FFmpeg plays its first part only; "
                "--sidecar leaves the file as it is"
            )

    def details(self, source: Source, layout: Layout, edits: Edits) -> Iterable[Detail]:  # noqa: ARG002
        """See `Container.details`: header packets, with comments that are not edited."""
        if edits.aigc is KEEP and edits.comment is KEEP:
            return
        found = _headers(source)
        if found is None:
            return
        opening, pages = found
        comments, *others = _packets(pages)
        for text in vorbis_comment.texts(comments.removeprefix(opening), edits):
            yield Detail("Vorbis comment", hashlib.sha256(text).digest())
        for packet in others:
            yield Detail("header", hashlib.sha256(packet).digest())

    def _frame(self, store: bytes) -> bytes:
        packet = _IDENTIFIER + store
        lacing = _lacing(packet)
        last = (len(lacing) - 1) // _SEGMENTS
        return b"".join(
            _page(
                lacing[number * _SEGMENTS :][:_SEGMENTS],
                packet[number * _SEGMENTS * _SEGMENT :][: _SEGMENTS * _SEGMENT],
                flags=(_CONTINUED if number else _FIRST) | (_LAST if number == last else 0),
                position=0 if number == last else _NO_PACKET_ENDS,
                serial=_SERIAL,
                number=number,
            )
            for number in range(last + 1)
        )

    def rewrite(self, source: Source, layout: Layout, edits: Edits) -> Splice:
        """See `Container.rewrite`."""
        changes = _changed_headers(source, edits)
        if edits.store is not KEEP and (edits.store is not None or layout.stores):
            ogg = _parse(source, to_the_end=True)
            changes += [
                Change(page.start, page.end - page.start)
                for stream in ogg.stores
                for page in stream.pages
            ]
            if edits.store is not None:
                if _SERIAL in ogg.serials:
                    raise UnsupportedFormat(
                        "the Ogg file has another stream with the number of ours"
                    )
                changes.append(Change(ogg.place, 0, self.frame(edits.store)))
        return change(source, changes)


CONTAINER: Final = Ogg()
