"""What is said of actors, word for word: people act by it."""

from __future__ import annotations

import pytest

import aidisclose as ad
from tests import told
from tests.identity.said import FILE, lines
from tests.identity.test_codes import CASES, NOW
from tests.manifest.build import TRUST

SAID = told.read(FILE)


@pytest.mark.parametrize("name", CASES)
def test_every_status_has_its_place_and_its_reason(name: str) -> None:
    case = CASES[name]
    report = ad.verify(case.data(), trust=TRUST | case.trust, at=NOW)
    assert list(lines(report)) == SAID[name], told.renew("tests.identity.said")
