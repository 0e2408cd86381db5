"""Marks besides manifests that say something about AI: what is read of each, all at once."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

from aidisclose import limits
from aidisclose.carriers import aigc, hints, text, xmp
from aidisclose.carriers.hints import Hint
from aidisclose.carriers.text import Located
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.io.source import Source

__all__ = ["CARRIERS", "Carrier", "Found", "Hint", "Mark", "read"]


class Mark(NamedTuple):
    """One thing that a carrier says; untrusted text.

    Attributes:
        carrier: `xmp` or `aigc`.
        place: Where it stands, for people.
        name: Of the property or field.
        value: As it was found.
    """

    carrier: str
    place: str
    name: str
    value: str


class Found(NamedTuple):
    """What the carriers of a file say.

    Attributes:
        marks: Disclosures.
        hints: What generators left, which discloses nothing.
        problems: Why a carrier that is there cannot be read.
    """

    marks: tuple[Mark, ...] = ()
    hints: tuple[Hint, ...] = ()
    problems: tuple[str, ...] = ()

    def values(self, carrier: str, name: str) -> tuple[str, ...]:
        """What a carrier says by this name, each time it does."""
        return tuple(m.value for m in self.marks if (m.carrier, m.name) == (carrier, name))


class Evidence(NamedTuple):
    """What of a file carriers look at."""

    values: xmp.Values
    texts: tuple[text.Text, ...]


class Carrier(Protocol):
    """How one kind of mark is read. It raises nothing."""

    def __call__(self, evidence: Evidence) -> list[Mark]:
        """What it says."""


def _read_xmp(evidence: Evidence) -> list[Mark]:
    return [
        Mark("xmp", "XMP", item.name, value)
        for item, values in evidence.values.items()
        if item is not xmp.AIGC
        for value in values
    ]


def _read_aigc(evidence: Evidence) -> list[Mark]:
    """Each label's seven fields; a second label in the file shows as the same fields again."""
    places = [("XMP", value) for value in evidence.values.get(xmp.AIGC, ())]
    places += [(t.place, t.value) for t in evidence.texts if t.name.upper() == "AIGC"]
    return [
        Mark("aigc", place, name, value)
        for place, value in places
        if (label := aigc.parse(value)) is not None
        for name, value in label.items()
    ]


#: In the order in which they are reported. A new one is one function and one line.
CARRIERS: Final[tuple[Carrier, ...]] = (_read_xmp, _read_aigc)


def read(source: Source, layout: Located) -> Found:
    """What a file says about AI besides its manifest. Nothing is checked; what is broken is named.

    Arguments:
        source: The file.
        layout: As its container found it.
    """
    values: xmp.Values = {}
    problems: tuple[str, ...] = ()
    if layout.xmp is not None:
        try:
            length = min(layout.xmp.length, limits.XMP_SIZE + 1)
            values = xmp.read(source.read_at(layout.xmp.start, length))
        except (Malformed, LimitExceeded) as error:
            problems = (str(error),)
    evidence = Evidence(values, tuple(text.read(source, layout)))
    marks = tuple(mark for carrier in CARRIERS for mark in carrier(evidence))
    return Found(marks, hints.read(evidence.texts, values), problems)
