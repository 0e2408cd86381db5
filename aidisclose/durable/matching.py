"""The similarity of two fingerprints, and the threshold of the same content."""

from __future__ import annotations

from typing import Final

from aidisclose.durable import iscc

#: Bits of 256 in which two content codes may differ. Of 2.8 million pairs of different pictures,
#: 1 in a million did not differ in more.
THRESHOLD: Final = 51
#: The same of sound, film and text, whose false matches nobody has measured here: copies of lower
#: quality were far nearer.
_STRICT: Final = 25

#: What only the very same bytes reach.
IDENTICAL: Final = 100
_ALIKE: Final = 99


def reach(subtype: int) -> int:
    """In how many bits two content codes of this subtype may differ."""
    return THRESHOLD if subtype == iscc.IMAGE else _STRICT


def distance(one: int, other: int) -> int:
    """In how many bits two codes differ."""
    return (one ^ other).bit_count()


def score(bits: int) -> int:
    """The similarity of two codes that differ in so many bits: 0 to 99."""
    return min(_ALIKE, round(IDENTICAL * (1 - bits / iscc.BITS)))
