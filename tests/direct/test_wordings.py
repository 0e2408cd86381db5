"""Our own labels satisfy our own rules, in every language."""

from __future__ import annotations

import pytest

from aidisclose.direct.wording import WORDINGS
from tests.issuing import Issued
from tests.policy.files import signed, sound


@pytest.mark.parametrize("name", WORDINGS)
def test_no_wording_of_ours_breaks_a_rule(name: str, issued: Issued) -> None:
    wording = WORDINGS[name]
    for text in (wording.generated, wording.modified):
        label = {"type": "label", "text": text, "lang": wording.lang}
        seen = signed(direct=[label]).given(ai="yes", deepfake="yes", realistic="yes")
        heard = signed(sound, direct=[label | {"type": "audible", "start": 0, "end": 1}]).given(
            ai="yes", deepfake="yes", realistic="yes"
        )
        for given, rules in (
            (seen, ("PAI-005", "EU-010", "EU-012", "IN-001", "KR-002", "VN-002")),
            (heard, ("PAI-005", "PAI-013", "EU-011", "EU-012", "IN-001")),
        ):
            for profile in ("pai", "eu-ai-act", "in-it-rules", "kr-ai-basic-act", "vn-ai-law"):
                found = given.judge(profile, issued("es256"), issued("ed25519"))
                for rule in rules:
                    if rule in found:
                        assert found[rule].outcome.value in ("pass", "undetermined"), rule
        if name == "cn":
            found = seen.judge("cn-gb45438", issued("es256"), issued("ed25519"))
            assert found["CN-011"].outcome.value == "undetermined"
