"""Marks besides manifests that say something about AI: what is read of each, all at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from aidisclose import limits
from aidisclose.carriers import aigc, comment, hints, text, xmp
from aidisclose.carriers.comment import FoundComment
from aidisclose.carriers.hints import Hint
from aidisclose.carriers.text import Located, Text
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.io.source import Source

__all__ = ["Found", "FoundComment", "FoundLabel", "Hint", "read"]


class FoundLabel(NamedTuple):
    """A label of GB 45438-2025 in a file; untrusted text.

    Attributes:
        place: Where it stands, for people.
        fields: Of it; None if it is no JSON object of that kind.
        is_primary: Whether the place is the one that the guides name.
    """

    place: str
    fields: Mapping[str, str] | None
    is_primary: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """What a file says about AI besides its manifest; nothing of it is checked.

    Attributes:
        xmp: All values of each property, as `Iptc4xmpExt:DigitalSourceType`.
        labels: Of GB 45438-2025; more than one is an error of whoever wrote them.
        comments: Lines in comments that say what part AI had.
        hints: What generators left, which discloses nothing.
        problems: Why something that is there cannot be read.
    """

    xmp: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    labels: tuple[FoundLabel, ...] = ()
    comments: tuple[FoundComment, ...] = ()
    hints: tuple[Hint, ...] = ()
    problems: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any((self.xmp, self.labels, self.comments, self.hints, self.problems))


def read(source: Source, layout: Located) -> Found:
    """What a file says about AI besides its manifest; what is broken is named, nothing raised.

    Arguments:
        source: The file.
        layout: As its container found it.
    """
    values: xmp.Values = {}
    problems: tuple[str, ...] = ()
    if layout.xmp is not None:
        try:
            length = min(layout.xmp.length, limits.XMP_SIZE + 1)
            values = xmp.parse(source.read_at(layout.xmp.start, length)).values
        except (Malformed, LimitExceeded) as error:
            problems = (str(error),)
    texts = tuple(text.read(source, layout))
    return Found(
        xmp={str(item): found for item, found in values.items() if item is not xmp.AIGC},
        labels=tuple(_labels(values, texts, aigc.place(layout.media_type))),
        comments=tuple(comment.find(texts)),
        hints=hints.read(texts, values),
        problems=problems,
    )


def _labels(values: xmp.Values, texts: tuple[Text, ...], primary: str) -> Iterator[FoundLabel]:
    listed = [Text("XMP", "AIGC", value) for value in values.get(xmp.AIGC, ())]
    for item in (*listed, *texts):
        if item.name.upper() == "AIGC":
            yield FoundLabel(item.place, aigc.parse(item.value), item.place == primary)
