"""Mutated input: every parser gives a value or one of our own errors.

`make fuzz` goes on for longer.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.property.targets import TARGETS, Target, mutate

each_target = pytest.mark.parametrize("target", TARGETS, ids=lambda item: item.name)


@each_target
def test_the_seeds_are_sound(target: Target) -> None:
    """Or mutations would only ever prove what happens to bytes of another kind."""
    assert target.seeds()
    assert all(target.survives(seed) for seed in target.seeds())


@each_target
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(number=st.integers(0, 1 << 32))
def test_mutations_raise_nothing_but_our_own_errors(target: Target, number: int) -> None:
    dice = random.Random(number)
    seeds = target.seeds()
    target.survives(mutate(dice.choice(seeds), dice, seeds))
