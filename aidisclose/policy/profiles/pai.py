"""Partnership on AI: Responsible Practices for Synthetic Media.

A voluntary framework. Its practices are cited by whom they address, not by number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from aidisclose.manifest import record, softbinding
from aidisclose.manifest.source_type import Share
from aidisclose.message import Message
from aidisclose.policy import sources
from aidisclose.policy.checks import agree, disclosed, kept, perceived, private
from aidisclose.policy.evidence import Evidence, find_type, text
from aidisclose.policy.premises import (
    ai_content,
    ai_or_damaged,
    every,
    has_before,
    has_manifest,
    has_record,
    unstated,
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
    passed,
    undetermined,
    warned,
)
from aidisclose.policy.sources import Addressee
from aidisclose.validate.state import Integrity, State
from aidisclose.validate.watermarks import Presence

_SOURCE: Final = "PAI Responsible Practices for Synthetic Media"
#: Techniques that need the consent of somebody.
_OF_PERSONS: Final = ("represent-entity", "misattributed-act")
#: The form of BCP 47 only: whether a subtag is registered would need the registry.
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def _indirect(evidence: Evidence) -> Verdict:
    found = list(evidence.carriers)
    found += ["soft binding"] if evidence.soft_bindings else []
    if found:
        return passed("{count} indirect: {found}", count=len(found), found=", ".join(found))
    return failed("no indirect disclosure is in the file")


def _resists(evidence: Evidence) -> Verdict:
    if evidence.is_valid and evidence.report.integrity is Integrity.PARTIAL:
        return warned("signed, but not bound to all of the content")
    if evidence.is_valid:
        return passed("signed and bound to the content")
    if evidence.report.state >= State.VALID:
        return warned("signed, but nothing shows that this content is what was signed")
    if evidence.report.state is State.INVALID:
        return failed("the manifest is not valid")
    return warned("nothing is signed: anybody can change or remove what is declared")


def _accurate(evidence: Evidence) -> Verdict:
    """The statements of the file agree with each other, and with the premise that AI was used."""
    stated = evidence.inputs.get("ai", "no")
    denial = next((each for each in evidence.statements if each.is_ai is False), None)
    # Where a carrier says that AI was used, the contradiction is within the file, and `agree` says
    # it.
    if stated != "no" and denial and not evidence.carriers:
        return failed(
            "{who} ({what}) says that no AI was used, you state ai={stated}",
            who=denial.who,
            what=denial.what,
            stated=stated,
        )
    return agree(evidence)


def _is_immaterial(evidence: Evidence) -> bool:
    declared = evidence.record.get("material")
    value = declared.get("value") if isinstance(declared, dict) else None
    return (evidence.stated("material") or value) == "no"


def _direct(evidence: Evidence) -> Verdict:
    if _is_immaterial(evidence):
        return inapplicable("the use of AI is said not to be material")
    for item in evidence.direct:
        if item.get("type") not in record.DIRECT:
            return failed("{kind} is not a kind of direct disclosure", kind=repr(item.get("type")))
        if not text(item.get("text")):
            return failed("the {type} has no text", type=item["type"])
        if not _LANGUAGE.fullmatch(text(item.get("lang"))):
            return failed("the {type} does not say its language", type=item["type"])
    return perceived(evidence, evidence.notices, Message("no disclosure to viewers is declared"))


def _consent(evidence: Evidence) -> Verdict:
    techniques = _techniques(evidence)
    is_needed = evidence.inputs.get("depicts-person") == "yes" or any(
        item in _OF_PERSONS for item in techniques
    )
    consent = evidence.record.get("consent")
    status = consent.get("status") if isinstance(consent, dict) else None
    is_claimed = status in ("obtained", "artistic-exception")
    if is_needed and not is_claimed:
        if not isinstance(status, str):
            return failed("persons are represented, but no consent is recorded")
        return failed(
            "persons are represented, but no consent is recorded: it is {status}",
            status=repr(status),
        )
    if is_needed:
        return undetermined("recorded; whether it was given, a file does not show")
    if evidence.stated("depicts-person") == "no" or techniques:
        if is_claimed:
            return warned("consent is recorded, but nobody is said to be represented")
        return passed("nobody is said to be represented")
    return unstated("depicts-person")


def _techniques(evidence: Evidence) -> list[str]:
    listed = evidence.record.get("techniques")
    return [str(item) for item in listed] if isinstance(listed, list) else []


def _policy_url(evidence: Evidence) -> Verdict:
    url = text(evidence.record.get("policy_url"))
    if not url:
        return failed("the record names no published policy")
    # One way to read it: of several, a long one would be read in all.
    found = re.fullmatch(r"https://([^\s/]++)(?:/\S*+)?", url)
    if found and "." in found[1].strip("."):
        return passed("names {url}", url=url)
    return failed("{url} is not an https address", url=repr(url))


def _model(evidence: Evidence) -> Verdict:
    model = evidence.declared.model
    recorded = evidence.record.get("model")
    recorded = recorded if isinstance(recorded, dict) else {}
    name = text(model.name) or text(recorded.get("name"))
    reference = text(model.identifier) or text(recorded.get("id")) or text(recorded.get("card_url"))
    reference = reference or next(
        (text(item.fields.get("informationalURI")) for item in evidence.ingredients), ""
    )
    if not name:
        return failed("no model is named")
    if not reference:
        return failed("{name} has neither an identifier nor the address of a model card", name=name)
    return passed("{name}, {reference}", name=name, reference=reference)


def _uncertainty(evidence: Evidence) -> Verdict:
    values = [*evidence.declared.source_types, *evidence.source_types]
    types = [item for item in map(find_type, values) if item]
    labels = evidence.marks.labels
    doubts = [item.term for item in types if item.share is Share.UNKNOWN]
    doubts += [
        f"AIGC {item.fields['Label']}"
        for item in labels
        if item.fields and item.fields.get("Label") in ("2", "3")
    ]
    if not (types or labels):
        return undetermined("nothing is declared that could be uncertain")
    if not doubts:
        return passed("nothing that is declared leaves open whether AI was used")
    if evidence.record.get("uncertainty"):
        return passed("what is uncertain is explained")
    return failed("{doubts} leaves open whether AI was used, without a note", doubts=doubts[0])


def _durable(evidence: Evidence) -> Verdict:
    kinds = {alg: softbinding.ALGORITHMS.get(alg) for alg in evidence.soft_bindings}
    marked = any(item.name.startswith("c2pa.watermarked") for item in evidence.actions)
    presence = evidence.watermark(is_registered=False)
    if presence is Presence.PRESENT:
        return passed("the watermark that is declared is in the content")
    # A fingerprint leads back to the manifest also where the watermark is gone.
    if presence in (Presence.ABSENT, Presence.DIFFERENT) and softbinding.FINGERPRINT not in (
        kinds.values()
    ):
        return failed("the watermark that is declared is not in the content")
    if softbinding.WATERMARK in kinds.values() or marked:
        return undetermined("a watermark is declared; only its detector shows whether it is there")
    if softbinding.FINGERPRINT in kinds.values():
        return passed("a registered fingerprint leads back to the manifest")
    return failed("no watermark or fingerprint is declared: what is in metadata is easily lost")


def _range(evidence: Evidence) -> Verdict:
    kind = evidence.report.media_type.partition("/")[0]
    if kind not in ("video", "audio"):
        return inapplicable("neither video nor audio")
    wanted = "single-frame" if kind == "video" else "audible"
    found = [each for each in evidence.notices if each.fields.get("type") == wanted]
    ranged = [each for each in found if _is_ranged(each.fields)]
    if found and not ranged:
        return failed("the {wanted} disclosure does not say from when to when", wanted=wanted)
    return perceived(evidence, ranged, Message("no {wanted} disclosure is declared", wanted=wanted))


def _is_ranged(direct: Mapping[object, object]) -> bool:
    start, end = direct.get("start"), direct.get("end")
    return isinstance(start, int | float) and isinstance(end, int | float) and 0 <= start < end


def _harms(evidence: Evidence) -> Verdict:
    techniques = _techniques(evidence)
    unknown = [item for item in techniques if item not in record.TECHNIQUES]
    if unknown:
        return failed("{unknown} is not a technique of the framework", unknown=repr(unknown[0]))
    if not techniques:
        return inapplicable("no technique is declared")
    review = evidence.record.get("harm_review")
    if not (isinstance(review, dict) and review.get("done") is True):
        return failed(
            "{techniques} is declared, but no review of harms is recorded as done",
            techniques=techniques[0],
        )
    return passed("a review of harms is recorded as done")


PROFILE: Final = Profile(
    "pai",
    _SOURCE,
    (Edition("2023-02-27", date(2023, 2, 27), "as published; voluntary"),),
    (
        Rule(
            id="PAI-001",
            source=sources.PAI,
            addressee=Addressee.ANYONE,
            severity=ERROR,
            title="synthetic elements are disclosed",
            citation=f"{_SOURCE}, creators: disclosure",
            evidence="source types in a valid manifest and in XMP, AIGC label",
            fix="`aidisclose sign FILE --ai generated|composite|edited`",
            check=disclosed,
            premise=ai_content,
        ),
        Rule(
            id="PAI-002",
            source=sources.PAI,
            addressee=Addressee.ANYONE,
            severity=ERROR,
            title="there is at least one indirect disclosure",
            citation=f"{_SOURCE}, builders: disclosure mechanisms",
            evidence="manifest, soft binding, XMP, AIGC label",
            fix="`aidisclose sign FILE --ai …`",
            check=_indirect,
            premise=ai_content,
        ),
        Rule(
            id="PAI-003",
            source=sources.PAI,
            addressee=Addressee.ANYONE,
            severity=ERROR,
            title="the disclosure resists manipulation and forgery",
            citation=f"{_SOURCE}, builders: disclosure mechanisms",
            evidence="signature and hash of the content",
            fix="sign the file; change nothing afterwards",
            check=_resists,
            premise=ai_or_damaged,
        ),
        Rule(
            id="PAI-004",
            source=sources.PAI,
            addressee=Addressee.ANYONE,
            severity=ERROR,
            title="the disclosure is accurately applied",
            citation=f"{_SOURCE}, builders: disclosure mechanisms",
            evidence="what all carriers say",
            fix="write all carriers in one step",
            check=_accurate,
            premise=ai_content,
        ),
        Rule(
            id="PAI-005",
            source=sources.PAI,
            addressee=Addressee.ANYONE,
            severity=WARNING,
            title="viewers or listeners are told",
            citation=f"{_SOURCE}, builders and creators: direct disclosure",
            evidence="`direct` and `material` of the record; inputs material, label-seen",
            fix="put a label on it (`aidisclose label`), or a note beside it, and record it",
            check=_direct,
            premise=ai_content,
        ),
        Rule(
            id="PAI-006",
            source=sources.PAI,
            addressee=Addressee.ANYONE,
            severity=WARNING,
            title="who is represented has consented",
            citation=f"{_SOURCE}, creators: informed consent",
            evidence="`consent` and `techniques` of the record; input depicts-person",
            fix="record the consent, without names",
            check=_consent,
            premise=ai_content,
        ),
        Rule(
            id="PAI-007",
            source=sources.PAI,
            addressee=Addressee.ANYONE,
            severity=INFO,
            title="there is a published policy",
            citation=f"{_SOURCE}, builders and distributors: published policy",
            evidence="`policy_url` of the record",
            fix="record the https address of the policy",
            check=_policy_url,
            premise=every(ai_content, has_record),
        ),
        Rule(
            id="PAI-008",
            source=sources.PAI,
            addressee=Addressee.ANYONE,
            severity=WARNING,
            title="the model can be looked up",
            citation=f"{_SOURCE}, builders: transparency on capabilities and limits",
            evidence="AI disclosure assertion, software agent, ingredients, `model` of the record",
            fix="name the model and its identifier: --model and --model-id",
            check=_model,
            premise=every(ai_content, has_manifest),
        ),
        Rule(
            id="PAI-009",
            source=sources.PAI,
            addressee=Addressee.ANYONE,
            severity=INFO,
            title="uncertainty is communicated",
            citation=f"{_SOURCE}, builders: disclosure mechanisms",
            evidence="source types, AIGC label, `uncertainty` of the record",
            fix="use a source type that says whether AI was used, or record what is uncertain",
            check=_uncertainty,
            premise=ai_content,
        ),
        Rule(
            id="PAI-010",
            source=sources.PAI,
            addressee=Addressee.ANYONE,
            severity=WARNING,
            title="the disclosure is durable",
            citation=f"{_SOURCE}, builders: durable disclosure",
            evidence="soft bindings, watermark actions",
            fix="add a watermark before signing and declare it",
            check=_durable,
            premise=every(ai_content, has_manifest),
        ),
        Rule(
            id="PAI-011",
            source=sources.PAI,
            addressee=Addressee.PLATFORM,
            severity=ERROR,
            title="distributors keep the provenance",
            citation=f"{_SOURCE}, distributors: provenance infrastructure",
            evidence="the file before and after",
            fix="let the step keep metadata, or sign its result with the source as --parent",
            check=kept,
            premise=has_before,
            is_about_step=True,
        ),
        Rule(
            id="PAI-012",
            source=sources.PAI,
            addressee=Addressee.ANYONE,
            severity=WARNING,
            title="the disclosure preserves privacy",
            citation=f"{_SOURCE}, builders: privacy-preserving disclosure",
            evidence="positions, mail addresses and prompt authors in signed assertions",
            fix="leave them out: what is signed cannot be taken back",
            check=private,
            premise=has_manifest,
        ),
        Rule(
            id="PAI-013",
            source=sources.PAI,
            addressee=Addressee.ANYONE,
            severity=WARNING,
            title="video and sound carry a notice",
            citation=f"{_SOURCE}, methods of disclosure",
            evidence="type, `start` and `end` of `direct` in the record, in seconds",
            fix="record when the notice is shown or heard",
            check=_range,
            premise=ai_content,
        ),
        Rule(
            id="PAI-014",
            source=sources.PAI,
            addressee=Addressee.ANYONE,
            severity=INFO,
            title="techniques that can harm were reviewed",
            citation=f"{_SOURCE}, all: mitigating harm",
            evidence="`techniques` and `harm_review` of the record",
            fix="record that, when and by which role harms were reviewed",
            check=_harms,
            premise=every(ai_content, has_record),
        ),
    ),
)
