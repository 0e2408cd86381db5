"""No forged segment of a live stream is taken for what its signer made."""

from __future__ import annotations

from typing import Final

import pytest

import aidisclose as ad
from aidisclose.validate.codes import CODES, StatusKind
from tests.attacks import streams
from tests.attacks.streams import KEY, Interruption, StreamAttack
from tests.manifest import build
from tests.manifest.build import TRUST
from tests.validate.stream import NOW, init, segment

ATTACKS: Final = tuple(streams.attacks())


def name(attack: StreamAttack) -> str:
    return attack.name


@pytest.mark.parametrize("attack", ATTACKS, ids=name)
def test_a_forged_segment_is_invalid(attack: StreamAttack) -> None:
    if attack.honest:
        honest = ad.verify_stream(attack.honest, trust=TRUST, at=NOW)
        assert honest.state is ad.State.TRUSTED, honest
    last = ad.verify_stream(attack.forged, trust=TRUST, at=NOW).segments[-1]
    assert last.state is ad.State.INVALID
    assert last.sequence is None
    assert any(attack.says in item.explanation for item in last.failures), last.failures
    for each in last.failures:
        assert CODES[each.code].kind is StatusKind.FAILURE
        assert each.explanation
        assert not each.url or each.url.startswith("self#jumbf=")


def test_another_stream_of_the_same_signer_is_said() -> None:
    one, two = init(KEY), init(KEY, number=2)
    first, last = segment(1, KEY), segment(3, KEY)
    theirs = segment(2, KEY, label=build.label(2))
    labels = (build.label(1), build.label(2))
    for files in ((one, two, first, theirs, last), (one, first, two, last)):
        found = ad.verify_stream(files, trust=TRUST, at=NOW)
        assert found.state is ad.State.TRUSTED
        assert found.manifests == labels
    alone = ad.verify_stream((one, first, one, last), trust=TRUST, at=NOW)
    assert alone.manifests == labels[:1]


INTERRUPTIONS: Final = tuple(streams.interruptions())


@pytest.mark.parametrize("kind", INTERRUPTIONS, ids=lambda kind: kind.name)
def test_what_is_put_into_a_stream_stops_nothing(kind: Interruption) -> None:
    files = (*kind.before, *kind.inserted, *kind.after)
    found = [each.state for each in ad.verify_stream(files, trust=TRUST, at=NOW).segments]
    held = [*kind.before, *kind.after]
    assert [state for file, state in zip(files, found, strict=True) if file in held] == (
        [ad.State.TRUSTED] * len(held)
    )
