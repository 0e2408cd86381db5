"""Rules across all profiles: statements in several places must agree and survive."""

from __future__ import annotations

from datetime import date
from typing import Final

from aidisclose.manifest import softbinding
from aidisclose.manifest.declared import AI
from aidisclose.policy import sources
from aidisclose.policy.checks import agree, kept_with_labels
from aidisclose.policy.evidence import Evidence
from aidisclose.policy.premises import has_before, has_record
from aidisclose.policy.rule import (
    ERROR,
    Edition,
    Profile,
    Rule,
    Verdict,
    failed,
    passed,
    undetermined,
    warned,
)
from aidisclose.policy.sources import Addressee
from aidisclose.validate.state import Integrity
from aidisclose.validate.watermarks import Presence


def _claimed(evidence: Evidence) -> Verdict:
    listed = evidence.record.get("indirect")
    names = [_method(item) for item in listed] if isinstance(listed, list) else []
    if not names:
        return undetermined("the record lists no methods")
    found = {name: _is_found(name, evidence) for name in names}
    if missing := [name for name, is_there in found.items() if is_there is False]:
        return failed(
            "the record lists {missing}, which the file does not have", missing=", ".join(missing)
        )
    if unknown := [name for name, is_there in found.items() if is_there is None]:
        return undetermined("a file cannot show {unknown}", unknown=", ".join(unknown))
    return passed("found all that the record lists: {names}", names=", ".join(names))


def _method(item: object) -> str:
    return str(item.get("type")) if isinstance(item, dict) else str(item)


#: What a detector shows; a declaration is taken at its word where there is none.
_SEEN: Final = {
    Presence.PRESENT: True,
    Presence.UNDETERMINED: True,
    Presence.ABSENT: False,
    Presence.DIFFERENT: False,
}


def _is_found(name: str, evidence: Evidence) -> bool | None:
    """Whether a method is in the file, None if that cannot be seen."""
    kinds = {softbinding.ALGORITHMS.get(alg) for alg in evidence.soft_bindings}
    if name == "c2pa":
        return evidence.is_valid
    if name == softbinding.WATERMARK:
        presence = evidence.watermark(is_registered=False)
        return name in kinds if presence is None else _SEEN[presence]
    if name == softbinding.FINGERPRINT:
        return name in kinds
    if name in ("metadata", "xmp"):
        return bool(evidence.source_types)
    if name == "comment":
        return bool(evidence.marks.comments)
    return bool(evidence.marks.labels) if name == "aigc" else None


def _premise(evidence: Evidence) -> Verdict:
    """Compare the user's statements with the file's; neither answers for the other."""
    if evidence.refuted:
        name, why = next(iter(evidence.refuted.items()))
        return failed(
            "you state {name}={value}, but the file says: {why}",
            name=name,
            value=evidence.inputs[name],
            why=why,
        )
    stated = evidence.inputs.get("ai")
    if stated is None:
        return undetermined("nothing was stated about AI")
    if stated == "no" and evidence.carriers:
        return failed(
            "you state ai=no, but {carriers} says that AI was used",
            carriers=", ".join(evidence.carriers),
        )
    if stated != "no" and evidence.denies_ai:
        return failed(
            "you state ai={stated}, but the manifest says that no AI was used", stated=stated
        )
    if said := _other_part(stated, evidence):
        return failed(
            "you state ai={stated}, but the manifest says {said}", stated=stated, said=said
        )
    denial = next((each for each in evidence.statements if each.is_ai is False), None)
    if stated != "no" and denial and not evidence.carriers:  # unsigned: it may be of a template
        return warned(
            "you state ai={stated}, but {who} ({what}) says none was used",
            stated=stated,
            who=denial.who,
            what=denial.what,
        )
    if stated == "no" and evidence.marks.hints and not evidence.carriers:
        hint = evidence.marks.hints[0]
        return warned(
            "you state ai=no, but {generator} left traces ({place})",
            generator=hint.generator,
            place=hint.place,
        )
    odd = next((each for each in evidence.marks.labels if each.fields is None), None)
    if stated == "no" and odd:
        return warned(
            "you state ai=no, but the AIGC label in {place} cannot be read",
            place=odd.place,
        )
    if stated == "no" and evidence.declared.is_disputed:
        return failed("something in the file says otherwise, or leaves open whether AI was used")
    return passed("nothing in the file contradicts ai={stated}", stated=stated)


def _other_part(stated: str, evidence: Evidence) -> str:
    """The part of AI that the manifest declares, if that is another than is stated.

    Whether something was composed or edited with AI, one can see differently: both say in part.
    """
    said = evidence.declared.ai
    if not evidence.ai_actions or stated == "yes" or said in (AI.NONE, AI.UNDECLARED):
        return ""
    return said.value if (said is AI.GENERATED) != (stated == "generated") else ""


def _order(evidence: Evidence) -> Verdict:
    integrity = evidence.report.integrity
    if integrity is Integrity.ALTERED:
        return failed("the file is not what was signed")
    if integrity is Integrity.INTACT:
        return passed("nothing was written after signing")
    if integrity is Integrity.PARTIAL:
        return undetermined("the signature does not cover all of the file")
    return undetermined("nothing was signed")


PROFILE: Final = Profile(
    "cross",
    "Agreement between carriers",
    (Edition("1", date(2026, 8, 2), "with every other profile"),),
    (
        Rule(
            id="X-001",
            source=sources.OWN,
            addressee=Addressee.ANYONE,
            severity=ERROR,
            title="carriers do not contradict each other",
            citation="IPTC Digital Source Type 2024-10-23; C2PA 2.5 §16.11.3; GB 45438-2025",
            evidence="source types in actions and XMP, AIGC label, traces of generators",
            fix="write all carriers in one step: `aidisclose sign` with --ai",
            check=agree,
        ),
        Rule(
            id="X-002",
            source=sources.OWN,
            addressee=Addressee.ANYONE,
            severity=ERROR,
            title="methods that are claimed are in the file",
            citation="aidisclose record of a disclosure",
            evidence="`indirect` of the record, against what is found",
            fix="sign again, so that the record is computed from the file",
            check=_claimed,
            premise=has_record,
        ),
        Rule(
            id="X-003",
            source=sources.OWN,
            addressee=Addressee.PLATFORM,
            severity=ERROR,
            title="a processing step keeps every disclosure",
            citation="EU Code of Practice on AI-generated content, measure 1.2",
            evidence="the file before and after; input label-seen",
            fix="let the step keep metadata, or sign its result with the source as --parent",
            check=kept_with_labels,
            premise=has_before,
            is_about_step=True,
        ),
        Rule(
            id="X-004",
            source=sources.OWN,
            addressee=Addressee.ANYONE,
            severity=ERROR,
            title="nothing is written after signing",
            citation="C2PA 2.5 §14",
            evidence="hash of the content",
            fix="write XMP and labels first, then the watermark, and sign last",
            check=_order,
        ),
        Rule(
            id="X-005",
            source=sources.OWN,
            addressee=Addressee.ANYONE,
            severity=ERROR,
            title="what is stated agrees with the file",
            citation="this program: a statement does not change what a file shows",
            evidence="the input `ai`, against source types in the manifest and in XMP, and labels; "
            "advertisement, artistic, assistive, depicts-person, material and realistic against "
            "actions and the record",
            fix="correct the statement, or sign the file again with what is true",
            check=_premise,
        ),
    ),
)
