"""The interface of a container format: pure methods, and the values between them.

A container knows where bytes live in one media format. It never writes a file, never hashes, and
never knows what a manifest store says.
"""

from __future__ import annotations

import base64
import binascii
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Final, Literal, Protocol, final

from aidisclose import limits
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.change import Change, change
from aidisclose.io.source import Range, Source
from aidisclose.io.splice import Splice, whole
from aidisclose.named import NamedTuple

#: The media type of a file that continues an initialization segment.
SEGMENT: Final = "video/iso.segment"


class Block(NamedTuple):
    """One structural unit of a file: a segment, chunk, box or tag with its header and trailer.

    Attributes:
        name: As the format calls it (`APP1`, `IHDR`, `moov`); untrusted text.
        start: Offset of its first byte.
        length: Number of bytes, all framing included.
    """

    name: str
    start: int
    length: int

    @property
    def end(self) -> int:
        """The offset of the first byte after the block."""
        return self.start + self.length


#: How the bytes of a store are written in the file.
StoreEncoding = Literal["raw", "base64", "unsynchronised"]


class EmbeddedStore(NamedTuple):
    """A C2PA manifest store as it lies in a file.

    Attributes:
        frame: All bytes that embedding it added: what `Container.frame` returns lies here.
        exclusions: The ranges that a data hash leaves out, ascending: those whose bytes depend on
            the store (C2PA 2.5 §A, per format).
        pieces: The bytes of the store in order, without the format's framing. Those before the
            frame belong to older stores that are read with it, and are content to the newer one.
        encoding: The way in which the bytes in `pieces` stand for the store.
        checksum: The place of the CRC-32 of the store outside of the frame, the lowest byte first.
    """

    frame: Range
    exclusions: tuple[Range, ...]
    pieces: tuple[Range, ...]
    encoding: StoreEncoding = "raw"
    checksum: Range | None = None


class Problem(NamedTuple):
    """Something about an embedded store that makes it unreadable or not permitted where it is.

    Attributes:
        reason: The defect, in a few words for a person.
        offset: Its offset in the file.
        is_encrypted: Whether it is only that the store is encrypted.
    """

    reason: str
    offset: int
    is_encrypted: bool = False


class Layout(NamedTuple):
    """The places of things in one media file.

    Attributes:
        media_type: As the content shows it.
        size: Of the whole file, in bytes.
        blocks: The structural units in file order, not overlapping. Together with the gaps
            between them they are the whole file.
        stores: Every manifest store found, so that a second one is visible; in file order.
        problems: Traces of a store that cannot be read or must not be where it is. A file with
            problems is never "without a manifest".
        xmp: The first XMP packet, as it lies in the file without the format's framing; None also
            where it is compressed. Of one that a format splits, the main part.
    """

    media_type: str
    size: int
    blocks: tuple[Block, ...]
    stores: tuple[EmbeddedStore, ...] = ()
    problems: tuple[Problem, ...] = ()
    xmp: Range | None = None


