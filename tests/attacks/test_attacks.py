"""No forgery is taken for what somebody signed; what they did sign, is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import pytest

import aidisclose as ad
from aidisclose.manifest.declared import Declared
from tests.attacks import (
    believed,
    certificates,
    claims,
    exclusions,
    frames,
    misled,
    nested_signature,
    offsets,
    parted,
    rearranged,
    rebuilt,
    redaction,
    scanned,
    shadow,
    swallowed,
    updates,
    written_updates,
)
from tests.attacks.attack import Attack, Verdict, judge

KINDS: Final[tuple[Callable[[], Iterator[Attack]], ...]] = (
    nested_signature.attacks,
    nested_signature.update_attacks,
    believed.attacks,
    redaction.attacks,
    updates.attacks,
    written_updates.attacks,
    swallowed.attacks,
    shadow.attacks,
    shadow.index_attacks,
    shadow.padding_attacks,
    offsets.attacks,
    exclusions.attacks,
    rearranged.attacks,
    rearranged.gap_attacks,
    rebuilt.attacks,
    scanned.attacks,
    frames.attacks,
    misled.attacks,
    parted.attacks,
    certificates.attacks,
    certificates.seal_attacks,
    claims.attacks,
)

ATTACKS: Final = tuple(attack for kind in KINDS for attack in kind())
#: Of several attacks on one file, the first.
HONEST: Final = tuple({attack.honest: attack for attack in reversed(ATTACKS)}.values())


def name(attack: Attack) -> str:
    return attack.name


@pytest.mark.parametrize("attack", HONEST, ids=name)
def test_the_honest_file_is_trusted(attack: Attack) -> None:
    verdict = judge(attack.honest)
    assert verdict.state is ad.State.TRUSTED, verdict.reasons
    assert verdict.integrity == attack.integrity


@pytest.mark.parametrize("attack", ATTACKS, ids=name)
def test_the_forged_file_is_not(attack: Attack) -> None:
    honest, forged = judge(attack.honest), judge(attack.forged)
    if attack.succeeds(forged):
        assert attack.may_stand
        assert _without_doubts(forged) == _without_doubts(honest), forged.statement
    else:
        assert attack.says in forged.reasons, forged.reasons


def _without_doubts(verdict: Verdict) -> object:
    """What is said; that more could not be read takes nothing for what was signed."""
    statement = verdict.statement
    return statement._replace(unread=()) if isinstance(statement, Declared) else statement


def test_names_are_unique() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
