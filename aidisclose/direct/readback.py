"""Reading an edited file again before it is written: the edits are there, and all else as before.

The ordinary parsers read the result. They are not the code that wrote it, and what they do not find
nobody else will.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from aidisclose import carriers, limits
from aidisclose.carriers import aigc, comment, text
from aidisclose.containers import KEEP, Comment, Container, Edits, Layout
from aidisclose.containers.container import Detail, read_store
from aidisclose.errors import Malformed
from aidisclose.io.source import Source


def confirm(
    container: Container, before: Source, old: Layout, after: Source, edits: Edits
) -> Layout:
    """The layout of an edited file, which says what was asked, and everything else as before.

    The content itself is not compared: it is copied. Of other metadata, that is looked at which
    `Container.details` lists, the texts of `carriers.text`, and further XMP packets.

    Arguments:
        container: The format of both.
        before: The file.
        old: Its layout.
        after: The edited one, which need not be written yet.
        edits: The changes that were to be made.

    Raises:
        Malformed: Something is missing, different or new; the message says what.
        MalformedFile: The edited file cannot be followed.
        UnsupportedFormat: The same.
        LimitExceeded: There is too much to compare.
    """
    new = container.scan(after)
    if isinstance(edits.xmp, bytes) and _packet(after, new) != edits.xmp:
        raise Malformed("the XMP packet would not be found again")
    if edits.xmp is KEEP and _packet(before, old) != _packet(after, new):
        raise Malformed("the XMP packet would change")
    _confirm_marks(after, new, edits)
    _compare(container.details(before, old, edits), container.details(after, new, edits))
    if _are_whole(old) and _are_whole(new):
        _compare(_texts(before, old, edits), _texts(after, new, edits))
    _confirm_store(after, new, edits)
    return new


def _packet(source: Source, layout: Layout) -> bytes | None:
    if layout.xmp is None:
        return None
    return source.read_at(layout.xmp.start, min(layout.xmp.length, limits.XMP_SIZE + 1))


def _confirm_store(source: Source, layout: Layout, edits: Edits) -> None:
    """Raise Malformed unless the only store is the one that was to be written."""
    if edits.store is KEEP:
        return
    if edits.store is None:
        if layout.stores:
            raise Malformed("the manifest store would still be there")
        return
    # Older stores of a PDF stay before the new one. Room behind a store is zero, and does not
    # always count as its own.
    found = [read_store(source, each).rstrip(b"\0") for each in layout.stores]
    if len(found) != 1 or not found[0].endswith(edits.store.rstrip(b"\0")):
        raise Malformed("the manifest store would not be found again")
    if layout.problems:
        raise Malformed(f"the manifest store would be damaged: {layout.problems[0].reason}")


def _confirm_marks(source: Source, layout: Layout, edits: Edits) -> None:
    """Raise Malformed unless label and comment are found as they were to be written."""
    if isinstance(edits.aigc, bytes) or isinstance(edits.comment, Comment):
        found = carriers.read(source, layout)
        if isinstance(edits.aigc, bytes):
            wanted = aigc.parse(edits.aigc.decode("utf-8", "replace"))
            if [label.fields for label in found.labels if label.is_primary] != [wanted]:
                raise Malformed("the AIGC label would not be found again")
        if isinstance(edits.comment, Comment) and edits.comment.text is not None:
            said = [item.text for item in found.comments]
            if edits.comment.text not in said:
                raise Malformed("the comment would not be found again")


def _are_whole(layout: Layout) -> bool:
    """Whether all texts are read to their ends, so that they can be compared."""
    return sum(block.length for block in layout.blocks if text.may_hold(block)) < limits.TEXT_SIZE


def _texts(source: Source, layout: Layout, edits: Edits) -> Iterator[Detail]:
    """All texts but for the label, and lines that are comments of ours, if these are edited."""
    own = f"{comment.NAME}: "
    for item in text.read(source, layout):
        place, name, value = item
        if place.startswith(("ID3", "Vorbis", "PDF")):
            continue  # the container compares all of them, and not only those that are read here
        if edits.aigc is not KEEP and name.upper() == "AIGC":
            continue
        if isinstance(edits.comment, Comment) and place == "RIFF INFO":
            value = "\n".join(line for line in value.split("\n") if not line.startswith(own))
        if value:
            yield Detail(f"{place} {name}", value.encode("utf-8", "replace"))


def _compare(before: Iterable[Detail], after: Iterable[Detail]) -> None:
    """Raise Malformed unless both are the same details, in whatever order."""
    told: list[Detail] = []
    tells: list[Detail] = []
    # Most files keep their order: only what differs is kept, of hundreds of thousands.
    for one, other in zip_longest(before, after):
        if one != other:
            told += () if one is None else (one,)
            tells += () if other is None else (other,)
    lost, added = Counter(told) - Counter(tells), Counter(tells) - Counter(told)
    for detail in lost or added:
        raise Malformed(f"{detail.name} would not be the same afterwards")
