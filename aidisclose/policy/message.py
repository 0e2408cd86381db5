"""Sentences that can be said in any language: they keep the places of their values."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


class Message:
    """A sentence in English, with the values that stand in it.

    Attributes:
        text: The sentence with places, as `str.format` has them. Without values, it is what is
            said as it stands, and may be untrusted.
        values: By the names of the places; untrusted text, or messages themselves.
    """

    __slots__ = ("text", "values")

    def __init__(self, text: str, /, **values: object) -> None:
        self.text = text
        self.values: Mapping[str, object] = MappingProxyType(values)

    def __str__(self) -> str:
        """The sentence in English."""
        return self.text.format(**self.values) if self.values else self.text

    def __repr__(self) -> str:
        return f"<Message {self}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __reduce__(self) -> tuple[Any, ...]:
        # Findings come from other processes; a view of a dictionary cannot.
        return _message, (self.text, dict(self.values))


def _message(text: str, values: dict[str, object]) -> Message:
    return Message(text, **values)
