"""What a container format is to the rest: four pure functions and the values between them.

A container knows where bytes live in one media format. It never writes a file, never hashes, and
never knows what a manifest store says.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Final, Literal, NamedTuple, Protocol

from aidisclose import limits
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.source import Range, Source
from aidisclose.io.splice import Splice, whole

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
Encoding = Literal["raw", "base64", "unsynchronised"]


class EmbeddedStore(NamedTuple):
    """A C2PA manifest store as it lies in a file.

    Attributes:
        frame: All bytes that embedding it added: what `Container.frame` returns lies here.
        exclusions: What a data hash leaves out, ascending: the ranges whose bytes depend on the
            store (C2PA 2.5 §A, per format).
        pieces: The bytes of the store in order, without the format's framing. Those before the
            frame belong to older stores that are read with it, and are content to the newer one.
        encoding: How the bytes in `pieces` stand for the store.
        checksum: Where the CRC-32 of the store stands outside of the frame, the lowest byte first.
    """

    frame: Range
    exclusions: tuple[Range, ...]
    pieces: tuple[Range, ...]
    encoding: Encoding = "raw"
    checksum: Range | None = None


class Problem(NamedTuple):
    """Something about an embedded store that makes it unreadable or not permitted where it is.

    Attributes:
        reason: What is wrong, in a few words for a person.
        offset: Where in the file.
        is_encrypted: Whether it is only that the store is encrypted.
    """

    reason: str
    offset: int
    is_encrypted: bool = False


class Layout(NamedTuple):
    """Where things are in one media file.

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


class Comment(NamedTuple):
    """A line in the comment that players show, which takes the place of one of the same name.

    Attributes:
        name: What the line is called: in a format whose comments have names, the comment's;
            elsewhere the line begins with it and a colon.
        text: What it says; None to remove it.
    """

    name: str
    text: str | None

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"


class Edits(NamedTuple):
    """What to change in a file.

    Attributes:
        store: The manifest store to embed in place of all present ones, None to remove them.
        xmp: The XMP packet to write in place of the present one, None to remove all there are.
        aigc: The label of GB 45438-2025 to write in the format's own place for it, None to remove
            it from there.
        comment: What to say in the format's own comment; what else stands there stays.
    """

    store: bytes | Keep | None = KEEP
    xmp: bytes | Keep | None = KEEP
    aigc: bytes | Keep | None = KEEP
    comment: Comment | Keep = KEEP


class Stray(NamedTuple):
    """A part of a file that readers go to although nothing of the media can be there.

    Attributes:
        name: What leads there.
        place: Where it leads.
        is_store: Whether there is a manifest store, or else the end of the file before it.
    """

    name: str
    place: Range
    is_store: bool

    def __str__(self) -> str:
        where = "into the manifest store" if self.is_store else "past the end of the file"
        return f"{self.name} leads {where} (offset {self.place.start})"


class BoxTree(Protocol):
    """The boxes of one file, as a BMFF hash names them."""

    def find(self, xpath: str) -> tuple[Block, ...]:
        """The boxes at a path such as `/moov/trak[2]/tkhd`, in file order.

        Raises `Malformed` if it is no path, `LimitExceeded`.
        """

    def version_and_flags(self, box: Block) -> tuple[int, int] | None:
        """What a full box begins with; None for other boxes."""

    def content(self, box: Block) -> Range:
        """What is in a box, its header left out."""

    def surplus(self, box: Block) -> str | None:
        """Why a box that signatures leave out holds more than its type is for, None if it does not.

        Of a top-level box that lists brands, or where fragments begin.
        """

    def proofs(self) -> tuple[tuple[int, bytes], ...]:
        """Offset and content of each C2PA box that helps to check a part of the file.

        The content is one CBOR map, after which zeros may follow. Raises `LimitExceeded`.
        """


