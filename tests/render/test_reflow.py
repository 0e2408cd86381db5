"""Lines that are wrapped at a terminal: what stands beside those that follow."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aidisclose.render.renderer import Run, Screen
from aidisclose.render.terminal import reflow

RUN = Run(datetime(2026, 12, 5, tzinfo=UTC), screen=Screen(60))


@pytest.mark.parametrize(
    ("opening", "beside"),
    [
        ("  fail            ", " " * 18),
        ("  undetermined    ", " " * 18),
        ("  lost  ", " " * 8),
        ("  severity       ", " " * 17),
        ("├─ ", "│  "),
        ("│  └─ ", "│     "),
    ],
)
def test_an_opening_is_not_repeated(opening: str, beside: str) -> None:
    text = f"{opening}EU-001: {'many words ' * 12}"
    first, *more = reflow.lines(text, RUN).splitlines()
    assert first.startswith(opening)
    assert more
    for line in more:
        assert line.startswith(beside)
        assert line[len(beside)] != " "
