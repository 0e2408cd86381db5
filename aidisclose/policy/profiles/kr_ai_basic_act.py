"""Korea: AI Basic Act, Article 31, with the guidelines of the Ministry of Science and ICT.

It addresses businesses that offer AI or services with it, not those who only use them. Fines are
suspended for at least a year from 2026-01-22; the duties apply.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from aidisclose.policy import sources
from aidisclose.policy.checks import disclosed, labelled_unless_artistic
from aidisclose.policy.evidence import Evidence
from aidisclose.policy.premises import ai_content, every, realistic
from aidisclose.policy.rule import ERROR, Edition, Profile, Rule, Verdict, undetermined
from aidisclose.policy.sources import Addressee

_SINCE: Final = date(2026, 1, 22)


def _indicated(evidence: Evidence) -> Verdict:
    if evidence.direct and not evidence.carriers:
        return undetermined("only a visible label is declared, which a file does not show")
    return disclosed(evidence)


PROFILE: Final = Profile(
    "kr-ai-basic-act",
    "Korea, AI Basic Act, Article 31",
    (Edition("2026-01-22", _SINCE, "in force; no fines for at least a year"),),
    (
        Rule(
            id="KR-001",
            source=sources.KOREA,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="output says that generative AI made it",
            citation="AI Basic Act, Art. 31(2)",
            evidence="source types in a manifest and in XMP, AIGC label; `direct` of the record",
            fix="`aidisclose sign FILE --ai generated|composite|edited`; tell users as well",
            check=_indicated,
            premise=ai_content,
            since=_SINCE,
        ),
        Rule(
            id="KR-002",
            source=sources.KOREA,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="what is hard to tell from reality is labelled clearly",
            citation="AI Basic Act, Art. 31(3)",
            evidence="`direct` of the record; inputs realistic, artistic, label-seen",
            fix="put a label on it (`aidisclose label`), or a notice before sound, and record it",
            check=labelled_unless_artistic,
            premise=every(ai_content, realistic),
            since=_SINCE,
        ),
    ),
)
