"""CBOR (RFC 8949), decoded strictly: what two readers could understand differently is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Final

import cbor2

from aidisclose import limits
from aidisclose.errors import Malformed

#: Text, byte strings, numbers, booleans, None, lists, maps and `cbor2.CBORTag`.
Value = object

# cbor2 turns these tags into Python objects: dates, big integers that take quadratic time to
# print, compiled regular expressions, e-mail messages, and shared references that make cycles.
# Nothing of that may come out of a file, so each stays a tag around plain data.
_PLAIN_TAGS: Final = (
    1,
    2,
    3,
    4,
    5,
    18,
    30,
    35,
    36,
    37,
    52,
    54,
    100,
    258,
    260,
    261,
    1004,
    43000,
    55799,
)
_REFERENCE_TAGS: Final = (25, 28, 29, 256)
# A date-time or URI is its text; C2PA gives the tag no further meaning.
_TEXT_TAGS: Final = (0, 32)


def _keep_tag(tag: int, value: Value, _immutable: bool) -> cbor2.CBORTag:
    return cbor2.CBORTag(tag, value)


def _drop_tag(value: Value, _immutable: bool) -> Value:
    return value


def _refuse_tag(tag: int, _value: Value, _immutable: bool) -> Value:
    raise ValueError(f"tag {tag} (shared reference) is not allowed")


_DECODERS: Final[dict[int, Callable[[Value, bool], Value]]] = {
    **{tag: partial(_keep_tag, tag) for tag in _PLAIN_TAGS},
    **{tag: partial(_refuse_tag, tag) for tag in _REFERENCE_TAGS},
    **dict.fromkeys(_TEXT_TAGS, _drop_tag),
}


def decode(data: bytes) -> Value:
    """The one value that `data` encodes.

    Raises:
        Malformed: It is not well-formed CBOR, holds a map with a key twice, nests too deeply,
            shares references, or is followed by further bytes.
    """
    stream = io.BytesIO(data)
    decoder = cbor2.CBORDecoder(
        stream,
        max_depth=limits.CBOR_DEPTH,
        allow_duplicate_keys=False,
        semantic_decoders=_DECODERS,
    )
    try:
        value = decoder.decode()
    except (cbor2.CBORError, ValueError, TypeError, RecursionError, MemoryError) as error:
        reason = str(error.__cause__ or error)
        raise Malformed(f"not well-formed CBOR: {reason}") from None
    if stream.tell() != len(data):
        raise Malformed("bytes follow the CBOR value", stream.tell())
    return value


def decode_map(data: bytes) -> dict[Value, Value]:
    """As `decode`, where only a map will do."""
    value = decode(data)
    if not isinstance(value, dict):
        raise Malformed("the CBOR value is not a map")
    return value


def encode(value: Value) -> bytes:
    """The CBOR encoding of plain data; maps keep their order."""
    return cbor2.dumps(value)


def date_time(text: str) -> cbor2.CBORTag:
    """A `tdate`: RFC 3339 text under tag 0."""
    return cbor2.CBORTag(0, text)


#: Bytes of the head of a byte string, and the shortest and longest content that has such a head.
_BYTE_STRINGS: Final = ((1, 0, 23), (2, 24, 0xFF), (3, 256, 0xFFFF), (5, 65536, 1 << 31))


def padding(size: int) -> dict[Value, Value]:
    """Zero-filled entries `pad` and perhaps `pad2` that take exactly `size` bytes in a map.

    One byte string cannot take every length, because its own length field grows by one or two
    bytes at 24, 256 and 65,536 bytes of content; an empty `pad2` moves `pad` off such a step. The
    map must stay below 24 entries, so that its own head does not grow.

    Raises:
        ValueError: `size` is negative, or 1 to 4: the shortest entry takes 5 bytes.
    """
    if size == 0:
        return {}
    try:
        return {"pad": _zeros(size - len(b"\x63pad"))}
    except ValueError:
        return {"pad2": b"", "pad": _zeros(size - len(b"\x64pad2\x40\x63pad"))}


def _zeros(size: int) -> bytes:
    """A byte string that takes `size` bytes encoded."""
    for head, shortest, longest in (
        (1, 0, 23),
        (2, 24, 0xFF),
        (3, 256, 0xFFFF),
        (5, 65536, 1 << 31),
    ):
        if shortest <= size - head <= longest:
            return bytes(size - head)
    raise ValueError(f"no byte string takes {size} bytes")
