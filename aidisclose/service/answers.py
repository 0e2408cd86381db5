"""Requests to a worker, and its answers: JSON, as a worker is not believed.

A worker parses what strangers made. Should one of them take it over, it can lie about its file; it
cannot make the service run anything.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any, Final

from aidisclose.errors import Malformed
from aidisclose.named import NamedTuple

#: Bytes of the length before every message.
PREFIX: Final = 4


class Fate(StrEnum):
    """The result for a file.

    UNSUPPORTED: its format cannot carry credentials. UNREADABLE: its structure cannot be followed,
    or it breaks a limit. COSTLY: it took too much time or memory. LOST: its worker ended for
    another reason.
    """

    CHECKED = "checked"
    UNSUPPORTED = "unsupported_format"
    UNREADABLE = "unreadable"
    COSTLY = "too_costly"
    LOST = "interrupted"


class WorkerAnswer(NamedTuple):
    """The findings of a worker.

    Attributes:
        outcome: The result for the file.
        state: The C2PA state; empty unless it was checked.
        reason: The reason why it was not, in words.
        document: One result of docs/report.schema.json.
        entry: The line of a detection result.
        article: The result as a part of a page; empty if no page was asked for.
    """

    outcome: Fate
    state: str = ""
    reason: str = ""
    document: dict[str, Any] | None = None
    entry: dict[str, Any] | None = None
    article: str = ""

    def encode(self) -> bytes:
        """The message with its length before it."""
        return encode(self._asdict())


def encode(value: dict[str, Any]) -> bytes:
    """A message with its length before it."""
    text = json.dumps(value).encode()
    return len(text).to_bytes(PREFIX, "big") + text


def decode(message: bytes) -> WorkerAnswer:
    """The answer in a message, without its length.

    Raises:
        Malformed: It is something else.
    """
    try:
        fields = json.loads(message)
        answer = WorkerAnswer(**fields | {"outcome": Fate(fields["outcome"])})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Malformed("the worker answered something else") from None
    is_text = all(isinstance(each, str) for each in (answer.state, answer.reason, answer.article))
    is_data = all(isinstance(each, dict | None) for each in (answer.document, answer.entry))
    if not (is_text and is_data):
        raise Malformed("the worker answered something else")
    return answer
