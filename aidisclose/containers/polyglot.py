"""Files that programs of a second format open too.

Readers of PDF look for its header in the first kilobyte of a file and for the place of its tables
in the last; those of ZIP look for the end of an archive in the last 64 KiB. So a JPEG can be a PDF
as well, and a PNG an archive. What such a program shows may lie in the manifest store, where
signatures hold fields that anybody can change, and nothing of the format that was signed leads
there.
"""

from __future__ import annotations

from typing import Final

from aidisclose import limits
from aidisclose.containers.container import Container, Layout
from aidisclose.errors import UnsupportedFormat
from aidisclose.io.source import Source

#: Bytes at the start, and at the end, in which readers look for what shows that it is a PDF.
_HEAD: Final = 1024
_TAIL: Final = 4096
#: Bytes at the end in which the last record of an archive stands: 22, and a comment.
_ARCHIVE_TAIL: Final = 22 + 0xFFFF

_LOCAL_HEADER: Final = b"PK\3\4"
_END_RECORD: Final = b"PK\5\6"


def refuse_polyglot(source: Source, layout: Layout, container: Container) -> None:
    """Refuse a file with a store through which readers of another format may be led.

    An archive that begins behind the store is left alone, as such programs look no further back.
    A PDF without a header and without tables, which some readers put together again, is not looked
    for: only its name would make anybody open it as one.

    Raises:
        UnsupportedFormat: Programs for PDF or ZIP open it as well.
    """
    end = max((store.frame.end for store in layout.stores), default=0)
    if not end:
        return
    head = source.read_at(0, _HEAD)
    tail = source.read_at(max(0, source.size - _ARCHIVE_TAIL), _ARCHIVE_TAIL)
    is_marked = b"%PDF-" in head or b"startxref" in tail[-_TAIL:]
    if is_marked and container.name != "PDF" and _holds(source, b"obj", source.size):
        raise UnsupportedFormat("programs for PDF open it as well")
    # An archive begins with a local header, as nothing else does.
    is_archive = _END_RECORD in tail and not head.startswith(_LOCAL_HEADER)
    if is_archive and _holds(source, _LOCAL_HEADER, end):
        raise UnsupportedFormat("programs for ZIP open it as well")


def _holds(source: Source, text: bytes, end: int) -> bool:
    """Whether a text stands before an offset."""
    overlap = len(text) - 1
    return any(
        text in source.read_at(position, min(limits.CHUNK + overlap, end - position))
        for position in range(0, end, limits.CHUNK)
    )
