"""What is said of identity assertions, word for word, and whom they name."""

from __future__ import annotations

import pytest

from tests import told
from tests.identity.said import CASES, FILE, lines

SAID = told.read(FILE)


@pytest.mark.parametrize("name", CASES)
def test_exactly_this_is_said(name: str) -> None:
    assert list(lines(CASES[name])) == SAID[name], told.renew("tests.identity.said")


def test_nothing_else_is_stored() -> None:
    assert SAID.keys() == CASES.keys()
