"""What is said of actors, word for word: people act by it."""

from __future__ import annotations

import pytest

from tests import told
from tests.identity.said import FILE, REPORTS, lines

SAID = told.read(FILE)


@pytest.mark.parametrize("name", REPORTS)
def test_every_status_has_its_place_and_its_reason(name: str) -> None:
    assert list(lines(REPORTS[name]())) == SAID[name], told.renew("tests.identity.said")
