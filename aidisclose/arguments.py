"""Arguments of the Python API, refused at the door: a mistake is told where it was made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from aidisclose.errors import UsageError

T = TypeVar("T")


def single(name: str, value: object, kind: type, noun: str) -> None:
    """Refuse a value of another type; None is left out.

    Arguments:
        name: Of the argument.
        value: Its value.
        kind: The type that it has to have.
        noun: That type in words, with an article.

    Raises:
        TypeError: It has another one.
    """
    if value is not None and not isinstance(value, kind):
        raise TypeError(f"{name} is {noun} or None, not {value!r:.80}")


def several(name: str, values: object, kind: type[T], noun: str) -> tuple[T, ...]:
    """All of some values, each of a type.

    Arguments:
        name: Of the argument.
        values: The values; a text, bytes or a mapping would be taken apart by mistake.
        kind: The type that each has to have.
        noun: That type in words, in the plural.

    Raises:
        TypeError: It is something else.
    """
    if isinstance(values, Iterable) and not isinstance(values, str | bytes | dict):
        found = tuple(values)
        if all(isinstance(each, kind) for each in found):
            return found
    raise TypeError(f"{name} is a list of {noun}, not {values!r:.80}")


def moment(name: str, value: datetime | None) -> None:
    """Refuse everything but a time with its zone.

    Raises:
        TypeError: It is something else.
        UsageError: It has no time zone.
    """
    if value is None:
        return
    if not isinstance(value, datetime):
        raise TypeError(f"{name} is a datetime with a time zone, not {value!r:.80}")
    if value.tzinfo is None:
        raise UsageError(f"{name} needs a time zone")


def size(name: str, value: int) -> None:
    """Refuse everything but a number of bytes.

    Raises:
        TypeError: It is something else.
    """
    if not isinstance(value, int):
        raise TypeError(f"{name} is a number of bytes, not {value!r:.80}")


def callback(name: str, value: object) -> None:
    """Refuse what cannot be called; None is left out.

    Raises:
        TypeError: It cannot.
    """
    if value is not None and not callable(value):
        raise TypeError(f"{name} is called with a number of bytes; {value!r:.80} cannot be called")
