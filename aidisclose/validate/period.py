"""Periods of time that generators declare; they are not compared with any clock."""

from __future__ import annotations

from datetime import UTC, datetime


def is_reversed(start: object, end: object) -> bool:
    """Whether a period ends before it starts; not if one of its times cannot be read.

    Arguments:
        start: RFC 3339 text, or a map with that as its `value` (C2PA 2.5 §16.4.1).
        end: The same.
    """
    first, last = _read(start), _read(end)
    return first is not None and last is not None and last < first


def _read(value: object) -> datetime | None:
    text = value.get("value") if isinstance(value, dict) else value
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    # A time without its zone breaks RFC 3339; in UTC it can be compared, which cannot fail then.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
