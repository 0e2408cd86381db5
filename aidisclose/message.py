"""Sentences that can be said in any language: they keep the places of their values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

#: Marks that may end a quotation in a language of ours, and how they stand in it.
_MARKS: Final = {
    ord(mark): mark.encode("unicode_escape").decode() if mark > "~" else r"\x22"
    for mark in '"“”„‟«»‹›「」『』〝〞〟＂'
}

#: A place of a value in a text.
_PLACE: Final = re.compile(r"\{(\w+)\}")


class Message(str):
    """A sentence in English, which knows the values that stand in it.

    Attributes:
        text: The sentence with places, as `str.format` has them. Without values, it is what is
            said as it stands, and may be untrusted.
        values: By the names of the places; untrusted text, or messages themselves.
    """

    __slots__ = ("text", "values")

    text: str
    values: Mapping[str, object]

    def __new__(cls, text: str, /, **values: object) -> Message:
        """The sentence in English, with its values; a message without further values as it is."""
        if isinstance(text, Message) and not values:
            return text
        made = super().__new__(cls, text.format(**values) if values else text)
        made.text = text
        made.values = MappingProxyType(values)
        return made

    @property
    def kind(self) -> str:
        """The text whatever the values are, with those filled in that are messages.

        Words of ours, such as the state of a file, tell two findings apart; names and numbers that
        a file has do not.
        """
        return _PLACE.sub(self._filled, self.text) if self.values else self.text

    def _filled(self, place: re.Match[str]) -> str:
        value = self.values.get(place[1])
        return value.kind if isinstance(value, Message) else place[0]

    def __repr__(self) -> str:
        return f"<Message {self}>"

    def __reduce__(self) -> tuple[Any, ...]:
        # Findings come from other processes; a view of a dictionary cannot.
        return _message, (self.text, dict(self.values))


def within_quotes(text: str) -> str:
    r"""Untrusted text for a place between quotation marks; one in it stands as `\x22`, `\u201d`.

    A name such as `BBC", trusted by "x` would end our quotation, and go on in our words.
    """
    return text.translate(_MARKS)


def _message(text: str, values: dict[str, object]) -> Message:
    return Message(text, **values)
