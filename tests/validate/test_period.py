"""Periods of time, and versions, out of files that anybody may have written."""

from __future__ import annotations

import pytest

from aidisclose.validate import actions
from aidisclose.validate.period import is_reversed


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", True),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", False),
        ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", False),
        ("2026-01-01T00:00:00+01:00", "2025-12-31T22:59:59Z", True),
        ("2026-01-01T00:00:00+01:00", "2025-12-31T23:00:00Z", False),
        ("2026-01-01T00:00:00", "2025-12-31T23:59:59Z", True),
        ({"value": "2026-01-02"}, {"value": "2026-01-01"}, True),
        ({}, "2026-01-01", False),
        ("2026-01-01", None, False),
        ("2026-01-01", "never", False),
        ("never", "2026-01-01", False),
        (2, 1, False),
    ],
)
def test_periods_that_end_before_they_start(start: object, end: object, expected: bool) -> None:
    assert is_reversed(start, end) is expected


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("2.5", (2, 5)),
        ("2.5.1", (2, 5)),
        ("2", (2,)),
        ("9999.0", (9999, 0)),
        ("10000.5", (5,)),
        ("2.x", (2,)),
        ("٢.5", (5,)),
        ("", ()),
    ],
)
def test_numbers_of_a_version(version: str, numbers: tuple[int, ...]) -> None:
    assert actions._numbers(version) == numbers
