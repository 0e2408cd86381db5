"""The budget of checks of signatures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aidisclose import limits
from aidisclose.errors import LimitExceeded
from aidisclose.trust.budget import Budget
from tests.trust import pki


def paid(budget: Budget, size: int) -> int:
    """How many checks with a key of this size can be paid for."""
    signer = pki.signer().certificate
    signer = replace(signer, key_info=signer.key_info._replace(size=size))
    for count in range(limits.SIGNATURE_CHECKS + 1):
        try:
            budget.spend(signer)
        except LimitExceeded:
            return count
    raise AssertionError("a budget without end")


@pytest.mark.parametrize(
    ("size", "cost"),
    [(0, 1), (2_048, 1), (4_095, 1), (4_096, 2), (8_191, 2), (8_192, 5), (16_384, 17)],
)
@pytest.mark.parametrize("checks", [0, 1, 2, 16, 17, 18, 34])
def test_a_check_costs_more_the_longer_the_key_is(checks: int, size: int, cost: int) -> None:
    """Four times the time for twice the length; keys of usual length cost one."""
    assert paid(Budget(checks), size) == checks // cost


@pytest.mark.parametrize("checks", [0, 1, 2, 7])
def test_a_check_by_no_certificate_costs_one(checks: int) -> None:
    budget = Budget(checks)
    for _ in range(checks):
        budget.take()
    with pytest.raises(LimitExceeded, match=r"too many signatures and certificates to check$"):
        budget.take()


def test_several_checks_are_paid_for_at_once_or_not_at_all() -> None:
    budget = Budget(5)
    budget.take(5)
    budget.take(0)
    with pytest.raises(LimitExceeded):
        budget.take(1)
    assert paid(Budget(), 0) == limits.SIGNATURE_CHECKS
