"""Every step of a decision about a signer, word for word, with its facts."""

from __future__ import annotations

import pytest

from tests import told
from tests.validate.explained import CASES, FILE, explained

TOLD = told.read(FILE)


@pytest.mark.parametrize("name", CASES)
def test_exactly_this_is_explained(name: str) -> None:
    assert explained(name) == TOLD[name], told.renew("tests.validate.explained")


def test_nothing_else_is_stored() -> None:
    assert TOLD.keys() == CASES.keys()
