"""A file that shows something from outside is not called intact: nobody signed what is shown."""

from __future__ import annotations

from typing import Final

import pytest

import aidisclose as ad
from tests.attacks import outside
from tests.attacks.attack import judge

FILES: Final = dict(outside.shows())


@pytest.mark.parametrize("name", FILES)
def test_content_from_outside_is_not_called_intact(name: str) -> None:
    verdict = judge(FILES[name])
    assert verdict.state is ad.State.TRUSTED, verdict.reasons
    assert verdict.integrity == "partial"