class Keep(Enum):
    """The only value says: leave this part of the file as it is."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP

#: The name of the block behind the last box of a file, which is too short to be a box.
REST: Final = "rest"


class Comment(NamedTuple):
    """A line in the comment that players show, which takes the place of one of the same name.

    Attributes:
        name: The name of the line: in a format whose comments have names, the comment's; elsewhere
            the line begins with it and a colon.
        text: The text of the line; None to remove it.
    """

    name: str
    text: str | None

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"


class Edits(NamedTuple):
    """The changes to make in a file.

    Attributes:
        store: The manifest store to embed in place of all present ones, None to remove them.
        xmp: The XMP packet to write in place of the present one, None to remove all there are.
        aigc: The label of GB 45438-2025 to write in the format's own place for it, None to remove
            it from there.
        comment: The line to write in the format's own comment; what else stands there stays.
    """

    store: bytes | Keep | None = KEEP
    xmp: bytes | Keep | None = KEEP
    aigc: bytes | Keep | None = KEEP
    comment: Comment | Keep = KEEP


class Astray(Enum):
    """The places that nothing of the media may lead to."""

    STORE = "into the manifest store"
    UNSIGNED = "where nothing is signed"
    END = "past the end of the file"


class Stray(NamedTuple):
    """A part of a file that readers go to although nothing of the media can be there.

    Attributes:
        name: A name for what leads there.
        place: The place that it leads to.
        target: The kind of that place.
    """

    name: str
    place: Range
    target: Astray

    def __str__(self) -> str:
        return f"{self.name} leads {self.target.value} (offset {self.place.start})"


class BoxTree(Protocol):
    """The boxes of one file, as a BMFF hash names them."""

    def find(self, xpath: str) -> tuple[Block, ...]:
        """The boxes at a path such as `/moov/trak[2]/tkhd`, in file order.

        Raises `Malformed` if it is not a path, `LimitExceeded`.
        """

    def version_and_flags(self, box: Block) -> tuple[int, int] | None:
        """The version and flags of a full box; None for other boxes."""

    def content(self, box: Block) -> Range:
        """The range of a box without its header."""

    def surplus(self, box: Block) -> str | None:
        """The reason why an excluded box holds more than its type is for; None if it does not.

        Of a top-level box that lists brands, or where fragments begin.
        """

    def proofs(self) -> tuple[tuple[int, bytes], ...]:
        """Content of each C2PA box that helps to check a part of the file, behind its offset.

        The content is one CBOR map, after which zeros may follow. Raises `LimitExceeded`.
        """


class Carrier(Enum):
    """A place for a disclosure besides the manifest; the value is its field of `Edits`."""

    XMP = "xmp"
    #: The format's own place for a label of GB 45438-2025, where that is not the XMP packet.
    AIGC = "aigc"
    COMMENT = "comment"


class Detail(NamedTuple):
    """Something that a file says.

    Attributes:
        name: The place in the file, in words for people; untrusted text.
        value: The bytes of what it says, or enough of them.
    """

    name: str
    value: bytes


#: The description of a manifest store's superbox begins with its type (C2PA 2.5 §11.1.4).
_STORE: Final = b"jumdc2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71"


class Container(ABC):
    """One media format. An instance has no state but what the class says.

    What a format has besides is in the classes that it is also derived from: `BoxMapped`,
    `BoxTreed`, `Fragmented`, `Addressed`, `Composed`.

    Attributes:
        name: For people.
        media_types: IANA types, the preferred one first.
        extensions: File name endings, lower case with the dot, the preferred one first.
        binding: Label of the hard binding that is written for this format by default.
        carriers: The carriers that `rewrite` can write besides a store; it is not asked for others.
        is_archive: Whether the file is made of files: each block of the layout is one by its name,
            the store too, and the last is the directory that lists them.
        signs_size: Whether in every file of this format bytes that are hashed depend on the size of
            the store; see `fixes_size`.
        traces: The traces that a store shows of itself where the structure around it is damaged.
    """

    name: str
    media_types: tuple[str, ...]
    extensions: tuple[str, ...]
    binding: str = "c2pa.hash.data"
    carriers: frozenset[Carrier] = frozenset()
    is_archive: bool = False
    signs_size: bool = False
    traces: tuple[bytes, ...] = (_STORE,)

    @abstractmethod
    def sniff(self, head: bytes) -> bool:
        """Whether a file that starts with these bytes has this format; never raises.

        Arguments:
            head: Up to 4,096 bytes. Where the file starts with an ID3v2 tag, its 10-byte header,
                followed by what comes after the tag.
        """

    @abstractmethod
    def scan(self, source: Source) -> Layout:
        """The layout of a file of this format.

        Raises:
            MalformedFile: Its structure cannot be followed.
            UnsupportedFormat: It is of a variant that is not read.
            LimitExceeded: It has more parts than `limits` allows.
        """

    @final
    def frame(self, store: bytes) -> bytes:
        """The bytes that embed a store, framing included; their number depends only on its length.

        Raises:
            LimitExceeded: The store is larger than `limits.STORE_SIZE`, or than the format permits.
        """
        check_size(len(store))
        return self._frame(store)

    @abstractmethod
    def _frame(self, store: bytes) -> bytes:
        """The framing of the format around a store."""

    @final
    def damaged(self, source: Source, damage: MalformedFile) -> Layout | None:
        """The layout of a file that `scan` cannot follow, if there is a store in it; else None.

        A file that loses some bytes is not what was signed. It is not one without credentials, nor
        one that nobody can read.

        Raises:
            LimitExceeded: It is too long to be searched, and there is none near its start.
        """
        longest = max(map(len, self.traces))
        end = min(source.size, limits.DAMAGED_SIZE)
        for start in range(0, end, limits.CHUNK):
            # With the start of the next part, or a trace across the border would be missed.
            data = source.read_at(start, min(limits.CHUNK + longest, end - start))
            places = [place for trace in self.traces if (place := data.find(trace)) >= 0]
            if places:
                reason = f"a manifest store in a damaged file: {damage.reason}"
                problem = Problem(reason=reason, offset=start + min(places))
                return Layout(self.media_types[0], source.size, (), problems=(problem,))
        if source.size > end:
            size = f"the first {end:,} bytes"
            raise LimitExceeded(f"{damage}; {size} hold no manifest store")
        return None

    def caveats(self, source: Source, layout: Layout) -> Iterable[str]:  # noqa: ARG002
        """Programs that will stumble over a store in this file, a line each, with a way round."""
        return ()

    def details(self, source: Source, layout: Layout, edits: Edits) -> Iterable[Detail]:  # noqa: ARG002
        """All that the structures of a file say besides the store, and besides what `edits` change.

        They are the same, in any order, before and after `rewrite`. Of long values, there is enough
        to tell them apart. Content that `rewrite` copies is not among them.

        Raises:
            MalformedFile: The file cannot be followed.
            UnsupportedFormat: It is of a variant that is not written.
            LimitExceeded: It has more parts than `limits` allows.
        """
        return census(layout, edits)

    @abstractmethod
    def rewrite(self, source: Source, layout: Layout, edits: Edits) -> Splice:
        """The edited file, unwritten.

        With one store afterwards, `scan` of the result finds exactly it, and `frame(store)` stands
        in its `EmbeddedStore.frame`; a packet is found as it was written. Removing a store or a
        packet that `rewrite` embedded gives back the bytes before.

        Raises:
            MalformedFile: The file cannot be followed well enough to be written.
            UnsupportedFormat: It is of a variant that is not written.
            LimitExceeded: The result would exceed the format.
        """

    def wrap(self, source: Source, layout: Layout) -> Splice | None:  # noqa: ARG002
        """The same content, unchanged, in a form of the format that has a place for a store.

        None if the file has one, or the format no other form.
        """
        return None

    def fixes_size(self, source: Source, layout: Layout) -> bool:  # noqa: ARG002 - for those that do
        """Whether bytes that are hashed depend on the size of the store, so that updates keep it.

        Arguments:
            source: The file, with or without a store.
            layout: As `scan` found it.
        """
        return self.signs_size

    def extend(
        self,
        source: Source,
        layout: Layout,
        store: bytes,
        parts: tuple[bytes, bytes],  # noqa: ARG002 - for formats that keep them apart
    ) -> Splice:
        """The file with a longer store, unwritten, where nothing else moves if that is possible.

        Arguments:
            source: The file.
            layout: As `scan` found it, with one store.
            store: The whole new store.
            parts: The same as two stores, for formats that have two places: that of the manifests
                which were in the first place before, and that of the others.

        Raises:
            MalformedFile: See `rewrite`.
            UnsupportedFormat: The same.
            LimitExceeded: The same.
        """
        return self.rewrite(source, layout, Edits(store=store))


class BoxMapped(Container):
    """A format for which the general box hash has names (C2PA 2.5 §16.3.3.3)."""

    @abstractmethod
    def boxes(self, source: Source, layout: Layout) -> Iterable[Sequence[Block]]:
        """The boxes of a file in file order, by the names that the general box hash gives them.

        Those of a store have their own. Where generators disagree about what belongs to a box,
        there is a list for each way to see it, that of the specification first.
        """


class BoxTreed(Container):
    """A format with a BMFF hash."""

    @abstractmethod
    def tree(self, source: Source, layout: Layout) -> BoxTree:
        """The boxes of a file by their paths."""


class Fragmented(Container):
    """A format whose files can be continued by others."""

    @abstractmethod
    def claim(self, source: Source, layout: Layout, content: bytes) -> Splice:
        """A fragment, unwritten, with this CBOR map in a C2PA box directly before its media.

        Raises:
            UnsupportedFormat: The file is not a fragment.
            LimitExceeded: The map is too large.
        """

    @abstractmethod
    def sample_sizes(self, source: Source, layout: Layout) -> Mapping[bytes, bytes]:
        """The size of samples that fragments need not say, by the id of the track.

        Of a file that is continued.
        """

    @abstractmethod
    def samples(
        self, source: Source, layout: Layout, sizes: Mapping[bytes, bytes]
    ) -> Iterator[Range]:
        """The parts of a fragment that players read; they may be anywhere, past its end also.

        Arguments:
            source: The file.
            layout: Of it.
            sizes: `sample_sizes` of the file that is continued.

        Raises:
            MalformedFile: The tables cannot be read.
            LimitExceeded: They are too large.
        """

    @abstractmethod
    def sample_strays(
        self,
        source: Source,
        layout: Layout,
        sizes: Mapping[bytes, bytes],
        *,
        unsigned: Iterable[Range] = (),
    ) -> Iterator[Stray]:
        """The `samples` of a fragment that lie where nothing of the media can be.

        Arguments:
            source: The file.
            layout: Of it.
            sizes: `sample_sizes` of the file that is continued.
            unsigned: Parts that no hash covers, besides those that none of this format does.

        Raises:
            MalformedFile: The tables cannot be read.
            LimitExceeded: They are too large.
        """


class Addressed(Container):
    """A format with offsets, of which `scan` does not refuse all that lead to a wrong place."""

    @abstractmethod
    def strays(self, source: Source, layout: Layout) -> Iterable[Stray]:
        """Parts of a file that lead readers into its manifest store, or past its end.

        Raises:
            MalformedFile: The offsets cannot be followed.
            UnsupportedFormat: The same, in a variant that is not read.
            LimitExceeded: There are too many of them.
        """


class Composed(Container):
    """A format that can show what is not in the file."""

    @abstractmethod
    def externals(self, source: Source, layout: Layout) -> Iterable[str]:
        """Content of other files that a file shows, a few words each with untrusted text.

        A picture of another file, or whatever a script draws.

        Raises:
            MalformedFile: The file cannot be followed.
            UnsupportedFormat: The same, in a variant that is not read.
            LimitExceeded: There is too much to look at.
        """


class StayingPut(Container):
    """A format in which a store may stand elsewhere than `rewrite` would put a new one."""

    def extend(
        self,
        source: Source,
        layout: Layout,
        store: bytes,
        parts: tuple[bytes, bytes],  # noqa: ARG002
    ) -> Splice:
        """See `Container.extend`: the store stays where it is, as whoever put it there chose."""
        return change(source, [Change(*layout.stores[0].frame, self.frame(store))])


class InTurn(Container):
    """A format in which a store and an XMP packet touch the same bytes.

    A packet is changed in the file without its store, which is put back afterwards. So neither has
    to know the traces of the other.
    """

    def rewrite(self, source: Source, layout: Layout, edits: Edits) -> Splice:
        """See `Container.rewrite`.

        Raises:
            MalformedFile: The store is to be kept, and there is not exactly one.
        """
        if edits.xmp is KEEP:
            if edits.store is KEEP:
                return whole(source)
            return self._with_store(source, layout, edits.store)
        store = edits.store
        if store is KEEP and (layout.stores or layout.problems):
            if layout.problems or len(layout.stores) > 1:
                raise MalformedFile("the manifest store is damaged, so that it cannot be kept")
            store = read_store(source, layout.stores[0])
        if layout.stores or layout.problems:
            source = self._with_store(source, layout, None)
            layout = self.scan(source)
        edited = self._with_packet(source, layout, edits.xmp)
        if not isinstance(store, bytes):
            return edited
        return self._with_store(edited, self.scan(edited), store)

    @abstractmethod
    def _with_packet(self, source: Source, layout: Layout, packet: bytes | None) -> Splice:
        """The file with this packet, or without any."""

    @abstractmethod
    def _with_store(self, source: Source, layout: Layout, store: bytes | None) -> Splice:
        """The file with this store, or without any."""


def census(
    layout: Layout, edits: Edits, *, leaving: frozenset[str] = frozenset()
) -> Iterator[Detail]:
    """The blocks of a file by name and length, but for stores, and the packet if that is edited.

    Arguments:
        layout: Of the file.
        edits: The changes to the file.
        leaving: Names of blocks that editing may add, remove or change.
    """
    places = [store.frame for store in layout.stores]
    if layout.xmp is not None and edits.xmp is not KEEP:
        places.append(layout.xmp)
    taken = [(place.start, place.end) for place in places]
    for name, start, length in layout.blocks:
        if name in leaving:
            continue
        end = start + length
        for place, place_end in taken:
            if place < end and start < place_end:
                break
        else:
            # Where the last chunk had no pad byte, it gets one.
            yield Detail(name, (length + 1 & ~1).to_bytes(8))


def check_size(length: int) -> None:
    """Raise LimitExceeded if a store of this length is larger than `limits.STORE_SIZE`."""
    if length > limits.STORE_SIZE:
        raise LimitExceeded(f"the manifest store has {length} bytes, more than {limits.STORE_SIZE}")


def read_store(source: Source, store: EmbeddedStore) -> bytes:
    """The bytes of an embedded manifest store.

    Raises:
        LimitExceeded: It is larger than `limits.STORE_SIZE`.
        MalformedFile: Its encoding is broken.
    """
    check_size(sum(piece.length for piece in store.pieces))
    data = b"".join([source.read_at(piece.start, piece.length) for piece in store.pieces])
    # ID3v2 writes a zero behind each 0xFF, so that no part of a tag looks like MPEG audio.
    if store.encoding == "unsynchronised":
        return data.replace(b"\xff\x00", b"\xff")
    if store.encoding == "base64":
        text = b"".join(data.split())
        try:
            decoded = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            reason = f"the manifest store is not base64: {error}"
            raise MalformedFile(reason, store.frame.start) from None
        # The last character has bits that stand for nothing: set, nobody would notice the change.
        if base64.b64encode(decoded) != text:
            raise MalformedFile("the manifest store is not canonical base64", store.frame.start)
        return decoded
    return data


def compressed_xmp(offset: int) -> UnsupportedFormat:
    """The error for a packet that cannot be read as it lies, so that replacing it would lose it."""
    return UnsupportedFormat(
        f"the XMP packet at offset {offset} is compressed or split into blocks, and replacing it "
        "would lose what it says; rewrite it with exiftool, or leave XMP out"
    )
