"""Decoded CBOR and JSON of a store, as a JSON document can hold it."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeVar

import cbor2

from aidisclose import limits
from aidisclose.manifest.store import EmbeddedFile
from aidisclose.validate.status import written_size

_T = TypeVar("_T")

#: Nested JSON of an assertion: CBOR is capped when it is decoded, JSON by Python's own stack.
#: Readers of JSON in other languages stop at 64 to 1,000 levels.
DEPTH: Final = 100
#: What is written around a value, without its indentation.
_AROUND: Final = 8


class Converter:
    """Converts the data of one document, and cuts what exceeds `limits.SHOWN` bytes of it.

    Bytes become base64; tags and numbers that JSON does not have are named.

    Attributes:
        is_cut: Whether something was left out for its size.
    """

    def __init__(self) -> None:
        self._left = limits.SHOWN
        self.is_cut = False

    def convert(self, value: object, depth: int = 0) -> object:
        """One value; "…" where it lies too deep, or there is no room."""
        if depth > DEPTH or not self._has_room(value, depth):
            return self._omitted()
        if value is None or isinstance(value, bool | int | str):
            return value
        # NaN and Infinity are not values of JSON (RFC 8259 §6).
        if isinstance(value, float) and math.isfinite(value):
            return value
        if isinstance(value, dict):
            items = self.while_room(value.items())
            return {
                _name(key, value): self.convert(item, depth + 1)
                for key, item in items
                if self._has_room(key, depth)
            }
        if isinstance(value, list | tuple) and not isinstance(value, EmbeddedFile):
            return [self.convert(item, depth + 1) for item in self.while_room(value)]
        return self._special(value, depth)

    def while_room(self, items: Iterable[_T]) -> Iterator[_T]:
        """The items, up to the one for which there is no room any more."""
        for item in items:
            if self._left < 0:
                self.is_cut = True
                return
            yield item

    def _has_room(self, value: object, depth: int) -> bool:
        size = 0
        if isinstance(value, str):
            size = written_size(value)
        elif isinstance(value, bytes):
            size = len(value) * 4 // 3
        elif isinstance(value, int):
            # Digits of a number: CBOR has numbers of any length (RFC 8949 §3.4.3).
            size = value.bit_length() // 3
        self._left -= size + 2 * depth + _AROUND
        self.is_cut |= self._left < 0
        return self._left >= 0

    def _omitted(self) -> object:
        return "…"

    def _special(self, value: object, depth: int) -> object:
        """A value for which JSON has no form."""
        if isinstance(value, bytes):
            return {"base64": base64.b64encode(value).decode()}
        if isinstance(value, EmbeddedFile):
            described = {"media_type": value.media_type, "name": value.name}
            return {
                **{key: self.convert(text, depth) for key, text in described.items()},
                "size": len(value.content),
            }
        if isinstance(value, cbor2.CBORTag):
            return {"tag": value.tag, "value": self.convert(value.value, depth + 1)}
        return str(value)


def _name(key: object, of: Mapping[object, object]) -> str:
    """A key as text, and another one than those of the map that are text: of 1 and `"1"`, two."""
    if isinstance(key, str):
        return key
    name = str(key)
    while name in of:
        name += " (bytes)" if isinstance(key, bytes) else " (number)"
    return name
