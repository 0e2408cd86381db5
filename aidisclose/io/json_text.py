"""JSON texts that strangers wrote (RFC 8259), decoded within limits of size, values and depth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from aidisclose import limits

#: What stands before every value but the outermost, and every name.
_BEFORE_VALUES: Final = "[{,:"


def decode(
    text: bytes | str,
    *,
    most: int = limits.JSON_TEXT,
    parse_constant: Callable[[str], object] | None = None,
) -> Any:
    """The value of a JSON text, as `json.loads` has it.

    Arguments:
        text: The text, or its encoding.
        most: Its length at most.
        parse_constant: Gets NaN and infinities; as they are without.

    Raises:
        ValueError: It is not JSON, is longer, nests too deeply, or holds too many values.
    """
    if len(text) > most:
        raise ValueError(f"longer than {most}")
    if _values(text) > limits.JSON_VALUES:
        raise ValueError(f"more than {limits.JSON_VALUES} values")
    import json  # a cold `verify` reads none

    try:
        return json.loads(text, parse_constant=parse_constant)
    except RecursionError:
        raise ValueError("it nests too deeply") from None


def _values(text: bytes | str) -> int:
    """The number of values, or more: text may hold the characters that are counted."""
    if isinstance(text, str):
        return 1 + sum(map(text.count, _BEFORE_VALUES))
    return 1 + sum(map(text.count, _BEFORE_VALUES.encode()))
