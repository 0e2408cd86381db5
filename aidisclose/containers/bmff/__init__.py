"""ISO media files, MP4 to AVIF: the store is a `uuid` box after `ftyp` (C2PA 2.2 §A.5).

A C2PA box says what it is for:

- `manifest`: it holds the store
- `original`, `update`: it holds one half of the store. An update at the end of a file leaves all
  that was there in its place.
- `merkle`: it helps to check one part of the file alone

An XMP packet is in a `uuid` box of the file too, in a picture in an item (`items`). A label of
GB 45438-2025 is among the metadata of the movie (`keys`).

A purpose is one word that no hash covers. So a C2PA box which does not make sense is always a
`Problem`: by another word, a manifest could otherwise be made to disappear.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

from aidisclose.containers import isobox
from aidisclose.containers.bmff import chunks, externals, keys, strays
from aidisclose.containers.bmff import items as bmff_items
from aidisclose.containers.bmff.offsets import relocate
from aidisclose.containers.bmff.plain import surplus
from aidisclose.containers.container import (
    KEEP,
    REST,
    SEGMENT,
    Addressed,
    Block,
    BoxTree,
    BoxTreed,
    Carrier,
    Composed,
    Detail,
    Edits,
    EmbeddedStore,
    Fragmented,
    Layout,
    Problem,
    Stray,
    check_size,
)
from aidisclose.containers.isobox import C2PA, Box, box_at, children
from aidisclose.containers.reach import behind
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.change import Change, change
from aidisclose.io.source import Range, Source, is_blank
from aidisclose.io.splice import Splice
from aidisclose.named import NamedTuple


class _Format(NamedTuple):
    """A name under which ISO media files go.

    Attributes:
        name: For people.
        extensions: As in `Container`.
        brands: For each media type, the preferred one first: what `ftyp` says then.
    """

    name: str
    extensions: tuple[str, ...]
    brands: dict[str, str]


#: Media without what describes it, which is in another file.
_OTHER_BRANDS: Final = "application/mp4"
_NO_BRAND: Final = "video/quicktime"

_FORMATS: Final = (
    _Format("AVIF", (".avif",), {"image/avif": "avif avis"}),
    _Format(
        "HEIF",
        (".heic", ".heif", ".hif"),
        {
            "image/heic": "heic heix heim heis",
            "image/heif": "mif1 mif2 miaf",
            "image/heic-sequence": "hevc hevx hevm hevs",
            "image/heif-sequence": "msf1",
        },
    ),
    _Format("M4A", (".m4a", ".m4b"), {"audio/mp4": "M4A M4B M4P F4A F4B cmfa"}),
    _Format("QuickTime", (".mov", ".qt"), {_NO_BRAND: "qt"}),
    _Format(
        "MP4",
        (".mp4", ".m4v", ".3gp"),
        {
            "video/mp4": "isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 mp41 mp42 mp71 avc1 dash "
            "cmfc cmf2 cmfv M4V M4VH M4VP F4V f4v MSNV XAVC",
            _OTHER_BRANDS: "",
            "video/3gpp": "3gp4 3gp5 3gp6 3gp7 3gp8 3gp9 3gr6 3gs6 3ge6 3ge7 3gg6",
            "video/3gpp2": "3g2a 3g2b 3g2c",
            SEGMENT: "",
        },
    ),
)
_MEDIA_TYPE: Final = {
    brand.encode().ljust(4): media_type
    for form in _FORMATS
    for media_type, brands in form.brands.items()
    for brand in brands.split()
}

#: Any picture: which coding it uses is said by another brand.
_ANY_IMAGE: Final = (b"mif1", b"mif2", b"msf1", b"miaf")
#: Canon raw: its own tables hold absolute offsets that nobody documents.
_NOT_OURS: Final = (b"crx ",)
_SEGMENT_STARTS: Final = (b"styp", b"moof", b"sidx", b"emsg", b"prft")
_OLD_QUICKTIME_STARTS: Final = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")

_XMP: Final = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")

#: What a C2PA box can be for.
BoxPurpose = Literal["manifest", "original", "update", "merkle"]

#: Version and flags.
_FULL_BOX: Final = 4
#: Of the name of a purpose; far more than one needs.
_PURPOSE_SIZE: Final = 32
_CBOR_MAP: Final = 5
#: Of a box that describes media: one for each track, and a few.
_CHILDREN: Final = 1_000
_HEAD: Final = 4096


def _media_type(head: bytes) -> str | None:
    """The media type of a file that starts with these bytes; None for all but ISO media."""
    size, code = int.from_bytes(head[:4]), head[4:8]
    # A box of 2 to 7 bytes has no room for its header; 0 and 1 have meanings of their own.
    if 1 < size < 8:
        return None
    if code in _SEGMENT_STARTS or (code == b"uuid" and head[8:24] == C2PA):
        return SEGMENT
    if code in _OLD_QUICKTIME_STARTS:
        return _NO_BRAND
    if code != b"ftyp":
        return None
    major = head[8:12]
    # Offset 12 is a version; a size of 0 or 1 is odd enough to leave it at the main brand.
    brands = [major, *(head[at : at + 4] for at in range(16, min(size, len(head)), 4))]
    if major in _NOT_OURS:
        return None
    if major in _ANY_IMAGE and (b"avif" in brands or b"avis" in brands):
        return "image/avif"
    known = (_MEDIA_TYPE[brand] for brand in brands if brand in _MEDIA_TYPE)
    return next(known, _OTHER_BRANDS)


def scan(source: Source) -> Layout:
    """See `Container.scan`; blocks are the top-level boxes, without gaps."""
    media_type = _media_type(source.read_at(0, _HEAD))
    if media_type is None:
        raise UnsupportedFormat("not an ISO media file (MP4, MOV, HEIF, AVIF)")
    blocks, damage = _readable(source)
    boxes = list(_c2pa_boxes(source, blocks))
    stores, problems = _stores(boxes), [*_problems(source, boxes), *_misplaced(source, blocks)]
    if damage is not None:
        if not boxes:  # a store may have been behind
            raise damage
        problems.append(Problem(reason=damage.reason, offset=blocks[-1].end))
    if boxes and not stores and not problems and media_type != SEGMENT:
        # In a segment they belong to the manifest of the initialization segment.
        reason = "C2PA boxes with purpose merkle, but none with a manifest store"
        problems.append(Problem(reason=reason, offset=boxes[0].box.start))
    packets = (Range(box.body, box.end - box.body) for box in _xmp_boxes(source, blocks))
    return Layout(
        media_type=media_type,
        size=source.size,
        blocks=blocks,
        stores=tuple(stores),
        problems=tuple(problems),
        xmp=bmff_items.packet(source, blocks) or next(packets, None),
    )


def _readable(source: Source) -> tuple[tuple[Block, ...], MalformedFile | None]:
    """The top-level boxes up to the first that cannot be read, and what is wrong with that one."""
    blocks: list[Block] = []
    try:
        for box in isobox.top(source):
            blocks.append(Block(box.name, box.start, box.length))
    except MalformedFile as error:
        return tuple(blocks), error
    if blocks and blocks[-1].end < source.size:
        # Of a file that is cut off before its media, they may be the head of a C2PA box.
        if not any(block.name == "mdat" for block in blocks):
            return tuple(blocks), MalformedFile("a box header is cut off", blocks[-1].end)
        blocks.append(Block(REST, blocks[-1].end, source.size - blocks[-1].end))
    return tuple(blocks), None


def _blocks(source: Source) -> tuple[Block, ...]:
    blocks, damage = _readable(source)
    if damage is not None:
        raise damage
    return blocks


class _C2PABox(NamedTuple):
    """A C2PA box.

    Attributes:
        box: The box as it lies in the file.
        purpose: As it stands there, without the NUL; empty if none ends.
        content: Offset of what follows the purpose.
        store: The manifest store in it, None if there is none.
    """

    box: Box
    purpose: bytes
    content: int
    store: Range | None

    @property
    def range(self) -> Range:
        """The whole box."""
        return Range(self.box.start, self.box.length)


def _c2pa_boxes(source: Source, blocks: Iterable[Block]) -> Iterator[_C2PABox]:
    for block in blocks:
        if block.name == "uuid":
            box = box_at(source, block.start, block.end)
            if box.uuid == C2PA:
                yield _parsed(source, box)


def _misplaced(source: Source, blocks: Iterable[Block]) -> Iterator[Problem]:
    """C2PA boxes within the boxes that describe the media, where nobody looks for them."""
    for block in blocks:
        if block.name in ("moov", "meta"):
            try:
                inner = children(source, box_at(source, block.start, block.end), count=_CHILDREN)
            except (MalformedFile, LimitExceeded):
                continue  # said where what they hold is needed
            for box in inner:
                if box.uuid == C2PA:
                    yield Problem(reason=f"a C2PA box within {block.name}", offset=box.start)


def _parsed(source: Source, box: Box) -> _C2PABox:
    head = source.read_at(box.body, min(_FULL_BOX + _PURPOSE_SIZE, box.end - box.body))
    end = head.find(b"\0", _FULL_BOX)
    purpose = head[_FULL_BOX:end] if end > 0 else b""
    content = box.body + end + 1
    # The specification gives `update` no offset of a merkle box; the reference writes one.
    skips = {b"manifest": (8,), b"original": (8,), b"update": (8, 0)}.get(purpose, ())
    stores = (_store(source, content + skip, box.end) for skip in skips)
    return _C2PABox(box, purpose, content, next(filter(None, stores), None))


def _store(source: Source, start: int, end: int) -> Range | None:
    """The JUMBF superbox at `start`; what follows it in the C2PA box is padding."""
    try:
        store = box_at(source, start, end)
    except MalformedFile:
        return None
    return Range(start, store.length) if store.type == b"jumb" else None


def _stores(boxes: list[_C2PABox]) -> list[EmbeddedStore]:
    stores = [
        EmbeddedStore(frame=box.range, exclusions=(box.range,), pieces=(box.store,))
        for box in boxes
        if box.purpose == b"manifest" and box.store
    ]
    if halves := _halves(boxes):
        frames = tuple(half.range for half in halves)
        pieces = tuple(half.store for half in halves if half.store)
        exclusions = tuple(sorted(frames))
        stores.append(EmbeddedStore(frame=frames[0], exclusions=exclusions, pieces=pieces))
    return sorted(stores, key=lambda store: store.frame.start)


def _halves(boxes: list[_C2PABox]) -> tuple[_C2PABox, ...]:
    """The one `original` and the one `update` box, or nothing."""
    originals = [box for box in boxes if box.purpose == b"original"]
    updates = [box for box in boxes if box.purpose == b"update"]
    halves = (*originals, *updates)
    complete = len(originals) == len(updates) == 1 and all(half.store for half in halves)
    return halves if complete else ()


def _problems(source: Source, boxes: list[_C2PABox]) -> list[Problem]:
    halves = _halves(boxes)
    reasons = ((_problem(source, box, halves, boxes), box.box.start) for box in boxes)
    return [Problem(reason=reason, offset=offset) for reason, offset in reasons if reason]


def _problem(
    source: Source, box: _C2PABox, halves: tuple[_C2PABox, ...], boxes: Sequence[_C2PABox]
) -> str:
    """The defect of a C2PA box; empty if it has none."""
    text = ascii(box.purpose.decode("latin-1"))
    if any(source.read_at(box.box.body, min(_FULL_BOX, box.box.end - box.box.body))):
        return "a C2PA box of an unknown version, or with flags"
    if box.purpose == b"merkle":
        head = source.read_at(box.content, int(box.content < box.box.end))
        readable = bool(head) and head[0] >> 5 == _CBOR_MAP
        return "" if readable else "a C2PA box with purpose 'merkle' holds no map"
    if box.purpose not in (b"manifest", b"original", b"update"):
        return f"a C2PA box of unknown purpose {text}"
    if box.store is None:
        return f"a C2PA box with purpose {text} holds no manifest store"
    if not _is_offset(source, box, box.store, boxes):
        return f"a C2PA box with purpose {text} says that one with purpose 'merkle' is elsewhere"
    if not is_blank(source, Range(box.store.end, box.box.end - box.store.end)):
        return "bytes that are not padding follow the manifest store in a C2PA box"
    if box.purpose != b"manifest" and box not in halves:
        return f"a C2PA box with purpose {text} without exactly one counterpart"
    return ""


def _is_offset(source: Source, box: _C2PABox, store: Range, boxes: Iterable[_C2PABox]) -> bool:
    """Whether what precedes a store says where the first box with purpose `merkle` is, or 0."""
    offset = int.from_bytes(source.read_at(box.content, store.start - box.content))
    first = next((item.box.start for item in boxes if item.purpose == b"merkle"), 0)
    return offset in (0, first)


def merkle_maps(source: Source, layout: Layout) -> tuple[tuple[int, bytes], ...]:
    """For each C2PA box with purpose `merkle`: the CBOR in it, and its offset in the file.

    Zeros that pad the box to the size of its neighbours may follow the CBOR.

    Raises:
        LimitExceeded: They are larger than `limits.STORE_SIZE` together.
    """
    boxes = [box for box in _c2pa_boxes(source, layout.blocks) if box.purpose == b"merkle"]
    check_size(sum(box.box.length for box in boxes))
    return tuple(
        (box.content, source.read_at(box.content, box.box.end - box.content)) for box in boxes
    )


def frame(store: bytes, *, purpose: BoxPurpose = "manifest", merkle_offset: int = 0) -> bytes:
    """A C2PA box, as the reference writes it.

    Arguments:
        store: The manifest store; for the purpose `merkle` an encoded map.
        purpose: See the top of this module.
        merkle_offset: The offset in the file of the first box with purpose `merkle`, 0 if there is
            none. Written for every purpose but `merkle`.

    Raises:
        LimitExceeded: The store is larger than `limits.STORE_SIZE`.
    """
    check_size(len(store))
    offset = b"" if purpose == "merkle" else merkle_offset.to_bytes(8)
    head = b"".join((b"uuid", C2PA, bytes(4), purpose.encode(), b"\0", offset))
    # `limits.STORE_SIZE` keeps this below 4 GiB, so the size never needs 64 bits.
    return b"".join(((4 + len(head) + len(store)).to_bytes(4), head, store))


def rewrite(source: Source, layout: Layout, edits: Edits) -> Splice:
    """See `Container.rewrite`; C2PA boxes of every purpose go with the old store."""
    _blocks(source)  # of a damaged file with a store, `scan` gives what can be read
    edited = change(source, ())
    if edits.store is not KEEP:
        edited = _with_store(source, layout, edits.store)
    if edits.xmp is not KEEP:
        edited = _with_packet(edited, layout.media_type, edits.xmp)
    if edits.aigc is not KEEP:
        edited = keys.with_label(edited, _blocks(edited), edits.aigc)
    return edited


def _with_store(source: Source, layout: Layout, store: bytes | None) -> Splice:
    changes = [Change(*box.range) for box in _c2pa_boxes(source, layout.blocks)]
    if store is not None:
        place = _place(source, layout.blocks, layout.media_type)
        length = next((old.length for old in changes if old.start == place), 0)
        changes = [old for old in changes if old.start != place]
        changes.append(Change(place, length, frame(store)))
    return relocate(source, layout.blocks, changes)


def _extend(source: Source, layout: Layout, store: bytes, parts: tuple[bytes, bytes]) -> Splice:
    """See `Container.extend` (C2PA 2.2 §18.6.2): nothing in the file may move.

    The store grows into the padding of its box. Where that has not enough, the new manifests go
    into a box at the end of the file, and the old ones stay where they are.
    """
    boxes = [box for box in _c2pa_boxes(source, layout.blocks) if box.purpose != b"merkle"]
    first, updates = boxes[0], boxes[1:]
    if first.store is None or len(updates) > 1 or first.purpose == b"update":
        raise UnsupportedFormat("the C2PA boxes are in an order that is not written")
    room = first.box.end - first.store.start
    if not updates and len(store) <= room:
        return change(source, [Change(first.store.start, room, store.ljust(room, b"\0"))])
    last = box_at(source, layout.blocks[-1].start, source.size)
    if source.read_at(last.start, 4) == bytes(4):
        raise UnsupportedFormat("the last box has no end, so that nothing can follow it")
    if updates and updates[0].box.end != source.size:
        raise UnsupportedFormat("a C2PA box with purpose 'update' is not the last one")
    kept, added = parts
    if len(kept) > room:
        raise UnsupportedFormat("the manifests grew that are updated")
    purpose = b"original\0"
    start = source.size - sum(box.box.length for box in updates)
    return change(
        source,
        [
            Change(first.content - len(purpose), len(purpose), purpose),
            Change(first.store.start, room, kept.ljust(room, b"\0")),
            Change(start, source.size - start, frame(added, purpose="update")),
        ],
    )


def _with_packet(source: Source, media_type: str, packet: bytes | None) -> Splice:
    """The file with an XMP packet where the present one is, or without any.

    A new one goes into an item of a picture, elsewhere into a box behind the store. There it goes
    too if the picture's tables have no room to say where an item lies.
    """
    blocks = _blocks(source)
    boxes = list(_xmp_boxes(source, blocks))
    changes = [Change(box.start, box.length) for box in boxes]
    items = bmff_items.find(source, blocks)
    if items and (
        bmff_items.has_packet(source, items)
        or (packet and not boxes and bmff_items.has_room(source, items))
    ):
        return bmff_items.rewrite(source, blocks, packet, changes)
    if packet is not None:
        new = b"".join(((24 + len(packet)).to_bytes(4), b"uuid", _XMP, packet))
        if boxes:
            changes[0] = changes[0]._replace(data=new)
        else:
            place = _place(source, blocks, media_type)
            stores = {box.box.start: box.box.end for box in _c2pa_boxes(source, blocks)}
            # Behind a box of size 0, which ends with the file, it would be in that box.
            while place in stores and source.read_at(place, 4) != bytes(4):
                place = stores[place]
            changes.append(Change(place, 0, new))
    return relocate(source, blocks, changes)


def _xmp_boxes(source: Source, blocks: Iterable[Block]) -> Iterator[Box]:
    """The boxes with an XMP packet (XMP part 3, MPEG-4)."""
    for block in blocks:
        if block.name == "uuid":
            box = box_at(source, block.start, block.end)
            if box.uuid == _XMP:
                yield box


def _place(source: Source, blocks: Sequence[Block], media_type: str) -> int:
    """The place of a store."""
    first = blocks[0]
    if media_type == SEGMENT:
        raise UnsupportedFormat(
            "a segment holds no manifest; sign its initialization segment, and this with --fragment"
        )
    if first.name != "ftyp" or source.read_at(0, 4) == bytes(4):
        raise UnsupportedFormat("the file does not begin with an ftyp box; remux it first")
    return first.end


def _claim(source: Source, layout: Layout, content: bytes) -> Splice:
    """See `Container.claim`."""
    moofs = [block for block in layout.blocks if block.name == "moof"]
    if len(moofs) != 1:
        raise UnsupportedFormat(f"a file with {len(moofs)} moof boxes where a fragment has one")
    changes = [Change(*box.range) for box in _c2pa_boxes(source, layout.blocks)]
    changes.append(Change(moofs[0].start, 0, frame(content, purpose="merkle")))
    return relocate(source, layout.blocks, changes)


class _Tree:
    """See `BoxTree`."""

    def __init__(self, source: Source, layout: Layout) -> None:
        self._source = source
        self._layout = layout
        self._paths = isobox.Paths(source, isobox.top(source))

    def find(self, xpath: str) -> tuple[Block, ...]:
        found = self._paths.find(xpath)
        return tuple([Block(box.name, box.start, box.length) for box in found])

    def content(self, box: Block) -> Range:
        body = box_at(self._source, box.start, box.end).body
        return Range(body, box.end - body)

    def surplus(self, box: Block) -> str | None:
        return surplus(self._source, self._layout, box)

    def version_and_flags(self, box: Block) -> tuple[int, int] | None:
        return isobox.version_and_flags(self._source, box_at(self._source, box.start, box.end))

    def proofs(self) -> tuple[tuple[int, bytes], ...]:
        return merkle_maps(self._source, self._layout)


class Bmff(BoxTreed, Fragmented, Addressed, Composed):
    """One of the formats that consist of ISO boxes (ISO/IEC 14496-12).

    Arguments:
        form: Its name, brands and file name endings.
    """

    binding = "c2pa.hash.bmff.v3"

    def __init__(self, form: _Format) -> None:
        self.name = form.name
        self.media_types = tuple(form.brands)
        self.extensions = form.extensions
        own = () if form.name in ("AVIF", "HEIF") else (Carrier.AIGC,)  # there it goes into XMP
        self.carriers = frozenset((Carrier.XMP, *own))

    def sniff(self, head: bytes) -> bool:
        """See `Container.sniff`."""
        return _media_type(head) in self.media_types

    def scan(self, source: Source) -> Layout:
        """See `Container.scan`."""
        return scan(source)

    def details(self, source: Source, layout: Layout, edits: Edits) -> Iterable[Detail]:
        """See `Container.details`: items of a picture, and what offsets of tracks lead to."""
        blocks = layout.blocks
        # Tables that cannot be read are not changed, and a picture with such is one all the same.
        picture = None
        with contextlib.suppress(MalformedFile, UnsupportedFormat, LimitExceeded):
            picture = bmff_items.find(source, blocks)
            if picture is not None:
                yield from bmff_items.details(source, picture, all_of_them=edits.xmp is KEEP)
        if not picture or edits.store is not KEEP:
            yield from chunks.details(source, blocks)

    def _frame(self, store: bytes) -> bytes:
        return frame(store)

    def rewrite(self, source: Source, layout: Layout, edits: Edits) -> Splice:
        """See `Container.rewrite`."""
        return rewrite(source, layout, edits)

    def extend(
        self, source: Source, layout: Layout, store: bytes, parts: tuple[bytes, bytes]
    ) -> Splice:
        """See `Container.extend`."""
        return _extend(source, layout, store, parts)

    def tree(self, source: Source, layout: Layout) -> BoxTree:
        """See `BoxTreed.tree`."""
        return _Tree(source, layout)

    def claim(self, source: Source, layout: Layout, content: bytes) -> Splice:
        """See `Fragmented.claim`."""
        return _claim(source, layout, content)

    def sample_sizes(self, source: Source, layout: Layout) -> Mapping[bytes, bytes]:
        """See `Fragmented.sample_sizes`."""
        return strays.sample_sizes(source, layout.blocks)

    def samples(
        self, source: Source, layout: Layout, sizes: Mapping[bytes, bytes]
    ) -> Iterator[Range]:
        """See `Fragmented.samples`."""
        return strays.samples(source, layout.blocks, sizes)

    def sample_strays(
        self,
        source: Source,
        layout: Layout,
        sizes: Mapping[bytes, bytes],
        *,
        unsigned: Iterable[Range] = (),
    ) -> Iterator[Stray]:
        """See `Fragmented.sample_strays`."""
        return strays.of_samples(source, layout, sizes, unsigned)

    def strays(self, source: Source, layout: Layout) -> Iterable[Stray]:
        """See `Addressed.strays`."""
        yield from strays.find(source, layout)
        yield from behind(source, layout)
        if parts := list(bmff_items.exif(source, layout.blocks)):
            from aidisclose.containers import thumbnails  # not every picture has Exif data

            yield from thumbnails.strays(source, parts, layout)

    def externals(self, source: Source, layout: Layout) -> Iterable[str]:
        """See `Composed.externals`."""
        return externals.find(source, layout)


CONTAINERS: Final = tuple(map(Bmff, _FORMATS))
