"""Marks besides manifests that say something about AI: what is read of each, all at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from aidisclose import limits
from aidisclose.carriers import aigc, hints, text, xmp
from aidisclose.carriers.hints import Hint
from aidisclose.carriers.text import Located, Text
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.io.source import Source

__all__ = ["Found", "FoundLabel", "Hint", "read"]

#: Where the guides of TC260 want a label, by the format. Of a file in another one, none is wrong.
_PRIMARY: Final = frozenset({"XMP", "RIFF chunk", "ID3 TXXX", "Vorbis comment", "MP4 metadata"})


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
        hints: What generators left, which discloses nothing.
        problems: Why something that is there cannot be read.
    """

    xmp: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    labels: tuple[FoundLabel, ...] = ()
    hints: tuple[Hint, ...] = ()
    problems: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.xmp or self.labels or self.hints or self.problems)


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
        labels=tuple(_labels(values, texts)),
        hints=hints.read(texts, values),
        problems=problems,
    )


def _labels(values: xmp.Values, texts: tuple[Text, ...]) -> Iterator[FoundLabel]:
    for value in values.get(xmp.AIGC, ()):
        yield FoundLabel("XMP", aigc.parse(value))
    for item in texts:
        if item.name.upper() == "AIGC":
            yield FoundLabel(item.place, aigc.parse(item.value), item.place in _PRIMARY)