class Container(NamedTuple):
    """One media format.

    Attributes:
        name: For people.
        media_types: IANA types, the preferred one first.
        extensions: File name endings, lower case with the dot, the preferred one first.
        binding: Label of the hard binding that is written for this format by default.
        sniff: Whether a file that starts with these bytes (up to 4,096; where the file starts with
            an ID3v2 tag, its 10-byte header followed by what comes after the tag) has this format.
            Never raises.
        scan: The layout of a file of this format.
            Raises `MalformedFile`, `UnsupportedFormat`, `LimitExceeded`.
        frame: The bytes that embed a store of this length, framing included. Its length depends
            only on the length of the store. Raises `LimitExceeded`.
        rewrite: The edited file, unwritten. With one store afterwards, `scan` of the result finds
            exactly it, and `frame(store)` stands in its `EmbeddedStore.frame`; a packet is found
            as it was written. Removing a store or a packet that `rewrite` embedded gives back the
            bytes before. Raises `MalformedFile`, `UnsupportedFormat`, `LimitExceeded`.
        boxes: The boxes of a file by the names that the general box hash gives them, in file
            order (C2PA 2.5 §16.3.3.3); those of a store by their own. Where generators disagree
            about what belongs to a box, there is a list for each way to see it, that of the
            specification first. None if the format has no such hash.
        tree: The boxes of a file by their paths; None if the format has no BMFF hash.
        strays: What in a file leads readers into its manifest store, or past its end. None if the
            format has no offsets, or `scan` refuses such files. Raises `MalformedFile`,
            `UnsupportedFormat`, `LimitExceeded`.
        claim: A fragment, unwritten, with this CBOR map in a C2PA box directly before its media;
            None if the format has no fragments. Raises `UnsupportedFormat`, `LimitExceeded`.
        externals: What a file shows that is not in it, a few words each with untrusted text: a
            picture of another file, whatever a script draws. None if the format has no such thing.
            Raises `MalformedFile`, `UnsupportedFormat`, `LimitExceeded`.
        is_archive: Whether the file is made of files: each block of the layout is one by its name,
            the store too, and the last is the directory that lists them.
        writes_xmp: Whether `rewrite` can write XMP packets; it is not asked to otherwise.
        writes_aigc: The same of labels of GB 45438-2025, where their place is not the XMP packet.
        writes_comment: The same of comments.
    """

    name: str
    media_types: tuple[str, ...]
    extensions: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    scan: Callable[[Source], Layout]
    frame: Callable[[bytes], bytes]
    rewrite: Callable[[Source, Layout, Edits], Splice]
    binding: str = "c2pa.hash.data"
    boxes: Callable[[Source, Layout], Iterable[Sequence[Block]]] | None = None
    tree: Callable[[Source, Layout], BoxTree] | None = None
    claim: Callable[[Source, Layout, bytes], Splice] | None = None
    strays: Callable[[Source, Layout], Iterable[Stray]] | None = None
    externals: Callable[[Source, Layout], Iterable[str]] | None = None
    is_archive: bool = False
    writes_xmp: bool = False
    writes_aigc: bool = False
    writes_comment: bool = False


def read_store(source: Source, store: EmbeddedStore) -> bytes:
    """The bytes of an embedded manifest store.

    Raises:
        LimitExceeded: It is larger than `limits.STORE_SIZE`.
        MalformedFile: Its encoding is broken.
    """
    size = sum(piece.length for piece in store.pieces)
    if size > limits.STORE_SIZE:
        raise LimitExceeded(f"the manifest store has {size} bytes, more than {limits.STORE_SIZE}")
    data = b"".join([source.read_at(piece.start, piece.length) for piece in store.pieces])
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


def rewrite_in_turn(
    source: Source,
    layout: Layout,
    edits: Edits,
    *,
    scan: Callable[[Source], Layout],
    rewrite_xmp: Callable[[Source, Layout, bytes | None], Splice],
    rewrite_store: Callable[[Source, Layout, bytes | None], Splice],
) -> Splice:
    """Both edits, for formats in which they touch the same bytes.

    A packet is changed in the file without its store, which is put back afterwards. So neither
    has to know the traces of the other.

    Raises:
        MalformedFile: The store is to be kept, and there is not exactly one.
    """
    if edits.xmp is KEEP:
        if edits.store is KEEP:
            return whole(source)
        return rewrite_store(source, layout, edits.store)
    store = edits.store
    if store is KEEP and (layout.stores or layout.problems):
        if layout.problems or len(layout.stores) > 1:
            raise MalformedFile("the manifest store is damaged, so that it cannot be kept")
        store = read_store(source, layout.stores[0])
    if layout.stores or layout.problems:
        source = rewrite_store(source, layout, None)
        layout = scan(source)
    edited = rewrite_xmp(source, layout, edits.xmp)
    return rewrite_store(edited, scan(edited), store) if isinstance(store, bytes) else edited
