"""DER (X.690) as X.509, CMS and OCSP use it: a strict reader, and what little writing is needed.

A `Reader` walks the elements of one constructed value. Readers of nested values share the bytes,
so every offset in an error counts from the start of what was given. The depth of nesting is that
of the code which reads: nothing here follows the data down by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from aidisclose import limits
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.named import NamedTuple

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OID: Final = 0x06
ENUMERATED: Final = 0x0A
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
SEQUENCE: Final = 0x30
SET: Final = 0x31

_NAMES: Final = {
    BOOLEAN: "BOOLEAN",
    INTEGER: "INTEGER",
    BIT_STRING: "BIT STRING",
    OCTET_STRING: "OCTET STRING",
    NULL: "NULL",
    OID: "OBJECT IDENTIFIER",
    ENUMERATED: "ENUMERATED",
    UTC_TIME: "UTCTime",
    GENERALIZED_TIME: "GeneralizedTime",
    SEQUENCE: "SEQUENCE",
    SET: "SET",
}


def context(number: int, *, constructed: bool = True) -> int:
    """The identifier octet of the context-specific tag `[number]`."""
    return (0xA0 if constructed else 0x80) | number


def _name(tag: int) -> str:
    return _NAMES.get(tag) or (f"[{tag & 0x1F}]" if tag & 0x80 else f"tag 0x{tag:02X}")


class Element(NamedTuple):
    """One element: where its identifier, its content and its end lie in `data`."""

    tag: int
    data: bytes
    start: int
    body: int
    end: int

    @property
    def content(self) -> bytes:
        """The bytes after identifier and length."""
        return self.data[self.body : self.end]

    @property
    def encoded(self) -> bytes:
        """All bytes of the element, as they stood."""
        return self.data[self.start : self.end]

    def reader(self) -> Reader:
        """The elements inside."""
        return Reader(self.data, self.body, self.end)


class Reader:
    """Elements of a constructed value, taken in order.

    Every method that takes an element raises `Malformed` if the next one is of another type, does
    not fit, or is not encoded as DER has it.
    """

    __slots__ = ("_data", "_end", "_position")

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        self._data = data
        self._position = start
        self._end = len(data) if end is None else end

    def __bool__(self) -> bool:
        """Whether elements are left."""
        return self._position < self._end

    def next_is(self, tag: int) -> bool:
        """Whether there is a next element and it has this identifier."""
        return self._position < self._end and self._data[self._position] == tag

    def take(self, tag: int | None = None) -> Element:
        """The next element; with `tag`, only if it has this identifier."""
        data, start, end = self._data, self._position, self._end
        if end - start < 2:
            wanted = "an element" if tag is None else _name(tag)
            raise Malformed(f"{wanted} is missing" if start == end else "truncated element", start)
        found = data[start]
        if tag is not None and found != tag:
            raise Malformed(f"{_name(tag)} expected, {_name(found)} found", start)
        # The number would follow in further bytes (X.690 §8.1.2.4); X.509, CMS and OCSP have none
        # so high.
        if found & 0x1F == 0x1F:
            raise Malformed("tag numbers above 30 are not used here", start)
        body = start + 2
        length = data[start + 1]
        if length >= 0x80:
            length, body = self._long_length(start)
        if length > end - body:
            raise Malformed(f"{_name(found)} of {length} bytes, {end - body} are left", start)
        self._position = body + length
        return Element(found, data, start, body, body + length)

    def _long_length(self, start: int) -> tuple[int, int]:
        count = self._data[start + 1] & 0x7F
        body = start + 2 + count
        if count == 0:
            raise Malformed("indefinite length: BER, not DER", start)
        # Four bytes say 4 GiB, more than any file that is read as DER may have.
        if count > 4 or body > self._end:
            raise Malformed("length beyond the end", start)
        length = int.from_bytes(self._data[start + 2 : body])
        if length < 0x80 or length >> 8 * (count - 1) == 0:
            raise Malformed("length not in its shortest form", start)
        return length, body

    def optional(self, tag: int) -> Element | None:
        """The next element if it has this identifier."""
        return self.take() if self.next_is(tag) else None

    def entries(self, tag: int | None = None) -> Iterator[Element]:
        """The elements that are left, as in a list; with `tag`, all have this identifier.

        Raises:
            LimitExceeded: There are more than `limits.DER_ENTRIES`.
        """
        for _ in range(limits.DER_ENTRIES):
            if not self:
                return
            yield self.take(tag)
        if self:
            raise LimitExceeded(f"a list of more than {limits.DER_ENTRIES} entries")

    def finish(self) -> None:
        """Raise `Malformed` if elements are left."""
        if self._position < self._end:
            raise Malformed("more elements than expected", self._position)

    def enter(self, tag: int = SEQUENCE) -> Reader:
        """A reader of what is inside the next element."""
        return self.take(tag).reader()

    def integer(self, tag: int = INTEGER, *, size: int = limits.INTEGER_SIZE) -> int:
        """An INTEGER of at most `size` bytes, or with `tag` an ENUMERATED."""
        element = self.take(tag)
        content = element.content
        if not content or len(content) > size:
            raise Malformed(f"{_name(tag)} of {len(content)} bytes", element.start)
        # Nine equal bits at the start say what eight do (X.690 §8.3.2).
        if len(content) > 1 and (content[0], content[1] >> 7) in ((0, 0), (0xFF, 1)):
            raise Malformed(f"{_name(tag)} not in its shortest form", element.start)
        return int.from_bytes(content, signed=True)

    def boolean(self) -> bool:
        """A BOOLEAN."""
        element = self.take(BOOLEAN)
        # In BER any byte but 0 is true; DER has one encoding of each value (X.690 §11.1).
        if element.content not in (b"\x00", b"\xff"):
            raise Malformed("BOOLEAN that is neither true nor false", element.start)
        return element.content == b"\xff"

    def octets(self) -> bytes:
        """The content of an OCTET STRING."""
        return self.take(OCTET_STRING).content

    def bits(self) -> bytes:
        """The content of a BIT STRING of whole bytes."""
        element = self.take(BIT_STRING)
        content = element.content
        # The first byte says how many bits of the last one do not count.
        if not content or content[0] != 0:
            raise Malformed("BIT STRING that is not whole bytes", element.start)
        return content[1:]

    def named_bits(self) -> frozenset[int]:
        """The positions of the ones in a BIT STRING of flags (at most 32).

        Zeros at its end, which X.690 §11.2.2 leaves out, are accepted: they change no flag.
        """
        element = self.take(BIT_STRING)
        content = element.content
        if not 1 <= len(content) <= 5 or content[0] > 7:
            raise Malformed("BIT STRING that holds no flags", element.start)
        return frozenset(
            index
            for index in range(8 * len(content) - 8 - content[0])
            if content[1 + index // 8] & (0x80 >> index % 8)
        )

    def oid(self) -> str:
        """An OBJECT IDENTIFIER in dotted form."""
        element = self.take(OID)
        content = element.content
        if len(content) > limits.OID_SIZE or not (text := _dotted(content)):
            raise Malformed("not an OBJECT IDENTIFIER", element.start)
        return text

    def time(self, tag: int | None = None) -> datetime:
        """A UTCTime or GeneralizedTime in UTC, fractions of a second cut to microseconds.

        Fractions are read because time stamps may have them (RFC 3161 §2.4.2). Whether a
        certificate has them, which RFC 5280 §4.1.2.5.2 forbids, is not checked.
        """
        element = self.take(tag)
        try:
            if element.tag in (UTC_TIME, GENERALIZED_TIME):
                return _time(element.content.decode("ascii"), element.tag)
        except ValueError:
            pass
        raise Malformed("not a time in UTC", element.start)


def read(data: bytes, tag: int = SEQUENCE) -> Reader:
    """A reader of what is inside the one element that `data` is.

    Raises:
        Malformed: It is not such an element, or bytes follow it.
    """
    reader = Reader(data)
    inner = reader.enter(tag)
    reader.finish()
    return inner


@lru_cache(maxsize=256)
def _dotted(content: bytes) -> str:
    """The dotted form of an object identifier; empty if `content` is invalid."""
    if not content or content[-1] & 0x80:
        return ""
    arcs: list[int] = []
    arc = 0
    # Seven bits a byte, all but the last with the highest bit set (X.690 §8.19.2).
    for byte in content:
        if arc == 0 and byte == 0x80:
            return ""  # an arc with leading zeros: two encodings of one identifier
        arc = arc << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(arc)
            arc = 0
    # X.690 §8.19.4: the first number holds two arcs, 40·x + y. Only below 2 may y exceed 39.
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def _time(text: str, tag: int) -> datetime:
    year = 4 if tag == GENERALIZED_TIME else 2
    whole, _, fraction = text[:-1].partition(".")
    digits = whole + fraction
    if text[-1:] != "Z" or not digits.isdigit() or len(whole) != year + 10:
        raise ValueError
    if "." in text and not (fraction and tag == GENERALIZED_TIME):
        raise ValueError
    number = int(whole[:year])
    if tag == UTC_TIME:  # RFC 5280 §4.1.2.5.1
        number += 1900 if number >= 50 else 2000
    month, day, hour, minute, second = (int(whole[i : i + 2]) for i in range(year, year + 10, 2))
    # `datetime` has no finer unit; cutting never makes a time later than it was.
    microsecond = int(fraction[:6].ljust(6, "0"))
    return datetime(number, month, day, hour, minute, second, microsecond, tzinfo=UTC)


def encode(tag: int, *contents: bytes) -> bytes:
    """One element around `contents`."""
    content = b"".join(contents)
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size) + content


def encode_integer(value: int, tag: int = INTEGER) -> bytes:
    """An INTEGER in its shortest form."""
    # One bit more than the number has: two's complement needs its sign (X.690 §8.3.3).
    magnitude = max(value, ~value)
    return encode(tag, value.to_bytes(magnitude.bit_length() // 8 + 1, signed=True))


def encode_oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER.

    Raises:
        ValueError: `dotted` is not an object identifier.
    """
    first, second, *rest = map(int, dotted.split("."))
    content = bytearray()
    for arc in (40 * first + second, *rest):
        # An arc of 0 is one byte, too.
        size = max(1, (arc.bit_length() + 6) // 7)
        content += bytes(arc >> 7 * i & 0x7F | (0x80 if i else 0) for i in reversed(range(size)))
    return encode(OID, bytes(content))
