"""Marks besides manifests that say something about AI: what is read of each, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from aidisclose import limits
from aidisclose.carriers import aigc, comment, hints, packets, text, xmp
from aidisclose.carriers.comment import FoundComment
from aidisclose.carriers.hints import Hint
from aidisclose.carriers.text import Located, Text
from aidisclose.errors import Malformed, Unreadable
from aidisclose.frozen import dataclass, field
from aidisclose.io.source import Source
from aidisclose.named import NamedTuple

__all__ = ["Found", "FoundComment", "FoundLabel", "Hint", "read"]

#: What finds lines for people in the named texts of a file. To add one, name it here: reports,
#: contradictions, pages and rules take what it finds from there.
_REMARKS: Final[tuple[Callable[[Iterable[Text]], Iterable[FoundComment]], ...]] = (comment.find,)


class FoundLabel(NamedTuple):
    """A label of GB 45438-2025 in a file; untrusted text.

    Attributes:
        place: Its place in the file, for people.
        fields: Of it; None if it is not a JSON object of that kind.
        is_primary: Whether the place is the one that the guides name.
        not_texts: Fields that are not text.
    """

    place: str
    fields: Mapping[str, str] | None
    is_primary: bool = True
    not_texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """The marks about AI in a file outside its manifest; none of them is checked.

    Attributes:
        xmp: All values of each property, as `Iptc4xmpExt:DigitalSourceType`.
        labels: Of GB 45438-2025; more than one is an error of whoever wrote them.
        comments: Lines in comments that say what part AI had.
        hints: The traces that generators left, which disclose nothing.
        elsewhere: Source types that packets besides the first name, by where they stand.
        problems: Reasons why marks cannot be read.
    """

    xmp: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    labels: tuple[FoundLabel, ...] = ()
    comments: tuple[FoundComment, ...] = ()
    hints: tuple[Hint, ...] = ()
    problems: tuple[str, ...] = ()
    elsewhere: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        marks = (self.xmp, self.labels, self.comments, self.hints, self.elsewhere)
        return any((*marks, self.problems))


def read(source: Source, layout: Located) -> Found:
    """Read the marks about AI outside the manifest; broken ones are named, no error is raised.

    Arguments:
        source: The file.
        layout: As its container found it.
    """
    values: xmp.PropertyValues = {}
    problems: tuple[str, ...] = ()
    if layout.xmp is not None:
        try:
            length = min(layout.xmp.length, limits.XMP_SIZE + 1)
            values = xmp.parse(source.read_at(layout.xmp.start, length)).values
        except Unreadable as error:
            problems = (str(error),)
    elsewhere: list[tuple[str, str]] = []
    left = limits.XMP_SIZE  # for all together: parsing takes longer than reading
    for packet in packets.find(source, layout):
        left -= len(packet.data or b"")
        try:
            if packet.data is None or left < 0:
                raise Malformed("it is too long, or written in a way that is not known here")
            found = xmp.parse(packet.data).values
        except Unreadable as error:
            problems += (f"XMP in {packet.place}: {error}",)
        else:
            elsewhere += [(packet.place, value) for value in found.get(xmp.SOURCE_TYPE, ())]
    texts = tuple(text.read(source, layout))
    remarks = tuple(islice((found for find in _REMARKS for found in find(texts)), limits.REMARKS))
    if len(remarks) == limits.REMARKS:
        problems += (f"more than {limits.REMARKS - 1:,} lines about AI in comments",)
    listed = [text.Text("XMP", "AIGC", value) for value in values.get(xmp.AIGC, ())]
    listed += [item for item in texts if item.name.upper() == "AIGC"]
    if sum(len(item.value) for item in listed) > limits.LABELS_SIZE:
        problems += (f"labels of GB 45438 of more than {limits.LABELS_SIZE:,} characters",)
        listed = []
    return Found(
        xmp={str(item): found for item, found in values.items() if item is not xmp.AIGC},
        labels=tuple(_labels(listed, aigc.place(layout.media_type))),
        comments=remarks,
        hints=hints.read(texts, values),
        problems=problems,
        elsewhere=tuple(elsewhere),
    )


def _labels(listed: Iterable[Text], primary: str) -> Iterator[FoundLabel]:
    for item in listed:
        fields, odd = aigc.parse(item.value), aigc.not_texts(item.value)
        yield FoundLabel(item.place, fields, item.place == primary, odd)
