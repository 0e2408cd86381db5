"""A file that says AI anywhere is not called one that was made without."""

from __future__ import annotations

from typing import Final

import pytest

import aidisclose as ad
from aidisclose.manifest.declared import AI
from tests.attacks import files, overlooked
from tests.attacks.parties import TRUST
from tests.trust.pki import NOW

FILES: Final = dict(overlooked.files_that_say_ai())


def test_a_file_that_only_says_capture_is_made_without_ai() -> None:
    found = files.signed(files.active(assertions=(overlooked._CAPTURED,)))
    assert ad.verify(found, trust=TRUST, at=NOW).disclosure.ai is AI.NONE


@pytest.mark.parametrize("name", FILES)
def test_ai_is_not_overlooked(name: str) -> None:
    report = ad.verify(FILES[name], trust=TRUST, at=NOW)
    assert report.state is ad.State.TRUSTED, report.failures
    said = report.disclosure
    assert said.ai is not AI.NONE or said.contradictions
