"""FLAC (RFC 9639): the store is in a leading ID3v2 tag, the stream itself stays untouched."""

from __future__ import annotations

from typing import Final

from aidisclose import limits
from aidisclose.containers import id3
from aidisclose.containers.container import Block, Container, Layout
from aidisclose.errors import LimitExceeded, MalformedFile
from aidisclose.io.source import Source

_SIGNATURE: Final = b"fLaC"
_BLOCK_HEADER: Final = 4
_IS_LAST: Final = 0x80

#: RFC 9639 §8.1.
_BLOCK_NAMES: Final = (
    "STREAMINFO",
    "PADDING",
    "APPLICATION",
    "SEEKTABLE",
    "VORBIS_COMMENT",
    "CUESHEET",
    "PICTURE",
)


def _sniff(head: bytes) -> bool:
    return id3.after_tag(head).startswith(_SIGNATURE)


def _scan(source: Source) -> Layout:
    tags = id3.scan(source)
    return tags.layout("audio/flac", source.size, *_blocks(source, tags.end))


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
        kind = header[0] & ~_IS_LAST
        name = _BLOCK_NAMES[kind] if kind < len(_BLOCK_NAMES) else f"block {kind}"
        blocks.append(Block(name, position, length))
        is_last = bool(header[0] & _IS_LAST)
    blocks.append(Block("audio", blocks[-1].end, source.size - blocks[-1].end))
    return blocks


CONTAINER: Final = Container(
    name="FLAC",
    media_types=("audio/flac", "audio/x-flac"),
    extensions=(".flac",),
    sniff=_sniff,
    scan=_scan,
    frame=id3.frame,
    rewrite=id3.rewrite,
)
