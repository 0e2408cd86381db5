"""India: synthetically generated information, IT Rules 2021 as amended on 2026-02-10.

It addresses intermediaries whose computer resources make or spread it. The drafts of 2026-03-30 and
2026-04-21 are not law: the rule from them only informs.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from aidisclose.policy import sources
from aidisclose.policy.checks import announced, disclosed, kept_with_labels, labelled
from aidisclose.policy.evidence import Evidence
from aidisclose.policy.premises import (
    ai_content,
    audiovisual,
    every,
    has_before,
    not_assistive,
    realistic,
)
from aidisclose.policy.rule import (
    ERROR,
    INFO,
    WARNING,
    Edition,
    Profile,
    Rule,
    Verdict,
    failed,
    inapplicable,
    undetermined,
)
from aidisclose.policy.sources import Addressee

_SINCE: Final = date(2026, 2, 20)
_RULE: Final = "IT Rules 2021, rule 3(3), inserted by G.S.R. 120(E)"
#: Editing, formatting and enhancing in good faith that misleads nobody does not count.
_SYNTHETIC: Final = every(audiovisual, not_assistive, ai_content, realistic)


def _notified(evidence: Evidence) -> Verdict:
    is_sound = evidence.report.media_type.startswith("audio/")
    return announced(evidence) if is_sound else labelled(evidence)


def _identified(evidence: Evidence) -> Verdict:
    if evidence.is_valid:
        return undetermined(
            "the manifest has an identifier and a signer; whether they mean your computer "
            "resource, you have to say"
        )
    return failed("nothing identifies the computer resource that made it")


def _throughout(evidence: Evidence) -> Verdict:
    if not evidence.report.media_type.startswith("video/"):
        return inapplicable("it is not a video")  # the draft speaks of what is seen
    if not evidence.direct:
        return failed("no label or notice is declared")
    ranged = [item for item in evidence.direct if item.get("end") is not None]
    if len(ranged) == len(evidence.direct):
        return failed("every label or notice is declared for a part of the duration only")
    return undetermined("a label is declared; how long it is shown, a file does not show")


PROFILE: Final = Profile(
    "in-it-rules",
    "India, synthetically generated information",
    (Edition("2026-02-20", _SINCE, "G.S.R. 120(E) in force"),),
    (
        Rule(
            id="IN-001",
            source=sources.INDIA,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="it is labelled prominently, or begins with a spoken notice",
            citation=_RULE,
            evidence="`direct` of the record and its pixels; inputs realistic, label-seen",
            fix="put a label on it (`aidisclose label`), or a notice before sound, and record it",
            check=_notified,
            premise=_SYNTHETIC,
            since=_SINCE,
        ),
        Rule(
            id="IN-002",
            source=sources.INDIA,
            addressee=Addressee.PROVIDER,
            severity=ERROR,
            title="it has permanent metadata or another mark of provenance",
            citation=_RULE,
            evidence="source types in a valid manifest and in XMP, AIGC label; input realistic",
            fix="`aidisclose sign FILE --ai generated|composite|edited`",
            check=disclosed,
            premise=_SYNTHETIC,
            since=_SINCE,
        ),
        Rule(
            id="IN-003",
            source=sources.INDIA,
            addressee=Addressee.PROVIDER,
            severity=WARNING,
            title="the computer resource that made it is identified",
            citation=_RULE,
            evidence="identifier and signer of a valid manifest; input realistic",
            fix="sign with a certificate that names your organization",
            check=_identified,
            premise=_SYNTHETIC,
            since=_SINCE,
        ),
        Rule(
            id="IN-004",
            source=sources.INDIA,
            addressee=Addressee.PLATFORM,
            severity=ERROR,
            title="label and metadata are not removed or changed",
            citation=_RULE,
            evidence="the file before and after, and its labels; input label-seen",
            fix="let the step keep metadata",
            check=kept_with_labels,
            premise=every(audiovisual, has_before),
            since=_SINCE,
            is_about_step=True,
        ),
        Rule(
            id="IN-005",
            source=sources.INDIA_DRAFT,
            addressee=Addressee.PROVIDER,
            severity=INFO,
            title="the label is shown for the whole duration (draft)",
            citation="draft of 2026-04-21, rule 3(3)(a)(ii)",
            evidence="`start` and `end` of `direct` in the record; input realistic",
            fix="nothing yet: it is a draft",
            check=_throughout,
            premise=_SYNTHETIC,
        ),
    ),
)
