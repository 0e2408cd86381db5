"""Media formats: where bytes live in each. To add one, write a module and name it in CONTAINERS."""

from __future__ import annotations

from typing import Final

from aidisclose.containers import (
    bmff,
    flac,
    gif,
    jpeg,
    jxl,
    mp3,
    ogg,
    pdf,
    png,
    riff,
    sidecar,
    svg,
    tiff,
    zip,  # noqa: A004 - what the format is called
)
from aidisclose.containers.container import (
    KEEP,
    Block,
    BoxTree,
    Comment,
    Container,
    Edits,
    EmbeddedStore,
    Layout,
    Problem,
    read_store,
)
from aidisclose.containers.id3 import tag_size
from aidisclose.errors import UnsupportedFormat
from aidisclose.io.source import Readable, Source

__all__ = [
    "CONTAINERS",
    "KEEP",
    "Block",
    "BoxTree",
    "Comment",
    "Container",
    "Edits",
    "EmbeddedStore",
    "Layout",
    "Problem",
    "identify",
    "read_store",
]

#: In sniffing order: formats with a distinctive signature first, bare MPEG audio frames last.
CONTAINERS: Final[tuple[Container, ...]] = (
    jpeg.CONTAINER,
    png.CONTAINER,
    riff.WAV,
    riff.WEBP,
    riff.AVI,
    *bmff.CONTAINERS,
    gif.CONTAINER,
    tiff.CONTAINER,
    jxl.CONTAINER,
    svg.CONTAINER,
    flac.CONTAINER,
    ogg.CONTAINER,
    pdf.CONTAINER,
    zip.CONTAINER,
    mp3.CONTAINER,
)

_HEAD: Final = 4096


def identify(
    source: Source, *, detached: bool = False, beside: Readable | None = None
) -> Container:
    """The format of a file, by its content alone: a name ending is a claim, not a fact.

    Arguments:
        source: The file.
        detached: Whether it may be any file, since its store is elsewhere, or will be.
        beside: Where the file is, which may be any file if a store lies beside it.

    Raises:
        UnsupportedFormat: The file is empty or none of the known formats.
    """
    head = source.read_at(0, _HEAD)
    skipped = tag_size(head)
    if skipped:
        # An ID3v2 tag may precede MPEG audio, FLAC and others: what follows it decides.
        head = head[:10] + source.read_at(skipped, _HEAD)
    for container in CONTAINERS:
        if container.sniff(head):
            return container
    if not head:
        raise UnsupportedFormat("the file is empty")
    if sidecar.is_store(head):
        raise UnsupportedFormat("a manifest store alone: name the file that it is about")
    if detached or (beside is not None and sidecar.find(beside)):
        return sidecar.OTHER
    raise UnsupportedFormat("not a media format that aidisclose knows (see `aidisclose formats`)")
