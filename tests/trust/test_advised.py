"""Advice about certificates, word for word: people act by it."""

from __future__ import annotations

import pytest

from aidisclose.trust.doctor import Compliance
from tests import told
from tests.trust.advised import CASES, FILE, advised, broken
from tests.trust.test_profile import REQUIRED

SAID = told.read(FILE)


@pytest.mark.parametrize("name", CASES)
def test_exactly_this_is_advised(name: str) -> None:
    assert advised(name) == SAID[name], told.renew("tests.trust.advised")


@pytest.mark.parametrize("number", range(len(REQUIRED)))
def test_exactly_these_rules_are_broken(number: int) -> None:
    assert list(broken(number)) == SAID[f"profile {number}"], told.renew("tests.trust.advised")


def test_nothing_else_is_stored() -> None:
    assert len(SAID) == len(CASES) + len(REQUIRED)


@pytest.mark.parametrize("name", CASES)
def test_something_is_found_only_where_a_rule_does_not_hold(name: str) -> None:
    for each in CASES[name]():
        is_broken = each.outcome in (Compliance.FAILED, Compliance.ADVISED)
        assert bool(each.found) is is_broken, each.rule
