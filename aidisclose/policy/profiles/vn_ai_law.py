"""Vietnam: Law on Artificial Intelligence, Article 11, with Decree 142/2026."""

from __future__ import annotations

from datetime import date
from typing import Final

from aidisclose.policy import sources
from aidisclose.policy.checks import disclosed, labelled_unless_artistic
from aidisclose.policy.premises import ai_content, audiovisual, every, not_assistive, realistic
from aidisclose.policy.rule import ERROR, Edition, Profile, Rule
from aidisclose.policy.sources import Addressee

_SINCE: Final = date(2026, 3, 1)
_DECREE_SINCE: Final = date(2026, 5, 1)
_AI_MEDIA: Final = every(audiovisual, not_assistive, ai_content)


PROFILE: Final = Profile(
    "vn-ai-law",
    "Vietnam, Law on Artificial Intelligence, Article 11",
    (
        Edition("2026-03-01", _SINCE, "Law 134/2025/QH15 in force"),
        Edition("2026-05-01", _DECREE_SINCE, "Decree 142/2026 says how to label"),
    ),
    (
        Rule(
            id="VN-001",
            source=sources.VIETNAM,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="AI-generated sound, images and video are marked machine-readably",
            citation="Law 134/2025/QH15, Art. 11",
            evidence="source types in a valid manifest and in XMP, AIGC label",
            fix="`aidisclose sign FILE --ai generated|composite|edited`",
            check=disclosed,
            premise=_AI_MEDIA,
            since=_DECREE_SINCE,
        ),
        Rule(
            id="VN-002",
            source=sources.VIETNAM,
            addressee=Addressee.DEPLOYER,
            severity=ERROR,
            title="what imitates real persons or events is labelled",
            citation="Law 134/2025/QH15, Art. 11(4); Decree 142/2026",
            evidence="`direct` of the record; inputs realistic, assistive, artistic, label-seen",
            fix="put a label on it (`aidisclose label`), or a notice before sound, and record it",
            check=labelled_unless_artistic,
            premise=every(_AI_MEDIA, realistic),
            since=_SINCE,
        ),
    ),
)
