"""CBOR (RFC 8949), decoded strictly: what two readers could understand differently is refused."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
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

#: Characters of a message of cbor2, which may repeat what the file says.
_REASON: Final = 200

#: What stands before every value of JSON but the outermost, and every name.
_BEFORE_VALUES: Final = (b"[", b"{", b",", b":")

#: Types of values, from the third on.
_BYTES, _TEXT, _ARRAY, _MAP, _TAG, _OTHER = range(2, 8)
#: Values in a container of unknown length: more than there can be, and even.
_UNTIL_BREAK: Final = 1 << 70


def _keep_tag(tag: int, value: Value, _immutable: bool) -> cbor2.CBORTag:
    return cbor2.CBORTag(tag, value)


def _keep_unknown(tag: cbor2.CBORTag, _immutable: bool) -> cbor2.CBORTag:
    """The tag around plain data: below one that it does not know, cbor2 freezes lists and maps."""
    return cbor2.CBORTag(tag.tag, _thawed(tag.value))


def _thawed(value: Value) -> Value:
    # What is below a further tag was thawed with that.
    if isinstance(value, tuple):
        return [_thawed(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _thawed(item) for key, item in value.items()}
    return value


def _drop_tag(value: Value, _immutable: bool) -> Value:
    return value


def _refuse_tag(tag: int, _value: Value, _immutable: bool) -> Value:
    raise ValueError(f"tag {tag} (shared reference) is not allowed")


_DECODERS: Final[dict[int, Callable[[Value, bool], Value]]] = {
    **{tag: partial(_keep_tag, tag) for tag in _PLAIN_TAGS},
    **{tag: partial(_refuse_tag, tag) for tag in _REFERENCE_TAGS},
    **dict.fromkeys(_TEXT_TAGS, _drop_tag),
}


class ValueBudget:
    """The number of values that the data of one file may still hold, and the bytes of it.

    Decoded data takes up to a hundred times the memory of its encoding, and a file may hold it in a
    hundred thousand places.
    """

    __slots__ = ("_left", "_size", "_uncounted")

    def __init__(self) -> None:
        self._left = limits.CBOR_VALUES
        self._size = limits.DECODED_SIZE
        self._uncounted = limits.CBOR_UNCOUNTED

    def spend(self, count: int) -> None:
        """Pay for `count` values.

        Raises:
            Malformed: There are not as many left, now or at any time before.
        """
        self._left -= count
        if self._left < 0:
            raise Malformed(f"the file holds more than {limits.CBOR_VALUES} values")

    def spend_size(self, data: bytes) -> None:
        """Pay for the bytes of an encoding.

        Raises:
            Malformed: There are not as many left, now or at any time before.
        """
        self._size -= len(data)
        if self._size < 0:
            reason = f"the file holds more than {limits.DECODED_SIZE} bytes of CBOR and JSON"
            raise Malformed(reason)

    def spend_json(self, text: bytes) -> None:
        """Pay for the values of a JSON text, which are not made.

        They are counted too high where text holds the characters that stand before values:
        decoding it first would cost the memory.

        Raises:
            Malformed: As `spend` and `spend_size`.
        """
        self.spend_size(text)
        self.spend(1 + sum(map(text.count, _BEFORE_VALUES)))

    def spend_encoded(self, data: bytes) -> None:
        """Pay for a CBOR encoding and its values, which are not made.

        Raises:
            Malformed: As `spend` and `spend_size`, or `data` is not well-formed.
        """
        self.spend_size(data)
        self.spend(0)
        if len(data) <= self._uncounted:  # each takes a byte at least
            self._uncounted -= len(data)
            return
        # Counting is paid for too, whatever ends it: each of a hundred texts, and each attempt to
        # read it, could otherwise be counted to the limit.
        count, problem = _survey(data, most=self._left)
        self._left -= count
        if problem is not None:
            raise problem


def decode(data: bytes, *, padded: bool = False, values: ValueBudget | None = None) -> Value:
    """The one value that `data` encodes.

    Arguments:
        data: The encoding.
        padded: Whether zero bytes may follow it.
        values: The values that its file may still hold; None if that holds nothing else.

    Raises:
        Malformed: It is not well-formed CBOR, holds a map with a key twice or with a key that is
            neither an integer, bytes nor text, nests too deeply, holds too many values, shares
            references, or is followed by further bytes.
    """
    (values or ValueBudget()).spend_encoded(data)
    stream = io.BytesIO(data)
    try:
        value = _decode(stream, only_strings=True)
    except Malformed:
        # COSE has integers as keys. cbor2 allows them only together with lists and the like, of
        # which a file could bring a million with the same hash: each is compared with all others.
        _, problem = _survey(data, most=limits.CBOR_VALUES)
        if problem is not None:
            raise problem from None
        stream.seek(0)
        value = _decode(stream, only_strings=False)
    # Bytes that nobody reads could differ in two files with one meaning. Zeros after a Merkle proof
    # are BMFF padding.
    if stream.tell() != len(data) and not (padded and not any(data[stream.tell() :])):
        raise Malformed("bytes follow the CBOR value", stream.tell())
    return value


def _decode(stream: io.BytesIO, *, only_strings: bool) -> Value:
    """The next value of a stream; `only_strings` refuses all other keys of maps."""
    decoder = cbor2.CBORDecoder(
        stream,
        max_depth=limits.CBOR_DEPTH,
        allow_duplicate_keys=False,
        strict_hashable_types=only_strings,
        semantic_decoders=_DECODERS,
        tag_hook=_keep_unknown,
    )
    try:
        return decoder.decode()
    except (cbor2.CBORError, ValueError, TypeError, RecursionError, MemoryError) as error:
        reason = str(error.__cause__ or error)
        raise Malformed(f"not well-formed CBOR: {reason[:_REASON]}") from None


def _survey(data: bytes, *, most: int) -> tuple[int, Malformed | None]:
    """Count the values of an encoding without making any, and say what is wrong with it.

    Counts up to `most` values and one more. Refuses keys other than integers, bytes and text.
    Accepts more than `_decode` does, which looks at the rest.
    """
    position = count = 0
    # Of each container around: how many values are left, even before a key; whether it is a map.
    levels = [(1, False)]
    try:
        while count <= most:
            while levels and levels[-1][0] == 0:
                levels.pop()
            if not levels:
                return count, None
            count += 1
            left, is_map = levels.pop()
            start = position
            major, argument, position = _head(data, position)
            if major == _OTHER and argument is None:  # a break ends the container
                continue
            if is_map and left % 2 == 0 and major > _TEXT:
                reason = "a CBOR map key is neither an integer, bytes nor text"
                return count, Malformed(reason, start)
            levels.append((left - 1, is_map))
            if major == _TAG:
                levels.append((1, False))
            elif major in (_ARRAY, _MAP):
                # An entry of an array is one value (major type 4), one of a map is two (5).
                inside = _UNTIL_BREAK if argument is None else argument * (major - _TEXT)
                levels.append((inside, major == _MAP))
            elif argument is None:  # chunks of a string
                levels.append((_UNTIL_BREAK, False))
            elif major in (_BYTES, _TEXT):
                position += argument
            # cbor2 counts neither the data around the value nor the chunks of a string as a level.
            if len(levels) > limits.CBOR_DEPTH + 2:
                return count, Malformed("CBOR values nest too deeply", start)
    except Malformed as error:
        return count, error
    return count, Malformed(f"more than {limits.CBOR_VALUES} CBOR values", position)


def _head(data: bytes, position: int) -> tuple[int, int | None, int]:
    """Type and argument of the value at `position`, None if it is open-ended; and what follows."""
    initial = data[position : position + 1]
    major, short = divmod(initial[0], 32) if initial else (0, 0)
    width = 1 << (short - 24) if 24 <= short <= 27 else 0
    end = position + 1 + width
    if not initial or end > len(data):
        raise Malformed("not well-formed CBOR: it is cut off", position)
    # 28 to 30 are reserved and read as open-ended here: cbor2, which decodes the same bytes,
    # refuses them (RFC 8949 §3).
    if short < 24:
        return major, short, end
    return major, int.from_bytes(data[position + 1 : end]) if width else None, end


def decode_map(data: bytes, *, values: ValueBudget | None = None) -> dict[Value, Value]:
    """As `decode`, where only a map will do."""
    value = decode(data, values=values)
    if not isinstance(value, dict):
        raise Malformed("the CBOR value is not a map")
    return value


def span(data: bytes, key: str) -> tuple[int, int]:
    """The offsets in the encoding of a map where the value of a key begins and ends.

    Raises:
        Malformed: It is not a map, the key is not there, or lengths are not definite.
        LimitExceeded: The map has too many values.
    """
    major, count, position = _head(data, 0)
    if major != _MAP or count is None:
        raise Malformed("the CBOR value is not a map of definite length")
    # Keys are compared as bytes: a key in a longer encoding is not found, which fails closed.
    wanted = encode(key)
    for _ in range(min(count, limits.CBOR_VALUES)):
        start = position
        position = _skip(data, position)
        is_wanted = data[start:position] == wanted
        start = position
        position = _skip(data, position)
        if is_wanted:
            return start, position
    raise Malformed(f"the CBOR map has no key {key!r}")


def _skip(data: bytes, position: int) -> int:
    """The offset behind the value at `position`."""
    left = 1
    for _ in range(limits.CBOR_VALUES):
        if not left:
            return position
        start = position
        major, argument, position = _head(data, position)
        if argument is None and major != _OTHER:
            raise Malformed("a CBOR value of indefinite length", start)
        left -= 1
        if major in (_BYTES, _TEXT):
            position += argument or 0
        elif major in (_ARRAY, _MAP):
            left += (argument or 0) * (major - _TEXT)
        elif major == _TAG:
            left += 1
        if position > len(data):
            raise Malformed("not well-formed CBOR: it is cut off", start)
    raise Malformed(f"more than {limits.CBOR_VALUES} CBOR values", position)


def encode_deterministic(value: Value) -> bytes:
    """The deterministic encoding (RFC 8949 §4.2.3, the shorter key first).

    Raises:
        TypeError: It is not plain data.
    """
    try:
        # cbor2 calls canonical what RFC 7049 §3.9 did: length first, then the bytes.
        return cbor2.dumps(value, canonical=True)
    except cbor2.CBOREncodeError as error:
        raise TypeError(str(error)) from None


def encode(value: Value) -> bytes:
    """The CBOR encoding of plain data; maps keep their order.

    Raises:
        TypeError: CBOR has no such value.
    """
    try:
        return cbor2.dumps(value)
    except cbor2.CBOREncodeError as error:
        raise TypeError(str(error)) from None


def date_time(text: str) -> cbor2.CBORTag:
    """A `tdate`: RFC 3339 text under tag 0."""
    return cbor2.CBORTag(0, text)


#: Bytes of the head of a byte string, and the shortest and longest content that has such a head.
_BYTE_STRINGS: Final = ((1, 0, 23), (2, 24, 0xFF), (3, 256, 0xFFFF), (5, 65536, 1 << 31))


def padding(size: int, names: tuple[str, str] = ("pad", "pad2")) -> dict[Value, Value]:
    """Zero-filled entries that take exactly `size` bytes in a map.

    One byte string cannot take every length, because its own length field grows by one or two
    bytes at 24, 256 and 65,536 bytes of content; an empty second entry moves the first off such a
    step. The map must stay below 24 entries, so that its own head does not grow.

    Arguments:
        size: The bytes that they take together.
        names: Of the entry that is filled, and of the one that is empty if there must be one.

    Raises:
        ValueError: `size` is negative, or positive and less than the shortest entry takes.
    """
    if size == 0:
        return {}
    first, second = names
    room = size - len(encode(first))
    try:
        return {first: _zeros(room)}
    except ValueError:
        return {second: b"", first: _zeros(room - len(encode(second)) - 1)}


def _zeros(size: int) -> bytes:
    """A byte string that takes `size` bytes encoded."""
    for head, shortest, longest in _BYTE_STRINGS:
        if shortest <= size - head <= longest:
            return bytes(size - head)
    raise ValueError(f"no byte string takes {size} bytes")


def leaves(value: object, *, keys: bool = False) -> Iterator[object]:
    """The values in decoded data that hold no others, and with `keys` the keys of maps.

    Readers pass over the tags of CBOR, so that what they are around is read.
    """
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, cbor2.CBORTag):
            waiting.append(item.value)
        elif isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            waiting += item.values()
            waiting += item if keys else ()
        else:
            yield item
