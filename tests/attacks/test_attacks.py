"""No forgery is taken for what somebody signed; what they did sign, is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import pytest

import aidisclose as ad
from tests.attacks import nested_signature
from tests.attacks.attack import Attack, judge

KINDS: Final[tuple[Callable[[], Iterator[Attack]], ...]] = (
    nested_signature.attacks,
    nested_signature.update_attacks,
)

#: What is accepted still, by name, with the finding.
OPEN: Final[dict[str, str]] = {}

ATTACKS: Final = tuple(attack for kind in KINDS for attack in kind())
each_attack = pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)


@each_attack
def test_the_honest_file_is_trusted(attack: Attack) -> None:
    verdict = judge(attack.honest)
    assert verdict.state is ad.State.TRUSTED, verdict.reasons
    assert verdict.integrity == attack.integrity


@each_attack
def test_the_forged_file_is_not(attack: Attack) -> None:
    honest, forged = judge(attack.honest), judge(attack.forged)
    if attack.succeeds(forged):
        assert attack.may_stand
        assert forged.statement == honest.statement, forged.statement
    else:
        assert attack.says in forged.reasons, forged.reasons


def test_names_are_unique() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
