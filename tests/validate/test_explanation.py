"""Every step of a decision about a signer, word for word, with its facts."""

from __future__ import annotations

import pytest

from tests.validate.explained import CASES, stored, told

TOLD = stored()


@pytest.mark.parametrize("name", CASES)
def test_exactly_this_is_explained(name: str) -> None:
    assert told(name) == TOLD[name]


def test_nothing_else_is_stored() -> None:
    assert TOLD.keys() == CASES.keys()
