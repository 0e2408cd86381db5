"""FLAC (RFC 9639): store and XMP packet are in a leading ID3v2 tag, as C2PA 2.5 §A wants it.

The label and the comment stand where players look: in the stream's own `VORBIS_COMMENT` block. A
stream without one gets one behind its first block; no other block changes, and no audio.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from typing import Final

from aidisclose import limits
from aidisclose.containers import id3, vorbis_comment
from aidisclose.containers.container import (
    KEEP,
    Addressed,
    Block,
    Carrier,
    Composed,
    Detail,
    Edits,
    Layout,
    Stray,
)
from aidisclose.containers.reach import Reach
from aidisclose.errors import LimitExceeded, MalformedFile
from aidisclose.io.change import Change, change
from aidisclose.io.source import Range, Source
from aidisclose.io.splice import Splice

_SIGNATURE: Final = b"fLaC"
_BLOCK_HEADER: Final = 4
_IS_LAST: Final = 0x80
_MAX_SIZE: Final = 0xFF_FFFF

#: RFC 9639 §8.1.
_PICTURE: Final = "PICTURE"
_SEEK_POINTS: Final = "SEEKTABLE"
_BLOCK_NAMES: Final = (
    "STREAMINFO",
    "PADDING",
    "APPLICATION",
    _SEEK_POINTS,
    "VORBIS_COMMENT",
    "CUESHEET",
    _PICTURE,
)
_COMMENTS: Final = "VORBIS_COMMENT"
_COMMENTS_KIND: Final = _BLOCK_NAMES.index(_COMMENTS)
#: RFC 9639 §8.5: the sample, the offset of its frame, the samples in that frame.
_SEEK_POINT: Final = struct.Struct(">QQH")
_NO_POINT: Final = 2**64 - 1
_NEGATIVE: Final = 2**63
#: A block that was not there before: our name as vendor, and no comments yet.
_OWN_VENDOR: Final = b"aidisclose"
_OWN: Final = vorbis_comment.field(_OWN_VENDOR) + bytes(4)


def _blocks(source: Source, start: int) -> list[Block]:
    """The signature, the metadata blocks and the audio frames as one block."""
    if source.read_at(start, len(_SIGNATURE)) != _SIGNATURE:
        raise MalformedFile("no FLAC signature", start)
    blocks = [Block("fLaC", start, len(_SIGNATURE))]
    is_last = False
    while not is_last:
        position = blocks[-1].end
        header = source.read_at(position, _BLOCK_HEADER)
        length = _BLOCK_HEADER + int.from_bytes(header[1:])
        if len(header) < _BLOCK_HEADER or length > source.size - position:
            raise MalformedFile("a FLAC metadata block is cut off", position)
        if len(blocks) == limits.BLOCKS:
            raise LimitExceeded(f"the FLAC has more than {limits.BLOCKS} metadata blocks")
        # One bit for the last block, seven for its type (RFC 9639 §8.1).
        kind = header[0] & ~_IS_LAST
        name = _BLOCK_NAMES[kind] if kind < len(_BLOCK_NAMES) else f"block {kind}"
        blocks.append(Block(name, position, length))
        is_last = bool(header[0] & _IS_LAST)
    blocks.append(Block("audio", blocks[-1].end, source.size - blocks[-1].end))
    return blocks


def _changed_comments(source: Source, layout: Layout, edits: Edits) -> list[Change]:
    """The changes that put the label and the comment into the `VORBIS_COMMENT` block."""
    if edits.aigc is KEEP and edits.comment is KEEP:
        return []
    names = [block.name for block in layout.blocks]
    first = layout.blocks[names.index("fLaC") + 1]
    if first.name != "STREAMINFO":
        # RFC 9639 §8.2: decoders expect it first, so nothing may be put before it.
        raise MalformedFile("a FLAC that does not begin with STREAMINFO", first.start)
    old = [block for block in layout.blocks if block.name == _COMMENTS]
    if len(old) > 1:
        raise MalformedFile("a second VORBIS_COMMENT block; one is permitted", old[1].start)
    start, length = (old[0].start, old[0].length) if old else (first.end, 0)
    before = first if not old else layout.blocks[names.index(_COMMENTS) - 1]
    content = source.read_at(start, length)[_BLOCK_HEADER:] or _OWN
    new = vorbis_comment.edited(content, edits)
    if new == content:
        return []
    if len(new) > _MAX_SIZE:
        raise LimitExceeded(f"FLAC holds at most {_MAX_SIZE} bytes of comments, not {len(new)}")
    kind = source.read_at(before.start, 1)[0]
    is_last = (source.read_at(start, 1)[0] if old else kind) & _IS_LAST
    if new == _OWN:
        # A list with nothing in it goes; the block before it may become the last one.
        changed, kind = b"", kind | is_last
    else:
        header = bytes((_COMMENTS_KIND | is_last,)) + len(new).to_bytes(3)
        changed, kind = header + new, kind & ~_IS_LAST
    return [Change(before.start, 1, bytes((kind,))), Change(start, length, changed)]


class Flac(Addressed, Composed):
    """Sound (RFC 9639)."""

    name = "FLAC"
    media_types = ("audio/flac", "audio/x-flac")
    extensions = (".flac",)
    carriers = frozenset({Carrier.XMP, Carrier.AIGC, Carrier.COMMENT})
    signs_size = True

    def sniff(self, head: bytes) -> bool:
        """See `Container.sniff`."""
        return id3.after_tag(head).startswith(_SIGNATURE)

    def scan(self, source: Source) -> Layout:
        """See `Container.scan`."""
        tags = id3.scan(source)
        return tags.layout("audio/flac", source.size, *_blocks(source, tags.end))

    def strays(self, source: Source, layout: Layout) -> Iterable[Stray]:
        """See `Addressed.strays`: points to play from, which may lie before the frames.

        Decoders add their offsets to that of the first frame in 64 bits (§8.5).
        """
        yield from id3.strays(source)
        first = layout.blocks[-1].start
        reach = Reach(layout)
        for block in layout.blocks:
            if block.name == _SEEK_POINTS:
                table = source.read_at(block.start + _BLOCK_HEADER, block.length - _BLOCK_HEADER)
                whole = len(table) - len(table) % _SEEK_POINT.size
                points = _SEEK_POINT.iter_unpack(table[:whole])
                if any(offset >= _NEGATIVE and sample != _NO_POINT for sample, offset, _ in points):
                    # From wherever it is, decoders go on to the next frame.
                    yield from reach.strays("a point to play from", [Range(0, first)])

    def externals(self, source: Source, layout: Layout) -> Iterable[str]:
        """See `Composed.externals`: pictures whose type says that they are an address (§8.8)."""
        yield from id3.externals(source)
        for block in layout.blocks:
            if block.name == _PICTURE:
                # The number of its use comes first.
                head = source.read_at(block.start + _BLOCK_HEADER + 4, 4 + len(id3.LINKED))
                if head == len(id3.LINKED).to_bytes(4) + id3.LINKED:
                    yield "a picture of another file"

    def caveats(self, source: Source, layout: Layout) -> Iterable[str]:  # noqa: ARG002
        """See `Container.caveats`."""
        return id3.caveats(source)

    def details(self, source: Source, layout: Layout, edits: Edits) -> Iterable[Detail]:
        """See `Container.details`. A list of comments without any says nothing."""
        yield from id3.details(source, edits)
        blocks = iter(layout.blocks)
        for block in blocks:
            if block.name == _SIGNATURE.decode():
                break
        for block in blocks:
            if block.name != _COMMENTS or (edits.aigc is KEEP and edits.comment is KEEP):
                yield Detail(block.name, block.length.to_bytes(8))
                continue
            data = source.read_at(block.start + _BLOCK_HEADER, block.length - _BLOCK_HEADER)
            for text in vorbis_comment.texts(data, edits):
                if text != _OWN_VENDOR:
                    yield Detail(block.name, hashlib.sha256(text).digest())

    def _frame(self, store: bytes) -> bytes:
        return id3.frame(store)

    def rewrite(self, source: Source, layout: Layout, edits: Edits) -> Splice:
        """See `Container.rewrite`. The two edits do not touch the same bytes."""
        stream = change(source, _changed_comments(source, layout, edits))
        return id3.rewrite(stream, layout, edits._replace(aigc=KEEP, comment=KEEP))


CONTAINER: Final = Flac()
