"""ISCC-SEQ: units of an International Standard Content Code, one after another (IEP-0020).

A unit is a header of two bytes and a body. The header has four fields of four bits: main type,
subtype, version, and length in steps of 32 bits, less one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from aidisclose import limits
from aidisclose.errors import Malformed
from aidisclose.named import NamedTuple

#: The registered name of the algorithm.
ALG: Final = "io.iscc.v0"

META: Final = 0
CONTENT: Final = 2
DATA: Final = 3
INSTANCE: Final = 4
#: Main types of which a sequence may consist: meta, semantic, content, data, instance.
_UNITS: Final = range(5)

#: Subtypes of content codes.
TEXT: Final = 0
IMAGE: Final = 1
AUDIO: Final = 2
VIDEO: Final = 3

_HEADER: Final = 2
#: Bits of a unit that is searched for: shorter ones match too much by chance.
BITS: Final = 256


class CodeUnit(NamedTuple):
    """One unit.

    Attributes:
        kind: Its main type, such as `CONTENT`.
        subtype: Of a content code, what it is of, such as `IMAGE`.
        body: Its bits, 4 to 32 bytes.
        version: Of the algorithm.
    """

    kind: int
    subtype: int
    body: bytes
    version: int = 0

    @property
    def is_searched(self) -> bool:
        """Whether it says enough about the content to be looked for."""
        return len(self.body) * 8 == BITS and self.kind in (CONTENT, DATA, INSTANCE)

    @property
    def group(self) -> str:
        """Units of one group can be compared: `2.1` for content codes of pictures."""
        return f"{self.kind}.{self.subtype}"

    @property
    def bits(self) -> int:
        """The body as a number."""
        return int.from_bytes(self.body, "big")


def encode(units: Iterable[CodeUnit]) -> bytes:
    """The sequence of these units."""
    return b"".join(
        bytes((unit.kind << 4 | unit.subtype, unit.version << 4 | len(unit.body) // 4 - 1))
        + unit.body
        for unit in units
    )


def decode(value: bytes) -> tuple[CodeUnit, ...]:
    """The units of a sequence, each once, those included that nobody searches for.

    Raises:
        Malformed: It is empty, ends within a unit, is longer than `limits.SOFT_BINDING_SIZE`, or
            has a field that no unit has.
    """
    if not 0 < len(value) <= limits.SOFT_BINDING_SIZE:
        raise Malformed(f"ISCC-SEQ of {len(value):,} bytes")
    units: list[CodeUnit] = []
    at = 0
    while at < len(value):
        if len(value) - at < _HEADER:
            raise Malformed("ISCC-SEQ ends within a header", at)
        first, second = value[at : at + _HEADER]
        size = ((second & 15) + 1) * 4
        if first >> 4 not in _UNITS or first & 8 or second >> 4 or second & 8:
            raise Malformed("invalid header of an ISCC-UNIT", at)
        body = value[at + _HEADER : at + _HEADER + size]
        if len(body) < size:
            raise Malformed("ISCC-SEQ ends within a unit", at)
        units.append(CodeUnit(first >> 4, first & 15, body, second >> 4))
        at += _HEADER + size
    return tuple(dict.fromkeys(units))


def searched(value: bytes) -> tuple[CodeUnit, ...]:
    """The units of a sequence by which it can be found: 256 bits, and no meta code.

    Raises:
        Malformed: It cannot be decoded, or has no such unit.
    """
    found = tuple(unit for unit in decode(value) if unit.is_searched)
    if not found:
        raise Malformed("ISCC-SEQ without a content, data or instance code of 256 bits")
    return found
