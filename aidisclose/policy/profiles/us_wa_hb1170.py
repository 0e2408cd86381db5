"""Washington HB 1170: provenance data in what generative AI creates or materially alters.

It has no list of fields as California's law has. It addresses providers of systems with more than
1,000,000 monthly users; who that is, no file shows.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from aidisclose.policy import sources
from aidisclose.policy.checks import disclosed, private
from aidisclose.policy.evidence import Evidence
from aidisclose.policy.premises import ai_content, audiovisual, every, has_manifest
from aidisclose.policy.rule import (
    ERROR,
    WARNING,
    Edition,
    Profile,
    Rule,
    Verdict,
    undetermined,
    warned,
)
from aidisclose.policy.sources import Addressee

_SINCE: Final = date(2027, 2, 1)
_AI_MEDIA: Final = every(audiovisual, ai_content)


def _lasting(evidence: Evidence) -> Verdict:
    if not evidence.is_valid:
        return warned("nothing is signed: the provenance data is easily removed")
    return undetermined("a file cannot show how hard it is to remove its provenance data")


PROFILE: Final = Profile(
    "us-wa-hb1170",
    "Washington HB 1170, provenance data",
    (Edition("2027-02-01", _SINCE, "takes effect"),),
    (
        Rule(
            id="WA-001",
            source=sources.WASHINGTON,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="provenance data shows that AI created or materially altered the content",
            citation="HB 1170, duties of covered providers",
            evidence="source types in a valid manifest and in XMP, AIGC label",
            fix="`aidisclose sign FILE --ai generated|composite|edited`",
            check=disclosed,
            premise=_AI_MEDIA,
            since=_SINCE,
        ),
        Rule(
            id="WA-002",
            source=sources.WASHINGTON,
            addressee=Addressee.PROVIDER,
            severity=WARNING,
            title="provenance data is difficult to remove, as far as is reasonable",
            citation="HB 1170, duties of covered providers",
            evidence="whether it is signed",
            fix="sign the file, and add a watermark before that",
            check=_lasting,
            premise=_AI_MEDIA,
            since=_SINCE,
        ),
        Rule(
            id="WA-003",
            source=sources.WASHINGTON,
            addressee=Addressee.PROVIDER,
            severity=WARNING,
            title="provenance data discloses no personal information",
            citation="HB 1170, duties of covered providers",
            evidence="positions, mail addresses and prompt authors in signed assertions",
            fix="leave them out: what is signed cannot be taken back",
            check=private,
            premise=every(audiovisual, has_manifest),
            since=_SINCE,
        ),
    ),
)
