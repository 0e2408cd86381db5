"""The bytes of a signed file that no signature protects: all of them, each with its clause.

Everything else may not change without the file becoming invalid, unreadable, or one without a
manifest. What is listed here is not content: nothing of it is shown or believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from aidisclose.containers import Container, EmbeddedStore, Layout, read_store
from aidisclose.io.source import BytesSource, Range


class Gap(NamedTuple):
    """Bytes that may change.

    Attributes:
        clause: Why.
        formats: In which formats, by the label of their usual binding or by their name.
        find: Where they are in a file with one store.
        but: Formats whose own checksums notice it all the same.
    """

    clause: str
    formats: frozenset[str]
    find: Callable[[bytes, Layout], Iterator[Range]]
    but: frozenset[str] = frozenset()

    def concerns(self, container: Container) -> bool:
        """Whether files of this format have such bytes."""
        named = {container.name, container.binding, "all"}
        return bool(named & self.formats) and container.name not in self.but


def _signature_padding(data: bytes, layout: Layout) -> Iterator[Range]:
    """The name of the entry `pad` in the unprotected header of the last signature."""
    [found] = layout.stores
    content = read_store(BytesSource(data), found)
    yield from _places(found, Range(content.rindex(b"\x63pad") + 1, len(b"pad")))


def _places(found: EmbeddedStore, part: Range) -> Iterator[Range]:
    """Where a part of a store lies in the file."""
    start, end = part.start, part.end
    if found.encoding == "base64":
        start, end = start * 4 // 3, -(-end * 4 // 3) + 1
    position = 0
    for piece in found.pieces:
        first, last = max(start - position, 0), min(end - position, piece.length)
        if first < last:
            yield Range(piece.start + first, last - first)
        position += piece.length


def _instance_number(data: bytes, layout: Layout) -> Iterator[Range]:
    [found] = layout.stores
    yield Range(found.frame.start + len(b"\xff\xeb\0\0JP"), 2)


def _boxes(data: bytes, layout: Layout, *names: str) -> Iterator[Range]:
    for block in layout.blocks:
        if block.name in names:
            yield Range(block.start, block.length)


_BMFF: Final = frozenset({"c2pa.hash.bmff.v3"})

GAPS: Final[dict[str, Gap]] = {
    "name of the padding of the signature": Gap(
        "RFC 9052 §3: the unprotected header is under no signature; under any name, zeros say "
        "nothing",
        frozenset({"all"}),
        _signature_padding,
        but=frozenset({"PNG", "Ogg", "ZIP"}),
    ),
    "box instance number of the JPEG segments": Gap(
        "C2PA 2.5 §A.3.1: the segments are excluded as a whole; ISO 19566-5 leaves the number free",
        frozenset({"JPEG"}),
        _instance_number,
    ),
    "file type box": Gap(
        "C2PA 2.4 §A.5.5: written exclusions of a BMFF hash; 2.5 protects it",
        _BMFF,
        lambda data, layout: _boxes(data, layout, "ftyp"),
    ),
}
#: Not in every ISO media file.
OPTIONAL: Final = Gap(
    "C2PA 2.5 §A.5.5: excluded, as offsets in it change with the store; it only helps to seek",
    _BMFF,
    lambda data, layout: _boxes(data, layout, "mfra", "free", "skip"),
)


def unprotected(container: Container, data: bytes) -> set[int]:
    """The offsets of all bytes of a file that may change."""
    layout = container.scan(BytesSource(data))
    gaps = [gap for gap in (*GAPS.values(), OPTIONAL) if gap.concerns(container)]
    found = (part for gap in gaps for part in gap.find(data, layout))
    return {offset for part in found for offset in range(part.start, part.end)}
