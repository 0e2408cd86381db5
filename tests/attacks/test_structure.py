"""Whatever is changed in a store: the state falls, or every output says what it said before."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.attacks import structure
from tests.attacks.structure import LINEAGES, Change, Subject

#: Of the changes that are tried by `python -m tests.attacks.structure`, one in so many is here; two
#: primes, so that no kind of change is always missed.
_CHANGES = 7
_FLIPS = 293
BOUND = structure.bound()


def sample(changes: Iterator[Change], step: int) -> Iterator[Change]:
    return itertools.islice(changes, 0, None, step)


def problems(subject: Subject, changes: Iterator[Change]) -> list[str]:
    return [problem for change in changes if (problem := structure.unlike(subject, change))]


@pytest.mark.parametrize("make", LINEAGES, ids=lambda make: make.__name__)
def test_boxes_of_a_lineage(make: Callable[[], Subject]) -> None:
    subject, other = make(), structure.ingredients()
    changes = structure.changes(subject.store, other.store)
    assert problems(subject, sample(changes, _CHANGES)) == []


@pytest.mark.parametrize("make", LINEAGES, ids=lambda make: make.__name__)
def test_bytes_of_a_lineage(make: Callable[[], Subject]) -> None:
    subject = make()
    assert problems(subject, sample(structure.flips(subject.store), _FLIPS)) == []


@pytest.mark.parametrize("subject", BOUND, ids=lambda subject: subject.name)
def test_boxes_in_every_container(subject: Subject) -> None:
    changes = structure.changes(subject.store, structure.ingredients().store)
    assert problems(subject, sample(changes, 5 * _CHANGES)) == []


@pytest.mark.parametrize("subject", BOUND, ids=lambda subject: subject.name)
def test_bytes_in_every_container(subject: Subject) -> None:
    assert problems(subject, sample(structure.flips(subject.store), 7 * _FLIPS)) == []
