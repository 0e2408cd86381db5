"""What one of three programs refuses is refused here, or explained (`differential`)."""

from __future__ import annotations

from aidisclose.containers import identify
from aidisclose.io.source import BytesSource
from tests.attacks.test_attacks import ATTACKS
from tests.cli.running import ROOT
from tests.interop.differential import (
    ACCEPTED,
    CHANGES,
    EXPLAINED,
    SHORT,
    differences,
    knows,
    other,
    ours,
    reference,
)


def test_what_another_program_refuses_is_refused_or_explained() -> None:
    found = list(differences(SHORT))
    assert [name for name, why in found if not why] == []
    assert {each for _, why in found for each in why} == EXPLAINED.keys() | CHANGES.keys()


def test_what_both_others_accept_is_refused_and_described() -> None:
    text = " ".join((ROOT / "SECURITY.md").read_text().split())
    undescribed, used = [], set()
    for attack in ATTACKS:
        media_type = identify(BytesSource(attack.honest)).media_types[0]
        if not all(knows(name, attack.honest, media_type) for name in ("reference", "other")):
            continue
        if min(reference(attack.forged, media_type), other(attack.forged, media_type)) < 2:
            continue
        if attack.may_stand:
            continue
        assert ours(attack.forged) < 2, attack.name
        why = next((key for key in ACCEPTED if attack.name.startswith(key)), None)
        if why is None:
            undescribed.append(attack.name)
        used.add(why)
    assert undescribed == []
    assert used == ACCEPTED.keys()
    assert [words for words in ACCEPTED.values() if words not in text] == []
