"""New York: advertisements say that a performer in them is synthetic.

General Business Law §396-b, as amended by S.8420-A (signed 2025-12-11). It prescribes no words. It
exempts sound alone, mere translation, and advertisements for expressive works that use the
performer in the same way; of the last two, no file shows anything.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from aidisclose.policy import sources
from aidisclose.policy.checks import labelled
from aidisclose.policy.evidence import Evidence
from aidisclose.policy.premises import advertised, audiovisual, every
from aidisclose.policy.rule import ERROR, Edition, Profile, Rule, Verdict, inapplicable
from aidisclose.policy.sources import Addressee

_SINCE: Final = date(2026, 6, 9)


def _visual(evidence: Evidence) -> Verdict | None:
    if evidence.report.media_type.startswith("audio/"):
        return inapplicable("sound alone is exempt")
    return None


PROFILE: Final = Profile(
    "us-ny-ads",
    "New York, synthetic performers in advertisements",
    (Edition("2026-06-09", _SINCE, "takes effect"),),
    (
        Rule(
            id="NY-001",
            source=sources.NEW_YORK,
            addressee=Addressee.DEPLOYER,
            severity=ERROR,
            title="an advertisement with a synthetic performer says so conspicuously",
            citation="N.Y. Gen. Bus. Law §396-b, as amended by S.8420-A",
            evidence="`direct`, `purpose` of the record; inputs advertisement, "
            "synthetic-performer, label-seen",
            fix="put a label on it (`aidisclose label`) and record it",
            check=labelled,
            premise=every(audiovisual, _visual, advertised),
            since=_SINCE,
        ),
    ),
)
